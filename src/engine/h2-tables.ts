// What the engine's `init` reads, once: the code lengths of RFC 7541 appendix B and the static table of
// appendix A, so that both sides have them from one place. Layout at H2_NAMES:
//
//   257 octets     bits of the code of each symbol
//   an entry       length of the name, length of the value, name, value; 61 of them

import { H2_NAMES } from "../abi/h2-memory.js";
import { STATIC_TABLE } from "../abi/hpack-static.js";
import { HUFFMAN_LENGTHS } from "../abi/huffman.js";

/** Writes the tables. Returns their length. */
export function writeHpackTables(memory: Uint8Array): number {
  memory.set(HUFFMAN_LENGTHS, H2_NAMES);
  let at = H2_NAMES + HUFFMAN_LENGTHS.length;
  for (let i = 0; i < STATIC_TABLE.length; i += 2) {
    const name = STATIC_TABLE[i] as string;
    const value = STATIC_TABLE[i + 1] as string;
    memory[at++] = name.length;
    memory[at++] = value.length;
    for (const text of [name, value])
      for (let j = 0; j < text.length; j++) memory[at++] = text.charCodeAt(j);
  }
  return at - H2_NAMES;
}
