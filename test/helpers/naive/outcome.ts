// What the oracle says about an input: the events it must give, and then nothing, more bytes, or an error.

import type { ErrorName } from "tercet";
import type { PlainEvent } from "tercet/fuzz";

/**
 * How an input ends.
 * - `error`: a strict receiver refuses it here, with one of these codes. More than one code stands where
 *   an octet breaks two rules at once; which is named first is the receiver's choice.
 * - `open`: every byte so far may be part of a valid message, or is already part of a broken one whose
 *   line is not complete: the oracle reads whole lines and does not decide.
 * - `either`: the RFCs leave it open whether this is accepted, so nothing behind it can be predicted.
 */
export type End =
  | { readonly kind: "error"; readonly codes: ReadonlySet<ErrorName> }
  | { readonly kind: "open"; readonly inside: "nothing" | "head" | "content" }
  | { readonly kind: "either" };

/** What the oracle expects. */
export interface Outcome {
  readonly events: PlainEvent[];
  readonly end: End;
}

/** Stops the oracle: thrown inside, never out of it. */
export class Stop extends Error {
  readonly end: End;
  constructor(end: End) {
    super(end.kind);
    this.end = end;
  }
}

/** Refuses the input. */
export function refuse(...codes: ErrorName[]): never {
  throw new Stop({ kind: "error", codes: new Set(codes) });
}

/** The input is not decided by the RFCs. */
export function undecided(): never {
  throw new Stop({ kind: "either" });
}

/** The input ends inside of something. */
export function incomplete(inside: "nothing" | "head" | "content"): never {
  throw new Stop({ kind: "open", inside });
}
