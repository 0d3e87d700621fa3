// What the engine notes about the fields of HTTP/2 while it decodes a block: the first violation of RFC 9113 sections 8.2 and 8.3
// that needs no knowledge of the stream, and which fields occur. Each row as a literal, as an entry that was inserted by an
// earlier block, and as a name of an earlier block with a new value: verdicts are computed once and kept.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/abi/error-code.js";
import { FIELD_STAGE, FIELD_TAPE, FieldConfig } from "../../src/abi/field-memory.js";
import { SectionFlag, SectionRecord } from "../../src/abi/field-tape.js";
import { H2Instance } from "../../src/engine/h2-instance.js";
import { huffman, incremental, indexed, raw, without } from "../helpers/hpack-wire.js";

const instance = new H2Instance();
const config = new Uint32Array(FieldConfig.Size);
config[FieldConfig.FieldSectionLength] = 65_536;
config[FieldConfig.FieldCount] = 200;

interface Verdict {
  fault: ErrorName | "NONE";
  at: number;
  flags: number;
}

/** The verdict on the last of some blocks of one connection. */
function verdictOf(...blocks: number[][]): Verdict {
  const owner = {};
  const block = instance.lease(owner, config, 4096);
  const { i32, u8, exports } = instance;
  const tape = FIELD_TAPE >> 2;
  for (const octets of blocks) {
    u8.set(octets, FIELD_STAGE);
    exports.decode(block, FIELD_STAGE, octets.length);
  }
  instance.release(block);
  const fault = i32[tape + SectionRecord.Fault] as number;
  return {
    fault: ErrorCode[fault] as ErrorName | "NONE",
    at: i32[tape + SectionRecord.FaultAt] as number,
    flags: i32[tape + SectionRecord.Flags] as number,
  };
}

/** A literal with Huffman-coded strings. */
const coded = (name: string, value: string) => [0, ...huffman(name), ...huffman(value)];

/** The fault of one field, in all forms that it can have; they must agree. */
function faultOf(name: string, value: string): string {
  const forms: number[][][] = [
    [without(name, value)],
    [coded(name, value)],
    [incremental(name, value)],
    [incremental(name, value), indexed(62)],
    [incremental(name, "x"), without(62, value)],
    [incremental(name, "x"), incremental(62, value), indexed(62)],
    [incremental(name, "x"), [0x0f, 62 - 15, ...huffman(value)]],
  ];
  const faults = forms.map((blocks) => verdictOf(...blocks).fault);
  expect(new Set(faults), `${JSON.stringify(name)}: ${faults}`).toHaveProperty("size", 1);
  return faults[0] as string;
}

const octetsWhere = (wanted: (octet: number) => boolean) =>
  Array.from({ length: 256 }, (_, octet) => octet).filter(wanted);
const char = String.fromCharCode;

