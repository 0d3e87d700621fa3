// Bytes that came in pieces and are needed in one: a buffer that grows with what was received.

/** The first buffer. */
const SMALLEST = 64;
/** A buffer up to this size is kept for what comes next; a larger one is let go. */
const KEPT = 512;
/** Pieces shorter than this are copied byte by byte: a call of `set` costs more. */
const SHORT = 24;

const NOTHING = new Uint8Array(0);

/** A growing buffer. */
export class PieceBuffer {
  #bytes = NOTHING;
  /** Bytes in it. */
  length = 0;

  /** Bytes that it occupies. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The buffer itself: `bytes[0, length)` is what came, until the next call. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Appends `count` bytes of a chunk, from `at` on; all of them without a count. */
  append(chunk: Uint8Array, at = 0, count = chunk.length - at): void {
    const { length } = this;
    const end = length + count;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    if (count < SHORT) for (let i = 0; i < count; i++) bytes[length + i] = chunk[at + i] as number;
    else bytes.set(new Uint8Array(chunk.buffer, chunk.byteOffset + at, count), length);
    this.length = end;
  }

  /** Copies all of it to `target`, from `at` on. */
  copyTo(target: Uint8Array, at: number): void {
    const { length } = this;
    const bytes = this.#bytes;
    if (length < SHORT) for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number;
    else target.set(bytes.subarray(0, length), at);
  }

  /** Forgets the first `count` bytes: the others move to the front. */
  discard(count: number): void {
    this.length -= count;
    if (this.length === 0) this.clear();
    else this.#bytes.copyWithin(0, count, count + this.length);
  }

  /** A copy of all of it, to own. */
  slice(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** Forgets the bytes. */
  clear(): void {
    this.length = 0;
    if (this.#bytes.length > KEPT) this.#bytes = NOTHING;
  }

  /** Forgets the bytes and lets the buffer go. */
  drop(): void {
    this.length = 0;
    this.#bytes = NOTHING;
  }

  /** Twice what is needed at most: the cost of growing stays linear in what was received. */
  #grow(needed: number): void {
    let size = Math.max(SMALLEST, this.#bytes.length);
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
