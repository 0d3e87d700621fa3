// The decoder stream on its way out (RFC 9204 section 4.4): acknowledgements of sections, cancellations, and one increment
// for all insertions that no acknowledgement spoke of. Increments are put together when the bytes are taken: insertions
// that a section needed cost nothing more.
// Rules: QP-DECS-5, QP-DECS-6, QP-DECS-7, QP-DECS-8.

import { integerLength, putInteger } from "./field-coding.js";

/** First bits of the instructions, and the prefixes of their integers. */
const SECTION_ACKNOWLEDGMENT = 0x80;
const SECTION_PREFIX = 7;
const STREAM_CANCELLATION = 0x40;
const CANCELLATION_PREFIX = 6;
const INSERT_COUNT_INCREMENT = 0x00;
const INCREMENT_PREFIX = 6;

/** Octets of the longest instruction: a stream id has 62 bits. */
const INSTRUCTION_LENGTH = 10;
/** The first buffer: most connections have a few acknowledgements at a time. */
const SMALLEST = 32;

const NOTHING = new Uint8Array(0);

/** Instructions for the peer's encoder. */
export class QpackFeedback {
  #bytes = NOTHING;
  #length = 0;
  /** Insertions that the encoder knows we have: the Known Received Count (RFC 9204 section 2.1.4). */
  #known = 0;

  /** Bytes of buffers. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** A section that required `count` insertions was decoded. */
  acknowledge(streamId: number, count: number): void {
    this.#put(SECTION_ACKNOWLEDGMENT, SECTION_PREFIX, streamId);
    if (count > this.#known) this.#known = count;
  }

  /** Nothing more of a stream will be decoded. */
  cancel(streamId: number): void {
    this.#put(STREAM_CANCELLATION, CANCELLATION_PREFIX, streamId);
  }

  /** Bytes that `take` would give. */
  length(insertions: number): number {
    const increment = insertions - this.#known;
    return this.#length + (increment > 0 ? integerLength(INCREMENT_PREFIX, increment) : 0);
  }

  /** Everything so far, with an increment up to `insertions`; null: nothing. To own. */
  take(insertions: number): Uint8Array<ArrayBuffer> | null {
    if (insertions > this.#known) {
      this.#put(INSERT_COUNT_INCREMENT, INCREMENT_PREFIX, insertions - this.#known);
      this.#known = insertions;
    }
    if (this.#length === 0) return null;
    const bytes = new Uint8Array(this.#length);
    // Byte by byte: most are an octet or two long, and `slice` costs more than that.
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#bytes[i] as number;
    this.#length = 0;
    if (this.#bytes.length > SMALLEST) this.#bytes = NOTHING;
    return bytes;
  }

  /** Nothing will be said any more. */
  drop(insertions: number): void {
    this.#bytes = NOTHING;
    this.#length = 0;
    this.#known = insertions;
  }

  #put(mark: number, prefix: number, value: number): void {
    if (this.#bytes.length - this.#length < INSTRUCTION_LENGTH) {
      const larger = new Uint8Array(Math.max(SMALLEST, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length = putInteger(mark, prefix, value, this.#bytes, this.#length);
  }
}
