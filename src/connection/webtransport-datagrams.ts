// Datagrams of a session as WHATWG streams (W3C WebTransportDatagramDuplexStream). What nobody reads in time is dropped,
// oldest first: datagrams may be lost.

/** Datagrams that wait for a reader. */
const INCOMING_DEFAULT = 64;

/** Datagrams of a session. */
export class WebTransportDatagrams {
  readonly readable: ReadableStream<Uint8Array>;
  /** Datagrams that wait for a reader; more than these, and the oldest is dropped. */
  incomingHighWaterMark = INCOMING_DEFAULT;
  /** Writes that wait; nothing ever does: a datagram that cannot leave now is dropped. */
  outgoingHighWaterMark = 1;
  incomingMaxAge: number | null = null;
  outgoingMaxAge: number | null = null;
  readonly #send: (bytes: Uint8Array) => boolean;
  readonly #maxLength: () => number;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #queue: Uint8Array[] = [];
  #onDatagram: (() => void) | null = null;
  #writable: WritableStream<Uint8Array> | null = null;
  #isOver = false;
  /** Datagrams that were dropped because nobody read them, and because they could not leave. */
  droppedIncoming = 0;
  droppedOutgoing = 0;

  constructor(send: (bytes: Uint8Array) => boolean, maxLength: () => number) {
    this.#send = send;
    this.#maxLength = maxLength;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#isOver = true;
          this.#queue = [];
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Longest datagram in bytes; longer ones are dropped. */
  get maxDatagramSize(): number {
    return this.#maxLength();
  }

  /** A stream to send datagrams by: each chunk is one. */
  createWritable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: (chunk) => {
        if (!ArrayBuffer.isView(chunk) && !((chunk as unknown) instanceof ArrayBuffer))
          throw new TypeError("a datagram is bytes: an ArrayBuffer or a view of one");
        const bytes = ArrayBuffer.isView(chunk)
          ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
          : new Uint8Array(chunk as ArrayBuffer);
        if (bytes.length > this.#maxLength() || !this.#send(bytes)) this.droppedOutgoing++;
      },
    });
  }

  /** One such stream. */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= this.createWritable();
    return this.#writable;
  }

  #pull(): Promise<void> | undefined {
    const first = this.#queue.shift();
    if (first !== undefined) {
      this.#controller?.enqueue(first);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#onDatagram = resolve;
    });
  }

  /** A datagram came. Called by the driver. */
  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const waiting = this.#onDatagram;
    if (waiting !== null) {
      this.#onDatagram = null;
      this.#controller?.enqueue(bytes.slice());
      return waiting();
    }
    if (this.#queue.length >= this.incomingHighWaterMark) {
      this.droppedIncoming++;
      if (this.#queue.shift() === undefined) return;
    }
    this.#queue.push(bytes.slice());
  }

  /** The session is over; with an error where it was no orderly end. Called by the driver. */
  end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    if (error === null) this.#controller?.close();
    else this.#controller?.error(error);
    this.#onDatagram?.();
    this.#onDatagram = null;
  }
}
