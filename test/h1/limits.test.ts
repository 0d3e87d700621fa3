// Every limit of an HTTP/1.1 connection: below it and at it an input is accepted, one above it is
// refused with the limit's own code and status, at an offset that no cut changes (RFC 9112 section 3,
// RFC 9110 section 5.4).

import { ERRORS, H1_LIMITS, type H1LimitName, type H1Limits } from "tercet";
import { bytesOf, feed, type PlainEvent } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, expectSameAtEveryCut, silentServer } from "../helpers/cuts.js";
import { LIMIT_ROWS, type LimitRow, smallChunkBody } from "../helpers/limit-rows.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\n";
const EMPTY = new Uint8Array(0);

function errorOf(events: readonly PlainEvent[]): Extract<PlainEvent, { type: "error" }> | null {
  const last = events.at(-1);
  return last?.type === "error" ? last : null;
}

/** The events of an input under one limit, the same at every cut. */
function eventsOf(role: "server" | "client", wire: string, limits: H1Limits): PlainEvent[] {
  const make = () =>
    role === "server" ? silentServer({ limits }) : clientAfter([{ method: "GET" }], { limits });
  const bytes = bytesOf(wire);
  return expectSameAtEveryCut(
    make,
    role,
    bytes,
    bytes.length > 2_000 ? { most: 40, randomCount: 3 } : {},
  );
}

function outcome(
  { role, wire, limit, others }: LimitRow,
  amount: number,
  value: number,
): PlainEvent[] {
  return eventsOf(role, wire(amount), { ...others, [limit]: value });
}

describe.each(LIMIT_ROWS.map((row) => [`${row.limit}: ${row.counts}`, row] as const))(
  "%s",
  (_name, row) => {
    const standard = H1_LIMITS[row.limit].default;
    const values = standard <= 64 * 1024 ? [row.small, standard] : [row.small];

    test.each(values)("%d: below and at the limit is accepted", (value) => {
      expect(errorOf(outcome(row, value - 1, value))).toBeNull();
      expect(errorOf(outcome(row, value, value))).toBeNull();
    });

    test.each(values)("%d: one above is refused with the code of the limit", (value) => {
      const error = errorOf(outcome(row, value + 1, value));
      expect(error).toEqual({
        type: "error",
        code: row.code,
        status: ERRORS[row.code].status,
        offset: row.offset(value, value + 1),
      });
    });

    test("far above is refused at the same offset", () => {
      const near = errorOf(outcome(row, row.small + 1, row.small));
      expect(errorOf(outcome(row, row.small + 900, row.small))).toEqual(near);
    });

    test("an endless input is refused before it ends", () => {
      // Without the last bytes of the input: the line that is too long never ends.
      const wire = row.wire(row.small + 900).slice(0, row.offset(row.small, row.small + 900) + 2);
      expect(
        errorOf(eventsOf(row.role, wire, { ...row.others, [row.limit]: row.small }))?.code,
      ).toBe(row.code);
    });
  },
);

describe("bodyLength with a length: at the limit, and refused by the head", () => {
  const wire = (length: number) => `${POST}Content-Length: ${length}\r\n\r\n${"x".repeat(length)}`;
  test("below and at", () => {
    for (const length of [0, 9, 10]) {
      const events = eventsOf("server", wire(length), { bodyLength: 10 });
      expect(events.at(-1)).toEqual({ type: "end", streamId: 1 });
    }
  });
  test("above: 413", () => {
    const error = errorOf(eventsOf("server", wire(11), { bodyLength: 10 }));
    expect(error).toMatchObject({ code: "H1_BODY_TOO_LARGE", status: 413 });
  });
  test("until close: as many bytes as the limit are given, the next one is refused", () => {
    const head = "HTTP/1.1 200 OK\r\n\r\n";
    const good = eventsOf("client", `${head}0123456789`, { bodyLength: 10 });
    expect(good.at(-1)).toEqual({ type: "data", streamId: 1, content: "0123456789" });
    const bad = eventsOf("client", `${head}0123456789x`, { bodyLength: 10 });
    expect(bad.at(-2)).toEqual({ type: "data", streamId: 1, content: "0123456789" });
    expect(errorOf(bad)).toMatchObject({ code: "H1_BODY_TOO_LARGE", offset: head.length + 10 });
  });
});

describe("chunkOverheadRatio and chunkOverheadFloor", () => {
  // Each chunk: one byte of data, 12 bytes of line and CRLFs.
  const wire = (count: number) => smallChunkBody(count, 12);
  const limits = { chunkOverheadFloor: 100, chunkOverheadRatio: 2 };

  test("overhead up to the floor is forgiven", () => {
    expect(errorOf(eventsOf("server", wire(8), limits))).toBeNull();
  });
  test("overhead within the ratio is accepted without end", () => {
    expect(
      errorOf(eventsOf("server", wire(200), { ...limits, chunkOverheadRatio: 12 })),
    ).toBeNull();
  });
  test("overhead above both is refused", () => {
    expect(errorOf(eventsOf("server", wire(200), limits))).toMatchObject({
      code: "H1_CHUNK_OVERHEAD",
      status: 400,
    });
  });
  test("a higher floor moves the refusal, as far as it is higher", () => {
    const offset = (floor: number) =>
      errorOf(eventsOf("server", wire(400), { ...limits, chunkOverheadFloor: floor }))?.offset ?? 0;
    expect(offset(200)).toBeGreaterThan(offset(100));
    expect(offset(400)).toBeGreaterThan(offset(200));
  });
  test("the defaults let one-byte chunks through", () => {
    const count = 30_000;
    const make = () => silentServer();
    const events = feed(make(), [bytesOf(smallChunkBody(count, 5))]);
    expect(events.at(-1)).toEqual({ type: "end", streamId: 1 });
  });
});

