// Pieces of captures, packets, key logs and TLS records that change meaning where they are put: what a mutation fuzzer inserts.

import { bytesOf } from "../latin1.js";
import { uint } from "../octets.js";
import { clientHello, finished, record, serverHello } from "../tls.js";
import * as captures from "./captures.js";
import { keyLogOf } from "./key-log.js";
import * as net from "./network.js";

const DATAGRAM = net.ipv4(net.IP.UDP, net.udp(50_000, 443, "datagram"));
const SEGMENT = net.ipv4(net.IP.TCP, net.tcp(50_000, 80, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));

const NUMBERS = [0, 1, 4, 8, 12, 0xff, 0xffff, 0x4_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** For capture files: headers, packets, blocks, lengths. */
export const CAPTURE_TOKENS: readonly Uint8Array[] = [
  captures.pcapHeader(),
  captures.pcapHeader({ little: false, nanoseconds: true, linkType: net.LINK.ETHERNET }),
  captures.pcapPacket(DATAGRAM),
  captures.pcapPacket(SEGMENT),
  captures.pcapPacket("", {}, { captured: 0xffff_ffff }),
  captures.section(),
  captures.section(false),
  captures.interfaceBlock(),
  captures.interfaceBlock(net.LINK.ETHERNET, captures.option(9, "\x09")),
  captures.enhanced(DATAGRAM),
  captures.enhanced(SEGMENT, { interfaceId: 7 }),
  captures.simple(SEGMENT),
  captures.secrets(keyLogOf()),
  captures.block(captures.BLOCK.CUSTOM, "custom"),
  captures.block(captures.BLOCK.ENHANCED, "", true, 0),
  DATAGRAM,
  SEGMENT,
  net.ipv4(net.IP.UDP, net.udp(1, 2, "abc"), { moreFragments: true }),
  net.ipv4(net.IP.UDP, "defg", { fragmentOffset: 8 }),
  net.ipv6(net.IP.UDP, net.udp(1, 2, "abc"), [[net.IP.FRAGMENT, net.fragment6(0, false)]]),
  net.ethernet(net.ETHER.IPV4, DATAGRAM, [7]),
  ...NUMBERS.flatMap((value) => [captures.word(value, 4), captures.word(value, 4, false)]),
];

/** For key logs. */
export const KEY_LOG_TOKENS: readonly Uint8Array[] = [
  "\n",
  "\r\n",
  " ",
  "#",
  "# comment\n",
  "CLIENT_RANDOM ",
  "CLIENT_TRAFFIC_SECRET_0 ",
  "00",
  "zz",
  "\0",
  "\x1b[31m",
  "0".repeat(200),
  keyLogOf(),
  keyLogOf(new Uint8Array(32)),
].map(bytesOf);

/** For records of TLS. */
export const TLS_TOKENS: readonly Uint8Array[] = [
  record(22, clientHello()),
  record(22, serverHello()),
  record(22, finished()),
  record(20, "\x01"),
  record(21, "\x02\x28"),
  record(23, new Uint8Array(32)),
  record(23, ""),
  record(22, "", 0xffff),
  clientHello(),
  serverHello(),
  uint(0x0303, 2),
  uint(0x16, 1),
  uint(0x17, 1),
];
