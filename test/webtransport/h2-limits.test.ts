// Flow control of sessions over HTTP/2, at and above each limit, of both ends; and the limits of our own. Titles carry the rows
// of the rule list.

import { webtransportH2Settings } from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import {
  capsule,
  concat,
  type H2TalkOptions,
  h2Talk,
  type Step,
} from "../helpers/webtransport-h2.js";
import { bytesOf, Pair } from "../helpers/webtransport-pair.js";

const data = (id: number, length: number) => capsule("STREAM", id, bytesOf(length));
const fin = (id: number, length: number) => capsule("STREAM_FIN", id, bytesOf(length));
/** Before draft 15: the types of WT_STREAM are not swapped. */
const theirs = (limits: Partial<Record<number, number>> = {}): H2TalkOptions["settings"] =>
  Object.entries({
    11105: 1000,
    11106: 500,
    11107: 600,
    11108: 2,
    11109: 2,
    11110: 700,
    ...limits,
  }).map(([id, value]) => [Number(id), value ?? 0]);
const OURS = {
  data: 1000,
  streamDataUni: 300,
  streamDataLocal: 400,
  streamDataRemote: 500,
  streamsUni: 2,
  streamsBidi: 2,
};

describe("what the peer may send", () => {
  const options = { settings: theirs(), initial: OURS, window: "manual" } as const;

  test.each<[string, Step[], boolean]>([
    ["H3-WT-7 a stream of the peer: at its limit", [data(0, 500)], true],
    ["H3-WT-7 above", [data(0, 501)], false],
    ["H3-WT-7 in one direction: at the limit", [data(2, 300)], true],
    ["H3-WT-7 above", [data(2, 300), data(2, 1)], false],
    ["H3-WT-7 a stream of ours: at the limit", [(s, id) => s.openStream(id), data(1, 400)], true],
    ["H3-WT-7 above", [(s, id) => s.openStream(id), data(1, 401)], false],
    ["H3-WT-7 all streams together: at the limit", [data(0, 500), data(4, 500)], true],
    ["H3-WT-7 above", [data(0, 500), data(4, 500), data(2, 1)], false],
    ["H3-WT-7 streams: at the limit", [data(4, 1), data(6, 1)], true],
    ["H3-WT-7 one more", [data(8, 1)], false],
    ["H3-WT-7 one more in one direction", [data(10, 1)], false],
    [
      "H3-WT-7 data that were dropped count as well",
      [data(0, 1), (s, id) => s.stopStream(id, 0), data(0, 500)],
      false,
    ],
  ])("%s", (_name, steps, isFine) => {
    const talk = h2Talk(steps, options);
    expect(talk.log.includes("error WT_FLOW_CONTROL")).toBe(!isFine);
    expect(talk.reset).toBe(isFine ? null : 3);
  });

  test("H3-WT-7 is refused before its bytes come", () => {
    const talk = h2Talk(data(0, 501).subarray(0, 12), options);
    expect(talk.log).toEqual(["stream 0", "error WT_FLOW_CONTROL"]);
  });

  test("limits grow with what is consumed, once it is half of them", () => {
    const talk = h2Talk(
      [
        concat(data(0, 500), data(4, 500)),
        (s, id) => s.consume(id, 0, 249),
        (s, id) => s.consume(id, 0, 1),
        (s, id) => s.consume(id, 4, 249),
        (s, id) => s.consume(id, 4, 1),
        (s, id) => s.consume(id, 4, 250),
      ],
      options,
    );
    expect(talk.sent).toEqual([
      "MAX_STREAM_DATA 0 750",
      "MAX_STREAM_DATA 4 750",
      "MAX_DATA 1500",
      "MAX_STREAM_DATA 4 1000",
    ]);
  });

  test("what a reset has left behind is given back", () => {
    const talk = h2Talk([data(0, 500), capsule("RESET_STREAM", 0, 1, 500)], options);
    expect(talk.sent).toEqual(["MAX_DATA 1500"]);
  });

  test("streams that are over make room for others", () => {
    const talk = h2Talk(
      [
        fin(0, 1),
        (s, id) => s.endStream(id, 0),
        // Not over as long as somebody has to read it.
        (s, id) => s.consume(id, 0, 1),
        fin(2, 10),
        (s, id) => s.consume(id, 2, 10),
        data(8, 1),
      ],
      options,
    );
    expect(talk.sent).toEqual([
      "STREAM_FIN 1 0 bytes".replace("1", "0"),
      "MAX_STREAMS_BIDI 3",
      "MAX_STREAMS_UNI 3",
    ]);
    expect(talk.log).not.toContain("error WT_FLOW_CONTROL");
  });

  test("streams that have ended and that nobody has read make no room", () => {
    const ended = [fin(2, 1), fin(6, 1)];
    expect(h2Talk(ended, options).sent).toEqual([]);
    const consumes: Step = (s, id) => s.consume(id, 6, 1);
    expect(h2Talk([...ended, consumes], options).sent).toEqual(["MAX_STREAMS_UNI 3"]);
  });

  test(`with window "fixed" an event is consumption`, () => {
    const steps = [data(0, 500), data(0, 500), data(0, 500), fin(0, 500)];
    const talk = h2Talk(steps, { ...options, window: "fixed" });
    expect(talk.log).toEqual(["stream 0", "streamData 0 2000", "streamEnd 0"]);
    expect(talk.sent).toContain("MAX_DATA 1500");
  });
});

