// Each leniency: off it refuses, on it accepts and reports its name and the offset of the byte that
// needed it. Leniencies of responses never reach requests. The profile "browser" is for responses.

import type { ErrorName } from "tercet";
import { bytesOf, logLines, type PlainEvent } from "tercet/fuzz";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import {
  BROWSER_RESPONSES,
  LENIENCIES,
  type LeniencyName,
  type LenientOption,
} from "../../src/leniency.js";
import { clientAfter, expectSameAtEveryCut, silentServer } from "../helpers/cuts.js";

type Direction = "requests" | "responses";

interface Row {
  readonly flag: LeniencyName;
  readonly direction: Direction;
  /** `▸` stands before the byte that needs the leniency; without it any offset of the head is good. */
  readonly wire: string;
  /** Without the leniency. */
  readonly code: ErrorName;
  /** With it: `logLines` without the report itself. */
  readonly log: readonly string[];
  /** With it: fields that the head must have, or must not have (null). */
  readonly fields?: Readonly<Record<string, string | null>>;
}

const MARK = "▸";
const REQUEST = ["request 1 GET /", "end 1"];
const RESPONSE = ["response 1 200", "end 1"];
const OK = "HTTP/1.1 200 OK\r\n";
const EMPTY_BODY = "Content-Length: 0\r\n\r\n";
const GET = "GET / HTTP/1.1\r\n";

const row =
  (direction: Direction) =>
  (
    flag: LeniencyName,
    wire: string,
    code: ErrorName,
    log: readonly string[] = direction === "requests" ? REQUEST : RESPONSE,
    fields: Row["fields"] = {},
  ): Row => ({ flag, direction, wire, code, log, fields });
const req = row("requests");
const res = row("responses");

const HELLO = ["request 1 POST /", "data 1 hello", "end 1"];
const OK_HELLO = ["response 1 200", "data 1 hello", "end 1"];

