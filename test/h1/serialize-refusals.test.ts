// What the writer of HTTP/1.1 messages refuses before a byte exists, and under which code (S29 of
// the attack list). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import { NOT_IN_TRAILERS, SINGLE_FIELDS } from "../../src/codec/field-names.js";
import { fieldOf } from "../../src/codec/h1-field-table.js";
import { flattenHeaders, scanHeaders } from "../../src/codec/h1-headers.js";
import { chunkHeader, writeTrailers } from "../../src/codec/h1-serialize.js";
import { H1_USAGE_RULES, type H1UsageCode } from "../../src/codec/h1-usage.js";
import { formatHttpDate } from "../../src/codec/http-date.js";
import type { HeaderList } from "../../src/events.js";
import { codeOf, requestText, responseText } from "../helpers/h1-write.js";

const DECIDED = new Set<string>();

/** One row of a table of refusals. */
function refused(code: H1UsageCode, call: () => unknown): void {
  DECIDED.add(code);
  expect(codeOf(call)).toBe(code);
}

describe("targets", () => {
  test.each<[string, string, string, string]>([
    ["H1-033 origin-form", "GET", "/", "a"],
    ["H1-033 with a query", "GET", "//a/b;c=d?e=/?f@g:h", "a"],
    ["H1-033 escapes", "GET", "/%00%fF?%7e", "a"],
    ["H1-033 OPTIONS of one resource", "OPTIONS", "/", "a"],
    ["H1-032 asterisk-form", "OPTIONS", "*", "a"],
    ["H1-034 absolute-form", "GET", "http://a.example:80/b?c", "a.example:80"],
    ["H1-034 in another case than Host", "GET", "HTTP://A.Example", "a.eXAMPLE"],
    ["H1-034 IPv6", "GET", "https://[::1]:8443?x", "[::1]:8443"],
    ["H1-034 another scheme", "FOO", "coap+tcp://b/", "b"],
    ["H1-034 an empty port", "GET", "http://b:/", "b:"],
    ["H1-032 authority-form", "CONNECT", "a.example:443", "a.example:443"],
    ["H1-032 authority-form with IPv6", "CONNECT", "[2001:db8::1]:65535", "b"],
  ])("%s", (_name, method, target, host) => {
    expect(requestText({ method, target, headers: ["Host", host] })).toBe(
      `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
  });

  test.each<[string, H1UsageCode, string, string]>([
    ["empty", "H1_TARGET_INVALID", "GET", ""],
    ["H1-142 a fragment", "H1_TARGET_INVALID", "GET", "/a#b"],
    ["H1-142 a fragment behind an authority", "H1_TARGET_INVALID", "GET", "http://a#b"],
    ["H1-142 half an escape", "H1_TARGET_INVALID", "GET", "/%2"],
    ["H1-142 an escape that is none", "H1_TARGET_INVALID", "GET", "/%zz"],
    ["H1-142 an escape in pieces", "H1_TARGET_INVALID", "GET", "/%%20"],
    ["S29 H1-142 a second request", "H1_TARGET_INVALID", "GET", "/ HTTP/1.1\r\nX: y\r\n\r\nGET /"],
    ["H1-032 asterisk-form for GET", "H1_TARGET_FORM_INVALID", "GET", "*"],
    ["H1-032 more than an asterisk", "H1_TARGET_FORM_INVALID", "OPTIONS", "**"],
    ["H1-032 authority-form for GET", "H1_TARGET_FORM_INVALID", "GET", "a:80"],
    ["H1-032 a path without a slash", "H1_TARGET_FORM_INVALID", "GET", "a/b"],
    ["H1-032 only a query", "H1_TARGET_FORM_INVALID", "GET", "?a"],
    ["H1-034 a scheme that is none", "H1_TARGET_FORM_INVALID", "GET", "1http://a/"],
    ["H1-034 a scheme with a slash", "H1_TARGET_FORM_INVALID", "GET", "a/b://c/"],
    ["H1-034 no authority", "H1_TARGET_INVALID", "GET", "http:///a"],
    ["H1-034 no host", "H1_TARGET_INVALID", "GET", "http://:80/a"],
    ["H1-034 userinfo", "H1_TARGET_INVALID", "GET", "http://u@a/"],
    ["H1-034 userinfo with a password", "H1_TARGET_INVALID", "GET", "http://u:p@a/"],
    ["H1-034 a port that is none", "H1_TARGET_INVALID", "GET", "http://a:8a/"],
    ["H1-032 origin-form for CONNECT", "H1_TARGET_FORM_INVALID", "CONNECT", "/"],
    ["H1-032 CONNECT without a port", "H1_TARGET_FORM_INVALID", "CONNECT", "a"],
    ["H1-032 CONNECT with an empty port", "H1_TARGET_FORM_INVALID", "CONNECT", "a:"],
    ["H1-032 CONNECT without a host", "H1_TARGET_FORM_INVALID", "CONNECT", ":80"],
    ["H1-032 CONNECT with a port too high", "H1_TARGET_FORM_INVALID", "CONNECT", "a:65536"],
    ["H1-032 CONNECT with absolute-form", "H1_TARGET_FORM_INVALID", "CONNECT", "http://a:80/"],
  ])("%s is refused", (_name, code, method, target) => {
    refused(code, () => requestText({ method, target }));
  });

  test.each([
    ...[
      "",
      "a",
      "A-b.c_d~e",
      "127.0.0.1:80",
      "a:",
      "a%20b:1",
      "x!$&'()*+;=y",
      "[::]",
      "[1::]:0",
      "[::1.2.3.4]",
    ],
    ...[
      "[1:2:3:4:5:6:7:8]",
      "[1:2:3:4:5:6:1.2.3.4]",
      "[1::2:3:4:5:6:7]",
      "[v1.a:b]",
      "a:65535",
      "[fe80::A]",
    ],
  ])("H1-068 Host %j", (host) => {
    expect(requestText({ headers: ["host", host] })).toContain(`host: ${host}\r\n`);
  });

  test.each([
    ...[
      "a b",
      "a,b",
      "a/b",
      "u@a",
      "a:b",
      "a:1:2",
      ":80",
      "a:65536",
      "a:99999999999",
      "[::1",
      "::1",
      "a]",
      "[]",
    ],
    ...[
      "[1:2:3:4:5:6:7]",
      "[1:2:3:4:5:6:7:8:9]",
      "[1::2::3]",
      "[:::]",
      "[1:2:3:4:5:6:7::8]",
      "[12345::]",
      "[g::]",
    ],
    ...[
      "[::1.2.3]",
      "[::1.2.3.256]",
      "[::01.2.3.4]",
      "[1.2.3.4::]",
      "[v.a]",
      "[v1.]",
      "[::1]x",
      "a%2",
      "a%zz",
      "a?b",
    ],
  ])("H1-068 Host %j is refused", (host) => {
    refused("H1_HOST_INVALID", () => requestText({ headers: ["host", host] }));
  });
});

describe("what is refused", () => {
  const post =
    (...headers: string[]) =>
    () =>
      requestText({ method: "POST", headers: ["host", "a", ...headers] });
  const answer =
    (...headers: string[]) =>
    () =>
      responseText({ headers });

  test.each<[string, H1UsageCode, () => unknown]>([
    ["H1-142 a method that is empty", "H1_METHOD_INVALID", () => requestText({ method: "" })],
    ["PRI, which is HTTP/2's", "H1_METHOD_INVALID", () => requestText({ method: "PRI" })],
    ["S29 CRLF in a method", "H1_METHOD_INVALID", () => requestText({ method: "GET\r\n" })],
    ["a status below 100", "H1_STATUS_INVALID", () => responseText({ status: 99 })],
    ["a status above 599", "H1_STATUS_INVALID", () => responseText({ status: 600 })],
    ["a status with a fraction", "H1_STATUS_INVALID", () => responseText({ status: 200.5 })],
    ["a status that is no number", "H1_STATUS_INVALID", () => responseText({ status: Number.NaN })],
    [
      "S29 H1-004 CRLF in a reason",
      "H1_REASON_INVALID",
      () => responseText({ reason: "OK\r\nX: y" }),
    ],
    ["H1-142 space before a reason", "H1_REASON_INVALID", () => responseText({ reason: " OK" })],
    [
      "H1-142 a wide character in a reason",
      "H1_REASON_INVALID",
      () => responseText({ reason: "\u20ac" }),
    ],
    ["H1-142 an odd number of strings", "H1_HEADER_LIST_INVALID", answer("x")],
    ["H1-142 an empty name", "H1_HEADER_NAME_INVALID", answer("", "x")],
    ["H1-142 a colon in a name", "H1_HEADER_NAME_INVALID", answer("a:", "x")],
    ["S29 LF in a name", "H1_HEADER_NAME_INVALID", answer("a\nb", "x")],
    ["S29 H1-004 CR in a value", "H1_HEADER_VALUE_INVALID", answer("x", "a\rb")],
    ["S29 LF in a value", "H1_HEADER_VALUE_INVALID", answer("x", "a\nb")],
    ["S29 NUL in a value", "H1_HEADER_VALUE_INVALID", answer("x", "a\0b")],
    ["H1-051 obs-fold", "H1_HEADER_VALUE_INVALID", answer("x", "a\r\n b")],
    ["S29 LF by its low byte", "H1_HEADER_VALUE_INVALID", answer("x", "a\u010ab")],
    ["H1-142 space before a value", "H1_HEADER_VALUE_INVALID", answer("x", " a")],
    ["H1-142 HTAB behind a value", "H1_HEADER_VALUE_INVALID", answer("x", "a\t")],
    ["H1-142 a space as value", "H1_HEADER_VALUE_INVALID", answer("x", " ")],
    [
      "CR in a line of the connection",
      "H1_HEADER_VALUE_INVALID",
      () => responseText({ extra: ["x", "a\rb"] }),
    ],
    ["H1-143 two Hosts", "H1_HEADER_REPEATED", post("Host", "a")],
    [
      "H1-143 one of them the connection's",
      "H1_HEADER_REPEATED",
      () => requestText({ extra: ["HOST", "a"] }),
    ],
    ["H1-144 an empty element", "H1_LIST_INVALID", answer("Connection", "close,,x")],
    [
      "H1-144 an empty element at the end",
      "H1_LIST_INVALID",
      answer("upgrade", "x,", "connection", "upgrade"),
    ],
    ["H1-144 an empty list", "H1_LIST_INVALID", answer("connection", "")],
    ["H1-144 an empty Trailer", "H1_LIST_INVALID", answer("trailer", "")],
    ["an option that is no token", "H1_LIST_INVALID", answer("connection", "a b")],
    [
      "a protocol that is none",
      "H1_LIST_INVALID",
      answer("upgrade", "a/b/c", "connection", "upgrade"),
    ],
    ["a request without Host", "H1_HOST_MISSING", () => requestText({ headers: [] })],
    [
      "H1-068 another Host than the target's",
      "H1_HOST_INVALID",
      () => requestText({ target: "http://b/" }),
    ],
    ["H1-085 a length that is empty", "H1_CONTENT_LENGTH_INVALID", answer("content-length", "")],
    ["H1-085 a length with a sign", "H1_CONTENT_LENGTH_INVALID", answer("content-length", "+1")],
    ["H1-085 a list of lengths", "H1_CONTENT_LENGTH_INVALID", answer("content-length", "1, 1")],
    ["H1-085 2^53", "H1_CONTENT_LENGTH_INVALID", answer("content-length", "9007199254740992")],
    [
      "H1-085 a very long length",
      "H1_CONTENT_LENGTH_INVALID",
      answer("content-length", "9".repeat(400)),
    ],
    [
      "H1-089 chunked twice",
      "H1_TRANSFER_ENCODING_INVALID",
      answer("transfer-encoding", "chunked, chunked"),
    ],
    [
      "H1-089 twice in two lines",
      "H1_TRANSFER_ENCODING_INVALID",
      answer("transfer-encoding", "chunked", "transfer-encoding", "Chunked"),
    ],
    [
      "H1-089 chunked, not last",
      "H1_TRANSFER_ENCODING_INVALID",
      answer("transfer-encoding", "chunked, gzip"),
    ],
    [
      "chunked with parameters",
      "H1_TRANSFER_ENCODING_INVALID",
      answer("transfer-encoding", "chunked;a=b"),
    ],
    [
      "H1-089 a request not chunked",
      "H1_TRANSFER_ENCODING_INVALID",
      post("transfer-encoding", "gzip"),
    ],
    [
      "H1-093 length and coding",
      "H1_FRAMING_CONFLICT",
      answer("content-length", "1", "transfer-encoding", "chunked"),
    ],
    [
      "H1-092 a coding in 204",
      "H1_FRAMING_FORBIDDEN",
      () => responseText({ status: 204, headers: ["transfer-encoding", "chunked"] }),
    ],
    [
      "H1-094 a length in 1xx",
      "H1_FRAMING_FORBIDDEN",
      () => responseText({ status: 199, headers: ["content-length", "0"] }),
    ],
    [
      "H1-140 content in TRACE",
      "H1_FRAMING_FORBIDDEN",
      () => requestText({ method: "TRACE", extra: ["content-length", "1"] }),
    ],
    [
      "chunks in CONNECT",
      "H1_FRAMING_FORBIDDEN",
      () =>
        requestText({ method: "CONNECT", target: "a:1", extra: ["transfer-encoding", "chunked"] }),
    ],
    [
      "H1-125 chunked in TE",
      "H1_TE_INVALID",
      answer("te", "trailers, Chunked;q=1", "connection", "te"),
    ],
    [
      "H1-125 TE not listed",
      "H1_CONNECTION_OPTION_MISSING",
      answer("te", "trailers", "connection", "tea"),
    ],
    ["H1-131 Upgrade not listed", "H1_CONNECTION_OPTION_MISSING", answer("upgrade", "x")],
    [
      "H1-122 Keep-Alive not listed",
      "H1_CONNECTION_OPTION_MISSING",
      answer("keep-alive", "timeout=5"),
    ],
    ["H1-131 101 without Upgrade", "H1_UPGRADE_MISSING", () => responseText({ status: 101 })],
    ["H1-131 426 without Upgrade", "H1_UPGRADE_MISSING", () => responseText({ status: 426 })],
    [
      "H1-138 nothing to continue",
      "H1_EXPECT_WITHOUT_CONTENT",
      post("expect", "100-Continue", "content-length", "0"),
    ],
    [
      "H1-146 framing as a trailer",
      "H1_TRAILER_FORBIDDEN",
      () => writeTrailers(["x", "y", "Content-Length", "x"]),
    ],
    [
      "H1-143 a trailer twice",
      "H1_HEADER_REPEATED",
      () => writeTrailers(["etag", '"a"', "etag", '"b"']),
    ],
    ["S29 CRLF in a trailer", "H1_HEADER_VALUE_INVALID", () => writeTrailers(["x", "a\r\nb"])],
    ["S29 CRLF in a trailer's name", "H1_HEADER_NAME_INVALID", () => writeTrailers(["x\r\n", "a"])],
    ["half a trailer", "H1_HEADER_LIST_INVALID", () => writeTrailers(["x"])],
    [
      "a chunk of nothing, which would end the content",
      "H1_CHUNK_SIZE_INVALID",
      () => chunkHeader(0),
    ],
    ["a chunk of less than nothing", "H1_CHUNK_SIZE_INVALID", () => chunkHeader(-1)],
    ["a chunk with a fraction", "H1_CHUNK_SIZE_INVALID", () => chunkHeader(1.5)],
    ["a chunk of 2^53", "H1_CHUNK_SIZE_INVALID", () => chunkHeader(2 ** 53)],
    ["H1-145 a date that is none", "H1_DATE_INVALID", () => formatHttpDate(new Date(Number.NaN))],
    [
      "H1-145 a year of five digits",
      "H1_DATE_INVALID",
      () => formatHttpDate(new Date(Date.UTC(10_000, 0))),
    ],
    ["H1-145 a year before 0", "H1_DATE_INVALID", () => formatHttpDate(new Date(Date.UTC(-1, 0)))],
  ])("%s", (_name, code, call) => {
    refused(code, call);
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a string", "a: b"],
    ["a number", 1],
    ["pairs of one", [["a"]]],
    ["pairs of three", [["a", "b", "c"]]],
    ["no pairs", new Set(["ab"])],
    ["pairs and strings", [["a", "b"], "cd"]],
    ["a record of numbers", { a: 1 }],
    ["a record with nothing", { a: undefined }],
    ["half a pair", ["a"]],
  ])("a list that is %s", (_name, list) => {
    refused("H1_HEADER_LIST_INVALID", () => flattenHeaders(list as HeaderList));
  });

  test.each<[string, unknown[]]>([
    ["a number as value", ["a", 1]],
    ["nothing as name", [undefined, "b"]],
    ["a list as value", ["a", ["b"]]],
    ["an object that is a name at second sight", [{ toString: () => "a" }, "b"]],
  ])("a flat list with %s", (_name, flat) => {
    refused("H1_HEADER_LIST_INVALID", () => scanHeaders(flat as string[]));
    refused("H1_HEADER_LIST_INVALID", () => writeTrailers(flat as string[]));
  });

  test("method, target and reason that are no strings", () => {
    const other = Symbol("x") as unknown as string;
    refused("H1_METHOD_INVALID", () => requestText({ method: other }));
    refused("H1_TARGET_INVALID", () => requestText({ target: other }));
    refused("H1_REASON_INVALID", () => responseText({ reason: other }));
    refused("H1_STATUS_INVALID", () => responseText({ status: "200" as unknown as number }));
  });

  test.each(SINGLE_FIELDS)("H1-143 %s twice, in whatever case", (name) => {
    const value = name === "Content-Length" ? "1" : "x";
    refused("H1_HEADER_REPEATED", answer(name, value, name.toUpperCase(), value));
    refused("H1_HEADER_REPEATED", () => {
      responseText({ headers: [name.toLowerCase(), value], extra: [name, value] });
    });
  });

  test("H1-143 SINGLE_FIELDS has a bit for each", () => {
    const bits = SINGLE_FIELDS.map((name) => fieldOf(name).singleBit);
    expect(new Set(bits).size).toBe(SINGLE_FIELDS.length);
    expect(bits).not.toContain(0);
  });

  test.each(Object.values(NOT_IN_TRAILERS).flat())("H1-146 %s as a trailer", (name) => {
    refused("H1_TRAILER_FORBIDDEN", () => writeTrailers([name, "x"]));
    refused("H1_TRAILER_FORBIDDEN", () => writeTrailers([name.toUpperCase(), "x"]));
  });

  test("every code of the table was seen here", () => {
    expect([...DECIDED].sort()).toEqual(Object.keys(H1_USAGE_RULES).sort());
  });
});
