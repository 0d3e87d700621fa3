// H3-S01 to H3-S03: sections that unpack to much more than was sent, in every place where a section may stand, and
// sections that wait for insertions which never come.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import { data, frame, headers, pushPromise, varint } from "../frames.js";
import { STREAM_TYPE } from "../registry.js";
import { type H3Attack, h3RowsOf, on, peerStreams, times } from "../row.js";

const s01 = h3RowsOf("H3-S01", "server");
const s01client = h3RowsOf("H3-S01", "client");
const s02 = h3RowsOf("H3-S02", "server");
const s02client = h3RowsOf("H3-S02", "client");
const s03 = h3RowsOf("H3-S03", "server");
const s03client = h3RowsOf("H3-S03", "client");

const KIB = 1024;
const { encoder, next } = peerStreams("server");
const { encoder: serverEncoder, next: serverNext } = peerStreams("client");

const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());
const POST = headers(fields.request("POST"));
const answered = (streamId: number) => ({
  sends: [`HEADERS ${streamId} *`, `fin ${streamId}`],
});

const TOO_LARGE = "error H3_FIELD_SECTION_TOO_LARGE|H3_FIELD_COUNT_TOO_LARGE stream";
const MANY = "error H3_FIELD_COUNT_TOO_LARGE stream";
const PUSH = { maxPushId: 9 };

/** More than the default limit of 64 KiB, in 5 KiB: 41 octets a field of one. */
const STATIC = fields.repeated(fields.staticField(29), 5_000);
/** The same in few fields. */
const LONG = concat([1, 2, 3].map((n) => fields.literal(`x-${n}`, fields.repeated("v", 25_000))));
const withFields = (...lines: readonly Uint8Array[]) =>
  headers(fields.request("GET", "/", concat(lines)));

/** An entry that fills the table of 4,096 octets, and a tiny one. */
const FULL = concat([fields.setCapacity(4_096), fields.insert("a", fields.repeated("v", 4_063))]);
const TINY = concat([fields.setCapacity(4_096), fields.insert("a", "")]);
const CRUMB = concat([fields.setCapacity(4_096), fields.insert("cookie", "a=b")]);
/** A section of these lines and the newest entry so many times. */
const newest = (lines: Uint8Array, count: number) =>
  concat([fields.prefix(1), lines, fields.repeated(fields.dynamicField(0), count)]);
const NONE = new Uint8Array(0);
const REQUEST = fields.requestLines();
const OK = fields.field(":status", "200");

/** A section that needs an insertion which has not come; `octets` of literals behind it. */
const waiting = (octets = 0, count = 1) =>
  headers(
    concat([
      fields.prefix(count),
      REQUEST,
      fields.dynamicField(0),
      octets > 0 ? fields.literal("x", fields.repeated("v", octets)) : NONE,
    ]),
  );

const SECTION_ATTACKS: readonly H3Attack[] = [
  s01(
    "five kilobytes of static fields in a head",
    () => [on(0, withFields(STATIC), true), on(4, GET, true)],
    [`${TOO_LARGE} 0`, ...got(4)],
    answered(0),
  ),
  s01(
    "long values in a head",
    () => [on(0, withFields(LONG), true), on(4, GET, true)],
    ["error H3_FIELD_SECTION_TOO_LARGE stream 0", ...got(4)],
    answered(0),
  ),
  s01(
    "a long Huffman value in a head",
    () => [
      on(0, withFields(fields.codedLiteral("x", fields.repeated(fields.hex("00"), 60_000))), true),
      on(4, GET, true),
    ],
    ["error H3_FIELD_SECTION_TOO_LARGE stream 0", ...got(4)],
  ),
  s01(
    "the same in trailers",
    () => [
      on(0, concat([POST, data("abc"), headers(concat([fields.NO_PREFIX, STATIC]))]), true),
      on(4, GET, true),
    ],
    ["request 0 POST /", "data 0 abc", `${TOO_LARGE} 0`, ...got(4)],
  ),
  s01(
    "long values in trailers",
    () => [on(0, concat([POST, headers(concat([fields.NO_PREFIX, LONG]))]), true)],
    ["request 0 POST /", "error H3_FIELD_SECTION_TOO_LARGE stream 0"],
  ),
  s01(
    "many trailers that are short",
    () => [on(0, concat([POST, headers(fields.section(new Array(130).fill("x")))]), true)],
    ["request 0 POST /", `${MANY} 0`],
  ),
  s01client(
    "the same in a response",
    () => [on(0, headers(fields.response("200", STATIC)), true)],
    [`${TOO_LARGE} 0`],
  ),
  s01client(
    "the same in an interim response",
    () => [on(0, headers(fields.response("103", STATIC)))],
    [`${TOO_LARGE} 0`],
  ),
  s01client(
    "the same in trailers of a response",
    () => [on(0, concat([headers(fields.response()), headers(concat([fields.NO_PREFIX, LONG]))]))],
    ["response 0 200", "error H3_FIELD_SECTION_TOO_LARGE stream 0"],
  ),
  s01client(
    "the same in a promise",
    () => [on(0, pushPromise(0, fields.request("GET", "/", STATIC)))],
    ["…", `${TOO_LARGE} *`],
    PUSH,
  ),
  s01client(
    "the same in a pushed response",
    () => [
      on(0, pushPromise(0, fields.request())),
      on(
        serverNext,
        concat([varint(STREAM_TYPE.PUSH), varint(0), headers(fields.response("200", STATIC))]),
      ),
    ],
    ["push 0 *", `${TOO_LARGE} ${serverNext}`],
    PUSH,
  ),
  s01(
    "two hundred fields are within the limit",
    [on(0, withFields(fields.repeated(fields.staticField(29), 190)), true)],
    got(0),
  ),
];

