// Protection in quic.wasm: the one instance in this process or worker that encrypts, decrypts and hashes. Its kernels take the
// nonce and the text from fixed places (src/abi/quic-crypto.ts), work in place, and are over when the call returns, so that one
// instance does for everybody. Keys that were used last stay in slots; their owners hold them as well, and bring them again.

import { quicModule } from "#quic-wasm";
import {
  CRYPTO_KEY_LENGTH,
  CRYPTO_RAW_KEY,
  CRYPTO_SLOT_COUNT,
  CRYPTO_SLOT_LENGTH,
  CRYPTO_SLOTS,
  CRYPTO_TABLES,
} from "../abi/quic-crypto.js";
import { aesTables } from "./quic-aes-tables.js";

/** What assembly/quic/crypto.ts exports. Addresses and lengths in octets; `key` is a slot; texts have their tag behind them. */
export interface CryptoExports {
  readonly memory: WebAssembly.Memory;
  /** Prepares the AES key of `length` octets at CRYPTO_RAW_KEY; CRYPTO_KEY_LENGTH octets at `key` are written. */
  aesExpand(key: number, length: number): void;
  /** Encrypts `count` blocks in place; up to three blocks behind them change as well. */
  aesBlocks(key: number, at: number, count: number): void;
  /** 1: the text was opened. 0: the tag is another, and nothing was decrypted. The nonce is at CRYPTO_NONCE. */
  gcmOpen(key: number, aad: number, aadLength: number, at: number, length: number): number;
  gcmSeal(key: number, aad: number, aadLength: number, at: number, length: number): void;
  /** 0: the tag is another, and the text was wiped. */
  ccmOpen(
    key: number,
    aad: number,
    aadLength: number,
    at: number,
    length: number,
    tagLength: number,
  ): number;
  ccmSeal(
    key: number,
    aad: number,
    aadLength: number,
    at: number,
    length: number,
    tagLength: number,
  ): void;
  chachaOpen(key: number, aad: number, aadLength: number, at: number, length: number): number;
  chachaSeal(key: number, aad: number, aadLength: number, at: number, length: number): void;
  /** Samples of 16 octets to masks, in place; up to three samples behind them change as well. */
  chachaMasks(key: number, at: number, count: number): void;
  /** Steps of a batch, in this order; packets at CRYPTO_BATCH, the iv at CRYPTO_NONCE. See assembly/quic/batch.ts. */
  batchSamples(count: number): void;
  batchHeaders(
    count: number,
    shortMask: number,
    phaseMask: number,
    phase: number,
    low: number,
    high: number,
  ): void;
  batchCounters(count: number): number;
  batchOpenGcm(key: number, count: number): void;
  batchOpenChacha(key: number, count: number): void;
  batchOpenCcm(key: number, count: number): void;
  /** Poly1305 alone, for its test: whole blocks, the key of 32 octets at `key`, the tag to CRYPTO_TAG. */
  kernelPoly(key: number, at: number, length: number): void;
  /** SHA-2, by HashKind: begins, takes whole blocks, ends with the rest; `low` and `high` count the octets of all. */
  hashBegin(kind: number): void;
  hashBlocks(kind: number, at: number, count: number): void;
  hashEnd(kind: number, at: number, rest: number, low: number, high: number): void;
  /** HMAC with a key of not more than a block. */
  hmac(kind: number, key: number, keyLength: number, at: number, length: number): void;
}

/** Octets of a buffer that results share, and of the longest result that does. */
const POOL_LENGTH = 32_768;
const POOL_SHARE = 4_096;
/** Arrays of so few octets have no buffer of their own. */
const SHORT = 64;

/** A key as the kernels take it, and the slot that it had last. */
export interface EngineKey {
  readonly prepared: Uint8Array;
  slot: number;
}

/** The instance, and whose keys are in it. */
export class CryptoEngine {
  readonly exports: CryptoExports;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly #owners: (EngineKey | null)[] = new Array(CRYPTO_SLOT_COUNT).fill(null);
  /** When each slot was used last, counted in uses. */
  readonly #used = new Float64Array(CRYPTO_SLOT_COUNT);
  #uses = 0;
  /** Where results are copied to, and what of it is taken. */
  #pool = new ArrayBuffer(0);
  #taken = 0;

  constructor() {
    const instance = new WebAssembly.Instance(quicModule(), {});
    this.exports = instance.exports as unknown as CryptoExports;
    const { buffer } = this.exports.memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8.set(aesTables(), CRYPTO_TABLES);
  }

  /** Address of the slot that holds this key from now on; the key in the slot used longest ago has to go. */
  slotOf(key: EngineKey): number {
    let { slot } = key;
    if (this.#owners[slot] !== key) {
      slot = this.#oldest();
      this.#owners[slot] = key;
      key.slot = slot;
      this.u8.set(key.prepared, addressOf(slot));
    }
    this.#used[slot] = ++this.#uses;
    return addressOf(slot);
  }

  /**
   * A copy of these octets. Those of usual size share buffers, each with octets of its own: an ArrayBuffer a packet costs a
   * third of a microsecond and more (measured), and short arrays that have none until somebody asks for it are quicker still.
   */
  copyOut(at: number, length: number): Uint8Array {
    if (length <= SHORT || length > POOL_SHARE) return this.u8.slice(at, at + length);
    // A buffer that somebody transferred has no octets left.
    if (this.#taken + length > this.#pool.byteLength) {
      this.#pool = new ArrayBuffer(POOL_LENGTH);
      this.#taken = 0;
    }
    const copy = new Uint8Array(this.#pool, this.#taken, length);
    copy.set(this.u8.subarray(at, at + length));
    this.#taken += length;
    return copy;
  }

  /** The round keys and the hash key of an AES key of 16 or 32 octets. */
  expand(key: Uint8Array): Uint8Array {
    const slot = this.#oldest();
    this.#owners[slot] = null;
    const at = addressOf(slot);
    this.u8.set(key, CRYPTO_RAW_KEY);
    this.exports.aesExpand(at, key.length);
    return this.u8.slice(at, at + CRYPTO_KEY_LENGTH);
  }

  #oldest(): number {
    let oldest = 0;
    for (let slot = 1; slot < CRYPTO_SLOT_COUNT; slot++)
      if ((this.#used[slot] as number) < (this.#used[oldest] as number)) oldest = slot;
    return oldest;
  }
}

function addressOf(slot: number): number {
  return CRYPTO_SLOTS + slot * CRYPTO_SLOT_LENGTH;
}

let engine: CryptoEngine | undefined;

/** The instance; made at the first call. */
export function cryptoEngine(): CryptoEngine {
  engine ??= new CryptoEngine();
  return engine;
}