describe("names", () => {
  const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]$/;

  test("H2-165 an empty name", () => {
    expect(faultOf("", "v")).toBe("H2_FIELD_NAME_INVALID");
  });

  test("H2-166 H2-167 H2-168 H2-170 H2-174 every octet that is no token character, and upper case, anywhere in a name", () => {
    for (const octet of octetsWhere((one) => !NAME.test(char(one)) && one !== 0x3a)) {
      for (const name of [
        `${char(octet)}bc`,
        `a${char(octet)}c`,
        `ab${char(octet)}`,
        `${"n".repeat(17)}${char(octet)}`,
      ])
        expect(faultOf(name, "v"), `octet ${octet}`).toBe("H2_FIELD_NAME_INVALID");
    }
  });

  test("H2-170 every token character in lower case", () => {
    for (const octet of octetsWhere((one) => NAME.test(char(one))))
      expect(faultOf(`x${char(octet)}`, "v"), `octet ${octet}`).toBe("NONE");
  });

  test.each(["a:", "a:b", "host:", "x:path", "content-length:"])(
    "H2-169 a colon inside: %s",
    (name) => {
      expect(faultOf(name, "v")).toBe("H2_FIELD_NAME_INVALID");
    },
  );

  test.each([
    ":",
    ":unknown",
    "::path",
    ":pat",
    ":path ".trim().concat("s"),
    ":methods",
    ":host",
    ":authorit",
  ])("H2-181 an undefined pseudo-field: %s", (name) => {
    expect(faultOf(name, "v")).toBe("H2_PSEUDO_UNKNOWN");
  });

  test("H2-167 a pseudo-field in upper case, or with an octet of no name", () => {
    for (const name of [":Path", ":METHOD", ":pa th", ":path\0"])
      expect(faultOf(name, "v")).toBe("H2_FIELD_NAME_INVALID");
  });

  test.each([
    ...["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"],
    "http2-settings",
  ])("H2-175 H2-177 %s is a field of a connection", (name) => {
    expect(faultOf(name, "x")).toBe("H2_CONNECTION_FIELD");
    expect(faultOf(`${name}s`, "x")).toBe("NONE");
    expect(faultOf(name.slice(1), "x")).toBe("NONE");
  });

  test("H2-175 transfer-encoding of the static table", () => {
    expect(verdictOf(indexed(57)).fault).toBe("H2_CONNECTION_FIELD");
    expect(verdictOf(without(57, "chunked")).fault).toBe("H2_CONNECTION_FIELD");
  });
});

