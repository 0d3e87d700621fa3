// Instructions of QPACK's two streams, one by one and by name (RFC 9204 sections 4.3 and 4.4), in bytes of any cuts. What
// they do to the table is the decoder's; this only tells them apart.

import { QpackDecoder } from "../qpack.js";
import { HeldBytes } from "./h3-frames.js";
import type { Varint } from "./h3-numbers.js";
import { latin1 } from "./protocol-options.js";

/** One instruction. */
export interface QpackInstruction {
  readonly name: string;
  readonly rfc: string;
  /** Bytes of the stream before it. */
  readonly offset: number;
  /** As it came. */
  readonly bytes: Uint8Array;
  /** Its fields by name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A string as it stands in an instruction. */
interface RawString {
  readonly isHuffman: boolean;
  /** Its octets, coded. */
  readonly octets: Uint8Array;
  readonly end: number;
}

/** Longest instruction that is held: two strings of the largest table. */
const LENGTH_MAX = 600_000;

/** Reads instructions of one stream. */
export class InstructionWalker {
  readonly #parse: (bytes: Uint8Array) => ParsedInstruction | "more" | "broken";
  readonly #held = new HeldBytes();
  #offset: number;
  /** What begins with an integer or a string that is too long: nothing is read of it. null: there is no such thing. */
  broken: Uint8Array | null = null;

  constructor(kind: "encoder" | "decoder", offset: number) {
    this.#parse = kind === "encoder" ? encoderInstruction : decoderInstruction;
    this.#offset = offset;
  }

  /** Bytes of the stream before the first instruction that is not complete. */
  get offset(): number {
    return this.#offset;
  }

