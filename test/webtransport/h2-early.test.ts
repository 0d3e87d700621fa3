// What a client sends over HTTP/2 before its session is accepted: kept within a limit, and read then. Titles carry the rows of the
// rule list.

import { describe, expect, test } from "vitest";
import { capsule, concat, h2Talk } from "../helpers/webtransport-h2.js";
import { bytesOf } from "../helpers/webtransport-pair.js";

const data = (id: number, length: number) => capsule("STREAM", id, bytesOf(length));
const fin = (id: number, length: number) => capsule("STREAM_FIN", id, bytesOf(length));
/** Settings of drafts before 15, which do not swap the types of WT_STREAM. */
const OLD = {
  settings: [
    [0x2b61, 1000],
    [0x2b66, 700],
  ],
} as const;

describe("H3-WT-6 before the session is accepted", () => {
  test("what came early is read once it is", () => {
    const talk = h2Talk([], { ...OLD, early: [concat(data(0, 5), fin(2, 3)), capsule("DRAIN")] });
    expect(talk.log).toEqual([
      "stream 0",
      "streamData 0 5",
      "stream 2 uni",
      "streamData 2 3",
      "streamEnd 2",
      "draining",
    ]);
  });

  test("half a capsule early, half late", () => {
    const bytes = data(0, 50);
    const talk = h2Talk(bytes.subarray(20), { ...OLD, early: [bytes.subarray(0, 20)] });
    expect(talk.log).toEqual(["stream 0", "streamData 0 50"]);
  });

  test.each([
    ["at the limit", 0, ["stream 0", "streamData 0 100"], null],
    ["above", 1, ["error WT_STREAM_REJECTED"], 11],
  ] as const)("%s", (_name, more, log, reset) => {
    const early = data(0, 100);
    const talk = h2Talk([], {
      ...OLD,
      limits: { earlyBytes: early.length - more },
      early: [early],
    });
    expect(talk.log).toEqual(log);
    expect(talk.reset).toBe(reset);
  });

  test("the client goes away before it has its answer", () => {
    const talk = h2Talk([], { ...OLD, early: ["end"] });
    expect(talk.log).toEqual(['closed 0 "" not clean']);
    expect(talk.sessions.sessionCount).toBe(0);
  });
});
