// Lines of events and of frames for attack rows, and how an expectation is compared with them.

export { lineMatches, logDifference, missingLine } from "../attack-log.js";

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
