// Every limit of an HTTP/2 connection: at it an input is accepted, one above it is refused with the limit's own code,
// scope and status, the same at every cut (RFC 9113 section 10.5). Titles carry the rows of the rule list.

import { ERRORS, type ErrorName, H2_LIMITS, type H2LimitName, type H2Limits } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  expectAlive,
  expectConnectionError,
  expectStreamError,
  type Step,
  type TalkOptions,
  type Transcript,
  talk,
} from "../helpers/h2-dialogue.js";
import { END_STREAM, TYPE } from "../helpers/h2-names.js";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  headers,
  OK,
  POST,
  settings,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const times = (count: number, make: (at: number) => Uint8Array) =>
  concat(...Array.from({ length: count }, (_, at) => make(at)));

/** Names, values and 32 octets a field (RFC 9113 section 6.5.2). */
const sizeOf = (fields: readonly string[]) => fields.join("").length + 16 * fields.length;
/** Fields of a request whose list has this size. */
function listOf(size: number, base: readonly string[] = GET): string[] {
  return [...base, "x-fill", "y".repeat(size - sizeOf(base) - 38)];
}
/** A section with this many fields, pseudo-fields included. */
const fieldsOf = (count: number, base: readonly string[] = GET) => [
  ...base,
  ...Array.from({ length: count - base.length / 2 }, () => ["x", "y"]).flat(),
];

interface LimitRow {
  readonly limit: H2LimitName;
  readonly counts: string;
  readonly role: "server" | "client";
  /** A dialogue with exactly this amount. */
  readonly steps: (amount: number) => Step[];
  readonly small: number;
  readonly scope: "stream" | "connection";
  /** The stream of a stream error, for an amount. */
  readonly streamId?: (amount: number) => number;
  readonly others?: TalkOptions;
  /** An error of the limit above, where it is not the one of the table of limits. */
  readonly code?: ErrorName;
}

const open = (fields: Uint8Array, frames: number): Uint8Array => {
  // HEADERS with one octet, CONTINUATION frames of none, and the rest in the last.
  const parts = [frame(TYPE.HEADERS, END_STREAM, 1, fields.subarray(0, 1))];
  for (let at = 1; at < frames; at++) parts.push(continuation(1, new Uint8Array(0), false));
  return concat(...parts, continuation(1, fields.subarray(1)));
};

