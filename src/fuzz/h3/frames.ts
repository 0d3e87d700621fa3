// HTTP/3 frames, capsules and streams written and read by plain, obvious code of their own: what attack rows
// and arbitraries are made of, and how what a connection writes back is read (RFC 9000 section 16, RFC 9114
// section 7, RFC 9297). It can write what no correct sender does: any length, any type, varints too long.

import { concat } from "../latin1.js";
import { type Octets, octets, uint } from "../octets.js";
import { readVarint, varint } from "../varint.js";
import { H3_TYPE, STREAM_TYPE } from "./registry.js";

export { type Octets, octets } from "../octets.js";
export { readVarint, VARINT_MAX, varint } from "../varint.js";
export {
  CAPSULE,
  H3_SETTING,
  H3_TYPE,
  H3_WIRE,
  h3FrameName,
  h3WireName,
  STREAM_TYPE,
} from "./registry.js";

/** One frame. `length` overrides the true length of the payload. */
export function frame(
  type: number | bigint,
  payload: Octets = "",
  length?: number | bigint,
): Uint8Array {
  const body = octets(payload);
  return concat([varint(type), varint(length ?? body.length), body]);
}

/** DATA (RFC 9114 section 7.2.1). */
export function data(content: Octets): Uint8Array {
  return frame(H3_TYPE.DATA, content);
}

/** HEADERS (RFC 9114 section 7.2.2); the section comes from `qpackFields`. */
export function headers(section: Octets): Uint8Array {
  return frame(H3_TYPE.HEADERS, section);
}

/** CANCEL_PUSH (RFC 9114 section 7.2.3). */
export function cancelPush(pushId: number | bigint): Uint8Array {
  return frame(H3_TYPE.CANCEL_PUSH, varint(pushId));
}

/** SETTINGS (RFC 9114 section 7.2.4). */
export function settings(
  ...list: readonly (readonly [id: number | bigint, value: number | bigint])[]
): Uint8Array {
  return frame(
    H3_TYPE.SETTINGS,
    concat(list.flatMap(([id, value]) => [varint(id), varint(value)])),
  );
}

/** PUSH_PROMISE (RFC 9114 section 7.2.5). */
export function pushPromise(pushId: number | bigint, section: Octets): Uint8Array {
  return frame(H3_TYPE.PUSH_PROMISE, concat([varint(pushId), octets(section)]));
}

/** GOAWAY (RFC 9114 section 7.2.6). */
export function goaway(id: number | bigint): Uint8Array {
  return frame(H3_TYPE.GOAWAY, varint(id));
}

/** MAX_PUSH_ID (RFC 9114 section 7.2.7). */
export function maxPushId(pushId: number | bigint): Uint8Array {
  return frame(H3_TYPE.MAX_PUSH_ID, varint(pushId));
}

/** ORIGIN (RFC 9412). */
export function origin(...origins: readonly Octets[]): Uint8Array {
  const entries = origins
    .map((one) => octets(one))
    .map((one) => concat([uint(one.length, 2), one]));
  return frame(H3_TYPE.ORIGIN, concat(entries));
}

/** PRIORITY_UPDATE of a request (RFC 9218 section 7.2). */
export function priorityUpdate(streamId: number | bigint, value: Octets): Uint8Array {
  return frame(H3_TYPE.PRIORITY_UPDATE_REQUEST, concat([varint(streamId), octets(value)]));
}

/** PRIORITY_UPDATE of a push. */
export function pushPriorityUpdate(pushId: number | bigint, value: Octets): Uint8Array {
  return frame(H3_TYPE.PRIORITY_UPDATE_PUSH, concat([varint(pushId), octets(value)]));
}

/** A frame, setting or stream type without meaning (RFC 9114 section 7.2.8): 0x1f * n + 0x21. */
export function reserved(n: number): number {
  return 0x1f * n + 0x21;
}

/** The beginning of a control stream: its type and SETTINGS. */
export function control(
  ...list: readonly (readonly [id: number | bigint, value: number | bigint])[]
): Uint8Array {
  return concat([varint(STREAM_TYPE.CONTROL), settings(...list)]);
}

/** A capsule (RFC 9297 section 3.2). `length` overrides the true length of its value. */
export function capsule(
  type: number | bigint,
  value: Octets = "",
  length?: number | bigint,
): Uint8Array {
  return frame(type, value, length);
}

/** An HTTP datagram in QUIC (RFC 9297 section 2.1). */
export function datagram(streamId: number, payload: Octets = ""): Uint8Array {
  return concat([varint(Math.floor(streamId / 4)), octets(payload)]);
}

/** A frame or a capsule as it was found in bytes. */
export interface H3WireFrame {
  readonly type: bigint;
  readonly payload: Uint8Array;
  /** First octet of its type. */
  readonly offset: number;
}

/** Reads whole frames from `at` on. What is left behind the last one comes as `rest`. */
export function readFrames(bytes: Uint8Array, at = 0): { frames: H3WireFrame[]; rest: Uint8Array } {
  const frames: H3WireFrame[] = [];
  for (let from = at; ; ) {
    const type = readVarint(bytes, from);
    const length = type === null ? null : readVarint(bytes, type.next);
    if (type === null || length === null || length.value > BigInt(bytes.length - length.next)) {
      return { frames, rest: bytes.subarray(from) };
    }
    const end = length.next + Number(length.value);
    frames.push({ type: type.value, payload: bytes.subarray(length.next, end), offset: from });
    from = end;
  }
}
