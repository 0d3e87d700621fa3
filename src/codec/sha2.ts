// SHA-256, SHA-384 and SHA-512 (FIPS 180-4), and HMAC with them (RFC 2104), in the engine. Synchronous in every runtime, and the
// time depends on lengths alone.

import { CRYPTO_HASH_RESULT, CRYPTO_RAW_KEY, HashKind } from "../abi/quic-crypto.js";
import { QUIC_WINDOW, QUIC_WINDOW_LENGTH } from "../abi/quic-memory.js";
import { type CryptoEngine, cryptoEngine } from "../engine/quic-crypto.js";
import { UsageError } from "../errors.js";

/** A hash of TLS's cipher suites, or SHA-512. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

interface HashShape {
  readonly kind: HashKind;
  /** Octets of the hash, and of a block. */
  readonly length: number;
  readonly block: number;
}

const SHAPES: Readonly<Record<HashName, HashShape>> = {
  "SHA-256": { kind: HashKind.Sha256, length: 32, block: 64 },
  "SHA-384": { kind: HashKind.Sha384, length: 48, block: 128 },
  "SHA-512": { kind: HashKind.Sha512, length: 64, block: 128 },
};

const INNER = 0x36;
const OUTER = 0x5c;

/**
 * What a hash is like.
 * @throws UsageError HASH_UNKNOWN
 */
export function hashShape(name: HashName): HashShape {
  if (!Object.hasOwn(SHAPES, name))
    throw new UsageError("HASH_UNKNOWN", `a hash is ${Object.keys(SHAPES).join(", ")}`);
  return SHAPES[name];
}

/**
 * The hash of the parts, one behind the other.
 * @throws UsageError HASH_UNKNOWN
 */
export function hash(name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  const shape = hashShape(name);
  const { kind, block } = shape;
  const engine = cryptoEngine();
  const { exports } = engine;
  exports.hashBegin(kind);
  let total = 0;
  let filled = 0;
  for (const part of parts) {
    total += part.length;
    for (let from = 0; from < part.length; ) {
      const some = Math.min(part.length - from, QUIC_WINDOW_LENGTH - filled);
      const all = from === 0 && some === part.length;
      engine.u8.set(all ? part : part.subarray(from, from + some), QUIC_WINDOW + filled);
      from += some;
      filled += some;
      if (filled < QUIC_WINDOW_LENGTH) continue;
      exports.hashBlocks(kind, QUIC_WINDOW, QUIC_WINDOW_LENGTH / block);
      filled = 0;
    }
  }
  const count = Math.floor(filled / block);
  exports.hashBlocks(kind, QUIC_WINDOW, count);
  const whole = count * block;
  exports.hashEnd(kind, QUIC_WINDOW + whole, filled - whole, total >>> 0, total / 2 ** 32);
  return result(engine, shape);
}

/**
 * The HMAC of the parts, one behind the other.
 * @throws UsageError HASH_UNKNOWN
 */
export function hmac(name: HashName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const shape = hashShape(name);
  const short = key.length > shape.block ? hash(name, key) : key;
  const engine = cryptoEngine();
  const { u8, exports } = engine;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total > QUIC_WINDOW_LENGTH) return longHmac(name, shape.block, short, parts);
  let at = QUIC_WINDOW;
  for (const part of parts) {
    u8.set(part, at);
    at += part.length;
  }
  u8.set(short, CRYPTO_RAW_KEY);
  exports.hmac(shape.kind, CRYPTO_RAW_KEY, short.length, QUIC_WINDOW, total);
  return result(engine, shape);
}

/** Of more than the window holds. */
function longHmac(
  name: HashName,
  block: number,
  key: Uint8Array,
  parts: readonly Uint8Array[],
): Uint8Array {
  const padded = new Uint8Array(block);
  padded.set(key);
  const inner = padded.map((octet) => octet ^ INNER);
  const outer = padded.map((octet) => octet ^ OUTER);
  return hash(name, outer, hash(name, inner, ...parts));
}

function result({ u8 }: CryptoEngine, { length }: HashShape): Uint8Array {
  return u8.slice(CRYPTO_HASH_RESULT, CRYPTO_HASH_RESULT + length);
}

/** The parts in one piece. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
