// Frames of HTTP/2 as drafts: every wire field by its name in the RFC (RFC 9113 section 6, RFC 7838 section 4, RFC 8336
// section 2, RFC 9218 section 7.1), also of frames that are wrong: what is not there is left out.

import type { Direction, Draft, InspectFrame } from "./events.js";
import { FRAME_HEADER, type WalkedFrame } from "./h2-walker.js";
import { KEPT_MAX, latin1 } from "./protocol-options.js";

/** Type octets. */
export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
  ALTSVC: 10,
  ORIGIN: 12,
  PRIORITY_UPDATE: 16,
} as const;

/** Flag bits. */
export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 } as const;

const P = "RFC 9113 section ";
/** Name and place of each type. */
const KNOWN: ReadonlyMap<number, readonly [name: string, rfc: string]> = new Map([
  [TYPE.DATA, ["DATA", `${P}6.1`]],
  [TYPE.HEADERS, ["HEADERS", `${P}6.2`]],
  [TYPE.PRIORITY, ["PRIORITY", `${P}6.3`]],
  [TYPE.RST_STREAM, ["RST_STREAM", `${P}6.4`]],
  [TYPE.SETTINGS, ["SETTINGS", `${P}6.5`]],
  [TYPE.PUSH_PROMISE, ["PUSH_PROMISE", `${P}6.6`]],
  [TYPE.PING, ["PING", `${P}6.7`]],
  [TYPE.GOAWAY, ["GOAWAY", `${P}6.8`]],
  [TYPE.WINDOW_UPDATE, ["WINDOW_UPDATE", `${P}6.9`]],
  [TYPE.CONTINUATION, ["CONTINUATION", `${P}6.10`]],
  [TYPE.ALTSVC, ["ALTSVC", "RFC 7838 section 4"]],
  [TYPE.ORIGIN, ["ORIGIN", "RFC 8336 section 2"]],
  [TYPE.PRIORITY_UPDATE, ["PRIORITY_UPDATE", "RFC 9218 section 7.1"]],
]);
/** Whether a type has a name. */
export function isKnownType(type: number): boolean {
  return KNOWN.has(type);
}

const UNKNOWN = ["UNKNOWN", `${P}4.1`] as const;

/** Octets of opaque members that are shown. */
const SHOWN_MAX = 1024;

/** A draft whose wire fields are still to be added. */
type MutableFrame = Draft<InspectFrame> & { [field: string]: unknown };

/** The draft of a frame; `raw` begins with its header and has what is here of it. */
export function frameDraft(
  direction: Direction,
  frame: WalkedFrame,
  raw: Uint8Array,
  keepBytes: boolean,
): Draft<InspectFrame> {
  const { type, flags, streamId, length, offset } = frame;
  const [name, rfc] = KNOWN.get(type) ?? UNKNOWN;
  const draft: MutableFrame = {
    event: "frame",
    direction,
    offset,
    protocol: "h2",
    name,
    streamId,
    length,
    rfc,
    type,
    flags,
  };
  addFields(draft, frame, raw.subarray(FRAME_HEADER));
  if (keepBytes) draft.bytes = raw.slice(0, KEPT_MAX);
  return draft;
}

/** The payload as 32-bit numbers. */
class Fields {
  readonly #view: DataView;
  readonly length: number;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  u16(at: number): number | undefined {
    return at + 2 <= this.length ? this.#view.getUint16(at) : undefined;
  }

  u32(at: number): number | undefined {
    return at + 4 <= this.length ? this.#view.getUint32(at) : undefined;
  }

  id(at: number): number | undefined {
    const value = this.u32(at);
    return value === undefined ? undefined : value & 0x7fff_ffff;
  }
}

