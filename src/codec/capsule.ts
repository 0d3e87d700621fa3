// Capsules as CapsuleParser gives them: one member for each wire field, named as in RFC 9297 and in the drafts of
// WebTransport over HTTP/3 and HTTP/2. Numbers above 2^53 - 1 are bigints.

import type { Varint } from "./varint.js";

/** What every capsule has. */
interface CapsuleHeader {
  readonly type: "capsule";
  readonly capsuleType: Varint;
  /** Value in bytes, as the capsule says it; above 2^53 - 1, the nearest number. */
  readonly length: number;
  /** Bytes before the capsule. */
  readonly offset: number;
  /** A copy, to own. */
  readonly value: Uint8Array;
}

/** A capsule longer than maxLength may have been passed over. */
interface SkippableHeader extends Omit<CapsuleHeader, "value"> {
  /** null: longer than maxLength, and passed over. */
  readonly value: Uint8Array | null;
}

/** The value is the payload of the datagram. */
export interface DatagramCapsule extends SkippableHeader {
  readonly name: "DATAGRAM";
}

/** A type without a name. */
export interface UnknownCapsule extends SkippableHeader {
  readonly name: "UNKNOWN";
}

export interface CloseSessionCapsule extends CapsuleHeader {
  readonly name: "WT_CLOSE_SESSION";
  readonly applicationErrorCode: number;
  readonly applicationErrorMessage: string;
}

export interface DrainSessionCapsule extends CapsuleHeader {
  readonly name: "WT_DRAIN_SESSION";
}

export interface PaddingCapsule extends CapsuleHeader {
  readonly name: "PADDING";
}

export interface ResetStreamCapsule extends CapsuleHeader {
  readonly name: "WT_RESET_STREAM";
  readonly streamId: Varint;
  readonly applicationErrorCode: Varint;
  /** Not in drafts before the tenth. */
  readonly reliableSize?: Varint;
}

export interface StopSendingCapsule extends CapsuleHeader {
  readonly name: "WT_STOP_SENDING";
  readonly streamId: Varint;
  readonly applicationErrorCode: Varint;
}

export interface StreamCapsule extends CapsuleHeader {
  readonly name: "WT_STREAM";
  readonly streamId: Varint;
  readonly streamData: Uint8Array;
  /** Whether the stream ends behind the data. */
  readonly fin: boolean;
}

export interface DataLimitCapsule extends CapsuleHeader {
  readonly name: "WT_MAX_DATA" | "WT_DATA_BLOCKED";
  readonly maximumData: Varint;
}

export interface StreamDataLimitCapsule extends CapsuleHeader {
  readonly name: "WT_MAX_STREAM_DATA" | "WT_STREAM_DATA_BLOCKED";
  readonly streamId: Varint;
  readonly maximumStreamData: Varint;
}

export interface StreamsLimitCapsule extends CapsuleHeader {
  readonly name: "WT_MAX_STREAMS" | "WT_STREAMS_BLOCKED";
  readonly maximumStreams: Varint;
  /** Which streams: the type says it. */
  readonly unidirectional: boolean;
}

/** Any capsule; `name` tells which. */
export type Capsule =
  | DatagramCapsule
  | UnknownCapsule
  | CloseSessionCapsule
  | DrainSessionCapsule
  | PaddingCapsule
  | ResetStreamCapsule
  | StopSendingCapsule
  | StreamCapsule
  | DataLimitCapsule
  | StreamDataLimitCapsule
  | StreamsLimitCapsule;
