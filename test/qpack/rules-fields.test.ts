// The lines of a field section (RFC 9204 sections 2.2 and 4.5.2 to 4.5.6), and what bounds them. Titles carry the rows of the rule
// list.

import { QpackDecoder, QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { NaiveQpack } from "../helpers/naive/qpack.js";
import { agreed, drive, expectRefused, read, stream } from "../helpers/qpack-drive.js";
import {
  bigInteger,
  dynamicSection,
  hex,
  insert,
  line,
  octets,
  prefix,
  rawPrefix,
  section,
} from "../helpers/qpack-wire.js";

const FAILED = "QPACK_DECOMPRESSION_FAILED";
const letters = (count: number) =>
  Array.from({ length: count }, (_, at) => insert.literal("k", String(at)));
const opened = (count: number, capacity = 4096) =>
  stream(insert.capacity(capacity), ...letters(count));

describe("QP-FLD-1 a reference that is not allowed", () => {
  test.each([
    ["a line", octets(prefix(3), line.dynamic(2))],
    ["a name", octets(prefix(3), line.dynamicName(2, "v"))],
    ["a post-base line", octets(prefix(3, 0), line.postBase(0))],
    ["a post-base name", octets(prefix(3, 0), line.postBaseName(0, "v"))],
  ])("QP-FLD-1 to an evicted entry: %s", (_name, bytes) => {
    expectRefused([opened(3, 68), read(4, bytes)], "QPACK_REFERENCE_INVALID", FAILED);
  });

  test.each([
    ["a line below zero", octets(prefix(3), line.dynamic(3))],
    ["a name below zero", octets(prefix(3), line.dynamicName(3, "v"))],
    ["a line far below zero", octets(prefix(3), line.dynamic(2 ** 32))],
    ["2^62 - 1 below", octets(prefix(3), bigInteger(0x80, 6, 2n ** 62n - 1n))],
    ["a post-base line at the count", octets(prefix(2, 0), line.postBase(2))],
    ["a post-base name at the count", octets(prefix(2, 0), line.postBaseName(2, "v"))],
    ["a post-base line far above", octets(prefix(3, 0), line.postBase(2 ** 32))],
    ["2^62 - 1 above", octets(prefix(3, 1), bigInteger(0x10, 4, 2n ** 62n - 1n))],
  ])("QP-FLD-1 outside of the entries: %s", (_name, bytes) => {
    expectRefused([opened(3), read(4, bytes)], "QPACK_REFERENCE_INVALID", FAILED);
  });

  test("QP-FLD-1 the oldest that is left, and the last that is required", () => {
    const { lines } = agreed([
      opened(3, 68),
      read(4, octets(prefix(3), line.dynamic(1), line.dynamic(0))),
      read(8, octets(prefix(3, 1), line.postBase(0), line.postBaseName(1, "v"))),
    ]);
    expect(lines).toEqual(["4 k: 1 | k: 2", "8 k: 1 | k: v"]);
  });
});

describe("QP-FLD-2 relative and post-base indices", () => {
  test("QP-FLD-2 every Base from 0 to beyond the count reaches every entry", () => {
    for (let base = 0; base <= 8; base++) {
      const lines = [0, 1, 2, 3, 4].map((entry) =>
        entry < base ? line.dynamic(base - 1 - entry) : line.postBase(entry - base),
      );
      const names = [0, 1, 2, 3, 4].map((entry) =>
        entry < base
          ? line.dynamicName(base - 1 - entry, "n")
          : line.postBaseName(entry - base, "n"),
      );
      const steps = [opened(5), read(4, octets(prefix(5, base), ...lines, ...names))];
      expect(agreed(steps).lines).toEqual([
        "4 k: 0 | k: 1 | k: 2 | k: 3 | k: 4 | k: n | k: n | k: n | k: n | k: n",
      ]);
    }
  });

  test("QP-FLD-2 appendix B.2: post-base lines of a Base of 0", () => {
    const steps = [
      stream(hex("3fbd01 c00f7777772e6578616d706c652e636f6d c10c2f73616d706c652f70617468")),
      read(4, hex("0381 10 11")),
    ];
    expect(agreed(steps, { maxTableCapacity: 220 }).lines).toEqual([
      "4 :authority: www.example.com | :path: /sample/path",
    ]);
  });
});

describe("QP-FLD-3 the six representations", () => {
  const six = (o: { huffman?: boolean; never?: boolean }) =>
    octets(
      prefix(2, 1),
      line.static(25),
      line.dynamic(0),
      line.postBase(0),
      line.staticName(92, "tercet", o),
      line.dynamicName(0, "dynamic name", o),
      line.postBaseName(0, "post-base name", o),
      line.literal("x-literal", "literal name", o),
    );
  const expected =
    "4 :status: 200 | k: 0 | k: 1 | server: tercet | k: dynamic name | k: post-base name | x-literal: literal name";
  test.each([{}, { huffman: true }, { never: true }, { huffman: true, never: true }])(
    "QP-FLD-3 %j",
    (o) => {
      expect(agreed([opened(2), read(4, six(o))]).lines).toEqual([expected]);
    },
  );

  test("QP-FLD-3 names of every length that the prefix of three bits meets", () => {
    for (const length of [0, 1, 6, 7, 8, 134, 135, 300]) {
      const name = "n".repeat(length);
      for (const huffman of [false, true])
        expect(agreed([read(4, section(line.literal(name, "v", { huffman })))]).lines).toEqual([
          `4 ${name}: v`,
        ]);
    }
  });

  test("QP-FLD-3 any octet in a name and in a value", () => {
    const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    for (const huffman of [false, true])
      expect(agreed([read(4, section(line.literal(every, every, { huffman })))]).lines).toEqual([
        `4 ${every}: ${every}`,
      ]);
  });
});

describe("QP-FLD-4 the N bit", () => {
  test("QP-FLD-4 a sensitive field is a literal with it, and is never inserted", () => {
    const encoder = new QpackEncoder({
      maxTableCapacity: 4096,
      maxBlockedStreams: 16,
      strategy: "eager",
    });
    const peer = new NaiveQpack({ maxTableCapacity: 4096 });
    for (const id of [0, 4, 8]) {
      const fields = ["x-secret", "s3cret", "x-open", "value"];
      const bytes = encoder.encode(id, fields, new Set(["x-secret"]));
      peer.encoderStream(encoder.takeEncoderStream());
      const outcome = peer.section(id, bytes);
      expect("fields" in outcome && outcome.fields).toEqual([
        { name: "x-secret", value: "s3cret", sensitive: true },
        { name: "x-open", value: "value", sensitive: false },
      ]);
    }
    expect(peer.entries.filter((entry) => entry?.[1] === "s3cret")).toEqual([]);
  });
});

test("QP-FLD-5 QP-EN-5 fields come in their order, whatever represents them", () => {
  const lines = [
    line.literal("z", "1"),
    line.dynamic(0),
    line.static(17),
    line.postBase(0),
    line.literal("a", "2"),
    line.dynamic(0),
  ];
  expect(agreed([opened(2), read(4, octets(prefix(2, 1), ...lines))]).lines).toEqual([
    "4 z: 1 | k: 0 | :method: GET | k: 1 | a: 2 | k: 0",
  ]);
});

describe("QP-FLD-6 a section that ends inside a line", () => {
  const whole = octets(
    prefix(2, 1),
    line.static(98),
    line.staticName(92, "tercet"),
    line.literal("x-literal", "v".repeat(200)),
    line.literal("coded", "value", { huffman: true }),
    line.postBaseName(0, "post-base"),
    line.dynamicName(0, "w".repeat(130)),
  );
  const ends = new Set([2, 4]);

  test("QP-FLD-6 at every octet but the ends of lines", () => {
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      const outcome = agreed([opened(2), read(4, whole.subarray(0, length))]);
      if (outcome.error !== null) {
        expect(outcome.error.code).toBe("QPACK_TRUNCATED");
        refused++;
      } else ends.add(length);
    }
    // The prefix alone, and the end of each line but the last.
    expect(ends.size).toBe(6);
    expect(refused).toBe(whole.length - 6);
  });

  test("QP-FLD-6 without even a prefix", () => {
    expectRefused([read(4, new Uint8Array())], "QPACK_TRUNCATED", FAILED);
    expectRefused([read(4, Uint8Array.of(0))], "QPACK_TRUNCATED", FAILED);
    expectRefused([read(4, Uint8Array.of(0xff))], "QPACK_TRUNCATED", FAILED);
  });
});