function addFields(draft: MutableFrame, { type, flags }: WalkedFrame, payload: Uint8Array): void {
  const fields = new Fields(payload);
  switch (type) {
    case TYPE.DATA:
      return addPadding(draft, flags, payload);
    case TYPE.HEADERS:
      addPadding(draft, flags, payload);
      if ((flags & FLAG.PRIORITY) !== 0)
        addPriority(draft, fields, (flags & FLAG.PADDED) === 0 ? 0 : 1);
      return;
    case TYPE.PRIORITY:
      return addPriority(draft, fields, 0);
    case TYPE.RST_STREAM:
      return add(draft, "errorCode", fields.u32(0));
    case TYPE.SETTINGS:
      draft.settings = settingsOf(payload);
      return;
    case TYPE.PUSH_PROMISE:
      addPadding(draft, flags, payload);
      return add(draft, "promisedStreamId", fields.id((flags & FLAG.PADDED) === 0 ? 0 : 1));
    case TYPE.PING:
      draft.opaqueData = payload.slice(0, SHOWN_MAX);
      return;
    case TYPE.GOAWAY:
      add(draft, "lastStreamId", fields.id(0));
      add(draft, "errorCode", fields.u32(4));
      draft.debugData = payload.slice(8, 8 + SHOWN_MAX);
      return;
    case TYPE.WINDOW_UPDATE:
      return add(draft, "windowSizeIncrement", fields.id(0));
    case TYPE.PRIORITY_UPDATE:
      add(draft, "prioritizedStreamId", fields.id(0));
      draft.priorityFieldValue = latin1(payload.subarray(4, 4 + SHOWN_MAX));
      return;
    case TYPE.ALTSVC:
      return addAltSvc(draft, fields);
    case TYPE.ORIGIN:
      return addOrigins(draft, fields);
  }
}

function add(draft: MutableFrame, name: string, value: number | undefined): void {
  if (value !== undefined) draft[name] = value;
}

function addPadding(draft: MutableFrame, flags: number, payload: Uint8Array): void {
  if ((flags & FLAG.PADDED) !== 0) add(draft, "padLength", payload[0]);
}

/** weight is 1 to 256: one more than the octet, as the RFC means it. */
function addPriority(draft: MutableFrame, fields: Fields, at: number): void {
  const dependency = fields.u32(at);
  const weight = fields.bytes[at + 4];
  if (dependency === undefined || weight === undefined) return;
  draft.exclusive = dependency >= 2 ** 31;
  draft.streamDependency = dependency & 0x7fff_ffff;
  draft.weight = weight + 1;
}

/** Identifiers and values of a SETTINGS payload, as far as they are whole. */
export function settingsOf(payload: Uint8Array): [id: number, value: number][] {
  const fields = new Fields(payload);
  const settings: [number, number][] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6)
    settings.push([fields.u16(at) as number, fields.u32(at + 2) as number]);
  return settings;
}

function addAltSvc(draft: MutableFrame, fields: Fields): void {
  const length = fields.u16(0);
  if (length === undefined || 2 + length > fields.length) return;
  draft.origin = latin1(fields.bytes.subarray(2, 2 + length));
  draft.altSvcFieldValue = latin1(fields.bytes.subarray(2 + length));
}

function addOrigins(draft: MutableFrame, fields: Fields): void {
  const origins: string[] = [];
  for (let at = 0; at < fields.length; ) {
    const length = fields.u16(at);
    if (length === undefined || at + 2 + length > fields.length) break;
    origins.push(latin1(fields.bytes.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  draft.origins = origins;
}

/** The part of a payload that is field block: without padding, priority and promised stream. null: they do not fit. */
export function fragmentOf({ type, flags }: WalkedFrame, payload: Uint8Array): Uint8Array | null {
  if (type === TYPE.CONTINUATION) return payload;
  const isPadded = (flags & FLAG.PADDED) !== 0;
  const padLength = isPadded ? (payload[0] ?? -1) : 0;
  if (padLength < 0) return null;
  let start = isPadded ? 1 : 0;
  if (type === TYPE.PUSH_PROMISE) start += 4;
  else if ((flags & FLAG.PRIORITY) !== 0) start += 5;
  const end = payload.length - padLength;
  return start <= end ? payload.subarray(start, end) : null;
}

/** Types of frames that are of a stream, and of the connection alone; the others may be either (RFC 9113 section 6). */
export const ON_STREAM: ReadonlySet<number> = new Set([
  TYPE.DATA,
  TYPE.HEADERS,
  TYPE.PRIORITY,
  TYPE.RST_STREAM,
  TYPE.PUSH_PROMISE,
  TYPE.CONTINUATION,
]);
export const ON_CONNECTION: ReadonlySet<number> = new Set([
  TYPE.SETTINGS,
  TYPE.PING,
  TYPE.GOAWAY,
  TYPE.PRIORITY_UPDATE,
]);
