// What serve() and connect() take for HTTP/3, beside the transport itself.

import type { ConnectionEvent } from "../../events.js";
import type { H3Options, H3Settings } from "../../h3.js";
import type { QuicAttachment } from "../quic/drive.js";
import type { QuicSettings, QuicTransport } from "../quic/transport.js";

/** HTTP/3 in either role. */
export interface QuicOptions extends QuicSettings {
  /** Who does QUIC: `quicheTransport(…)`, or another one. */
  readonly transport: QuicTransport;
  /** SETTINGS of HTTP/3 connections. */
  readonly h3Settings?: H3Settings;
  /** How field sections are compressed. */
  readonly qpack?: H3Options["qpack"];
  /** WebTransport is offered; a number is how many sessions at a time. Default false. */
  readonly webtransport?: boolean | number;
}

/** Sees the events of a connection first; @returns those that serve() is to handle. */
export type QuicIntercept = (events: ConnectionEvent[]) => ConnectionEvent[];

/** `quic` of serve(). */
export interface QuicServerOptions extends QuicOptions {
  /** Key and certificate as PEM, where `tls` has them in another form. */
  readonly key?: string;
  readonly cert?: string;
  /** Handshakes under way from which on addresses are validated first; 0: always. Default 1,000. */
  readonly retryFrom?: number;
  /** How long clients may remember the Alt-Svc of the other protocols, in seconds; 0: none is said. Default 86,400. */
  readonly altSvcMaxAge?: number;
  /**
   * Called with each HTTP/3 connection before its first event, for what fetch has no words for: extended CONNECT,
   * WebTransport, datagrams.
   */
  readonly intercept?: (attachment: QuicAttachment) => QuicIntercept | undefined;
}

/** `quic` of connect(). */
export interface QuicClientOptions extends QuicOptions {
  /** What an earlier connection gave: with `earlyData` requests leave with the first packets, and may be replayed. */
  readonly resumption?: QuicResumption;
}

/** What a client remembers of a server. */
export interface QuicResumption {
  readonly session: Uint8Array;
  /** The server's SETTINGS. */
  readonly settings: ReadonlyMap<number, number | bigint>;
}
