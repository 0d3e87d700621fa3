// What a capture says about its TCP connections: bytes in order, gaps, ends.

import type { Direction } from "./events.js";

interface OfConnection {
  /** Number of the connection in this capture, from 0. */
  readonly id: number;
  /** When the segment was captured that it comes from; null where the file does not say it. */
  readonly time: number | null;
}
interface OfDirection extends OfConnection {
  readonly direction: Direction;
}

/** A connection is seen for the first time. */
export interface TcpOpen extends OfConnection {
  readonly kind: "open";
  /** Endpoints: "127.0.0.1:443". The client is who sent the SYN; where none was captured, who has the higher port. */
  readonly client: string;
  readonly server: string;
  /** Whether the SYN was captured: else what stands before the first bytes is not known. */
  readonly hasStart: boolean;
}
/** The next bytes of a direction. A view, valid as long as the segment's bytes. */
export interface TcpData extends OfDirection {
  readonly kind: "data";
  readonly bytes: Uint8Array;
  /** Bytes of this direction before it, gaps counted. */
  readonly offset: number;
}
/** So many bytes of a direction are not in the capture. */
export interface TcpGap extends OfDirection {
  readonly kind: "gap";
  readonly length: number;
  readonly offset: number;
}
/** A direction is over: FIN, or RST of its sender. */
export interface TcpEnd extends OfDirection {
  readonly kind: "end" | "reset";
}
/** The last event of a connection: both directions are over, or nothing more is kept of it. */
export interface TcpClose extends OfConnection {
  readonly kind: "close";
}

export type TcpEvent = TcpOpen | TcpData | TcpGap | TcpEnd | TcpClose;