describe("what we may send", () => {
  const send =
    (streamId: number, length: number): Step =>
    (s, id) =>
      s.sendStream(id, streamId, bytesOf(length));
  const openBidi: Step = (s, id) => s.openStream(id);
  const openUni: Step = (s, id) => s.openStream(id, { unidirectional: true });
  const talk = (steps: Step[], settings = theirs()) => h2Talk(steps, { settings });

  test.each<[string, Step[], string[]]>([
    [
      "our stream: what the peer allows of streams that it has not opened",
      [openBidi, send(1, 800)],
      ["STREAM 1 0 bytes", "STREAM 1 700 bytes", "STREAM_DATA_BLOCKED 1 700"],
    ],
    [
      "in one direction",
      [openUni, send(3, 800)],
      ["STREAM 3 0 bytes", "STREAM 3 500 bytes", "STREAM_DATA_BLOCKED 3 500"],
    ],
    [
      "the peer's stream",
      [data(0, 0), send(0, 800)],
      ["STREAM 0 600 bytes", "STREAM_DATA_BLOCKED 0 600"],
    ],
    [
      "all streams together",
      [openBidi, openUni, send(1, 700), send(3, 400)],
      [
        "STREAM 1 0 bytes",
        "STREAM 3 0 bytes",
        "STREAM 1 700 bytes",
        "STREAM 3 300 bytes",
        "DATA_BLOCKED 1000",
      ],
    ],
    [
      "it goes on when limits grow, and says each once that it waits",
      [
        openUni,
        send(3, 2000),
        send(3, 1),
        capsule("MAX_STREAM_DATA", 3, 600),
        capsule("MAX_STREAM_DATA", 3, 5000),
        capsule("MAX_DATA", 5000),
      ],
      [
        "STREAM 3 0 bytes",
        "STREAM 3 500 bytes",
        "STREAM_DATA_BLOCKED 3 500",
        "STREAM 3 100 bytes",
        "STREAM_DATA_BLOCKED 3 600",
        "STREAM 3 400 bytes",
        "DATA_BLOCKED 1000",
        "STREAM 3 1000 bytes",
        "STREAM 3 1 bytes",
      ],
    ],
    [
      "the end comes behind what waits",
      [openUni, send(3, 600), (s, id) => s.endStream(id, 3), capsule("MAX_STREAM_DATA", 3, 600)],
      [
        "STREAM 3 0 bytes",
        "STREAM 3 500 bytes",
        "STREAM_DATA_BLOCKED 3 500",
        "STREAM_FIN 3 100 bytes",
      ],
    ],
    [
      "a reset does not wait, and says how much there was",
      [openUni, send(3, 600), (s, id) => s.resetStream(id, 3, 8)],
      [
        "STREAM 3 0 bytes",
        "STREAM 3 500 bytes",
        "STREAM_DATA_BLOCKED 3 500",
        "RESET_STREAM 3 8 500",
      ],
    ],
    [
      "streams: the third waits, and is said to",
      [openBidi, openBidi, openBidi, openBidi],
      ["STREAM 1 0 bytes", "STREAM 5 0 bytes", "STREAMS_BLOCKED_BIDI 2"],
    ],
    [
      "no streams at all",
      [openUni, openUni, openUni],
      ["STREAM 3 0 bytes", "STREAM 7 0 bytes", "STREAMS_BLOCKED_UNI 2"],
    ],
  ])("H3-WT-7 %s", (_name, steps, sent) => {
    expect(talk(steps).sent).toEqual(sent);
  });

  test("a limit of 2^62 - 1 is none", () => {
    const steps = [
      openUni,
      capsule("MAX_DATA", 2n ** 62n - 1n),
      capsule("MAX_STREAM_DATA", 3, 2n ** 62n - 1n),
      send(3, 50_000),
    ];
    expect(talk(steps).sent.at(-1)).toBe("STREAM 3 848 bytes");
  });

  test("openStream gives -1, then an event says that there are more", () => {
    const ids: number[] = [];
    const open: Step = (s, id) => ids.push(s.openStream(id));
    const result = h2Talk([open, open, open, capsule("MAX_STREAMS_BIDI", 3), open], {
      settings: theirs(),
      isLong: true,
    });
    expect(result.log).toEqual(["streamsAllowed"]);
    expect(ids.slice(0, 4)).toEqual([1, 5, -1, 9]);
  });

  test("peers without any limits in their SETTINGS allow nothing", () => {
    const result = h2Talk([openBidi, openUni], { settings: [] });
    expect(result.sent).toEqual(["STREAMS_BLOCKED_BIDI 0", "STREAMS_BLOCKED_UNI 0"]);
  });

  test("WebTransport-Init allows more than SETTINGS, never less", () => {
    const steps = [openBidi, openUni, send(1, 2000), send(3, 2000)];
    const result = h2Talk(steps, {
      settings: theirs({ 11105: 10_000 }),
      headers: ["webtransport-init", 'br=900;x, u=100, bl=1, other="x"'],
    });
    expect(result.sent).toContain("STREAM 1 900 bytes");
    expect(result.sent).toContain("STREAM 3 500 bytes");
  });

  test.each(["u=-1", "u=x", "u", "u=1.5", "u=1 br=2", "=1", "U=1", "u=1,", 'u="1"'])(
    "WebTransport-Init %s: the request is malformed",
    (field) => {
      const result = h2Talk([], { headers: ["webtransport-init", field] });
      expect(result.log).toEqual([]);
      expect(result.sessions.sessionCount).toBe(0);
    },
  );
});

