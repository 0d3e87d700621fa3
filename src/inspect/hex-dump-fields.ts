// Parts of a compressed field section (HPACK: RFC 7541 section 6; QPACK: RFC 9204 section 4.5). Each representation gives one
// field, in order: what was decoded stands beside its octets, and no table is needed here.

import type { FieldPair } from "./events.js";
import type { PartCutter } from "./hex-dump-parts.js";
import { printable } from "./tree-text.js";

/** One kind of representation. */
interface Kind {
  readonly name: string;
  readonly rfc: string;
  /** Bits of the first integer. */
  readonly prefix: number;
  /** A string for the name follows (where the integer is 0 in HPACK, always in QPACK's). */
  readonly hasName: "no" | "if zero" | "in prefix";
  readonly hasValue: boolean;
}

const SIX = "RFC 7541 section 6";
const FOUR_FIVE = "RFC 9204 section 4.5";

const kind = (
  name: string,
  rfc: string,
  prefix: number,
  hasName: Kind["hasName"],
  hasValue: boolean,
): Kind => ({ name, rfc, prefix, hasName, hasValue });

const SIZE_UPDATE = kind("dynamic table size update", `${SIX}.3`, 5, "no", false);
const INDEXED = kind("indexed", `${SIX}.1`, 7, "no", false);
const INDEXING = kind("literal, indexed from here on", `${SIX}.2.1`, 6, "if zero", true);
const NEVER = kind("literal, never indexed", `${SIX}.2.3`, 4, "if zero", true);
const WITHOUT = kind("literal", `${SIX}.2.2`, 4, "if zero", true);

const STATIC_LINE = kind("indexed, static table", `${FOUR_FIVE}.2`, 6, "no", false);
const DYNAMIC_LINE = kind("indexed, dynamic table", `${FOUR_FIVE}.2`, 6, "no", false);
const POST_BASE_LINE = kind("indexed, post-base", `${FOUR_FIVE}.3`, 4, "no", false);
const STATIC_NAME = kind("literal, name of the static table", `${FOUR_FIVE}.4`, 4, "no", true);
const DYNAMIC_NAME = kind("literal, name of the dynamic table", `${FOUR_FIVE}.4`, 4, "no", true);
const POST_BASE_NAME = kind("literal, post-base name", `${FOUR_FIVE}.5`, 3, "no", true);
const LITERAL = kind("literal", `${FOUR_FIVE}.6`, 3, "in prefix", true);

/** Parts of an HPACK field block. */
export function hpackParts(cutter: PartCutter, fields: readonly FieldPair[]): void {
  representations(cutter, fields, (first) => {
    if ((first & 0x80) !== 0) return INDEXED;
    if ((first & 0x40) !== 0) return INDEXING;
    if ((first & 0x20) !== 0) return SIZE_UPDATE;
    return (first & 0x10) !== 0 ? NEVER : WITHOUT;
  });
}

/** Parts of a QPACK field section, its prefix first. */
export function qpackParts(cutter: PartCutter, fields: readonly FieldPair[]): void {
  const count = integerLength(cutter.bytes, cutter.at, 8);
  cutter.take(count, "Encoded Required Insert Count", `${FOUR_FIVE}.1.1`);
  const base = integerLength(cutter.bytes, cutter.at, 7);
  cutter.take(base, "Sign, Delta Base", `${FOUR_FIVE}.1.2`);
  representations(cutter, fields, (first) => {
    if ((first & 0x80) !== 0) return (first & 0x40) !== 0 ? STATIC_LINE : DYNAMIC_LINE;
    if ((first & 0x40) !== 0) return (first & 0x10) !== 0 ? STATIC_NAME : DYNAMIC_NAME;
    if ((first & 0x20) !== 0) return LITERAL;
    return (first & 0x10) !== 0 ? POST_BASE_LINE : POST_BASE_NAME;
  });
}

function representations(
  cutter: PartCutter,
  fields: readonly FieldPair[],
  kindOf: (first: number) => Kind,
): void {
  let field = 0;
  while (cutter.left > 0) {
    const found = kindOf(cutter.bytes[cutter.at] as number);
    const length = representationLength(cutter.bytes, cutter.at, found);
    const pair = found === SIZE_UPDATE ? undefined : fields[field++];
    const said = pair === undefined ? "" : `${printable(pair[0])}: ${printable(pair[1])}  `;
    cutter.take(length, `${said}(${found.name})`, found.rfc);
  }
}

/** Octets of one representation, at least one; it may lead behind the end. */
function representationLength(
  bytes: Uint8Array,
  start: number,
  { prefix, hasName, hasValue }: Kind,
): number {
  let at = start;
  if (hasName === "in prefix") at += stringLength(bytes, at, prefix);
  else {
    const isZero = ((bytes[at] as number) & ((1 << prefix) - 1)) === 0;
    at += integerLength(bytes, at, prefix);
    if (hasName === "if zero" && isZero) at += stringLength(bytes, at, 7);
  }
  if (hasValue) at += stringLength(bytes, at, 7);
  return at - start;
}

/** Octets of an integer with so many bits in its first octet (RFC 7541 section 5.1). */
function integerLength(bytes: Uint8Array, at: number, prefix: number): number {
  const most = (1 << prefix) - 1;
  if (((bytes[at] ?? 0) & most) !== most) return 1;
  let length = 1;
  while (((bytes[at + length] ?? 0) & 0x80) !== 0) length++;
  return length + 1;
}

/** Octets of a string, its length included. */
function stringLength(bytes: Uint8Array, at: number, prefix: number): number {
  const integer = integerLength(bytes, at, prefix);
  const most = (1 << prefix) - 1;
  let value = (bytes[at] ?? 0) & most;
  // A length beyond 2^28 is beyond what is here in any case.
  for (let next = 1; next < integer && next <= 4; next++) {
    value += ((bytes[at + next] ?? 0) & 0x7f) << (7 * (next - 1));
  }
  return integer + value;
}
