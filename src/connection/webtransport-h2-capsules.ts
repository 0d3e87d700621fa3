// Reads the capsules of one session over HTTP/2: bytes of streams as they come, everything else whole and bounded. A value
// that is too long is refused at its length, before its bytes come.
// Rules: H3-CAP-1, H3-CAP-3, H3-WT-7, H3-WT-9.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { type FrameSink, FrameUse, TlvReader } from "../codec/tlv-reader.js";
import { type Varint, VarintReader } from "../codec/varint.js";
import { isMore, receiveCapsule } from "./webtransport-capsules.js";
import {
  addPeerStream,
  countData,
  receiveData,
  receiveReset,
  receiveStop,
  receiveStreamEnd,
} from "./webtransport-receive.js";
import { unblock } from "./webtransport-send.js";
import { Kind, type Session } from "./webtransport-session.js";
import { WtFlag, type WtStream } from "./webtransport-stream.js";
import { CLOSE_LENGTH_MAX, readVarints } from "./webtransport-values.js";

/** Longest value of a capsule of up to three numbers. */
const NUMBERS_LENGTH = 24;
const CODE_MAX = 0xffff_ffff;

/** The receiving end of one session. */
export class H2CapsuleSink implements FrameSink {
  readonly #session: Session;
  readonly #reader = new TlvReader();
  /** Of a capsule of a stream that is under way: its stream id, then the stream. */
  readonly #streamId = new VarintReader();
  #idLength = 0;
  #stream: WtStream | null = null;
  #length = 0;
  #start = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Nothing is read any more. */
  get stopped(): boolean {
    return !this.#session.isOpen;
  }

  get isBetweenCapsules(): boolean {
    return this.#reader.isBetweenFrames;
  }

  /** Bytes of the CONNECT stream. What comes behind the capsule that closed the session is a mistake. */
  receive(bytes: Uint8Array): void {
    const end = this.#reader.read(bytes, 0, bytes.length, this);
    this.#session.offset = this.#reader.offset;
    if (end < bytes.length) this.#session.receiveAfterClose(this.#reader.offset);
  }

  onFrameStart(type: number, length: number, offset: number): FrameUse {
    const session = this.#session;
    if (type === CapsuleType.Datagram)
      return length <= session.owner.limits.capsuleLength ? FrameUse.Whole : FrameUse.Skip;
    if (type === CapsuleType.WtStream || type === CapsuleType.WtStreamFin) {
      this.#streamId.reset();
      this.#idLength = 0;
      this.#stream = null;
      this.#length = length;
      this.#start = offset;
      return FrameUse.Pieces;
    }
    if (!isKnown(type)) return FrameUse.Skip;
    const isClose = type === CapsuleType.WtCloseSession;
    if (length <= (isClose ? CLOSE_LENGTH_MAX : NUMBERS_LENGTH)) return FrameUse.Whole;
    session.fail(isClose ? ErrorCode.WT_CLOSE_INVALID : ErrorCode.WT_CAPSULE_INVALID, offset);
    return FrameUse.Stop;
  }

