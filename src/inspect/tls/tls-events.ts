// What TlsConnection says: plain objects, in order. An event names the direction that it is about, which may be the other one
// than that of the octets that brought it: early data of the client counts when the server has accepted it.

import type { ErrorName } from "../../index.js";
import type { ClosedReason, Direction } from "../events.js";

interface OfDirection {
  readonly direction: Direction;
  /** Octets of this direction of the TCP connection before the record it is about. */
  readonly offset: number;
}

/** A record. */
export interface TlsRecordEvent extends OfDirection {
  readonly kind: "record";
  /** "handshake", "application_data", …: the type inside where the record was opened, else the one outside. */
  readonly contentType: string;
  /** Which record under its keys, from 0; null where it is not known. In the clear as well. */
  readonly sequence: number | null;
  /** Octets on the wire, header included. */
  readonly length: number;
  /** Its contents were read: it was in the clear, or the key opened it. */
  readonly decrypted: boolean;
  readonly isProtected: boolean;
  /** Under keys of 0-RTT. */
  readonly early: boolean;
  readonly reason: ClosedReason | null;
  /**
   * As it stands on the wire, header included. A view of what was received, or a copy. Empty where octets that are no records
   * are counted together: at the end of the direction, or where records are found again.
   */
  readonly bytes: Uint8Array;
}

/** Application data, in order and without what was not opened. */
export interface TlsApplicationEvent {
  readonly kind: "application";
  readonly direction: Direction;
  /** Octets of application data of this direction before these; those of a gap are counted as far as they are known. */
  readonly offset: number;
  /** Never empty; to keep, or a view of what was received. */
  readonly bytes: Uint8Array;
  /** It came as 0-RTT data and was accepted, or nobody said that it was not. */
  readonly early: boolean;
}

/** Application data is missing: a record that does not open, or lost octets. */
export interface TlsGapEvent {
  readonly kind: "gap";
  readonly direction: Direction;
  readonly offset: number;
  /** Octets of application data: what the records can have had at most. 0: not known. */
  readonly length: number;
}

/** What is known of the connection; again when more is known. */
export interface TlsHelloEvent extends OfDirection {
  readonly kind: "hello";
  readonly clientRandom: Uint8Array | null;
  readonly serverName: string | null;
  /** What the client offers. */
  readonly offeredAlpn: readonly string[];
  /** What was agreed; null where it is not known (yet), or nothing was. */
  readonly alpn: string | null;
  /** "TLS 1.3"; null before the ServerHello. */
  readonly version: string | null;
  /** "TLS_AES_128_GCM_SHA256"; null before the ServerHello. */
  readonly cipherSuite: string | null;
  /** A session is resumed (TLS 1.3: pre_shared_key). */
  readonly resumed: boolean;
}

/** A handshake message whose contents were read. */
export interface TlsMessageEvent extends OfDirection {
  readonly kind: "message";
  readonly type: number;
  /** "ClientHello", "HelloRetryRequest", …; null for a number without a name. */
  readonly name: string | null;
  /** Octets of its body. */
  readonly length: number;
}

/** An alert. */
export interface TlsAlertEvent extends OfDirection {
  readonly kind: "alert";
  /** 1: warning, 2: fatal. */
  readonly level: number;
  readonly description: number;
  /** "close_notify"; null for a number without a name. */
  readonly name: string | null;
}

/** A direction has new keys behind this message (TLS 1.3). */
export interface TlsKeyUpdateEvent extends OfDirection {
  readonly kind: "keyUpdate";
  readonly updateRequested: boolean;
}

/** A handshake begins inside a connection (TLS 1.2). */
export interface TlsRenegotiationEvent extends OfDirection {
  readonly kind: "renegotiation";
}

/** No application data follows in this direction: close_notify or a fatal alert. */
export interface TlsClosedEvent extends OfDirection {
  readonly kind: "closed";
}

/** The direction breaks the protocol. */
export interface TlsErrorEvent extends OfDirection {
  readonly kind: "error";
  readonly code: ErrorName;
}

export type TlsEvent =
  | TlsRecordEvent
  | TlsApplicationEvent
  | TlsGapEvent
  | TlsHelloEvent
  | TlsMessageEvent
  | TlsAlertEvent
  | TlsKeyUpdateEvent
  | TlsRenegotiationEvent
  | TlsClosedEvent
  | TlsErrorEvent;
