// A client that sends exactly the bytes it is told and shows exactly what came back: what no HTTP library does.

import type { Duplex } from "node:stream";

/** A dialogue on one socket. */
export class RawClient {
  readonly socket: Duplex;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    const over = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", over);
    socket.on("close", over);
    socket.on("error", over);
  }

  /** All that came so far, as latin1. */
  get received(): string {
    return this.#received.toString("latin1");
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Ends our side only. */
  finish(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Waits until this text has come. @throws Error where the server ends before */
  async until(text: string): Promise<string> {
    await this.#waitFor(() => this.received.includes(text));
    if (!this.received.includes(text)) {
      throw new Error(
        `the server ended before ${JSON.stringify(text)}: ${JSON.stringify(this.received)}`,
      );
    }
    return this.received;
  }

  /** Waits until this many bytes have come, or the end. */
  async untilLength(length: number): Promise<Buffer> {
    await this.#waitFor(() => this.#received.length >= length);
    return this.#received;
  }

  /** Waits until the server has ended its side. */
  async untilEnd(): Promise<string> {
    await this.#waitFor(() => false);
    return this.received;
  }

  async #waitFor(isThere: () => boolean): Promise<void> {
    while (!isThere() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
