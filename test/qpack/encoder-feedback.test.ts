// The decoder stream as the encoder reads it (RFC 9204 section 4.4): every cut, every mistake with its offset, and what each
// instruction sets free.

import fc from "fast-check";
import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { byteWise, cutAt, cutPositions } from "../helpers/pieces.js";
import { acknowledge, integer, octets } from "../helpers/qpack-wire.js";

/** An encoder with one outstanding section on each of these streams, and four entries. */
function encoderWith(streams: readonly number[]): QpackEncoder {
  const encoder = new QpackEncoder({ maxTableCapacity: 4096, maxBlockedStreams: 1000 });
  for (const id of streams) encoder.encode(id, ["x-a", "1", "x-b", "2", "x-c", "3", "x-d", "4"]);
  return encoder;
}

const state = (encoder: QpackEncoder) => ({
  known: encoder.knownReceivedCount,
  blocked: encoder.blockedStreams,
  outstanding: encoder.outstandingSections,
});

/** What comes of bytes: the state, or the error. */
function outcome(streams: readonly number[], pieces: readonly Uint8Array[]) {
  const encoder = encoderWith(streams);
  try {
    for (const bytes of pieces) encoder.receiveDecoderStream(bytes);
    return state(encoder);
  } catch (error) {
    const { name, code, scope, offset } = error as Error & Record<string, unknown>;
    // It stays that way.
    expect(() => encoder.receiveDecoderStream(octets([0x80]))).toThrow(`${code}`);
    expect(encoder.feedDecoderStream(octets([0x80]))).toMatchObject({ offset });
    return { name, code, scope, offset, ...state(encoder) };
  }
}

const STREAMS = [0, 4, 62, 63, 126, 127, 128, 300, 2 ** 40, Number.MAX_SAFE_INTEGER];

describe("what is right", () => {
  test.each(STREAMS)("QP-DECS-1 QP-DECS-8 an acknowledgement of stream %d", (id) => {
    expect(outcome([id], [octets(acknowledge.section(id))])).toEqual({
      ...{ known: 4, blocked: 0, outstanding: 0 },
    });
  });

  test.each(STREAMS)(
    "QP-DECS-2 a cancellation of stream %d frees it, and says nothing of entries",
    (id) => {
      expect(outcome([id, 8], [octets(acknowledge.cancel(id))])).toEqual({
        ...{ known: 0, blocked: 1, outstanding: 1 },
      });
    },
  );

  test("QP-DECS-2 a cancellation of a stream that has nothing outstanding is none of our business", () => {
    const bytes = octets(acknowledge.cancel(12), integer(0x40, 6, 2 ** 50), acknowledge.cancel(0));
    expect(outcome([0], [bytes])).toEqual({ known: 0, blocked: 0, outstanding: 0 });
  });

  test("QP-DECS-8 increments unblock what they reach", () => {
    expect(outcome([0, 4], [octets(acknowledge.increment(3))])).toEqual({
      ...{ known: 3, blocked: 2, outstanding: 2 },
    });
    expect(outcome([0, 4], [octets(acknowledge.increment(3), acknowledge.increment(1))])).toEqual({
      ...{ known: 4, blocked: 0, outstanding: 2 },
    });
  });

  test("acknowledgements of one stream are for its sections in their order", () => {
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, maxBlockedStreams: 1 });
    encoder.encode(0, ["x-a", "1"]);
    encoder.encode(0, ["x-b", "2"]);
    encoder.encode(0, ["x-a", "1"]);
    const seen = [1, 2, 3].map(() => {
      encoder.receiveDecoderStream(octets(acknowledge.section(0)));
      return state(encoder);
    });
    expect(seen).toEqual([
      { known: 1, blocked: 1, outstanding: 2 },
      { known: 2, blocked: 0, outstanding: 1 },
      { known: 2, blocked: 0, outstanding: 0 },
    ]);
  });

  test("QP-INT-3 integers with more octets than they need", () => {
    const padded = octets([0x3f, 0x80 | 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
    const encoder = new QpackEncoder({ maxTableCapacity: 4096, tableCapacityCap: 4096 });
    expect(encoder.feedDecoderStream(octets([0x7f, 0x80, 0x00]))).toBeNull();
    // 64 is above what was inserted, but read.
    expect(encoder.feedDecoderStream(padded)).toMatchObject({ offset: 3 });
  });

  test("nothing is nothing", () => {
    expect(outcome([0], [octets()])).toEqual({ known: 0, blocked: 1, outstanding: 1 });
  });
});

