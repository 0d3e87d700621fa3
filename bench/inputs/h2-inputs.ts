// The inputs of the HTTP/2 benchmark: what one client sends on one connection, in pieces.

import type { Counts } from "../drivers/driver.js";
import type { FieldLists } from "./field-lists.js";
import { translated } from "./field-lists.js";
import type { ClientBytes } from "./h2-wire.js";
import { clientBytes } from "./h2-wire.js";
import { writePieces } from "./input-file.js";
import { Random } from "./random.js";

/** How the bytes of a connection arrive. */
export interface H2Delivery {
  readonly name: string;
  pieces(bytes: ClientBytes): number[];
}

/** One row's input. */
export interface H2Input {
  readonly lists: FieldLists;
  readonly bytes: ClientBytes;
}

const MESSAGES = 1000;
const UPLOADS = 16;
const UPLOAD_BYTES = 1 << 20;
/** What a server must allow by SETTINGS_MAX_FRAME_SIZE. */
export const UPLOAD_FRAME_BYTES = 65_536;

/** One of the messages of the HTTP/1.1 benchmark, 1,000 times on one connection. */
export function requests(name: string, messages = MESSAGES): H2Input {
  const lists = translated(name, messages);
  return { lists, bytes: clientBytes(lists) };
}

/** Contents of 1 MiB, one after the other, in DATA frames of 64 KiB. */
export function uploads(): H2Input {
  const [fields = []] = translated("api", 1).lists;
  const path = fields.indexOf(":path") + 1;
  const list = fields.map((text, i) => (i === path ? "/upload" : text));
  list[list.indexOf("content-length") + 1] = String(UPLOAD_BYTES);
  const body = new Uint8Array(UPLOAD_BYTES).fill(0x64);
  const lists: FieldLists = {
    name: "upload",
    role: "request",
    lists: Array.from({ length: UPLOADS }, () => list),
    bodies: Array.from({ length: UPLOADS }, () => body),
  };
  return { lists, bytes: clientBytes(lists, UPLOAD_FRAME_BYTES) };
}

/** `perBuffer` whole messages in each buffer; the opening is in the first. */
export function messagesPerBuffer(perBuffer: number): H2Delivery {
  return {
    name: `x${perBuffer}`,
    pieces({ opening, messages }) {
      const pieces: number[] = [];
      messages.forEach(({ length }, i) => {
        if (i % perBuffer === 0) pieces.push(0);
        pieces[pieces.length - 1] = (pieces.at(-1) ?? 0) + length;
      });
      pieces[0] = (pieces[0] ?? 0) + opening.length;
      return pieces;
    },
  };
}

/** Pieces of `bytes` bytes each. */
export function bytesPerPiece(bytes: number): H2Delivery {
  return {
    name: bytes === 1 ? "1 B pieces" : `${bytes} B pieces`,
    pieces: (all) => cut(all, () => bytes),
  };
}

/** Pieces of 1 to `atMost` bytes, always the same ones. */
export function randomPieces(atMost: number): H2Delivery {
  return {
    name: `1-${atMost} B pieces`,
    pieces(all) {
      const random = new Random(0x5eed);
      return cut(all, () => 1 + random.below(atMost));
    },
  };
}

function cut(bytes: ClientBytes, next: () => number): number[] {
  const pieces: number[] = [];
  for (let left = size(bytes); left > 0; left -= pieces.at(-1) ?? 0) {
    pieces.push(Math.min(left, next()));
  }
  return pieces;
}

/** Octets of the whole connection. */
export function size({ opening, messages }: ClientBytes): number {
  return messages.reduce((sum, { length }) => sum + length, opening.length);
}

/** What a peer must find. */
export function expectedCounts({ lists }: H2Input): Counts {
  return {
    messages: lists.lists.length,
    fields: lists.lists.reduce((sum, list) => sum + list.length / 2, 0),
    bodyBytes: lists.bodies.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Writes the input file. */
export function writeH2Input(file: string, { lists, bytes }: H2Input, delivery: H2Delivery): void {
  const messages = lists.lists.length;
  const bodyBytes = lists.bodies[0]?.length ?? 0;
  const about = { role: "request", messages, bodyBytes, fields: 0, chunked: false } as const;
  const stream = Buffer.concat([bytes.opening, ...bytes.messages]);
  writePieces(file, about, delivery.pieces(bytes), stream);
}
