// QUIC packets as they lie in datagrams, not protected (RFC 8999, RFC 9000 section 17, RFC 9369 section 3.2): headers with any
// field wrong, several packets in one datagram, what stands behind them. Protected ones: `QuicPeers`.

import { concat } from "../latin1.js";
import { type Octets, octets, uint } from "../octets.js";
import { varint } from "../varint.js";
import type { Int } from "./frames.js";
import { QUIC_VERSION } from "./registry.js";

/** Bits of the type of long headers, by version. */
const TYPE_BITS: Readonly<Record<string, number>> = {
  Initial: 0,
  "0-RTT": 1,
  Handshake: 2,
  Retry: 3,
};

/** What a long header may have; what is not given is as a correct sender has it. */
export interface LongHeaderFields {
  readonly version?: number;
  readonly destination?: Octets;
  readonly source?: Octets;
  /** Lengths in place of the true ones. */
  readonly destinationLength?: number;
  readonly sourceLength?: number;
  /** Initial: its token. */
  readonly token?: Octets;
  readonly tokenLength?: Int;
  /** In place of the true length of packet number and payload. */
  readonly length?: Int;
  /** First octet in place of the right one. */
  readonly first?: number;
  /** Octets of the packet number, 1 to 4. */
  readonly packetNumber?: Octets;
}

/** First octet of a long header of this type. */
export function longFirst(type: string, version: number, low = 0): number {
  const bits = TYPE_BITS[type] ?? 0;
  const shifted = version === QUIC_VERSION.V2 ? (bits + 1) & 3 : bits;
  return 0xc0 | (shifted << 4) | low;
}

/** Version, connection ids and their lengths: the invariant part (RFC 8999 section 5.1). */
export function invariant(first: number, fields: LongHeaderFields): Uint8Array {
  const destination = octets(fields.destination ?? "destinat");
  const source = octets(fields.source ?? "source");
  return concat([
    Uint8Array.of(first),
    uint(fields.version ?? QUIC_VERSION.V1, 4),
    Uint8Array.of(fields.destinationLength ?? destination.length),
    destination,
    Uint8Array.of(fields.sourceLength ?? source.length),
    source,
  ]);
}

/** A packet with a long header; `payload` stands for what is protected, its tag included. */
export function longPacket(
  type: "Initial" | "0-RTT" | "Handshake",
  payload: Octets,
  fields: LongHeaderFields = {},
): Uint8Array {
  const packetNumber = octets(fields.packetNumber ?? "\0");
  const version = fields.version ?? QUIC_VERSION.V1;
  const body = octets(payload);
  const token = octets(fields.token ?? "");
  return concat([
    invariant(fields.first ?? longFirst(type, version, packetNumber.length - 1), fields),
    ...(type === "Initial" ? [varint(fields.tokenLength ?? token.length), token] : []),
    varint(fields.length ?? packetNumber.length + body.length),
    packetNumber,
    body,
  ]);
}

/** A packet with a short header. */
export function shortPacket(destination: Octets, payload: Octets, first = 0x40): Uint8Array {
  return concat([Uint8Array.of(first), octets(destination), octets(payload)]);
}

/** Version Negotiation; `rest` stands behind the versions. */
export function versionNegotiation(
  versions: readonly number[],
  fields: LongHeaderFields & { readonly rest?: Octets } = {},
): Uint8Array {
  return concat([
    invariant(fields.first ?? 0xca, { ...fields, version: QUIC_VERSION.NEGOTIATION }),
    ...versions.map((version) => uint(version, 4)),
    octets(fields.rest ?? ""),
  ]);
}

/** Retry without its integrity tag. */
export function retryWithoutTag(token: Octets, fields: LongHeaderFields = {}): Uint8Array {
  const first = fields.first ?? longFirst("Retry", fields.version ?? QUIC_VERSION.V1);
  return concat([invariant(first, fields), octets(token)]);
}

/** Retry with any tag. */
export function retry(
  token: Octets,
  fields: LongHeaderFields = {},
  tag: Octets = new Uint8Array(16),
): Uint8Array {
  return concat([retryWithoutTag(token, fields), octets(tag)]);
}
