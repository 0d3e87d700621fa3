// Where the body of a request ends: RFC 9112 sections 6.1 to 6.3, RFC 9110 section 8.6.
// Titles carry the rows of the rule list. ▲ stands before the octet that the error must point at.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { readRequests } from "../helpers/h1-drive.js";
import { messagesOf } from "../helpers/h1-log.js";
import { accepted, refused, request } from "../helpers/h1-table.js";

const NEXT = request("GET /next HTTP/1.1");

/** A POST with these framing fields, this body, and another request right behind it. */
function post(fields: string, body: string): string {
  return request("POST / HTTP/1.1", `Host: a\r\n${fields}`, body) + NEXT;
}

/** Bodies of the two messages of `post`. */
function bodies(wire: string): (string | undefined)[] {
  return accepted("server", wire).map((message) => (message.complete ? message.body : undefined));
}

describe("Content-Length", () => {
  test.each([
    ["H1-079 exactly so many octets", "Content-Length: 5\r\n", "hello", "hello"],
    [
      "H1-079 also when they look like a message",
      "Content-Length: 16\r\n",
      "GET / HTTP/1.1\r\n",
      "GET / HTTP/1.1\r\n",
    ],
    ["H1-084 leading zeros", "Content-Length: 0005\r\n", "hello", "hello"],
    ["H1-084 0", "Content-Length: 0\r\n", "", ""],
    ["H1-047 whitespace around it", "Content-Length: \t5 \t\r\n", "hello", "hello"],
    ["H1-055 the name in another case", "cONTENT-lENGTH: 5\r\n", "hello", "hello"],
    ["H1-080 neither field", "", "", ""],
    ["H1-056 a name that only looks like it", "Content_Length: 5\r\n", "", ""],
    [
      "H1-056 Content-Encoding is no framing",
      "Content-Encoding: chunked\r\nContent-Length: 2\r\n",
      "ab",
      "ab",
    ],
  ])("%s", (_name, fields, body, expected) => {
    expect(bodies(post(fields, body))).toEqual([expected, ""]);
  });

  test.each<[string, string, ErrorName]>([
    ["H1-084 a plus", "+5", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 a minus", "-5", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 minus zero", "-0", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 hexadecimal", "0x5", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 octal", "0o5", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 an underscore", "1_0", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 a fraction", "5.0", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 an exponent", "5e0", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 an inner space", "1 0", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 empty", "", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 a parameter", "5;a=b", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 quotes", '"5"', "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 fullwidth digits", "\xef\xbc\x95", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-077 a list with an empty element first", ",5", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-077 a list with an empty element last", "5,", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-077 a list of the same", "5, 5", "H1_CONTENT_LENGTH_REPEATED"],
    ["H1-077 a list of three", "5,5,5", "H1_CONTENT_LENGTH_REPEATED"],
    ["H1-077 a list of different values", "0, 5", "H1_CONTENT_LENGTH_CONFLICT"],
    ["H1-083 2^53", "9007199254740992", "H1_CONTENT_LENGTH_TOO_LARGE"],
    ["H1-083 2^53 + 1, that floats round", "9007199254740993", "H1_CONTENT_LENGTH_TOO_LARGE"],
    ["H1-083 2^63", "9223372036854775808", "H1_CONTENT_LENGTH_TOO_LARGE"],
    ["H1-083 2^64 + 5, that wraps", "18446744073709551621", "H1_CONTENT_LENGTH_TOO_LARGE"],
    ["H1-083 a hundred digits", "9".repeat(100), "H1_CONTENT_LENGTH_INVALID"],
    [
      "H1-083 twenty-one digits, though most are zeros",
      `${"0".repeat(20)}5`,
      "H1_CONTENT_LENGTH_INVALID",
    ],
  ])("%s", (_name, value, code) => {
    refused("server", post(`Content-Length: ${value}\r\n`, "hello"), code);
  });

  test.each<[string, string, ErrorName]>([
    [
      "H1-077 two lines, different",
      "Content-Length: 5\r\nContent-Length: 6\r\n",
      "H1_CONTENT_LENGTH_CONFLICT",
    ],
    [
      "H1-077 two lines, the same",
      "Content-Length: 5\r\ncontent-length: 5\r\n",
      "H1_CONTENT_LENGTH_REPEATED",
    ],
    [
      "H1-077 two lines, the same number with a zero",
      "Content-Length: 5\r\nContent-Length: 05\r\n",
      "H1_CONTENT_LENGTH_REPEATED",
    ],
    [
      "H1-077 two lines, one empty",
      "Content-Length:\r\nContent-Length: 5\r\n",
      "H1_CONTENT_LENGTH_INVALID",
    ],
    [
      "H1-077 two lines, one wrong",
      "Content-Length: 0\r\nContent-Length: -0\r\n",
      "H1_CONTENT_LENGTH_INVALID",
    ],
  ])("%s", (_name, fields, code) => {
    refused("server", post(fields, "hello"), code);
  });

  test("H1-083 sizes above 32 bits do not wrap", () => {
    for (const length of ["4294967301", "9007199254740991"]) {
      const events = readRequests(
        request("POST / HTTP/1.1", `Host: a\r\nContent-Length: ${length}\r\n`, `hello${NEXT}`),
      );
      expect(messagesOf(events)).toMatchObject([{ body: `hello${NEXT}`, complete: false }]);
    }
  });

  test("H1-084 zeros count for nothing, up to twenty digits", () => {
    expect(bodies(post(`Content-Length: ${"0".repeat(19)}5\r\n`, "hello"))).toEqual(["hello", ""]);
  });

  test("H1-141 the content of GET, HEAD, DELETE, OPTIONS is framed and consumed", () => {
    for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "FROB"]) {
      const wire =
        request(`${method} / HTTP/1.1`, "Host: a\r\nContent-Length: 5\r\n", "hello") + NEXT;
      expect(bodies(wire), method).toEqual(["hello", ""]);
    }
  });

  test("H1-079 a limit on the content, for lengths and for chunks", () => {
    const limits = { bodyLength: 5 };
    expect(accepted("server", post("Content-Length: 5\r\n", "hello"), { limits })).toHaveLength(2);
    refused("server", post("Content-Length: 6\r\n", "hello!"), "H1_BODY_TOO_LARGE", { limits });
    const chunks = "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    refused("server", post("Transfer-Encoding: chunked\r\n", chunks), "H1_BODY_TOO_LARGE", {
      limits,
    });
  });
});

