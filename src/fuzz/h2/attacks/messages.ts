// H2-S32 to H2-S36 and H2-S38: fields that mean something else behind the next hop, content against its
// length, names that somebody normalises.

import { concat } from "../../latin1.js";
import { field, literal, literals, request, response } from "../field-block.js";
import { data, headers } from "../frames.js";
import { type H2Attack, type H2Parts, h2RowsOf, streamOf } from "../row.js";

const s32 = h2RowsOf("H2-S32", "server");
const s32client = h2RowsOf("H2-S32", "client");
const s33 = h2RowsOf("H2-S33", "server");
const s33client = h2RowsOf("H2-S33", "client");
const s34 = h2RowsOf("H2-S34", "server");
const s35 = h2RowsOf("H2-S35", "server");
const s36 = h2RowsOf("H2-S36", "server");
const s38 = h2RowsOf("H2-S38", "client");

const END = { end: true };
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const refused = (name: string, streamId = 1) => `error H2_${name} stream ${streamId}`;

/** One request, then a good one: the error reaches its stream only. */
const then = (bytes: Uint8Array): H2Parts => [bytes, headers(3, request(), END)];
const withFields = (...list: readonly string[]) => then(headers(1, request("GET", "/", list), END));
const refusedThen = (...names: readonly string[]) => [
  refused(names.map((name, at) => (at === 0 ? name : `H2_${name}`)).join("|")),
  ...got(3),
];

/** A request with one pseudo-header field replaced. */
function withPseudo(name: string, value: string, method = "GET"): Uint8Array {
  const all = [":method", method, ":scheme", "https", ":path", "/", ":authority", "a"];
  all[all.indexOf(name) + 1] = value;
  return headers(1, literals(all), END);
}

const upload = (length: string, ...content: readonly Uint8Array[]) =>
  then(concat([headers(1, request("POST", "/", ["content-length", length])), ...content]));
const lengths = (...values: readonly string[]) =>
  then(
    headers(
      1,
      request(
        "POST",
        "/",
        values.flatMap((value) => ["content-length", value]),
      ),
      END,
    ),
  );

/** Octets that no name may have (RFC 9113 section 8.2.1 and the token of RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]$/;
const OCTETS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** One request for each octet, and what each must come to. */
function everyOctet(name: (octet: string) => string): [H2Parts, string[]] {
  const frames: Uint8Array[] = [];
  const log: string[] = [];
  for (const [at, octet] of OCTETS.entries()) {
    const streamId = streamOf(at);
    const text = name(octet);
    frames.push(headers(streamId, request("GET", "/", [text, "v"]), END));
    if (text.startsWith(":")) log.push(refused("PSEUDO_UNKNOWN|H2_PSEUDO_MISPLACED", streamId));
    else if (TOKEN.test(octet)) log.push(...got(streamId));
    else log.push(refused("FIELD_NAME_INVALID", streamId));
  }
  return [frames, log];
}

const OUT = {
  out: 16_384,
  memory: 256 * 1024,
  limits: { concurrentStreams: 1_000 },
  settings: { maxConcurrentStreams: 1_000 },
};
const BREAKS = [
  "b\r\nTransfer-Encoding: chunked",
  "b\nX: y",
  "b\rX: y",
  "b\0",
  "\r\n\r\nGET /evil HTTP/1.1",
];

