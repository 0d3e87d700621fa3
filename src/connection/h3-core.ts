// The state of one HTTP/3 connection and its receiving half: bytes of QUIC streams become events, in the light of what
// the connection knows. RFC 9114. Requests and responses: h3-receive.ts; streams in one direction: h3-unidirectional.ts;
// control frames: h3-control.ts; errors and ends: h3-lifecycle.ts; what goes out: h3-output.ts.
//
// Peer bytes never throw; an error is the last event of its scope; after a connection error nothing is read.
// Rules: H3-STR-1, H3-FRM-1, H3-FRM-19, H3-FRM-20, H3-FRM-21, H3-FRM-22, H3-MSG-26.

import { ErrorCode } from "../abi/error-code.js";
import type { H3FrameReader, H3FrameSink } from "../codec/h3-frame-reader.js";
import { FrameUse } from "../codec/h3-frame-reader.js";
import { QpackEncoder } from "../codec/qpack-encoder.js";
import { QpackReader } from "../codec/qpack-reader.js";
import type { Varint } from "../codec/varint.js";
import { UsageError } from "../errors.js";
import type { ConnectionEvent, Handler } from "../events.js";
import { Bucket } from "./budget.js";
import { Emitter } from "./emitter.js";
import { receiveDatagram } from "./h3-datagrams.js";
import { abandon, connectionError, settle } from "./h3-lifecycle.js";
import { ObservedH3Frames } from "./h3-observe.js";
import type { H3Config } from "./h3-options.js";
import { H3Output } from "./h3-output.js";
import { H3Rare } from "./h3-rare.js";
import { frameStart, onBytes, onWholeFrame } from "./h3-receive.js";
import { checkPeerCode, receiveReset, receiveStopSending } from "./h3-resets.js";
import { reportSessions } from "./h3-sessions.js";
import { H3PeerSettings } from "./h3-settings.js";
import { startConnection } from "./h3-start.js";
import { type H3Stream, H3StreamFlag, SeenStreams } from "./h3-stream.js";
import { checkReceiving, checkSending, receiveBytes } from "./h3-streams.js";
import type { UniStream } from "./h3-unidirectional.js";

export const enum H3CoreFlag {
  /** A connection error: nothing is read or queued any more. */
  Failed = 1,
  /** Everything is done. */
  Closed = 2,
  /** No new requests: close() or goAway() was called, or the server sent GOAWAY. */
  Closing = 4,
  /** Our GOAWAY went out. */
  GoawaySent = 8,
  /** At least one stream waits for room. */
  WantsRoom = 16,
  /** The peer's SETTINGS are here. */
  Settled = 32,
  /** The close entry was taken, or there is nobody to take it for. */
  CloseTaken = 64,
}

/** Unidirectional streams that each connection has from the start: control, QPACK encoder, QPACK decoder. */
const CRITICAL_STREAMS = 3;

/** Where a stream stands in QUIC: its two low bits (RFC 9000 section 2.1). */
export const enum StreamKind {
  ClientBidi = 0,
  ServerBidi = 1,
  ClientUni = 2,
  ServerUni = 3,
}

/** One connection, either role. */
export class H3Core extends Emitter implements H3FrameSink {
  readonly config: H3Config;
  readonly qpackIn: QpackReader;
  readonly qpackOut: QpackEncoder;
  readonly output: H3Output;
  readonly peer: H3PeerSettings;
  readonly observed: ObservedH3Frames | null;
  /** Requests, pushes and streams of sessions that are open. */
  readonly live = new Map<number, H3Stream>();
  /** Streams of the peer in one direction whose type is not known yet, or that are read as long as the connection lives. */
  readonly unidirectional = new Map<number, UniStream>();
  /** Bidirectional and unidirectional streams that the peer opened. */
  readonly seenBidi: SeenStreams;
  readonly seenUni: SeenStreams;
  flags = 0;
  /** H3FrameSink: the reader stops at once. */
  stopped = false;
  /** The stream whose frames are being read. */
  reading: H3Stream | null = null;
  /** Next bidirectional stream of ours. */
  nextBidi: number;
  /** Next unidirectional stream of ours, behind the three that each connection has. */
  nextUni: number;
  /** Requests that are open: ours on a client, the peer's on a server. */
  requestCount = 0;
  /** Requests of ours from this one on will not be processed: the server's GOAWAY. */
  peerLimit: Varint = Number.POSITIVE_INFINITY;
  /** Requests of the peer from this one on are refused: our GOAWAY. */
  ourLimit = Number.POSITIVE_INFINITY;
  /** What the connection was closed with; -1 = not closed. */
  closeCode = -1;
  /** Memory that heads of open messages are taken to hold, and the encoded bytes that they came in. */
  headMemory = 0;
  headLength = 0;
  /** Bytes of the sections that are under way on all streams. */
  unfinished = 0;
  /** Bytes behind sections that wait. */
  heldLength = 0;
  /** Deadline of the peer's SETTINGS on the injected clock; 0 = none. */
  settingsDue = 0;
  closeDue = 0;
  #resets: Bucket | null = null;
  #controls: Bucket | null = null;
  #rare: H3Rare | null = null;

