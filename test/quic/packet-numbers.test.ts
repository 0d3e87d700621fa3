// Packet numbers: the examples of RFC 9000 appendices A.2 and A.3, the edges of the window, and every pair of a sender and a
// receiver that the rule of section 17.1 is for.

import fc from "fast-check";
import { UsageError } from "tercet";
import { decodePacketNumber, encodePacketNumber } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { toHex } from "../helpers/quic-wire.js";
import vectors from "../vectors/rfc9000-appendix-a.json" with { type: "json" };

const MAX = 2n ** 62n - 1n;

describe("RFC 9000 appendix A", () => {
  test.each(vectors.pn_encode)("Q-PN-1: $full after $largest_acked is $encoded", (vector) => {
    const { bytes } = encodePacketNumber(BigInt(vector.full), BigInt(vector.largest_acked));
    expect(toHex(bytes)).toBe(vector.encoded);
    expect(bytes.length * 8).toBe(vector.bits);
  });

  test.each(vectors.pn_decode)("Q-PN-1: $truncated behind $largest is $full", (vector) => {
    const { truncated, bits, largest, full } = vector;
    expect(decodePacketNumber(Number(truncated), bits, BigInt(largest))).toBe(BigInt(full));
    expect(decodePacketNumber(BigInt(truncated), bits, Number(largest))).toBe(BigInt(full));
  });
});

describe("decoding", () => {
  test.each<[string, number, number, bigint, bigint]>([
    ["the first", 0, 8, -1n, 0n],
    ["a first one that is not 0, as Firefox sends it", 0x2f, 8, -1n, 0x2fn],
    ["the next", 1, 8, 0n, 1n],
    ["the last that is ahead", 0x80, 8, 0n - 1n, 0x80n],
    ["half a window ahead of what is expected", 0x81, 8, 0n, 0x81n],
    ["more than that: behind", 0x82, 8, 0x100n, 0x82n],
    ["a window further", 0x01, 8, 0xffn, 0x101n],
    ["half a window behind, just not", 0x80, 8, 0xffn, 0x180n],
    ["none is below 0", 0xff, 8, 0n, 0xffn],
    ["none is above 2^62 - 1", 0x05, 8, MAX, MAX - 0xffn + 5n],
    ["the last of all", 0xff, 8, MAX - 1n, MAX],
    ["four octets", 0xffff_ffff, 32, 0xffff_fffen, 0xffff_ffffn],
    ["four octets, a window further", 0, 32, 0xffff_ffffn, 0x1_0000_0000n],
  ])("Q-PN-1: %s", (_name, truncated, bits, largest, full) => {
    expect(decodePacketNumber(truncated, bits, largest)).toBe(full);
  });

  test.each([
    ["bits that no header has", () => decodePacketNumber(0, 12, 0n)],
    ["more than the bits", () => decodePacketNumber(0x100, 8, 0n)],
    ["less than 0", () => decodePacketNumber(-1, 8, 0n)],
    ["a largest below -1", () => decodePacketNumber(0, 8, -2n)],
    ["a largest above 2^62 - 1", () => decodePacketNumber(0, 8, MAX + 1n)],
    ["a fraction", () => decodePacketNumber(0, 8, 0.5)],
  ])("is not used with %s", (_name, call) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(expect.objectContaining({ code: "PACKET_NUMBER_INVALID" }));
  });
});

describe("encoding", () => {
  test.each<[string, bigint, bigint | null, string]>([
    ["the first", 0n, null, "00"],
    ["128 in flight", 127n, null, "7f"],
    ["129 in flight", 128n, null, "0080"],
    ["32,768 in flight", 0x7fffn, null, "7fff"],
    ["32,769 in flight", 0x8000n, null, "008000"],
    ["2^23 in flight", 0x7f_ffffn, null, "7fffff"],
    ["more", 0x80_0000n, null, "00800000"],
    ["2^31 in flight", 0x7fff_ffffn, null, "7fffffff"],
    ["the last of all", MAX, MAX - 1n, "ff"],
  ])("Q-PN-1: %s", (_name, full, acknowledged, wire) => {
    expect(toHex(encodePacketNumber(full, acknowledged).bytes)).toBe(wire);
  });

  test.each([
    ["Q-PN-3: a number above 2^62 - 1", () => encodePacketNumber(MAX + 1n, MAX)],
    ["a number below 0", () => encodePacketNumber(-1n, null)],
    ["one that was acknowledged", () => encodePacketNumber(5n, 5n)],
    ["more than 2^31 in flight", () => encodePacketNumber(0x8000_0000n, null)],
    ["a fraction", () => encodePacketNumber(0.5, null)],
  ])("%s is refused", (_name, call) => {
    expect(call).toThrow(expect.objectContaining({ code: "PACKET_NUMBER_INVALID" }));
  });
});

test("Q-PN-1: whatever of the packets in flight came last, the receiver finds the number", () => {
  const flight = fc.record({
    acknowledged: fc.bigInt(-1n, MAX - 2n ** 31n),
    ahead: fc.oneof(fc.bigInt(1n, 300n), fc.bigInt(1n, 70_000n), fc.bigInt(1n, 2n ** 31n)),
    progress: fc.bigInt(0n, 2n ** 31n),
  });
  fc.assert(
    fc.property(flight, ({ acknowledged, ahead, progress }) => {
      const full = acknowledged + ahead;
      const { bytes } = encodePacketNumber(full, acknowledged === -1n ? null : acknowledged);
      const truncated = BigInt(`0x${toHex(bytes)}`);
      const largest = acknowledged + (progress % ahead);
      expect(decodePacketNumber(truncated, bytes.length * 8, largest)).toBe(full);
    }),
    { numRuns: 1000 },
  );
});
