// The octets of a field block that came in several frames (RFC 9113 section 4.3), and where each of them stood.

interface Fragment {
  /** Octets of the block before it. */
  readonly at: number;
  /** Bytes of the direction before it. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Collects the fragments of one block. */
export class H2Fragments {
  readonly #fragments: Fragment[] = [];
  #length = 0;

  /** A copy is kept. */
  add(bytes: Uint8Array, offset: number): void {
    this.#fragments.push({ at: this.#length, offset, bytes: bytes.slice() });
    this.#length += bytes.length;
  }

  /** The whole block. */
  join(): Uint8Array {
    const [only, ...others] = this.#fragments;
    if (only !== undefined && others.length === 0) return only.bytes;
    const all = new Uint8Array(this.#length);
    for (const { at, bytes } of this.#fragments) all.set(bytes, at);
    return all;
  }

  /** Bytes of the direction before an octet of the block. */
  placeOf(at: number): number {
    let place = 0;
    for (const fragment of this.#fragments) {
      if (fragment.at > at) break;
      place = fragment.offset + (at - fragment.at);
    }
    return place;
  }
}
