// The shape of an attack row for HTTP/2, and how rows are written: frames of a tiny builder, in steps, with
// what a strict receiver reports and sends, and what it may cost.

import type { H2Limits, HeaderList } from "../../index.js";
import { concat } from "../latin1.js";
import { PREFACE, settings, settingsAck } from "./frames.js";

export { many } from "../octets.js";

/** One thing that happens to the connection under attack. */
export type H2Step =
  /** Bytes of the peer. Tests cut them anywhere. */
  | { readonly do: "receive"; readonly bytes: Uint8Array }
  /** The peer reads all that the connection has to send. */
  | { readonly do: "read" }
  /** Time passes; a deadline that is due is handled. */
  | { readonly do: "wait"; readonly milliseconds: number }
  /** The application takes content (window "manual"). */
  | { readonly do: "consume"; readonly streamId: number; readonly length: number }
  /** The application ends an answer that it has begun. */
  | { readonly do: "sendEnd"; readonly streamId: number }
  /** The peer closes its side. */
  | { readonly do: "end" };

/** A request that a client connection has sent before the attack begins: streams 1, 3, 5, … */
export interface H2RequestBefore {
  readonly method: string;
  readonly path?: string;
  readonly authority?: string;
  readonly headers?: HeaderList;
}

/** Our own settings in a row. */
export interface H2AttackSettings {
  readonly headerTableSize?: number;
  readonly enablePush?: boolean;
  readonly maxConcurrentStreams?: number;
  readonly initialWindowSize?: number;
  readonly maxFrameSize?: number;
  readonly connectionWindowSize?: number;
  readonly enableConnectProtocol?: boolean;
}

/** How the application behind the connection behaves. */
export interface H2Application {
  /** It answers each request that ends with 200 and this many bytes of content. */
  readonly content: number;
  /** It leaves the answer open behind that content. */
  readonly open?: boolean;
}

/** What a strict receiver does. */
export interface H2AttackExpectation {
  /**
   * Lines of the events (`h2LogLines`), errors included: "error H2_STREAM_CLOSED stream 1". "…" stands
   * for any number of lines, `A|B` in place of a word for either, a last word `*` for any rest.
   */
  readonly log: readonly string[];
  /** Frames that it sends, in this order among others (`frameLines`): "RST_STREAM 1 PROTOCOL_ERROR". */
  readonly sends: readonly string[];
  /** Offset of the last error where the row fixes one, else null. */
  readonly offset: number | null;
  /** Whether reading is paused at the end, where the row says so. */
  readonly paused?: boolean;
}

/** What the attack may cost at most. */
export interface H2AttackBounds {
  /** Bytes that the connection holds when all is over, its own cost included. */
  readonly memory: number;
  /** Bytes that it wants to write back, its SETTINGS not included. */
  readonly bytesOut: number;
  /** Time for a byte received; the fuzzer's report compares it, tests do not. */
  readonly nanosecondsPerByte: number;
}

/** One known attack on receivers of HTTP/2. */
export interface H2Attack {
  /** Row of the list of attacks: "H2-S01"; "H2-R01" and on are bugs that were fixed elsewhere. */
  readonly id: string;
  /** Unique together with the id. */
  readonly name: string;
  readonly role: "server" | "client";
  readonly limits?: H2Limits;
  readonly settings?: H2AttackSettings;
  readonly window?: "fixed" | "manual";
  readonly requestsBefore: readonly H2RequestBefore[];
  /** null: nobody answers. */
  readonly application: H2Application | null;
  /** The peer reads what the connection sends after each step. */
  readonly reads: boolean;
  /** Makes the steps: some are long. */
  steps(): H2Step[];
  readonly expected: H2AttackExpectation;
  readonly bounds: H2AttackBounds;
}

/** What a row may add. */
export interface H2RowOptions {
  readonly limits?: H2Limits;
  readonly settings?: H2AttackSettings;
  readonly window?: "fixed" | "manual";
  readonly before?: readonly H2RequestBefore[];
  readonly application?: H2Application;
  readonly reads?: boolean;
  /** No preface, SETTINGS and acknowledgement before the first step. */
  readonly bare?: boolean;
  readonly sends?: readonly string[];
  readonly paused?: boolean;
  /** The error points so many octets behind the mark: into the frame. */
  readonly behind?: number;
  readonly memory?: number;
  readonly out?: number;
  readonly nanoseconds?: number;
}

