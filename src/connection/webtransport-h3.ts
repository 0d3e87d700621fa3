// WebTransport over HTTP/3 (draft-ietf-webtrans-http3): each stream of a session is a stream of QUIC, datagrams are
// datagrams, and the CONNECT stream carries capsules that close, drain and limit. H3Connection reads the stream headers.
// Rules: H3-WT-5, H3-WT-8, H3-WT-11.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType, H3WireCode } from "../abi/h3-wire.js";
import type { ConnectionEvent } from "../events.js";
import { receiveCapsule } from "./webtransport-capsules.js";
import { fromWireCode, toWireCode } from "./webtransport-code.js";
import { type Dialect, dialectInfo, INITIAL_LIMITS } from "./webtransport-dialect.js";
import type { H2Carrier } from "./webtransport-h2.js";
import {
  addPeerStream,
  countData,
  receiveData,
  receiveReset,
  receiveStop,
  receiveStreamEnd,
} from "./webtransport-receive.js";
import { unblock } from "./webtransport-send.js";
import { Kind, type Session, type SessionLink } from "./webtransport-session.js";
import { WtFlag, WtStream } from "./webtransport-stream.js";

/** What the link asks of an H3Connection. */
export interface H3Carrier extends H2Carrier {
  readonly webtransport: Dialect | null;
  openStream(sessionId: number, options?: { unidirectional?: boolean }): number;
  sendStreamData(streamId: number, bytes: Uint8Array): boolean;
  endStream(streamId: number): void;
  resetStream(streamId: number, code: number): void;
  stopStream(streamId: number, code: number): void;
  sendDatagram(streamId: number, bytes: Uint8Array): boolean;
  sendCapsule(streamId: number, type: number | bigint, value: Uint8Array): boolean;
}

/** What a capsule that waits costs beside its bytes. */
const PIECE_COST = 64;
const NO_LIMIT = Number.POSITIVE_INFINITY;
/**
 * Where the session has no limits: QUIC lets the peer open another stream as soon as one has ended, read or not. So new
 * ones are refused while so many are not done with, or so many bytes of them are not read.
 */
const UNREAD_STREAMS = 1000;
const UNREAD_LENGTH = INITIAL_LIMITS.data;

/** The stream ended because its session did. */
const isGone = (wireCode: number): boolean => wireCode === H3WireCode.WtSessionGone;

/** Whether the application has as much to read as it may. */
function isBehind({ seen, over, dataReceived, dataConsumed }: Session): boolean {
  const streams = seen[Kind.Bidi] + seen[Kind.Uni] - over[Kind.Bidi] - over[Kind.Uni];
  return streams >= UNREAD_STREAMS || dataReceived - dataConsumed >= UNREAD_LENGTH;
}

/** Sessions over one H3Connection. */
export class H3Link implements SessionLink {
  readonly isShared = false;
  readonly #connection: H3Carrier;
  /** Whose each stream is. */
  readonly #owners = new Map<number, Session>();
  /** Streams that take no more for now. */
  readonly #full = new Set<number>();

  constructor(connection: H3Carrier) {
    this.#connection = connection;
  }

  /** The codes of the table are those of HTTP/3. */
  wireCodeOf(): undefined {
    return undefined;
  }

  /** An event of a stream of a session; false: it is none. */
  handle(event: ConnectionEvent, sessions: ReadonlyMap<number, Session>): boolean {
    switch (event.type) {
      case "stream":
        return this.#onStream(event.streamId, event.unidirectional, sessions.get(event.sessionId));
      case "streamData":
      case "streamEnd":
      case "reset":
      case "stopSending":
      case "writable":
        break;
      default:
        return false;
    }
    const session = this.#owners.get(event.streamId);
    const stream = session?.streams.get(event.streamId);
    if (session === undefined || stream === undefined)
      // H3Connection tells of each stream that went with its session.
      return event.type === "reset" && isGone(event.code);
    if (event.type === "streamData") {
      if (countData(session, stream, event.bytes.length, session.offset))
        receiveData(session, stream, event.bytes);
    } else if (event.type === "streamEnd") receiveStreamEnd(session, stream);
    else if (event.type === "reset")
      receiveReset(session, stream, fromWireCode(event.code), isGone(event.code));
    // H3Connection has answered by a reset.
    else if (event.type === "stopSending")
      receiveStop(session, stream, fromWireCode(event.code), false, isGone(event.code));
    else this.#onWritable(session, stream);
    return true;
  }

