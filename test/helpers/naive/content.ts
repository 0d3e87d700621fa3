// Content of a message: with a length, chunked (RFC 9112 section 7.1), or until the connection closes.
// Part of the oracle.

import type { PlainEvent } from "tercet/fuzz";
import type { Framing } from "./framing.js";
import { CHUNK_LINE, CHUNK_SIZE } from "./grammar.js";
import { type Cursor, flat, nextLine, readFields } from "./lines.js";
import { incomplete, refuse } from "./outcome.js";

/** Most hexadecimal digits of a chunk size: the default of the limit chunkSizeDigits. */
const SIZE_DIGITS = 16;

/** Appends the events of one message's content, its end included. */
export function readContent(
  events: PlainEvent[],
  cursor: Cursor,
  framing: Framing,
  streamId: number,
  role: "server" | "client",
): void {
  switch (framing.kind) {
    case "none":
      break;
    case "length":
      readData(events, cursor, framing.length, streamId);
      break;
    case "chunked":
      readChunks(events, cursor, streamId, role);
      break;
    case "until-close":
      readData(events, cursor, Number.POSITIVE_INFINITY, streamId);
  }
  events.push({ type: "end", streamId });
}

/** `length` bytes of data, or as many as there are. */
function readData(events: PlainEvent[], cursor: Cursor, length: number, streamId: number): void {
  const content = cursor.text.slice(cursor.at, cursor.at + length);
  cursor.at += content.length;
  const last = events.at(-1);
  if (content !== "") {
    if (last?.type === "data") last.content += content;
    else events.push({ type: "data", streamId, content });
  }
  if (content.length < length) incomplete("content");
}

function readChunks(
  events: PlainEvent[],
  cursor: Cursor,
  streamId: number,
  role: "server" | "client",
): void {
  for (;;) {
    const size = readChunkLine(cursor);
    if (size === 0) break;
    readData(events, cursor, size, streamId);
    const end = cursor.text.slice(cursor.at, cursor.at + 2);
    if (!"\r\n".startsWith(end)) refuse("H1_CHUNK_END_MISSING");
    if (end.length < 2) incomplete("content");
    cursor.at += 2;
  }
  const trailers = flat(readFields(cursor, role, "content"));
  if (trailers.length > 0) events.push({ type: "trailers", streamId, headers: trailers });
}

/** chunk-size [ chunk-ext ] CRLF. */
function readChunkLine(cursor: Cursor): number {
  const line = nextLine(
    cursor,
    "content",
    "H1_CHUNK_SIZE_INVALID",
    "H1_CHUNK_EXTENSION_INVALID",
    "H1_CHUNK_SIZE_TOO_LARGE",
  );
  const [digits = ""] = CHUNK_SIZE.exec(line) ?? [];
  const large =
    digits.length > SIZE_DIGITS || BigInt(`0x0${digits}`) > BigInt(Number.MAX_SAFE_INTEGER);
  if (large) refuse("H1_CHUNK_SIZE_TOO_LARGE");
  if (CHUNK_LINE.test(line)) return Number.parseInt(digits, 16);
  // Between size and extension there may be whitespace: what is wrong behind it is of either.
  if (digits === "" || !/^[ \t;]/.test(line.slice(digits.length))) refuse("H1_CHUNK_SIZE_INVALID");
  refuse(
    "H1_CHUNK_EXTENSION_INVALID",
    ...(/^[0-9A-Fa-f]+;/.test(line) ? [] : ["H1_CHUNK_SIZE_INVALID" as const]),
  );
}
