// The decoder stream as the encoder reads it (RFC 9204 section 4.4): acknowledgements, cancellations and
// increments, resumable at every byte. An instruction is one integer, so that nothing is held but that.
// Rules: QP-INT-1, QP-INT-2, QP-INT-3, QP-INT-4, QP-DECS-1, QP-DECS-2, QP-DECS-3, QP-DECS-4.

import { ErrorCode } from "../abi/error-code.js";
import type { OutstandingSections } from "./qpack-encoder-sections.js";

/** The first mistake of the peer. */
export interface QpackFeedbackFault {
  readonly code: ErrorCode;
  /** Bytes of the decoder stream before the instruction that is wrong. */
  readonly offset: number;
}

/** Octets behind the prefix that an integer of 62 bits may take (RFC 9204 section 4.1.1). */
const CONTINUATION_MAX = 9;
/** Of these the first four give the low 28 bits, the others what is above. */
const LOW_COUNT = 4;
const LOW_BITS = 2 ** 28;
/** 2^62 is 2^34 of those. */
const HIGH_MAX = 2 ** 34;

/** What the first octet of an instruction says, and the prefix of its integer. */
const SECTION_ACKNOWLEDGMENT = 0x80;
const STREAM_CANCELLATION = 0x40;
const ACKNOWLEDGMENT_PREFIX = 0x7f;
const OTHER_PREFIX = 0x3f;

/** Reads the decoder stream of one connection. */
export class QpackFeedback {
  /** The first mistake; afterwards nothing is read. */
  fault: QpackFeedbackFault | null = null;
  readonly #sections: OutstandingSections;
  /** Bytes read. */
  #offset = 0;
  /** First octet of the instruction that goes on; -1: none does. */
  #first = -1;
  /** Its continuation octets so far, and what they give. */
  #count = 0;
  #low = 0;
  #high = 0;

  constructor(sections: OutstandingSections) {
    this.#sections = sections;
  }

  /**
   * Reads on.
   * @param inserted entries that were inserted, which no increment may go beyond
   */
  receive(bytes: Uint8Array, inserted: number): QpackFeedbackFault | null {
    for (let at = 0; at < bytes.length && this.fault === null; at++) {
      const octet = bytes[at] as number;
      if (this.#first < 0) this.#begin(octet, inserted);
      else this.#goOn(octet, inserted);
      this.#offset++;
    }
    return this.fault;
  }

  #begin(octet: number, inserted: number): void {
    const full = octet >= SECTION_ACKNOWLEDGMENT ? ACKNOWLEDGMENT_PREFIX : OTHER_PREFIX;
    const value = octet & full;
    this.#count = 0;
    if (value < full) {
      this.#apply(octet, value, inserted);
      return;
    }
    this.#first = octet;
    this.#low = value;
    this.#high = 0;
  }

  #goOn(octet: number, inserted: number): void {
    const part = octet & 127;
    if (this.#count < LOW_COUNT) this.#low += part * 128 ** this.#count;
    else this.#high += part * 128 ** (this.#count - LOW_COUNT);
    this.#count++;
    const isLarge = this.#high + Math.floor(this.#low / LOW_BITS) >= HIGH_MAX;
    const isLong = octet > 127 && this.#count === CONTINUATION_MAX;
    if (isLarge || isLong) {
      this.#fail(ErrorCode.QPACK_DECODER_INTEGER_INVALID);
      return;
    }
    if (octet > 127) return;
    const first = this.#first;
    this.#first = -1;
    this.#apply(first, this.#high * LOW_BITS + this.#low, inserted);
  }

  /** Does what an instruction says. Values above 2^53 are not exact, and belong to nothing that we sent. */
  #apply(first: number, value: number, inserted: number): void {
    const sections = this.#sections;
    if (first >= SECTION_ACKNOWLEDGMENT) {
      if (!sections.acknowledge(value)) this.#fail(ErrorCode.QPACK_DECODER_ACK_INVALID);
    } else if (first >= STREAM_CANCELLATION) sections.cancel(value);
    else if (value === 0 || value > inserted - sections.known)
      this.#fail(ErrorCode.QPACK_DECODER_INCREMENT_INVALID);
    else sections.increment(value);
  }

  #fail(code: ErrorCode): void {
    this.fault = { code, offset: this.#offset - this.#count };
  }
}
