// Streams of HTTP/3 (RFC 9114 section 6, RFC 9204 section 4.2): which may be opened, by whom, how often, and which must never end.
// Titles carry the rows of the rule list.

import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import {
  CLIENT,
  connected,
  fin,
  on,
  resetBy,
  SERVER,
  type Step,
  stopBy,
  type TalkOptions,
  talk,
} from "../helpers/h3-dialogue.js";
import {
  expectAlive,
  expectFine,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import {
  control,
  EMPTY,
  frame,
  GET,
  goaway,
  headers,
  OK,
  push,
  request,
  settings,
  uni,
  unknownFrame,
  varint,
} from "../helpers/h3-frames.js";
import { grease } from "../helpers/h3-names.js";
import { insert, octets } from "../helpers/qpack-wire.js";

const raw: TalkOptions = { handshake: "none" };
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });

describe("H3-STR-1 bidirectional streams of a server", () => {
  test.each<Row>([
    [
      "H3-STR-1 with a frame on it",
      on(1, headers(GET)),
      fails("H3_STREAM_FORBIDDEN", { offset: 0 }),
    ],
    ["H3-STR-1 with any octet", on(1, Uint8Array.of(0x40)), fails("H3_STREAM_FORBIDDEN")],
    ["H3-STR-1 a later one", on(4001, headers(OK)), fails("H3_STREAM_FORBIDDEN")],
    ["H3-STR-1 its own streams are fine", [ask, fin(0, headers(OK))], fineWith("end 0")],
  ])("%s", (...row) => playRow("client", row));
});

describe("H3-STR-2 types of unidirectional streams", () => {
  test.each<Row>([
    [
      "H3-STR-2 in one, two, four and eight octets, cut anywhere",
      [
        on(CLIENT.control, varint(0, 8), settings()),
        on(CLIENT.encoder, varint(2, 4)),
        on(CLIENT.decoder, varint(3, 2)),
        fin(0, headers(GET)),
      ],
      fineWith("settings", "end 0"),
      raw,
    ],
    [
      "H3-STR-2 streams in any order",
      [
        [
          fin(0, headers(GET)),
          on(CLIENT.decoder, uni("decoder")),
          on(CLIENT.encoder, uni("encoder")),
          on(CLIENT.control, control()),
          fin(4, headers(request("POST")), frame(0, "x")),
        ],
      ],
      fineWith("settings", "end 4"),
      raw,
    ],
    [
      "H3-STR-2 on any ids",
      [on(14, uni("decoder")), on(30, control()), on(2, uni("encoder")), fin(8, headers(GET))],
      fineWith("settings", "end 8"),
      raw,
    ],
  ])("%s", (...row) => playRow("server", row));
});

/** A stream that nobody knows: it may be stopped or read, and nothing else happens. */
function expectPassedOver(steps: Step | readonly Step[], id: number): void {
  const t = talk("server", steps);
  expect(t.errors).toEqual([]);
  expect(t.events).toEqual([]);
  for (const lineOf of t.sent) expect(lineOf).toBe(`${id} stop H3_STREAM_CREATION_ERROR`);
  expectAlive(t);
}

describe("H3-STR-3 H3-STR-11 streams of types that nobody knows", () => {
  const types = [4n, 0x20n, 0x3fn, 0x40n, 0x4000n, 2n ** 30n, 2n ** 62n - 1n];
  const reserved = [0, 1, 2, 100, 2n ** 56n, 148764065110560899n].map(grease);
  test.each([...types, ...reserved.map((type) => type)])("H3-STR-3 H3-STR-11 type %s", (type) => {
    expectPassedOver(on(14, uni(type, octets([0, 1, 2, 3]))), 14);
    expectPassedOver(fin(14, uni(type)), 14);
    expectPassedOver([on(14, uni(type)), on(14, new Uint8Array(3000)), fin(14)], 14);
    expectPassedOver([on(14, uni(type), settings()), resetBy(14, 0x100)], 14);
  });

  test("H3-STR-3 a request beside it is answered", () => {
    const t = talk("server", [[on(14, uni(0x21, new Uint8Array(50))), fin(0, headers(GET))]]);
    expect(t.log).toContain("end 0");
    expectAlive(t);
  });
});

describe("H3-STR-4 a stream that ends before its type is there", () => {
  test.each<Row>([
    ["H3-STR-4 FIN alone", fin(14), fine],
    ["H3-STR-4 FIN inside the type", fin(14, Uint8Array.of(0x40)), fine],
    ["H3-STR-4 FIN inside a type of eight octets", fin(14, varint(0, 8).subarray(0, 7)), fine],
    ["H3-STR-4 reset before anything", resetBy(14), fine],
    ["H3-STR-4 reset inside the type", [on(14, Uint8Array.of(0x80)), resetBy(14)], fine],
    ["H3-STR-4 nothing, twice", [on(14, EMPTY), on(14, EMPTY), fin(14)], fine],
  ])("%s", (...row) => playRow("server", row));
});

