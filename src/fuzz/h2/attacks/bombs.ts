// H2-S13 and H2-S14: field blocks that unpack to much more than was sent, on one stream and over many.

import { concat } from "../../latin1.js";
import { indexed, literal, repeated, request, response } from "../field-block.js";
import { headers, headersInPieces, pushPromise, SETTING, settings } from "../frames.js";
import { type H2Attack, h2RowsOf, many, streamOf } from "../row.js";

const s13 = h2RowsOf("H2-S13", "server");
const s13client = h2RowsOf("H2-S13", "client");
const s14 = h2RowsOf("H2-S14", "server");

const KIB = 1024;
const GET = request();
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const TOO_LARGE = "error H2_FIELD_SECTION_TOO_LARGE|H2_FIELD_COUNT_TOO_LARGE stream";
const MANY = "error H2_FIELD_COUNT_TOO_LARGE stream";

/** A request whose field block ends in these octets. */
const end = { end: true };
const withFields = (streamId: number, ...fields: readonly Uint8Array[]) =>
  headers(streamId, request("GET", "/", concat(fields)), end);
const split = (streamId: number, ...fields: readonly Uint8Array[]) =>
  headersInPieces(streamId, request("GET", "/", concat(fields)), 16_384, end);

/** An entry of exactly 4,096 octets with its overhead: it fills the table. */
const FULL_ENTRY = literal("a", repeated("v", 4_063), "with");
const TINY_ENTRY = literal("a", "", "with");
const CRUMB = literal("cookie", "a=b", "with");
const NEWEST = indexed(62);
const PUSH = { settings: { enablePush: true } };

export const BOMB_ATTACKS: readonly H2Attack[] = [
  s13(
    "an entry that fills the table, sixteen thousand times",
    () => [withFields(1, FULL_ENTRY), split(3, repeated(NEWEST, 16_000)), headers(5, GET, end)],
    [...got(1), `${TOO_LARGE} 3`, ...got(5)],
    { sends: ["HEADERS 3 5 end"] },
  ),
  s13(
    "the same in one block",
    () => [split(1, FULL_ENTRY, repeated(NEWEST, 16_000)), headers(3, GET, end)],
    [`${TOO_LARGE} 1`, ...got(3)],
  ),
  s13(
    "the same in trailers",
    () => [
      headers(1, request("POST", "/", FULL_ENTRY)),
      headers(1, repeated(NEWEST, 16_000), end),
      headers(3, GET, end),
    ],
    ["request 1 POST /", `${TOO_LARGE} 1`, ...got(3)],
  ),
  s13client(
    "the same in a response",
    () => [headers(1, response("200", concat([FULL_ENTRY, repeated(NEWEST, 12_000)])), end)],
    [`${TOO_LARGE} 1`],
  ),
  s13client(
    "the same in an interim response",
    () => [headers(1, response("103", concat([FULL_ENTRY, repeated(NEWEST, 12_000)])))],
    [`${TOO_LARGE} 1`],
  ),
  s13client(
    "the same in a promise",
    () => [pushPromise(1, 2, request("GET", "/", concat([FULL_ENTRY, repeated(NEWEST, 12_000)])))],
    [`${TOO_LARGE} *`],
    PUSH,
  ),

  s14(
    "a tiny entry, thousands of times",
    () => [withFields(1, TINY_ENTRY), split(3, repeated(NEWEST, 16_000)), headers(5, GET, end)],
    [...got(1), `${MANY} 3`, ...got(5)],
    { sends: ["HEADERS 3 5 end"] },
  ),
  s14(
    "cookie crumbs count as fields",
    () => [withFields(1, CRUMB), withFields(3, repeated(NEWEST, 250)), headers(5, GET, end)],
    [...got(1), `${MANY} 3`, ...got(5)],
  ),
  s14(
    "many streams that are never answered, each with what one may have",
    () => [
      settings([SETTING.INITIAL_WINDOW_SIZE, 0]),
      withFields(1, literal("a", repeated("v", 250), "with")),
      many(127, (at) => withFields(streamOf(at + 1), repeated(NEWEST, 190))),
    ],
    ["…", "error H2_HEADER_MEMORY stream *", "…"],
    { memory: 128 * KIB, out: 16 * KIB },
  ),
  s14(
    "the same with uploads that never end",
    () => [
      headers(1, request("POST", "/", literal("a", repeated("v", 250), "with"))),
      many(127, (at) => headers(streamOf(at + 1), request("POST", "/", repeated(NEWEST, 190)))),
    ],
    ["…", "error H2_HEADER_MEMORY stream *", "…"],
    { memory: 128 * KIB, out: 16 * KIB },
  ),
  s14(
    "two hundred fields are within the limit",
    [
      withFields(1, TINY_ENTRY),
      withFields(3, repeated(NEWEST, 190)),
      withFields(5, repeated(CRUMB, 190)),
    ],
    [...got(1), ...got(3), ...got(5)],
    { memory: 96 * KIB },
  ),
];
