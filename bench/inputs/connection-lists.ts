// Lists of fields of some connections, and input files made of them: what the benchmarks of HPACK and QPACK share.

import type { Counts } from "../drivers/driver.js";
import { writePieces } from "./input-file.js";

/** Lists of fields, by connection. */
export interface ConnectionLists {
  readonly role: "request" | "response";
  readonly connections: readonly (readonly (readonly string[])[])[];
}

/** What a peer must find. */
export function countLists({ connections }: ConnectionLists): Counts {
  const lists = connections.flat();
  return {
    messages: lists.length,
    fields: lists.reduce((sum, list) => sum + list.length / 2, 0),
    bodyBytes: 0,
  };
}

/** Octets of all names and values: what the size of the blocks is compared with. */
export function rawBytes({ connections }: ConnectionLists): number {
  return connections.flat(2).reduce((sum, text) => sum + text.length, 0);
}

/** Writes the lists as an input file. */
export function writeLists(file: string, input: ConnectionLists): void {
  const pieces = input.connections.map((lists) =>
    lists.map((list) => Buffer.from(list.map((text) => `${text}\0`).join(""), "latin1")),
  );
  writeConnections(file, input, pieces);
}

/** Writes one piece a message, and one without any byte between two connections. */
export function writeConnections(
  file: string,
  input: ConnectionLists,
  connections: readonly (readonly Uint8Array[])[],
): void {
  const pieces = connections.flatMap((one, i) => (i === 0 ? one : [new Uint8Array(), ...one]));
  const messages = input.connections.flat().length;
  const about = { role: input.role, messages, bodyBytes: 0, fields: 0, chunked: false };
  const lengths = pieces.map(({ length }) => length);
  writePieces(file, about, lengths, Buffer.concat(pieces));
}
