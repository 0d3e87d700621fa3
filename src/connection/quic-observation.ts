// What a QuicObserver tells: one object for each thing that it saw, in the order of the wire.

import type { QuicFrame } from "../codec/quic-frame.js";
import type { QuicPacket } from "../codec/quic-packet.js";
import type { TransportParameter } from "../codec/quic-transport-parameters.js";
import type { Varint } from "../codec/varint.js";
import type { ProtocolError } from "../errors.js";

/** A UDP datagram as it was captured. */
export interface ObservedUdp {
  /** Address and port of the sender, in any spelling that is always the same: "192.0.2.1:443". */
  readonly source: string;
  readonly destination: string;
  readonly bytes: Uint8Array;
}

/** Who sent it. */
export type QuicSender = "client" | "server";

/** Why a packet stayed closed, or what it was instead of a packet. */
export type QuicClosedReason =
  | "no keys"
  | "retry"
  | "version negotiation"
  | "padding"
  | "not authentic"
  | "unknown version"
  | "stateless reset"
  | "malformed"
  | "unknown connection"
  | "unknown cipher suite";

interface Observed {
  /** Number of the connection, from 0; -1: of none that was seen. */
  readonly connection: number;
  readonly direction: QuicSender;
}

/** A connection begins. */
export interface ObservedConnectionStart extends Observed {
  readonly kind: "connection";
  readonly version: number;
  readonly client: string;
  readonly server: string;
}

/** A ClientHello or a ServerHello was read: what it says. */
export interface ObservedHello extends Observed {
  readonly kind: "hello";
  readonly clientRandom: Uint8Array;
  readonly serverName: string | null;
  /** Offered by the client; chosen, from the server's EncryptedExtensions on. */
  readonly alpn: readonly string[];
  /** null until the server chose. */
  readonly cipherSuite: number | null;
}

/** Transport parameters (RFC 9000 section 18), in their order. */
export interface ObservedParameters extends Observed {
  readonly kind: "parameters";
  readonly parameters: readonly TransportParameter[];
}

/** A packet, opened or not; or what stands behind the last packet of a datagram. */
export interface ObservedPacket extends Observed {
  readonly kind: "packet";
  /** As in RFC 9000: "Initial", "0-RTT", "Handshake", "Retry", "1-RTT", "Version Negotiation"; "Unknown", "Padding". */
  readonly packetType: string;
  /** null in short headers. */
  readonly version: number | null;
  /** null where the packet was not opened. */
  readonly packetNumber: bigint | null;
  /** Octets of it in the datagram, and where it begins there. */
  readonly length: number;
  readonly at: number;
  readonly decrypted: boolean;
  /** null where it was opened. */
  readonly reason: QuicClosedReason | null;
  /** Its header; null for padding and what is no packet. */
  readonly packet: QuicPacket | null;
  /** The bit of a 1-RTT packet; null elsewhere. */
  readonly keyPhase: 0 | 1 | null;
  /** Its frames, decrypted; null where it was not opened. */
  readonly payload: Uint8Array | null;
  readonly frames: readonly QuicFrame[];
  /** It came before: what its frames say was told then. */
  readonly isDuplicate: boolean;
  /** The datagram that it came in, where it had to wait for another one; null: it is in the one that was just given. */
  readonly late: ObservedUdp | null;
}

/** Data of a stream, in order, each octet once. */
export interface ObservedStream extends Observed {
  readonly kind: "stream";
  readonly streamId: Varint;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly fin: boolean;
}

/** Octets of a stream that are not in the input: what comes next stands behind them. */
export interface ObservedGap extends Observed {
  readonly kind: "gap";
  readonly streamId: Varint;
  readonly offset: number;
  readonly length: number;
}

/** RESET_STREAM or RESET_STREAM_AT. */
export interface ObservedReset extends Observed {
  readonly kind: "reset";
  readonly streamId: Varint;
  readonly code: Varint;
  readonly finalSize: Varint;
}

/** STOP_SENDING: the receiver of the stream sent it. */
export interface ObservedStopSending extends Observed {
  readonly kind: "stopSending";
  readonly streamId: Varint;
  readonly code: Varint;
}

/** A DATAGRAM frame (RFC 9221). */
export interface ObservedDatagram extends Observed {
  readonly kind: "datagram";
  readonly bytes: Uint8Array;
}

/** CONNECTION_CLOSE. */
export interface ObservedClose extends Observed {
  readonly kind: "close";
  readonly isApplication: boolean;
  readonly code: Varint;
  readonly frameType: Varint | null;
  readonly reason: Uint8Array;
}

/** The client has another address (RFC 9000 section 9), or a NAT gave it one. */
export interface ObservedMigration extends Observed {
  readonly kind: "migration";
  readonly client: string;
  readonly server: string;
}

/** The sender's next keys are in use (RFC 9001 section 6). */
export interface ObservedKeyUpdate extends Observed {
  readonly kind: "keyUpdate";
  readonly keyPhase: 0 | 1;
}

/** A violation, by the sender. */
export interface ObservedError extends Observed {
  readonly kind: "error";
  readonly error: ProtocolError;
  /** Type of the frame that it is about, where it is about one. */
  readonly frameType: Varint | null;
}

export type QuicObservation =
  | ObservedConnectionStart
  | ObservedHello
  | ObservedParameters
  | ObservedPacket
  | ObservedStream
  | ObservedGap
  | ObservedReset
  | ObservedStopSending
  | ObservedDatagram
  | ObservedClose
  | ObservedMigration
  | ObservedKeyUpdate
  | ObservedError;

/** An observation before the number of its connection is added. */
export type ObservationDraft<Any = QuicObservation> = Any extends QuicObservation
  ? Omit<Any, "connection">
  : never;

export type ObservedPacketDraft = Omit<ObservedPacket, "connection">;

/** The other side. */
export function otherSide(side: QuicSender): QuicSender {
  return side === "client" ? "server" : "client";
}
