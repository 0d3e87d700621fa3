// The AEADs of QUIC and TLS with node:crypto, where that is quicker than WASM: AES in the processor's own instructions. A call
// into OpenSSL costs about two microseconds whatever it does, so that little work stays in the engine, and many packets share
// one call: all their counter blocks are encrypted at once. docs/decisions.md has the figures.
// Rules: Q-KEY-3.

import {
  type CipherCCMTypes,
  type CipherChaCha20Poly1305Types,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import { AEAD_TEXT_MAX, aeadShape, checkNonce, checkSealed } from "../../codec/aead.js";
import {
  type AeadKey,
  type AeadName,
  type AeadProvider,
  type LentCipher,
  wasmAead,
} from "../../quic.js";

/** From how many blocks on AES of node:crypto is quicker than that of the engine, the call included. */
const LENT_FROM_BLOCKS = 64;
/** From how many octets on a text of its own is quicker in node:crypto altogether. CCM has twice the AES, ChaCha20 none. */
const GCM_FROM_LENGTH = 768;
const CCM_FROM_LENGTH = 192;
const CHACHA_FROM_LENGTH = 5_000;

/** AEADs by node:crypto and WASM, whichever is quicker. Of ChaCha20-Poly1305 only records of TLS are long enough. */
export const nodeAead: AeadProvider = {
  aead: (name, key) => new NodeAeadKey(name, key),
  header: (name, key) => wasmAead.header(name, key),
  blocks: lentCipher,
};

/** An AEAD that has a key in both. */
class NodeAeadKey implements AeadKey {
  readonly name: AeadName;
  /** For short texts. */
  readonly #wasm: AeadKey;
  readonly #cipher: CipherGCMTypes | CipherCCMTypes | CipherChaCha20Poly1305Types;
  readonly #tagLength: number;
  readonly #fromLength: number;
  readonly #key: KeyObject;

  constructor(name: AeadName, key: Uint8Array) {
    this.#wasm = wasmAead.aead(name, key);
    this.name = name;
    const { keyLength, tagLength } = aeadShape(name);
    const bits = 8 * keyLength;
    if (name === "CHACHA20-POLY1305") {
      this.#cipher = "chacha20-poly1305";
      this.#fromLength = CHACHA_FROM_LENGTH;
    } else if (name.endsWith("GCM")) {
      this.#cipher = `aes-${bits}-gcm` as CipherGCMTypes;
      this.#fromLength = GCM_FROM_LENGTH;
    } else {
      this.#cipher = `aes-${bits}-ccm` as CipherCCMTypes;
      this.#fromLength = CCM_FROM_LENGTH;
    }
    this.#tagLength = tagLength;
    this.#key = createSecretKey(key);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertextAndTag: Uint8Array,
  ): Uint8Array | null {
    const { length } = ciphertextAndTag;
    const isLong = length >= this.#fromLength && associatedData.length + length <= AEAD_TEXT_MAX;
    if (!isLong) return this.#wasm.open(nonce, associatedData, ciphertextAndTag);
    checkNonce(nonce);
    const end = length - this.#tagLength;
    const decipher = createDecipheriv(this.#cipher as CipherGCMTypes, this.#key, nonce, {
      authTagLength: this.#tagLength,
    });
    // CCM wants the length.
    decipher.setAAD(associatedData, { plaintextLength: end });
    decipher.setAuthTag(ciphertextAndTag.subarray(end));
    let plaintext: Buffer | null = null;
    try {
      // CCM checks the tag in update(), GCM in final(): nothing is handed out before.
      plaintext = decipher.update(ciphertextAndTag.subarray(0, end));
      decipher.final();
      return plain(plaintext);
    } catch {
      plaintext?.fill(0);
      return null;
    }
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const { length } = plaintext;
    if (length < this.#fromLength) return this.#wasm.seal(nonce, associatedData, plaintext);
    checkNonce(nonce);
    checkSealed(associatedData.length, length, this.#tagLength);
    const cipher = createCipheriv(this.#cipher as CipherGCMTypes, this.#key, nonce, {
      authTagLength: this.#tagLength,
    });
    cipher.setAAD(associatedData, { plaintextLength: length });
    const sealed = new Uint8Array(length + this.#tagLength);
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), length);
    return sealed;
  }
}

/** AES on whole blocks, for keys of it. The key is made when it is needed first. */
function lentCipher(name: AeadName, key: Uint8Array): LentCipher | null {
  if (name === "CHACHA20-POLY1305") return null;
  const algorithm = `aes-${8 * key.length}-ecb`;
  let keyObject: KeyObject | undefined;
  return {
    encrypt(blocks) {
      keyObject ??= createSecretKey(key);
      return createCipheriv(algorithm, keyObject, null).update(blocks);
    },
    fromBlocks: LENT_FROM_BLOCKS,
  };
}

/** A Uint8Array and no Buffer, as everywhere. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
