// Whose DATA comes next (RFC 9218 section 10): orders written out, and the same as a naive scheduler that
// sorts everything anew for each turn.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Schedulable, Scheduler } from "../../src/connection/scheduler.js";

const stream = (id: number, urgency = 3, incremental = false): Schedulable => ({
  id,
  urgency,
  incremental,
  queued: false,
});

/** Streams from "5", "5i", "5u1", "5u1i": id, urgency, incremental. */
function streams(text: string): Schedulable[] {
  return text.split(" ").map((one) => {
    const [, id, urgency = "3", incremental] = /^(\d+)(?:u(\d))?(i?)$/.exec(one) as RegExpExecArray;
    return stream(Number(id), Number(urgency), incremental === "i");
  });
}

/** Ids of the next turns. */
const turns = (scheduler: Scheduler, count: number) =>
  Array.from({ length: count }, () => scheduler.next()?.id ?? 0).join(" ");

function scheduled(text: string): { scheduler: Scheduler; all: Schedulable[] } {
  const scheduler = new Scheduler();
  const all = streams(text);
  for (const one of all) scheduler.add(one);
  return { scheduler, all };
}

describe("orders", () => {
  test.each([
    ["nothing", "", "0 0"],
    ["one", "1", "1 1 1"],
    ["not incremental: one after the other, by id", "5 1 3", "1 1 1"],
    ["incremental: by turns", "1i 3i 5i", "1 3 5 1 3 5"],
    ["the order of arrival does not matter", "5i 1i 3i", "1 3 5 1"],
    ["urgency first", "1u3 3u1 5u2 7u0i", "7 7 7"],
    ["urgency 0 and 7", "1u7 3u0", "3 3"],
    ["both kinds: the first of the others has a turn of each round", "1 3i 5i 7", "3 5 1 3 5 1"],
    ["one of each kind", "1i 3", "1 3 1 3"],
  ])("PU-004 %s", (_name, text, expected) => {
    const { scheduler } = text === "" ? { scheduler: new Scheduler() } : scheduled(text);
    expect(turns(scheduler, expected.split(" ").length)).toBe(expected);
  });

  test("H2-069 a stream that is let go makes room, and comes back in its place", () => {
    const { scheduler, all } = scheduled("1i 3i 5i");
    expect(turns(scheduler, 2)).toBe("1 3");
    scheduler.remove(all[1]);
    expect(turns(scheduler, 3)).toBe("5 1 5");
    scheduler.add(all[1]);
    expect(turns(scheduler, 4)).toBe("1 3 5 1");
    for (const one of all) scheduler.remove(one);
    expect(scheduler.next()).toBeNull();
    expect(scheduler.count).toBe(0);
  });

  test("adding twice and removing twice is once", () => {
    const { scheduler, all } = scheduled("1i 3i");
    scheduler.add(all[0]);
    expect(scheduler.count).toBe(2);
    expect(turns(scheduler, 4)).toBe("1 3 1 3");
    scheduler.remove(all[0]);
    scheduler.remove(all[0]);
    expect(scheduler.count).toBe(1);
    expect(all.map(({ queued }) => queued)).toEqual([false, true]);
  });

  test("PU-014 a priority that changes on the way", () => {
    const { scheduler, all } = scheduled("1 3 5i");
    expect(turns(scheduler, 2)).toBe("5 1");
    Object.assign(all[1], { urgency: 0 });
    scheduler.reprioritize(all[1]);
    expect(turns(scheduler, 2)).toBe("3 3");
    Object.assign(all[1], { urgency: 3, incremental: true });
    scheduler.reprioritize(all[1]);
    expect(turns(scheduler, 4)).toBe("3 5 1 3");
    const other = stream(9);
    scheduler.reprioritize(other);
    expect([scheduler.count, other.queued]).toEqual([3, false]);
  });

  test("a stream whose priority changed unannounced can still be let go", () => {
    const { scheduler, all } = scheduled("1u1 3u2");
    Object.assign(all[0], { urgency: 6, incremental: true });
    scheduler.remove(all[0]);
    expect([turns(scheduler, 2), scheduler.count]).toEqual(["3 3", 1]);
  });

  test("nobody starves within a level, however streams come and go", () => {
    const { scheduler, all } = scheduled("1i 3i 5i 7i");
    const seen = new Set<number>();
    for (let i = 0; i < 8; i++) {
      const next = scheduler.next() as Schedulable;
      seen.add(next.id);
      // Its window was used up, and is given back at once.
      scheduler.remove(next);
      scheduler.add(next);
    }
    expect([...seen].sort()).toEqual(all.map(({ id }) => id));
  });
});

/** The rule in the fewest words: sorted anew each time. */
class NaiveScheduler {
  readonly #last = new Map<number, number>();
  streams: Schedulable[] = [];

  next(): number {
    const urgency = Math.min(...this.streams.map((one) => one.urgency));
    const level = this.streams.filter((one) => one.urgency === urgency).sort((a, b) => a.id - b.id);
    if (level.length === 0) return 0;
    const rotating = level.filter(({ incremental }) => incremental);
    const first = level.find(({ incremental }) => !incremental);
    if (rotating.length === 0) return first?.id ?? 0;
    const last = this.#last.get(urgency) ?? 0;
    const following = rotating.find(({ id }) => id > last);
    if (following === undefined && first !== undefined) {
      this.#last.set(urgency, 0);
      return first.id;
    }
    const chosen = following ?? rotating[0];
    this.#last.set(urgency, chosen.id);
    return chosen.id;
  }
}

test("PU-004 the same turns as a naive scheduler, whatever comes and goes", () => {
  const operation = fc.record({
    kind: fc.constantFrom("add", "remove", "change", "next", "next"),
    at: fc.nat({ max: 15 }),
    urgency: fc.nat({ max: 7 }),
    incremental: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const scheduler = new Scheduler();
      const naive = new NaiveScheduler();
      const all = Array.from({ length: 16 }, (_, i) => stream(2 * i + 1));
      for (const { kind, at, urgency, incremental } of operations) {
        const one = all[at];
        if (kind === "add") {
          scheduler.add(one);
          if (!naive.streams.includes(one)) naive.streams.push(one);
        } else if (kind === "remove") {
          scheduler.remove(one);
          naive.streams = naive.streams.filter((other) => other !== one);
        } else if (kind === "change") {
          Object.assign(one, { urgency, incremental });
          scheduler.reprioritize(one);
        } else {
          expect(scheduler.next()?.id ?? 0).toBe(naive.next());
        }
        expect(scheduler.count).toBe(naive.streams.length);
        expect(one.queued).toBe(naive.streams.includes(one));
      }
    }),
    { numRuns: 1000 },
  );
});
