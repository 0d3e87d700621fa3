// Headers of packets: what version-independent fields say, long and short headers of versions 1 and 2, Version Negotiation,
// Retry, and what every receiver discards (RFC 8999 section 5, RFC 9000 section 17, RFC 9369 section 3.2).

import { UsageError } from "tercet";
import { parseDatagram, type QuicPacket, splitDatagram } from "tercet/quic";
import { describe, expect, test } from "vitest";
import {
  concat,
  hex,
  type LongPacket,
  longHeader,
  longPacket,
  negotiation,
  octets,
  shortPacket,
  toHex,
  V1,
  V2,
  varint,
} from "../helpers/quic-wire.js";

const OPTIONS = { connectionIdLength: 8 };
const parse = (bytes: Uint8Array) => parseDatagram(bytes, OPTIONS);
const split = (bytes: Uint8Array) => splitDatagram(bytes, OPTIONS);
const ID = octets(8);
const SOURCE = octets(5, 0x50);
const TAG = octets(16, 0xe0);

/** The only packet of a datagram. */
function only(bytes: Uint8Array): QuicPacket {
  const packets = parse(bytes);
  expect(packets).toHaveLength(1);
  return packets[0] as QuicPacket;
}

const NOTHING_ELSE = {
  token: null,
  supportedVersions: null,
  retryIntegrityTag: null,
  packetNumberOffset: -1,
};

describe.each([
  ["version 1", V1],
  ["version 2", V2],
])("long headers of %s", (_name, version) => {
  test.each(["0-RTT", "Handshake"] as const)("Q-V2-1: %s", (type) => {
    const bytes = longPacket({ type, version });
    expect(only(bytes)).toEqual({
      ...NOTHING_ELSE,
      ...{ type, version, offset: 0, length: bytes.length, bytes },
      ...{ destinationConnectionId: ID, sourceConnectionId: SOURCE, fixedBit: true, spinBit: null },
      packetNumberOffset: bytes.length - 30,
    });
  });

  test("Q-V2-1: Initial, with and without a token", () => {
    for (const token of [new Uint8Array(0), octets(3), octets(100)]) {
      const bytes = longPacket({ version, token });
      const packet = only(bytes);
      expect(packet).toMatchObject({ type: "Initial", version, token });
      expect(packet.packetNumberOffset).toBe(bytes.length - 30);
    }
  });

  test("Q-V2-1: Retry: what is behind the ids is token and tag", () => {
    const bytes = longPacket({ type: "Retry", version, body: concat(octets(20, 9), TAG) });
    expect(only(bytes)).toMatchObject({
      ...{ type: "Retry", version, length: bytes.length, packetNumberOffset: -1 },
      ...{ token: octets(20, 9), retryIntegrityTag: TAG },
    });
  });

  test("ids of 0 and of 20 octets", () => {
    for (const [destination, source] of [
      [octets(0), octets(20)],
      [octets(20), octets(0)],
      [octets(20, 3), octets(20, 7)],
    ] as const) {
      expect(only(longPacket({ version, destination, source }))).toMatchObject({
        destinationConnectionId: destination,
        sourceConnectionId: source,
      });
    }
  });

  test("Q-HDR-3: ids of 21 octets: left out, and what follows is read", () => {
    for (const ids of [{ destination: octets(21) }, { source: octets(21) }]) {
      const bad = longPacket({ version, ...ids });
      const { packets, leftOut, rest } = split(concat(bad, longPacket({ version })));
      expect(packets.map((packet) => packet.offset)).toEqual([bad.length]);
      expect(leftOut).toEqual([{ offset: 0, length: bad.length }]);
      expect(rest).toBeNull();
    }
    const retry = longPacket({ type: "Retry", version, source: octets(21), body: octets(40) });
    expect(split(retry)).toMatchObject({ packets: [], leftOut: [{ length: retry.length }] });
  });

  test("Q-HDR-1: a fixed bit that is 0 is told", () => {
    const bits = version === V1 ? 0x80 : 0x90;
    expect(only(longPacket({ version, first: bits }))).toMatchObject({
      ...{ type: "Initial", fixedBit: false },
    });
  });

  test("Q-HDR-4: reserved bits and the length of the packet number are still protected", () => {
    const bits = version === V1 ? 0xcf : 0xdf;
    expect(only(longPacket({ version, first: bits })).type).toBe("Initial");
  });
});

