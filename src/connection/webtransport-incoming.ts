// What comes one by one and may have to wait for its reader: streams that the peer opened, sessions of a server. The limits of
// the protocol bound how many there can be.

/** A readable stream of objects. */
export class Incoming<T> {
  readonly readable: ReadableStream<T>;
  #controller: ReadableStreamDefaultController<T> | null = null;
  #isOver = false;

  constructor() {
    this.readable = new ReadableStream<T>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#isOver = true;
      },
    });
  }

  /** Nobody will read any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  push(item: T): void {
    if (!this.#isOver) this.#controller?.enqueue(item);
  }

  /** No more come; with an error where the end was none. */
  end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (error === null) this.#controller?.close();
    else this.#controller?.error(error);
  }
}
