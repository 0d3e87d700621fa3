// The state of one HTTP/2 connection and its receiving half: what the reader finds becomes events, in the light of
// what the connection knows (streams, windows, budgets). RFC 9113. Messages: h2-receive.ts; control frames:
// h2-control.ts; errors and ends: h2-lifecycle.ts; what goes out: h2-output.ts.
//
// Peer bytes never throw; an error is the last event of its scope; after a connection error nothing is read.
// Rules: H2-002, H2-029, H2-054, H2-056, H2-057, H2-058, H2-062, H2-137.

import { ErrorCode } from "../abi/error-code.js";
import { FrameFlag, FrameType, type WireCode } from "../abi/h2-tape.js";
import { type FieldSection, H2Reader, type H2ReaderSink } from "../codec/h2.js";
import { HpackEncoder } from "../codec/hpack-encoder.js";
import { UsageError } from "../errors.js";
import type { ConnectionEvent, Handler } from "../events.js";
import { Bucket, Cost, Gain, SMALL_DATA } from "./budget.js";
import { Emitter } from "./emitter.js";
import { AdaptiveWindows } from "./h2-adaptive.js";
import { H2Content } from "./h2-content.js";
import * as control from "./h2-control.js";
import { creditConnection, onDataEnd, onDataStart } from "./h2-data.js";
import { endFieldBlock, watchFieldBlock } from "./h2-deadlines.js";
import { abandon, connectionError, endInput, settle, streamError } from "./h2-lifecycle.js";
import { ObservedFrames } from "./h2-observe.js";
import type { H2Config } from "./h2-options.js";
import { WINDOW_DEFAULT } from "./h2-options.js";
import { H2Output } from "./h2-output.js";
import { onHeaders, onPushPromise } from "./h2-receive.js";
import { LocalSettings, PeerSettings } from "./h2-settings.js";
import { startConnection } from "./h2-start.js";
import { type Stream, StreamFlag, Streams } from "./h2-stream.js";

export const enum CoreFlag {
  /** A connection error: nothing is read or queued any more. */
  Failed = 1,
  /** Everything is done. */
  Closed = 2,
  /** No new streams: close() or goAway() was called, or the peer sent GOAWAY. */
  Closing = 4,
  /** The last GOAWAY went out. */
  GoawaySent = 8,
  GoawayReceived = 16,
  /** The peer closed its side. */
  Ended = 32,
  /** At least one stream waits for room. */
  WantsRoom = 64,
}

/** One connection, either role. */
export class H2Core extends Emitter implements H2ReaderSink {
  readonly config: H2Config;
  readonly reader: H2Reader;
  readonly encoder: HpackEncoder;
  readonly streams: Streams;
  readonly output: H2Output;
  readonly content = new H2Content();
  readonly local: LocalSettings;
  readonly peer = new PeerSettings();
  readonly observed: ObservedFrames | null;
  /** Windows that grow with bandwidth x delay. */
  readonly adaptive: AdaptiveWindows | null;
  flags = 0;
  /** H2ReaderSink: the reader stops at once. */
  stopped = false;
  /** What this end announced is known: always, but on a passive connection. */
  isBound = true;
  /** What we may send on the connection. */
  sendWindow = WINDOW_DEFAULT;
  /** What the peer may send on the connection. */
  receiveWindow = WINDOW_DEFAULT;
  /** Bytes that were consumed and not yet given back. */
  consumed = 0;
  /** The stream whose DATA is being read, where it is wanted. */
  reading: Stream | null = null;
  /** The peer's last GOAWAY. */
  peerLast = Number.POSITIVE_INFINITY;
  /** Memory that heads of open messages are taken to hold, and the compressed bytes that they came in. */
  headMemory = 0;
  headLength = 0;
  /** 256 less the length of each small DATA frame that was not consumed. */
  smallData = 0;
  /** Deadlines on the injected clock; 0 = none. */
  settingsDue = 0;
  fieldBlockDue = 0;
  /** The stream whose field block that is. */
  watchedBlock = 0;
  closeDue = 0;
  #resets: Bucket | null = null;
  #controls: Bucket | null = null;
  #rare: Rare | null = null;

  constructor(config: H2Config) {
    super();
    this.config = config;
    this.streams = new Streams(config.isClient, config.limits.concurrentStreams);
    this.local = new LocalSettings(config.settings);
    this.encoder = new HpackEncoder({ tableSizeCap: config.limits.encoderTableLength });
    this.reader = new H2Reader({
      isClient: config.isClient,
      fieldSectionLength: config.limits.fieldSectionLength,
      fieldCount: config.limits.fieldCount,
      headerTableSize: this.local.largestTableSize,
      maxFrameSize: this.local.largestFrameSize,
      fieldBlockLength: config.limits.fieldBlockLength,
      continuationCount: config.limits.continuationCount,
      debugDataLength: config.limits.debugDataLength,
    });
    this.observed = config.observe ? new ObservedFrames() : null;
    this.output = new H2Output(this.observed);
    this.adaptive = config.window === "adaptive" ? new AdaptiveWindows(config) : null;
    startConnection(this);
  }

