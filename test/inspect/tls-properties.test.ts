// TLS connections that were cut, shortened, changed, begun late, or whose keys are missing: nothing is thrown, nothing is
// given that the applications did not send, and how the octets were cut changes nothing.

import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { TlsConnection } from "../../src/inspect/tls/tls-connection.js";
import type { TlsEvent } from "../../src/inspect/tls/tls-events.js";
import { applicationData, closedReasons, keyLogOf, observe, only } from "../helpers/tls-observe.js";
import { DATA, extension, HANDSHAKE, KEY_UPDATE, TlsScript } from "../helpers/tls-script.js";
import { type TlsTrace, text, traceTls, type WirePiece } from "../helpers/tls-wire.js";

const DIRECTIONS = ["client", "server"] as const;
const CHUNKS = Array.from({ length: 8 }, (_, at) => text(`message ${at} `.repeat(1 + at * 40)));

let traces: TlsTrace[] = [];
beforeAll(async () => {
  traces = [
    await traceTls({ chunks: CHUNKS }),
    await traceTls({ chunks: CHUNKS, client: { maxVersion: "TLSv1.2" } }),
  ];
});

/** Both versions of TLS. */
const both = (name: string, body: (trace: TlsTrace) => void): void => {
  test.each([
    ["TLS 1.3", 0],
    ["TLS 1.2", 1],
  ])(`%s: ${name}`, (_version, which) => body(traces[which] as TlsTrace));
};

/** The wire in other pieces, of one direction at a time in its order. */
function recut(wire: readonly WirePiece[], size: () => number): WirePiece[] {
  return wire.flatMap(({ direction, bytes }) => {
    const pieces: WirePiece[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + Math.max(1, size());
      pieces.push({ direction, bytes: bytes.slice(at, end) });
      at = end;
    }
    return pieces;
  });
}

/** Contents of the records of application data, one by one. */
function contents(events: readonly TlsEvent[], direction: Direction): string[] {
  return only(events, "application")
    .filter((event) => event.direction === direction)
    .map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
}

/** Whether `part` is `whole` with some left out. */
function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const item of whole) if (item === part[at]) at++;
  return at === part.length;
}

function expectNothingFalse(events: readonly TlsEvent[], trace: TlsTrace): void {
  const truth = observe(trace.wire, trace.keyLog);
  for (const direction of DIRECTIONS)
    expect(isSubsequence(contents(events, direction), contents(truth, direction))).toBe(true);
}

describe("cuts", () => {
  both("every piece of n octets", (trace) => {
    const whole = observe(trace.wire, trace.keyLog);
    for (const size of [1, 2, 3, 4, 5, 6, 7, 100, 1448])
      expect(
        observe(
          recut(trace.wire, () => size),
          trace.keyLog,
        ),
      ).toEqual(whole);
  });

  both("in any pieces", (trace) => {
    const whole = observe(trace.wire, trace.keyLog);
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 700 })), (sizes) => {
        const wire = recut(trace.wire, () => sizes.next().value as number);
        expect(observe(wire, trace.keyLog)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });
});

