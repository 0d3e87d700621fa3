// One direction of a TLS connection: its records, in the clear and protected, in the order of the wire; which keys are theirs,
// and what is told of each (RFC 8446 section 5, RFC 5246 section 6).
// Rules: TLS-REC-1, TLS-REC-2, TLS-REC-3, TLS-REC-4, TLS-REC-5, TLS-REC-6.

import type { ErrorName } from "../../index.js";
import { type ServerHello, TlsContentType } from "../../quic.js";
import type { ClosedReason, Direction } from "../events.js";
import { type MessageSink, TlsContents } from "./tls-contents.js";
import type { TlsEvent } from "./tls-events.js";
import { TlsOpener } from "./tls-opener.js";
import { RECORD_HEADER, type TlsRecord, TlsRecordReader } from "./tls-record-reader.js";
import type { TlsSession } from "./tls-session.js";

/** Longest contents, and longest protected record of TLS 1.3 without its header. */
const CONTENTS_MAX = 2 ** 14;
const PROTECTED_MAX = 2 ** 14 + 256;

const NOTHING = new Uint8Array(0);

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [TlsContentType.ChangeCipherSpec]: "change_cipher_spec",
  [TlsContentType.Alert]: "alert",
  [TlsContentType.Handshake]: "handshake",
  [TlsContentType.ApplicationData]: "application_data",
  [TlsContentType.Heartbeat]: "heartbeat",
};
/** The first octets of a hello: its type, and a length below 2^16. */
const HELLO_TYPE = { client: 1, server: 2 } as const;

/** How it is read. */
export interface ReadOptions {
  /** Reading goes on behind a mistake, where it can. */
  readonly lenient: boolean;
  readonly handshakeLength: number;
}

/** Reads one direction. */
export class TlsDirection {
  readonly #name: Direction;
  readonly #session: TlsSession;
  readonly #isLenient: boolean;
  readonly #reader = new TlsRecordReader();
  readonly opener: TlsOpener;
  readonly contents: TlsContents;
  /** Octets that came, missing ones included. */
  #received = 0;
  /** Records in the clear, which are numbered as the others. */
  #clearCount = 0;
  /** No hello is at its beginning, or what follows a change_cipher_spec of a version that is not known. */
  #isUnknown = false;
  /** It is not known where records begin. */
  #isLost = false;
  /** Records are read again, but none has opened yet. */
  #isUnproved = false;
  #hadLoss = false;
  /** Octets that are no records: behind what ended the reading, and where records were looked for. */
  #skipped = 0;
  /** A mistake ended the reading: octets from here on are counted. */
  #stoppedAt = -1;
  /** The handshake whose change_cipher_spec came. */
  #changedFor: ServerHello | null = null;
  /** A message changes the keys behind the record under way. */
  #isChanging = false;

  constructor(name: Direction, session: TlsSession, sink: MessageSink, options: ReadOptions) {
    this.#name = name;
    this.#session = session;
    this.#isLenient = options.lenient;
    this.opener = new TlsOpener(session, name);
    this.contents = new TlsContents(name, sink, options.handshakeLength);
  }

  /** Octets that are kept. */
  get heldBytes(): number {
    return this.#reader.heldBytes + this.contents.heldBytes;
  }

  /** Keys change behind the record under way. */
  changeKeys(): void {
    this.#isChanging = true;
  }

  receive(bytes: Uint8Array, events: TlsEvent[]): void {
    this.#received += bytes.length;
    if (this.#stoppedAt !== -1) return;
    let rest = bytes;
    if (this.#isLost) {
      const count = this.#reader.resume(bytes);
      this.#skipped += count;
      if (count === bytes.length) return;
      this.#tellSkipped(this.#received - bytes.length + count, events);
      this.#isLost = false;
      this.#isUnproved = true;
      rest = bytes.subarray(count);
    }
    for (const record of this.#reader.receive(rest)) {
      const from = events.length;
      this.#readRecord(record, events);
      if (!this.#isLenient && this.#endsAtError(events, from))
        return this.#stop(record.offset + record.bytes.length);
    }
    const { fault } = this.#reader;
    if (this.#isLost || (fault !== null && this.#isUnproved)) this.#loseAgain();
    else if (fault !== null) {
      this.#fail(fault.code, fault.offset, events);
      this.#stop(fault.offset);
    }
  }

  /** What was taken for the beginning of a record was none. */
  #loseAgain(): void {
    this.#isLost = true;
    this.#skipped = this.#received - this.#reader.offset + this.#reader.heldBytes;
    this.#reader.restart(this.#received);
  }

  /** An error is the last that is said of a direction, unless it is read leniently. */
  #endsAtError(events: TlsEvent[], from: number): boolean {
    for (let at = from; at < events.length; at++) {
      if (events[at]?.kind !== "error") continue;
      events.length = at + 1;
      return true;
    }
    return false;
  }

  #stop(offset: number): void {
    this.#stoppedAt = offset;
    this.#reader.restart(offset);
    this.contents.drop();
  }

