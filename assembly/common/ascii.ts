// Byte classes (RFC 9110 section 5.6.2, RFC 3986 appendix A), computed once at start: one table of
// bits for scalar code, and for the kernels two nibble tables a class.
//
//   a byte belongs to a class  <=>  low[byte & 15] & high[byte >> 4] != 0
// Rules: H1-001.

/** tchar: what tokens are made of. */
export const TOKEN: u32 = 1;
/** What an origin-form target is made of, but "%": unreserved, sub-delims, ":" "@" "/" "?". */
export const TARGET: u32 = 2;
/** HEXDIG. */
export const HEX: u32 = 4;
/** What a registered name is made of, but "%" and ",": unreserved and sub-delims. */
export const REG_NAME: u32 = 8;
/** scheme characters: ALPHA DIGIT "+" "-" ".". */
export const SCHEME: u32 = 16;
export const ALPHA: u32 = 32;
export const DIGIT: u32 = 64;

export const HTAB: u32 = 0x09;
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const SP: u32 = 0x20;
export const DEL: u32 = 0x7f;

/** What field names of HTTP/2 and HTTP/3 are made of: token characters but upper-case letters. */
export const NAME: u32 = 128;

/** Addresses of the tables: 256 class bytes, then low nibbles of four classes, high nibbles. */
export abstract class Ascii {
  static readonly classes: usize = memory.data(256, 16);
  static readonly tokenLow: usize = memory.data(16, 16);
  static readonly nameLow: usize = memory.data(16, 16);
  static readonly targetLow: usize = memory.data(16, 16);
  static readonly regNameLow: usize = memory.data(16, 16);
  static readonly high: usize = memory.data(16, 16);
}

/** The class bits of one byte. */
export function classOf(byte: u32): u32 {
  return load<u8>(Ascii.classes + byte);
}

export function is(byte: u32, classes: u32): bool {
  return (classOf(byte) & classes) != 0;
}

/** Value of a hexadecimal digit. The byte must be HEX. */
export function hexValue(byte: u32): u32 {
  return (byte & 15) + (byte >> 6) * 9;
}

export function lowerCase(byte: u32): u32 {
  return byte - 0x41 < 26 ? byte | 0x20 : byte;
}

/** First byte of [at, end) that is no SP or HTAB; offsets from `base`. */
export function skipBlanks(base: usize, at: u32, end: u32): u32 {
  while (at < end && (load<u8>(base + at) == SP || load<u8>(base + at) == HTAB)) at++;
  return at;
}

/** Whether `length` bytes, at most 8, are the bytes of `word` from its low end, case aside. */
export function isWord(at: usize, word: u64, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (lowerCase(load<u8>(at + i)) != (<u32>(word >> ((<u64>i) << 3)) & 0xff)) return false;
  }
  return true;
}

function add(byte: u32, classes: u32): void {
  store<u8>(Ascii.classes + byte, classOf(byte) | classes);
}

/** Adds the bytes of one little-endian word, up to its first zero byte. */
function addWord(word: u64, classes: u32): void {
  while (word != 0) {
    add(<u32>(word & 0xff), classes);
    word >>= 8;
  }
}

/** Fills the tables. */
export function initAscii(): void {
  for (let byte: u32 = 0x30; byte <= 0x39; byte++)
    add(byte, TOKEN | TARGET | HEX | REG_NAME | SCHEME | DIGIT);
  for (let byte: u32 = 0x41; byte <= 0x5a; byte++) {
    add(byte, TOKEN | TARGET | REG_NAME | SCHEME | ALPHA);
    add(byte | 0x20, TOKEN | TARGET | REG_NAME | SCHEME | ALPHA);
  }
  for (let byte: u32 = 0x41; byte <= 0x46; byte++) {
    add(byte, HEX);
    add(byte | 0x20, HEX);
  }
  addWord(0x2d2b_2a27_2625_2423, TOKEN); // # $ % & ' * + -
  addWord(0x7e7c_605f_5e2e_21, TOKEN); // ! . ^ _ ` | ~
  addWord(0x2b2a_2928_2726_2421, TARGET | REG_NAME); // ! $ & ' ( ) * +
  addWord(0x7e5f_3d3b_2e2d, TARGET | REG_NAME); // - . ; = _ ~
  addWord(0x403f_3a2f_2c, TARGET); // , / : ? @
  addWord(0x2e2d_2b, SCHEME); // + - .
  for (let byte: u32 = 0; byte < 128; byte++) {
    if (is(byte, TOKEN) && lowerCase(byte) == byte) add(byte, NAME);
    addNibble(Ascii.tokenLow, byte, TOKEN);
    addNibble(Ascii.nameLow, byte, NAME);
    addNibble(Ascii.targetLow, byte, TARGET);
    addNibble(Ascii.regNameLow, byte, REG_NAME);
  }
  for (let nibble: u32 = 0; nibble < 8; nibble++) {
    const bit: u32 = 1 << nibble;
    store<u8>(Ascii.high + nibble, <u8>bit);
  }
}

function addNibble(table: usize, byte: u32, classes: u32): void {
  if (!is(byte, classes)) return;
  const at = table + (byte & 15);
  const bit: u32 = load<u8>(at) | (1 << (byte >> 4));
  store<u8>(at, <u8>bit);
}
