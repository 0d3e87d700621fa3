// The table of the differential suite: messages valid and invalid, our verdict, and each intended difference of another
// parser with its reason. A difference that is gone fails, like one that is new.

import type { Outcome } from "./outcome.js";

/** Why a parser ends otherwise than ours; `llhttp` stands for Node's and undici's, which are the same code. */
export type Differences = Partial<Record<"llhttp" | "node" | "undici" | "http-parser-js", string>>;

export interface Row {
  name: string;
  role: "request" | "response";
  wire: string;
  verdict: Outcome["verdict"];
  differs: Differences;
  /** Method that a response answers; GET when absent. */
  answers?: string;
}

const NO_CHECKS = "http-parser-js checks lines by a loose expression only";
const LF = "http-parser-js takes bare LF for a line end";
const HOST = "the check of Host is left to the server (RFC 9112 section 3.2 wants 400)";
const TARGET =
  "the form and the characters of the target are hardly checked (RFC 9112 section 3.2)";
const LIST =
  "an identical length twice is taken, which RFC 9112 section 6.3 allows and we do by a leniency only";
const NUMBER = "JavaScript's number conversion takes more than digits (RFC 9110 section 8.6)";
const PARSE_INT = "parseInt stops at the first octet that is no digit (RFC 9112 section 7.1)";
const CODINGS =
  "only a field that is exactly `chunked` is chunked to http-parser-js; the chunks become requests";
const OVERRIDES =
  "Transfer-Encoding overrides Content-Length, which RFC 9112 section 6.3 allows and we do by a leniency only";
const NO_BODY = "http-parser-js reads a body that RFC 9112 section 6.3 says is not there";

type Verdict = Outcome["verdict"];
const row =
  (role: Row["role"]) =>
  (
    name: string,
    wire: string,
    verdict: Verdict,
    differs: Differences = {},
    answers?: string,
  ): Row => ({
    name,
    role,
    wire,
    verdict,
    differs,
    ...(answers === undefined ? {} : { answers }),
  });
const req = row("request");
const res = row("response");

/** A GET with these fields behind Host. */
const get = (fields: string, line = "GET / HTTP/1.1") => `${line}\r\nHost: a\r\n${fields}\r\n`;
/** A POST with these framing fields and this body. */
const post = (fields: string, body: string) =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;
const chunked = (body: string) => post("Transfer-Encoding: chunked", body);
const ok = (fields: string, body = "") => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;

