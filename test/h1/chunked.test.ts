// The chunked coding: RFC 9112 section 7.1. Titles carry the rows of the rule list. ▲ stands before the octet
// that the error must point at.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { readRequests, readResponses } from "../helpers/h1-drive.js";
import { joined, messagesOf } from "../helpers/h1-log.js";
import { accepted, chunkedRequest, refused, request } from "../helpers/h1-table.js";

const NEXT = request("GET /next HTTP/1.1");

/** Body and trailers of a chunked request that another one follows. */
function decoded(wire: string): [string, [string, string][]] {
  const messages = accepted("server", chunkedRequest(wire) + NEXT);
  expect(messages).toHaveLength(2);
  const [first] = messages;
  if (first === undefined || !first.complete) throw new Error("not complete");
  return [first.body, first.trailers];
}

describe("sizes", () => {
  test.each([
    [
      "H1-097 digits of either case",
      "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
      "01234567890123456789a",
    ],
    ["H1-097 leading zeros", "00005\r\nhello\r\n000\r\n\r\n", "hello"],
    ["H1-097 sixteen digits", "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello"],
    ["H1-097 no chunk but the last", "0\r\n\r\n", ""],
    ["H1-097 content that looks like framing", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"],
    ["H1-097 a chunk of one octet", "1\r\n\n\r\n0\r\n\r\n", "\n"],
  ])("%s", (_name, wire, body) => {
    expect(decoded(wire)).toEqual([body, []]);
  });

  test.each<[string, string, ErrorName]>([
    ["H1-097 a prefix", "0▲x5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a plus", "▲+5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a minus", "▲-5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 an underscore", "1▲_0\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a comma", "5▲,5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a dot", "5▲.0\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 nothing", "▲\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 no hexadecimal digit", "▲g\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a digit and none", "5▲g\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 space before", "▲ 5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 a tab before", "▲\t5\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 NUL behind", "0▲\0\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-097 fullwidth", "▲\xef\xbc\x95\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-098 2^64 + 5", "10000000000000005\r\nhello\r\n", "H1_CHUNK_SIZE_TOO_LARGE"],
    ["H1-098 2^64 - 1", "ffffffffffffffff\r\nhello\r\n", "H1_CHUNK_SIZE_TOO_LARGE"],
    ["H1-098 2^53", "20000000000000\r\nhello\r\n", "H1_CHUNK_SIZE_TOO_LARGE"],
    [
      "H1-098 a size that a 64-bit word would wrap",
      "f0000000000000003\r\nabc\r\n",
      "H1_CHUNK_SIZE_TOO_LARGE",
    ],
    ["H1-098 endless zeros", "0000000000000000▲0\r\n\r\n", "H1_CHUNK_SIZE_TOO_LARGE"],
  ])("%s", (_name, wire, code) => {
    refused("server", `${chunkedRequest("")}${wire}0\r\n\r\n`, code);
  });

  test("H1-098 sizes above 32 bits do not wrap", () => {
    for (const size of ["100000005", "1fffffffffffff"]) {
      const events = readRequests(`${chunkedRequest("")}${size}\r\nhello\r\n0\r\n\r\n`);
      expect(messagesOf(events)).toMatchObject([{ body: "hello\r\n0\r\n\r\n", complete: false }]);
    }
  });
});

describe("line ends", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-099 LF behind the size", "5▲\nhello\r\n0\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-099 CR behind the size", "5\r▲hello\r\n0\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-099 CR CR LF behind the size", "5\r▲\r\nhello\r\n0\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-099 LF behind an extension", "5;a▲\nhello\r\n0\r\n\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-099 CR behind an extension", "5;a\r▲X\r\nhello\r\n0\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-099 LF behind the last size", "0▲\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-099 LF behind data", "5\r\nhello▲\n0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    ["H1-099 CR and another octet behind data", "5\r\nhello\r▲X0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    ["H1-099 LF CR behind data", "5\r\nhello▲\n\r0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    ["H1-099 nothing behind data", "5\r\nhello▲0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    ["H1-099 two octets behind data", "5\r\nhello▲XX0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    [
      "H1-099 a space before the CRLF behind data",
      "5\r\nhello▲ \r\n0\r\n\r\n",
      "H1_CHUNK_END_MISSING",
    ],
    ["H1-099 data shorter than its size", "5\r\nhell\r▲\n0\r\n\r\n", "H1_CHUNK_END_MISSING"],
    ["H1-100 LF at the very end", "0\r\n▲\n", "H1_BARE_LF"],
    ["H1-100 CR and another octet at the very end", "0\r\n▲\rX", "H1_BARE_CR"],
    ["H1-100 CR CR LF at the very end", "0\r\n▲\r\r\n", "H1_BARE_CR"],
    ["H1-100 octets in place of the last CRLF", "0\r\nXX▲\r\n", "H1_FIELD_COLON_MISSING"],
    [
      "H1-100 a request in place of the last CRLF",
      "0\r\nGET▲ /evil HTTP/1.1\r\n",
      "H1_SPACE_BEFORE_COLON",
    ],
  ])("%s", (_name, wire, code) => {
    refused("server", chunkedRequest(wire), code);
  });

  test("H1-100 both octets of the last CRLF belong to the body", () => {
    const wire = chunkedRequest("0\r\n\r\n");
    const before = readRequests(wire.slice(0, -1));
    expect(before.some((event) => event.type === "end")).toBe(false);
    expect(accepted("server", wire)).toMatchObject([{ body: "", complete: true }]);
  });
});

