// Frames of QUIC as parseFrames gives them and encodeFrame takes them: one member for each wire field, named as in the RFC
// (RFC 9000 section 19, RFC 9221, drafts of ACK frequency and reliable resets). Numbers above 2^53 - 1 are bigints.

import type { ProtocolError } from "../errors.js";
import type { Varint } from "./varint.js";

/** What every frame has. */
interface FrameHeader {
  readonly type: Varint;
  /** Place of its type in the payload. */
  readonly at: number;
  /** Octets on the wire, its type included. */
  readonly size: number;
}

/** A run of them is one frame: `size` octets. */
export interface QuicPaddingFrame extends FrameHeader {
  readonly name: "PADDING";
}

export interface QuicPingFrame extends FrameHeader {
  readonly name: "PING";
}

/** Packets with each of the codepoints of explicit congestion notification (RFC 9000 section 19.3.2). */
export interface QuicEcnCounts {
  readonly ect0Count: Varint;
  readonly ect1Count: Varint;
  readonly ecnCeCount: Varint;
}

/** Type 0x02, or with counts 0x03. */
export interface QuicAckFrame extends FrameHeader {
  readonly name: "ACK";
  readonly largestAcknowledged: Varint;
  /** As on the wire: to be multiplied by 2^ack_delay_exponent, for microseconds. */
  readonly ackDelay: Varint;
  readonly ackRangeCount: number;
  readonly firstAckRange: Varint;
  /** In wire order, from the highest packet number down. */
  readonly ackRanges: readonly (readonly [gap: Varint, ackRangeLength: Varint])[];
  readonly ecnCounts: QuicEcnCounts | null;
}

export interface QuicResetStreamFrame extends FrameHeader {
  readonly name: "RESET_STREAM";
  readonly streamId: Varint;
  readonly applicationProtocolErrorCode: Varint;
  readonly finalSize: Varint;
}

export interface QuicStopSendingFrame extends FrameHeader {
  readonly name: "STOP_SENDING";
  readonly streamId: Varint;
  readonly applicationProtocolErrorCode: Varint;
}

export interface QuicCryptoFrame extends FrameHeader {
  readonly name: "CRYPTO";
  readonly offset: Varint;
  readonly length: number;
  readonly cryptoData: Uint8Array;
}

export interface QuicNewTokenFrame extends FrameHeader {
  readonly name: "NEW_TOKEN";
  readonly token: Uint8Array;
}

/** Types 0x08 to 0x0f: bits 0x04 OFF, 0x02 LEN, 0x01 FIN. */
export interface QuicStreamFrame extends FrameHeader {
  readonly name: "STREAM";
  readonly streamId: Varint;
  /** 0 without OFF. */
  readonly offset: Varint;
  /** Octets of `streamData`, also without LEN, where they go to the end of the packet. */
  readonly length: number;
  readonly fin: boolean;
  readonly streamData: Uint8Array;
}

export interface QuicMaxDataFrame extends FrameHeader {
  readonly name: "MAX_DATA";
  readonly maximumData: Varint;
}

export interface QuicMaxStreamDataFrame extends FrameHeader {
  readonly name: "MAX_STREAM_DATA";
  readonly streamId: Varint;
  readonly maximumStreamData: Varint;
}

/** Type 0x12 of bidirectional streams, 0x13 of unidirectional ones. */
export interface QuicMaxStreamsFrame extends FrameHeader {
  readonly name: "MAX_STREAMS";
  readonly maximumStreams: Varint;
  readonly bidirectional: boolean;
}

export interface QuicDataBlockedFrame extends FrameHeader {
  readonly name: "DATA_BLOCKED";
  readonly maximumData: Varint;
}

export interface QuicStreamDataBlockedFrame extends FrameHeader {
  readonly name: "STREAM_DATA_BLOCKED";
  readonly streamId: Varint;
  readonly maximumStreamData: Varint;
}

/** Type 0x16 of bidirectional streams, 0x17 of unidirectional ones. */
export interface QuicStreamsBlockedFrame extends FrameHeader {
  readonly name: "STREAMS_BLOCKED";
  readonly maximumStreams: Varint;
  readonly bidirectional: boolean;
}

export interface QuicNewConnectionIdFrame extends FrameHeader {
  readonly name: "NEW_CONNECTION_ID";
  readonly sequenceNumber: Varint;
  readonly retirePriorTo: Varint;
  readonly connectionId: Uint8Array;
  readonly statelessResetToken: Uint8Array;
}

