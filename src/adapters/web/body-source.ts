// Content that arrives in pieces, as a ReadableStream. Rules of the file: a piece is handed on by reference, when
// the consumer asks for it; each byte is reported once when it has left; more than QUEUE_LENGTH unread bytes
// ask the owner to stop reading; content that nobody wants is dropped and counted.

/** Who feeds a body, and what it must know. */
export interface BodySourceOptions {
  /** The consumer waits for bytes: read on. Called often; the first call means that somebody reads at all. */
  onPull(): void;
  /** So many bytes were read, or dropped: the peer may send as many more. */
  onRead?(length: number): void;
  /** The consumer has cancelled: what still comes is dropped. */
  onCancel?(): void;
}

const QUEUE_LENGTH = 64 * 1024;

/** One body on its way in. */
export class BodySource {
  /** For a Request or a Response. Not a byte stream: those detach the buffer that other views share. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Bytes that came after nobody wanted them any more. */
  dropped = 0;

  readonly #options: BodySourceOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Not asked for yet. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** The consumer waits. */
  #isWanted = false;
  #isOver = false;
  #isUnwanted = false;

  constructor(options: BodySourceOptions) {
    this.#options = options;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.discard();
          this.#options.onCancel?.();
        },
      },
      // Nothing is wanted before somebody reads: the first pull is what sends "100 Continue".
      { highWaterMark: 0, size: (bytes) => bytes.byteLength },
    );
  }

  /** All content came, or none will come any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The consumer has asked for bytes that have not come. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Adds content. @returns false: enough is waiting, stop until `onPull` */
  push(bytes: Uint8Array): boolean {
    if (this.#isUnwanted) {
      this.dropped += bytes.length;
      this.#options.onRead?.(bytes.length);
      return true;
    }
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#give(bytes);
    } else {
      this.#pieces.push(bytes);
      this.#length += bytes.length;
    }
    return this.#length < QUEUE_LENGTH;
  }

  /** The message is complete. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isUnwanted && this.#pieces.length === 0) this.#controller?.close();
  }

  /** The message will never be complete: the consumer's read is rejected. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pieces = [];
    if (!this.#isUnwanted) this.#controller?.error(error);
  }

  /** Nobody will read: drops what waits and what comes. */
  discard(): void {
    if (this.#isUnwanted) return;
    this.#isUnwanted = true;
    this.#pieces = [];
    if (this.#length > 0) this.#options.onRead?.(this.#length);
    this.#length = 0;
  }

  #pull(): void {
    const bytes = this.#pieces.shift();
    if (bytes === undefined) {
      this.#isWanted = true;
      this.#options.onPull();
      return;
    }
    this.#length -= bytes.length;
    this.#give(bytes);
    if (this.#isOver && this.#pieces.length === 0) this.#controller?.close();
  }

  #give(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
    this.#options.onRead?.(bytes.length);
  }
}