describe("QP-FLD-7 many references to one large entry", () => {
  const value = "v".repeat(4000);
  const bomb = (count: number) =>
    dynamicSection(1, ...Array.from({ length: count }, () => line.dynamic(0)));
  const opens = stream(insert.capacity(4096), insert.static(1, value));

  test("QP-FLD-7 stop at maxListSize, while decoding", () => {
    const options = { maxListSize: 65_536 };
    expectRefused([opens, read(4, bomb(17))], "QPACK_LIST_TOO_LARGE", FAILED, options);
    expectRefused([opens, read(4, bomb(100_000))], "QPACK_LIST_TOO_LARGE", FAILED, options);
    // 16 fields of 4,037 bytes are 64,592.
    expect(drive([opens, read(4, bomb(16))], options).error).toBeNull();
  });

  test("QP-FLD-7 the size is that of name, value and 32 a field", () => {
    const options = { maxListSize: 34 * 3 };
    const fields = (count: number) =>
      section(...Array.from({ length: count }, () => line.literal("a", "b")));
    expect(drive([read(4, fields(3))], options).lines).toEqual(["4 a: b | a: b | a: b"]);
    expectRefused([read(4, fields(4))], "QPACK_LIST_TOO_LARGE", FAILED, options);
    const one = section(line.literal("a", "b".repeat(70)));
    expectRefused([read(4, one)], "QPACK_LIST_TOO_LARGE", FAILED, options);
    expectRefused(
      [read(4, section(line.literal("a", "eeeeeeee".repeat(9), { huffman: true })))],
      "QPACK_LIST_TOO_LARGE",
      FAILED,
      options,
    );
  });

  test("QP-FLD-7 a section that waited is bounded, too", () => {
    const { lines } = drive([read(4, bomb(100)), opens], { maxListSize: 65_536 });
    expect(lines).toEqual(["4 blocked", "QPACK_LIST_TOO_LARGE"]);
  });
});

