// H3-S09 and H3-S32 to H3-S38: content against its length at every end of a stream, fields that mean something else
// behind the next hop, names that somebody normalises; capsules and datagrams (RFC 9297).

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import * as frames from "../frames.js";
import { type H3Attack, type H3Step, h3RowsOf, on, times } from "../row.js";

const { capsule, data, datagram, frame, headers, varint } = frames;
const { literals, NO_PREFIX, request, response } = fields;

const s09 = h3RowsOf("H3-S09", "server");
const s09client = h3RowsOf("H3-S09", "client");
const s17 = h3RowsOf("H3-S17", "server");
const s32 = h3RowsOf("H3-S32", "server");
const s33 = h3RowsOf("H3-S33", "server");
const s33client = h3RowsOf("H3-S33", "client");
const s34 = h3RowsOf("H3-S34", "server");
const s35 = h3RowsOf("H3-S35", "server");

const KIB = 1024;
const GET = headers(request());
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const refused = (name: string, streamId = 0) => `error H3_${name} stream ${streamId}`;
const then = (bytes: Uint8Array, fin = true): H3Step[] => [on(0, bytes, fin), on(4, GET, true)];
const refusedThen = (...names: readonly string[]) => [refused(names.join("|H3_")), ...got(4)];
const withFields = (...list: readonly string[]) => then(headers(request("GET", "/", list)));

const upload = (length: string, ...content: readonly Uint8Array[]) =>
  then(concat([headers(request("POST", "/", ["content-length", length])), ...content]));
const POST = "request 0 POST /";
const MISMATCH = [refused("CONTENT_LENGTH_MISMATCH"), ...got(4)];
const TRAILERS = headers(fields.section(["x", "y"]));
const download = (length: string, ...content: readonly Uint8Array[]): H3Step[] => [
  on(0, concat([headers(response("200", ["content-length", length])), ...content]), true),
];

const LENGTH_ATTACKS: readonly H3Attack[] = [
  s09("content-length 5 and the end behind the head", upload("5"), [POST, ...MISMATCH]),
  s09("less content than content-length", upload("5", data("four")), [
    POST,
    "data 0 four",
    ...MISMATCH,
  ]),
  s09("the same and trailers", upload("5", data("four"), TRAILERS), [
    POST,
    "data 0 four",
    ...MISMATCH,
  ]),
  s09("the same and a frame without meaning", upload("5", data("four"), frame(0x21, "x")), [
    POST,
    "data 0 four",
    ...MISMATCH,
  ]),
  s09("empty DATA ends too little content", upload("5", data("")), [POST, ...MISMATCH]),
  s09(
    "more content than content-length, seen at the frame that exceeds it",
    upload("5", data("four"), data("four")),
    [POST, "data 0 four", ...MISMATCH],
  ),
  s09("content-length 0 and content", upload("0", data("GET /evil HTTP/1.1\r\n\r\n")), [
    POST,
    ...MISMATCH,
  ]),
  s09(
    "a frame of gigabytes where five bytes were said",
    upload("5", frame(0, "abc", 2 ** 33)).slice(0, 1),
    [POST, refused("CONTENT_LENGTH_MISMATCH")],
  ),
  s09("as much content as was said", upload("5", data("fi"), data(""), data("ve!")), [
    POST,
    "data 0 five!",
    "end 0",
    ...got(4),
  ]),
  s09("as much content as was said, and trailers", upload("5", data("five!"), TRAILERS), [
    POST,
    "data 0 five!",
    "trailers 0 x: y",
    "end 0",
    ...got(4),
  ]),
  s09client("a response that is too short", download("5", data("four")), [
    "response 0 200",
    "data 0 four",
    refused("CONTENT_LENGTH_MISMATCH"),
  ]),
  s09client("a response without the content that it said", download("5"), [
    "response 0 200",
    refused("CONTENT_LENGTH_MISMATCH"),
  ]),
  s09client(
    "a response to HEAD has a length and no content",
    download("5"),
    ["response 0 200", "end 0"],
    { before: [{ method: "HEAD" }] },
  ),
  s09client(
    "a response to HEAD with content",
    download("5", data("five!")),
    ["response 0 200", refused("CONTENT_LENGTH_MISMATCH")],
    { before: [{ method: "HEAD" }] },
  ),
  s09client(
    "304 has a length and no content",
    [on(0, headers(response("304", ["content-length", "5"])), true)],
    ["response 0 304", "end 0"],
  ),
];