const ROWS: readonly Row[] = [
  req("bareLf", "GET / HTTP/1.1▸\nHost: a\r\n\r\n", "H1_BARE_LF"),
  req("bareLf", "GET / HTTP/1.1\r\nHost: a▸\n\r\n", "H1_BARE_LF", REQUEST, { host: "a" }),
  req("bareLf", "GET / HTTP/1.1\r\nHost: a\r\n▸\n", "H1_BARE_LF"),
  req("bareLf", "▸\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "H1_BARE_LF"),
  res("bareLf", "HTTP/1.1 200 OK▸\nContent-Length: 0\r\n\r\n", "H1_BARE_LF"),
  res("bareLf", `${OK}Content-Length: 0▸\n\r\n`, "H1_BARE_LF"),
  req("obsFold", `${GET}Host: a\r\nX: y\r\n▸ z\r\n\r\n`, "H1_OBS_FOLD", REQUEST, { x: "y z" }),
  req("obsFold", `${GET}Host: a\r\nX: y \t\r\n▸\t  z\r\n\r\n`, "H1_OBS_FOLD", REQUEST, {
    x: "y z",
  }),
  res(
    "missingReasonSpace",
    "HTTP/1.1 200▸\r\nContent-Length: 0\r\n\r\n",
    "H1_STATUS_SPACE_MISSING",
  ),
  res("spaceBeforeColon", `${OK}X▸ : y\r\n${EMPTY_BODY}`, "H1_SPACE_BEFORE_COLON", RESPONSE, {
    x: "y",
  }),
  res("spaceBeforeColon", `${OK}Content-Length▸\t : 0\r\n\r\n`, "H1_SPACE_BEFORE_COLON", RESPONSE, {
    "content-length": "0",
  }),
  req(
    "repeatedContentLength",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "H1_CONTENT_LENGTH_REPEATED",
    HELLO,
  ),
  req(
    "repeatedContentLength",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
    "H1_CONTENT_LENGTH_REPEATED",
    HELLO,
  ),
  res(
    "repeatedContentLength",
    `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    "H1_CONTENT_LENGTH_REPEATED",
    OK_HELLO,
  ),
  req(
    "transferEncodingOverContentLength",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "H1_LENGTH_AND_TRANSFER_ENCODING",
    HELLO,
  ),
  res(
    "transferEncodingOverContentLength",
    `${OK}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "H1_LENGTH_AND_TRANSFER_ENCODING",
    OK_HELLO,
  ),
  req("controlsInValue", `${GET}Host: a\r\nX: a▸\x01b\r\n\r\n`, "H1_FIELD_VALUE_INVALID", REQUEST, {
    x: "a\x01b",
  }),
  req("controlsInValue", `${GET}Host: a\r\nX: a▸\x7fb\r\n\r\n`, "H1_FIELD_VALUE_INVALID", REQUEST, {
    x: "a\x7fb",
  }),
  res("controlsInValue", `${OK}X: ▸\x0bb\r\n${EMPTY_BODY}`, "H1_FIELD_VALUE_INVALID", RESPONSE, {
    x: "\x0bb",
  }),
  res("anyStatusCode", "HTTP/1.1 ▸999 X\r\nContent-Length: 0\r\n\r\n", "H1_STATUS_CODE_INVALID", [
    "response 1 999",
    "end 1",
  ]),
  res("anyStatusCode", "HTTP/1.1 ▸600 X\r\nContent-Length: 0\r\n\r\n", "H1_STATUS_CODE_INVALID", [
    "response 1 600",
    "end 1",
  ]),
  req("looseTarget", "GET /▸\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", "H1_TARGET_INVALID", [
    "request 1 GET /\\xc3\\xa9",
    "end 1",
  ]),
  req("looseTarget", 'GET /a▸"b|{c} HTTP/1.1\r\nHost: a\r\n\r\n', "H1_TARGET_INVALID", [
    'request 1 GET /a"b|{c}',
    "end 1",
  ]),
  req("looseTarget", "GET /a▸[c]?b HTTP/1.1\r\nHost: a\r\n\r\n", "H1_TARGET_INVALID", [
    "request 1 GET /a[c]?b",
    "end 1",
  ]),
  req("spacesInRequestLine", "GET ▸ / HTTP/1.1\r\nHost: a\r\n\r\n", "H1_REQUEST_LINE_INVALID"),
  req("spacesInRequestLine", "GET / ▸ HTTP/1.1\r\nHost: a\r\n\r\n", "H1_REQUEST_LINE_INVALID"),
  req(
    "http10TransferEncoding",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "H1_TRANSFER_ENCODING_IN_HTTP10",
    HELLO,
  ),
  res(
    "http10TransferEncoding",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "H1_TRANSFER_ENCODING_IN_HTTP10",
    OK_HELLO,
  ),
  req("hostUnchecked", `${GET}\r\n`, "H1_HOST_MISSING"),
  req("hostUnchecked", `${GET}Host: a\r\nHost: b\r\n\r\n`, "H1_HOST_REPEATED"),
  req("hostUnchecked", `${GET}Host: a/b\r\n\r\n`, "H1_HOST_INVALID"),
  req(
    "whitespaceBeforeFirstField",
    `${GET}▸ X: y\r\nHost: a\r\n\r\n`,
    "H1_SPACE_BEFORE_FIRST_FIELD",
    REQUEST,
    { x: null, host: "a" },
  ),
  res(
    "whitespaceBeforeFirstField",
    `${OK}▸\tX: y\r\n${EMPTY_BODY}`,
    "H1_SPACE_BEFORE_FIRST_FIELD",
    RESPONSE,
    { x: null },
  ),
  res(
    "spaceAfterChunkSize",
    `${OK}Transfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0 \r\n\r\n`,
    "H1_CHUNK_SIZE_INVALID",
    OK_HELLO,
  ),
  req("bareCrAsSpace", `${GET}Host: a\r\nX: y▸\rz\r\n\r\n`, "H1_BARE_CR", REQUEST, { x: "y z" }),
  res("bareCrAsSpace", `${OK}X: y▸\rz\r\n${EMPTY_BODY}`, "H1_BARE_CR", RESPONSE, { x: "y z" }),
  req("nulAsSpace", `${GET}Host: a\r\nX: y▸\0z\r\n\r\n`, "H1_FIELD_VALUE_NUL", REQUEST, {
    x: "y z",
  }),
  res("nulAsSpace", `${OK}X: y▸\0z\r\n${EMPTY_BODY}`, "H1_FIELD_VALUE_NUL", RESPONSE, { x: "y z" }),
  res("emptyLinesBeforeStatus", `▸\r\n${OK}${EMPTY_BODY}`, "H1_STATUS_LINE_INVALID"),
  req("userinfo", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "H1_TARGET_USERINFO", [
    "request 1 GET http://u:p@a/",
    "end 1",
  ]),
  req("dataAfterClose", `${GET}Host: a\r\nConnection: close\r\n\r\n▸GET /`, "H1_DATA_AFTER_CLOSE"),
  res(
    "dataAfterClose",
    `${OK}Connection: close\r\n${EMPTY_BODY}▸HTTP/1.1 200`,
    "H1_DATA_AFTER_CLOSE",
  ),
];

/** Runs a row at every cut and gives the events of the uncut bytes. */
function run({ direction, wire }: Row, lenient: LenientOption | undefined): PlainEvent[] {
  const options = lenient === undefined ? {} : { lenient };
  const make = () =>
    direction === "requests" ? silentServer(options) : clientAfter([{ method: "GET" }], options);
  const role = direction === "requests" ? "server" : "client";
  return expectSameAtEveryCut(make, role, bytesOf(wire.replace(MARK, "")));
}

function only(direction: Direction, ...flags: LeniencyName[]): LenientOption {
  return { [direction]: Object.fromEntries(flags.map((flag) => [flag, true])) };
}

/** All flags of one direction but these. */
function allBut(direction: Direction, ...flags: LeniencyName[]): LenientOption {
  const names = (Object.keys(LENIENCIES) as LeniencyName[]).filter(
    (name) => LENIENCIES[name][direction],
  );
  return only(direction, ...names.filter((name) => !flags.includes(name)));
}

function expectRefused(events: readonly PlainEvent[], { code, wire }: Row): void {
  const error = events.at(-1);
  expect(error).toMatchObject({ type: "error", code });
  const at = wire.indexOf(MARK);
  if (at >= 0 && error?.type === "error") expect(error.offset).toBe(at);
}

function expectAccepted(
  events: readonly PlainEvent[],
  { flag, wire, log, fields, direction }: Row,
): void {
  const reports = events.filter((event) => event.type === "leniency");
  expect(logLines(events.filter((event) => event.type !== "leniency"))).toEqual(log);
  expect(events.filter((event) => event.type === "error")).toEqual([]);
  expect(new Set(reports.map((report) => report.name))).toEqual(new Set([flag]));
  const at = wire.indexOf(MARK);
  if (at >= 0) expect(reports.map((report) => report.offset)).toContain(at);
  for (const { offset } of reports) {
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThan(wire.length);
  }
  const head = events.find(
    (event) => event.type === (direction === "requests" ? "request" : "response"),
  );
  const headers = head !== undefined && "head" in head ? head.head.headers : [];
  for (const [name, value] of Object.entries(fields ?? {})) {
    const found = headers.findIndex(
      (text, index) => index % 2 === 0 && text.toLowerCase() === name,
    );
    expect(found < 0 ? null : headers[found + 1], name).toBe(value);
  }
}

describe.each(ROWS.map((one) => [one.flag, one.direction, one.wire, one] as const))(
  "%s of %s: %j",
  (flag, direction, _wire, one) => {
    test("off: refused", () => {
      expectRefused(run(one, undefined), one);
    });
    test("on: accepted and reported", () => {
      expectAccepted(run(one, only(direction, flag)), one);
    });
    test("set to false: refused", () => {
      expectRefused(run(one, { [direction]: { [flag]: false } }), one);
    });
    test("on in the other direction: refused", () => {
      const other = direction === "requests" ? "responses" : "requests";
      expectRefused(run(one, allBut(other)), one);
    });
  },
);

describe("no other leniency accepts it", () => {
  // Where two flags both forgive a byte the row names one of them; none of these rows is such a case.
  test.each(ROWS.map((one) => [one.flag, one.direction, one.wire, one] as const))(
    "%s of %s: %j",
    (flag, direction, _wire, one) => {
      const error = run(one, allBut(direction, flag)).at(-1);
      expect(error).toMatchObject({ type: "error", code: one.code });
    },
  );
});

describe("each line that needs a leniency reports it", () => {
  test.each([
    ["obsFold", "requests", `${GET}Host: a\r\nX: y\r\n▸ z\r\nY: y\r\n▸ z\r\n\r\n`],
    ["bareLf", "requests", "GET / HTTP/1.1▸\nHost: a▸\nX: y\r\nY: z▸\n\r\n"],
    ["controlsInValue", "requests", `${GET}Host: a\r\nX: ▸\x01\r\nY: z\r\nZ: ▸\x02\r\n\r\n`],
    ["spaceBeforeColon", "responses", `${OK}X▸ : y\r\nY: z\r\nZ▸ : y\r\n${EMPTY_BODY}`],
    ["hostUnchecked", "requests", `${GET}Host: ▸/1\r\nHost: ▸a\r\n\r\n`],
    [
      "repeatedContentLength",
      "requests",
      `${GET}Host: a\r\n${"Content-Length: ▸0\r\n".repeat(3).replace(MARK, "")}\r\n`,
    ],
    ["bareCrAsSpace", "responses", `${OK}X: a▸\rb\r\nY: z\r\nZ: a▸\rb\r\n${EMPTY_BODY}`],
  ] as const)("%s of %s: %j", (flag, direction, wire) => {
    const parts = wire.split(MARK);
    const offsets = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("").length);
    const one = { flag, direction, wire: parts.join(""), code: "H1_BARE_LF", log: [] } as const;
    const reports = run(one, only(direction, flag)).filter((event) => event.type === "leniency");
    expect(reports.map((report) => [report.name, report.offset])).toEqual(
      offsets.map((offset) => [flag, offset]),
    );
  });
});

