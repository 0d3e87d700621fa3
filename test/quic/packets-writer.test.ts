// Headers that are written: what encodePacketHeader makes is what parseDatagram reads, the headers of RFC 9001 appendix A among
// them; Version Negotiation; Retry up to its tag; and what is refused.

import fc from "fast-check";
import { UsageError } from "tercet";
import {
  encodePacketHeader,
  encodeRetryWithoutTag,
  encodeVersionNegotiation,
  type PacketHeaderFields,
  parseDatagram,
  type RetryFields,
  type VersionNegotiationFields,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { concat, hex, octets, toHex, V1, V2 } from "../helpers/quic-wire.js";

const EMPTY = octets(0);

describe("headers of RFC 9001 appendix A", () => {
  test.each<[string, PacketHeaderFields, string]>([
    [
      "A.2: the client's Initial",
      {
        type: "Initial",
        version: V1,
        destinationConnectionId: hex("8394c8f03e515708"),
        sourceConnectionId: EMPTY,
        packetNumber: 2,
        packetNumberLength: 4,
        payloadLength: 1162 + 16,
      },
      "c300000001088394c8f03e5157080000449e00000002",
    ],
    [
      "A.3: the server's Initial",
      {
        type: "Initial",
        version: V1,
        destinationConnectionId: EMPTY,
        sourceConnectionId: hex("f067a5502a4262b5"),
        token: EMPTY,
        packetNumber: 1n,
        packetNumberLength: 2,
        payloadLength: 99 + 16,
      },
      "c1000000010008f067a5502a4262b50040750001",
    ],
    [
      "A.5: a short header without a connection id",
      {
        type: "1-RTT",
        destinationConnectionId: EMPTY,
        packetNumber: 654_360_564,
        packetNumberLength: 3,
        payloadLength: 17,
      },
      "4200bff4",
    ],
  ])("%s", (_name, fields, wire) => {
    const { bytes, packetNumberOffset } = encodePacketHeader(fields);
    expect(toHex(bytes)).toBe(wire);
    expect(packetNumberOffset).toBe(bytes.length - fields.packetNumberLength);
  });
});

test("A.4 of RFC 9001: a Retry up to its tag", () => {
  const fields = {
    version: V1,
    destinationConnectionId: EMPTY,
    sourceConnectionId: hex("f067a5502a4262b5"),
    token: hex("746f6b656e"),
    unusedBits: 15,
  };
  expect(toHex(encodeRetryWithoutTag(fields))).toBe("ff000000010008f067a5502a4262b5746f6b656e");
  expect(toHex(encodeRetryWithoutTag({ ...fields, version: V2 }))).toBe(
    "cf6b3343cf0008f067a5502a4262b5746f6b656e",
  );
});

describe("single bits", () => {
  const fields = {
    destinationConnectionId: EMPTY,
    sourceConnectionId: EMPTY,
    packetNumber: 0,
    packetNumberLength: 1,
    payloadLength: 20,
  };
  const first = (more: object, type = "1-RTT", version = V1) =>
    encodePacketHeader({ ...fields, type, version, ...more }).bytes[0];

  test("of short headers", () => {
    expect(first({})).toBe(0x40);
    expect(first({ spinBit: true })).toBe(0x60);
    expect(first({ keyPhase: 1 })).toBe(0x44);
    expect(first({ reservedBits: 3 })).toBe(0x58);
    expect(first({ packetNumberLength: 4 })).toBe(0x43);
    expect(first({ fixedBit: false })).toBe(0x00);
  });

  test("Q-V2-1: of long headers, by version", () => {
    const types = ["Initial", "0-RTT", "Handshake"];
    expect(types.map((type) => first({}, type))).toEqual([0xc0, 0xd0, 0xe0]);
    expect(types.map((type) => first({}, type, V2))).toEqual([0xd0, 0xe0, 0xf0]);
    expect(first({ reservedBits: 2, packetNumberLength: 3 }, "Handshake")).toBe(0xea);
    expect(first({ fixedBit: false }, "Handshake")).toBe(0xa0);
  });
});

const id = (most: number) => fc.uint8Array({ maxLength: most });
const headers = fc.record({
  type: fc.constantFrom("Initial", "0-RTT", "Handshake", "1-RTT"),
  version: fc.constantFrom(V1, V2),
  destinationConnectionId: id(20),
  sourceConnectionId: id(20),
  packetNumber: fc.bigInt(0n, 2n ** 62n - 1n),
  packetNumberLength: fc.integer({ min: 1, max: 4 }),
  payloadLength: fc.integer({ min: 20, max: 2_000 }),
  spinBit: fc.boolean(),
});

test("Q-DGM-1: what is written is read, one packet behind the other", () => {
  fc.assert(
    fc.property(fc.array(headers, { minLength: 1, maxLength: 4 }), id(100), (list, token) => {
      const long = list.filter((fields) => fields.type !== "1-RTT");
      const packets = long.map((fields) => {
        const all = fields.type === "Initial" ? { ...fields, token } : fields;
        const { bytes, packetNumberOffset } = encodePacketHeader(all);
        return { all, packetNumberOffset, bytes: concat(bytes, octets(fields.payloadLength)) };
      });
      const datagram = concat(...packets.map(({ bytes }) => bytes));
      const read = parseDatagram(datagram, { connectionIdLength: 0 });
      expect(read).toHaveLength(packets.length);
      read.forEach((packet, at) => {
        const { all, packetNumberOffset, bytes } = packets[at] as (typeof packets)[number];
        expect(packet.packetNumberOffset).toBe(packetNumberOffset);
        expect(packet.bytes).toEqual(bytes);
        const { type, version, destinationConnectionId, sourceConnectionId } = all;
        expect(packet).toMatchObject({ type, version });
        expect(packet.destinationConnectionId).toEqual(destinationConnectionId);
        expect(packet.sourceConnectionId).toEqual(sourceConnectionId);
      });
    }),
  );
});

test("Q-INV-2: a short header is read with the length of its connection id", () => {
  fc.assert(
    fc.property(headers, (fields) => {
      const { bytes, packetNumberOffset } = encodePacketHeader({ ...fields, type: "short" });
      const connectionIdLength = fields.destinationConnectionId.length;
      const [packet] = parseDatagram(concat(bytes, octets(20)), { connectionIdLength });
      expect(packet).toMatchObject({ type: "1-RTT", spinBit: fields.spinBit, packetNumberOffset });
      expect(packet?.destinationConnectionId).toEqual(fields.destinationConnectionId);
    }),
  );
});

test("Q-INV-3: Version Negotiation is read again", () => {
  const versions = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1 });
  fc.assert(
    fc.property(id(255), id(255), versions, fc.nat(127), (one, other, list, unusedBits) => {
      const fields = {
        destinationConnectionId: one,
        sourceConnectionId: other,
        supportedVersions: list,
        unusedBits,
      };
      const bytes = encodeVersionNegotiation(fields);
      expect(bytes[0]).toBe(0x80 | unusedBits);
      const [packet] = parseDatagram(bytes, { connectionIdLength: 0 });
      expect(packet).toMatchObject({ type: "Version Negotiation", supportedVersions: list });
      expect([packet?.destinationConnectionId, packet?.sourceConnectionId]).toEqual([one, other]);
    }),
  );
});

