// Random pieces, in any order, overlapping, changed, above limits: the same as a Map of octets says.

import * as fc from "fast-check";
import { Reassembler, ReassemblyFault } from "tercet/quic";
import { expect, test } from "vitest";
import { NaiveReassembly } from "../helpers/naive/reassembly.js";

const WIDE = { bytes: 1 << 20, fragments: 1024 };
const NONE = ReassemblyFault.None;
const FAULTS = {
  none: ReassemblyFault.None,
  bytes: ReassemblyFault.TooManyBytes,
  fragments: ReassemblyFault.TooManyFragments,
  "final size": ReassemblyFault.FinalSize,
  changed: ReassemblyFault.Changed,
};

/** A step: a piece of a stream of few octets, so that pieces meet often. */
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      at: fc.nat(40),
      length: fc.nat(12),
      noise: fc.constantFrom(0, 0, 0, 1),
      fin: fc.constantFrom(false, false, false, false, false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ skip: fc.nat(45) }) },
);
const octetAt = (place: number) => (place * 37 + 11) & 0xff;

test("the same as a Map of octets, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.record({ bytes: fc.nat(30), fragments: fc.nat(5) }),
      fc.boolean(),
      fc.constantFrom(0, Number.MAX_SAFE_INTEGER - 20, 2 ** 61),
      (steps, limits, detectsChanges, from) => {
        const of = new Reassembler(limits, detectsChanges);
        const naive = new NaiveReassembly(limits, detectsChanges);
        const place = (at: number) => {
          const value = BigInt(from) + BigInt(at);
          return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
        };
        of.skip(place(0));
        const delivered: number[] = [];
        for (const step of steps) {
          if ("skip" in step) {
            if (naive.finalSize !== null && step.skip > naive.finalSize) continue;
            of.skip(place(step.skip));
            naive.skip(step.skip);
          } else {
            const { at, length, noise, fin } = step;
            const bytes = Uint8Array.from({ length }, (_, index) => octetAt(at + index) + noise);
            expect(of.insert(place(at), bytes, fin)).toBe(FAULTS[naive.insert(at, bytes, fin)]);
          }
          for (const piece of of.take()) delivered.push(...piece);
          expect(delivered).toEqual(naive.delivered);
          expect(of.offset).toEqual(place(naive.offset));
          expect([of.heldBytes, of.fragments]).toEqual([naive.heldBytes, naive.fragments]);
          expect(of.finalSize).toEqual(naive.finalSize === null ? null : place(naive.finalSize));
          expect(of.isDone).toBe(naive.isDone);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("any order, duplication and overlap give the same bytes, once", () => {
  const piece = fc.record({ at: fc.nat(199), length: fc.integer({ min: 1, max: 80 }) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(piece, { maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 120 }),
      (length, pieces, order) => {
        const stream = Uint8Array.from({ length }, (_, place) => octetAt(place));
        // Pieces of all kinds, and at last all of it in steps, so that nothing is missing.
        const all: [number, number][] = pieces
          .filter(({ at }) => at < length)
          .map((one) => [one.at, Math.min(one.at + one.length, length)]);
        for (let at = 0; at < length; at += 17) all.push([at, Math.min(at + 17, length)]);
        for (const [index, other] of order.entries()) {
          const [a, b] = [index % all.length, other % all.length];
          [all[a], all[b]] = [all[b] as [number, number], all[a] as [number, number]];
        }
        const of = new Reassembler(WIDE, true);
        const delivered: number[] = [];
        for (const [from, end] of all) {
          expect(of.insert(from, stream.slice(from, end), end === length)).toBe(NONE);
          for (const part of of.take()) delivered.push(...part);
        }
        expect(delivered).toEqual([...stream]);
        expect([of.isDone, of.heldBytes, of.fragments]).toEqual([true, 0, 0]);
      },
    ),
    { numRuns: 1_000 },
  );
});
