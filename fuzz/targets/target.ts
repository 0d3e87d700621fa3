// What a fuzz target is: one public function that takes bytes of a peer, the seeds it starts from, and a
// check that throws when something does not hold. The same checks run in `npm test` on the committed
// corpus and on every regression.

import type * as FastCheck from "fast-check";
import { feed, type PlainEvent, type Receiver, random, violation } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";

/** Folders of seeds. */
export type Corpus =
  | "requests"
  | "responses"
  | "chunked"
  | "h2-requests"
  | "h2-responses"
  | "hpack"
  | "h3-requests"
  | "h3-responses"
  | "h3-sessions"
  | "h3-frames"
  | "capsules"
  | "qpack"
  | "qpack-links"
  | "header-lists"
  | "quic-datagrams"
  | "quic-frames"
  | "quic-parameters"
  | "quic-scripts"
  | "captures"
  | "key-logs"
  | "tls-scripts";

/** One target. */
export interface Target {
  /** Name on the command line and of the folder of its regressions. */
  readonly name: string;
  /** What it feeds and checks, in one line. */
  readonly about: string;
  /** Folder in fuzz/corpus. */
  readonly corpus: Corpus;
  /** What a mutation inserts. */
  readonly tokens: readonly Uint8Array[];
  /** Seeds by others, read in the folder that TERCET_DATA names; none where it is not set. */
  seeds?(): readonly Uint8Array[];
  /** Valid and nearly valid inputs of this target, to add to the corpus. */
  arbitrary(fc: typeof FastCheck): FastCheck.Arbitrary<Uint8Array>;
  /**
   * Runs one input; gives a short signature of what happened, by which the fuzzer sees new behaviour.
   * @throws Error when something does not hold.
   */
  check(input: Uint8Array): string;
}

/** Options of a connection as a user gives them. */
export type H1Options = ConstructorParameters<typeof H1Connection>[0];

/** Limits that the oracle does not know are out of the way. */
export const WIDE_LIMITS = {
  fieldCount: 2_000,
  trailerCount: 2_000,
  pipelineCount: 1_000_000,
  trailerSectionLength: 60_000,
  fieldLineLength: 60_000,
  targetLength: 60_000,
  methodLength: 60_000,
  statusLineLength: 60_000,
  chunkExtensionsLength: 1_000_000,
} as const;

/** Inputs above this many bytes are not compared with the oracle: it is slow, and knows no limits. */
export const ORACLE_LENGTH = 8_000;

/** A client that has sent `count` requests; each of the methods in turn. */
export function clientAfter(
  methods: readonly string[],
  options: Omit<H1Options, "role"> = {},
): H1Connection {
  const client = new H1Connection({ ...options, role: "client" });
  for (const method of methods) {
    client.sendRequest({ method, authority: "a:1", headers: [], body: "none" });
  }
  client.take();
  return client;
}

/** A number from the bytes themselves, so that an input alone decides everything about its run. */
export function seedOf(input: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of input) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Some pieces of the input, chosen by the input: a few long ones, or single bytes. */
export function somePieces(input: Uint8Array): Uint8Array[] {
  const next = random(seedOf(input));
  const longest = [1, 2, 7, 64][next() % 4] ?? 1;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const length = 1 + (next() % longest);
    pieces.push(input.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** Feeds a receiver and checks what holds for all events. */
export function checkedEvents(
  receiver: Receiver,
  role: "server" | "client",
  input: Uint8Array,
  pieces: readonly Uint8Array[],
  end = false,
): PlainEvent[] {
  const events = feed(receiver, pieces, { end });
  fault(violation(events, { role, length: input.length }));
  for (const event of events) {
    if (event.type === "error" && event.code === "H1_ENGINE_TRAP") fault("the engine trapped");
  }
  return events;
}

/** Throws a difference that is not null. */
export function fault(difference: string | null): void {
  if (difference !== null) throw new Error(difference);
}

/** The kinds of events and the error: inputs of one signature behave alike. */
export function signatureOf(events: readonly PlainEvent[]): string {
  return events
    .map((event) => {
      switch (event.type) {
        case "error":
          return event.code;
        case "response":
        case "informational":
          return `${event.type}${Math.floor(event.head.status / 100)}`;
        case "request":
          return `request${Math.min(8, event.head.headers.length)}`;
        default:
          return event.type;
      }
    })
    .slice(-12)
    .join(" ");
}

/** The same where a connection has streams: also frames and settings. */
export function streamsSignature(events: readonly PlainEvent[]): string {
  return events
    .map((event) => {
      switch (event.type) {
        case "error":
          return event.code;
        case "request":
          return `request${Math.min(6, event.head.headers.length)}`;
        case "response":
        case "informational":
          return `${event.type}${Math.floor(event.head.status / 100)}`;
        case "frame":
          return `${event.direction[0]}${event.name}${event.flags}`;
        case "settings":
          return `settings${event.settings.map(([id]) => Math.min(id, 10)).join("")}`;
        default:
          return event.type;
      }
    })
    .slice(-10)
    .join(" ");
}
