// Packets of a network that lie: CAP-S04 fragments, CAP-S05 TCP, CAP-S09 other protocols, CAP-S10 crowds, CAP-S11 headers.

import { concat } from "../../latin1.js";
import { many, uint } from "../../octets.js";
import * as captures from "../captures.js";
import * as net from "../network.js";
import { type InspectAttack, inspectRowsOf } from "../row.js";

const fragments = inspectRowsOf("CAP-S04");
const streams = inspectRowsOf("CAP-S05");
const others = inspectRowsOf("CAP-S09");
const crowds = inspectRowsOf("CAP-S10");
const headers = inspectRowsOf("CAP-S11");

const MIB = 1024 * 1024;

/** A pcap of raw IP packets that are made by their number. */
const packets = (count: number, make: (at: number) => Uint8Array): Uint8Array =>
  concat([captures.pcapHeader(), many(count, (at) => captures.pcapPacket(make(at)))]);
const file = (...list: readonly Uint8Array[]): Uint8Array => captures.pcap(list);

const DATAGRAM = net.udp(1, 2, "0123456789abcdef");
const part = (from: number, to: number, more: boolean, identification = 1): Uint8Array =>
  net.ipv4(net.IP.UDP, DATAGRAM.subarray(from, to), {
    fragmentOffset: from,
    moreFragments: more,
    identification,
  });

const FRAGMENT_ROWS: readonly InspectAttack[] = [
  fragments(
    "two fragments, the last one first",
    "capture",
    file(part(16, 24, false), part(0, 16, true)),
    ["udp 16"],
  ),
  fragments(
    "a fragment twice",
    "capture",
    file(part(0, 16, true), part(0, 16, true), part(16, 24, false)),
    ["udp 16"],
  ),
  fragments(
    "an end below what is there",
    "capture",
    file(part(16, 24, true), part(8, 16, false), part(0, 8, true)),
    ["…"],
    { reports: 1 },
  ),
  fragments(
    "a fragment that ends behind 65,535",
    "capture",
    file(part(0, 8, true), net.ipv4(net.IP.UDP, new Uint8Array(100), { fragmentOffset: 65_528 })),
    ["…"],
    { reports: 1 },
  ),
  fragments(
    "fragments that overlap with other octets",
    "capture",
    file(
      part(0, 16, true),
      net.ipv4(net.IP.UDP, "XXXXXXXXXXXXXXXX", { fragmentOffset: 8, moreFragments: true }),
      part(16, 24, false),
    ),
    ["…"],
    { reports: 1 },
  ),
  fragments(
    "a hundred thousand datagrams that begin",
    "capture",
    () =>
      packets(100_000, (at) =>
        net.ipv4(net.IP.UDP, DATAGRAM.subarray(0, 8), {
          moreFragments: true,
          identification: at & 0xffff,
          source: [10, at >> 16, 0, 1],
        }),
      ),
    ["…"],
    { reports: 100_000, memory: 16 * MIB, nanoseconds: 1_000 },
  ),
  fragments(
    "a datagram in eight thousand fragments of 8 octets",
    "capture",
    () =>
      packets(8_190, (at) =>
        net.ipv4(net.IP.UDP, new Uint8Array(8), {
          fragmentOffset: 8 * (8_189 - at),
          moreFragments: at !== 0,
        }),
      ),
    ["…"],
    { reports: 2, nanoseconds: 2_000 },
  ),
  fragments(
    "sixty thousand datagrams, each with its last fragment alone",
    "capture",
    () =>
      packets(60_000, (at) =>
        net.ipv4(net.IP.UDP, new Uint8Array(1_000), { fragmentOffset: 64_000, identification: at }),
      ),
    ["…"],
    { reports: 60_000, memory: 32 * MIB },
  ),
  fragments(
    "fragments of no octets",
    "capture",
    () => packets(10_000, () => net.ipv4(net.IP.UDP, "", { moreFragments: true })),
    ["…"],
    { reports: 10_000 },
  ),
  fragments(
    "IPv6: a fragment inside of a fragment",
    "capture",
    file(
      net.ipv6(net.IP.UDP, DATAGRAM, [
        [net.IP.FRAGMENT, net.fragment6(0, false)],
        [net.IP.FRAGMENT, net.fragment6(0, false)],
      ]),
    ),
    ["…"],
    { reports: 1 },
  ),
];

const segment = (
  sequence: number,
  bytes: string | Uint8Array,
  flags: number = net.TCP.ACK,
  port = 50_000,
): Uint8Array => net.ipv4(net.IP.TCP, net.tcp(port, 80, bytes, { sequence, flags }));
const SYN = segment(99, "", net.TCP.SYN);

