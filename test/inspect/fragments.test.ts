// IP packets that came in fragments: in any order, overlapping, several at once; which are given up, and when.

import { describe, expect, test } from "vitest";
import { concat } from "../helpers/capture-octets.js";
import { EXTENSIONS, ipv4, ipv6, LINK, udp } from "../helpers/capture-packet.js";
import { decoding, V4, V6 } from "../helpers/packet-read.js";

describe("fragments", () => {
  const long = Uint8Array.from({ length: 3_000 }, (_, index) => 65 + (index % 26));
  const whole = udp(long);
  type Cut = readonly [from: number, end: number];
  const cuts: Cut[] = [
    [0, 1_000],
    [1_000, 2_000],
    [2_000, 3_008],
  ];
  const isLast = ([, end]: Cut) => end === whole.length;
  const four = (cut: Cut, identification = 7, source = "10.0.0.1") =>
    ipv4(whole.slice(...cut), {
      identification,
      source,
      fragmentOffset: cut[0],
      hasMore: !isLast(cut),
    });
  const six = (cut: Cut, identification = 7) =>
    ipv6(whole.slice(...cut), {
      extensions: [EXTENSIONS.hopByHop, EXTENSIONS.fragment(cut[0], !isLast(cut), identification)],
    });

  test.each([
    ["in order", [0, 1, 2]],
    ["in reverse", [2, 1, 0]],
    ["the first last", [1, 2, 0]],
    ["each twice", [0, 0, 2, 2, 1]],
  ])("%s", (_name, order) => {
    for (const [make, ends] of [
      [four, V4],
      [six, V6],
    ] as const) {
      const { read, decoder } = decoding();
      const results = order.map((index) => read(make(cuts[index] as Cut)));
      const last = results.pop();
      expect(results).toEqual(results.map(() => "waits"));
      expect(last).toBe(`udp ${ends} at 1000 ${Buffer.from(long).toString("latin1")}`);
      expect(decoder.incompleteDatagrams).toBe(0);
    }
  });

  test("overlapping: what came first stays", () => {
    const { read } = decoding();
    const other = whole.slice();
    other.fill(48, 1_000, 2_008);
    expect(read(four([0, 1_000]))).toBe("waits");
    expect(read(four([1_000, 2_000]))).toBe("waits");
    expect(
      read(
        ipv4(other.slice(504, 2_008), { identification: 7, fragmentOffset: 504, hasMore: true }),
      ),
    ).toBe("waits");
    const result = read(four([2_000, 3_008]));
    expect(result).toContain(Buffer.from(long.slice(0, 1_992)).toString("latin1"));
    expect(result.slice(-1_008)).toBe(
      `${"0".repeat(8)}${Buffer.from(long.slice(2_000)).toString("latin1")}`,
    );
  });

  test("of several packets at once, told apart by number, address and protocol", () => {
    const { read, decoder } = decoding();
    expect(read(four([0, 1_000], 7))).toBe("waits");
    expect(read(four([0, 1_000], 8))).toBe("waits");
    expect(read(four([0, 1_000], 7, "10.0.0.9"))).toBe("waits");
    expect(
      read(ipv4(whole.slice(0, 1_000), { identification: 7, hasMore: true, protocol: 1 })),
    ).toBe("waits");
    expect(decoder.incompleteDatagrams).toBe(4);
    for (const cut of cuts.slice(1)) read(four(cut, 8));
    expect(decoder.incompleteDatagrams).toBe(3);
  });

  test("with extension headers behind the fragment header", () => {
    const { read } = decoding();
    const inner = concat([17, 1], new Uint8Array(14), whole);
    const part = (from: number, end: number) =>
      ipv6(inner.slice(from, end), {
        protocol: 60,
        extensions: [EXTENSIONS.fragment(from, end < inner.length, 3)],
      });
    expect(read(part(0, 1_600))).toBe("waits");
    expect(read(part(1_600, inner.length))).toContain("ABCDEF");
  });

  test.each<[string, Uint8Array[], string[]]>([
    [
      "a length that is no multiple of 8",
      [ipv4(whole.slice(0, 1_001), { hasMore: true })],
      ["waits"],
    ],
    ["behind 64 KiB", [ipv4(whole, { fragmentOffset: 65_528 })], ["waits"]],
    [
      "a second end",
      [four([2_000, 3_008]), ipv4(whole.slice(0, 8), { identification: 7, fragmentOffset: 8 })],
      ["waits", "waits"],
    ],
    ["an empty one", [ipv4([], { hasMore: true })], ["waits"]],
  ])("%s: the packet is given up", (_name, packets, expected) => {
    const { read, decoder } = decoding();
    expect(packets.map((packet) => read(packet))).toEqual(expected);
    expect(decoder.incompleteDatagrams).toBe(1);
    for (const cut of cuts) read(four(cut, 99));
    expect(decoder.incompleteDatagrams).toBe(1);
  });

  test("a cut one is told, and does not wait", () => {
    const { read, decoder } = decoding();
    const packet = four([0, 1_000]);
    expect(read(packet.slice(0, 500), LINK.raw, packet.length)).toBe("truncated");
    expect(decoder.incompleteDatagrams).toBe(0);
  });

  test("a fragment in what came in fragments is malformed", () => {
    const { read } = decoding();
    const inner = concat([17, 0, 0, 0, 0, 0, 0, 9], whole);
    const part = (from: number, end: number) =>
      ipv6(inner.slice(from, end), {
        protocol: 44,
        extensions: [EXTENSIONS.fragment(from, end < inner.length, 3)],
      });
    expect([read(part(0, 1_600)), read(part(1_600, inner.length))]).toEqual([
      "waits",
      "malformed IPv6",
    ]);
  });

  test("64 packets wait at a time; with one more, the first is given up", () => {
    const { read, decoder } = decoding();
    for (let id = 0; id < 65; id++) expect(read(four([0, 1_000], id))).toBe("waits");
    expect(decoder.incompleteDatagrams).toBe(65);
    for (const cut of cuts.slice(1)) expect(read(four(cut, 0))).toBe("waits");
    read(four([1_000, 2_000], 64));
    expect(read(four([2_000, 3_008], 64))).toContain("ABC");
  });

  test("after 10,000 packets of the capture a packet is given up", () => {
    for (const [between, expected] of [
      [9_998, "udp"],
      [9_999, "waits"],
    ] as const) {
      const { read } = decoding();
      read(four([0, 2_000]));
      for (let index = 0; index < between; index++) read([0x50]);
      expect(read(four([2_000, 3_008])).split(" ")[0]).toBe(expected);
    }
  });
});
