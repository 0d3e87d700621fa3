// Stream ciphers' common part: text and key octets together; tags compared.

import { CRYPTO_TAG } from "../../src/abi/quic-crypto";

/** Adds key octets from `stream` on to [at, at + length), in place. Nothing behind changes. */
export function applyStream(at: usize, stream: usize, length: u32): void {
  const end = at + length;
  while (at + 16 <= end) {
    v128.store(at, v128.xor(v128.load(at), v128.load(stream)));
    at += 16;
    stream += 16;
  }
  for (; at < end; at++, stream++) store<u8>(at, load<u8>(at) ^ load<u8>(stream));
}

/** Whether the tag at `at` is the one at CRYPTO_TAG. All 16 octets count at once, so that the time says nothing. */
export function isTag(at: usize): bool {
  return !v128.any_true(v128.xor(v128.load(at), v128.load(CRYPTO_TAG)));
}
