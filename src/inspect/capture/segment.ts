// What a captured packet carries: a datagram of UDP, a segment of TCP, or something else.

/** A datagram of UDP (RFC 768). */
export interface UdpSegment {
  readonly kind: "udp";
  /** When it was captured: seconds since 1970; null where the file does not say it. */
  readonly time: number | null;
  /** "127.0.0.1:443", "[::1]:443". */
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The payload. A view, valid as long as the packet's bytes. */
  readonly bytes: Uint8Array;
  /** Bytes of the file before it; of a packet that came in fragments: before the last one of them. */
  readonly offset: number;
}

/** A segment of TCP (RFC 9293). */
export interface TcpSegment extends Omit<UdpSegment, "kind"> {
  readonly kind: "tcp";
  readonly sequence: number;
  readonly acknowledgement: number;
  /** TCP_FIN and so on. */
  readonly flags: number;
}

/** A packet that is no UDP or TCP, or cannot be read. */
export interface OtherPacket {
  readonly kind: "other";
  readonly time: number | null;
  /** "ARP", "ICMPv6", "truncated", "malformed TCP", "unknown link type 105". */
  readonly what: string;
  /** Bytes of the file before it. */
  readonly offset: number;
}

export type Segment = UdpSegment | TcpSegment;

export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_PSH = 8;
export const TCP_ACK = 16;
