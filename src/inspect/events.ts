// What tercet/inspect says about bytes: plain objects, one a line with `--json` (bytes as hex, integers above 2^53 - 1 as
// strings). Every event has its name in `event`.

/** Who sent the bytes. */
export type Direction = "client" | "server";

/** What every event has. */
export interface InspectBase {
  /** Number of the connection in this input, from 0. -1: of none (the input itself). */
  readonly connection: number;
  readonly direction: Direction;
  /**
   * Where: of a QUIC `packet`, and of an `error` of the capture, bytes of the input before it; else bytes of this direction of the
   * connection (HTTP/3 and QUIC: of this direction of the stream) before it, as it carries them (behind TLS).
   */
  readonly offset: number;
  /** When its last byte was captured: seconds since 1970. null where the input has no times. */
  readonly time: number | null;
}

/** Why a packet or record was not opened; these names are all there are. */
export type ClosedReason =
  /** No key log, or no line of it belongs to this connection and these packets. */
  | "no keys"
  /** Retry and Version Negotiation have nothing to decrypt. */
  | "retry"
  | "version negotiation"
  /** Octets behind the last packet of a datagram. */
  | "padding"
  /** The key is there, but the packet does not open: damaged, forged, or of another connection. */
  | "not authentic"
  /** A version of QUIC that is not known. */
  | "unknown version"
  /** It ends as a stateless reset token that was seen. */
  | "stateless reset"
  /** Not a packet: too short, the fixed bit is 0, lengths that do not fit. */
  | "malformed"
  /** No connection of the input that it belongs to. */
  | "unknown connection"
  /** A cipher suite that is not known or has no AEAD. */
  | "unknown cipher suite";

/** Wire protocols that events name. */
export type InspectProtocol =
  | "http/1.1"
  | "h2"
  | "h3"
  | "hpack"
  | "qpack"
  | "quic"
  | "tls"
  | "tcp"
  | "udp"
  | "ip"
  | "capture"
  | "unknown";

interface OfProtocol extends InspectBase {
  readonly protocol: InspectProtocol;
}
/** A field as the wire has it: latin1. */
export type FieldPair = readonly [name: string, value: string];

/** A connection begins: who talks to whom, as far as the input says it. Protocols are told as they are found. */
export interface InspectConnection extends OfProtocol {
  readonly event: "connection";
  readonly client: string | null;
  readonly server: string | null;
  readonly alpn: string | null;
  readonly serverName: string | null;
  /** "TLS 1.3", "QUIC v1", or null in the clear. */
  readonly security: string | null;
  readonly cipherSuite: string | null;
}
/** A packet of QUIC, or a record of TLS. */
export interface InspectPacket extends OfProtocol {
  readonly event: "packet";
  readonly packetType: string;
  /** null where it is protected and was not opened. */
  readonly packetNumber: number | bigint | null;
  readonly length: number;
  readonly decrypted: boolean;
  readonly reason: ClosedReason | null;
}
/** A frame: its wire fields stand beside these, named as in the RFC in camelCase. */
export interface InspectFrame extends OfProtocol {
  readonly event: "frame";
  readonly name: string;
  readonly streamId: number | bigint | null;
  readonly length: number;
  readonly rfc: string;
  readonly [field: string]: unknown;
}
/** A message's head, an informational head, trailers. */
export interface InspectFields extends OfProtocol {
  readonly event: "head" | "informational" | "trailers" | "push";
  readonly streamId: number | bigint;
  /** Wire order, pseudo-fields included; HTTP/1.1 has its start line in method, target, status and reason. */
  readonly headers: readonly FieldPair[];
  /** HTTP/1.1: the start line. */
  readonly startLine?: string;
  /** Octets of the section as it came, compressed; and names and values without compression. */
  readonly wireLength: number;
  readonly fieldLength: number;
  /** `push`: the stream (HTTP/2) or push id (HTTP/3) that is promised. */
  readonly promisedId?: number | bigint;
}
export interface InspectData extends OfProtocol {
  readonly event: "data";
  readonly streamId: number | bigint;
  readonly length: number;
}
export interface InspectEnd extends OfProtocol {
  readonly event: "end";
  readonly streamId: number | bigint;
}
export interface InspectReset extends OfProtocol {
  readonly event: "reset";
  readonly streamId: number | bigint;
  readonly code: number | bigint;
}
export interface InspectSettings extends OfProtocol {
  readonly event: "settings";
  readonly streamId: number | bigint;
  readonly settings: readonly (readonly [id: number | bigint, value: number | bigint])[];
}
export interface InspectGoaway extends OfProtocol {
  readonly event: "goaway";
  readonly streamId: number | bigint;
  readonly lastStreamId: number | bigint;
  readonly code: number | bigint;
}
/** A violation. In order with the rest; without `--lenient` the last one of its scope. */
export interface InspectError extends OfProtocol {
  readonly event: "error";
  readonly code: string;
  readonly rule: string;
  readonly rfc: string;
  readonly scope: "message" | "stream" | "connection";
  readonly streamId: number | bigint | null;
  /** Code for the wire: RST_STREAM, GOAWAY, STOP_SENDING, CONNECTION_CLOSE; null where the protocol has none for it. */
  readonly wireCode: number | null;
  /** What is wrong, for people. */
  readonly message: string;
}
/** Bytes that are missing in the input (packets that were lost in capturing). */
export interface InspectGap extends OfProtocol {
  readonly event: "gap";
  readonly length: number;
}
/** The last event: what was there, and what could not be opened and why. */
export interface InspectSummary extends InspectBase {
  readonly event: "summary";
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  readonly messages: number;
  readonly errors: number;
  /** Packets and records that stayed closed, by reason. */
  readonly closed: Readonly<Record<string, number>>;
  /** Packets of the capture that are no TCP or UDP, by what they are. */
  readonly other: Readonly<Record<string, number>>;
}

export type InspectEvent =
  | InspectConnection
  | InspectPacket
  | InspectFrame
  | InspectFields
  | InspectData
  | InspectEnd
  | InspectReset
  | InspectSettings
  | InspectGoaway
  | InspectError
  | InspectGap
  | InspectSummary;

/** An event before the connection's number and the time are added by who runs the inspector. */
export type Draft<Event = InspectEvent> = Event extends InspectEvent
  ? Omit<Event, "connection" | "time">
  : never;

/** Reads one protocol on one connection, both directions. Gives events in order; never throws on bytes. */
export interface ProtocolInspector {
  readonly protocol: InspectProtocol;
  /** Bytes of one direction, in order. A view, valid during the call. */
  receive(direction: Direction, bytes: Uint8Array): Draft[];
  /** So many bytes of this direction are missing. */
  gap(direction: Direction, length: number): Draft[];
  /** This direction is over. */
  end(direction: Direction): Draft[];
}
