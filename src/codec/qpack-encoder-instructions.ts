// Instructions for the encoder stream (RFC 9204 section 4.3): written to a buffer that all encoders share,
// kept as a copy until they are taken, so that an encoder that has nothing to say holds nothing.
// Rules: QP-EN-3, QP-ENC-4.

import { ByteWriter } from "./byte-writer.js";
import { INTEGER_LENGTH, putInteger, putString } from "./field-coding.js";

const INSERT_STATIC_NAME = 0xc0;
const INSERT_DYNAMIC_NAME = 0x80;
const INSERT_LITERAL_NAME = 0x40;
const SET_CAPACITY = 0x20;
const DUPLICATE = 0x00;

const NOTHING = new Uint8Array(0);
const scratch = new ByteWriter();

/** What one encoder has to say on its encoder stream. */
export class QpackInstructions {
  readonly #huffman: boolean | "auto";
  /** Copies that were not taken. */
  #parts: Uint8Array[] = [];
  /** Bytes that were not taken. */
  #length = 0;
  /** Where in the shared buffer the instructions begin that are being written. */
  #from = 0;

  constructor(huffman: boolean | "auto") {
    this.#huffman = huffman;
  }

  /** Bytes that were not taken. */
  get length(): number {
    return this.#length;
  }

  /** Before the first instruction of a section. */
  begin(): void {
    this.#from = scratch.begin();
  }

  /** Behind the last one. */
  end(): void {
    const from = this.#from;
    if (scratch.length === from) return;
    const bytes = scratch.bytes.slice(from, scratch.length);
    scratch.clear(from);
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  /** Gives away what was written, and forgets it. */
  take(): Uint8Array {
    const parts = this.#parts;
    if (parts.length === 0) return NOTHING;
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    if (parts.length === 1) return parts[0] as Uint8Array;
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  setCapacity(bytes: number): void {
    this.#integer(SET_CAPACITY, 5, bytes);
  }

  /** @param relative 0 is the newest entry */
  duplicate(relative: number): void {
    this.#integer(DUPLICATE, 5, relative);
  }

  /**
   * An insertion with the name of a static entry (`place`, from 1 on), else of a dynamic one (`relative`,
   * 0 is the newest), else as a literal.
   * @returns false, and nothing is written, where a character is no octet
   */
  insert(place: number, relative: number, name: string, value: string): boolean {
    const from = scratch.length;
    let isWritten = true;
    if (place !== 0) this.#integer(INSERT_STATIC_NAME, 6, place - 1);
    else if (relative >= 0) this.#integer(INSERT_DYNAMIC_NAME, 6, relative);
    else isWritten = putString(INSERT_LITERAL_NAME, 5, name, this.#huffman, scratch);
    isWritten &&= putString(0, 7, value, this.#huffman, scratch);
    if (!isWritten) scratch.clear(from);
    return isWritten;
  }

  #integer(first: number, prefix: number, value: number): void {
    scratch.reserve(INTEGER_LENGTH);
    scratch.length = putInteger(first, prefix, value, scratch.bytes, scratch.length);
  }
}
