// HpackDecoder: any blocks one behind the other, against the naive reader: the same fields, marks and table,
// or the same error at the same offset; and two decoders side by side do not disturb each other.

import { ProtocolError } from "tercet";
import { H2_TOKENS, h2Arbitraries } from "tercet/fuzz";
import { HpackDecoder } from "tercet/hpack";
import { type NaiveField, NaiveHpack, type NaiveOutcome } from "../../test/helpers/naive/hpack.js";
import { hpackSeeds, inputOf, partsOf, TABLE_SIZES, tableSizeOf } from "./hpack-target.js";
import { fault, type Target } from "./target.js";

/** Lists beyond these are refused by us, and the oracle knows no limits. */
const WIDE = { maxListSize: 262_144, maxFields: 8_192 };
const LIMITS = new Set(["HPACK_LIST_TOO_LARGE", "HPACK_FIELD_COUNT_TOO_LARGE"]);

/** The target. */
export const hpackDecode: Target = {
  name: "hpack-decode",
  about: "HpackDecoder.decodeFields: agreement with the naive reader, two decoders side by side",
  corpus: "hpack",
  tokens: H2_TOKENS,
  seeds: hpackSeeds,
  arbitrary(fc) {
    const { fieldBlocks } = h2Arbitraries(fc);
    return fc
      .tuple(fc.constantFrom(...TABLE_SIZES), fieldBlocks)
      .map(([size, blocks]) => inputOf(size, blocks));
  },
  check(input) {
    const maxTableSize = tableSizeOf(input);
    const decoder = new HpackDecoder({ maxTableSize, ...WIDE });
    // The same blocks a little later, in the same engine: nothing may leak from one to the other.
    const late = new HpackDecoder({ maxTableSize, ...WIDE });
    const naive = new NaiveHpack(maxTableSize);
    const signature: string[] = [];
    let before: Uint8Array | null = null;
    for (const block of partsOf(input)) {
      const got = outcomeOf(decoder, block);
      if (before !== null) outcomeOf(late, before);
      before = block;
      if ("code" in got && LIMITS.has(got.code)) break;
      const wanted = naive.decode(block);
      same(got, wanted);
      signature.push(shortOf(got));
      if ("code" in got) {
        if (!("code" in outcomeOf(decoder, block))) fault("a decoder goes on after an error");
        break;
      }
      if (decoder.tableSize !== naive.tableSize) {
        fault(`a table of ${decoder.tableSize}, expected ${naive.tableSize}`);
      }
    }
    decoder.release();
    late.release();
    return signature.slice(-6).join(" ");
  },
};

function outcomeOf(decoder: HpackDecoder, block: Uint8Array): NaiveOutcome {
  try {
    return { fields: decoder.decodeFields(block) };
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code, offset: error.offset };
    throw error;
  }
}

function same(got: NaiveOutcome, wanted: NaiveOutcome): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) fault(`${a.slice(0, 400)}, expected ${b.slice(0, 400)}`);
}

function shortOf(outcome: NaiveOutcome): string {
  if ("code" in outcome) return outcome.code;
  const kinds = outcome.fields.map(({ name, sensitive }: NaiveField) => `${name[0]}${+sensitive}`);
  return `${Math.min(9, outcome.fields.length)}${new Set(kinds).size}`;
}
