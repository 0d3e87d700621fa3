// The buffer that frames and field blocks are written to: the bytes of DataView, whatever is written in
// whatever order, and what was given away stays as it is.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "../../src/codec/byte-writer.js";

/** One thing to write, and its bytes as DataView makes them. */
interface Write {
  readonly put: (writer: ByteWriter) => void;
  readonly bytes: number[];
}

const number = (bits: number, put: (writer: ByteWriter, value: number) => void) =>
  fc.nat({ max: 2 ** bits - 1 }).map((value): Write => {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value);
    const all = [...new Uint8Array(view.buffer)];
    return { put: (writer) => put(writer, value), bytes: all.slice(4 - bits / 8) };
  });

const write = fc.oneof(
  number(8, (writer, value) => writer.putUint8(value)),
  number(16, (writer, value) => writer.putUint16(value)),
  number(24, (writer, value) => writer.putUint24(value)),
  number(32, (writer, value) => writer.putUint32(value)),
  fc
    .uint8Array({ maxLength: 300 })
    .map((bytes): Write => ({ put: (writer) => writer.putBytes(bytes), bytes: [...bytes] })),
  fc.uint8Array({ maxLength: 60 }).map((bytes): Write => {
    const text = String.fromCharCode(...bytes);
    return { put: (writer) => writer.putLatin1(text), bytes: [...bytes] };
  }),
  fc.nat({ max: 40_000 }).map(
    (length): Write => ({
      put: (writer) => writer.putBytes(new Uint8Array(length).fill(7)),
      bytes: new Array(length).fill(7),
    }),
  ),
);

test("take() gives what was written, and never writes to it again", () => {
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 20 }), (outputs) => {
      const writer = new ByteWriter();
      const taken = outputs.map((writes) => {
        for (const { put } of writes) put(writer);
        return writer.take();
      });
      expect(writer.length).toBe(0);
      const expected = outputs.map((writes) => writes.flatMap(({ bytes }) => bytes));
      expect(taken.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual(
        expected.map((bytes) => Buffer.from(bytes).toString("hex")),
      );
    }),
  );
});

test("takeFrom() does the same for outputs that begin at begin()", () => {
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 20 }), (outputs) => {
      const writer = new ByteWriter();
      const taken = outputs.map((writes) => {
        const from = writer.begin();
        for (const { put } of writes) put(writer);
        return writer.takeFrom(from);
      });
      const expected = outputs.map((writes) => writes.flatMap(({ bytes }) => bytes));
      expect(taken.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual(
        expected.map((bytes) => Buffer.from(bytes).toString("hex")),
      );
    }),
  );
});

test("places stay what they are while it grows", () => {
  const writer = new ByteWriter();
  writer.putUint8(1);
  const at = writer.length;
  writer.putUint8(0);
  writer.reserve(100_000);
  writer.bytes[at] = 2;
  writer.putBytes(new Uint8Array(100_000));
  expect([...writer.take().subarray(0, 2)]).toEqual([1, 2]);
});

test("clear() forgets what stands behind a place", () => {
  const writer = new ByteWriter();
  writer.putUint16(0x0102);
  writer.clear(1);
  writer.putUint8(3);
  expect([...writer.take()]).toEqual([1, 3]);
  writer.putUint8(4);
  writer.clear();
  expect(writer.take()).toEqual(new Uint8Array(0));
});