describe("what no leniency accepts", () => {
  const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  test.each([
    ["LF behind a chunk size", `${chunked}5\nhello\r\n0\r\n\r\n`],
    ["LF behind chunk data", `${chunked}5\r\nhello\n0\r\n\r\n`],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    ],
    ["an invalid length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"],
    [
      "a request whose last coding is not chunked",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
    ],
    ["space before the colon of a request", "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"],
    ["NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n"],
    ["CR in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\rY: y\r\n\r\n"],
    ["CR that ends the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n"],
    ["another major version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
    ["HTTP/0.9", "GET /\r\n\r\n"],
  ])("%s", (_name, wire) => {
    const events = expectSameAtEveryCut(
      () => silentServer({ lenient: allBut("requests") }),
      "server",
      bytesOf(wire),
    );
    expect(events.at(-1)).toMatchObject({ type: "error" });
  });
});

describe("the profile browser", () => {
  const responses = ROWS.filter((one) => one.direction === "responses");

  test.each(responses.map((one) => [one.flag, one.wire, one] as const))(
    "%s: %j",
    (flag, _wire, one) => {
      for (const lenient of ["browser", { responses: "browser" }] as const) {
        const events = run(one, lenient);
        if (BROWSER_RESPONSES.includes(flag)) expectAccepted(events, one);
        else expectRefused(events, one);
      }
    },
  );

  test.each(
    ROWS.filter((one) => one.direction === "requests").map(
      (one) => [one.flag, one.wire, one] as const,
    ),
  )("a server with it stays strict: %s %j", (_flag, _wire, one) => {
    expectRefused(run(one, "browser"), one);
  });
});

