// node:crypto as the oracle of what tercet/quic computes itself, and random octets that a seed decides.

import { createCipheriv, createDecipheriv } from "node:crypto";
import type { AeadName } from "tercet/quic";

/** All AEADs, with what node:crypto calls them. */
export const AEAD_ORACLES: readonly {
  name: AeadName;
  cipher: string;
  keyLength: number;
  tagLength: number;
}[] = [
  { name: "AES-128-GCM", cipher: "aes-128-gcm", keyLength: 16, tagLength: 16 },
  { name: "AES-256-GCM", cipher: "aes-256-gcm", keyLength: 32, tagLength: 16 },
  { name: "AES-128-CCM", cipher: "aes-128-ccm", keyLength: 16, tagLength: 16 },
  { name: "AES-256-CCM", cipher: "aes-256-ccm", keyLength: 32, tagLength: 16 },
  { name: "AES-128-CCM-8", cipher: "aes-128-ccm", keyLength: 16, tagLength: 8 },
  { name: "AES-256-CCM-8", cipher: "aes-256-ccm", keyLength: 32, tagLength: 8 },
  { name: "CHACHA20-POLY1305", cipher: "chacha20-poly1305", keyLength: 32, tagLength: 16 },
];

/** What node:crypto seals: ciphertext and tag. */
export function sealByNode(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const { cipher, tagLength } = AEAD_ORACLES.find((oracle) => oracle.name === name)!;
  const sealing = createCipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: tagLength });
  sealing.setAAD(aad, { plaintextLength: plaintext.length });
  const text = sealing.update(plaintext);
  sealing.final();
  return new Uint8Array(Buffer.concat([text, sealing.getAuthTag()]));
}

/** What node:crypto opens; null where it refuses. */
export function openByNode(
  name: AeadName,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  const { cipher, tagLength } = AEAD_ORACLES.find((oracle) => oracle.name === name)!;
  const end = sealed.length - tagLength;
  const opening = createDecipheriv(cipher as "aes-128-gcm", key, nonce, {
    authTagLength: tagLength,
  });
  opening.setAAD(aad, { plaintextLength: end });
  opening.setAuthTag(sealed.subarray(end));
  try {
    const text = opening.update(sealed.subarray(0, end));
    opening.final();
    return new Uint8Array(text);
  } catch {
    return null;
  }
}

/** So many octets, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
