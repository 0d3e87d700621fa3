// Inputs of HTTP/3 and QPACK for test/linear-time.test.ts: each grows with a size, and must cost time in proportion to it.

import { byteByByte } from "tercet/fuzz";
import { H3Connection } from "tercet/h3";
import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { CLIENT, SERVER } from "./h3-dialogue.js";
import {
  capsule,
  concat,
  control,
  data,
  extendedConnect,
  frame,
  GET,
  goaway,
  headers,
  OK,
  origin,
  POST,
  response,
  uni,
  unknownFrame,
} from "./h3-frames.js";
import { acknowledge, insert, line, octets, prefix, section } from "./qpack-wire.js";

const ENDLESS = 2 ** 31 - 1;
const LIMITS = {
  concurrentStreams: 100_000,
  fieldSectionLength: 262_144,
  fieldCount: 8_000,
  resetBurst: ENDLESS,
  controlBudget: ENDLESS,
  settingsCount: 100_000,
  outboundControlLength: ENDLESS,
  headerMemory: ENDLESS,
  unfinishedLength: ENDLESS,
  capsuleLength: ENDLESS,
};

/** What is given to one stream; with a `reset` behind it. */
export interface LinearPiece {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly fin?: boolean;
  readonly reset?: boolean;
}

export type LinearH3 = readonly [
  name: string,
  role: "server" | "client",
  wire: (size: number) => LinearPiece[],
];

const times = (count: number, of: (at: number) => Uint8Array): Uint8Array =>
  concat(...Array.from({ length: Math.ceil(count) }, (_, at) => of(at)));
const one = (id: number, ...parts: Uint8Array[]): LinearPiece[] => [
  { id, bytes: concat(...parts) },
];
const field = (name: string, value: string): Uint8Array =>
  headers(
    octets(
      section(...[17, 23, 1].map(line.static)),
      line.staticName(0, "a"),
      line.literal(name, value),
    ),
  );

export const LINEAR_H3: readonly LinearH3[] = [
  ["a long value", "server", (size) => one(0, field("x", "y".repeat(size)))],
  [
    "many fields",
    "server",
    (size) =>
      one(0, headers([...GET, ...Array.from({ length: size / 8 / 2 }, () => ["a", "b"]).flat()])),
  ],
  [
    "many requests",
    "server",
    (size) =>
      Array.from({ length: size / 20 }, (_, at) => ({
        id: 4 * at,
        bytes: headers(GET),
        fin: true,
      })),
  ],
  [
    "many requests that are reset",
    "server",
    (size) =>
      Array.from({ length: size / 20 }, (_, at) => ({
        id: 4 * at,
        bytes: headers(GET),
        reset: true,
      })),
  ],
  [
    "long content",
    "server",
    (size) =>
      one(
        0,
        headers(POST),
        times(16, () => data(new Uint8Array(size))),
      ),
  ],
  [
    "content in frames of one octet",
    "server",
    (size) =>
      one(
        0,
        headers(POST),
        times(size / 3, () => data("x")),
      ),
  ],
  [
    "empty DATA",
    "server",
    (size) =>
      one(
        0,
        headers(POST),
        times(size / 2, () => data()),
      ),
  ],
  [
    "unknown frames of a request",
    "server",
    (size) =>
      one(
        0,
        headers(POST),
        times(size / 5, () => unknownFrame("abc")),
      ),
  ],
  [
    "a long unknown frame",
    "server",
    (size) => one(0, headers(POST), frame(0x21, new Uint8Array(size))),
  ],
  [
    "unknown frames of the control stream",
    "server",
    (size) =>
      one(
        CLIENT.control,
        times(size / 5, () => unknownFrame("abc")),
      ),
  ],
  [
    "many GOAWAY",
    "server",
    (size) =>
      one(
        CLIENT.control,
        times(size / 6, (at) => goaway(1_000_000 - at)),
      ),
  ],
  [
    "a stream of a type that nobody knows",
    "server",
    (size) => one(CLIENT.more, uni(0x21, new Uint8Array(size))),
  ],
  [
    "many capsules",
    "server",
    (size) =>
      one(
        0,
        headers(extendedConnect("connect-udp")),
        data(times(size / 5, () => capsule(0x21, "abc"))),
      ),
  ],
  [
    "one long capsule",
    "server",
    (size) =>
      one(
        0,
        headers(extendedConnect("connect-udp")),
        data(capsule("DATAGRAM", new Uint8Array(size))),
      ),
  ],
  [
    "many interim responses",
    "client",
    (size) =>
      one(
        0,
        times(size / 9, () => headers(response(102))),
        headers(OK),
      ),
  ],
  [
    "many ORIGIN",
    "client",
    (size) =>
      one(
        SERVER.control,
        times(size / 35, () => origin("https://a", "https://b", "https://c")),
      ),
  ],
  [
    "a table that turns over",
    "server",
    (size) =>
      one(
        CLIENT.encoder,
        uni("encoder", octets(insert.capacity(200))),
        times(size / 10, (at) => octets(insert.literal("k", String(at)))),
      ),
  ],
];