  onBytes(bytes: Uint8Array): void {
    const session = this.#session;
    let at = 0;
    if (this.#stream === null) {
      at = this.#streamId.read(bytes, 0, bytes.length);
      this.#idLength += at;
      if (!this.#streamId.isDone || !this.#begin()) return;
    }
    if (at < bytes.length) receiveData(session, this.#stream as never, bytes.subarray(at));
  }

  /** The stream of the capsule is known; false: the session has failed. */
  #begin(): boolean {
    const session = this.#session;
    const stream = this.#receiving(this.#streamId.value);
    if (stream === null) return false;
    if (!countData(session, stream, this.#length - this.#idLength, this.#start)) return false;
    this.#stream = stream;
    return true;
  }

  onFrameEnd(type: number): void {
    if (type !== CapsuleType.WtStream && type !== CapsuleType.WtStreamFin) return;
    const stream = this.#stream;
    if (stream === null) return this.#session.fail(ErrorCode.WT_CAPSULE_INVALID, this.#start);
    this.#stream = null;
    if (type === this.#session.h2?.finType) receiveStreamEnd(this.#session, stream);
  }

  onFrame(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    const session = this.#session;
    if (type === CapsuleType.Datagram) {
      const copy = bytes.slice(from, to);
      return session.emit({ type: "datagram", sessionId: session.id, bytes: copy });
    }
    if (!isOfStream(type)) return receiveCapsule(session, type, bytes, from, to, offset);
    const values = readVarints(bytes, from, to);
    const count = values?.length ?? 0;
    const hasSize = type === CapsuleType.WtResetStream && count === 3;
    if (values === null || (count !== 2 && !hasSize))
      return session.fail(ErrorCode.WT_CAPSULE_INVALID, offset);
    this.#start = offset;
    const [id, value, size] = values as [Varint, Varint, Varint | undefined];
    this.#onStreamCapsule(type, Number(id), value, size);
  }

  #onStreamCapsule(type: number, id: number, value: Varint, size: Varint | undefined): void {
    const session = this.#session;
    switch (type) {
      case CapsuleType.WtResetStream: {
        const stream = this.#receiving(id);
        if (stream === null) return;
        if (value > CODE_MAX) return session.fail(ErrorCode.WT_CAPSULE_INVALID, this.#start);
        if (size !== undefined && size !== stream.received)
          return session.fail(ErrorCode.WT_STREAM_STATE_INVALID, this.#start);
        return receiveReset(session, stream, Number(value));
      }
      case CapsuleType.WtStopSending: {
        const stream = this.#sending(id);
        if (value > CODE_MAX) return session.fail(ErrorCode.WT_CAPSULE_INVALID, this.#start);
        if (stream === null) return;
        return receiveStop(session, stream, Number(value), true);
      }
      case CapsuleType.WtMaxStreamData: {
        const stream = this.#sending(id);
        if (stream === null) return;
        if (!isMore(session, value, stream.sendMax))
          return session.fail(ErrorCode.WT_FLOW_CONTROL, this.#start);
        stream.sendMax = value;
        return unblock(session);
      }
      // WT_STREAM_DATA_BLOCKED says nothing that we do not know.
    }
  }

  /** The stream of whose peer's side something comes; null: the session has failed. */
  #receiving(id: number): WtStream | null {
    const session = this.#session;
    const known = session.streams.get(id);
    const stream = known ?? this.#opened(id);
    if (stream === undefined) return null;
    if (stream === null || stream.has(WtFlag.ReceiveDone)) {
      session.fail(ErrorCode.WT_STREAM_STATE_INVALID, this.#start);
      return null;
    }
    return stream;
  }

  /** The stream of our side of which something comes; null: it is over, or the session has failed. */
  #sending(id: number): WtStream | null {
    const session = this.#session;
    const stream = session.streams.get(id) ?? this.#opened(id, true);
    if (stream === undefined || stream === null) return null;
    const isTheirsAlone = stream.has(WtFlag.Unidirectional) && !stream.has(WtFlag.Ours);
    if (!isTheirsAlone) return stream.has(WtFlag.SendDone) ? null : stream;
    // The peer that swaps identifiers announces a window for streams that only it sends on.
    if (session.h2?.swapsIds === true) return null;
    session.fail(ErrorCode.WT_STREAM_STATE_INVALID, this.#start);
    return null;
  }

  /**
   * A stream that is not there: the peer opens it, and all of its kind below it (draft-ietf-webtrans-http2 section 6.7).
   * Null: it is over, or was never ours to be sent on; undefined: the session has failed.
   */
  #opened(id: number, mayBeOver = false): WtStream | null | undefined {
    const session = this.#session;
    const kind = (id & 2) === 0 ? Kind.Bidi : Kind.Uni;
    const index = Math.floor(id / 4);
    if (id % 2 === this.#ourBit) {
      const first =
        session.h2?.swapsIds === true && this.#ourBit === 0 && kind === Kind.Bidi ? 1 : 0;
      if (!mayBeOver || index < session.opened[kind] + first) return null;
      session.fail(ErrorCode.WT_STREAM_STATE_INVALID, this.#start);
      return undefined;
    }
    if (index < session.seen[kind]) return null;
    if (index >= session.streamsLimit[kind]) {
      session.fail(ErrorCode.WT_FLOW_CONTROL, this.#start);
      return undefined;
    }
    return this.#openTo(kind, index);
  }

  #openTo(kind: Kind, index: number): WtStream | undefined {
    const session = this.#session;
    const { theirs, ours } = session.initial;
    const isUni = kind === Kind.Uni;
    let stream: WtStream | null = null;
    while (session.seen[kind] <= index) {
      const id = 4 * session.seen[kind] + 2 * kind + (1 - this.#ourBit);
      const sendMax = isUni ? 0 : theirs.streamDataLocal;
      const receiveMax = isUni ? ours.streamDataUni : ours.streamDataRemote;
      stream = addPeerStream(session, id, isUni, sendMax, receiveMax, this.#start);
    }
    return stream ?? undefined;
  }

  get #ourBit(): number {
    return this.#session.owner.isClient !== this.#session.h2?.swapsIds ? 0 : 1;
  }
}

/** Capsules of one stream but for its bytes. */
function isOfStream(type: number): boolean {
  return (
    type === CapsuleType.WtResetStream ||
    type === CapsuleType.WtStopSending ||
    type === CapsuleType.WtMaxStreamData ||
    type === CapsuleType.WtStreamDataBlocked
  );
}

/** Capsules that are read: padding and unknown ones are passed over. */
function isKnown(type: number): boolean {
  if (type >= CapsuleType.WtResetStream && type <= CapsuleType.WtStreamsBlockedUni) return true;
  return type === CapsuleType.WtCloseSession || type === CapsuleType.WtDrainSession;
}
