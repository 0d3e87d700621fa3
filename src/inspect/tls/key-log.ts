// Key logs: the text that SSLKEYLOGFILE names, and the secrets that a capture brings (NSS key log format,
// draft-ietf-tls-keylogfile). A line is a label, the random of a ClientHello and a secret, in hex. Lines that are none are
// told and passed over. Secrets are kept as octets in one block: a log of a million lines is a few allocations.
// Rules: CAP-8, CAP-10.

import { type ErrorName, UsageError } from "../../index.js";
import { KeyLogLine } from "./key-log-line.js";

/** Secrets of one connection by label: "CLIENT_TRAFFIC_SECRET_0", …; "CLIENT_RANDOM" is the master secret of TLS 1.2. */
export type KeyLogSecrets = ReadonlyMap<string, Uint8Array>;

/** A line that was passed over. */
export interface KeyLogError {
  readonly code: ErrorName;
  /** Octets of all text that was pushed before the line. */
  readonly offset: number;
}

/** What a key log keeps at most. */
export interface KeyLogLimits {
  /** Secrets. Default 1,000,000. */
  readonly lines?: number;
  /** Octets of secrets and labels. Default 64 MiB. */
  readonly bytes?: number;
}

const LINES = 1_000_000;
const BYTES = 64 * 1024 * 1024;
/** A line that is longer is none. */
const LINE_MAX = 4096;
/** Errors that are kept; `errorCount` counts the others, too. */
const ERRORS_MAX = 100;
/** Labels of one random: the format knows fewer than twenty. */
const LABELS_MAX = 32;
const FIRST_BLOCK = 4096;
const LF = 0x0a;
const RANDOM = 32;
const NOTHING = new Uint8Array(0);
/** Scratch of randomKey. */
const KEY_OCTETS = new Uint8Array(RANDOM);
const KEY_CHARACTERS = new Uint16Array(KEY_OCTETS.buffer) as unknown as number[];

/** Three numbers a secret: its label, where it is in the block, its octets. */
const RECORD = 3;

/** Secrets by the random of the ClientHello. */
export class KeyLog {
  readonly #linesMax: number;
  readonly #bytesMax: number;
  readonly #line = new KeyLogLine();
  /** Text of a line that goes on in the next push. */
  readonly #held = new Uint8Array(LINE_MAX);
  #heldLength = 0;
  #isTooLong = false;
  /** Octets of text before the line under way, and before the next push. */
  #lineOffset = 0;
  #offset = 0;
  /** Random as 16 characters → records of its secrets. */
  readonly #secrets = new Map<string, number[]>();
  readonly #labels = new Map<string, number>();
  readonly #labelNames: string[] = [];
  #block = NOTHING;
  #used = 0;
  #labelBytes = 0;
  #count = 0;
  #isFull = false;
  #errorCount = 0;
  /** Lines that were passed over, in order: the first 100. */
  readonly errors: KeyLogError[] = [];

  constructor(limits: KeyLogLimits = {}) {
    this.#linesMax = positive(limits.lines ?? LINES);
    this.#bytesMax = positive(limits.bytes ?? BYTES);
  }

  /** Secrets that are kept. It grows with each, so that a look-up that failed needs no second try while it stays the same. */
  get size(): number {
    return this.#count;
  }

  /** Lines that were passed over. */
  get errorCount(): number {
    return this.#errorCount;
  }