describe("values", () => {
  const spoils = (octet: number) => octet === 0x7f || (octet < 0x20 && octet !== 9);

  test("H2-171 H2-173 every octet anywhere in a value: NUL, CR, LF, other controls and DEL are refused", () => {
    for (const octet of octetsWhere(() => true)) {
      const expected = spoils(octet) ? "H2_FIELD_VALUE_INVALID" : "NONE";
      for (const value of [`a${char(octet)}c`, `${"v".repeat(20)}${char(octet)}${"v".repeat(3)}`])
        expect(faultOf("x", value), `octet ${octet}`).toBe(expected);
    }
  });

  test.each([" v", "v ", "\tv", "v\t", " ", "\t"])("H2-172 blanks at an end: %j", (value) => {
    expect(faultOf("x", value)).toBe("H2_FIELD_VALUE_INVALID");
  });

  test("H2-171 in pseudo-fields, too", () => {
    for (const name of [":method", ":path", ":scheme", ":authority", ":status", ":protocol"])
      for (const value of ["a\0", "a\nb", "a\r", " a", "a "])
        expect(faultOf(name, value)).toBe("H2_FIELD_VALUE_INVALID");
  });

  const METHOD = "H2_METHOD_INVALID";
  const SCHEME = "H2_SCHEME_INVALID";
  const PATH = "H2_PATH_INVALID";
  const AUTHORITY = "H2_AUTHORITY_INVALID";
  const STATUS = "H2_STATUS_INVALID";
  const LENGTH = "H2_CONTENT_LENGTH_INVALID";
  test.each<[string, string, string, string[], string[]]>([
    [
      "H2-188 :method",
      ":method",
      METHOD,
      ["GET", "M-SEARCH", "x!"],
      ["", "GE T", "GET/", "G\u00e9T", "a,b"],
    ],
    [
      "H2-189 :scheme",
      ":scheme",
      SCHEME,
      ["http", "a+b.c-1"],
      ["", "1http", "ht tp", "http:", "h/t"],
    ],
    [
      "H2-187 :path",
      ":path",
      PATH,
      [
        ...["/", "*", "/a?b=c", "/%41", "/a/b;c@d:e", "/?[]^`{|}", "", "//", "/a?%20", "other"],
        `/${"p".repeat(100)}?${"q".repeat(100)}`,
      ],
      ["/a b", "/\u00e9", "/a#b", "/[", "/{a}?b", "/%4", "/%zz", "/%", "/a?%1", "/<", '/"', "/\\"],
    ],
    [
      "H2-190 H2-191 :authority",
      ":authority",
      AUTHORITY,
      ["a", "example.com:443", "[::1]:80", "127.0.0.1", "a:", "%41", "xn--e1afmkfd", "[v1.a]"],
      [
        ...[
          "",
          "u@a",
          "u:p@a",
          "a:b",
          "a:65536",
          "a/b",
          "a?b",
          "[::1",
          "::1",
          "a b",
          "\u00e9",
          ":80",
        ],
        ...["[1::2::3]", "a:80:80", "%4"],
      ],
    ],
    ["H2-191 host", "host", AUTHORITY, ["a", "a:1"], ["", "u@a", "a,b", "a:b", "http://a"]],
    [
      "H2-194 :status",
      ":status",
      STATUS,
      ["100", "200", "599", "103"],
      ["", "99", "600", "000", "2000", "20x", "+20", "1e2"],
    ],
    [
      ":protocol",
      ":protocol",
      "H2_PROTOCOL_INVALID",
      ["websocket", "connect-udp"],
      ["", "a b", "a/b"],
    ],
    [
      "H2-161 content-length",
      "content-length",
      LENGTH,
      ["0", "42", "007", "9".repeat(30)],
      ["", "+1", "-1", "1,1", "1.0", "0x1", "a"],
    ],
    [
      "H2-176 te",
      "te",
      "H2_TE_INVALID",
      ["trailers"],
      ["", "trailer", "Trailers", "trailers, gzip", "gzip", "trailers;q=1"],
    ],
  ])("%s", (_title, name, fault, good, bad) => {
    for (const value of good) expect([value, faultOf(name, value)]).toEqual([value, "NONE"]);
    for (const value of bad) expect([value, faultOf(name, value)]).toEqual([value, fault]);
  });

  test("H2-164 :status 101", () => {
    expect(faultOf(":status", "101")).toBe("H2_STATUS_SWITCHING");
  });

  test("H2-186 H2-187 forms of :path", () => {
    const forms = SectionFlag.PathAsterisk | SectionFlag.PathEmpty | SectionFlag.PathOther;
    const form = (value: string) =>
      verdictOf(incremental(":path", value), indexed(62)).flags & forms;
    expect(form("/")).toBe(0);
    expect(form("/*")).toBe(0);
    expect(form("*")).toBe(SectionFlag.PathAsterisk);
    expect(form("")).toBe(SectionFlag.PathEmpty);
    for (const value of ["**", "a/b", "?a", "http://a/"])
      expect(form(value)).toBe(SectionFlag.PathOther);
    expect(verdictOf(indexed(4)).flags & forms).toBe(0);
  });

  test("H2-191 entries of the static table that need a value", () => {
    expect(verdictOf(indexed(1)).fault).toBe(AUTHORITY);
    expect(verdictOf(indexed(38)).fault).toBe(AUTHORITY);
    expect(verdictOf(indexed(28)).fault).toBe(LENGTH);
    for (let index = 2; index <= 61; index++)
      if (![28, 38, 57].includes(index))
        expect([index, verdictOf(indexed(index)).fault]).toEqual([index, "NONE"]);
  });
});