/** Runs one input and gives the time in milliseconds; throws when it is refused. */
export function costOfH3(role: "server" | "client", pieces: readonly LinearPiece[]): number {
  const options = { settings: { enableConnectProtocol: true }, limits: LIMITS };
  const connection = new H3Connection({ role, ...options });
  if (role === "client")
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  const begin = role === "server" ? CLIENT.control : SERVER.control;
  connection.receiveStream(begin, control(), false);
  connection.takeStreams();
  const start = performance.now();
  for (const { id, bytes, fin = false, reset } of pieces) {
    const events = connection.receiveStream(id, bytes, fin);
    if (reset) events.push(...connection.receiveReset(id, 0x10c));
    for (const event of events) {
      if (event.type === "error") throw event.error;
      if ("head" in event) void event.head.rawHeaders.length;
    }
    connection.takeStreams();
  }
  return performance.now() - start;
}

/** The pieces of an input, each octet of a stream by itself where asked for. */
export function h3Pieces([, , wire]: LinearH3, size: number, isBytewise: boolean): LinearPiece[] {
  const pieces = wire(size);
  if (!isBytewise) return pieces;
  return pieces.flatMap((piece) => {
    const single: LinearPiece[] = byteByByte(piece.bytes).map((bytes) => ({ id: piece.id, bytes }));
    const last = single.pop() as LinearPiece;
    return [...single, { ...piece, bytes: last.bytes }];
  });
}

/** What a QPACK decoder and an encoder do over a whole dialogue, in proportion to a size. */
export type LinearDialogue = readonly [name: string, make: (size: number) => () => unknown];

const TABLE = { maxTableCapacity: 65_536, maxBlockedStreams: 100_000, maxBlockedBytes: ENDLESS };
const decoderOf = (maxListSize = 262_144) => new QpackDecoder({ ...TABLE, maxListSize });

export const LINEAR_DIALOGUES: readonly LinearDialogue[] = [
  [
    "sections that wait",
    (size) => {
      const count = Math.ceil(size / 100);
      const sections = Array.from({ length: count }, (_, at) =>
        octets(prefix(at + 1, at + 1, 65_536), line.dynamic(0)),
      );
      const inserts = Array.from({ length: count }, (_, at) =>
        octets(insert.literal("n", String(at))),
      );
      return () => {
        const decoder = decoderOf();
        decoder.receiveEncoderStream(octets(insert.capacity(65_536)));
        for (const [at, one] of sections.entries()) decoder.decode(4 * at, one);
        for (const one of inserts) {
          decoder.receiveEncoderStream(one);
          decoder.takeUnblocked();
        }
        decoder.takeDecoderStream();
      };
    },
  ],
  [
    "an encoder that is never acknowledged",
    (size) => () => {
      const encoder = new QpackEncoder({ ...TABLE, strategy: "eager" });
      for (let at = 0; at < size / 40; at++) encoder.encode(4 * at, ["x-name", `v${at % 1000}`]);
      encoder.takeEncoderStream();
    },
  ],
  [
    "an encoder with many acknowledgements",
    (size) => () => {
      const encoder = new QpackEncoder({ ...TABLE, strategy: "eager" });
      encoder.encode(0, ["x-name", "value"]);
      encoder.receiveDecoderStream(octets(acknowledge.section(0)));
      for (let at = 1; at < size / 40; at++) {
        encoder.encode(4 * at, ["x-name", "value"]);
        encoder.receiveDecoderStream(octets(acknowledge.section(4 * at)));
      }
    },
  ],
];
