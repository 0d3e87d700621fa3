// The sessions of one connection: which there are, whose an event is, how they begin and end. The public face is
// webtransport-sessions.ts.
// Rules: H3-WT-6, H3-WT-11, H3-WT-12, H3-CAP-4.

import { ErrorCode } from "../abi/error-code.js";
import { WireCode } from "../abi/h2-tape.js";
import { H3WireCode } from "../abi/h3-wire.js";
import { PieceBuffer } from "../codec/piece-buffer.js";
import type { ProtocolError } from "../errors.js";
import type { ConnectionEvent, RequestHead, ResponseHead } from "../events.js";
import type { H3LimitName } from "../limits.js";
import {
  type DialectInfo,
  dialectInfo,
  hasFlowControl,
  INITIAL_LIMITS,
  initialLimits,
  sessionLimit,
  webtransportSettings,
} from "./webtransport-dialect.js";
import type { WebTransportEvent } from "./webtransport-events.js";
import { chosenProtocol, initField, offeredProtocols } from "./webtransport-fields.js";
import { type H2Carrier, H2Link } from "./webtransport-h2.js";
import {
  type H2Dialect,
  type H2DialectInfo,
  type H2InitialLimits,
  h2DialectOf,
  h2InitialLimits,
  named,
} from "./webtransport-h2-dialect.js";
import { type H3Carrier, H3Link } from "./webtransport-h3.js";
import { tellRoom, unblock } from "./webtransport-send.js";
import { Session, type SessionOwner, SessionState } from "./webtransport-session.js";

/** Checked options. */
export interface CoreOptions {
  readonly isClient: boolean;
  readonly isManual: boolean;
  readonly limits: Readonly<Record<H3LimitName, number>>;
  readonly ours: H2InitialLimits;
  readonly h2Dialect: H2Dialect | null;
}

/** All sessions of a connection. */
export class SessionCore implements SessionOwner {
  readonly connection: H2Carrier;
  readonly link: H2Link | H3Link;
  readonly isClient: boolean;
  readonly isManual: boolean;
  readonly limits: Readonly<Record<H3LimitName, number>>;
  readonly sessions = new Map<number, Session>();
  events: WebTransportEvent[] = [];
  readonly #options: CoreOptions;
  /** Server: bytes that clients sent before their sessions were accepted. */
  #earlyLength = 0;
  /** Server, HTTP/3: requests that came before SETTINGS, which say what they mean. */
  #unread: [streamId: number, head: RequestHead][] = [];
  #settingsSeen = false;

  constructor(connection: H2Carrier | H3Carrier, options: CoreOptions) {
    this.connection = connection;
    this.link = "openStream" in connection ? new H3Link(connection) : new H2Link(connection);
    this.isClient = options.isClient;
    this.isManual = options.isManual;
    this.limits = options.limits;
    this.#options = options;
  }

  emit(event: WebTransportEvent): void {
    this.events.push(event);
  }

  /** The connection where it is one of HTTP/3. */
  get h3(): H3Carrier | null {
    return this.link instanceof H3Link ? (this.connection as H3Carrier) : null;
  }

  /** The version over HTTP/3 that was agreed on. */
  get dialect(): DialectInfo | null {
    const name = this.h3?.webtransport;
    return name ? dialectInfo(name) : null;
  }

  /** An event of the connection; false: it is about something else. */
  handle(event: ConnectionEvent): boolean {
    const isOurs = this.#handle(event);
    for (const session of this.sessions.values()) {
      if (!session.isOpen) continue;
      if (session.owed > this.limits.outboundControlLength)
        session.fail(ErrorCode.H3_OUTBOUND_FLOOD, session.offset);
      else tellRoom(session);
    }
    return isOurs;
  }

  #handle(event: ConnectionEvent): boolean {
    switch (event.type) {
      case "goaway":
        for (const session of this.sessions.values()) session.drain();
        return false;
      case "settings":
        this.#onSettings();
        return false;
      case "error":
        return this.#onError(event);
      case "head":
        return "method" in event.head
          ? this.#onRequest(event.streamId, event.head)
          : this.#onResponse(event.streamId, event.head);
      case "settingsAck":
      case "ping":
      case "altsvc":
      case "origin":
      case "frame":
        return false;
    }
    const session = this.sessions.get(event.streamId);
    if (session !== undefined) return this.#onSessionEvent(session, event);
    if (this.#unread.length > 0 && this.#onUnread(event.streamId, event.type)) return true;
    return this.link instanceof H3Link && this.link.handle(event, this.sessions);
  }

  /** The connection is gone, and every session with it. */
  connectionLost(): void {
    for (const session of [...this.sessions.values()]) this.#lose(session);
  }

