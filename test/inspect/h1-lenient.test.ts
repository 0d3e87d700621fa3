// HTTP/1.1 that is wrong in many ways at once: `lenient` reports each mistake, with its place, and reads on.

import { ERRORS } from "tercet";
import { describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H1Inspector } from "../../src/inspect/h1.js";
import { type AnyDraft, errorsOf, joinedData } from "../helpers/inspect-drafts.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";

const octets = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

function inspect(
  direction: Direction,
  pieces: readonly Uint8Array[],
  options: { lenient?: boolean; before?: string } = {},
): AnyDraft[] {
  const { lenient = true, before } = options;
  const inspector = new H1Inspector(
    before === undefined ? { lenient, only: direction } : { lenient },
  );
  if (before !== undefined) inspector.receive("client", octets(before));
  const drafts = pieces.flatMap((piece) => inspector.receive(direction, piece));
  return [...drafts, ...inspector.end(direction)] as AnyDraft[];
}

/** "»" marks where a mistake is: the text without the marks, and their places. */
function marked(text: string): { bytes: Uint8Array; places: number[] } {
  const parts = text.split("»");
  const places: number[] = [];
  let length = 0;
  for (const part of parts.slice(0, -1)) {
    length += part.length;
    places.push(length);
  }
  return { bytes: octets(parts.join("")), places };
}

const REQUESTS = [
  // A head with a mistake in nearly every line.
  "GE»(T  /a»%zz HTTP/1.1\r\n",
  "Host: a\r\n",
  "Host: »a b\r\n",
  "Bad» Name: x\r\n",
  "»: empty\r\n",
  "No-Colon»\r\n",
  "Space» : x\r\n",
  "Nul: a»\0b\r\n",
  "Control: a»\x01b\r\n",
  "Bare-Cr: a»\rb\r\n",
  "Bare-Lf: a»\n",
  "Fold: a\r\n» b\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: »6\r\n",
  "\r\nhello",
  // And it goes on: chunks.
  "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  "5»;;\r\nhello»x\r\n",
  "5»\nworld\r\n",
  "0\r\nTr»@iler: x\r\n\r\n",
  // Nothing that is left to understand; and again a request.
  "»\x01\x02\x03 what is this\r\n\r\n",
  "GET»\t»a HTTP/1.1\r\n»\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "»GET /after HTTP/»2.0\r\nHost: a\r\n\r\n",
].join("");

const REQUEST_CODES = [
  "H1_METHOD_INVALID",
  "H1_REQUEST_LINE_INVALID",
  "H1_TARGET_INVALID",
  "H1_HOST_REPEATED",
  "H1_SPACE_BEFORE_COLON",
  "H1_FIELD_NAME_INVALID",
  "H1_FIELD_COLON_MISSING",
  "H1_FIELD_VALUE_NUL",
  "H1_FIELD_VALUE_INVALID",
  "H1_BARE_CR",
  "H1_BARE_LF",
  "H1_OBS_FOLD",
  "H1_CONTENT_LENGTH_CONFLICT",
  "H1_CHUNK_EXTENSION_INVALID",
  "H1_CHUNK_END_MISSING",
  "H1_CHUNK_SIZE_INVALID",
  "H1_TARGET_FORM_INVALID",
  "H1_HOST_MISSING",
  "H1_DATA_AFTER_CLOSE",
  "H1_VERSION_UNSUPPORTED",
];

describe("requests with mistakes in every line", () => {
  const { bytes } = marked(REQUESTS);

  test("each of them is reported", () => {
    const found = new Set(errorsOf(inspect("client", [bytes])).map(([code]) => code));
    for (const code of REQUEST_CODES) expect([...found], code).toContain(code);
  });

  test("each report has its rule, RFC section and place in the bytes", () => {
    const errors = inspect("client", [bytes]).filter(({ event }) => event === "error");
    expect(errors.length).toBeGreaterThan(20);
    for (const { code, rule, rfc, message, offset } of errors) {
      const row = ERRORS[code as keyof typeof ERRORS];
      expect([rule, rfc, message]).toEqual([row.rule, row.rfc, row.text]);
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThan(bytes.length);
    }
  });

  test("messages between and behind them are read", () => {
    const lines = inspect("client", [bytes])
      .filter(({ event }) => event === "head")
      .map(({ startLine }) => startLine);
    expect(lines).toEqual([
      "GE(T  /a%zz HTTP/1.1",
      "POST /b HTTP/1.1",
      "GET\ta HTTP/1.1",
      "GET / HTTP/1.1",
      "GET /after HTTP/2.0",
    ]);
  });

  test("strict tells the first one alone", () => {
    expect(errorsOf(inspect("client", [bytes], { lenient: false }))).toEqual([
      ["H1_METHOD_INVALID", 2],
    ]);
  });

  test("pieces do not matter", () => {
    const whole = joinedData(inspect("client", [bytes]));
    expect(joinedData(inspect("client", byteWise(bytes)))).toEqual(whole);
    for (const seed of [1, 2, 3])
      expect(joinedData(inspect("client", randomPieces(bytes, seed, 40)))).toEqual(whole);
  });
});

