// HPACK representations written by plain code (RFC 7541 section 6): what attack rows and arbitraries need,
// not a compressor. Every representation can be written, also what no correct encoder sends.

import { concat } from "../latin1.js";
import { type Octets, plainString, prefixInteger } from "../octets.js";

export { codedString, hex, plainString, prefixInteger, repeated } from "../octets.js";

/** How a literal stands in the table. */
export type Indexing = "with" | "without" | "never";

const PATTERNS: Readonly<Record<Indexing, readonly [pattern: number, bits: number]>> = {
  with: [0x40, 6],
  without: [0x00, 4],
  never: [0x10, 4],
};

/** A field by its index (RFC 7541 section 6.1). */
export function indexed(index: number): Uint8Array {
  return prefixInteger(0x80, 7, index);
}

/** A literal; `name` is a text or an index (RFC 7541 section 6.2). */
export function literal(
  name: Octets | number,
  value: Octets,
  indexing: Indexing = "without",
): Uint8Array {
  const [pattern, bits] = PATTERNS[indexing];
  const named =
    typeof name === "number"
      ? prefixInteger(pattern, bits, name)
      : concat([Uint8Array.of(pattern), plainString(name)]);
  return concat([named, plainString(value)]);
}

/** A dynamic table size update (RFC 7541 section 6.3). */
export function sizeUpdate(length: number): Uint8Array {
  return prefixInteger(0x20, 5, length);
}

/** Literals of a flat list, none of them indexed. */
export function literals(list: readonly string[], indexing: Indexing = "without"): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    parts.push(literal(list[at] ?? "", list[at + 1] ?? "", indexing));
  }
  return concat(parts);
}

/** Pseudo-header fields by their index in the static table (RFC 7541 appendix A). */
const STATIC: Readonly<Record<string, number>> = {
  ":method GET": 2,
  ":method POST": 3,
  ":path /": 4,
  ":scheme http": 6,
  ":scheme https": 7,
  ":status 200": 8,
};

/** A field by its static index where it has one, else as a literal that is not indexed. */
export function field(name: string, value: string): Uint8Array {
  const index = STATIC[`${name} ${value}`];
  return index === undefined ? literal(name, value) : indexed(index);
}

/** Field block of a request to authority "a"; `more` is a flat list, or octets of a block. */
export function request(
  method = "GET",
  path = "/",
  more: readonly string[] | Uint8Array = [],
): Uint8Array {
  return concat([
    field(":method", method),
    field(":scheme", "https"),
    field(":path", path),
    field(":authority", "a"),
    more instanceof Uint8Array ? more : literals(more),
  ]);
}

/** Field block of a response. */
export function response(status = "200", more: readonly string[] | Uint8Array = []): Uint8Array {
  return concat([field(":status", status), more instanceof Uint8Array ? more : literals(more)]);
}
