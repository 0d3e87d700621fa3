// Field sections that wait for insertions (RFC 9204 section 2.1.2): one buffer a stream, its sections one behind the
// other, so that what is held is what was received. Streams are counted, and bytes; both have caps.
// Rules: QP-PFX-6, QP-PFX-7, QP-FLD-8.

import { PieceBuffer } from "./piece-buffer.js";

/** Bytes of an item of an array. */
const ITEM = 8;
/** What a section costs beside its own bytes: three items. One that is shorter counts as so many bytes. */
const LEAST = 3 * ITEM;

/** The sections of one stream that wait, in order. */
export class BlockedStream {
  readonly id: number;
  /** Required Insert Count of the first one; of one that was not tried yet, that of the one before it. */
  required: number;
  readonly bytes = new PieceBuffer();
  /** Where the first one begins in `bytes`. */
  from = 0;
  /** What all of them count for. */
  cost = 0;
  /** Made with their first item: most streams have one, and an array that grew into it has room for sixteen more. */
  #lengths: number[] = [];
  #tags: number[] = [];
  /** When each came, among all that wait. */
  #turns: number[] = [];
  /** Sections that are gone from the front of the lists. */
  #first = 0;

  constructor(id: number, required: number) {
    this.id = id;
    this.required = required;
  }

  /** Length of the first section. */
  get length(): number {
    return this.#lengths[this.#first] as number;
  }

  get tag(): number {
    return this.#tags[this.#first] as number;
  }

  get turn(): number {
    return this.#turns[this.#first] as number;
  }

  get isEmpty(): boolean {
    return this.#first === this.#lengths.length;
  }

  get heldBytes(): number {
    return this.bytes.capacity + LEAST * this.#lengths.length;
  }

  append(bytes: Uint8Array, from: number, to: number, tag: number, turn: number): void {
    this.bytes.append(bytes, from, to - from);
    this.cost += costOf(to - from);
    if (this.#turns.length === 0) {
      this.#turns = [turn];
      this.#lengths = [to - from];
      this.#tags = [tag];
      return;
    }
    this.#turns.push(turn);
    this.#lengths.push(to - from);
    this.#tags.push(tag);
  }

  /** The first section is done. The front of the buffer is given back when it is the larger part. */
  shift(): void {
    this.from += this.length;
    this.cost -= costOf(this.length);
    this.#first++;
    if (this.from * 2 < this.bytes.length) return;
    this.bytes.discard(this.from);
    this.from = 0;
    this.#lengths.splice(0, this.#first);
    this.#tags.splice(0, this.#first);
    this.#turns.splice(0, this.#first);
    this.#first = 0;
  }
}

/** All sections of a connection that wait. */
export class BlockedSections {
  /** Null: none waited yet, as on most connections. */
  #streams: Map<number, BlockedStream> | null = null;
  /** The same, whose turn is next at the end: by the Insert Count that they wait for, then by who came first. */
  #line: BlockedStream[] = [];
  /** Sections that ever waited. */
  #turns = 0;
  /** Encoded bytes of all that wait. */
  length = 0;
  /** What they count for. */
  cost = 0;

  /** Smallest Insert Count that lets one go on; infinite: none waits. */
  get wanted(): number {
    return this.#line.at(-1)?.required ?? Number.POSITIVE_INFINITY;
  }

  /** Streams. */
  get count(): number {
    return this.#streams?.size ?? 0;
  }

  get heldBytes(): number {
    let sum = 0;
    for (const stream of this.#streams?.values() ?? []) sum += stream.heldBytes;
    return sum;
  }

  /** Whether one more section of this length is within a cap of bytes. */
  hasRoom(length: number, cap: number): boolean {
    return this.cost + costOf(length) <= cap;
  }

  has(streamId: number): boolean {
    return this.#streams?.has(streamId) === true;
  }

  /** Keeps bytes[from, to); `required` matters where it is the first one of its stream. */
  add(
    streamId: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    tag: number,
    required: number,
  ): void {
    this.#streams ??= new Map();
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = new BlockedStream(streamId, required);
      this.#streams.set(streamId, stream);
      stream.append(bytes, from, to, tag, this.#turns++);
      this.#getInLine(stream);
    } else stream.append(bytes, from, to, tag, this.#turns++);
    this.length += to - from;
    this.cost += costOf(to - from);
  }

  /** The stream whose next section may go on; null: none. */
  ready(insertions: number): BlockedStream | null {
    const next = this.#line.at(-1);
    return next !== undefined && next.required <= insertions ? next : null;
  }

  /** The first section of the stream that is ready has to wait on. */
  postpone(stream: BlockedStream, required: number): void {
    this.#line.pop();
    stream.required = required;
    this.#getInLine(stream);
  }

  /**
   * The first section of the stream that is ready was decoded. What the next one waits for is not known: it is tried when
   * it is its turn among those that the same insertion lets go on.
   */
  shift(stream: BlockedStream): void {
    this.length -= stream.length;
    this.cost -= costOf(stream.length);
    this.#line.pop();
    stream.shift();
    if (stream.isEmpty) this.#streams?.delete(stream.id);
    else this.#getInLine(stream);
  }

  /** Forgets a stream. */
  drop(streamId: number): void {
    const stream = this.#streams?.get(streamId);
    if (stream === undefined) return;
    this.length -= stream.bytes.length - stream.from;
    this.cost -= stream.cost;
    this.#streams?.delete(streamId);
    this.#line.splice(this.#placeOf(stream), 1);
  }

  #getInLine(stream: BlockedStream): void {
    this.#line.splice(this.#placeOf(stream), 0, stream);
  }

  /** Where a stream stands in the line, or belongs. */
  #placeOf({ required, turn }: BlockedStream): number {
    const line = this.#line;
    let from = 0;
    let end = line.length;
    while (from < end) {
      const middle = (from + end) >>> 1;
      const other = line[middle] as BlockedStream;
      const isBehind = other.required === required ? other.turn > turn : other.required > required;
      if (isBehind) from = middle + 1;
      else end = middle;
    }
    return from;
  }

  clear(): void {
    this.#streams = null;
    this.#line = [];
    this.length = 0;
    this.cost = 0;
  }
}

function costOf(length: number): number {
  return length > LEAST ? length : LEAST;
}
