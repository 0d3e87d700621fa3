// Frames, whatever they are: parseFrames says what the naive parser says, of any octets in any packet; what encodeFrames writes
// is read back; every frame that is cut is one error, the last. Long runs are the fuzzers'.

import fc from "fast-check";
import { encodeFrame, encodeFrames, parseFrames, type QuicFrameInput } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { type NaivePacket, naiveFrames, plain, type Said } from "../helpers/naive/quic-frames.js";
import { concat, MAX_VARINT, octets, varint } from "../helpers/quic-wire.js";

const PACKETS = ["Initial", "Handshake", "0-RTT", "1-RTT"] as const;

/** What parseFrames says, as the naive parser says it. */
function read(payload: Uint8Array, packet: NaivePacket, from?: "client" | "server"): Said[] {
  return parseFrames(payload, packet, from === undefined ? {} : { from }).map((item) => {
    if (!("error" in item)) return plain({ ...item });
    const { error, frameType } = item;
    return `${error.code} @${error.offset} of ${frameType}`;
  });
}

const number = fc.oneof(
  { weight: 4, arbitrary: fc.nat(70) },
  fc.nat(0x4001),
  fc.bigInt(0n, 2n ** 31n),
  fc.bigInt(2n ** 53n - 2n, 2n ** 53n + 2n),
  fc.bigInt(2n ** 60n - 2n, 2n ** 60n + 2n),
  fc.bigInt(MAX_VARINT - 3n, MAX_VARINT),
  fc.bigInt(0n, MAX_VARINT),
);
const width = fc.constantFrom<1 | 2 | 4 | 8 | undefined>(undefined, undefined, undefined, 2, 4, 8);

/** A number, also in a form longer than needed. */
const anyVarint = fc.tuple(number, width).map(([value, wide]) => {
  const least = varint(value).length;
  return varint(value, wide !== undefined && wide < least ? undefined : wide);
});

const types = [...octets(0x20, 0), 0x24, 0x30, 0x31, 0xaf];
const type = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<number | bigint>(...types) },
  { weight: 1, arbitrary: number },
);
const typeBytes = fc
  .tuple(type, fc.constantFrom<1 | 2 | 4 | 8 | undefined>(...Array(12).fill(undefined), 2, 4, 8))
  .map(([value, wide]) => {
    const least = varint(value).length;
    return varint(value, wide !== undefined && wide < least ? undefined : wide);
  });

/** A type and fields that it may or may not like. */
const anyFrame = fc
  .tuple(
    typeBytes,
    fc.array(fc.oneof({ weight: 3, arbitrary: anyVarint }, fc.uint8Array({ maxLength: 24 })), {
      maxLength: 6,
    }),
  )
  .map(([begin, fields]) => concat(begin, ...fields));

const small = fc.oneof(fc.nat(70), fc.nat(20_000), number);
const data = fc.uint8Array({ maxLength: 40 });
const streamCount = fc.oneof(fc.nat(70), fc.bigInt(0n, 2n ** 60n));

/** Ranges that stay above packet number 0, and a largest that fits them. */
const ack = fc
  .record({
    ackRanges: fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { maxLength: 6 }),
    firstAckRange: fc.nat(1000),
    rest: fc.oneof(fc.nat(3), fc.nat(100_000), fc.bigInt(0n, MAX_VARINT - 10_000n)),
    ackDelay: number,
    ecnCounts: fc.option(fc.record({ ect0Count: number, ect1Count: number, ecnCeCount: number })),
  })
  .map(({ ackRanges, firstAckRange, rest, ackDelay, ecnCounts }): QuicFrameInput => {
    const span = ackRanges.reduce((sum, [gap, length]) => sum + gap + length + 2, firstAckRange);
    const largestAcknowledged = BigInt(span) + BigInt(rest);
    return { name: "ACK", largestAcknowledged, ackDelay, firstAckRange, ackRanges, ecnCounts };
  });

const inOrder = fc.tuple(number, number).map((two) => two.sort((a, b) => (a < b ? -1 : 1)));
const ofName = <Name extends string>(name: Name) => fc.constant(name);
const reset = { streamId: small, applicationProtocolErrorCode: small };