  has(flag: CoreFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Nothing is read or sent any more. */
  get isOver(): boolean {
    return this.has(CoreFlag.Failed | CoreFlag.Closed);
  }

  /** What few connections need; made when it is needed. */
  get rare(): Rare {
    this.#rare ??= new Rare();
    return this.#rare;
  }

  /** Bytes that were not taken, or that windows hold back. */
  get bufferedAmount(): number {
    return this.output.length + this.content.length;
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

  /** Frames that carry little. */
  get controls(): Bucket {
    const { controlBudget, controlRate } = this.config.limits;
    this.#controls ??= new Bucket(controlBudget, controlRate);
    return this.#controls;
  }

  /** Useful work refills what was drawn. */
  reward(controls: number, resets: number): void {
    if (this.#controls !== null) this.#controls.give(controls);
    if (resets > 0 && this.#resets !== null) this.#resets.give(resets);
  }

  get spent(): { resets: number; controls: number } {
    return { resets: this.#resets?.used ?? 0, controls: this.#controls?.used ?? 0 };
  }

  /** Draws from the budget of frames that carry little. False: the connection has failed. */
  draw(cost: number, offset: number): boolean {
    if (this.controls.draw(cost, this.config.clock)) return true;
    this.fail(ErrorCode.H2_CONTROL_FLOOD, offset);
    return false;
  }

  /** Connection error. */
  fail(code: ErrorCode, offset: number, wireCode?: WireCode): void {
    connectionError(this, code, offset, wireCode);
  }

  /** Bytes from the peer. */
  receive(bytes: Uint8Array, handler: Handler | undefined): ConnectionEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receive takes a Uint8Array");
    const events = this.openEvents(handler);
    let isComplete = false;
    try {
      if (!this.isOver) this.#receive(bytes);
      isComplete = true;
    } finally {
      this.closeEvents();
      if (!isComplete) abandon(this); // a handler threw
    }
    return events;
  }

  #receive(bytes: Uint8Array): void {
    if (this.observed !== null) this.observed.flushSent(this);
    if (this.has(CoreFlag.WantsRoom)) this.reportRoom();
    if (bytes.length > 0 && !this.has(CoreFlag.Ended)) this.reader.receive(bytes, this);
    if (this.observed !== null) this.observed.flushSent(this);
    if (this.has(CoreFlag.WantsRoom)) this.reportRoom();
    watchFieldBlock(this);
    if (this.flags !== 0) settle(this);
  }

  /** The peer closed its side. */
  receiveEnd(): ConnectionEvent[] {
    return this.withEvents(() => endInput(this));
  }

  /** Something happened that is no bytes: the peer's end, a deadline. What to do is in `act`. */
  withEvents(act: () => void): ConnectionEvent[] {
    const events = this.openEvents(undefined);
    try {
      this.observed?.flushSent(this);
      act();
      this.observed?.flushSent(this);
    } finally {
      this.closeEvents();
    }
    return events;
  }

  /** Room again: one writable event for each stream that was told to stop. */
  reportRoom(): void {
    const { sendBufferLength, streamSendLength } = this.config.limits;
    if (this.bufferedAmount >= sendBufferLength) return;
    this.flags &= ~CoreFlag.WantsRoom; // before the handlers, which may want room again
    for (const stream of this.streams.live.values()) {
      if (!stream.has(StreamFlag.WantsRoom)) continue;
      if (stream.queuedLength >= streamSendLength || this.bufferedAmount >= sendBufferLength) {
        this.flags |= CoreFlag.WantsRoom;
        continue;
      }
      stream.flags &= ~StreamFlag.WantsRoom;
      this.emitWritable(stream.id);
    }
  }

  onFrame(type: number, flags: number, streamId: number, length: number, offset: number): void {
    if (this.observed !== null) this.observed.received(this, type, flags, streamId, length, offset);
    if (length !== 0 || (flags & FrameFlag.EndHeaders) !== 0) return;
    // Fragments without anything in them (CVE-2019-9518, CVE-2026-33871).
    if (type === FrameType.Headers || type === FrameType.Continuation)
      this.draw(Cost.EmptyFragment, offset);
  }

  onDataStart(
    streamId: number,
    flags: number,
    length: number,
    padLength: number,
    offset: number,
  ): boolean {
    this.observed?.flush(this);
    return onDataStart(this, streamId, flags, length, padLength, offset);
  }

  onDataBytes(streamId: number, bytes: Uint8Array): void {
    const { reading } = this;
    // Reset in the middle of the frame: nobody else gives these bytes back.
    if (reading === null) return creditConnection(this, bytes.length);
    reading.unconsumed += bytes.length;
    if (reading.has(StreamFlag.Tunnel)) this.emitTunnel(streamId, bytes);
    else this.emitData(streamId, bytes);
  }

  onDataEnd(streamId: number, flags: number): void {
    onDataEnd(this, streamId, flags);
  }

  /** DATA of a useful size went out: the peer may answer it by WINDOW_UPDATE on stream and connection. */
  onDataSent(length: number): void {
    if (length >= SMALL_DATA) this.reward(Gain.Data, 0);
  }

  /** A frame above our maximum: its bytes count all the same. */
  onDataSkipped(_streamId: number, length: number, offset: number): void {
    control.onDataSkipped(this, length, offset);
  }

  onHeaders(streamId: number, flags: number, section: FieldSection, offset: number): void {
    this.observed?.addSection(this, section);
    endFieldBlock(this);
    onHeaders(this, streamId, flags, section, offset);
  }

  onPushPromise(streamId: number, promisedId: number, section: FieldSection, offset: number): void {
    this.observed?.addSection(this, section);
    endFieldBlock(this);
    onPushPromise(this, streamId, promisedId, section, offset);
  }

  onPriority(
    streamId: number,
    dependency: number,
    exclusive: boolean,
    weight: number,
    offset: number,
  ): void {
    this.observed?.add(this, { priority: { dependency, weight, exclusive } });
    control.onPriority(this, streamId, dependency, offset);
  }

  onRstStream(streamId: number, errorCode: number, offset: number): void {
    this.observed?.add(this, { errorCode });
    control.onRstStream(this, streamId, errorCode, offset);
  }

  onSettings(settings: readonly number[], offset: number): void {
    this.observed?.addSettings(this, settings);
    control.onSettings(this, settings, offset);
  }

  onSettingsAck(offset: number): void {
    this.observed?.flush(this);
    control.onSettingsAck(this, offset);
  }

  onPing(ack: boolean, payload: Uint8Array, offset: number): void {
    this.observed?.flush(this);
    control.onPing(this, ack, payload, offset);
  }

  onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array, offset: number): void {
    this.observed?.add(this, { errorCode });
    control.onGoaway(this, lastStreamId, errorCode, debugData, offset);
  }

  onWindowUpdate(streamId: number, increment: number, offset: number): void {
    this.observed?.add(this, { windowSizeIncrement: increment });
    control.onWindowUpdate(this, streamId, increment, offset);
  }

  onAltSvc(streamId: number, origin: string, value: string, offset: number): void {
    this.observed?.flush(this);
    control.onAltSvc(this, streamId, origin, value, offset);
  }

  onOrigin(streamId: number, flags: number, origins: readonly string[], offset: number): void {
    this.observed?.flush(this);
    control.onOrigin(this, streamId, flags, origins, offset);
  }

  onPriorityUpdate(prioritizedId: number, value: string, offset: number): void {
    this.observed?.flush(this);
    control.onPriorityUpdate(this, prioritizedId, value, offset);
  }

  onUnknown(
    _type: number,
    _flags: number,
    _streamId: number,
    _length: number,
    offset: number,
  ): void {
    this.observed?.flush(this);
    this.draw(Cost.Frame, offset);
  }

  onStreamError(code: ErrorCode, streamId: number, offset: number): void {
    this.observed?.flush(this);
    control.onFrameError(this, code, streamId, offset);
  }

  onError(code: ErrorCode, offset: number): void {
    this.observed?.flush(this);
    this.fail(code, offset);
  }

  /** Stream error: RST_STREAM, and the connection goes on. */
  refuse(streamId: number, code: ErrorCode, offset: number): void {
    streamError(this, streamId, code, offset);
  }
}

/** What few connections need. */
export class Rare {
  /** PRIORITY_UPDATE for streams that are not open yet: id -> urgency * 2 + incremental. */
  readonly priorities = new Map<number, number>();
  /** PINGs of ours without an answer. */
  pings = 0;
  /** Passive: something of this end was missed, so that windows are not known. */
  isLost = false;
  /** The PING between the two steps of a graceful GOAWAY is under way. */
  isClosingPing = false;
  /** Client with push: authorities of its requests. */
  readonly authorities = new Set<string>();

  /** What was kept for a stream that opens now. Lower ones will never open (RFC 9113 section 5.1.1). */
  takePriority(streamId: number): number | undefined {
    const packed = this.priorities.get(streamId);
    for (const id of this.priorities.keys()) if (id <= streamId) this.priorities.delete(id);
    return packed;
  }
}
