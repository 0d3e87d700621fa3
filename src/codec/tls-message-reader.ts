// Handshake messages out of the octets of a handshake stream (RFC 8446 section 4): the contents of TLS records, or CRYPTO
// data of QUIC, in any cuts. A message is kept until it is whole, up to a limit; nothing is allocated by what it declares.
// Rules: TLS-HS-2.

import { PieceBuffer } from "./piece-buffer.js";
import type { TlsFault } from "./tls-cursor.js";

/** Type and length. */
const HEADER = 4;
/** Default of the limit handshakeLength: certificate chains of 100 KiB were seen in the wild. */
const HANDSHAKE_LENGTH = 256 * 1024;

/** One handshake message. */
export interface TlsMessage {
  /** TlsMessageType, or a number without a name. */
  readonly type: number;
  /** Without type and length. A view of what was received where the message came in one piece, else a copy to own. */
  readonly body: Uint8Array;
  /** Octets of this handshake stream before its type. */
  readonly offset: number;
}

/** Reads one handshake stream: one direction, one encryption level. */
export class TlsMessageReader {
  readonly #limit: number;
  #held: PieceBuffer | null = null;
  /** Octets of the stream before the message under way. */
  #offset = 0;
  #fault: TlsFault | null = null;

  /** @param handshakeLength longest body that is read, in octets; a longer one is a fault */
  constructor(handshakeLength: number = HANDSHAKE_LENGTH) {
    this.#limit = handshakeLength;
  }

  /** TLS_HANDSHAKE_TOO_LONG, with the place of the message in the stream: nothing is read any more. */
  get fault(): TlsFault | null {
    return this.#fault;
  }

  /** Whether a fault ended the reading. */
  get isStopped(): boolean {
    return this.#fault !== null;
  }

  /** Whether no message is under way. */
  get isBetweenMessages(): boolean {
    return this.#held === null || this.#held.length === 0;
  }

  /** Octets that are kept of an unfinished message. */
  get heldBytes(): number {
    return this.#held === null ? 0 : this.#held.length;
  }

  /** The messages that these octets finish, in order. */
  receive(bytes: Uint8Array): TlsMessage[] {
    const messages: TlsMessage[] = [];
    let at = 0;
    while (at < bytes.length && this.#fault === null)
      at = this.isBetweenMessages
        ? this.#readWhole(bytes, at, messages)
        : this.#readOn(bytes, at, messages);
    return messages;
  }

  /** Forgets what it has of an unfinished message: the octets that belong to it are lost. */
  reset(): void {
    this.#offset += this.heldBytes;
    this.#held = null;
  }

  /** A message that begins in this chunk; what is here of it is kept where it ends elsewhere. */
  #readWhole(bytes: Uint8Array, at: number, messages: TlsMessage[]): number {
    const left = bytes.length - at;
    const length = left < HEADER ? -1 : bodyLength(bytes, at);
    if (length > this.#limit) return this.#tooLong(at);
    if (length === -1 || left < HEADER + length) {
      this.#held ??= new PieceBuffer();
      this.#held.append(bytes, at, left);
      return bytes.length;
    }
    const end = at + HEADER + length;
    const body = new Uint8Array(bytes.buffer, bytes.byteOffset + at + HEADER, length);
    messages.push({ type: bytes[at] as number, body, offset: this.#offset });
    this.#offset += HEADER + length;
    return end;
  }

  /** More of a message that was cut: first its header, then its body. */
  #readOn(bytes: Uint8Array, from: number, messages: TlsMessage[]): number {
    const held = this.#held as PieceBuffer;
    let at = from;
    if (held.length < HEADER) {
      const count = Math.min(HEADER - held.length, bytes.length - at);
      held.append(bytes, at, count);
      at += count;
      if (held.length < HEADER) return at;
    }
    const length = bodyLength(held.bytes, 0);
    if (length > this.#limit) return this.#tooLong(at);
    const count = Math.min(HEADER + length - held.length, bytes.length - at);
    held.append(bytes, at, count);
    if (held.length < HEADER + length) return at + count;
    const body = held.bytes.slice(HEADER, held.length);
    messages.push({ type: held.bytes[0] as number, body, offset: this.#offset });
    this.#offset += HEADER + length;
    held.clear();
    return at + count;
  }

  #tooLong(at: number): number {
    this.#fault = { code: "TLS_HANDSHAKE_TOO_LONG", offset: this.#offset };
    this.#held = null;
    return at;
  }
}

function bodyLength(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 1] as number) << 16;
  return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}