export interface QuicRetireConnectionIdFrame extends FrameHeader {
  readonly name: "RETIRE_CONNECTION_ID";
  readonly sequenceNumber: Varint;
}

export interface QuicPathChallengeFrame extends FrameHeader {
  readonly name: "PATH_CHALLENGE";
  /** 8 octets. */
  readonly data: Uint8Array;
}

export interface QuicPathResponseFrame extends FrameHeader {
  readonly name: "PATH_RESPONSE";
  /** 8 octets. */
  readonly data: Uint8Array;
}

/** Type 0x1c, of QUIC itself; 0x1d, of the application, has no frame type. */
export interface QuicConnectionCloseFrame extends FrameHeader {
  readonly name: "CONNECTION_CLOSE";
  readonly errorCode: Varint;
  /** The frame that was wrong, 0 where that is not known; null in type 0x1d. */
  readonly frameType: Varint | null;
  /** UTF-8 by the RFC, but any octets on the wire. */
  readonly reasonPhrase: Uint8Array;
}

export interface QuicHandshakeDoneFrame extends FrameHeader {
  readonly name: "HANDSHAKE_DONE";
}

/** Type 0x30, to the end of the packet; 0x31, with a length. */
export interface QuicDatagramFrame extends FrameHeader {
  readonly name: "DATAGRAM";
  /** Octets of `datagramData`, in both types. */
  readonly length: number;
  readonly datagramData: Uint8Array;
}

export interface QuicAckFrequencyFrame extends FrameHeader {
  readonly name: "ACK_FREQUENCY";
  readonly sequenceNumber: Varint;
  readonly ackElicitingThreshold: Varint;
  /** Microseconds. */
  readonly requestedMaxAckDelay: Varint;
  readonly reorderingThreshold: Varint;
}

export interface QuicImmediateAckFrame extends FrameHeader {
  readonly name: "IMMEDIATE_ACK";
}

export interface QuicResetStreamAtFrame extends FrameHeader {
  readonly name: "RESET_STREAM_AT";
  readonly streamId: Varint;
  readonly applicationProtocolErrorCode: Varint;
  readonly finalSize: Varint;
  readonly reliableSize: Varint;
}

/** A type without a name. Where its frame ends nobody can know: it has the rest of the packet, and an error follows. */
export interface QuicUnknownFrame extends FrameHeader {
  readonly name: "UNKNOWN";
  readonly payload: Uint8Array;
}

/** Any frame; `name` tells which. Octets are views of the payload. */
export type QuicFrame =
  | QuicPaddingFrame
  | QuicPingFrame
  | QuicAckFrame
  | QuicResetStreamFrame
  | QuicStopSendingFrame
  | QuicCryptoFrame
  | QuicNewTokenFrame
  | QuicStreamFrame
  | QuicMaxDataFrame
  | QuicMaxStreamDataFrame
  | QuicMaxStreamsFrame
  | QuicDataBlockedFrame
  | QuicStreamDataBlockedFrame
  | QuicStreamsBlockedFrame
  | QuicNewConnectionIdFrame
  | QuicRetireConnectionIdFrame
  | QuicPathChallengeFrame
  | QuicPathResponseFrame
  | QuicConnectionCloseFrame
  | QuicHandshakeDoneFrame
  | QuicDatagramFrame
  | QuicAckFrequencyFrame
  | QuicImmediateAckFrame
  | QuicResetStreamAtFrame
  | QuicUnknownFrame;

/** Names of frames. */
export type QuicFrameName = QuicFrame["name"];

/** Members that encodeFrame does not need: it finds them out. */
type Found = "type" | "at" | "size" | "length" | "ackRangeCount";
type FrameInput<Frame> = Frame extends QuicFrame
  ? Omit<Frame, Found> & Partial<Pick<Frame, Found & keyof Frame>>
  : never;

/**
 * What encodeFrame takes: any frame, without what it can find out. `type` of STREAM and DATAGRAM says whether there is a
 * length; without it there is one. PADDING has `size` octets, 1 without it.
 */
export type QuicFrameInput =
  | FrameInput<Exclude<QuicFrame, QuicUnknownFrame>>
  | (FrameInput<QuicUnknownFrame> & { readonly type: Varint });

/** What is wrong with a payload; always the last event. Its offset counts octets of the payload before the mistake. */
export interface QuicFrameError {
  readonly type: "error";
  readonly error: ProtocolError;
  /** Type of the frame that is wrong, for CONNECTION_CLOSE (RFC 9000 section 19.19); null where there is none to name. */
  readonly frameType: Varint | null;
  /** Place of that frame in the payload. */
  readonly at: number;
}
