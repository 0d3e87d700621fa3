// Every limit of an HTTP/3 connection: at it an input is accepted, one above it is refused with the limit's own code, scope and status,
// the same at every cut (RFC 9114 section 10.5). Limits that need a clock: patience.test.ts.

import { ERRORS, H3_LIMITS, type H3LimitName, type H3Limits } from "tercet";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import {
  CLIENT,
  fin,
  on,
  type Step,
  type TalkOptions,
  type Transcript,
  talk,
} from "../helpers/h3-dialogue.js";
import { expectAlive } from "../helpers/h3-expect.js";
import {
  capsule,
  concat,
  data,
  extendedConnect,
  GET,
  headers,
  OK,
  POST,
  pushPromise,
  request,
  settings,
  uni,
} from "../helpers/h3-frames.js";
import { fieldSection, line, octets, prefix } from "../helpers/qpack-wire.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const times = (count: number, make: (at: number) => Uint8Array) =>
  concat(...Array.from({ length: count }, (_, at) => make(at)));
const steps = (count: number, make: (at: number) => Step) =>
  Array.from({ length: count }, (_, at) => make(at));

/** Names, values and 32 octets a field (RFC 9114 section 4.2.2). */
const sizeOf = (fields: readonly string[]) => fields.join("").length + 16 * fields.length;
/** Fields whose list has this size. */
const listOf = (size: number, base: readonly string[] = GET): string[] => [
  ...base,
  "x-fill",
  "y".repeat(size - sizeOf(base) - 38),
];
/** This many fields, pseudo-fields included. */
const fieldsOf = (count: number, base: readonly string[] = GET) => [
  ...base,
  ...Array.from({ length: count - base.length / 2 }, () => ["x", "y"]).flat(),
];
/** A section of exactly this many octets. */
function sectionOf(length: number): Uint8Array {
  for (let size = 0; size < length; size++) {
    const bytes = fieldSection([...GET, "x-fill", "y".repeat(size)]);
    if (bytes.length === length) return bytes;
  }
  throw new Error(`no section of ${length} octets`);
}
/** A section of exactly this many octets that waits for an insertion. */
function waiting(length: number): Uint8Array {
  const start = octets(prefix(1), line.dynamic(0));
  for (let size = 0; ; size++) {
    const bytes = octets(start, line.literal("n", "v".repeat(size)));
    if (bytes.length === length) return bytes;
    if (bytes.length > length) throw new Error(`no section of ${length} octets`);
  }
}

interface LimitRow {
  readonly limit: H3LimitName;
  readonly counts: string;
  readonly role: "server" | "client";
  /** A dialogue with exactly this amount. */
  readonly steps: (amount: number) => Step[];
  readonly small: number;
  readonly scope: "stream" | "connection";
  /** The stream of a stream error, for an amount. */
  readonly streamId?: (amount: number) => number;
  readonly others?: TalkOptions;
}

