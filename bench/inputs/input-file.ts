// The file through which every peer, in JavaScript or in C, gets the same bytes in the same pieces.
//
//   +------+----------+------------+--------+---------+--------+------------+--------+
//   | role | messages | body bytes | fields | chunked | pieces | lengths... | stream |
//   +------+----------+------------+--------+---------+--------+------------+--------+
//
// All numbers u32, little-endian. role: 0 requests, 1 responses. messages: in the whole stream. body bytes and fields: of each
// message, what a peer must find; 0 where messages differ. chunked: 1 when the bodies come in chunks.
//
// HTTP/1.1 and HTTP/2: the stream is what one connection brings. HPACK: each piece is one field block, or (to be encoded) one list
// of fields as name NUL value NUL name NUL ..; a piece without any byte: the next piece begins a new connection.
// bench/native/peer.h reads the same layout.

import { readFileSync, writeFileSync } from "node:fs";
import type { Delivery } from "./deliveries.js";
import { streamOf } from "./deliveries.js";
import type { Workload } from "./h1-messages.js";

const HEADER_WORDS = 6;

/** One workload in one delivery, as a peer sees it. */
export interface Input {
  readonly role: "request" | "response";
  /** Messages in one pass over all pieces. */
  readonly messages: number;
  readonly bodyBytes: number;
  readonly fields: number;
  readonly chunked: boolean;
  /** To be fed one after another; together they are the stream. Buffers, as a socket gives them. */
  readonly pieces: readonly Buffer[];
}

/** Writes the input file of one HTTP/1.1 workload in one delivery. */
export function writeInput(path: string, workload: Workload, delivery: Delivery): void {
  const { role, bodyBytes, fields, chunked, size } = workload;
  const messages = workload.messages.length;
  const lengths = delivery.pieces(size, messages);
  const stream = streamOf(workload);
  writePieces(path, { role, messages, bodyBytes, fields, chunked }, lengths, stream);
}

/** Writes an input file: a stream that is to be fed in pieces of these lengths. */
export function writePieces(
  path: string,
  about: Omit<Input, "pieces">,
  lengths: readonly number[],
  stream: Uint8Array,
): void {
  const numbers = [
    about.role === "response" ? 1 : 0,
    about.messages,
    about.bodyBytes,
    about.fields,
    about.chunked ? 1 : 0,
    lengths.length,
    ...lengths,
  ];
  const head = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => {
    head.writeUInt32LE(number, i * 4);
  });
  writeFileSync(path, Buffer.concat([head, stream]));
}

/** Reads an input file. The pieces are views of one buffer. */
export function readInput(path: string): Input {
  const file = readFileSync(path);
  const word = (i: number): number => file.readUInt32LE(i * 4);
  const count = word(HEADER_WORDS - 1);
  const pieces: Buffer[] = [];
  let at = (HEADER_WORDS + count) * 4;
  for (let i = 0; i < count; i++) {
    const length = word(HEADER_WORDS + i);
    pieces.push(file.subarray(at, at + length));
    at += length;
  }
  return {
    role: word(0) === 1 ? "response" : "request",
    messages: word(1),
    bodyBytes: word(2),
    fields: word(3),
    chunked: word(4) === 1,
    pieces,
  };
}