/** Octets of a frame header. */
export const FRAME_HEADER = 9;

/** Stands before the frame that the error points at, or into which it points. */
export const MARK = new Uint8Array(0);

/** Parts of a row: bytes that touch are received together. */
export type H2Parts = readonly (Uint8Array | H2Step)[];

/** An idle connection that has read heads: dynamic table, strings, one stream or a few. */
const BASE_MEMORY = 96 * 1024;
/** RST_STREAM, GOAWAY, an acknowledgement, a head of an answer. */
const BASE_OUT = 512;
/** A row is a few frames: making the connection is most of its cost. */
const SHORT_NANOSECONDS = 10_000;
/** What a byte of a long row may cost: the cheapest frame has nine. */
const LONG_NANOSECONDS = 1_000;
const LONG_LENGTH = 20_000;

/** Makes rows of one id and role. */
export function h2RowsOf(id: string, role: "server" | "client", common: H2RowOptions = {}) {
  return (
    name: string,
    parts: H2Parts | (() => H2Parts),
    log: readonly string[],
    options: H2RowOptions = {},
  ): H2Attack => {
    const all = { ...common, ...options };
    const hello = all.bare === true ? [] : [helloOf(role)];
    const made = () => [...hello, ...(typeof parts === "function" ? parts() : parts)];
    const mark = typeof parts === "function" ? null : offsetOf(made());
    const isLong = typeof parts === "function";
    return {
      id,
      name,
      role,
      ...(all.limits === undefined ? {} : { limits: all.limits }),
      ...(all.settings === undefined ? {} : { settings: all.settings }),
      ...(all.window === undefined ? {} : { window: all.window }),
      requestsBefore: all.before ?? (role === "client" ? [{ method: "GET" }] : []),
      application: all.application ?? null,
      reads: all.reads ?? false,
      steps: () => stepsOf(made()),
      expected: {
        log: all.bare === true ? log : ["settings", "settingsAck", ...log],
        sends: all.sends ?? [],
        offset: mark === null ? null : mark + (all.behind ?? 0),
        ...(all.paused === undefined ? {} : { paused: all.paused }),
      },
      bounds: {
        memory: all.memory ?? BASE_MEMORY,
        bytesOut: all.out ?? BASE_OUT,
        nanosecondsPerByte: all.nanoseconds ?? (isLong ? LONG_NANOSECONDS : SHORT_NANOSECONDS),
      },
    };
  };
}

/** What a peer says first: its preface, SETTINGS, and the acknowledgement of ours. */
export function helloOf(role: "server" | "client"): Uint8Array {
  const greeting = role === "server" ? [PREFACE] : [];
  return concat([...greeting, settings(), settingsAck()]);
}

function offsetOf(parts: H2Parts): number | null {
  let length = 0;
  for (const part of parts) {
    if (part === MARK) return length;
    if (part instanceof Uint8Array) length += part.length;
    else if (part.do === "receive") length += part.bytes.length;
  }
  return null;
}

/** Bytes that touch become one step. */
function stepsOf(parts: H2Parts): H2Step[] {
  const steps: H2Step[] = [];
  let run: Uint8Array[] = [];
  const flush = () => {
    if (run.length > 0) steps.push({ do: "receive", bytes: concat(run) });
    run = [];
  };
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      run.push(part);
      continue;
    }
    flush();
    steps.push(part);
  }
  flush();
  return steps;
}

/** Whether a row is long enough to tell the time of a byte. */
export function isLongAttack(attack: H2Attack): boolean {
  return receivedLength(attack) >= LONG_LENGTH;
}

/** Bytes that the row sends to the connection. */
export function receivedLength(attack: H2Attack): number {
  return attack
    .steps()
    .reduce((length, step) => length + (step.do === "receive" ? step.bytes.length : 0), 0);
}

/** `count` steps of bytes: the peer may read between them. */
export function inSteps(count: number, make: (at: number) => Uint8Array): H2Step[] {
  return Array.from({ length: count }, (_, at) => ({ do: "receive", bytes: make(at) }));
}

/** The stream of a client's request: 1, 3, 5, … */
export function streamOf(at: number): number {
  return 2 * at + 1;
}
