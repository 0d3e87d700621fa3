// WebTransport over HTTP/2 (draft-ietf-webtrans-http2): one CONNECT stream holds a session, and capsules in its DATA hold
// streams, datagrams and limits.
// Rules: H3-CAP-1, H3-CAP-4, H3-WT-10.

import { ErrorCode } from "../abi/error-code.js";
import { WireCode } from "../abi/h2-tape.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putVarint, varintLength } from "../codec/varint.js";
import type { HeaderList } from "../events.js";
import { H2CapsuleSink } from "./webtransport-h2-capsules.js";
import { Kind, type Session, type SessionLink } from "./webtransport-session.js";
import { WtFlag, WtStream } from "./webtransport-stream.js";
import { storeVarint, varints } from "./webtransport-values.js";

/** What the link asks of an H2Connection. */
export interface H2Carrier {
  readonly remoteSettings: ReadonlyMap<number, number | bigint>;
  sendRequest(request: {
    method: string;
    protocol?: string;
    scheme?: string;
    authority?: string;
    path?: string;
    headers: HeaderList;
  }): number;
  sendResponse(
    streamId: number,
    response: { status: number; headers: HeaderList; content?: string },
  ): void;
  sendData(streamId: number, bytes: Uint8Array): boolean;
  sendEnd(streamId: number): void;
  reset(streamId: number, code?: number): void;
  consume(streamId: number, length: number): void;
}

/** A payload up to this length is copied behind its header: one piece instead of two. */
const COPIED_LENGTH = 1024;
/** What a piece that waits costs beside its bytes. */
const PIECE_COST = 64;
/** Longest payload of a capsule on the stream whose pieces the peer loses: it reads 64 bytes in one. */
const WHOLE_LENGTH = 60;

/** Sessions over one H2Connection. */
export class H2Link implements SessionLink {
  readonly isShared = true;
  readonly #connection: H2Carrier;
  readonly #out = new ByteWriter();
  readonly #sinks = new Map<Session, H2CapsuleSink>();

  constructor(connection: H2Carrier) {
    this.#connection = connection;
  }

  /** The protocols of HTTP/2 have no codes of their own yet (draft 15 section 11.3): the nearest of RFC 9113. */
  wireCodeOf(code: ErrorCode): number {
    if (code === ErrorCode.WT_FLOW_CONTROL) return WireCode.FlowControlError;
    if (code === ErrorCode.WT_STREAM_STATE_INVALID) return WireCode.StreamClosed;
    if (code === ErrorCode.WT_STREAM_REJECTED || code === ErrorCode.H3_OUTBOUND_FLOOD)
      return WireCode.EnhanceYourCalm;
    return WireCode.ProtocolError;
  }

  /** Bytes of the CONNECT stream. */
  receive(session: Session, bytes: Uint8Array): void {
    let sink = this.#sinks.get(session);
    if (sink === undefined) {
      sink = new H2CapsuleSink(session);
      this.#sinks.set(session, sink);
    }
    sink.receive(bytes);
  }

  /** The CONNECT stream ended; false: inside a capsule. */
  isBetweenCapsules(session: Session): boolean {
    return this.#sinks.get(session)?.isBetweenCapsules ?? true;
  }

  forget(session: Session): void {
    this.#sinks.delete(session);
  }

  hasRoom(session: Session): boolean {
    return !session.isFull;
  }

  open(session: Session, unidirectional: boolean): number {
    const kind = unidirectional ? Kind.Uni : Kind.Bidi;
    const bit = session.owner.isClient !== session.h2?.swapsIds ? 0 : 1;
    // A peer that takes stream 0 for none would lose its bytes.
    const first = session.h2?.swapsIds && bit === 0 && kind === Kind.Bidi ? 1 : 0;
    const id = 4 * (session.opened[kind] + first) + 2 * kind + bit;
    const flags = WtFlag.Ours | (unidirectional ? WtFlag.Unidirectional | WtFlag.ReceiveDone : 0);
    const sink = session.initial;
    const stream = new WtStream(
      id,
      flags,
      unidirectional ? sink.theirs.streamDataUni : sink.theirs.streamDataRemote,
      unidirectional ? 0 : sink.ours.streamDataLocal,
    );
    session.streams.set(id, stream);
    // It exists for the peer from now on, whoever writes first.
    this.#streamCapsule(session, stream, null, false);
    return id;
  }

  write(session: Session, stream: WtStream, bytes: Uint8Array | null, isEnd: boolean): void {
    if (bytes !== null && stream.id === 0 && session.h2?.swapsIds === true) {
      for (let at = 0; at < bytes.length; at += WHOLE_LENGTH)
        this.#streamCapsule(session, stream, bytes.subarray(at, at + WHOLE_LENGTH), false);
      if (isEnd) this.#streamCapsule(session, stream, null, true);
    } else this.#streamCapsule(session, stream, bytes, isEnd);
  }

  #streamCapsule(
    session: Session,
    stream: WtStream,
    bytes: Uint8Array | null,
    isEnd: boolean,
  ): void {
    const { streamType = 0, finType = 0 } = session.h2 ?? {};
    const length = bytes?.length ?? 0;
    const out = this.#out;
    const at = out.begin();
    putVarint(out, isEnd ? finType : streamType);
    putVarint(out, varintLength(stream.id) + length);
    putVarint(out, stream.id);
    if (bytes !== null && length <= COPIED_LENGTH) out.putBytes(bytes);
    this.#send(session, out.takeFrom(at));
    if (bytes !== null && length > COPIED_LENGTH) this.#send(session, bytes);
  }

  #send(session: Session, bytes: Uint8Array): void {
    if (!this.#connection.sendData(session.id, bytes)) session.isFull = true;
  }

  reset(session: Session, stream: WtStream, code: number): void {
    const value = session.h2?.resetHasSize
      ? varints(stream.id, code, stream.sent)
      : varints(stream.id, code);
    this.capsule(session, CapsuleType.WtResetStream, value);
  }

  stop(session: Session, stream: WtStream, code: number): void {
    this.capsule(session, CapsuleType.WtStopSending, varints(stream.id, code));
  }

  /** The end of the CONNECT stream says it. */
  abandon(): void {}

  release(): void {}

  allowData(session: Session, stream: WtStream, limit: number): void {
    this.capsule(session, CapsuleType.WtMaxStreamData, varints(stream.id, limit));
  }

  tellBlocked(session: Session, stream: WtStream): void {
    const limit = Number(stream.sendMax);
    this.capsule(session, CapsuleType.WtStreamDataBlocked, varints(stream.id, limit));
  }

  /** The windows of HTTP/2 are given back as bytes come: those of the session hold the peer back. */
  consumed(): void {}

  capsule(session: Session, type: number, value: Uint8Array): void {
    if (session.isFull) session.owed += value.length + PIECE_COST;
    this.#send(session, capsuleBytes(type, value));
  }

  datagram(session: Session, bytes: Uint8Array): boolean {
    if (session.isFull) return false;
    // The caller may use its buffer again.
    this.#send(session, capsuleBytes(CapsuleType.Datagram, bytes));
    return true;
  }

  end(session: Session): void {
    this.#connection.sendEnd(session.id);
  }

  /** The client ends its side when it has the answer. */
  refuse(): void {}

  abort(session: Session, wireCode: number | null): void {
    this.#connection.reset(session.id, wireCode ?? WireCode.Cancel);
  }
}

function capsuleBytes(type: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  const bytes = new Uint8Array(varintLength(type) + varintLength(length) + length);
  bytes.set(value, storeVarint(bytes, storeVarint(bytes, 0, type), length));
  return bytes;
}