describe("the place of a mistake in a request", () => {
  test.each<[code: string, text: string]>([
    ["H1_METHOD_INVALID", "G»(T / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["H1_REQUEST_LINE_INVALID", "GET »  / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["H1_VERSION_INVALID", "GET / »HTTQ/1.1\r\nHost: a\r\n\r\n"],
    ["H1_HOST_INVALID", "GET / HTTP/1.1\r\nHost: »a/b\r\n\r\n"],
    ["H1_HOST_MISSING", "GET / HTTP/1.1\r\n»\r\n"],
    ["H1_SPACE_BEFORE_FIRST_FIELD", "GET / HTTP/1.1\r\n» a: b\r\nHost: a\r\n\r\n"],
    ["H1_SPACE_BEFORE_COLON", "GET / HTTP/1.1\r\nHost: a\r\na» : b\r\n\r\n"],
    ["H1_FIELD_COLON_MISSING", "GET / HTTP/1.1\r\nHost: a\r\nabc»\r\n\r\n"],
    ["H1_BARE_LF", "GET / HTTP/1.1\r\nHost: a»\n\r\n"],
    ["H1_CONTENT_LENGTH_INVALID", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: »+1\r\n\r\n"],
    [
      "H1_LENGTH_AND_TRANSFER_ENCODING",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: »chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "H1_TRANSFER_ENCODING_IN_HTTP10",
      "POST / HTTP/1.0\r\nTransfer-Encoding: »chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "H1_TRANSFER_ENCODING_NOT_CHUNKED",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: »gzip\r\n\r\n",
    ],
    [
      "H1_CHUNKED_REPEATED",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: »chunked, chunked\r\n\r\n0\r\n\r\n",
    ],
    ["H1_BODY_INCOMPLETE", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab»"],
    ["H1_HEAD_INCOMPLETE", "GET / HTTP/1.1\r\nHo»"],
  ])("%s: %j", (code, text) => {
    const { bytes, places } = marked(text);
    expect(errorsOf(inspect("client", [bytes]))).toContainEqual([code, places[0]]);
  });
});

describe("responses", () => {
  const answers = (text: string, before = "GET / HTTP/1.1\r\nHost: a\r\n\r\n") =>
    inspect("server", [octets(text)], { before });

  test.each<[code: string, text: string]>([
    ["H1_STATUS_CODE_INVALID", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"],
    ["H1_STATUS_SPACE_MISSING", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"],
    ["H1_STATUS_LINE_INVALID", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["H1_REASON_INVALID", "HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"],
    ["H1_UPGRADE_MISSING", "HTTP/1.1 101 Switching\r\n\r\n"],
    ["H1_BODY_INCOMPLETE", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"],
    ["H1_CONTENT_LENGTH_REPEATED", "HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n"],
  ])("%s: %j", (code, text) => {
    expect(errorsOf(answers(text)).map(([one]) => one)).toContain(code);
  });

  test("two answers to one request: the second one is unsolicited, and is read", () => {
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const drafts = answers(ok + ok);
    expect(errorsOf(drafts)).toEqual([["H1_UNSOLICITED_RESPONSE", ok.length]]);
    expect(drafts.filter(({ event }) => event === "head")).toHaveLength(2);
  });

  test("an obs-fold in a response is no mistake", () => {
    const drafts = answers("HTTP/1.1 200 OK\r\na: b\r\n  c\r\nContent-Length: 0\r\n\r\n");
    expect(errorsOf(drafts)).toEqual([]);
    expect(drafts[0]?.headers).toContainEqual(["a", "b c"]);
  });

  test("content that is not there: to HEAD, 204, 304", () => {
    const length = "Content-Length: 10\r\n\r\n";
    const head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    expect(errorsOf(answers(`HTTP/1.1 200 OK\r\n${length}`, head))).toEqual([]);
    expect(errorsOf(answers(`HTTP/1.1 304 Not Modified\r\n${length}`))).toEqual([]);
  });

  test("what is no response is passed over, and counted", () => {
    const junk = "\x00\x01\x02 garbage\r\n\r\n";
    const drafts = answers(`${junk}HTTP/1.1 204 No Content\r\n\r\n`);
    const unknown = drafts.filter(({ protocol }) => protocol === "unknown");
    expect(unknown.reduce((sum, one) => sum + (one.length as number), 0)).toBe(junk.length);
    expect(drafts.some(({ startLine }) => startLine === "HTTP/1.1 204 No Content")).toBe(true);
  });
});
