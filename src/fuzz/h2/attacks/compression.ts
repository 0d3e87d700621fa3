// H2-S06, H2-S11, H2-S12, H2-S19, H2-S21 to H2-S23, H2-S27: field blocks that never end, or that are no HPACK.

import { concat } from "../../latin1.js";
import {
  codedString,
  hex,
  indexed,
  literal,
  plainString,
  prefixInteger,
  repeated,
  request,
  response,
  sizeUpdate,
} from "../field-block.js";
import {
  continuation,
  frame,
  headers,
  headersInPieces,
  ping,
  pushPromise,
  SETTING,
  settings,
} from "../frames.js";
import {
  FRAME_HEADER,
  type H2Attack,
  type H2Parts,
  h2RowsOf,
  inSteps,
  MARK,
  many,
  streamOf,
} from "../row.js";

const s06 = h2RowsOf("H2-S06", "server");
const s11 = h2RowsOf("H2-S11", "server");
const s11client = h2RowsOf("H2-S11", "client");
const s12 = h2RowsOf("H2-S12", "server");
const s19 = h2RowsOf("H2-S19", "server");
const s21 = h2RowsOf("H2-S21", "server");
const s22 = h2RowsOf("H2-S22", "server");
const s23 = h2RowsOf("H2-S23", "server");
const s27 = h2RowsOf("H2-S27", "server");

const KIB = 1024;
const GET = request();
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const ENDLESS = "error H2_FIELD_BLOCK_TOO_LARGE|H2_CONTINUATION_FLOOD connection";
const TOO_LARGE = "error H2_FIELD_SECTION_TOO_LARGE|H2_FIELD_COUNT_TOO_LARGE stream";
const MANY = "error H2_FIELD_COUNT_TOO_LARGE stream";

/** A request whose field block ends in these octets. */
const end = { end: true };
const withFields = (streamId: number, ...fields: readonly Uint8Array[]) =>
  headers(streamId, request("GET", "/", concat(fields)), end);
const split = (streamId: number, ...fields: readonly Uint8Array[]) =>
  headersInPieces(streamId, request("GET", "/", concat(fields)), 16_384, end);
const open = (fragment = GET) => headers(1, fragment, { endHeaders: false, end: true });

/** What HPACK calls it, always for the whole connection. */
const bad = (name: string) => [`error HPACK_${name} connection`];
/** A block that is a good request and then these octets. */
const block = (octets: string): H2Parts => [MARK, withFields(1, hex(octets))];
/** Errors of HPACK point at the representation. */
const INSIDE = { behind: FRAME_HEADER + GET.length };
const FIRST = { behind: FRAME_HEADER };
/** A literal of the name "a" whose value is this Huffman string. */
const coded = (octets: string): H2Parts => [
  MARK,
  withFields(1, concat([Uint8Array.of(0), plainString("a"), codedString(hex(octets))])),
];

const PUSH = { settings: { enablePush: true } };

