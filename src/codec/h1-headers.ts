// The caller's headers on their way out: HeaderList -> flat list -> HeaderScan. One pass makes the
// text of the field lines, refuses bad names, repeated single fields and malformed lists (RFC 9110
// sections 5.3, 5.6.1, 7.6.1, 7.8, 10.1.4), and notes what framing and connection must know. Octets
// of the values are checked where the whole head becomes bytes (head-bytes.ts): less than half of
// what a check a value costs (measured).
// Rules: H1-066.

import type { HeaderList } from "../events.js";
import { decimal, isFieldValue, isPadded, isToken, valueFault } from "./grammar.js";
import { FieldKind, fieldOf } from "./h1-field-table.js";
import { quoted, refuse } from "./h1-usage.js";
import { flattenList } from "./header-list.js";

/**
 * Options that Connection may list and that HTTP/1.1 itself acts on; bits of HeaderScan.options.
 */
export const ConnectionOption = { Close: 1, KeepAlive: 2, Upgrade: 4, Te: 8 } as const;

/**
 * Option bits of a Connection element in lower case; elements that are not here name other fields.
 */
const OPTION_BITS = new Map<string, number>([
  ["close", ConnectionOption.Close],
  ["keep-alive", ConnectionOption.KeepAlive],
  ["upgrade", ConnectionOption.Upgrade],
  ["te", ConnectionOption.Te],
]);

const NONE: readonly string[] = [];

/** What one pass over the headers of a message found. Made for one message; a writer uses it up. */
export class HeaderScan {
  /** Field lines, each with the CRLF of the line before it. */
  text = "";
  /** Field lines in `text`. */
  count = 0;
  /** Content-Length in bytes; -1: absent. */
  contentLength = -1;
  /** Transfer-Encoding, lines joined by ", "; null: absent. */
  transferEncoding: string | null = null;
  /** Whether the last transfer coding is chunked. */
  isChunked = false;
  /** Bits of ConnectionOption that Connection lists. */
  options = 0;
  /** Host; null: absent, "" is a value. */
  host: string | null = null;
  /** Upgrade, lines joined by ", ". */
  upgrade: string | null = null;
  /** TE, lines joined by ", ". */
  te: string | null = null;
  /** Trailer, lines joined by ", ": the fields announced for the trailer section. */
  trailer: string | null = null;
  /** Whether Keep-Alive is present. */
  hasKeepAlive = false;
  /** Whether Expect lists 100-continue. */
  expectsContinue = false;
  /** Single bits of the fields seen. */
  seen = 0;
  /** The flat lists that `text` was made of, for a closer look when an octet is wrong. */
  headers: readonly string[] = NONE;
  extra: readonly string[] = NONE;

  /** Whether Date is present. */
  get hasDate(): boolean {
    return (this.seen & DATE_BIT) !== 0;
  }

  /** Appends the lines of a flat list. */
  add(flat: readonly string[]): void {
    const length = flat.length;
    let text = this.text;
    for (let i = 0; i < length; i += 2) {
      const name = flat[i] as string;
      const value = flat[i + 1] as string;
      // An odd length comes here, too: its last value is undefined.
      if (typeof name !== "string" || typeof value !== "string") {
        refuse("H1_HEADER_LIST_INVALID", "a flat list is names and values, all of them strings");
      }
      const field = fieldOf(name);
      if (isPadded(value))
        refuse("H1_HEADER_VALUE_INVALID", `the value of ${quoted(name)} ${valueFault(value)}`);
      if ((this.seen & field.singleBit) !== 0)
        refuse("H1_HEADER_REPEATED", `${quoted(name)} is no list`);
      this.seen |= field.singleBit;
      if (field.kind !== FieldKind.None) note(this, field.kind, name, value);
      text = text + field.start + value;
    }
    this.text = text;
    this.count += length >> 1;
  }

  /**
   * Looks at every value for octets that may not be sent.
   * @throws UsageError H1_HEADER_VALUE_INVALID
   */
  checkValues(): void {
    checkValues(this.extra);
    checkValues(this.headers);
  }
}

const DATE_BIT = fieldOf("date").singleBit;

/**
 * Any HeaderList as a flat list [name, value, …]; see flattenList.
 * @throws UsageError H1_HEADER_LIST_INVALID
 */
export function flattenHeaders(list: HeaderList): readonly string[] {
  return flattenList(list, refuseList);
}

function refuseList(message: string): never {
  refuse("H1_HEADER_LIST_INVALID", message);
}

/**
 * Reads a flat list once; see HeaderScan for what it finds and refuses.
 * @throws UsageError: any code of H1_USAGE_RULES that is about headers.
 */
export function scanHeaders(flat: readonly string[]): HeaderScan {
  const scan = new HeaderScan();
  scan.headers = flat;
  scan.add(flat);
  return scan;
}

