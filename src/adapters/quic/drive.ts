// Joins a QUIC connection and an H3Connection, whatever the transport: bytes, resets and datagrams become events, what
// the HTTP connection wants to send is written. Rules of the file: output is taken only in the transport's turns, and
// as much as it has room for, so that priorities are settled late; a stream whose bytes nobody consumes is not
// read on; a connection error is a close at once, an orderly end waits until the peer has everything
// (RFC 9114 section 5); one timer keeps the deadlines.

import type { ConnectionEvent, Handler } from "../../events.js";
import type { H3Connection } from "../../h3.js";
import { DeadlineTimer } from "../deadline.js";
import { dispatch } from "../dispatch.js";
import { cutAtTunnels, Tunnels } from "../tunnels.js";
import type { QuicClose, QuicConnection } from "./transport.js";

/** RFC 9114 section 8.1. */
const NO_ERROR = 0x100;

/** Most bytes that are taken at once. */
const TAKE_LENGTH = 64 * 1024;

/** What to tell. */
export interface QuicAttachOptions {
  /** Called once when the handshake is done, where the connection began with early data. */
  readonly onEstablished?: () => void;
  /** Called at the beginning of each turn: the peer may allow more streams by now, of which no event tells. */
  readonly onTurn?: () => void;
  /** Called once when the QUIC connection is over. */
  readonly onClose?: (close: QuicClose) => void;
}

/**
 * Joins a connection of a QUIC transport and an H3Connection.
 *
 * Commands that are given inside the receiver leave by themselves. After commands at other times call `flush()`.
 * Deadlines are kept if the connection's option `clock` is `() => performance.now()`.
 *
 * @param receiver gets the events: a function for each batch, or a handler for each event
 */
export function attachQuic(
  quic: QuicConnection,
  connection: H3Connection,
  receiver: Handler | ((events: ConnectionEvent[]) => void),
  options: QuicAttachOptions = {},
): QuicAttachment {
  return new QuicAttachment(quic, connection, receiver, options);
}

/** An H3Connection on a QUIC connection. Made by `attachQuic`. */
export class QuicAttachment {
  readonly quic: QuicConnection;
  readonly connection: H3Connection;
  /** Fulfilled with the way in which the connection ended; never rejected. */
  readonly closed: Promise<QuicClose>;
  /** Where the bytes of tunnels go. */
  readonly tunnels: Tunnels = new Tunnels();

  readonly #receiver: (events: ConnectionEvent[]) => void;
  readonly #options: QuicAttachOptions;
  readonly #deadline: DeadlineTimer;
  /** Streams that are not read on. */
  readonly #paused = new Set<number>();
  readonly #room = (streamId: number): number => this.quic.room(streamId);
  #onClosed: (close: QuicClose) => void = () => {};
  /** Our close was given to the transport. */
  #isClosing = false;
  #isClosed = false;

  constructor(
    quic: QuicConnection,
    connection: H3Connection,
    receiver: Handler | ((events: ConnectionEvent[]) => void),
    options: QuicAttachOptions,
  ) {
    this.quic = quic;
    this.connection = connection;
    this.#options = options;
    this.#receiver =
      typeof receiver === "function" ? receiver : (events) => dispatch(events, receiver);
    this.#deadline = new DeadlineTimer(connection, (events) => {
      this.#hand(events);
      this.flush();
    });
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    quic.start({
      stream: (streamId, bytes, fin) => this.#receive(streamId, bytes, fin),
      reset: (streamId, code) => {
        this.#paused.delete(streamId);
        this.#hand(connection.receiveReset(streamId, code));
      },
      stopSending: (streamId, code) => this.#hand(connection.receiveStopSending(streamId, code)),
      datagram: (bytes) => this.#hand(connection.receiveDatagram(bytes)),
      established: () => options.onEstablished?.(),
      turn: () => this.#turn(),
      closed: (close) => this.#close(close),
    });
  }

  /** The connection is over. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends what the connection has to send, soon: commands that are given together leave together. */
  flush(): void {
    this.quic.wake();
  }

  /** The same: there is no other way. */
  flushSoon(): void {
    this.quic.wake();
  }

  /** Ends the connection when the peer has what was sent, whatever the connection still expects. */
  end(): void {
    if (this.connection.state === "open") this.connection.close();
    this.#turn();
    this.#finish(NO_ERROR);
  }

  /** Ends the connection at once. */
  destroy(): void {
    if (this.#isClosing) this.quic.destroy();
    else {
      this.#isClosing = true;
      this.quic.close(NO_ERROR);
    }
  }

  #receive(streamId: number, bytes: Uint8Array, fin: boolean): void {
    const { connection } = this;
    this.#hand(connection.receiveStream(streamId, bytes, fin));
    if (fin) this.#paused.delete(streamId);
    else if (connection.isPaused(streamId)) {
      this.#paused.add(streamId);
      this.quic.pause(streamId);
    }
  }

  #hand(events: ConnectionEvent[]): void {
    if (events.length === 0) return;
    for (const batch of cutAtTunnels(events)) {
      const own = this.tunnels.takeFrom(batch);
      if (own.length > 0) this.#receiver(own);
    }
  }

  /** Writes until nothing moves any more. */
  #turn(): void {
    if (this.#isClosed) return;
    this.#options.onTurn?.();
    const { connection, quic } = this;
    for (let moved = true; moved && !this.#isClosing; ) {
      moved = false;
      for (const streamId of this.#paused) {
        if (connection.isPaused(streamId)) continue;
        this.#paused.delete(streamId);
        quic.resume(streamId);
      }
      for (const write of connection.takeStreams(TAKE_LENGTH, this.#room)) {
        moved = true;
        this.#write(write);
      }
      for (const bytes of connection.takeDatagrams()) quic.sendDatagram(bytes);
      const events = connection.poll();
      moved ||= events.length > 0;
      this.#hand(events);
    }
    this.#deadline.adjust();
  }

  #write({ streamId, bytes, fin, reset, stopSending, close }: H3Write): void {
    if (close !== undefined) {
      if (close === NO_ERROR) this.#finish(close);
      else if (!this.#isClosing) {
        this.#isClosing = true;
        this.quic.close(close);
      }
      return;
    }
    if (bytes.length > 0 || fin) this.quic.write(streamId, bytes, fin);
    if (reset !== undefined) this.quic.reset(streamId, reset);
    if (stopSending !== undefined) this.quic.stopSending(streamId, stopSending);
  }

  #finish(code: number): void {
    if (this.#isClosing || this.#isClosed) return;
    this.#isClosing = true;
    this.quic.finish(code);
  }

  #close(close: QuicClose): void {
    this.#isClosed = true;
    this.#deadline.stop();
    const isPeers = close.by === "peer" && close.isApplication;
    this.#hand(this.connection.receiveClose(isPeers ? close.code : undefined));
    this.tunnels.receiveClose(null);
    this.#options.onClose?.(close);
    this.#onClosed(close);
  }
}

/** What `takeStreams` gives. */
type H3Write = ReturnType<H3Connection["takeStreams"]>[number];
