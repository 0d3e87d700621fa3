// Inputs of HTTP/2 that can be made any size, each a shape in which some implementation was quadratic: the
// cost of a connection over them must grow with their length, not faster.

import type { H2Limits } from "../../index.js";
import { concat } from "../latin1.js";
import { codedString, hex, indexed, literal, repeated, request } from "./field-block.js";
import {
  continuation,
  data,
  frame,
  headers,
  headersInPieces,
  ping,
  priority,
  rstStream,
  SETTING,
  settings,
  windowUpdate,
} from "./frames.js";
import { type H2AttackSettings, many, streamOf } from "./row.js";

/** One shape of input. */
export interface H2Growth {
  readonly name: string;
  readonly limits: H2Limits;
  readonly settings: H2AttackSettings;
  /** Frames of about `length` bytes behind the hello of a client. */
  make(length: number): Uint8Array;
}

const ENDLESS = 2 ** 31 - 1;
const LIMITS: H2Limits = {
  concurrentStreams: 100_000,
  fieldSectionLength: 262_144,
  fieldCount: 8_192,
  fieldBlockLength: 393_216,
  continuationCount: ENDLESS,
  headerMemory: ENDLESS,
  resetBurst: ENDLESS,
  controlBudget: ENDLESS,
  smallDataLength: ENDLESS,
  outboundControlLength: ENDLESS,
};
const SETTINGS: H2AttackSettings = {
  maxConcurrentStreams: 100_000,
  initialWindowSize: 2 ** 24,
  connectionWindowSize: 2 ** 24,
};
const GET = request();

const shape = (name: string, make: (length: number) => Uint8Array): H2Growth => ({
  name,
  limits: LIMITS,
  settings: SETTINGS,
  make,
});
const block = (fields: Uint8Array): Uint8Array =>
  headersInPieces(1, concat([GET, fields]), 16_384, { end: true });
const of = (length: number, part: Uint8Array) => many(Math.ceil(length / part.length), () => part);

/** All shapes. */
export const h2Growths: readonly H2Growth[] = [
  shape("pings", (length) => of(length, ping())),
  shape("settings", (length) => of(length, settings([SETTING.INITIAL_WINDOW_SIZE, 70_000]))),
  shape("windows of many streams moved by settings", (length) =>
    concat([
      many(100, (at) => headers(streamOf(at), request("POST"))),
      many(length / 15, (at) => settings([SETTING.INITIAL_WINDOW_SIZE, 70_000 + at])),
    ]),
  ),
  shape("priorities", (length) => many(length / 14, (at) => priority(1, streamOf(1 + at)))),
  shape("unknown frames", (length) => of(length, frame(0xee, 0, 0, "abcd"))),
  shape("empty DATA", (length) => concat([headers(1, request("POST")), of(length, data(1, ""))])),
  shape("small DATA", (length) => concat([headers(1, request("POST")), of(length, data(1, "x"))])),
  shape("increments of a window", (length) =>
    concat([headers(1, request("POST")), of(length, windowUpdate(1, 1))]),
  ),
  shape("requests", (length) =>
    many(length / 20, (at) => headers(streamOf(at), GET, { end: true })),
  ),
  shape("requests that are cancelled", (length) =>
    many(length / 33, (at) =>
      concat([headers(streamOf(at), GET, { end: true }), rstStream(streamOf(at), 8)]),
    ),
  ),
  shape("small CONTINUATION frames", (length) =>
    concat([
      headers(1, GET, { end: true, endHeaders: false }),
      of(length, continuation(1, hex("82"))),
    ]),
  ),
  shape("fields by index", (length) =>
    many(length / 1_000, (at) =>
      headers(streamOf(at), concat([GET, repeated(indexed(32), 1_000)]), { end: true }),
    ),
  ),
  shape("one long value", (length) => block(literal("x", repeated("v", length)))),
  shape("one long Huffman value", (length) =>
    block(concat([hex("00 01 61"), codedString(repeated(hex("18 c6 31 8c 63"), length / 8))])),
  ),
  shape("entries that push each other out", (length) =>
    many(length / 900, (at) =>
      headers(
        streamOf(at),
        concat([GET, ...Array.from({ length: 90 }, (_, n) => literal(`n${at}-${n}`, "v", "with"))]),
        { end: true },
      ),
    ),
  ),
  shape("the table switched off and on", (length) =>
    many(length / 130, (at) =>
      headers(
        streamOf(at),
        concat([hex("20 3f e1 1f"), GET, repeated(literal("a", "b", "with"), 20)]),
        { end: true },
      ),
    ),
  ),
];
