// Reads what a connection of ours wrote on HTTP/2: a plain walk over the frames, blind to every rule but
// the 9 octets of the header (RFC 9113 section 4.1). Prints each as one line.

import { latin1, visible } from "./h1-log.js";
import {
  ACK,
  codeName,
  END_HEADERS,
  END_STREAM,
  PADDED,
  settingName,
  TYPE,
  typeName,
} from "./h2-names.js";
import { PREFACE } from "./h2-wire.js";
import { NaiveBlockReader } from "./naive/hpack-block.js";

/** One frame as it is on the wire. */
export interface ReadFrame {
  type: number;
  flags: number;
  streamId: number;
  payload: Uint8Array;
  /** Bytes before its header. */
  offset: number;
}

/** The frames of a whole number of frames. @throws Error where bytes are left over. */
export function framesOf(bytes: Uint8Array, from = 0): ReadFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ReadFrame[] = [];
  let at = from;
  while (at + 9 <= bytes.length) {
    const length = view.getUint32(at) >>> 8;
    const end = at + 9 + length;
    if (end > bytes.length) break;
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: view.getUint32(at + 5),
      payload: bytes.subarray(at + 9, end),
      offset: at,
    });
    at = end;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} octets are no whole frame`);
  return frames;
}

const u32 = (bytes: Uint8Array, at = 0) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);

/** Longest content that is printed whole. */
const SHOWN = 64;

function content(bytes: Uint8Array): string {
  return bytes.length > SHOWN ? `(${bytes.length})` : `"${visible(latin1(bytes))}"`;
}

/** Reads one direction of a connection: it keeps the state of HPACK. */
export class OutputReader {
  private readonly decoder = new NaiveBlockReader();
  private open: { frame: ReadFrame; pieces: Uint8Array[] } | null = null;
  /** Fields of the last block, flat. */
  lastFields: readonly string[] = [];

  /** Lines of these bytes; a preface is a line, a field block is one line. */
  lines(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    if (latin1(bytes.subarray(0, PREFACE.length)) === latin1(PREFACE)) {
      lines.push("PREFACE");
      from = PREFACE.length;
    }
    for (const frame of framesOf(bytes, from)) lines.push(...this.frameLines(frame));
    return lines;
  }

  private frameLines(frame: ReadFrame): string[] {
    const { type, flags, payload } = frame;
    if (this.open !== null && type !== TYPE.CONTINUATION)
      throw new Error(`${typeName(type)} inside a field block`);
    if (type === TYPE.HEADERS || type === TYPE.PUSH_PROMISE || type === TYPE.CONTINUATION) {
      if (type === TYPE.CONTINUATION) {
        if (this.open?.frame.streamId !== frame.streamId) throw new Error("stray CONTINUATION");
        this.open.pieces.push(payload);
      } else {
        this.open = { frame, pieces: [payload] };
      }
      if ((flags & END_HEADERS) === 0 || this.open === null) return [];
      const { frame: first, pieces } = this.open;
      this.open = null;
      return [this.blockLine(first, new Uint8Array(Buffer.concat(pieces)), pieces.length)];
    }
    return [simpleLine(frame)];
  }

  private blockLine(first: ReadFrame, payload: Uint8Array, frames: number): string {
    const { type, flags, streamId } = first;
    if ((flags & PADDED) !== 0) throw new Error("we never pad");
    const isPush = type === TYPE.PUSH_PROMISE;
    const { fields } = this.decoder.read(isPush ? payload.subarray(4) : payload);
    this.lastFields = fields.flatMap(({ name, value }) => [name, value]);
    const text = fields.map(({ name, value, form }) => {
      const shown = value.length > SHOWN ? `(${value.length})` : visible(value);
      return `${visible(name)}:${form === "never" ? "! " : " "}${shown}`;
    });
    const what = isPush
      ? `PUSH_PROMISE ${streamId} promises ${u32(payload)}`
      : `HEADERS ${streamId}`;
    const end = (flags & END_STREAM) !== 0 ? " end" : "";
    const count = frames === 1 ? "" : ` in ${frames} frames`;
    return `${what}${end}${count}${text.length === 0 ? "" : ` ${text.join(" | ")}`}`;
  }
}

function simpleLine({ type, flags, streamId, payload }: ReadFrame): string {
  const ack = (flags & ACK) !== 0 ? " ACK" : "";
  switch (type) {
    case TYPE.DATA:
      return `DATA ${streamId}${(flags & END_STREAM) !== 0 ? " end" : ""} ${content(payload)}`;
    case TYPE.RST_STREAM:
      return `RST_STREAM ${streamId} ${codeName(u32(payload))}`;
    case TYPE.SETTINGS:
      return [`SETTINGS${ack}`, ...settingsOf(payload)].join(" ");
    case TYPE.PING:
      return `PING${ack} ${content(payload)}`;
    case TYPE.GOAWAY:
      return `GOAWAY ${u32(payload)} ${codeName(u32(payload, 4))} ${content(payload.subarray(8))}`;
    case TYPE.WINDOW_UPDATE:
      return `WINDOW_UPDATE ${streamId} +${u32(payload)}`;
    case TYPE.PRIORITY_UPDATE:
      return `PRIORITY_UPDATE ${u32(payload)} ${content(payload.subarray(4))}`;
    default:
      return `${typeName(type)} ${streamId} flags 0x${flags.toString(16)} ${content(payload)}`;
  }
}

function settingsOf(payload: Uint8Array): string[] {
  const out: string[] = [];
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at + 6 <= payload.length; at += 6)
    out.push(`${settingName(view.getUint16(at))}=${view.getUint32(at + 2)}`);
  return out;
}
