// Payloads of the short frames of HTTP/3 (RFC 9114 section 7.2, RFC 9218 section 7.2, RFC 9412). Nothing here keeps a
// payload or throws; what is not exactly the fields of its frame gives -1 or null: H3_FRAME_INVALID.
// Rules: H3-FRM-2, H3-FRM-34.

import { latin1Reader } from "../engine/latin1.js";
import { readOrigins } from "./origins.js";
import { readVarint, readVarintExact, type Varint, varintSize } from "./varint.js";

/** PRIORITY_UPDATE of a request or a push. */
export interface PriorityUpdate {
  /** Prioritized Element ID: a stream, or a push. */
  readonly id: Varint;
  /** One character a byte. */
  readonly value: string;
}

/** The number that CANCEL_PUSH, GOAWAY and MAX_PUSH_ID are; nearest number above 2^53 - 1. */
export function parseVarintPayload(bytes: Uint8Array, from: number, to: number): number {
  return isOneVarint(bytes, from, to) ? readVarint(bytes, from, to) : -1;
}

/** The same, exactly. */
export function parseVarintPayloadExact(bytes: Uint8Array, from: number, to: number): Varint {
  return isOneVarint(bytes, from, to) ? readVarintExact(bytes, from, to) : -1;
}

function isOneVarint(bytes: Uint8Array, from: number, to: number): boolean {
  return from < to && to - from === varintSize(bytes[from] as number);
}

/** Push id of a PUSH_PROMISE, exactly; the encoded field section follows at `from + varintSize(bytes[from])`. */
export function parsePushId(bytes: Uint8Array, from: number, to: number): Varint {
  return readVarintExact(bytes, from, to);
}

/** Fields of a PRIORITY_UPDATE. */
export function parsePriorityUpdate(
  bytes: Uint8Array,
  from: number,
  to: number,
): PriorityUpdate | null {
  const id = readVarintExact(bytes, from, to);
  if (id === -1) return null;
  const start = from + varintSize(bytes[from] as number);
  return { id, value: latin1Reader(bytes)(start, to) };
}

/** Entries of an ORIGIN frame, those that are no origins included (isOrigin tells). */
export function parseOrigin(bytes: Uint8Array, from: number, to: number): string[] | null {
  return readOrigins(bytes, latin1Reader(bytes), from, to);
}
