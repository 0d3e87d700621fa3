// Memory that quiche writes packets and bytes of streams into. Rule of the file: each piece is handed out once, for it
// belongs to whoever gets it; what is left over of a slab is small.

const LENGTH = 128 * 1024;

export class Slab {
  #bytes = new Uint8Array(0);
  #at = 0;

  /** Room for at least so many bytes, and as much more as there is: say with `use` how many were written. */
  piece(atLeast: number): Uint8Array {
    if (this.#bytes.length - this.#at < atLeast) {
      this.#bytes = new Uint8Array(LENGTH);
      this.#at = 0;
    }
    return this.#bytes.subarray(this.#at);
  }

  /** So many bytes of the piece are used. */
  use(length: number): void {
    this.#at += length;
  }
}
