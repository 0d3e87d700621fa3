// Builds what a peer sends on an HTTP/2 connection, octet by octet (RFC 9113 sections 4 and 6). Made to
// write wrong frames as easily as right ones: nothing is checked, every length can be overridden.

import { ascii } from "./h1-log.js";
import {
  ACK,
  CODE,
  type CodeName,
  END_HEADERS,
  END_STREAM,
  PADDED,
  PRIORITY_FLAG,
  SETTING,
  type SettingName,
  TYPE,
} from "./h2-names.js";

export const PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const MAX_WINDOW = 2 ** 31 - 1;

/** Flat: [name, value, …]; pseudo-fields first. */
export type FieldList = readonly string[];

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Big-endian octets of a number, `width` of them. */
export function uint(value: number, width: 1 | 2 | 3 | 4): Uint8Array {
  return Uint8Array.from({ length: width }, (_, at) => value / 2 ** (8 * (width - 1 - at)));
}

/** Any frame. `length` is what its header claims. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array | string = "",
  length?: number,
): Uint8Array {
  const bytes = typeof payload === "string" ? ascii(payload) : payload;
  return concat(
    uint(length ?? bytes.length, 3),
    uint(type, 1),
    uint(flags, 1),
    uint(streamId, 4),
    bytes,
  );
}

/** Padding around a payload: the Pad Length octet, and as many zeros. */
function padded(payload: Uint8Array, pad: number | undefined): Uint8Array {
  return pad === undefined ? payload : concat(uint(pad, 1), payload, new Uint8Array(pad));
}

export interface DataOptions {
  end?: boolean;
  pad?: number;
}

export function data(streamId: number, content: Uint8Array | string, options: DataOptions = {}) {
  const bytes = typeof content === "string" ? ascii(content) : content;
  const flags = (options.end ? END_STREAM : 0) | (options.pad === undefined ? 0 : PADDED);
  return frame(TYPE.DATA, flags, streamId, padded(bytes, options.pad));
}

/** An integer with a prefix of `bits` bits, the rest of the first octet being `first` (RFC 7541 section 5.1). */
export function prefixed(value: number, bits: number, first = 0): Uint8Array {
  const most = 2 ** bits - 1;
  if (value < most) return Uint8Array.of(first | value);
  const out = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return Uint8Array.from(out);
}

/** A string literal without Huffman coding. */
export function literal(text: string): Uint8Array {
  return concat(prefixed(text.length, 7), ascii(text));
}

/** How a field goes into a block: without indexing, with incremental indexing, or never indexed. */
export type FieldForm = "plain" | "indexed" | "never";
const FORMS = { plain: 0x00, indexed: 0x40, never: 0x10 } as const;

/** One field with a literal name. */
export function field(name: string, value: string, form: FieldForm = "plain"): Uint8Array {
  return concat(Uint8Array.of(FORMS[form]), literal(name), literal(value));
}

/** A field block of literals: no table, no Huffman coding. */
export function block(fields: FieldList, form: FieldForm = "plain"): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < fields.length; at += 2)
    parts.push(field(fields[at] ?? "", fields[at + 1] ?? "", form));
  return concat(...parts);
}

/** Indexed fields by their index in the tables. */
export function indexed(...indices: readonly number[]): Uint8Array {
  return concat(...indices.map((index) => prefixed(index, 7, 0x80)));
}

/** A dynamic table size update. */
export const tableSize = (size: number): Uint8Array => prefixed(size, 5, 0x20);

export interface HeadersOptions {
  end?: boolean;
  pad?: number;
  /** Deprecated priority fields. */
  priority?: { dependency: number; weight?: number; exclusive?: boolean };
  /** Lengths of the first pieces of the block; the rest goes into the last CONTINUATION. */
  split?: readonly number[];
  /** Without END_HEADERS at all. */
  open?: boolean;
}

/** The fields of a priority: dependency and weight (1 to 256). */
function priorityFields({ dependency, weight = 16, exclusive = false }: Priority): Uint8Array {
  return concat(uint(dependency + (exclusive ? 2 ** 31 : 0), 4), uint(weight - 1, 1));
}

export interface Priority {
  dependency: number;
  weight?: number;
  exclusive?: boolean;
}

