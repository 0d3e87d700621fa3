// Versions of QUIC that are known, and what differs between them in a header: the two type bits (RFC 9000 section 17.2,
// RFC 9369 section 3.2).
// Rules: Q-V2-1.

import { QUIC_V1, QUIC_V2, QUIC_V2_DRAFT, type QuicPacketKind } from "../abi/quic-wire.js";

/** Version 1 (RFC 9000). */
export const VERSION_1: number = QUIC_V1;
/** Version 2 (RFC 9369). */
export const VERSION_2: number = QUIC_V2;

/** Whether packets of this version can be read. */
export function isKnownVersion(version: number): boolean {
  return version === QUIC_V1 || isVersion2(version);
}

/** Version 2, or the draft of it. */
export function isVersion2(version: number): boolean {
  return version === QUIC_V2 || version === QUIC_V2_DRAFT;
}

/** Type of a packet with a long header of a known version, by its two type bits. */
export function longPacketKind(version: number, bits: number): QuicPacketKind {
  // Version 2 has Retry 0, Initial 1, 0-RTT 2, Handshake 3.
  return isVersion2(version) ? (bits + 3) & 3 : bits;
}

/** The two type bits of a packet with a long header. */
export function longPacketBits(version: number, kind: QuicPacketKind): number {
  return isVersion2(version) ? (kind + 1) & 3 : kind;
}

/** Salts and keys of a version, as the RFCs write them. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}
