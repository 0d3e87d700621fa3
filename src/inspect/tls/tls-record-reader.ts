// Records out of the octets of one direction of a TCP connection, in any cuts (RFC 8446 section 5.1). A record that came in
// one piece is a view; what is kept of a cut one is bounded by what came of it, not by what it declares.
// Rules: TLS-REC-1, TLS-REC-2.

import type { ErrorName } from "../../index.js";
import { TlsContentType } from "../../quic.js";

/** One record as it stands on the wire. */
export interface TlsRecord {
  /** The type outside: with TLS 1.3 every protected record says application_data. */
  readonly type: number;
  /** Octets of the direction before it. */
  readonly offset: number;
  /** With its five octets of header. */
  readonly bytes: Uint8Array;
}

/** Octets before the contents. */
export const RECORD_HEADER = 5;
/** TLS 1.2 allows protected records to grow by 2048. */
const LENGTH_MAX = 2 ** 14 + 2048;
/** First buffer of a record that was cut. */
const SMALLEST = 1024;
const MAJOR = 3;
/** A content type and a tag; TLS 1.2: a tag of 8 octets and an explicit nonce. */
const PROTECTED_MIN = 16;

const NOTHING = new Uint8Array(0);

/** Reads the records of one direction. */
export class TlsRecordReader {
  #held = NOTHING;
  #heldLength = 0;
  /** Octets of a lost record that are still to come. */
  #toSkip = 0;
  /** Octets before the record under way. */
  #offset = 0;
  #fault: { readonly code: ErrorName; readonly offset: number } | null = null;

  /** Octets of the direction that were read, also those of a record under way. */
  get offset(): number {
    return this.#offset + this.#heldLength;
  }

  /** Octets that are kept of a record that was cut. */
  get heldBytes(): number {
    return this.#heldLength;
  }

  /** What came of a record that was cut. */
  get held(): Uint8Array {
    return this.#held.subarray(0, this.#heldLength);
  }

  /** Forgets what came, and what was wrong with it; the next octets are those behind `offset`. */
  restart(offset: number): void {
    this.#offset = offset;
    this.#heldLength = 0;
    this.#held = NOTHING;
    this.#toSkip = 0;
    this.#fault = null;
  }

  /** What ended the reading; null while it goes on. */
  get fault(): { readonly code: ErrorName; readonly offset: number } | null {
    return this.#fault;
  }

  /** The records that these octets finish. */
  receive(bytes: Uint8Array): TlsRecord[] {
    const records: TlsRecord[] = [];
    let at = Math.min(this.#toSkip, bytes.length);
    this.#toSkip -= at;
    this.#offset += at;
    while (at < bytes.length && this.#fault === null) at = this.#read(bytes, at, records);
    return records;
  }

  /**
   * So many octets are missing. Where they all belong to the record under way, that one is lost and reading goes on behind it.
   * @returns octets of the record that was lost; -1 where it is not known any more where records begin: see resume()
   */
  skip(length: number): number {
    const isSkipping = this.#toSkip > 0;
    const known = this.#heldLength >= RECORD_HEADER ? this.#wanted(this.#held, 0) : -1;
    const left = isSkipping ? this.#toSkip : known - this.#heldLength;
    this.#offset += this.#heldLength + length;
    this.#heldLength = 0;
    this.#held = NOTHING;
    this.#toSkip = Math.max(0, left - length);
    if (left < length) return -1;
    return isSkipping ? 0 : known;
  }

  /**
   * After octets were lost: looks for what can be the header of a protected record, and reads on from there.
   * @returns octets that were passed over: all of them where there is none
   */
  resume(bytes: Uint8Array): number {
    let at = bytes.indexOf(TlsContentType.ApplicationData);
    while (at !== -1 && !isProtectedHeader(bytes, at))
      at = bytes.indexOf(TlsContentType.ApplicationData, at + 1);
    const count = at === -1 ? bytes.length : at;
    this.#offset += count;
    return count;
  }

  #read(bytes: Uint8Array, from: number, records: TlsRecord[]): number {
    if (this.#heldLength > 0) return this.#readOn(bytes, from, records);
    const left = bytes.length - from;
    if (left < RECORD_HEADER) return this.#hold(bytes, from, left, SMALLEST);
    const size = this.#wanted(bytes, from);
    if (size === -1) return from;
    if (left < size) return this.#hold(bytes, from, left, size);
    this.#emit(new Uint8Array(bytes.buffer, bytes.byteOffset + from, size), records);
    return from + size;
  }

  /** More of a record that was cut. */
  #readOn(bytes: Uint8Array, from: number, records: TlsRecord[]): number {
    let at = from;
    const missing = RECORD_HEADER - this.#heldLength;
    if (missing > 0) {
      at = this.#hold(bytes, at, Math.min(missing, bytes.length - at), SMALLEST);
      if (this.#heldLength < RECORD_HEADER) return at;
    }
    const size = this.#wanted(this.#held, 0);
    if (size === -1) return at;
    at = this.#hold(bytes, at, Math.min(size - this.#heldLength, bytes.length - at), size);
    if (this.#heldLength < size) return at;
    const record = new Uint8Array(this.#held.buffer, 0, size);
    this.#heldLength = 0;
    this.#held = NOTHING;
    this.#emit(record, records);
    return at;
  }

  #emit(bytes: Uint8Array, records: TlsRecord[]): void {
    records.push({ type: bytes[0] as number, offset: this.#offset, bytes });
    this.#offset += bytes.length;
  }

  /** Keeps `count` octets of a record that has `size` in all. */
  #hold(bytes: Uint8Array, from: number, count: number, size: number): number {
    const length = this.#heldLength + count;
    if (length > this.#held.length) {
      const room = Math.max(length, Math.min(size, Math.max(SMALLEST, 4 * length)));
      const larger = new Uint8Array(room);
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(from, from + count), this.#heldLength);
    this.#heldLength = length;
    return from + count;
  }

  /** Octets of the record whose header is at `at`, header included; -1 where it is none. */
  #wanted(bytes: Uint8Array, at: number): number {
    const type = bytes[at] as number;
    const isKnown = type >= TlsContentType.ChangeCipherSpec && type <= TlsContentType.Heartbeat;
    if (!isKnown || bytes[at + 1] !== MAJOR) return this.#fail("TLS_RECORD_TYPE_INVALID");
    const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
    return length > LENGTH_MAX ? this.#fail("TLS_RECORD_TOO_LONG") : RECORD_HEADER + length;
  }

  #fail(code: ErrorName): -1 {
    this.#fault = { code, offset: this.#offset };
    return -1;
  }
}

/** TLS 1.2 or 1.3, application_data, and as long as a protected record can be. */
function isProtectedHeader(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] !== MAJOR || bytes[at + 2] !== MAJOR || at + RECORD_HEADER > bytes.length)
    return false;
  const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
  return length >= PROTECTED_MIN && length <= LENGTH_MAX;
}
