// Writes strings with the Huffman code of RFC 7541 appendix B. The code is canonical, so the table of
// lengths gives it. Codes of up to 15 bits, which all of ASCII text but five characters has, take the
// short way: two bytes at a time out of a 32-bit word.
// Rules: HP-036.

import { HUFFMAN_LENGTHS } from "../abi/huffman.js";

/** Code in bits 5 and up, its length in bits 0-4; 0 for a code above SHORT_LENGTH. */
const SHORT = new Int32Array(256);
/** Longest code of the short way: with the 15 bits that may wait it stays below 32. */
const SHORT_LENGTH = 15;
/** Code of each octet. */
const CODES = new Uint32Array(256);
const LENGTHS = Uint8Array.from(HUFFMAN_LENGTHS.slice(0, 256));

let code = 0;
for (let length = 1; length <= 30; length++) {
  for (let octet = 0; octet < 256; octet++) {
    if (LENGTHS[octet] !== length) continue;
    CODES[octet] = code;
    if (length <= SHORT_LENGTH) SHORT[octet] = (code << 5) | length;
    code++;
  }
  code *= 2;
}

/** Bytes that text takes in the Huffman code. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 0xff] as number;
  return Math.ceil(bits / 8);
}

/**
 * Writes text to `bytes` from `at`, padded with ones; there must be room for 4 bytes a character.
 * @returns where it ends; -1 where a character is no octet
 */
export function putHuffman(text: string, bytes: Uint8Array, at: number): number {
  const length = text.length;
  let end = at;
  let word = 0;
  let waiting = 0;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const octet = text.charCodeAt(i);
    seen |= octet;
    const short = SHORT[octet & 0xff] as number;
    if (short !== 0) {
      word = (word << (short & 31)) | (short >>> 5);
      waiting += short & 31;
    } else {
      // A long code goes in two parts, so that the word never holds more than 31 bits.
      const low = (LENGTHS[octet & 0xff] as number) - SHORT_LENGTH;
      const long = CODES[octet & 0xff] as number;
      word = (word << SHORT_LENGTH) | (long >>> low);
      waiting += SHORT_LENGTH;
      if (waiting >= 16) {
        waiting -= 16;
        bytes[end] = word >>> (waiting + 8);
        bytes[end + 1] = word >>> waiting;
        end += 2;
      }
      word = (word << low) | (long & ((1 << low) - 1));
      waiting += low;
    }
    if (waiting >= 16) {
      waiting -= 16;
      bytes[end] = word >>> (waiting + 8);
      bytes[end + 1] = word >>> waiting;
      end += 2;
    }
  }
  if (waiting >= 8) {
    waiting -= 8;
    bytes[end++] = word >>> waiting;
  }
  if (waiting > 0) bytes[end++] = (word << (8 - waiting)) | (0xff >>> waiting);
  return seen > 0xff ? -1 : end;
}
