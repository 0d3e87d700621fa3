// QpackReader, which the connection reads with: verdicts, what stays good of a section when another reader uses the engine,
// counts beyond 2^32.

import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import { FieldBlock } from "../../src/abi/field-memory.js";
import { SectionFlag } from "../../src/abi/field-tape.js";
import { H3Block } from "../../src/abi/h3-memory.js";
import { type FieldSection, QpackReader } from "../../src/codec/qpack-reader.js";
import { decode, decoded, readerOf, SETTINGS } from "../helpers/qpack-read.js";
import {
  acknowledge,
  insert,
  line,
  octets,
  prefix,
  rawPrefix,
  section,
} from "../helpers/qpack-wire.js";

const GET = [line.static(17), line.static(23), line.static(1)];

describe("a section", () => {
  test("is given from a range, with its pseudo-fields, fields and sensitive names", () => {
    const reader = readerOf(insert.literal("x-table", "1"));
    const bytes = octets(
      [0xee, 0xee],
      prefix(1),
      ...GET,
      line.staticName(0, "example.com"),
      line.dynamic(0),
      line.literal("x-secret", "s", { never: true }),
      [0xee],
    );
    const result = reader.decode(4, bytes, 2, bytes.length - 1, 7) as FieldSection;
    expect(result.fault).toBe(ErrorCode.NONE);
    expect([result.method, result.scheme, result.authority, result.path]).toEqual([
      "GET",
      "https",
      "example.com",
      "/",
    ]);
    expect(result.rawHeaders).toEqual(["x-table", "1", "x-secret", "s"]);
    expect(result.sensitiveNames).toEqual(["x-secret"]);
    expect(result.blockLength).toBe(bytes.length - 3);
    expect(result.fieldCount).toBe(6);
    expect(result.head("request").httpVersion).toBe("3");
    expect(result.head("response").httpVersion).toBe("3");
    expect(result.view("request").httpVersion).toBe("3");
    expect(result.view("request").keep().isSensitive("X-Secret")).toBe(true);
  });

  test.each<[string, number[][], keyof typeof ErrorCode, number]>([
    ["a name in upper case", [line.literal("X", "1")], "H2_FIELD_NAME_INVALID", 2],
    [
      "a line feed in a value",
      [line.static(17), line.literal("x", "a\nb")],
      "H2_FIELD_VALUE_INVALID",
      3,
    ],
    ["connection", [line.literal("connection", "close")], "H2_CONNECTION_FIELD", 2],
    [
      "a pseudo-field behind a field",
      [line.literal("x", "1"), line.static(17)],
      "H2_PSEUDO_MISPLACED",
      6,
    ],
    ["a pseudo-field twice", [line.static(17), line.static(20)], "H2_PSEUDO_REPEATED", 3],
    ["an unknown one", [line.literal(":x", "1")], "H2_PSEUDO_UNKNOWN", 2],
    ["status 101", [line.staticName(24, "101")], "H2_STATUS_SWITCHING", 2],
  ])("has its verdict: %s", (_name, lines, fault, at) => {
    const result = decoded(readerOf(), section(...lines));
    expect([ErrorCode[result.fault], result.faultAt]).toEqual([fault, at]);
  });

  test("verdicts of entries are those of their insertion, by name and by value", () => {
    const reader = readerOf(
      insert.literal("X", "1"),
      insert.literal("x", "a\u007f"),
      insert.dynamic(1, "2"),
      insert.duplicate(1),
      insert.literal("te", "gzip"),
      insert.dynamic(0, "trailers"),
    );
    const fault = (...lines: number[][]) =>
      ErrorCode[decoded(reader, octets(prefix(6), ...lines)).fault];
    expect(fault(line.dynamic(5))).toBe("H2_FIELD_NAME_INVALID");
    expect(fault(line.dynamic(4))).toBe("H2_FIELD_VALUE_INVALID");
    expect(fault(line.dynamic(3))).toBe("H2_FIELD_NAME_INVALID");
    expect(fault(line.dynamic(2))).toBe("H2_FIELD_VALUE_INVALID");
    expect(fault(line.dynamic(1))).toBe("H2_TE_INVALID");
    expect(fault(line.dynamic(0))).toBe("NONE");
    expect(fault(line.dynamicName(4, "good"))).toBe("NONE");
    expect(fault(line.dynamicName(0, "bad"))).toBe("H2_TE_INVALID");
    expect(fault(line.dynamicName(5, "any"))).toBe("H2_FIELD_NAME_INVALID");
  });

  test("above a limit it has the fields in front of it, and is acknowledged all the same", () => {
    const reader = readerOf(insert.literal("big", "v".repeat(2000)));
    const many = octets(prefix(1), line.literal("a", "1"), ...Array(100).fill(line.dynamic(0)));
    const large = decoded(reader, many);
    expect(large.flags & SectionFlag.TooLarge).not.toBe(0);
    expect(large.fieldCount).toBe(1 + Math.floor((65_536 - 34) / 2035));
    expect(large.rawHeaders).toHaveLength(2 * large.fieldCount);
    expect(large.faultAt).toBe(2 + 4 + large.fieldCount - 1);
    expect([...(reader.takeDecoderStream() ?? [])]).toEqual(acknowledge.section(0));
    const count = decoded(reader, octets(prefix(1), ...Array(201).fill(line.static(2))));
    expect(count.flags & (SectionFlag.TooMany | SectionFlag.TooLarge)).toBe(SectionFlag.TooMany);
    expect([count.fieldCount, count.faultAt]).toEqual([200, 202]);
  });
});

