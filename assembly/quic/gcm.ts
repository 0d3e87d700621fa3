// AES-GCM with a nonce of 12 octets and a tag of 16 (NIST SP 800-38D), as TLS 1.3 and QUIC use it (RFC 8446 section 5.2, RFC
// 9001 section 5.3). The tag is compared before one octet is decrypted. `key` is a slot.

import { CRYPTO_NONCE, CRYPTO_STREAM, CRYPTO_TAG } from "../../src/abi/quic-crypto";
import { aesBlocks } from "./aes";
import { ghash } from "./ghash";
import { applyStream, isTag } from "./stream";

/** Opens [at, at + length) in place, whose tag follows; `aad` and its length are what else the tag is of. */
export function gcmOpen(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): bool {
  fillStream(key, length);
  return gcmOpenStream(key, aad, aadLength, at, length, CRYPTO_STREAM);
}

/** The same with key octets that are there: a block for the tag, then those of the text. */
export function gcmOpenStream(
  key: usize,
  aad: usize,
  aadLength: u32,
  at: usize,
  length: u32,
  stream: usize,
): bool {
  writeTag(key, aad, aadLength, at, length, stream);
  if (!isTag(at + length)) return false;
  applyStream(at, stream + 16, length);
  return true;
}

/** Seals [at, at + length) in place, and writes the tag behind it. */
export function gcmSeal(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): void {
  fillStream(key, length);
  applyStream(at, CRYPTO_STREAM + 16, length);
  writeTag(key, aad, aadLength, at, length, CRYPTO_STREAM);
  v128.store(at + length, v128.load(CRYPTO_TAG));
}

/** Key octets from CRYPTO_STREAM on: one block for the tag, then those of the text. */
function fillStream(key: usize, length: u32): void {
  const blocks = ((length + 15) >> 4) + 1;
  putCounters(CRYPTO_STREAM, blocks);
  aesBlocks(key, CRYPTO_STREAM, blocks);
}

/** Blocks of the nonce at CRYPTO_NONCE and a counter from 1 on. */
export function putCounters(at: usize, count: u32): void {
  const nonce = v128.load(CRYPTO_NONCE);
  for (let n: u32 = 1; n <= count; n++, at += 16)
    v128.store(at, i32x4.replace_lane(nonce, 3, bswap<u32>(n)));
}

function writeTag(
  key: usize,
  aad: usize,
  aadLength: u32,
  at: usize,
  length: u32,
  stream: usize,
): void {
  const hash = ghash(key, aad, aadLength, at, length);
  v128.store(CRYPTO_TAG, v128.xor(hash, v128.load(stream)));
}
