// What a review found: texts that took time or memory out of all proportion, mistakes that lenient reading passed over, and
// output too long for one string.

import { type InspectError, type InspectOptions, inspect } from "tercet/inspect";
import { describe, expect, test } from "vitest";

const octets = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const joined = (...parts: (string | readonly number[] | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? octets(part) : part)]));

function codes(bytes: Uint8Array, options: InspectOptions): string[] {
  return inspect(bytes, options)
    .filter((event): event is InspectError => event.event === "error")
    .map(({ code, offset }) => `${code} ${offset}`);
}

/** Fields as literals of QPACK without the tables, no prefix but zeros. */
const section = (...fields: (readonly [name: string, value: string])[]) =>
  joined(
    [0, 0],
    ...fields.map(([name, value]) => {
      const start = name.length < 7 ? [0x20 | name.length] : [0x27, name.length - 7];
      return joined(start, name, [value.length], value);
    }),
  );
const frame = (type: number, payload: string | Uint8Array | readonly number[] = []) =>
  joined([type, ...(payload.length < 64 ? [payload.length] : [0x40, payload.length])], payload);
const GET = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "a"],
  [":path", "/"],
] as const;

describe("what takes as long as it is, and not the square of that", () => {
  const long = 300_000;
  const request = (fields: string) => octets(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`);
  const H1: InspectOptions = { as: "h1", role: "server", lenient: true };

  test("blanks in a value, and behind a name", () => {
    expect(codes(request(`X: a${" ".repeat(long)}b`), H1)).toEqual([]);
    expect(codes(request(`X${" ".repeat(long)}: b`), H1)).toContain("H1_SPACE_BEFORE_COLON 26");
  });

  test("a value of many lines", () => {
    const folded = request(`X: a\r\n${" b\r\n".repeat(20_000)}Y: c`);
    const head = inspect(folded, H1).find(({ event }) => event === "head");
    expect(head).toMatchObject({
      headers: [
        ["Host", "a"],
        ["X", `a${" b".repeat(20_000)}`],
        ["Y", "c"],
      ],
    });
  });

  test("digits of a dump without an end, marks of comments, one line of digits", () => {
    const dump = "00000000: 8286 8441  ...A\n00000004: ";
    expect(codes(octets(`${dump}${"a".repeat(long)}!\n`), { as: "hpack" })).not.toEqual([]);
    const plain = "8286 8441\n".repeat(200);
    const inputs = [`${plain}${"#".repeat(long)}\r\n`, `${plain}${"82".repeat(long)} `];
    for (const text of inputs)
      expect(inspect(octets(text), { as: "hpack" }).at(-1)?.event).toBe("summary");
  });
});

test("groups of a dump end at two blanks, or where something else stands", () => {
  const dump = (line: string) => octets(`00000000: 8286 8441  ...A\n00000004: ${line}\n`);
  const same = (line: string) =>
    inspect(dump(line), { as: "hpack" }).find(({ event }) => event === "head");
  for (const line of ["0f77 7777", "0f77 7777 .ww", "0f77 7777  cafe", "0f 77 77 77 4z"])
    expect(same(line), line).toEqual(same("0f777777"));
});

describe("lenient: each mistake, also behind another", () => {
  const H3: InspectOptions = { as: "h3", role: "server", lenient: true };
  const cancelPush = frame(3, [0]);

  test("a frame that is cut, behind one that must not be there", () => {
    const bytes = joined(frame(1, section(...GET)), cancelPush, [1, 9, 0]);
    expect(codes(bytes, H3)).toEqual([
      `H3_FRAME_UNEXPECTED ${bytes.length - 6}`,
      `H3_FRAME_TRUNCATED ${bytes.length}`,
    ]);
  });

  test("content of another length, behind one that must not be there", () => {
    const head = frame(1, section(...GET, ["content-length", "5"]));
    const short = joined(head, frame(0, "ab"), cancelPush, frame(0, "c"));
    expect(codes(short, H3)).toEqual([
      `H3_FRAME_UNEXPECTED ${head.length + 4}`,
      `H3_CONTENT_LENGTH_MISMATCH ${short.length}`,
    ]);
    const good = joined(head, frame(0, "ab"), cancelPush, frame(0, "cde"));
    expect(codes(good, H3)).toEqual([`H3_FRAME_UNEXPECTED ${head.length + 4}`]);
    const long = joined(head, cancelPush, frame(0, "abcdef"), frame(0, "g"));
    expect(codes(long, H3).map((one) => one.split(" ")[0])).toEqual([
      "H3_FRAME_UNEXPECTED",
      "H3_CONTENT_LENGTH_MISMATCH",
    ]);
  });

  test("each pseudo-field that is missing, and what is wrong beside them", () => {
    const some = section([":method", "GET"], [":authority", "a"], ["host", "b"]);
    expect(codes(frame(1, some), H3)).toEqual([
      "H3_PSEUDO_MISSING 0",
      "H3_PSEUDO_MISSING 0",
      "H3_HOST_DIFFERS 0",
    ]);
    expect(codes(frame(1, section(["a", "b"])), { ...H3, role: "client" })).toEqual([
      "H3_PSEUDO_MISSING 0",
    ]);
  });

  test("101 is no final response, though it must not be there", () => {
    const bytes = joined(
      frame(1, section([":status", "101"])),
      frame(1, section([":status", "200"])),
      frame(0, "x"),
    );
    expect(codes(bytes, { ...H3, role: "client" })).toEqual(["H3_STATUS_SWITCHING 0"]);
  });
});

test("a host with a comma is wrong leniently as it is strictly", () => {
  const inputs = ["/ HTTP/1.1\r\nHost: a,b", "http://a,b/ HTTP/1.1\r\nHost: a"];
  for (const input of inputs)
    for (const lenient of [false, true])
      expect(
        codes(octets(`GET ${input}\r\n\r\n`), { as: "h1", role: "server", lenient }),
      ).not.toEqual([]);
});

describe("a field block that stands for a thousand times its octets", () => {
  const h2Frame = (type: number, flags: number, id: number, payload: Uint8Array) =>
    joined([0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, id], payload);
  const start = joined("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", h2Frame(4, 0, 0, new Uint8Array(0)));
  const entry = joined([0x40, 1], "x", [0x7f, 0xbd, 0x1d], "a".repeat(3_900));
  const first = h2Frame(1, 5, 1, joined([0x82, 0x84, 0x87, 0x41, 1], "a", entry));
  const bomb = h2Frame(1, 5, 3, joined([0x82, 0x84, 0x87, 0xbf], new Uint8Array(1_000).fill(0xbe)));
  const bytes = joined(start, first, bomb);

  test("lenient says no less than strict, and reads no further", () => {
    const place = start.length + first.length;
    expect(codes(bytes, { as: "h2", role: "server" })).toEqual([
      `H2_FIELD_SECTION_TOO_LARGE ${place}`,
    ]);
    const found = codes(bytes, { as: "h2", role: "server", lenient: true });
    expect(found.map((one) => one.split(" ")[0])).toEqual(["H2_FIELD_SECTION_TOO_LARGE"]);
  });
});
