// The slow, obvious reader of QPACK (RFC 9204): one octet and one bit at a time, an array of all entries ever inserted, nothing
// clever. What QpackDecoder must agree with, on good bytes and on bad ones.

import { NAIVE_CODES } from "./hpack.js";
import { NAIVE_STATIC } from "./qpack-static.js";

export interface NaiveQpackField {
  name: string;
  value: string;
  /** Never to be indexed (the N bit). */
  sensitive: boolean;
}

export interface NaiveQpackOptions {
  /** Our SETTINGS_QPACK_MAX_TABLE_CAPACITY. */
  maxTableCapacity?: number;
  /** Our SETTINGS_QPACK_BLOCKED_STREAMS. */
  maxBlockedStreams?: number;
  /** Capacity before the first instruction: 0 in HTTP/3, the maximum in the qifs corpus. */
  initialCapacity?: number;
}

/** The name of an error of src/errors.ts. */
export interface NaiveFault {
  code: string;
}

export type NaiveSection = { fields: NaiveQpackField[] } | { blocked: true } | NaiveFault;

class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}
/** More bytes are needed. */
class Unfinished extends Error {}

const SYMBOLS = new Map(NAIVE_CODES.map((code, symbol) => [code, symbol]));
const LARGEST = 2n ** 62n - 1n;
/** Octets behind the prefix that 62 bits need. */
const CONTINUATIONS = 9;

/** Names of the errors of the two places where integers and strings stand. */
interface Names {
  integer: string;
  eos: string;
  padding: string;
}
const SECTION: Names = {
  integer: "QPACK_INTEGER_INVALID",
  eos: "QPACK_HUFFMAN_EOS",
  padding: "QPACK_HUFFMAN_PADDING",
};
const STREAM: Names = {
  integer: "QPACK_ENCODER_INTEGER_INVALID",
  eos: "QPACK_ENCODER_HUFFMAN_INVALID",
  padding: "QPACK_ENCODER_HUFFMAN_INVALID",
};

/** Reads primitives; throws Unfinished at the end of the bytes. */
class Octets {
  at = 0;
  constructor(
    readonly bytes: Uint8Array,
    readonly names: Names,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  peek(): number {
    const octet = this.bytes[this.at];
    if (octet === undefined) throw new Unfinished();
    return octet;
  }

  integer(prefix: number): bigint {
    const most = 2 ** prefix - 1;
    let value = BigInt(this.peek() & most);
    this.at++;
    if (value < BigInt(most)) return value;
    for (let count = 0; count < CONTINUATIONS; count++) {
      const octet = this.peek();
      this.at++;
      value += BigInt(octet & 127) << BigInt(7 * count);
      if (value > LARGEST) break;
      if (octet < 128) return value;
    }
    throw new Refusal(this.names.integer);
  }

  /** A string whose length has a prefix of so many bits, behind the bit that says Huffman. */
  string(prefix: number, check: (length: bigint, isHuffman: boolean) => void = () => {}): string {
    const isHuffman = (this.peek() & (1 << prefix)) !== 0;
    const length = this.integer(prefix);
    check(length, isHuffman);
    if (length > BigInt(this.left)) throw new Unfinished();
    const octets = this.bytes.subarray(this.at, this.at + Number(length));
    this.at += Number(length);
    if (isHuffman) return this.huffman(octets);
    return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
  }

  huffman(octets: Uint8Array): string {
    let text = "";
    let code = "";
    for (const octet of octets) {
      for (const bit of octet.toString(2).padStart(8, "0")) {
        code += bit;
        const symbol = SYMBOLS.get(code);
        if (symbol === undefined) continue;
        if (symbol === 256) throw new Refusal(this.names.eos);
        text += String.fromCharCode(symbol);
        code = "";
      }
    }
    if (code.length > 7 || code.includes("0")) throw new Refusal(this.names.padding);
    return text;
  }
}

const sizeOf = (name: string, value: string) => name.length + value.length + 32;

/** One direction of one connection: the decoder of what a peer encodes. */
export class NaiveQpack {
  /** Every entry ever inserted, by absolute index; evicted ones are null. */
  readonly entries: ([name: string, value: string] | null)[] = [];
  capacity: number;
  /** Entries before this one are gone. */
  #gone = 0;
  /** The first mistake of the encoder stream; after it nothing is read. */
  fault: NaiveFault | null = null;
  readonly #maxCapacity: number;
  readonly #maxBlocked: number;
  #pending = new Uint8Array();
  /** Blocked sections in the order of their arrival. */
  #blocked: { streamId: number; section: Uint8Array }[] = [];
  /** Instructions that the decoder owes the encoder, but increments: "ack 4", "cancel 8". */
  readonly acknowledged: string[] = [];

