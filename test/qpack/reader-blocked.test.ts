// QpackReader: sections that wait for insertions, in which order they come out, what of them is held, and turns of the encoder stream.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import { QpackReader } from "../../src/codec/qpack-reader.js";
import { decode, drain, SETTINGS } from "../helpers/qpack-read.js";
import { acknowledge, insert, line, octets, prefix, section } from "../helpers/qpack-wire.js";

describe("QP-PFX-6 sections that wait", () => {
  const two = octets(prefix(2), line.dynamic(0), line.dynamic(1));
  const stream = (...parts: number[][]) => octets(insert.capacity(100), ...parts);
  test("come by their Insert Counts, those of one stream in order", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, two, 8, 1)).toBe(false);
    expect(decode(reader, section(line.static(2)), 8, 2)).toBe(false);
    expect(decode(reader, octets(prefix(1), line.dynamic(0)), 4, 3)).toBe(false);
    expect([reader.blockedCount, reader.isBlocked(8), reader.isBlocked(0)]).toEqual([
      2,
      true,
      false,
    ]);
    expect(reader.blockedLength).toBe(two.length + 3 + 3);
    reader.receiveEncoderStream(
      octets(insert.capacity(4096), insert.literal("a", "1"), insert.literal("b", "2")),
    );
    expect(drain(reader)).toEqual(["4/3 a 1", "8/1 b 2 a 1", "8/2 age 0"]);
    expect([reader.blockedCount, reader.blockedLength, reader.heldBytes]).toEqual([0, 0, 32]);
    expect([...(reader.takeDecoderStream() ?? [])]).toEqual([
      ...acknowledge.section(4),
      ...acknowledge.section(8),
    ]);
  });

  test("that one insertion lets go on come as they arrived, whatever their streams", () => {
    const reader = new QpackReader(SETTINGS);
    const one = octets(prefix(1), line.dynamic(0));
    for (const [streamId, tag] of [
      [8, 1],
      [4, 2],
      [8, 3],
      [12, 4],
      [4, 5],
    ] as const)
      expect(decode(reader, one, streamId, tag)).toBe(false);
    reader.receiveEncoderStream(octets(insert.capacity(4096), insert.literal("a", "1")));
    expect(drain(reader)).toEqual(
      [..."12345"].map((tag, i) => `${[8, 4, 8, 12, 4][i]}/${tag} a 1`),
    );
  });

  test("are read at the insertion that they wait for, before anything evicts what they refer to", () => {
    const instructions = stream(
      insert.literal("a", "1"),
      insert.literal("b", "2"),
      insert.literal("c", "3"),
      insert.literal("d", "4"),
      insert.literal("e", "5"),
    );
    for (let cut = 0; cut <= instructions.length; cut++) {
      const reader = new QpackReader(SETTINGS);
      expect(decode(reader, two)).toBe(false);
      reader.receiveEncoderStream(instructions.subarray(0, cut));
      const first = drain(reader);
      reader.receiveEncoderStream(instructions.subarray(cut));
      expect([...first, ...drain(reader)]).toEqual(["0/0 b 2 a 1"]);
      expect([reader.insertions, reader.instructions]).toEqual([5, 6]);
      expect(reader.tableSize).toBe(68);
    }
  });

  test("whose Base was too far ahead wait again: what a section needs is its own matter", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, octets(prefix(1), line.dynamic(0)), 0, 1)).toBe(false);
    expect(decode(reader, octets(prefix(3), line.dynamic(0)), 0, 2)).toBe(false);
    reader.receiveEncoderStream(
      octets(insert.capacity(4096), insert.literal("a", "1"), insert.literal("b", "2")),
    );
    expect(drain(reader)).toEqual(["0/1 a 1"]);
    expect(reader.isBlocked(0)).toBe(true);
    reader.receiveEncoderStream(octets(insert.literal("c", "3")));
    expect(drain(reader)).toEqual(["0/2 c 3"]);
  });

  test("what was complete in front of a wrong instruction comes out, nothing behind it", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, octets(prefix(1), line.dynamic(0)), 4)).toBe(false);
    expect(decode(reader, octets(prefix(2), line.dynamic(0)), 8)).toBe(false);
    const wrong = stream(insert.literal("a", "1"), insert.duplicate(9), insert.literal("b", "2"));
    reader.receiveEncoderStream(wrong);
    expect(drain(reader)).toEqual(["4/0 a 1"]);
    expect(reader.error).toEqual({ code: ErrorCode.QPACK_ENCODER_INDEX_INVALID, offset: 6 });
    expect(decode(reader, section(line.static(2)))).toBeNull();
    reader.receiveEncoderStream(octets(insert.literal("c", "3")));
    expect(reader.insertions).toBe(1);
  });

  test("a wrong one is the last: its stream is told, and nothing else comes", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, octets(prefix(1), line.dynamic(1)), 4, 9)).toBe(false);
    expect(decode(reader, octets(prefix(1), line.dynamic(0)), 8)).toBe(false);
    reader.receiveEncoderStream(octets(insert.capacity(4096), insert.literal("a", "1")));
    expect(drain(reader)).toEqual([]);
    expect(reader.error).toEqual({ code: ErrorCode.QPACK_REFERENCE_INVALID, offset: 2 });
    expect([reader.unblockedStream, reader.unblockedTag, reader.blockedCount]).toEqual([4, 9, 0]);
  });

  test("turns that nobody took are passed over, and no instruction is lost", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, octets(prefix(1), line.dynamic(0)))).toBe(false);
    reader.receiveEncoderStream(
      octets(insert.capacity(4096), insert.literal("a", "1"), insert.literal("b", "2")),
    );
    expect(reader.insertions).toBe(1);
    reader.receiveEncoderStream(octets(insert.literal("c", "3")));
    expect(drain(reader)).toEqual(["0/0 a 1"]);
    expect(reader.insertions).toBe(3);
  });

  test("the buffer of a stream that waits again and again is not the sum of what went through", () => {
    const reader = new QpackReader({ ...SETTINGS, blockedBytes: 5000 });
    reader.receiveEncoderStream(octets(insert.capacity(4096)));
    const wait = (count: number) =>
      octets(prefix(count), line.dynamic(0), line.literal("x", "y".repeat(1000)));
    for (let count = 1; count <= 3; count++) expect(decode(reader, wait(count))).toBe(false);
    for (let count = 1; count < 100; count++) {
      reader.receiveEncoderStream(octets(insert.literal("n", String(count))));
      expect(drain(reader)).toEqual([`0/0 n ${count} x ${"y".repeat(1000)}`]);
      expect(decode(reader, wait(count + 3))).toBe(false);
      expect(reader.heldBytes).toBeLessThan(20_000);
    }
  });

  test("QP-FLD-8 at the cap of bytes, and one above; a short one counts 24", () => {
    const wait = (length: number) => octets(prefix(1), line.literal("n", "v".repeat(length - 5)));
    const room = (blockedBytes: number, ...lengths: number[]) => {
      const reader = new QpackReader({ ...SETTINGS, blockedBytes });
      const outcomes = lengths.map((length, i) => decode(reader, wait(length), i % 3));
      return [outcomes.at(-1), reader.error?.code ?? 0];
    };
    const refused = [null, ErrorCode.QPACK_BLOCKED_BYTES];
    expect(wait(50)).toHaveLength(50);
    expect(room(150, 50, 50, 50)).toEqual([false, 0]);
    expect(room(149, 50, 50, 50)).toEqual(refused);
    expect(room(96, 5, 5, 5, 24)).toEqual([false, 0]);
    expect(room(95, 5, 5, 5, 24)).toEqual(refused);
    const reader = new QpackReader({ ...SETTINGS, blockedBytes: 48 });
    for (let round = 1; round <= 10; round++) {
      // What was read, and what was cancelled, counts no more.
      expect([decode(reader, wait(5), 1), decode(reader, wait(6), 2)]).toEqual([false, false]);
      reader.cancel(1);
      reader.cancel(2);
    }
    expect(decode(reader, wait(6), 1)).toBe(false);
    reader.receiveEncoderStream(octets(insert.capacity(4096), insert.literal("a", "1")));
    expect(drain(reader)).toEqual(["1/0 n v"]);
    expect(decode(reader, octets(prefix(2), line.literal("n", "v".repeat(43))), 1)).toBe(false);
  });

  test("release and cancel let go of everything", () => {
    const reader = new QpackReader(SETTINGS);
    expect(decode(reader, two, 4)).toBe(false);
    expect(decode(reader, two, 8)).toBe(false);
    reader.cancel(4);
    reader.cancel(12);
    expect([reader.blockedCount, reader.blockedLength]).toEqual([1, two.length]);
    expect(reader.decoderStreamLength).toBe(2);
    expect([...(reader.takeDecoderStream() ?? [])]).toEqual([
      ...acknowledge.cancel(4),
      ...acknowledge.cancel(12),
    ]);
    expect(reader.takeDecoderStream()).toBeNull();
    reader.release();
    expect([reader.blockedCount, reader.heldBytes]).toEqual([0, 0]);
    expect(decode(reader, section())).toBeNull();
    reader.receiveEncoderStream(octets(insert.literal("a", "1")));
    expect([reader.nextUnblocked(), reader.insertions]).toEqual([null, 0]);
  });
});