const START_LINES: Row[] = [
  req("the smallest request", get(""), "accept"),
  req("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "accept"),
  req("an empty line before", `\r\n${get("")}`, "accept"),
  req("any token as method", get("", "FROB-1 / HTTP/1.1"), "accept", {
    llhttp: "llhttp knows a list of methods; RFC 9110 section 9.1 has any token",
    "http-parser-js": "http-parser-js knows a list of methods; RFC 9110 section 9.1 has any token",
  }),
  req("absolute-form", get("", "GET http://b:81/c?d HTTP/1.1"), "accept"),
  req("asterisk-form", get("", "OPTIONS * HTTP/1.1"), "accept"),
  req("CONNECT", get("", "CONNECT a:443 HTTP/1.1"), "upgrade"),
  req(
    "an upgrade that is offered",
    `${get("Connection: upgrade\r\nUpgrade: x\r\n")}raw`,
    "upgrade",
  ),
  req("Upgrade without Connection", get("Upgrade: x\r\n"), "accept"),
  req("a higher minor version", get("", "GET / HTTP/1.2"), "accept", {
    llhttp:
      "llhttp knows 0.9, 1.0, 1.1, 2.0; RFC 9110 section 6.2 has higher minors processed as 1.1",
    "http-parser-js": "reported as it came; to us it is 1.1",
  }),
  req("no Host", "GET / HTTP/1.1\r\n\r\n", "reject", { llhttp: HOST, "http-parser-js": HOST }),
  req("two Hosts", get("Host: b\r\n"), "reject", { llhttp: HOST, "http-parser-js": HOST }),
  req("Host with userinfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "reject", {
    llhttp: HOST,
    "http-parser-js": HOST,
  }),
  req("two spaces before the target", get("", "GET  / HTTP/1.1"), "reject", {
    llhttp: "llhttp skips spaces; RFC 9112 section 3 has one",
  }),
  req("a tab before the target", get("", "GET\t/ HTTP/1.1"), "reject"),
  req("a space in the target", get("", "GET /a b HTTP/1.1"), "reject"),
  req("an octet above ASCII in the target", get("", "GET /\xe9 HTTP/1.1"), "reject", {
    "http-parser-js": TARGET,
  }),
  req("a bar in the query", get("", "GET /?| HTTP/1.1"), "accept"),
  req("a bar in the path", get("", "GET /| HTTP/1.1"), "reject", {
    llhttp: TARGET,
    "http-parser-js": TARGET,
  }),
  req("a fragment", get("", "GET /a#b HTTP/1.1"), "reject", {
    llhttp: TARGET,
    "http-parser-js": TARGET,
  }),
  req("half an escape", get("", "GET /%2 HTTP/1.1"), "reject", {
    llhttp: TARGET,
    "http-parser-js": TARGET,
  }),
  req("a target of no form", get("", "GET foo HTTP/1.1"), "reject", { "http-parser-js": TARGET }),
  req("an asterisk for GET", get("", "GET * HTTP/1.1"), "reject", {
    llhttp: TARGET,
    "http-parser-js": TARGET,
  }),
  req("CONNECT without a port", get("", "CONNECT a HTTP/1.1"), "reject", {
    llhttp: TARGET,
    "http-parser-js": TARGET,
  }),
  req("a password in the target", get("", "GET http://u:p@a/ HTTP/1.1"), "reject", {
    llhttp: "RFC 9110 section 4.2.4 only recommends to treat it as an error",
    "http-parser-js": "RFC 9110 section 4.2.4 only recommends to treat it as an error",
  }),
  req("HTTP/0.9", "GET /\r\n\r\n", "reject", { llhttp: "llhttp still reads simple requests" }),
  req("HTTP/2.0", get("", "GET / HTTP/2.0"), "reject", {
    llhttp: "the major version is reported and left to the user; RFC 9110 section 15.6.6 has 505",
    "http-parser-js":
      "the major version is reported and left to the user; RFC 9110 section 15.6.6 has 505",
  }),
  req("a version in lower case", get("", "GET / http/1.1"), "reject"),
  req("RTSP", get("", "OPTIONS /x RTSP/1.0"), "reject", { llhttp: "llhttp reads RTSP, too" }),
  req("bare LF in the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "reject", {
    "http-parser-js": LF,
  }),
  req("the HTTP/2 preface with a mistake", "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n", "reject"),
  req("octets of another protocol", "\x16\x03\x01", "reject", {
    "http-parser-js": "no error before the first LF",
  }),
];