  /**
   * Reads text in any pieces: a line counts when its end is here.
   * @throws UsageError for something else than octets or a string
   */
  push(text: Uint8Array | string): void {
    if (typeof text !== "string" && !(text instanceof Uint8Array))
      throw new UsageError("KEY_LOG_TEXT_INVALID", "push() takes a Uint8Array or a string");
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(LF, at);
      if (end === -1) break;
      this.#endLine(bytes, at, end);
      at = end + 1;
      this.#lineOffset = this.#offset + at;
    }
    this.#hold(bytes, at);
    this.#offset += bytes.length;
  }

  /** A text is over: its last line counts also without an end. Another text may follow. */
  end(): void {
    this.#endLine(NOTHING, 0, 0);
    this.#lineOffset = this.#offset;
  }

  /** The secrets of a connection; null where there are none. Only whole lines are found. */
  find(clientRandom: Uint8Array): KeyLogSecrets | null {
    if (clientRandom.length !== RANDOM) return null;
    const records = this.#secrets.get(randomKey(clientRandom));
    if (records === undefined) return null;
    const secrets = new Map<string, Uint8Array>();
    for (let i = 0; i < records.length; i += RECORD) {
      const at = records[i + 1] as number;
      const label = this.#labelNames[records[i] as number] as string;
      secrets.set(label, this.#block.slice(at, at + (records[i + 2] as number)));
    }
    return secrets;
  }

  /** What is here of a line that goes on. */
  #hold(bytes: Uint8Array, from: number): void {
    const length = bytes.length - from;
    if (this.#isTooLong || length === 0) return;
    if (this.#heldLength + length > LINE_MAX) {
      this.#isTooLong = true;
      this.#heldLength = 0;
      return;
    }
    this.#held.set(bytes.subarray(from), this.#heldLength);
    this.#heldLength += length;
  }

  /** A line is here: what is held of it, and bytes[from, to). */
  #endLine(bytes: Uint8Array, from: number, to: number): void {
    if (this.#heldLength === 0 && !this.#isTooLong) {
      if (to - from > LINE_MAX) this.#fail("KEY_LOG_LINE_INVALID");
      else this.#read(bytes, from, to);
      return;
    }
    this.#hold(bytes.subarray(0, to), from);
    if (this.#isTooLong) this.#fail("KEY_LOG_LINE_INVALID");
    else this.#read(this.#held, 0, this.#heldLength);
    this.#heldLength = 0;
    this.#isTooLong = false;
  }

  #read(bytes: Uint8Array, from: number, to: number): void {
    const line = this.#line;
    const kind = line.read(bytes, from, to);
    if (kind === "invalid") this.#fail("KEY_LOG_LINE_INVALID");
    if (kind === "secret") this.#add(line.label, randomKey(line.random), line.secret);
  }

  #add(label: string, key: string, secret: Uint8Array): void {
    let records = this.#secrets.get(key);
    const id = this.#labels.get(label);
    const at = records === undefined || id === undefined ? -1 : placeOf(records, id);
    if (at !== -1 && this.#isSame(records as number[], at, secret)) return;
    const labelBytes = id === undefined ? label.length : 0;
    const bytes = this.#used + this.#labelBytes + secret.length + labelBytes;
    if (this.#count >= this.#linesMax || bytes > this.#bytesMax) return this.#overflow();
    if (records === undefined) {
      records = [];
      this.#secrets.set(key, records);
    }
    if (at === -1 && records.length >= LABELS_MAX * RECORD)
      return this.#fail("KEY_LOG_LINE_INVALID");
    const name = id ?? this.#addLabel(label);
    const place = this.#store(secret);
    // A later line overrules an earlier one, as it does for others that read such logs.
    if (at === -1) records.push(name, place, secret.length);
    else records.splice(at, RECORD, name, place, secret.length);
    this.#count++;
  }

  #isSame(records: number[], record: number, secret: Uint8Array): boolean {
    const at = records[record + 1] as number;
    if (records[record + 2] !== secret.length) return false;
    for (let i = 0; i < secret.length; i++) if (this.#block[at + i] !== secret[i]) return false;
    return true;
  }

  #addLabel(label: string): number {
    const id = this.#labelNames.push(label) - 1;
    this.#labels.set(label, id);
    this.#labelBytes += label.length;
    return id;
  }

  /** Copies a secret to the block; gives its place. */
  #store(secret: Uint8Array): number {
    const at = this.#used;
    const end = at + secret.length;
    if (end > this.#block.length) {
      const larger = new Uint8Array(Math.max(FIRST_BLOCK, 2 * this.#block.length, end));
      larger.set(this.#block);
      this.#block = larger;
    }
    this.#block.set(secret, at);
    this.#used = end;
    return at;
  }

  /** Told once. */
  #overflow(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#fail("KEY_LOG_TOO_LARGE");
  }

  #fail(code: ErrorName): void {
    this.#errorCount++;
    if (this.errors.length < ERRORS_MAX) this.errors.push({ code, offset: this.#lineOffset });
  }
}

function placeOf(records: number[], label: number): number {
  for (let i = 0; i < records.length; i += RECORD) if (records[i] === label) return i;
  return -1;
}

/** 32 octets as 16 characters: a short key, made without hex. */
function randomKey(random: Uint8Array): string {
  KEY_OCTETS.set(random);
  return String.fromCharCode.apply(null, KEY_CHARACTERS);
}

function positive(value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError("KEY_LOG_LIMIT_INVALID", "a limit of a key log is a whole number above 0");
}
