// What stands behind a WebTransport object: promises and streams of one session, fed with its events. Commands go to
// WebTransportSessions, and the driver is told that there is something to send.

import { UsageError } from "../errors.js";
import { WebTransportDatagrams } from "./webtransport-datagrams.js";
import { WebTransportError } from "./webtransport-error.js";
import type { WebTransportEvent } from "./webtransport-events.js";
import { Incoming } from "./webtransport-incoming.js";
import {
  type PipeCommands,
  ReceivePipe,
  SendPipe,
  type WebTransportBidirectionalStream,
  type WebTransportReceiveStream,
  type WebTransportSendStream,
} from "./webtransport-pipes.js";
import type { WebTransportSessions } from "./webtransport-sessions.js";

/** How a session ends, or ended. */
export interface WebTransportCloseInfo {
  /** 32 bits. */
  readonly closeCode: number;
  /** Up to 1,024 bytes of UTF-8. */
  readonly reason: string;
}

/** Options of a stream to open. */
export interface WebTransportStreamOptions {
  /** Waits where the peer allows no more streams now; else the promise is rejected. Default false. */
  readonly waitUntilAvailable?: boolean;
}

/** Who carries a session. */
export interface SessionPort {
  readonly sessions: WebTransportSessions;
  readonly sessionId: number;
  /** Commands were given: what the connection has to send should leave soon. */
  flush(): void;
  /** The session needs no more events. */
  release(): void;
  readonly maxDatagramSize: number;
}

type State = "connecting" | "connected" | "closed" | "failed";

/** A promise, and who settles it. Nobody has to wait for it. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise: Promise<T>;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}

interface Pipes {
  send: SendPipe | null;
  receive: ReceivePipe | null;
}

const REASON_MAX = 1024;

/** The state of one WebTransport object. */
export class SessionBody {
  readonly ready = new Deferred<undefined>();
  readonly closed = new Deferred<WebTransportCloseInfo>();
  readonly draining = new Deferred<undefined>();
  readonly bidirectional = new Incoming<WebTransportBidirectionalStream>();
  readonly unidirectional = new Incoming<WebTransportReceiveStream>();
  readonly datagrams: WebTransportDatagrams;
  state: State = "connecting";
  protocol = "";
  reliability: "pending" | "reliable-only" | "supports-unreliable" = "pending";
  streamsOpened = 0;
  streamsReceived = 0;
  #port: SessionPort | null = null;
  readonly #streams = new Map<number, Pipes>();
  /** Who waits for streams, by direction: bidirectional, unidirectional. */
  readonly #waiting: [(() => void)[], (() => void)[]] = [[], []];

  constructor() {
    this.datagrams = new WebTransportDatagrams(
      (bytes) => this.#sendDatagram(bytes),
      () => this.#port?.maxDatagramSize ?? 0,
    );
  }

  /** The session has been asked for, or has come. */
  bind(port: SessionPort): void {
    this.#port = port;
    // Closed before there was anything to close.
    if (this.state === "closed" || this.state === "failed") this.#closePort(0, "");
  }

  /** The session is open. */
  establish(protocol: string | null): void {
    if (this.state !== "connecting" || this.#port === null) return;
    this.state = "connected";
    this.protocol = protocol ?? "";
    this.reliability = this.#port.sessions.isUnreliable ? "supports-unreliable" : "reliable-only";
    this.ready.resolve(undefined);
  }

  /** An event of the session. */
  handle(event: WebTransportEvent): void {
    switch (event.type) {
      case "established":
        return this.establish(event.protocol);
      case "refused":
        return this.fail(`the server answered with status ${event.head.status}`);
      case "stream":
        return this.#onStream(event.streamId, event.unidirectional);
      case "streamData":
        return this.#streams.get(event.streamId)?.receive?.onBytes(event.bytes);
      case "streamEnd":
        return this.#streams.get(event.streamId)?.receive?.onEnd();
      case "streamReset":
        return this.#streams
          .get(event.streamId)
          ?.receive?.fail(byPeer("the peer reset the stream", event));
      case "streamStopped":
        return this.#streams
          .get(event.streamId)
          ?.send?.fail(byPeer("the peer wants no more of the stream", event));
      case "streamWritable":
        return this.#streams.get(event.streamId)?.send?.onWritable();
      case "streamsAllowed":
        return this.#onAllowed(event.unidirectional);
      case "datagram":
        return this.datagrams.receive(event.bytes);
      case "draining":
        return this.draining.resolve(undefined);
      case "closed":
        if (!event.isClean) return this.fail("the session is gone");
        return this.#finish({ closeCode: event.code, reason: event.reason });
      case "error":
        return this.fail(event.error.message, event.error);
    }
  }

  #onStream(streamId: number, unidirectional: boolean): void {
    this.streamsReceived++;
    const incoming = unidirectional ? this.unidirectional : this.bidirectional;
    if (incoming.isOver) {
      const commands = this.#command(streamId);
      commands.stop(0);
      if (!unidirectional) commands.reset(0);
      return;
    }
    const { send, receive } = this.#pipes(streamId, !unidirectional, true);
    const readable = receive?.readable as WebTransportReceiveStream;
    if (unidirectional) this.unidirectional.push(readable);
    else this.bidirectional.push({ readable, writable: send?.writable as WebTransportSendStream });
  }

