// Instructions of the encoder stream (RFC 9204 sections 3.2 and 4.3), as a decoder must take them. Titles carry the rows of the
// rule list.

import { describe, expect, test } from "vitest";
import { agreed, expectRefused, read, stream } from "../helpers/qpack-drive.js";
import { dynamicSection, hex, insert, line, octets, prefix } from "../helpers/qpack-wire.js";

const ERROR = "QPACK_ENCODER_STREAM_ERROR";
const capacity = insert.capacity;
const letters = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => insert.literal("k", String.fromCharCode(from + at)));

describe("QP-ENC-1 a capacity above our setting", () => {
  test.each([
    [4097, 4096],
    [1, 0],
    [2 ** 32, 4096],
    [2 ** 32 + 4096, 4096],
  ])("QP-ENC-1 %i where %i is allowed", (chosen, maxTableCapacity) => {
    expectRefused([stream(capacity(chosen))], "QPACK_ENCODER_CAPACITY_INVALID", ERROR, {
      maxTableCapacity,
    });
  });

  test("QP-ENC-1 the setting itself, any number of times", () => {
    const { lines } = agreed([
      stream(capacity(4096), capacity(0), capacity(4096), insert.literal("a", "b")),
      read(4, dynamicSection(1, line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 a: b"]);
  });

  test("QP-ENC-1 a capacity of 0 where nothing is allowed", () => {
    agreed([stream(capacity(0)), read(4, octets([0, 0], line.static(17)))], {
      maxTableCapacity: 0,
    });
  });
});

describe("QP-ENC-2 a capacity that falls", () => {
  const three = [capacity(102), ...letters(97, 3)];
  test("QP-ENC-2 evicts the oldest, as many as it must", () => {
    const steps = [stream(...three, capacity(68))];
    const { lines } = agreed([
      ...steps,
      read(4, dynamicSection(3, line.dynamic(0), line.dynamic(1))),
    ]);
    expect(lines).toEqual(["4 k: c | k: b"]);
    expectRefused(
      [...steps, read(4, dynamicSection(3, line.dynamic(2)))],
      "QPACK_REFERENCE_INVALID",
      "QPACK_DECOMPRESSION_FAILED",
    );
  });

  test("QP-ENC-2 by one byte evicts one entry", () => {
    const steps = [stream(...three, capacity(101)), read(4, dynamicSection(3, line.dynamic(2)))];
    expectRefused(steps, "QPACK_REFERENCE_INVALID", "QPACK_DECOMPRESSION_FAILED");
  });

  test("QP-ENC-2 to 0 and up again: empty, and counting goes on", () => {
    const { lines } = agreed([
      stream(...three, capacity(0), capacity(102), insert.literal("k", "d")),
      read(4, dynamicSection(4, line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 k: d"]);
  });
});

describe("QP-ENC-3 an entry that is not there", () => {
  test.each([
    ["a name of an empty table", [capacity(4096)], insert.dynamic(0, "v")],
    ["a duplicate of an empty table", [capacity(4096)], insert.duplicate(0)],
    ["a name one too old", [capacity(4096), ...letters(97, 2)], insert.dynamic(2, "v")],
    ["a duplicate one too old", [capacity(4096), ...letters(97, 2)], insert.duplicate(2)],
    ["a name that was evicted", [capacity(68), ...letters(97, 3)], insert.dynamic(2, "v")],
    ["a duplicate that was evicted", [capacity(68), ...letters(97, 3)], insert.duplicate(2)],
    [
      "a duplicate behind a capacity of 0",
      [capacity(68), ...letters(97, 2), capacity(0), capacity(68)],
      insert.duplicate(0),
    ],
    ["2^32 behind", [capacity(68), ...letters(97, 2)], insert.duplicate(2 ** 32)],
  ])("QP-ENC-3 %s", (_name, before, wrong) => {
    expectRefused([stream(...before), stream(wrong)], "QPACK_ENCODER_INDEX_INVALID", ERROR);
  });
});

test("QP-ENC-4 index 0 is the newest, and moves with every insertion", () => {
  const { lines } = agreed([
    stream(
      capacity(4096),
      insert.literal("one", "1"),
      insert.literal("two", "2"),
      insert.dynamic(0, "of two"),
      insert.dynamic(2, "of one"),
      insert.duplicate(3),
      insert.duplicate(0),
    ),
    read(4, dynamicSection(6, ...[5, 4, 3, 2, 1, 0].map(line.dynamic))),
  ]);
  expect(lines).toEqual(["4 one: 1 | two: 2 | two: of two | one: of one | one: 1 | one: 1"]);
});

describe("QP-ENC-5 a duplicate of the entry that goes", () => {
  test("QP-ENC-5 in a table of one", () => {
    const { lines } = agreed([
      stream(capacity(34), insert.literal("a", "b"), insert.duplicate(0), insert.duplicate(0)),
      read(4, dynamicSection(3, line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 a: b"]);
  });

  test("QP-ENC-5 the oldest of three in a full table", () => {
    const { lines } = agreed([
      stream(capacity(102), ...letters(97, 3), insert.duplicate(2)),
      read(4, dynamicSection(4, ...[2, 1, 0].map(line.dynamic))),
    ]);
    expect(lines).toEqual(["4 k: b | k: c | k: a"]);
  });
});

test("QP-ENC-6 QP-TAB-6 hundreds of insertions leave what fits", () => {
  const many = Array.from({ length: 600 }, (_, at) => insert.literal("k", String(at)));
  const { lines } = agreed([
    stream(capacity(4096), ...many),
    read(4, octets(prefix(600), line.dynamic(0), line.dynamic(100))),
  ]);
  expect(lines).toEqual(["4 k: 599 | k: 499"]);
});

describe("the vectors of RFC 9204 appendix B", () => {
  const options = { maxTableCapacity: 220 };
  const B1 = [read(0, hex("0000510b2f696e6465782e68746d6c"))];
  const B2 = [
    stream(hex("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468")),
    read(4, hex("03811011")),
  ];
  const B3 = [stream(hex("4a637573746f6d2d6b65790c637573746f6d2d76616c7565"))];
  const B4 = [stream(hex("02")), read(8, hex("050080c181"))];
  const B5 = [stream(hex("810d637573746f6d2d76616c756532")), read(12, hex("0600 80"))];

  test("QP-FLD-2 QP-ENC-4 all five in order", () => {
    expect(agreed([...B1, ...B2, ...B3, ...B4, ...B5], options).lines).toEqual([
      "0 :path: /index.html",
      "4 :authority: www.example.com | :path: /sample/path",
      "8 :authority: www.example.com | :path: / | custom-key: custom-value",
      "12 custom-key: custom-value2",
    ]);
  });

  test("QP-PFX-6 the section of B.2 comes before its instructions", () => {
    expect(agreed([...[...B2].reverse(), ...B3, ...B4], options).lines).toEqual([
      "4 blocked",
      "4 :authority: www.example.com | :path: /sample/path",
      "8 :authority: www.example.com | :path: / | custom-key: custom-value",
    ]);
  });
});
