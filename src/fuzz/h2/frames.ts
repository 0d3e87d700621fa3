// HTTP/2 frames written and read by plain, obvious code of their own: what attack rows and arbitraries are
// made of, and how the bytes that a connection writes back are read (RFC 9113 section 4.1 and 6). It can
// write what no correct sender does: any length, flag, reserved bit.

import { bytesOf, concat } from "../latin1.js";
import { type Octets, octets, uint } from "../octets.js";
import { FLAG, TYPE } from "./registry.js";

export { type Octets, octets, uint } from "../octets.js";
export { FLAG, type FrameName, frameName, SETTING, TYPE, WIRE } from "./registry.js";

/** The connection preface of a client (RFC 9113 section 3.4). */
export const PREFACE = bytesOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** One frame. `length` overrides the true length of the payload; `streamId` may have its reserved bit set. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Octets = "",
  length?: number,
): Uint8Array {
  const body = octets(payload);
  const header = [uint(length ?? body.length, 3), uint(type, 1), uint(flags, 1), uint(streamId, 4)];
  return concat([...header, body]);
}

/** What HEADERS, DATA and PUSH_PROMISE may carry. */
export interface FrameOptions {
  /** END_STREAM. */
  readonly end?: boolean;
  /** END_HEADERS; default true. */
  readonly endHeaders?: boolean;
  /** Pad Length: that many octets of padding, and the PADDED flag. */
  readonly pad?: number;
  /** Octets of padding that really follow; default `pad`. */
  readonly padded?: number;
  /** The deprecated priority fields, five octets. */
  readonly priority?: Uint8Array;
}

function padding(options: FrameOptions, body: Uint8Array): Uint8Array {
  if (options.pad === undefined) return body;
  const length = options.padded ?? options.pad;
  return concat([uint(options.pad, 1), body, new Uint8Array(length)]);
}

function flagsOf(options: FrameOptions, hasFieldBlock: boolean): number {
  return (
    (options.end ? FLAG.endStream : 0) |
    (hasFieldBlock && options.endHeaders !== false ? FLAG.endHeaders : 0) |
    (options.pad === undefined ? 0 : FLAG.padded) |
    (options.priority === undefined ? 0 : FLAG.priority)
  );
}

/** DATA (RFC 9113 section 6.1). */
export function data(streamId: number, content: Octets, options: FrameOptions = {}): Uint8Array {
  return frame(TYPE.DATA, flagsOf(options, false), streamId, padding(options, octets(content)));
}

/** HEADERS (RFC 9113 section 6.2). */
export function headers(streamId: number, block: Octets, options: FrameOptions = {}): Uint8Array {
  const body = concat([options.priority ?? new Uint8Array(0), octets(block)]);
  return frame(TYPE.HEADERS, flagsOf(options, true), streamId, padding(options, body));
}

/** The priority fields of HEADERS and PRIORITY (RFC 7540 section 6.3); weight from 1 to 256. */
export function priorityFields(dependency: number, weight = 16, exclusive = false): Uint8Array {
  return concat([uint(dependency + (exclusive ? 2 ** 31 : 0), 4), uint(weight - 1, 1)]);
}

/** PRIORITY (RFC 9113 section 6.3). */
export function priority(
  streamId: number,
  dependency: number,
  weight = 16,
  exclusive = false,
): Uint8Array {
  return frame(TYPE.PRIORITY, 0, streamId, priorityFields(dependency, weight, exclusive));
}

/** RST_STREAM (RFC 9113 section 6.4). */
export function rstStream(streamId: number, code: number): Uint8Array {
  return frame(TYPE.RST_STREAM, 0, streamId, uint(code, 4));
}

/** SETTINGS (RFC 9113 section 6.5). */
export function settings(...list: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const payload = list.map(([id, value]) => concat([uint(id, 2), uint(value, 4)]));
  return frame(TYPE.SETTINGS, 0, 0, concat(payload));
}

