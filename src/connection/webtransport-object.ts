// A session with the shape of the W3C WebTransport interface, of a client or of a server.

import type {
  SessionBody,
  WebTransportCloseInfo,
  WebTransportStreamOptions,
} from "./webtransport-body.js";
import type { WebTransportDatagrams } from "./webtransport-datagrams.js";
import type {
  WebTransportBidirectionalStream,
  WebTransportReceiveStream,
  WebTransportSendStream,
} from "./webtransport-pipes.js";

/** Counts of a session, as far as they are known here: what QUIC counts is the transport's. */
export interface WebTransportStats {
  readonly numOutgoingStreamsCreated: number;
  readonly numIncomingStreamsCreated: number;
  readonly datagrams: {
    readonly droppedIncoming: number;
    readonly expiredOutgoing: number;
    readonly lostOutgoing: number;
  };
}

/** A WebTransport session (W3C WebTransport). */
export class WebTransportSession {
  readonly #body: SessionBody;

  /** Sessions come from a WebTransportDriver, or from what is built on one. */
  constructor(body: SessionBody) {
    this.#body = body;
  }

  /** Fulfilled when the session is open; rejected where there will be none. */
  get ready(): Promise<undefined> {
    return this.#body.ready.promise;
  }

  /** Fulfilled when either end has closed the session; rejected where it ended otherwise. */
  get closed(): Promise<WebTransportCloseInfo> {
    return this.#body.closed.promise;
  }

  /** Fulfilled when the peer asks to end the session soon. */
  get draining(): Promise<undefined> {
    return this.#body.draining.promise;
  }

  get datagrams(): WebTransportDatagrams {
    return this.#body.datagrams;
  }

  /** Streams of the peer in both directions. */
  get incomingBidirectionalStreams(): ReadableStream<WebTransportBidirectionalStream> {
    return this.#body.bidirectional.readable;
  }

  /** Streams of the peer in one direction. */
  get incomingUnidirectionalStreams(): ReadableStream<WebTransportReceiveStream> {
    return this.#body.unidirectional.readable;
  }

  /** What the session can do: over HTTP/2 everything is reliable. */
  get reliability(): "pending" | "reliable-only" | "supports-unreliable" {
    return this.#body.reliability;
  }

  /** What the transport does; nothing is asked of it. */
  get congestionControl(): "default" | "throughput" | "low-latency" {
    return "default";
  }

  /** The protocol that the server chose of those offered; "" = none. */
  get protocol(): string {
    return this.#body.protocol;
  }

  /** "connecting", "connected", "closed" in an orderly way, or "failed". */
  get state(): "connecting" | "connected" | "closed" | "failed" {
    return this.#body.state;
  }

  /**
   * Opens a stream in both directions.
   * @throws DOMException InvalidStateError, QuotaExceededError; the promise is rejected
   */
  async createBidirectionalStream(
    options: WebTransportStreamOptions = {},
  ): Promise<WebTransportBidirectionalStream> {
    const { send, receive } = await this.#body.open(false, options);
    return {
      readable: receive?.readable as WebTransportReceiveStream,
      writable: send?.writable as WebTransportSendStream,
    };
  }

  /** Opens a stream in our direction. @throws the same */
  async createUnidirectionalStream(
    options: WebTransportStreamOptions = {},
  ): Promise<WebTransportSendStream> {
    const { send } = await this.#body.open(true, options);
    return send?.writable as WebTransportSendStream;
  }

  /** Ends the session: streams fail at both ends. A reason above 1,024 bytes of UTF-8 is cut. */
  close(info: Partial<WebTransportCloseInfo> = {}): void {
    this.#body.close(info);
  }

  /** Asks the peer to end the session soon: its `draining` is fulfilled. */
  notifySessionDraining(): void {
    this.#body.drain();
  }

  async getStats(): Promise<WebTransportStats> {
    const { streamsOpened, streamsReceived, datagrams } = this.#body;
    return {
      numOutgoingStreamsCreated: streamsOpened,
      numIncomingStreamsCreated: streamsReceived,
      datagrams: {
        droppedIncoming: datagrams.droppedIncoming,
        expiredOutgoing: datagrams.droppedOutgoing,
        lostOutgoing: 0,
      },
    };
  }
}
