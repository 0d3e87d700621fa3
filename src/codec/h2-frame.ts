// Frames as H2FrameParser gives them: one member for each wire field, named as in the RFC (RFC 9113 section 6, RFC
// 7838 section 4, RFC 8336 section 2, RFC 9218 section 7.1).

/** What every frame has. */
interface FrameHeader {
  /** Type octet. */
  readonly type: number;
  /** Flags octet, undefined ones included. */
  readonly flags: number;
  /** Without the reserved bit. */
  readonly streamId: number;
  /** Payload in bytes, as the header says it. */
  readonly length: number;
  /** Bytes of the connection before the frame. */
  readonly offset: number;
}

/** The deprecated priority fields (RFC 7540 section 6.3). */
interface PriorityFields {
  readonly exclusive: boolean;
  readonly streamDependency: number;
  /** 1 to 256: one more than the octet on the wire, as the RFC means it. */
  readonly weight: number;
}

/** Padding: absent where the frame has no Pad Length. */
interface Padding {
  readonly padLength?: number;
}

export interface H2DataFrame extends FrameHeader {
  readonly name: "DATA";
  /** A view of the chunk where it came in one; without padding. */
  readonly data: Uint8Array;
  /** 0 where the frame is not padded. */
  readonly padLength: number;
}

/** The priority fields are there with the PRIORITY flag only. */
export interface H2HeadersFrame extends FrameHeader, Padding, Partial<PriorityFields> {
  readonly name: "HEADERS";
  readonly fieldBlockFragment: Uint8Array;
}

export interface H2PriorityFrame extends FrameHeader, PriorityFields {
  readonly name: "PRIORITY";
}

export interface H2RstStreamFrame extends FrameHeader {
  readonly name: "RST_STREAM";
  readonly errorCode: number;
}

export interface H2SettingsFrame extends FrameHeader {
  readonly name: "SETTINGS";
  /** In wire order, repeated ones included. */
  readonly settings: readonly (readonly [id: number, value: number])[];
}

export interface H2PushPromiseFrame extends FrameHeader, Padding {
  readonly name: "PUSH_PROMISE";
  readonly promisedStreamId: number;
  readonly fieldBlockFragment: Uint8Array;
}

export interface H2PingFrame extends FrameHeader {
  readonly name: "PING";
  /** 8 bytes. */
  readonly opaqueData: Uint8Array;
}

export interface H2GoawayFrame extends FrameHeader {
  readonly name: "GOAWAY";
  readonly lastStreamId: number;
  readonly errorCode: number;
  readonly debugData: Uint8Array;
}

export interface H2WindowUpdateFrame extends FrameHeader {
  readonly name: "WINDOW_UPDATE";
  readonly windowSizeIncrement: number;
}

export interface H2ContinuationFrame extends FrameHeader {
  readonly name: "CONTINUATION";
  readonly fieldBlockFragment: Uint8Array;
}

export interface H2AltSvcFrame extends FrameHeader {
  readonly name: "ALTSVC";
  readonly origin: string;
  readonly altSvcFieldValue: string;
}

export interface H2OriginFrame extends FrameHeader {
  readonly name: "ORIGIN";
  readonly origins: readonly string[];
}

export interface H2PriorityUpdateFrame extends FrameHeader {
  readonly name: "PRIORITY_UPDATE";
  readonly prioritizedStreamId: number;
  readonly priorityFieldValue: string;
}

/** A type without a name. */
export interface H2UnknownFrame extends FrameHeader {
  readonly name: "UNKNOWN";
  readonly payload: Uint8Array;
}

/** Any frame; `name` tells which. */
export type H2Frame =
  | H2DataFrame
  | H2HeadersFrame
  | H2PriorityFrame
  | H2RstStreamFrame
  | H2SettingsFrame
  | H2PushPromiseFrame
  | H2PingFrame
  | H2GoawayFrame
  | H2WindowUpdateFrame
  | H2ContinuationFrame
  | H2AltSvcFrame
  | H2OriginFrame
  | H2PriorityUpdateFrame
  | H2UnknownFrame;
