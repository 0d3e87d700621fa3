// The inputs of the HTTP/3 benchmark: what one client sends on one connection, in pieces. A piece is what a QUIC transport delivers
// at once: stream number (u32), whether the stream ends with it (u32), bytes.

import type { Counts } from "../drivers/driver.js";
import type { Cut } from "./cuts.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import type { ClientStreams, StreamBytes } from "./h3-wire.js";
import { clientStreams } from "./h3-wire.js";
import { writePieces } from "./input-file.js";
import type { QpackPolicy } from "./qpack-wire.js";

/** How the bytes of a connection arrive. */
export interface H3Delivery {
  readonly name: string;
  pieces(streams: ClientStreams): StreamBytes[];
}

/** One row's input. */
export interface H3Input {
  readonly lists: FieldLists;
  readonly streams: ClientStreams;
}

const HEADER_BYTES = 8;
const MESSAGES = 1000;
const UPLOADS = 16;
const UPLOAD_BYTES = 1 << 20;

/** One of the messages of the HTTP/1.1 benchmark, 1,000 times on one connection. */
export function requests(
  name: string,
  policy: QpackPolicy = "repeated",
  messages = MESSAGES,
): H3Input {
  const lists = translated(name, messages);
  return { lists, streams: clientStreams(lists, policy) };
}

/** The requests of a page, on one connection. */
export function page(): H3Input {
  const lists = pageLoad();
  return { lists, streams: clientStreams(lists, "all") };
}

/** Contents of 1 MiB, one after the other, in DATA frames of 16 KiB. */
export function uploads(count = UPLOADS): H3Input {
  const lists = uploadLists(count);
  return { lists, streams: clientStreams(lists, "repeated") };
}

/** The messages of `uploads`. */
export function uploadLists(count: number): FieldLists {
  const [fields = []] = translated("api", 1).lists;
  const path = fields.indexOf(":path") + 1;
  const list = fields.map((text, i) => (i === path ? "/upload" : text));
  list[list.indexOf("content-length") + 1] = String(UPLOAD_BYTES);
  const body = new Uint8Array(UPLOAD_BYTES).fill(0x64);
  return {
    name: "upload",
    role: "request",
    lists: Array.from({ length: count }, () => list),
    bodies: Array.from({ length: count }, () => body),
  };
}

/** Each stream's bytes of a message in one piece. */
export const WHOLE: H3Delivery = { name: "whole", pieces: everything };

/** As packets that carry this many bytes of streams, one behind the other. */
export function packets(bytes: number): H3Delivery {
  const name = bytes === 1 ? "1 B pieces" : `${bytes} B pieces`;
  return {
    name,
    pieces: (streams) => inPackets(everything(streams), () => bytes),
  };
}

/** The same in one of the cuts of growing inputs. */
export function cutPackets({ name, lengths }: Cut): H3Delivery {
  return {
    name,
    pieces(streams) {
      if (name === "whole") return everything(streams);
      const all = everything(streams);
      const next = lengths(all.reduce((sum, { bytes }) => sum + bytes.length, 0))[
        Symbol.iterator
      ]();
      return inPackets(all, () => next.next().value as number);
    },
  };
}

function everything({ opening, messages }: ClientStreams): StreamBytes[] {
  return [...opening, ...messages.flat()];
}

function inPackets(all: readonly StreamBytes[], next: () => number): StreamBytes[] {
  const pieces: StreamBytes[] = [];
  let room = 0;
  for (const { streamId, bytes, fin } of all) {
    for (let at = 0; at < bytes.length; ) {
      if (room === 0) room = next();
      const end = Math.min(bytes.length, at + room);
      const isLast = end === bytes.length;
      pieces.push({ streamId, bytes: bytes.subarray(at, end), fin: fin && isLast });
      room -= end - at;
      at = end;
    }
  }
  return pieces;
}

/** Octets of all streams. */
export function size(streams: ClientStreams): number {
  return everything(streams).reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** What a peer must find. */
export function expectedCounts({ lists }: H3Input): Counts {
  return {
    messages: lists.lists.length,
    fields: lists.lists.reduce((sum, list) => sum + list.length / 2, 0),
    bodyBytes: lists.bodies.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Writes the input file. */
export function writeH3Input(file: string, input: H3Input, delivery: H3Delivery): void {
  const about = { role: "request", fields: 0, chunked: false } as const;
  const messages = input.lists.lists.length;
  const bodyBytes = input.lists.bodies[0]?.length ?? 0;
  const pieces = delivery.pieces(input.streams).map(({ streamId, bytes, fin }) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(streamId);
    header.writeUInt32LE(fin ? 1 : 0, 4);
    return Buffer.concat([header, bytes]);
  });
  const lengths = pieces.map(({ length }) => length);
  writePieces(file, { ...about, messages, bodyBytes }, lengths, Buffer.concat(pieces));
}

/** The bytes of a stream that a piece of the file is. */
export function streamBytesOf(piece: Buffer): StreamBytes {
  const bytes = piece.subarray(HEADER_BYTES);
  return { streamId: piece.readUInt32LE(), bytes, fin: piece.readUInt32LE(4) === 1 };
}