describe("what is wrong", () => {
  const largest = [0xff, 0x80, ...Array(7).fill(0xff), 0x3f];
  const ACK = "QPACK_DECODER_ACK_INVALID";
  const INCREMENT = "QPACK_DECODER_INCREMENT_INVALID";
  const INTEGER = "QPACK_DECODER_INTEGER_INVALID";

  test.each<[string, readonly number[], string, number]>([
    ["QP-DECS-1 an acknowledgement of nothing", acknowledge.section(8), ACK, 0],
    [
      "QP-DECS-1 one too many",
      [...acknowledge.section(4), ...acknowledge.section(4)],
      ...([ACK, 1] as const),
    ],
    [
      "QP-DECS-1 behind a cancellation",
      [...acknowledge.cancel(4), ...acknowledge.section(4)],
      ...([ACK, 1] as const),
    ],
    ["QP-DECS-1 of the largest integer", largest, ACK, 0],
    ["QP-DECS-3 an increment of 0", [0x00], INCREMENT, 0],
    ["QP-DECS-4 beyond what was inserted", acknowledge.increment(5), INCREMENT, 0],
    ["QP-DECS-4 beyond, in two steps", [3, 2], INCREMENT, 1],
    ["QP-DECS-4 beyond behind an acknowledgement", [0x84, 0x01], INCREMENT, 1],
    ["QP-DECS-4 of 2^62 - 1", [0x3f, 0xc0, ...Array(7).fill(0xff), 0x3f], INCREMENT, 0],
    ["QP-INT-2 of 2^62", [0x3f, 0xc1, ...Array(7).fill(0xff), 0x3f], INTEGER, 0],
    ["QP-INT-2 above", [0x84, 0xff, 0x82, ...Array(7).fill(0xff), 0x7f], INTEGER, 1],
    ["QP-INT-2 ten octets of zeros", [0x7f, ...Array(9).fill(0x80), 0x00], INTEGER, 0],
  ])("%s", (_name, bytes, code, offset) => {
    const whole = octets(bytes);
    const expected = outcome([0, 4], [whole]);
    expect(expected).toMatchObject({ name: "ProtocolError", code, scope: "connection", offset });
    expect(outcome([0, 4], byteWise(whole))).toEqual(expected);
    for (const at of cutPositions(whole.length))
      expect(outcome([0, 4], cutAt(whole, at))).toEqual(expected);
  });

  test("anything but bytes", () => {
    expect(() => new QpackEncoder().receiveDecoderStream("a" as never)).toThrow("BYTES_INVALID");
  });
});

test("QP-INT-4 cuts do not matter, and nothing throws but errors of the protocol", () => {
  const instruction = fc.oneof(
    fc.constantFrom(...STREAMS).map((id) => acknowledge.section(id)),
    fc.constantFrom(...STREAMS).map((id) => acknowledge.cancel(id)),
    fc.integer({ min: 0, max: 5 }).map((count) => acknowledge.increment(count)),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 12 }), (instructions) => {
      const bytes = octets(...instructions);
      const expected = outcome(STREAMS, [bytes]);
      expect(outcome(STREAMS, byteWise(bytes))).toEqual(expected);
      for (const at of cutPositions(bytes.length))
        expect(outcome(STREAMS, cutAt(bytes, at))).toEqual(expected);
      const { code } = expected as { code?: string };
      if (code !== undefined) expect(code).toMatch(/^QPACK_DECODER_/);
    }),
    { numRuns: 150 },
  );
});
