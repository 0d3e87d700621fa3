// S9 to S14: chunk lines, chunk ends and extensions that two recipients may read differently (RFC 9112
// section 7.1).

import { type Attack, chunked, NEXT, next, rowsOf } from "./row.js";

const s9 = rowsOf("S9", "server");
const s10 = rowsOf("S10", "server");
const s11 = rowsOf("S11", "server");
const s12 = rowsOf("S12", "server");
const s13 = rowsOf("S13", "server");
const s14 = rowsOf("S14", "server");

const HEAD = ["request 1 POST /"];
const HELLO = [...HEAD, "data 1 hello"];
const GOOD = [...HELLO, "end 1", ...next(2)];
const LAST = `\r\n0\r\n\r\n${NEXT}`;

export const CHUNKED_ATTACKS: readonly Attack[] = [
  s9(
    "TERM.EXT: LF ends the extension",
    chunked("2;▸\nXX\r\n0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s9(
    "EXT.TERM: LF behind a name",
    chunked("5;a▸\nhello\r\n0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s9("LF behind the size", chunked("5▸\nhello\r\n0\r\n\r\n"), HEAD, "H1_CHUNK_SIZE_INVALID"),
  s9("CR behind the size", chunked("5\rXhello\r\n0\r\n\r\n"), HEAD, "H1_CHUNK_SIZE_INVALID"),
  s9(
    "CR CR LF behind the size",
    chunked("5\r\r\nhello\r\n0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_SIZE_INVALID",
  ),
  s9(
    "CR inside an extension",
    chunked("2;\rxx\r\n10\r\nAAAAAAAAAAAAAA0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s9("CR inside a name", chunked("5;a\rhello\r\n0\r\n\r\n"), HEAD, "H1_CHUNK_SIZE_INVALID"),
  s9(
    "NUL inside an extension",
    chunked("5;a▸\0\r\nhello\r\n0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s9(
    "NEL inside an extension",
    chunked("5;▸\x85\r\nhello\r\n0\r\n\r\n"),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s9("LF behind the last size", chunked("5\r\nhello\r\n0▸\n\r\n"), HELLO, "H1_CHUNK_SIZE_INVALID"),
  s9(
    "extensions by the grammar",
    chunked(`5 ; a = b;c;d="e\\"f"\r\nhello\r\n0;x\r\n\r\n${NEXT}`),
    GOOD,
    null,
  ),

  s10(
    "nothing behind the data",
    chunked(`5\r\nhello▸0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "two other bytes behind the data",
    chunked(`5\r\nhello▸XX0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "LF behind the data",
    chunked(`5\r\nhello▸\n0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "LF CR behind the data",
    chunked(`5\r\nhello▸\n\r0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "CR X behind the data",
    chunked(`5\r\nhello\r▸X0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "space before the CRLF",
    chunked(`5\r\nhello▸ \r\n0\r\n\r\n${NEXT}`),
    HELLO,
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "data shorter than the size",
    chunked(`6\r\nhello\r▸\n0\r\n\r\n${NEXT}`),
    [...HEAD, "data 1 hello\\r"],
    "H1_CHUNK_END_MISSING",
  ),
  s10(
    "CRLF inside the data is data",
    chunked(`7\r\nhe\r\nllo${LAST}`),
    [...HEAD, "data 1 he\\r\\nllo", "end 1", ...next(2)],
    null,
  ),

  s11(
    "XX behind the last chunk",
    chunked(`5\r\nhello\r\n0\r\nXX▸\r\n\r\n${NEXT}`),
    HELLO,
    "H1_FIELD_COLON_MISSING",
  ),
  s11(
    "a request behind the last chunk is a trailer",
    chunked("0\r\nX:POST /evil HTTP/1.1\r\nHost: b\r\n\r\n"),
    [...HEAD, "trailers 1 X: POST /evil HTTP/1.1, Host: b", "end 1"],
    null,
  ),
  s11("LF ends the trailers", chunked(`0\r\n▸\n${NEXT}`), HEAD, "H1_BARE_LF"),
  s11(
    "CR X ends the trailers",
    chunked("0\r\n\rXGET /next HTTP/1.1\r\nHost: a\r\n\r\n"),
    HEAD,
    "H1_BARE_CR",
  ),
  s11(
    "space before the trailers",
    chunked(`0\r\n▸ X: y\r\n\r\n${NEXT}`),
    HEAD,
    "H1_SPACE_BEFORE_FIRST_FIELD",
  ),
  s11("no empty line behind the last chunk", chunked("0\r\n"), HEAD, "H1_BODY_INCOMPLETE", {
    end: true,
  }),

  s12(
    "CRLF in an open quote",
    chunked(`1;ext="val▸\r\nX\r\n0\r\n\r\n${NEXT}`),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s12(
    "LF in an open quote",
    chunked(`1;ext="val▸\nX\r\n0\r\n\r\n${NEXT}`),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s12(
    "escaped CR",
    chunked(`1;ext="\\▸\r\nX\r\n0\r\n\r\n${NEXT}`),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s12(
    "CRLF in a quote that closes",
    chunked(`1;ext="a▸\r\nb"\r\nX\r\n0\r\n\r\n${NEXT}`),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s12(
    "a token behind the quote",
    chunked(`1;ext="a"▸b\r\nX\r\n0\r\n\r\n${NEXT}`),
    HEAD,
    "H1_CHUNK_EXTENSION_INVALID",
  ),
  s12("quoted pairs close nothing", chunked(`5;ext="\\"\\\\"\r\nhello${LAST}`), GOOD, null),

  ...[
    "▸+5",
    "▸-5",
    "▸-0",
    "0▸x5",
    "0▸_2e",
    "5▸x",
    "▸G",
    "▸:",
    "5▸.0",
    "5▸,5",
    "▸ 5",
    "▸\t5",
    "▸",
    "▸\xef\xbc\x95",
  ].map((size) =>
    s13(
      `"${size.replace("▸", "")}" is no size`,
      chunked(`${size}\r\nhello${LAST}`),
      HEAD,
      "H1_CHUNK_SIZE_INVALID",
    ),
  ),
  s13("space inside the size", chunked(`5 ▸5\r\nhello${LAST}`), HEAD, "H1_CHUNK_SIZE_INVALID"),
  s13("space behind the size", chunked(`5 ▸\r\nhello${LAST}`), HEAD, "H1_CHUNK_SIZE_INVALID"),
  s13(
    "17 digits, though all but one are zeros",
    chunked(`${"0".repeat(16)}▸5\r\nhello${LAST}`),
    HEAD,
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  s13("16 digits", chunked(`${"0".repeat(15)}5\r\nhello${LAST}`), GOOD, null),

  ...["5;", "5;;a", "5;a=", "5; =b", "5;a b", '5;a="', "5;a,b"].map((line) =>
    s14(
      `"${line}" is no extension`,
      chunked(`${line}\r\nhello${LAST}`),
      HEAD,
      "H1_CHUNK_EXTENSION_INVALID",
    ),
  ),
  s14(
    "one long extension",
    chunked(`5;a=${"b".repeat(1_000_000)}\r\nhello${LAST}`),
    HEAD,
    "H1_CHUNK_EXTENSIONS_TOO_LARGE",
  ),
  s14(
    "many short extensions",
    chunked(`5;a=${"b".repeat(200)}\r\nhello\r\n`.repeat(1_000)),
    [...HEAD, "data 1 *"],
    "H1_CHUNK_EXTENSIONS_TOO_LARGE",
  ),
  s14(
    "one-byte chunks with long sizes",
    chunked("0000000000000001\r\nx\r\n".repeat(20_000)),
    [...HEAD, "data 1 *"],
    "H1_CHUNK_OVERHEAD",
  ),
  s14(
    "one-byte chunks with short sizes are honest",
    chunked(`${"1\r\nx\r\n".repeat(20_000)}0\r\n\r\n${NEXT}`),
    [...HEAD, "data 1 *", "end 1", ...next(2)],
    null,
  ),
];
