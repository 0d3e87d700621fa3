// What a correct peer says over one HTTP/3 connection, as an arbitrary: requests or responses with content,
// interim responses, trailers, and sections that refer to the dynamic table, over several streams in any order,
// with frames and streams between that mean nothing; and what a strict receiver must read from it.

import type * as FastCheck from "fast-check";
import { random } from "../cuts.js";
import type { SaidRequest, SaidResponse } from "../dialogue-fault.js";
import * as fields from "../h3/fields.js";
import * as frames from "../h3/frames.js";
import { peerStreams } from "../h3/row.js";
import { type H3Arrival, on } from "../h3/steps.js";
import { concat, textOf } from "../latin1.js";
import type { Arb, Fc } from "./edits.js";
import type { FieldWords } from "./field-words.js";

/** What a client says, and its requests in the order of their streams. */
export interface GeneratedH3Dialogue {
  readonly arrivals: readonly H3Arrival[];
  readonly requests: readonly SaidRequest[];
}

/** What a server says to a client that has sent so many GETs, and its responses. */
export interface GeneratedH3Answers {
  readonly arrivals: readonly H3Arrival[];
  readonly responses: readonly SaidResponse[];
}

interface Plan {
  readonly method: string;
  readonly path: string;
  readonly status: string;
  readonly interim: number;
  readonly headers: readonly string[];
  readonly parts: readonly Uint8Array[];
  readonly trailers: readonly string[] | null;
  readonly withLength: boolean;
  /** Fields are inserted into the table where they fit. */
  readonly indexes: boolean;
  readonly choice: number;
}

/** Frames that may stand anywhere on a stream that has frames. */
const NOISE: readonly Uint8Array[] = [
  frames.frame(frames.reserved(0), "abc"),
  frames.frame(frames.reserved(1_000_000), ""),
  frames.frame(0xee, new Uint8Array(70)),
  frames.frame(2n ** 62n - 2n, "x"),
];
const CLIENT_NOISE: readonly Uint8Array[] = [
  ...NOISE,
  frames.priorityUpdate(0, "u=1, i"),
  frames.priorityUpdate(4, "u=9;x, y"),
  frames.maxPushId(7),
];
const SERVER_NOISE: readonly Uint8Array[] = [
  ...NOISE,
  frames.goaway(400),
  frames.origin("https://a", ""),
];
const SETTINGS: readonly (readonly (readonly [number, number | bigint])[])[] = [
  [],
  [
    [frames.H3_SETTING.QPACK_MAX_TABLE_CAPACITY, 4_096],
    [frames.H3_SETTING.QPACK_BLOCKED_STREAMS, 16],
  ],
  [
    [frames.reserved(3), frames.VARINT_MAX],
    [frames.H3_SETTING.MAX_FIELD_SECTION_SIZE, frames.VARINT_MAX],
    [frames.H3_SETTING.QPACK_MAX_TABLE_CAPACITY, frames.VARINT_MAX],
    [frames.H3_SETTING.QPACK_BLOCKED_STREAMS, frames.VARINT_MAX],
  ],
];

/** Dialogues that a server reads. */
export function h3Dialogues(fc: Fc, words: FieldWords): FastCheck.Arbitrary<GeneratedH3Dialogue> {
  return said(fc, words, CLIENT_NOISE).map(([plans, settings, noise, seed]) => {
    const script = new fields.QpackScript();
    const requests = plans.map((plan, at) => requestOf(plan, 4 * at));
    const lanes = plans.map((plan, at) => {
      const { method, path } = plan;
      const pseudo = fields.requestLines(method, path);
      return messageLane(script, plan, 4 * at, pseudo, requests[at]?.headers ?? []);
    });
    return { arrivals: mixed("server", lanes, settings, noise, seed), requests };
  });
}

/** Dialogues that a client reads. */
export function h3AnswerLists(fc: Fc, words: FieldWords): FastCheck.Arbitrary<GeneratedH3Answers> {
  return said(fc, words, SERVER_NOISE).map(([plans, settings, noise, seed]) => {
    const script = new fields.QpackScript();
    const responses = plans.map((plan, at) => responseOf(plan, 4 * at));
    const lanes = plans.map((plan, at) => {
      const pseudo = fields.field(":status", plan.status);
      return messageLane(script, plan, 4 * at, pseudo, responses[at]?.headers ?? [], plan.interim);
    });
    return { arrivals: mixed("client", lanes, settings, noise, seed), responses };
  });
}

