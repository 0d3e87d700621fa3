// The inputs of the QUIC benchmark. What a piece of the input file is, by kind of row:
//
//   frames    the payload of a packet of 1-RTT
//   headers   a datagram, connection ids of 8 octets
//   masks     32 samples of header protection
//   open      nonce (12 octets), associated data (11), ciphertext and tag
//   packets   a packet with a short header
//
// Those of the last three have a first piece with their keys: number of the cipher (u32), length of the secret (u32), then secret
// (48 octets), key (32), hp (32) and iv (12), zeros behind what is shorter. bench/native/quic.h reads the same layout.

import type { Counts } from "../drivers/driver.js";
import { writePieces } from "./input-file.js";
import type { QuicPayload } from "./quic-frames.js";
import { noise, payloadOf, payloadsOf, quicPayloads } from "./quic-frames.js";
import type { QuicCipher, QuicWireKeys } from "./quic-wire.js";
import {
  CIPHERS,
  ID_LENGTH,
  longPacket,
  maskOf,
  NONCE_LENGTH,
  nonceOf,
  SAMPLE_LENGTH,
  seal,
  shortPacket,
  wireKeys,
} from "./quic-wire.js";
import { Random } from "./random.js";

/** One row's input. */
export interface QuicInput {
  readonly name: string;
  /** What a peer must find: see the functions that make inputs. */
  readonly expected: Counts;
  readonly pieces: readonly Uint8Array[];
}

/** Keys as peers read them. */
export interface QuicInputKeys {
  readonly cipher: QuicCipher;
  readonly secret: Uint8Array;
  readonly key: Uint8Array;
  readonly hp: Uint8Array;
  readonly iv: Uint8Array;
}

/** Packets that are opened together, and samples of which masks are made together. */
export const BATCH = 32;
/** First octet of a short header, connection id, packet number. */
export const ASSOCIATED_LENGTH = 11;
const [SECRET_AT, KEY_AT, HP_AT, IV_AT, KEYS_LENGTH] = [8, 56, 88, 120, 132];

const SEED = 0x9000;
const TEXTS = 64;
const PACKETS = 256;
/** Octets that an AEAD opens: small packets, usual ones, and a record of TLS. */
export const TEXT_SIZES = [60, 250, 600, 1200, 16_384] as const;
/** Octets of a UDP datagram. */
export const PACKET_SIZES = [60, 250, 600, 1200] as const;

/** Payloads: frames, octets of those that carry data, octets of all. */
export function frameInputs(): QuicInput[] {
  return quicPayloads().map(({ name, payloads }) => ({
    name: `frames ${name}`,
    expected: {
      messages: sum(payloads.map((one) => one.frames)),
      fields: sum(payloads.map((one) => one.dataBytes)),
      bodyBytes: sum(payloads.map(({ bytes }) => bytes.length)),
    },
    pieces: payloads.map(({ bytes }) => bytes),
  }));
}

/** Datagrams: packets, octets of their destination connection ids, octets of all packets. */
export function headerInputs(): QuicInput[] {
  const random = new Random(SEED);
  const keys = wireKeys(CIPHERS[0] as QuicCipher, random);
  const id = (): Uint8Array => noise(random, ID_LENGTH);
  const long = (isInitial: boolean, size: number): Uint8Array =>
    longPacket(
      keys,
      [id(), id()],
      isInitial ? noise(random, 16) : null,
      1,
      payloadOf(size, random).bytes,
    );
  const short = (size: number): Uint8Array =>
    shortPacket(keys, id(), 1, payloadOf(size, random).bytes);
  const each = (count: number, make: () => Uint8Array[]): Uint8Array[][] =>
    Array.from({ length: count }, make);
  return [
    headerInput(
      "headers short",
      each(TEXTS, () => [short(1150)]),
    ),
    headerInput(
      "headers long",
      each(TEXTS, () => [long(true, 1100)]),
    ),
    headerInput(
      "headers coalesced",
      each(TEXTS, () => [long(true, 100), long(false, 600), short(300)]),
    ),
  ];
}

function headerInput(name: string, datagrams: readonly Uint8Array[][]): QuicInput {
  const packets = datagrams.flat();
  const bodyBytes = sum(packets.map(({ length }) => length));
  const expected = { messages: packets.length, fields: ID_LENGTH * packets.length, bodyBytes };
  return { name, expected, pieces: datagrams.map((one) => Buffer.concat(one)) };
}

