// Chooses edits for a mutation fuzzer: the same edits as the arbitraries of tercet/fuzz make, from a
// number generator, without the cost of shrinkable values.

import { type Edit, edited } from "tercet/fuzz";
import { INPUT_LENGTH } from "./protocol.js";

/** An input after one to six edits; `others` are inputs to splice in, `tokens` what is inserted. */
export function mutated(
  input: Uint8Array,
  others: readonly Uint8Array[],
  tokens: readonly Uint8Array[],
  next: () => number,
): Uint8Array {
  const count = 1 + (next() % 6);
  const edits = Array.from({ length: count }, () => anyEdit(others, tokens, next));
  return edited(input, edits).subarray(0, INPUT_LENGTH);
}

function anyEdit(
  others: readonly Uint8Array[],
  tokens: readonly Uint8Array[],
  next: () => number,
): Edit {
  const at = next() % 4_096;
  // Mostly short, now and then long.
  const length = 1 + (next() % (next() % 5 === 0 ? 400 : 8));
  switch (next() % 8) {
    case 0:
      return { kind: "set", at, byte: next() & 255 };
    case 1:
      return { kind: "flip", at, bit: next() & 7 };
    case 2:
      return { kind: "delete", at, length };
    case 3:
      return { kind: "repeat", at, length, times: 1 + (next() % (next() % 20 === 0 ? 2_000 : 12)) };
    case 4:
    case 5:
      return { kind: "insert", at, bytes: tokens[next() % tokens.length] ?? input0 };
    case 6:
      return { kind: "move", at, length, to: next() % 4_096 };
    default:
      return {
        kind: "splice",
        at,
        other: others[next() % others.length] ?? input0,
        from: next() % 4_096,
      };
  }
}

const input0 = new Uint8Array(0);
