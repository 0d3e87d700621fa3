// Inputs of HTTP/3 that can be made any size, each a shape in which some implementation was quadratic: the cost of a
// connection over them must grow with their length, not faster.

import type { H3Limits } from "../../index.js";
import { concat } from "../latin1.js";
import * as fields from "./fields.js";
import * as frames from "./frames.js";
import { type H3AttackSettings, many, on, peerStreams } from "./row.js";
import type { H3Arrival } from "./steps.js";

/** One shape of input. */
export interface H3Growth {
  readonly name: string;
  readonly limits: H3Limits;
  readonly settings: H3AttackSettings;
  /** Arrivals of about `length` bytes behind the hello of a client. */
  make(length: number): readonly H3Arrival[];
}

const ENDLESS = 2 ** 31 - 1;
const LIMITS: H3Limits = {
  concurrentStreams: 100_000,
  fieldSectionLength: 262_144,
  fieldCount: 8_192,
  fieldBlockLength: 393_216,
  unfinishedLength: ENDLESS,
  blockedBytes: ENDLESS,
  headerMemory: ENDLESS,
  resetBurst: ENDLESS,
  controlBudget: ENDLESS,
  controlFrameLength: ENDLESS,
  outboundControlLength: ENDLESS,
};
const SETTINGS: H3AttackSettings = { qpackMaxTableCapacity: 65_536, qpackBlockedStreams: 10_000 };
const { control, encoder, next } = peerStreams("server");
const GET = frames.headers(fields.request());
const POST = frames.headers(fields.request("POST"));

const shape = (name: string, make: (length: number) => readonly H3Arrival[]): H3Growth => ({
  name,
  limits: LIMITS,
  settings: SETTINGS,
  make,
});
const of = (length: number, part: Uint8Array) => many(Math.ceil(length / part.length), () => part);
const list = (count: number, make: (at: number) => H3Arrival | readonly H3Arrival[]): H3Arrival[] =>
  Array.from({ length: Math.ceil(count) }, (_, at) => make(at)).flat() as H3Arrival[];
const sectionOf = (...lines: readonly Uint8Array[]) =>
  frames.headers(fields.request("GET", "/", concat(lines)));
/** A section that needs so many insertions, and refers to the newest of them. */
const needing = (count: number) =>
  frames.headers(
    concat([fields.prefix(count, count, 65_536), fields.requestLines(), fields.dynamicField(0)]),
  );

/** Octets of instructions that one section makes good (QP-ENC-6). */
const ROUND = 2_000;
/** Instructions, and requests between them that are work enough. */
const earned = (instructions: Uint8Array): H3Arrival[] => {
  const request = sectionOf(fields.literal("x", fields.repeated("v", ROUND)));
  return list(instructions.length / ROUND, (at) => [
    on(encoder, instructions.subarray(at * ROUND, (at + 1) * ROUND)),
    on(4 * at, request, true),
  ]);
};

/** All shapes. */
export const h3Growths: readonly H3Growth[] = [
  shape("requests", (length) => list(length / 20, (at) => on(4 * at, GET, true))),
  shape("requests that are cancelled", (length) =>
    list(length / 20, (at) => [on(4 * at, GET), { do: "reset", streamId: 4 * at, code: 0x10c }]),
  ),
  shape("requests that are not wanted", (length) =>
    list(length / 20, (at) => [
      on(4 * at, GET),
      { do: "stopSending", streamId: 4 * at, code: 0x10c },
    ]),
  ),
  shape("empty DATA", (length) => [on(0, concat([POST, of(length, frames.data(""))]))]),
  shape("small DATA", (length) => [on(0, concat([POST, of(length, frames.data("x"))]))]),
  shape("unknown frames", (length) => [
    on(0, concat([POST, of(length, frames.frame(0x21, "ab"))])),
  ]),
  shape("unknown frames of the control stream", (length) => [
    on(control, of(length, frames.frame(0x21, "ab"))),
  ]),
  shape("an unknown frame without end", (length) => [
    on(0, concat([frames.frame(0x21, "", 2 ** 40), new Uint8Array(length)])),
  ]),
  shape("priorities", (length) => [
    on(
      control,
      many(length / 8, (at) => frames.priorityUpdate(4 * (at % 60), "u=1")),
    ),
  ]),
  shape("streams of unknown types", (length) =>
    list(length / 12, (at) => on(next + 4 * at, frames.frame(0x21, "abcdefg"), true)),
  ),
  shape("datagrams", (length) => [
    on(0, POST),
    ...list(length / 8, () => ({ do: "datagram", bytes: frames.datagram(0, "abcdefg") }) as const),
  ]),
  shape("fields by static index", (length) =>
    list(length / 1_000, (at) =>
      on(4 * at, sectionOf(fields.repeated(fields.staticField(29), 1_000)), true),
    ),
  ),
  shape("fields by dynamic index", (length) => [
    on(encoder, concat([fields.setCapacity(4_096), fields.insert("a", "b")])),
    ...list(length / 1_000, (at) =>
      on(
        4 * at,
        frames.headers(
          concat([
            fields.prefix(1, 1, 65_536),
            fields.requestLines(),
            fields.repeated(fields.dynamicField(0), 1_000),
          ]),
        ),
        true,
      ),
    ),
  ]),
  shape("one long value", (length) => [
    on(0, sectionOf(fields.literal("x", fields.repeated("v", length)))),
  ]),
  shape("one long Huffman value", (length) => [
    on(
      0,
      sectionOf(
        fields.codedLiteral("a", fields.repeated(fields.hex("18 c6 31 8c 63"), length / 8)),
      ),
    ),
  ]),
  shape("entries that push each other out", (length) =>
    earned(
      concat([fields.setCapacity(200), many(length / 16, (at) => fields.insert(`n${at}`, "v"))]),
    ),
  ),
  shape("an entry that is duplicated", (length) =>
    earned(
      concat([
        fields.setCapacity(65_536),
        fields.insert("a", "b"),
        of(length / 2, fields.duplicate(0)),
      ]),
    ),
  ),
  shape("the table switched off and on", (length) =>
    earned(
      of(
        length / 2,
        concat([fields.setCapacity(0), fields.setCapacity(4_096), of(80, fields.insert("a", "b"))]),
      ),
    ),
  ),
  shape("sections that wait, each for its own insertion", (length) => {
    const count = Math.min(2_000, Math.ceil(length / 40));
    return [
      on(encoder, fields.setCapacity(65_536)),
      ...list(count, (at) => on(4 * at, needing((at % 1_000) + 1), true)),
      ...list(count, (at) => on(encoder, fields.insert(`n${at % 1_000}`, "v"))),
    ];
  }),
];
