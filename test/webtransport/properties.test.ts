// Random use of two ends over HTTP/2 and HTTP/3: whatever they do, in whatever pieces bytes travel, each stream carries what was
// sent, in order; nobody breaks a limit; and everything comes to an end. And any bytes at all as capsules: no throw, no hang.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capsule, concat, h2Talk, TYPES } from "../helpers/webtransport-h2.js";
import {
  BOTH,
  bytesOf,
  ENDS,
  type End,
  type Over,
  other,
  Pair,
} from "../helpers/webtransport-pair.js";

interface Sent {
  bytes: number[];
  isEnded: boolean;
  isReset: boolean;
}

type Action =
  | { do: "open"; end: End; uni: boolean }
  | { do: "send"; end: End; pick: number; length: number }
  | { do: "end" | "reset" | "stop"; end: End; pick: number }
  | { do: "datagram"; end: End; length: number }
  | { do: "consume"; end: End }
  | { do: "carry"; end: End };

const end = fc.constantFrom<End>("client", "server");
const pick = fc.nat(20);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open" as const), end, uni: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      ...{ end, pick, length: fc.integer({ min: 0, max: 700 }) },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("end" as const, "reset" as const, "stop" as const),
      end,
      pick,
    }),
  },
  {
    arbitrary: fc.record({ do: fc.constant("datagram" as const), end, length: fc.nat(100) }),
    weight: 1,
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("consume" as const), end }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("carry" as const), end }) },
);

/** Two ends under test, with what each has sent on each stream, and what it has not consumed. */
class Model {
  readonly pair: Pair;
  readonly sent: Record<End, Map<number, Sent>> = { client: new Map(), server: new Map() };
  readonly stopped: Record<End, Set<number>> = { client: new Set(), server: new Set() };
  readonly #seen: Record<End, number> = { client: 0, server: 0 };
  readonly #unconsumed: Record<End, Map<number, number>> = { client: new Map(), server: new Map() };

  constructor(
    over: Over,
    piece: number,
    limits: { data: number; stream: number; streams: number },
  ) {
    const { data, stream, streams } = limits;
    this.pair = Pair.open(over, {
      piece,
      sessions: {
        window: "manual",
        initial: {
          ...{ data, streamDataUni: stream, streamDataLocal: stream, streamDataRemote: stream },
          ...{ streamsUni: streams, streamsBidi: streams },
        },
      },
      h3: { window: "manual" },
    });
  }

