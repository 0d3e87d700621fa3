// The AEADs of TLS 1.3 and QUIC (RFC 5116, RFC 8446 appendix B.4, RFC 9001 section 5.3), TLS 1.2's AES-CCM_8, and header
// protection's masks: what they are, and who may provide them. Packets and records are opened with any provider; results are
// the same.
// Rules: Q-KEY-3, Q-KEY-5.

import { SAMPLE_LENGTH } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";

/** An AEAD; the name is that of its registry (RFC 5116 section 6), shortened as cipher suites have it. */
export type AeadName =
  | "AES-128-GCM"
  | "AES-256-GCM"
  | "AES-128-CCM"
  | "AES-256-CCM"
  | "AES-128-CCM-8"
  | "AES-256-CCM-8"
  | "CHACHA20-POLY1305";

/** An AEAD with a key. */
export interface AeadKey {
  readonly name: AeadName;
  /**
   * The plaintext, in octets of its own (of a buffer that results may share); null where the tag is not that of nonce, associated data and ciphertext, or the text is longer than
   * AEAD_TEXT_MAX. Tags are compared in constant time.
   * @param nonce 12 octets
   * @throws UsageError AEAD_NONCE_INVALID
   */
  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertextAndTag: Uint8Array,
  ): Uint8Array | null;
  /**
   * The ciphertext with its tag behind it.
   * @param nonce 12 octets, never the same twice with one key
   * @throws UsageError AEAD_NONCE_INVALID, AEAD_TEXT_TOO_LONG
   */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array;
}

/** Header protection with a key (RFC 9001 section 5.4). */
export interface HeaderKey {
  /**
   * The mask of one packet: 5 octets.
   * @param sample 16 octets
   * @throws UsageError QUIC_SAMPLE_INVALID
   */
  mask(sample: Uint8Array): Uint8Array;
  /**
   * Masks of many packets: 5 octets each, one behind the other.
   * @param samples 16 octets each
   * @throws UsageError QUIC_SAMPLE_INVALID
   */
  masks(samples: Uint8Array): Uint8Array;
}

/** Who encrypts and decrypts. */
export interface AeadProvider {
  /**
   * @param key as many octets as the AEAD takes
   * @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID
   */
  aead(name: AeadName, key: Uint8Array): AeadKey;
  /**
   * @param key as many octets as the AEAD takes
   * @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID
   */
  header(name: AeadName, key: Uint8Array): HeaderKey;
  /**
   * AES of this provider for many blocks at once, where it has that: packets are then opened in WASM, many at a time, and WASM
   * asks here for their key octets. null: not for this AEAD.
   */
  blocks?(name: AeadName, key: Uint8Array): LentCipher | null;
}

/** AES that is lent. */
export interface LentCipher {
  /** Encrypts whole blocks, each on its own (ECB). */
  readonly encrypt: (blocks: Uint8Array) => Uint8Array;
  /** From how many blocks on a call of it is quicker than WASM. */
  readonly fromBlocks: number;
}

/** What one AEAD is like. */
export interface AeadShape {
  /** Octets of a key, and of a tag. */
  readonly keyLength: number;
  readonly tagLength: number;
  /** Packets of one key that may be protected before it must be updated (RFC 9001 section 6.6); Infinity: no bound. */
  readonly confidentialityLimit: number;
  /** Packets of one connection that may fail to open before it must be closed (RFC 9001 section 6.6). */
  readonly integrityLimit: number;
}

/** Octets of a mask of header protection. */
export const MASK_LENGTH = 5;
/** Octets of a nonce. */
export const NONCE_LENGTH = 12;
/** Most octets of associated data, text and tag together: no QUIC packet and no TLS record is longer. */
export const AEAD_TEXT_MAX = 65_536;

const ccm = (keyLength: number, tagLength: number): AeadShape => ({
  keyLength,
  tagLength,
  confidentialityLimit: 2 ** 21.5,
  integrityLimit: 2 ** 21.5,
});

/** All AEADs. Limits are those of QUIC. */
export const AEADS: Readonly<Record<AeadName, AeadShape>> = {
  "AES-128-GCM": {
    keyLength: 16,
    tagLength: 16,
    confidentialityLimit: 2 ** 23,
    integrityLimit: 2 ** 52,
  },
  "AES-256-GCM": {
    keyLength: 32,
    tagLength: 16,
    confidentialityLimit: 2 ** 23,
    integrityLimit: 2 ** 52,
  },
  "AES-128-CCM": ccm(16, 16),
  "AES-256-CCM": ccm(32, 16),
  "AES-128-CCM-8": ccm(16, 8),
  "AES-256-CCM-8": ccm(32, 8),
  "CHACHA20-POLY1305": {
    keyLength: 32,
    tagLength: 16,
    confidentialityLimit: Number.POSITIVE_INFINITY,
    integrityLimit: 2 ** 36,
  },
};

/**
 * What the AEAD of this name is like.
 * @throws UsageError AEAD_UNKNOWN
 */
export function aeadShape(name: AeadName): AeadShape {
  if (!Object.hasOwn(AEADS, name))
    throw new UsageError("AEAD_UNKNOWN", `an AEAD is ${Object.keys(AEADS).join(", ")}`);
  return AEADS[name];
}

/**
 * Checks a key for this AEAD.
 * @throws UsageError AEAD_UNKNOWN, AEAD_KEY_INVALID
 */
export function checkAeadKey(name: AeadName, key: Uint8Array): AeadShape {
  const shape = aeadShape(name);
  if (!(key instanceof Uint8Array) || key.length !== shape.keyLength)
    throw new UsageError(
      "AEAD_KEY_INVALID",
      `${name} takes a Uint8Array of ${shape.keyLength} octets`,
    );
  return shape;
}

/**
 * Checks a nonce.
 * @throws UsageError AEAD_NONCE_INVALID
 */
export function checkNonce(nonce: Uint8Array): void {
  if (!(nonce instanceof Uint8Array) || nonce.length !== NONCE_LENGTH)
    throw new UsageError("AEAD_NONCE_INVALID", "a nonce is a Uint8Array of 12 octets");
}

/**
 * Checks what is to be sealed.
 * @throws UsageError AEAD_TEXT_TOO_LONG
 */
export function checkSealed(aadLength: number, length: number, tagLength: number): void {
  if (aadLength + length + tagLength > AEAD_TEXT_MAX)
    throw new UsageError(
      "AEAD_TEXT_TOO_LONG",
      `associated data, text and tag have ${AEAD_TEXT_MAX} octets at most`,
    );
}

/**
 * Checks samples of header protection, and counts them.
 * @throws UsageError QUIC_SAMPLE_INVALID
 */
export function countSamples(samples: Uint8Array): number {
  if (!(samples instanceof Uint8Array) || samples.length % SAMPLE_LENGTH !== 0) refuseSample();
  return samples.length / SAMPLE_LENGTH;
}

/**
 * Checks the sample of one packet.
 * @throws UsageError QUIC_SAMPLE_INVALID
 */
export function checkSample(sample: Uint8Array): void {
  if (!(sample instanceof Uint8Array) || sample.length !== SAMPLE_LENGTH) refuseSample();
}

function refuseSample(): never {
  throw new UsageError("QUIC_SAMPLE_INVALID", "a sample is a Uint8Array of 16 octets");
}
