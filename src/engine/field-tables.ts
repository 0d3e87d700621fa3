// What the `init` of an engine with field sections reads, once: the code lengths of RFC 7541 appendix B and a static
// table (RFC 7541 appendix A, RFC 9204 appendix A), so that both sides have them from one place. Layout at FIELD_NAMES:
//
//   257 octets     bits of the code of each symbol
//   an entry       length of the name, length of the value, name, value; 61 or 99 of them

import { FIELD_NAMES } from "../abi/field-memory.js";
import { HUFFMAN_LENGTHS } from "../abi/huffman.js";

/** Writes the tables. Returns their length. */
export function writeFieldTables(memory: Uint8Array, staticTable: readonly string[]): number {
  memory.set(HUFFMAN_LENGTHS, FIELD_NAMES);
  let at = FIELD_NAMES + HUFFMAN_LENGTHS.length;
  for (let i = 0; i < staticTable.length; i += 2) {
    const name = staticTable[i] as string;
    const value = staticTable[i + 1] as string;
    memory[at++] = name.length;
    memory[at++] = value.length;
    for (const text of [name, value])
      for (let j = 0; j < text.length; j++) memory[at++] = text.charCodeAt(j);
  }
  return at - FIELD_NAMES;
}
