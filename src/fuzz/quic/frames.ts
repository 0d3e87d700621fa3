// QUIC frames written by plain, obvious code (RFC 9000 section 19, RFC 9221, drafts): what attack rows and arbitraries are made
// of. It can write what no correct sender does: lengths that lie, types in long encodings, ranges below zero.

import { concat } from "../latin1.js";
import { type Octets, octets } from "../octets.js";
import { varint } from "../varint.js";
import { QUIC_FRAME } from "./registry.js";

/** A number as QUIC has them. */
export type Int = number | bigint;

/** Integers one behind the other. */
export function ints(...values: readonly Int[]): Uint8Array {
  return concat(values.map((value) => varint(value)));
}

/** Any type, its fields as integers, and what comes behind them. */
export function frame(
  type: Int,
  fields: readonly Int[] = [],
  ...parts: readonly Octets[]
): Uint8Array {
  return concat([varint(type), ints(...fields), ...parts.map(octets)]);
}

/** PADDING, a run of it. */
export function padding(length = 1): Uint8Array {
  return new Uint8Array(length);
}

/** PING. */
export function ping(): Uint8Array {
  return frame(QUIC_FRAME.PING);
}

/** What ACK may have beside the largest number. */
export interface AckFields {
  readonly delay?: Int;
  readonly first?: Int;
  /** Gap and length of each further range. */
  readonly ranges?: readonly (readonly [gap: Int, length: Int])[];
  /** Instead of the true count. */
  readonly count?: Int;
  /** ECT(0), ECT(1), ECN-CE: makes it type 0x03. */
  readonly ecn?: readonly Int[];
}

/** ACK. */
export function ack(
  largest: Int,
  { delay = 0, first = 0, ranges = [], count, ecn }: AckFields = {},
): Uint8Array {
  const type = ecn === undefined ? QUIC_FRAME.ACK : QUIC_FRAME.ACK_ECN;
  const fields = [largest, delay, count ?? ranges.length, first, ...ranges.flat(), ...(ecn ?? [])];
  return frame(type, fields);
}

/** RESET_STREAM. */
export function resetStream(streamId: Int, code: Int, finalSize: Int): Uint8Array {
  return frame(QUIC_FRAME.RESET_STREAM, [streamId, code, finalSize]);
}

/** STOP_SENDING. */
export function stopSending(streamId: Int, code: Int): Uint8Array {
  return frame(QUIC_FRAME.STOP_SENDING, [streamId, code]);
}

/** CRYPTO; `length` instead of the true one. */
export function crypto(offset: Int, data: Octets, length?: Int): Uint8Array {
  const bytes = octets(data);
  return frame(QUIC_FRAME.CRYPTO, [offset, length ?? bytes.length], bytes);
}

/** NEW_TOKEN. */
export function newToken(token: Octets, length?: Int): Uint8Array {
  const bytes = octets(token);
  return frame(QUIC_FRAME.NEW_TOKEN, [length ?? bytes.length], bytes);
}

/** What STREAM may have. */
export interface StreamFields {
  readonly offset?: Int;
  readonly fin?: boolean;
  /** A length that is not the true one; null: none, the data goes on to the end of the packet. */
  readonly length?: Int | null;
}

/** STREAM. */
export function stream(
  streamId: Int,
  data: Octets,
  { offset = 0, fin = false, length }: StreamFields = {},
): Uint8Array {
  const bytes = octets(data);
  const hasOffset = BigInt(offset) > 0n;
  const bits = (hasOffset ? 4 : 0) | (length === null ? 0 : 2) | (fin ? 1 : 0);
  const fields = [streamId, ...(hasOffset ? [offset] : [])];
  if (length !== null) fields.push(length ?? bytes.length);
  return frame(QUIC_FRAME.STREAM | bits, fields, bytes);
}

/** NEW_CONNECTION_ID; `length` instead of the true one. */
export function newConnectionId(
  sequence: Int,
  retirePriorTo: Int,
  id: Octets,
  token: Octets = new Uint8Array(16).fill(0x5a),
  length?: number,
): Uint8Array {
  const bytes = octets(id);
  const fields = [sequence, retirePriorTo];
  return frame(
    QUIC_FRAME.NEW_CONNECTION_ID,
    fields,
    Uint8Array.of(length ?? bytes.length),
    bytes,
    token,
  );
}

/** RETIRE_CONNECTION_ID. */
export function retireConnectionId(sequence: Int): Uint8Array {
  return frame(QUIC_FRAME.RETIRE_CONNECTION_ID, [sequence]);
}

/** PATH_CHALLENGE. */
export function pathChallenge(data: Octets = "12345678"): Uint8Array {
  return frame(QUIC_FRAME.PATH_CHALLENGE, [], data);
}

/** PATH_RESPONSE. */
export function pathResponse(data: Octets = "12345678"): Uint8Array {
  return frame(QUIC_FRAME.PATH_RESPONSE, [], data);
}

/** CONNECTION_CLOSE of the transport. */
export function close(code: Int, frameType: Int, reason: Octets = "", length?: Int): Uint8Array {
  const bytes = octets(reason);
  return frame(QUIC_FRAME.CONNECTION_CLOSE, [code, frameType, length ?? bytes.length], bytes);
}

/** CONNECTION_CLOSE of the application. */
export function closeApplication(code: Int, reason: Octets = "", length?: Int): Uint8Array {
  const bytes = octets(reason);
  return frame(QUIC_FRAME.CONNECTION_CLOSE_APPLICATION, [code, length ?? bytes.length], bytes);
}

/** HANDSHAKE_DONE. */
export function handshakeDone(): Uint8Array {
  return frame(QUIC_FRAME.HANDSHAKE_DONE);
}

/** DATAGRAM (RFC 9221); without a length it goes on to the end of the packet. */
export function datagram(data: Octets, length?: Int | null): Uint8Array {
  const bytes = octets(data);
  if (length === null) return frame(QUIC_FRAME.DATAGRAM, [], bytes);
  return frame(QUIC_FRAME.DATAGRAM_WITH_LENGTH, [length ?? bytes.length], bytes);
}

/** Frames of integers alone, by name: their type and how many integers they have. */
export const INTEGER_FRAMES: readonly (readonly [type: number, count: number])[] = [
  [QUIC_FRAME.RESET_STREAM, 3],
  [QUIC_FRAME.STOP_SENDING, 2],
  [QUIC_FRAME.MAX_DATA, 1],
  [QUIC_FRAME.MAX_STREAM_DATA, 2],
  [QUIC_FRAME.MAX_STREAMS_BIDI, 1],
  [QUIC_FRAME.MAX_STREAMS_UNI, 1],
  [QUIC_FRAME.DATA_BLOCKED, 1],
  [QUIC_FRAME.STREAM_DATA_BLOCKED, 2],
  [QUIC_FRAME.STREAMS_BLOCKED_BIDI, 1],
  [QUIC_FRAME.STREAMS_BLOCKED_UNI, 1],
  [QUIC_FRAME.RETIRE_CONNECTION_ID, 1],
  [QUIC_FRAME.RESET_STREAM_AT, 4],
  [QUIC_FRAME.ACK_FREQUENCY, 4],
];
