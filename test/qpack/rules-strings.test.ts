// Integers and strings of QPACK (RFC 9204 sections 4.1 and 7.4): in field sections, on the encoder stream and on the decoder
// stream, which have an error code each. Titles carry the rows of the rule list.

import { ProtocolError } from "tercet";
import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { CODE } from "../helpers/h3-names.js";
import { NAIVE_CODES } from "../helpers/naive/hpack.js";
import { agreed, drive, expectRefused, read, stream } from "../helpers/qpack-drive.js";
import {
  bigInteger,
  bitOctets,
  huffmanOctets,
  insert,
  integer,
  line,
  octets,
  section,
} from "../helpers/qpack-wire.js";

const LARGEST = 2n ** 62n - 1n;
const TABLE = { maxTableCapacity: 4096 };
const OPEN = insert.capacity(4096);
const bits = (text: string) => Array.from(text, (char) => NAIVE_CODES[char.charCodeAt(0)]).join("");

/** What a decoder stream with these octets gets, behind a section that inserted two entries. */
function decoderStreamFault(...parts: readonly (readonly number[])[]): ProtocolError | null {
  const bytes = octets(...parts);
  const faultOf = (pieces: readonly Uint8Array[]): ProtocolError | null => {
    const encoder = new QpackEncoder({ ...TABLE, maxBlockedStreams: 9, strategy: "eager" });
    encoder.encode(4, ["x-one", "two", "x-three", "four"]);
    try {
      for (const piece of pieces) encoder.receiveDecoderStream(piece);
      return null;
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  };
  const whole = faultOf([bytes]);
  const apart = faultOf(Array.from(bytes, (octet) => Uint8Array.of(octet)));
  expect([apart?.code, apart?.offset]).toEqual([whole?.code, whole?.offset]);
  return whole;
}

describe("QP-INT-1 integers up to 62 bits", () => {
  test("QP-INT-1 a Delta Base of 2^62 - 1 is read, where nothing refers to it", () => {
    const prefixed = octets([0], bigInteger(0, 7, LARGEST), line.static(17));
    expect(agreed([read(4, prefixed)]).lines).toEqual(["4 :method: GET"]);
  });

  test("QP-INT-1 an index of 2^62 - 1 is an index, though none that exists", () => {
    expectRefused(
      [read(4, section(bigInteger(0xc0, 6, LARGEST)))],
      "QPACK_INDEX_INVALID",
      "QPACK_DECOMPRESSION_FAILED",
    );
    expectRefused(
      [stream(OPEN, bigInteger(0x00, 5, LARGEST))],
      "QPACK_ENCODER_INDEX_INVALID",
      "QPACK_ENCODER_STREAM_ERROR",
    );
    expectRefused(
      [stream(bigInteger(0x20, 5, LARGEST))],
      "QPACK_ENCODER_CAPACITY_INVALID",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });

  test("QP-INT-1 a stream of 2^62 - 1 in an acknowledgement", () => {
    const error = decoderStreamFault(bigInteger(0x80, 7, LARGEST));
    expect([error?.code, error?.wireCode]).toEqual([
      "QPACK_DECODER_ACK_INVALID",
      CODE.QPACK_DECODER_STREAM_ERROR,
    ]);
  });
});

describe("QP-INT-2 integers that are too large or too long", () => {
  const inSection: readonly (readonly [string, readonly number[]])[] = [
    ["a static index of 2^62", bigInteger(0xc0, 6, LARGEST + 1n)],
    ["a static index of 2^64", bigInteger(0xc0, 6, 2n ** 64n)],
    ["a dynamic index of 2^62", bigInteger(0x80, 6, LARGEST + 1n)],
    ["a post-base index of 2^62", bigInteger(0x10, 4, LARGEST + 1n)],
    ["a name index of 2^62", bigInteger(0x50, 4, LARGEST + 1n)],
    ["a length of 2^62 of a value", [0x51, ...bigInteger(0, 7, LARGEST + 1n)]],
    ["a length of 2^62 of a name", bigInteger(0x20, 3, LARGEST + 1n)],
    ["ten octets behind the prefix, all padding", [0xff, ...Array(10).fill(0x80), 0]],
    ["twenty octets behind the prefix", [0xff, ...Array(20).fill(0xff), 1]],
  ];
  test.each(inSection)("QP-INT-2 in a section: %s", (_name, octetsOf) => {
    const refused = [read(4, section(line.static(17), octetsOf))];
    expectRefused(refused, "QPACK_INTEGER_INVALID", "QPACK_DECOMPRESSION_FAILED");
  });

  test("QP-INT-2 a Required Insert Count or a Base of 2^62", () => {
    for (const prefix of [
      octets(bigInteger(0, 8, LARGEST + 1n), [0]),
      octets([0], bigInteger(0, 7, LARGEST + 1n)),
      octets([0], bigInteger(0x80, 7, LARGEST + 1n)),
    ])
      expectRefused([read(4, prefix)], "QPACK_INTEGER_INVALID", "QPACK_DECOMPRESSION_FAILED");
  });

  const onStream: readonly (readonly [string, readonly number[]])[] = [
    ["a capacity", bigInteger(0x20, 5, LARGEST + 1n)],
    ["a name index", bigInteger(0xc0, 6, LARGEST + 1n)],
    ["a length of a value", [0xc1, ...bigInteger(0, 7, LARGEST + 1n)]],
    ["a length of a name", bigInteger(0x40, 5, LARGEST + 1n)],
    ["a duplicate", bigInteger(0, 5, LARGEST + 1n)],
    ["padding without end", [0x3f, ...Array(30).fill(0x80)]],
  ];
  test.each(onStream)(
    "QP-INT-2 on the encoder stream: 2^62, or more octets: %s",
    (_name, wrong) => {
      const refused = [stream(OPEN), stream(wrong)];
      expectRefused(refused, "QPACK_ENCODER_INTEGER_INVALID", "QPACK_ENCODER_STREAM_ERROR");
    },
  );

  test.each([
    ["an acknowledgement", bigInteger(0x80, 7, LARGEST + 1n)],
    ["a cancellation", bigInteger(0x40, 6, LARGEST + 1n)],
    ["an increment", bigInteger(0x00, 6, LARGEST + 1n)],
    ["padding without end", [0x3f, ...Array(30).fill(0x80)]],
  ])("QP-INT-2 on the decoder stream: %s", (_name, wrong) => {
    const error = decoderStreamFault(wrong);
    expect([error?.code, error?.wireCode, error?.scope]).toEqual([
      "QPACK_DECODER_INTEGER_INVALID",
      CODE.QPACK_DECODER_STREAM_ERROR,
      "connection",
    ]);
  });
});

describe("QP-INT-3 integers with octets that add nothing", () => {
  test.each([1, 2, 5, 7])("QP-INT-3 %i of them", (extra) => {
    const lines = agreed([
      stream(
        integer(0x20, 5, 4096, extra),
        [0xc1, ...integer(0, 7, 200, extra)],
        Array(200).fill(97),
      ),
      read(4, octets([2], [0], integer(0x80, 6, 0))),
      read(8, section(integer(0xc0, 6, 98, extra))),
      read(12, section([0x51, ...integer(0, 7, 127, extra)], Array(127).fill(98))),
    ]).lines;
    expect(lines).toEqual([
      `4 :path: ${"a".repeat(200)}`,
      "8 x-frame-options: sameorigin",
      `12 :path: ${"b".repeat(127)}`,
    ]);
  });

  test("QP-INT-3 on the decoder stream", () => {
    expect(decoderStreamFault(integer(0x40, 6, 100, 3))).toBeNull();
  });
});

test("QP-INT-4 an integer of the encoder stream in two chunks, at every octet", () => {
  const { lines } = agreed([
    stream(integer(0x20, 5, 4096), insert.static(1, "v".repeat(300)), insert.duplicate(0)),
    read(4, octets([3], [0], line.dynamic(0))),
  ]);
  expect(lines).toEqual([`4 :path: ${"v".repeat(300)}`]);
});

test("QP-INT-4 an integer of the decoder stream in two chunks", () => {
  expect(decoderStreamFault(integer(0x40, 6, 1_000_000))).toBeNull();
  expect(decoderStreamFault(integer(0x80, 7, 4), integer(0x40, 6, 70_000))).toBeNull();
});

describe("QP-STR-1 Huffman padding", () => {
  const padded = (text: string) => [...huffmanOctets(text)];
  const wrong: readonly (readonly [string, readonly number[]])[] = [
    ["eight bits of ones", [...padded("aaaaaaaa"), 0xff]],
    ["zeros", bitOctets(bits("a").padEnd(8, "0"))],
    ["one zero among ones", bitOctets(`${bits("a")}101`)],
    ["an octet of ones alone", [0xff]],
  ];
  test.each(wrong)("QP-STR-1 %s: a value of a section", (_name, coded) => {
    const value = [...integer(0x80, 7, coded.length), ...coded];
    const refused = [read(4, section([0x51, ...value]))];
    expectRefused(refused, "QPACK_HUFFMAN_PADDING", "QPACK_DECOMPRESSION_FAILED");
  });

  test.each(wrong)("QP-STR-1 %s: a name of a section", (_name, coded) => {
    const name = [...integer(0x28, 3, coded.length), ...coded];
    const refused = [read(4, section([...name, 0]))];
    expectRefused(refused, "QPACK_HUFFMAN_PADDING", "QPACK_DECOMPRESSION_FAILED");
  });

  test.each(wrong)("QP-STR-1 %s: on the encoder stream", (_name, coded) => {
    const value = [0xc1, ...integer(0x80, 7, coded.length), ...coded];
    const name = [...integer(0x60, 5, coded.length), ...coded, 0];
    for (const one of [value, name])
      expectRefused(
        [stream(OPEN), stream(one)],
        "QPACK_ENCODER_HUFFMAN_INVALID",
        "QPACK_ENCODER_STREAM_ERROR",
      );
  });

  test("QP-STR-1 every padding of 0 to 7 ones is read", () => {
    // Codes of 5 bits: eight strings have every rest.
    for (let length = 0; length < 8; length++) {
      const text = "a".repeat(length);
      expect(agreed([read(4, section(line.staticName(1, text, { huffman: true })))]).lines).toEqual(
        [`4 :path: ${text}`],
      );
    }
  });
});

describe("QP-STR-2 the EOS symbol", () => {
  const coded = bitOctets(`${bits("a")}${"1".repeat(30)}${bits("a")}`);
  test("QP-STR-2 in a section", () => {
    const value = [0x51, ...integer(0x80, 7, coded.length), ...coded];
    const name = [...integer(0x28, 3, coded.length), ...coded, 0];
    for (const one of [value, name])
      expectRefused([read(4, section(one))], "QPACK_HUFFMAN_EOS", "QPACK_DECOMPRESSION_FAILED");
  });

  test("QP-STR-2 on the encoder stream", () => {
    const value = [0xc1, ...integer(0x80, 7, coded.length), ...coded];
    expectRefused(
      [stream(OPEN), stream(value)],
      "QPACK_ENCODER_HUFFMAN_INVALID",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });
});

describe("QP-STR-3 a string that is longer than can be", () => {
  test.each([
    ["one octet more than the section", 4n],
    ["2^32", 2n ** 32n],
    ["2^62 - 1", LARGEST],
  ])("QP-STR-3 in a section: %s", (_name, length) => {
    const value = [0x51, ...bigInteger(0, 7, length), 97, 98, 99];
    const name = [...bigInteger(0x20, 3, length), 97, 98];
    for (const one of [value, name])
      expectRefused([read(4, section(one))], "QPACK_TRUNCATED", "QPACK_DECOMPRESSION_FAILED");
  });

  test.each([
    ["2^62 - 1", LARGEST],
    ["2^31", 2n ** 31n],
    ["the capacity", 4096n],
  ])("QP-STR-3 on the encoder stream, before its octets come: %s", (_name, length) => {
    for (const one of [
      [0xc1, ...bigInteger(0, 7, length)],
      bigInteger(0x40, 5, length),
      [0x41, 97, ...bigInteger(0, 7, length)],
    ])
      expectRefused(
        [stream(OPEN), stream(one)],
        "QPACK_ENCODER_ENTRY_TOO_LARGE",
        "QPACK_ENCODER_STREAM_ERROR",
      );
  });

  test("QP-STR-3 a coded string that no code makes short enough", () => {
    // The longest code has 30 bits: 4096 * 30 / 8 octets and more are above the capacity in any case.
    const one = [0xc1, ...bigInteger(0x80, 7, 15_361n)];
    expectRefused(
      [stream(OPEN), stream(one)],
      "QPACK_ENCODER_ENTRY_TOO_LARGE",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });

  test("QP-STR-3 the longest entry that fits is read", () => {
    const value = "v".repeat(4096 - 32 - 5);
    const { lines } = agreed([
      stream(OPEN, insert.static(1, value)),
      read(4, octets([2], [0], line.dynamic(0))),
    ]);
    expect(lines).toEqual([`4 :path: ${value}`]);
  });
});

describe("QP-STR-4 strings of the encoder stream in pieces", () => {
  test("QP-STR-4 names and values, plain and coded, at every cut", () => {
    const { lines } = agreed([
      stream(
        OPEN,
        insert.literal("x-plain", "value one"),
        insert.literal("x-coded", "value two", { huffman: true }),
        insert.static(5, "crumb=1", { huffman: true }),
        insert.dynamic(2, "again"),
      ),
      read(4, octets([5], [0], line.dynamic(0), line.dynamic(1), line.dynamic(2), line.dynamic(3))),
    ]);
    expect(lines).toEqual([
      "4 x-plain: again | cookie: crumb=1 | x-coded: value two | x-plain: value one",
    ]);
  });

  test("QP-STR-4 what is not whole is not there yet", () => {
    const whole = octets(OPEN, insert.literal("name", "value"));
    for (let at = OPEN.length; at < whole.length; at++) {
      const { lines } = drive(
        [
          { stream: whole.subarray(0, at) },
          read(4, octets([2], [0], line.dynamic(0))),
          { stream: whole.subarray(at) },
        ],
        { ...TABLE, maxBlockedStreams: 1 },
      );
      expect(lines).toEqual(["4 blocked", "4 name: value"]);
    }
  });
});
