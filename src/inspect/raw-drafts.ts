// What the readers of raw bytes have in common: their options, sections without a message, mistakes that decoders throw.

import { ProtocolError } from "../index.js";
import type { Direction, Draft } from "./events.js";
import { type Fault, moved } from "./h3-errors.js";
import { fieldLengthOf, pairsOf } from "./protocol-options.js";

/** How they are read. */
export interface RawOptions {
  readonly lenient?: boolean;
  readonly keepBytes?: boolean;
}

/** Fields of a section without a message around it. */
export function sectionDraft(
  protocol: "hpack" | "qpack",
  direction: Direction,
  streamId: number,
  offset: number,
  fields: readonly string[],
  wireLength: number,
): Draft {
  return {
    event: "head",
    protocol,
    direction,
    offset,
    streamId,
    headers: pairsOf(fields),
    wireLength,
    fieldLength: fieldLengthOf(fields),
  };
}

/** What a decoder threw. */
export function thrownFault(error: unknown): Fault {
  if (!(error instanceof ProtocolError)) throw error;
  return moved(error, error.offset);
}