describe.each([
  ["server", CLIENT, 3, 7, 11],
  ["client", SERVER, 2, 6, 10],
] as const)("critical streams at a %s", (role, peer, ourControl, ourEncoder, ourDecoder) => {
  test.each<Row>([
    [
      "H3-STR-5 a second control stream",
      on(peer.more, uni("control")),
      fails("H3_STREAM_REPEATED", { offset: 0, stream: peer.more }),
    ],
    [
      "H3-STR-5 a second control stream with SETTINGS",
      on(peer.more, control()),
      fails("H3_STREAM_REPEATED", { offset: 0 }),
    ],
    [
      "H3-STR-13 a second encoder stream",
      [on(peer.encoder, uni("encoder")), on(peer.more, uni("encoder"))],
      fails("H3_STREAM_REPEATED", { offset: 0, stream: peer.more }),
    ],
    [
      "H3-STR-13 a second decoder stream",
      [on(peer.decoder, uni("decoder")), on(peer.more, uni("decoder"))],
      fails("H3_STREAM_REPEATED", { offset: 0, stream: peer.more }),
    ],
    [
      "H3-STR-6 FIN of the control stream",
      fin(peer.control),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.control, offset: 3 }),
    ],
    [
      "H3-STR-6 FIN behind a frame of it",
      fin(peer.control, unknownFrame("abc")),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.control, offset: 8 }),
    ],
    [
      "H3-STR-6 FIN inside a frame of it",
      fin(peer.control, unknownFrame("abc").subarray(0, 3)),
      fails(["H3_CRITICAL_STREAM_CLOSED", "H3_FRAME_TRUNCATED"]),
    ],
    [
      "H3-STR-6 a reset of the control stream",
      resetBy(peer.control, 0x100),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.control }),
    ],
    [
      "H3-STR-14 FIN of the encoder stream",
      fin(peer.encoder, uni("encoder")),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.encoder }),
    ],
    [
      "H3-STR-14 FIN of the decoder stream",
      [on(peer.decoder, uni("decoder")), fin(peer.decoder)],
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.decoder }),
    ],
    [
      "H3-STR-14 a reset of the encoder stream",
      [on(peer.encoder, uni("encoder")), resetBy(peer.encoder)],
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.encoder }),
    ],
    [
      "H3-STR-14 a reset of the decoder stream",
      [on(peer.decoder, uni("decoder")), resetBy(peer.decoder)],
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: peer.decoder }),
    ],
    [
      "H3-STR-7 STOP_SENDING of our control stream",
      stopBy(ourControl),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: ourControl }),
    ],
    [
      "H3-STR-7 H3-STR-14 STOP_SENDING of our encoder stream",
      stopBy(ourEncoder),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: ourEncoder }),
    ],
    [
      "H3-STR-7 H3-STR-14 STOP_SENDING of our decoder stream",
      stopBy(ourDecoder),
      fails("H3_CRITICAL_STREAM_CLOSED", { stream: ourDecoder }),
    ],
    [
      "H3-STR-15 QPACK streams where no table is allowed",
      [on(peer.encoder, uni("encoder")), on(peer.decoder, uni("decoder"))],
      fine,
      { settings: { qpackMaxTableCapacity: 0, qpackBlockedStreams: 0 } },
    ],
    [
      "H3-STR-15 and a capacity of 0 on one of them",
      on(peer.encoder, uni("encoder", octets(insert.capacity(0)))),
      fine,
      { settings: { qpackMaxTableCapacity: 0 } },
    ],
    [
      "H3-STR-5 one of each",
      [on(peer.encoder, uni("encoder")), on(peer.decoder, uni("decoder"))],
      fine,
    ],
  ])("%s", (...row) => playRow(role, row));

  test("H3-STR-6 FIN together with SETTINGS", () => {
    const t = talk(role, fin(peer.control, control()), raw);
    expect(t.log).toContain("settings");
    fails("H3_CRITICAL_STREAM_CLOSED")(t);
  });

  test("our own three come first: control with SETTINGS, then QPACK", () => {
    const { hello } = connected(role, raw);
    expect(hello[0]).toMatch(new RegExp(`^${ourControl} control SETTINGS`));
  });
});

describe("push streams", () => {
  test.each<Row>([
    [
      "H3-STR-8 from a client",
      on(14, push(0)),
      fails("H3_PUSH_STREAM_FORBIDDEN", { offset: 0, stream: 14 }),
    ],
    [
      "H3-STR-8 from a client, its type alone",
      on(14, uni("push")),
      fails("H3_PUSH_STREAM_FORBIDDEN"),
    ],
  ])("%s", (...row) => playRow("server", row));

  const allow: Step = (c) => void c.maxPushId(3);
  test.each<Row>([
    ["H3-STR-9 where none was allowed", [ask, on(15, push(0))], fails("H3_PUSH_ID_INVALID")],
    ["H3-STR-9 above the maximum", [ask, allow, on(15, push(4))], fails("H3_PUSH_ID_INVALID")],
    ["H3-STR-9 2^62 - 1", [ask, allow, on(15, push(2n ** 62n - 1n))], fails("H3_PUSH_ID_INVALID")],
    [
      "H3-STR-10 an id twice",
      [ask, allow, on(15, push(1)), on(19, push(1))],
      fails("H3_PUSH_ID_INVALID", { stream: 19 }),
    ],
    [
      "H3-STR-10 an id twice, when the first has ended",
      [ask, allow, fin(15, push(1, headers(OK))), on(19, push(1))],
      fails("H3_PUSH_ID_INVALID"),
    ],
    ["H3-STR-9 at the maximum", [ask, allow, on(15, push(3))], fine],
    [
      "H3-STR-9 FIN before the id",
      [ask, allow, fin(15, uni("push"))],
      (t) => {
        // RFC 9114 names no error for it.
        if (t.errors.length === 0) expectFine(t);
      },
    ],
  ])("%s", (...row) => playRow("client", row));
});

test("H3-STR-3 H3-STR-11 unknown frames on a stream that is unknown mean nothing", () => {
  expectPassedOver(on(14, uni(0x21, goaway(3), unknownFrame(), headers(GET))), 14);
});

test("H3-STR-12 our three unidirectional streams come first, all at once: a transport that cannot open them cannot carry HTTP/3", () => {
  const fresh = new H3Connection({ role: "client" });
  fresh.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  const first = fresh.takeStreams(1, () => 1).map(({ streamId }) => streamId);
  expect(first.slice(0, 3)).toEqual([2, 6, 10]);
});