export const MESSAGE_ATTACKS: readonly H2Attack[] = [
  s32("content-length 0 and content", upload("0", data(1, "GET /evil HTTP/1.1\r\n\r\n", END)), [
    "request 1 POST /",
    refused("CONTENT_LENGTH_MISMATCH"),
    ...got(3),
  ]),
  s32(
    "content-length 5 and the end behind the head",
    lengths("5"),
    refusedThen("CONTENT_LENGTH_MISMATCH"),
  ),
  s32("less content than content-length", upload("5", data(1, "four", END)), [
    "request 1 POST /",
    refused("CONTENT_LENGTH_MISMATCH"),
    ...got(3),
  ]),
  s32(
    "more content than content-length, seen at the frame that exceeds it",
    upload("5", data(1, "four"), data(1, "four")),
    ["request 1 POST /", "data 1 four", refused("CONTENT_LENGTH_MISMATCH"), ...got(3)],
  ),
  s32(
    "trailers before the content is complete",
    upload("5", data(1, "four"), headers(1, literal("x", "y"), END)),
    ["request 1 POST /", "data 1 four", refused("CONTENT_LENGTH_MISMATCH"), ...got(3)],
  ),
  s32("an empty frame ends too little content", upload("5", data(1, "", END)), [
    "request 1 POST /",
    refused("CONTENT_LENGTH_MISMATCH"),
    ...got(3),
  ]),
  s32("padding is no content", upload("5", data(1, "four", { pad: 1, end: true })), [
    "request 1 POST /",
    refused("CONTENT_LENGTH_MISMATCH"),
    ...got(3),
  ]),
  s32("two lengths", lengths("5", "6"), refusedThen("CONTENT_LENGTH_INVALID")),
  ...["+5", "-5", "0x5", "5,5", "5 5", "", "5.0", "18446744073709551621", "\xb5"].map((value) =>
    s32(
      `content-length ${JSON.stringify(value)}`,
      lengths(value),
      refusedThen("CONTENT_LENGTH_INVALID"),
    ),
  ),
  s32(
    "content-length with a space",
    lengths(" 5"),
    refusedThen("CONTENT_LENGTH_INVALID", "FIELD_VALUE_INVALID"),
  ),
  ...[
    "transfer-encoding: chunked",
    "connection: close",
    "keep-alive: 5",
    "proxy-connection: x",
    "upgrade: websocket",
  ].map((line) => s32(line, withFields(...line.split(": ")), refusedThen("CONNECTION_FIELD"))),
  s32("te: gzip", withFields("te", "gzip"), refusedThen("TE_INVALID")),
  s32("te: trailers, gzip", withFields("te", "trailers, gzip"), refusedThen("TE_INVALID")),
  s32("te: trailers", withFields("te", "trailers"), [...got(1), ...got(3)]),
  s32client(
    "an answer to HEAD has a length and no content",
    [headers(1, response("200", ["content-length", "5"]), END)],
    ["response 1 200", "end 1"],
    { before: [{ method: "HEAD" }] },
  ),
  s32client(
    "304 has a length and no content",
    [headers(1, response("304", ["content-length", "5"]), END)],
    ["response 1 304", "end 1"],
  ),
  s32client(
    "a response without its content",
    [headers(1, response("200", ["content-length", "5"]), END)],
    [refused("CONTENT_LENGTH_MISMATCH")],
  ),
  s32client(
    "content in an answer to HEAD",
    [headers(1, response("200")), data(1, "x", END)],
    ["response 1 200", "error H2_CONTENT_LENGTH_MISMATCH|H2_MESSAGE_ORDER stream 1"],
    {
      before: [{ method: "HEAD" }],
    },
  ),

  ...BREAKS.flatMap((text) => [
    s33(
      `value ${JSON.stringify(text)}`,
      withFields("foo", text),
      refusedThen("FIELD_VALUE_INVALID"),
    ),
    s33(
      `name ${JSON.stringify(text)}`,
      withFields(text.toLowerCase(), "x"),
      refusedThen("FIELD_NAME_INVALID"),
    ),
    s33(
      `:path ${JSON.stringify(text)}`,
      then(withPseudo(":path", `/${text}`)),
      refusedThen("PATH_INVALID", "FIELD_VALUE_INVALID"),
    ),
    s33(
      `:method ${JSON.stringify(text)}`,
      then(withPseudo(":method", text)),
      refusedThen("METHOD_INVALID", "FIELD_VALUE_INVALID"),
    ),
    s33(
      `:authority ${JSON.stringify(text)}`,
      then(withPseudo(":authority", text)),
      refusedThen("AUTHORITY_INVALID", "FIELD_VALUE_INVALID"),
    ),
    s33(
      `:scheme ${JSON.stringify(text)}`,
      then(withPseudo(":scheme", text)),
      refusedThen("SCHEME_INVALID", "FIELD_VALUE_INVALID"),
    ),
    s33client(
      `:status ${JSON.stringify(text)}`,
      [headers(1, response(text), END)],
      [refused("STATUS_INVALID|H2_FIELD_VALUE_INVALID")],
    ),
  ]),
  ...["a b", "a:b", "a\tb", " a", "a ", "a\r"].map((name) =>
    s33(
      `the name ${JSON.stringify(name)}`,
      withFields(name, "x"),
      refusedThen("FIELD_NAME_INVALID"),
    ),
  ),
  ...[" v", "v ", "\tv", "v\t", " ", "v\x01", "v\x7f"].map((value) =>
    s33(
      `the value ${JSON.stringify(value)}`,
      withFields("x", value),
      refusedThen("FIELD_VALUE_INVALID"),
    ),
  ),
  s33(
    "the same in trailers",
    then(concat([headers(1, request("POST")), headers(1, literal("x", "a\r\nb"), END)])),
    ["request 1 POST /", refused("FIELD_VALUE_INVALID"), ...got(3)],
  ),

  ...["GET / HTTP/1.1\r\nX: y", "GET /evil", "G ET", "", "G\xcbT"].map((method) =>
    s34(
      `:method ${JSON.stringify(method)}`,
      then(withPseudo(":method", method)),
      refusedThen("METHOD_INVALID", "FIELD_VALUE_INVALID"),
    ),
  ),
  ...["/x HTTP/1.1", "x", "", "*", "/a b", "/\t", "http://a/"].map((path) =>
    s34(
      `:path ${JSON.stringify(path)}`,
      then(withPseudo(":path", path)),
      refusedThen("PATH_INVALID", "FIELD_VALUE_INVALID"),
    ),
  ),
  ...["http://a/?", "ht tp", "", "1http", "https:"].map((scheme) =>
    s34(
      `:scheme ${JSON.stringify(scheme)}`,
      then(withPseudo(":scheme", scheme)),
      refusedThen("SCHEME_INVALID", "FIELD_VALUE_INVALID"),
    ),
  ),
  ...["a/b", "u@a", "u:p@a", "a b", "a?b", "a#b", "", "a,b", "a\\b", "[::1", "a:b"].map(
    (authority) =>
      s34(
        `:authority ${JSON.stringify(authority)}`,
        then(withPseudo(":authority", authority)),
        refusedThen("AUTHORITY_INVALID", "FIELD_VALUE_INVALID"),
      ),
  ),
  s34("OPTIONS of everything", then(withPseudo(":path", "*", "OPTIONS")), [
    "request 1 OPTIONS *",
    "end 1",
    ...got(3),
  ]),
  s34("another host", withFields("host", "b"), refusedThen("HOST_DIFFERS")),
  s34("the same host", withFields("host", "a"), [...got(1), ...got(3)]),
  s34("two hosts", withFields("host", "a", "host", "a"), refusedThen("HOST_DIFFERS")),
  ...[":method", ":path", ":scheme", ":authority"].map((name) =>
    s34(
      `${name} twice`,
      then(headers(1, concat([literal(name, name === ":path" ? "/x" : "x"), request()]), END)),
      refusedThen("PSEUDO_REPEATED"),
    ),
  ),

  ...(
    [
      ["alone", (octet) => octet],
      ["in front", (octet) => `${octet}x`],
      ["in the middle", (octet) => `x${octet}x`],
      ["at the end", (octet) => `x${octet}`],
      ["at the end of cookie", (octet) => `cookie${octet}`],
    ] as readonly [string, (octet: string) => string][]
  ).map(([place, name]) => {
    const [parts, log] = everyOctet(name);
    return s35(`every octet ${place}`, () => parts, log, OUT);
  }),
  s35(
    "names that begin or end like known ones are other names",
    withFields("cookie2", "a", "xcookie", "b", "hos", "c", "content-length-", "d", "tee", "e"),
    [...got(1), ...got(3)],
  ),
  ...[":methodx", ":metho", ":", ":Method", ":path "].map((name) =>
    s35(
      `the pseudo-header field ${JSON.stringify(name)}`,
      then(headers(1, concat([request(), literal(name, "x")]), END)),
      refusedThen("PSEUDO_UNKNOWN", "FIELD_NAME_INVALID"),
    ),
  ),

  s36("upgrade: h2c", withFields("upgrade", "h2c"), refusedThen("CONNECTION_FIELD")),
  s36("connection: upgrade", withFields("connection", "upgrade"), refusedThen("CONNECTION_FIELD")),
  s36(
    "http2-settings",
    withFields("http2-settings", "AAMAAABkAAQAAP__"),
    refusedThen("CONNECTION_FIELD"),
  ),

  s38(
    "coded content is handed on as it came",
    [headers(1, response("200", ["content-encoding", "gzip"])), data(1, "\x1f\x8b\x08\0bomb", END)],
    ["response 1 200", "data 1 \\x1f\\x8b\\x08\\x00bomb", "end 1"],
  ),
  s38(
    "a coding that nobody knows",
    [headers(1, concat([field(":status", "200"), literal("content-encoding", "x, x, x")]), END)],
    ["response 1 200", "end 1"],
  ),
];