const FIELDS: Row[] = [
  req("bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", "reject", {
    "http-parser-js": LF,
  }),
  req("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", "reject", { "http-parser-js": LF }),
  req("bare CR in a value", get("X: a\rb\r\n"), "reject"),
  req("space before the colon", get("X : y\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("space before the first field", "GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", "reject", {
    "http-parser-js": NO_CHECKS,
  }),
  req("a line without a colon", get("nonsense\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("an empty name", get(": y\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("a slash in a name", get("X/Y: z\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("obs-fold in a request", get("X: y\r\n z\r\n"), "reject", {
    "http-parser-js": "replaced by a space, as RFC 9112 section 5.2 allows",
  }),
  req("NUL in a value", get("X: \0\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("a control character in a value", get("X: \x01\r\n"), "reject", {
    "http-parser-js": NO_CHECKS,
  }),
  req("DEL in a value", get("X: \x7f\r\n"), "reject", { "http-parser-js": NO_CHECKS }),
  req("octets above ASCII in a value", get("X: \xe9\xff\r\n"), "accept"),
  req("an empty value", get("X:\r\nY: \t\r\n"), "accept"),
];

const FRAMING: Row[] = [
  req("a length", post("Content-Length: 5", `hello${get("")}`), "accept"),
  req("a length with zeros", post("Content-Length: 005", "hello"), "accept"),
  req("a plus in the length", post("Content-Length: +5", "hello"), "reject", {
    "http-parser-js": NUMBER,
  }),
  req("a hexadecimal length", post("Content-Length: 0x5", "hello"), "reject", {
    "http-parser-js": NUMBER,
  }),
  req("an empty length", post("Content-Length:", ""), "reject", { "http-parser-js": NUMBER }),
  req("two lengths", post("Content-Length: 5\r\nContent-Length: 6", "hello!"), "reject"),
  req("the same length twice", post("Content-Length: 5\r\nContent-Length: 5", "hello"), "reject", {
    "http-parser-js": LIST,
  }),
  req("a list of lengths", post("Content-Length: 5, 5", "hello"), "reject", {
    "http-parser-js": NUMBER,
  }),
  req("a length above 2^64", post("Content-Length: 18446744073709551621", "hello"), "reject", {
    "http-parser-js": NUMBER,
  }),
  req("a length above 2^53", post("Content-Length: 9007199254740993", ""), "reject", {
    llhttp: "llhttp counts to 2^64; a number of JavaScript is exact below 2^53",
    "http-parser-js": "rounded to a neighbour: RFC 9110 section 8.6 forbids the loss of precision",
  }),
  req(
    "length and coding",
    post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "reject",
    { "http-parser-js": OVERRIDES },
  ),
  req(
    "coding and length",
    post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
    "reject",
    { "http-parser-js": OVERRIDES },
  ),
  req("two codings", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), "accept", {
    "http-parser-js": CODINGS,
  }),
  req("an unknown coding", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), "reject", {
    "http-parser-js": CODINGS,
  }),
  req("chunked, then another", post("Transfer-Encoding: chunked, gzip", "0\r\n\r\n"), "reject", {
    "http-parser-js": CODINGS,
  }),
  req("chunked twice", post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), "reject", {
    "http-parser-js": CODINGS,
  }),
  req(
    "an empty element behind chunked",
    post("Transfer-Encoding: chunked,", "0\r\n\r\n"),
    "accept",
    {
      llhttp: "RFC 9110 section 5.6.1.2 has empty list elements accepted",
      "http-parser-js": CODINGS,
    },
  ),
  req("chunked with parameters", post("Transfer-Encoding: chunked;a=b", "0\r\n\r\n"), "reject", {
    "http-parser-js": CODINGS,
  }),
  req("an empty coding", post("Transfer-Encoding:", ""), "reject", {
    llhttp: "llhttp does not see an empty field; RFC 9112 section 6.3 has 400",
    "http-parser-js": "an empty field is no coding to http-parser-js; RFC 9112 section 6.3 has 400",
  }),
  req(
    "chunks in HTTP/1.0",
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "reject",
    {
      llhttp:
        "RFC 9112 section 6.1 lets a recipient read it and close; we refuse but for a leniency",
      "http-parser-js":
        "RFC 9112 section 6.1 lets a recipient read it and close; we refuse but for a leniency",
    },
  ),
  req("a request behind one with close", get("Connection: close\r\n") + get(""), "reject", {
    "http-parser-js": "http-parser-js reads on; RFC 9112 section 9.6 forbids to process it",
  }),
  req("close in a list", get("Connection: x, close\r\n"), "accept"),
];

const CHUNKS: Row[] = [
  req("chunks", chunked("5\r\nhello\r\n0\r\n\r\n"), "accept"),
  req("a chunk extension", chunked('5;a="b;c";d\r\nhello\r\n0\r\n\r\n'), "accept"),
  req("whitespace in an extension", chunked("5 ; a = b\r\nhello\r\n0\r\n\r\n"), "accept", {
    llhttp:
      "llhttp refuses BWS, which RFC 9112 section 7.1.1 allows and RFC 9110 section 5.6.3 has parsed",
  }),
  req("an empty extension", chunked("5;\r\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": PARSE_INT,
  }),
  req("an empty value of an extension", chunked("5;a=\r\nhello\r\n0\r\n\r\n"), "reject", {
    llhttp:
      "llhttp lets a value be empty; the grammar of RFC 9112 section 7.1.1 has a token or a quoted string",
    "http-parser-js": PARSE_INT,
  }),
  req("a control character in an extension", chunked("5;a\x01\r\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": PARSE_INT,
  }),
  req("bare LF in an extension", chunked("5;a\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": LF,
  }),
  req("a prefix before a size", chunked("0x5\r\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": PARSE_INT,
  }),
  req("space behind a size", chunked("5 \r\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": PARSE_INT,
  }),
  req("a size above 2^64", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": PARSE_INT,
  }),
  req("bare LF behind a size", chunked("5\nhello\r\n0\r\n\r\n"), "reject", {
    "http-parser-js": LF,
  }),
  req("data that runs on", chunked("5\r\nhelloXX0\r\n\r\n"), "reject"),
  req("bare LF behind data", chunked("5\r\nhello\n0\r\n\r\n"), "reject", { "http-parser-js": LF }),
  req("octets in place of the last CRLF", chunked("0\r\nXX\r\n"), "reject", {
    "http-parser-js": NO_CHECKS,
  }),
  req("trailers", chunked("0\r\nX: y\r\n\r\n"), "accept"),
  req("a length as trailer", chunked("0\r\nContent-Length: 5\r\n\r\n"), "accept", {
    llhttp:
      "llhttp refuses it; to us trailers stay apart and frame nothing (RFC 9110 section 6.5.1)",
  }),
];