  /** Streams on which an end may send. */
  #writable(from: End): number[] {
    return [...this.sent[from]]
      .filter(([, { isEnded, isReset }]) => !isEnded && !isReset)
      .map(([id]) => id);
  }

  #note(): void {
    for (const at of ENDS) {
      const events = this.pair.events[at];
      for (; this.#seen[at] < events.length; this.#seen[at]++) {
        const event = events[this.#seen[at]];
        if (event?.type === "stream" && !event.unidirectional)
          this.sent[at].set(event.streamId, { bytes: [], isEnded: false, isReset: false });
        if (event?.type === "streamStopped") {
          const sent = this.sent[at].get(event.streamId);
          if (sent) sent.isReset = true;
        }
        if (event?.type === "streamData") {
          const held = this.#unconsumed[at];
          held.set(event.streamId, (held.get(event.streamId) ?? 0) + event.bytes.length);
        }
        if (event?.type === "streamReset") this.#unconsumed[at].delete(event.streamId);
      }
    }
  }

  run(step: Action): void {
    const { pair } = this;
    const sessions = pair.sessions[step.end];
    const { id } = pair;
    if (step.do === "carry") pair.carry(step.end);
    else if (step.do === "consume") this.consume(step.end);
    else if (step.do === "datagram") sessions.sendDatagram(id, bytesOf(step.length));
    else if (step.do === "open") {
      const stream = sessions.openStream(id, { unidirectional: step.uni });
      if (stream >= 0)
        this.sent[step.end].set(stream, { bytes: [], isEnded: false, isReset: false });
    } else this.#onStream(step);
    for (const at of ENDS) pair.poll(at);
    this.#note();
  }

  #onStream(step: Action & { do: "send" | "end" | "reset" | "stop" }): void {
    const { pair } = this;
    const sessions = pair.sessions[step.end];
    if (step.do === "stop") {
      const theirs = [...pair.arrived[step.end].keys()];
      const stream = theirs[step.pick % Math.max(1, theirs.length)];
      if (stream === undefined) return;
      sessions.stopStream(pair.id, stream, step.pick);
      this.stopped[step.end].add(stream);
      this.#unconsumed[step.end].delete(stream);
      return;
    }
    const open = this.#writable(step.end);
    const stream = open[step.pick % Math.max(1, open.length)];
    const sent = stream === undefined ? undefined : this.sent[step.end].get(stream);
    if (stream === undefined || sent === undefined) return;
    if (step.do === "send") {
      const bytes = bytesOf(step.length, step.pick);
      sessions.sendStream(pair.id, stream, bytes);
      sent.bytes.push(...bytes);
    } else if (step.do === "end") {
      sessions.endStream(pair.id, stream);
      sent.isEnded = true;
    } else {
      sessions.resetStream(pair.id, stream, step.pick);
      sent.isReset = true;
    }
  }

  consume(at: End): boolean {
    const held = [...this.#unconsumed[at]];
    this.#unconsumed[at].clear();
    for (const [stream, length] of held)
      this.pair.sessions[at].consume(this.pair.id, stream, length);
    return held.length > 0;
  }

  /** Everything that was sent arrives, as long as everybody consumes. */
  finish(): void {
    for (let moved = true; moved; ) {
      this.pair.settle();
      this.#note();
      moved = ENDS.map((at) => this.consume(at)).includes(true);
    }
  }

  /** What arrived is what was sent. */
  check(isFinished: boolean): void {
    for (const from of ENDS) {
      const to = other(from);
      for (const event of this.pair.events[to])
        expect(["error", "closed"], JSON.stringify(event)).not.toContain(event.type);
      for (const [stream, { bytes, isReset }] of this.sent[from]) {
        const arrived = this.pair.arrived[to].get(stream) ?? [];
        expect(arrived).toEqual(bytes.slice(0, arrived.length));
        const isWhole = isFinished && !isReset && !this.stopped[to].has(stream);
        if (isWhole) expect(arrived.length, `${from} ${stream}`).toBe(bytes.length);
      }
    }
  }
}

const limits = fc.record({
  data: fc.integer({ min: 100, max: 3000 }),
  stream: fc.integer({ min: 50, max: 2000 }),
  streams: fc.integer({ min: 1, max: 8 }),
});

describe.each(BOTH)("over %s", (over) => {
  test("streams carry what was sent, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 600 }),
        limits,
        (actions, piece, chosen) => {
          const model = new Model(over, piece, chosen);
          for (const step of actions) model.run(step);
          model.check(false);
          model.finish();
          model.check(true);
          const { pair } = model;
          pair.sessions.server.close(pair.id, 1, "over");
          pair.settle();
          expect(pair.events.client.at(-1)).toMatchObject({
            type: "closed",
            code: 1,
            reason: "over",
          });
          expect(pair.connections.client.streamCount).toBe(0);
          expect(pair.connections.server.streamCount).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("any bytes as capsules", () => {
  const known = fc.constantFrom(...Object.values(TYPES));
  const value = fc.uint8Array({ maxLength: 30 });
  const some = fc
    .tuple(fc.oneof(known, fc.nat()), value)
    .map(([type, bytes]) => capsule(type, bytes));
  const garbage = fc.array(fc.oneof(some, fc.uint8Array({ maxLength: 20 })), { maxLength: 12 });

  test("never throw, end with at most one error, and mean the same however they are cut", () => {
    fc.assert(
      fc.property(garbage, fc.constantFrom("server" as const, "client" as const), (list, role) => {
        const talk = h2Talk(concat(...list), { role, isLong: true });
        const errors = talk.log.filter((line) => line.startsWith("error"));
        expect(errors.length).toBeLessThanOrEqual(1);
        if (errors.length === 1) expect(talk.log.at(-1)).toBe(errors[0]);
        expect(talk.state).toBe("open");
      }),
      { numRuns: 60 },
    );
  });
});