  #pipes(streamId: number, sends: boolean, receives: boolean): Pipes {
    const commands = this.#command(streamId);
    const pipes: Pipes = {
      send: sends ? new SendPipe(commands) : null,
      receive: receives ? new ReceivePipe(commands) : null,
    };
    this.#streams.set(streamId, pipes);
    const forget = () => {
      if (pipes.send === null && pipes.receive === null) this.#streams.delete(streamId);
    };
    if (pipes.send !== null)
      pipes.send.onOver = () => {
        pipes.send = null;
        forget();
      };
    if (pipes.receive !== null)
      pipes.receive.onOver = () => {
        pipes.receive = null;
        forget();
      };
    return pipes;
  }

  #command(streamId: number): PipeCommands {
    const run = <T>(unless: T, command: (port: SessionPort) => T): T => {
      const port = this.#port;
      if (port === null || this.state !== "connected") return unless;
      const result = command(port);
      port.flush();
      return result;
    };
    return {
      send: (bytes) =>
        run(true, ({ sessions, sessionId }) => sessions.sendStream(sessionId, streamId, bytes)),
      end: () =>
        run(undefined, ({ sessions, sessionId }) => sessions.endStream(sessionId, streamId)),
      reset: (code) =>
        run(undefined, ({ sessions, sessionId }) =>
          sessions.resetStream(sessionId, streamId, code),
        ),
      stop: (code) =>
        run(undefined, ({ sessions, sessionId }) => sessions.stopStream(sessionId, streamId, code)),
      consume: (length) =>
        run(undefined, ({ sessions, sessionId }) => sessions.consume(sessionId, streamId, length)),
    };
  }

  #sendDatagram(bytes: Uint8Array): boolean {
    const port = this.#port;
    if (port === null || this.state !== "connected") return false;
    const isKept = port.sessions.sendDatagram(port.sessionId, bytes);
    port.flush();
    return isKept;
  }

  /** Opens a stream, when the session is open. */
  async open(unidirectional: boolean, options: WebTransportStreamOptions): Promise<Pipes> {
    if (this.state === "closed" || this.state === "failed") throw notOpen();
    await this.ready.promise;
    for (;;) {
      const port = this.#port;
      if (this.state !== "connected" || port === null) throw notOpen();
      const streamId = port.sessions.openStream(port.sessionId, { unidirectional });
      port.flush();
      if (streamId >= 0) {
        this.streamsOpened++;
        return this.#pipes(streamId, true, !unidirectional);
      }
      if (options.waitUntilAvailable !== true)
        throw new DOMException("the peer allows no more streams now", "QuotaExceededError");
      await new Promise<void>((resolve) => {
        this.#waiting[unidirectional ? 1 : 0].push(resolve);
      });
    }
  }

  #onAllowed(unidirectional: boolean): void {
    const waiting = this.#waiting[unidirectional ? 1 : 0];
    for (const resolve of waiting.splice(0)) resolve();
  }

  /** The application ends the session. */
  close(info: Partial<WebTransportCloseInfo>): void {
    const { closeCode = 0, reason = "" } = info;
    if (this.state === "closed" || this.state === "failed") return;
    if (this.state === "connecting") {
      this.fail("the session was closed before it was open");
      return this.#closePort(0, "");
    }
    const text = cutUtf8(reason);
    this.#closePort(closeCode, text);
    this.#finish({ closeCode, reason: text });
  }

  #closePort(code: number, reason: string): void {
    const port = this.#port;
    if (port === null) return;
    port.sessions.close(port.sessionId, code, reason);
    port.flush();
    port.release();
  }

  /** Asks the peer to end the session soon. */
  drain(): void {
    const port = this.#port;
    if (port === null || this.state !== "connected") return;
    port.sessions.drain(port.sessionId);
    port.flush();
  }

  /** An orderly end. */
  #finish(info: WebTransportCloseInfo): void {
    this.state = "closed";
    this.#end(new WebTransportError("the session is closed", { source: "session" }), null);
    this.closed.resolve(info);
  }

  /** Any other end. */
  fail(message: string, cause?: unknown): void {
    if (this.state === "closed" || this.state === "failed") return;
    this.state = "failed";
    const error = new WebTransportError(message, { source: "session", cause });
    this.ready.reject(error);
    this.#end(error, error);
    this.closed.reject(error);
  }

  #end(ofStreams: WebTransportError, ofIncoming: WebTransportError | null): void {
    for (const { send, receive } of [...this.#streams.values()]) {
      send?.fail(ofStreams);
      receive?.fail(ofStreams);
    }
    this.#streams.clear();
    this.bidirectional.end(ofIncoming);
    this.unidirectional.end(ofIncoming);
    this.datagrams.end(ofIncoming);
    this.#onAllowed(false);
    this.#onAllowed(true);
    this.#port?.release();
  }
}

function byPeer(
  message: string,
  { code, ofSession }: { readonly code: number | null; readonly ofSession: boolean },
): WebTransportError {
  return new WebTransportError(code === null ? message : `${message} with code ${code}`, {
    source: ofSession ? "session" : "stream",
    streamErrorCode: code,
  });
}

const notOpen = () => new DOMException("the session is not open", "InvalidStateError");

/** As much of a reason as fits, whole characters. */
function cutUtf8(reason: string): string {
  if (typeof reason !== "string") throw new UsageError("WT_REASON_INVALID", "reason is a string");
  const bytes = new Uint8Array(REASON_MAX);
  const { read } = new TextEncoder().encodeInto(reason, bytes);
  return reason.slice(0, read);
}