describe("the option", () => {
  const make = (lenient: unknown) => () =>
    new H1Connection({ role: "server", lenient: lenient as LenientOption });

  test("every flag has a row for each direction that has it", () => {
    const missing = (Object.keys(LENIENCIES) as LeniencyName[]).flatMap((flag) =>
      (["requests", "responses"] as const).filter(
        (direction) =>
          LENIENCIES[flag][direction] &&
          !ROWS.some((one) => one.flag === flag && one.direction === direction),
      ),
    );
    expect(missing).toEqual([]);
  });

  test("a flag that the direction does not have is a UsageError", () => {
    for (const flag of Object.keys(LENIENCIES) as LeniencyName[]) {
      for (const direction of ["requests", "responses"] as const) {
        const built = make({ [direction]: { [flag]: true } });
        if (LENIENCIES[flag][direction]) expect(built).not.toThrow();
        else
          expect(built).toThrow(
            expect.objectContaining({ name: "UsageError", code: "LENIENT_UNKNOWN" }),
          );
      }
    }
  });

  test.each([
    [{ requests: { nothing: true } }],
    [{ request: {} }],
    ["curl"],
    [null],
    [{ requests: "browser" }],
  ])("%j is a UsageError", (lenient) => {
    expect(make(lenient)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });
});
