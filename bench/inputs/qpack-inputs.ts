// The inputs of the QPACK benchmark: what an encoder stream and the field sections of requests bring, and lists of fields to be
// encoded. A piece is one message: the length of what the encoder stream brings before it (u32), that, and its field section.

import type { ConnectionLists } from "./connection-lists.js";
import { writeConnections } from "./connection-lists.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import type { QpackBlock, QpackPolicy } from "./qpack-wire.js";
import { QpackWireEncoder } from "./qpack-wire.js";

/** One row's input. */
export interface QpackInput extends ConnectionLists {
  /** "static tiny", "dynamic page load", .. */
  readonly name: string;
  readonly blocks: readonly QpackBlock[];
}

/** Messages of a connection. */
const MESSAGES = 1000;
const LENGTH_BYTES = 4;

/** Every input: each workload without a dynamic table, and with one. */
export function qpackInputs(): QpackInput[] {
  const own = ["tiny", "browser", "api", "typical"].map((name) => translated(name, MESSAGES));
  const policies: readonly [string, QpackPolicy][] = [
    ["static", "static"],
    ["dynamic", "repeated"],
  ];
  const page = pageLoad();
  return [
    ...policies.flatMap(([kind, policy]) => own.map((lists) => encoded(kind, lists, policy))),
    encoded("static", page, "static"),
    encoded("dynamic", page, "all"),
  ];
}

function encoded(kind: string, { name, role, lists }: FieldLists, policy: QpackPolicy): QpackInput {
  const encoder = new QpackWireEncoder(policy);
  return {
    name: `${kind} ${name === "page" ? "page load" : name}`,
    role,
    connections: [lists],
    blocks: lists.map((list) => encoder.encode(list)),
  };
}

/** Writes what is to be decoded as an input file. */
export function writeSections(file: string, input: QpackInput): void {
  writeConnections(file, input, [input.blocks.map(pieceOf)]);
}

/** A message as a piece of an input file. */
export function pieceOf({ instructions, section }: QpackBlock): Uint8Array {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(instructions.length);
  return Buffer.concat([length, instructions, section]);
}

/** The message of a piece; its parts are views. */
export function blockOf(piece: Buffer): QpackBlock {
  const end = LENGTH_BYTES + piece.readUInt32LE();
  return { instructions: piece.subarray(LENGTH_BYTES, end), section: piece.subarray(end) };
}
