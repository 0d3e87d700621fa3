// Pieces in any order give the bytes in order, each once, within bounds.

import { Reassembler, ReassemblyFault } from "tercet/quic";
import { describe, expect, test } from "vitest";

const WIDE = { bytes: 1 << 20, fragments: 1024 };
const NONE = ReassemblyFault.None;
const ascii = (text: string) => new TextEncoder().encode(text);
const text = (pieces: readonly Uint8Array[]) =>
  pieces.map((piece) => new TextDecoder().decode(piece)).join("");

/** Pieces as text: "2:cd 0:ab$" is "cd" at 2, and then "ab" at 0, with which the stream ends. */
const piecesOf = (list: string) =>
  list.split(" ").map((one) => {
    const [at, rest = ""] = one.split(":");
    return { at: Number(at), bytes: ascii(rest.replace("$", "")), fin: rest.endsWith("$") };
  });
function read(list: string, limits = WIDE): { text: string; of: Reassembler } {
  const of = new Reassembler(limits);
  let read = "";
  for (const { at, bytes, fin } of piecesOf(list)) {
    expect(of.insert(at, bytes, fin)).toBe(NONE);
    read += text(of.take());
  }
  return { text: read, of };
}

describe("pieces of a stream", () => {
  test.each([
    ["in order", "0:ab 2:cd", "abcd"],
    ["in reverse", "4:ef 2:cd 0:ab", "abcdef"],
    ["Q-STR-7: twice", "0:ab 0:ab 2:cd 2:cd", "abcd"],
    ["Q-STR-7: twice, held", "2:cd 2:cd 0:ab", "abcd"],
    ["overlapping what was delivered", "0:abc 1:bcde", "abcde"],
    ["overlapping what is held, from before", "3:def 1:bcde 0:a", "abcdef"],
    ["overlapping what is held, from behind", "1:bcd 3:def 0:a", "abcdef"],
    ["around what is held", "2:c 4:e 0:abcdef", "abcdef"],
    ["around what is held, held", "3:d 5:f 1:bcdefgh 0:a", "abcdefgh"],
    ["inside what is held", "1:bcdef 2:cd 0:a", "abcdef"],
    ["between two that are held, the right one larger", "1:b 4:efghi 2:cd 0:a", "abcdefghi"],
    ["between two that are held, the left one larger", "1:bcdefg 9:j 6:ghij 0:a", "abcdefghij"],
    ["what came first stays, held", "1:BC 1:bcd 0:a", "aBCd"],
    ["what came first stays, delivered around it", "1:B 3:D 0:abcde", "aBcDe"],
    ["what came first stays, in a merger", "1:B 4:EFG 1:bcdef 0:a", "aBcdEFG"],
    ["empty pieces", "0: 5: 0:a 0: 1:", "a"],
    ["Q-STR-10: an empty last piece", "0:ab 2:$", "ab"],
    ["the last piece first", "2:c$ 0:ab", "abc"],
    ["Q-CRY-7: a hello cut and turned around", "7:h 3:de 5:fg 0:abcd 1:bcdefg", "abcdefgh"],
  ])("%s", (_name, pieces, expected) => {
    const { text, of } = read(pieces);
    expect(text).toBe(expected);
    expect(of.offset).toBe(expected.length);
    expect([of.heldBytes, of.fragments, of.heldFrom]).toEqual([0, 0, null]);
    expect(of.isDone).toBe(pieces.includes("$"));
  });

  test("in order there is no copy", () => {
    const of = new Reassembler(WIDE);
    const bytes = ascii("abcdef");
    of.insert(0, bytes, false);
    expect(of.take()[0]).toBe(bytes);
    of.insert(4, bytes, false);
    const [rest] = of.take() as [Uint8Array];
    expect([rest.buffer, rest.byteOffset, text([rest])]).toEqual([bytes.buffer, 2, "cdef"]);
    expect(of.take()).toEqual([]);
  });

  test("what waits is a copy", () => {
    const of = new Reassembler(WIDE);
    const bytes = ascii("bc");
    of.insert(1, bytes, false);
    bytes.fill(0);
    of.insert(0, ascii("a"), false);
    expect(text(of.take())).toBe("abc");
  });

  test("tiny pieces behind one gap are one fragment, and come in one view", () => {
    const of = new Reassembler({ bytes: 9_000, fragments: 1 });
    for (let place = 4_500; place < 9_000; place++) {
      expect(of.insert(place, Uint8Array.of(place), false)).toBe(NONE);
      expect(of.insert(9_000 - place, Uint8Array.of(9_000 - place), false)).toBe(NONE);
      expect(of.fragments).toBe(1);
    }
    expect(of.heldBytes).toBe(8_999);
    of.insert(0, Uint8Array.of(0), false);
    const [first, all, ...more] = of.take() as [Uint8Array, Uint8Array];
    expect([first.length, all.length, more.length]).toEqual([1, 8_999, 0]);
    expect(all.every((octet, index) => octet === ((index + 1) & 0xff))).toBe(true);
    expect(all.buffer.byteLength).toBeLessThan(3 * all.length);
  });
});

