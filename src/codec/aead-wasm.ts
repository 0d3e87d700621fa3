// The AEADs and header protection in quic.wasm: synchronous, constant time, and in need of nothing from the platform.
// A key is prepared once and held by its object; the engine has the one that was used last.

import {
  CRYPTO_AEAD_KEY,
  CRYPTO_HEADER_KEY,
  CRYPTO_KEY_LENGTH,
  CRYPTO_NONCE,
  CRYPTO_RAW_KEY,
  CRYPTO_SAMPLE_COUNT,
  CRYPTO_SAMPLES,
} from "../abi/quic-crypto.js";
import { QUIC_WINDOW } from "../abi/quic-memory.js";
import { type CryptoEngine, cryptoEngine } from "../engine/quic-crypto.js";
import { UsageError } from "../errors.js";
import {
  AEAD_TEXT_MAX,
  type AeadKey,
  type AeadName,
  type AeadProvider,
  checkAeadKey,
  checkNonce,
  checkSealed,
  countSamples,
  type HeaderKey,
} from "./aead.js";

/** Which kernels a key is for. */
const enum Kernel {
  Gcm = 0,
  Ccm = 1,
  Chacha = 2,
}

/** Octets of a mask and of a sample. */
const MASK_LENGTH = 5;
const SAMPLE_LENGTH = 16;

/** Everything in WASM. */
export const wasmAead: AeadProvider = {
  aead: (name, key) => new WasmAeadKey(name, key),
  header: (name, key) => new WasmHeaderKey(name, key),
};

/** An AEAD in the engine. */
export class WasmAeadKey implements AeadKey {
  readonly name: AeadName;
  readonly #kernel: Kernel;
  readonly #tagLength: number;
  readonly #prepared: Uint8Array;

  /** @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID */
  constructor(name: AeadName, key: Uint8Array) {
    this.#tagLength = checkAeadKey(name, key).tagLength;
    this.name = name;
    this.#kernel = kernelOf(name);
    this.#prepared = prepared(cryptoEngine(), this.#kernel, key);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertextAndTag: Uint8Array,
  ): Uint8Array | null {
    checkNonce(nonce);
    const length = ciphertextAndTag.length - this.#tagLength;
    const aadLength = associatedData.length;
    if (length < 0 || aadLength + ciphertextAndTag.length > AEAD_TEXT_MAX) return null;
    const engine = this.load();
    const { u8 } = engine;
    const at = QUIC_WINDOW + aadLength;
    u8.set(nonce, CRYPTO_NONCE);
    u8.set(associatedData, QUIC_WINDOW);
    u8.set(ciphertextAndTag, at);
    return this.openAt(engine, QUIC_WINDOW, aadLength, length) ? u8.slice(at, at + length) : null;
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    checkNonce(nonce);
    const { length } = plaintext;
    const aadLength = associatedData.length;
    checkSealed(aadLength, length, this.#tagLength);
    const engine = this.load();
    const { u8, exports } = engine;
    const at = QUIC_WINDOW + aadLength;
    u8.set(nonce, CRYPTO_NONCE);
    u8.set(associatedData, QUIC_WINDOW);
    u8.set(plaintext, at);
    if (this.#kernel === Kernel.Gcm) exports.gcmSeal(QUIC_WINDOW, aadLength, at, length);
    else if (this.#kernel === Kernel.Chacha) exports.chachaSeal(QUIC_WINDOW, aadLength, at, length);
    else exports.ccmSeal(QUIC_WINDOW, aadLength, at, length, this.#tagLength);
    return u8.slice(at, at + length + this.#tagLength);
  }

  /** The engine with this key in it. */
  load(): CryptoEngine {
    const engine = cryptoEngine();
    if (engine.aeadKey !== this) {
      engine.u8.set(this.#prepared, CRYPTO_AEAD_KEY);
      engine.aeadKey = this;
    }
    return engine;
  }

  /** Opens what stands in the engine behind its associated data, in place; the nonce is at CRYPTO_NONCE. */
  openAt(engine: CryptoEngine, aad: number, aadLength: number, length: number): boolean {
    const { exports } = engine;
    const at = aad + aadLength;
    if (this.#kernel === Kernel.Gcm) return exports.gcmOpen(aad, aadLength, at, length) !== 0;
    if (this.#kernel === Kernel.Chacha) return exports.chachaOpen(aad, aadLength, at, length) !== 0;
    return exports.ccmOpen(aad, aadLength, at, length, this.#tagLength) !== 0;
  }
}

/** Header protection in the engine. */
export class WasmHeaderKey implements HeaderKey {
  readonly #isChacha: boolean;
  readonly #prepared: Uint8Array;

  /** @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID */
  constructor(name: AeadName, key: Uint8Array) {
    checkAeadKey(name, key);
    const kernel = kernelOf(name);
    this.#isChacha = kernel === Kernel.Chacha;
    this.#prepared = prepared(cryptoEngine(), kernel, key);
  }

  mask(sample: Uint8Array): Uint8Array {
    if (countSamples(sample) !== 1)
      throw new UsageError("QUIC_SAMPLE_INVALID", "a sample is a Uint8Array of 16 octets");
    return this.masks(sample);
  }

  masks(samples: Uint8Array): Uint8Array {
    const count = countSamples(samples);
    const out = new Uint8Array(count * MASK_LENGTH);
    for (let first = 0; first < count; first += CRYPTO_SAMPLE_COUNT) {
      const some = Math.min(count - first, CRYPTO_SAMPLE_COUNT);
      const engine = this.load();
      const from = first * SAMPLE_LENGTH;
      engine.u8.set(samples.subarray(from, from + some * SAMPLE_LENGTH), CRYPTO_SAMPLES);
      this.masksAt(engine, some);
      for (let n = 0; n < some; n++) {
        const at = CRYPTO_SAMPLES + n * SAMPLE_LENGTH;
        out.set(engine.u8.subarray(at, at + MASK_LENGTH), (first + n) * MASK_LENGTH);
      }
    }
    return out;
  }

  /** The engine with this key in it. */
  load(): CryptoEngine {
    const engine = cryptoEngine();
    if (engine.headerKey !== this) {
      engine.u8.set(this.#prepared, CRYPTO_HEADER_KEY);
      engine.headerKey = this;
    }
    return engine;
  }

  /** Makes masks of the samples at CRYPTO_SAMPLES, at most CRYPTO_SAMPLE_COUNT of them, each in the place of its sample. */
  masksAt(engine: CryptoEngine, count: number): void {
    const { exports } = engine;
    if (this.#isChacha) exports.chachaMasks(CRYPTO_HEADER_KEY, CRYPTO_SAMPLES, count);
    else exports.aesBlocks(CRYPTO_HEADER_KEY, CRYPTO_SAMPLES, count);
  }
}

function kernelOf(name: AeadName): Kernel {
  if (name === "CHACHA20-POLY1305") return Kernel.Chacha;
  return name.endsWith("GCM") ? Kernel.Gcm : Kernel.Ccm;
}

/** The key as the kernels take it: round keys of AES, or the octets of a key of ChaCha20. */
function prepared(engine: CryptoEngine, kernel: Kernel, key: Uint8Array): Uint8Array {
  if (kernel === Kernel.Chacha) return key.slice();
  engine.u8.set(key, CRYPTO_RAW_KEY);
  engine.exports.aesExpand(CRYPTO_AEAD_KEY, key.length);
  engine.aeadKey = null;
  return engine.u8.slice(CRYPTO_AEAD_KEY, CRYPTO_AEAD_KEY + CRYPTO_KEY_LENGTH);
}
