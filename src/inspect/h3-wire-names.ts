// Names and RFC sections of what HTTP/3 streams carry, and the wire fields of frames that are shown (RFC 9114 section 7.2,
// RFC 9218 section 7.2, RFC 9412, RFC 9204, drafts of WebTransport).

import { isReserved, sizeOfVarint, type Varint, varintAt } from "./h3-numbers.js";
import { latin1 } from "./protocol-options.js";

/** Frame types. */
export const enum Frame {
  Data = 0x00,
  Headers = 0x01,
  CancelPush = 0x03,
  Settings = 0x04,
  PushPromise = 0x05,
  Goaway = 0x07,
  Origin = 0x0c,
  MaxPushId = 0x0d,
  WtStream = 0x41,
  PriorityUpdateRequest = 0xf0700,
  PriorityUpdatePush = 0xf0701,
}

/** Types of streams in one direction. */
export const enum StreamType {
  Control = 0x00,
  Push = 0x01,
  QpackEncoder = 0x02,
  QpackDecoder = 0x03,
  WtStream = 0x54,
}

type Row = readonly [name: string, rfc: string];

const FRAMES: ReadonlyMap<Varint, Row> = new Map<Varint, Row>([
  [Frame.Data, ["DATA", "RFC 9114 section 7.2.1"]],
  [Frame.Headers, ["HEADERS", "RFC 9114 section 7.2.2"]],
  [Frame.CancelPush, ["CANCEL_PUSH", "RFC 9114 section 7.2.3"]],
  [Frame.Settings, ["SETTINGS", "RFC 9114 section 7.2.4"]],
  [Frame.PushPromise, ["PUSH_PROMISE", "RFC 9114 section 7.2.5"]],
  [Frame.Goaway, ["GOAWAY", "RFC 9114 section 7.2.6"]],
  [Frame.MaxPushId, ["MAX_PUSH_ID", "RFC 9114 section 7.2.7"]],
  [Frame.Origin, ["ORIGIN", "RFC 9412 section 2.1"]],
  [Frame.PriorityUpdateRequest, ["PRIORITY_UPDATE", "RFC 9218 section 7.2"]],
  [Frame.PriorityUpdatePush, ["PRIORITY_UPDATE", "RFC 9218 section 7.2"]],
]);

const STREAMS: ReadonlyMap<Varint, Row> = new Map<Varint, Row>([
  [StreamType.Control, ["control", "RFC 9114 section 6.2.1"]],
  [StreamType.Push, ["push", "RFC 9114 section 6.2.2"]],
  [StreamType.QpackEncoder, ["QPACK encoder", "RFC 9204 section 4.2"]],
  [StreamType.QpackDecoder, ["QPACK decoder", "RFC 9204 section 4.2"]],
  [StreamType.WtStream, ["WebTransport", "draft-ietf-webtrans-http3 section 4.2"]],
]);

const GREASE: Row = ["GREASE", "RFC 9114 section 7.2.8"];
const UNKNOWN: Row = ["UNKNOWN", "RFC 9114 section 9"];
const GREASE_STREAM: Row = ["GREASE", "RFC 9114 section 6.2.3"];

/** Name and section of a frame type. */
export function frameRow(type: Varint): Row {
  return FRAMES.get(type) ?? (isReserved(type) ? GREASE : UNKNOWN);
}

/** Name and section of a type of streams. */
export function streamRow(type: Varint): Row {
  return STREAMS.get(type) ?? (isReserved(type) ? GREASE_STREAM : UNKNOWN);
}

/** Fields of a whole frame beside its name; what does not parse is left out. */
export function wireFields(type: Varint, payload: Uint8Array): Record<string, unknown> {
  switch (type) {
    case Frame.Settings:
      return { settings: readSettings(payload) };
    case Frame.Goaway:
      return numberField("id", payload);
    case Frame.CancelPush:
    case Frame.MaxPushId:
      return numberField("pushId", payload);
    case Frame.PriorityUpdateRequest:
    case Frame.PriorityUpdatePush:
      return priorityFields(payload);
    case Frame.Origin:
      return { origins: readOrigins(payload) };
    default:
      return { payload: payload.slice() };
  }
}

/** Settings in wire order, as far as they parse. */
export function readSettings(payload: Uint8Array): [id: Varint, value: Varint][] {
  const settings: [Varint, Varint][] = [];
  for (let at = 0; at < payload.length; ) {
    const id = varintAt(payload, at);
    if (id === -1) break;
    at += sizeOfVarint(payload[at] as number);
    const value = varintAt(payload, at);
    if (value === -1) break;
    at += sizeOfVarint(payload[at] as number);
    settings.push([id, value]);
  }
  return settings;
}

function numberField(name: string, payload: Uint8Array): Record<string, unknown> {
  const value = varintAt(payload, 0);
  return value === -1 ? {} : { [name]: value };
}

function priorityFields(payload: Uint8Array): Record<string, unknown> {
  const prioritizedElementId = varintAt(payload, 0);
  if (prioritizedElementId === -1) return {};
  const value = payload.subarray(sizeOfVarint(payload[0] as number));
  return { prioritizedElementId, priorityFieldValue: latin1(value) };
}

function readOrigins(payload: Uint8Array): string[] {
  const origins: string[] = [];
  for (let at = 0; at + 2 <= payload.length; ) {
    const length = (payload[at] as number) * 256 + (payload[at + 1] as number);
    at += 2;
    if (at + length > payload.length) break;
    origins.push(latin1(payload.subarray(at, at + length)));
    at += length;
  }
  return origins;
}