describe("octets that are missing", () => {
  both("every shorter connection gives the beginning of the truth", (trace) => {
    for (const direction of DIRECTIONS) {
      const bytes = Buffer.concat(
        trace.wire.filter((piece) => piece.direction === direction).map((piece) => piece.bytes),
      );
      for (let length = 0; length < bytes.length; length += 7) {
        let left = length;
        const wire = trace.wire.map((piece) => {
          if (piece.direction !== direction) return piece;
          const kept = piece.bytes.subarray(0, Math.max(0, left));
          left -= piece.bytes.length;
          return { direction, bytes: kept };
        });
        const data = applicationData(observe(wire, trace.keyLog), direction);
        const truth = Buffer.from(trace[direction]);
        expect(truth.subarray(0, data.length).equals(data)).toBe(true);
      }
    }
  });

  both("it begins in the middle: closed, with its reason", (trace) => {
    for (let from = 1; from < trace.wire.length; from++) {
      const events = observe(trace.wire.slice(from), trace.keyLog);
      expectNothingFalse(events, trace);
      const client = trace.wire.slice(from).some((piece) => piece.direction === "client");
      if (client) expect(closedReasons(events)).not.toEqual({});
    }
  });

  both("a gap of any length anywhere: told, and nothing false", (trace) => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 3_000 }), (place, length) => {
        const connection = new TlsConnection(keyLogOf(trace.keyLog));
        const events: TlsEvent[] = [];
        const done = { client: 0, server: 0 };
        for (const { direction, bytes } of trace.wire) {
          const from = Math.max(0, place - done[direction]);
          const to = Math.max(0, place + length - done[direction]);
          done[direction] += bytes.length;
          events.push(...connection.receive(direction, bytes.slice(0, from)));
          const missing = Math.min(to, bytes.length) - Math.min(from, bytes.length);
          if (missing > 0) events.push(...connection.gap(direction, missing));
          events.push(...connection.receive(direction, bytes.slice(to)));
        }
        for (const direction of DIRECTIONS) events.push(...connection.end(direction));
        expectNothingFalse(events, trace);
      }),
      { numRuns: 300 },
    );
  });

  test("records behind a gap open again: inside a record, and over several", () => {
    for (const [from, length] of [
      [10, 5],
      [3, 20],
      [0, 47],
      [30, 90],
      [1, 5],
    ] as const) {
      const script = new TlsScript().handshake();
      for (let i = 0; i < 6; i++) script.data("client", `data of record ${i}`);
      const head = script.wire.slice(0, -6);
      const tail = Buffer.concat(script.wire.slice(-6).map((piece) => piece.bytes));
      const connection = new TlsConnection(keyLogOf(script.keyLog()));
      for (const { direction, bytes } of head) connection.receive(direction, bytes);
      const events = [
        ...connection.receive("client", tail.subarray(0, from)),
        ...connection.gap("client", length),
        ...connection.receive("client", tail.subarray(from + length)),
      ];
      const size = tail.length / 6;
      const first = Math.floor(from / size);
      const next = Math.ceil((from + length) / size);
      const expected = [0, 1, 2, 3, 4, 5].filter((i) => i < first || i >= next);
      expect(contents(events, "client")).toEqual(expected.map((i) => `data of record ${i}`));
      expect(only(events, "gap")).toHaveLength(1);
    }
  });

  test("a KeyUpdate that is missing", () => {
    const script = new TlsScript().handshake().data("client", "a").updateKeys("client");
    script.data("client", "b");
    script.wire.splice(-2, 1);
    const log = keyLogOf(script.keyLog());
    expect(contents(observe(script.wire, log), "client")).toEqual(["a", "b"]);
  });
});

