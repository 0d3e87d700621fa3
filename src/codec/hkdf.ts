// HKDF (RFC 5869) and what TLS derives with them: HKDF-Expand-Label (RFC 8446 section 7.1), which QUIC's keys
// come from as well, and the PRF of TLS 1.2 (RFC 5246 section 5).

import { UsageError } from "../errors.js";
import { type HashName, hashShape, hmac, joined } from "./sha2.js";

export { type HashName, hash, hmac } from "./sha2.js";

const NOTHING = new Uint8Array(0);
/** HKDF can give so many times the length of its hash (RFC 5869 section 2.3). */
const EXPAND_BLOCKS = 255;
/** What stands before each label of TLS 1.3. */
const LABEL_PREFIX = "tls13 ";
/** Most octets of a label with its prefix, and of its context. */
const LABEL_LENGTH_MAX = 255;

/**
 * HKDF-Extract (RFC 5869 section 2.2). An empty salt is one of zeros.
 * @throws UsageError HASH_UNKNOWN
 */
export function hkdfExtract(name: HashName, salt: Uint8Array, keyMaterial: Uint8Array): Uint8Array {
  return hmac(name, salt, keyMaterial);
}

/**
 * HKDF-Expand (RFC 5869 section 2.3).
 * @param length octets that are wanted, up to 255 times those of the hash
 * @throws UsageError HASH_UNKNOWN, HKDF_LENGTH_INVALID
 */
export function hkdfExpand(
  name: HashName,
  pseudorandomKey: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  checkLength(name, length);
  const out = new Uint8Array(length);
  let block: Uint8Array = NOTHING;
  for (let at = 0, n = 1; at < length; at += block.length, n++) {
    block = hmac(name, pseudorandomKey, block, info, Uint8Array.of(n));
    out.set(block.subarray(0, Math.min(block.length, length - at)), at);
  }
  return out;
}

/**
 * HKDF-Expand-Label (RFC 8446 section 7.1).
 * @param label without "tls13 ", in ASCII
 * @param context often a hash of messages; empty for QUIC
 * @param length octets that are wanted
 * @throws UsageError HASH_UNKNOWN, HKDF_LENGTH_INVALID, HKDF_LABEL_INVALID
 */
export function hkdfExpandLabel(
  name: HashName,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const full = ascii(LABEL_PREFIX + label);
  if (full.length > LABEL_LENGTH_MAX || context.length > LABEL_LENGTH_MAX)
    throw new UsageError("HKDF_LABEL_INVALID", "a label or its context has more than 255 octets");
  checkLength(name, length);
  const lengths = Uint8Array.of(length >> 8, length & 0xff, full.length);
  const info = joined([lengths, full, Uint8Array.of(context.length), context]);
  return hkdfExpand(name, secret, info, length);
}

/**
 * The PRF of TLS 1.2 (RFC 5246 section 5): P_hash of label and seed.
 * @param label in ASCII: "master secret", "key expansion" ...
 * @param length octets that are wanted
 * @throws UsageError HASH_UNKNOWN, HKDF_LENGTH_INVALID
 */
export function tls12Prf(
  name: HashName,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  checkLength(name, length);
  const labelled = joined([ascii(label), seed]);
  const out = new Uint8Array(length);
  let chain = labelled;
  for (let at = 0; at < length; ) {
    chain = hmac(name, secret, chain);
    const block = hmac(name, secret, chain, labelled);
    out.set(block.subarray(0, Math.min(block.length, length - at)), at);
    at += block.length;
  }
  return out;
}

function checkLength(name: HashName, length: number): void {
  const most = EXPAND_BLOCKS * hashShape(name).length;
  if (!Number.isInteger(length) || length < 0 || length > most)
    throw new UsageError("HKDF_LENGTH_INVALID", `${name} gives 0 to ${most} octets`);
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) throw new UsageError("HKDF_LABEL_INVALID", "a label is ASCII");
    bytes[at] = code;
  }
  return bytes;
}
