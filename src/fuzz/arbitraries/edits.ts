// Edits as an arbitrary, for every protocol: the pieces that edits insert are an argument.

import type * as FastCheck from "fast-check";
import type { Edit } from "../edits.js";

/** The module fast-check. */
export type Fc = typeof FastCheck;
export type Arb<T> = FastCheck.Arbitrary<T>;

/** Lists of edits; `tokens` are what they insert, `others` what they splice in. */
export function editsOf(
  fc: Fc,
  tokens: readonly Uint8Array[],
  others: readonly Uint8Array[],
): Arb<readonly Edit[]> {
  const at = fc.nat(4096);
  const length = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
  );
  const kind = <K extends Edit["kind"]>(name: K) => fc.constant(name);
  const bytes = fc.oneof(fc.constantFrom(...tokens), fc.uint8Array({ minLength: 1, maxLength: 4 }));
  const all: Arb<Edit>[] = [
    fc.record({ kind: kind("set"), at, byte: fc.nat(255) }),
    fc.record({ kind: kind("flip"), at, bit: fc.nat(7) }),
    fc.record({ kind: kind("delete"), at, length }),
    fc.record({ kind: kind("repeat"), at, length, times: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: kind("insert"), at, bytes }),
    fc.record({ kind: kind("move"), at, length, to: at }),
  ];
  if (others.length > 0) {
    all.push(fc.record({ kind: kind("splice"), at, other: fc.constantFrom(...others), from: at }));
  }
  return fc.array(fc.oneof(...all), { minLength: 1, maxLength: 6 });
}

/** In one of `cases` a value, else what is `usual`. */
export function seldom<T, U>(fc: Fc, arbitrary: Arb<T>, usual: U, cases = 10): Arb<T | U> {
  return fc.oneof({ weight: cases - 1, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });
}
