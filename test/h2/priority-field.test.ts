// Priority values (RFC 9218 section 4) as dictionaries of RFC 8941: tables, and a parser written the slow
// way, character by character, that says the same of anything.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPriority, parsePriority } from "../../src/codec/priority-field.js";

/** "3", "3i", or null where it is no dictionary. */
function say(value: string): string | null {
  const priority = parsePriority(value);
  return priority === null ? null : `${priority.urgency}${priority.incremental ? "i" : ""}`;
}

describe("values", () => {
  test.each<[string, string | null]>([
    ["", "3"],
    ["   ", "3"],
    ["u=0", "0"],
    ["u=7", "7"],
    ["i", "3i"],
    ["i=?1", "3i"],
    ["i=?0", "3"],
    ["u=1, i", "1i"],
    ["u=1,i", "1i"],
    ["i,u=2", "2i"],
    [" u=5 \t,\t i  ", "5i"],
    ["u=1, u=6", "6"],
    ["i, i=?0", "3"],
    ['u=4;a;b=2;c="x", i;q=?0', "4i"],
    ["u=-0", "0"],
  ])("PU-004 PU-005 %j", (value, priority) => {
    expect(say(value)).toBe(priority);
  });

  test.each<[string, string]>([
    ["u=8", "3"],
    ["u=-1", "3"],
    ["u=999999999999999", "3"],
    ["u=1.0", "3"],
    ['u="1"', "3"],
    ["u=a", "3"],
    ["u=:MQ==:", "3"],
    ["u=?1", "3"],
    ["u", "3"],
    ["u=(1 2)", "3"],
    ["u=()", "3"],
    ["u=1, u=x", "3"],
    ["i=1", "3"],
    ['i="?1"', "3"],
    ["i=(?1)", "3"],
    ["i, i=x", "3"],
    ["i=?1;x=?0, u=2", "2i"],
    ['urgency=1, foo="b,a\\\\r\\"", *x=(1 a;b=2 "c");d, u=2, i', "2i"],
    ["U-=1".toLowerCase(), "3"],
  ])("PU-004 unknown, out of range and of another type is ignored: %j", (value, priority) => {
    expect(say(value)).toBe(priority);
  });

  test.each([
    "u=1,",
    ",u=1",
    "u=1,,i",
    "u=1 i",
    "u=",
    "u= 1",
    "u =1",
    "=1",
    "U=1",
    "1=u",
    "u=1;",
    "u=1;A",
    "u=1;a=",
    "u=1;a=(1)",
    "u=(1",
    "u=(1,2)",
    "u=(1 2",
    "u=(1\t2)",
    "u=((1))",
    "u=1.",
    "u=1.1234",
    "u=1234567890123.1",
    "u=1234567890123456",
    "u=-",
    "u=--1",
    "u=+1",
    'u="',
    'u="a',
    'u="\\a"',
    'u="\x7f"',
    'u="\xe9"',
    "u=:a",
    "u=:a b:",
    "u=?2",
    "u=?",
    "u=@1",
    "\tu=1",
    "u=1\r\n",
    "u=1\0",
    "\xfc=1",
  ])("PU-005 PU-006 no dictionary, which says nothing: %j", (value) => {
    expect(say(value)).toBeNull();
  });
});

describe("properties", () => {
  const pieces = fc.constantFrom(
    ...["u", "i", "a", "*", "=", ",", ";", " ", "\t", "(", ")", "?0", "?1", "1", "9", "-", "."],
    ...['"', "\\", ":", "/", "A", "_", "\x7f", "\xe9", "u=1", "i=?1", '"x"', "123456"],
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 20 }).map((all) => all.join("")),
    fc.string({ unit: "binary", maxLength: 12 }),
  );

  test("PU-004 PU-005 the same as a parser character by character", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(say(text)).toBe(naive(text));
      }),
      { numRuns: 5000 },
    );
  });

  test("PU-004 what is written is read", () => {
    for (let urgency = 0; urgency <= 7; urgency++) {
      for (const incremental of [false, true]) {
        const priority = { urgency, incremental };
        expect(parsePriority(formatPriority(priority))).toEqual(priority);
      }
    }
  });

  test.each([-1, 8, 1.5, Number.NaN, "1" as unknown as number])(
    "urgency %s is refused",
    (urgency) => {
      expect(() => formatPriority({ urgency, incremental: false })).toThrow("H2_PRIORITY_INVALID");
    },
  );

  test("PU-005 a long value takes linear time: no character is looked at often", () => {
    // Each of these would make a backtracking expression try every split.
    for (const part of ["a,", "a;b", "a=(1 1 1)", '"', "1", "  ", "a=1;a;a;"]) {
      const value = `${part.repeat(20_000)}!`;
      expect(parsePriority(value)).toBeNull();
    }
  });
});

