// Transport parameters (RFC 9000 section 18) as builders write them: any id, any value, lengths that lie.

import { concat } from "../latin1.js";
import { type Octets, octets } from "../octets.js";
import { varint } from "../varint.js";
import type { Int } from "./frames.js";
import { QUIC_PARAMETER } from "./registry.js";

/** One parameter; `length` instead of the true one. */
export function parameter(id: Int, value: Octets | Int, length?: Int): Uint8Array {
  const bytes =
    typeof value === "number" || typeof value === "bigint" ? varint(value) : octets(value);
  return concat([varint(id), varint(length ?? bytes.length), bytes]);
}

/** preferred_address: addresses and ports, a connection id, a token. */
export function preferredAddress(id: Octets = "preferred", length?: number): Uint8Array {
  const bytes = octets(id);
  const parts = [
    Uint8Array.of(127, 0, 0, 1, 0x11, 0x51),
    new Uint8Array(18),
    Uint8Array.of(length ?? bytes.length),
    bytes,
    new Uint8Array(16).fill(0x77),
  ];
  return parameter(QUIC_PARAMETER.PREFERRED_ADDRESS, concat(parts));
}

/** What a correct client or server may say, but for its connection ids. */
export function usualParameters(): Uint8Array {
  const { MAX_IDLE_TIMEOUT, INITIAL_MAX_DATA, INITIAL_MAX_STREAMS_BIDI } = QUIC_PARAMETER;
  const data = QUIC_PARAMETER.INITIAL_MAX_STREAM_DATA_BIDI_REMOTE;
  return concat([
    parameter(MAX_IDLE_TIMEOUT, 30_000),
    parameter(INITIAL_MAX_DATA, 2 ** 24),
    parameter(data, 2 ** 20),
    parameter(QUIC_PARAMETER.INITIAL_MAX_STREAM_DATA_BIDI_LOCAL, 2 ** 20),
    parameter(QUIC_PARAMETER.INITIAL_MAX_STREAM_DATA_UNI, 2 ** 20),
    parameter(INITIAL_MAX_STREAMS_BIDI, 100),
    parameter(QUIC_PARAMETER.INITIAL_MAX_STREAMS_UNI, 100),
    parameter(QUIC_PARAMETER.ACTIVE_CONNECTION_ID_LIMIT, 8),
    parameter(QUIC_PARAMETER.MAX_DATAGRAM_FRAME_SIZE, 65_535),
  ]);
}