const ROWS: readonly LimitRow[] = [
  {
    limit: "concurrentStreams",
    counts: "H3-MSG-26 requests at a time",
    role: "server",
    small: 3,
    scope: "stream",
    steps: (n) => steps(n, (at) => on(4 * at, headers(POST))),
    streamId: (n) => 4 * (n - 1),
  },
  {
    limit: "fieldSectionLength",
    counts: "H3-MSG-23 octets of a head",
    role: "server",
    small: 400,
    scope: "stream",
    steps: (n) => [fin(0, headers(listOf(n)))],
  },
  {
    limit: "fieldSectionLength",
    counts: "H3-MSG-23 octets of a response",
    role: "client",
    small: 400,
    scope: "stream",
    steps: (n) => [ask, fin(0, headers(listOf(n, OK)))],
  },
  {
    limit: "fieldCount",
    counts: "H3-MSG-26 fields of a head",
    role: "server",
    small: 10,
    scope: "stream",
    steps: (n) => [fin(0, headers(fieldsOf(n)))],
  },
  {
    limit: "fieldCount",
    counts: "H3-MSG-26 cookie crumbs",
    role: "server",
    small: 10,
    scope: "stream",
    steps: (n) => [
      fin(0, headers([...GET, ...Array.from({ length: n - 4 }, () => ["cookie", "a=b"]).flat()])),
    ],
  },
  {
    limit: "trailerSectionLength",
    counts: "H3-MSG-23 octets of trailers",
    role: "server",
    small: 200,
    scope: "stream",
    steps: (n) => [on(0, headers(POST)), fin(0, headers(listOf(n, [])))],
  },
  {
    limit: "trailerCount",
    counts: "H3-MSG-26 trailers",
    role: "server",
    small: 5,
    scope: "stream",
    steps: (n) => [on(0, headers(POST)), fin(0, headers(fieldsOf(n, [])))],
  },
  {
    limit: "fieldBlockLength",
    counts: "H3-FRM-1 encoded octets of a section",
    role: "server",
    small: 100,
    scope: "stream",
    steps: (n) => [fin(0, headers(sectionOf(n)))],
  },
  {
    limit: "unfinishedLength",
    counts: "H3-FRM-1 octets of unfinished sections",
    role: "server",
    small: 100,
    scope: "connection",
    steps: (n) => [
      on(0, headers(sectionOf(90)).subarray(0, 3 + 57)),
      on(4, headers(sectionOf(90), { length: 1_000 }).subarray(0, 3 + n - 57)),
    ],
    others: { cuts: "few" },
  },
  {
    limit: "blockedBytes",
    counts: "QP-FLD-8 octets of sections that wait",
    role: "server",
    small: 200,
    scope: "connection",
    steps: (n) => [on(0, headers(waiting(100))), on(4, headers(waiting(n - 100)))],
  },
  {
    limit: "heldLength",
    counts: "QP-FLD-8 octets behind a section that waits",
    role: "server",
    small: 60,
    scope: "connection",
    steps: (n) => [on(0, headers(waiting(50))), on(0, data("x".repeat(n - 2)))],
  },
  {
    limit: "bodyLength",
    counts: "octets of content",
    role: "server",
    small: 10,
    scope: "stream",
    steps: (n) => [on(0, headers(POST)), fin(0, data("x".repeat(n)))],
  },
  {
    limit: "bodyLength",
    counts: "octets of content in many frames",
    role: "client",
    small: 10,
    scope: "stream",
    steps: (n) => [
      ask,
      on(0, headers(OK)),
      fin(
        0,
        times(n, () => data("x")),
      ),
    ],
  },
  {
    limit: "settingsCount",
    counts: "H3-SET-12 settings",
    role: "server",
    small: 3,
    scope: "connection",
    steps: (n) => [
      on(
        CLIENT.control,
        uni("control", settings(Array.from({ length: n }, (_, at) => [0x4000 + at, at] as const))),
      ),
    ],
    others: { handshake: "none" },
  },
  {
    limit: "pushCount",
    counts: "H3-MSG-26 promises",
    role: "client",
    small: 3,
    scope: "connection",
    steps: (n) => [
      ask,
      (c) => void c.maxPushId(1_000),
      on(
        0,
        times(n, (at) => pushPromise(at, request("GET", `/${at}`))),
      ),
    ],
  },
  {
    limit: "capsuleLength",
    counts: "H3-CAP-1 octets of a capsule",
    role: "server",
    small: 50,
    scope: "stream",
    steps: (n) => [
      on(0, headers(extendedConnect("connect-udp"))),
      (c) => void c.sendResponse(0, { status: 200, headers: [] }),
      on(0, data(capsule("WT_CLOSE_SESSION", new Uint8Array(n)))),
    ],
    others: { settings: { enableConnectProtocol: true } },
  },
];

function talked(row: LimitRow, limit: number, amount: number): Transcript {
  const { others = {}, role } = row;
  const limits: H3Limits = { ...others.limits, [row.limit]: limit };
  return talk(role, row.steps(amount), { ...others, limits });
}

/** Errors of the limit: not others that an input may have besides. */
const codesOf = (t: Transcript) => t.errors.map(({ code }) => code);

function expectRefused(row: LimitRow, t: Transcript, amount: number): void {
  const code = H3_LIMITS[row.limit].error;
  expect(codesOf(t), t.log.join("\n")).toEqual([code]);
  const [error] = t.errors;
  const info = ERRORS[code as keyof typeof ERRORS];
  expect([error?.scope, error?.status, error?.wireCode]).toEqual([
    row.scope,
    info.status,
    info.wireCode,
  ]);
  if (row.scope === "stream") {
    expect(error?.streamId).toBe(row.streamId?.(amount) ?? 0);
    expect(t.connection.state).toBe("open");
    if (row.limit !== "concurrentStreams") expectAlive(t);
  } else expect(t.connection.closeCode).toBe(info.wireCode);
}

