// WebTransportDriver: WebTransport objects over one connection. An adapter feeds it the connection's events and is told when
// there is something to send; bytes stay the adapter's business.

import type { ConnectionEvent, HeaderList, RequestHead } from "../events.js";
import { SessionBody, type SessionPort } from "./webtransport-body.js";
import type { H2Carrier } from "./webtransport-h2.js";
import type { H3Carrier } from "./webtransport-h3.js";
import { WebTransportSession } from "./webtransport-object.js";
import {
  type SessionToOpen,
  type WebTransportOptions,
  WebTransportSessions,
} from "./webtransport-sessions.js";

/** Longest datagram over HTTP/2, in bytes: any length fits, this one makes sense. */
const RELIABLE_DATAGRAM = 16 * 1024;
/** Longest payload of a datagram that every path of QUIC carries, where the transport does not say. */
const QUIC_DATAGRAM = 1024;

/** What a driver needs. */
export interface DriverOptions extends Omit<WebTransportOptions, "window"> {
  /** Called after commands: take from the connection what it has to send, soon. May be called often. */
  readonly flush: () => void;
  /** Server: a client asks for a session. What nobody accepts before the call returns must be accepted or refused later. */
  readonly onSession?: (request: SessionRequest) => void;
  /** Longest datagram, in bytes. Default: 16,384 over HTTP/2, 1,024 over HTTP/3. */
  readonly maxDatagramSize?: () => number;
}

/** A client asks for a session. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly head: RequestHead;
  readonly path: string;
  readonly authority: string;
  /** Where the page comes from that asks, or null: refuse with 403 where it may not. */
  readonly origin: string | null;
  /** Protocols that the client offers. */
  readonly protocols: readonly string[];
  /** Opens the session. @throws UsageError for a protocol that was not offered */
  accept(answer?: {
    readonly protocol?: string | null;
    readonly headers?: HeaderList;
  }): WebTransportSession;
  /** There is none; by default with status 404. */
  reject(answer?: { readonly status?: number; readonly headers?: HeaderList }): void;
}

/** WebTransport objects over one H2Connection or H3Connection. */
export class WebTransportDriver {
  readonly #sessions: WebTransportSessions;
  readonly #options: DriverOptions;
  readonly #bodies = new Map<number, SessionBody>();

  /** @throws UsageError for options that are out of range */
  constructor(connection: H2Carrier | H3Carrier, options: DriverOptions) {
    const { flush: _flush, onSession: _onSession, maxDatagramSize: _size, ...rest } = options;
    this.#sessions = new WebTransportSessions(connection, { ...rest, window: "manual" });
    this.#options = options;
  }

  /** Sessions that are open or about to be. */
  get sessionCount(): number {
    return this.#sessions.sessionCount;
  }

  /** Takes an event of the connection. @returns false: it is about something else */
  handle(event: ConnectionEvent): boolean {
    const isOurs = this.#sessions.handle(event);
    this.#dispatch();
    return isOurs;
  }

  /** The connection is gone, and every session with it. */
  connectionLost(): void {
    this.#sessions.connectionLost();
    this.#dispatch();
  }

  #dispatch(): void {
    for (const event of this.#sessions.poll()) {
      if (event.type === "session") this.#onSession(event.sessionId, event.head, event.protocols);
      else this.#bodies.get(event.sessionId)?.handle(event);
    }
  }

  #onSession(sessionId: number, head: RequestHead, protocols: readonly string[]): void {
    const { onSession } = this.#options;
    const reject: SessionRequest["reject"] = (answer) => {
      this.#sessions.reject(sessionId, answer);
      this.#options.flush();
    };
    if (onSession === undefined) return reject();
    onSession({
      sessionId,
      head,
      path: head.path ?? "/",
      authority: head.authority ?? "",
      origin: head.get("origin"),
      protocols,
      accept: (answer = {}) => this.#accept(sessionId, answer),
      reject,
    });
  }

  #accept(
    sessionId: number,
    answer: { readonly protocol?: string | null; readonly headers?: HeaderList },
  ): WebTransportSession {
    const body = new SessionBody();
    this.#bind(body, sessionId);
    this.#sessions.accept(sessionId, answer);
    body.establish(answer.protocol ?? null);
    // What the client sent before is here already.
    this.#dispatch();
    this.#options.flush();
    return new WebTransportSession(body);
  }

  #bind(body: SessionBody, sessionId: number): void {
    const { flush, maxDatagramSize } = this.#options;
    const sessions = this.#sessions;
    const size = sessions.isUnreliable ? QUIC_DATAGRAM : RELIABLE_DATAGRAM;
    const port: SessionPort = {
      sessions,
      sessionId,
      flush,
      release: () => this.#bodies.delete(sessionId),
      get maxDatagramSize() {
        return maxDatagramSize?.() ?? size;
      },
    };
    this.#bodies.set(sessionId, body);
    body.bind(port);
  }

  /** Client: asks for a session. @throws UsageError where the server offers no WebTransport, or no more sessions */
  connect(request: SessionToOpen): WebTransportSession {
    const body = new SessionBody();
    this.connectBody(body, request);
    return new WebTransportSession(body);
  }

  /** The same for an object that there is already. */
  connectBody(body: SessionBody, request: SessionToOpen): void {
    const sessionId = this.#sessions.connect(request);
    this.#bind(body, sessionId);
    this.#options.flush();
  }
}