  /** A session ended without an orderly close. */
  #lose(session: Session): void {
    const { state } = session;
    if (state === SessionState.Open || state === SessionState.Pending) session.finish(0, "", false);
    session.forget();
  }

  #onError(event: ConnectionEvent & { type: "error" }): boolean {
    const { error } = event;
    if (error.scope === "connection") {
      this.connectionLost();
      return false;
    }
    const { streamId } = error;
    if (streamId === null) return false;
    const session = this.sessions.get(streamId);
    if (session === undefined) return this.#onUnread(streamId, "error") || this.#breaks(error);
    session.dropStreams();
    session.emit({ type: "error", sessionId: session.id, error });
    session.forget();
    return true;
  }

  /** A stream of a session broke: both of its sides are over. */
  #breaks({ streamId, wireCode }: ProtocolError): boolean {
    const { link } = this;
    if (streamId === null || !(link instanceof H3Link)) return false;
    const code = wireCode ?? H3WireCode.GeneralProtocolError;
    const isOurs = link.handle({ type: "stopSending", streamId, code }, this.sessions);
    return link.handle({ type: "reset", streamId, code }, this.sessions) || isOurs;
  }

  // A session begins.

  #onRequest(streamId: number, head: RequestHead): boolean {
    const { protocol } = head;
    if (head.method !== "CONNECT") return false;
    if (protocol !== "webtransport" && protocol !== "webtransport-h3") return false;
    const { h3 } = this;
    if (h3 === null) return protocol === "webtransport" && this.#offer(streamId, head);
    if (h3.webtransport === null && !this.#settingsSeen && h3.remoteSettings.size === 0) {
      if (this.#unread.length < this.limits.sessionCount) this.#unread.push([streamId, head]);
      else this.connection.reset(streamId, H3WireCode.RequestRejected);
      return true;
    }
    return this.#read(streamId, head);
  }

  /** The version is known: over HTTP/3 the token of the request goes with it (draft 15 section 3.2). */
  #read(streamId: number, head: RequestHead): boolean {
    const { dialect } = this;
    if (dialect !== null && head.protocol === dialect.protocol) return this.#offer(streamId, head);
    if (dialect === null) this.connection.reset(streamId, H3WireCode.MessageError);
    else this.connection.sendResponse(streamId, { status: 501, headers: [], content: "" });
    return true;
  }

  /** A request that waits for SETTINGS has ended, or was given up: there will be no session. */
  #onUnread(streamId: number, type: ConnectionEvent["type"]): boolean {
    const at = this.#unread.findIndex(([id]) => id === streamId);
    if (at < 0) return false;
    if (type !== "end" && type !== "reset" && type !== "stopSending" && type !== "error")
      return true;
    this.#unread.splice(at, 1);
    if (type !== "error") this.connection.reset(streamId, H3WireCode.RequestCancelled);
    return true;
  }

  #onSettings(): void {
    this.#settingsSeen = true;
    const unread = this.#unread;
    this.#unread = [];
    for (const [streamId, head] of unread) this.#read(streamId, head);
  }

  /** A client asks for a session. */
  #offer(streamId: number, head: RequestHead): true {
    if (this.sessions.size >= this.sessionsAllowed) {
      const code = this.h3 === null ? WireCode.RefusedStream : H3WireCode.RequestRejected;
      this.connection.reset(streamId, code);
      return true;
    }
    if (initField(head) === null) {
      this.connection.sendResponse(streamId, { status: 400, headers: [], content: "" });
      return true;
    }
    const session = new Session(streamId, this, this.link);
    session.request = head;
    session.protocols = offeredProtocols(head);
    this.sessions.set(streamId, session);
    const { protocols } = session;
    this.emit({ type: "session", sessionId: streamId, head, protocols });
    return true;
  }

  /** Versions with limits allow one session where nobody asked for limits (draft 15 section 5.1). */
  get sessionsAllowed(): number {
    const { h3, dialect } = this;
    let allowed = this.limits.sessionCount;
    if (h3 === null || dialect === null) return allowed;
    if (this.isClient) allowed = Math.min(allowed, sessionLimit(dialect.name, h3.remoteSettings));
    return dialect.hasFlowControl && !this.#hasLimits(h3) ? Math.min(1, allowed) : allowed;
  }

  #hasLimits(h3: H3Carrier): boolean {
    if (h3.webtransport === null) return false;
    const ours = new Map(webtransportSettings(Math.max(1, this.limits.sessionCount)));
    return hasFlowControl(h3.webtransport, ours, h3.remoteSettings);
  }

  /** A session that we ask for. */
  add(sessionId: number, protocols: readonly string[]): void {
    const session = new Session(sessionId, this, this.link);
    session.protocols = protocols;
    this.sessions.set(sessionId, session);
  }

  #onResponse(streamId: number, head: ResponseHead): boolean {
    const session = this.sessions.get(streamId);
    if (session === undefined || session.state !== SessionState.Pending) return false;
    if (head.status >= 300) {
      session.emit({ type: "refused", sessionId: streamId, head });
      // Our side is over; the content of the answer is the caller's.
      this.link.end(session);
      session.forget();
      return true;
    }
    this.open(session, head);
    // Where none was offered the field says nothing.
    const isAsked = session.protocols.length > 0;
    const protocol = isAsked ? chosenProtocol(head, session.h2?.swapsIds === true) : null;
    if (protocol !== null && !session.protocols.includes(protocol))
      session.fail(ErrorCode.WT_PROTOCOL_INVALID, 0);
    else session.emit({ type: "established", sessionId: streamId, head, protocol });
    return true;
  }

  /** Both ends have agreed: limits count, and what came early is read. */
  open(session: Session, peer: RequestHead | ResponseHead): void {
    session.state = SessionState.Open;
    const { h3 } = this;
    if (h3 === null) this.#openOverH2(session, peer);
    else if (this.#hasLimits(h3))
      session.setLimits(initialLimits(h3.remoteSettings), INITIAL_LIMITS);
    const { early } = session;
    this.#dropEarly(session);
    if (early !== null) this.#onBytes(session, early.bytes.subarray(0, early.length));
  }

  /** The version of the peer over HTTP/2. */
  get h2Info(): H2DialectInfo {
    const { h2Dialect } = this.#options;
    return h2Dialect === null ? h2DialectOf(this.connection.remoteSettings) : named(h2Dialect);
  }

  #openOverH2(session: Session, peer: RequestHead | ResponseHead): void {
    const settings = this.connection.remoteSettings;
    const { ours } = this.#options;
    session.h2 = this.h2Info;
    const theirs = h2InitialLimits(settings);
    const { u = 0, bl = 0, br = 0 } = initField(peer) ?? {};
    // The larger of both counts (draft-ietf-webtrans-http2 section 4.3).
    const larger = {
      streamDataUni: Math.max(theirs.streamDataUni, u),
      streamDataLocal: Math.max(theirs.streamDataLocal, bl),
      streamDataRemote: Math.max(theirs.streamDataRemote, br),
    };
    session.initial = { ours, theirs: { ...theirs, ...larger } };
    session.setLimits(theirs, ours);
  }

  // It goes on.

  #onSessionEvent(session: Session, event: ConnectionEvent): boolean {
    switch (event.type) {
      case "tunnel":
      case "data":
        this.#onBytes(session, event.bytes);
        return true;
      case "capsule":
        this.#onCapsule(session, Number(event.capsuleType), event.bytes);
        return true;
      case "datagram":
        if (session.isOpen)
          session.emit({ type: "datagram", sessionId: session.id, bytes: event.bytes });
        return true;
      case "end":
        this.#onEnd(session);
        return true;
      case "stopSending":
        // A server that says no may say so before its answer is here.
        if (session.state === SessionState.Pending) return true;
        this.#onAbort(session);
        return true;
      case "reset":
        this.#onAbort(session);
        return true;
      case "writable":
        session.isFull = false;
        session.owed = 0;
        unblock(session);
        return true;
      default:
        return this.link instanceof H3Link && this.link.handle(event, this.sessions);
    }
  }

  #onBytes(session: Session, bytes: Uint8Array): void {
    if (session.state === SessionState.Pending) this.#hold(session, bytes);
    else if (this.link instanceof H2Link) this.link.receive(session, bytes);
  }

  /** A client may send before it has its answer; that is not read before the session is accepted. */
  #hold(session: Session, bytes: Uint8Array): void {
    if (this.#earlyLength + bytes.length > this.limits.earlyBytes)
      return session.fail(ErrorCode.WT_STREAM_REJECTED, 0);
    this.#earlyLength += bytes.length;
    session.early ??= new PieceBuffer();
    session.early.append(bytes);
  }

  #dropEarly(session: Session): void {
    this.#earlyLength -= session.early?.length ?? 0;
    session.early = null;
  }

  #onCapsule(session: Session, type: number, bytes: Uint8Array): void {
    if (!session.isOpen) session.receiveAfterClose(session.offset);
    else if (this.link instanceof H3Link) this.link.receiveCapsule(session, type, bytes);
  }

  // It ends.

  /** The peer ended its side of the CONNECT stream. */
  #onEnd(session: Session): void {
    if (session.state === SessionState.Open) {
      if (this.link instanceof H2Link && !this.link.isBetweenCapsules(session))
        return session.fail(ErrorCode.H3_CAPSULE_TRUNCATED, session.offset);
      // The same as code 0 without a reason (section 6).
      session.finish(0, "", true);
      this.link.end(session);
    } else if (session.state === SessionState.Pending) {
      session.finish(0, "", false);
      this.link.abort(session, null);
    }
    session.forget();
  }

  /** The peer gave up a side of the CONNECT stream: the other one ends with it. */
  #onAbort(session: Session): void {
    const isLive = session.state === SessionState.Open || session.state === SessionState.Pending;
    this.#lose(session);
    if (isLive && this.h3 !== null) this.link.abort(session, null);
  }

  forget(session: Session): void {
    this.sessions.delete(session.id);
    this.#dropEarly(session);
    if (this.link instanceof H2Link) this.link.forget(session);
  }
}