/** Samples: how many, and all octets of their masks added. */
export function maskInputs(): QuicInput[] {
  return CIPHERS.filter(({ name }) => name !== "AES-128-CCM").map((cipher) => {
    const random = new Random(SEED);
    const keys = wireKeys(cipher, random);
    const pieces = Array.from({ length: 8 }, () => noise(random, BATCH * SAMPLE_LENGTH));
    let fields = 0;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += SAMPLE_LENGTH)
        fields += sum([...maskOf(keys, piece.subarray(at, at + SAMPLE_LENGTH))]);
    }
    const expected = { messages: BATCH * pieces.length, fields, bodyBytes: 0 };
    return { name: `masks ${cipher.name}`, expected, pieces: [keysPiece(keys), ...pieces] };
  });
}

/** Texts of one size: how many, their first octets added, octets of all. */
export function openInputs(): QuicInput[] {
  return CIPHERS.flatMap((cipher) => TEXT_SIZES.map((size) => openInput(cipher, size)));
}

function openInput(cipher: QuicCipher, size: number): QuicInput {
  const random = new Random(SEED + size);
  const keys = wireKeys(cipher, random);
  const texts = Array.from({ length: TEXTS }, () => noise(random, size));
  const pieces = texts.map((text, i) => {
    const nonce = nonceOf(keys, i);
    const associated = noise(random, ASSOCIATED_LENGTH);
    return Buffer.concat([nonce, associated, seal(keys, nonce, associated, text)]);
  });
  const fields = sum(texts.map(([first = 0]) => first));
  const expected = { messages: TEXTS, fields, bodyBytes: TEXTS * size };
  return { name: openName(cipher.name, size), expected, pieces: [keysPiece(keys), ...pieces] };
}

/** Packets of one size, and those with the payloads of the mix: how many, their frames, octets of all payloads. */
export function packetInputs(): QuicInput[] {
  return CIPHERS.filter(({ name }) => name !== "AES-128-CCM").flatMap((cipher) => [
    ...PACKET_SIZES.map((size) => {
      const random = new Random(SEED + size);
      // Header, tag, and the packet number.
      const payloads = Array.from({ length: PACKETS }, () => payloadOf(size - 27, random));
      return packetInput(packetName(cipher.name, size), cipher, payloads, random);
    }),
    mixInput(cipher),
  ]);
}

function mixInput(cipher: QuicCipher): QuicInput {
  const random = new Random(SEED);
  const payloads = Array.from({ length: PACKETS / TEXTS }, () => payloadsOf("mix")).flat();
  return packetInput(`packets ${cipher.name} mix`, cipher, payloads, random);
}

function packetInput(
  name: string,
  cipher: QuicCipher,
  payloads: readonly QuicPayload[],
  random: Random,
): QuicInput {
  const keys = wireKeys(cipher, random);
  const id = noise(random, ID_LENGTH);
  const pieces = payloads.map(({ bytes }, i) => shortPacket(keys, id, i, bytes));
  const expected = {
    messages: payloads.length,
    fields: sum(payloads.map((one) => one.frames)),
    bodyBytes: sum(payloads.map(({ bytes }) => bytes.length)),
  };
  return { name, expected, pieces: [keysPiece(keys), ...pieces] };
}

export function openName(cipher: QuicCipher["name"], size: number): string {
  return `open ${cipher} ${size.toLocaleString("en-US")} B`;
}

export function packetName(cipher: QuicCipher["name"], size: number): string {
  return `packets ${cipher} ${size.toLocaleString("en-US")} B`;
}

/** Writes the input file. */
export function writeQuicInput(file: string, { expected, pieces }: QuicInput): void {
  const { messages, fields, bodyBytes } = expected;
  const about = { role: "request", messages, fields, bodyBytes, chunked: false } as const;
  const lengths = pieces.map(({ length }) => length);
  writePieces(file, about, lengths, Buffer.concat(pieces));
}

function keysPiece({ cipher, secret, key, hp, iv }: QuicWireKeys): Uint8Array {
  const piece = Buffer.alloc(KEYS_LENGTH);
  piece.writeUInt32LE(cipher.number, 0);
  piece.writeUInt32LE(secret.length, 4);
  piece.set(secret, SECRET_AT);
  piece.set(key, KEY_AT);
  piece.set(hp, HP_AT);
  piece.set(iv, IV_AT);
  return piece;
}

/** The keys that the first piece of a file is. */
export function keysOf(piece: Buffer): QuicInputKeys {
  const cipher = CIPHERS[piece.readUInt32LE(0)] as QuicCipher;
  const part = (at: number, length: number): Uint8Array =>
    Uint8Array.from(piece.subarray(at, at + length));
  return {
    cipher,
    secret: part(SECRET_AT, piece.readUInt32LE(4)),
    key: part(KEY_AT, cipher.keyLength),
    hp: part(HP_AT, cipher.keyLength),
    iv: part(IV_AT, NONCE_LENGTH),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
