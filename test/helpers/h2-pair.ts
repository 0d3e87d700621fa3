// Two ends of ours joined in memory: bytes wait in two pipes until they are delivered, in pieces of any length. What
// each end sent is noted as messages, and so is what arrived; a watcher stands at each end (h2-watch.ts).

import type { ConnectionEvent, Fields } from "tercet";
import { H2Connection, type H2Options } from "tercet/h2";
import { expect } from "vitest";
import { latin1, logOf } from "./h1-log.js";
import { Sender } from "./h2-watch.js";

export type End = "client" | "server";
export const other = (end: End): End => (end === "client" ? "server" : "client");

/** One message on a stream in one direction. */
export interface Carried {
  head: string;
  body: string;
  trailers: string;
  isEnded: boolean;
  interim: number;
}

export const nothing = (): Carried => ({
  head: "",
  body: "",
  trailers: "",
  isEnded: false,
  interim: 0,
});

/** Events that are part of a message. */
const CARRIED = new Set(["head", "informational", "data", "tunnel", "trailers", "end"]);

export class Pair {
  readonly ends: Record<End, H2Connection>;
  /** By sender and stream. */
  readonly sent: Record<End, Map<number, Carried>> = { client: new Map(), server: new Map() };
  /** By receiver and stream. */
  readonly arrived: Record<End, Map<number, Carried>> = { client: new Map(), server: new Map() };
  readonly errors: string[] = [];
  /** Streams that either end gave up. */
  readonly reset = new Set<number>();
  readonly promised = new Set<number>();
  /** Octets of content that arrived and were not consumed, where windows are manual. */
  readonly unconsumed: Record<End, Map<number, number>> = { client: new Map(), server: new Map() };
  private readonly pipes: Record<End, Uint8Array[]> = { client: [], server: [] };
  private readonly watchers = { client: new Sender(true), server: new Sender(false) };

  constructor(options: Omit<H2Options, "role">, ofClient: Omit<H2Options, "role"> = {}) {
    this.ends = {
      client: new H2Connection({ ...options, ...ofClient, role: "client" }),
      server: new H2Connection({ ...options, role: "server" }),
    };
  }

  note(end: End, streamId: number): Carried {
    return noted(this.sent[end], streamId);
  }

  /** Puts what an end has to send into its pipe. */
  flush(end: End): void {
    for (const bytes of this.ends[end].take()) {
      this.watchers[end].sends(bytes);
      this.pipes[end].push(bytes.slice());
    }
  }

  /** Bytes that wait in the pipe of an end. */
  waiting(end: End): number {
    return this.pipes[end].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** Delivers up to `most` bytes that an end has sent, in pieces of up to `piece`. */
  deliver(from: End, most: number, piece: number): void {
    this.flush(from);
    const all = new Uint8Array(Buffer.concat(this.pipes[from]));
    const count = Math.min(most, all.length);
    this.pipes[from] = count === all.length ? [] : [all.subarray(count)];
    const to = other(from);
    for (let at = 0; at < count; at += piece) {
      const bytes = all.slice(at, Math.min(at + piece, count));
      this.watchers[to].delivered(bytes);
      this.gather(to, this.ends[to].receive(bytes));
    }
  }

  /** Delivers everything in both directions until nothing more is said. */
  settle(piece = 1 << 20): void {
    for (let round = 0; round < 200; round++) {
      for (const end of ["client", "server"] as const) this.flush(end);
      if (this.waiting("client") + this.waiting("server") === 0) return;
      this.deliver("client", Number.POSITIVE_INFINITY, piece);
      this.deliver("server", Number.POSITIVE_INFINITY, piece);
    }
    throw new Error("the two ends never stop talking");
  }

  private gather(end: End, events: readonly ConnectionEvent[]): void {
    for (const event of events) {
      if (event.type === "error") this.errors.push(`${end}: ${logOf([event]).join()}`);
      else if (event.type === "reset") this.reset.add(event.streamId);
      else if (event.type === "push") this.promised.add(event.promisedId);
      else if (CARRIED.has(event.type) && "streamId" in event)
        this.carry(end, event.streamId, event);
    }
  }

  private carry(end: End, streamId: number, event: ConnectionEvent): void {
    const seen = noted(this.arrived[end], streamId);
    if (seen.isEnded) this.errors.push(`${end}: ${event.type} behind the end of ${streamId}`);
    if (event.type === "head")
      seen.head = textOf(
        event.head,
        "status" in event.head ? event.head.status : event.head.method,
      );
    else if (event.type === "informational") seen.interim++;
    else if (event.type === "trailers") seen.trailers = textOf(event.trailers, "");
    else if (event.type === "end") seen.isEnded = true;
    else if (event.type === "data" || event.type === "tunnel") {
      seen.body += latin1(event.bytes);
      const left = this.unconsumed[end];
      left.set(streamId, (left.get(streamId) ?? 0) + event.bytes.length);
    }
  }
}

function noted(map: Map<number, Carried>, streamId: number): Carried {
  const known = map.get(streamId) ?? nothing();
  map.set(streamId, known);
  return known;
}

/** Fields as text to compare. */
export function textOf(fields: Fields | readonly string[], first: string | number): string {
  const raw = "rawHeaders" in fields ? fields.rawHeaders : fields;
  return [first, ...raw].join("|");
}

/** Consumes all content that an end has got, where windows are manual. */
export function consumeAll(pair: Pair, end: End): void {
  for (const [id, length] of pair.unconsumed[end]) {
    if (length > 0) pair.ends[end].consume(id, length);
    pair.unconsumed[end].set(id, 0);
  }
}

/** What arrived is what was sent; of a stream that was reset, its beginning. */
export function compare(pair: Pair, from: End): void {
  for (const [id, sent] of pair.sent[from]) {
    // A promise on a stream that the client had reset is refused without a word to its user.
    if (id % 2 === 0 && !pair.promised.has(id)) continue;
    const seen = pair.arrived[other(from)].get(id) ?? nothing();
    if (pair.reset.has(id)) expectBeginning(seen, sent);
    else expect(brief(seen), `stream ${id} from the ${from}`).toEqual(brief(sent));
  }
}

const brief = ({ body, ...rest }: Carried) => ({
  ...rest,
  length: body.length,
  body: body.slice(0, 200),
});

function expectBeginning(seen: Carried, sent: Carried): void {
  if (seen.head !== "") expect(seen.head).toBe(sent.head);
  expect(sent.body.startsWith(seen.body)).toBe(true);
  expect(seen.interim).toBeLessThanOrEqual(sent.interim);
}

/** Both ends close in turn, and come to rest. */
export function close(pair: Pair): void {
  for (const end of ["server", "client"] as const) pair.ends[end].close();
  pair.settle();
  expect(pair.errors.join("\n")).toBe("");
  expect([pair.ends.client.state, pair.ends.server.state]).toEqual(["closed", "closed"]);
  expect([pair.ends.client.bufferedAmount, pair.ends.server.bufferedAmount]).toEqual([0, 0]);
}