/** Notes what a field says about framing or the connection. */
function note(scan: HeaderScan, kind: FieldKind, name: string, value: string): void {
  switch (kind) {
    case FieldKind.Host:
      scan.host = value;
      break;
    case FieldKind.ContentLength:
      scan.contentLength = lengthOf(value);
      break;
    case FieldKind.Connection:
      scan.options |= connectionOptions(value);
      break;
    case FieldKind.TransferEncoding:
      noteCodings(scan, value);
      break;
    case FieldKind.Upgrade:
      listElements(name, value, isProtocol);
      scan.upgrade = joined(scan.upgrade, value);
      break;
    case FieldKind.Te:
      if (value !== "") checkTe(listElements(name, value, startsWithToken));
      scan.te = joined(scan.te, value);
      break;
    case FieldKind.Trailer:
      listElements(name, value, isToken);
      scan.trailer = joined(scan.trailer, value);
      break;
    case FieldKind.Expect: {
      const elements = listElements(name, value, startsWithToken);
      scan.expectsContinue ||= elements.some((element) => element.toLowerCase() === "100-continue");
      break;
    }
    case FieldKind.KeepAlive:
      scan.hasKeepAlive = true;
      break;
  }
}

/** chunked at most once, last, and without parameters (RFC 9112 sections 6.1 and 7, H1-089). */
function noteCodings(scan: HeaderScan, value: string): void {
  for (const element of listElements("Transfer-Encoding", value, startsWithToken)) {
    if (scan.isChunked)
      refuse("H1_TRANSFER_ENCODING_INVALID", "chunked is the last coding and occurs once");
    scan.isChunked = codingOf(element) === "chunked";
    if (scan.isChunked && element.length !== 7) {
      refuse("H1_TRANSFER_ENCODING_INVALID", "chunked has no parameters");
    }
  }
  scan.transferEncoding = joined(scan.transferEncoding, value);
}

function checkValues(flat: readonly string[]): void {
  for (let i = 1; i < flat.length; i += 2) {
    const value = flat[i] as string;
    if (!isFieldValue(value)) {
      refuse(
        "H1_HEADER_VALUE_INVALID",
        `the value of ${quoted(flat[i - 1] as string)} ${valueFault(value)}`,
      );
    }
  }
}

function joined(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`;
}

/** Content-Length = 1*DIGIT (RFC 9110 section 8.6), exact as a number. */
function lengthOf(value: string): number {
  const length = decimal(value);
  if (length < 0) {
    refuse("H1_CONTENT_LENGTH_INVALID", "Content-Length is decimal digits, at most 2^53 - 1");
  }
  return length;
}

function connectionOptions(value: string): number {
  const known = OPTION_BITS.get(value);
  if (known !== undefined) return known;
  let bits = 0;
  for (const element of listElements("Connection", value, isToken)) {
    bits |= OPTION_BITS.get(element.toLowerCase()) ?? 0;
  }
  return bits;
}

/**
 * TE may not list chunked, which every recipient of HTTP/1.1 takes (RFC 9110 section 10.1.4,
 * H1-125).
 */
function checkTe(elements: readonly string[]): void {
  if (elements.some((element) => codingOf(element) === "chunked")) {
    refuse("H1_TE_INVALID", "TE never lists chunked");
  }
}

/** Name of a coding in lower case, without parameters. */
function codingOf(element: string): string {
  const end = element.search(/[ \t;]/);
  return (end < 0 ? element : element.slice(0, end)).toLowerCase();
}

function startsWithToken(element: string): boolean {
  return isToken((/^[^ \t;=]*/.exec(element) as RegExpExecArray)[0]);
}

/** protocol-name [ "/" protocol-version ], RFC 9110 section 7.8. */
function isProtocol(element: string): boolean {
  const slash = element.indexOf("/");
  return slash < 0
    ? isToken(element)
    : isToken(element.slice(0, slash)) && isToken(element.slice(slash + 1));
}

/**
 * Elements of a list (RFC 9110 section 5.6.1); commas inside quotes do not part them. A sender may
 * not generate empty ones (H1-144).
 * @throws UsageError H1_LIST_INVALID
 */
function listElements(
  name: string,
  value: string,
  isElement: (element: string) => boolean,
): string[] {
  const elements = splitList(value);
  if (!elements.every(isElement))
    refuse("H1_LIST_INVALID", `${quoted(name)} has an empty or malformed element`);
  return elements;
}

/** Splits at commas outside quoted strings and trims SP and HTAB; keeps empty elements. */
export function splitList(value: string): string[] {
  if (!value.includes('"')) return value.split(",").map(trimOws);
  const elements: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x22) isQuoted = !isQuoted;
    else if (code === 0x5c && isQuoted) at++;
    else if (code === 0x2c && !isQuoted) {
      elements.push(trimOws(value.slice(start, at)));
      start = at + 1;
    }
  }
  elements.push(trimOws(value.slice(start)));
  return elements;
}

/**
 * Without SP and HTAB at both ends: not trim(), which takes U+00A0 and more (RFC 9110 section
 * 5.6.3).
 */
function trimOws(text: string): string {
  let from = 0;
  let end = text.length;
  while (from < end && isOws(text.charCodeAt(from))) from++;
  while (end > from && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