const TCP_ROWS: readonly InspectAttack[] = [
  streams(
    "a hundred thousand segments of one octet, every second one",
    "capture",
    () =>
      concat([file(SYN), many(100_000, (at) => captures.pcapPacket(segment(101 + 2 * at, "x")))]),
    ["open", "…"],
    { reports: 200_010, memory: 4 * MIB, nanoseconds: 2_000 },
  ),
  streams(
    "thirty thousand segments of one octet, the last one first",
    "capture",
    () => concat([file(SYN), many(30_000, (at) => captures.pcapPacket(segment(30_099 - at, "x")))]),
    ["open", "…"],
    { reports: 60_010, memory: 4 * MIB, nanoseconds: 4_000 },
  ),
  streams(
    "other octets at the same place: the first ones stay",
    "capture",
    file(SYN, segment(100, "abc"), segment(100, "xyz"), segment(101, "yz!"), segment(104, "")),
    ["open", "data client 3", "data client 1", "…"],
    { reports: 5 },
  ),
  streams(
    "other octets ahead of a gap",
    "capture",
    file(SYN, segment(103, "def"), segment(102, "XXXX"), segment(100, "abc")),
    ["open", "…"],
    { reports: 5, never: ["gap"] },
  ),
  streams(
    "data around 2^32",
    "capture",
    file(segment(0xffff_fffd, "", net.TCP.SYN), segment(0xffff_fffe, "abcd"), segment(2, "ef")),
    ["open", "data client 4", "data client 2", "…"],
  ),
  streams(
    "a gap, and 8 MiB behind it",
    "capture",
    () =>
      concat([
        file(SYN),
        many(6_000, (at) => captures.pcapPacket(segment(200 + 1_400 * at, new Uint8Array(1_400)))),
      ]),
    ["open", "gap client 100", "…"],
    { reports: 12_010, memory: 4 * MIB },
  ),
  streams(
    "segments a GiB ahead",
    "capture",
    () =>
      concat([file(SYN), many(1_000, (at) => captures.pcapPacket(segment(2 ** 30 + 3 * at, "x")))]),
    ["open", "…"],
    { reports: 2_010 },
  ),
  streams(
    "SYN again and again",
    "capture",
    () =>
      concat([
        captures.pcapHeader(),
        many(10_000, (at) => captures.pcapPacket(segment(at * 7, "", net.TCP.SYN))),
      ]),
    ["…"],
    { reports: 40_000 },
  ),
  streams(
    "FIN with data behind it",
    "capture",
    file(
      SYN,
      segment(100, "abc", net.TCP.ACK | net.TCP.FIN),
      segment(103, "def"),
      segment(104, "ghi"),
    ),
    ["open", "data client 3", "end client", "…"],
    { reports: 6, never: ["def"] },
  ),
  streams(
    "RST with any number, between data",
    "capture",
    file(SYN, segment(100, "abc"), segment(5, "", net.TCP.RST), segment(103, "def")),
    ["open", "data client 3", "…"],
  ),
  ...[0, 1, 4, 15].map((headerWords) =>
    streams(
      `a header of ${headerWords} words`,
      "capture",
      file(net.ipv4(net.IP.TCP, net.tcp(1, 2, "abc", { headerWords }))),
      ["…"],
      { reports: 3 },
    ),
  ),
];

const OTHER_ROWS: readonly InspectAttack[] = [
  others(
    "ICMP that says a datagram was too large (CVE-2024-53259)",
    "inspect",
    file(
      net.ipv4(
        net.IP.ICMP,
        concat([
          Uint8Array.of(3, 4, 0, 0),
          uint(0, 2),
          uint(68, 2),
          net.ipv4(net.IP.UDP, DATAGRAM),
        ]),
      ),
    ),
    ["…", "summary"],
    { never: ["error", "connection"] },
  ),
  ...[...Object.values(net.LINK), 147, 105, 0xffff].map((linkType) =>
    others(
      `link type ${linkType}: packets of 0 to 40 octets`,
      "capture",
      concat([
        captures.pcapHeader({ linkType }),
        many(41, (at) => captures.pcapPacket(new Uint8Array(at).fill(0x45))),
      ]),
      ["…"],
      { reports: 41 },
    ),
  ),
  ...[0, 0x0806, 0x8100, 0x88a8, 0x8864, 0xffff].map((type) =>
    others(
      `Ethernet type ${type}`,
      "capture",
      captures.pcap([net.ethernet(type, new Uint8Array(40))], { linkType: net.LINK.ETHERNET }),
      ["other *"],
    ),
  ),
];