const SYNTAX: readonly string[] = [
  "+5",
  "-5",
  "0x5",
  "5 ",
  " 5",
  "5,",
  "1_0",
  "5.0",
  "1e1",
  "",
  "5x",
  "18446744073709551621",
];

const SMUGGLING_ATTACKS: readonly H3Attack[] = [
  ...SYNTAX.map((value) =>
    s32(
      `content-length ${JSON.stringify(value)}`,
      withFields("content-length", value),
      refusedThen("CONTENT_LENGTH_INVALID", "FIELD_VALUE_INVALID", "BODY_TOO_LARGE"),
    ),
  ),
  s32(
    "two lengths that differ",
    withFields("content-length", "5", "content-length", "6"),
    refusedThen("CONTENT_LENGTH_INVALID"),
  ),
  ...[
    ["transfer-encoding", "chunked"],
    ["connection", "close"],
    ["keep-alive", "5"],
    ["proxy-connection", "close"],
    ["upgrade", "h2c"],
  ].map(([name = "", value = ""]) =>
    s32(`${name}: ${value}`, withFields(name, value), refusedThen("CONNECTION_FIELD")),
  ),
  s32("te: gzip", withFields("te", "gzip"), refusedThen("TE_INVALID")),
  s32("te: trailers", withFields("te", "trailers"), ["request 0 GET /", "end 0", ...got(4)]),
  s32(
    "transfer-encoding in trailers",
    upload("1", data("x"), headers(fields.section(["transfer-encoding", "chunked"]))),
    [POST, "data 0 x", refused("CONNECTION_FIELD"), ...got(4)],
  ),
];

const BREAKS = [
  "b\r\nTransfer-Encoding: chunked",
  "b\nX: y",
  "b\rX: y",
  "b\0",
  "\r\n\r\nGET /evil HTTP/1.1",
  " b",
  "b\t",
];

/** A request with one pseudo-header field replaced. */
function withPseudo(name: string, value: string): H3Step[] {
  const all = [":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a"];
  all[all.indexOf(name) + 1] = value;
  return then(headers(fields.section(all)));
}

const list = (...all: readonly string[]) => then(headers(concat([NO_PREFIX, literals(all)])));