  constructor(options: NaiveQpackOptions = {}) {
    this.#maxCapacity = options.maxTableCapacity ?? 4096;
    this.#maxBlocked = options.maxBlockedStreams ?? 16;
    this.capacity = options.initialCapacity ?? 0;
  }

  get insertCount(): number {
    return this.entries.length;
  }

  get tableSize(): number {
    const left = this.entries.slice(this.#gone);
    return left.reduce((sum, entry) => sum + (entry === null ? 0 : sizeOf(...entry)), 0);
  }

  get blockedStreams(): number {
    return new Set(this.#blocked.map(({ streamId }) => streamId)).size;
  }

  /** Bytes of the encoder stream, cut anywhere. Gives the fault, or null. */
  encoderStream(bytes: Uint8Array): NaiveFault | null {
    if (this.fault !== null) return this.fault;
    this.#pending = new Uint8Array(Buffer.concat([this.#pending, bytes]));
    try {
      while (this.#pending.length > 0) {
        const octets = new Octets(this.#pending, STREAM);
        this.#instruction(octets);
        this.#pending = this.#pending.slice(octets.at);
      }
    } catch (error) {
      if (error instanceof Refusal) this.fault = { code: error.code };
      else if (!(error instanceof Unfinished)) throw error;
    }
    return this.fault;
  }

  #instruction(octets: Octets): void {
    const first = octets.peek();
    if (first >= 128) {
      const isStatic = (first & 64) !== 0;
      const name = this.#nameOf(octets.integer(6), isStatic);
      this.#insert(name, octets.string(7, this.#fits(name.length)));
    } else if (first >= 64) {
      const name = octets.string(5, this.#fits(0));
      this.#insert(name, octets.string(7, this.#fits(name.length)));
    } else if (first >= 32) {
      const capacity = octets.integer(5);
      if (capacity > BigInt(this.#maxCapacity)) throw new Refusal("QPACK_ENCODER_CAPACITY_INVALID");
      this.capacity = Number(capacity);
      this.#evict(this.capacity);
    } else {
      const index = octets.integer(5);
      const entry = this.#relative(index);
      this.#insert(...entry);
    }
  }

  /** A string that no table of this capacity can hold is an error at its length (QP-STR-3): 30 bits are the longest code. */
  #fits(other: number) {
    return (length: bigint, isHuffman: boolean) => {
      const shortest = isHuffman ? (length * 8n - 7n + 29n) / 30n : length;
      if (shortest + BigInt(other + 32) > BigInt(this.capacity))
        throw new Refusal("QPACK_ENCODER_ENTRY_TOO_LARGE");
    };
  }

  #nameOf(index: bigint, isStatic: boolean): string {
    if (!isStatic) return this.#relative(index)[0];
    const entry = index > 98n ? undefined : NAIVE_STATIC[Number(index)];
    if (entry === undefined) throw new Refusal("QPACK_ENCODER_INDEX_INVALID");
    return entry[0];
  }

  /** Relative to the newest entry (RFC 9204 section 3.2.5). */
  #relative(index: bigint): [string, string] {
    const absolute = BigInt(this.entries.length) - 1n - index;
    const entry = absolute < 0n ? null : this.entries[Number(absolute)];
    if (entry === null || entry === undefined) throw new Refusal("QPACK_ENCODER_INDEX_INVALID");
    return entry;
  }

  #insert(name: string, value: string): void {
    const size = sizeOf(name, value);
    if (size > this.capacity) throw new Refusal("QPACK_ENCODER_ENTRY_TOO_LARGE");
    this.#evict(this.capacity - size);
    this.entries.push([name, value]);
  }

  /** Evicts the oldest until the table is at most so large. */
  #evict(size: number): void {
    while (this.tableSize > size) this.entries[this.#gone++] = null;
  }

  /** A whole encoded field section of a stream. */
  section(streamId: number, section: Uint8Array): NaiveSection {
    if (this.fault !== null) return this.fault;
    const isBehind = this.#blocked.some((one) => one.streamId === streamId);
    const outcome = isBehind ? ({ blocked: true } as const) : this.#read(streamId, section);
    if (!("blocked" in outcome)) return outcome;
    this.#blocked.push({ streamId, section });
    if (this.blockedStreams > this.#maxBlocked) {
      this.fault = { code: "QPACK_BLOCKED_STREAMS" };
      return this.fault;
    }
    return outcome;
  }

  /** Sections that are no longer blocked, in order: of each stream as they came, of all by the oldest. */
  unblocked(): { streamId: number; outcome: NaiveSection }[] {
    const out: { streamId: number; outcome: NaiveSection }[] = [];
    const still = new Set<number>();
    for (const one of [...this.#blocked]) {
      if (still.has(one.streamId) || this.fault !== null) continue;
      const outcome = this.#read(one.streamId, one.section);
      if ("blocked" in outcome) still.add(one.streamId);
      else {
        this.#blocked = this.#blocked.filter((other) => other !== one);
        out.push({ streamId: one.streamId, outcome });
      }
    }
    return out;
  }

  /** The stream was abandoned. */
  cancel(streamId: number): void {
    this.#blocked = this.#blocked.filter((one) => one.streamId !== streamId);
    this.acknowledged.push(`cancel ${streamId}`);
  }

  #read(streamId: number, section: Uint8Array): NaiveSection {
    const octets = new Octets(section, SECTION);
    try {
      const required = this.#requiredInsertCount(octets.integer(8));
      const isNegative = octets.peek() >= 128;
      const delta = octets.integer(7);
      const base = isNegative ? BigInt(required) - delta - 1n : BigInt(required) + delta;
      if (base < 0n) throw new Refusal("QPACK_BASE_INVALID");
      if (required > this.entries.length) return { blocked: true };
      const fields: NaiveQpackField[] = [];
      while (octets.left > 0) fields.push(this.#field(octets, base, required));
      if (required > 0) this.acknowledged.push(`ack ${streamId}`);
      return { fields };
    } catch (error) {
      if (error instanceof Unfinished) return this.#fail("QPACK_TRUNCATED");
      if (error instanceof Refusal) return this.#fail(error.code);
      throw error;
    }
  }

  #fail(code: string): NaiveFault {
    this.fault = { code };
    return this.fault;
  }

  /** RFC 9204 section 4.5.1.1, as it is written there. */
  #requiredInsertCount(encoded: bigint): number {
    if (encoded === 0n) return 0;
    const maxEntries = Math.floor(this.#maxCapacity / 32);
    const fullRange = 2 * maxEntries;
    if (encoded > BigInt(fullRange)) throw new Refusal("QPACK_INSERT_COUNT_INVALID");
    const maxValue = this.entries.length + maxEntries;
    const maxWrapped = Math.floor(maxValue / fullRange) * fullRange;
    let required = maxWrapped + Number(encoded) - 1;
    if (required > maxValue) {
      if (required <= fullRange) throw new Refusal("QPACK_INSERT_COUNT_INVALID");
      required -= fullRange;
    }
    if (required === 0) throw new Refusal("QPACK_INSERT_COUNT_INVALID");
    return required;
  }

  #field(octets: Octets, base: bigint, required: number): NaiveQpackField {
    const first = octets.peek();
    if (first >= 128) return this.#whole(octets, 6, (first & 64) !== 0, base, required);
    if (first >= 64) {
      const sensitive = (first & 32) !== 0;
      const isStatic = (first & 16) !== 0;
      const [name] = this.#entry(octets.integer(4), isStatic, base, required);
      return { name, value: octets.string(7), sensitive };
    }
    if (first >= 32) {
      const sensitive = (first & 16) !== 0;
      const name = octets.string(3);
      return { name, value: octets.string(7), sensitive };
    }
    if (first >= 16) {
      const [name, value] = this.#dynamic(base + octets.integer(4), required);
      return { name, value, sensitive: false };
    }
    const sensitive = (first & 8) !== 0;
    const [name] = this.#dynamic(base + octets.integer(3), required);
    return { name, value: octets.string(7), sensitive };
  }

  #whole(
    octets: Octets,
    prefix: number,
    isStatic: boolean,
    base: bigint,
    required: number,
  ): NaiveQpackField {
    const [name, value] = this.#entry(octets.integer(prefix), isStatic, base, required);
    return { name, value, sensitive: false };
  }

  #entry(
    index: bigint,
    isStatic: boolean,
    base: bigint,
    required: number,
  ): readonly [string, string] {
    if (!isStatic) return this.#dynamic(base - index - 1n, required);
    const entry = index > 98n ? undefined : NAIVE_STATIC[Number(index)];
    if (entry === undefined) throw new Refusal("QPACK_INDEX_INVALID");
    return entry;
  }

  #dynamic(absolute: bigint, required: number): readonly [string, string] {
    const entry =
      absolute < 0n || absolute >= BigInt(required) ? undefined : this.entries[Number(absolute)];
    if (entry === undefined || entry === null) throw new Refusal("QPACK_REFERENCE_INVALID");
    return entry;
  }
}