  constructor(config: H3Config) {
    super();
    this.config = config;
    const { isClient, limits } = config;
    this.seenBidi = new SeenStreams(isClient ? StreamKind.ServerBidi : StreamKind.ClientBidi);
    this.seenUni = new SeenStreams(isClient ? StreamKind.ServerUni : StreamKind.ClientUni);
    this.nextBidi = isClient ? StreamKind.ClientBidi : StreamKind.ServerBidi;
    this.nextUni = (isClient ? StreamKind.ClientUni : StreamKind.ServerUni) + CRITICAL_STREAMS * 4;
    this.peer = new H3PeerSettings();
    this.qpackOut = new QpackEncoder({
      strategy: config.strategy,
      tableCapacityCap: limits.encoderTableLength,
    });
    this.qpackIn = new QpackReader({
      maxTableCapacity: config.tableCapacity,
      maxBlockedStreams: config.blockedStreams,
      blockedBytes: limits.blockedBytes,
      fieldSectionLength: limits.fieldSectionLength,
      fieldCount: limits.fieldCount,
    });
    this.observed = config.observe ? new ObservedH3Frames() : null;
    this.output = new H3Output(this);
    startConnection(this);
  }

  has(flag: H3CoreFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Nothing is read or sent any more. */
  get isOver(): boolean {
    return this.has(H3CoreFlag.Failed | H3CoreFlag.Closed);
  }

  /** What few connections need; made when it is needed. */
  get rare(): H3Rare {
    this.#rare ??= new H3Rare();
    return this.#rare;
  }

  get hasRare(): boolean {
    return this.#rare !== null;
  }

  /** Streams reset, by either side. */
  get resets(): Bucket {
    const { resetBurst, resetRate } = this.config.limits;
    this.#resets ??= new Bucket(resetBurst, resetRate);
    return this.#resets;
  }

  /** Frames and instructions that carry little. */
  get controls(): Bucket {
    const { controlBudget, controlRate } = this.config.limits;
    this.#controls ??= new Bucket(controlBudget, controlRate);
    return this.#controls;
  }

  get spent(): { resets: number; controls: number } {
    return { resets: this.#resets?.used ?? 0, controls: this.#controls?.used ?? 0 };
  }

  /** Useful work refills what was drawn. */
  reward(controls: number, resets: number): void {
    if (this.#controls !== null) this.#controls.give(controls);
    if (resets > 0 && this.#resets !== null) this.#resets.give(resets);
  }

  /** Draws from the budget of what carries little. False: the connection has failed. */
  draw(cost: number, streamId: number, offset: number): boolean {
    if (this.controls.draw(cost, this.config.clock)) return true;
    this.fail(ErrorCode.H3_CONTROL_FLOOD, streamId, offset);
    return false;
  }

  /** Draws from the budget of resets. False: the connection has failed. */
  drawReset(streamId: number, offset: number): boolean {
    if (this.resets.draw(1, this.config.clock)) return true;
    this.fail(ErrorCode.H3_RESET_FLOOD, streamId, offset);
    return false;
  }

  /** Connection error. `offset` counts bytes of the stream; -1: there is none. */
  fail(code: ErrorCode, streamId: number, offset: number): void {
    connectionError(this, code, streamId, offset);
  }

  /** Bytes of a stream. */
  receiveStream(
    streamId: number,
    bytes: Uint8Array,
    fin: boolean,
    handler: Handler | undefined,
  ): ConnectionEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receiveStream takes a Uint8Array");
    checkStreamId(streamId);
    checkReceiving(this, streamId);
    return this.withEvents(() => receiveBytes(this, streamId, bytes, fin), handler);
  }

  receiveReset(streamId: number, code: number): ConnectionEvent[] {
    checkStreamId(streamId);
    checkPeerCode(code);
    checkReceiving(this, streamId);
    return this.withEvents(() => receiveReset(this, streamId, code));
  }

  receiveStopSending(streamId: number, code: number): ConnectionEvent[] {
    checkStreamId(streamId);
    checkPeerCode(code);
    checkSending(this, streamId);
    return this.withEvents(() => receiveStopSending(this, streamId, code));
  }

  receiveDatagram(bytes: Uint8Array): ConnectionEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receiveDatagram takes a Uint8Array");
    return this.withEvents(() => receiveDatagram(this, bytes));
  }

  /** Runs what may give events. */
  withEvents(act: () => void, handler?: Handler): ConnectionEvent[] {
    const events = this.openEvents(handler);
    let isComplete = false;
    try {
      this.observed?.flushSent(this);
      if (this.hasRare && !this.isOver) reportSessions(this);
      if (this.has(H3CoreFlag.WantsRoom)) this.reportRoom();
      if (!this.isOver) act();
      if (this.hasRare && !this.isOver) reportSessions(this);
      if (!this.isOver) this.checkReplies(-1, 0);
      if (this.flags !== 0) settle(this);
      if (!this.has(H3CoreFlag.Failed)) this.observed?.flushSent(this);
      if (this.has(H3CoreFlag.WantsRoom)) this.reportRoom();
      isComplete = true;
    } finally {
      this.closeEvents();
      if (!isComplete) abandon(this); // a handler threw
    }
    return events;
  }

  /** What the peer makes us send and does not read (CVE-2019-9512 and its like). */
  checkReplies(streamId: number, offset: number): void {
    if (this.output.replyLength > this.config.limits.outboundControlLength)
      this.fail(ErrorCode.H3_OUTBOUND_FLOOD, streamId, offset);
  }

  /** Room again: one writable event for each stream that was told to stop. */
  reportRoom(): void {
    const { sendBufferLength, streamSendLength } = this.config.limits;
    if (this.output.length >= sendBufferLength) return;
    this.flags &= ~H3CoreFlag.WantsRoom; // before the handlers, which may want room again
    for (const stream of this.live.values()) {
      if (!stream.has(H3StreamFlag.WantsRoom)) continue;
      if (stream.queuedLength >= streamSendLength || this.output.length >= sendBufferLength) {
        this.flags |= H3CoreFlag.WantsRoom;
        continue;
      }
      stream.flags &= ~H3StreamFlag.WantsRoom;
      this.emitWritable(stream.id);
    }
  }

  /**
   * Reads frames of a stream. Returns where it stopped: behind the bytes, or earlier when `stopped` is true. A promise lets
   * its push be read inside of the read of another stream.
   */
  readFrames(stream: H3Stream, frames: H3FrameReader, bytes: Uint8Array, from: number): number {
    const outer = this.reading;
    this.reading = stream;
    this.stopped = false;
    const at = frames.read(bytes, from, bytes.length, this);
    this.reading = outer;
    this.stopped = this.isOver || outer?.has(H3StreamFlag.ReceiveDone) === true;
    if (!this.isOver) this.countUnfinished(stream, frames.heldBytes);
    return at;
  }

  /** Counts what has come of a section that is under way; the byte that is too much is the same at every cut. */
  countUnfinished(stream: H3Stream, length: number): void {
    this.unfinished += length - stream.unfinished;
    stream.unfinished = length;
    const excess = this.unfinished - this.config.limits.unfinishedLength;
    if (excess > 0)
      this.fail(
        ErrorCode.H3_UNFINISHED_TOO_LARGE,
        stream.id,
        (stream.frames?.offset ?? 0) - excess,
      );
  }

  onFrameStart(type: number, length: number, offset: number): FrameUse {
    const stream = this.reading;
    return stream === null ? FrameUse.Stop : frameStart(this, stream, type, length, offset);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.reading !== null) onBytes(this, this.reading, bytes);
  }

  onFrame(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    if (this.reading !== null) onWholeFrame(this, this.reading, type, bytes, from, to, offset);
  }

  /** The end of DATA, and of a frame without use, says nothing. */
  onFrameEnd(): void {}
}

function checkStreamId(streamId: number): void {
  if (!Number.isSafeInteger(streamId) || streamId < 0)
    throw new UsageError("H3_STREAM_UNKNOWN", "a stream id is a whole number, at most 2^53 - 1");
}

/** Two low bits. The number may be above 2^32. */
export function kindOf(streamId: Varint): StreamKind {
  return typeof streamId === "bigint" ? Number(streamId & 3n) : streamId % 4;
}