/** The algorithm of RFC 8941 section 4.2, read aloud. Throws where it says "fail parsing". */
class Naive {
  constructor(public rest: string) {}

  next(): string {
    return this.rest[0] ?? "";
  }

  take(): string {
    const character = this.next();
    if (character === "") throw new Error("end");
    this.rest = this.rest.slice(1);
    return character;
  }

  skip(characters: string): void {
    while (this.next() !== "" && characters.includes(this.next())) this.take();
  }

  isIn(set: RegExp): boolean {
    return this.next() !== "" && set.test(this.next());
  }

  expect(set: RegExp): string {
    if (!this.isIn(set)) throw new Error(`not ${set}`);
    return this.take();
  }

  key(): string {
    let key = this.expect(/[a-z*]/);
    while (this.isIn(/[a-z0-9_\-.*]/)) key += this.take();
    return key;
  }

  item(): unknown {
    if (this.isIn(/[-0-9]/)) return this.number();
    if (this.next() === '"') return this.string();
    if (this.isIn(/[A-Za-z*]/)) {
      while (this.isIn(/[!#$%&'*+\-.^_`|~0-9A-Za-z:/]/)) this.take();
      return "token";
    }
    if (this.next() === ":") {
      this.take();
      while (this.next() !== ":") this.expect(/[A-Za-z0-9+/=]/);
      this.take();
      return "bytes";
    }
    this.expect(/\?/);
    return this.expect(/[01]/) === "1";
  }

  number(): unknown {
    const sign = this.next() === "-" ? this.take() : "";
    let whole = this.expect(/[0-9]/);
    while (this.isIn(/[0-9]/)) whole += this.take();
    if (this.next() !== ".") {
      if (whole.length > 15) throw new Error("too long");
      return Number(sign + whole);
    }
    if (whole.length > 12) throw new Error("too long");
    this.take();
    let fraction = this.expect(/[0-9]/);
    while (this.isIn(/[0-9]/)) fraction += this.take();
    if (fraction.length > 3) throw new Error("too long");
    return "decimal";
  }

  string(): unknown {
    this.take();
    for (;;) {
      const character = this.expect(/[\x20-\x7e]/);
      if (character === '"') return "string";
      if (character === "\\") this.expect(/["\\]/);
    }
  }

  parameters(): void {
    while (this.next() === ";") {
      this.take();
      this.skip(" ");
      this.key();
      if (this.next() !== "=") continue;
      this.take();
      this.item();
    }
  }

  innerList(): void {
    this.take();
    for (;;) {
      this.skip(" ");
      if (this.next() === ")") break;
      this.item();
      this.parameters();
      if (!this.isIn(/[ )]/)) throw new Error("no end of an item");
    }
    this.take();
  }

  dictionary(): Map<string, unknown> {
    const members = new Map<string, unknown>();
    this.skip(" ");
    while (this.rest !== "") {
      const key = this.key();
      let value: unknown = true;
      if (this.next() === "=") {
        this.take();
        if (this.next() === "(") {
          this.innerList();
          value = "list";
        } else value = this.item();
      }
      this.parameters();
      members.set(key, value);
      this.skip(" \t");
      if (this.rest === "") break;
      this.expect(/,/);
      this.skip(" \t");
      if (this.rest === "") throw new Error("a comma at the end");
    }
    return members;
  }
}

function naive(text: string): string | null {
  let members: Map<string, unknown>;
  try {
    members = new Naive(text).dictionary();
  } catch {
    return null;
  }
  const u = members.get("u");
  const urgency = typeof u === "number" && u >= 0 && u <= 7 ? Math.abs(u) : 3;
  return `${urgency}${members.get("i") === true ? "i" : ""}`;
}
