// H3-S04 and H3-S06: lengths and integers of QPACK that somebody believed, indexes beyond the tables.

import { concat } from "../../latin1.js";
import * as fields from "../fields.js";
import { frame, headers, VARINT_MAX } from "../frames.js";
import { type H3Attack, type H3Step, h3RowsOf, on, peerStreams, times } from "../row.js";

const s04 = h3RowsOf("H3-S04", "server");
const s06 = h3RowsOf("H3-S06", "server");
const s06client = h3RowsOf("H3-S06", "client");

const { hex } = fields;
const KIB = 1024;
const { encoder, decoder } = peerStreams("server");
const got = (streamId: number) => [`request ${streamId} GET /`, `end ${streamId}`];
const GET = headers(fields.request());

const FAILED = { sends: ["close QPACK_DECOMPRESSION_FAILED"] };
const ENCODER_ERROR = { sends: ["close QPACK_ENCODER_STREAM_ERROR"] };
const DECODER_ERROR = { sends: ["close QPACK_DECODER_STREAM_ERROR"] };
const error = (...codes: readonly string[]) => [
  `error ${codes.map((code) => `QPACK_${code}`).join("|")} connection`,
];

/** A section that is wrong, on stream 0. */
const section = (bytes: Uint8Array): H3Step[] => [on(0, headers(bytes), true)];
const behindPrefix = (text: string) => section(concat([fields.NO_PREFIX, hex(text)]));
const instructions = (...parts: readonly Uint8Array[]): H3Step[] => [on(encoder, concat(parts))];
const CAPACITY = fields.setCapacity(4_096);

/** Octets behind a prefix of ones: 2^62 and more, 2^64 and more, and more octets than any integer has. */
const OVERFLOWS: readonly (readonly [string, string])[] = [
  ["2^62", "81 ff ff ff ff ff ff ff 40"],
  ["2^63", "80 80 80 80 80 80 80 80 80 01"],
  ["2^64 + 5", "86 80 80 80 80 80 80 80 80 02"],
  ["2^32 + 5 in ten octets that end in zeros", "86 80 80 80 90 80 80 80 80 00"],
  ["zeros without end", "80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 00"],
  ["ones without end", "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff 7f"],
];

/** Where an integer stands in a section: the octet of its prefix, and what is before it. */
const SECTION_INTEGERS: readonly (readonly [string, string])[] = [
  ["Required Insert Count", "ff"],
  ["Delta Base", "00 7f"],
  ["negative Delta Base", "02 ff"],
  ["a static index", "00 00 ff"],
  ["a dynamic index", "00 00 bf"],
  ["an index behind Base", "00 00 1f"],
  ["a static name", "00 00 5f"],
  ["a dynamic name", "00 00 4f"],
  ["a name behind Base", "00 00 07"],
  ["the length of a name", "00 00 27"],
  ["the length of a Huffman name", "00 00 2f"],
  ["the length of a value", "00 00 51 7f"],
  ["the length of a Huffman value", "00 00 51 ff"],
];

const STREAM_INTEGERS: readonly (readonly [string, string])[] = [
  ["a capacity", "3f"],
  ["a static name", "ff"],
  ["a dynamic name", "bf"],
  ["an index to duplicate", "1f"],
  ["the length of a name", "5f"],
  ["the length of a Huffman name", "7f"],
  ["the length of a value", "c1 7f"],
  ["the length of a Huffman value", "c1 ff"],
];

/** Sections that end too early, each behind its last good octet. */
const TRUNCATED: readonly (readonly [string, string])[] = [
  ["nothing at all", ""],
  ["one octet", "00"],
  ["inside of Required Insert Count", "ff"],
  ["inside of Delta Base", "00 7f 80"],
  ["inside of a static index", "00 00 ff"],
  ["inside of a dynamic index", "00 00 bf 80"],
  ["inside of an index behind Base", "00 00 1f"],
  ["before a value", "00 00 51"],
  ["inside of the length of a value", "00 00 51 7f"],
  ["inside of a value", "00 00 51 05 61 62"],
  ["inside of a Huffman value", "00 00 51 83 1d"],
  ["inside of a name", "00 00 25 61"],
  ["behind a name", "00 00 21 61"],
];

