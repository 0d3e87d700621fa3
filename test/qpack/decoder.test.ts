// QpackDecoder as it is used: options, misuse, objects with the mark of never-indexed fields, what comes of a throw, floods of
// instructions, the largest sizes. What RFC 9204 says is in the rules-*.test.ts beside it.

import { type ErrorName, ProtocolError, UsageError } from "tercet";
import { QpackDecoder, type QpackDecoderOptions } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { acknowledge, insert, line, octets, prefix, section } from "../helpers/qpack-wire.js";

/** Code and offset of what a call throws. */
function errorOf(call: () => unknown): [ErrorName, number] {
  try {
    call();
  } catch (error) {
    if (error instanceof ProtocolError) return [error.code, error.offset];
    throw error;
  }
  throw new Error("nothing was thrown");
}

const opened = (options: QpackDecoderOptions = {}, ...instructions: number[][]) => {
  const decoder = new QpackDecoder({ initialCapacity: 4096, ...options });
  decoder.receiveEncoderStream(octets(...instructions));
  return decoder;
};

describe("misuse", () => {
  test.each<[QpackDecoderOptions, string]>([
    [{ maxTableCapacity: -1 }, "QPACK_CAPACITY_INVALID"],
    [{ maxTableCapacity: 262_145 }, "QPACK_CAPACITY_INVALID"],
    [{ maxTableCapacity: 1.5 }, "QPACK_CAPACITY_INVALID"],
    [{ initialCapacity: 4097 }, "QPACK_CAPACITY_INVALID"],
    [{ maxBlockedStreams: -1 }, "QPACK_BLOCKED_STREAMS_INVALID"],
    [{ maxListSize: 262_145 }, "LIMIT_INVALID"],
    [{ maxFields: 8_193 }, "LIMIT_INVALID"],
    [{ maxBlockedBytes: Number.NaN }, "LIMIT_INVALID"],
    [{ maxBlockedBytes: "1" as unknown as number }, "LIMIT_INVALID"],
  ])("%o", (options, code) => {
    expect(() => new QpackDecoder(options)).toThrow(expect.objectContaining({ code }));
  });

  test("bytes and stream ids that are none change nothing", () => {
    const decoder = opened({}, insert.literal("a", "1"));
    const bytes = octets(prefix(1), line.dynamic(0));
    expect(() => decoder.decode(-1, bytes)).toThrow(UsageError);
    expect(() => decoder.decode(2 ** 53, bytes)).toThrow(/QPACK_STREAM_ID_INVALID/);
    expect(() => decoder.cancel(0.5)).toThrow(/QPACK_STREAM_ID_INVALID/);
    expect(() => decoder.decode(0, "00" as unknown as Uint8Array)).toThrow(/BYTES_INVALID/);
    expect(() => decoder.receiveEncoderStream([0] as unknown as Uint8Array)).toThrow(
      /BYTES_INVALID/,
    );
    expect(decoder.decode(0, bytes)).toEqual(["a", "1"]);
  });

  test("a decoder that was released", () => {
    const decoder = opened({}, insert.literal("a", "1"));
    decoder.release();
    decoder.release();
    expect(() => decoder.decode(0, section())).toThrow(/QPACK_RELEASED/);
    expect(() => decoder.receiveEncoderStream(octets())).toThrow(/QPACK_RELEASED/);
    expect([decoder.heldBytes, decoder.tableSize, decoder.blockedStreams]).toEqual([0, 0, 0]);
  });
});

