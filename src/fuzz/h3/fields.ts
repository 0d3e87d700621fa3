// QPACK written by plain code (RFC 9204 sections 4.3 to 4.5): field sections, instructions of both streams, and a
// small model of the table by which legal ones are made. Every representation can be written, also what no
// correct encoder sends.

import { concat } from "../latin1.js";
import { codedString, type Octets, plainString, prefixInteger } from "../octets.js";

export { codedString, hex, plainString, prefixInteger, repeated } from "../octets.js";

/** The prefix of a section that refers to no dynamic entry. */
export const NO_PREFIX = Uint8Array.of(0, 0);

/** The capacity that our settings allow by default. */
const CAPACITY = 4_096;

/** The prefix of a section (RFC 9204 section 4.5.1) by its true counts; `capacity`: what SETTINGS allow at most. */
export function prefix(
  requiredCount: number,
  base = requiredCount,
  capacity = CAPACITY,
): Uint8Array {
  const entries = Math.floor(capacity / 32);
  const encoded = requiredCount === 0 ? 0 : (requiredCount % (2 * entries)) + 1;
  const delta =
    base >= requiredCount
      ? prefixInteger(0, 7, base - requiredCount)
      : prefixInteger(0x80, 7, requiredCount - base - 1);
  return concat([prefixInteger(0, 8, encoded), delta]);
}

/** A field by its index in the static table (RFC 9204 section 4.5.2). */
export const staticField = (index: number): Uint8Array => prefixInteger(0xc0, 6, index);
/** A field by its index in the dynamic table, relative to Base. */
export const dynamicField = (index: number): Uint8Array => prefixInteger(0x80, 6, index);
/** The same behind Base (RFC 9204 section 4.5.3). */
export const postBaseField = (index: number): Uint8Array => prefixInteger(0x10, 4, index);

/** A literal with the name of a static entry (RFC 9204 section 4.5.4). */
export const staticName = (index: number, value: Octets, never = false): Uint8Array =>
  concat([prefixInteger(never ? 0x70 : 0x50, 4, index), plainString(value)]);
/** A literal with the name of a dynamic entry. */
export const dynamicName = (index: number, value: Octets, never = false): Uint8Array =>
  concat([prefixInteger(never ? 0x60 : 0x40, 4, index), plainString(value)]);
/** The same behind Base (RFC 9204 section 4.5.5). */
export const postBaseName = (index: number, value: Octets, never = false): Uint8Array =>
  concat([prefixInteger(never ? 0x08 : 0x00, 3, index), plainString(value)]);
/** A literal with a name of its own (RFC 9204 section 4.5.6). */
export const literal = (name: Octets, value: Octets, never = false): Uint8Array =>
  concat([plainString(name, 3, never ? 0x30 : 0x20), plainString(value)]);
/** A literal whose value is octets that are taken for Huffman codes. */
export const codedLiteral = (name: Octets, codes: Octets): Uint8Array =>
  concat([plainString(name, 3, 0x20), codedString(codes)]);

/** Set Dynamic Table Capacity (RFC 9204 section 4.3.1). */
export const setCapacity = (capacity: number): Uint8Array => prefixInteger(0x20, 5, capacity);
/** Insert with the name of a static entry (RFC 9204 section 4.3.2). */
export const insertStaticName = (index: number, value: Octets): Uint8Array =>
  concat([prefixInteger(0xc0, 6, index), plainString(value)]);
/** Insert with the name of a dynamic entry: 0 is the newest. */
export const insertDynamicName = (index: number, value: Octets): Uint8Array =>
  concat([prefixInteger(0x80, 6, index), plainString(value)]);
/** Insert with a name of its own (RFC 9204 section 4.3.3). */
export const insert = (name: Octets, value: Octets): Uint8Array =>
  concat([plainString(name, 5, 0x40), plainString(value)]);
/** Duplicate: 0 is the newest (RFC 9204 section 4.3.4). */
export const duplicate = (index: number): Uint8Array => prefixInteger(0x00, 5, index);

/** Section Acknowledgment (RFC 9204 section 4.4.1). */
export const sectionAck = (streamId: number): Uint8Array => prefixInteger(0x80, 7, streamId);
/** Stream Cancellation (RFC 9204 section 4.4.2). */
export const streamCancel = (streamId: number): Uint8Array => prefixInteger(0x40, 6, streamId);
/** Insert Count Increment (RFC 9204 section 4.4.3). */
export const increment = (count: number): Uint8Array => prefixInteger(0x00, 6, count);

/** Literals of a flat list, none of them indexed. */
export function literals(list: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    parts.push(literal(list[at] ?? "", list[at + 1] ?? ""));
  }
  return concat(parts);
}

/** Pseudo-header fields by their index in the static table (RFC 9204 appendix A). */
const STATIC: Readonly<Record<string, number>> = {
  ":authority ": 0,
  ":path /": 1,
  ":method CONNECT": 15,
  ":method DELETE": 16,
  ":method GET": 17,
  ":method HEAD": 18,
  ":method OPTIONS": 19,
  ":method POST": 20,
  ":method PUT": 21,
  ":scheme http": 22,
  ":scheme https": 23,
  ":status 103": 24,
  ":status 200": 25,
  ":status 304": 26,
  ":status 404": 27,
};