describe.each(ROWS.map((row) => [`${row.counts}: ${row.limit}`, row] as const))(
  "%s",
  (_name, row) => {
    test("below and at the limit is accepted", () => {
      expect(codesOf(talked(row, row.small, row.small - 1))).not.toContain(
        H3_LIMITS[row.limit].error,
      );
      expect(codesOf(talked(row, row.small, row.small))).not.toContain(H3_LIMITS[row.limit].error);
    });

    test("one above is refused with the code, scope and status of the limit", () => {
      expectRefused(row, talked(row, row.small, row.small + 1), row.small + 1);
    });
  },
);

describe("what a server answers before it resets", () => {
  test("431 where a head is too large, and it wants no more of the request", () => {
    const t = talk("server", on(0, headers(listOf(500))), { limits: { fieldSectionLength: 400 } });
    expect(t.sent.some((one) => one.startsWith("0 HEADERS :status: 431"))).toBe(true);
    expect(t.sent).toContain("0 fin");
    expect(t.sent.some((one) => one.startsWith("0 stop "))).toBe(true);
  });

  test("nothing but resets with respondToErrors: false", () => {
    const t = talk("server", on(0, headers(listOf(500))), {
      limits: { fieldSectionLength: 400 },
      respondToErrors: false,
    });
    expect(t.sent).toContain("0 reset H3_EXCESSIVE_LOAD");
    expect(t.sent).toContain("0 stop H3_EXCESSIVE_LOAD");
  });

  test("nothing but resets where an answer has begun", () => {
    const steps: Step[] = [
      on(0, headers(POST)),
      (c) => void c.sendResponse(0, { status: 200, headers: [] }),
      on(0, headers(listOf(500, []))),
    ];
    const t = talk("server", steps, { limits: { trailerSectionLength: 400 } });
    expect(t.sent).toContain("0 reset H3_EXCESSIVE_LOAD");
    expect(t.sent).not.toContain("0 fin");
  });
});

describe("the table of limits", () => {
  /** Limits whose tests stand in the file of their subject. */
  const ELSEWHERE: Partial<Record<H3LimitName, string>> = {
    blockedTimeout: "h3/patience.test.ts",
    resetRate: "h3/patience.test.ts",
    controlRate: "h3/patience.test.ts",
    settingsTimeout: "h3/patience.test.ts",
    headerMemory: "vulnerabilities-h3.test.ts",
    headerAmplification: "vulnerabilities-h3.test.ts",
    resetBurst: "h3/messages.test.ts",
    controlBudget: "h3/messages.test.ts",
    outboundControlLength: "vulnerabilities-h3.test.ts",
    encoderBlockedStreams: "h3/sending.test.ts",
    datagramQueueLength: "h3/datagrams.test.ts",
    sessionCount: "webtransport",
    earlyStreams: "webtransport",
    earlyBytes: "webtransport",
  };
  const HERE: readonly H3LimitName[] = [
    ...ROWS.map(({ limit }) => limit),
    ...(["streamSendLength", "controlFrameLength", "encoderTableLength"] as const),
    // limits-silent.test.ts has these four.
    "sendBufferLength",
  ];

  test("every limit has a test here or in a file of its subject", () => {
    const tested = [...new Set([...HERE, ...Object.keys(ELSEWHERE)])].sort();
    expect(Object.keys(H3_LIMITS).filter((name) => !tested.includes(name))).toEqual([]);
  });

  test("an unknown limit or a value out of range is a UsageError", () => {
    const made = (limits: object) => () => new H3Connection({ role: "server", limits });
    expect(made({ nonsense: 1 })).toThrow(/LIMIT_UNKNOWN/);
    for (const limit of Object.keys(H3_LIMITS) as H3LimitName[]) {
      const { min, max } = H3_LIMITS[limit];
      for (const value of [min - 1, -1, 1.5, Number.NaN])
        expect(made({ [limit]: value }), `${limit}: ${value}`).toThrow(/LIMIT_INVALID/);
      if (Number.isFinite(max)) expect(made({ [limit]: max + 1 }), limit).toThrow(/LIMIT_INVALID/);
    }
  });
});
