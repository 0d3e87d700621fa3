// The tables of QPACK (RFC 9204 section 3): the static one, and what the dynamic one holds, evicts and refuses. Titles carry the
// rows of the rule list.

import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { STATIC_TABLE } from "../../src/abi/qpack-static.js";
import { NaiveQpack } from "../helpers/naive/qpack.js";
import { NAIVE_STATIC } from "../helpers/naive/qpack-static.js";
import { agreed, expectRefused, read, stream } from "../helpers/qpack-drive.js";
import { dynamicSection, insert, line, octets, prefix, section } from "../helpers/qpack-wire.js";

const capacity = insert.capacity;
/** An entry of 34 bytes. */
const small = (name: string, value: string) => insert.literal(name, value);

describe("the static table", () => {
  test("QP-TAB-1 has the 99 entries of appendix A", () => {
    expect(STATIC_TABLE).toEqual(NAIVE_STATIC.flat());
    expect(NAIVE_STATIC).toHaveLength(99);
  });

  test("QP-TAB-1 each of them can be read, whole and as a name", () => {
    const whole = section(...NAIVE_STATIC.map((_, index) => line.static(index)));
    const names = section(...NAIVE_STATIC.map((_, index) => line.staticName(index, `v${index}`)));
    const linesOf = (id: number, valueAt: (at: number, value: string) => string) =>
      `${id} ${NAIVE_STATIC.map(([name, value], at) => `${name}: ${valueAt(at, value)}`).join(" | ")}`;
    expect(agreed([read(4, whole), read(8, names)]).lines).toEqual([
      linesOf(4, (_, value) => value),
      linesOf(8, (at) => `v${at}`),
    ]);
  });

  test.each([
    ["99, as picoquic read past its table", section([0xff, 0x24])],
    ["99 as a name", section(line.staticName(99, "v"))],
    ["100", section(line.static(100))],
    ["2^31", section(line.static(2 ** 31))],
    ["2^32 + 1, which is 1 in 32 bits", section(line.static(2 ** 32 + 1))],
    ["2^32 + 1 as a name", section(line.staticName(2 ** 32 + 1, "v"))],
  ])("QP-TAB-1 index %s", (_name, bytes) => {
    expectRefused([read(4, bytes)], "QPACK_INDEX_INVALID", "QPACK_DECOMPRESSION_FAILED");
  });

  test.each([99, 100, 2 ** 31, 2 ** 32 + 1])("QP-TAB-2 index %i on the encoder stream", (index) => {
    expectRefused(
      [stream(capacity(4096)), stream(insert.static(index, "v"))],
      "QPACK_ENCODER_INDEX_INVALID",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });

  test("QP-TAB-2 index 98 on the encoder stream", () => {
    const { lines } = agreed([
      stream(capacity(4096), insert.static(98, "v")),
      read(4, dynamicSection(1, line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 x-frame-options: v"]);
  });
});

test("QP-TAB-3 entries that are the same are entries of their own", () => {
  const { lines } = agreed([
    stream(capacity(4096), small("a", "b"), small("a", "b"), insert.duplicate(0)),
    read(4, dynamicSection(3, line.dynamic(0), line.dynamic(1), line.dynamic(2))),
  ]);
  expect(lines).toEqual(["4 a: b | a: b | a: b"]);
});

describe("QP-TAB-4 the size of an entry is name, value and 32", () => {
  const both = dynamicSection(2, line.dynamic(0), line.dynamic(1));
  test("QP-TAB-4 two of 34 in 68", () => {
    const steps = [stream(capacity(68), small("a", "b"), small("c", "d")), read(4, both)];
    expect(agreed(steps).lines).toEqual(["4 c: d | a: b"]);
  });

  test("QP-TAB-4 not in 67: the first was evicted", () => {
    const steps = [stream(capacity(67), small("a", "b"), small("c", "d"))];
    expect(agreed([...steps, read(4, dynamicSection(2, line.dynamic(0)))]).lines).toEqual([
      "4 c: d",
    ]);
    expectRefused(
      [...steps, read(4, both)],
      "QPACK_REFERENCE_INVALID",
      "QPACK_DECOMPRESSION_FAILED",
    );
  });

  test("QP-TAB-4 what the Huffman code saves does not count", () => {
    const coded = insert.literal("aaaaaaaa", "eeeeeeee", { huffman: true });
    agreed([stream(capacity(48), coded), read(4, dynamicSection(1, line.dynamic(0)))]);
    expectRefused(
      [stream(capacity(47)), stream(coded)],
      "QPACK_ENCODER_ENTRY_TOO_LARGE",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });

  test("QP-TAB-4 an empty name and an empty value take 32", () => {
    const steps = [
      stream(capacity(64), small("", ""), small("", "")),
      read(4, dynamicSection(2, line.dynamic(0), line.dynamic(1))),
    ];
    expect(agreed(steps).lines).toEqual(["4 :  | : "]);
  });
});

describe("QP-TAB-5 an entry that is larger than the capacity", () => {
  test.each([
    ["a literal", small("a", "bc")],
    ["a static name", insert.static(2, "")],
    ["a long value", insert.static(1, "v".repeat(9000))],
  ])("QP-TAB-5 %s", (_name, one) => {
    expectRefused(
      [stream(capacity(34)), stream(one)],
      "QPACK_ENCODER_ENTRY_TOO_LARGE",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });

  test("QP-TAB-5 one that is as large as the capacity replaces all others", () => {
    const { lines } = agreed([
      stream(capacity(34), small("a", "b"), small("c", "d")),
      read(4, dynamicSection(2, line.dynamic(0))),
    ]);
    expect(lines).toEqual(["4 c: d"]);
  });

  test("QP-TAB-5 also where others would have to be evicted", () => {
    expectRefused(
      [
        stream(capacity(69), small("a", "b"), small("c", "d")),
        stream(insert.dynamic(0, "v".repeat(37))),
      ],
      "QPACK_ENCODER_ENTRY_TOO_LARGE",
      "QPACK_ENCODER_STREAM_ERROR",
    );
  });
});

test("QP-TAB-6 a name whose entry the insertion itself evicts", () => {
  const { lines } = agreed([
    stream(capacity(34), small("a", "b"), insert.dynamic(0, "c")),
    read(4, dynamicSection(2, line.dynamic(0))),
    stream(capacity(80), insert.literal("long-name", "v"), insert.dynamic(0, "w".repeat(30))),
    read(8, dynamicSection(4, line.dynamic(0))),
  ]);
  expect(lines).toEqual(["4 a: c", `8 long-name: ${"w".repeat(30)}`]);
});

describe("QP-TAB-7 the capacity at the beginning", () => {
  test("QP-TAB-7 is 0: an insertion before Set Dynamic Table Capacity", () => {
    for (const one of [small("a", "b"), insert.static(1, ""), small("", "")])
      expectRefused([stream(one)], "QPACK_ENCODER_ENTRY_TOO_LARGE", "QPACK_ENCODER_STREAM_ERROR");
  });

  test("QP-TAB-7 may be given, as the qifs corpus has it", () => {
    const { lines } = agreed(
      [stream(small("a", "b")), read(4, octets(prefix(1, 1, 256), line.dynamic(0)))],
      { maxTableCapacity: 256, initialCapacity: 256 },
    );
    expect(lines).toEqual(["4 a: b"]);
  });

  test("QP-TAB-7 the first instruction sets it", () => {
    agreed([stream(capacity(34), small("a", "b")), read(4, dynamicSection(1, line.dynamic(0)))]);
  });
});

describe("QP-TAB-8 what the peer allows", () => {
  const fields = ["x-one", "value", "x-two", "value"];
  test.each(["eager", "safe", "static"] as const)(
    "QP-TAB-8 0: no instruction at all: %s",
    (strategy) => {
      const encoder = new QpackEncoder({ maxTableCapacity: 0, maxBlockedStreams: 100, strategy });
      for (let id = 0; id < 40; id += 4) encoder.encode(id, fields);
      expect(encoder.takeEncoderStream()).toHaveLength(0);
    },
  );

  test.each([1, 31, 32, 33, 100, 220, 4096, 65_536])(
    "QP-TAB-8 never more than %i",
    (maxTableCapacity) => {
      const encoder = new QpackEncoder({
        maxTableCapacity,
        maxBlockedStreams: 100,
        strategy: "eager",
      });
      const peer = new NaiveQpack({ maxTableCapacity, maxBlockedStreams: 100 });
      for (let id = 0; id < 200; id += 4) {
        const bytes = encoder.encode(id, [...fields, `x-${id}`, "v".repeat(id)]);
        expect(peer.encoderStream(encoder.takeEncoderStream())).toBeNull();
        expect(peer.capacity).toBeLessThanOrEqual(maxTableCapacity);
        const outcome = peer.section(id, bytes);
        expect("fields" in outcome && outcome.fields.map(({ name }) => name)).toEqual([
          "x-one",
          "x-two",
          `x-${id}`,
        ]);
      }
    },
  );
});