const ROWS: readonly LimitRow[] = [
  {
    limit: "concurrentStreams",
    counts: "H2-053 H2-050 streams at a time",
    role: "server",
    small: 3,
    scope: "stream",
    steps: (n) => [times(n, (at) => headers(2 * at + 1, POST))],
    streamId: (n) => 2 * n - 1,
    others: { cuts: "few" },
  },
  {
    limit: "fieldSectionLength",
    counts: "H2-199 H2-106 size of a request's list",
    role: "server",
    small: 300,
    scope: "stream",
    steps: (n) => [headers(1, listOf(n), end)],
  },
  {
    limit: "fieldSectionLength",
    counts: "H2-199 size of a response's list",
    role: "client",
    small: 300,
    scope: "stream",
    steps: (n) => [ask, headers(1, listOf(n, OK), end)],
  },
  {
    limit: "fieldSectionLength",
    counts: "H2-199 the same in pieces",
    role: "server",
    small: 300,
    scope: "stream",
    steps: (n) => [headers(1, listOf(n), { end: true, split: [9, 40] })],
  },
  {
    limit: "fieldCount",
    counts: "H2-179 fields of a request",
    role: "server",
    small: 7,
    scope: "stream",
    steps: (n) => [headers(1, fieldsOf(n), end)],
  },
  {
    limit: "fieldCount",
    counts: "H2-179 cookie crumbs",
    role: "server",
    small: 7,
    scope: "stream",
    steps: (n) => [
      headers(1, [...GET, ...Array.from({ length: n - 4 }, () => ["cookie", "a=b"]).flat()], end),
    ],
  },
  {
    limit: "fieldCount",
    counts: "H2-179 fields of a response",
    role: "client",
    small: 7,
    scope: "stream",
    steps: (n) => [ask, headers(1, fieldsOf(n, OK), end)],
  },
  {
    limit: "trailerSectionLength",
    counts: "H2-199 size of a list of trailers",
    role: "server",
    small: 200,
    scope: "stream",
    steps: (n) => [headers(1, POST), headers(1, listOf(n, []), end)],
  },
  {
    limit: "trailerCount",
    counts: "H2-199 trailers",
    role: "server",
    small: 4,
    scope: "stream",
    steps: (n) => [headers(1, POST), headers(1, fieldsOf(n, []), end)],
  },
  {
    limit: "trailerCount",
    counts: "H2-199 trailers of a response",
    role: "client",
    small: 4,
    scope: "stream",
    steps: (n) => [ask, headers(1, OK), headers(1, fieldsOf(n, []), end)],
  },
  {
    limit: "fieldBlockLength",
    counts: "H2-147 octets of a block in one frame",
    role: "server",
    small: 200,
    scope: "connection",
    steps: (n) => [
      headers(1, concat(block(GET), field("x", "y".repeat(n - block(GET).length - 5))), end),
    ],
    others: {},
  },
  {
    limit: "fieldBlockLength",
    counts: "H2-147 octets of a block in three",
    role: "server",
    small: 200,
    scope: "connection",
    steps: (n) => [
      headers(1, concat(block(GET), field("x", "y".repeat(n - block(GET).length - 5))), {
        end: true,
        split: [50, 60],
      }),
    ],
  },
  {
    limit: "continuationCount",
    counts: "H2-147 H2-029 CONTINUATION frames, empty ones included",
    role: "server",
    small: 5,
    scope: "connection",
    steps: (n) => [open(block(GET), n)],
  },
  {
    limit: "bodyLength",
    counts: "H2-160 octets of content",
    role: "server",
    small: 10,
    scope: "stream",
    steps: (n) => [headers(1, POST), data(1, "x".repeat(5)), data(1, "x".repeat(n - 5), end)],
  },
  {
    limit: "bodyLength",
    counts: "H2-160 content as the head announces it",
    role: "server",
    small: 10,
    scope: "stream",
    steps: (n) => [
      headers(1, [...POST, "content-length", String(n)]),
      ...(n > 10 ? [] : [data(1, "x".repeat(n), end)]),
    ],
  },
  {
    limit: "bodyLength",
    counts: "H2-160 octets of a response's content",
    role: "client",
    small: 10,
    scope: "stream",
    steps: (n) => [ask, headers(1, OK), data(1, "x".repeat(n), end)],
  },
  {
    limit: "settingsCount",
    counts: "H2-113 settings in one frame",
    role: "server",
    small: 4,
    scope: "connection",
    steps: (n) => [settings(Array.from({ length: n }, (_, at) => [0x100 + at, 1] as const))],
  },
  {
    limit: "settingsCount",
    counts: "H2-113 settings of a server",
    role: "client",
    small: 4,
    scope: "connection",
    steps: (n) => [settings(Array.from({ length: n }, () => [4, 1000] as const))],
  },
];

function played({ role, steps, limit, others, small }: LimitRow, amount: number): Transcript {
  return talk(role, steps(amount), {
    ...others,
    limits: { [limit]: small },
    respondToErrors: false,
  });
}

describe.each(ROWS.map((row) => [`${row.counts}: ${row.limit}`, row] as const))(
  "%s",
  (_name, row) => {
    const code = row.code ?? (H2_LIMITS[row.limit].error as ErrorName);

    test("below and at the limit is accepted", () => {
      for (const amount of [row.small - 1, row.small])
        expect(played(row, amount).errors).toEqual([]);
    });

    test("one above is refused with the code, scope and status of the limit", () => {
      const t = played(row, row.small + 1);
      if (row.scope === "connection") expectConnectionError(t, code);
      else expectStreamError(t, row.streamId?.(row.small + 1) ?? 1, code);
      expect(t.errors.at(-1)?.status).toBe(ERRORS[code].status);
    });

    test("far above is refused the same way", () => {
      const near = played(row, row.small + 1).errors[0];
      const far = played(row, row.small + 100).errors[0];
      expect([far?.code, far?.scope]).toEqual([near?.code, near?.scope]);
    });
  },
);