describe("the end of a stream", () => {
  const wrong = ReassemblyFault.FinalSize;
  test.each([
    ["Q-RST-2: data behind it", "0:ab$", "2:c"],
    ["Q-RST-2: data across it", "3:$", "2:cd"],
    ["a later end", "0:ab$", "3:$"],
    ["an earlier end", "0:ab$", "0:a$"],
    ["an end before what was delivered", "0:abc", "2:$"],
    ["an end before what is held", "5:f", "0:abcd$"],
  ])("%s", (_name, pieces, last) => {
    const { of } = read(pieces);
    const before = [of.offset, of.finalSize, of.heldBytes, of.highest];
    const [{ at, bytes, fin }] = piecesOf(last) as [ReturnType<typeof piecesOf>[0]];
    expect(of.insert(at, bytes, fin)).toBe(wrong);
    expect([of.offset, of.finalSize, of.heldBytes, of.highest]).toEqual(before);
    expect(of.take()).toEqual([]);
  });

  test("is told without data, too", () => {
    const { of } = read("0:ab 4:e");
    expect(of.finish(4)).toBe(wrong);
    expect(of.finish(6)).toBe(NONE);
    expect([of.finish(6), of.finish(7)]).toEqual([NONE, wrong]);
    expect([of.finalSize, of.isDone]).toEqual([6, false]);
    of.skip(6);
    expect([of.isDone, of.heldBytes, text(of.take())]).toEqual([true, 0, ""]);
  });

  test("an empty stream is done at once", () => {
    const { of } = read("0:$");
    expect([of.isDone, of.finalSize]).toEqual([true, 0]);
  });
});

describe("limits", () => {
  test("Q-CRY-3: bytes ahead of a gap, at and above", () => {
    const { of } = read("1:bcd", { bytes: 4, fragments: 9 });
    expect(of.insert(4, ascii("ef"), false)).toBe(ReassemblyFault.TooManyBytes);
    expect(of.insert(9, ascii("jk"), false)).toBe(ReassemblyFault.TooManyBytes);
    expect([of.heldBytes, of.fragments]).toEqual([3, 1]);
    expect(of.insert(2, ascii("cde"), false)).toBe(NONE);
    expect(of.insert(0, ascii("abcdefghijkl"), false)).toBe(NONE);
    expect(text(of.take())).toBe("abcdefghijkl");
  });

  test("Q-STR-9: fragments, at and above", () => {
    const { of } = read("1:b 3:d 5:f", { bytes: 99, fragments: 3 });
    expect(of.insert(7, ascii("h"), false)).toBe(ReassemblyFault.TooManyFragments);
    expect(of.insert(2, ascii("c"), false)).toBe(NONE);
    expect(of.fragments).toBe(2);
    expect(of.insert(7, ascii("h"), false)).toBe(NONE);
    expect([of.fragments, of.heldBytes, of.heldFrom]).toEqual([3, 5, 1]);
  });

  test("a limit of 0 takes what is in order", () => {
    const { of, text } = read("0:ab 2:c", { bytes: 0, fragments: 0 });
    expect(text).toBe("abc");
    expect(of.insert(4, ascii("e"), false)).toBe(ReassemblyFault.TooManyBytes);
  });
});

describe("changed bytes", () => {
  const changed = (pieces: string) => {
    const of = new Reassembler(WIDE, true);
    const faults = piecesOf(pieces).map(({ at, bytes, fin }) => of.insert(at, bytes, fin));
    return [...faults, text(of.take())];
  };
  const { Changed } = ReassemblyFault;
  test.each<[string, string, unknown[]]>([
    ["Q-STR-6: in the middle", "1:bcd 0:abXd 0:abcd", [0, Changed, 0, "abcd"]],
    ["in what would be held", "2:cd 1:bXd 0:ab", [0, Changed, 0, "abcd"]],
    ["in the second fragment", "1:b 3:d 1:bcX", [0, 0, Changed, ""]],
    ["the same bytes", "1:bcd 0:abcde", [0, 0, "abcde"]],
    ["bytes that were delivered are not here any more", "0:ab 0:XYc", [0, 0, "abc"]],
  ])("%s", (_name, pieces, expected) => {
    expect(changed(pieces)).toEqual(expected);
  });
});

