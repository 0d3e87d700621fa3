// HTTP/2 inputs whose cost must grow with their length alone, for test/linear-time.test.ts: each size about as many
// octets. Limits and budgets are raised so that none of them ends the connection.

import { byteByByte } from "tercet/fuzz";
import { H2Connection } from "tercet/h2";
import { HpackEncoder } from "tercet/hpack";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  goaway,
  headers,
  indexed,
  OK,
  origin,
  POST,
  PREFACE,
  ping,
  priority,
  response,
  rst,
  settings,
  settingsAck,
  tableSize,
  unknownFrame,
  windowUpdate,
} from "./h2-wire.js";

const U31 = 2 ** 31 - 1;
const LIMITS = {
  concurrentStreams: 100_000,
  fieldSectionLength: 262_144,
  fieldCount: 8_192,
  trailerSectionLength: 262_144,
  trailerCount: 8_192,
  fieldBlockLength: 393_216,
  continuationCount: 100_000,
  headerMemory: U31,
  resetBurst: U31,
  controlBudget: U31,
  smallDataLength: U31,
  outboundControlLength: U31,
  settingsCount: U31,
};
const SETTINGS = { maxFrameSize: 2 ** 20, initialWindowSize: U31, connectionWindowSize: U31 };

export type LinearH2 = readonly [
  name: string,
  role: "server" | "client",
  wire: (size: number) => Uint8Array,
];

const repeat = (count: number, make: (index: number) => Uint8Array): Uint8Array =>
  concat(...Array.from({ length: Math.floor(count) }, (_, index) => make(index)));
/** A request whose block has these octets behind the pseudo-fields. */
const request = (more: Uint8Array, streamId = 1): Uint8Array =>
  headers(streamId, concat(block(GET), more), { end: true });
/** A request with its block in frames of so many octets. */
const inFrames = (bytes: Uint8Array, length: number): Uint8Array => {
  const pieces = Math.ceil(bytes.length / length);
  const part = (at: number) => bytes.subarray(at * length, (at + 1) * length);
  const rest = (at: number) => continuation(1, part(at + 1), at + 2 === pieces);
  return concat(headers(1, part(0), { open: true, end: true }), repeat(pieces - 1, rest));
};
const encoded = (fields: readonly string[]): Uint8Array => new HpackEncoder().encode(fields);

export const LINEAR_H2: readonly LinearH2[] = [
  ["a long value", "server", (size) => request(field("x", "y".repeat(size)))],
  ["a long name", "server", (size) => request(field("x".repeat(size), "y"))],
  ["a long Huffman value", "server", (size) => request(encoded(["x", "/a0".repeat(size / 3)]))],
  [
    "a long path",
    "server",
    (size) => headers(1, [...GET.slice(0, 6), ":path", `/${"x".repeat(size)}`]),
  ],
  [
    "many fields",
    "server",
    (size) => request(repeat(size / 40, () => field("name", "v".repeat(33)))),
  ],
  ["many indexed fields", "server", (size) => request(repeat(size / 16, () => indexed(58)))],
  [
    "many crumbs",
    "server",
    (size) => request(repeat(size / 40, () => field("cookie", "c".repeat(31)))),
  ],
  [
    "many insertions",
    "server",
    (size) => request(repeat(size / 40, (i) => field(`n-${i}`, "v".repeat(25), "indexed"))),
  ],
  [
    "a block in small frames",
    "server",
    (size) => inFrames(concat(block(GET), field("x", "y".repeat(size))), 16),
  ],
  [
    "a block in frames of one octet",
    "server",
    (size) => inFrames(concat(block(GET), field("x", "y".repeat(size / 10))), 1),
  ],
  [
    "many requests",
    "server",
    (size) => repeat(size / 40, (i) => headers(2 * i + 1, GET, { end: true })),
  ],
  [
    "many requests with size updates",
    "server",
    (size) =>
      repeat(size / 44, (i) =>
        headers(2 * i + 1, concat(tableSize(i % 2), tableSize(4_096), block(GET)), { end: true }),
      ),
  ],
  [
    "long content",
    "server",
    (size) =>
      concat(
        headers(1, POST),
        repeat(16, () => data(1, new Uint8Array(size))),
      ),
  ],
  [
    "content in frames of one octet",
    "server",
    (size) =>
      concat(
        headers(1, POST),
        repeat(size / 10, () => data(1, "x")),
      ),
  ],
  [
    "content with padding",
    "server",
    (size) =>
      concat(
        headers(1, POST),
        repeat(size / 100, () => data(1, "x", { pad: 90 })),
      ),
  ],
  ["many PINGs", "server", (size) => repeat(size / 17, () => ping())],
  ["many SETTINGS", "server", (size) => repeat(size / 15, (i) => settings([[4, i]]))],
  [
    "SETTINGS with many settings",
    "server",
    (size) =>
      settings(Array.from({ length: Math.floor(size / 7) }, (_, i) => [0x4000, i] as const)),
  ],
  ["many WINDOW_UPDATE", "server", (size) => repeat(size / 13, () => windowUpdate(0, 1))],
  [
    "many PRIORITY",
    "server",
    (size) => repeat(size / 14, (i) => priority(2 * i + 1, { dependency: 0 })),
  ],
  [
    "many requests that are reset",
    "server",
    (size) => repeat(size / 53, (i) => concat(headers(2 * i + 1, GET), rst(2 * i + 1))),
  ],
  ["many unknown frames", "server", (size) => repeat(size / 15, () => unknownFrame(0))],
  ["a long unknown frame", "server", (size) => frame(0x2a, 0, 0, new Uint8Array(size))],
  ["a long GOAWAY", "server", (size) => goaway(0, 0, "x".repeat(size))],
  [
    "many ORIGIN",
    "client",
    (size) => repeat(size / 42, () => origin("https://a", "https://b", "https://c")),
  ],
  [
    "many interim responses",
    "client",
    (size) =>
      concat(
        repeat(size / 25, () => headers(1, response(102))),
        headers(1, OK, { end: true }),
      ),
  ],
];

/** Runs one input and gives the time in milliseconds; throws when it is refused. */
export function costOfH2(role: "server" | "client", pieces: readonly Uint8Array[]): number {
  const connection = new H2Connection({ role, limits: LIMITS, settings: SETTINGS });
  if (role === "client")
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  const start = performance.now();
  for (const piece of pieces) {
    for (const event of connection.receive(piece)) if (event.type === "error") throw event.error;
    connection.take();
  }
  return performance.now() - start;
}

/** Everything in front of the input, as its own piece. */
export function h2Pieces(
  [, role, wire]: LinearH2,
  size: number,
  isBytewise: boolean,
): Uint8Array[] {
  const start = concat(role === "server" ? PREFACE : new Uint8Array(0), settings(), settingsAck());
  const bytes = wire(size);
  return [start, ...(isBytewise ? byteByByte(bytes) : [bytes])];
}