describe("two readers of one engine", () => {
  const bytes = (name: string) =>
    octets(
      prefix(1),
      line.static(17),
      line.dynamic(0),
      line.literal(name, "value of a literal", { never: true }),
    );

  test.each(["decode", "receiveEncoderStream"] as const)(
    "a section stays good while another reader calls %s",
    (call) => {
      const outer = readerOf(insert.literal("x-outer", "outer"));
      const inner = readerOf(insert.literal("x-inner", "inner"));
      const held = decoded(outer, bytes("x-a"));
      if (call === "decode") {
        const other = decoded(inner, bytes("x-b"));
        expect(other).not.toBe(held);
        expect(other.rawHeaders).toEqual(["x-inner", "inner", "x-b", "value of a literal"]);
      } else {
        inner.receiveEncoderStream(octets(insert.literal("x-more", "more".repeat(50))));
      }
      expect(held.method).toBe("GET");
      expect(held.rawHeaders).toEqual(["x-outer", "outer", "x-a", "value of a literal"]);
      expect(held.sensitiveNames).toEqual(["x-a"]);
      expect(held.pseudoOrder()).toEqual([":method"]);
    },
  );

  test("done() says that nobody reads it any more", () => {
    const outer = readerOf(insert.literal("x-outer", "outer"));
    const inner = readerOf(insert.literal("x-inner", "inner"));
    const first = decoded(outer, bytes("x-a"));
    outer.done();
    expect(decoded(inner, bytes("x-b"))).toBe(first);
    outer.done(); // not its own any more
    expect(decoded(outer, bytes("x-c"))).not.toBe(first);
    expect(first.rawHeaders).toEqual(["x-inner", "inner", "x-b", "value of a literal"]);
  });
});

/** A reader whose table has a history. */
class OldReader extends QpackReader {
  /** Says that so many entries were inserted before, all of them evicted. */
  setInsertions(count: bigint): void {
    const instance = this.place();
    const words = this.block >> 2;
    instance.i32[words + H3Block.Total] = Number(BigInt.asIntN(32, count));
    instance.i32[words + H3Block.TotalHigh] = Number(BigInt.asIntN(32, count >> 32n));
    instance.i32[words + FieldBlock.Inserted] = Number(BigInt.asIntN(32, count));
    this.insertions = Number(count);
  }
}

describe("QP-PFX-1 QP-PFX-3 counts of insertions beyond 2^32", () => {
  // A range that is no power of two: the remainder of the whole count matters.
  const maxTableCapacity = 3200;
  const prefixOf = (required: bigint, delta = 0) => rawPrefix(Number(required % 200n) + 1, delta);

  test.each([2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 40n + 12_345n, 2n ** 52n])(
    "around %i: entries, references, sections that wait",
    (around) => {
      const reader = new OldReader({
        ...SETTINGS,
        maxTableCapacity,
        initialCapacity: maxTableCapacity,
      });
      const first = around - 5n;
      reader.setInsertions(first);
      const late = octets(prefixOf(around + 5n), line.dynamic(0));
      expect(decode(reader, late, 4)).toBe(false);
      for (let i = 1; i <= 10; i++) {
        reader.receiveEncoderStream(octets(insert.literal("n", String(i)), insert.duplicate(0)));
        const unblocked = reader.nextUnblocked();
        expect(unblocked?.rawHeaders ?? null).toEqual(i === 5 ? ["n", "5"] : null);
        expect(reader.nextUnblocked()).toBeNull();
        const total = first + BigInt(2 * i);
        expect(reader.insertions).toBe(Number(total));
        const lines = [line.dynamic(0), line.dynamic(2 * i - 1), line.dynamicName(1, "x")];
        const fields = decoded(reader, octets(prefixOf(total), ...lines)).rawHeaders;
        expect(fields).toEqual(["n", String(i), "n", "1", "n", "x"]);
        if (i === 1) continue;
        const base = [1, true] as const; // two below the count
        const code = Number(total % 200n) + 1;
        const below = octets(rawPrefix(code, ...base), line.postBase(1), line.dynamic(0));
        expect(decoded(reader, below).rawHeaders).toEqual(["n", String(i), "n", String(i - 1)]);
      }
    },
  );
});
