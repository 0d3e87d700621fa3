// One direction of a TCP connection as an observer sees it (RFC 9293 section 3.4): sequence numbers of 32 bits become
// places, bytes come in order, each once. What comes in order costs no state; the reassembler is there while there is a
// gap.

import { Reassembler, ReassemblyFault, type ReassemblyLimits } from "../quic.js";

/** Largest window of TCP (RFC 7323): what lies further ahead belongs to something else. */
const WINDOW_MAX = 2 ** 30;

/** Takes what a stream gives. */
export interface TcpSink {
  data(stream: TcpStream, bytes: Uint8Array, offset: number): void;
  gap(stream: TcpStream, length: number, offset: number): void;
}

/** One direction. */
export class TcpStream {
  /** Bytes that came in order, and gaps that were given up. */
  next = 0;
  isBegun = false;
  /** Whether its SYN was captured. */
  hasSyn = false;
  /** Whether all bytes up to the FIN came, and whether that was told. */
  isEnded = false;
  isEndTold = false;
  /** What the other side acknowledged before a byte of this one was seen; -1: nothing. */
  hint = -1;
  /** Sequence number of the first byte. */
  #start = 0;
  /** Place of the FIN; -1: not seen. */
  #end = -1;
  #reassembler: Reassembler | null = null;
  /** In order, but not given yet; empty outside of a call of TcpConnection. */
  readonly #ready: Uint8Array[] = [];
  #deliverUpTo = Number.POSITIVE_INFINITY;
  readonly #limits: ReassemblyLimits;
  readonly #sink: TcpSink;

  constructor(limits: ReassemblyLimits, sink: TcpSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** Memory of what waits behind gaps. */
  get heldMemory(): number {
    return this.#reassembler === null ? 0 : this.#reassembler.heldMemory;
  }

  /** Says which sequence number the first byte has. */
  begin(sequence: number): void {
    this.isBegun = true;
    this.#start = sequence;
  }

  /** Whether this is the number of the first byte. */
  beginsAt(sequence: number): boolean {
    return this.isBegun && this.#start === sequence;
  }

  /** How far a sequence number is ahead of the next byte; negative: behind it. */
  distance(sequence: number): number {
    return (sequence - ((this.#start + this.next) >>> 0)) | 0;
  }

  /** Bytes that were acknowledged and not seen; 0 where all is well. */
  unseen(acknowledgement: number): number {
    if (!this.isBegun) return 0;
    const ahead = this.distance(acknowledgement);
    if (ahead <= 0 || ahead > WINDOW_MAX) return 0;
    return this.#end < 0 ? ahead : Math.min(ahead, this.#end - this.next);
  }

  /** Takes bytes of a segment. */
  receive(sequence: number, bytes: Uint8Array, isFin: boolean): void {
    const ahead = this.distance(sequence);
    if (ahead > WINDOW_MAX || this.isEnded) return;
    const at = this.next + ahead;
    if (isFin) this.#finish(at + bytes.length);
    const last = this.#end < 0 ? bytes.length : Math.min(bytes.length, this.#end - at);
    const first = ahead < 0 ? -ahead : 0;
    if (first < last) {
      const isWhole = first === 0 && last === bytes.length;
      const fresh = isWhole ? bytes : bytes.subarray(first, last);
      if (at + first === this.next && this.#reassembler === null) this.#deliver(fresh);
      else this.#insert(at + first, fresh);
    }
    this.isEnded = this.next === this.#end;
  }

  /**
   * Gives up what is missing of the next `length` bytes, and gives no more than these: what was held behind them is ready,
   * but the other side may have said something before it. advance() and settle() give it.
   */
  giveUp(length: number): void {
    const end = this.next + length;
    this.#deliverUpTo = end;
    while (this.next < end) this.#giveUpGap(Math.min(this.#heldFrom ?? end, end));
    this.#deliverUpTo = Number.POSITIVE_INFINITY;
    this.isEnded = this.next === this.#end;
  }

  /** Gives what is ready of the next `length` bytes. */
  advance(length: number): void {
    this.#deliverReady(this.next + length);
  }

  /** Gives all that is ready. */
  settle(): void {
    if (this.#ready.length === 0) return;
    this.#deliverReady(Number.POSITIVE_INFINITY);
    this.isEnded = this.next === this.#end;
  }

  /** Gives up all that is missing before what waits, and before the FIN. */
  giveUpAll(): void {
    for (let from = this.#heldFrom; from !== null; from = this.#heldFrom) this.#giveUpGap(from);
    if (this.#end > this.next) this.#giveUpGap(this.#end);
    this.isEnded = this.next === this.#end;
  }

  get #heldFrom(): number | null {
    return this.#reassembler === null ? null : (this.#reassembler.heldFrom as number | null);
  }

  /** The first FIN counts, where nothing is known to lie behind it. */
  #finish(end: number): void {
    const highest = this.#reassembler === null ? this.next : (this.#reassembler.highest as number);
    if (this.#end < 0 && end >= highest) this.#end = end;
  }

  #deliver(bytes: Uint8Array): void {
    const offset = this.next;
    this.next += bytes.length;
    this.#sink.data(this, bytes, offset);
  }

  /** Where there is no room, the oldest gap is given up: what is missing longest will not come. */
  #insert(at: number, bytes: Uint8Array): void {
    this.#reassembler ??= this.#newReassembler();
    while (this.#reassembler.insert(at, bytes, false) !== ReassemblyFault.None) {
      this.#giveUpGap(this.#heldFrom === null ? at : Math.min(at, this.#heldFrom));
      this.#reassembler ??= this.#newReassembler();
    }
    this.#drain();
  }

  #newReassembler(): Reassembler {
    const reassembler = new Reassembler(this.#limits);
    reassembler.skip(this.next);
    return reassembler;
  }

  #giveUpGap(to: number): void {
    const length = to - this.next;
    if (length > 0) {
      this.#sink.gap(this, length, this.next);
      this.next = to;
    }
    this.#reassembler?.skip(to);
    this.#drain();
  }

  #drain(): void {
    const reassembler = this.#reassembler;
    if (reassembler === null) return;
    this.#ready.push(...reassembler.take());
    if (reassembler.fragments === 0) this.#reassembler = null;
    this.#deliverReady(this.#deliverUpTo);
  }

  #deliverReady(upTo: number): void {
    while (this.#ready.length > 0 && this.next < upTo) {
      const piece = this.#ready[0] as Uint8Array;
      const room = upTo - this.next;
      if (piece.length <= room) this.#ready.shift();
      else this.#ready[0] = piece.subarray(room);
      this.#deliver(piece.length <= room ? piece : piece.subarray(0, room));
    }
  }
}