const TABLE_ATTACKS: readonly H3Attack[] = [
  s02(
    "an entry that fills the table, sixteen thousand times",
    () => [on(encoder, FULL), on(0, headers(newest(REQUEST, 16_000)), true), on(4, GET, true)],
    [`${TOO_LARGE} 0`, ...got(4)],
    answered(0),
  ),
  s02(
    "the same with its name only",
    () => [
      on(
        encoder,
        concat([fields.setCapacity(4_096), fields.insert(fields.repeated("v", 4_063), "")]),
      ),
      on(
        0,
        headers(
          concat([fields.prefix(1), REQUEST, fields.repeated(fields.dynamicName(0, ""), 8_000)]),
        ),
        true,
      ),
    ],
    [`${TOO_LARGE} 0`],
  ),
  s02(
    "the same behind Base",
    () => [
      on(encoder, FULL),
      on(
        0,
        headers(
          concat([fields.prefix(1, 0), REQUEST, fields.repeated(fields.postBaseField(0), 16_000)]),
        ),
        true,
      ),
    ],
    [`${TOO_LARGE} 0`],
  ),
  s02(
    "the same in trailers",
    () => [
      on(encoder, FULL),
      on(0, concat([POST, headers(newest(NONE, 16_000))]), true),
      on(4, GET, true),
    ],
    ["request 0 POST /", `${TOO_LARGE} 0`, ...got(4)],
  ),
  s02client(
    "the same in a response",
    () => [on(serverEncoder, FULL), on(0, headers(newest(OK, 16_000)), true)],
    [`${TOO_LARGE} 0`],
  ),
  s02(
    "the same, waiting for its entry",
    () => [on(0, headers(newest(REQUEST, 16_000)), true), on(encoder, FULL), on(4, GET, true)],
    [`${TOO_LARGE} 0`, ...got(4)],
  ),
  s02(
    "a tiny entry, thousands of times",
    () => [on(encoder, TINY), on(0, headers(newest(REQUEST, 16_000)), true), on(4, GET, true)],
    [`${MANY} 0`, ...got(4)],
    answered(0),
  ),
  s02(
    "cookie crumbs count as fields",
    () => [on(encoder, CRUMB), on(0, headers(newest(REQUEST, 250)), true), on(4, GET, true)],
    [`${MANY} 0`, ...got(4)],
  ),
  s02(
    "many streams that are never answered, each with what one may have",
    () => [
      on(
        encoder,
        concat([fields.setCapacity(4_096), fields.insert("a", fields.repeated("v", 250))]),
      ),
      ...times(120, (at) => on(4 * at, headers(newest(REQUEST, 190)), true)),
    ],
    ["…", "error H3_HEADER_MEMORY stream *", "…"],
    { memory: 128 * KIB, out: 16 * KIB },
  ),
  s02(
    "the same with uploads that never end",
    () => [
      on(
        encoder,
        concat([fields.setCapacity(4_096), fields.insert("a", fields.repeated("v", 250))]),
      ),
      ...times(120, (at) => on(4 * at, headers(newest(fields.requestLines("POST"), 190)))),
    ],
    ["…", "error H3_HEADER_MEMORY stream *", "…"],
    { memory: 128 * KIB, out: 16 * KIB },
  ),
  s02(
    "a section of references is work, too: many of them that are refused",
    () => [
      on(encoder, FULL),
      ...times(60, (at) => on(4 * at, headers(newest(REQUEST, 4_000)), true)),
    ],
    ["…", `${TOO_LARGE} 236`],
    { out: 16 * KIB },
  ),
  s02(
    "an entry of the largest size is good",
    () => [on(encoder, FULL), on(0, headers(newest(REQUEST, 10)), true)],
    got(0),
  ),
];