  /** So many octets are missing. */
  gap(length: number, events: TlsEvent[]): void {
    if (length <= 0) return;
    this.#received += length;
    if (this.#stoppedAt !== -1) return;
    this.#hadLoss = true;
    const lost = this.#isLost ? -1 : this.#reader.skip(length);
    const { stage } = this.opener;
    this.contents.lose();
    if (lost === -1) {
      this.opener.lose(length);
      this.#isLost = true;
    } else if (lost > 0) stage?.fail();
    if (stage?.hasKeys && stage.name !== "handshake")
      this.contents.gap(Math.max(0, lost === -1 ? length : lost - RECORD_HEADER), events);
  }

  /** No more octets come: a record that was begun stays closed. */
  end(events: TlsEvent[]): void {
    const { held } = this.#reader;
    const offset = this.#received - held.length;
    if (this.#stoppedAt !== -1) this.#skipped = this.#received - this.#stoppedAt;
    if (this.#stoppedAt !== -1 || this.#isLost) this.#tellSkipped(this.#received, events);
    else if (held.length > 0) this.#closed("incomplete", offset, held, "malformed", events);
    this.#stop(this.#received);
  }

  #readRecord(record: TlsRecord, events: TlsEvent[]): void {
    const { stage } = this.opener;
    const isProtected = record.type === TlsContentType.ApplicationData;
    if (stage === null) return this.#readClear(record, events);
    if (stage.name === "tls12" || isProtected) return this.#readProtected(record, events);
    // Behind the first record that opened nothing is in the clear; before it are alerts, and a second ClientHello.
    if (
      record.type !== TlsContentType.ChangeCipherSpec &&
      stage.hasOpened &&
      stage.name !== "early"
    )
      return this.#closedRecord(record, "malformed", events);
    this.#readClear(record, events);
  }

  #readClear(record: TlsRecord, events: TlsEvent[]): void {
    const { type, bytes, offset } = record;
    const inside = contentsOf(bytes);
    if (type === TlsContentType.ApplicationData) return this.#startProtected(record, events);
    if (this.#clearCount === 0 || this.#isUnknown)
      this.#isUnknown = !this.#isReadable(type, inside);
    if (this.#isUnknown) return this.#closedRecord(record, this.#session.closedReason, events);
    this.#opened(record, type, this.#clearCount++, false, events);
    if (inside.length > CONTENTS_MAX) this.#fail("TLS_RECORD_TOO_LONG", offset, events);
    if (type === TlsContentType.ChangeCipherSpec) this.#changeCipherSpec(inside, offset, events);
    else this.#readContents(type, inside, offset, false, events);
  }

  /** Whether a record at the beginning, or behind a change_cipher_spec of nobody knows what, can be in the clear. */
  #isReadable(type: number, inside: Uint8Array): boolean {
    if (type === TlsContentType.Handshake) {
      const [first, second = 0, , , fifth = 3] = inside;
      return first === HELLO_TYPE[this.#name] && second === 0 && fifth === 3;
    }
    const isAnswer = this.#session.clientHello !== null || this.#name === "client";
    if (type === TlsContentType.Alert) return inside.length === 2 && isAnswer;
    return type === TlsContentType.ChangeCipherSpec && this.#clearCount > 0;
  }

  /** The first record that says application_data. */
  #startProtected(record: TlsRecord, events: TlsEvent[]): void {
    const session = this.#session;
    const { isTls13 } = session;
    if (session.clientHello === null || (isTls13 === false && !this.#hadLoss)) {
      this.#isUnknown = true;
      const reason = isTls13 === false && this.#clearCount > 0 ? "malformed" : session.closedReason;
      return this.#closedRecord(record, reason, events);
    }
    const stage =
      isTls13 === false ? session.stage12(this.#name) : session.stage(this.#name, "handshake");
    // Finished, at least, was in what is missing.
    if (this.#hadLoss) stage.lose(2);
    this.opener.enter(stage);
    this.#readProtected(record, events);
  }

  #changeCipherSpec(inside: Uint8Array, offset: number, events: TlsEvent[]): void {
    if (inside.length !== 1 || inside[0] !== 1)
      return this.#fail("TLS_CHANGE_CIPHER_SPEC_INVALID", offset, events);
    const { isTls13 } = this.#session;
    if (isTls13 === false) {
      this.contents.startStage(offset, events);
      // Once for each handshake: keys are costly, and would be the same.
      const { serverHello } = this.#session;
      if (serverHello !== this.#changedFor) this.opener.enter(this.#session.stage12(this.#name));
      this.#changedFor = serverHello;
    } else if (isTls13 === null) this.#isUnknown = true;
  }

  #readProtected(record: TlsRecord, events: TlsEvent[]): void {
    const before = this.opener.stage;
    const is13 = before?.name !== "tls12";
    const isTooLong = is13 && record.bytes.length > RECORD_HEADER + PROTECTED_MAX;
    const inside = this.opener.open(record.bytes);
    if (inside === null) {
      this.#unopened(record, events);
      if (isTooLong) this.#fail("TLS_RECORD_TOO_LONG", record.offset, events);
      return;
    }
    this.#isUnproved = false;
    this.#isLost = false;
    const { stage } = this.opener;
    if (stage !== before) this.contents.startStage(record.offset, events);
    const sequence = (stage?.sequence ?? 1) - 1;
    const end = is13 ? typeAt(inside) : inside.length;
    const type = is13 ? (inside[end] ?? 0) : record.type;
    this.#opened(record, type, sequence, true, events);
    if (end === -1) return this.#fail("TLS_INNER_TYPE_MISSING", record.offset, events);
    if (isTooLong || end > CONTENTS_MAX) this.#fail("TLS_RECORD_TOO_LONG", record.offset, events);
    const contents = new Uint8Array(inside.buffer, inside.byteOffset, end);
    this.#readInside(type, contents, record.offset, events);
  }

  #readInside(type: number, contents: Uint8Array, offset: number, events: TlsEvent[]): void {
    const { stage } = this.opener;
    const is12 = stage?.name === "tls12";
    if (type === TlsContentType.ChangeCipherSpec && is12)
      return this.#changeCipherSpec(contents, offset, events);
    if (TYPE_NAMES[type] === undefined || type === TlsContentType.ChangeCipherSpec)
      return this.#fail("TLS_RECORD_TYPE_INVALID", offset, events);
    this.#readContents(type, contents, offset, stage?.name === "early", events);
  }

  #readContents(
    type: number,
    bytes: Uint8Array,
    offset: number,
    early: boolean,
    events: TlsEvent[],
  ): void {
    const state = this.#session.early;
    const isRefused = early && state === "rejected" && type === TlsContentType.ApplicationData;
    if (!isRefused) this.contents.read(type, bytes, offset, early && state === "offered", events);
    if (!this.#isChanging) return;
    this.#isChanging = false;
    this.contents.startStage(offset, events);
    this.opener.advance();
  }

  /** A record that no key opens. */
  #unopened(record: TlsRecord, events: TlsEvent[]): void {
    const { stage } = this.opener;
    const hasKeys = stage?.hasKeys === true;
    const reason = hasKeys ? "not authentic" : this.#session.closedReason;
    this.#closedRecord(record, reason, events);
    if (this.#isUnproved) {
      this.#isLost = true;
      return;
    }
    if (!hasKeys || stage === null) return;
    const isTls12Data = stage.name === "tls12" && record.type === TlsContentType.ApplicationData;
    if (stage.name === "handshake" || this.contents.heldBytes > 0) this.contents.lose();
    if (stage.name === "application" || isTls12Data) {
      const overhead = stage.keys[0]?.overhead ?? 0;
      this.contents.gap(Math.max(0, record.bytes.length - overhead), events);
    }
  }

  /** Octets before `end` that are no records, in one: their number does not depend on how they were cut. */
  #tellSkipped(end: number, events: TlsEvent[]): void {
    const length = this.#skipped;
    this.#skipped = 0;
    if (length > 0) this.#closed("unknown", end - length, NOTHING, "malformed", events, length);
  }

  #closedRecord(record: TlsRecord, reason: ClosedReason, events: TlsEvent[]): void {
    this.#closed(TYPE_NAMES[record.type] ?? "unknown", record.offset, record.bytes, reason, events);
  }

