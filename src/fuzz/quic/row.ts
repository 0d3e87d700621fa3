// The shape of an attack row for QUIC, and how rows are written: what is given to which function of tercet/quic, what a strict
// receiver must report, and what it may cost.

import type { QuicDatagram } from "./peers.js";
import type { QuicTools } from "./tools.js";

/** What is attacked, and with what. */
export type QuicAttackInput =
  | {
      readonly subject: "datagram";
      readonly connectionIdLength: number;
      bytes(): Uint8Array;
    }
  | { readonly subject: "frames"; readonly packetType: string; bytes(): Uint8Array }
  | { readonly subject: "parameters"; readonly from: "client" | "server"; bytes(): Uint8Array }
  | { readonly subject: "observer"; datagrams(tools: QuicTools): readonly QuicDatagram[] }
  | {
      readonly subject: "reassembler";
      readonly limits: { readonly bytes: number; readonly fragments: number };
      pieces(): readonly QuicPiece[];
    };

/** A piece of a stream. */
export interface QuicPiece {
  readonly offset: number | bigint;
  readonly bytes: Uint8Array;
  readonly fin?: boolean;
}

/** What a strict receiver does. */
export interface QuicAttackExpectation {
  /**
   * Lines of what it reports (`quicLogLines` and its like): "Initial 60", "PING", "error QUIC_FRAME_TRUNCATED", "stream 0 3". "…"
   * stands for any number of lines, `A|B` in place of a word for either, a last word `*` for any rest.
   */
  readonly log: readonly string[];
  /** Lines that may not be among them: a first word, "error". */
  readonly never: readonly string[];
}

/** What the attack may cost at most. */
export interface QuicAttackBounds {
  /** Bytes that are held when all is over. */
  readonly memory: number;
  /** Things that are reported. */
  readonly reports: number;
  /** Time for a byte received; the fuzzer's report compares it, tests do not. */
  readonly nanosecondsPerByte: number;
}

/** One known attack on readers of QUIC. */
export interface QuicAttack {
  /** Row of the list of attacks: "Q-S01". */
  readonly id: string;
  /** Unique together with the id. */
  readonly name: string;
  readonly input: QuicAttackInput;
  readonly expected: QuicAttackExpectation;
  readonly bounds: QuicAttackBounds;
}

/** What a row may set. */
export interface QuicRowOptions {
  readonly never?: readonly string[];
  readonly memory?: number;
  readonly reports?: number;
  readonly nanoseconds?: number;
}

/** A connection that was observed, its keys and the headers of what it is. */
const BASE_MEMORY = 512 * 1024;
/** A short row reports a few packets and frames. */
const BASE_REPORTS = 64;
/** A row is a few packets: keys are most of its cost. */
const BASE_NANOSECONDS = 20_000;

/** Makes rows of one id. */
export function quicRowsOf(id: string) {
  const row = (
    name: string,
    input: QuicAttackInput,
    log: readonly string[],
    options: QuicRowOptions = {},
  ): QuicAttack => ({
    id,
    name,
    input,
    expected: { log, never: options.never ?? [] },
    bounds: {
      memory: options.memory ?? BASE_MEMORY,
      reports: options.reports ?? BASE_REPORTS,
      nanosecondsPerByte: options.nanoseconds ?? BASE_NANOSECONDS,
    },
  });
  type Log = readonly string[];
  return {
    /** A datagram, for parseDatagram; short headers have ids of 8 octets. */
    datagram: (name: string, bytes: Uint8Array, log: Log, options?: QuicRowOptions) =>
      row(name, { subject: "datagram", connectionIdLength: 8, bytes: () => bytes }, log, options),
    /** The payload of a packet of this type, for parseFrames. */
    frames: (
      name: string,
      packetType: string,
      bytes: Uint8Array | (() => Uint8Array),
      log: Log,
      options?: QuicRowOptions,
    ) =>
      row(
        name,
        { subject: "frames", packetType, bytes: typeof bytes === "function" ? bytes : () => bytes },
        log,
        options,
      ),
    /** Transport parameters of this side. */
    parameters: (
      name: string,
      from: "client" | "server",
      bytes: Uint8Array,
      log: Log,
      options?: QuicRowOptions,
    ) => row(name, { subject: "parameters", from, bytes: () => bytes }, log, options),
    /** Datagrams of a hostile client and server, for QuicObserver. */
    observer: (
      name: string,
      datagrams: (tools: QuicTools) => readonly QuicDatagram[],
      log: Log,
      options?: QuicRowOptions,
    ) => row(name, { subject: "observer", datagrams }, log, options),
    /** Pieces of one stream, for Reassembler. */
    reassembler: (
      name: string,
      limits: { readonly bytes: number; readonly fragments: number },
      pieces: () => readonly QuicPiece[],
      log: Log,
      options?: QuicRowOptions,
    ) => row(name, { subject: "reassembler", limits, pieces }, log, options),
  };
}

/** Things made by their number. */
export function each<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