  #onStream(streamId: number, unidirectional: boolean, session: Session | undefined): boolean {
    if (session === undefined) return false;
    if (!session.isOpen) {
      this.#refuse(streamId, unidirectional, H3WireCode.WtSessionGone);
      return true;
    }
    if (!session.hasLimits && isBehind(session)) {
      this.#refuse(streamId, unidirectional, H3WireCode.WtBufferedStreamRejected);
      return true;
    }
    this.#owners.set(streamId, session);
    const offset = session.offset;
    const stream = addPeerStream(session, streamId, unidirectional, NO_LIMIT, NO_LIMIT, offset);
    if (stream === null) this.#refuse(streamId, unidirectional, H3WireCode.WtSessionGone);
    return true;
  }

  #refuse(streamId: number, unidirectional: boolean, wireCode: H3WireCode): void {
    this.#owners.delete(streamId);
    if (!unidirectional) this.#connection.resetStream(streamId, wireCode);
    this.#connection.stopStream(streamId, wireCode);
  }

  #onWritable(session: Session, stream: WtStream): void {
    this.#full.delete(stream.id);
    if (stream.hasOutput) session.ready.add(stream);
    unblock(session);
  }

  /** A capsule of the CONNECT stream. Capsules of streams have no place here from the drafts with limits on. */
  receiveCapsule(session: Session, type: number, bytes: Uint8Array): void {
    const { offset } = session;
    session.offset += bytes.length;
    const dialect = this.#connection.webtransport;
    const isOfStream =
      type === CapsuleType.WtMaxStreamData || type === CapsuleType.WtStreamDataBlocked;
    if (isOfStream && dialect !== null && dialectInfo(dialect).hasFlowControl)
      return session.fail(ErrorCode.WT_CAPSULE_FORBIDDEN, offset);
    receiveCapsule(session, type, bytes, 0, bytes.length, offset);
  }

  hasRoom(_session: Session, stream: WtStream): boolean {
    return !this.#full.has(stream.id);
  }

  open(session: Session, unidirectional: boolean): number {
    const id = this.#connection.openStream(session.id, { unidirectional });
    const flags = WtFlag.Ours | (unidirectional ? WtFlag.Unidirectional | WtFlag.ReceiveDone : 0);
    this.#owners.set(id, session);
    session.streams.set(id, new WtStream(id, flags, NO_LIMIT, NO_LIMIT));
    return id;
  }

  write(session: Session, stream: WtStream, bytes: Uint8Array | null, isEnd: boolean): void {
    if (bytes !== null && !this.#connection.sendStreamData(stream.id, bytes))
      this.#full.add(stream.id);
    if (!isEnd) return;
    this.#connection.endStream(stream.id);
    this.#full.delete(stream.id);
    void session;
  }

  reset(_session: Session, stream: WtStream, code: number): void {
    this.#full.delete(stream.id);
    this.#connection.resetStream(stream.id, toWireCode(code));
  }

  stop(_session: Session, stream: WtStream, code: number): void {
    this.#connection.stopStream(stream.id, toWireCode(code));
  }

  abandon(_session: Session, stream: WtStream): void {
    this.release(stream);
    if (!stream.has(WtFlag.SendDone))
      this.#connection.resetStream(stream.id, H3WireCode.WtSessionGone);
    if (!stream.has(WtFlag.ReceiveDone))
      this.#connection.stopStream(stream.id, H3WireCode.WtSessionGone);
  }

  release(stream: WtStream): void {
    this.#owners.delete(stream.id);
    this.#full.delete(stream.id);
  }

  /** Streams have the windows of QUIC. */
  allowData(): void {}

  tellBlocked(): void {}

  consumed(_session: Session, stream: WtStream, length: number): void {
    this.#connection.consume(stream.id, length);
  }

  capsule(session: Session, type: number, value: Uint8Array): void {
    if (session.isFull) session.owed += value.length + PIECE_COST;
    if (!this.#connection.sendCapsule(session.id, type, value)) session.isFull = true;
  }

  datagram(session: Session, bytes: Uint8Array): boolean {
    return this.#connection.sendDatagram(session.id, bytes);
  }

  end(session: Session): void {
    this.#connection.sendEnd(session.id);
  }

  refuse(session: Session): void {
    this.#connection.stopStream(session.id, H3WireCode.NoError);
  }

  abort(session: Session, wireCode: number | null): void {
    this.#connection.reset(session.id, wireCode ?? H3WireCode.RequestCancelled);
  }
}