describe("Length", () => {
  /** What is behind it: so many octets, of which Length says so many. */
  const withLength = (count: number, length: number | bigint, more: LongPacket = {}) =>
    longPacket({ ...more, body: octets(count), length });

  test.each<[string, Uint8Array]>([
    ["Q-HDR-7: one more than is there", withLength(30, 31)],
    ["Q-HDR-7: 2^62 - 1", withLength(30, 2n ** 62n - 1n)],
    ["Q-HDR-15: a token that is longer than the packet", longPacket().subarray(0, 21)],
    ["Q-VAR-2: cut", longPacket({ type: "Handshake" }).subarray(0, 20)],
  ])("%s: nothing more is read", (_name, bytes) => {
    expect(split(bytes)).toEqual({
      ...{ packets: [], leftOut: [] },
      rest: { offset: 0, length: bytes.length, reason: "malformed" },
    });
  });

  test("Q-HDR-15: a token length beyond the datagram", () => {
    const header = longHeader(0xc0, V1, ID, SOURCE);
    for (const length of [varint(64), varint(2n ** 62n - 1n), [0xc0, 0, 0]]) {
      const bytes = concat(header, length, octets(40));
      expect(split(bytes).rest).toEqual({ offset: 0, length: bytes.length, reason: "malformed" });
    }
  });

  test("Q-HDR-8 Q-HDR-9: too short for packet number and sample: left out, and what follows is read", () => {
    for (const count of [0, 1, 4, 19]) {
      const short = withLength(count, count, { type: "Handshake" });
      const { packets, leftOut } = split(concat(short, longPacket()));
      expect(packets.map((packet) => packet.type)).toEqual(["Initial"]);
      expect(leftOut).toEqual([{ offset: 0, length: short.length }]);
    }
    expect(parse(withLength(20, 20))).toHaveLength(1);
  });

  test("in any of its forms", () => {
    const header = concat(longHeader(0xe0, V1, ID, SOURCE));
    for (const width of [1, 2, 4, 8] as const) {
      const packet = only(concat(header, varint(25, width), octets(25)));
      expect(packet.packetNumberOffset).toBe(header.length + width);
    }
  });
});

describe("short headers", () => {
  test("Q-INV-2: connection ids are as long as the caller says", () => {
    for (const length of [0, 4, 8, 20]) {
      const bytes = shortPacket(octets(length));
      const [packet] = parseDatagram(bytes, { connectionIdLength: length });
      expect(packet).toEqual({
        ...NOTHING_ELSE,
        ...{ type: "1-RTT", version: null, offset: 0, length: bytes.length, bytes },
        ...{ destinationConnectionId: octets(length), sourceConnectionId: null },
        ...{ fixedBit: true, spinBit: false, packetNumberOffset: 1 + length },
      });
    }
  });

  test("Q-INV-2: or somebody finds it out from the bytes", () => {
    const bytes = concat(longPacket({ type: "Handshake" }), shortPacket(octets(3, 0x77)));
    const calls: [Uint8Array, number][] = [];
    const connectionIdLength = (all: Uint8Array, at: number) => {
      calls.push([all, at]);
      return all[at + 1] === 0x77 ? 3 : -1;
    };
    const packets = parseDatagram(bytes, { connectionIdLength });
    expect(packets.map((packet) => packet.type)).toEqual(["Handshake", "1-RTT"]);
    expect(packets[1]?.destinationConnectionId).toEqual(octets(3, 0x77));
    expect(calls).toEqual([[bytes, packets[1]?.offset]]);
    expect(splitDatagram(shortPacket(octets(3, 0x11)), { connectionIdLength })).toMatchObject({
      ...{ packets: [], rest: { reason: "malformed" } },
    });
  });

  test("the spin bit, and a fixed bit that is 0", () => {
    expect(only(shortPacket(ID, undefined, 0x60)).spinBit).toBe(true);
    expect(only(shortPacket(ID, undefined, 0x40)).spinBit).toBe(false);
    expect(only(shortPacket(ID, undefined, 0x00)).fixedBit).toBe(false);
  });

  test("Q-HDR-9 Q-DGM-7: too short for packet number and sample", () => {
    expect(parse(shortPacket(ID, octets(20)))).toHaveLength(1);
    const bytes = shortPacket(ID, octets(19));
    expect(split(bytes).rest).toEqual({ offset: 0, length: bytes.length, reason: "malformed" });
  });
});

