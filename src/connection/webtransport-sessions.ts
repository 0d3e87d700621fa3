// WebTransportSessions: the sessions of one HTTP/2 or HTTP/3 connection. Sans-IO: the connection's events in, events of
// sessions out; commands become commands of the connection, whose bytes the caller takes as ever.

import { CapsuleType } from "../abi/h3-wire.js";
import { flattenList } from "../codec/header-list.js";
import { UsageError } from "../errors.js";
import type { ConnectionEvent, HeaderList, RequestHead } from "../events.js";
import { type H3Limits, h3Limits } from "../limits.js";
import { SessionCore } from "./webtransport-core.js";
import type { WebTransportEvent } from "./webtransport-events.js";
import { protocolField } from "./webtransport-fields.js";
import type { H2Carrier } from "./webtransport-h2.js";
import {
  H2_INITIAL_LIMITS,
  type H2Dialect,
  type H2InitialLimits,
} from "./webtransport-h2-dialect.js";
import type { H3Carrier } from "./webtransport-h3.js";
import { consume } from "./webtransport-receive.js";
import * as send from "./webtransport-send.js";
import { type Session, SessionState } from "./webtransport-session.js";
import { closeValue } from "./webtransport-values.js";

/** What `new WebTransportSessions` takes. */
export interface WebTransportOptions {
  /** Which end the connection is. */
  readonly role: "server" | "client";
  /** sessionCount, earlyBytes, capsuleLength and streamSendLength count here (docs/limits.md). */
  readonly limits?: H3Limits;
  /** When bytes of streams count as consumed: "fixed" (default) with their event, "manual" when `consume` says so. */
  readonly window?: "fixed" | "manual";
  /** HTTP/2: the limits that our SETTINGS gave, as given to webtransportH2Settings(). */
  readonly initial?: Partial<H2InitialLimits>;
  /** HTTP/2: the version that the peer speaks. Default: as its SETTINGS look. */
  readonly h2Dialect?: H2Dialect;
}

/** A session to ask for. */
export interface SessionToOpen {
  readonly authority: string;
  readonly path: string;
  /** Origin of the page, where there is one. */
  readonly origin?: string;
  /** Protocols to choose from, first the one liked most. */
  readonly protocols?: readonly string[];
  readonly headers?: HeaderList;
}

/** Sessions over a connection. */
export class WebTransportSessions {
  readonly #core: SessionCore;

