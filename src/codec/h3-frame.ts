// Frames as H3FrameParser gives them: one member for each wire field, named as in the RFC (RFC 9114 section 7.2, RFC 9218
// section 7.2, RFC 9412). Numbers above 2^53 - 1 are bigints.

import { H3FrameType } from "../abi/h3-wire.js";
import type { Varint } from "./varint.js";

/** What every frame has. */
interface FrameHeader {
  readonly type: Varint;
  /** Payload in bytes, as the header says it; above 2^53 - 1, the nearest number. */
  readonly length: number;
  /** Bytes before the frame. */
  readonly offset: number;
}

export interface H3DataFrame extends FrameHeader {
  readonly name: "DATA";
  /** A view of the chunk where it came in one. Of a frame longer than maxFrameSize: so many bytes of it, or its rest. */
  readonly data: Uint8Array;
  /** Bytes of the frame before `data`: 0 but for a frame that comes in parts. */
  readonly dataOffset: number;
}

export interface H3HeadersFrame extends FrameHeader {
  readonly name: "HEADERS";
  readonly encodedFieldSection: Uint8Array;
}

export interface H3CancelPushFrame extends FrameHeader {
  readonly name: "CANCEL_PUSH";
  readonly pushId: Varint;
}

export interface H3SettingsFrame extends FrameHeader {
  readonly name: "SETTINGS";
  /** In wire order. */
  readonly settings: readonly (readonly [id: Varint, value: Varint])[];
}

export interface H3PushPromiseFrame extends FrameHeader {
  readonly name: "PUSH_PROMISE";
  readonly pushId: Varint;
  readonly encodedFieldSection: Uint8Array;
}

export interface H3GoawayFrame extends FrameHeader {
  readonly name: "GOAWAY";
  /** A stream, where a server sent it; a push, where a client did. */
  readonly id: Varint;
}

export interface H3OriginFrame extends FrameHeader {
  readonly name: "ORIGIN";
  readonly origins: readonly string[];
}

export interface H3MaxPushIdFrame extends FrameHeader {
  readonly name: "MAX_PUSH_ID";
  readonly pushId: Varint;
}

/** Type 0xf0700: of a request; 0xf0701: of a push. */
export interface H3PriorityUpdateFrame extends FrameHeader {
  readonly name: "PRIORITY_UPDATE";
  readonly prioritizedElementId: Varint;
  readonly priorityFieldValue: string;
}

/** What a stream of WebTransport begins with. It is no frame: what follows are the bytes of the stream. */
export interface H3WtStreamFrame extends FrameHeader {
  readonly name: "WT_STREAM";
  readonly sessionId: Varint;
}

/** A type without a name, or one that means nothing on this stream. */
export interface H3UnknownFrame extends FrameHeader {
  readonly name: "UNKNOWN";
  /** null: longer than maxFrameSize, and passed over. */
  readonly payload: Uint8Array | null;
}

/** Any frame; `name` tells which. */
export type H3Frame =
  | H3DataFrame
  | H3HeadersFrame
  | H3CancelPushFrame
  | H3SettingsFrame
  | H3PushPromiseFrame
  | H3GoawayFrame
  | H3OriginFrame
  | H3MaxPushIdFrame
  | H3PriorityUpdateFrame
  | H3WtStreamFrame
  | H3UnknownFrame;

const NAMES: Readonly<Record<number, H3Frame["name"]>> = {
  [H3FrameType.Data]: "DATA",
  [H3FrameType.Headers]: "HEADERS",
  [H3FrameType.CancelPush]: "CANCEL_PUSH",
  [H3FrameType.Settings]: "SETTINGS",
  [H3FrameType.PushPromise]: "PUSH_PROMISE",
  [H3FrameType.Goaway]: "GOAWAY",
  [H3FrameType.Origin]: "ORIGIN",
  [H3FrameType.MaxPushId]: "MAX_PUSH_ID",
  [H3FrameType.WtStream]: "WT_STREAM",
  [H3FrameType.PriorityUpdateRequest]: "PRIORITY_UPDATE",
  [H3FrameType.PriorityUpdatePush]: "PRIORITY_UPDATE",
};

/** Name of a frame type. */
export function frameName(type: Varint): H3Frame["name"] {
  return NAMES[Number(type)] ?? "UNKNOWN";
}
