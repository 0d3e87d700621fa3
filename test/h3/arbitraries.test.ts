// The arbitraries and helpers of tercet/fuzz for HTTP/3 and QPACK: what they write is what the plain readers read,
// what a dialogue says is what a connection hears, in every order and at every cut, and each helper can tell a
// difference where there is one.

import * as fc from "fast-check";
import {
  answersFault,
  appendPlain,
  arrive,
  byStream,
  compareArrivalCuts,
  compareInterleavings,
  concat,
  dialogueFault,
  feedArrivals,
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
import { H3Connection } from "tercet/h3";
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

const server = () => new H3Connection({ role: "server" });
const client = (requests: number) => () => {
  const one = new H3Connection({ role: "client" });
  for (let at = 0; at < requests; at++) {
    one.sendRequest({ method: "GET", authority: "a", headers: [] });
  }
  return one;
};

describe("dialogues", () => {
  test("a server reads what was said, and a client what was answered", () => {
    fc.assert(
      fc.property(h3.dialogue, (dialogue) => {
        expect(dialogueFault(feedArrivals(server(), dialogue.arrivals), dialogue)).toBeNull();
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(h3.answers, (answers) => {
        const make = client(answers.responses.length);
        expect(answersFault(feedArrivals(make(), answers.arrivals), answers)).toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  test("at every cut of each stream", () => {
    fc.assert(
      fc.property(h3.dialogue, h3.answers, ({ arrivals }, answers) => {
        expect(compareArrivalCuts(server, arrivals, { most: 60 })).toBeNull();
        const make = client(answers.responses.length);
        expect(compareArrivalCuts(make, answers.arrivals, { most: 60 })).toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  test("in any order of their streams", () => {
    fc.assert(
      fc.property(h3.dialogue, h3.answers, fc.nat(), ({ arrivals }, answers, seed) => {
        expect(compareInterleavings(server, arrivals, 20, seed)).toBeNull();
        const make = client(answers.responses.length);
        expect(compareInterleavings(make, answers.arrivals, 20, seed)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test("in every order of small streams", () => {
    const on = (streamId: number, bytes: Uint8Array, fin = false): H3Arrival => {
      return { do: "stream", streamId, bytes, fin };
    };
    const { headers, data, varint, control } = h3Frames;
    const { dynamicField, insert, prefix, requestLines, setCapacity } = h3Fields;
    const section = headers(concat([prefix(1), requestLines("POST"), dynamicField(0)]));
    const arrivals = [
      on(2, control()),
      on(6, varint(2)),
      on(6, concat([setCapacity(100), insert("x-a", "1")])),
      on(0, section),
      on(0, data("abc"), true),
      on(4, section),
      on(4, data("d")),
      on(4, new Uint8Array(0), true),
    ];
    expect(interleavings(arrivals, 10_000)).toHaveLength(1_680);
    expect(compareInterleavings(server, arrivals, 10_000)).toBeNull();
  });
});

describe("sessions of WebTransport", () => {
  test("a server reads every stream and capsule, whatever came first", () => {
    fc.assert(
      fc.property(h3.webtransport, ({ arrivals, streams, capsules }) => {
        const connection = new H3Connection({ role: "server", webtransport: true });
        const events: PlainEvent[] = [];
        for (const step of arrivals) {
          const heard = arrive(connection, step);
          appendPlain(events, heard);
          if (heard.some((event) => event.type === "head")) {
            connection.sendResponse(0, { status: 200, headers: [] });
            appendPlain(events, connection.poll());
          }
        }
        expect(h3Violation(events, { role: "server", arrivals })).toBeNull();
        const lanes = byStream(events);
        for (const { streamId, unidirectional, content, isEnded } of streams) {
          expect(lanes.get(streamId)).toEqual([
            { type: "stream", streamId, sessionId: 0, unidirectional },
            ...(content === "" ? [] : [{ type: "streamData", streamId, content }]),
            ...(isEnded ? [{ type: "streamEnd", streamId }] : []),
          ]);
        }
        const heard = (lanes.get(0) ?? []).flatMap((event) =>
          event.type === "capsule" ? [[event.capsuleType, event.value]] : [],
        );
        expect(heard).toEqual(capsules);
      }),
      { numRuns: 300 },
    );
  });
});

describe("hostile sessions", () => {
  test.each(["server", "client"] as const)("the same events at every cut of a %s", (role) => {
    const make = role === "server" ? server : client(4);
    fc.assert(
      fc.property(h3.broken(role), (bytes) => {
        const arrivals = sessionOf(bytes, { role, requests: 4 });
        const events = feedArrivals(make(), arrivals);
        expect(h3Violation(events, { role, arrivals })).toBeNull();
        expect(compareArrivalCuts(make, arrivals, { most: 40, randomCount: 4 })).toBeNull();
      }),
      { numRuns: 100 },
    );
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

  test("content that differs from what was said, and an order that changes it", () => {
    const on = (bytes: Uint8Array, fin: boolean): H3Arrival => {
      return { do: "stream", streamId: 0, bytes, fin };
    };
    const { data, headers } = h3Frames;
    const post = headers(h3Fields.request("POST"));
    const requests = [
      { streamId: 0, method: "POST", path: "/", headers: [], body: "ab", trailers: null },
    ];
    const heard = (...parts: readonly Uint8Array[]) =>
      dialogueFault(feedArrivals(server(), [on(concat(parts), true)]), { requests });
    expect(heard(post, data("ab"))).toBeNull();
    expect(heard(post, data("ax"))).toContain("stream 0");
    expect(heard(post)).toContain("stream 0");
    const twice = [4, 8].map((streamId): H3Arrival => ({ do: "reset", streamId, code: 0x10c }));
    const odd = () => {
      let count = 0;
      const none = () => [];
      return {
        receiveStream: none,
        receiveReset: (streamId: number) =>
          count++ > 0 ? [] : [{ type: "reset" as const, streamId, code: 0 }],
        receiveStopSending: none,
        receiveDatagram: none,
      };
    };
    expect(compareInterleavings(odd, twice)).toContain("stream");
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
