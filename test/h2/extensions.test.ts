// ALTSVC (RFC 7838 section 4), ORIGIN (RFC 8336), and what `observe` tells of every frame. Titles carry the rows of
// the rule list.

import type { ConnectionEvent, FrameEvent } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  fine,
  fineWith,
  logs,
  playRow,
  type Row,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf } from "../helpers/h2-read.js";
import {
  altSvc,
  block,
  concat,
  data,
  frame,
  GET,
  goaway,
  headers,
  OK,
  origin,
  PREFACE,
  ping,
  priority,
  rst,
  settings,
  settingsAck,
  uint,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const silent: Row[2] = (t) => {
  expect(t.log.filter((line) => !line.startsWith("> "))).toEqual([]);
  expectFine(t);
};

describe("ALTSVC", () => {
  test.each<Row>([
    [
      "OR-013 on stream 0, with an origin: the value as it came",
      altSvc(0, "https://a", 'h3=":443"; ma=60; x=1'),
      logs('altsvc 0 "https://a" "h3=\\":443\\"; ma=60; x=1"'),
    ],
    ["OR-013 clear", altSvc(0, "https://a", "clear"), logs('altsvc 0 "https://a" "clear"')],
    [
      "OR-009 on a stream, without one",
      [ask, altSvc(1, "", "clear")],
      fineWith('altsvc 1 "" "clear"'),
    ],
    ["OR-008 on stream 0 without an origin", altSvc(0, "", "clear"), silent],
    ["OR-009 on a stream with one", [ask, altSvc(1, "https://a", "clear")], silent],
    [
      "OR-011 an origin that runs past the frame",
      frame(TYPE.ALTSVC, 0, 0, concat(uint(9, 2), uint(65, 1))),
      silent,
    ],
    ["OR-011 one octet", frame(TYPE.ALTSVC, 0, 0, "x"), silent],
    ["OR-011 none", frame(TYPE.ALTSVC, 0, 0), silent],
  ])("%s", (...row) => playRow("client", row));

  test.each<Row>([
    ["OR-010 at a server", altSvc(0, "https://a", "clear"), silent],
    ["OR-010 on a stream", [headers(1, GET), altSvc(1, "", "clear")], fine],
    ["OR-010 of a wrong length", frame(TYPE.ALTSVC, 0, 0, "x"), silent],
  ])("%s", (...row) => playRow("server", row));
});

describe("ORIGIN", () => {
  test.each<Row>([
    [
      "OR-006 two origins",
      origin("https://a", "https://b:8443"),
      logs('origin "https://a" "https://b:8443"'),
    ],
    ["OR-006 an empty set is one, too", origin(), (t) => expectFine(t)],
    [
      "OR-001 on a stream",
      [ask, frame(TYPE.ORIGIN, 0, 1, concat(uint(9, 2), new TextEncoder().encode("https://a")))],
      silent,
    ],
    ...[0x1, 0x2, 0x4, 0x8].map(
      (flag): Row => [
        `OR-002 with flag 0x${flag}`,
        frame(TYPE.ORIGIN, flag, 0, concat(uint(9, 2), new TextEncoder().encode("https://a"))),
        silent,
      ],
    ),
    [
      "OR-002 other flags mean nothing",
      frame(TYPE.ORIGIN, 0xf0, 0, concat(uint(9, 2), new TextEncoder().encode("https://a"))),
      logs('origin "https://a"'),
    ],
    [
      "OR-004 an entry that runs past the frame",
      frame(TYPE.ORIGIN, 0, 0, concat(uint(9, 2), new TextEncoder().encode("https:"))),
      silent,
    ],
    ["OR-004 half a length", frame(TYPE.ORIGIN, 0, 0, "x"), silent],
    [
      "OR-005 an entry that is no origin is left out",
      origin("nonsense", "https://a", "https://a/path"),
      logs('origin "https://a"'),
    ],
  ])("%s", (...row) => playRow("client", row));

  test.each<Row>([
    ["OR-003 at a server", origin("https://a"), silent],
    ["OR-003 of a wrong length", frame(TYPE.ORIGIN, 0, 0, "x"), silent],
  ])("%s", (...row) => playRow("server", row));

  test("OR-007 OR-012 a server of ours has no call that would pass them on", () => {
    const names = Object.getOwnPropertyNames(H2Connection.prototype);
    expect(names.filter((name) => /origin|alt/i.test(name))).toEqual([]);
  });
});

const frameEvents = (events: readonly ConnectionEvent[]): FrameEvent[] =>
  events.flatMap((event) => (event.type === "frame" ? [event] : []));

describe("observe", () => {
  const fields = [...GET, "user-agent", "x"];
  const wire = concat(
    PREFACE,
    settings([
      [4, 65_536],
      [1, 10],
    ]),
    headers(1, fields, { end: true, priority: { dependency: 3, weight: 200, exclusive: true } }),
    priority(5, { dependency: 1, weight: 7 }),
    windowUpdate(0, 77),
    ping(),
    settingsAck(),
    unknownFrame(0, "abc"),
    goaway(0, 2, "d"),
  );

  test("a frame event for each frame of the peer, with offset, flags and what its type adds", () => {
    const connection = new H2Connection({ role: "server", observe: true });
    const seen = frameEvents(connection.receive(wire)).filter(
      ({ direction }) => direction === "received",
    );
    const expected = framesOf(wire, PREFACE.length);
    expect(
      seen.map(({ frameType, flags, streamId, length, offset }) => ({
        frameType,
        flags,
        streamId,
        length,
        offset,
      })),
    ).toEqual(
      expected.map(({ type, flags, streamId, payload, offset }) => ({
        frameType: type,
        flags,
        streamId,
        length: payload.length,
        offset,
      })),
    );
    expect(seen.map(({ name }) => name)).toEqual([
      "SETTINGS",
      "HEADERS",
      "PRIORITY",
      "WINDOW_UPDATE",
      "PING",
      "SETTINGS",
      "UNKNOWN",
      "GOAWAY",
    ]);
    const [first, head, tree, window] = seen;
    expect(first?.settings).toEqual([
      [4, 65_536],
      [1, 10],
    ]);
    expect(head?.pseudoOrder).toEqual([":method", ":scheme", ":authority", ":path"]);
    expect(head?.priority).toEqual({ dependency: 3, weight: 200, exclusive: true });
    expect(head?.fieldBlock?.length).toBe(block(fields).length);
    expect(head?.fieldBlock?.decodedLength).toBe(fields.join("").length);
    expect(tree?.priority).toEqual({ dependency: 1, weight: 7, exclusive: false });
    expect(window?.windowSizeIncrement).toBe(77);
    expect(seen.at(-1)?.errorCode).toBe(2);
  });

  test("the same under every cut, and before the events of the frame", () => {
    const t = talk("server", wire, { handshake: "none", observe: true });
    const types = t.events
      .map(({ type }) => type)
      .filter((type) => type === "frame" || type === "head");
    expect(types.indexOf("frame")).toBe(0);
    expect(t.errors).toEqual([]);
  });

  test("a block in pieces: a frame event for each, the block's figures once", () => {
    const t = talk("server", headers(1, fields, { end: true, split: [3, 0] }), { observe: true });
    const seen = frameEvents(t.events).filter(({ direction }) => direction === "received");
    expect(seen.map(({ name }) => name)).toEqual(["HEADERS", "CONTINUATION", "CONTINUATION"]);
    expect(seen.filter(({ fieldBlock }) => fieldBlock !== undefined)).toHaveLength(1);
  });

  test("frames that we send, with their offsets", () => {
    const connection = new H2Connection({ role: "server", observe: true });
    const events = [
      ...connection.receive(
        concat(
          PREFACE,
          settings(),
          settingsAck(),
          headers(1, GET, end),
          rst(1),
          headers(3, GET, end),
        ),
      ),
    ];
    connection.sendResponse(3, { status: 200, headers: ["x", "y"], content: "body" });
    const bytes = taken(connection);
    events.push(...connection.receive(new Uint8Array(0)));
    const sent = frameEvents(events).filter(({ direction }) => direction === "sent");
    expect(
      sent.map(({ frameType, flags, streamId, length, offset }) => ({
        frameType,
        flags,
        streamId,
        length,
        offset,
      })),
    ).toEqual(
      framesOf(bytes).map(({ type, flags, streamId, payload, offset }) => ({
        frameType: type,
        flags,
        streamId,
        length: payload.length,
        offset,
      })),
    );
  });

  test("a frame that is an error is seen before the error", () => {
    const t = talk("server", windowUpdate(0, 0), { observe: true });
    expect(frameEvents(t.events).at(-1)?.name ?? frameEvents(t.events)[0]?.name).toBeDefined();
    expect(t.events.filter(({ type }) => type === "error")).toHaveLength(1);
  });

  test("without observe there are none", () => {
    const { connection } = connected("client");
    ask(connection);
    const events = connection.receive(concat(headers(1, OK), data(1, "x", end)));
    expect(frameEvents(events)).toEqual([]);
  });
});
