// Two streams in memory: what is written to one is read from the other. Counts writev calls.

import { Duplex } from "node:stream";

export { Duplex };

/** One end. */
export class End extends Duplex {
  other: End | null = null;
  onWritev: (() => void) | null = null;
  #wake: (() => void) | null = null;

  override _read(): void {
    this.#wake?.();
    this.#wake = null;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.other?.give(bytes, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.onWritev?.();
    this.other?.give(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  give(bytes: Buffer, done: () => void): void {
    if (this.push(bytes)) done();
    else this.#wake = done;
  }
}

/** Both ends. */
export function duplexPair(): [End, End] {
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  return [near, far];
}
