// AES-CCM with a nonce of 12 octets (RFC 3610, NIST SP 800-38C): tags of 16 octets, or of 8 as some TLS suites have. The tag is
// of the plaintext, so that it can be compared only after decryption: what does not open is wiped.

import { CRYPTO_NONCE, CRYPTO_STREAM, CRYPTO_TAG } from "../../src/abi/quic-crypto";
import { aesBlocks } from "./aes";
import { applyStream } from "./stream";

/** Octets of the length in the first block, less one: a nonce of 12 leaves three. */
const LENGTH_OCTETS: u32 = 2;

/** From here on associated data has the longer form of its length. */
const SHORT_AAD_END: u32 = 0xff00;

/** Room for four blocks: aesBlocks() works on four. */
const CHAIN: usize = memory.data(64, 16);

/** Opens [at, at + length) in place, whose tag follows; wipes it where that is another. */
export function ccmOpen(
  key: usize,
  aad: usize,
  aadLength: u32,
  at: usize,
  length: u32,
  tagLength: u32,
): bool {
  fillStream(key, length);
  applyStream(at, CRYPTO_STREAM + 16, length);
  writeTag(key, aad, aadLength, at, length, tagLength);
  const differences = v128.xor(v128.load(at + length), v128.load(CRYPTO_TAG));
  const isGood = !v128.any_true(v128.and(differences, firstOctets(tagLength)));
  if (!isGood) memory.fill(at, 0, length);
  return isGood;
}

/** Seals [at, at + length) in place, and writes the tag behind it. */
export function ccmSeal(
  key: usize,
  aad: usize,
  aadLength: u32,
  at: usize,
  length: u32,
  tagLength: u32,
): void {
  fillStream(key, length);
  writeTag(key, aad, aadLength, at, length, tagLength);
  applyStream(at, CRYPTO_STREAM + 16, length);
  memory.copy(at + length, CRYPTO_TAG, tagLength);
}

/** Key octets: one block for the tag, then those of the text. The counter has three octets and begins at 0. */
function fillStream(key: usize, length: u32): void {
  const blocks = ((length + 15) >> 4) + 1;
  const first = firstBlock(LENGTH_OCTETS);
  let at: usize = CRYPTO_STREAM;
  for (let n: u32 = 0; n < blocks; n++, at += 16) v128.store(at, withCount(first, n));
  aesBlocks(key, CRYPTO_STREAM, blocks);
}

/** Flags and nonce; the count is 0. */
function firstBlock(flags: u32): v128 {
  const nonce = v128.load(CRYPTO_NONCE);
  const moved = v128.shuffle<u8>(
    nonce,
    i64x2.splat(0),
    16,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    16,
    16,
    16,
  );
  return i8x16.replace_lane(moved, 0, <i8>flags);
}

/** A number of up to 24 bits in the last three octets. */
function withCount(block: v128, count: u32): v128 {
  const word = (<u32>i32x4.extract_lane(block, 3) & 0xff) | bswap<u32>(count);
  return i32x4.replace_lane(block, 3, word);
}

function writeTag(
  key: usize,
  aad: usize,
  aadLength: u32,
  at: usize,
  length: u32,
  tagLength: u32,
): void {
  const hasAad: u32 = aadLength > 0 ? 0x40 : 0;
  const flags = hasAad | (((tagLength - 2) >> 1) << 3) | LENGTH_OCTETS;
  v128.store(CHAIN, withCount(firstBlock(flags), length));
  aesBlocks(key, CHAIN, 1);
  if (aadLength > 0) chainAad(key, aad, aadLength);
  chain(key, at, length);
  v128.store(CRYPTO_TAG, v128.xor(v128.load(CHAIN), v128.load(CRYPTO_STREAM)));
}

/** The associated data has its length in front: in two octets, or in four behind the mark fffe. */
function chainAad(key: usize, aad: usize, length: u32): void {
  const isLong = length >= SHORT_AAD_END;
  const front: u32 = isLong ? 6 : 2;
  const inFirst = min<u32>(length, 16 - front);
  const word = load<u64>(CHAIN);
  const long = ((<u64>bswap<u32>(length)) << 16) | 0xfeff;
  store<u64>(CHAIN, word ^ (isLong ? long : <u64>(bswap<u32>(length) >> 16)));
  applyStream(CHAIN + front, aad, inFirst);
  aesBlocks(key, CHAIN, 1);
  chain(key, aad + inFirst, length - inFirst);
}

/** CBC-MAC of blocks; 0 behind the last. */
function chain(key: usize, at: usize, length: u32): void {
  for (let rest = length; rest > 0; at += 16) {
    const part = min<u32>(rest, 16);
    applyStream(CHAIN, at, part);
    aesBlocks(key, CHAIN, 1);
    rest -= part;
  }
}

/** All bits of the first `count` octets, 8 or 16. */
function firstOctets(count: u32): v128 {
  return i64x2.replace_lane(i64x2.splat(-1), 1, count > 8 ? -1 : 0);
}