  /** The instructions that are complete now. */
  receive(bytes: Uint8Array): QpackInstruction[] {
    const found: QpackInstruction[] = [];
    if (this.broken !== null) return found;
    let rest = bytes;
    if (this.#held.length > 0) {
      this.#held.append(bytes);
      // Parsing again at each octet of a long string would be quadratic.
      if (!isWorthIt(this.#held.length, bytes.length)) return found;
      rest = this.#held.take();
    }
    while (rest.length > 0) {
      const parsed = this.#parse(rest);
      if (parsed === "broken") return this.#stop(found, rest);
      if (parsed === "more") break;
      const { name, rfc, fields, length } = parsed;
      found.push({ name, rfc, fields, offset: this.#offset, bytes: rest.slice(0, length) });
      this.#offset += length;
      rest = rest.subarray(length);
    }
    if (rest.length > LENGTH_MAX) return this.#stop(found, rest);
    if (rest.length > 0) this.#held.append(rest);
    return found;
  }

  #stop(found: QpackInstruction[], rest: Uint8Array): QpackInstruction[] {
    this.broken = rest.slice();
    return found;
  }
}

/** Whether to parse what is held: always when it is short, else each time that it has grown by a sixteenth. */
function isWorthIt(length: number, added: number): boolean {
  const step = Math.max(64, length >> 4);
  return length <= 256 || Math.floor(length / step) !== Math.floor((length - added) / step);
}

interface ParsedInstruction {
  readonly name: string;
  readonly rfc: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly length: number;
}
type Parsed = ParsedInstruction | "more" | "broken";

/** An integer with a prefix (RFC 7541 section 5.1): the value, and the place behind it. */
function integerAt(
  bytes: Uint8Array,
  at: number,
  prefix: number,
): { readonly value: Varint; readonly end: number } | "more" | "broken" {
  const first = bytes[at];
  if (first === undefined) return "more";
  if ((first & prefix) < prefix) return { value: first & prefix, end: at + 1 };
  let value = BigInt(prefix);
  for (let i = 1; i <= 9; i++) {
    const octet = bytes[at + i];
    if (octet === undefined) return "more";
    value += BigInt(octet & 127) << BigInt(7 * (i - 1));
    if (octet < 128) {
      const exact = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
      return { value: exact, end: at + i + 1 };
    }
  }
  return "broken";
}

function stringAt(bytes: Uint8Array, at: number, prefix: number): RawString | "more" | "broken" {
  const length = integerAt(bytes, at, prefix);
  if (typeof length === "string") return length;
  const end = length.end + Number(length.value);
  if (length.value > LENGTH_MAX) return "broken";
  if (end > bytes.length) return "more";
  const isHuffman = ((bytes[at] as number) & (prefix + 1)) !== 0;
  return { isHuffman, octets: bytes.subarray(length.end, end), end };
}

function encoderInstruction(bytes: Uint8Array): Parsed {
  const first = bytes[0] as number;
  if (first >= 0x80) return insertWithNameReference(bytes, first);
  if (first >= 0x40) return insertWithLiteralName(bytes);
  const isCapacity = first >= 0x20;
  const number = integerAt(bytes, 0, 0x1f);
  if (typeof number === "string") return number;
  return isCapacity
    ? {
        name: "SET_DYNAMIC_TABLE_CAPACITY",
        rfc: "RFC 9204 section 4.3.1",
        fields: { capacity: number.value },
        length: number.end,
      }
    : {
        name: "DUPLICATE",
        rfc: "RFC 9204 section 4.3.4",
        fields: { relativeIndex: number.value },
        length: number.end,
      };
}

function insertWithNameReference(bytes: Uint8Array, first: number): Parsed {
  const index = integerAt(bytes, 0, 0x3f);
  if (typeof index === "string") return index;
  const value = stringAt(bytes, index.end, 0x7f);
  if (typeof value === "string") return value;
  return {
    name: "INSERT_WITH_NAME_REFERENCE",
    rfc: "RFC 9204 section 4.3.2",
    fields: {
      isStatic: (first & 0x40) !== 0,
      nameIndex: index.value,
      fieldValue: textOf(value),
      huffman: value.isHuffman,
    },
    length: value.end,
  };
}

function insertWithLiteralName(bytes: Uint8Array): Parsed {
  const name = stringAt(bytes, 0, 0x1f);
  if (typeof name === "string") return name;
  const value = stringAt(bytes, name.end, 0x7f);
  if (typeof value === "string") return value;
  return {
    name: "INSERT_WITH_LITERAL_NAME",
    rfc: "RFC 9204 section 4.3.3",
    fields: { fieldName: textOf(name), fieldValue: textOf(value), huffman: value.isHuffman },
    length: value.end,
  };
}

function decoderInstruction(bytes: Uint8Array): Parsed {
  const first = bytes[0] as number;
  const isAcknowledgment = first >= 0x80;
  const number = integerAt(bytes, 0, isAcknowledgment ? 0x7f : 0x3f);
  if (typeof number === "string") return number;
  const { value, end: length } = number;
  if (isAcknowledgment) {
    const rfc = "RFC 9204 section 4.4.1";
    return { name: "SECTION_ACKNOWLEDGMENT", rfc, fields: { sectionStreamId: value }, length };
  }
  if (first >= 0x40) {
    const rfc = "RFC 9204 section 4.4.2";
    return { name: "STREAM_CANCELLATION", rfc, fields: { sectionStreamId: value }, length };
  }
  const rfc = "RFC 9204 section 4.4.3";
  return { name: "INSERT_COUNT_INCREMENT", rfc, fields: { increment: value }, length };
}

/** A string without its code; null: the code is broken. Our decoder reads it as the name of a field (section 4.5.6). */
function textOf({ isHuffman, octets }: RawString): string | null {
  if (!isHuffman) return latin1(octets);
  const section = new Uint8Array(octets.length + 16);
  let at = 2;
  let rest = octets.length;
  section[at++] = 0x28 | Math.min(rest, 7);
  if (rest >= 7) {
    for (rest -= 7; rest > 127; rest >>= 7) section[at++] = (rest & 127) | 128;
    section[at++] = rest;
  }
  section.set(octets, at);
  // No value.
  return firstString(section.subarray(0, at + octets.length + 1));
}

function firstString(section: Uint8Array): string | null {
  const decoder = new QpackDecoder({ maxTableCapacity: 0, maxListSize: 262_144 });
  try {
    return decoder.decode(0, section)?.[0] ?? null;
  } catch {
    return null;
  } finally {
    decoder.release();
  }
}