describe("order and repetition", () => {
  const HEAD = [...indexed(2), ...indexed(7), ...indexed(4)];

  test("H2-183 a pseudo-field behind another field", () => {
    const verdict = verdictOf([...indexed(2), ...without("a", "1"), ...indexed(4)]);
    expect(verdict).toMatchObject({ fault: "H2_PSEUDO_MISPLACED", at: 6 });
    expect(verdictOf([...without("cookie", "1"), ...indexed(2)]).fault).toBe("H2_PSEUDO_MISPLACED");
    expect(verdictOf(incremental("a", "1"), [...indexed(62), ...indexed(2)]).at).toBe(1);
    expect(verdictOf([...HEAD, ...without("a", "1")]).fault).toBe("NONE");
  });

  test.each([2, 6, 4, 8])("H2-184 static entry %i twice", (index) => {
    expect(verdictOf([...indexed(index), ...indexed(index)])).toMatchObject({
      fault: "H2_PSEUDO_REPEATED",
      at: 1,
    });
  });

  test("H2-184 the same with another value, and by another form", () => {
    expect(verdictOf([...indexed(2), ...indexed(3)]).fault).toBe("H2_PSEUDO_REPEATED");
    expect(verdictOf([...without(":protocol", "a"), ...without(":protocol", "b")]).fault).toBe(
      "H2_PSEUDO_REPEATED",
    );
    expect(verdictOf([...without(":authority", "a"), ...without(1, "b")]).fault).toBe(
      "H2_PSEUDO_REPEATED",
    );
  });

  test("the first violation is kept, with the offset of its representation", () => {
    const block = [...HEAD, ...without("A", "1"), ...without("a", "\0"), ...indexed(2)];
    expect(verdictOf(block)).toMatchObject({ fault: "H2_FIELD_NAME_INVALID", at: 3 });
  });

  test("H2-161 a second content-length is refused, whatever it says", () => {
    const block = [...HEAD, ...without(28, "5"), ...without("content-length", "5")];
    expect(verdictOf(block)).toMatchObject({ fault: "H2_CONTENT_LENGTH_INVALID", at: 7 });
  });

  test("what occurs is said by flags", () => {
    const flags = (...fields: number[][]) => verdictOf(fields.flat()).flags;
    expect(flags(HEAD)).toBe(SectionFlag.Method | SectionFlag.Scheme | SectionFlag.Path);
    expect(flags(indexed(8))).toBe(SectionFlag.Status);
    expect(flags(without(":authority", "a"))).toBe(SectionFlag.Authority);
    expect(flags(without(":protocol", "a"))).toBe(SectionFlag.Protocol);
    expect(flags(without("host", "a"))).toBe(SectionFlag.Host);
    expect(flags(without("host", "a"), without(38, "a"))).toBe(
      SectionFlag.Host | SectionFlag.HostRepeated,
    );
    expect(flags(without(28, "1"))).toBe(SectionFlag.ContentLength);
    expect(flags(without("te", "trailers"))).toBe(SectionFlag.Te);
    expect(flags(without("priority", "u=1"))).toBe(SectionFlag.PriorityField);
    expect(flags(without("cookie", "a=b"), without(32, "c=d"))).toBe(SectionFlag.Cookie);
    expect(flags(without("expect", "100-continue"))).toBe(SectionFlag.Expect);
    expect(flags([0x10, ...raw("a"), ...raw("b")])).toBe(SectionFlag.Sensitive);
    expect(flags(incremental("a", "b"))).toBe(SectionFlag.Inserts);
    expect(flags(incremental("a", "v".repeat(5000)))).toBe(0);
  });
});

describe("limits", () => {
  test("H2-179 H2-199 behind a limit the table is kept right, and fields have a record only where they are inserted", () => {
    const small = new Uint32Array(FieldConfig.Size);
    small[FieldConfig.FieldSectionLength] = 100;
    small[FieldConfig.FieldCount] = 200;
    const block = instance.lease({}, small, 4096);
    const { i32, u8, exports } = instance;
    const tape = FIELD_TAPE >> 2;
    const octets = [
      ...[...indexed(2), ...indexed(7)], // 42 + 44
      ...[
        ...without("cookie", "a=b"),
        ...incremental("x", "1"),
        ...indexed(62),
        ...incremental("y", "2"),
      ],
    ];
    u8.set(octets, FIELD_STAGE);
    exports.decode(block, FIELD_STAGE, octets.length);
    const word = (field: number) => i32[tape + field] as number;
    expect(word(SectionRecord.Flags) & (SectionFlag.TooLarge | SectionFlag.TooMany)).toBe(
      SectionFlag.TooLarge,
    );
    expect(word(SectionRecord.FaultAt)).toBe(2);
    expect(word(SectionRecord.ListSize)).toBe(42 + 44 + 41 + 34 * 3);
    expect([word(SectionRecord.FieldCount), word(SectionRecord.Words)]).toEqual([4, 10]);
    expect(word(SectionRecord.TextLength)).toBe(4);
    expect(word(SectionRecord.Inserted)).toBe(2);
    instance.release(block);
  });
});