const INJECTION_ATTACKS: readonly H3Attack[] = [
  ...BREAKS.flatMap((value) => [
    s33(
      `value ${JSON.stringify(value)}`,
      withFields("x", value),
      refusedThen("FIELD_VALUE_INVALID"),
    ),
    s33client(
      `value ${JSON.stringify(value)} in a response`,
      [on(0, headers(response("200", ["x", value])), true)],
      [refused("FIELD_VALUE_INVALID")],
    ),
    s33(
      `:path /${JSON.stringify(value)}`,
      withPseudo(":path", `/${value}`),
      refusedThen("PATH_INVALID", "FIELD_VALUE_INVALID"),
    ),
    s33(
      `:authority a${JSON.stringify(value)}`,
      withPseudo(":authority", `a${value}`),
      refusedThen("AUTHORITY_INVALID", "FIELD_VALUE_INVALID"),
    ),
  ]),
  s33(
    "a value with a line end in the dynamic table",
    [
      on(6, concat([fields.setCapacity(4_096), fields.insert("x", "b\r\nX: y")])),
      ...then(headers(concat([fields.prefix(1), fields.requestLines(), fields.dynamicField(0)]))),
    ],
    refusedThen("FIELD_VALUE_INVALID"),
  ),
  s34(
    "a method with a request line",
    withPseudo(":method", "GET / HTTP/1.1\r\nX: y\r\n\r\n"),
    refusedThen("METHOD_INVALID", "FIELD_VALUE_INVALID"),
  ),
  s34("a method with a space", withPseudo(":method", "GET /evil"), refusedThen("METHOD_INVALID")),
  s34("a path with a space", withPseudo(":path", "/x HTTP/1.1"), refusedThen("PATH_INVALID")),
  s34("a path without slash", withPseudo(":path", "x"), refusedThen("PATH_INVALID")),
  s34("an empty path", withPseudo(":path", ""), refusedThen("PATH_INVALID")),
  s34("an URL as the scheme", withPseudo(":scheme", "http://a/?"), refusedThen("SCHEME_INVALID")),
  s34("userinfo", withPseudo(":authority", "u:p@a"), refusedThen("AUTHORITY_INVALID")),
  s34("an empty authority", withPseudo(":authority", ""), refusedThen("AUTHORITY_INVALID")),
  s34(
    "two paths",
    list(":method", "GET", ":scheme", "https", ":path", "/", ":path", "/b", ":authority", "a"),
    refusedThen("PSEUDO_REPEATED"),
  ),
  s34(
    "a pseudo-header field behind others",
    list(":method", "GET", ":scheme", "https", ":path", "/", "x", "y", ":authority", "a"),
    refusedThen("PSEUDO_MISPLACED"),
  ),
  s34("host differs from :authority", withFields("host", "b"), refusedThen("HOST_DIFFERS")),
  s34(
    "no authority at all",
    list(":method", "GET", ":scheme", "https", ":path", "/"),
    refusedThen("PSEUDO_MISSING", "AUTHORITY_INVALID"),
  ),
  s34(
    "an unknown pseudo-header field",
    list(":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a", ":x", "y"),
    refusedThen("PSEUDO_UNKNOWN"),
  ),
  s34(
    ":status in a request",
    list(":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a", ":status", "200"),
    refusedThen("PSEUDO_WRONG"),
  ),
  s34(
    "CONNECT with :path",
    list(":method", "CONNECT", ":path", "/", ":authority", "a:1"),
    refusedThen("CONNECT_INVALID"),
  ),
  s34(
    ":protocol that was not offered",
    list(
      ":method",
      "CONNECT",
      ":protocol",
      "websocket",
      ":scheme",
      "https",
      ":path",
      "/",
      ":authority",
      "a",
    ),
    refusedThen("PROTOCOL_INVALID"),
  ),
  s34("an empty section", then(headers(NO_PREFIX)), refusedThen("PSEUDO_MISSING")),
];

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]$/;
const OCTETS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** One request for each octet, and what each must come to. */
function everyOctet(name: (octet: string) => string): [H3Step[], string[]] {
  const steps = OCTETS.map((octet, at) =>
    on(4 * at, headers(request("GET", "/", [name(octet), "v"])), true),
  );
  const log = OCTETS.flatMap((octet, at) => {
    const text = name(octet);
    if (text.startsWith(":")) return [refused("PSEUDO_UNKNOWN|H3_PSEUDO_MISPLACED", 4 * at)];
    return TOKEN.test(octet) ? got(4 * at) : [refused("FIELD_NAME_INVALID", 4 * at)];
  });
  return [steps, log];
}

const OUT = { out: 16 * KIB, memory: 256 * KIB, limits: { concurrentStreams: 1_000 } };

const NAME_ATTACKS: readonly H3Attack[] = [
  s35("every octet as a name", ...everyOctet((octet) => octet), OUT),
  s35("every octet at the end of a name", ...everyOctet((octet) => `cookie${octet}`), OUT),
  s35("every octet at the beginning of a name", ...everyOctet((octet) => `${octet}x`), OUT),
];

