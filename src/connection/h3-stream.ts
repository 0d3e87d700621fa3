// One stream of an HTTP/3 connection that has a life of its own: a request, a push, or a stream of a WebTransport
// session. Small numbers in one object, because a connection may have many; what few streams need is null until it is
// needed. And the table of them: which are open, which are over.

import type { CapsuleReader } from "../codec/capsule-reader.js";
import type { H3FrameReader } from "../codec/h3-frame-reader.js";
import type { PieceBuffer } from "../codec/piece-buffer.js";
import type { Schedulable } from "./scheduler.js";

export const enum H3StreamFlag {
  /** The final head of the peer's message was delivered. */
  HeadReceived = 1,
  /** Its trailers were. */
  TrailersReceived = 2,
  /** The peer's side is over: FIN, RESET_STREAM, or we want no more of it. */
  ReceiveDone = 4,
  /** Our final head went out. */
  HeadSent = 8,
  /** Our message is complete: nothing more may be queued. */
  EndQueued = 16,
  /** Our side is over: FIN or RESET_STREAM was taken. */
  SendDone = 32,
  /** The request was HEAD. */
  Head = 64,
  /** The request was CONNECT, plain or extended. */
  Connect = 128,
  /** DATA is opaque: a CONNECT that was answered with 2xx. */
  Tunnel = 256,
  /** The response has no content by definition (204, 304, to HEAD). */
  NoContent = 512,
  /** sendData gave false; a writable event is due. */
  WantsRoom = 1024,
  /** What comes is held: a section waits for insertions, or a push for its promise. */
  Held = 2048,
  /** The FIN is held, too. */
  FinHeld = 4096,
  /** Content is capsules (RFC 9297 section 3). */
  Capsules = 8192,
  /** A stream of a WebTransport session: its bytes are no frames. */
  Session = 16_384,
  /** Opened by the peer. */
  Remote = 32_768,
  /** A push. */
  Push = 65_536,
  /** The first frame was seen: no WebTransport signal can come any more. */
  Begun = 131_072,
  /** A CONNECT that makes a WebTransport session. */
  WebTransport = 262_144,
  /** A 1xx response was delivered. */
  Informed = 524_288,
  /** An extended CONNECT (RFC 9220). */
  Extended = 1_048_576,
  /** One of the sides was given up, by either end. */
  Aborted = 8_388_608,
  /** It had its error: what is left is to send the answer to it. */
  Refused = 4_194_304,
  /** One whose protocol has capsules, whatever the fields say. */
  CapsuleProtocol = 2_097_152,
  /** PRIORITY_UPDATE has come: the field says nothing any more. */
  Prioritized = 16_777_216,
}

/** One stream. */
export class H3Stream implements Schedulable {
  readonly id: number;
  /** H3StreamFlag bits. */
  flags: number;
  /** The frames that come; null on streams of sessions. */
  frames: H3FrameReader | null = null;
  /** Bytes received on a stream of a session; the frame reader counts those of others. */
  offset = 0;
  /** Content bytes that were received. */
  received = 0;
  /** content-length of the peer's message, -1 = none. */
  expected = -1;
  /** Content bytes that we still owe, -1 = open end. */
  owed = -1;
  /** Content that was delivered and not consumed (window "manual"). */
  unconsumed = 0;
  /** What waits to be taken, in order, frame headers included. */
  queue: Uint8Array[] | null = null;
  queuedLength = 0;
  /** Bytes of the section that is under way, as the connection counts them. */
  unfinished = 0;
  /** Bytes that came behind a section that waits. */
  held: PieceBuffer | null = null;
  /** Bytes of memory that the head of the peer's message is taken to hold. */
  headCharge = 0;
  /** Encoded bytes that it came in. */
  headLength = 0;
  capsules: CapsuleReader | null = null;
  /** Client: whom the request asked, for whom promises may speak. */
  authority: string | null = null;
  /** Stream of a session: the session's CONNECT. A push: the push id. Else -1. */
  owner = -1;
  /** Where the section that waits begins, in bytes of the stream. */
  heldAt = 0;
  /** When what is held is given up, on the caller's clock; 0 = never. */
  heldDue = 0;
  urgency = 3;
  incremental = false;
  queued = false;

  constructor(id: number, flags: number) {
    this.id = id;
    this.flags = flags;
  }

  has(flag: H3StreamFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Whether both sides are over. */
  get isOver(): boolean {
    const both = H3StreamFlag.ReceiveDone | H3StreamFlag.SendDone;
    return (this.flags & both) === both;
  }

  /** Whether there is something to take: bytes, or the bare end. */
  get hasOutput(): boolean {
    if (this.has(H3StreamFlag.SendDone)) return false;
    return this.queuedLength > 0 || this.has(H3StreamFlag.EndQueued);
  }
}

/** Streams that are over behind one that never came: more than these are not told apart. */
const GAPS_MAX = 1024;
const STEP = 4;

/**
 * The streams of one kind (client or server, one or two directions) that the peer opened, which may come in any order:
 * those below `floor` are over, or were never seen and will be refused; above it the set says which are over.
 */
export class SeenStreams {
  /** Lowest identifier that may still be new. */
  #floor: number;
  readonly #first: number;
  #over: Set<number> | null = null;
  /** Highest identifier that was seen, -1 = none. */
  highest = -1;

  constructor(first: number) {
    this.#floor = first;
    this.#first = first;
  }

  /** Whether a stream that is not open is over. */
  isOver(id: number): boolean {
    return id < this.#floor || this.#over?.has(id) === true;
  }

  see(id: number): void {
    if (id > this.highest) this.highest = id;
  }

  /** The stream after the highest one. */
  get next(): number {
    return this.highest < 0 ? this.#first : this.highest + STEP;
  }

  /** Notes that a stream is over. */
  close(id: number): void {
    if (id < this.#floor) return;
    if (id === this.#floor) {
      this.#floor += STEP;
      this.#advance();
      return;
    }
    this.#over ??= new Set();
    this.#over.add(id);
    if (this.#over.size > GAPS_MAX) this.#skipGap();
  }

  #advance(): void {
    const over = this.#over;
    if (over === null) return;
    while (over.delete(this.#floor)) this.#floor += STEP;
    if (over.size === 0) this.#over = null;
  }

  /** The stream at the floor never came: it counts as over from now on, and whoever comes late is refused. */
  #skipGap(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const id of this.#over as Set<number>) if (id < lowest) lowest = id;
    this.#floor = lowest;
    this.#advance();
  }
}
