// HpackEncoder and back: any list of any octets, over several blocks with changes of the table size between
// them, is read again by HpackDecoder and by the naive reader, with its marks.

import { bytesOf, concat, h2Arbitraries, h2Block, textOf } from "tercet/fuzz";
import { HpackDecoder, HpackEncoder } from "tercet/hpack";
import { NaiveHpack } from "../../test/helpers/naive/hpack.js";
import { inputOf, partsOf, TABLE_SIZES, tableSizeOf } from "./hpack-target.js";
import { fault, type Target } from "./target.js";

const WIDE = { maxListSize: 262_144, maxFields: 8_192 };
/** Longest list in bytes that is tried. */
const LONGEST = 60_000;

/** Names and values that change how a list is encoded. */
const TOKENS: readonly Uint8Array[] = [
  ...["authorization", "cookie", "set-cookie", ":path", ":status", "x-a", "accept", "etag"],
].map((name) => concat([h2Block.plainString(name), h2Block.plainString("value")]));

/** The target. */
export const hpackRoundTrip: Target = {
  name: "hpack-round-trip",
  about: "HpackEncoder.encode: read again by HpackDecoder and by the naive reader",
  corpus: "header-lists",
  tokens: TOKENS,
  arbitrary(fc) {
    const { octetList, headerList } = h2Arbitraries(fc);
    const lists = fc.array(fc.oneof(octetList, headerList), { minLength: 1, maxLength: 6 });
    return fc
      .tuple(fc.constantFrom(...TABLE_SIZES), lists)
      .map(([size, all]) => inputOf(size, all.map(partOf)));
  },
  check(input) {
    const maxTableSize = tableSizeOf(input);
    const huffman = ([true, false, "auto"] as const)[(input[0] ?? 0) % 3] ?? "auto";
    const encoder = new HpackEncoder({ maxTableSize, huffman });
    const decoder = new HpackDecoder({ maxTableSize: Math.max(4_096, maxTableSize), ...WIDE });
    const naive = new NaiveHpack(Math.max(4_096, maxTableSize));
    const signature: string[] = [];
    for (const part of partsOf(input)) {
      if (part.length % 7 === 0) encoder.setMaxTableSize(Math.min(maxTableSize, part.length * 8));
      const { list, sensitive } = listOf(part);
      const block = encoder.encode(list, sensitive);
      const fields = decoder.decodeFields(block);
      const wanted = naive.decode(block);
      if ("code" in wanted) fault(`the naive reader says ${wanted.code} at ${wanted.offset}`);
      else if (JSON.stringify(fields) !== JSON.stringify(wanted.fields)) fault("two readings");
      sameList(list, sensitive, fields);
      if (decoder.tableSize !== encoder.tableSize) {
        fault(`tables of ${encoder.tableSize} and ${decoder.tableSize}`);
      }
      signature.push(`${Math.min(9, fields.length)}${(block[0] ?? 0) >> 4}`);
    }
    decoder.release();
    return signature.slice(-6).join(" ");
  },
};

/** A list as a part: strings of HPACK one behind the other. */
function partOf(list: readonly string[]): Uint8Array {
  return concat(list.map((text) => h2Block.plainString(bytesOf(text))));
}

/** A part as a list: a length of one octet before each string; the last odd string is left out. */
function listOf(part: Uint8Array): { list: string[]; sensitive: Set<string> } {
  const list: string[] = [];
  const sensitive = new Set<string>();
  let size = 0;
  for (let at = 0; at < part.length && size < LONGEST; ) {
    const length = (part[at] ?? 0) & 0x7f;
    const text = textOf(part.subarray(at + 1, at + 1 + length));
    // Names go out in lower case: the comparison below is one of lists, not of that.
    list.push(list.length % 2 === 0 ? text.replace(/[A-Z]/g, (char) => char.toLowerCase()) : text);
    if (((part[at] ?? 0) & 0x80) !== 0 && list.length % 2 === 1) sensitive.add(list.at(-1) ?? "");
    size += length + 32;
    at += 1 + length;
  }
  return { list: list.slice(0, list.length & ~1), sensitive };
}

function sameList(
  list: readonly string[],
  sensitive: ReadonlySet<string>,
  fields: readonly { name: string; value: string; sensitive: boolean }[],
): void {
  if (fields.length * 2 !== list.length) fault(`${fields.length} fields of ${list.length / 2}`);
  for (const [at, field] of fields.entries()) {
    const name = list[2 * at] ?? "";
    if (field.name !== name || field.value !== list[2 * at + 1]) {
      fault(
        `field ${at}: ${JSON.stringify([field.name, field.value])}, said ${JSON.stringify([name, list[2 * at + 1]])}`,
      );
    }
    if (sensitive.has(name) && !field.sensitive) fault(`${name} lost its mark`);
  }
}
