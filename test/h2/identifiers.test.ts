// Identifiers of streams (RFC 9113 section 5.1.1) and how many at a time (5.1.2). Titles carry the rows of the rule
// list.

import { describe, expect, test } from "vitest";
import {
  connected,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  type TalkOptions,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  data,
  GET,
  headers,
  OK,
  POST,
  ping,
  priority,
  pushPromise,
  rst,
  settings,
  settingsAck,
  windowUpdate,
} from "../helpers/h2-wire.js";

const answer: Step = (c) => void c.sendResponse(1, { status: 200, headers: [], content: "" });

describe("identifiers of streams", () => {
  test.each<Row>([
    [
      "H2-046 HEADERS of a client on an even stream",
      headers(2, GET, { end: true }),
      fails("H2_STREAM_ID_INVALID", { last: 0 }),
    ],
    [
      "H2-047 an identifier below the last",
      [headers(5, GET, { end: true }), headers(3, GET, { end: true })],
      fails("H2_STREAM_ID_INVALID", { last: 5 }),
    ],
    [
      "H2-048 lower identifiers that were skipped are closed: DATA",
      [headers(5, POST), data(3, "x")],
      (t) => {
        expect(t.errors).toHaveLength(1);
        expect(["H2_STREAM_CLOSED", "H2_STREAM_IDLE", "H2_STREAM_STATE_INVALID"]).toContain(
          t.errors[0]?.code,
        );
      },
    ],
    ["H2-048 and WINDOW_UPDATE there is no error", [headers(5, POST), windowUpdate(3, 1)], fine],
    [
      "H2-046 the first identifier may be any odd one",
      headers(77, GET, { end: true }),
      fineWith("end 77"),
    ],
    [
      "H2-049 the last identifier there is",
      headers(2 ** 31 - 1, GET, { end: true }),
      (t) => {
        expect(t.log).toContain("end 2147483647");
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H2-049 nothing can follow it",
      [headers(2 ** 31 - 1, GET, { end: true }), headers(1, GET)],
      fails(["H2_STREAM_ID_INVALID", "H2_STREAM_CLOSED"]),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-049 H2-046 a client counts 1, 3, 5 …", () => {
    const { connection } = connected("client");
    const send = () =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    expect([send(), send(), send()]).toEqual([1, 3, 5]);
  });
});

describe("how many streams at a time", () => {
  const two: TalkOptions = { settings: { maxConcurrentStreams: 2 } };
  const full: Step[] = [headers(1, POST), headers(3, POST)];
  test.each<Row>([
    [
      "H2-050 one more than allowed is refused",
      [...full, headers(5, POST)],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-050 H2-051 half-closed streams count",
      [headers(1, GET, { end: true }), headers(3, GET, { end: true }), headers(5, POST)],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-051 idle and prioritized ones do not",
      [priority(9, { dependency: 0 }), ...full],
      fine,
      two,
    ],
    [
      "H2-051 a reset makes room",
      [...full, rst(1), headers(5, POST)],
      fineWith("head 5 POST / HTTP/2"),
      two,
    ],
    [
      "H2-051 an answer makes room",
      [
        headers(1, GET, { end: true }),
        headers(3, GET, { end: true }),
        answer,
        headers(5, GET, { end: true }),
      ],
      fineWith("end 5"),
      two,
    ],
    [
      "H2-051 lowering the limit kills no stream",
      [
        ...full,
        (c) => c.updateSettings({ maxConcurrentStreams: 0 }),
        settingsAck(),
        data(1, "x", { end: true }),
      ],
      (t) => expect(t.log).toContain("end 1"),
      two,
    ],
    [
      "H2-051 but opens none",
      [
        ...full,
        (c) => c.updateSettings({ maxConcurrentStreams: 0 }),
        settingsAck(),
        headers(5, POST),
      ],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-053 the limit holds without a word of ours in between: 200 requests",
      Array.from({ length: 200 }, (_, at) => headers(2 * at + 1, POST)),
      (t) => {
        expect(t.events.filter((event) => event.type === "head")).toHaveLength(128);
        expect(t.errors).toHaveLength(72);
      },
      { cuts: "few" },
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-050 pushed streams count once their answer begins: one more than allowed is refused", () => {
    const ask: Step = (c) =>
      void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    const promises = [2, 4].map((id) => pushPromise(1, id, GET));
    const t = talk("client", [ask, ...promises, headers(2, OK), headers(4, OK)], {
      settings: { enablePush: true, maxConcurrentStreams: 1 },
    });
    expect(t.log).toContain("head 2 HTTP/2 200 no reason");
    resets(4, "H2_STREAM_REFUSED", { wire: 7 })(t);
  });

  test("H2-052 a client refuses to open more than the server allows, and sends nothing", () => {
    const { connection } = connected("client", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 1 }),
    });
    const send = () =>
      connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    expect(send()).toBe(1);
    taken(connection);
    expect(send).toThrow();
    expect(connection.take()).toEqual([]);
    connection.receive(rst(1));
    expect(send()).toBe(3);
  });

  test("H2-105 H2-052 a server that allows none", () => {
    const { connection } = connected("client", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 0 }),
    });
    expect(() =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    ).toThrow();
  });

  test("H2-052 a server pushes no more than the client allows", () => {
    const { connection } = connected("server", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 0 }),
    });
    connection.receive(headers(1, GET, { end: true }));
    const head = { path: "/p", authority: "a", scheme: "https", headers: [] };
    // A promise costs no stream; its answer would (RFC 9113 section 5.1.2).
    const attempt = () => {
      const id = connection.push(1, head);
      connection.sendResponse(id, { status: 200, headers: [], content: "x" });
    };
    expect(attempt).toThrow();
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.filter((line) => line.startsWith("HEADERS 2"))).toEqual([]);
  });

  test("H2-150 a connection that failed reports nothing more, and PING is not answered", () => {
    const t = talk("server", [headers(2, GET), ping()]);
    expect(t.errors).toHaveLength(1);
    expect(t.sent).toHaveLength(1);
  });
});