describe("what it gives", () => {
  test("QP-FLD-4 fields as objects, with their marks, and null for one that waits", () => {
    const decoder = opened({}, insert.literal("a", "1"));
    const bytes = octets(
      prefix(1),
      line.static(17),
      line.dynamic(0),
      line.literal("b", "2", { never: true }),
      line.staticName(5, "c=3", { never: true }),
      line.dynamicName(0, "4"),
    );
    const field = (name: string, value: string, sensitive = false) => ({ name, value, sensitive });
    expect(decoder.decodeFields(4, bytes)).toEqual([
      field(":method", "GET"),
      field("a", "1"),
      field("b", "2", true),
      field("cookie", "c=3", true),
      field("a", "4"),
    ]);
    expect(
      decoder.decodeFields(4, octets(prefix(2), line.literal("x", "y", { never: true }))),
    ).toBeNull();
    decoder.receiveEncoderStream(octets(insert.duplicate(0)));
    expect(decoder.takeUnblocked()).toEqual([
      { streamId: 4, rawHeaders: ["x", "y"], sensitive: [true] },
    ]);
    expect(decoder.takeUnblocked()).toEqual([]);
  });

  test("counts", () => {
    const decoder = opened({}, insert.literal("a", "1"));
    expect([decoder.tableSize, decoder.insertCount]).toEqual([34, 1]);
    const bytes = octets(prefix(2), line.dynamic(0));
    decoder.decode(4, bytes);
    decoder.decode(4, bytes);
    expect([decoder.blockedStreams, decoder.blockedBytes]).toEqual([1, 6]);
    expect(decoder.heldBytes).toBeGreaterThan(6);
    expect(decoder.heldBytes).toBeLessThan(300);
  });

  test("stream ids up to 2^53 - 1 on the decoder stream", () => {
    const decoder = opened({}, insert.literal("a", "1"));
    const streams = [0, 126, 127, 128, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1];
    const bytes = octets(prefix(1), line.dynamic(0));
    for (const streamId of streams) decoder.decode(streamId, bytes);
    for (const streamId of streams) decoder.cancel(streamId);
    expect([...decoder.takeDecoderStream()]).toEqual([
      ...streams.flatMap(acknowledge.section),
      ...streams.flatMap(acknowledge.cancel),
    ]);
    expect(decoder.takeDecoderStream()).toHaveLength(0);
  });

  test("sections are taken from any part of a buffer, of any length", () => {
    for (let length = 0; length < 300; length += 7) {
      const value = "v".repeat(length);
      const bytes = section(line.literal("name", value));
      const buffer = new Uint8Array(bytes.length + 20).fill(0xff);
      buffer.set(bytes, 9);
      const decoder = new QpackDecoder();
      expect(decoder.decode(0, buffer.subarray(9, 9 + bytes.length))).toEqual(["name", value]);
    }
  });

  test("the largest sizes hold: a table and a list of 256 KiB, 8,192 fields, an entry as large as the table", () => {
    const size = 262_144;
    const options = {
      maxTableCapacity: size,
      initialCapacity: size,
      maxListSize: size,
      maxFields: 8_192,
    };
    const decoder = opened(options, ...Array.from({ length: 8_192 }, () => insert.literal("", "")));
    expect([decoder.insertCount, decoder.tableSize]).toEqual([8_192, size]);
    const all = octets(
      prefix(8_192, 8_192, size),
      ...Array.from({ length: 8_192 }, (_, i) => line.dynamic(i)),
    );
    expect(decoder.decode(0, all)).toHaveLength(16_384);
    const value = "v".repeat(size - 33);
    for (const huffman of [false, true]) {
      const chunk = octets(insert.literal("n", value, { huffman }));
      for (let at = 0; at < chunk.length; at += 50_000)
        decoder.receiveEncoderStream(chunk.subarray(at, at + 50_000));
      expect(decoder.tableSize).toBe(size);
    }
    expect(decoder.decode(0, octets(prefix(8_194, 8_194, size), line.dynamic(0)))).toEqual([
      "n",
      value,
    ]);
  });
});

