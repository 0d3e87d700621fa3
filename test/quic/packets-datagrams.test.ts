// Datagrams: several packets in one, padding of every kind that was seen, octets that are no packet (RFC 9000 section 12.2), and
// any bytes at all.

import fc from "fast-check";
import { splitDatagram } from "tercet/quic";
import { describe, expect, test } from "vitest";
import {
  concat,
  longHeader,
  longPacket,
  negotiation,
  octets,
  shortPacket,
  V2,
} from "../helpers/quic-wire.js";

const split = (bytes: Uint8Array, greaseQuicBit = false) =>
  splitDatagram(bytes, { connectionIdLength: 8, greaseQuicBit });
const types = (bytes: Uint8Array, greaseQuicBit = false) =>
  split(bytes, greaseQuicBit).packets.map((packet) => packet.type);

const INITIAL = longPacket();
const HANDSHAKE = longPacket({ type: "Handshake" });
const ZERO_RTT = longPacket({ type: "0-RTT" });
const ONE_RTT = shortPacket();

describe("packets in one datagram", () => {
  test("Q-DGM-1: Length ends one, the short header is the last", () => {
    const bytes = concat(INITIAL, ZERO_RTT, HANDSHAKE, ONE_RTT);
    const { packets, leftOut, rest } = split(bytes);
    expect(packets.map(({ type, offset, length }) => [type, offset, length])).toEqual([
      ["Initial", 0, INITIAL.length],
      ["0-RTT", INITIAL.length, ZERO_RTT.length],
      ["Handshake", INITIAL.length + ZERO_RTT.length, HANDSHAKE.length],
      ["1-RTT", bytes.length - ONE_RTT.length, ONE_RTT.length],
    ]);
    expect(packets.map(({ bytes: view }) => view.length)).toEqual(packets.map((one) => one.length));
    expect([leftOut, rest]).toEqual([[], null]);
  });

  test("Q-DGM-1: of versions 1 and 2 in one", () => {
    expect(types(concat(INITIAL, longPacket({ version: V2, type: "Handshake" })))).toEqual([
      ...["Initial", "Handshake"],
    ]);
  });

  test("Q-DGM-3: connection ids that are not the first packet's are told, not judged", () => {
    const other = longPacket({ type: "Handshake", destination: octets(8, 0x30) });
    const { packets } = split(concat(INITIAL, other));
    expect(packets.map((packet) => packet.destinationConnectionId)).toEqual([
      ...[octets(8), octets(8, 0x30)],
    ]);
  });

  test("Q-DGM-2: Retry, Version Negotiation and unknown versions take what is left", () => {
    const retry = longPacket({ type: "Retry", body: octets(40) });
    const unknown = longHeader(0xc0, 0x0a0a0a0a, octets(3), octets(2));
    for (const last of [retry, negotiation([1], 0xc0), unknown]) {
      const { packets, rest } = split(concat(INITIAL, last, octets(4)));
      const lengths = packets.map((packet) => packet.length);
      // Versions come by four octets.
      expect(lengths).toEqual([INITIAL.length, last.length + 4]);
      expect(rest).toBeNull();
    }
  });
});

describe("octets behind the last packet", () => {
  test.each<[string, Uint8Array]>([
    ["one zero", octets(1, 0)],
    ["zeros, as aioquic, quiche and Firefox send them", new Uint8Array(1000)],
    ["fewer zeros than a header has", new Uint8Array(5)],
    ["a zero and then anything", concat([0], octets(50, 0x80))],
    ["anything with a fixed bit of 0", concat([0x3f], octets(50, 0x80))],
    ["a long header with a fixed bit of 0, and other ids", concat([0xbf], octets(50, 0x80))],
  ])("Q-DGM-4: %s: padding", (_name, tail) => {
    expect(split(concat(INITIAL, tail))).toMatchObject({
      packets: [{ type: "Initial" }],
      rest: { offset: INITIAL.length, length: tail.length, reason: "padding" },
    });
  });

  test("Q-DGM-4: with a fixed bit of 1 that is no packet: malformed", () => {
    for (const tail of [
      octets(10, 0x41),
      concat([0xc0], octets(20, 0xf0)),
      INITIAL.subarray(0, 30),
    ])
      expect(split(concat(HANDSHAKE, tail))).toMatchObject({
        packets: [{ type: "Handshake" }],
        rest: { offset: HANDSHAKE.length, length: tail.length, reason: "malformed" },
      });
  });

  test("zeros alone, without a packet before them, are a short header without a fixed bit", () => {
    expect(split(new Uint8Array(1200)).packets).toMatchObject([{ type: "1-RTT", fixedBit: false }]);
    expect(split(new Uint8Array(20)).rest).toEqual({ offset: 0, length: 20, reason: "malformed" });
  });
});