describe("QP-FLD-8 bytes of sections that wait", () => {
  const ahead = (length: number) =>
    octets(prefix(1), line.dynamic(0), line.literal("n", "v".repeat(length)));
  test("QP-FLD-8 are bounded over all streams", () => {
    const options = { maxBlockedStreams: 100, maxBlockedBytes: 1000 };
    expect(drive([read(4, ahead(400)), read(8, ahead(400))], options).error).toBeNull();
    expectRefused(
      [read(4, ahead(400)), read(8, ahead(400)), read(12, ahead(400))],
      "QPACK_BLOCKED_BYTES",
      "H3_EXCESSIVE_LOAD",
      options,
    );
  });

  test("QP-FLD-8 also on one stream", () => {
    const many = Array.from({ length: 4 }, () => read(4, ahead(400)));
    expectRefused(many, "QPACK_BLOCKED_BYTES", "H3_EXCESSIVE_LOAD", { maxBlockedBytes: 1500 });
  });

  test("QP-FLD-8 are given back when the section is read, or the stream is cancelled", () => {
    const decoder = new QpackDecoder({ maxBlockedBytes: 500, maxBlockedStreams: 1 });
    decoder.receiveEncoderStream(octets(insert.capacity(4096)));
    for (let round = 0; round < 50; round++) {
      // Each round waits for the next insertion.
      const section = octets(prefix(round + 1), line.literal("n", "v".repeat(400)));
      expect(decoder.decode(4 * round, section)).toBeNull();
      if (round % 2 === 0) decoder.cancel(4 * round);
      decoder.receiveEncoderStream(octets(insert.literal("a", "b")));
      expect(decoder.takeUnblocked()).toHaveLength(round % 2);
    }
  });
});

test("QP-FLD-9 a section of nothing but its prefix is an empty list", () => {
  expect(new QpackDecoder().decode(4, octets(rawPrefix(0)))).toEqual([]);
  agreed([opened(1), read(4, octets(prefix(1)))]);
});
