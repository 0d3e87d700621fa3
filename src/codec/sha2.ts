// SHA-256, SHA-384 and SHA-512 (FIPS 180-4): padding and lengths here, compression in the engine. Synchronous in every runtime,
// and the time depends on lengths alone.

import { CRYPTO_HASH, CRYPTO_HASH_STATE } from "../abi/quic-crypto.js";
import { QUIC_WINDOW, QUIC_WINDOW_LENGTH } from "../abi/quic-memory.js";
import { type CryptoEngine, cryptoEngine } from "../engine/quic-crypto.js";
import { UsageError } from "../errors.js";

/** A hash of TLS 1.3's cipher suites, or SHA-512. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

interface HashShape {
  /** Octets of the hash, of a block, and of the length behind the message. */
  readonly length: number;
  readonly block: number;
  readonly tail: number;
  /** The state before the first block, as the engine has it. */
  readonly start: Uint8Array;
}

/** 64 bits behind the point of the square roots of the first 16 primes (FIPS 180-4 section 5.3). */
const ROOTS = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
  0xcbbb9d5dc1059ed8n,
  0x629a292a367cd507n,
  0x9159015a3070dd17n,
  0x152fecd8f70e5939n,
  0x67332667ffc00b31n,
  0x8eb44a8768581511n,
  0xdb0c2e0d64f98fa7n,
  0x47b5481dbefa4fa4n,
];

const SHAPES: Readonly<Record<HashName, HashShape>> = {
  "SHA-256": { length: 32, block: 64, tail: 8, start: words32(ROOTS.slice(0, 8)) },
  "SHA-384": { length: 48, block: 128, tail: 16, start: words64(ROOTS.slice(8)) },
  "SHA-512": { length: 64, block: 128, tail: 16, start: words64(ROOTS.slice(0, 8)) },
};

/** The upper half of each word. */
function words32(roots: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * roots.length));
  roots.forEach((root, n) => {
    view.setUint32(4 * n, Number(root >> 32n), true);
  });
  return new Uint8Array(view.buffer);
}

function words64(roots: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * roots.length));
  roots.forEach((root, n) => {
    view.setBigUint64(8 * n, root, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * What a hash is like.
 * @throws UsageError HASH_UNKNOWN
 */
export function hashShape(name: HashName): HashShape {
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined)
    throw new UsageError("HASH_UNKNOWN", `a hash is ${Object.keys(SHAPES).join(", ")}`);
  return shape;
}

/**
 * The hash of the parts, one behind the other.
 * @throws UsageError HASH_UNKNOWN
 */
export function hash(name: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  const shape = hashShape(name);
  const message = parts.length === 1 ? (parts[0] as Uint8Array) : joined(parts);
  const engine = cryptoEngine();
  const { u8 } = engine;
  u8.set(shape.start, CRYPTO_HASH);
  const whole = message.length - (message.length % shape.block);
  for (let at = 0; at < whole; at += QUIC_WINDOW_LENGTH) {
    const end = Math.min(whole, at + QUIC_WINDOW_LENGTH);
    u8.set(message.subarray(at, end), QUIC_WINDOW);
    compress(engine, shape, QUIC_WINDOW, (end - at) / shape.block);
  }
  finish(engine, shape, message, whole);
  return result(u8, shape);
}

/** The blocks with the rest of the message, a one, zeros, and its length in bits. */
function finish(engine: CryptoEngine, shape: HashShape, message: Uint8Array, whole: number): void {
  const { block, tail } = shape;
  const rest = message.length - whole;
  const count = rest + 1 + tail > block ? 2 : 1;
  const last = new Uint8Array(count * block);
  last.set(message.subarray(whole));
  last[rest] = 0x80;
  const bits = new DataView(last.buffer);
  bits.setUint32(last.length - 4, message.length << 3);
  bits.setUint32(last.length - 8, Math.floor(message.length / 2 ** 29));
  engine.u8.set(last, CRYPTO_HASH + CRYPTO_HASH_STATE);
  compress(engine, shape, CRYPTO_HASH + CRYPTO_HASH_STATE, count);
}

function compress(engine: CryptoEngine, shape: HashShape, at: number, count: number): void {
  if (shape.block === 64) engine.exports.sha256(at, count);
  else engine.exports.sha512(at, count);
}

/** The state, each word with its first octet on top. */
function result(u8: Uint8Array, shape: HashShape): Uint8Array {
  const word = shape.block / 16;
  const bytes = u8.slice(CRYPTO_HASH, CRYPTO_HASH + shape.length);
  for (let at = 0; at < bytes.length; at += word) bytes.subarray(at, at + word).reverse();
  return bytes;
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
