// The contents of the records of one direction, in the clear or opened: handshake messages over several records, alerts,
// application data (RFC 8446 sections 5.1 and 6).
// Rules: TLS-REC-1, TLS-REC-3, TLS-REC-7, TLS-HS-2, TLS-HS-3.

import type { ErrorName } from "../../index.js";
import { TlsContentType, type TlsMessage, TlsMessageReader, tlsAlertName } from "../../quic.js";
import type { Direction } from "../events.js";
import type { TlsEvent } from "./tls-events.js";

/** Early data that is kept until it is known whether the server reads it; servers allow 16 KiB. */
const EARLY_MAX = 128 * 1024;
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
const WARNING = 1;
const FATAL = 2;

/** Who gets the messages. */
export interface MessageSink {
  onMessage(direction: Direction, message: TlsMessage, offset: number, events: TlsEvent[]): void;
}

/** Reads what is inside the records of one direction. */
export class TlsContents {
  readonly #direction: Direction;
  readonly #sink: MessageSink;
  readonly #handshakeLength: number;
  #messages: TlsMessageReader;
  /** Something is missing: a record may begin inside a message. */
  #isBlind = false;
  #isClosed = false;
  /** Octets of application data before the next. */
  #offset = 0;
  #early: Uint8Array[] = [];
  #earlyLength = 0;
  /** Octets of early data that did not fit. */
  #earlyLost = 0;

  constructor(direction: Direction, sink: MessageSink, handshakeLength: number) {
    this.#direction = direction;
    this.#sink = sink;
    this.#handshakeLength = handshakeLength;
    this.#messages = new TlsMessageReader(handshakeLength);
  }

  /** Octets that are kept. */
  get heldBytes(): number {
    return this.#messages.heldBytes + this.#earlyLength;
  }

  /** Reads the contents of a record that stands at `offset`. `early`: application data is kept until it is accepted. */
  read(type: number, bytes: Uint8Array, offset: number, early: boolean, events: TlsEvent[]): void {
    if (type !== TlsContentType.Handshake && !this.#messages.isBetweenMessages) {
      this.#fail("TLS_HANDSHAKE_MIXED", offset, events);
      this.lose();
    }
    if (type === TlsContentType.Handshake) this.#readHandshake(bytes, offset, events);
    else if (type === TlsContentType.Alert) this.#readAlert(bytes, offset, events);
    else if (type !== TlsContentType.ApplicationData) return;
    else if (early) this.#holdEarly(bytes);
    else this.#emit(bytes, false, events);
  }

  /** Keys change: messages end before it. */
  startStage(offset: number, events: TlsEvent[]): void {
    if (!this.#messages.isBetweenMessages) this.#fail("TLS_HANDSHAKE_MIXED", offset, events);
    this.#messages = new TlsMessageReader(this.#handshakeLength);
    this.#isBlind = false;
  }

  /** A record is missing: messages are read again where a record has whole ones. */
  lose(): void {
    this.#messages.reset();
    this.#isBlind = true;
  }

  /** Nothing more is read of it. */
  drop(): void {
    this.lose();
    this.#isClosed = true;
  }

  /** So many octets of application data are missing at most; 0: not known. */
  gap(length: number, events: TlsEvent[]): void {
    if (this.#isClosed) return;
    events.push({ kind: "gap", direction: this.#direction, offset: this.#offset, length });
    this.#offset += length;
  }

  /** Early data was accepted, or was not; or nobody said so. */
  settleEarly(isRead: boolean, events: TlsEvent[]): void {
    const held = this.#early;
    const lost = this.#earlyLost;
    this.#early = [];
    this.#earlyLength = 0;
    this.#earlyLost = 0;
    if (!isRead) return;
    for (const bytes of held) this.#emit(bytes, true, events);
    if (lost > 0) this.gap(lost, events);
  }

  #readHandshake(bytes: Uint8Array, offset: number, events: TlsEvent[]): void {
    if (bytes.length === 0) return this.#fail("TLS_RECORD_EMPTY", offset, events);
    if (this.#isBlind && !isWhole(bytes, this.#handshakeLength)) return;
    this.#isBlind = false;
    const reader = this.#messages;
    if (reader.isStopped) return;
    for (const message of reader.receive(bytes))
      this.#sink.onMessage(this.#direction, message, offset, events);
    if (reader.fault !== null) this.#fail(reader.fault.code, offset, events);
  }

  #readAlert(bytes: Uint8Array, offset: number, events: TlsEvent[]): void {
    const [level = 0, description = 0] = bytes;
    if (bytes.length !== 2 || (level !== WARNING && level !== FATAL))
      return this.#fail("TLS_ALERT_INVALID", offset, events);
    const direction = this.#direction;
    const name = tlsAlertName(description);
    events.push({ kind: "alert", direction, offset, level, description, name });
    const isOver = level === FATAL ? description !== USER_CANCELED : description === CLOSE_NOTIFY;
    if (!isOver || this.#isClosed) return;
    this.#isClosed = true;
    events.push({ kind: "closed", direction, offset });
  }

  #emit(bytes: Uint8Array, early: boolean, events: TlsEvent[]): void {
    // What stands behind close_notify is ignored by every receiver (RFC 8446 section 6.1).
    if (bytes.length === 0 || this.#isClosed) return;
    const offset = this.#offset;
    this.#offset += bytes.length;
    events.push({ kind: "application", direction: this.#direction, offset, bytes, early });
  }

  #holdEarly(bytes: Uint8Array): void {
    if (this.#earlyLost > 0 || this.#earlyLength + bytes.length > EARLY_MAX) {
      this.#earlyLost += bytes.length;
    } else if (bytes.length > 0) {
      this.#early.push(bytes.slice());
      this.#earlyLength += bytes.length;
    }
  }

  #fail(code: ErrorName, offset: number, events: TlsEvent[]): void {
    events.push({ kind: "error", direction: this.#direction, offset, code });
  }
}

/** Whether these octets are whole messages, one behind the other. */
function isWhole(bytes: Uint8Array, handshakeLength: number): boolean {
  const reader = new TlsMessageReader(handshakeLength);
  reader.receive(bytes);
  return reader.fault === null && reader.isBetweenMessages;
}