describe("what comes of a throw", () => {
  test("takeUnblocked gives what was complete in front of it, and every call throws it again", () => {
    const decoder = new QpackDecoder({ initialCapacity: 4096 });
    expect(decoder.decode(4, octets(prefix(1), line.dynamic(0)))).toBeNull();
    expect(decoder.decode(8, octets(prefix(2), line.dynamic(0)))).toBeNull();
    const wrong = octets(insert.literal("a", "1"), insert.static(99, ""), insert.literal("b", "2"));
    const error: [ErrorName, number] = ["QPACK_ENCODER_INDEX_INVALID", 4];
    expect(errorOf(() => decoder.receiveEncoderStream(wrong))).toEqual(error);
    const first = { streamId: 4, rawHeaders: ["a", "1"], sensitive: [false] };
    expect(decoder.takeUnblocked()).toEqual([first]);
    expect(errorOf(() => decoder.receiveEncoderStream(octets()))).toEqual(error);
    expect(errorOf(() => decoder.decode(0, section()))).toEqual(error);
    expect(decoder.takeUnblocked()).toEqual([]);
    expect([...decoder.takeDecoderStream()]).toEqual(acknowledge.section(4));
  });

  test("a section that waited and is wrong: those in front of it are given", () => {
    const decoder = new QpackDecoder({ initialCapacity: 4096 });
    decoder.decode(4, octets(prefix(1), line.dynamic(0)));
    decoder.decode(8, octets(prefix(1), line.static(1), line.dynamic(1)));
    decoder.decode(12, octets(prefix(1), line.dynamic(0)));
    const instructions = octets(insert.literal("a", "1"));
    expect(errorOf(() => decoder.receiveEncoderStream(instructions))).toEqual([
      "QPACK_REFERENCE_INVALID",
      3,
    ]);
    expect(decoder.takeUnblocked().map(({ streamId }) => streamId)).toEqual([4]);
  });

  test("cancel lets go of what was not taken yet", () => {
    const decoder = new QpackDecoder({ initialCapacity: 4096 });
    decoder.decode(4, octets(prefix(1), line.dynamic(0)));
    decoder.decode(8, octets(prefix(1), line.dynamic(0)));
    decoder.receiveEncoderStream(octets(insert.literal("a", "1")));
    decoder.cancel(4);
    expect(decoder.takeUnblocked().map(({ streamId }) => streamId)).toEqual([8]);
  });
});

describe("QP-ENC-6 instructions that no section uses", () => {
  const FLOOD = 10_000;
  const many = (count: number, instruction: number[]) =>
    octets(insert.literal("a", "1"), ...Array.from({ length: count - 1 }, () => instruction));

  test.each([
    ["duplicates", insert.duplicate(0)],
    ["insertions", insert.static(0, "")],
    ["capacity flips", insert.capacity(4096)],
  ])("%s end at 10,000, wherever they are cut", (_name, instruction) => {
    expect(opened({}).insertCount).toBe(0);
    const bytes = many(FLOOD + 1, instruction);
    const offset = bytes.length - instruction.length;
    for (const length of [1, 7, 1000, bytes.length]) {
      const decoder = opened();
      const all = () => {
        for (let at = 0; at < bytes.length; at += length)
          decoder.receiveEncoderStream(bytes.subarray(at, at + length));
      };
      expect(errorOf(all)).toEqual(["QPACK_ENCODER_FLOOD", offset]);
    }
    expect(() => opened().receiveEncoderStream(many(FLOOD, instruction))).not.toThrow();
  });

  test("a section makes good for 64, and for one an octet of its own", () => {
    const decoder = opened();
    const bytes = octets(prefix(0), line.literal("x", "y".repeat(93)));
    decoder.receiveEncoderStream(many(FLOOD, insert.duplicate(0)));
    expect(decoder.decode(0, bytes)).toHaveLength(2);
    const more = octets(...Array.from({ length: 64 + bytes.length }, () => insert.duplicate(0)));
    decoder.receiveEncoderStream(more);
    expect(errorOf(() => decoder.receiveEncoderStream(octets(insert.duplicate(0))))[0]).toBe(
      "QPACK_ENCODER_FLOOD",
    );
  });

  test("an encoder that inserts every field is never near it", () => {
    const decoder = opened();
    for (let round = 0; round < 3000; round++) {
      const instructions = Array.from({ length: 10 }, (_, i) =>
        insert.literal("n", `${round}${i}`),
      );
      decoder.receiveEncoderStream(octets(...instructions));
      const lines = Array.from({ length: 10 }, (_, i) => line.dynamic(i));
      expect(decoder.decode(0, octets(prefix(10 * (round + 1)), ...lines))).toHaveLength(20);
    }
  });
});