describe("large offsets", () => {
  const MAX = (1n << 62n) - 1n;
  test("Q-STR-1, Q-CRY-1: up to 2^62 - 1, and not above", () => {
    const of = new Reassembler(WIDE);
    of.skip(MAX - 4n);
    expect(of.offset).toBe(MAX - 4n);
    expect(of.insert(MAX - 2n, ascii("cd"), false)).toBe(NONE);
    expect(of.heldFrom).toBe(MAX - 2n);
    expect(of.insert(MAX - 4n, ascii("abcdef"), false)).toBe(ReassemblyFault.TooLarge);
    expect(of.insert(MAX - 4n, ascii("abcd"), true)).toBe(NONE);
    expect(text(of.take())).toBe("abcd");
    expect([of.offset, of.finalSize, of.isDone]).toEqual([MAX, MAX, true]);
  });

  test("a piece at 2^53 ahead is more than anyone holds", () => {
    const of = new Reassembler(WIDE);
    expect(of.insert(2n ** 60n, ascii("a"), false)).toBe(ReassemblyFault.TooManyBytes);
    expect(of.insert(2n ** 60n, ascii(""), true)).toBe(NONE);
    expect(of.insert(2n ** 60n, ascii("a"), false)).toBe(ReassemblyFault.FinalSize);
    expect(of.finalSize).toBe(2n ** 60n);
    expect([of.insert(0, ascii("a"), false), text(of.take())]).toEqual([NONE, "a"]);
  });

  test("across 2^53", () => {
    const of = new Reassembler(WIDE);
    const edge = Number.MAX_SAFE_INTEGER;
    of.skip(edge - 2);
    expect(of.insert(edge - 1, ascii("bc"), false)).toBe(NONE);
    expect(of.insert(BigInt(edge) + 3n, ascii("f"), false)).toBe(NONE);
    expect([of.offset, of.highest]).toEqual([edge - 2, BigInt(edge) + 4n]);
    expect(of.insert(edge - 2, ascii("abcde"), false)).toBe(NONE);
    expect(text(of.take())).toBe("abcdef");
    expect(of.offset).toBe(BigInt(edge) + 4n);
    expect(of.insert(0, ascii("ab"), false)).toBe(NONE);
    expect(of.take()).toEqual([]);
  });
});

test("what is missing can be given up", () => {
  const { of } = read("2:cd 6:gh");
  of.skip(1);
  expect([of.offset, text(of.take())]).toEqual([1, ""]);
  of.skip(2);
  expect([of.offset, text(of.take()), of.heldFrom]).toEqual([4, "cd", 6]);
  of.skip(3);
  of.skip(7);
  expect([of.offset, text(of.take()), of.heldBytes]).toEqual([8, "h", 0]);
  of.skip(20);
  expect([of.offset, of.highest]).toEqual([20, 20]);
});

describe("wrong use throws and changes nothing", () => {
  const { of } = read("0:ab 3:d$");
  test.each<[string, () => unknown]>([
    ["a negative offset", () => of.insert(-1, ascii("x"), false)],
    ["a fraction", () => of.insert(1.5, ascii("x"), false)],
    ["an inexact number", () => of.insert(2 ** 53, ascii("x"), false)],
    ["2^62", () => of.insert(1n << 62n, ascii("x"), false)],
    ["no bytes", () => of.insert(2, "c" as never, false)],
    ["a place behind the end", () => of.skip(5)],
    ["no place", () => of.skip(Number.NaN)],
    ["no size", () => of.finish(-1)],
    ["a negative limit", () => new Reassembler({ bytes: -1, fragments: 1 })],
    ["no limit", () => new Reassembler({ bytes: 1 } as never)],
  ])("%s", (_name, call) => {
    expect(call).toThrow(expect.objectContaining({ name: "UsageError" }));
    expect([of.offset, of.heldBytes, of.finalSize]).toEqual([2, 1, 4]);
  });
});
