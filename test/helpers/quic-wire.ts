// Octets of QUIC by hand: hex with blanks, numbers in any of their forms, packets with long and short headers. Nothing here
// uses the code under test.

import { varint } from "./h3-frames.js";

export { MAX_VARINT, varint } from "./h3-frames.js";

/** Octets, one part behind the other. */
export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

/** Octets of "c0 00000001 | 08", whatever stands between the digits. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/[^0-9a-f]/g, ""), "hex"));
}

/** Digits of octets. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** So many octets that count from `first`. */
export function octets(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => first + at);
}

export const V1 = 0x00000001;
export const V2 = 0x6b3343cf;

/** Type bits of long headers, as tables 5 of RFC 9000 and section 3.2 of RFC 9369 have them. */
const TYPE_BITS: Record<number, Record<string, number>> = {
  [V1]: { Initial: 0, "0-RTT": 1, Handshake: 2, Retry: 3 },
  [V2]: { Retry: 0, Initial: 1, "0-RTT": 2, Handshake: 3 },
};

/** What longPacket() may be told. */
export interface LongPacket {
  type?: "Initial" | "0-RTT" | "Handshake" | "Retry";
  version?: number;
  destination?: Uint8Array;
  source?: Uint8Array;
  token?: Uint8Array;
  /** Behind Length: packet number and ciphertext; of a Retry its token and tag. */
  body?: Uint8Array;
  /** What Length says, in place of what `body` has. */
  length?: number | bigint;
  /** Bits of the first octet that are put in place of the usual ones. */
  first?: number;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** First octet, version and ids. */
export function longHeader(
  first: number,
  version: number,
  destination: Uint8Array,
  source: Uint8Array,
): Uint8Array {
  return concat(
    [first],
    uint32(version),
    [destination.length],
    destination,
    [source.length],
    source,
  );
}

/** A packet with a long header; 30 octets of packet number and ciphertext if nothing else is said. */
export function longPacket(options: LongPacket = {}): Uint8Array {
  const {
    type = "Initial",
    version = V1,
    destination = octets(8),
    source = octets(5, 0x50),
  } = options;
  const { token = new Uint8Array(0), body = octets(30, 0xa0) } = options;
  const bits = TYPE_BITS[version]?.[type] ?? 0;
  const first = options.first ?? 0xc0 | (bits << 4);
  const header = longHeader(first, version, destination, source);
  if (type === "Retry") return concat(header, body);
  const prefix = type === "Initial" ? concat(varint(token.length), token) : new Uint8Array(0);
  return concat(header, prefix, varint(options.length ?? body.length), body);
}

/** A packet with a short header. */
export function shortPacket(
  destination: Uint8Array = octets(8),
  body: Uint8Array = octets(30, 0xa0),
  first = 0x40,
): Uint8Array {
  return concat([first], destination, body);
}

/** Version Negotiation. */
export function negotiation(versions: readonly number[], first = 0x80): Uint8Array {
  return concat(longHeader(first, 0, octets(8), octets(5, 0x50)), ...versions.map(uint32));
}