const LENGTH_ATTACKS: readonly H3Attack[] = [
  s04(
    "a value of 2^62 - 1 octets in a section",
    behindPrefix("51 7f 80 ff ff ff ff ff ff ff 3f"),
    error("TRUNCATED", "INTEGER_INVALID"),
    FAILED,
  ),
  s04(
    "a name of 2^40 octets in a section",
    behindPrefix("27 f9 ff ff ff ff 1f"),
    error("TRUNCATED"),
    FAILED,
  ),
  s04(
    "a name of 2^40 octets to insert",
    instructions(CAPACITY, hex("5f e1 ff ff ff ff 1f")),
    error("ENCODER_ENTRY_TOO_LARGE"),
    ENCODER_ERROR,
  ),
  s04(
    "a value of 2^62 - 1 octets to insert",
    instructions(CAPACITY, hex("c1 7f 80 ff ff ff ff ff ff ff 3f")),
    error("ENCODER_ENTRY_TOO_LARGE", "ENCODER_INTEGER_INVALID"),
    ENCODER_ERROR,
  ),
  s04(
    "a Huffman value that cannot fit",
    instructions(CAPACITY, hex("c1 ff 80 ff 7f")),
    error("ENCODER_ENTRY_TOO_LARGE"),
    ENCODER_ERROR,
  ),
  s04(
    "a value that is one octet too long, at its length",
    instructions(fields.setCapacity(100), hex("41 61 44")),
    error("ENCODER_ENTRY_TOO_LARGE"),
    ENCODER_ERROR,
  ),
  s04(
    "values that almost come, piece by piece",
    () => [
      on(encoder, concat([CAPACITY, hex("41 61 7f df 1e")])),
      ...times(400, () => on(encoder, fields.repeated("v", 10))),
    ],
    [],
    { memory: 128 * KIB },
  ),
  s04(
    "HEADERS of 2^62 - 1 octets",
    [on(0, frame(1, "abc", VARINT_MAX)), on(4, GET, true)],
    ["error H3_FIELD_BLOCK_TOO_LARGE stream 0", ...got(4)],
  ),
  s04(
    "DATA of 2^62 - 1 octets",
    [
      on(0, concat([headers(fields.request("POST")), frame(0, "abc", VARINT_MAX)])),
      on(4, GET, true),
    ],
    ["request 0 POST /", "data 0 abc", ...got(4)],
  ),
  s04(
    "an unknown frame of 2^62 - 1 octets",
    [on(0, frame(0x21, "abc", VARINT_MAX)), on(4, GET, true)],
    got(4),
  ),
];