const RESPONSES: Row[] = [
  res("the smallest response", ok("Content-Length: 0\r\n"), "accept"),
  res("an empty reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "accept"),
  res("no space behind the code", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "reject", {
    llhttp:
      "taken by both; RFC 9112 section 4 has the space, and we take its absence by a leniency",
    "http-parser-js":
      "taken by both; RFC 9112 section 4 has the space, and we take its absence by a leniency",
  }),
  res("four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "reject", {
    "http-parser-js": NO_CHECKS,
  }),
  res("code 999", "HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", "reject", {
    llhttp:
      "any three digits; RFC 9110 section 15 has 100 to 599, and we take others by a leniency",
    "http-parser-js":
      "any three digits; RFC 9110 section 15 has 100 to 599, and we take others by a leniency",
  }),
  res("a body until the end", ok("", "hello"), "accept"),
  res("a coding that is not chunked", ok("Transfer-Encoding: gzip\r\n", "zipped"), "accept"),
  res("a length to HEAD", ok("Content-Length: 5\r\n"), "accept", {}, "HEAD"),
  res(
    "204 with a length",
    `HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n${ok("Content-Length: 0\r\n")}`,
    "accept",
    { "http-parser-js": NO_BODY },
  ),
  res(
    "304 with a length",
    `HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n${ok("Content-Length: 0\r\n")}`,
    "accept",
    { "http-parser-js": NO_BODY },
  ),
  res("100, then 200", `HTTP/1.1 100 C\r\n\r\n${ok("Content-Length: 2\r\n", "ok")}`, "accept"),
  res(
    "103 with a length",
    `HTTP/1.1 103 E\r\nContent-Length: 5\r\n\r\n${ok("Content-Length: 0\r\n")}`,
    "accept",
    { "http-parser-js": NO_BODY },
  ),
  res("101", "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nraw", "upgrade"),
  res("101 without Upgrade", "HTTP/1.1 101 S\r\n\r\nraw", "reject", {
    llhttp: "llhttp switches by the code alone; RFC 9110 section 7.8 has the field",
    "http-parser-js": "read as a response whose body lasts until the end",
  }),
  res("obs-fold in a response", ok("X: a\r\n b\r\nContent-Length: 0\r\n"), "accept", {
    llhttp: "llhttp refuses it; RFC 9112 section 5.2 has a user agent replace it by a space",
  }),
  res(
    "length and coding in a response",
    ok("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    "reject",
    { "http-parser-js": OVERRIDES },
  ),
  res(
    "the same length twice in a response",
    ok("Content-Length: 2\r\nContent-Length: 2\r\n", "ok"),
    "reject",
    { "http-parser-js": LIST },
  ),
  res("space before a colon in a response", ok("X : y\r\nContent-Length: 0\r\n"), "reject", {
    "http-parser-js": NO_CHECKS,
  }),
  res("bare LF in a response", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "reject", {
    "http-parser-js": LF,
  }),
  res("HTTP/2.0 in a status line", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "reject", {
    llhttp: "the major version is reported and left to the user",
    "http-parser-js": "the major version is reported and left to the user",
  }),
  res("another protocol", "ICY 200 OK\r\nContent-Length: 0\r\n\r\n", "reject"),
];

/** The table. */
export const ROWS: readonly Row[] = [
  ...START_LINES,
  ...FIELDS,
  ...FRAMING,
  ...CHUNKS,
  ...RESPONSES,
];