describe("refused", () => {
  const good: PacketHeaderFields = {
    type: "Handshake",
    version: V1,
    destinationConnectionId: octets(8),
    sourceConnectionId: octets(8),
    packetNumber: 0,
    packetNumberLength: 1,
    payloadLength: 20,
  };
  const header = (more: object) => () => encodePacketHeader({ ...good, ...more });
  const vn = (more: object) => () =>
    encodeVersionNegotiation({
      ...{ destinationConnectionId: EMPTY, sourceConnectionId: EMPTY, supportedVersions: [1] },
      ...more,
    } as VersionNegotiationFields);
  const retry = (more: object) => () =>
    encodeRetryWithoutTag({ ...good, token: octets(3), ...more } as RetryFields);

  test.each<[string, () => unknown]>([
    ["a packet number of 5 octets", header({ packetNumberLength: 5 })],
    ["a packet number of no octets", header({ packetNumberLength: 0 })],
    ["Q-PN-3: a packet number above 2^62 - 1", header({ packetNumber: 2n ** 62n })],
    ["a packet number below 0", header({ packetNumber: -1 })],
    ["a payload of a part of an octet", header({ payloadLength: 0.5 })],
    ["Q-HDR-3: a destination of 21 octets", header({ destinationConnectionId: octets(21) })],
    ["Q-HDR-3: a source of 21 octets", header({ sourceConnectionId: octets(21) })],
    ["no source", header({ sourceConnectionId: undefined })],
    [
      "a short header with 21 octets",
      header({ type: "1-RTT", destinationConnectionId: octets(21) }),
    ],
    ["a token where none is", header({ token: octets(1) })],
    ["another version", header({ version: 0x0a0a0a0a })],
    ["no version", header({ version: undefined })],
    ["a Retry", header({ type: "Retry" })],
    ["reserved bits that are more", header({ reservedBits: 4 })],
    ["a key phase of 2", header({ keyPhase: 2 })],
    ["Q-INV-4: no versions", vn({ supportedVersions: [] })],
    ["a version of more than 32 bits", vn({ supportedVersions: [2 ** 32] })],
    ["eight bits", vn({ unusedBits: 128 })],
    ["Q-RTY-3: a Retry without a token", retry({ token: EMPTY })],
    ["a Retry of another version", retry({ version: 5 })],
    ["a Retry with five bits", retry({ unusedBits: 16 })],
  ])("%s", (_name, call) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code: "QUIC_PACKET_INVALID" }));
  });

  test("a word that is no packet type", () => {
    expect(header({ type: "Finished" })).toThrow(
      expect.objectContaining({ code: "QUIC_PACKET_TYPE_INVALID" }),
    );
  });
});