/** Frames that are right. */
const goodFrame: fc.Arbitrary<QuicFrameInput> = fc.oneof(
  fc.record({ name: ofName("PING") }),
  fc.record({ name: ofName("HANDSHAKE_DONE") }),
  fc.record({ name: ofName("IMMEDIATE_ACK") }),
  ack,
  fc.record({ name: ofName("RESET_STREAM"), ...reset, finalSize: small }),
  fc.tuple(fc.record(reset), inOrder).map(([fields, [reliableSize, finalSize]]): QuicFrameInput => {
    return { name: "RESET_STREAM_AT", ...fields, finalSize, reliableSize };
  }),
  fc.record({ name: ofName("STOP_SENDING"), ...reset }),
  fc.record({ name: ofName("CRYPTO"), offset: fc.nat(), cryptoData: data }),
  fc.record({ name: ofName("NEW_TOKEN"), token: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({
    name: ofName("STREAM"),
    ...{ streamId: small, fin: fc.boolean(), streamData: data },
    offset: fc.oneof(fc.constant(0), fc.nat(), fc.bigInt(0n, MAX_VARINT - 40n)),
  }),
  fc.record({ name: fc.constantFrom("MAX_DATA", "DATA_BLOCKED"), maximumData: small }),
  fc.record({
    name: fc.constantFrom("MAX_STREAM_DATA", "STREAM_DATA_BLOCKED"),
    ...{ streamId: small, maximumStreamData: small },
  }),
  fc.record({
    name: fc.constantFrom("MAX_STREAMS", "STREAMS_BLOCKED"),
    ...{ maximumStreams: streamCount, bidirectional: fc.boolean() },
  }),
  fc
    .tuple(inOrder, fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .map(([[retirePriorTo, sequenceNumber], connectionId]): QuicFrameInput => {
      const statelessResetToken = octets(16, 0x90);
      const numbers = { sequenceNumber, retirePriorTo };
      return { name: "NEW_CONNECTION_ID", ...numbers, connectionId, statelessResetToken };
    }),
  fc.record({ name: ofName("RETIRE_CONNECTION_ID"), sequenceNumber: small }),
  fc.record({
    name: fc.constantFrom("PATH_CHALLENGE", "PATH_RESPONSE"),
    data: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({
    name: ofName("CONNECTION_CLOSE"),
    ...{ errorCode: small, frameType: fc.option(small), reasonPhrase: data },
  }),
  fc.record({ name: ofName("DATAGRAM"), datagramData: data }),
  fc.record({
    name: ofName("ACK_FREQUENCY"),
    ...{ sequenceNumber: small, ackElicitingThreshold: small },
    ...{ requestedMaxAckDelay: small, reorderingThreshold: small },
  }),
) as fc.Arbitrary<QuicFrameInput>;

describe("parseFrames", () => {
  test("Q-FRM-4 Q-FRM-5 says what the naive parser says of fields of any kind", () => {
    const payloads = fc.array(anyFrame, { maxLength: 5 });
    fc.assert(
      fc.property(
        payloads,
        fc.constantFrom(...PACKETS, "1-RTT" as const),
        fc.constantFrom(undefined, "client" as const, "server" as const),
        (list, packet, from) => {
          const payload = concat(...list);
          expect(read(payload, packet, from)).toEqual(naiveFrames(payload, packet, from));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("says what the naive parser says of good frames with an octet changed or cut", () => {
    const flip = fc.option(fc.tuple(fc.nat(200), fc.nat(255)), { nil: undefined });
    fc.assert(
      fc.property(fc.array(goodFrame, { maxLength: 6 }), flip, fc.nat(20), (list, change, cut) => {
        const whole = encodeFrames(list);
        const payload = whole.slice(0, whole.length - (cut > 10 ? 0 : cut));
        if (change !== undefined && change[0] < payload.length) payload[change[0]] = change[1];
        expect(read(payload, "1-RTT")).toEqual(naiveFrames(payload, "1-RTT"));
      }),
      { numRuns: 3000 },
    );
  });

  test("never throws, and changes nothing, whatever the octets", () => {
    const packets = fc.constantFrom(...PACKETS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), packets, (payload, packet) => {
        const copy = payload.slice();
        expect(read(payload, packet)).toEqual(naiveFrames(copy, packet));
        expect(payload).toEqual(copy);
      }),
      { numRuns: 3000 },
    );
  });

  test("sizes and places of frames join to the payload; an error is the last of them", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), (list) => {
        const items = parseFrames(concat(...list), "1-RTT");
        let at = 0;
        for (const [index, item] of items.entries()) {
          if ("error" in item) expect(index).toBe(items.length - 1);
          else {
            expect(item.at).toBe(at);
            expect(item.size).toBeGreaterThan(0);
            at += item.size;
          }
        }
        const last = items.at(-1);
        if (last === undefined || !("error" in last)) expect(at).toBe(concat(...list).length);
      }),
    );
  });
});

test("PADDING of any length ends where the zeros end, in any part of a buffer", () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(9), fc.integer({ min: 1, max: 255 }), (length, at, octet) => {
      const bytes = new Uint8Array(at + length + 20).fill(octet);
      bytes.fill(0, at, at + length);
      const payload = bytes.subarray(at);
      expect(read(payload, "1-RTT")).toEqual(naiveFrames(payload, "1-RTT"));
      const zeros = bytes.subarray(at, at + length);
      if (length > 0) expect(parseFrames(zeros, "Initial")).toMatchObject([{ size: length }]);
    }),
  );
});

describe("encodeFrames", () => {
  test("writes what parseFrames gives back, and it is what the naive parser reads", () => {
    fc.assert(
      fc.property(fc.array(goodFrame, { minLength: 1, maxLength: 6 }), (list) => {
        const payload = encodeFrames(list);
        const frames = parseFrames(payload, "1-RTT");
        expect(frames.map((frame) => "name" in frame && frame.name)).toEqual(
          list.map((frame) => frame.name),
        );
        frames.forEach((frame, index) => {
          const { name: _name, ...members } = plain({ ...list[index] });
          expect(plain({ ...frame })).toMatchObject(members);
        });
        expect(read(payload, "1-RTT")).toEqual(naiveFrames(payload, "1-RTT"));
      }),
      { numRuns: 2000 },
    );
  });

  test("takes what parseFrames gives, and writes the same octets again", () => {
    fc.assert(
      fc.property(fc.array(goodFrame, { maxLength: 6 }), (list) => {
        const payload = encodeFrames(list);
        const frames = parseFrames(payload, "1-RTT").filter((item) => "name" in item);
        if (payload.length > 0) expect(encodeFrames(frames)).toEqual(payload);
      }),
      { numRuns: 1000 },
    );
  });
});

test("Q-FRM-4 every frame that is cut anywhere is exactly one error, the last", () => {
  fc.assert(
    fc.property(goodFrame, (frame) => {
      const whole = encodeFrame(frame);
      for (let end = 1; end < whole.length; end++) {
        const items = read(concat([1], whole.subarray(0, end)), "1-RTT");
        expect(items).toHaveLength(2);
        expect(items[1]).toMatch(/^QUIC_(FRAME_TRUNCATED|ACK_RANGES_TOO_MANY) @/);
      }
    }),
    { numRuns: 300 },
  );
});
