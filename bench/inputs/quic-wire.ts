// Packets of QUIC protected with node:crypto (RFC 9001 section 5), so that what is measured does not make its own input: keys out of
// a secret, header protection, and packets with long and short headers.

import type { CipherGCMTypes } from "node:crypto";
import { createCipheriv, createHmac } from "node:crypto";
import { noise, varint } from "./quic-frames.js";
import type { Random } from "./random.js";

/** A cipher suite as the peers need it. */
export interface QuicCipher {
  /** As tercet calls it. */
  readonly name: "AES-128-GCM" | "AES-256-GCM" | "AES-128-CCM" | "CHACHA20-POLY1305";
  /** As input files say it; bench/native/quic.h has the same numbers. */
  readonly number: number;
  readonly keyLength: number;
  /** As node:crypto calls it: the AEAD, and what masks are made with. */
  readonly aead: string;
  readonly header: string;
  readonly hash: "sha256" | "sha384";
}

export const CIPHERS: readonly QuicCipher[] = [
  {
    name: "AES-128-GCM",
    number: 0,
    keyLength: 16,
    aead: "aes-128-gcm",
    header: "aes-128-ecb",
    hash: "sha256",
  },
  {
    name: "AES-256-GCM",
    number: 1,
    keyLength: 32,
    aead: "aes-256-gcm",
    header: "aes-256-ecb",
    hash: "sha384",
  },
  {
    name: "CHACHA20-POLY1305",
    number: 2,
    keyLength: 32,
    aead: "chacha20-poly1305",
    header: "chacha20",
    hash: "sha256",
  },
  {
    name: "AES-128-CCM",
    number: 3,
    keyLength: 16,
    aead: "aes-128-ccm",
    header: "aes-128-ecb",
    hash: "sha256",
  },
];

/** Keys of one direction. */
export interface QuicWireKeys {
  readonly cipher: QuicCipher;
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;
}

export const TAG_LENGTH = 16;
export const NONCE_LENGTH = 12;
export const SAMPLE_LENGTH = 16;
const MASK_LENGTH = 5;
/** From the packet number on. */
const SAMPLE_AT = 4;
const NUMBER_LENGTH = 2;
/** Of the connection ids in all packets. */
export const ID_LENGTH = 8;

/** Keys of a secret that is always the same. */
export function wireKeys(cipher: QuicCipher, random: Random): QuicWireKeys {
  const secret = noise(random, cipher.hash === "sha256" ? 32 : 48);
  const expand = (label: string, length: number) => expandLabel(cipher.hash, secret, label, length);
  return {
    cipher,
    secret,
    key: expand("quic key", cipher.keyLength),
    iv: expand("quic iv", NONCE_LENGTH),
    hp: expand("quic hp", cipher.keyLength),
  };
}

/** HKDF-Expand-Label (RFC 8446 section 7.1) of not more octets than the hash has. */
export function expandLabel(
  hash: string,
  secret: Uint8Array,
  label: string,
  length: number,
): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`, "latin1");
  const info = [0, length, name.length, ...name, 0, 1];
  return createHmac(hash, secret).update(Uint8Array.from(info)).digest().subarray(0, length);
}

/** The IV with the packet number in its last octets (RFC 9001 section 5.3). */
export function nonceOf({ iv }: QuicWireKeys, packetNumber: number): Uint8Array {
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
  return nonce;
}

/** Ciphertext and tag. */
export function seal(
  { cipher, key }: QuicWireKeys,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const made = createCipheriv(cipher.aead as CipherGCMTypes, key, nonce, {
    authTagLength: TAG_LENGTH,
  });
  made.setAAD(associatedData, { plaintextLength: plaintext.length });
  const parts = [made.update(plaintext), made.final()];
  return Buffer.concat([...parts, made.getAuthTag()]);
}

/** The mask of header protection (RFC 9001 section 5.4). */
export function maskOf({ cipher, hp }: QuicWireKeys, sample: Uint8Array): Uint8Array {
  const isChaCha = cipher.header === "chacha20";
  const made = createCipheriv(cipher.header, hp, isChaCha ? sample : null);
  const mask = made.update(isChaCha ? new Uint8Array(MASK_LENGTH) : sample);
  return mask.subarray(0, MASK_LENGTH);
}

/** A packet with a short header. */
export function shortPacket(
  keys: QuicWireKeys,
  id: Uint8Array,
  packetNumber: number,
  payload: Uint8Array,
): Uint8Array {
  const header = Buffer.concat([
    Uint8Array.of(0x40 | (NUMBER_LENGTH - 1)),
    id,
    number(packetNumber),
  ]);
  return protectedPacket(keys, header, packetNumber, payload);
}

/** A packet with a long header: Initial where there is a token, empty or not, else Handshake. */
export function longPacket(
  keys: QuicWireKeys,
  ids: readonly [destination: Uint8Array, source: Uint8Array],
  token: Uint8Array | null,
  packetNumber: number,
  payload: Uint8Array,
): Uint8Array {
  const length = NUMBER_LENGTH + payload.length + TAG_LENGTH;
  const header = Buffer.concat([
    Uint8Array.of((token === null ? 0xe0 : 0xc0) | (NUMBER_LENGTH - 1), 0, 0, 0, 1),
    ...ids.flatMap((id) => [Uint8Array.of(id.length), id]),
    ...(token === null ? [] : [Uint8Array.from(varint(token.length)), token]),
    Uint8Array.of(0x40 | (length >> 8), length & 255),
    number(packetNumber),
  ]);
  return protectedPacket(keys, header, packetNumber, payload);
}

function number(packetNumber: number): Uint8Array {
  return Uint8Array.of((packetNumber >> 8) & 255, packetNumber & 255);
}

function protectedPacket(
  keys: QuicWireKeys,
  header: Uint8Array,
  packetNumber: number,
  payload: Uint8Array,
): Uint8Array {
  const sealed = seal(keys, nonceOf(keys, packetNumber), header, payload);
  const packet = Buffer.concat([header, sealed]);
  const numberAt = header.length - NUMBER_LENGTH;
  const sampleAt = numberAt + SAMPLE_AT;
  const mask = maskOf(keys, packet.subarray(sampleAt, sampleAt + SAMPLE_LENGTH));
  const first = packet[0] as number;
  packet[0] = first ^ ((mask[0] as number) & ((first & 0x80) === 0 ? 0x1f : 0x0f));
  for (let i = 0; i < NUMBER_LENGTH; i++)
    packet[numberAt + i] = (packet[numberAt + i] as number) ^ (mask[1 + i] as number);
  return packet;
}
