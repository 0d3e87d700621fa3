// Values of the capsules that have fields, read and written (RFC 9297 section 3.5, draft-ietf-webtrans-http3 sections 5.6
// and 6, draft-ietf-webtrans-http2 section 6): ONE table of type, name and numbers, and what stands behind the numbers.
// Nothing here throws.
// Rules: H3-CAP-3, H3-WT-9.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { readVarintExact, type Varint, varintSize } from "./varint.js";

/** Names of capsules, as the RFC and the drafts spell them. */
export type CapsuleName =
  | "DATAGRAM"
  | "PADDING"
  | "WT_CLOSE_SESSION"
  | "WT_DRAIN_SESSION"
  | "WT_RESET_STREAM"
  | "WT_STOP_SENDING"
  | "WT_STREAM"
  | "WT_MAX_DATA"
  | "WT_MAX_STREAM_DATA"
  | "WT_MAX_STREAMS"
  | "WT_DATA_BLOCKED"
  | "WT_STREAM_DATA_BLOCKED"
  | "WT_STREAMS_BLOCKED";

/** Fields that are one variable-length integer. */
export type CapsuleNumber =
  | "streamId"
  | "applicationErrorCode"
  | "reliableSize"
  | "maximumData"
  | "maximumStreamData"
  | "maximumStreams";

/** One capsule type. */
export interface CapsuleShape {
  readonly name: CapsuleName;
  /** Numbers in front. */
  readonly numbers: readonly CapsuleNumber[];
  /** How many of the last numbers may be missing. */
  readonly optional: number;
  /** The rest: bytes of that name; absent: nothing may follow. */
  readonly rest?: "payload" | "padding" | "streamData";
}

const shape = (
  name: CapsuleName,
  numbers: readonly CapsuleNumber[],
  rest?: CapsuleShape["rest"],
  optional = 0,
): CapsuleShape => ({ name, numbers, optional, ...(rest === undefined ? {} : { rest }) });

/** The capsules that are numbers and bytes. WT_CLOSE_SESSION, which is neither, has its own row without any. */
const SHAPES: ReadonlyMap<Varint, CapsuleShape> = new Map<Varint, CapsuleShape>([
  [CapsuleType.Datagram, shape("DATAGRAM", [], "payload")],
  [CapsuleType.WtCloseSession, shape("WT_CLOSE_SESSION", [])],
  [CapsuleType.WtDrainSession, shape("WT_DRAIN_SESSION", [])],
  [CapsuleType.WtPadding, shape("PADDING", [], "padding")],
  // Reliable Size came with draft 10 of WebTransport over HTTP/2.
  [
    CapsuleType.WtResetStream,
    shape("WT_RESET_STREAM", ["streamId", "applicationErrorCode", "reliableSize"], undefined, 1),
  ],
  [CapsuleType.WtStopSending, shape("WT_STOP_SENDING", ["streamId", "applicationErrorCode"])],
  [CapsuleType.WtStream, shape("WT_STREAM", ["streamId"], "streamData")],
  [CapsuleType.WtStreamFin, shape("WT_STREAM", ["streamId"], "streamData")],
  [CapsuleType.WtMaxData, shape("WT_MAX_DATA", ["maximumData"])],
  [CapsuleType.WtMaxStreamData, shape("WT_MAX_STREAM_DATA", ["streamId", "maximumStreamData"])],
  [CapsuleType.WtMaxStreamsBidi, shape("WT_MAX_STREAMS", ["maximumStreams"])],
  [CapsuleType.WtMaxStreamsUni, shape("WT_MAX_STREAMS", ["maximumStreams"])],
  [CapsuleType.WtDataBlocked, shape("WT_DATA_BLOCKED", ["maximumData"])],
  [
    CapsuleType.WtStreamDataBlocked,
    shape("WT_STREAM_DATA_BLOCKED", ["streamId", "maximumStreamData"]),
  ],
  [CapsuleType.WtStreamsBlockedBidi, shape("WT_STREAMS_BLOCKED", ["maximumStreams"])],
  [CapsuleType.WtStreamsBlockedUni, shape("WT_STREAMS_BLOCKED", ["maximumStreams"])],
]);

/** What the capsules of a type have; undefined for a type without a name. */
export function capsuleShape(type: Varint): CapsuleShape | undefined {
  return SHAPES.get(type);
}

/** Whether the type has a name. */
export function isKnownCapsule(type: Varint): boolean {
  return SHAPES.has(type);
}

/**
 * Reads the numbers of a capsule into `out`, in the order of its shape.
 * @returns where the rest begins; -1 where the value is not exactly the fields of its shape
 */
export function readCapsuleNumbers(
  { numbers, optional, rest }: CapsuleShape,
  value: Uint8Array,
  out: Varint[],
): number {
  const { length } = value;
  let at = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (at === length && i >= numbers.length - optional) break;
    const number = readVarintExact(value, at, length);
    if (number === -1) return -1;
    at += varintSize(value[at] as number);
    out.push(number);
  }
  return rest === undefined && at !== length ? -1 : at;
}

/** Octets of the code of WT_CLOSE_SESSION. */
export const CLOSE_CODE_LENGTH = 4;
/** Longest message of WT_CLOSE_SESSION, in bytes. */
export const CLOSE_MESSAGE_MAX = 1024;

/** What WT_CLOSE_SESSION says. */
export interface CloseSession {
  readonly applicationErrorCode: number;
  readonly applicationErrorMessage: string;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value of WT_CLOSE_SESSION; null where it has no code, or a message that is too long or not in UTF-8. */
export function readCloseSession(value: Uint8Array): CloseSession | null {
  const { length } = value;
  if (length < CLOSE_CODE_LENGTH || length > CLOSE_CODE_LENGTH + CLOSE_MESSAGE_MAX) return null;
  const [a = 0, b = 0, c = 0, d = 0] = value;
  const applicationErrorCode = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  try {
    const applicationErrorMessage = UTF8.decode(value.subarray(CLOSE_CODE_LENGTH));
    return { applicationErrorCode, applicationErrorMessage };
  } catch {
    return null;
  }
}

/** The code of a value that is not what its type has. */
export function capsuleFault(type: Varint): ErrorCode {
  if (type === CapsuleType.WtCloseSession) return ErrorCode.WT_CLOSE_INVALID;
  return ErrorCode.WT_CAPSULE_INVALID;
}