function said(fc: Fc, words: FieldWords, noise: readonly Uint8Array[]) {
  return fc.tuple(
    fc.array(planOf(fc, words), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(...SETTINGS),
    fc.array(fc.constantFrom(...noise), { maxLength: 3 }),
    fc.nat(),
  );
}

function planOf(fc: Fc, words: FieldWords): Arb<Plan> {
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "X-ANY"),
    path: fc.constantFrom("/", "/a", "/a/b?c=d", "/%20"),
    status: fc.constantFrom("200", "404", "500", "302"),
    interim: fc.constantFrom(0, 0, 0, 1, 2),
    headers: words.headerList,
    parts: fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
    trailers: fc.option(words.headerList, { nil: null, freq: 4 }),
    withLength: fc.boolean(),
    indexes: fc.boolean(),
    choice: fc.nat(15),
  });
}

function contentOf(plan: Plan, streamId: number) {
  const body = concat(plan.parts);
  const length = plan.withLength ? ["content-length", String(body.length)] : [];
  const { trailers } = plan;
  return { streamId, headers: [...plan.headers, ...length], body: textOf(body), trailers };
}

function requestOf(plan: Plan, streamId: number): SaidRequest {
  return { ...contentOf(plan, streamId), method: plan.method, path: plan.path };
}

function responseOf(plan: Plan, streamId: number): SaidResponse {
  return { ...contentOf(plan, streamId), status: plan.status, interim: plan.interim };
}

/** What one message is on its stream, and what its sections need on the encoder stream. */
interface Lane {
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly instructions: readonly Uint8Array[];
}

function messageLane(
  script: fields.QpackScript,
  plan: Plan,
  streamId: number,
  pseudo: Uint8Array,
  headers: readonly string[],
  interim = 0,
): Lane {
  const instructions: Uint8Array[] = [];
  const sectionOf = (list: readonly string[], first?: Uint8Array): Uint8Array => {
    if (plan.indexes) instructions.push(...insertions(script, list, plan.choice));
    return frames.headers(script.section(list, plan.choice, first));
  };
  const out: Uint8Array[] = [];
  for (let at = 0; at < interim; at++) out.push(frames.headers(fields.response("103")));
  out.push(sectionOf(headers, pseudo));
  for (const [at, part] of plan.parts.entries()) {
    if ((plan.choice + at) % 3 === 0) out.push(NOISE[at % NOISE.length] ?? new Uint8Array(0));
    out.push(frames.data(part));
  }
  if (plan.trailers !== null) out.push(sectionOf(plan.trailers));
  return { streamId, bytes: concat(out), instructions };
}

/** Inserts the fields of a list that fit beside the others: nothing is ever pushed out. */
function insertions(
  script: fields.QpackScript,
  list: readonly string[],
  choice: number,
): Uint8Array[] {
  const out: Uint8Array[] = [];
  if (script.capacity === 0) out.push(script.setCapacity(4_096));
  for (let at = 0; at + 1 < list.length; at += 2) {
    const [name, value] = [list[at] ?? "", list[at + 1] ?? ""];
    const bytes = script.hasRoom(name, value) ? script.insert(name, value, choice + at) : null;
    if (bytes !== null) out.push(bytes);
  }
  return out;
}

/** All streams in pieces, in some order. */
function mixed(
  role: "server" | "client",
  messages: readonly Lane[],
  settings: readonly (readonly [number, number | bigint])[],
  noise: readonly Uint8Array[],
  seed: number,
): H3Arrival[] {
  const next = random(seed);
  const streams = peerStreams(role);
  const instructions = concat(messages.flatMap((lane) => lane.instructions));
  const one = (type: number, ...parts: readonly Uint8Array[]) =>
    concat([frames.varint(type, [1, 2, 4, 8][next() % 4] ?? 1), ...parts]);
  const lanes: [streamId: number, bytes: Uint8Array, fin: boolean][] = [
    [streams.control, one(0, frames.settings(...settings), ...noise), false],
    [streams.encoder, one(2, instructions), false],
    [streams.decoder, one(3), false],
    [streams.next, concat([frames.varint(frames.reserved(5)), new Uint8Array(9)]), true],
    ...messages.map(
      ({ streamId, bytes }) => [streamId, bytes, true] as [number, Uint8Array, boolean],
    ),
  ];
  const queues = lanes.map(([streamId, bytes, fin]) => piecesOf(streamId, bytes, fin, next));
  const out: H3Arrival[] = [];
  for (;;) {
    const open = queues.filter(({ length }) => length > 0);
    const step = open[next() % Math.max(1, open.length)]?.shift();
    if (step === undefined) return out;
    out.push(step);
  }
}

function piecesOf(
  streamId: number,
  bytes: Uint8Array,
  fin: boolean,
  next: () => number,
): H3Arrival[] {
  const out: H3Arrival[] = [];
  const longest = 1 + (next() % (bytes.length + 1));
  const isLate = next() % 2 === 0;
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + (next() % longest);
    const isLast = at + length >= bytes.length;
    out.push(on(streamId, bytes.subarray(at, at + length), fin && isLast && !isLate));
    at += length;
  }
  if (fin && (isLate || bytes.length === 0)) out.push(on(streamId, new Uint8Array(0), true));
  return out;
}
