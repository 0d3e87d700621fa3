// A TCP connection as an observer sees it: two directions, and what they say of each other. A segment that acknowledges
// bytes that the capture has not shown waits for a few segments: captures of two network cards are often a little out of
// order, and an answer must not come before its question. Then the bytes are given up.

import type { ReassemblyLimits } from "../quic.js";
import type { TcpSegment } from "./capture/segment.js";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "./capture/segment.js";
import type { Direction } from "./events.js";
import type { TcpEvent } from "./tcp-event.js";
import { type TcpSink, TcpStream } from "./tcp-stream.js";

/** Segments of one side that wait for bytes of the other. */
const WAITING_MAX = 8;
/** Octets in them. */
const WAITING_BYTES_MAX = 128 * 1024;
/** Segments of the other side that acknowledge what waits: what it sent before would be here by now. */
const PASSED_MAX = 3;
/** Memory of one, beside its bytes. */
const SEGMENT_COST = 256;
/** What lies further from the next byte of a closed connection belongs to another connection. */
const NEAR = 2 ** 24;

const NOTHING: TcpSegment[] = [];

/** Where the events of a call go; the tracker has one, so that idle connections keep nothing alive. */
export interface TcpOutput {
  events: TcpEvent[];
}

/** Follows one connection. */
export class TcpConnection implements TcpSink {
  readonly id: number;
  readonly client: string;
  readonly server: string;
  isClosed = false;
  /** Its place in the tracker's table. */
  keys: readonly [string, string] = ["", ""];
  /** Neighbours in the order of use, kept by the tracker. */
  older: TcpConnection | null = null;
  newer: TcpConnection | null = null;
  /** What the tracker counts for it. */
  countedMemory = 0;

  readonly #fromClient: TcpStream;
  readonly #fromServer: TcpStream;
  #waiting = NOTHING;
  #waitingBytes = 0;
  #passed = 0;
  #time: number | null = null;
  readonly #output: TcpOutput;

  constructor(
    id: number,
    client: string,
    server: string,
    limits: ReassemblyLimits,
    output: TcpOutput,
  ) {
    this.id = id;
    this.client = client;
    this.server = server;
    this.#output = output;
    this.#fromClient = new TcpStream(limits, this);
    this.#fromServer = new TcpStream(limits, this);
  }

  /** Memory of what waits. */
  get heldMemory(): number {
    const waiting = this.#waitingBytes + SEGMENT_COST * this.#waiting.length;
    return this.#fromClient.heldMemory + this.#fromServer.heldMemory + waiting;
  }

  /** Whether a segment between its endpoints begins another connection: the ports are used again. */
  isReusedBy(segment: TcpSegment): boolean {
    const own = this.#streamOf(segment);
    if ((segment.flags & TCP_SYN) === 0) {
      const isFar = own.isBegun && Math.abs(own.distance(segment.sequence)) > NEAR;
      return this.isClosed && segment.bytes.length > 0 && isFar;
    }
    const first = (segment.sequence + 1) >>> 0;
    if (own.isBegun) return !own.beginsAt(first);
    if (this.isClosed) return true;
    // The other side may have spoken already: of this connection, if the numbers say so.
    const other = this.#otherOf(own);
    if (own.hint >= 0) return own.hint !== first;
    if ((segment.flags & TCP_ACK) === 0) return other.next > 0;
    return other.isBegun && Math.abs(other.distance(segment.acknowledgement)) > NEAR;
  }

  /** Takes a segment of this connection. */
  receive(segment: TcpSegment): void {
    if (this.isClosed) return;
    if ((segment.flags & TCP_RST) !== 0) this.#giveUpAllWaiting();
    const isWaiting = this.#waiting.length > 0;
    const mustWait = isWaiting
      ? segment.source === this.#waiting[0].source
      : this.#unseenBy(segment) > 0 && (segment.flags & TCP_RST) === 0;
    if (mustWait) this.#wait(segment);
    else this.#apply(segment);
    if (isWaiting) this.#resume();
    if (this.#waiting.length > 0 && this.#hasWaited(segment, mustWait)) {
      this.#giveUpWaiting();
      this.#resume();
    }
  }

  /** Whether what the waiting segments need will not come any more. */
  #hasWaited(segment: TcpSegment, isWaiting: boolean): boolean {
    if (!isWaiting && this.#unseenBy(segment) > 0) this.#passed++;
    return (
      this.#waiting.length > WAITING_MAX ||
      this.#waitingBytes > WAITING_BYTES_MAX ||
      this.#passed >= PASSED_MAX
    );
  }

  /** Gives up all that is missing, so that nothing is held. */
  flush(): void {
    if (this.isClosed) return;
    this.#giveUpAllWaiting();
    this.#giveUpAll();
    this.#closeIfOver();
  }

  /** Nothing more is kept of it. */
  close(): void {
    this.flush();
    this.#close();
  }

