// The AEADs and header protection in quic.wasm: synchronous, constant time, and in need of nothing from the platform.
// Another provider may lend its AES for many blocks at once: processors have instructions for it that WASM has not.
// Rules: Q-KEY-3.

import {
  CRYPTO_NONCE,
  CRYPTO_SAMPLE_COUNT,
  CRYPTO_SAMPLES,
  CRYPTO_STREAM,
} from "../abi/quic-crypto.js";
import { QUIC_WINDOW } from "../abi/quic-memory.js";
import { SAMPLE_LENGTH } from "../abi/quic-wire.js";
import { type CryptoEngine, cryptoEngine, type EngineKey } from "../engine/quic-crypto.js";
import {
  AEAD_TEXT_MAX,
  type AeadKey,
  type AeadName,
  type AeadProvider,
  checkAeadKey,
  checkNonce,
  checkSample,
  checkSealed,
  countSamples,
  type HeaderKey,
  type LentCipher,
  MASK_LENGTH,
} from "./aead.js";

/** Which kernels a key is for. */
const enum Kernel {
  Gcm = 0,
  Ccm = 1,
  Chacha = 2,
}

const BLOCK_LENGTH = 16;

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
  readonly #key: EngineKey;
  readonly #lent: LentCipher | null;

  /** @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID */
  constructor(name: AeadName, key: Uint8Array, lent: LentCipher | null = null) {
    this.#tagLength = checkAeadKey(name, key).tagLength;
    this.name = name;
    this.#kernel = kernelOf(name);
    this.#key = engineKey(this.#kernel, key);
    this.#lent = lent;
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
    const engine = this.#put(nonce, associatedData, ciphertextAndTag);
    const { exports } = engine;
    const key = engine.slotOf(this.#key);
    const at = QUIC_WINDOW + aadLength;
    let isGood: number;
    if (this.#kernel === Kernel.Gcm)
      isGood = exports.gcmOpen(key, QUIC_WINDOW, aadLength, at, length);
    else if (this.#kernel === Kernel.Chacha)
      isGood = exports.chachaOpen(key, QUIC_WINDOW, aadLength, at, length);
    else isGood = exports.ccmOpen(key, QUIC_WINDOW, aadLength, at, length, this.#tagLength);
    return isGood !== 0 ? engine.copyOut(at, length) : null;
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    checkNonce(nonce);
    const { length } = plaintext;
    const aadLength = associatedData.length;
    checkSealed(aadLength, length, this.#tagLength);
    const engine = this.#put(nonce, associatedData, plaintext);
    const { exports } = engine;
    const key = engine.slotOf(this.#key);
    const at = QUIC_WINDOW + aadLength;
    if (this.#kernel === Kernel.Gcm) exports.gcmSeal(key, QUIC_WINDOW, aadLength, at, length);
    else if (this.#kernel === Kernel.Chacha)
      exports.chachaSeal(key, QUIC_WINDOW, aadLength, at, length);
    else exports.ccmSeal(key, QUIC_WINDOW, aadLength, at, length, this.#tagLength);
    return engine.copyOut(at, length + this.#tagLength);
  }

  /** Opens the first `count` packets at CRYPTO_BATCH, whose headers are bare, in place: its steps behind batchHeaders. */
  openBatch(engine: CryptoEngine, iv: Uint8Array, count: number): void {
    const { exports, u8 } = engine;
    const key = engine.slotOf(this.#key);
    u8.set(iv, CRYPTO_NONCE);
    if (this.#kernel === Kernel.Gcm) {
      encryptBlocks(engine, key, CRYPTO_STREAM, exports.batchCounters(count), this.#lent);
      exports.batchOpenGcm(key, count);
    } else if (this.#kernel === Kernel.Chacha) exports.batchOpenChacha(key, count);
    else exports.batchOpenCcm(key, count);
  }

  #put(nonce: Uint8Array, associatedData: Uint8Array, text: Uint8Array): CryptoEngine {
    const engine = cryptoEngine();
    const { u8 } = engine;
    u8.set(nonce, CRYPTO_NONCE);
    u8.set(associatedData, QUIC_WINDOW);
    u8.set(text, QUIC_WINDOW + associatedData.length);
    return engine;
  }
}

/** Header protection in the engine. */
export class WasmHeaderKey implements HeaderKey {
  readonly #isChacha: boolean;
  readonly #key: EngineKey;
  readonly #lent: LentCipher | null;

  /** @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID */
  constructor(name: AeadName, key: Uint8Array, lent: LentCipher | null = null) {
    checkAeadKey(name, key);
    const kernel = kernelOf(name);
    this.#isChacha = kernel === Kernel.Chacha;
    this.#key = engineKey(kernel, key);
    this.#lent = lent;
  }

  mask(sample: Uint8Array): Uint8Array {
    checkSample(sample);
    const engine = cryptoEngine();
    engine.u8.set(sample, CRYPTO_SAMPLES);
    this.masksAt(engine, 1);
    return engine.u8.slice(CRYPTO_SAMPLES, CRYPTO_SAMPLES + MASK_LENGTH);
  }

  masks(samples: Uint8Array): Uint8Array {
    const count = countSamples(samples);
    const out = new Uint8Array(count * MASK_LENGTH);
    const engine = cryptoEngine();
    for (let first = 0; first < count; first += CRYPTO_SAMPLE_COUNT) {
      const some = Math.min(count - first, CRYPTO_SAMPLE_COUNT);
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

  /** Makes masks of the samples at CRYPTO_SAMPLES, at most CRYPTO_SAMPLE_COUNT of them, each in the place of its sample. */
  masksAt(engine: CryptoEngine, count: number): void {
    const key = engine.slotOf(this.#key);
    if (this.#isChacha) engine.exports.chachaMasks(key, CRYPTO_SAMPLES, count);
    else encryptBlocks(engine, key, CRYPTO_SAMPLES, count, this.#lent);
  }
}

/** Blocks of the engine's memory, here or elsewhere. */
function encryptBlocks(
  engine: CryptoEngine,
  key: number,
  at: number,
  count: number,
  lent: LentCipher | null,
): void {
  const { u8, exports } = engine;
  if (lent === null || count < lent.fromBlocks) exports.aesBlocks(key, at, count);
  else u8.set(lent.encrypt(new Uint8Array(u8.buffer, at, count * BLOCK_LENGTH)), at);
}

function kernelOf(name: AeadName): Kernel {
  if (name === "CHACHA20-POLY1305") return Kernel.Chacha;
  return name.endsWith("GCM") ? Kernel.Gcm : Kernel.Ccm;
}

/** The key as the kernels take it: round keys of AES, or the octets of a key of ChaCha20. */
function engineKey(kernel: Kernel, key: Uint8Array): EngineKey {
  // A copy, also of a Buffer, whose slice() is none.
  const prepared = kernel === Kernel.Chacha ? new Uint8Array(key) : cryptoEngine().expand(key);
  return { prepared, slot: 0 };
}