  #closed(
    contentType: string,
    offset: number,
    bytes: Uint8Array,
    reason: ClosedReason,
    events: TlsEvent[],
    length = bytes.length,
  ): void {
    events.push({
      kind: "record",
      direction: this.#name,
      offset,
      contentType,
      sequence: null,
      length,
      decrypted: false,
      isProtected: true,
      early: this.opener.stage?.name === "early",
      reason,
      bytes,
    });
  }

  #opened(
    { offset, bytes }: TlsRecord,
    type: number,
    sequence: number,
    isProtected: boolean,
    events: TlsEvent[],
  ): void {
    events.push({
      kind: "record",
      direction: this.#name,
      offset,
      contentType: TYPE_NAMES[type] ?? "unknown",
      sequence,
      length: bytes.length,
      decrypted: true,
      isProtected,
      early: isProtected && this.opener.stage?.name === "early",
      reason: null,
      bytes,
    });
  }

  #fail(code: ErrorName, offset: number, events: TlsEvent[]): void {
    events.push({ kind: "error", direction: this.#name, offset, code });
  }
}

function contentsOf(record: Uint8Array): Uint8Array {
  const length = record.length - RECORD_HEADER;
  return new Uint8Array(record.buffer, record.byteOffset + RECORD_HEADER, length);
}

/** Where the content type is, behind the contents and before the padding of zeros; -1: padding alone. */
function typeAt(inside: Uint8Array): number {
  let at = inside.length - 1;
  while (at >= 0 && inside[at] === 0) at--;
  return at;
}