export const COMPRESSION_ATTACKS: readonly H2Attack[] = [
  s06(
    "a field without name and value",
    [withFields(1, hex("40 00 00")), headers(3, GET, end)],
    ["error H2_FIELD_NAME_INVALID stream 1", ...got(3)],
  ),
  s06(
    "thousands of fields without name and value",
    () => [split(1, repeated(hex("40 00 00"), 20_000)), headers(3, GET, end)],
    [
      "error H2_FIELD_NAME_INVALID|H2_FIELD_SECTION_TOO_LARGE|H2_FIELD_COUNT_TOO_LARGE stream 1",
      ...got(3),
    ],
  ),

  s11(
    "full frames without end",
    () => [open(), many(40, () => continuation(1, repeated(literal("a", "b"), 3_276)))],
    [ENDLESS],
    { memory: 96 * KIB },
  ),
  s11("one byte a frame without end", () => [open(), many(3_000, () => continuation(1, "\x00"))], [
    ENDLESS,
  ]),
  s11client(
    "a response head without end",
    () => [
      headers(1, response(), { endHeaders: false }),
      many(40, () => continuation(1, repeated(literal("a", "b"), 3_276))),
    ],
    [ENDLESS],
    { memory: 96 * KIB },
  ),
  s11client(
    "a promise without end",
    () => [
      pushPromise(1, 2, GET, { endHeaders: false }),
      many(3_000, () => continuation(1, "\x00")),
    ],
    [ENDLESS],
    PUSH,
  ),
  s11(
    "trailers without end",
    () => [
      headers(1, request("POST")),
      headers(1, "", { endHeaders: false, end: true }),
      many(3_000, () => continuation(1, "\x00")),
    ],
    ["request 1 POST /", ENDLESS],
  ),
  s11(
    "a field block that stops, by the clock",
    [open(), { do: "wait", milliseconds: 60_000 }],
    ["error H2_FIELD_BLOCK_TIMEOUT connection"],
  ),
  s11(
    "thirteen frames are within the limit",
    [
      open(),
      many(12, () => continuation(1, literal("x", "y"))),
      continuation(1, literal("x", "y"), true),
    ],
    got(1),
  ),
  s11(
    "a PING inside a field block",
    [open(), MARK, ping()],
    ["error H2_CONTINUATION_EXPECTED connection"],
  ),
  s11(
    "an unknown frame inside a field block",
    [open(), MARK, frame(0xee, 0, 1)],
    ["error H2_CONTINUATION_EXPECTED connection"],
  ),
  s11(
    "CONTINUATION of another stream",
    [open(), MARK, continuation(3, GET, true)],
    ["error H2_CONTINUATION_EXPECTED connection"],
  ),
  s11(
    "CONTINUATION without HEADERS",
    [MARK, continuation(1, GET, true)],
    ["error H2_CONTINUATION_UNEXPECTED|H2_STREAM_IDLE connection"],
  ),

  s12("empty frames", () => [open(), many(3_000, () => continuation(1, ""))], [ENDLESS]),
  s12(
    "twelve empty frames and an end",
    [open(), many(12, () => continuation(1, "")), continuation(1, "", true)],
    got(1),
  ),

  s19(
    "the table switched off and on before every block",
    () =>
      inSteps(300, (at) =>
        headers(
          streamOf(at),
          concat([
            hex("20 3f e1 1f"),
            request("GET", "/", repeated(literal("a", "b", "with"), 100)),
          ]),
          end,
        ),
      ),
    ["…", ...got(599)],
    { application: { content: 0 }, reads: true, out: 16 * KIB },
  ),
  s19(
    "three size updates",
    [MARK, headers(1, concat([hex("20 20 20"), GET]), end)],
    bad("TABLE_SIZE_REPEATED"),
    { behind: FRAME_HEADER + 2 },
  ),
  s19(
    "thousands of size updates",
    () => [headers(1, concat([repeated(hex("20 3f e1 1f"), 4_000), GET]), end)],
    bad("TABLE_SIZE_REPEATED"),
  ),
  s19(
    "a size above the limit",
    [MARK, headers(1, concat([sizeUpdate(4_097), GET]), end)],
    bad("TABLE_SIZE_INVALID"),
    FIRST,
  ),
  s19("a size update behind a field", block("20"), bad("TABLE_SIZE_MISPLACED"), INSIDE),
  s19(
    "a peer whose table is 4 GiB, and many different answers",
    () => [
      settings([SETTING.HEADER_TABLE_SIZE, 2 ** 32 - 1]),
      ...inSteps(100, (at) => headers(streamOf(at), GET, end)),
    ],
    ["…", ...got(199)],
    { application: { content: 1 }, reads: true, out: 8 * KIB },
  ),

  s21(
    "an index of ten octets",
    block("ff ff ff ff ff ff ff ff ff ff 7f"),
    bad("INTEGER_INVALID"),
    INSIDE,
  ),
  s21("an index of 2^32", block("ff 81 ff ff ff 0f"), bad("INTEGER_INVALID"), INSIDE),
  s21("an index of 2^32 - 1", block("ff 80 ff ff ff 0f"), bad("INDEX_INVALID"), INSIDE),
  s21("an index that wraps to 2", block("ff 83 ff ff ff 0f"), bad("INTEGER_INVALID"), INSIDE),
  s21(
    "an index padded with zeros beyond the octets allowed",
    block("ff 80 80 80 80 80 80 80 00"),
    bad("INTEGER_INVALID"),
    INSIDE,
  ),
  s21("an index that is not finished", block("ff ff"), bad("TRUNCATED"), INSIDE),
  s21("index 0", block("80"), bad("INDEX_INVALID"), INSIDE),
  s21("an index behind the tables", block("be"), bad("INDEX_INVALID"), INSIDE),
  s21("a name behind the tables", block("7e 01 61"), bad("INDEX_INVALID"), INSIDE),
  s21("a length of 4 GiB", block("00 7f 80 ff ff ff 0f 61"), bad("TRUNCATED"), INSIDE),
  s21(
    "a length that overflows",
    block("00 7f ff ff ff ff ff ff 7f 61"),
    bad("INTEGER_INVALID"),
    INSIDE,
  ),
  s21("a value longer than the block", block("00 01 61 05 61"), bad("TRUNCATED"), INSIDE),
  s21("a literal without its value", block("00 01 61"), bad("TRUNCATED"), INSIDE),
  s21(
    "a size of 2^32 - 1",
    [MARK, headers(1, prefixInteger(0x20, 5, 2 ** 32 - 1), end)],
    bad("TABLE_SIZE_INVALID"),
    FIRST,
  ),
  s21(
    "an error in the block of a refused stream",
    [headers(1, GET, end), MARK, headers(3, concat([GET, hex("80")]), end)],
    [...got(1), ...bad("INDEX_INVALID")],
    { ...INSIDE, settings: { maxConcurrentStreams: 1 }, limits: { concurrentStreams: 1 } },
  ),

  s22("EOS", coded("ff ff ff ff"), bad("HUFFMAN_EOS"), INSIDE),
  s22("EOS behind an octet", coded("1f ff ff ff ff"), bad("HUFFMAN_EOS"), INSIDE),
  s22("padding of zeros", coded("18"), bad("HUFFMAN_PADDING"), INSIDE),
  s22("padding of eight ones", coded("ff"), bad("HUFFMAN_PADDING"), INSIDE),
  s22("padding of eleven ones", coded("1f ff"), bad("HUFFMAN_PADDING"), INSIDE),
  s22("half of a code", coded("fe"), bad("HUFFMAN_PADDING"), INSIDE),
  s22("an empty Huffman string", [withFields(1, concat([hex("00 01 61"), hex("80")]))], got(1)),
  s22(
    "padding of three ones",
    [withFields(1, concat([hex("00 01 61"), codedString(hex("1f"))]))],
    got(1),
  ),

  s23(
    "one long Huffman string in a name",
    () => [
      headers(
        1,
        concat([
          GET,
          Uint8Array.of(0),
          codedString(repeated("\x18\xc6\x31\x8c\x63", 3_000)),
          hex("00"),
        ]),
        end,
      ),
    ],
    got(1),
    { memory: 96 * KIB },
  ),
  s23(
    "one long Huffman string of long codes in a value",
    () => [
      headers(
        1,
        concat([GET, hex("00 01 61"), codedString(repeated(hex("ff ff ff ef ff ff fe"), 2_200))]),
        end,
      ),
    ],
    got(1),
    { memory: 96 * KIB },
  ),

  s27(
    "more different fields than any request has",
    () => [
      split(1, ...Array.from({ length: 5_000 }, (_, at) => literal(`x-${at}`, "", "with"))),
      headers(3, concat([GET, indexed(62)]), end),
    ],
    [`${TOO_LARGE} 1`, ...got(3)],
  ),
  s27(
    "24,577 different fields",
    () => [split(1, ...Array.from({ length: 24_577 }, (_, at) => literal(`x-${at}`, "", "with")))],
    [ENDLESS],
    { memory: 96 * KIB },
  ),
  s27(
    "201 fields",
    [withFields(1, repeated(literal("x", "y"), 197)), headers(3, GET, end)],
    [`${MANY} 1`, ...got(3)],
  ),
  s27(
    "200 fields",
    [withFields(1, repeated(literal("x", "y"), 196)), headers(3, GET, end)],
    [...got(1), ...got(3)],
    {
      memory: 96 * KIB,
    },
  ),
];
