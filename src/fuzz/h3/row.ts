// The shape of an attack row for HTTP/3 and QPACK, and how rows are written: bytes by stream, in steps, with what
// a strict receiver reports and sends, and what it may cost.

import type { H3Limits, HeaderList } from "../../index.js";
import { concat } from "../latin1.js";
import { control, varint } from "./frames.js";
import { STREAM_TYPE } from "./registry.js";
import { type H3Arrival, on } from "./steps.js";

export { many } from "../octets.js";
export { on } from "./steps.js";

/** One thing that happens to the connection under attack. */
export type H3Step =
  | H3Arrival
  /** The peer reads all that the connection has to send. */
  | { readonly do: "read" }
  /** Time passes; a deadline that is due is handled. */
  | { readonly do: "wait"; readonly milliseconds: number }
  /** The QUIC connection is gone. */
  | { readonly do: "close" };

/** Our own settings in a row. */
export interface H3AttackSettings {
  readonly qpackMaxTableCapacity?: number;
  readonly qpackBlockedStreams?: number;
  readonly enableConnectProtocol?: boolean;
}

/** A request that a client connection has sent before the attack begins: streams 0, 4, 8, … */
export interface H3RequestBefore {
  readonly method: string;
  readonly path?: string;
  readonly authority?: string;
  readonly protocol?: string;
  readonly headers?: HeaderList;
}

/** What a row may set of the connection. */
export interface H3RowConnection {
  readonly limits?: H3Limits;
  readonly settings?: H3AttackSettings;
  readonly window?: "fixed" | "manual";
  readonly datagrams?: boolean;
  readonly webtransport?: boolean;
  readonly maxPushId?: number;
}

/** What a strict receiver does. */
export interface H3AttackExpectation {
  /**
   * Lines of the events (`h3LogLines`), errors included: "error H3_MESSAGE_ORDER stream 4". "…" stands for any
   * number of lines, `A|B` in place of a word for either, a last word `*` for any rest.
   */
  readonly log: readonly string[];
  /** What it sends, in this order among others (`H3Sent`): "close H3_FRAME_ERROR". */
  readonly sends: readonly string[];
  /** Offset of the last error where the row fixes one, else null. */
  readonly offset: number | null;
}

/** What the attack may cost at most. */
export interface H3AttackBounds {
  /** Bytes that the connection holds when all is over, its own cost included. */
  readonly memory: number;
  /** Bytes that it wants to write back, its first streams not included. */
  readonly bytesOut: number;
  /** Time for a byte received; the fuzzer's report compares it, tests do not. */
  readonly nanosecondsPerByte: number;
}

/** One known attack on receivers of HTTP/3 or QPACK. */
export interface H3Attack {
  /** Row of the list of attacks: "H3-S01". */
  readonly id: string;
  /** Unique together with the id. */
  readonly name: string;
  readonly role: "server" | "client";
  readonly connection: H3RowConnection;
  readonly requestsBefore: readonly H3RequestBefore[];
  /** The application answers each request that ends with 200 and so many bytes; null: nobody answers. */
  readonly content: number | null;
  /** The peer reads what the connection sends after each step. */
  readonly reads: boolean;
  /** Makes the steps: some are long. */
  steps(): H3Step[];
  readonly expected: H3AttackExpectation;
  readonly bounds: H3AttackBounds;
}

/** What a row may add. */
export interface H3RowOptions extends H3RowConnection {
  readonly before?: readonly H3RequestBefore[];
  readonly content?: number;
  readonly reads?: boolean;
  /** No control stream and QPACK streams of the peer before the first step. */
  readonly bare?: boolean;
  readonly sends?: readonly string[];
  readonly offset?: number;
  readonly memory?: number;
  readonly out?: number;
  readonly nanoseconds?: number;
}