/** HEADERS with its CONTINUATION frames. */
export function headers(
  streamId: number,
  fields: FieldList | Uint8Array,
  options: HeadersOptions = {},
): Uint8Array {
  const { end, pad, priority, split = [], open } = options;
  const whole = fields instanceof Uint8Array ? fields : block(fields);
  const pieces = piecesOf(whole, split);
  const first = concat(priority ? priorityFields(priority) : new Uint8Array(0), pieces[0] ?? whole);
  const isLast = (at: number) => at === pieces.length - 1 && !open;
  const flags =
    (end ? END_STREAM : 0) |
    (pad === undefined ? 0 : PADDED) |
    (priority ? PRIORITY_FLAG : 0) |
    (isLast(0) ? END_HEADERS : 0);
  return concat(
    frame(TYPE.HEADERS, flags, streamId, padded(first, pad)),
    ...pieces.slice(1).map((piece, at) => continuation(streamId, piece, isLast(at + 1))),
  );
}

function piecesOf(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  pieces.push(bytes.subarray(at));
  return pieces;
}

export function continuation(
  streamId: number,
  fields: FieldList | Uint8Array,
  isLast = true,
  flags = 0,
): Uint8Array {
  const bytes = fields instanceof Uint8Array ? fields : block(fields);
  return frame(TYPE.CONTINUATION, flags | (isLast ? END_HEADERS : 0), streamId, bytes);
}

export const priority = (streamId: number, fields: Priority) =>
  frame(TYPE.PRIORITY, 0, streamId, priorityFields(fields));

export const rst = (streamId: number, code: CodeName | number = "CANCEL") =>
  frame(TYPE.RST_STREAM, 0, streamId, uint(typeof code === "number" ? code : CODE[code], 4));

/** Settings by name, or pairs where the order or the identifier matters. */
export function settings(
  values: Partial<Record<SettingName, number>> | readonly (readonly [number, number])[] = {},
): Uint8Array {
  const pairs = Array.isArray(values)
    ? (values as readonly (readonly [number, number])[])
    : Object.entries(values).map(([name, value]) => [SETTING[name as SettingName], value] as const);
  return frame(
    TYPE.SETTINGS,
    0,
    0,
    concat(...pairs.map(([id, value]) => concat(uint(id, 2), uint(value, 4)))),
  );
}

export const settingsAck = () => frame(TYPE.SETTINGS, ACK, 0);

export const ping = (payload = "12345678", ack = false) =>
  frame(TYPE.PING, ack ? ACK : 0, 0, payload);

export const goaway = (lastStreamId: number, code: CodeName | number = "NO_ERROR", debug = "") =>
  frame(
    TYPE.GOAWAY,
    0,
    0,
    concat(
      uint(lastStreamId, 4),
      uint(typeof code === "number" ? code : CODE[code], 4),
      ascii(debug),
    ),
  );

export const windowUpdate = (streamId: number, increment: number) =>
  frame(TYPE.WINDOW_UPDATE, 0, streamId, uint(increment, 4));

export function pushPromise(
  streamId: number,
  promisedId: number,
  fields: FieldList | Uint8Array,
  options: { pad?: number; open?: boolean } = {},
): Uint8Array {
  const bytes = fields instanceof Uint8Array ? fields : block(fields);
  const flags = (options.open ? 0 : END_HEADERS) | (options.pad === undefined ? 0 : PADDED);
  const payload = padded(concat(uint(promisedId, 4), bytes), options.pad);
  return frame(TYPE.PUSH_PROMISE, flags, streamId, payload);
}

export const altSvc = (streamId: number, origin: string, value: string) =>
  frame(TYPE.ALTSVC, 0, streamId, concat(uint(origin.length, 2), ascii(origin), ascii(value)));

export const origin = (...origins: readonly string[]) =>
  frame(
    TYPE.ORIGIN,
    0,
    0,
    concat(...origins.map((one) => concat(uint(one.length, 2), ascii(one)))),
  );

export const priorityUpdate = (prioritizedId: number, value: string, streamId = 0) =>
  frame(TYPE.PRIORITY_UPDATE, 0, streamId, concat(uint(prioritizedId, 4), ascii(value)));

/** A frame of a type that nobody knows. */
export const unknownFrame = (streamId: number, payload = "grease", type = 0x2a) =>
  frame(type, 0xff, streamId, payload);

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

export const GET: FieldList = request();
export const POST: FieldList = request("POST");
/** GET / of authority a as the shortest block: three static entries and one literal. */
export const OK: FieldList = response(200);
