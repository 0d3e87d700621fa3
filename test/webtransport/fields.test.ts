// The structured fields of WebTransport (RFC 8941): lists of strings, one string, a dictionary of integers; and what is none of
// these.

import fc from "fast-check";
import type { Fields } from "tercet";
import { describe, expect, test } from "vitest";
import {
  chosenProtocol,
  initField,
  offeredProtocols,
  protocolField,
} from "../../src/connection/webtransport-fields.js";

/** A head that has one field. */
const head = (name: string, value: string): Fields =>
  ({ get: (asked: string) => (asked === name ? value : null) }) as Fields;
const offered = (value: string) => offeredProtocols(head("wt-available-protocols", value));
const chosen = (value: string, takesToken = false) =>
  chosenProtocol(head("wt-protocol", value), takesToken);
const init = (value: string) => initField(head("webtransport-init", value));

describe("WT-Available-Protocols", () => {
  test.each<[string, string[]]>([
    ['"a"', ["a"]],
    ['"a", "b"', ["a", "b"]],
    ['  "a" ,\t"b"  ', ["a", "b"]],
    ['"a,b","c"', ["a,b", "c"]],
    ['"a\\"b\\\\c"', ['a"b\\c']],
    ['"a";x, "b";y=1;z="t;,", "c"; w=?1', ["a", "b", "c"]],
    ['"a";q=0.5;r=:YQ==:;s=tok/en', ["a"]],
    ['""', [""]],
    ["", []],
    ["   ", []],
  ])("%s", (value, protocols) => {
    expect(offered(value)).toEqual(protocols);
  });

  // One value that is no string, and the whole field is ignored.
  test.each([
    "a",
    '"a", b',
    '"a" "b"',
    '"a",',
    ',"a"',
    '"a',
    '"a\\x"',
    '("a")',
    "1",
    '"ü"',
    '"a";',
    '"a";X',
    '"a";x=',
    '"a"; x=é',
  ])("%s is none", (value) => {
    expect(offered(value)).toEqual([]);
  });
});

describe("WT-Protocol", () => {
  test.each<[string, string | null]>([
    ['"a"', "a"],
    ['"a";x=1', "a"],
    ['"a", "b"', null],
    ["a", null],
    ["", null],
  ])("%s", (value, protocol) => {
    expect(chosen(value)).toBe(protocol);
  });

  test("a token where the peer writes strings so", () => {
    expect(chosen("h3-x/1", true)).toBe("h3-x/1");
    expect(chosen('"a b"', true)).toBe("a b");
    expect(chosen("a b", true)).toBe(null);
  });
});

describe("what we send", () => {
  test.each(["", "\n", "ü", 1 as never])("%j is no protocol", (value) => {
    expect(() => protocolField(value)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });

  test("everything that a string holds comes back", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (list) => {
        expect(offered(list.map((one) => protocolField(one)).join(", "))).toEqual(list);
        expect(chosen(protocolField(list[0] as string))).toBe(list[0]);
        expect(chosen(protocolField(list[0] as string, true), true)).toBe(list[0]);
      }),
    );
  });
});

describe("WebTransport-Init", () => {
  test.each<[string, object | null]>([
    ["", {}],
    ["u=1", { u: 1 }],
    ["u=1, bl=2,br=3", { u: 1, bl: 2, br: 3 }],
    ['u=1;x=2, other=?0, flag, list="a,b", bl=0', { u: 1, bl: 0 }],
    ["u=1, u=5", { u: 5 }],
    ["u=999999999999999", { u: 999_999_999_999_999 }],
    ["u=1000000000000000", null],
    ["u", null],
    ["u=-1", null],
    ["u=1.0", null],
    ["u=a", null],
    ['u="1"', null],
    ["u=1 bl=2", null],
    ["u=1,", null],
    ["=1", null],
    ["U=1", null],
  ])("%s", (value, members) => {
    expect(init(value)).toEqual(members);
  });

  test("any text gives an answer", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (value) => {
        init(value);
        offered(value);
        chosen(value, true);
      }),
    );
  });

  test("long fields take no longer than they are", () => {
    const long = `"a"${";x=1".repeat(20_000)}`;
    expect(offered(long)).toEqual(["a"]);
    expect(offered(`${long};`)).toEqual([]);
    expect(offered(`"${"\\\\".repeat(30_000)}`)).toEqual([]);
    expect(init(`u=1${", x=1".repeat(20_000)}`)).toEqual({ u: 1 });
    expect(init(`u=1${";x=1".repeat(20_000)}!`)).toBe(null);
  });
});