const INTEGER_ATTACKS: readonly H3Attack[] = [
  ...SECTION_INTEGERS.flatMap(([name, start]) =>
    OVERFLOWS.map(([number, rest]) =>
      s06(`${name}: ${number}`, section(hex(`${start} ${rest}`)), error("INTEGER_INVALID"), FAILED),
    ),
  ),
  ...STREAM_INTEGERS.flatMap(([name, start]) =>
    OVERFLOWS.map(([number, rest]) =>
      s06(
        `encoder stream, ${name}: ${number}`,
        instructions(CAPACITY, hex(`${start} ${rest}`)),
        error("ENCODER_INTEGER_INVALID"),
        ENCODER_ERROR,
      ),
    ),
  ),
  ...(["ff", "7f", "3f"] as const).flatMap((start) =>
    OVERFLOWS.map(([number, rest]) =>
      s06(
        `decoder stream, ${start}: ${number}`,
        [on(decoder, hex(`${start} ${rest}`))],
        error("DECODER_INTEGER_INVALID", "DECODER_ACK_INVALID", "DECODER_INCREMENT_INVALID"),
        DECODER_ERROR,
      ),
    ),
  ),
  ...TRUNCATED.map(([name, text]) =>
    s06(`a section that ends: ${name}`, section(hex(text)), error("TRUNCATED"), FAILED),
  ),
  s06client(
    "a response that ends inside of a value",
    [on(0, headers(hex("00 00 51 05 61")), true)],
    error("TRUNCATED"),
    FAILED,
  ),
  s06(
    "an integer with octets that add nothing",
    [
      on(
        0,
        headers(
          concat([
            fields.NO_PREFIX,
            fields.requestLines(),
            hex("21 61 7f 80 80 80 00"),
            fields.repeated("v", 127),
          ]),
        ),
        true,
      ),
    ],
    got(0),
  ),
  s06("static index 99", behindPrefix("ff 24"), error("INDEX_INVALID"), FAILED),
  s06("static name 99", behindPrefix("5f 54 00"), error("INDEX_INVALID"), FAILED),
  s06(
    "static name 99 to insert",
    instructions(CAPACITY, hex("ff 24 00")),
    error("ENCODER_INDEX_INVALID"),
    ENCODER_ERROR,
  ),
  s06(
    "static indexes 98 and 0",
    [
      on(
        0,
        headers(concat([fields.NO_PREFIX, fields.requestLines(), fields.staticField(98)])),
        true,
      ),
    ],
    got(0),
  ),
  s06("an entry that was never inserted", behindPrefix("80"), error("REFERENCE_INVALID"), FAILED),
  s06(
    "an entry behind Base that was never inserted",
    behindPrefix("10"),
    error("REFERENCE_INVALID"),
    FAILED,
  ),
  s06("a Base below zero", section(hex("02 ff")), error("BASE_INVALID", "TRUNCATED"), FAILED),
  s06(
    "Required Insert Count beyond the range",
    section(hex("ff 02 00")),
    error("INSERT_COUNT_INVALID"),
    FAILED,
  ),
  s06(
    "Required Insert Count where there is no table",
    section(hex("01 00")),
    error("INSERT_COUNT_INVALID"),
    { ...FAILED, settings: { qpackMaxTableCapacity: 0 } },
  ),
  s06(
    "an entry that was pushed out",
    [
      on(
        encoder,
        concat([fields.setCapacity(64), fields.insert("a", "1"), fields.insert("a", "2")]),
      ),
      on(
        0,
        headers(concat([fields.prefix(2), fields.requestLines(), fields.dynamicField(1)])),
        true,
      ),
    ],
    error("REFERENCE_INVALID"),
    FAILED,
  ),
  s06(
    "an entry above Required Insert Count",
    [
      on(encoder, concat([CAPACITY, fields.insert("a", "1"), fields.insert("a", "2")])),
      on(
        0,
        headers(concat([fields.prefix(1), fields.requestLines(), fields.postBaseField(0)])),
        true,
      ),
    ],
    error("REFERENCE_INVALID"),
    FAILED,
  ),
  s06(
    "EOS in a Huffman string",
    behindPrefix("51 84 ff ff ff fc"),
    error("HUFFMAN_EOS", "HUFFMAN_PADDING"),
    FAILED,
  ),
  s06(
    "Huffman padding of eight bits",
    behindPrefix("51 82 1f ff"),
    error("HUFFMAN_PADDING"),
    FAILED,
  ),
  s06("Huffman padding of zeros", behindPrefix("51 81 18"), error("HUFFMAN_PADDING"), FAILED),
  s06(
    "EOS in a Huffman string to insert",
    instructions(CAPACITY, hex("c1 84 ff ff ff fc")),
    error("ENCODER_HUFFMAN_INVALID"),
    ENCODER_ERROR,
  ),
  s06(
    "an insertion before any capacity",
    instructions(fields.insert("a", "b")),
    error("ENCODER_ENTRY_TOO_LARGE"),
    ENCODER_ERROR,
  ),
  s06(
    "a capacity above the settings",
    instructions(fields.setCapacity(4_097)),
    error("ENCODER_CAPACITY_INVALID"),
    ENCODER_ERROR,
  ),
  s06(
    "a duplicate of nothing",
    instructions(CAPACITY, fields.duplicate(0)),
    error("ENCODER_INDEX_INVALID"),
    ENCODER_ERROR,
  ),
  s06(
    "a name of what was pushed out",
    instructions(
      fields.setCapacity(64),
      fields.insert("a", "1"),
      fields.insert("a", "2"),
      fields.insertDynamicName(1, "3"),
    ),
    error("ENCODER_INDEX_INVALID"),
    ENCODER_ERROR,
  ),
  s06(
    "a name of the entry that it pushes out",
    [
      on(
        encoder,
        concat([
          fields.setCapacity(40),
          fields.insert("x-a", "1"),
          fields.insertDynamicName(0, "2"),
        ]),
      ),
      on(
        0,
        headers(concat([fields.prefix(2), fields.requestLines(), fields.dynamicField(0)])),
        true,
      ),
    ],
    got(0),
  ),
  s06(
    "a duplicate of the entry that it pushes out",
    [
      on(encoder, concat([fields.setCapacity(40), fields.insert("x-a", "1"), fields.duplicate(0)])),
      on(
        0,
        headers(concat([fields.prefix(2), fields.requestLines(), fields.dynamicField(0)])),
        true,
      ),
    ],
    got(0),
  ),
];

export const COMPRESSION_ATTACKS: readonly H3Attack[] = [...LENGTH_ATTACKS, ...INTEGER_ATTACKS];