describe("extensions", () => {
  test.each([
    ["H1-101 a name", "5;a\r\nhello\r\n0\r\n\r\n"],
    ["H1-101 a value", "5;a=b\r\nhello\r\n0;x=y\r\n\r\n"],
    ["H1-101 several", "5;a=b;c;d=e\r\nhello\r\n0\r\n\r\n"],
    ["H1-101 a quoted value", '5;a="b c;d=e,f"\r\nhello\r\n0\r\n\r\n'],
    ["H1-064 quoted pairs", '5;a="b\\"c\\\\"\r\nhello\r\n0\r\n\r\n'],
    ["H1-101 an empty quoted value", '5;a=""\r\nhello\r\n0\r\n\r\n'],
    ["H1-101 octets above ASCII inside quotes", '5;a="\xe9"\r\nhello\r\n0\r\n\r\n'],
    ["H1-063 bad whitespace before and behind the semicolon", "5 ; a\r\nhello\r\n0\t;\ta\r\n\r\n"],
    ["H1-063 bad whitespace around the equals sign", "5;a = b\r\nhello\r\n0\r\n\r\n"],
  ])("%s", (_name, wire) => {
    expect(decoded(wire)).toEqual(["hello", []]);
  });

  test.each<[string, string, ErrorName]>([
    ["H1-102 no name", "5;▲\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 two semicolons", "5;▲;a\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 no value", "5;a=▲\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 no semicolon", "5 ▲a=b\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-102 space and no extension", "5 ▲\r\nhello\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-102 space and no extension behind the last size", "0 ▲\r\n\r\n", "H1_CHUNK_SIZE_INVALID"],
    ["H1-102 two words", "5;a ▲b\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 a control character in a name", "5;a▲\x01\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 a vertical tab", "5;▲\x0b\r\nhello\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 an octet above ASCII in a name", "0;▲\xff\r\n\r\n", "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 a quote that is not closed", '5;a="b▲\r\nhello\r\n', "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 something behind a quote", '5;a="b"▲c\r\nhello\r\n', "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 a quote inside a token", '5;a=b▲"c"\r\nhello\r\n', "H1_CHUNK_EXTENSION_INVALID"],
    ["H1-102 NUL inside quotes", '5;a="▲\0"\r\nhello\r\n', "H1_CHUNK_EXTENSION_INVALID"],
    [
      "H1-102 a control character behind a backslash",
      '5;a="\\▲\x01"\r\nhello\r\n',
      "H1_CHUNK_EXTENSION_INVALID",
    ],
    ["H1-102 CRLF behind a backslash", '5;a="\\▲\r\n"\r\nhello\r\n', "H1_CHUNK_EXTENSION_INVALID"],
  ])("%s", (_name, wire, code) => {
    refused("server", `${chunkedRequest("")}${wire}0\r\n\r\n`, code);
  });

  test("H1-103 their bytes are counted over the whole message", () => {
    const limits = { chunkExtensionsLength: 8 };
    const chunk = "1;a=b\r\nx\r\n"; // four bytes of extension
    expect(
      accepted("server", chunkedRequest(`${chunk}${chunk}0\r\n\r\n`), { limits }),
    ).toHaveLength(1);
    refused(
      "server",
      chunkedRequest(`${chunk}${chunk}0;▲a\r\n\r\n`.replace("▲", "")),
      "H1_CHUNK_EXTENSIONS_TOO_LARGE",
      { limits },
    );
    refused(
      "server",
      chunkedRequest(`1;${"a".repeat(20_000)}\r\nx\r\n`),
      "H1_CHUNK_EXTENSIONS_TOO_LARGE",
    );
  });

  test("H1-103 every message has a budget of its own", () => {
    const limits = { chunkExtensionsLength: 8 };
    const one = chunkedRequest("1;abcdefg\r\nx\r\n0\r\n\r\n");
    expect(accepted("server", one + one, { limits })).toHaveLength(2);
  });
});