/** A field by its static index where it has one, else as a literal that is not indexed. */
export function field(name: string, value: string): Uint8Array {
  const index = STATIC[`${name} ${value}`];
  return index === undefined ? literal(name, value) : staticField(index);
}

/** Representations of a request to authority "a", without prefix; `more` is a flat list, or octets. */
export function requestLines(
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

/** Section of a request. */
export function request(
  method = "GET",
  path = "/",
  more: readonly string[] | Uint8Array = [],
): Uint8Array {
  return concat([NO_PREFIX, requestLines(method, path, more)]);
}

/** Section of a response. */
export function response(status = "200", more: readonly string[] | Uint8Array = []): Uint8Array {
  const rest = more instanceof Uint8Array ? more : literals(more);
  return concat([NO_PREFIX, field(":status", status), rest]);
}

/** Section of these fields, none of them indexed. */
export function section(list: readonly string[]): Uint8Array {
  return concat([NO_PREFIX, literals(list)]);
}

interface Entry {
  readonly name: string;
  readonly value: string;
}

const sizeOf = ({ name, value }: Entry): number => name.length + value.length + 32;

/**
 * The table of an encoder, as a model: makes instructions and sections that refer to what was inserted. It knows
 * nothing of acknowledgements: what it writes is legal where the decoder sees instructions and sections in this
 * order, and, as long as nothing was evicted, in any.
 */
export class QpackScript {
  readonly #settings: number;
  #capacity = 0;
  /** All that were ever inserted; those before `#dropped` are gone. */
  readonly #entries: Entry[] = [];
  #dropped = 0;
  #size = 0;

  /** `settings`: the capacity that the decoder's SETTINGS allow. */
  constructor(settings = CAPACITY) {
    this.#settings = settings;
  }

  /** Insertions so far. */
  get insertCount(): number {
    return this.#entries.length;
  }

  /** Entries that are in the table. */
  get count(): number {
    return this.#entries.length - this.#dropped;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Whether a field can be inserted without pushing another one out. */
  hasRoom(name: string, value: string): boolean {
    return this.#size + sizeOf({ name, value }) <= this.#capacity;
  }

  /** Set Dynamic Table Capacity. */
  setCapacity(capacity: number): Uint8Array {
    this.#capacity = Math.min(capacity, this.#settings);
    this.#evict(0);
    return setCapacity(this.#capacity);
  }

  /** Inserts a field by some instruction that can; null where it does not fit. `choice` picks the instruction. */
  insert(name: string, value: string, choice = 0): Uint8Array | null {
    const entry = { name, value };
    if (sizeOf(entry) > this.#capacity) return null;
    const same = this.#find((one) => one.name === name && one.value === value);
    const named = this.#find((one) => one.name === name);
    const newest = this.#entries.length - 1;
    const bytes =
      same !== null && choice % 3 === 0
        ? duplicate(newest - same)
        : named !== null && choice % 3 !== 2
          ? insertDynamicName(newest - named, value)
          : insert(name, value);
    this.#evict(sizeOf(entry));
    this.#entries.push(entry);
    this.#size += sizeOf(entry);
    return bytes;
  }

  /**
   * A section of these fields: by reference where an entry fits, relative to a Base that `choice` moves.
   * `pseudo` are representations that come first.
   */
  section(list: readonly string[], choice = 0, pseudo: Uint8Array = new Uint8Array(0)): Uint8Array {
    const references: (number | null)[] = [];
    for (let at = 0; at + 1 < list.length; at += 2) {
      references.push(
        this.#find((one) => one.name === list[at] && one.value === list[at + 1]) ??
          ((choice >> 2) % 2 === 0 ? null : this.#find((one) => one.name === list[at])),
      );
    }
    const required = references.reduce<number>((most, at) => Math.max(most, (at ?? -1) + 1), 0);
    const base = [required, 0, this.#entries.length, Math.floor(required / 2)][choice % 4] ?? 0;
    const lines = references.map((entry, at) => {
      const [name, value] = [list[2 * at] ?? "", list[2 * at + 1] ?? ""];
      return entry === null ? literal(name, value) : this.#line(entry, base, name, value);
    });
    // A section without references has no Base either: any is allowed, and zero is what encoders write.
    return concat([
      required === 0 ? NO_PREFIX : prefix(required, base, this.#settings),
      pseudo,
      ...lines,
    ]);
  }

  #line(at: number, base: number, name: string, value: string): Uint8Array {
    const entry = this.#entries[at];
    const isWhole = entry?.name === name && entry.value === value;
    if (at < base) return isWhole ? dynamicField(base - 1 - at) : dynamicName(base - 1 - at, value);
    return isWhole ? postBaseField(at - base) : postBaseName(at - base, value);
  }

  /** The newest entry that fits, by its absolute index. */
  #find(fits: (entry: Entry) => boolean): number | null {
    for (let at = this.#entries.length - 1; at >= this.#dropped; at--) {
      const entry = this.#entries[at];
      if (entry !== undefined && fits(entry)) return at;
    }
    return null;
  }

  #evict(room: number): void {
    while (this.#size + room > this.#capacity) {
      const entry = this.#entries[this.#dropped];
      if (entry === undefined) return;
      this.#size -= sizeOf(entry);
      this.#dropped++;
    }
  }
}
