// QpackReader in tests: the limits of a connection, readers with a table, sections that must be read.

import { expect } from "vitest";
import { type FieldSection, QpackReader } from "../../src/codec/qpack-reader.js";
import { insert, octets } from "./qpack-wire.js";

export const SETTINGS = {
  maxTableCapacity: 4096,
  maxBlockedStreams: 16,
  blockedBytes: 65_536,
  fieldSectionLength: 65_536,
  fieldCount: 200,
};

export function readerOf(...instructions: number[][]): QpackReader {
  const reader = new QpackReader(SETTINGS);
  reader.receiveEncoderStream(octets(insert.capacity(4096), ...instructions));
  expect(reader.nextUnblocked()).toBeNull();
  return reader;
}

export const decode = (reader: QpackReader, bytes: Uint8Array, streamId = 0, tag = 0) =>
  reader.decode(streamId, bytes, 0, bytes.length, tag);
export const decoded = (reader: QpackReader, bytes: Uint8Array): FieldSection => {
  const result = decode(reader, bytes);
  if (result === null || result === false) throw new Error(`${result}`);
  return result;
};

/** Everything that becomes possible, with streams and tags. */
export const drain = (reader: QpackReader) => {
  const out: string[] = [];
  for (let one = reader.nextUnblocked(); one !== null; one = reader.nextUnblocked())
    out.push(`${reader.unblockedStream}/${reader.unblockedTag} ${one.rawHeaders.join(" ")}`);
  return out;
};