describe("pipelineCount: reading pauses", () => {
  const server = (pipelineCount: number) =>
    new H1Connection({ role: "server", limits: { pipelineCount } });
  const heads = (connection: H1Connection, bytes: Uint8Array) =>
    connection.receive(bytes).filter((event) => event.type === "head").length;

  test.each([1, 3, 64])("%d requests are given, the next waits for an answer", (limit) => {
    const connection = server(limit);
    expect(heads(connection, bytesOf(GET.repeat(limit + 2)))).toBe(limit);
    expect(connection.paused).toBe(true);
    expect(connection.heldAmount).toBe(2 * GET.length);
    connection.sendResponse(1, { status: 200, headers: [], content: "" });
    expect(heads(connection, EMPTY)).toBe(1);
    expect(connection.heldAmount).toBe(GET.length);
    expect(connection.paused).toBe(true);
  });

  test("one below the limit: nothing waits", () => {
    const connection = server(3);
    expect(heads(connection, bytesOf(GET.repeat(2)))).toBe(2);
    expect(connection.paused).toBe(false);
    expect(connection.heldAmount).toBe(0);
  });

  test("cuts do not matter", () => {
    const make = () => server(2);
    const events = expectSameAtEveryCut(make, "server", bytesOf(GET.repeat(4)));
    expect(events.filter((event) => event.type === "request")).toHaveLength(2);
  });
});

describe("heldLength: bytes that wait", () => {
  const connection = (heldLength: number) =>
    new H1Connection({ role: "server", limits: { pipelineCount: 1, heldLength } });
  const wire = (held: number) => bytesOf(GET + "x".repeat(held));

  test("at the limit they wait, above it the connection fails without an answer", () => {
    for (const held of [9, 10]) {
      const events = expectSameAtEveryCut(() => connection(10), "server", wire(held));
      expect(errorOf(events)).toBeNull();
    }
    const error = errorOf(expectSameAtEveryCut(() => connection(10), "server", wire(11)));
    expect(error).toEqual({
      type: "error",
      code: "H1_HELD_TOO_LARGE",
      status: null,
      offset: GET.length + 10,
    });
  });

  test("0: nothing may wait", () => {
    expect(errorOf(feed(connection(0), [wire(0)]))).toBeNull();
    expect(errorOf(feed(connection(0), [wire(1)]))?.code).toBe("H1_HELD_TOO_LARGE");
  });
});

describe("sendBufferLength: writing pauses", () => {
  test("sendData gives false above it, and writable comes once the bytes are taken", () => {
    const server = new H1Connection({ role: "server", limits: { sendBufferLength: 200 } });
    server.receive(bytesOf(GET));
    server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    server.take();
    expect(server.sendData(1, new Uint8Array(100))).toBe(true);
    expect(server.sendData(1, new Uint8Array(100))).toBe(false);
    expect(server.bufferedAmount).toBeGreaterThanOrEqual(200);
    expect(server.receive(EMPTY)).toEqual([]);
    server.take();
    expect(server.bufferedAmount).toBe(0);
    expect(server.receive(EMPTY)).toEqual([{ type: "writable", streamId: 1 }]);
    expect(server.receive(EMPTY)).toEqual([]);
  });
});

describe("the table of limits", () => {
  test("every limit has a test here", () => {
    const apart: H1LimitName[] = [
      "chunkOverheadRatio",
      "chunkOverheadFloor",
      "pipelineCount",
      "heldLength",
      "sendBufferLength",
    ];
    const tested = new Set<string>([...LIMIT_ROWS.map((row) => row.limit), ...apart]);
    expect(Object.keys(H1_LIMITS).filter((name) => !tested.has(name))).toEqual([]);
  });

  test("an unknown limit or a value out of range is a UsageError", () => {
    const make = (limits: H1Limits) => () => new H1Connection({ role: "server", limits });
    expect(make({ nothing: 1 } as H1Limits)).toThrow(
      expect.objectContaining({ code: "LIMIT_UNKNOWN" }),
    );
    for (const name of Object.keys(H1_LIMITS) as H1LimitName[]) {
      const { min, max } = H1_LIMITS[name];
      for (const value of [min - 1, max + 1, Number.NaN, min + 0.5, "8" as unknown as number]) {
        if (value === Number.POSITIVE_INFINITY) continue;
        expect(make({ [name]: value }), `${name} ${value}`).toThrow(
          expect.objectContaining({ name: "UsageError", code: "LIMIT_INVALID" }),
        );
      }
      expect(make({ [name]: min })).not.toThrow();
    }
  });
});
