// What one round on the server is made of, in ns, and who gets it.

import type { ProtocolError } from "../../index.js";

/** What is measured once more, right after the trip, on the same bytes: code and data are in the caches then. */
export interface Again {
  /** All of it: what `parse` costs warm. */
  readonly parse: number;
  /** HTTP/2: the field blocks alone, by HpackDecoder; HTTP/3: the field sections, by QpackDecoder. */
  readonly hpack: number | null;
  /** HTTP/2, HTTP/3: bytes of the field blocks, and of the names and values in them. */
  readonly blockLength: number;
  readonly fieldLength: number;
  /** HTTP/3: the packets of the trip; null: not HTTP/3. */
  readonly packets: PacketWork | null;
}

/** What the packets of a trip that came cost apart from each other, opened once more by tercet/quic. */
export interface PacketWork {
  /** Datagrams to packets: headers, their protection still on. */
  readonly headers: number;
  /** Header protection and AEAD. */
  readonly decrypt: number;
  /** Payloads to frames. */
  readonly frames: number;
  readonly count: number;
  readonly frameCount: number;
  /** Octets of the packets. */
  readonly length: number;
}

/** What one round cost at each stop. */
export interface Trip {
  /** null: the connection was there already. */
  accept: number | null;
  /** null in these: no TLS. */
  handshake: number | null;
  decrypt: number | null;
  encrypt: number | null;
  read: number;
  parse: number;
  again: Again;
  /** null: there was nothing to decode. */
  gunzip: number | null;
  json: number | null;
  process: number;
  serialize: number;
  drain: number;
  /** From the start of accept (of the wait, on a connection that was there) to the end of drain. */
  wall: number;
  /** Without TLS. */
  bytesIn: number;
  bytesOut: number;
  reads: number;
  writes: number;
  requests: number;
  /** Fields of the last request. */
  fields: number;
  failure: ProtocolError | null;
}

/** What clients are to speak: in the clear, over TLS, and over QUIC. */
export type Protocol = "http/1.1" | "h2c" | "h2" | "h3";

/** Who gets the trips, and how many requests make one. */
export interface Recorder {
  readonly protocol: Protocol;
  readonly requests: number;
  /** Content is not consumed for so long, once so many bytes of it have come; 0: at once. */
  readonly holdMs: number;
  readonly holdLength: number;
  add(trip: Trip): void;
}

const NOT_YET: Again = { parse: 0, hpack: null, blockLength: 0, fieldLength: 0, packets: null };

export function emptyTrip(accept: number | null): Trip {
  return {
    ...{ accept, handshake: null, read: 0, decrypt: null, parse: 0, again: NOT_YET },
    ...{ gunzip: null, json: null, process: 0, serialize: 0, encrypt: null, drain: 0, wall: 0 },
    ...{ bytesIn: 0, bytesOut: 0, reads: 0, writes: 0, requests: 0, fields: 0, failure: null },
  };
}
