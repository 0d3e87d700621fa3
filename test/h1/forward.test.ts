// What proxies need between two connections: the fields that go on, the fields of a decoded
// message, and dates (RFC 9110 sections 5.6.7 and 7.6.1, RFC 9112 sections 6.3 and 7.1.3).

import { UsageError } from "tercet";
import { dechunkHeaders, formatHttpDate, removeHopByHop } from "tercet/h1";
import { describe, expect, test } from "vitest";

describe("fields for the next hop", () => {
  test.each<[string, string[], string[]]>([
    ["H1-057 all others, in order", ["b", "1", "a", "2", "b", "3"], ["b", "1", "a", "2", "b", "3"]],
    [
      "H1-123 Connection and what it lists",
      ["Connection", "x-A, close", "X-a", "1", "b", "2"],
      ["b", "2"],
    ],
    [
      "H1-123 in several lines, in any order",
      ["x", "1", "connection", "y", "Y", "2", "CONNECTION", "X"],
      [],
    ],
    [
      "H1-123 whole tokens only",
      ["connection", "x-a", "x-ab", "1", "x", "2"],
      ["x-ab", "1", "x", "2"],
    ],
    [
      "H1-123 those that are never end to end",
      ["Keep-Alive", "1", "Proxy-Connection", "2", "TE", "3", "Upgrade", "4", "Via", "5"],
      ["Via", "5"],
    ],
    [
      "H1-072 Transfer-Encoding, and Content-Length beside it",
      ["Content-Length", "5", "x", "1", "Transfer-Encoding", "chunked"],
      ["x", "1"],
    ],
    ["H1-072 Content-Length alone stays", ["Content-Length", "5"], ["Content-Length", "5"]],
    ["an empty Connection lists nothing", ["connection", ", ,", "a", "1"], ["a", "1"]],
  ])("%s", (_name, flat, kept) => {
    const before = [...flat];
    expect(removeHopByHop(flat)).toEqual(kept);
    expect(flat).toEqual(before);
  });
});

describe("fields of a message whose chunks were decoded", () => {
  test.each<[string, string[], string[]]>([
    [
      "H1-109 length for chunked, no Trailer",
      ["a", "1", "Transfer-Encoding", "Chunked", "Trailer", "x", "b", "2"],
      ["a", "1", "b", "2", "Content-Length", "42"],
    ],
    [
      "H1-109 other codings stay",
      ["transfer-encoding", 'gzip;x="a,chunked" ,\tchunked'],
      ["transfer-encoding", 'gzip;x="a,chunked"', "Content-Length", "42"],
    ],
    [
      "H1-109 codings in several lines",
      ["transfer-encoding", "gzip", "Transfer-Encoding", ", chunked"],
      ["transfer-encoding", "gzip", "Content-Length", "42"],
    ],
    ["H1-109 an old length is replaced", ["content-length", "7"], ["Content-Length", "42"]],
  ])("%s", (_name, flat, fields) => {
    expect(dechunkHeaders(flat, 42)).toEqual(fields);
  });

  test.each([-1, 1.5, 2 ** 53, Number.NaN])("%d is no length", (length) => {
    expect(() => dechunkHeaders([], length)).toThrow(UsageError);
  });
});

describe("dates", () => {
  test.each<[string, number]>([
    ["Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Thu, 29 Feb 2024 23:59:59 GMT", Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59)],
    ["Sat, 01 Jan 0000 00:00:00 GMT", new Date("0000-01-01T00:00:00Z").getTime()],
  ])("H1-145 %s", (text, time) => {
    expect(formatHttpDate(new Date(time))).toBe(text);
  });
});