/** The acknowledgement of SETTINGS. */
export function settingsAck(): Uint8Array {
  return frame(TYPE.SETTINGS, FLAG.ack, 0);
}

/** PUSH_PROMISE (RFC 9113 section 6.6). */
export function pushPromise(
  streamId: number,
  promisedId: number,
  block: Octets,
  options: FrameOptions = {},
): Uint8Array {
  const body = concat([uint(promisedId, 4), octets(block)]);
  return frame(TYPE.PUSH_PROMISE, flagsOf(options, true), streamId, padding(options, body));
}

/** PING (RFC 9113 section 6.7). */
export function ping(payload: Octets = "12345678", ack = false): Uint8Array {
  return frame(TYPE.PING, ack ? FLAG.ack : 0, 0, payload);
}

/** GOAWAY (RFC 9113 section 6.8). */
export function goaway(lastStreamId: number, code: number, debugData: Octets = ""): Uint8Array {
  return frame(
    TYPE.GOAWAY,
    0,
    0,
    concat([uint(lastStreamId, 4), uint(code, 4), octets(debugData)]),
  );
}

/** WINDOW_UPDATE (RFC 9113 section 6.9). */
export function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame(TYPE.WINDOW_UPDATE, 0, streamId, uint(increment, 4));
}

/** CONTINUATION (RFC 9113 section 6.10). */
export function continuation(streamId: number, fragment: Octets, end = false): Uint8Array {
  return frame(TYPE.CONTINUATION, end ? FLAG.endHeaders : 0, streamId, fragment);
}

/** ALTSVC (RFC 7838 section 4). */
export function altSvc(streamId: number, origin: string, value: string): Uint8Array {
  return frame(TYPE.ALTSVC, 0, streamId, concat([uint(origin.length, 2), octets(origin + value)]));
}

/** ORIGIN (RFC 8336 section 2.1). */
export function origin(...origins: readonly string[]): Uint8Array {
  const entries = origins.map((text) => concat([uint(text.length, 2), octets(text)]));
  return frame(TYPE.ORIGIN, 0, 0, concat(entries));
}

/** PRIORITY_UPDATE (RFC 9218 section 7.1). */
export function priorityUpdate(prioritizedId: number, value: string): Uint8Array {
  return frame(TYPE.PRIORITY_UPDATE, 0, 0, concat([uint(prioritizedId, 4), octets(value)]));
}

/** A field block over HEADERS and CONTINUATION frames of `length` octets each. */
export function headersInPieces(
  streamId: number,
  block: Uint8Array,
  length: number,
  options: FrameOptions = {},
): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = length; at < block.length; at += length) {
    const isLast = at + length >= block.length;
    pieces.push(continuation(streamId, block.subarray(at, at + length), isLast));
  }
  const first = { ...options, endHeaders: pieces.length === 0 };
  return concat([headers(streamId, block.subarray(0, length), first), ...pieces]);
}

/** A frame as it was found in bytes. */
export interface WireFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
  /** First octet of its header. */
  readonly offset: number;
}

/**
 * Reads whole frames. What is left behind the last one comes as `rest`; a preface is skipped.
 */
export function readFrames(bytes: Uint8Array): { frames: WireFrame[]; rest: Uint8Array } {
  const frames: WireFrame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = startsWithPreface(bytes) ? PREFACE.length : 0;
  while (bytes.length - at >= 9) {
    const length = view.getUint32(at) >>> 8;
    if (at + 9 + length > bytes.length) break;
    frames.push({
      type: view.getUint8(at + 3),
      flags: view.getUint8(at + 4),
      streamId: view.getUint32(at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + 9, at + 9 + length),
      offset: at,
    });
    at += 9 + length;
  }
  return { frames, rest: bytes.subarray(at) };
}

function startsWithPreface(bytes: Uint8Array): boolean {
  return bytes.length >= PREFACE.length && PREFACE.every((byte, at) => bytes[at] === byte);
}
