// The caller's headers on their way to the wire: every form of a header list, and what one scan of
// it finds (RFC 9110 sections 5.3, 5.6.1 and 7.6.1).

import { describe, expect, test } from "vitest";
import { flattenHeaders, type HeaderScan, scanHeaders } from "../../src/codec/h1-headers.js";
import type { HeaderList } from "../../src/events.js";

describe("lists of headers", () => {
  const FLAT = ["a", "1", "b", "2", "b", "3"];

  test.each<[string, HeaderList]>([
    ["flat", FLAT],
    [
      "pairs",
      [
        ["a", "1"],
        ["b", "2"],
        ["b", "3"],
      ],
    ],
    [
      "a Headers-like iterable",
      new Map([
        [1, ["a", "1"]],
        [2, ["b", "2"]],
        [3, ["b", "3"]],
      ] as [number, [string, string]][]).values(),
    ],
    ["a record", { a: "1", b: ["2", "3"] }],
  ])("%s", (_name, list) => {
    expect(flattenHeaders(list)).toEqual(FLAT);
  });

  test("nothing, in each form", () => {
    for (const list of [[], new Map<string, string>(), {}])
      expect(flattenHeaders(list)).toEqual([]);
  });

  test("a record gives its own members only", () => {
    const record = Object.assign(Object.create({ inherited: "x" }) as object, { a: "1", none: [] });
    expect(flattenHeaders(record as Record<string, string>)).toEqual(["a", "1"]);
  });

  test.each<[string, string[], Partial<HeaderScan>]>([
    [
      "nothing",
      [],
      {
        contentLength: -1,
        transferEncoding: null,
        host: null,
        options: 0,
        hasDate: false,
        count: 0,
      },
    ],
    ["length", ["CONTENT-LENGTH", "007"], { contentLength: 7, count: 1 }],
    ["the longest length", ["content-length", "9007199254740991"], { contentLength: 2 ** 53 - 1 }],
    ["chunked", ["Transfer-Encoding", "Chunked"], { transferEncoding: "Chunked", isChunked: true }],
    [
      "two lines of codings",
      ["transfer-encoding", 'a;b="c,d"', "transfer-encoding", "chunked"],
      { transferEncoding: 'a;b="c,d", chunked', isChunked: true },
    ],
    [
      "a coding alone",
      ["transfer-encoding", "gzip"],
      { transferEncoding: "gzip", isChunked: false },
    ],
    ["close", ["connection", "close"], { options: 1 }],
    [
      "options of any case",
      ["Connection", "Keep-Alive,\tUPGRADE", "connection", "TE , x"],
      { options: 14 },
    ],
    ["closed is not close", ["connection", "closed, not-close"], { options: 0 }],
    ["Host", ["HOST", ""], { host: "" }],
    ["Upgrade", ["upgrade", "a/1, b", "Upgrade", "c"], { upgrade: "a/1, b, c" }],
    ["TE", ["te", "trailers, gzip;q=0.5"], { te: "trailers, gzip;q=0.5" }],
    ["an empty TE, which takes no trailers", ["te", ""], { te: "" }],
    ["Trailer", ["trailer", "a, b"], { trailer: "a, b" }],
    ["Expect", ["expect", "100-Continue"], { expectsContinue: true }],
    ["another expectation", ["expect", "x=y"], { expectsContinue: false }],
    ["Keep-Alive", ["keep-alive", "timeout=5"], { hasKeepAlive: true }],
    ["Date", ["DATE", "x"], { hasDate: true }],
  ])("the scan finds %s", (_name, flat, found) => {
    expect(scanHeaders(flat)).toMatchObject(found);
  });
});