describe("limits of our own", () => {
  test("streamSendLength: sendStream gives false, streamWritable says when to go on", () => {
    const talk = h2Talk(
      [
        (s, id) => {
          const stream = s.openStream(id);
          expect(s.sendStream(id, stream, bytesOf(700 + 999))).toBe(true);
          expect(s.sendStream(id, stream, bytesOf(1))).toBe(false);
        },
        capsule("MAX_STREAM_DATA", 1, 701),
      ],
      { settings: theirs(), limits: { streamSendLength: 1000 }, isLong: true },
    );
    expect(talk.events.map(({ type }) => type)).toEqual(["streamWritable"]);
  });

  test("capsuleLength: a datagram above it is dropped", () => {
    const options = { settings: theirs(), limits: { capsuleLength: 100 } };
    const talk = h2Talk(
      [capsule("DATAGRAM", bytesOf(100)), capsule("DATAGRAM", bytesOf(101))],
      options,
    );
    expect(talk.log).toEqual(["datagram 100"]);
  });

  test("sessionCount: one more is refused, and may be tried elsewhere", () => {
    const pair = Pair.open("h2", { ofServer: { limits: { sessionCount: 2 } } });
    pair.connect();
    pair.settle();
    pair.heard("server");
    pair.heard("client");
    pair.connect();
    pair.settle();
    expect(pair.heard("server")).toEqual([]);
    expect(pair.heard("client")).toEqual(['closed 0 "" not clean']);
    expect(pair.sessions.server.sessionCount).toBe(2);
    pair.sessions.client.close(pair.id - 2);
    pair.settle();
    pair.heard("client");
    pair.connect();
    pair.settle();
    expect(pair.heard("client")).toEqual(["established null"]);
  });

  test("a client asks for no more sessions than its own limit", () => {
    const pair = Pair.open("h2", { sessions: { limits: { sessionCount: 1 } } });
    expect(() => pair.connect()).toThrow(expect.objectContaining({ code: "WT_SESSIONS_FULL" }));
  });

  test("the settings that we send are the limits that we keep", () => {
    expect(new Map(webtransportH2Settings(OURS))).toEqual(
      new Map([
        [0x2b60, 1],
        [0x2b61, 1000],
        [0x2b62, 300],
        [0x2b63, 400],
        [0x2b64, 2],
        [0x2b65, 2],
        [0x2b66, 500],
      ]),
    );
  });
});
