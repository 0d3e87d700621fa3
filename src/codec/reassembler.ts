// Bytes at offsets to bytes in order, each once: streams and CRYPTO data of QUIC (RFC 9000 section 2.2), and TCP
// (RFC 9293 section 3.4) as an observer sees it. What comes in order goes through as a view, without a copy. What comes
// ahead of a gap is copied and merged with its neighbours into one growing buffer, so that a gap costs an object and a
// byte does not. Both are bounded. Where pieces overlap, what came first stays.
//
//     offset              a gap                   a gap
//   ----|~~~~~~~~~~~~~~~~~~~~~~~[=== held ===]~~~~~~~~~~[== held ==]   ← fragments, in order, never touching
//       delivered before                                           ↑ highest
//
// Each byte is copied a few times at most: a fragment grows by half of itself, and of two that meet the smaller one moves.
// Rules: Q-STR-1, Q-STR-6, Q-STR-7, Q-STR-9, Q-STR-10, Q-CRY-1, Q-CRY-3, Q-CRY-7, Q-RST-2.

import { UsageError } from "../errors.js";
import { Fragment, viewOf } from "./reassembly-fragment.js";
import { isVarint, VARINT_MAX, type Varint } from "./varint.js";

/** What is wrong with a piece. It was not taken, and nothing has changed. */
export enum ReassemblyFault {
  None = 0,
  /** More bytes ahead of a gap than the limit. */
  TooManyBytes = 1,
  /** More fragments ahead of gaps than the limit. */
  TooManyFragments = 2,
  /** The end moved, or bytes lie behind it (RFC 9000 section 4.5). */
  FinalSize = 3,
  /** Other bytes than those that are held at the same place (only where changes are looked for). */
  Changed = 4,
  /** It ends behind 2^62 - 1. */
  TooLarge = 5,
}

/** What a reassembler may hold. */
export interface ReassemblyLimits {
  /** Bytes ahead of a gap. Their buffers are at most twice as large. */
  readonly bytes: number;
  /** Runs of bytes, each behind a gap. */
  readonly fragments: number;
}

/** Memory of a fragment beside its bytes (measured). */
const FRAGMENT_COST = 256;

const NOTHING: Uint8Array[] = [];

/** Puts one stream of bytes in order. */
export class Reassembler {
  readonly #limits: ReassemblyLimits;
  readonly #detectsChanges: boolean;
  /** Places below are relative to this, and exact as numbers: 0 until an offset above 2^53 - 1 is near. */
  #base = 0n;
  #offset = 0;
  #finalSize: Varint | null = null;
  #held: Fragment[] = NOTHING as never[];
  #heldBytes = 0;
  #ready: Uint8Array[] = NOTHING;

  /**
   * @param limits what may be held ahead of gaps
   * @param detectsChanges whether other bytes than those held at the same place are a fault (Q-STR-6); else what came
   * first stays. Bytes that were delivered are not compared: they are not here any more.
   * @throws UsageError where a limit is no number of 0 or above
   */
  constructor(limits: ReassemblyLimits, detectsChanges = false) {
    if (!(limits.bytes >= 0 && limits.fragments >= 0))
      throw new UsageError("REASSEMBLER_LIMIT_INVALID", "limits must be numbers of 0 or above");
    this.#limits = limits;
    this.#detectsChanges = detectsChanges;
  }

  /** Bytes delivered and skipped: where the next one belongs. */
  get offset(): Varint {
    return this.#absolute(this.#offset);
  }

  /** Length of the whole stream, once the end is known. */
  get finalSize(): Varint | null {
    return this.#finalSize;
  }

  /** Whether all bytes up to the end were delivered or skipped. */
  get isDone(): boolean {
    return this.#finalSize !== null && this.#finalSize === this.offset;
  }

  /** Bytes that wait behind gaps. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Memory of what waits, about: a run of one byte costs an object and a buffer, too. */
  get heldMemory(): number {
    return this.#heldBytes + FRAGMENT_COST * this.#held.length;
  }

  /** Runs of bytes that wait, each behind a gap. */
  get fragments(): number {
    return this.#held.length;
  }

  /** Where the first bytes that wait begin: the gap is [offset, heldFrom). null where none wait. */
  get heldFrom(): Varint | null {
    const first = this.#held[0];
    return first === undefined ? null : this.#absolute(first.start);
  }

  /** Behind the last byte that came or was skipped. */
  get highest(): Varint {
    return this.#absolute(this.#highest);
  }

