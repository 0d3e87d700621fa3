// Capture files and key logs that lie: CAP-S01 to CAP-S03, CAP-S07.

import { bytesOf, concat } from "../../latin1.js";
import { many } from "../../octets.js";
import * as captures from "../captures.js";
import { keyLine, keyLogOf } from "../key-log.js";
import { IP, ipv4, udp } from "../network.js";
import { type InspectAttack, inspectRowsOf } from "../row.js";

const lengths = inspectRowsOf("CAP-S01");
const blocks = inspectRowsOf("CAP-S02");
const options = inspectRowsOf("CAP-S03");
const logs = inspectRowsOf("CAP-S07");

const MIB = 1024 * 1024;
const PACKET = ipv4(IP.UDP, udp(1, 2, "datagram"));
const HEADER = captures.pcapHeader();

const LENGTH_ROWS: readonly InspectAttack[] = [
  ...[262_145, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((captured) =>
    lengths(
      `a packet that says it has ${captured} octets`,
      "capture",
      concat([captures.pcap([PACKET]), captures.pcapPacket("", {}, { captured }), PACKET]),
      ["udp 8", "error CAPTURE_PACKET_TOO_LONG|CAPTURE_TRUNCATED"],
    ),
  ),
  lengths(
    "a packet that says it has 4 GiB, and 8 MiB of it",
    "capture",
    () =>
      concat([
        HEADER,
        captures.pcapPacket("", {}, { captured: 2 ** 32 - 1 }),
        new Uint8Array(8 * MIB),
      ]),
    ["error CAPTURE_PACKET_TOO_LONG"],
  ),
  lengths(
    "an original length that is smaller than the captured one",
    "capture",
    concat([HEADER, captures.pcapPacket(PACKET, {}, { original: 1 })]),
    ["udp 8"],
  ),
  lengths(
    "a snap length of 0",
    "capture",
    concat([captures.pcapHeader({ snapLength: 0 }), captures.pcapPacket(PACKET)]),
    ["udp 8"],
  ),
  lengths(
    "a million packets of no octets",
    "capture",
    () => concat([HEADER, many(100_000, () => captures.pcapPacket(""))]),
    ["…"],
    { reports: 100_000, nanoseconds: 2_000 },
  ),
  ...[1, 12, 23].map((length) =>
    lengths(`a header that ends behind ${length} octets`, "capture", HEADER.subarray(0, length), [
      "error *",
    ]),
  ),
  ...[1, 15, 16, 20].map((length) =>
    lengths(
      `a packet that ends behind ${length} octets`,
      "capture",
      concat([HEADER, captures.pcapPacket(PACKET).subarray(0, length)]),
      ["error CAPTURE_TRUNCATED"],
    ),
  ),
  lengths(
    "a version that nobody knows",
    "capture",
    concat([captures.pcapHeader({ version: [9, 9] }), captures.pcapPacket(PACKET)]),
    ["error CAPTURE_HEADER_INVALID"],
  ),
  lengths("garbage", "inspect", new Uint8Array(5_000).fill(0x9d), [
    "…",
    "error CAPTURE_UNKNOWN",
    "…",
  ]),
  lengths("nothing", "inspect", new Uint8Array(0), ["…", "error CAPTURE_UNKNOWN", "…"], {
    nanoseconds: 1e6,
  }),
];

const NG = concat([captures.section(), captures.interfaceBlock()]);

const BLOCK_ROWS: readonly InspectAttack[] = [
  ...[0, 1, 4, 8, 11].flatMap((length) =>
    [true, false].map((little) =>
      blocks(
        `a block of ${length} octets, ${little ? "little" : "big"} endian`,
        "capture",
        concat([
          captures.section(little),
          captures.interfaceBlock(101, "", little),
          captures.block(captures.BLOCK.ENHANCED, "abcd", little, length),
        ]),
        ["error CAPTURE_BLOCK_INVALID"],
      ),
    ),
  ),
  ...[13, 14, 15].map((length) =>
    blocks(
      `a block of ${length} octets, which is no multiple of 4`,
      "capture",
      concat([NG, captures.block(captures.BLOCK.STATISTICS, "abcd", true, length)]),
      ["…"],
      { reports: 1 },
    ),
  ),
  ...[2 ** 24, 2 ** 31 - 4, 2 ** 31, 2 ** 32 - 4].map((length) =>
    blocks(
      `a block of ${length} octets`,
      "capture",
      concat([NG, captures.block(captures.BLOCK.ENHANCED, "abcd", true, length)]),
      ["error CAPTURE_BLOCK_INVALID|CAPTURE_PACKET_TOO_LONG|CAPTURE_TRUNCATED"],
    ),
  ),
  blocks(
    "an unknown block of 4 GiB, and 8 MiB of it",
    "capture",
    () =>
      concat([
        NG,
        captures.block(captures.BLOCK.CUSTOM, "", true, 2 ** 32 - 4),
        new Uint8Array(8 * MIB),
      ]),
    ["error *"],
  ),
  blocks(
    "two lengths that differ",
    "capture",
    concat([NG, captures.block(captures.BLOCK.ENHANCED, new Uint8Array(24), true, undefined, 4)]),
    ["…", "error CAPTURE_BLOCK_INVALID"],
  ),
  ...[1, 5, 0xffff_ffff].map((captured) =>
    blocks(
      `a packet block that says it has ${captured} octets and has none`,
      "capture",
      concat([NG, captures.enhanced("", { captured })]),
      ["…", "error CAPTURE_BLOCK_INVALID|CAPTURE_PACKET_TOO_LONG"],
    ),
  ),
  blocks(
    "a packet of an interface that nobody described",
    "capture",
    concat([NG, captures.enhanced(PACKET, { interfaceId: 1 })]),
    ["error CAPTURE_INTERFACE_UNKNOWN"],
  ),
  blocks(
    "a packet of interface 2^32 - 1",
    "capture",
    concat([NG, captures.enhanced(PACKET, { interfaceId: 0xffff_ffff })]),
    ["error CAPTURE_INTERFACE_UNKNOWN"],
  ),
  blocks(
    "a hundred thousand interfaces",
    "capture",
    () => concat([captures.section(), many(100_000, () => captures.interfaceBlock())]),
    ["…"],
    { reports: 100, memory: 16 * MIB },
  ),
  blocks(
    "a hundred thousand sections",
    "capture",
    () => many(100_000, () => captures.section()),
    ["…"],
    { reports: 100 },
  ),
  blocks(
    "a byte order that nobody knows",
    "capture",
    concat([captures.block(captures.BLOCK.SECTION, new Uint8Array(16))]),
    ["error CAPTURE_BYTE_ORDER_INVALID"],
  ),
  blocks(
    "secrets that say they are longer than their block",
    "capture",
    concat([NG, captures.secrets(keyLogOf(), true, 0xffff_ffff)]),
    ["…", "error *"],
  ),
  blocks(
    "a simple packet that says it has 4 GiB",
    "capture",
    concat([NG, captures.simple(PACKET, true, 0xffff_ffff)]),
    ["…"],
    { reports: 2 },
  ),
];

const withOptions = (bytes: Uint8Array): Uint8Array => {
  const magic = captures.section(true, bytes);
  return concat([magic, captures.interfaceBlock(101, bytes), captures.enhanced(PACKET)]);
};

const OPTION_ROWS: readonly InspectAttack[] = [
  options(
    "options of length 0 without end",
    "capture",
    withOptions(many(1_000, () => captures.option(1, ""))),
    ["udp 8"],
  ),
  ...[5, 0xffff].map((length) =>
    options(
      `an option of ${length} octets that is not there`,
      "capture",
      withOptions(captures.option(9, "\x06", true, length)),
      ["…"],
      { reports: 1 },
    ),
  ),
  options("a resolution of no octets", "capture", withOptions(captures.option(9, "")), ["…"], {
    reports: 1,
  }),
  ...[0x00, 0x3f, 0x7f, 0x80, 0xbf, 0xff].map((resolution) =>
    options(
      `a resolution of ${resolution}`,
      "capture",
      withOptions(captures.option(9, Uint8Array.of(resolution))),
      ["…"],
      { reports: 1 },
    ),
  ),
  options(
    "an offset of 2^63 seconds",
    "capture",
    withOptions(captures.option(14, new Uint8Array(8).fill(0x7f))),
    ["udp 8"],
  ),
  options(
    "options behind the end of options",
    "capture",
    withOptions(concat([captures.option(0, ""), captures.option(9, "\xff")])),
    ["…"],
    { reports: 1 },
  ),
];

const number = (at: number): Uint8Array => {
  const random = new Uint8Array(32);
  new DataView(random.buffer).setUint32(0, at);
  return random;
};

const LOG_ROWS: readonly InspectAttack[] = [
  logs(
    "a million lines",
    "key-log",
    () => many(1_000_000, () => bytesOf("CLIENT_RANDOM 00 00\n")),
    ["error KEY_LOG_LINE_INVALID", "…", "secrets 0"],
    { reports: 1_000, nanoseconds: 1_000 },
  ),
  logs(
    "two hundred thousand secrets",
    "key-log",
    () => many(200_000, (at) => bytesOf(keyLine("CLIENT_RANDOM", number(at), number(at)))),
    ["secrets 200000"],
    { memory: 96 * MIB, nanoseconds: 1_000 },
  ),
  logs(
    "a line without an end",
    "key-log",
    () => many(4_096, () => new Uint8Array(1_024).fill(0x41)),
    ["…"],
    { reports: 4 },
  ),
  logs(
    "a comment without an end",
    "key-log",
    () => concat([bytesOf("#"), new Uint8Array(4 * MIB).fill(0x41)]),
    ["…", "secrets 0"],
  ),
  logs(
    "one random with a hundred thousand labels",
    "key-log",
    () => many(100_000, (at) => bytesOf(keyLine(`LABEL_${at}`, number(0), number(at)))),
    ["…"],
    { reports: 1_000, memory: 16 * MIB },
  ),
  logs(
    "labels that are names of members",
    "key-log",
    bytesOf(
      ["__proto__", "constructor", "toString"]
        .map((label) => keyLine(label, number(0), number(1)))
        .join(""),
    ),
    ["…"],
    { reports: 4 },
  ),
  logs(
    "a secret of a million octets",
    "key-log",
    () => bytesOf(`CLIENT_RANDOM ${"00".repeat(32)} ${"00".repeat(1_000_000)}\n${keyLogOf()}`),
    ["error KEY_LOG_LINE_INVALID", "secrets 5"],
  ),
  logs(
    "four million octets of nothing but ends of lines",
    "key-log",
    () => new Uint8Array(4 * MIB).fill(10),
    ["secrets 0"],
  ),
  logs(
    "in a capture, in many blocks",
    "capture",
    () => concat([NG, many(10_000, () => captures.secrets(keyLogOf()))]),
    ["secrets", "…"],
    { reports: 10_000 },
  ),
];

/** Files that lie. */
export const FILE_ATTACKS: readonly InspectAttack[] = [
  ...LENGTH_ROWS,
  ...BLOCK_ROWS,
  ...OPTION_ROWS,
  ...LOG_ROWS,
];
