// The cursor under parseFrames: places and numbers without objects, exact where doubles are not, and nothing left of the payload
// before.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import { QuicPacketKind } from "../../src/abi/quic-wire.js";
import { QuicFrameReader } from "../../src/codec/quic-frame-reader.js";
import { FrameSender, QUIC_FRAME_TABLE } from "../../src/codec/quic-frame-table.js";
import { hex, octets } from "../helpers/quic-wire.js";

const KIND = QuicPacketKind.OneRtt;

function readerOf(wire: string): QuicFrameReader {
  const reader = new QuicFrameReader();
  reader.read(hex(wire), KIND);
  return reader;
}

describe("a frame under the cursor", () => {
  test("has its place, its numbers and its octets", () => {
    const reader = readerOf("01 0e 04 7bbd 03 0a0b0c 1c 0a 06 00");
    expect(reader.next()).toBe(true);
    expect([reader.type, reader.at, reader.end]).toEqual([1, 0, 1]);
    expect(reader.next()).toBe(true);
    expect([reader.type, reader.at, reader.end]).toEqual([0x0e, 1, 9]);
    expect([reader.number(0), reader.number(1), reader.number(2)]).toEqual([4, 15_293, 3]);
    expect([reader.streamOffset, reader.dataAt, reader.dataLength]).toEqual([15_293, 6, 3]);
    expect(reader.data()).toEqual(octets(3, 10));
    expect(reader.next()).toBe(true);
    expect([reader.number(0), reader.number(1), reader.number(2)]).toEqual([10, 6, 0]);
    expect(reader.next()).toBe(false);
    expect(reader.fault).toBe(ErrorCode.NONE);
  });

  test("Q-STR-3: without a bit for it the offset of STREAM is 0", () => {
    const reader = readerOf("08 05 ff");
    expect(reader.next()).toBe(true);
    expect([reader.streamOffset, reader.dataLength]).toEqual([0, 1]);
  });

  test("Q-VAR-4: numbers of eight octets are nearest, and exact", () => {
    const reader = readerOf("10 c020000000000001 10 c000000000000005");
    reader.next();
    expect(reader.number(0)).toBe(2 ** 53);
    expect(reader.exact(0)).toBe(2n ** 53n + 1n);
    reader.next();
    expect([reader.number(0), reader.exact(0)]).toEqual([5, 5]);
  });
});

test("a mistake stays until the next payload", () => {
  const reader = readerOf("01 10");
  expect(reader.next()).toBe(true);
  for (let i = 0; i < 3; i++) expect(reader.next()).toBe(false);
  expect([reader.fault, reader.faultAt, reader.at]).toEqual([ErrorCode.QUIC_FRAME_TRUNCATED, 2, 1]);
  expect(reader.exactType).toBe(0x10);
  reader.read(hex("01"), KIND);
  expect(reader.fault).toBe(ErrorCode.NONE);
  expect(reader.next()).toBe(true);
  expect(reader.next()).toBe(false);
  reader.read(octets(0), KIND);
  expect(reader.next()).toBe(false);
  expect([reader.fault, reader.exactType]).toEqual([ErrorCode.QUIC_PACKET_EMPTY, null]);
});

test("kind and sender are those of the last read", () => {
  const reader = new QuicFrameReader();
  const fault = (kind: QuicPacketKind, sender: FrameSender) => {
    reader.read(hex("1e"), kind, sender);
    reader.next();
    return reader.fault;
  };
  expect(fault(KIND, FrameSender.Client)).toBe(ErrorCode.QUIC_HANDSHAKE_DONE_FROM_CLIENT);
  expect(fault(KIND, FrameSender.Server)).toBe(ErrorCode.NONE);
  expect(fault(QuicPacketKind.Initial, FrameSender.Server)).toBe(ErrorCode.QUIC_FRAME_FORBIDDEN);
  expect(fault(KIND, FrameSender.Either)).toBe(ErrorCode.NONE);
});

test("the table has each type once", () => {
  const types = QUIC_FRAME_TABLE.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});