  /**
   * Takes a piece of the stream. What it makes complete is for take(), as a view of `bytes` as far as it is new.
   *
   * @param offset place of its first byte in the stream
   * @param fin whether the stream ends behind it
   * @returns ReassemblyFault.None, or why it was not taken
   * @throws UsageError where `offset` is no integer of 0 to 2^62 - 1, or `bytes` no Uint8Array
   */
  insert(offset: Varint, bytes: Uint8Array, fin: boolean): ReassemblyFault {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("REASSEMBLER_BYTES_INVALID", "bytes must be a Uint8Array");
    // Most pieces: the next ones of a short stream, with nothing in wait.
    if (offset === this.#offset && this.#base === 0n && this.#held.length === 0 && !fin) {
      const end = offset + bytes.length;
      if (this.#finalSize === null && end <= Number.MAX_SAFE_INTEGER) {
        this.#deliver(bytes, end);
        return ReassemblyFault.None;
      }
    }
    if (!isVarint(offset))
      throw new UsageError("REASSEMBLER_OFFSET_INVALID", "offset must be of 0 to 2^62 - 1");
    return this.#insertAnywhere(offset, bytes, fin);
  }

  /** What is complete since the last call: in order, each byte once. Views of inserted pieces are among them. */
  take(): Uint8Array[] {
    const ready = this.#ready;
    this.#ready = NOTHING;
    return ready;
  }

  /**
   * Says how long the stream is (RESET_STREAM, a FIN without data).
   *
   * @returns ReassemblyFault.FinalSize where that contradicts what is known
   */
  finish(finalSize: Varint): ReassemblyFault {
    if (!isVarint(finalSize))
      throw new UsageError("REASSEMBLER_OFFSET_INVALID", "finalSize must be of 0 to 2^62 - 1");
    const fault = this.#endFault(finalSize, true);
    if (fault === ReassemblyFault.None) this.#finalSize = finalSize;
    return fault;
  }

  /**
   * Gives up what is missing below `to`, and what is held below it; bytes that are held from there on become ready.
   * A place that was passed already changes nothing.
   *
   * @throws UsageError where `to` is no integer of 0 to 2^62 - 1, or behind the known end
   */
  skip(to: Varint): void {
    if (!isVarint(to) || (this.#finalSize !== null && to > this.#finalSize))
      throw new UsageError("REASSEMBLER_OFFSET_INVALID", "a place that is not in the stream");
    let place = this.#relative(to);
    if (place <= this.#offset) return;
    if (place > Number.MAX_SAFE_INTEGER) {
      this.clear();
      this.#base = BigInt(to);
      place = 0;
    }
    this.#offset = place;
    this.#release();
  }

  /** Lets go of all that waits. */
  clear(): void {
    this.#held = NOTHING as never[];
    this.#heldBytes = 0;
  }

  get #highest(): number {
    const last = this.#held[this.#held.length - 1];
    return last === undefined ? this.#offset : last.end;
  }

  #absolute(place: number): Varint {
    if (this.#base === 0n) return place;
    const value = this.#base + BigInt(place);
    return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
  }

  /** Relative to the base: exact where it is a safe integer. */
  #relative(offset: Varint): number {
    if (this.#base === 0n && typeof offset === "number") return offset;
    return Number(BigInt(offset) - this.#base);
  }

  /** The base moves to the next byte, so that as much as possible of what lies ahead has an exact place. */
  #rebase(): void {
    const by = this.#offset;
    this.#base += BigInt(by);
    this.#offset = 0;
    for (const fragment of this.#held) {
      fragment.start -= by;
      fragment.end -= by;
    }
  }

  #insertAnywhere(offset: Varint, bytes: Uint8Array, fin: boolean): ReassemblyFault {
    const finalSize = sum(offset, bytes.length);
    if (finalSize > VARINT_MAX) return ReassemblyFault.TooLarge;
    const fault = this.#endFault(finalSize, fin) || this.#place(offset, bytes);
    if (fault === ReassemblyFault.None && fin) this.#finalSize = finalSize;
    return fault;
  }

  /** Whether a piece that ends here, and the stream with it if `fin`, contradicts what is known of the end. */
  #endFault(end: Varint, fin: boolean): ReassemblyFault {
    const known = this.#finalSize;
    const isWrong =
      (known !== null && (end > known || (fin && end !== known))) || (fin && end < this.highest);
    return isWrong ? ReassemblyFault.FinalSize : ReassemblyFault.None;
  }

