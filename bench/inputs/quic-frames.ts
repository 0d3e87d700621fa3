// Payloads of QUIC packets, as frames of real connections: what they are made of, and how often, was counted in captures of ten
// implementations (1,709 packets of 1-RTT: 55% are one STREAM, 15% one ACK, most others a few small frames before a STREAM).

import { Random } from "./random.js";

/** Payload of one packet. */
export interface QuicPayload {
  readonly bytes: Uint8Array;
  readonly frames: number;
  /** Octets of the frames that carry data of streams or of the handshake, from type to end. */
  readonly dataBytes: number;
}

/** Frame types (RFC 9000 section 19). */
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const NEW_TOKEN = 0x07;
/** With offset and length. */
const STREAM = 0x0e;
const MAX_DATA = 0x10;
const MAX_STREAM_DATA = 0x11;
const MAX_STREAMS = 0x12;
const NEW_CONNECTION_ID = 0x18;
const HANDSHAKE_DONE = 0x1e;

const PAYLOADS = 64;
/** Octets of a payload in a packet of 1,200. */
const FULL = 1171;

/** Payloads of one kind, always the same ones. */
export interface QuicPayloads {
  readonly name: string;
  readonly payloads: readonly QuicPayload[];
}

/** Makes a payload. */
type Make = (random: Random) => QuicPayload;

const SHAPES: Readonly<Record<string, Make>> = {
  data: (random) => payload([stream(random, FULL - 11)]),
  acknowledgement: (random) => payload([ack(random, 1)]),
  "acknowledgement with counts": (random) => payload([ackWithCounts(random)]),
  "lossy acknowledgement": (random) => payload([ack(random, 6)]),
  "acknowledgement and data": (random) => payload([ack(random, 2), stream(random, 1100)]),
  request: (random) =>
    payload([ack(random, 0), stream(random, 12), stream(random, 30), stream(random, 180)]),
  credit: (random) =>
    payload([
      ack(random, 0),
      bytesOf([MAX_DATA, ...varint(1_000_000 + random.below(1e6))]),
      bytesOf([MAX_STREAM_DATA, ...varint(4), ...varint(500_000 + random.below(1e6))]),
      bytesOf([MAX_STREAMS, ...varint(100 + random.below(100))]),
    ]),
  opening: (random) =>
    payload([
      ack(random, 0),
      ...[1, 2, 3, 4].map((sequence) => newConnectionId(random, sequence)),
      bytesOf([HANDSHAKE_DONE]),
      bytesOf([NEW_TOKEN, ...varint(64), ...noise(random, 64)]),
      bytesOf([CRYPTO, ...varint(0), ...varint(440), ...noise(random, 440)]),
      stream(random, 40),
    ]),
  probe: () => payload([bytesOf([PING]), new Uint8Array(FULL - 1)]),
};

/** How many of 64 payloads have which shape. */
const KINDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mix: {
    data: 35,
    acknowledgement: 5,
    "acknowledgement with counts": 5,
    "lossy acknowledgement": 2,
    "acknowledgement and data": 5,
    request: 6,
    credit: 4,
    opening: 2,
  },
  data: { data: PAYLOADS },
  acknowledgements: {
    acknowledgement: 24,
    "acknowledgement with counts": 24,
    "lossy acknowledgement": 16,
  },
  "small frames": { request: 24, credit: 24, opening: 16 },
  probes: { probe: PAYLOADS },
};

/** Every kind. A probe is PING and padding up to the size of the packet. */
export function quicPayloads(): QuicPayloads[] {
  return Object.keys(KINDS).map((name) => ({ name, payloads: payloadsOf(name) }));
}

/** The payloads of one kind, well mixed. */
export function payloadsOf(kind: string): QuicPayload[] {
  const random = new Random(0x51c);
  const shapes = Object.entries(KINDS[kind] as Record<string, number>).flatMap(([name, count]) =>
    Array.from({ length: count }, () => SHAPES[name] as Make),
  );
  for (let i = shapes.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [shapes[i], shapes[j]] = [shapes[j] as Make, shapes[i] as Make];
  }
  return shapes.map((make) => make(random));
}

/** A payload of so many octets: ACK, where there is room for it, and STREAM. */
export function payloadOf(size: number, random: Random): QuicPayload {
  const first = ack(random, size > 100 ? 1 : 0);
  return payload([first, stream(random, size - first.length - STREAM_HEADER)]);
}

/** Octets of a STREAM frame before its data; its length takes two. */
const STREAM_HEADER = 8;

/** STREAM with its offset and length, the latter always in two octets. */
export function stream(
  random: Random,
  length: number,
  offset = 0x4000 + random.below(1e6),
): Uint8Array {
  const at = [0x80 | (offset >>> 24), (offset >> 16) & 255, (offset >> 8) & 255, offset & 255];
  const count = [0x40 | (length >> 8), length & 255];
  return bytesOf([
    STREAM,
    ...varint(4 * random.below(16)),
    ...at,
    ...count,
    ...noise(random, length),
  ]);
}

/** ACK with so many ranges behind the first. */
export function ack(random: Random, ranges: number): Uint8Array {
  return bytesOf([ACK, ...acknowledged(random, ranges)]);
}

function ackWithCounts(random: Random): Uint8Array {
  const counts = [random.below(16_000), 0, 0].flatMap(varint);
  return bytesOf([ACK_ECN, ...acknowledged(random, 0), ...counts]);
}

function acknowledged(random: Random, ranges: number): number[] {
  const more = Array.from({ length: ranges }, () => [random.below(3), random.below(60)]).flat();
  const largest = 64 * (ranges + 2) + random.below(8000);
  const numbers = [largest, random.below(4000), ranges, random.below(60), ...more];
  return numbers.flatMap(varint);
}

function newConnectionId(random: Random, sequence: number): Uint8Array {
  const id = noise(random, 8);
  return bytesOf([
    NEW_CONNECTION_ID,
    ...varint(sequence),
    0,
    id.length,
    ...id,
    ...noise(random, 16),
  ]);
}

/** A payload of these frames, whose first octets are their types. */
export function payload(frames: readonly Uint8Array[]): QuicPayload {
  const isData = (type = 0): boolean => type === CRYPTO || (type >= 0x08 && type <= 0x0f);
  const dataBytes = frames.reduce((sum, one) => sum + (isData(one[0]) ? one.length : 0), 0);
  return { bytes: Buffer.concat(frames), frames: frames.length, dataBytes };
}

/** Octets of encrypted or compressed content. */
export function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** RFC 9000 section 16, in as few octets as possible, below 2^30. */
export function varint(value: number): number[] {
  if (value < 64) return [value];
  if (value < 16_384) return [0x40 | (value >> 8), value & 255];
  return [0x80 | (value >>> 24), (value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function bytesOf(octets: readonly number[]): Uint8Array {
  return Uint8Array.from(octets);
}
