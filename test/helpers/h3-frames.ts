// Builds what a peer sends on the streams of an HTTP/3 connection, octet by octet (RFC 9114 sections 6 and 7, RFC 9297). Made to
// write wrong frames as easily as right ones: nothing is checked, every length can be overridden.

import { ascii } from "./h1-log.js";
import {
  CAPSULE,
  SETTING,
  type SettingName,
  STREAM_TYPE,
  type StreamKind,
  TYPE,
} from "./h3-names.js";
import { fieldSection } from "./qpack-wire.js";

/** Flat: [name, value, …]; pseudo-fields first. */
export type FieldList = readonly string[];
export type Payload = Uint8Array | string | readonly number[];

export const MAX_VARINT = 2n ** 62n - 1n;
export const EMPTY = new Uint8Array(0);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function bytesOf(payload: Payload): Uint8Array {
  if (typeof payload === "string") return ascii(payload);
  return payload instanceof Uint8Array ? payload : Uint8Array.from(payload);
}

/** A variable-length integer (RFC 9000 section 16), in so many octets or as few as it takes. */
export function varint(value: number | bigint, width?: 1 | 2 | 4 | 8): Uint8Array {
  const number = BigInt(value);
  if (number < 0n || number > MAX_VARINT) throw new RangeError(`no varint: ${value}`);
  const least = number < 64n ? 1 : number < 16384n ? 2 : number < 2n ** 30n ? 4 : 8;
  const length = width ?? least;
  if (length < least) throw new RangeError(`${value} does not fit in ${length} octets`);
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at++)
    out[at] = Number((number >> BigInt(8 * (length - 1 - at))) & 0xffn);
  out[0] = (out[0] ?? 0) | ({ 1: 0, 2: 0x40, 4: 0x80, 8: 0xc0 }[length] ?? 0);
  return out;
}

export interface FrameOptions {
  /** What the header claims; the length of the payload where nothing is said. */
  length?: number | bigint;
  /** Octets of the two varints, where they are longer than they must be. */
  widths?: readonly [type: 1 | 2 | 4 | 8, length: 1 | 2 | 4 | 8];
}

/** Any frame. */
export function frame(
  type: number | bigint,
  payload: Payload = EMPTY,
  { length, widths }: FrameOptions = {},
): Uint8Array {
  const bytes = bytesOf(payload);
  return concat(varint(type, widths?.[0]), varint(length ?? bytes.length, widths?.[1]), bytes);
}

const sectionOf = (fields: FieldList | Uint8Array) =>
  fields instanceof Uint8Array ? fields : fieldSection(fields);

export const data = (content: Payload = "", options?: FrameOptions) =>
  frame(TYPE.DATA, content, options);

/** Fields, which become literals and static entries, or an encoded section. */
export const headers = (fields: FieldList | Uint8Array, options?: FrameOptions) =>
  frame(TYPE.HEADERS, sectionOf(fields), options);

export type SettingPairs = readonly (readonly [id: number | bigint, value: number | bigint])[];

/** Settings by name, or pairs where the order or the identifier matters. */
export function settings(
  values: Partial<Record<SettingName, number | bigint>> | SettingPairs = {},
  options?: FrameOptions,
): Uint8Array {
  const pairs: SettingPairs = Array.isArray(values)
    ? (values as SettingPairs)
    : Object.entries(values).map(([name, value]) => [SETTING[name as SettingName], value] as const);
  const octets = pairs.map(([id, value]) => concat(varint(id), varint(value)));
  return frame(TYPE.SETTINGS, concat(...octets), options);
}

export const goaway = (id: number | bigint) => frame(TYPE.GOAWAY, varint(id));
export const maxPushId = (id: number | bigint) => frame(TYPE.MAX_PUSH_ID, varint(id));
export const cancelPush = (id: number | bigint) => frame(TYPE.CANCEL_PUSH, varint(id));

export const pushPromise = (id: number | bigint, fields: FieldList | Uint8Array) =>
  frame(TYPE.PUSH_PROMISE, concat(varint(id), sectionOf(fields)));

/** PRIORITY_UPDATE of a request stream. */
export const priorityUpdate = (id: number | bigint, value: string) =>
  frame(TYPE.PRIORITY_UPDATE, concat(varint(id), ascii(value)));
/** PRIORITY_UPDATE of a push. */
export const pushPriorityUpdate = (id: number | bigint, value: string) =>
  frame(TYPE.PRIORITY_UPDATE_PUSH, concat(varint(id), ascii(value)));

export const origin = (...origins: readonly string[]) =>
  frame(
    TYPE.ORIGIN,
    concat(...origins.map((one) => concat(Uint8Array.of(one.length >> 8, one.length), ascii(one)))),
  );

/** A frame of a type that nobody knows (RFC 9114 section 7.2.8). */
export const unknownFrame = (payload: Payload = "grease", type: number | bigint = 0x21) =>
  frame(type, payload);

/** The beginning of a unidirectional stream: its type, and what stands behind it. */
export const uni = (type: StreamKind | number | bigint, ...parts: readonly Uint8Array[]) =>
  concat(varint(typeof type === "string" ? STREAM_TYPE[type] : type), ...parts);

/** A control stream with these frames behind its SETTINGS. */
export const control = (...frames: readonly Uint8Array[]) => uni("control", settings(), ...frames);

/** A push stream: its id, then frames. */
export const push = (id: number | bigint, ...frames: readonly Uint8Array[]) =>
  uni("push", varint(id), ...frames);

/** A capsule, to be put into DATA (RFC 9297 section 3.2). */
export function capsule(
  type: number | bigint | keyof typeof CAPSULE,
  value: Payload = EMPTY,
  { length, widths }: FrameOptions = {},
): Uint8Array {
  const bytes = bytesOf(value);
  const number = typeof type === "string" ? CAPSULE[type] : type;
  return concat(varint(number, widths?.[0]), varint(length ?? bytes.length, widths?.[1]), bytes);
}

/** An HTTP datagram for the stream with this id (RFC 9297 section 2.1). */
export const datagram = (streamId: number, payload: Payload = "") =>
  concat(varint(streamId / 4), bytesOf(payload));

/** Field lists of a request; `more` are regular fields. */
export function request(
  method = "GET",
  path = "/",
  more: FieldList = [],
  authority = "a",
): string[] {
  return [":method", method, ":scheme", "https", ":authority", authority, ":path", path, ...more];
}

export const response = (status: number | string = 200, more: FieldList = []): string[] => [
  ":status",
  String(status),
  ...more,
];

export const connect = (authority = "a:443", more: FieldList = []): string[] => [
  ":method",
  "CONNECT",
  ":authority",
  authority,
  ...more,
];

/** An extended CONNECT (RFC 9220). */
export const extendedConnect = (protocol: string, more: FieldList = [], path = "/"): string[] => [
  ...[":method", "CONNECT", ":protocol", protocol, ":scheme", "https"],
  ...[":authority", "a", ":path", path, ...more],
];

export const GET: FieldList = request();
export const POST: FieldList = request("POST");
export const OK: FieldList = response(200);
