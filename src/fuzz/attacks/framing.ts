// S1 to S8: requests whose end two recipients may see in different places (RFC 9112 section 6.3).

import { type Attack, chunked, NEXT, next, post, rowsOf } from "./row.js";

const s1 = rowsOf("S1", "server");
const s2 = rowsOf("S2", "server");
const s3 = rowsOf("S3", "server");
const s4 = rowsOf("S4", "server");
const s5 = rowsOf("S5", "server");
const s6 = rowsOf("S6", "server");
const s7 = rowsOf("S7", "server");
const s8 = rowsOf("S8", "server");

const HELLO = "5\r\nhello\r\n0\r\n\r\n";
const te = (value: string, body = HELLO) => post(`Transfer-Encoding:${value}`, body + NEXT);
const cl = (value: string) => post(`Content-Length:${value}`, `hello${NEXT}`);
const both = (first: string, second: string, body: string) => post(`${first}\r\n${second}`, body);
const tolerant = { lenient: { requests: { transferEncodingOverContentLength: true } } };

export const FRAMING_ATTACKS: readonly Attack[] = [
  s1(
    "CL.TE",
    both("Content-Length: 6", "Transfer-Encoding: chunked", "0\r\n\r\nX"),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),
  s1(
    "TE.CL",
    both("Transfer-Encoding: chunked", "Content-Length: 4", `1d\r\n${NEXT}\r\n0\r\n\r\n`),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),
  s1(
    "CL.TE with names in other case",
    both("content-length: 6", "TRANSFER-ENCODING: chunked", "0\r\n\r\nX"),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),
  s1(
    "CL.TE, length 0",
    both("Content-Length: 0", "Transfer-Encoding: chunked", `0\r\n\r\n${NEXT}`),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),
  s1(
    "lenient: the coding wins and the connection closes",
    both("Content-Length: 6", "Transfer-Encoding: chunked", "0\r\n\r\n▸X"),
    ["leniency 1 transferEncodingOverContentLength at *", "request 1 POST /", "end 1"],
    "H1_DATA_AFTER_CLOSE",
    { ...tolerant, out: 0 },
  ),

  s2("xchunked", te(" xchunked"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s2("chunkedx", te(" chunkedx"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s2(
    "space before the colon",
    post("Transfer-Encoding▸ : chunked", HELLO),
    [],
    "H1_SPACE_BEFORE_COLON",
  ),
  s2("vertical tab before the coding", te(" ▸\x0bchunked"), [], "H1_FIELD_VALUE_INVALID"),
  s2("form feed behind the coding", te(" chunked▸\x0c"), [], "H1_FIELD_VALUE_INVALID"),
  s2("NUL behind the coding", te(" chunked▸\0"), [], "H1_FIELD_VALUE_NUL"),
  s2("quoted", te(' "chunked"'), [], "H1_TRANSFER_ENCODING_INVALID"),
  s2("apostrophes are tchar", te(" 'chunked'"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s2("parameters", te(" chunked;p=v"), [], "H1_CHUNKED_PARAMETERS"),
  s2(
    "two lines, chunked twice",
    te(" chunked\r\nTransfer-Encoding: chunked"),
    [],
    "H1_CHUNKED_REPEATED",
  ),
  s2(
    "two lines, chunked first",
    te(" chunked\r\nTransfer-Encoding: identity"),
    [],
    "H1_TRANSFER_ENCODING_NOT_CHUNKED",
  ),
  s2(
    "two lines, chunked last",
    te(" gzip\r\nTransfer-Encoding: chunked"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s2("no-break space", te("\xa0chunked\x85"), [], "H1_TRANSFER_ENCODING_INVALID"),
  s2("NEL behind the coding", te(" chunked\x85"), [], "H1_TRANSFER_ENCODING_INVALID"),
  s2("obs-fold", te("\r\n▸ chunked"), [], "H1_OBS_FOLD"),
  s2("chunked is not last", te(" chunked, gzip"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s2("chunked twice on a line", te(" chunked, chunked"), [], "H1_CHUNKED_REPEATED"),
  s2("two words", te(" chunked identity"), [], "H1_TRANSFER_ENCODING_INVALID"),
  s2("identity", te(" identity"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s2(
    "tabs around",
    te("\tchunked\t"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s2("other case", te(" ChUnKeD"), ["request 1 POST /", "data 1 hello", "end 1", ...next(2)], null),
  s2(
    "a quoted comma hides nothing",
    te(' cow;x=", chunked"'),
    [],
    "H1_TRANSFER_ENCODING_NOT_CHUNKED",
  ),
  s2(
    "a quoted comma before chunked",
    te(' cow;x=",", chunked'),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),

  s3("empty coding", te(""), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s3("blank coding", te(" \t "), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s3(
    "empty coding and a length",
    post("Transfer-Encoding:\r\nContent-Length: 5", "hello"),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),

  s4(
    "empty element first",
    te(" ,chunked"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s4(
    "empty element last",
    te(" chunked,"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s4(
    "empty elements around",
    te(" , ,\tchunked , ,"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s4("only a comma", te(" ,"), [], "H1_TRANSFER_ENCODING_NOT_CHUNKED"),
  s4(
    "empty element and a length",
    both("Transfer-Encoding: ,chunked", "Content-Length: 5", "0\r\n\r\n"),
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),

  s5(
    "two lengths",
    both("Content-Length: 5", "Content-Length: 6", "hello"),
    [],
    "H1_CONTENT_LENGTH_CONFLICT",
  ),
  s5(
    "two lengths, other case",
    both("Content-Length: 5", "cOnTeNt-LeNgTh: 6", "hello"),
    [],
    "H1_CONTENT_LENGTH_CONFLICT",
  ),
  s5(
    "the first is empty",
    both("Content-Length: ", "Content-Length: 5", "hello"),
    [],
    "H1_CONTENT_LENGTH_INVALID",
  ),
  s5("a list of two", cl(" 5, 6"), [], "H1_CONTENT_LENGTH_CONFLICT"),
  s5(
    "the same twice",
    both("Content-Length: 5", "Content-Length: 5", "hello"),
    [],
    "H1_CONTENT_LENGTH_REPEATED",
  ),
  s5("the same in a list", cl(" 5, 5"), [], "H1_CONTENT_LENGTH_REPEATED"),
  s5(
    "0 and -0",
    both("Content-Length: 0", "Content-Length: -0", ""),
    [],
    "H1_CONTENT_LENGTH_INVALID",
  ),
  s5("list with an empty element", cl(" 5,"), [], "H1_CONTENT_LENGTH_INVALID"),

  ...[
    "+5",
    "-5",
    "-0",
    "0x5",
    "1_0",
    "5.0",
    "1e1",
    "1 0",
    "5x",
    "",
    "\xef\xbc\x95",
    '"5"',
    "5;a=b",
    "0o5",
    "5 ,",
  ].map((value) => s6(`"${value}" is no length`, cl(` ${value}`), [], "H1_CONTENT_LENGTH_INVALID")),
  s6("NUL behind the digits", cl(" 5▸\0"), [], "H1_FIELD_VALUE_NUL"),
  s6("VT before the digits", cl(" ▸\x0b5"), [], "H1_FIELD_VALUE_INVALID"),
  s6(
    "leading zeros are decimal",
    post("Content-Length: 010", `0123456789${NEXT}`),
    ["request 1 POST /", "data 1 0123456789", "end 1", ...next(2)],
    null,
  ),
  s6(
    "tabs around the digits",
    cl("\t5\t"),
    ["request 1 POST /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),

  s7("length 2^64 + 5", cl(" 18446744073709551621"), [], "H1_CONTENT_LENGTH_TOO_LARGE"),
  s7("length 2^64", cl(" 18446744073709551616"), [], "H1_CONTENT_LENGTH_TOO_LARGE"),
  s7("length 2^63", cl(" 9223372036854775808"), [], "H1_CONTENT_LENGTH_TOO_LARGE"),
  s7("length 2^53", cl(" 9007199254740992"), [], "H1_CONTENT_LENGTH_TOO_LARGE"),
  s7("length 2^53 + 1", cl(" 9007199254740993"), [], "H1_CONTENT_LENGTH_TOO_LARGE"),
  s7("length of 300 digits", cl(` ${"9".repeat(300)}`), [], "H1_CONTENT_LENGTH_INVALID"),
  s7(
    "length 2^53 - 1 is a length",
    cl(" 9007199254740991"),
    ["request 1 POST /", "data 1 *"],
    null,
  ),
  s7(
    "length 2^32 + 5 does not wrap to 5",
    cl(" 4294967301"),
    ["request 1 POST /", "data 1 *"],
    null,
  ),
  s7(
    "chunk size 2^64 + 5",
    chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ["request 1 POST /"],
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  s7(
    "chunk size 2^64 - 1",
    chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    ["request 1 POST /"],
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  s7(
    "chunk size 2^53",
    chunked("20000000000000\r\nhello\r\n0\r\n\r\n"),
    ["request 1 POST /"],
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  s7(
    "chunk size 2^53 - 1 is a size",
    chunked("1fffffffffffff\r\nhello"),
    ["request 1 POST /", "data 1 hello"],
    null,
  ),
  s7(
    "chunk size 2^32 + 5 does not wrap to 5",
    chunked("100000005\r\nhello\r\n0\r\n\r\n"),
    ["request 1 POST /", "data 1 *"],
    null,
  ),

  ...["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"].map((method) =>
    s8(
      `content of ${method} is framed`,
      `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: ${NEXT.length}\r\n\r\n${NEXT}${NEXT}`,
      [`request 1 ${method} /`, "data 1 *", "end 1", ...next(2)],
      null,
    ),
  ),
  s8(
    "chunked content of GET is framed",
    `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${HELLO}${NEXT}`,
    ["request 1 GET /", "data 1 hello", "end 1", ...next(2)],
    null,
  ),
  s8(
    "0.CL: without a length the next bytes are a request",
    `POST / HTTP/1.1\r\nHost: a\r\n\r\n${NEXT}`,
    ["request 1 POST /", "end 1", ...next(2)],
    null,
  ),
];