describe("trailers", () => {
  test.each<[string, string, [string, string][]]>([
    ["H1-106 one", "0\r\nX: y\r\n\r\n", [["X", "y"]]],
    [
      "H1-106 several, spelled as they came",
      "0\r\nX-a: 1\r\nx-A:\t2 \r\nY:\r\n\r\n",
      [
        ["X-a", "1"],
        ["x-A", "2"],
        ["Y", ""],
      ],
    ],
    [
      "H1-104 H1-105 names that frame or route",
      "0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\nHost: evil\r\nConnection: close\r\nAuthorization: x\r\n\r\n",
      [
        ["Content-Length", "50"],
        ["Transfer-Encoding", "chunked"],
        ["Host", "evil"],
        ["Connection", "close"],
        ["Authorization", "x"],
      ],
    ],
  ])("%s: reported apart, nothing changes", (_name, wire, trailers) => {
    expect(decoded(wire)).toEqual(["", trailers]);
  });

  test("H1-104 trailers are an event of their own, behind the data and before the end", () => {
    const events = joined(readRequests(chunkedRequest("1\r\nx\r\n0\r\nX: y\r\n\r\n")));
    expect(events.map((event) => event.type)).toEqual(["head", "data", "trailers", "end"]);
    const head = events[0]?.type === "head" ? events[0].head : undefined;
    expect(head?.has("x")).toBe(false);
  });

  test.each<[string, string, ErrorName]>([
    ["H1-106 space before the colon", "0\r\nX▲ : y\r\n\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-106 no colon", "0\r\nX▲\r\n\r\n", "H1_FIELD_COLON_MISSING"],
    ["H1-106 an empty name", "0\r\n▲: y\r\n\r\n", "H1_FIELD_NAME_INVALID"],
    ["H1-106 folded", "0\r\nX: y\r\n▲ z\r\n\r\n", "H1_OBS_FOLD"],
    ["H1-106 LF", "0\r\nX: y▲\n\r\n", "H1_BARE_LF"],
    ["H1-106 CR in a value", "0\r\nX: a▲\rb\r\n\r\n", "H1_BARE_CR"],
    ["H1-106 NUL in a value", "0\r\nX: ▲\0\r\n\r\n", "H1_FIELD_VALUE_NUL"],
  ])("%s", (_name, wire, code) => {
    refused("server", chunkedRequest(wire), code);
  });

  test("H1-107 limits of their own, in bytes and in count", () => {
    const bytes = { limits: { trailerSectionLength: 12 } };
    expect(accepted("server", chunkedRequest("0\r\nA: 1\r\nB: 2\r\n\r\n"), bytes)).toHaveLength(1);
    refused(
      "server",
      chunkedRequest("0\r\nA: 1\r\nB: 2345\r\n\r\n"),
      "H1_TRAILER_SECTION_TOO_LARGE",
      bytes,
    );
    const count = { limits: { trailerCount: 1 } };
    expect(accepted("server", chunkedRequest("0\r\nA: 1\r\n\r\n"), count)).toHaveLength(1);
    refused(
      "server",
      chunkedRequest("0\r\nA: 1\r\nB: 2\r\n\r\n"),
      "H1_TRAILER_COUNT_TOO_LARGE",
      count,
    );
  });
});

describe("what is observed, and what it costs", () => {
  test("H1-101 chunk events come only when they are asked for", () => {
    const wire = chunkedRequest("1;a=b\r\nx\r\n0;c\r\n\r\n");
    expect(readRequests(wire).some((event) => event.type === "chunk")).toBe(false);
    const chunks = readRequests(wire, { observe: true }).flatMap((event) =>
      event.type === "chunk" ? [[event.size, event.extensions]] : [],
    );
    expect(chunks).toEqual([
      [1, ";a=b"],
      [0, ";c"],
    ]);
  });

  test("H1-108 headers of chunks may outweigh the data only so far", () => {
    const limits = { chunkOverheadRatio: 4, chunkOverheadFloor: 64 };
    const small = "1\r\nx\r\n".repeat(10);
    expect(accepted("server", chunkedRequest(`${small}0\r\n\r\n`), { limits })).toHaveLength(1);
    const heavy = "1;0123456789\r\nx\r\n".repeat(10);
    refused("server", chunkedRequest(heavy), "H1_CHUNK_OVERHEAD", { limits });
  });

  test("H1-108 large chunks after small ones are forgiven", () => {
    const limits = { chunkOverheadRatio: 1, chunkOverheadFloor: 0 };
    const wire = `40\r\n${"x".repeat(64)}\r\n1\r\nx\r\n1\r\nx\r\n0\r\n\r\n`;
    expect(accepted("server", chunkedRequest(wire), { limits })).toHaveLength(1);
  });

  test("H1-104 the same coding in responses", () => {
    const wire =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a\r\nok\r\n0\r\nX: y\r\n\r\n";
    expect(messagesOf(readResponses(wire))).toMatchObject([
      { body: "ok", trailers: [["X", "y"]], complete: true },
    ]);
  });
});
