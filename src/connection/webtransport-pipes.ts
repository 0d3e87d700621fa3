// Streams of a session as WHATWG streams. Rules of the file: what nobody reads is not consumed, so that the peer's limits
// hold it back; a write is fulfilled when there is room for another; bytes are copied on their way in and out, because
// neither the peer's chunk nor the application's belongs to us.

import { codeOf, type WebTransportError } from "./webtransport-error.js";

/** What the two ends do. */
export interface PipeCommands {
  /** @returns false: wait for `onWritable` */
  send(bytes: Uint8Array): boolean;
  end(): void;
  reset(code: number): void;
  stop(code: number): void;
  consume(length: number): void;
}

/** Counts of a stream we send on. */
export interface SendStreamStats {
  readonly bytesWritten: number;
  readonly bytesSent: number;
  readonly bytesAcknowledged: number;
}

/** Counts of a stream that comes. */
export interface ReceiveStreamStats {
  readonly bytesReceived: number;
  readonly bytesRead: number;
}

/** A stream to send on (W3C WebTransportSendStream). */
export interface WebTransportSendStream extends WritableStream<Uint8Array> {
  getStats(): Promise<SendStreamStats>;
}

/** A stream that comes (W3C WebTransportReceiveStream). */
export interface WebTransportReceiveStream extends ReadableStream<Uint8Array> {
  getStats(): Promise<ReceiveStreamStats>;
}

/** Both directions (W3C WebTransportBidirectionalStream). */
export interface WebTransportBidirectionalStream {
  readonly readable: WebTransportReceiveStream;
  readonly writable: WebTransportSendStream;
}

function bytesOf(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk))
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice();
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk.slice(0));
  throw new TypeError("a stream of WebTransport takes bytes: an ArrayBuffer or a view of one");
}

/** The sending side of a stream. */
export class SendPipe {
  readonly writable: WebTransportSendStream;
  readonly #commands: PipeCommands;
  #controller: WritableStreamDefaultController | null = null;
  /** A write waits for room. */
  #onRoom: (() => void) | null = null;
  #isOver = false;
  #sent = 0;
  /** Called once when the side is over. */
  onOver: () => void = () => {};

  constructor(commands: PipeCommands) {
    this.#commands = commands;
    const stream = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => {
        if (this.#isOver) return;
        this.#finish();
        commands.end();
      },
      abort: (reason) => {
        if (this.#isOver) return;
        this.#finish();
        commands.reset(codeOf(reason));
      },
    });
    const getStats = async (): Promise<SendStreamStats> => ({
      bytesWritten: this.#sent,
      bytesSent: this.#sent,
      bytesAcknowledged: 0,
    });
    this.writable = Object.assign(stream, { getStats });
  }

  #write(chunk: unknown): Promise<void> | undefined {
    const bytes = bytesOf(chunk);
    if (this.#isOver || bytes.length === 0) return undefined;
    this.#sent += bytes.length;
    if (this.#commands.send(bytes)) return undefined;
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  onWritable(): void {
    this.#onRoom?.();
    this.#onRoom = null;
  }

  /** The peer wants no more, or the session is over. */
  fail(error: WebTransportError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller?.error(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.onWritable();
    this.onOver();
  }
}

/** A piece below this is copied behind others, into a buffer of that length. */
const SMALL_LENGTH = 1024;
const TAIL_LENGTH = 4096;

/** The receiving side of a stream. */
export class ReceivePipe {
  readonly readable: WebTransportReceiveStream;
  readonly #commands: PipeCommands;
  #controller: ReadableByteStreamController | null = null;
  /** What has come and was not read; small pieces share a buffer, so that they cost what they are. */
  #queue: Uint8Array[] = [];
  #tail: Uint8Array<ArrayBuffer> | null = null;
  #tailLength = 0;
  /** A reader waits. */
  #onBytes: (() => void) | null = null;
  #isEnded = false;
  #isOver = false;
  #received = 0;
  #read = 0;
  onOver: () => void = () => {};

  constructor(commands: PipeCommands) {
    this.#commands = commands;
    const stream = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: (reason) => {
        if (this.#isOver) return;
        this.#finish();
        commands.stop(codeOf(reason));
      },
    } as UnderlyingByteSource) as ReadableStream<Uint8Array>;
    const getStats = async (): Promise<ReceiveStreamStats> => ({
      bytesReceived: this.#received,
      bytesRead: this.#read,
    });
    this.readable = Object.assign(stream, { getStats });
  }

  #pull(): Promise<void> | undefined {
    if (this.#deliver()) return undefined;
    return new Promise((resolve) => {
      this.#onBytes = resolve;
    });
  }

  /** Gives a waiting reader what there is. @returns whether there was anything */
  #deliver(): boolean {
    if (this.#isOver) return true;
    if (this.#queue.length === 0) this.#flushTail();
    const first = this.#queue.shift();
    if (first !== undefined) this.#enqueue(first);
    if (this.#isEnded && this.#queue.length === 0 && this.#tail === null) {
      this.#finish();
      this.#controller?.close();
      this.#controller?.byobRequest?.respond(0);
      return true;
    }
    return first !== undefined;
  }

  #enqueue(bytes: Uint8Array): void {
    const controller = this.#controller as ReadableByteStreamController;
    const request = controller.byobRequest;
    let length = bytes.length;
    if (request?.view) {
      const { view } = request;
      length = Math.min(length, view.byteLength);
      new Uint8Array(view.buffer, view.byteOffset, length).set(bytes.subarray(0, length));
      if (length < bytes.length) this.#queue.unshift(bytes.subarray(length));
      request.respond(length);
    } else controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
    this.#read += length;
    this.#commands.consume(length);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#received += bytes.length;
    if (bytes.length >= SMALL_LENGTH) {
      this.#flushTail();
      this.#queue.push(bytes.slice());
    } else {
      if (this.#tailLength + bytes.length > TAIL_LENGTH) this.#flushTail();
      this.#tail ??= new Uint8Array(TAIL_LENGTH);
      this.#tail.set(bytes, this.#tailLength);
      this.#tailLength += bytes.length;
    }
    this.#wake();
  }

  /** The shared buffer is a piece like others from now on. */
  #flushTail(): void {
    if (this.#tail === null) return;
    this.#queue.push(this.#tail.subarray(0, this.#tailLength));
    this.#tail = null;
    this.#tailLength = 0;
  }

  onEnd(): void {
    this.#isEnded = true;
    // A reader that comes later finds the end, too.
    this.#wake();
    if (this.#queue.length === 0 && this.#tail === null && !this.#isOver) this.#deliver();
  }

  #wake(): void {
    const waiting = this.#onBytes;
    if (waiting === null) return;
    this.#onBytes = null;
    this.#deliver();
    waiting();
  }

  /** The peer gave up, or the session is over. */
  fail(error: WebTransportError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller?.error(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#queue = [];
    this.#tail = null;
    const waiting = this.#onBytes;
    this.#onBytes = null;
    waiting?.();
    this.onOver();
  }
}