  /**
   * @param connection an H2Connection with webtransportH2Settings(), or an H3Connection with `webtransport`
   * @throws UsageError for options that are out of range
   */
  constructor(connection: H2Carrier | H3Carrier, options: WebTransportOptions) {
    const { role, window = "fixed", initial, h2Dialect = null } = options;
    if (role !== "server" && role !== "client")
      throw new UsageError("ROLE_INVALID", `role is "server" or "client"`);
    if (window !== "fixed" && window !== "manual")
      throw new UsageError("OPTION_INVALID", `window is "fixed" or "manual"`);
    this.#core = new SessionCore(connection, {
      isClient: role === "client",
      isManual: window === "manual",
      limits: h3Limits(options.limits),
      ours: { ...H2_INITIAL_LIMITS, ...initial },
      h2Dialect,
    });
  }

  /** Sessions that are open or about to be. */
  get sessionCount(): number {
    return this.#core.sessions.size;
  }

  /** Whether streams and datagrams are those of QUIC; else everything shares one stream and is reliable. */
  get isUnreliable(): boolean {
    return this.#core.h3 !== null;
  }

  /**
   * Takes an event of the connection. What sessions make of it comes by poll().
   * @returns false: it is about something else
   */
  handle(event: ConnectionEvent): boolean {
    return this.#core.handle(event);
  }

  /** What sessions had to report since the last call. */
  poll(): WebTransportEvent[] {
    const { events } = this.#core;
    if (events.length > 0) this.#core.events = [];
    return events;
  }

  /** The connection is gone, and every session with it: `closed` events. */
  connectionLost(): void {
    this.#core.connectionLost();
  }

  /**
   * Client: asks for a session; `established` or `refused` answers.
   * @returns its sessionId
   * @throws UsageError where the server offers no WebTransport, or no more sessions
   */
  connect(request: SessionToOpen): number {
    const { authority, path, origin, protocols = [], headers = [] } = request;
    if (!this.#core.isClient) throw new UsageError("WT_ROLE", "only clients ask for sessions");
    const core = this.#core;
    const { dialect } = core;
    if (core.h3 !== null && dialect === null)
      throw new UsageError("WT_NOT_OFFERED", "the server does not offer WebTransport, or not yet");
    if (core.sessions.size >= core.sessionsAllowed)
      throw new UsageError("WT_SESSIONS_FULL", "there are as many sessions as the limits allow");
    const fields = [...flat(headers)];
    if (origin !== undefined) fields.push("origin", origin);
    if (protocols.length > 0)
      fields.push(
        "wt-available-protocols",
        protocols.map((protocol) => protocolField(protocol)).join(", "),
      );
    if (dialect?.requestField) fields.push(...dialect.requestField);
    const sessionId = core.connection.sendRequest({
      method: "CONNECT",
      protocol: dialect?.protocol ?? "webtransport",
      scheme: "https",
      authority,
      path,
      headers: fields,
    });
    core.add(sessionId, protocols);
    return sessionId;
  }

  /**
   * Server: the session is open.
   * @param answer `protocol` is one of those that the client offers
   * @throws UsageError
   */
  accept(
    sessionId: number,
    answer: { readonly protocol?: string | null; readonly headers?: HeaderList } = {},
  ): void {
    const session = this.#pending(sessionId);
    if (session === null) return;
    const { connection, dialect } = this.#core;
    const request = session.request as RequestHead;
    const fields = [...flat(answer.headers ?? [])];
    if (answer.protocol) {
      if (!session.protocols.includes(answer.protocol))
        throw new UsageError("WT_PROTOCOL_INVALID", "the client does not offer this protocol");
      const takesTokens = this.#core.h3 === null && this.#core.h2Info.swapsIds;
      fields.push("wt-protocol", protocolField(answer.protocol, takesTokens));
    }
    if (dialect?.requestField && dialect.responseField && request.has(dialect.requestField[0]))
      fields.push(...dialect.responseField);
    connection.sendResponse(sessionId, { status: 200, headers: fields });
    this.#core.open(session, request);
  }

  /** Server: there is no session; `status` is the answer, by default 404. @throws UsageError */
  reject(
    sessionId: number,
    answer: { readonly status?: number; readonly headers?: HeaderList } = {},
  ): void {
    const { status = 404, headers = [] } = answer;
    if (!Number.isInteger(status) || status < 300 || status > 599)
      throw new UsageError("WT_STATUS_INVALID", "a refusal has a status of 300 to 599");
    const session = this.#pending(sessionId);
    if (session === null) return;
    this.#core.connection.sendResponse(sessionId, { status, headers, content: "" });
    session.link.refuse(session);
    session.forget();
  }

  #pending(sessionId: number): Session | null {
    if (this.#core.isClient)
      throw new UsageError("WT_ROLE", "only servers accept and reject sessions");
    const session = this.#core.sessions.get(sessionId);
    if (session === undefined) return null;
    if (session.state !== SessionState.Pending)
      throw new UsageError("WT_SESSION_OPEN", `session ${sessionId} was accepted`);
    return session;
  }

  /** An open session; null: it is over, which the caller could not know. */
  #opened(sessionId: number): Session | null {
    const session = this.#core.sessions.get(sessionId);
    if (session === undefined) return null;
    if (session.state === SessionState.Pending)
      throw new UsageError("WT_SESSION_PENDING", `session ${sessionId} is not open yet`);
    return session.isOpen ? session : null;
  }

  /**
   * Opens a stream.
   * @returns its streamId; -1: the session is over, or the peer allows no more until `streamsAllowed`
   * @throws UsageError for a session that is not open yet
   */
  openStream(sessionId: number, options: { readonly unidirectional?: boolean } = {}): number {
    const session = this.#opened(sessionId);
    return session === null ? -1 : send.openStream(session, options.unidirectional ?? false);
  }

  /**
   * Bytes of a stream. They must stay as they are until they were taken and written.
   * @returns false: stop until `streamWritable`
   * @throws UsageError
   */
  sendStream(sessionId: number, streamId: number, bytes: Uint8Array): boolean {
    const session = this.#opened(sessionId);
    return session === null || send.sendStream(session, streamId, bytes);
  }

  /** Ends our side of a stream. @throws UsageError */
  endStream(sessionId: number, streamId: number): void {
    const session = this.#opened(sessionId);
    if (session !== null) send.endStream(session, streamId);
  }

  /** Gives up our side of a stream, with a code of 32 bits. @throws UsageError */
  resetStream(sessionId: number, streamId: number, code = 0): void {
    const session = this.#opened(sessionId);
    if (session !== null) send.resetStream(session, streamId, code);
  }

  /** Asks the peer to give up its side of a stream; no more events of it come. @throws UsageError */
  stopStream(sessionId: number, streamId: number, code = 0): void {
    const session = this.#opened(sessionId);
    if (session !== null) send.stopStream(session, streamId, code);
  }

  /** With `window: "manual"`: bytes of a stream that were dealt with. @throws UsageError for more than there are */
  consume(sessionId: number, streamId: number, length: number): void {
    const session = this.#opened(sessionId);
    if (session !== null) consume(session, streamId, length);
  }

  /** A datagram. @returns false: it was dropped, because the connection takes no more or none at all */
  sendDatagram(sessionId: number, bytes: Uint8Array): boolean {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "sendDatagram takes a Uint8Array");
    const session = this.#opened(sessionId);
    return session !== null && this.#core.link.datagram(session, bytes);
  }

  /** Asks the peer to end the session soon: WT_DRAIN_SESSION. @throws UsageError */
  drain(sessionId: number): void {
    const session = this.#opened(sessionId);
    if (session !== null)
      this.#core.link.capsule(session, CapsuleType.WtDrainSession, new Uint8Array(0));
  }

  /**
   * Ends a session: WT_CLOSE_SESSION. What streams have not sent is dropped; no more events of it come.
   * @param code 32 bits
   * @param reason up to 1,024 bytes of UTF-8
   * @throws UsageError
   */
  close(sessionId: number, code = 0, reason = ""): void {
    const value = closeValue(code, reason);
    const session = this.#core.sessions.get(sessionId);
    if (session === undefined) return;
    if (session.state === SessionState.Pending) {
      if (!this.#core.isClient) return this.reject(sessionId);
      session.state = SessionState.Closing;
      this.#core.link.abort(session, null);
      session.forget();
    } else if (session.isOpen) {
      session.state = SessionState.Closing;
      session.dropStreams();
      // An end without a code says the same as code 0 without a reason.
      if (code !== 0 || reason !== "")
        this.#core.link.capsule(session, CapsuleType.WtCloseSession, value);
      this.#core.link.end(session);
    }
  }
}

const flat = (headers: HeaderList): readonly string[] =>
  flattenList(headers, (message) => {
    throw new UsageError("WT_HEADERS_INVALID", message);
  });