const BLOCKED_ATTACKS: readonly H3Attack[] = [
  s03(
    "sixteen streams wait, and a seventeenth",
    [on(encoder, fields.setCapacity(4_096)), ...times(17, (at) => on(4 * at, waiting(), true))],
    ["error QPACK_BLOCKED_STREAMS connection"],
    { sends: ["close QPACK_DECOMPRESSION_FAILED"] },
  ),
  s03(
    "sixteen streams wait and are read when the entry comes",
    [
      on(encoder, fields.setCapacity(4_096)),
      ...times(16, (at) => on(4 * at, waiting(), true)),
      on(encoder, fields.insert("x-a", "1")),
    ],
    times16(),
    { sends: ["ack 0", "ack 60"] },
  ),
  s03(
    "waiting sections with many bytes",
    () => [
      on(encoder, fields.setCapacity(4_096)),
      ...times(8, (at) => on(4 * at, waiting(30_000), true)),
    ],
    ["error QPACK_BLOCKED_BYTES connection"],
    { memory: 256 * KIB, sends: ["close H3_EXCESSIVE_LOAD"] },
  ),
  s03(
    "content behind a waiting section",
    () => [
      on(encoder, fields.setCapacity(4_096)),
      on(0, waiting()),
      ...times(40, () => on(0, data(new Uint8Array(10_000)))),
    ],
    ["error QPACK_BLOCKED_BYTES connection"],
    { memory: 256 * KIB },
  ),
  s03(
    "frames that mean nothing behind a waiting section",
    () => [on(0, waiting()), ...times(4_000, () => on(0, frame(0x21, new Uint8Array(200))))],
    ["error QPACK_BLOCKED_BYTES connection"],
    { memory: 256 * KIB },
  ),
  s03(
    "sections behind a waiting one, of one stream",
    () => [on(0, waiting()), ...times(40, () => on(0, waiting(20_000)))],
    ["error QPACK_BLOCKED_BYTES connection"],
    { memory: 256 * KIB },
  ),
  s03(
    "unknown streams do not wait and are not kept",
    () => [...times(30, (at) => on(next + 4 * at, concat([varint(0x21), new Uint8Array(20_000)])))],
    [],
  ),
  s03(
    "nothing comes within the time",
    [
      on(encoder, fields.setCapacity(4_096)),
      on(0, waiting(), true),
      { do: "wait", milliseconds: 9_000 },
      on(4, GET, true),
      { do: "wait", milliseconds: 2_000 },
      on(8, GET, true),
    ],
    [...got(4), "error QPACK_BLOCKED_TIMEOUT stream 0", ...got(8)],
    { sends: ["stop 0 H3_EXCESSIVE_LOAD", "cancel 0"] },
  ),
  s03client(
    "responses that wait",
    () => [
      on(
        0,
        headers(
          concat([
            fields.prefix(1),
            OK,
            fields.dynamicField(0),
            fields.literal("x", fields.repeated("v", 70_000)),
          ]),
        ),
      ),
    ],
    ["error QPACK_BLOCKED_BYTES connection"],
    { memory: 256 * KIB },
  ),
  s03(
    "no stream may wait where the settings say so",
    [on(0, waiting())],
    ["error QPACK_BLOCKED_STREAMS connection"],
    { settings: { qpackBlockedStreams: 0 } },
  ),
];

function times16(): string[] {
  return Array.from({ length: 16 }, (_, at) => got(4 * at)).flat();
}

export const BOMB_ATTACKS: readonly H3Attack[] = [
  ...SECTION_ATTACKS,
  ...TABLE_ATTACKS,
  ...BLOCKED_ATTACKS,
];