describe("Q-GR-1: packets whose fixed bit is 0", () => {
  const grease = (bytes: Uint8Array) => concat([(bytes[0] as number) & 0xbf], bytes.subarray(1));

  test("Q-HDR-1 Q-HDR-2: at the front they are given, and say so", () => {
    for (const bytes of [INITIAL, HANDSHAKE, ONE_RTT])
      expect(split(grease(bytes)).packets).toMatchObject([{ fixedBit: false }]);
  });

  test("behind a packet with the same connection id, too", () => {
    const all = concat(INITIAL, grease(HANDSHAKE), grease(ONE_RTT));
    expect(types(all)).toEqual(["Initial", "Handshake", "1-RTT"]);
  });

  test("with other connection ids only if the caller says that it was negotiated", () => {
    const other = grease(shortPacket(octets(8, 0x33)));
    expect(types(concat(INITIAL, other))).toEqual(["Initial"]);
    expect(types(concat(INITIAL, other), true)).toEqual(["Initial", "1-RTT"]);
    expect(types(concat(INITIAL, new Uint8Array(100)), true)).toEqual(["Initial"]);
  });

  test("also of another version, as while versions are negotiated", () => {
    const second = longPacket({ type: "Handshake", version: V2, first: 0xb0 });
    expect(types(concat(INITIAL, second))).toEqual(["Initial", "Handshake"]);
    const unknown = longHeader(0x80, 0x0a0a0a0a, octets(8), octets(2));
    expect(types(concat(INITIAL, unknown))).toEqual(["Initial", "Unknown"]);
  });

  test("connection ids of no octets prove something with a known version alone", () => {
    const ids = { destination: octets(0) };
    const all = [
      grease(longPacket({ ...ids, type: "Handshake" })),
      longHeader(0x80, 0x0a0a0a0a, octets(0), octets(2)),
    ].map((tail) => types(concat(longPacket(ids), tail)).length);
    expect(all).toEqual([2, 1]);
  });

  test("connection ids of no octets prove nothing in short headers", () => {
    const long = longPacket({ destination: octets(0) });
    const short = grease(shortPacket(octets(0)));
    const read = (greaseQuicBit: boolean) =>
      splitDatagram(concat(long, short), { connectionIdLength: 0, greaseQuicBit }).packets.length;
    expect([read(false), read(true)]).toEqual([1, 2]);
  });
});

test("Q-DGM-8: a datagram of no octets has no packets", () => {
  expect(split(new Uint8Array(0))).toEqual({ packets: [], leftOut: [], rest: null });
});

/** Datagrams of packets, padding and noise, now and then with an octet changed. */
const piece = fc.oneof(
  fc.constantFrom(INITIAL, HANDSHAKE, ZERO_RTT, ONE_RTT, negotiation([1, V2])),
  fc
    .record({ length: fc.nat(80), count: fc.nat(60) })
    .map(({ length, count }) => longPacket({ type: "Handshake", body: octets(count), length })),
  fc.nat(40).map((length) => new Uint8Array(length)),
  fc.uint8Array({ maxLength: 60 }),
);
const datagrams = fc
  .tuple(
    fc.array(piece, { maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 3 }),
  )
  .map(([pieces, flips]) => {
    const bytes = concat(...pieces);
    for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });

test("Q-DGM-2: every octet of any datagram is part of one packet, or of what is left", () => {
  fc.assert(
    fc.property(datagrams, fc.nat(20), fc.boolean(), (bytes, connectionIdLength, greaseQuicBit) => {
      const copy = bytes.slice();
      const { packets, leftOut, rest } = splitDatagram(bytes, {
        connectionIdLength,
        greaseQuicBit,
      });
      const parts = [...packets, ...leftOut, ...(rest === null ? [] : [rest])];
      parts.sort((one, other) => one.offset - other.offset);
      let at = 0;
      for (const { offset, length } of parts) {
        expect(offset).toBe(at);
        expect(length).toBeGreaterThan(0);
        at += length;
      }
      expect(at).toBe(bytes.length);
      for (const packet of packets) {
        expect(packet.bytes).toEqual(bytes.subarray(packet.offset, packet.offset + packet.length));
        const hasNumber = packet.packetNumberOffset !== -1;
        if (hasNumber) expect(packet.length - packet.packetNumberOffset).toBeGreaterThanOrEqual(20);
      }
      expect(bytes).toEqual(copy);
    }),
    { numRuns: 1000 },
  );
});
