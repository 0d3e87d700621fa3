// Heads and trailers that HTTP/2 sends, as the flat lists that HPACK encodes: order, spelling, what the
// writer finds in them (RFC 9113 section 8). What it refuses: message-refusals.test.ts.

import { describe, expect, test } from "vitest";
import {
  type RequestParts,
  type ResponseParts,
  requestFields,
  responseFields,
  trailerFields,
} from "../../src/codec/message.js";
import type { HeaderList } from "../../src/events.js";

const GET = { method: "GET", authority: "a", headers: [] };

const request = (parts: Partial<RequestParts> = {}, connectProtocol = false) =>
  requestFields({ ...GET, ...parts }, { connectProtocol });
const response = (parts: Partial<ResponseParts> = {}) =>
  responseFields({ status: 200, headers: [], ...parts }, false);

const HEAD = [":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/"];

describe("requests", () => {
  test.each<[string, Partial<RequestParts>, string[]]>([
    ["pseudo-fields first, in one order", {}, HEAD],
    [
      "H2-180 names in lower case, values as they are",
      { headers: ["Accept", "Text/HTML", "X-OWN", "\xc4"] },
      [...HEAD, "accept", "Text/HTML", "x-own", "\xc4"],
    ],
    [
      "scheme and path of the caller",
      { scheme: "http", path: "/a/b?c=%20d", method: "PATCH" },
      [":method", "PATCH", ":scheme", "http", ":authority", "a", ":path", "/a/b?c=%20d"],
    ],
    [
      "H2-187 OPTIONS *",
      { method: "OPTIONS", path: "*" },
      [":method", "OPTIONS", ":scheme", "https", ":authority", "a", ":path", "*"],
    ],
    [
      "H2-193 Host becomes :authority",
      { authority: undefined, headers: ["x", "1", "Host", "b:8", "y", "2"] },
      [...HEAD.slice(0, 4), ":authority", "b:8", ":path", "/", "x", "1", "y", "2"],
    ],
    ["H2-192 H2-193 Host that repeats it goes", { headers: ["host", "A"] }, HEAD],
    [
      "H2-189 another scheme, its path, without an authority",
      { scheme: "coap+tcp", path: "x:y", authority: undefined },
      [":method", "GET", ":scheme", "coap+tcp", ":path", "x:y"],
    ],
    [
      "H2-195 CONNECT",
      { method: "CONNECT", authority: "b:443" },
      [":method", "CONNECT", ":authority", "b:443"],
    ],
    ["H2-176 te: trailers", { headers: ["TE", "trailers"] }, [...HEAD, "te", "trailers"]],
    [
      "cookie crumbs stay crumbs",
      { headers: ["cookie", "a=1", "Cookie", "b=2"] },
      [...HEAD, "cookie", "a=1", "cookie", "b=2"],
    ],
  ])("%s", (_name, parts, fields) => {
    expect(request(parts).fields).toEqual(fields);
  });

  test("XC-003 XC-005 extended CONNECT", () => {
    const parts = { method: "CONNECT", protocol: "websocket", path: "/chat", scheme: "http" };
    expect(request(parts, true).fields).toEqual([
      ...[":method", "CONNECT", ":scheme", "http", ":authority", "a", ":path", "/chat"],
      ...[":protocol", "websocket"],
    ]);
  });

  test.each<[string, HeaderList]>([
    ["a flat list", ["X-A", "1", "b", "2", "b", "3"]],
    [
      "pairs",
      [
        ["X-A", "1"],
        ["b", "2"],
        ["b", "3"],
      ],
    ],
    [
      "an iterable",
      new Set<[string, string]>([
        ["X-A", "1"],
        ["b", "2"],
        ["b", "3"],
      ]),
    ],
    ["a record", { "X-A": "1", b: ["2", "3"] }],
  ])("headers as %s", (_name, headers) => {
    expect(request({ headers }).fields).toEqual([...HEAD, "x-a", "1", "b", "2", "b", "3"]);
  });

  test("the caller's list is never changed", () => {
    const headers = Object.freeze(["X-A", "1", "Host", "a"]);
    request({ headers });
    expect(headers).toEqual(["X-A", "1", "Host", "a"]);
  });
});

describe("responses and trailers", () => {
  test("H2-194 every status as three digits", () => {
    for (let status = 100; status < 600; status++) {
      if (status === 101) continue;
      const { fields } = responseFields({ status, headers: [] }, status < 200);
      expect(fields).toEqual([":status", `${status}`]);
    }
  });

  test("H2-180 fields", () => {
    const headers = ["Content-Type", "text/html", "Set-Cookie", "a", "set-cookie", "b"];
    expect(response({ headers }).fields).toEqual([
      ...[":status", "200", "content-type", "text/html", "set-cookie", "a", "set-cookie", "b"],
    ]);
  });

  test("H2-180 trailers", () => {
    expect(trailerFields({ "Grpc-Status": "0" }).fields).toEqual(["grpc-status", "0"]);
    expect(trailerFields([]).fields).toEqual([]);
  });

  test("names of an application, in new spellings, more than are learned", () => {
    const names = Array.from({ length: 700 }, (_, i) => `X-Name-${i}`);
    for (let i = 0; i < 2; i++) {
      const { fields } = response({ headers: names.flatMap((name) => [name, "1"]) });
      expect(fields.slice(2)).toEqual(names.flatMap((name) => [name.toLowerCase(), "1"]));
    }
  });

  test("names that objects have of their own are names like others", () => {
    const names = ["__proto__", "constructor", "toString", "0"];
    const headers = names.flatMap((name) => [name, "1"]);
    const expected = names.flatMap((name) => [name.toLowerCase(), "1"]);
    for (let i = 0; i < 2; i++) expect(trailerFields(headers).fields).toEqual(expected);
  });
});

describe("what the writer finds", () => {
  test("H2-106 the size of the list: names, values, 32 a field", () => {
    expect(request().listSize).toBe(HEAD.join("").length + 4 * 32);
    expect(request({ headers: ["X-AB", "123", "host", "A"] }).listSize).toBe(
      HEAD.join("").length + 7 + 5 * 32,
    );
    expect(trailerFields([]).listSize).toBe(0);
  });

  test.each<[string, string[], number]>([
    ["none", [], -1],
    ["0", ["Content-Length", "0"], 0],
    ["the largest", ["content-length", "9007199254740991"], 2 ** 53 - 1],
    ["zeros before it", ["content-length", "0012"], 12],
  ])("H2-161 content-length: %s, and it is sent as given", (_name, headers, length) => {
    const { contentLength, fields } = response({ headers });
    expect(contentLength).toBe(length);
    expect(fields.slice(2)).toEqual(headers.map((text) => text.toLowerCase()));
  });

  test.each<[string, string[], string | null]>([
    ["none", [], null],
    ["one", ["Priority", "u=1, i"], "u=1, i"],
    ["two lines", ["priority", "u=1", "x", "y", "priority", "i"], "u=1, i"],
  ])("PU-005 priority: %s", (_name, headers, priority) => {
    expect(request({ headers }).priority).toBe(priority);
    expect(response({ headers }).priority).toBe(priority);
  });
});