describe("what a server answers before it resets", () => {
  test.each<[string, number, boolean, H2Limits, Step[]]>([
    [
      "a whole request with too many fields",
      431,
      true,
      { fieldCount: 7 },
      [headers(1, fieldsOf(8), end)],
    ],
    [
      "a request under way with too many fields",
      431,
      false,
      { fieldCount: 7 },
      [headers(1, fieldsOf(8, POST))],
    ],
    [
      "a list that is too long",
      431,
      true,
      { fieldSectionLength: 300 },
      [headers(1, listOf(301), end)],
    ],
    ["content that is too long", 413, false, { bodyLength: 1 }, [headers(1, POST), data(1, "xy")]],
    [
      "content that would be too long",
      413,
      false,
      { bodyLength: 1 },
      [headers(1, [...POST, "content-length", "2"])],
    ],
  ])("H2-199 H2-162 %s: %d", (_name, status, isWhole, limits, steps) => {
    const t = talk("server", steps, { limits });
    expect(t.errors.map((error) => error.status)).toEqual([status]);
    // A whole answer, then RST_STREAM where the request is still under way (RFC 9113 section 8.1).
    expect(t.sent[0]).toMatch(new RegExp(`^HEADERS 1 end :status: ${status}`));
    if (isWhole) expect(t.sent).toHaveLength(1);
    else expect(t.sent.slice(1)).toEqual(["RST_STREAM 1 NO_ERROR"]);
    expectAlive(t);
  });

  test("H2-199 nothing but the reset where an answer has begun", () => {
    const t = talk(
      "server",
      [headers(1, POST), (c) => c.sendResponse(1, { status: 200, headers: [] }), data(1, "xy")],
      { limits: { bodyLength: 1 } },
    );
    expect(t.sent).toEqual(["HEADERS 1 :status: 200", "RST_STREAM 1 ENHANCE_YOUR_CALM"]);
  });
});

describe("the table of limits", () => {
  test("every limit has a test here or in a file of its subject", () => {
    const apart: H2LimitName[] = [
      "controlBudget",
      "controlRate",
      "smallDataLength",
      "resetBurst",
      "resetRate",
      "outboundControlLength",
      "headerMemory",
      "headerAmplification",
      "streamSendLength",
      "sendBufferLength",
      "encoderTableLength",
      "pendingPings",
      "settingsTimeout",
      "fieldBlockTimeout",
      "pushReservedCount",
      "debugDataLength",
    ];
    const tested = new Set<string>([...ROWS.map((row) => row.limit), ...apart]);
    expect(Object.keys(H2_LIMITS).filter((name) => !tested.has(name))).toEqual([]);
  });

  test("an unknown limit or a value out of range is a UsageError", () => {
    const make = (limits: H2Limits) => () => new H2Connection({ role: "server", limits });
    expect(make({ nothing: 1 } as H2Limits)).toThrow(
      expect.objectContaining({ code: "LIMIT_UNKNOWN" }),
    );
    for (const name of Object.keys(H2_LIMITS) as H2LimitName[]) {
      const { min, max } = H2_LIMITS[name];
      for (const value of [min - 1, max + 1, Number.NaN, min + 0.5]) {
        if (value === Number.POSITIVE_INFINITY) continue;
        expect(make({ [name]: value }), `${name} ${value}`).toThrow(
          expect.objectContaining({ name: "UsageError", code: "LIMIT_INVALID" }),
        );
      }
      expect(make({ [name]: min })).not.toThrow();
    }
  });

  test("a connection at its limits still answers", () => {
    expectAlive(talk("server", headers(1, fieldsOf(200), end)));
  });
});
