// What the HTTP/2 reader tells, call by call in wire order (RFC 9113 section 6, RFC 7838, RFC 8336, RFC 9218).
// What it means for streams and the connection is decided above.

import type { ErrorCode } from "../abi/error-code.js";
import type { FieldSection } from "./field-section.js";

/**
 * Offsets are bytes of this connection before the first octet of the frame header, unless said otherwise. A call
 * that sets `stopped` is the last one.
 */
export interface H2ReaderSink {
  /** True ends the reading: looked at after each call. */
  readonly stopped: boolean;
  /** Server: the 24 octets of the connection preface were right. */
  onPreface?(): void;
  /** Every frame that is taken, refused streams' and CONTINUATION included, before its own call. */
  onFrame(type: number, flags: number, streamId: number, length: number, offset: number): void;
  /**
   * DATA, before any of its payload; `length` is the whole payload, with padding and its length. False: the bytes
   * are not wanted, and `onDataBytes` is not called.
   */
  onDataStart(
    streamId: number,
    flags: number,
    length: number,
    padLength: number,
    offset: number,
  ): boolean;
  /** Views of the chunk, never empty. */
  onDataBytes(streamId: number, bytes: Uint8Array): void;
  /** The whole payload and its padding are here, wanted or not. */
  onDataEnd(streamId: number, flags: number): void;
  /** DATA above the maximum frame size: `length` octets that count for flow control and nothing else. */
  onDataSkipped(streamId: number, length: number, offset: number): void;
  /** The field block is whole; `flags` and `offset` are those of the HEADERS frame. */
  onHeaders(streamId: number, flags: number, section: FieldSection, offset: number): void;
  /** The same of PUSH_PROMISE; `promisedId` is even and not 0. */
  onPushPromise(streamId: number, promisedId: number, section: FieldSection, offset: number): void;
  /** `weight` is 1 to 256. */
  onPriority(
    streamId: number,
    dependency: number,
    exclusive: boolean,
    weight: number,
    offset: number,
  ): void;
  onRstStream(streamId: number, errorCode: number, offset: number): void;
  /** Flat: [identifier, value, …] in wire order. One reused array. */
  onSettings(settings: readonly number[], offset: number): void;
  onSettingsAck(offset: number): void;
  /** `payload` is 8 bytes to own. */
  onPing(ack: boolean, payload: Uint8Array, offset: number): void;
  /** `debugData` is to own: at most debugDataLength of it. */
  onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array, offset: number): void;
  /** `increment` is above 0. */
  onWindowUpdate(streamId: number, increment: number, offset: number): void;
  /** Not called for a frame that RFC 7838 section 4 says to ignore. */
  onAltSvc(streamId: number, origin: string, value: string, offset: number): void;
  /** Entries that are no origin are left out; not called where an entry runs past the frame (RFC 8336 section 2). */
  onOrigin(streamId: number, flags: number, origins: readonly string[], offset: number): void;
  /** `prioritizedId` is not 0. */
  onPriorityUpdate(prioritizedId: number, value: string, offset: number): void;
  /** A type without a name; the payload is passed over as it comes. */
  onUnknown(type: number, flags: number, streamId: number, length: number, offset: number): void;
  /** A mistake that is the stream's alone: the frame above the maximum, or with a wrong length, or an increment of 0. */
  onStreamError(code: ErrorCode, streamId: number, offset: number): void;
  /** A mistake that ends the connection: the last call ever. `offset` is the offending octet's, or the frame's. */
  onError(code: ErrorCode, offset: number): void;
}
