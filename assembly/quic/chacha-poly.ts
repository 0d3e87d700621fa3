// AEAD_CHACHA20_POLY1305 (RFC 8439 section 2.8). The tag is compared before one octet is decrypted. The first block of the
// stream is the key of Poly1305; the text begins with the second. `key` is a slot.

import { CRYPTO_NONCE, CRYPTO_STREAM, CRYPTO_TAG } from "../../src/abi/quic-crypto";
import { chachaStream } from "./chacha20";
import { polyBegin, polyEnd, polyLengths, polyPadded } from "./poly1305";
import { applyStream, isTag } from "./stream";

/** Octets of a block, and of the four that are made at once. */
const BLOCK: u32 = 64;
const FOUR: u32 = 256;

/** Opens [at, at + length) in place, whose tag follows; `aad` and its length are what else the tag is of. */
export function chachaOpen(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): bool {
  begin(key, aad, aadLength);
  const end = at + (length & ~15);
  let text = at;
  for (let made = FOUR - BLOCK, n: u32 = 4; made < length; made += FOUR, n += 4)
    text = chachaStream(key, CRYPTO_NONCE, n, streamOf(made), text, end);
  finish(aadLength, at, length, text);
  if (!isTag(at + length)) return false;
  applyStream(at, streamOf(0), length);
  return true;
}

/** Seals [at, at + length) in place, and writes the tag behind it. */
export function chachaSeal(key: usize, aad: usize, aadLength: u32, at: usize, length: u32): void {
  begin(key, aad, aadLength);
  let made = FOUR - BLOCK;
  applyStream(at, streamOf(0), min(made, length));
  let text = at;
  for (let n: u32 = 4; made < length; made += FOUR, n += 4) {
    // What was encrypted in the round before.
    text = chachaStream(key, CRYPTO_NONCE, n, streamOf(made), text, at + made);
    applyStream(at + made, streamOf(made), min(FOUR, length - made));
  }
  finish(aadLength, at, length, text);
  v128.store(at + length, v128.load(CRYPTO_TAG));
}

/** Key octets for the text from `place` on. */
function streamOf(place: u32): usize {
  return CRYPTO_STREAM + BLOCK + place;
}

/** The first four blocks, and associated data. */
function begin(key: usize, aad: usize, aadLength: u32): void {
  chachaStream(key, CRYPTO_NONCE, 0, CRYPTO_STREAM, 0, 0);
  polyBegin(CRYPTO_STREAM);
  polyPadded(aad, aadLength);
}

/** What is left of the ciphertext from `text` on, and the lengths; the tag is at CRYPTO_TAG. */
function finish(aadLength: u32, at: usize, length: u32, text: usize): void {
  polyPadded(text, <u32>(at + length - text));
  polyLengths(aadLength, length);
  polyEnd(CRYPTO_STREAM);
}
