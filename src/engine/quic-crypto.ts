// Protection in quic.wasm: the one instance in this process or worker that encrypts, decrypts and hashes. Its kernels take the
// key, the nonce and the text from fixed places (src/abi/quic-crypto.ts), work in place, and are over when the call returns,
// so that one instance does for everybody.

import { quicModule } from "#quic-wasm";
import { CRYPTO_TABLES } from "../abi/quic-crypto.js";
import { aesTables } from "./quic-aes-tables.js";

/** What assembly/quic/crypto.ts exports. Addresses and lengths in octets; text with its tag behind it. */
export interface CryptoExports {
  readonly memory: WebAssembly.Memory;
  /** Prepares the AES key of `length` octets at CRYPTO_RAW_KEY; CRYPTO_KEY_LENGTH octets at `key` are written. */
  aesExpand(key: number, length: number): void;
  /** Encrypts `count` blocks in place; up to three blocks behind them change as well. */
  aesBlocks(key: number, at: number, count: number): void;
  /** 1: the text was opened. 0: the tag is another, and nothing was decrypted. Key at CRYPTO_AEAD_KEY, CRYPTO_NONCE. */
  gcmOpen(aad: number, aadLength: number, at: number, length: number): number;
  gcmSeal(aad: number, aadLength: number, at: number, length: number): void;
  /** 0: the tag is another, and the text was wiped. */
  ccmOpen(aad: number, aadLength: number, at: number, length: number, tagLength: number): number;
  ccmSeal(aad: number, aadLength: number, at: number, length: number, tagLength: number): void;
  chachaOpen(aad: number, aadLength: number, at: number, length: number): number;
  chachaSeal(aad: number, aadLength: number, at: number, length: number): void;
  /** Samples of 16 octets to masks, in place; up to three samples behind them change as well. */
  chachaMasks(key: number, at: number, count: number): void;
  /** Takes blocks into the state at CRYPTO_HASH. */
  sha256(at: number, count: number): void;
  sha512(at: number, count: number): void;
}

/** The instance, and whose keys are in it. */
export class CryptoEngine {
  readonly exports: CryptoExports;
  readonly u8: Uint8Array;
  /** Whose key is at CRYPTO_AEAD_KEY and at CRYPTO_HEADER_KEY: the owner need not copy it again. */
  aeadKey: object | null = null;
  headerKey: object | null = null;

  constructor() {
    const instance = new WebAssembly.Instance(quicModule(), {});
    this.exports = instance.exports as unknown as CryptoExports;
    this.u8 = new Uint8Array(this.exports.memory.buffer);
    this.u8.set(aesTables(), CRYPTO_TABLES);
  }
}

let engine: CryptoEngine | undefined;

/** The instance; made at the first call. */
export function cryptoEngine(): CryptoEngine {
  engine ??= new CryptoEngine();
  return engine;
}
