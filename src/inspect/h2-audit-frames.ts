// What is wrong with a frame by itself: every fault of its header and of its fixed fields (RFC 9113 sections 4.2, 6; RFC
// 9218 section 7.1).

import type { ErrorName, ErrorScope } from "../index.js";
import { FLAG, ON_CONNECTION, ON_STREAM, TYPE } from "./h2-frames.js";
import type { WalkedFrame } from "./h2-walker.js";

/** Faults of a frame; `payload` is what is here of it. */
export function frameFaults(frame: WalkedFrame, payload: Uint8Array): ErrorName[] {
  const { type, streamId } = frame;
  const faults: ErrorName[] = [];
  if (streamId === 0 && ON_STREAM.has(type)) faults.push("H2_STREAM_ID_ZERO");
  if (streamId !== 0 && ON_CONNECTION.has(type)) faults.push("H2_STREAM_ID_NOT_ZERO");
  if (!fits(frame)) {
    faults.push("H2_FRAME_LENGTH_INVALID");
    return faults; // its fields are not there
  }
  if (!isPaddingGood(frame, payload)) faults.push("H2_PADDING_INVALID");
  const inner = fieldFault(frame, payload);
  if (inner !== null) faults.push(inner);
  return faults;
}

/** Whether the length fits the type. */
function fits({ type, flags, length }: WalkedFrame): boolean {
  const padding = (flags & FLAG.PADDED) === 0 ? 0 : 1;
  switch (type) {
    case TYPE.DATA:
      return length >= padding;
    case TYPE.HEADERS:
      return length >= padding + ((flags & FLAG.PRIORITY) === 0 ? 0 : 5);
    case TYPE.PRIORITY:
      return length === 5;
    case TYPE.RST_STREAM:
    case TYPE.WINDOW_UPDATE:
      return length === 4;
    case TYPE.SETTINGS:
      return length % 6 === 0 && ((flags & FLAG.ACK) === 0 || length === 0);
    case TYPE.PUSH_PROMISE:
      return length >= padding + 4;
    case TYPE.PING:
      return length === 8;
    case TYPE.GOAWAY:
      return length >= 8;
    case TYPE.PRIORITY_UPDATE:
      return length >= 4;
    default:
      return true;
  }
}

function isPaddingGood({ type, flags, length }: WalkedFrame, payload: Uint8Array): boolean {
  const canPad = type === TYPE.DATA || type === TYPE.HEADERS || type === TYPE.PUSH_PROMISE;
  if (!canPad || (flags & FLAG.PADDED) === 0) return true;
  let prefix = 1;
  if (type === TYPE.PUSH_PROMISE) prefix += 4;
  if (type === TYPE.HEADERS && (flags & FLAG.PRIORITY) !== 0) prefix += 5;
  return prefix + (payload[0] ?? 0) <= length;
}

function fieldFault({ type, flags, streamId }: WalkedFrame, payload: Uint8Array): ErrorName | null {
  const padding = (flags & FLAG.PADDED) === 0 ? 0 : 1;
  switch (type) {
    case TYPE.WINDOW_UPDATE:
      return id(payload, 0) === 0 ? "H2_WINDOW_INCREMENT_ZERO" : null;
    case TYPE.PUSH_PROMISE: {
      const promised = id(payload, padding);
      return promised === 0 || promised % 2 !== 0 ? "H2_PROMISED_ID_INVALID" : null;
    }
    case TYPE.PRIORITY_UPDATE:
      return id(payload, 0) === 0 ? "H2_PRIORITY_UPDATE_INVALID" : null;
    case TYPE.PRIORITY:
      return id(payload, 0) === streamId ? "H2_SELF_DEPENDENCY" : null;
    case TYPE.HEADERS:
      if ((flags & FLAG.PRIORITY) === 0) return null;
      return id(payload, padding) === streamId ? "H2_SELF_DEPENDENCY" : null;
    default:
      return null;
  }
}

/** The identifier at `at`; -1: it is not there. */
export function id(payload: Uint8Array, at: number): number {
  if (payload.length < at + 4) return -1;
  return (
    new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(at) & 0x7fff_ffff
  );
}

/** Whether a frame above the largest size is an error of its stream alone (RFC 9113 section 4.2). */
export function isTooLargeForStream({ type, streamId }: WalkedFrame): boolean {
  return (
    streamId !== 0 && (type === TYPE.DATA || type === TYPE.PRIORITY || type > TYPE.CONTINUATION)
  );
}

/** How far a fault of a frame reaches. */
export function scopeOf(code: ErrorName, { type, streamId }: WalkedFrame): ErrorScope {
  if (code === "H2_WINDOW_INCREMENT_ZERO") return streamId === 0 ? "connection" : "stream";
  if (code === "H2_FRAME_LENGTH_INVALID" && type === TYPE.PRIORITY && streamId !== 0)
    return "stream";
  return code === "H2_SELF_DEPENDENCY" ? "stream" : "connection";
}
