// What a correct client says over one HTTP/2 connection, as an arbitrary: requests with content, padding,
// trailers and blocks over several frames, interleaved over streams, with frames between that mean
// nothing to them; and what a strict server must read from it.

import type * as FastCheck from "fast-check";
import { literals, request } from "../h2/field-block.js";
import {
  altSvc,
  data,
  frame,
  headersInPieces,
  ping,
  priority,
  windowUpdate,
} from "../h2/frames.js";
import { helloOf } from "../h2/row.js";
import { concat, textOf } from "../latin1.js";
import type { Arb, Fc } from "./edits.js";
import type { FieldWords } from "./field-words.js";

/** One request of a dialogue and its meaning. */
export interface GeneratedH2Request {
  readonly streamId: number;
  readonly method: string;
  readonly path: string;
  /** Flat, without pseudo-header fields. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Flat; null: no trailer section. */
  readonly trailers: readonly string[] | null;
}

/** A dialogue: bytes from the preface on, and the requests in the order of their streams. */
export interface GeneratedDialogue {
  readonly bytes: Uint8Array;
  readonly requests: readonly GeneratedH2Request[];
}

interface Plan {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly parts: readonly Uint8Array[];
  readonly pads: readonly (number | null)[];
  readonly trailers: readonly string[] | null;
  readonly pieceLength: number;
  readonly withLength: boolean;
}

/** Frames that may come between any two of others, outside of a field block. */
const NOISE: readonly Uint8Array[] = [
  ping(),
  windowUpdate(0, 1),
  priority(1, 3, 200, true),
  frame(0xee, 0xff, 0, "abc"),
  frame(0x0b, 0, 1),
  altSvc(0, "https://a", "h2"),
];

/** Arbitrary dialogues. */
export function dialogues(fc: Fc, words: FieldWords): FastCheck.Arbitrary<GeneratedDialogue> {
  const order = fc.array(fc.nat(1_000), { minLength: 8, maxLength: 40 });
  const noise = fc.array(fc.option(fc.constantFrom(...NOISE), { nil: null, freq: 2 }), {
    minLength: 1,
    maxLength: 8,
  });
  return fc
    .tuple(fc.array(plans(fc, words), { minLength: 1, maxLength: 4 }), order, noise)
    .map(([list, turns, between]) => dialogue(list, turns, between));
}

function plans(fc: Fc, words: FieldWords): Arb<Plan> {
  const pad = fc.option(fc.nat(255), { nil: null, freq: 4 });
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "X-ANY"),
    path: fc.constantFrom("/", "/a", "/a/b?c=d", "/%20"),
    headers: words.headerList,
    parts: fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
    pads: fc.array(pad, { minLength: 1, maxLength: 4 }),
    trailers: fc.option(words.headerList, { nil: null, freq: 4 }),
    pieceLength: fc.constantFrom(16_384, 16_384, 40, 200),
    withLength: fc.boolean(),
  });
}

/** The frames of one stream in order. */
function framesOf(plan: Plan, streamId: number, headers: readonly string[]): Uint8Array[] {
  const { method, path, parts, pads, trailers, pieceLength } = plan;
  const isBare = parts.length === 0 && trailers === null;
  const block = request(method, path, headers);
  const out = [headersInPieces(streamId, block, pieceLength, { end: isBare })];
  for (const [at, part] of parts.entries()) {
    const pad = pads[at % pads.length] ?? null;
    const end = at === parts.length - 1 && trailers === null;
    out.push(data(streamId, part, pad === null ? { end } : { end, pad }));
  }
  if (trailers !== null) {
    out.push(headersInPieces(streamId, literals(trailers), pieceLength, { end: true }));
  }
  return out;
}

function dialogue(
  list: readonly Plan[],
  turns: readonly number[],
  between: readonly (Uint8Array | null)[],
): GeneratedDialogue {
  const requests: GeneratedH2Request[] = [];
  const queues: Uint8Array[][] = [];
  for (const [at, plan] of list.entries()) {
    const streamId = 2 * at + 1;
    const body = concat(plan.parts);
    const length = plan.withLength ? ["content-length", String(body.length)] : [];
    const headers = [...plan.headers, ...length];
    const { method, path, trailers } = plan;
    requests.push({ streamId, method, path, headers, body: textOf(body), trailers });
    queues.push(framesOf(plan, streamId, headers));
  }
  const out = [helloOf("server")];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    // A stream begins only after those below it have begun.
    const ready = queues.filter(
      (queue, at) => queue.length > 0 && queues.slice(0, at).every((_, below) => isBegun(below)),
    );
    const queue = ready[(turns[turn % turns.length] ?? 0) % ready.length];
    const next = queue?.shift();
    if (next !== undefined) out.push(next);
    const extra = between[turn % between.length];
    if (extra != null) out.push(extra);
  }
  return { bytes: concat(out), requests };

  function isBegun(at: number): boolean {
    const plan = list[at];
    const left = queues[at]?.length ?? 0;
    if (plan === undefined) return true;
    return left < plan.parts.length + (plan.trailers === null ? 1 : 2);
  }
}
