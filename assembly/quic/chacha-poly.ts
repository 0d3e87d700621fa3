// AEAD_CHACHA20_POLY1305 (RFC 8439 section 2.8). The tag is compared before one octet is decrypted. The first block of the
// stream is the key of Poly1305; the text begins with the second.

import { CRYPTO_NONCE, CRYPTO_STREAM, CRYPTO_TAG } from "../../src/abi/quic-crypto";
import { chachaStream } from "./chacha20";
import { polyBegin, polyEnd, polyLengths, polyPadded } from "./poly1305";
import { applyStream, isTag } from "./stream";

/** Octets of a block. */
const BLOCK: u32 = 64;

/** Opens [at, at + length) in place, whose tag follows; `aad` and its length are what else the tag is of. */
export function chachaOpen(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): bool {
  fillStream(key, length);
  writeTag(aad, aadLength, at, length);
  if (!isTag(at + length)) return false;
  applyStream(at, CRYPTO_STREAM + BLOCK, length);
  return true;
}

/** Seals [at, at + length) in place, and writes the tag behind it. */
export function chachaSeal(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): void {
  fillStream(key, length);
  applyStream(at, CRYPTO_STREAM + BLOCK, length);
  writeTag(aad, aadLength, at, length);
  v128.store(at + length, v128.load(CRYPTO_TAG));
}

function fillStream(key: usize, length: u32): void {
  chachaStream(key, CRYPTO_NONCE, CRYPTO_STREAM, (length + BLOCK - 1) / BLOCK + 1);
}

function writeTag(aad: usize, aadLength: u32, at: usize, length: u32): void {
  polyBegin(CRYPTO_STREAM);
  polyPadded(aad, aadLength);
  polyPadded(at, length);
  polyLengths(aadLength, length);
  polyEnd(CRYPTO_STREAM);
}
