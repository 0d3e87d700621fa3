// The inputs of the HPACK benchmark: field blocks to be decoded, and lists of fields to be encoded. Both are series of messages on
// one connection, or on several one behind the other.

import type { Counts } from "../drivers/driver.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import { WireEncoder } from "./hpack-wire.js";
import { writePieces } from "./input-file.js";
import { storySets } from "./stories.js";

/** One row's input. */
export interface HpackInput {
  /** Without "decode" or "encode". */
  readonly name: string;
  readonly role: "request" | "response";
  /** Connections of lists. */
  readonly connections: readonly (readonly (readonly string[])[])[];
  /** The same as blocks, or null where nothing is to be decoded. */
  readonly blocks: readonly (readonly Uint8Array[])[] | null;
}

/** Messages of a connection. */
const MESSAGES = 1000;

/** Every input. The public stories are among them where they are at hand. */
export function hpackInputs(): HpackInput[] {
  const own = ["tiny", "browser", "api", "typical"].map((name) => translated(name, MESSAGES));
  return [...own, pageLoad()].map(encoded).concat(stories());
}

function encoded({ name, role, lists }: FieldLists): HpackInput {
  const encoder = new WireEncoder();
  const blocks = lists.map((list) => encoder.encode(list));
  return {
    name: name === "page" ? "page load" : name,
    role,
    connections: [lists],
    blocks: [blocks],
  };
}

function stories(): HpackInput[] {
  const sets = storySets(["raw-data", "nghttp2", "go-hpack"]) ?? new Map();
  return [...sets].map(([set, found]) => ({
    name: `stories ${set}`,
    role: "request",
    connections: found.map((story: { lists: string[][] }) => story.lists),
    blocks:
      set === "raw-data" ? null : found.map((story: { blocks: Uint8Array[] }) => story.blocks),
  }));
}

/** What a peer must find in an input. */
export function expectedCounts({ connections }: HpackInput): Counts {
  const lists = connections.flat();
  return {
    messages: lists.length,
    fields: lists.reduce((sum, list) => sum + list.length / 2, 0),
    bodyBytes: 0,
  };
}

/** Octets of all names and values: what the size of the blocks is compared with. */
export function rawBytes({ connections }: HpackInput): number {
  return connections.flat(2).reduce((sum, text) => sum + text.length, 0);
}

/** Writes the blocks as an input file. */
export function writeBlocks(file: string, input: HpackInput): void {
  write(file, input, input.blocks ?? []);
}

/** Writes the lists as an input file. */
export function writeLists(file: string, input: HpackInput): void {
  const pieces = input.connections.map((lists) =>
    lists.map((list) => Buffer.from(list.map((text) => `${text}\0`).join(""), "latin1")),
  );
  write(file, input, pieces);
}

function write(
  file: string,
  input: HpackInput,
  connections: readonly (readonly Uint8Array[])[],
): void {
  const pieces = connections.flatMap((one, i) => (i === 0 ? one : [new Uint8Array(), ...one]));
  const messages = input.connections.flat().length;
  const about = { role: input.role, messages, bodyBytes: 0, fields: 0, chunked: false };
  const lengths = pieces.map(({ length }) => length);
  writePieces(file, about, lengths, Buffer.concat(pieces));
}