describe("Transfer-Encoding", () => {
  const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

  test.each([
    ["H1-074 H1-088 chunked", "Transfer-Encoding: chunked\r\n"],
    ["H1-096 in another case", "TRANSFER-ENCODING: CHUNKED\r\n"],
    ["H1-047 with whitespace around it", "Transfer-Encoding: \tchunked\t \r\n"],
    ["H1-074 another coding before it", "Transfer-Encoding: gzip, chunked\r\n"],
    [
      "H1-074 another coding in a line before it",
      "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    ],
    ["H1-062 empty elements before", "Transfer-Encoding: , ,chunked\r\n"],
    ["H1-062 empty elements behind", "Transfer-Encoding: chunked , ,\r\n"],
    [
      "H1-065 a parameter of another coding with a quoted comma",
      'Transfer-Encoding: cow;x=",", chunked\r\n',
    ],
    [
      "H1-064 a quoted pair in a parameter",
      'Transfer-Encoding: cow;x="\\", chunked, \\"", chunked\r\n',
    ],
    ["H1-063 bad whitespace around a parameter", "Transfer-Encoding: cow ; x = y, chunked\r\n"],
    [
      "H1-124 named in Connection",
      "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
    ],
  ])("%s", (_name, fields) => {
    expect(bodies(post(fields, CHUNKS))).toEqual(["hello", ""]);
  });

  test.each<[string, string, ErrorName]>([
    ["H1-076 empty", "Transfer-Encoding:\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    ["H1-076 only empty elements", "Transfer-Encoding: ,\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    ["H1-076 identity", "Transfer-Encoding: identity\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    [
      "H1-076 H1-091 unknown",
      "Transfer-Encoding: xchunked\r\n",
      "H1_TRANSFER_ENCODING_NOT_CHUNKED",
    ],
    ["H1-076 a longer name", "Transfer-Encoding: chunkedx\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    ["H1-076 a shorter name", "Transfer-Encoding: chunk\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    [
      "H1-076 single quotes are part of a token",
      "Transfer-Encoding: 'chunked'\r\n",
      "H1_TRANSFER_ENCODING_NOT_CHUNKED",
    ],
    ["H1-076 not last", "Transfer-Encoding: chunked, gzip\r\n", "H1_TRANSFER_ENCODING_NOT_CHUNKED"],
    [
      "H1-076 not last, over two lines",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
      "H1_TRANSFER_ENCODING_NOT_CHUNKED",
    ],
    ["H1-076 quoted", 'Transfer-Encoding: "chunked"\r\n', "H1_TRANSFER_ENCODING_INVALID"],
    [
      "H1-076 an octet that is no whitespace",
      "Transfer-Encoding: \xa0chunked\r\n",
      "H1_TRANSFER_ENCODING_INVALID",
    ],
    ["H1-076 two words", "Transfer-Encoding: chunked x\r\n", "H1_TRANSFER_ENCODING_INVALID"],
    ["H1-076 brackets", "Transfer-Encoding: [space]chunked\r\n", "H1_TRANSFER_ENCODING_INVALID"],
    [
      "H1-065 a quote that is not closed",
      'Transfer-Encoding: cow;x=", chunked\r\n',
      "H1_TRANSFER_ENCODING_INVALID",
    ],
    ["H1-090 twice in a line", "Transfer-Encoding: chunked, chunked\r\n", "H1_CHUNKED_REPEATED"],
    [
      "H1-090 twice in two lines",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "H1_CHUNKED_REPEATED",
    ],
    ["H1-095 with parameters", "Transfer-Encoding: chunked;a=b\r\n", "H1_CHUNKED_PARAMETERS"],
    [
      "H1-071 with a length",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "H1_LENGTH_AND_TRANSFER_ENCODING",
    ],
    [
      "H1-071 with a length behind it",
      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
      "H1_LENGTH_AND_TRANSFER_ENCODING",
    ],
    [
      "H1-071 with a length, empty",
      "Transfer-Encoding:\r\nContent-Length: 5\r\n",
      "H1_LENGTH_AND_TRANSFER_ENCODING",
    ],
    [
      "H1-071 with a length, identity",
      "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
      "H1_LENGTH_AND_TRANSFER_ENCODING",
    ],
    [
      "H1-049 a vertical tab before it",
      "Transfer-Encoding: \x0bchunked\r\n",
      "H1_FIELD_VALUE_INVALID",
    ],
    ["H1-048 NUL behind it", "Transfer-Encoding: chunked\0\r\n", "H1_FIELD_VALUE_NUL"],
    ["H1-045 space before the colon", "Transfer-Encoding : chunked\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-052 folded", "Transfer-Encoding:\r\n chunked\r\n", "H1_OBS_FOLD"],
  ])("%s", (_name, fields, code) => {
    refused("server", post(fields, CHUNKS), code);
  });

  test.each<[string, string]>([
    ["H1-087 in HTTP/1.0", "Transfer-Encoding: chunked\r\n"],
    [
      "H1-087 in HTTP/1.0 with keep-alive",
      "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
    ],
  ])("%s", (_name, fields) => {
    refused("server", request("POST / HTTP/1.0", fields, CHUNKS), "H1_TRANSFER_ENCODING_IN_HTTP10");
  });
});
