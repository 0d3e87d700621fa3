// What the peers of HPACK and QPACK share: the connections of an input file, and the two ways of driving a codec over them.

import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

/** A decoder of one connection. */
export type Decode<Fields, Block = Buffer> = (block: Block) => Fields;
/** An encoder of one connection. */
export type Encode<List> = (list: List) => Uint8Array;

/** A peer that decodes each connection with a fresh decoder. A piece is a block. */
export function decodingPeer<Fields>(
  newDecoder: () => Decode<Fields>,
  count: (fields: Fields) => number,
): Peer {
  return blockPeer(newDecoder, count, (piece) => piece);
}

/**
 * The same where the decoder takes something else.
 * @param prepare from the piece and its number within the connection, what the decoder takes
 */
export function blockPeer<Fields, Block>(
  newDecoder: () => Decode<Fields, Block>,
  count: (fields: Fields) => number,
  prepare: (piece: Buffer, number: number) => Block,
): Peer {
  let connections: readonly (readonly Block[])[] = [];
  return {
    load(input) {
      connections = connectionsOf(input).map((pieces) => pieces.map(prepare));
    },
    check() {
      const found = noCounts();
      for (const blocks of connections) {
        const decode = newDecoder();
        for (const block of blocks) {
          found.fields += count(decode(block));
          found.messages += 1;
        }
      }
      return found;
    },
    pass() {
      for (const blocks of connections) {
        const decode = newDecoder();
        for (const block of blocks) decode(block);
      }
    },
  };
}

/**
 * A peer that encodes each connection with a fresh encoder.
 * @param prepare from a flat list of names and values, what the encoder takes
 * @param newDecoder decodes for the check what the encoder wrote, to a flat list
 */
export function encodingPeer<List>(
  newEncoder: () => Encode<List>,
  prepare: (fields: string[]) => List,
  newDecoder: () => Decode<string[]>,
): Peer {
  let lists: string[][][] = [];
  let connections: readonly (readonly List[])[] = [];
  return {
    load(input) {
      lists = connectionsOf(input).map((pieces) => pieces.map(fieldsOf));
      connections = lists.map((one) => one.map(prepare));
    },
    check() {
      const found: Counts = { ...noCounts(), wireBytes: 0 };
      connections.forEach((one, i) => {
        const encode = newEncoder();
        const decode = newDecoder();
        one.forEach((list, j) => {
          const block = encode(list);
          const fields = decode(Buffer.from(block));
          if (String(fields) !== String(lists[i]?.[j])) throw new Error(`encoded: ${fields}`);
          found.messages += 1;
          found.fields += fields.length / 2;
          found.wireBytes = (found.wireBytes ?? 0) + block.length;
        });
      });
      return found;
    },
    pass() {
      for (const one of connections) {
        const encode = newEncoder();
        for (const list of one) encode(list);
      }
    },
  };
}

/** An empty piece separates two connections. */
export function connectionsOf(input: Input): Buffer[][] {
  const connections: Buffer[][] = [[]];
  for (const piece of input.pieces) {
    if (piece.length === 0) connections.push([]);
    else connections.at(-1)?.push(piece);
  }
  return connections;
}

/** The flat list of a piece: name NUL value NUL .. */
export function fieldsOf(piece: Buffer): string[] {
  return piece.toString("latin1").split("\0").slice(0, -1).map(shared);
}

const strings = new Map<string, string>();

/** What is equal is one string, as constants of an application and strings of a decoder's table are; none is a slice. */
function shared(text: string): string {
  const known = strings.get(text);
  if (known !== undefined) return known;
  const flat = Buffer.from(text, "latin1").toString("latin1");
  strings.set(flat, flat);
  return flat;
}