/** An extended CONNECT whose DATA are capsules. */
const CONNECT = headers(
  fields.section([
    ...[":method", "CONNECT", ":protocol", "connect-udp", ":scheme", "https", ":path", "/"],
    ...[":authority", "a", "capsule-protocol", "?1"],
  ]),
);
const EXTENDED = { settings: { enableConnectProtocol: true }, datagrams: true };
const OPENED = "request 0 CONNECT /, offers connect-udp";
const DATAGRAM_ERROR = { ...EXTENDED, sends: ["close H3_DATAGRAM_ERROR"] };
const dgram = (bytes: Uint8Array): H3Step => ({ do: "datagram", bytes });

const CAPSULE_ATTACKS: readonly H3Attack[] = [
  s17(
    "a capsule that claims 2^62 - 1 octets",
    [on(0, concat([CONNECT, data(capsule(0, "abc", frames.VARINT_MAX))]))],
    [OPENED, "…"],
    EXTENDED,
  ),
  s17(
    "an unknown capsule that claims 2^62 - 1 octets",
    [on(0, concat([CONNECT, data(capsule(0x1234, "abc", frames.VARINT_MAX))]))],
    [OPENED, "…"],
    EXTENDED,
  ),
  s17(
    "a capsule that almost comes",
    () => [
      on(0, concat([CONNECT, data(capsule(0, "abc", 60_000))])),
      ...times(50, () => on(0, data(new Uint8Array(1_000)))),
    ],
    [OPENED],
    { ...EXTENDED, memory: 192 * KIB },
  ),
  s17(
    "the end inside of a capsule",
    [on(0, concat([CONNECT, data(capsule(0, "abc", 5))]), true)],
    [OPENED, refused("CAPSULE_TRUNCATED")],
    EXTENDED,
  ),
  s17(
    "capsules of nothing, without end",
    () => [on(0, CONNECT), on(0, data(fields.repeated(capsule(0x21), 30_000)))],
    ["…", "error H3_CONTROL_FLOOD connection"],
    { ...EXTENDED },
  ),
  s17(
    "content-length and capsules",
    then(
      headers(
        fields.section([
          ...[":method", "CONNECT", ":protocol", "connect-udp", ":scheme", "https", ":path", "/"],
          ...[":authority", "a", "capsule-protocol", "?1", "content-length", "5"],
        ]),
      ),
    ),
    refusedThen("CAPSULE_FORBIDDEN", "CONNECT_INVALID"),
    EXTENDED,
  ),
  s17(
    "a datagram without an id",
    [dgram(new Uint8Array(0))],
    ["error H3_DATAGRAM_INVALID connection"],
    DATAGRAM_ERROR,
  ),
  s17(
    "a datagram whose id is cut",
    [dgram(fields.hex("80 00"))],
    ["error H3_DATAGRAM_INVALID connection"],
    DATAGRAM_ERROR,
  ),
  s17(
    "a datagram of stream 2^62",
    [dgram(varint(2n ** 60n))],
    ["error H3_DATAGRAM_INVALID connection"],
    DATAGRAM_ERROR,
  ),
  s17("a datagram of a stream far away", [dgram(varint(2n ** 60n - 1n))], ["…"], EXTENDED),
  s17(
    "a datagram of a GET",
    [on(0, headers(request("POST"))), dgram(datagram(0, "x")), on(4, GET, true)],
    [POST, refused("DATAGRAM_UNEXPECTED"), ...got(4)],
    EXTENDED,
  ),
  s17(
    "a datagram behind the end",
    [on(0, CONNECT, true), dgram(datagram(0, "x"))],
    [OPENED, "end 0"],
    EXTENDED,
  ),
];

export const MESSAGE_ATTACKS: readonly H3Attack[] = [
  ...LENGTH_ATTACKS,
  ...CAPSULE_ATTACKS,
  ...SMUGGLING_ATTACKS,
  ...INJECTION_ATTACKS,
  ...NAME_ATTACKS,
];