describe("Version Negotiation", () => {
  test("Q-INV-3 Q-HDR-20: whatever the seven bits say", () => {
    for (const first of [0x80, 0xc0, 0xff, 0xaa]) {
      const bytes = negotiation([V1, V2, 0x0a0a0a0a, 0xffffffff], first);
      expect(only(bytes)).toEqual({
        ...NOTHING_ELSE,
        ...{ type: "Version Negotiation", version: 0, offset: 0, length: bytes.length, bytes },
        ...{ destinationConnectionId: ID, sourceConnectionId: SOURCE, spinBit: null },
        fixedBit: (first & 0x40) !== 0,
        supportedVersions: [V1, V2, 0x0a0a0a0a, 0xffffffff],
      });
    }
  });

  test("Q-INV-4: without a version, or with one that is cut, it is none", () => {
    expect(split(negotiation([]))).toMatchObject({ packets: [], rest: { reason: "malformed" } });
    const bytes = negotiation([V1, V2]);
    for (let cut = 1; cut < 8; cut++) {
      const { packets } = split(bytes.subarray(0, bytes.length - cut));
      expect(packets).toHaveLength(cut === 4 ? 1 : 0);
    }
  });

  test("Q-INV-1: connection ids of up to 255 octets", () => {
    const ids = [octets(255), octets(255, 7)] as const;
    const bytes = concat(longHeader(0x80, 0, ...ids), hex("00000001"));
    expect(only(bytes)).toMatchObject({
      destinationConnectionId: ids[0],
      sourceConnectionId: ids[1],
    });
  });
});

describe("versions that are not known", () => {
  test("Q-INV-1: the fields of all versions, the rest of the datagram", () => {
    for (const [destination, source] of [
      [0, 0],
      [21, 40],
      [255, 255],
    ] as const) {
      const header = longHeader(0x8f, 0x0a0a0a0a, octets(destination), octets(source));
      const bytes = concat(header, octets(9));
      expect(only(bytes)).toEqual({
        ...NOTHING_ELSE,
        ...{ type: "Unknown", version: 0x0a0a0a0a, offset: 0, length: bytes.length, bytes },
        ...{ destinationConnectionId: octets(destination), sourceConnectionId: octets(source) },
        ...{ fixedBit: false, spinBit: null },
      });
    }
  });

  test("Q-INV-1: nothing need stand behind them", () => {
    const bytes = longHeader(0xc0, 0x0a0a0a0a, octets(3), octets(0));
    expect(only(bytes)).toMatchObject({ type: "Unknown", length: bytes.length });
  });

  test("Q-INV-1: one that is cut anywhere in these fields is none", () => {
    const bytes = longHeader(0xc0, 0xfaceb00c, octets(30), octets(25));
    for (let end = 1; end < bytes.length; end++)
      expect(split(bytes.subarray(0, end))).toMatchObject({
        ...{ packets: [], rest: { offset: 0, length: end, reason: "malformed" } },
      });
    expect(parse(bytes)).toHaveLength(1);
  });
});

describe("Retry", () => {
  test("Q-RTY-3: without a token it is none; nor without a whole tag", () => {
    for (const body of [TAG, octets(15), octets(0)]) {
      const bytes = longPacket({ type: "Retry", body });
      expect(split(bytes)).toMatchObject({ packets: [], rest: { reason: "malformed" } });
    }
  });

  test("Q-RTY-5: four bits that mean nothing", () => {
    const bytes = longPacket({ type: "Retry", body: octets(30), first: 0xff });
    expect(only(bytes)).toMatchObject({ type: "Retry", token: octets(14) });
  });
});

test("packets are views of the datagram, also where that is a part of a buffer, or a Buffer", () => {
  const wire = longPacket({ token: octets(4) });
  const large = Buffer.alloc(wire.length + 10);
  large.set(wire, 5);
  const packet = only(large.subarray(5, 5 + wire.length));
  expect(toHex(packet.bytes)).toBe(toHex(wire));
  expect(packet.bytes.buffer).toBe(large.buffer);
  const { destinationConnectionId: id, sourceConnectionId, token } = packet;
  for (const view of [packet.bytes, id, sourceConnectionId, token])
    expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
});

describe("wrong use", () => {
  const bytes = shortPacket();
  test.each<[string, unknown, unknown, string]>([
    ["no bytes", "c0", OPTIONS, "BYTES_INVALID"],
    ["no options", bytes, undefined, "QUIC_CONNECTION_ID_LENGTH_INVALID"],
    ["no length", bytes, {}, "QUIC_CONNECTION_ID_LENGTH_INVALID"],
    ["21", bytes, { connectionIdLength: 21 }, "QUIC_CONNECTION_ID_LENGTH_INVALID"],
    ["-1", bytes, { connectionIdLength: -1 }, "QUIC_CONNECTION_ID_LENGTH_INVALID"],
    [
      "an answer of 21",
      bytes,
      { connectionIdLength: () => 21 },
      "QUIC_CONNECTION_ID_LENGTH_INVALID",
    ],
    ["no answer", bytes, { connectionIdLength: () => {} }, "QUIC_CONNECTION_ID_LENGTH_INVALID"],
  ])("%s", (_name, datagram, options, code) => {
    const call = () => parseDatagram(datagram as Uint8Array, options as typeof OPTIONS);
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});