describe("octets that are changed", () => {
  both("TLS-REC-4: a changed record is not authentic; the others open, behind a gap", (trace) => {
    const truth = observe(trace.wire, trace.keyLog);
    const records = only(truth, "record").filter((record) => record.isProtected);
    for (const target of records) {
      let offset = 0;
      const wire = trace.wire.map(({ direction, bytes }) => {
        const at = target.offset + target.length - 1 - offset;
        if (direction !== target.direction) return { direction, bytes };
        offset += bytes.length;
        if (at < 0 || at >= bytes.length) return { direction, bytes };
        const changed = bytes.slice();
        changed[at] = (changed[at] as number) ^ 0x10;
        return { direction, bytes: changed };
      });
      const events = observe(wire, trace.keyLog);
      expectNothingFalse(events, trace);
      expect(closedReasons(events)).toMatchObject({ "not authentic": 1 });
      const lost = target.contentType === "application_data" ? 1 : 0;
      const all = only(truth, "application").length;
      expect(only(events, "application")).toHaveLength(all - lost);
      expect(only(events, "gap").length).toBeGreaterThanOrEqual(lost);
    }
  });

  both("any octet anywhere", (trace) => {
    const octet = fc.record({
      piece: fc.nat(trace.wire.length - 1),
      at: fc.nat(2_000),
      change: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(octet, ({ piece, at, change }) => {
        const wire = trace.wire.map((each) => ({ ...each, bytes: each.bytes.slice() }));
        const bytes = (wire[piece] as WirePiece).bytes;
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change;
        expectNothingFalse(observe(wire, trace.keyLog), trace);
      }),
      { numRuns: 300 },
    );
  });

  both("pieces that are doubled, left out or exchanged", (trace) => {
    const last = trace.wire.length - 1;
    fc.assert(
      fc.property(fc.nat(last), fc.nat(last), fc.nat(2), (first, second, what) => {
        const wire = [...trace.wire];
        const [a, b] = [wire[first] as WirePiece, wire[second] as WirePiece];
        if (what === 0) wire.splice(second, 0, a);
        else if (what === 1) wire.splice(first, 1);
        else [wire[first], wire[second]] = [b, a];
        // Exchanged data may open in another order: what is true is each record.
        const events = observe(wire, trace.keyLog);
        const truth = observe(trace.wire, trace.keyLog);
        for (const direction of DIRECTIONS) {
          const genuine = new Set(contents(truth, direction));
          expect(contents(events, direction).filter((each) => !genuine.has(each))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("keys", () => {
  both("without any, all of it stays closed", (trace) => {
    const events = observe(trace.wire, "");
    expect(Object.keys(closedReasons(events))).toEqual(["no keys"]);
    expect(only(events, "application")).toEqual([]);
    expect(only(events, "gap")).toEqual([]);
    expect(only(events, "error")).toEqual([]);
    expect(only(events, "hello").at(-1)?.serverName).toBe("localhost");
  });

  both("of another connection", (trace) => {
    const other = traces.find((each) => each !== trace) as TlsTrace;
    expect(Object.keys(closedReasons(observe(trace.wire, other.keyLog)))).toEqual(["no keys"]);
  });

  both("that are wrong", (trace) => {
    const wrong = trace.keyLog.replaceAll(/[0-9a-f]{2}\n/g, "00\n");
    const events = observe(trace.wire, wrong);
    expect(only(events, "application")).toEqual([]);
    expect(Object.keys(closedReasons(events))).toEqual(["not authentic"]);
  });

  both("of a wrong length", (trace) => {
    for (const end of ["aa", "aa".repeat(200)]) {
      const log = trace.keyLog.replaceAll(/^(\S+ \S+) \S+$/gm, `$1 ${end}`);
      expect(only(observe(trace.wire, log), "application")).toEqual([]);
    }
  });

  both("that come late", (trace) => {
    const log = keyLogOf("");
    const connection = new TlsConnection(log);
    const events: TlsEvent[] = [];
    for (const [at, { direction, bytes }] of trace.wire.entries()) {
      // Behind the ServerHello, in the middle of a push.
      if (at === 2) log.push(trace.keyLog);
      events.push(...connection.receive(direction, bytes));
    }
    expectNothingFalse(events, trace);
    expect(only(events, "application").length).toBeGreaterThan(0);
  });

  test("of one direction, or of application data alone", () => {
    const script = new TlsScript().handshake().data("client", "a").data("server", "b");
    const log = (pattern: RegExp) => script.keyLog((label) => pattern.test(label));
    const client = observe(script.wire, log(/^CLIENT/));
    expect([contents(client, "client"), contents(client, "server")]).toEqual([["a"], []]);
    const data = observe(script.wire, log(/TRAFFIC_SECRET_0/));
    expect([contents(data, "client"), contents(data, "server")]).toEqual([["a"], ["b"]]);
    expect(closedReasons(data)).toEqual({ "no keys": 2 });
  });

  test("where the ServerHello is missing", () => {
    const script = new TlsScript().handshake().data("client", "a").data("server", "b");
    for (const wire of [
      script.wire.filter((piece) => piece.direction === "client"),
      script.wire.filter((_piece, at) => at !== 1),
    ]) {
      const events = observe(wire, script.keyLog());
      expect(contents(events, "client")).toEqual(["a"]);
      expect(closedReasons(events)).toEqual({});
    }
  });
});

describe("any octets", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.integer({ min: 19, max: 25 }), fc.uint8Array({ maxLength: 60 }))
      .map(([type, body]) => Uint8Array.of(type, 3, 3, 0, body.length, ...body)),
  );
  const steps = fc.array(fc.tuple(fc.constantFrom(...DIRECTIONS), bytes, fc.nat(9)), {
    maxLength: 12,
  });

  const play = (connection: TlsConnection, list: readonly [Direction, Uint8Array, number][]) => {
    for (const [direction, octets, gap] of list) {
      connection.receive(direction, octets);
      if (gap < 3) connection.gap(direction, gap * 100);
    }
    for (const direction of DIRECTIONS) connection.end(direction);
  };

  test("never throw", () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(new TlsConnection(keyLogOf("")), list);
      }),
      { numRuns: 500 },
    );
  });

  test("never throw inside a connection", () => {
    const script = new TlsScript().handshake().data("client", "a");
    const log = keyLogOf(script.keyLog());
    fc.assert(
      fc.property(fc.nat(script.wire.length), steps, (at, list) => {
        const connection = new TlsConnection(log);
        for (const piece of script.wire.slice(0, at))
          connection.receive(piece.direction, piece.bytes);
        play(connection, list);
        expect(connection.heldBytes).toBeLessThan(100_000);
      }),
      { numRuns: 300 },
    );
  });

  test("never throw as sealed contents", () => {
    const types = fc.constantFrom(HANDSHAKE, 21, 20, DATA, 24, 99);
    const stage = fc.constantFrom("early" as const, "handshake" as const, "application" as const);
    const inside = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(KEY_UPDATE));
    const records = fc.array(fc.tuple(stage, types, inside, fc.nat(20)), { maxLength: 8 });
    fc.assert(
      fc.property(records, (list) => {
        const script = new TlsScript().clientHello(extension(42)).serverHello();
        for (const [name, type, octets, padding] of list)
          script.seal("client", name, type, octets, padding);
        observe(script.wire, script.keyLog());
      }),
      { numRuns: 300 },
    );
  });
});

test("wrong use is told", () => {
  const connection = new TlsConnection(keyLogOf(""));
  expect(() => connection.receive("client", "text" as never)).toThrow("TLS_BYTES_INVALID");
});
