// S24 to S26, S28 and S30: responses out of step, expectations, upgrades, resource bombs and negative
// lengths.

import { type Attack, chunked, NEXT, next, post, rowsOf } from "./row.js";

const s24 = rowsOf("S24", "client");
const s25 = rowsOf("S25", "server");
const s26 = rowsOf("S26", "server");
const s26client = rowsOf("S26", "client");
const s28 = rowsOf("S28", "server");
const s28client = rowsOf("S28", "client");
const s30 = rowsOf("S30", "server");
const s30client = rowsOf("S30", "client");

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ok = (streamId: number) => [
  `response ${streamId} 200`,
  `data ${streamId} ok`,
  `end ${streamId}`,
];
const get = (fields: string) => `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`;
const GET = { method: "GET" };
const TWO = { before: [GET, GET] };
const WEBSOCKET = { method: "GET", headers: ["connection", "upgrade", "upgrade", "websocket"] };
const CONNECT = { method: "CONNECT", authority: "a:443" };
const UPGRADE = "Connection: upgrade\r\nUpgrade: websocket";

/** Fields of 100 bytes each, CRLF included. */
const fields = (count: number) => `X: ${"y".repeat(95)}\r\n`.repeat(count);

export const EXCHANGE_ATTACKS: readonly Attack[] = [
  s24(
    "a second response",
    `${OK}▸HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    ok(1),
    "H1_UNSOLICITED_RESPONSE",
  ),
  s24("a response before any request", `▸${OK}`, [], "H1_UNSOLICITED_RESPONSE", { before: [] }),
  s24(
    "a response queued behind an interim one",
    `HTTP/1.1 100 C\r\n\r\n${OK}▸${OK}`,
    ["informational 1 100", ...ok(1)],
    "H1_UNSOLICITED_RESPONSE",
  ),
  s24("empty lines behind a response are dropped", `${OK}\r\n\r\n`, ok(1), null),
  s24(
    "content longer than its length",
    `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok▸more`,
    ok(1),
    "H1_UNSOLICITED_RESPONSE",
  ),
  s24(
    "chunked with a tab is chunked",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n2\r\nok\r\n0\r\n\r\n${OK}`,
    [...ok(1), ...ok(2)],
    null,
    TWO,
  ),
  s24(
    "103 with a length has no content",
    `HTTP/1.1 103 EH\r\nContent-Length: 5\r\n\r\n${OK}`,
    ["informational 1 103", ...ok(1)],
    null,
  ),
  s24(
    "204 with a length has no content",
    `HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n${OK}`,
    ["response 1 204", "end 1", ...ok(2)],
    null,
    TWO,
  ),
  s24(
    "204 chunked has no content",
    `HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n${OK}`,
    ["response 1 204", "end 1", ...ok(2)],
    null,
    TWO,
  ),
  s24(
    "304 with a length has no content",
    `HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n${OK}`,
    ["response 1 304", "end 1", ...ok(2)],
    null,
    TWO,
  ),
  s24(
    "an answer to HEAD has no content",
    `HTTP/1.1 200 OK\r\nContent-Length: ${OK.length}\r\n\r\n${OK}`,
    ["response 1 200", "end 1", ...ok(2)],
    null,
    { before: [{ method: "HEAD" }, GET] },
  ),
  s24(
    "both framings in a response",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    [],
    "H1_LENGTH_AND_TRANSFER_ENCODING",
  ),
  s24(
    "two lengths in a response",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
    [],
    "H1_CONTENT_LENGTH_CONFLICT",
  ),
  s24(
    "without chunked last: until close, never a second response",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n${OK}`,
    ["response 1 200", `data 1 ${OK.replaceAll("\r\n", "\\r\\n")}`, "end 1"],
    null,
    { ...TWO, end: true },
  ),
  s24(
    "bytes behind a response that closes",
    `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok▸${OK}`,
    ok(1),
    "H1_DATA_AFTER_CLOSE",
    TWO,
  ),
  s24(
    "bytes behind a response that closes, after an empty line",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok\r\n▸X",
    ok(1),
    "H1_DATA_AFTER_CLOSE",
    TWO,
  ),
  s24(
    "an empty line behind a response that closes is dropped",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok\r\n",
    ok(1),
    null,
    TWO,
  ),
  s24(
    "a response cut short",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
    ["response 1 200", "data 1 ok"],
    "H1_BODY_INCOMPLETE",
    { end: true },
  ),
  s24(
    "chunks cut short",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    ["response 1 200", "data 1 ok"],
    "H1_BODY_INCOMPLETE",
    { end: true },
  ),

  s25(
    "an obfuscated expectation",
    `${get("Expect: y 100-continue\r\nContent-Length: 2")}ok${NEXT}`,
    ["request 1 GET /", "data 1 ok", "end 1", ...next(2)],
    null,
  ),
  s25(
    "an expectation changes no framing",
    `${get("Expect: 100-continue\r\nContent-Length: 2")}ok${NEXT}`,
    ["request 1 GET /, expects 100", "data 1 ok", "end 1", ...next(2)],
    null,
  ),
  s25(
    "an unknown expectation",
    `${get("Expect: 200-ok")}${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),
  s25(
    "an expectation in a fold",
    post("Expect:\r\n▸ 100-continue\r\nContent-Length: 5", "hello"),
    [],
    "H1_OBS_FOLD",
  ),
  s25(
    "an expectation in 1.0 is ignored",
    "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    ["request 1 POST /", "data 1 ok", "end 1"],
    null,
  ),

  s26(
    "Upgrade without Connection is no offer",
    `${get("Upgrade: websocket")}${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),
  s26(
    "Connection: upgrade without Upgrade is no offer",
    `${get("Connection: upgrade")}${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),
  s26(
    "Upgrade in 1.0 is ignored",
    `GET / HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: h2c\r\n\r\n${NEXT}`,
    ["request 1 GET /", "end 1", ...next(2)],
    null,
  ),
  s26(
    "bytes behind an offer wait",
    `${get(UPGRADE)}${NEXT}`,
    ["request 1 GET /, offers websocket", "end 1"],
    null,
    { held: NEXT.length },
  ),
  s26(
    "h2c is an offer like any other",
    `${get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk")}PRI * HTTP/2.0`,
    ["request 1 GET /, offers h2c", "end 1"],
    null,
    { held: "PRI * HTTP/2.0".length },
  ),
  s26(
    "the content of an upgrade request is framed first",
    `${get(`${UPGRADE}\r\nContent-Length: 2`)}ok${NEXT}`,
    ["request 1 GET /, offers websocket", "data 1 ok", "end 1"],
    null,
    { held: NEXT.length },
  ),
  s26(
    "bytes behind CONNECT wait",
    `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n${NEXT}`,
    ["request 1 CONNECT a:443", "end 1"],
    null,
    { held: NEXT.length },
  ),
  s26(
    "more bytes behind CONNECT than may wait",
    `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n${"x".repeat(300)}`,
    ["request 1 CONNECT a:443", "end 1"],
    "H1_HELD_TOO_LARGE",
    {
      limits: { heldLength: 256 },
      held: 256,
      out: 0,
    },
  ),
  ...["a", "a:", ":443", "a:b", "a:99999", "/", "http://a/", "*", "u@a:443"].map((target) =>
    s26(
      `CONNECT ${target} is refused`,
      `CONNECT ${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
      [],
      "H1_CONNECT_TARGET_INVALID",
    ),
  ),
  s26client(
    "101 that was not asked for is no response: what follows stays raw",
    `HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n${OK}`,
    ["informational 1 101", "tunnel 1 *"],
    null,
  ),
  s26client("101 without Upgrade", "HTTP/1.1 101 S\r\n\r\nRAW", [], "H1_UPGRADE_MISSING", {
    before: [WEBSOCKET],
  }),
  s26client(
    "bytes behind 101 are raw",
    `HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n${OK}`,
    ["informational 1 101", "tunnel 1 *"],
    null,
    { before: [WEBSOCKET] },
  ),
  s26client(
    "a 2xx to CONNECT ignores lengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokRAW",
    ["response 1 200", "end 1", "tunnel 1 okRAW"],
    null,
    { before: [CONNECT] },
  ),
  s26client(
    "a refused CONNECT has content",
    "HTTP/1.1 407 P\r\nContent-Length: 2\r\n\r\nok",
    ["response 1 407", "data 1 ok", "end 1"],
    null,
    { before: [CONNECT] },
  ),

  s28("a value of 100 KB", post(`X: ${"y".repeat(100_000)}`), [], "H1_FIELD_LINE_TOO_LONG"),
  s28("a name of 100 KB", post("X".repeat(100_000)), [], "H1_FIELD_LINE_TOO_LONG"),
  s28(
    "spaces of 100 KB before a value",
    post(`X:${" ".repeat(100_000)}y`),
    [],
    "H1_FIELD_LINE_TOO_LONG",
  ),
  s28(
    "a target of 100 KB",
    `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    [],
    "H1_TARGET_TOO_LONG",
  ),
  s28(
    "a method of 100 KB",
    `${"X".repeat(100_000)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    [],
    "H1_METHOD_TOO_LONG",
  ),
  s28("5,000 fields", post("a: b\r\n".repeat(5_000)), [], "H1_FIELD_COUNT_TOO_LARGE"),
  s28("fields of 100 KB", post(fields(1_000)), [], "H1_FIELD_SECTION_TOO_LARGE", {
    limits: { fieldCount: 2_000 },
  }),
  s28(
    "trailers of 200 KB",
    chunked(`0\r\n${`X: ${"y".repeat(995)}\r\n`.repeat(200)}`),
    ["request 1 POST /"],
    "H1_TRAILER_SECTION_TOO_LARGE",
  ),
  s28(
    "5,000 trailers",
    chunked(`0\r\n${"a:b\r\n".repeat(5_000)}`),
    ["request 1 POST /"],
    "H1_TRAILER_COUNT_TOO_LARGE",
  ),
  s28("endless empty lines", "\r\n".repeat(50_000), [], "H1_EMPTY_LINES_TOO_MANY"),
  s28client(
    "a reason of 100 KB",
    `HTTP/1.1 200 ${"x".repeat(100_000)}\r\n\r\n`,
    [],
    "H1_STATUS_LINE_TOO_LONG",
  ),
  s28client(
    "5,000 fields in a response",
    `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(5_000)}\r\n`,
    [],
    "H1_FIELD_COUNT_TOO_LARGE",
  ),
  s28client(
    "endless interim responses cost nothing",
    `${"HTTP/1.1 102 P\r\n\r\n".repeat(100)}${OK}`,
    [...Array.from({ length: 100 }, () => "informational 1 102"), ...ok(1)],
    null,
  ),

  s30("a negative length", post("Content-Length: -1", "x"), [], "H1_CONTENT_LENGTH_INVALID"),
  s30(
    "a length of -2^63",
    post("Content-Length: -9223372036854775808", "x"),
    [],
    "H1_CONTENT_LENGTH_INVALID",
  ),
  s30(
    "a negative chunk",
    chunked("▸-1\r\nx\r\n0\r\n\r\n"),
    ["request 1 POST /"],
    "H1_CHUNK_SIZE_INVALID",
  ),
  s30(
    "a chunk of -1 as 64 bits",
    chunked("ffffffffffffffff\r\nx"),
    ["request 1 POST /"],
    "H1_CHUNK_SIZE_TOO_LARGE",
  ),
  s30(
    "a chunk of -1 as 32 bits is 4 GiB",
    chunked("ffffffff\r\nx"),
    ["request 1 POST /", "data 1 x"],
    null,
  ),
  s30client(
    "a negative length in a response",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
    [],
    "H1_CONTENT_LENGTH_INVALID",
  ),
  s30(
    "zero-length content ends at once",
    post("Content-Length: 0", NEXT),
    ["request 1 POST /", "end 1", ...next(2)],
    null,
  ),
];
