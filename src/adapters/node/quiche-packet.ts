// What can be read of a QUIC packet without keys, whatever its version (RFC 8999): enough to find its connection,
// and no more. quiche has the same as `Header.fromSlice`, at the price of several objects a packet.

/** Bytes of the connection ids that we give out. */
export const ID_LENGTH = 16;

/** The first packet of a datagram. */
export interface LongHeader {
  readonly version: number;
  readonly destinationId: Uint8Array;
  readonly sourceId: Uint8Array;
  /** Only of an Initial of version 1 or 2: empty where it has none. */
  readonly token: Uint8Array;
  readonly isInitial: boolean;
}

/** The connection id that a datagram is for, one character a byte; "": it is too short to have one of ours. */
export function destinationOf(packet: Buffer): string {
  const first = packet[0] as number;
  if ((first & 0x80) === 0)
    return packet.length > ID_LENGTH ? packet.toString("latin1", 1, 1 + ID_LENGTH) : "";
  const length = packet[5] ?? 0;
  return packet.length >= 6 + length ? packet.toString("latin1", 6, 6 + length) : "";
}

/** Reads a long header; null where the packet has none, or is cut off inside of it. */
export function longHeaderOf(packet: Buffer): LongHeader | null {
  if (packet.length < 7 || ((packet[0] as number) & 0x80) === 0) return null;
  const version = packet.readUInt32BE(1);
  const destinationEnd = 6 + (packet[5] as number);
  const sourceLength = packet[destinationEnd];
  if (sourceLength === undefined) return null;
  const sourceEnd = destinationEnd + 1 + sourceLength;
  if (sourceEnd > packet.length) return null;
  const isInitial = ((packet[0] as number) & 0x30) === 0;
  const token = isInitial ? tokenAt(packet, sourceEnd) : new Uint8Array(0);
  if (token === null) return null;
  return {
    version,
    destinationId: packet.subarray(6, destinationEnd),
    sourceId: packet.subarray(destinationEnd + 1, sourceEnd),
    token,
    isInitial,
  };
}

/** A length (RFC 9000 section 16; those above 2^14 fit no packet), then as many bytes. */
function tokenAt(packet: Buffer, at: number): Uint8Array | null {
  const first = packet[at];
  if (first === undefined || first >= 0x80) return null;
  const isLong = first >= 0x40;
  const length = isLong ? ((first & 0x3f) << 8) | (packet[at + 1] ?? 0) : first;
  const from = at + (isLong ? 2 : 1);
  return from + length <= packet.length ? packet.subarray(from, from + length) : null;
}
