// The arbitraries and helpers of tercet/fuzz for HTTP/3 and QPACK: what they write is what the plain readers read,
// what a dialogue says is what a connection hears, in every order and at every cut, and each helper can tell a
// difference where there is one.

import * as fc from "fast-check";
import {
  type H3Arrival,
  h3Arbitraries,
  h3Fields,
  h3Frames,
  h3Violation,
  interleavings,
  type PlainEvent,
  sessionBytes,
  sessionOf,
} from "tercet/fuzz";
import { describe, expect, test } from "vitest";
import { NaiveQpack } from "../helpers/naive/qpack.js";

const h3 = h3Arbitraries(fc);

const naiveList = (outcome: ReturnType<NaiveQpack["section"]>): unknown =>
  "fields" in outcome ? outcome.fields.flatMap(({ name, value }) => [name, value]) : outcome;

describe("QPACK sessions", () => {
  test("say what the plain reader reads", () => {
    fc.assert(
      fc.property(h3.qpack, ({ capacity, steps, lists }) => {
        const naive = new NaiveQpack({ maxTableCapacity: capacity });
        const read: unknown[] = [];
        for (const step of steps) {
          if (step.do === "instructions") expect(naive.encoderStream(step.bytes)).toBeNull();
          else if (step.do === "section")
            read.push(naiveList(naive.section(step.streamId, step.bytes)));
        }
        expect(read).toEqual(lists);
      }),
      { numRuns: 500 },
    );
  });

  test("most sections and instructions are good, and not all", () => {
    const isGood = (section: Uint8Array) => {
      const naive = new NaiveQpack();
      naive.encoderStream(
        Buffer.concat([h3Fields.setCapacity(4_096), ...Array(20).fill(h3Fields.insert("a", "b"))]),
      );
      return "fields" in naive.section(0, section);
    };
    const sections = fc.sample(h3.section, { numRuns: 300, seed: 1 });
    const goodSections = sections.filter(isGood).length;
    expect(goodSections).toBeGreaterThan(100);
    expect(goodSections).toBeLessThan(290);
    const streams = fc.sample(h3.instructions, { numRuns: 300, seed: 1 });
    const good = streams.filter((one) => new NaiveQpack().encoderStream(one) === null).length;
    expect(good).toBeGreaterThan(60);
    expect(good).toBeLessThan(280);
  });
});

describe("sessions as bytes", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(h3.dialogue, ({ arrivals }) => {
        expect(sessionOf(sessionBytes(arrivals, "server"), { role: "server" })).toEqual(arrivals);
      }),
    );
    fc.assert(
      fc.property(h3.answers, ({ arrivals }) => {
        const rules = { role: "client", requests: 4 } as const;
        expect(sessionOf(sessionBytes(arrivals, "client"), rules)).toEqual(arrivals);
      }),
    );
  });

  test("any bytes are some session, in which QUIC's own rules hold", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("server", "client"),
        (bytes, role) => {
          const over = new Set<string>();
          for (const step of sessionOf(bytes, { role, requests: 2 })) {
            if (step.do === "datagram") continue;
            const lane = `${step.do === "stopSending"} ${step.streamId}`;
            expect(over.has(lane)).toBe(false);
            if (step.do !== "stream" || step.fin) over.add(lane);
          }
        },
      ),
    );
  });
});

describe("the helpers see", () => {
  const { frame, readFrames, varint } = h3Frames;

  test("frames that are not whole", () => {
    const { frames, rest } = readFrames(frame(1, "ab", 3));
    expect(frames).toEqual([]);
    expect(rest).toHaveLength(4);
    expect(varint(5, 8)).toEqual(Uint8Array.of(0xc0, 0, 0, 0, 0, 0, 0, 5));
    expect(h3Frames.readVarint(varint(2n ** 62n - 1n), 0)?.value).toBe(2n ** 62n - 1n);
  });

  test("every order of small streams, each once", () => {
    const steps: H3Arrival[] = [0, 0, 4, 4, 8].map((streamId, at) => ({
      do: "stream",
      streamId,
      bytes: Uint8Array.of(at),
      fin: false,
    }));
    const orders = interleavings(steps).map((order) => JSON.stringify(order));
    expect(new Set(orders).size).toBe(30);
    expect(orders).toHaveLength(30);
  });

  const head = { method: "GET", target: "/", headers: [] } as never;
  const fatal = { type: "error", code: "H3_CONTROL_FLOOD", offset: 0, status: null } as const;
  test.each<[string, PlainEvent[]]>([
    ["a second head", [0, 0].map((streamId) => ({ type: "request", streamId, head }))],
    ["content before the head", [{ type: "data", streamId: 0, content: "x" }]],
    ["an end without a head", [{ type: "end", streamId: 0 }]],
    ["a request on a stream of the server", [{ type: "request", streamId: 1, head }]],
    [
      "events behind a connection error",
      [
        { ...fatal, scope: "connection" },
        { type: "end", streamId: 0 },
      ],
    ],
    ["two errors of a stream", [0, 0].map((streamId) => ({ ...fatal, scope: "stream", streamId }))],
    ["an offset outside", [{ ...fatal, scope: "connection", offset: 1 }]],
    ["settings twice", [1, 2].map(() => ({ type: "settings", settings: [] }))],
  ])("%s", (_name, events) => {
    expect(h3Violation(events, { role: "server", arrivals: [] })).not.toBeNull();
  });
});
