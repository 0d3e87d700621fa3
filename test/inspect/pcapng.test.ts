// pcapng files, written by hand: sections in either byte order, interfaces and their times, packets in their three
// kinds, secrets; what is broken or cut; every cut.

import { describe, expect, test } from "vitest";
import { captureFormat } from "../../src/inspect/capture/capture-reader.js";
import { ORDERS, PcapngBlocks } from "../helpers/capture-file.js";
import { ascii, BIG, type ByteOrder, concat, LITTLE } from "../helpers/capture-octets.js";
import { LINK } from "../helpers/capture-packet.js";
import { itemsOf } from "../helpers/capture-read.js";
import { byteWise, cutAt } from "../helpers/pieces.js";

const little = new PcapngBlocks(LITTLE);
const big = new PcapngBlocks(BIG);
const NAME = 2;
const RESOLUTION = 9;
const OFFSET = 14;

const bytes = ascii("abcde");
/** 64 bits of two's complement. */
const signed64 = (order: ByteOrder, value: bigint) => {
  const unsigned = BigInt.asUintN(64, value);
  const words = [Number(unsigned >> 32n), Number(unsigned & 0xffff_ffffn)];
  return (order === BIG ? words : words.reverse()).flatMap((word) => order.u32(word));
};

describe.each(ORDERS)("%s", (_name, order) => {
  const blocks = new PcapngBlocks(order);
  const begin = concat(blocks.section(), blocks.interface());

  test("packets of all kinds", () => {
    const file = concat(
      begin,
      blocks.packet(bytes, { ticks: 1_700_000_000_123_456n, originalLength: 70 }),
      blocks.packet([], {
        options: [
          [1, ascii("a comment")],
          [2, [0, 0, 0, 1]],
        ],
      }),
      blocks.oldPacket(bytes, { ticks: 2_500_000n }),
      blocks.simple(bytes, 6),
    );
    expect(itemsOf([file])).toEqual([
      "packet 1700000000.123456 if 0 link 1 at 76 of 70 6162636465",
      "packet 1 if 0 link 1 at 116 of 0 ",
      "packet 2.5 if 0 link 1 at 176 of 5 6162636465",
      "packet null if 0 link 1 at 200 of 6 616263646500",
    ]);
    expect(itemsOf(byteWise(file))).toEqual(itemsOf([file]));
    expect(captureFormat(file)).toBe("pcapng");
  });

  test.each<[string, [number, number[]][], bigint, number]>([
    ["microseconds where nothing is said", [], 3_000_001n, 3.000001],
    ["nanoseconds", [[RESOLUTION, [9]]], 3_000_000_001n, 3.000000001],
    ["seconds", [[RESOLUTION, [0]]], 3n, 3],
    ["powers of two", [[RESOLUTION, [0x81]]], 7n, 3.5],
    [
      "an offset",
      [
        [RESOLUTION, [0]],
        [OFFSET, signed64(order, 1_000n)],
      ],
      3n,
      1003,
    ],
    ["a negative offset", [[OFFSET, signed64(order, -2n)]], 3_000_000n, 1],
    [
      "other options before it",
      [
        [NAME, [101, 116, 104, 48]],
        [RESOLUTION, [3]],
      ],
      1_500n,
      1.5,
    ],
    ["a resolution of a wrong length", [[RESOLUTION, [9, 0]]], 3_000_000n, 3],
    ["an offset of a wrong length", [[OFFSET, [1, 2]]], 3_000_000n, 3],
    [
      "behind the end of options",
      [
        [0, []],
        [RESOLUTION, [9]],
      ],
      3_000_000n,
      3,
    ],
  ])("times: %s", (_kind, options, ticks, time) => {
    const file = concat(
      blocks.section(),
      blocks.interface({ options }),
      blocks.packet([], { ticks }),
    );
    expect(itemsOf([file])).toEqual([expect.stringContaining(`packet ${time} if`)]);
  });

  test("an option that goes on behind its block is left out", () => {
    const wrong = blocks.interface({ options: [[RESOLUTION, [9]]] });
    wrong.set(order.u16(2_000), 18);
    const file = concat(blocks.section(), wrong, blocks.packet([]));
    expect(itemsOf([file])).toEqual([expect.stringContaining("packet 1 if 0")]);
  });

  test("several interfaces, each with its link type and times", () => {
    const file = concat(
      begin,
      blocks.interface({ linkType: LINK.raw, options: [[RESOLUTION, [9]]] }),
      blocks.packet(bytes, { id: 1, ticks: 5n * 10n ** 9n }),
      blocks.interface({ linkType: LINK.sll2 }),
      blocks.packet(bytes, { id: 2 }),
      blocks.packet(bytes, { id: 0 }),
    );
    const lines = itemsOf([file]).map((line) => line.replace(/ at .*/, ""));
    expect(lines).toEqual([
      "packet 5 if 1 link 101",
      "packet 1 if 2 link 276",
      "packet 1 if 0 link 1",
    ]);
  });

  test("a simple packet is as long as its interface keeps", () => {
    const file = concat(
      blocks.section(),
      blocks.interface({ snapLength: 3 }),
      blocks.simple(bytes, 9),
    );
    expect(itemsOf([file])).toEqual(["packet null if 0 link 1 at 60 of 9 616263"]);
  });

  test("blocks of other kinds are passed over", () => {
    const others = [4, 5, 9, 0xbad, 0x40000bad, 77].map((type) =>
      blocks.block(type, new Uint8Array(4 * (type % 5))),
    );
    const file = concat(begin, ...others, blocks.packet(bytes), ...others);
    expect(itemsOf([file])).toHaveLength(1);
    expect(itemsOf(byteWise(file))).toEqual(itemsOf([file]));
  });

  test("decryption secrets", () => {
    const log = ascii("CLIENT_RANDOM 00 11\n");
    const file = concat(
      blocks.section(),
      blocks.secrets(log),
      blocks.interface(),
      blocks.secrets(ascii("xyz"), 0x57474b4c),
      blocks.packet([]),
      blocks.secrets([]),
    );
    expect(itemsOf([file])).toEqual([
      `secrets ${0x544c534b} end ${Buffer.from(log).toString("hex")}`,
      `secrets ${0x57474b4c} end 78797a`,
      expect.stringContaining("packet"),
    ]);
    expect(itemsOf(byteWise(file))).toEqual(itemsOf([file]));
  });
});