const CROWD_ROWS: readonly InspectAttack[] = [
  crowds(
    "a hundred thousand connections that begin",
    "capture",
    () =>
      packets(100_000, (at) =>
        net.ipv4(net.IP.TCP, net.tcp(1 + (at % 60_000), 80, "", { flags: net.TCP.SYN }), {
          source: [10, at >> 16, at >> 8, at].map((octet) => octet & 255),
        }),
      ),
    ["open", "…"],
    { reports: 400_000, memory: 96 * MIB },
  ),
  crowds(
    "fifty thousand connections with a byte ahead of a gap",
    "capture",
    () =>
      packets(100_000, (at) =>
        net.ipv4(
          net.IP.TCP,
          net.tcp(1 + ((at >> 1) % 60_000), 80, at % 2 === 0 ? "" : "x", {
            flags: at % 2 === 0 ? net.TCP.SYN : net.TCP.ACK,
            sequence: at % 2 === 0 ? 0 : 9,
          }),
        ),
      ),
    ["open", "…"],
    { reports: 400_000, memory: 96 * MIB },
  ),
  crowds(
    "ten thousand clients of HTTP that say half a line",
    "inspect",
    () =>
      packets(10_000, (at) =>
        net.ipv4(net.IP.TCP, net.tcp(1 + at, 80, "GET / HT", { sequence: 1 })),
      ),
    ["…", "summary"],
    { reports: 60_000, memory: 192 * MIB },
  ),
];

/** A chain of so many extension headers. */
const chain = (count: number) =>
  Array.from({ length: count }, () => [net.IP.OPTIONS, "\0\0\0\0\0\0\0"] as const);

const HEADER_ROWS: readonly InspectAttack[] = [
  headers(
    "a thousand extension headers",
    "capture",
    file(net.ipv6(net.IP.UDP, DATAGRAM, chain(1_000))),
    ["…"],
    { reports: 1 },
  ),
  headers(
    "an extension header that goes on behind the packet",
    "capture",
    file(
      net.ipv6(net.IP.UDP, "", [[net.IP.OPTIONS, concat([Uint8Array.of(255), new Uint8Array(6)])]]),
    ),
    ["other *"],
  ),
  headers(
    "a thousand VLAN tags",
    "capture",
    captures.pcap(
      [
        net.ethernet(
          net.ETHER.IPV4,
          net.ipv4(net.IP.UDP, DATAGRAM),
          Array.from({ length: 1_000 }, () => 1),
        ),
      ],
      { linkType: net.LINK.ETHERNET },
    ),
    ["…"],
    { reports: 1 },
  ),
  ...[0, 1, 4, 15].map((headerWords) =>
    headers(
      `an IPv4 header of ${headerWords} words`,
      "capture",
      file(net.ipv4(net.IP.UDP, DATAGRAM, { headerWords })),
      ["…"],
      { reports: 1 },
    ),
  ),
  ...[0, 19, 20, 27, 0xffff].map((totalLength) =>
    headers(
      `an IPv4 packet that says it has ${totalLength} octets`,
      "capture",
      file(net.ipv4(net.IP.UDP, DATAGRAM, { totalLength })),
      ["…"],
      { reports: 1 },
    ),
  ),
  ...[0, 7, 8, 0xffff].map((length) =>
    headers(
      `UDP that says it has ${length} octets`,
      "capture",
      file(net.ipv4(net.IP.UDP, net.udp(1, 2, "abc", length))),
      ["…"],
      { reports: 1 },
    ),
  ),
  ...[0, 3, 0xffff].map((length) =>
    headers(
      `an IPv6 packet that says it has ${length} octets`,
      "capture",
      file(net.ipv6(net.IP.UDP, DATAGRAM, [], length)),
      ["…"],
      { reports: 1 },
    ),
  ),
  headers(
    "octets behind the packet are no data",
    "capture",
    captures.pcap([net.ethernet(net.ETHER.IPV4, concat([segment(5, "abc"), new Uint8Array(6)]))], {
      linkType: net.LINK.ETHERNET,
    }),
    ["open", "data client|server 3", "…"],
    { reports: 4 },
  ),
];

/** Packets that lie. */
export const NETWORK_ATTACKS: readonly InspectAttack[] = [
  ...FRAGMENT_ROWS,
  ...TCP_ROWS,
  ...OTHER_ROWS,
  ...CROWD_ROWS,
  ...HEADER_ROWS,
];
