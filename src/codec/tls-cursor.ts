// Reads the fields of a handshake message one after another (RFC 8446 section 3). It never reads behind its end and never
// throws: the first field that does not fit is a fault with its place, and every field from there on is empty.

import type { ErrorName } from "../errors.js";

/** What is wrong with a handshake message. */
export interface TlsFault {
  readonly code: ErrorName;
  /** Octets of the message's body before the field that is wrong. */
  readonly offset: number;
}

/** A cursor over [at, end) of a body. */
export class TlsCursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  /** The first fault of this part. */
  fault: TlsFault | null = null;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** Keeps the first fault, and leaves nothing to read. */
  fail(code: ErrorName, offset: number): void {
    this.fault ??= { code, offset };
    this.at = this.end;
  }

  /** A number of 1 to 4 octets; 0 where it does not fit. */
  number(size: number): number {
    const { at } = this;
    if (this.end - at < size) {
      this.fail("TLS_HANDSHAKE_TRUNCATED", at);
      return 0;
    }
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[at + i] as number);
    this.at = at + size;
    return value;
  }

  /** The next `length` octets as a view; none where they do not fit. */
  take(length: number): Uint8Array {
    const { at } = this;
    if (this.end - at < length) {
      this.fail("TLS_HANDSHAKE_TRUNCATED", at);
      return this.#view(at, 0);
    }
    this.at = at + length;
    return this.#view(at, length);
  }

  /** A vector behind a length of `size` octets, as a view. */
  vector(size: number): Uint8Array {
    const from = this.at;
    const length = this.number(size);
    if (this.end - this.at < length) {
      this.fail("TLS_HANDSHAKE_TRUNCATED", from);
      return this.#view(from, 0);
    }
    return this.take(length);
  }

  /** A vector behind a length of `size` octets, as a cursor of its own: offsets stay those of the body. */
  part(size: number): TlsCursor {
    const { length } = this.vector(size);
    return new TlsCursor(this.bytes, this.at - length, this.at);
  }

  /** Numbers of two octets in a vector behind a length of `size` octets. */
  numbers(size: number): number[] {
    const from = this.at;
    const part = this.part(size);
    if ((part.end - part.at) % 2 !== 0) this.fault ??= invalid(from);
    const list: number[] = [];
    while (part.end - part.at >= 2) list.push(part.number(2));
    return list;
  }

  #view(at: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  /** Octets behind the last field are a fault. */
  finish(): void {
    if (this.at < this.end) this.fail("TLS_HANDSHAKE_INVALID", this.at);
  }
}

/** A length that its field cannot have. */
export function invalid(offset: number): TlsFault {
  return { code: "TLS_HANDSHAKE_INVALID", offset };
}