test("large secrets come in pieces that do not depend on the cuts", () => {
  const log = new Uint8Array(150_000).fill(65);
  const file = concat(little.section(), little.secrets(log), little.interface(), little.packet([]));
  const lines = itemsOf([file]);
  expect(lines.map((line) => line.length - line.lastIndexOf(" ") - 1)).toEqual([
    131_072, 131_072, 37_856, 0,
  ]);
  expect(lines.map((line) => line.includes(" end "))).toEqual([false, false, true, false]);
  for (const size of [1_000, 65_537]) {
    const pieces = [];
    for (let at = 0; at < file.length; at += size) pieces.push(file.slice(at, at + size));
    expect(itemsOf(pieces)).toEqual(lines);
  }
});

test("sections in both byte orders, each with interfaces of its own", () => {
  const file = concat(
    ...[little, big, little].flatMap((blocks, index) => [
      blocks.section({ minor: index === 1 ? 2 : 0 }),
      blocks.interface({ linkType: 100 + index }),
      blocks.packet(bytes),
    ]),
  );
  const expected = [100, 101, 102].map((linkType) => expect.stringContaining(`link ${linkType} `));
  expect(itemsOf([file])).toEqual(expected);
  for (let cut = 0; cut <= file.length; cut++) expect(itemsOf(cutAt(file, cut))).toEqual(expected);
});