  #place(offset: Varint, bytes: Uint8Array): ReassemblyFault {
    if (bytes.length === 0) return ReassemblyFault.None;
    let start = this.#relative(offset);
    if (start + bytes.length > Number.MAX_SAFE_INTEGER) {
      this.#rebase();
      start = this.#relative(offset);
      // 2^53 bytes ahead of the next one: nobody holds so much.
      if (start + bytes.length > Number.MAX_SAFE_INTEGER) return ReassemblyFault.TooManyBytes;
    }
    const end = start + bytes.length;
    if (end <= this.#offset) return ReassemblyFault.None;
    const from = Math.max(start, this.#offset);
    const rest = viewOf(bytes, from - start, bytes.length);
    if (this.#detectsChanges && this.#hasChanged(from, rest)) return ReassemblyFault.Changed;
    if (from > this.#offset) return this.#hold(from, end, rest);
    this.#deliverAround(end, rest);
    return ReassemblyFault.None;
  }

  #deliver(bytes: Uint8Array, end: number): void {
    if (bytes.length === 0) return;
    if (this.#ready === NOTHING) this.#ready = [];
    this.#ready.push(bytes);
    this.#offset = end;
  }

  /** Delivers the next bytes, up to `end`, and with them what they lead to; what is held within them stays as it came. */
  #deliverAround(end: number, bytes: Uint8Array): void {
    const start = this.#offset;
    let count = 0;
    for (const held of this.#held) {
      if (held.start > end) break;
      if (held.start > this.#offset) {
        this.#deliver(viewOf(bytes, this.#offset - start, held.start - start), held.start);
      }
      this.#deliver(held.view(this.#offset), held.end);
      this.#heldBytes -= held.length;
      count++;
    }
    if (count > 0) this.#held.splice(0, count);
    if (this.#offset < end) this.#deliver(viewOf(bytes, this.#offset - start, bytes.length), end);
  }

  /** Delivers what is held at the next place, and drops what is held before it. */
  #release(): void {
    let count = 0;
    for (const held of this.#held) {
      if (held.start > this.#offset) break;
      if (held.end > this.#offset) this.#deliver(held.view(this.#offset), held.end);
      this.#heldBytes -= held.length;
      count++;
    }
    if (count > 0) this.#held.splice(0, count);
  }

  /** Keeps a copy of the bytes [start, end), which lie behind a gap. */
  #hold(start: number, end: number, bytes: Uint8Array): ReassemblyFault {
    const held = this.#held;
    const first = this.#firstFrom(start);
    let last = first;
    let fresh = end - start;
    let largest: Fragment | null = null;
    for (; last < held.length && held[last].start <= end; last++) {
      const other = held[last];
      fresh -= Math.max(0, Math.min(end, other.end) - Math.max(start, other.start));
      if (largest === null || other.length > largest.length) largest = other;
    }
    if (fresh === 0) return ReassemblyFault.None;
    if (this.#heldBytes + fresh > this.#limits.bytes) return ReassemblyFault.TooManyBytes;
    if (largest !== null) this.#merge(first, last, largest, start, bytes);
    else if (held.length >= this.#limits.fragments) return ReassemblyFault.TooManyFragments;
    // A copy, also of a Buffer, whose slice() is none.
    else this.#addFragment(first, new Fragment(start, end, new Uint8Array(bytes)));
    this.#heldBytes += fresh;
    return ReassemblyFault.None;
  }

  #addFragment(index: number, fragment: Fragment): void {
    if (this.#held.length === 0) this.#held = [fragment];
    else if (index === this.#held.length) this.#held.push(fragment);
    else this.#held.splice(index, 0, fragment);
  }

  /** Makes one of the fragments [first, last), which touch or overlap the bytes, and of what the bytes add. */
  #merge(first: number, last: number, largest: Fragment, start: number, bytes: Uint8Array): void {
    const held = this.#held;
    const end = start + bytes.length;
    const { start: from, end: behind } = largest;
    largest.extend(Math.min(start, held[first].start), Math.max(end, held[last - 1].end));
    if (start < from) largest.write(start, viewOf(bytes, 0, Math.min(from, end) - start));
    if (end > behind) {
      const next = Math.max(start, behind);
      largest.write(next, viewOf(bytes, next - start, bytes.length));
    }
    if (last - first === 1) return;
    // What came first stays: the other fragments are written over the piece.
    for (let index = first; index < last; index++) {
      const other = held[index];
      if (other !== largest) largest.write(other.start, other.view(other.start));
    }
    held.splice(first, last - first, largest);
  }

  /** Index of the first fragment that ends at `place` or behind it. */
  #firstFrom(place: number): number {
    const held = this.#held;
    let low = 0;
    let high = held.length;
    // Most of what comes ahead of a gap is the next piece behind the last one.
    if (high > 0 && held[high - 1].start <= place) low = high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (held[middle].end < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the bytes differ from those that are held at the same places. */
  #hasChanged(start: number, bytes: Uint8Array): boolean {
    const end = start + bytes.length;
    for (let index = this.#firstFrom(start); index < this.#held.length; index++) {
      const held = this.#held[index];
      if (held.start >= end) break;
      const from = Math.max(start, held.start);
      const to = Math.min(end, held.end);
      for (let at = from; at < to; at++) {
        if (bytes[at - start] !== held.buffer[held.at + (at - held.start)]) return true;
      }
    }
    return false;
  }
}

function sum(offset: Varint, length: number): Varint {
  if (typeof offset === "number" && offset + length <= Number.MAX_SAFE_INTEGER)
    return offset + length;
  const value = BigInt(offset) + BigInt(length);
  return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
}
