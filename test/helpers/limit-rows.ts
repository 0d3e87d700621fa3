// One way to reach each limit of an HTTP/1.1 connection: `wire(amount)` is an input that holds exactly
// `amount` of what the limit counts. At the limit it is accepted, one above it is refused with the
// limit's own code. Used by the table test and by the property of limits.

import { type ErrorName, H1_LIMITS, type H1LimitName, type H1Limits } from "tercet";

/** A row of the table. */
export interface LimitRow {
  readonly limit: H1LimitName;
  /** What the amount is. */
  readonly counts: string;
  readonly role: "server" | "client";
  readonly wire: (amount: number) => string;
  /** A small value to test with; the default is tested where it is not too large. */
  readonly small: number;
  /** Offset of the first byte that is too much, for a limit and an amount above it. */
  readonly offset: (limit: number, amount: number) => number;
  /** Other limits that must not be reached first. */
  readonly others?: H1Limits;
  readonly code: ErrorName;
}

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = `${REQUEST}Transfer-Encoding: chunked\r\n\r\n`;
const STATUS = "HTTP/1.1 200 OK\r\n";

const row = (
  limit: H1LimitName,
  counts: string,
  role: LimitRow["role"],
  small: number,
  wire: LimitRow["wire"],
  offset: LimitRow["offset"],
  others: H1Limits = {},
): LimitRow => {
  const code = H1_LIMITS[limit].error;
  if (code === null) throw new Error(`${limit} raises no error`);
  return { limit, counts, role, wire, small, offset, others, code };
};

/** Field lines of `length` bytes, up to the end of the last line; its CRLF comes on top. */
function section(length: number): string {
  const lines: string[] = [];
  for (let left = length + 2; left > 0; ) {
    // No line longer than 100 bytes, none shorter than the shortest field line.
    const size = left > 200 ? 100 : left > 100 ? left - 50 : left;
    lines.push(`x:${"y".repeat(size - 4)}\r\n`);
    left -= size;
  }
  return lines.join("");
}

/** Chunks of one byte whose lines and ends come to `overhead` bytes each. */
function smallChunks(count: number, overhead: number): string {
  return `${"1".padStart(overhead - 4, "0")}\r\nx\r\n`.repeat(count);
}

export const LIMIT_ROWS: readonly LimitRow[] = [
  row(
    "emptyLineCount",
    "empty lines before a request line",
    "server",
    3,
    (lines) => `${"\r\n".repeat(lines)}${REQUEST}\r\n`,
    (limit) => 2 * limit,
  ),
  row(
    "emptyLineCount",
    "empty lines between two requests",
    "server",
    3,
    (lines) => `${REQUEST}\r\n${"\r\n".repeat(lines)}${REQUEST}\r\n`,
    (limit) => REQUEST.length + 2 + 2 * limit,
  ),
  row(
    "methodLength",
    "bytes of the method",
    "server",
    10,
    (length) => `${"M".repeat(length)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    (limit) => limit,
  ),
  row(
    "targetLength",
    "bytes of the target",
    "server",
    20,
    (length) => `GET ${"/".padEnd(length, "x")} HTTP/1.1\r\nHost: a\r\n\r\n`,
    (limit) => 4 + limit,
  ),
  row(
    "statusLineLength",
    "bytes of the status line without its CRLF",
    "client",
    40,
    (length) => `${"HTTP/1.1 200 ".padEnd(length, "x")}\r\nContent-Length: 0\r\n\r\n`,
    (limit) => limit,
  ),
  row(
    "fieldLineLength",
    "bytes of a field line without its CRLF",
    "server",
    30,
    (length) => `${REQUEST}${"x: ".padEnd(length, "y")}\r\n\r\n`,
    (limit) => REQUEST.length + limit,
  ),
  row(
    "fieldLineLength",
    "bytes of a trailer line without its CRLF",
    "server",
    30,
    (length) => `${CHUNKED}0\r\n${"x: ".padEnd(length, "y")}\r\n\r\n`,
    (limit) => CHUNKED.length + 3 + limit,
    { trailerSectionLength: 60 * 1024 },
  ),
  row(
    "fieldLineLength",
    "bytes of a folded line without its last CRLF, behind other fields",
    "client",
    30,
    (length) =>
      `${STATUS}${"a: b\r\n".repeat(12)}${"x: y\r\n ".padEnd(length, "z")}\r\nContent-Length: 0\r\n\r\n`,
    (limit) => STATUS.length + 72 + limit,
  ),
  row(
    "fieldSectionLength",
    "bytes of all field lines of a head, but for the last CRLF",
    "client",
    300,
    (length) => `${STATUS}${section(length)}\r\n`,
    (limit) => STATUS.length + limit,
    { fieldCount: 2_000 },
  ),
  row(
    "fieldCount",
    "field lines of a head",
    "client",
    5,
    (count) => `${STATUS}${"x:y\r\n".repeat(count)}\r\n`,
    (limit) => STATUS.length + 5 * limit,
  ),
  row(
    "trailerSectionLength",
    "bytes of all trailer lines, but for the last CRLF",
    "server",
    300,
    (length) => `${CHUNKED}0\r\n${section(length)}\r\n`,
    (limit) => CHUNKED.length + 3 + limit,
    { trailerCount: 2_000 },
  ),
  row(
    "trailerCount",
    "trailer lines",
    "server",
    5,
    (count) => `${CHUNKED}0\r\n${"x:y\r\n".repeat(count)}\r\n`,
    (limit) => CHUNKED.length + 3 + 5 * limit,
  ),
  row(
    "chunkSizeDigits",
    "digits of a chunk size",
    "server",
    4,
    (digits) => `${CHUNKED}${"1".padStart(digits, "0")}\r\nx\r\n0\r\n\r\n`,
    (limit) => CHUNKED.length + limit,
  ),
  row(
    "chunkExtensionsLength",
    "bytes of the extension of one chunk",
    "server",
    20,
    (length) => `${CHUNKED}1${";a=".padEnd(length, "b")}\r\nx\r\n0\r\n\r\n`,
    (limit) => CHUNKED.length + 1 + limit,
  ),
  row(
    "chunkExtensionsLength",
    "bytes of the extensions of all chunks of a message",
    "server",
    30,
    (length) =>
      `${CHUNKED}1;a=${"b".repeat(7)}\r\nx\r\n1${";a=".padEnd(length - 10, "b")}\r\nx\r\n0\r\n\r\n`,
    (limit) => CHUNKED.length + 17 + limit - 10,
  ),
  row(
    "bodyLength",
    "bytes of chunked content",
    "server",
    7,
    (length) =>
      `${CHUNKED}4\r\nabcd\r\n${(length - 4).toString(16).padStart(8, "0")}\r\n${"x".repeat(length - 4)}\r\n0\r\n\r\n`,
    // The first byte of data that is too much, behind "4 CRLF abcd CRLF" and the next chunk's line.
    (limit) => CHUNKED.length + 9 + 10 + limit - 4,
  ),
];

/** Chunks with `overhead` bytes each around one byte of data. */
export const smallChunkBody = (count: number, overhead: number) =>
  `${CHUNKED}${smallChunks(count, overhead)}0\r\n\r\n`;
