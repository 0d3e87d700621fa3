// The Huffman code of HPACK and QPACK (RFC 7541 section 5.2 and appendix B), decoded by a table of all
// values of the next 13 bits. One look-up gives up to two octets; codes above 13 bits, which text hardly
// has, are found by their length: the code is canonical, so that codes of one length are one range.
//
//   table entry    bits of both | flags of both | octet 1 | octet 2 | octets | flag | bits of the first
//   bits           0..5           6, 7            8..15     16..23    24, 25   26     28..31
//
// The number of bits stands where a 64-bit shift takes its distance from: nothing is between look-up and shift.
// Rules: HP-023, HP-024, HP-025, HP-026, HP-027, HP-036.

import { ErrorCode } from "../../src/abi/error-code";
import { HUFFMAN_LENGTH_MAX, HUFFMAN_SYMBOLS } from "../../src/abi/hpack-sizes";
import { DEL, HTAB, is, NAME, SP } from "./ascii";

/** Bits of a look-up. */
const STEP: u32 = 13;
const ENTRIES: u32 = 1 << STEP;
const EOS: u32 = 256;
/** Of an entry: bits of both. A shift looks at these alone. */
const LENGTH_MASK: u32 = 63;

/** An octet that no field name has (RFC 9113 section 8.2.1); a colon has a flag of its own. */
export const NAME_BAD: u32 = 1 << 6;
/** An octet that no field value has: a control other than HTAB, or DEL. */
export const VALUE_BAD: u32 = 1 << 7;
export const COLON_SEEN: u32 = 1 << 26;

abstract class Huffman {
  /** An entry for each value of the next STEP bits; 0 octets: a longer code. */
  static readonly table: usize = memory.data(32_768, 16);
  /** Symbols in the order of their codes, two bytes each. */
  static readonly sorted: usize = memory.data(514, 16);
  /** For each length the first code behind it, at the top of 32 bits. */
  static readonly limits: usize = memory.data(128, 16);
  /** For each length: position of its first symbol less its first code. */
  static readonly bases: usize = memory.data(128, 16);
}

/** NAME_BAD, VALUE_BAD and COLON_SEEN of one octet. */
export function octetFlags(octet: u32): u32 {
  let flags: u32 = octet == 0x3a ? COLON_SEEN : 0;
  if (octet != 0x3a && !is(octet, NAME)) flags |= NAME_BAD;
  if (octet == DEL || (octet < SP && octet != HTAB)) flags |= VALUE_BAD;
  return flags;
}

/** Builds the tables from the lengths of the 257 codes, one byte each. Needs the tables of ascii.ts. */
export function initHuffman(lengths: usize): void {
  let code: u32 = 0;
  let position: u32 = 0;
  for (let length: u32 = 1; length <= <u32>HUFFMAN_LENGTH_MAX; length++) {
    store<u32>(Huffman.bases + length * 4, position - code);
    for (let symbol: u32 = 0; symbol < <u32>HUFFMAN_SYMBOLS; symbol++) {
      if (load<u8>(lengths + symbol) != length) continue;
      store<u16>(Huffman.sorted + position++ * 2, <u16>symbol);
      if (length <= STEP) fill(code, length, symbol);
      code++;
    }
    store<u32>(Huffman.limits + length * 4, code << (32 - length));
    code <<= 1;
  }
  for (let bits: u32 = 0; bits < ENTRIES; bits++) addSecond(bits);
}

/** Entries of the values that begin with this code. */
function fill(code: u32, length: u32, symbol: u32): void {
  const first = code << (STEP - length);
  const entry = length | (symbol << 8) | (1 << 24) | (length << 28) | octetFlags(symbol);
  for (let i: u32 = 0; i < 1 << (STEP - length); i++)
    store<u32>(Huffman.table + (first + i) * 4, entry);
}

/** Adds the second octet to an entry, where its code is whole. */
function addSecond(bits: u32): void {
  const at = Huffman.table + bits * 4;
  const entry = load<u32>(at);
  const length = entry >> 28;
  if (length == 0) return;
  const second = load<u32>(Huffman.table + ((bits << length) & (ENTRIES - 1)) * 4);
  const secondLength = second >> 28;
  if (secondLength == 0 || length + secondLength > STEP) return;
  const symbol = (second >> 8) & 0xff;
  const both = entry + secondLength + (symbol << 16) + (1 << 24);
  store<u32>(at, both | octetFlags(symbol));
}

/** The next eight octets, first one on top. */
function octets(at: usize): u64 {
  const bytes = v128.load64_zero(at);
  const turned = v128.shuffle<i8>(
    bytes,
    bytes,
    7,
    6,
    5,
    4,
    3,
    2,
    1,
    0,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
  );
  return <u64>v128.extract_lane<i64>(turned, 0);
}

/** The entry of the first STEP bits. */
function lookUp(bits: u64): u32 {
  return load<u32>(Huffman.table + ((<usize>(bits >> (64 - STEP))) << 2));
}

/**
 * Decodes [at, end) to `out`, where three octets more than 8/5 of its length must be free; up to 8 octets behind `end`
 * are read, whatever they are. The end of the output is in the low half of the result, flags of its octets in the
 * high half; an output end of 0 means that the high half is an error code.
 */
