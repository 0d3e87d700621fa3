// One string of a field to the scratch area (RFC 7541 section 5.2, RFC 9204 section 4.1.2): copied, or decoded where it
// is Huffman coded, with what its octets show.

import { copyName, copyValue } from "./field-copy";
import { decodeHuffman } from "./huffman";

/**
 * Writes the string [at, end) to `out`. The end of the output is in the low half of the result, flags of its octets in
 * the high half; an output end of 0 means that the high half is an error code.
 */
export function readText(at: u32, end: u32, out: u32, isHuffman: bool, isName: bool): u64 {
  if (isHuffman) return decodeHuffman(at, end, out);
  const length = end - at;
  const flags = isName ? copyName(at, length, out) : copyValue(at, length, out);
  return ((<u64>flags) << 32) | (out + length);
}