/** An idle connection that has read heads: tables, strings, one stream or a few. */
const BASE_MEMORY = 96 * 1024;
/** Resets, acknowledgements, a head of an answer. */
const BASE_OUT = 512;
/** A row is a few frames: making the connection is most of its cost. */
const SHORT_NANOSECONDS = 20_000;
/** What a byte of a long row may cost. */
const LONG_NANOSECONDS = 2_000;
const LONG_LENGTH = 20_000;
/** Octets of a RESET_STREAM or STOP_SENDING. */
const RESET_LENGTH = 6;

/** Streams of a peer by what they are for; `peer`: the role of the peer. */
export interface PeerStreams {
  readonly control: number;
  readonly encoder: number;
  readonly decoder: number;
  /** The next one that it may open. */
  readonly next: number;
}

/** Streams of the peer of a connection of this role, as `peerHello` opens them. */
export function peerStreams(role: "server" | "client"): PeerStreams {
  const first = role === "server" ? 2 : 3;
  return { control: first, encoder: first + 4, decoder: first + 8, next: first + 12 };
}

/** What a peer says first: its control stream with SETTINGS, and both QPACK streams. */
export function peerHello(
  role: "server" | "client",
  ...settings: readonly (readonly [id: number | bigint, value: number | bigint])[]
): H3Arrival[] {
  const streams = peerStreams(role);
  return [
    on(streams.control, control(...settings)),
    on(streams.encoder, varint(STREAM_TYPE.ENCODER)),
    on(streams.decoder, varint(STREAM_TYPE.DECODER)),
  ];
}

/** Makes rows of one id and role. */
export function h3RowsOf(id: string, role: "server" | "client", common: H3RowOptions = {}) {
  return (
    name: string,
    steps: readonly H3Step[] | (() => readonly H3Step[]),
    log: readonly string[],
    options: H3RowOptions = {},
  ): H3Attack => {
    const all = { ...common, ...options };
    const { before, content, reads, bare, sends, offset, memory, out, nanoseconds, ...connection } =
      all;
    const hello = bare === true ? [] : peerHello(role);
    const isLong = typeof steps === "function";
    return {
      id,
      name,
      role,
      connection,
      requestsBefore: before ?? (role === "client" ? [{ method: "GET" }] : []),
      content: content ?? null,
      reads: reads ?? false,
      steps: () => joined([...hello, ...(typeof steps === "function" ? steps() : steps)]),
      expected: {
        log: bare === true ? log : ["settings", ...log],
        sends: sends ?? [],
        offset: offset ?? null,
      },
      bounds: {
        memory: memory ?? BASE_MEMORY,
        bytesOut: out ?? BASE_OUT,
        nanosecondsPerByte: nanoseconds ?? (isLong ? LONG_NANOSECONDS : SHORT_NANOSECONDS),
      },
    };
  };
}

/** Bytes of one stream that touch become one step. */
function joined(steps: readonly H3Step[]): H3Step[] {
  const out: H3Step[] = [];
  for (const step of steps) {
    const last = out.at(-1);
    if (
      step.do === "stream" &&
      last?.do === "stream" &&
      last.streamId === step.streamId &&
      !last.fin
    ) {
      out[out.length - 1] = { ...step, bytes: concat([last.bytes, step.bytes]) };
    } else out.push(step);
  }
  return out;
}

/** Whether a row is long enough to tell the time of a byte. */
export function isLongH3Attack(attack: H3Attack): boolean {
  return h3ReceivedLength(attack) >= LONG_LENGTH;
}

/** Bytes that the row sends to the connection; a reset counts as the few that its frame has. */
export function h3ReceivedLength(attack: H3Attack): number {
  return attack.steps().reduce((sum, step) => {
    if ("bytes" in step) return sum + step.bytes.length;
    return sum + ("streamId" in step ? RESET_LENGTH : 0);
  }, 0);
}

/** Steps made by their number. */
export function times(count: number, make: (at: number) => H3Step | readonly H3Step[]): H3Step[] {
  return Array.from({ length: count }, (_, at) => make(at)).flat() as H3Step[];
}