export function decodeHuffman(at: usize, end: usize, out: usize): u64 {
  // The next bits from the top, `count` of them; what stands below is right too, or nothing.
  let bits: u64 = 0;
  let count: u32 = 0;
  let flags: u32 = 0;
  let left: u32 = (<u32>(end - at)) << 3;
  // Four look-ups without a question: an entry of a longer code is 0 and moves nothing, nor do those behind it.
  while (left >= 4 * STEP) {
    bits |= octets(at) >> count;
    at += (63 - count) >> 3;
    count |= 56;
    let entry = lookUp(bits);
    store<u16>(out, <u16>(entry >> 8));
    out += (entry >> 24) & 3;
    flags |= entry;
    bits <<= <u64>entry;
    let used = entry & LENGTH_MASK;
    entry = lookUp(bits);
    store<u16>(out, <u16>(entry >> 8));
    out += (entry >> 24) & 3;
    flags |= entry;
    bits <<= <u64>entry;
    used += entry & LENGTH_MASK;
    entry = lookUp(bits);
    store<u16>(out, <u16>(entry >> 8));
    out += (entry >> 24) & 3;
    flags |= entry;
    bits <<= <u64>entry;
    used += entry & LENGTH_MASK;
    entry = lookUp(bits);
    store<u16>(out, <u16>(entry >> 8));
    out += (entry >> 24) & 3;
    flags |= entry;
    bits <<= <u64>entry;
    used += entry & LENGTH_MASK;
    count -= used;
    left -= used;
    if (entry != 0) continue;
    if (left < <u32>HUFFMAN_LENGTH_MAX) break;
    bits |= octets(at) >> count;
    at += (63 - count) >> 3;
    count |= 56;
    const long = longCode(bits);
    if (<u32>long == EOS) return (<u64>ErrorCode.HPACK_HUFFMAN_EOS) << 32;
    store<u8>(out++, <u8>long);
    flags |= octetFlags(<u32>long);
    bits <<= long >> 32;
    count -= <u32>(long >> 32);
    left -= <u32>(long >> 32);
  }
  if (count < left) bits |= octets(at) >> count;
  return decodeTail(bits, left, out, flags);
}

/**
 * The last bits, fewer than 4 * STEP of them; behind them the input goes on with ones, as padding does. A look-up that
 * stands in these finds nothing, and one that reaches into them began with a code that is not whole.
 */
function decodeTail(bits: u64, left: u32, out: usize, flags: u32): u64 {
  // Turned over, because a shift brings zeros.
  let turned = ~(bits | (<u64>-1 >> left));
  let rest = <i32>left;
  while (true) {
    const entry = lookUp(~turned);
    if (entry != 0) {
      store<u16>(out, <u16>(entry >> 8));
      out += (entry >> 24) & 3;
      flags |= entry;
      turned <<= <u64>entry;
      rest -= entry & LENGTH_MASK;
      continue;
    }
    if (turned == 0 && <u32>rest < 8) return ((<u64>flags) << 32) | out;
    const long = longCode(~turned);
    rest -= <i32>(long >> 32);
    if (rest < 0) return (<u64>ErrorCode.HPACK_HUFFMAN_PADDING) << 32;
    if (<u32>long == EOS) return (<u64>ErrorCode.HPACK_HUFFMAN_EOS) << 32;
    store<u8>(out++, <u8>long);
    flags |= octetFlags(<u32>long);
    turned <<= long >> 32;
  }
}

/** A code of more than STEP bits: its symbol in the low half, its length in the high half. */
function longCode(bits: u64): u64 {
  const top = <u32>(bits >> 32);
  let length = STEP + 1;
  while (length < <u32>HUFFMAN_LENGTH_MAX && top >= load<u32>(Huffman.limits + length * 4))
    length++;
  const position = (top >> (32 - length)) + load<u32>(Huffman.bases + length * 4);
  return ((<u64>length) << 32) | load<u16>(Huffman.sorted + position * 2);
}

// The twin: bit by bit, from the lengths alone. Only tests call it.

/** As decodeHuffman. */
export function decodeHuffmanScalar(at: usize, end: usize, out: usize): u64 {
  let code: u32 = 0;
  let length: u32 = 0;
  let flags: u32 = 0;
  for (; at < end; at++) {
    for (let bit: u32 = 8; bit > 0; bit--) {
      code = (code << 1) | ((load<u8>(at) >> (bit - 1)) & 1);
      length++;
      const top = code << (32 - length);
      const isWhole =
        length == <u32>HUFFMAN_LENGTH_MAX || top < load<u32>(Huffman.limits + length * 4);
      if (!isWhole) continue;
      const position = code + load<u32>(Huffman.bases + length * 4);
      const symbol: u32 = load<u16>(Huffman.sorted + position * 2);
      if (symbol == EOS) return (<u64>ErrorCode.HPACK_HUFFMAN_EOS) << 32;
      store<u8>(out++, <u8>symbol);
      flags |= octetFlags(symbol);
      code = 0;
      length = 0;
    }
  }
  if (length > 7 || code != (1 << length) - 1) return (<u64>ErrorCode.HPACK_HUFFMAN_PADDING) << 32;
  return ((<u64>flags) << 32) | out;
}