describe("what is broken", () => {
  const begin = concat(little.section(), little.interface());
  const packet = little.packet(bytes);
  const at = begin.length;
  const good = itemsOf([concat(begin, packet)]);
  const changed = (block: Uint8Array, place: number, value: number) => {
    const copy = block.slice();
    copy.set(LITTLE.u32(value), place);
    return concat(begin, packet, copy);
  };
  const behind = at + packet.length;
  const error = (code: string, offset = behind) => [...good, `error CAPTURE_${code} at ${offset}`];

  test.each<[string, Uint8Array, string[]]>([
    [
      "CAP-5: two lengths",
      changed(packet, packet.length - 4, 44),
      [
        ...good,
        ...good.map((line) => line.replace(/at \d+/, `at ${behind + 28}`)),
        `error CAPTURE_BLOCK_INVALID at ${behind}`,
      ],
    ],
    [
      "CAP-5: two lengths of an unknown block",
      changed(little.block(77, [1, 2, 3, 4]), 12, 12),
      error("BLOCK_INVALID"),
    ],
    ["CAP-5: no multiple of 4", changed(packet, 4, 41), error("BLOCK_INVALID")],
    ["CAP-5: shorter than a block", changed(packet, 4, 8), error("BLOCK_INVALID")],
    ["CAP-5: length 0", changed(packet, 4, 0), error("BLOCK_INVALID")],
    ["CAP-5: shorter than its fields", changed(packet, 4, 28), error("BLOCK_INVALID")],
    ["CAP-5: a packet longer than its block", changed(packet, 20, 9), error("BLOCK_INVALID")],
    ["CAP-5: a packet of 4 GiB", changed(packet, 20, 0xffff_ffff), error("BLOCK_INVALID")],
    [
      "CAP-5: an old packet longer than its block",
      changed(little.oldPacket(bytes), 20, 9),
      error("BLOCK_INVALID"),
    ],
    [
      "CAP-5: secrets longer than their block",
      changed(little.secrets(bytes), 12, 9),
      error("BLOCK_INVALID"),
    ],
    [
      "CAP-5: a short interface",
      changed(little.block(1, Array(4).fill(0)), 4, 16),
      error("BLOCK_INVALID"),
    ],
    ["CAP-6: a packet of an unknown interface", changed(packet, 8, 1), error("INTERFACE_UNKNOWN")],
    [
      "CAP-6: an old packet of an unknown interface",
      changed(little.oldPacket([]), 8, 5),
      error("INTERFACE_UNKNOWN"),
    ],
    [
      "CAP-6: a simple packet without an interface",
      concat(begin, packet, little.section(), little.simple(bytes)),
      error("INTERFACE_UNKNOWN", behind + 28),
    ],
    [
      "CAP-6: interfaces do not outlive their section",
      concat(begin, packet, little.section(), packet),
      error("INTERFACE_UNKNOWN", behind + 28),
    ],
    [
      "CAP-7: no byte order",
      concat(begin, packet, little.section({ magic: 0x1a2b3c4e })),
      error("BYTE_ORDER_INVALID"),
    ],
    [
      "CAP-3: another major version",
      concat(begin, packet, little.section({ major: 2 })),
      error("HEADER_INVALID"),
    ],
    [
      "CAP-3: another minor version",
      concat(begin, packet, little.section({ minor: 1 })),
      error("HEADER_INVALID"),
    ],
    [
      "CAP-2: a cut block",
      concat(begin, packet, little.packet(bytes).slice(0, 32)),
      error("TRUNCATED"),
    ],
    [
      "CAP-2: a cut block that is passed over",
      concat(begin, packet, little.block(77, new Uint8Array(100)).slice(0, 60)),
      error("TRUNCATED"),
    ],
    ["CAP-2: a block of 4 GiB", changed(little.block(77, []), 4, 0xffff_fffc), error("TRUNCATED")],
  ])("%s", (_name, file, expected) => {
    expect(itemsOf([file])).toEqual(expected);
    expect(itemsOf(byteWise(file))).toEqual(expected);
  });

  test("CAP-4: a packet that is too long", () => {
    const long = little.packet(new Uint8Array(100));
    expect(itemsOf([concat(begin, long)], 100)).toHaveLength(1);
    expect(itemsOf([concat(begin, long)], 99)).toEqual([`error CAPTURE_PACKET_TOO_LONG at ${at}`]);
    const simple = little.simple(new Uint8Array(100));
    expect(itemsOf([concat(begin, simple)], 100)).toHaveLength(1);
    expect(itemsOf([concat(begin, simple)], 99)).toEqual([
      `error CAPTURE_PACKET_TOO_LONG at ${at}`,
    ]);
  });

  test("cut at every octet: what stood before it, and where the broken block begins", () => {
    const parts = [
      little.section(),
      little.interface({ options: [[NAME, ascii("eth0")]] }),
      little.packet(bytes, { options: [[1, ascii("note")]] }),
      little.block(5, new Uint8Array(24)),
      little.secrets(ascii("key log\n")),
      big.section(),
      big.interface(),
      big.oldPacket(bytes),
      big.simple(bytes),
    ];
    const file = concat(...parts);
    const begins = parts.map((_, index) => concat(...parts.slice(0, index)).length);
    const all = itemsOf([file]);
    for (let length = 4; length < file.length; length++) {
      const lines = itemsOf([file.slice(0, length)]);
      expect(itemsOf(byteWise(file.slice(0, length)))).toEqual(lines);
      const isWhole = begins.includes(length);
      const last = Math.max(...begins.filter((begin) => begin < length));
      const items = isWhole ? lines : lines.slice(0, -1);
      expect(all.slice(0, items.length)).toEqual(items);
      expect(lines.slice(items.length)).toEqual(
        isWhole ? [] : [`error CAPTURE_TRUNCATED at ${last}`],
      );
    }
  });
});
