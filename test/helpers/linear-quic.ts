// Inputs of QUIC whose cost must grow with their length alone, for test/linear-time.test.ts: payloads of many frames, of one long
// frame, lists of transport parameters, datagrams of many packets. What is refused is read as far as it goes, too.

import { parseFrames, parseTransportParameters, splitDatagram } from "tercet/quic";
import { QuicPacketKind } from "../../src/abi/quic-wire.js";
import { QuicFrameReader } from "../../src/codec/quic-frame-reader.js";
import { concat, hex, longPacket, octets, varint } from "./quic-wire.js";

export type LinearQuic = readonly [
  name: string,
  make: (size: number) => Uint8Array,
  read: (bytes: Uint8Array) => readonly unknown[],
];

/** Octets that stand so many times one behind the other. */
function repeat(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * Math.floor(count));
  for (let at = 0; at < all.length; at += bytes.length) all.set(bytes, at);
  return all;
}

const frames = (payload: Uint8Array) => parseFrames(payload, "1-RTT");
/** Without objects: of many of them the collector decides what they cost. */
const cursor = (payload: Uint8Array) => {
  const reader = new QuicFrameReader();
  reader.read(payload, QuicPacketKind.OneRtt);
  while (reader.next());
  return [reader.end];
};
const parameters = (bytes: Uint8Array) => parseTransportParameters(bytes);
const packets = (bytes: Uint8Array) => {
  const split = splitDatagram(bytes, { connectionIdLength: 8 });
  return [...split.packets, ...split.leftOut];
};

/** An ACK whose ranges take so many octets, from this packet number down. */
const ackOf = (largest: bigint, size: number, range: string) => {
  const bytes = hex(range);
  const count = Math.floor(size / bytes.length);
  return concat([2], varint(largest), [0], varint(count), [0], repeat(bytes, count));
};

const PACKET = longPacket({ type: "Handshake", body: octets(20) });

export const LINEAR_QUIC: readonly LinearQuic[] = [
  ["many PING", (size) => new Uint8Array(size).fill(1), cursor],
  ["PADDING alone", (size) => new Uint8Array(size), frames],
  ["PADDING between PING", (size) => repeat(hex("00 01"), size / 2), cursor],
  ["many small STREAM", (size) => repeat(hex("0a 00 01 ff"), size / 4), cursor],
  [
    "many NEW_CONNECTION_ID",
    (size) => repeat(hex(`18 01 00 01 ${"aa".repeat(17)}`), size / 21),
    cursor,
  ],
  ["ranges of an ACK", (size) => ackOf(2n ** 40n, size, "0001"), cursor],
  ["ranges that no double holds", (size) => ackOf(2n ** 61n, size, "0001"), cursor],
  [
    "ranges that reach below 0 at last",
    (size) => ackOf(BigInt(size) * 3n - 5n, size, "0004"),
    cursor,
  ],
  ["many small ACK", (size) => repeat(hex("02 05 00 01 00 00 00"), size / 7), cursor],
  ["a long reason", (size) => concat(hex("1d 00"), varint(size), new Uint8Array(size)), frames],
  ["many parameters", (size) => manyParameters(size), parameters],
  [
    "many versions",
    (size) => concat([0x11], varint(size), repeat(hex("00000001"), size / 4)),
    parameters,
  ],
  ["many packets", (size) => repeat(PACKET, size / PACKET.length), packets],
  [
    "packets that are left out",
    (size) => repeat(longPacket({ body: octets(1) }), size / 23),
    packets,
  ],
  ["padding behind a packet", (size) => concat(PACKET, new Uint8Array(size)), packets],
];

/** Different ones, of no octets. */
function manyParameters(size: number): Uint8Array {
  const list = Array.from({ length: Math.floor(size / 5) }, (_, i) => varint(0x100_0000 + i));
  return concat(...list.map((id) => concat(id, [0])));
}

/**
 * Milliseconds that it takes to read the bytes. Once: what takes longer than a slice of the processor's time is never measured
 * alone on a machine that has other work.
 */
export function costOfQuic(read: LinearQuic[2], bytes: Uint8Array): number {
  const start = performance.now();
  const { length } = read(bytes);
  const time = performance.now() - start;
  if (length === 0) throw new Error("nothing was read");
  return time;
}
