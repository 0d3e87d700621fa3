// S15 to S23 and S27: lines and fields that two recipients may read differently (RFC 9112 sections 2.2
// and 5), versions, trailers and Host.

import { type Attack, chunked, NEXT, next, post, rowsOf } from "./row.js";

const s15 = rowsOf("S15", "server");
const s16 = rowsOf("S16", "server");
const s17 = rowsOf("S17", "server");
const s18 = rowsOf("S18", "server");
const s19 = rowsOf("S19", "server");
const s20 = rowsOf("S20", "server");
const s21 = rowsOf("S21", "server");
const s22 = rowsOf("S22", "server");
const s23 = rowsOf("S23", "server");
const s27 = rowsOf("S27", "server");

const host = (line: string) => `GET / HTTP/1.1\r\n${line}\r\n\r\n${NEXT}`;
const version = (text: string) => `GET / ${text}\r\nHost: a\r\n\r\n`;
const trailer = (line: string) => chunked(`5\r\nhello\r\n0\r\n${line}\r\n\r\n${NEXT}`);
const trailed = (text: string) => [
  "request 1 POST /",
  "data 1 hello",
  `trailers 1 ${text}`,
  "end 1",
  ...next(2),
];

export const FIELD_ATTACKS: readonly Attack[] = [
  s15("space before the colon", post("Content-Length▸ : 5", "hello"), [], "H1_SPACE_BEFORE_COLON"),
  s15("tab before the colon", post("Content-Length▸\t: 5", "hello"), [], "H1_SPACE_BEFORE_COLON"),
  s15(
    "space before the first field",
    `POST / HTTP/1.1\r\n▸ Transfer-Encoding: chunked\r\nHost: a\r\n\r\n`,
    [],
    "H1_SPACE_BEFORE_FIRST_FIELD",
  ),
  s15(
    "tab before the first field",
    `POST / HTTP/1.1\r\n▸\tHost: b\r\nHost: a\r\n\r\n`,
    [],
    "H1_SPACE_BEFORE_FIRST_FIELD",
  ),
  s15(
    "blank line before the first field",
    `GET / HTTP/1.1\r\n▸ \r\nHost: a\r\n\r\n`,
    [],
    "H1_SPACE_BEFORE_FIRST_FIELD",
  ),
  s15(
    "space before the colon of a trailer",
    trailer("X▸ : y"),
    ["request 1 POST /", "data 1 hello"],
    "H1_SPACE_BEFORE_COLON",
  ),

  s16("CR in a value", post("X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"), [], "H1_BARE_CR"),
  s16("CR begins a value", post("X-Abc: \rx", ""), [], "H1_BARE_CR"),
  s16("CR in a name", post("X\rY: z", ""), [], "H1_FIELD_COLON_MISSING"),
  s16("LF LF in a value", post("X:▸\n\nGET /evil HTTP/1.1", ""), [], "H1_BARE_LF"),
  s16("LF in a value", post("X: y▸\nContent-Length: 5", "hello"), [], "H1_BARE_LF"),
  s16("LF in a name", post("X▸\nY: z", ""), [], "H1_FIELD_COLON_MISSING"),
  s16("NUL in a value", post("X: y▸\0z", ""), [], "H1_FIELD_VALUE_NUL"),
  s16("NUL in a name", post("X▸\0: z", ""), [], "H1_FIELD_NAME_INVALID"),
  s16("CR ends the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", [], "H1_BARE_CR"),
  s16("LF ends the request line", "GET / HTTP/1.1▸\nHost: a\r\n\r\n", [], "H1_BARE_LF"),
  s16("CR CR LF ends a line", post("X: y\r", ""), [], "H1_BARE_CR"),
  s16("NUL in the target", "GET /▸\0 HTTP/1.1\r\nHost: a\r\n\r\n", [], "H1_TARGET_INVALID"),

  s17(
    "CRLF CR X",
    `GET / HTTP/1.1\r\nHost: a\r\n\rXGET /evil HTTP/1.1\r\nHost: a\r\n\r\n`,
    [],
    "H1_BARE_CR",
  ),
  s17("CRLF LF", `GET / HTTP/1.1\r\nHost: a\r\n▸\n${NEXT}`, [], "H1_BARE_LF"),
  s17("LF LF", `GET / HTTP/1.1\r\nHost: a▸\n\n${NEXT}`, [], "H1_BARE_LF"),
  s17("LF CRLF", `GET / HTTP/1.1\r\nHost: a▸\n\r\n${NEXT}`, [], "H1_BARE_LF"),
  s17("CR CR LF", `GET / HTTP/1.1\r\nHost: a\r\n\r\r\n${NEXT}`, [], "H1_BARE_CR"),
  s17("LF before the request line", `▸\n${NEXT}`, [], "H1_BARE_LF"),
  s17("CR before the request line", `\r${NEXT}`, [], "H1_BARE_CR"),

  s18(
    "fold before the coding",
    post("Transfer-Encoding:\r\n▸ chunked", "0\r\n\r\n"),
    [],
    "H1_OBS_FOLD",
  ),
  s18("fold behind the length", post("Content-Length: 5\r\n▸ 5", "hello"), [], "H1_OBS_FOLD"),
  s18(
    "fold hides a field",
    post("Foo: bar\r\n▸ Transfer-Encoding: chunked", "0\r\n\r\n"),
    [],
    "H1_OBS_FOLD",
  ),
  s18("fold of a blank line", post("X: y\r\n▸ \r\n z", ""), [], "H1_OBS_FOLD"),
  s18(
    "fold with a tab",
    post("Transfer-Encoding: x\r\n▸\tchunked", "0\r\n\r\n"),
    [],
    "H1_OBS_FOLD",
  ),
  s18("fold behind Host", host("Host: a\r\n▸ b"), [], "H1_OBS_FOLD"),
  s18(
    "fold of a trailer",
    trailer("X: y\r\n▸ z"),
    ["request 1 POST /", "data 1 hello"],
    "H1_OBS_FOLD",
  ),

  s19("empty name", post("▸: x", ""), [], "H1_FIELD_NAME_INVALID"),
  s19("only a colon", post("▸:", ""), [], "H1_FIELD_NAME_INVALID"),
  s19("no colon", post("X-Nothing▸", ""), [], "H1_FIELD_COLON_MISSING"),
  s19("a space for the colon", post("Content-Length 10", ""), [], "H1_SPACE_BEFORE_COLON"),
  s19(
    "a name over two lines",
    post("Content▸\r\n-Length: 5", "hello"),
    [],
    "H1_FIELD_COLON_MISSING",
  ),
  s19(
    "a second colon is value",
    `GET / HTTP/1.1\r\nHost: a\r\nX:: y\r\n\r\n${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),

  s20(
    "underscore is another name",
    post("Content_Length: 5", NEXT),
    ["request 1 POST /", "end 1", ...next(2)],
    null,
  ),
  s20("NEL behind the name", post("Content-Length▸\x85: 5", "hello"), [], "H1_FIELD_NAME_INVALID"),
  s20(
    "no-break space behind the name",
    post("Content-Length▸\xa0: 5", "hello"),
    [],
    "H1_FIELD_NAME_INVALID",
  ),
  s20(
    "__proto__ is a name",
    post("__proto__: x\r\nconstructor: y\r\ntoString: z", NEXT),
    ["request 1 POST /", "end 1", ...next(2)],
    null,
  ),
  ...[
    "(",
    ")",
    ",",
    "/",
    ";",
    "<",
    "=",
    ">",
    "?",
    "@",
    "[",
    "\\",
    "]",
    "{",
    "}",
    '"',
    "\x01",
    "\x7f",
    "\xff",
  ].map((char) =>
    s20(
      `octet ${char.charCodeAt(0)} is no tchar`,
      post(`X▸${char}Y: z`),
      [],
      "H1_FIELD_NAME_INVALID",
    ),
  ),
  s20(
    "every tchar is one",
    post("!#$%&'*+-.^_`|~09azAZ: z", NEXT),
    ["request 1 POST /", "end 1", ...next(2)],
    null,
  ),

  s21("HTTP/1.10", version("HTTP/1.10"), [], "H1_VERSION_INVALID"),
  s21("HTTP/4294967295.255", version("HTTP/4294967295.255"), [], "H1_VERSION_INVALID"),
  s21("HTTP/01.1", version("HTTP/01.1"), [], "H1_VERSION_INVALID"),
  s21("HTTP/1", version("HTTP/1"), [], "H1_VERSION_INVALID"),
  s21("http/1.1", version("http/1.1"), [], "H1_VERSION_INVALID"),
  s21("HTTP/+1.1", version("HTTP/+1.1"), [], "H1_VERSION_INVALID"),
  s21("HTTP/2.0", version("HTTP/2.0"), [], "H1_VERSION_UNSUPPORTED"),
  s21("HTTP/0.9", version("HTTP/0.9"), [], "H1_VERSION_UNSUPPORTED"),
  s21("HTTP/3.1", version("HTTP/3.1"), [], "H1_VERSION_UNSUPPORTED"),
  s21(
    "0.9 with fields",
    "GET /x\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    [],
    "H1_HTTP09_REFUSED",
  ),
  s21("0.9", "GET /x\r\n", [], "H1_HTTP09_REFUSED"),
  s21(
    "HTTP/1.9 is 1.1",
    `GET / HTTP/1.9\r\nHost: a\r\n\r\n${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),
  s21("PRI is no method", "PRI * HTTP/1.1\r\nHost: a\r\n\r\n", [], "H1_PREFACE_INVALID"),

  s21(
    "the preface of HTTP/2 is no request",
    "▸PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    [],
    "H1_HTTP2_PREFACE",
  ),
  s21(
    "the preface of HTTP/2 behind a request",
    `${NEXT}▸PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    next(1),
    "H1_PREFACE_INVALID",
  ),

  s22(
    "chunked in 1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    [],
    "H1_TRANSFER_ENCODING_IN_HTTP10",
  ),
  s22(
    "lenient: the connection closes",
    "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n▸X",
    ["leniency 1 http10TransferEncoding at *", "request 1 POST /", "end 1"],
    "H1_DATA_AFTER_CLOSE",
    { lenient: { requests: { http10TransferEncoding: true } }, out: 0 },
  ),

  s23("Content-Length", trailer("Content-Length: 50"), trailed("Content-Length: 50"), null),
  s23(
    "Transfer-Encoding",
    trailer("Transfer-Encoding: chunked"),
    trailed("Transfer-Encoding: chunked"),
    null,
  ),
  s23("Host", trailer("Host: evil"), trailed("Host: evil"), null),
  s23(
    "Authorization",
    trailer("Authorization: Basic eA=="),
    trailed("Authorization: Basic eA=="),
    null,
  ),
  s23(
    "Connection: close closes nothing",
    trailer("Connection: close"),
    trailed("Connection: close"),
    null,
  ),
  s23(
    "Upgrade offers nothing",
    trailer("Connection: upgrade\r\nUpgrade: h2c"),
    trailed("Connection: upgrade, Upgrade: h2c"),
    null,
  ),
  s23("__proto__", trailer("__proto__: x"), trailed("__proto__: x"), null),

  s27("two Hosts", host("Host: a\r\nHost: b"), [], "H1_HOST_REPEATED"),
  s27("the same Host twice", host("Host: a\r\nhost: a"), [], "H1_HOST_REPEATED"),
  s27("no Host", host("X: y"), [], "H1_HOST_MISSING"),
  ...[
    "a, b",
    "a,b",
    "u@a",
    "a/b",
    "a b",
    "http://a",
    "a?b",
    "a#b",
    "a:b",
    "[::1",
    "[::g]",
    "a\\b",
    "a%zz",
    "a:80:80",
    "\xe9",
  ].map((value) => s27(`Host "${value}"`, host(`Host: ${value}`), [], "H1_HOST_INVALID")),
  ...["a:80", "127.0.0.1", "[::1]:80", "[v1.x]", "a%41", "a:"].map((value) =>
    s27(
      `Host "${value}" is good`,
      host(`Host: ${value}`),
      ["request 1 GET /", "end 1", ...next(2)],
      null,
    ),
  ),
  s27(
    "absolute-form wins over Host",
    `GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n${NEXT}`,
    ["request 1 GET http://b/x, host differs", "end 1", ...next(2)],
    null,
  ),
  s27("absolute-form without Host", "GET http://b/x HTTP/1.1\r\n\r\n", [], "H1_HOST_MISSING"),
  s27(
    "a password in the target",
    "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    [],
    "H1_TARGET_USERINFO",
  ),
  s27(
    "no host in the target",
    "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n",
    [],
    "H1_TARGET_HOST_INVALID",
  ),
];
