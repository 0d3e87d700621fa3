// qifs-dev.bin.gz: field sections that several encoders wrote, with their encoder streams, read back as the lists they were made
// from: in order; with each piece of the encoder stream behind the section that follows it; and octet by octet.

import { gunzipSync } from "node:zlib";
import { QpackDecoder } from "tercet/qpack";
import { expect, test } from "vitest";
import { dataBytes, describeData } from "./data-folder.js";

interface Case {
  impl: string;
  file: string;
  qif: string;
  cap: number;
  blocked: number;
  ack: number;
  off: number;
  len: number;
}

type Piece = { readonly id: number; readonly bytes: Uint8Array };

/** Records of a file: stream id, length, bytes; stream 0 is the encoder stream. */
function piecesOf(bytes: Uint8Array): Piece[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const id = Number(view.getBigUint64(at));
    const length = view.getUint32(at + 8);
    pieces.push({ id, bytes: bytes.subarray(at + 12, at + 12 + length) });
    at += 12 + length;
  }
  return pieces;
}

/** Each section in front of the instructions that came in front of it. */
function encoderLate(pieces: readonly Piece[]): Piece[] {
  const late: Piece[] = [];
  let held: Piece[] = [];
  for (const piece of pieces) {
    if (piece.id === 0) held.push(piece);
    else {
      late.push(piece, ...held);
      held = [];
    }
  }
  return [...late, ...held];
}

/** Instructions octet by octet. */
const byOctet = (pieces: readonly Piece[]): Piece[] =>
  pieces.flatMap((piece) =>
    piece.id === 0
      ? Array.from(piece.bytes, (_, i) => ({ id: 0, bytes: piece.bytes.subarray(i, i + 1) }))
      : [piece],
  );

/** Lists by their streams, in the order of these. */
function decode({ impl, cap, blocked }: Case, pieces: readonly Piece[], isLate: boolean) {
  const decoder = new QpackDecoder({
    maxTableCapacity: cap,
    // These encoders took the table as set up; the examples say its capacity.
    initialCapacity: impl === "examples" ? 0 : cap,
    // Those of f5 block more streams than they were allowed.
    maxBlockedStreams: impl === "f5" || isLate ? 1_000 : blocked,
    maxBlockedBytes: 2 ** 20,
    maxListSize: 262_144,
    maxFields: 8_192,
  });
  const lists = new Map<number, string[]>();
  for (const { id, bytes } of pieces) {
    if (id !== 0) {
      const list = decoder.decode(id, bytes);
      if (list !== null) lists.set(id, list);
      continue;
    }
    decoder.receiveEncoderStream(bytes);
    for (const { streamId, rawHeaders } of decoder.takeUnblocked()) lists.set(streamId, rawHeaders);
  }
  expect(decoder.blockedStreams).toBe(0);
  decoder.release();
  return [...lists].sort(([a], [b]) => a - b).map(([, list]) => list);
}

describeData("qifs-dev", () => {
  const all = gunzipSync(dataBytes("qifs-dev.bin.gz"));
  const headerLength = all.readUInt32LE(0);
  const { qifs, cases }: { qifs: Record<string, [string, string][][]>; cases: Case[] } = JSON.parse(
    all.subarray(4, 4 + headerLength).toString("utf8"),
  );
  const impls = [...new Set(cases.map(({ impl }) => impl))];

  test("has 265 files", () => {
    expect(cases).toHaveLength(265);
  });

  test.each(impls)("QP-FLD-3 QP-FLD-5 QP-TAB-7 %s", (impl) => {
    for (const one of cases.filter((other) => other.impl === impl)) {
      const start = 4 + headerLength + one.off;
      const pieces = piecesOf(all.subarray(start, start + one.len));
      const expected = qifs[one.qif]?.map((list) => list.flat());
      const check = (name: string, order: readonly Piece[], isLate: boolean) => {
        const lists = decode(one, order, isLate);
        if (JSON.stringify(lists) !== JSON.stringify(expected))
          expect([one.file, name, lists]).toEqual([one.file, name, expected]);
      };
      check("in order", pieces, false);
      check("encoder stream late", encoderLate(pieces), true);
      if (one.len < 200_000) check("octet by octet", byOctet(pieces), false);
    }
  });
});
