// AES-GCM with a nonce of 12 octets and a tag of 16 (NIST SP 800-38D), as TLS 1.3 and QUIC use it (RFC 8446 section 5.2, RFC
// 9001 section 5.3). The tag is compared before one octet is decrypted.

import {
  CRYPTO_AEAD_KEY,
  CRYPTO_KEY_HASH,
  CRYPTO_NONCE,
  CRYPTO_STREAM,
  CRYPTO_TAG,
} from "../../src/abi/quic-crypto";
import { aesBlocks } from "./aes";
import { ghash } from "./ghash";
import { applyStream, isTag } from "./stream";

/** Opens [at, at + length) in place, whose tag follows; `aad` and its length are what else the tag is of. */
export function gcmOpen(aad: usize, aadLength: u32, at: usize, length: u32): bool {
  fillStream(length);
  writeTag(aad, aadLength, at, length);
  if (!isTag(at + length)) return false;
  applyStream(at, CRYPTO_STREAM + 16, length);
  return true;
}

/** Seals [at, at + length) in place, and writes the tag behind it. */
export function gcmSeal(aad: usize, aadLength: u32, at: usize, length: u32): void {
  fillStream(length);
  applyStream(at, CRYPTO_STREAM + 16, length);
  writeTag(aad, aadLength, at, length);
  v128.store(at + length, v128.load(CRYPTO_TAG));
}

/** Key octets: one block for the tag, then those of the text. */
function fillStream(length: u32): void {
  const blocks = ((length + 15) >> 4) + 1;
  putCounters(CRYPTO_STREAM, CRYPTO_NONCE, blocks);
  aesBlocks(CRYPTO_AEAD_KEY, CRYPTO_STREAM, blocks);
}

/** Blocks of the nonce and a counter from 1 on. */
export function putCounters(at: usize, nonce: usize, count: u32): void {
  const first = v128.load(nonce);
  for (let n: u32 = 1; n <= count; n++, at += 16)
    v128.store(at, i32x4.replace_lane(first, 3, bswap<u32>(n)));
}

function writeTag(aad: usize, aadLength: u32, at: usize, length: u32): void {
  const hashKey = CRYPTO_AEAD_KEY + CRYPTO_KEY_HASH;
  v128.store(CRYPTO_TAG, i64x2.splat(0));
  ghash(CRYPTO_TAG, hashKey, aad, aadLength);
  ghash(CRYPTO_TAG, hashKey, at, length);
  finishTag(hashKey, aadLength, length);
}

/** The block of lengths, in bits; then the hash becomes the tag. */
function finishTag(hashKey: usize, aadLength: u32, length: u32): void {
  const lengths = LENGTHS;
  store<u64>(lengths, bswap((<u64>aadLength) << 3));
  store<u64>(lengths, bswap((<u64>length) << 3), 8);
  ghash(CRYPTO_TAG, hashKey, lengths, 16);
  const high = bswap(load<u64>(CRYPTO_TAG));
  const low = bswap(load<u64>(CRYPTO_TAG, 8));
  store<u64>(CRYPTO_TAG, high ^ load<u64>(CRYPTO_STREAM));
  store<u64>(CRYPTO_TAG, low ^ load<u64>(CRYPTO_STREAM, 8), 8);
}

/** Room for one block. */
const LENGTHS: usize = memory.data(16, 16);
