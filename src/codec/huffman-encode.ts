// Writes strings with the Huffman code of RFC 7541 appendix B. The code is canonical, so the table of
// lengths gives it. Two characters go at a time where their codes have at most 16 bits together, as
// those of nearly all text have, and two bytes are stored each time, whether they are full or not: a
// branch there is one that no processor can foresee (measured: a quarter).
// Rules: HP-036.

import { HUFFMAN_LENGTHS } from "../abi/huffman.js";

/** Code and length of each octet's code. */
const CODES = new Uint32Array(256);
const LENGTHS = Uint8Array.from(HUFFMAN_LENGTHS.slice(0, 256));

/** Most bits that are put at once: with the 7 that may wait they fill three bytes at most. */
const PART_LENGTH = 16;

/**
 * Codes of two ASCII characters, at 128 * first + second: code in bits 5 and up, length in bits 0-4; 0
 * where they are longer than PART_LENGTH.
 */
const PAIRS = new Int32Array(128 * 128);
/** What is no ASCII character: stands for the second one where there is none. */
const NO_CHARACTER = 128;

let next = 0;
for (let length = 1; length <= 30; length++) {
  for (let octet = 0; octet < 256; octet++) {
    if (LENGTHS[octet] === length) CODES[octet] = next++;
  }
  next *= 2;
}

/** Whether PAIRS is filled: at the first string, because it takes longer than the rest of an import. */
let hasPairs = false;

function fillPairs(): void {
  hasPairs = true;
  for (let i = 0; i < PAIRS.length; i++) {
    const first = i >> 7;
    const second = i & 127;
    const tail = LENGTHS[second] as number;
    const length = (LENGTHS[first] as number) + tail;
    const code = ((CODES[first] as number) << tail) | (CODES[second] as number);
    if (length <= PART_LENGTH) PAIRS[i] = (code << 5) | length;
  }
}

/** Bytes that text takes in the Huffman code. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 0xff] as number;
  return Math.ceil(bits / 8);
}

/**
 * Writes text to `bytes` from `at`, padded with ones; there must be room for 4 bytes a character and 4
 * more.
 * @returns where it ends; -1 where a character is no octet
 */
export function putHuffman(text: string, bytes: Uint8Array, at: number): number {
  if (!hasPairs) fillPairs();
  const last = text.length - 1;
  let end = at;
  let word = 0;
  let waiting = 0;
  let seen = 0;
  let i = 0;
  while (i <= last) {
    const first = text.charCodeAt(i);
    const second = i < last ? text.charCodeAt(i + 1) : NO_CHARACTER;
    let code = (first | second) < 128 ? (PAIRS[(first << 7) | second] as number) : 0;
    let length = code & 31;
    i += 2;
    if (code !== 0) code >>>= 5;
    else {
      i--;
      seen |= first;
      code = CODES[first & 0xff] as number;
      length = LENGTHS[first & 0xff] as number;
      if (length > PART_LENGTH) {
        // The upper bits go first.
        length -= PART_LENGTH;
        word = (word << length) | (code >>> PART_LENGTH);
        waiting += length;
        bytes[end] = (word << (32 - waiting)) >>> 24;
        bytes[end + 1] = (word << (32 - waiting)) >>> 16;
        end += waiting >> 3;
        waiting &= 7;
        length = PART_LENGTH;
        code &= 0xffff;
      }
    }
    word = (word << length) | code;
    waiting += length;
    bytes[end] = (word << (32 - waiting)) >>> 24;
    bytes[end + 1] = (word << (32 - waiting)) >>> 16;
    end += waiting >> 3;
    waiting &= 7;
  }
  if (waiting > 0) bytes[end++] = (word << (8 - waiting)) | (0xff >>> waiting);
  return seen > 0xff ? -1 : end;
}