  data(stream: TcpStream, bytes: Uint8Array, offset: number): void {
    const direction = this.#directionOf(stream);
    this.#output.events.push({
      kind: "data",
      id: this.id,
      direction,
      bytes,
      time: this.#time,
      offset,
    });
  }

  gap(stream: TcpStream, length: number, offset: number): void {
    const direction = this.#directionOf(stream);
    this.#output.events.push({
      kind: "gap",
      id: this.id,
      direction,
      length,
      time: this.#time,
      offset,
    });
  }

  #streamOf(segment: TcpSegment): TcpStream {
    return segment.source === this.client ? this.#fromClient : this.#fromServer;
  }

  #otherOf(stream: TcpStream): TcpStream {
    return stream === this.#fromClient ? this.#fromServer : this.#fromClient;
  }

  #directionOf(stream: TcpStream): Direction {
    return stream === this.#fromClient ? "client" : "server";
  }

  /** Bytes of the other side that a segment acknowledges and nobody has seen. */
  #unseenBy(segment: TcpSegment): number {
    if ((segment.flags & TCP_ACK) === 0) return 0;
    return this.#otherOf(this.#streamOf(segment)).unseen(segment.acknowledgement);
  }

  #wait(segment: TcpSegment): void {
    if (this.#waiting.length === 0) {
      this.#waiting = [];
      this.#passed = 0;
    }
    // A copy, also of a Buffer, whose slice() is none.
    this.#waiting.push({ ...segment, bytes: new Uint8Array(segment.bytes) });
    this.#waitingBytes += segment.bytes.length;
  }

  /** Goes on with segments that wait, up to the first that still has to. */
  #resume(): void {
    for (let segment = this.#waiting[0]; segment !== undefined; segment = this.#waiting[0]) {
      this.#otherOf(this.#streamOf(segment)).advance(this.#unseenBy(segment));
      if (this.#unseenBy(segment) > 0) break;
      this.#apply(this.#nextWaiting());
    }
    this.#fromClient.settle();
    this.#fromServer.settle();
    if (!this.isClosed) this.#closeIfOver();
  }

  /** What the first segment that waits acknowledges will not come. */
  #giveUpWaiting(): void {
    const segment = this.#nextWaiting();
    this.#time = segment.time;
    this.#otherOf(this.#streamOf(segment)).giveUp(this.#unseenBy(segment));
    this.#apply(segment);
  }

  #giveUpAllWaiting(): void {
    while (this.#waiting.length > 0) {
      this.#giveUpWaiting();
      this.#resume();
    }
  }

  #nextWaiting(): TcpSegment {
    const segment = this.#waiting.shift() as TcpSegment;
    this.#waitingBytes -= segment.bytes.length;
    return segment;
  }

  #apply(segment: TcpSegment): void {
    if (this.isClosed) return;
    this.#time = segment.time;
    const own = this.#streamOf(segment);
    const other = this.#otherOf(own);
    const { flags, bytes } = segment;
    const isSyn = (flags & TCP_SYN) !== 0;
    const sequence = isSyn ? (segment.sequence + 1) >>> 0 : segment.sequence;
    if (isSyn && !own.isBegun) {
      own.begin(sequence);
      own.hasSyn = true;
    }
    if ((flags & TCP_ACK) !== 0 && !other.isBegun) this.#learn(own, other, segment);
    const isFin = (flags & TCP_FIN) !== 0;
    if (bytes.length > 0 || isFin) {
      if (!own.isBegun) beginInTheMiddle(own, sequence, bytes.length);
      own.receive(sequence, bytes, isFin);
    }
    if ((flags & TCP_RST) !== 0) this.#reset(own);
    else this.#closeIfOver();
  }

  /** What a side acknowledges tells where the other one is: exactly so at the begin of the connection. */
  #learn(own: TcpStream, other: TcpStream, { acknowledgement, flags }: TcpSegment): void {
    const isBegin = own.hasSyn && (own.next === 0 || (flags & TCP_SYN) !== 0);
    if (isBegin && (flags & TCP_RST) === 0) other.begin(acknowledgement);
    else other.hint = acknowledgement;
  }

  #reset(stream: TcpStream): void {
    this.#giveUpAll();
    this.#tellEnd(this.#otherOf(stream));
    const direction = this.#directionOf(stream);
    if (!stream.isEnded) {
      this.#output.events.push({ kind: "reset", id: this.id, direction, time: this.#time });
    } else this.#tellEnd(stream);
    this.#close();
  }

  #giveUpAll(): void {
    this.#fromClient.giveUpAll();
    this.#fromServer.giveUpAll();
  }

  #closeIfOver(): void {
    this.#tellEnd(this.#fromClient);
    this.#tellEnd(this.#fromServer);
    if (this.#fromClient.isEnded && this.#fromServer.isEnded) this.#close();
  }

  #tellEnd(stream: TcpStream): void {
    if (!stream.isEnded || stream.isEndTold) return;
    stream.isEndTold = true;
    const direction = this.#directionOf(stream);
    this.#output.events.push({ kind: "end", id: this.id, direction, time: this.#time });
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#waiting = NOTHING;
    this.#waitingBytes = 0;
    this.#output.events.push({ kind: "close", id: this.id, time: this.#time });
  }
}

/** The capture began after the connection: its first bytes are those that were not acknowledged before. */
function beginInTheMiddle(stream: TcpStream, sequence: number, length: number): void {
  const isOld = stream.hint >= 0 && ((stream.hint - sequence - length) | 0) >= 0;
  const isNear = isOld && ((stream.hint - sequence) | 0) < NEAR;
  stream.begin(isNear ? stream.hint : sequence);
}
