// The inputs of the HPACK benchmark: field blocks to be decoded, and lists of fields to be encoded. Both are series of messages on
// one connection, or on several one behind the other.

import type { ConnectionLists } from "./connection-lists.js";
import { writeConnections } from "./connection-lists.js";
import type { FieldLists } from "./field-lists.js";
import { pageLoad, translated } from "./field-lists.js";
import { WireEncoder } from "./hpack-wire.js";
import { storySets } from "./stories.js";

/** One row's input. */
export interface HpackInput extends ConnectionLists {
  /** Without "decode" or "encode". */
  readonly name: string;
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

/** Writes the blocks as an input file. */
export function writeBlocks(file: string, input: HpackInput): void {
  writeConnections(file, input, input.blocks ?? []);
}
