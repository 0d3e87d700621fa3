// Lines of events and of frames for attack rows, and how an expectation is compared with them.

import { logLines, type PlainEvent } from "../plain.js";
import { FLAG, frameName, readFrames, TYPE, WIRE, type WireFrame } from "./frames.js";

const CODES = Object.keys(WIRE);

/** The name of an error code on the wire, or its number. */
export function wireName(code: number): string {
  return CODES[code] ?? String(code);
}

/** One line for each event, errors included: "error H2_STREAM_CLOSED stream 1". */
export function h2LogLines(events: readonly PlainEvent[]): string[] {
  return events.map((event) => {
    if (event.type !== "error") return logLines([event])[0] ?? "";
    const place = event.scope === "stream" ? `stream ${event.streamId}` : event.scope;
    return `error ${event.code} ${place}`;
  });
}

/** One line for each frame: "DATA 1 5 end", "RST_STREAM 1 CANCEL", "GOAWAY 7 NO_ERROR", "SETTINGS ack". */
export function frameLines(bytes: Uint8Array): string[] {
  const { frames, rest } = readFrames(bytes);
  const lines = frames.map(frameLine);
  return rest.length > 0 ? [...lines, `${rest.length} bytes that are no frame`] : lines;
}

function frameLine(frame: WireFrame): string {
  const { type, flags, streamId, payload } = frame;
  const name = frameName(type);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const u32 = (at: number) => (payload.length >= at + 4 ? view.getUint32(at) : 0);
  const isEnd = (flags & FLAG.endStream) !== 0;
  switch (type) {
    case TYPE.DATA:
    case TYPE.HEADERS:
      return `${name} ${streamId} ${payload.length}${isEnd ? " end" : ""}`;
    case TYPE.RST_STREAM:
      return `${name} ${streamId} ${wireName(u32(0))}`;
    case TYPE.GOAWAY:
      return `${name} ${u32(0)} ${wireName(u32(4))}`;
    case TYPE.WINDOW_UPDATE:
      return `${name} ${streamId} ${u32(0)}`;
    case TYPE.SETTINGS:
    case TYPE.PING:
      return (flags & FLAG.ack) === 0 ? name : `${name} ack`;
    default:
      return `${name} ${streamId} ${payload.length}`;
  }
}

/** Whether one line is as expected: `A|B` in place of a word is either, a last word `*` any rest. */
export function lineMatches(expected: string, got: string): boolean {
  if (expected === got) return true;
  const wanted = expected.split(" ");
  const words = got.split(" ");
  const isOpen = wanted.at(-1) === "*";
  if (isOpen) wanted.pop();
  if (isOpen ? words.length < wanted.length : words.length !== wanted.length) return false;
  return wanted.every((word, at) => word.split("|").includes(words[at] ?? ""));
}

const ANY = "…";

/**
 * Compares lines with an expectation in which "…" stands for any number of lines. Gives the difference
 * as text, null where there is none.
 */
export function logDifference(expected: readonly string[], got: readonly string[]): string | null {
  let at = 0;
  let line = 0;
  // Where to go on when a line does not fit: behind the last "…", one line further.
  let retry: { at: number; line: number } | null = null;
  let deepest = { at: 0, line: 0 };
  while (line < got.length || at < expected.length) {
    const wanted = expected[at];
    if (wanted === ANY) {
      retry = { at: at + 1, line };
      at++;
    } else if (wanted !== undefined && line < got.length && lineMatches(wanted, got[line] ?? "")) {
      at++;
      line++;
    } else {
      if (at >= deepest.at) deepest = { at, line };
      if (retry === null || retry.line >= got.length) break;
      retry = { at: retry.at, line: retry.line + 1 };
      ({ at, line } = retry);
    }
  }
  if (line >= got.length && at >= expected.length) return null;
  const wanted = expected[deepest.at] ?? "nothing";
  return `event ${deepest.line}: expected ${wanted}, got ${got[deepest.line] ?? "nothing"} (last: ${got.at(-1)})`;
}

/** The first of `expected` that does not occur among the lines in this order, or null. */
export function missingLine(expected: readonly string[], lines: readonly string[]): string | null {
  let from = 0;
  for (const wanted of expected) {
    const at = lines.findIndex((line, index) => index >= from && lineMatches(wanted, line));
    if (at < 0) return wanted;
    from = at + 1;
  }
  return null;
}
