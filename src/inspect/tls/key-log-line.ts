// One line of a key log (NSS key log format): label, random and secret, with blanks between them; a comment; or nothing.
// Rules: CAP-8.

/** What a line is. "other": sound, but no secret that a random finds (RSA lines of old libraries). */
export type KeyLogLineKind = "secret" | "empty" | "other" | "invalid";

const HASH = 0x23;
const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const UNDERSCORE = 0x5f;
/** Byte order mark in UTF-8, which editors leave at the front. */
const MARK = [0xef, 0xbb, 0xbf];

const RANDOM = 32;
const LABEL_MAX = 64;
const SECRET_MAX = 2048;

/** Value of a hex digit; 255 for other octets. */
const DIGITS = new Uint8Array(256).fill(255);
for (let i = 0; i < 10; i++) DIGITS[0x30 + i] = i;
for (let i = 0; i < 6; i++) {
  DIGITS[0x41 + i] = 10 + i;
  DIGITS[0x61 + i] = 10 + i;
}

/** Reads lines; the members hold what the last one that was a "secret" had. */
export class KeyLogLine {
  label = "";
  readonly random = new Uint8Array(RANDOM);
  /** Valid until the next read. */
  secret = new Uint8Array(0);
  readonly #buffer = new Uint8Array(SECRET_MAX);

  /** Reads bytes[from, to), a line without its LF. */
  read(bytes: Uint8Array, from: number, to: number): KeyLogLineKind {
    let at = skipBlanks(bytes, skipMark(bytes, from, to), to);
    let end = to;
    while (end > at && isBlank(bytes[end - 1] as number)) end--;
    if (at === end || bytes[at] === HASH) return "empty";
    const label = wordEnd(bytes, at, end);
    if (!isLabel(bytes, at, label)) return "invalid";
    const name = text(bytes, at, label);
    at = skipBlanks(bytes, label, end);
    const random = wordEnd(bytes, at, end);
    // "RSA 0123456789abcdef secret" and "RSA Session-ID:… Master-Key:…".
    if (name === "RSA") return random < end ? "other" : "invalid";
    if (random - at !== 2 * RANDOM || !decodeHex(bytes, at, random, this.random)) return "invalid";
    at = skipBlanks(bytes, random, end);
    const digits = end - at;
    if (digits === 0 || digits % 2 !== 0 || digits > 2 * SECRET_MAX) return "invalid";
    if (!decodeHex(bytes, at, end, this.#buffer)) return "invalid";
    this.label = name;
    this.secret = new Uint8Array(this.#buffer.buffer, 0, digits / 2);
    return "secret";
  }
}

function isBlank(octet: number): boolean {
  return octet === SPACE || octet === TAB || octet === CR;
}

function skipMark(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== MARK[0]) return from;
  const isMark = to - from >= MARK.length && MARK.every((octet, i) => bytes[from + i] === octet);
  return isMark ? from + MARK.length : from;
}

function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(bytes[at] as number)) at++;
  return at;
}

function wordEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !isBlank(bytes[at] as number)) at++;
  return at;
}

/** Capital letters, digits and underscores. */
function isLabel(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > LABEL_MAX) return false;
  for (let at = from; at < to; at++) {
    const octet = bytes[at] as number;
    const isLetter = octet >= 0x41 && octet <= 0x5a;
    if (!isLetter && !(octet >= 0x30 && octet <= 0x39) && octet !== UNDERSCORE) return false;
  }
  return true;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  const word = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
  return String.fromCharCode.apply(null, word as unknown as number[]);
}

/** Decodes an even number of digits; false where one is none. */
function decodeHex(bytes: Uint8Array, from: number, to: number, target: Uint8Array): boolean {
  let wrong = 0;
  for (let at = from, i = 0; at < to; at += 2, i++) {
    const high = DIGITS[bytes[at] as number] as number;
    const low = DIGITS[bytes[at + 1] as number] as number;
    wrong |= high | low;
    target[i] = (high << 4) | low;
  }
  return wrong < 16;
}
