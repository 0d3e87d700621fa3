// The end of the peer's bytes at every point, PING, and the states that users see (RFC 9113 sections 5.4, 6.7). Titles carry the
// rows of the rule list.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  logs,
  playRow,
  type Row,
  type Step,
  type TalkOptions,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf } from "../helpers/h2-read.js";
import {
  concat,
  data,
  GET,
  goaway,
  headers,
  OK,
  POST,
  PREFACE,
  ping,
  rst,
  settings,
  settingsAck,
  windowUpdate,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const answer =
  (id: number): Step =>
  (c) =>
    void c.sendResponse(id, { status: 200, headers: [], content: "x" });
const receivesEnd: Step = (c) => c.receiveEnd();
describe("the end of the peer's bytes", () => {
  const clean: [string, "server" | "client", Step[], TalkOptions?][] = [
    ["before the first octet of a preface", "server", [], { handshake: "none" }],
    ["between frames, all streams done", "server", [headers(1, GET, end), answer(1)]],
    ["before any request", "client", []],
    ["behind all answers", "client", [ask, headers(1, OK, end)]],
    ["behind a reset", "server", [headers(1, POST), rst(1)]],
  ];
  test.each(clean)("H2-148 is no error %s", (_name, role, steps, options) => {
    const t = talk(role, [...steps, receivesEnd], options);
    expect(t.errors).toEqual([]);
    expect(["closing", "closed"]).toContain(t.connection.state);
    expect(t.connection.receiveEnd()).toEqual([]);
  });

  const cut: [string, "server" | "client", Step[], TalkOptions?][] = [
    ["inside the preface", "server", [PREFACE.subarray(0, 7)], { handshake: "none" }],
    ["inside a frame header", "server", [ping().subarray(0, 5)]],
    ["inside a payload", "server", [ping().subarray(0, 12)]],
    ["inside DATA", "server", [headers(1, POST), data(1, "abcdef").subarray(0, 12)]],
    ["inside a field block", "server", [headers(1, GET, { open: true })]],
    ["with a request unfinished", "server", [headers(1, POST), data(1, "abc")]],
    ["with an answer due", "client", [ask]],
    ["with an answer half there", "client", [ask, headers(1, OK), data(1, "abc")]],
    [
      "inside the server's first SETTINGS",
      "client",
      [settings({ MAX_FRAME_SIZE: 16_384 }).subarray(0, 11)],
      { handshake: "none" },
    ],
  ];
  test.each(cut)("H2-148 is an error %s", (_name, role, steps, options) => {
    const t = talk(role, [...steps, receivesEnd], options);
    expect(
      t.errors.map(({ code }) => code),
      t.log.join("\n"),
    ).toEqual(["H2_CONNECTION_INCOMPLETE"]);
    expect(t.events.filter(({ type }) => type === "end")).toEqual([]);
    expect(["failed", "closed"]).toContain(t.connection.state);
  });

  test("H2-035 a server whose client closed its side still sends its answers", () => {
    const t = talk("server", [headers(1, GET, end), receivesEnd, answer(1)]);
    expect(t.errors).toEqual([]);
    expect(t.sent).toEqual(["HEADERS 1 :status: 200 | content-length: 1", 'DATA 1 end "x"']);
    expect(t.connection.state).toBe("closed");
  });

  test("H2-148 at every octet of a dialogue: no throw, at most one error", () => {
    const bytes = concat(
      PREFACE,
      settings(),
      settingsAck(),
      headers(1, GET, end),
      headers(3, POST),
      data(3, "abc"),
      ping(),
    );
    for (let at = 0; at <= bytes.length; at++) {
      const connection = new H2Connection({ role: "server" });
      const events = [...connection.receive(bytes.subarray(0, at)), ...connection.receiveEnd()];
      expect(
        events.filter(({ type }) => type === "error").length,
        `end at ${at}`,
      ).toBeLessThanOrEqual(1);
      expect(connection.receive(bytes)).toEqual([]);
    }
  });

  test("H2-148 behind it a client sends no more requests", () => {
    const { connection } = connected("client");
    expect(connection.receiveEnd()).toEqual([]);
    taken(connection);
    const request = { method: "GET", authority: "a", path: "/", headers: [] };
    expect(() => connection.sendRequest(request)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(connection.take()).toEqual([]);
  });

  test("H2-148 at every octet of what a client hears: complete, or one error", () => {
    const wire = concat(
      settings(),
      settingsAck(),
      headers(1, OK),
      data(1, "abc"),
      data(1, "", end),
    );
    for (let at = 0; at <= wire.length; at++) {
      const client = new H2Connection({ role: "client" });
      client.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
      const events = [...client.receive(wire.subarray(0, at)), ...client.receiveEnd()];
      const codes = events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));
      const isWhole = at === wire.length;
      expect(codes, `end at ${at}`).toEqual(isWhole ? [] : ["H2_CONNECTION_INCOMPLETE"]);
      expect(events.some(({ type }) => type === "end")).toBe(isWhole);
    }
  });
});

describe("PING", () => {
  test.each<Row>([
    [
      "H2-128 an answer for each",
      concat(ping("aaaaaaaa"), ping("bbbbbbbb")),
      (t) => expect(t.sent).toEqual(['PING ACK "aaaaaaaa"', 'PING ACK "bbbbbbbb"']),
    ],
    [
      "H2-129 of ours, and its acknowledgement",
      [(c) => c.ping(new TextEncoder().encode("our ping")), ping("our ping", true)],
      logs('> PING "our ping"', 'ping ack "our ping"'),
    ],
    [
      "H2-129 an acknowledgement of nothing is reported, and no error",
      ping("12345678", true),
      logs('ping ack "12345678"'),
    ],
  ])("%s", (...row) => {
    playRow("server", row);
    playRow("client", row);
  });

  test("H2-127 a payload of ours that is not 8 octets is wrong use", () => {
    const { connection } = connected("client");
    for (const length of [0, 7, 9])
      expect(() => connection.ping(new Uint8Array(length))).toThrow(
        expect.objectContaining({ name: "UsageError" }),
      );
    expect(connection.take()).toEqual([]);
  });

  test("H2-127 ping() without a payload sends 8 octets", () => {
    const { connection } = connected("client");
    connection.ping();
    expect(framesOf(taken(connection)).map(({ type, payload }) => [type, payload.length])).toEqual([
      [TYPE.PING, 8],
    ]);
  });
});

describe("states as users see them", () => {
  test("H2-148 open, then failed", () => {
    const t = talk("server", headers(1, GET, end));
    expectFine(t);
    expect(t.connection.state).toBe("open");
    t.connection.receive(windowUpdate(0, 0));
    expect(t.connection.state).toBe("failed");
  });

  test.each<Row>([
    [
      "H2-132 closing, once GOAWAY came",
      goaway(0),
      (t) => expect(["closing", "closed"]).toContain(t.connection.state),
    ],
  ])("%s", (...row) => playRow("client", row));
});
