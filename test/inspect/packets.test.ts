// From a captured packet to what it carries: link layers, IPv4 and IPv6, extension headers, UDP and TCP;
// what is cut, padded, malformed or something else.

import { describe, expect, test } from "vitest";
import { PacketDecoder } from "../../src/inspect/capture/packet-decoder.js";
import { ascii, be16, be32, concat, type Octets } from "../helpers/capture-octets.js";
import {
  address,
  EXTENSIONS,
  type Extension,
  ethernet,
  FLAGS,
  ipv4,
  ipv6,
  LINK,
  linked,
  tcp,
  udp,
} from "../helpers/capture-packet.js";
import { decoding, read, V4, V6 } from "../helpers/packet-read.js";

const payload = ascii("payload");
const datagram = udp(payload);
const segment = tcp(payload, { sequence: 0xffff_fff0, acknowledgement: 7, flags: FLAGS.syn });

describe("links", () => {
  test.each<[string, number, number]>([
    ["Ethernet", LINK.ethernet, 14],
    ["raw IP", LINK.raw, 0],
    ["raw IP of BSD", LINK.rawBsd, 0],
    ["raw IP of OpenBSD", LINK.rawOpenBsd, 0],
    ["loopback", LINK.null, 4],
    ["loopback of OpenBSD", LINK.loop, 4],
    ["Linux cooked", LINK.sll, 16],
    ["Linux cooked, version 2", LINK.sll2, 20],
  ])("%s", (_name, linkType, at) => {
    expect(read(linked(linkType, ipv4(datagram)), linkType)).toBe(
      `udp ${V4} at ${1_028 + at} payload`,
    );
    expect(read(linked(linkType, ipv6(datagram)), linkType)).toBe(
      `udp ${V6} at ${1_048 + at} payload`,
    );
  });

  test.each([
    ["one VLAN", [0x8100]],
    ["a VLAN in a VLAN of the provider", [0x88a8, 0x8100]],
    ["three of the old kind", [0x9100, 0x9100, 0x8100]],
  ])("%s", (_name, tags) => {
    expect(read(ethernet(ipv6(datagram), tags), LINK.ethernet)).toContain(V6);
    const cooked = concat(Array(14).fill(0), be16(0x8100), be16(5), be16(0x0800), ipv4(datagram));
    expect(read(cooked, LINK.sll)).toContain(V4);
  });

  test.each([
    ["IPv4 in the other byte order", LINK.null, [0, 0, 0, 2], ipv4(datagram), V4],
    ["IPv6 of Linux", LINK.null, [10, 0, 0, 0], ipv6(datagram), V6],
    ["IPv6 of FreeBSD", LINK.null, [0, 0, 0, 28], ipv6(datagram), V6],
    ["IPv6 of NetBSD", LINK.loop, [0, 0, 0, 24], ipv6(datagram), V6],
    ["IPv6 of macOS", LINK.loop, [30, 0, 0, 0], ipv6(datagram), V6],
  ])("families: %s", (_name, linkType, family, packet, ends) => {
    expect(read(concat(family, packet), linkType)).toContain(ends);
  });

  test.each<[string, Octets, number, string]>([
    ["ARP", ethernet(new Uint8Array(28), [], 0x0806), LINK.ethernet, "ARP"],
    ["a length", ethernet(new Uint8Array(40), [], 40), LINK.ethernet, "LLC"],
    ["a type without a name", ethernet([1], [], 0x1234), LINK.ethernet, "EtherType 0x1234"],
    ["a short frame", new Uint8Array(13), LINK.ethernet, "malformed link layer"],
    ["a VLAN cut off", ethernet([], [0x8100]).slice(0, 15), LINK.ethernet, "malformed link layer"],
    ["a family without a name", [9, 0, 0, 0, 1], LINK.null, "address family 9"],
    ["no family", [2, 0, 0], LINK.null, "malformed link layer"],
    ["raw nothing", [], LINK.raw, "malformed link layer"],
    ["raw something", [0x50], LINK.raw, "malformed link layer"],
    ["IEEE 802.11", [1], 105, "unknown link type 105"],
  ])("what is not IP: %s", (_name, bytes, linkType, what) => {
    expect(read(bytes, linkType)).toBe(what);
  });
});

describe("IPv4", () => {
  test("options, and padding of Ethernet behind a short packet", () => {
    const packet = ipv4(datagram, { options: [7, 3, 4, 0, 1, 1, 1, 0] });
    expect(read(packet)).toBe(`udp ${V4} at 1036 payload`);
    expect(read(concat(ethernet(packet), Array(30).fill(0xee)), LINK.ethernet)).toContain(
      " payload",
    );
    expect(read(concat(ipv4(segment, { protocol: "tcp" }), [1, 2, 3])).endsWith(" payload")).toBe(
      true,
    );
  });

  test("a length of 0 is that of what was captured: segmentation was offloaded", () => {
    expect(read(ipv4(segment, { protocol: "tcp", totalLength: 0 }))).toBe(
      `tcp ${V4} at 1040 payload`,
    );
  });

  test("AH stands before what it protects", () => {
    const header = concat([17, 4], new Uint8Array(22));
    expect(read(ipv4(concat(header, datagram), { protocol: 51 }))).toBe(
      `udp ${V4} at 1052 payload`,
    );
  });

  test.each<[string, Octets, string]>([
    ["a short header", ipv4(datagram).slice(0, 19), "malformed IPv4"],
    ["a header of 4 words", concat([0x44], ipv4(datagram).slice(1)), "malformed IPv4"],
    ["options behind the end", concat([0x4f], ipv4([]).slice(1)), "malformed IPv4"],
    [
      "version 5 in an Ethernet frame of IPv4",
      concat([0x55], ipv4([]).slice(1)),
      "malformed link layer",
    ],
    ["shorter than its header", ipv4(datagram, { totalLength: 19 }), "malformed IPv4"],
    ["longer than what there is", ipv4(datagram, { totalLength: 60 }), "truncated"],
    ["ICMP", ipv4([8, 0], { protocol: 1 }), "ICMP"],
    ["IGMP", ipv4([8, 0], { protocol: 2 }), "IGMP"],
    ["a protocol without a name", ipv4([8, 0], { protocol: 200 }), "IP protocol 200"],
    ["an extension header of IPv6", ipv4([8, 0], { protocol: 60 }), "IP protocol 60"],
    ["AH that is cut", ipv4([17, 4, 0, 0], { protocol: 51 }), "malformed IPv4"],
  ])("%s", (_name, packet, what) => {
    expect(read(packet)).toBe(what);
  });
});

describe("IPv6", () => {
  const { hopByHop, routing, destination, authentication } = EXTENSIONS;
  test.each<[string, Extension[], number]>([
    ["hop-by-hop options", [hopByHop], 8],
    ["routing", [routing], 24],
    ["destination options", [destination], 16],
    ["authentication", [authentication], 24],
    ["all of them", [hopByHop, destination, routing, authentication, destination], 88],
    ["mobility", [{ type: 135, rest: [0, 0, 0, 0, 0, 0, 0] }], 8],
    ["a fragment that is the whole packet", [EXTENSIONS.fragment(0, false, 9)], 8],
    ["that fragment between others", [hopByHop, EXTENSIONS.fragment(0, false, 9), destination], 32],
  ])("%s", (_name, extensions, length) => {
    expect(read(ipv6(datagram, { extensions }))).toBe(`udp ${V6} at ${1_048 + length} payload`);
    const packet = ipv6(segment, { extensions, protocol: "tcp" });
    expect(read(concat(packet, [0, 0]))).toBe(`tcp ${V6} at ${1_060 + length} payload`);
  });

  test("a payload length of 0 is that of what was captured", () => {
    expect(read(ipv6(segment, { protocol: "tcp", payloadLength: 0 }))).toContain(" payload");
  });

  test.each<[string, Octets, string]>([
    ["a short header", ipv6(datagram).slice(0, 39), "malformed IPv6"],
    ["longer than what there is", ipv6(datagram, { payloadLength: 60 }), "truncated"],
    [
      "an extension header behind the end",
      ipv6([], { extensions: [hopByHop] }).slice(0, 44),
      "malformed IPv6",
    ],
    [
      "an extension header that is too long",
      ipv6(datagram, { extensions: [{ type: 0, rest: [200, 0, 0, 0, 0, 0, 0] }] }),
      "malformed IPv6",
    ],
    ["nothing behind the header", ipv6([], { protocol: 60 }), "malformed IPv6"],
    ["ICMPv6", ipv6([128, 0], { protocol: 58 }), "ICMPv6"],
    ["no payload", ipv6([], { protocol: 59 }), "IPv6 without payload"],
    ["ESP", ipv6([1, 2, 3], { protocol: 50, extensions: [hopByHop] }), "ESP"],
  ])("%s", (_name, packet, what) => {
    // Where the length says more than there is, the packet is made to end where it does.
    const bytes = concat(packet);
    if (what !== "truncated" && bytes.length >= 40) bytes.set(be16(bytes.length - 40), 4);
    expect(read(bytes)).toBe(what);
  });
});

describe("addresses", () => {
  const text = (source: string) => {
    const isIpv6 = source.includes(":");
    const packet = isIpv6
      ? ipv6(datagram, { source, destination: "1:2:3:4:5:6:7:8" })
      : ipv4(datagram, { source });
    return read(packet).split(" ")[1];
  };
  test.each([
    ["127.0.0.1", "127.0.0.1:40000"],
    ["255.255.255.255", "255.255.255.255:40000"],
    ["0:0:0:0:0:0:0:0", "[::]:40000"],
    ["0:0:0:0:0:0:0:1", "[::1]:40000"],
    ["fe80:0:0:0:0:0:0:0", "[fe80::]:40000"],
    ["2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:40000"],
    ["2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]:40000"],
    ["2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:40000"],
    ["0:0:1:0:0:0:1:0", "[0:0:1::1:0]:40000"],
    ["ABCD:0:1:2:3:4:5:0", "[abcd:0:1:2:3:4:5:0]:40000"],
    ["0:0:0:0:0:ffff:c000:201", "[::ffff:192.0.2.1]:40000"],
  ])("RFC 5952: %s", (source, expected) => {
    expect(text(source)).toBe(expected);
  });

  test("many endpoints, again and again, each with its own text", () => {
    const { read } = decoding();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 6_000; index++) {
        const [high, low] = [index >> 8, index & 255];
        const source = index & 1 ? `10.0.${high}.${low}` : `2001:db8:0:0:0:0:${high}:1${low}`;
        const packet = source.includes(":")
          ? ipv6(datagram, { source })
          : ipv4(datagram, { source });
        const expected = source.includes(":")
          ? `[2001:db8::${high > 0 ? `${high}:` : ""}1${low}]:40000`
          : `${source}:40000`;
        expect(read(packet).split(" ")[1]).toBe(expected);
      }
    }
  });
});

describe("UDP and TCP", () => {
  test.each<[string, Octets, string]>([
    ["an empty datagram", ipv4(udp([])), `udp ${V4} at 1028 `],
    ["octets behind a datagram", ipv4(concat(datagram, [1, 2, 3])), `udp ${V4} at 1028 payload`],
    ["a length of 0: a jumbogram", ipv4(udp(payload, { length: 0 })), `udp ${V4} at 1028 payload`],
    ["a datagram without a header", ipv4([1, 2, 3, 4, 5, 6, 7]), "malformed UDP"],
    ["a length below its header", ipv4(udp(payload, { length: 7 })), "malformed UDP"],
    ["a length behind the end", ipv4(udp(payload, { length: 16 })), "malformed UDP"],
    [
      "a segment with options",
      ipv4(tcp(payload, { options: [2, 4, 5, 180, 1, 1, 1, 0] }), { protocol: "tcp" }),
      `tcp ${V4} at 1048 payload`,
    ],
    [
      "a segment without a header",
      ipv4(segment.slice(0, 19), { protocol: "tcp" }),
      "malformed TCP",
    ],
    [
      "a header of 4 words",
      ipv4(tcp(payload, { headerWords: 4 }), { protocol: "tcp" }),
      "malformed TCP",
    ],
    [
      "a header behind the end",
      ipv4(tcp(payload, { headerWords: 15 }), { protocol: "tcp" }),
      "malformed TCP",
    ],
  ])("%s", (_name, packet, expected) => {
    expect(read(packet)).toBe(expected);
  });

  test("numbers and flags of a segment", () => {
    const packet = ipv4(segment, { protocol: "tcp" });
    const common = {
      kind: "packet",
      time: null,
      interfaceId: 0,
      linkType: LINK.raw,
      offset: 5,
    } as const;
    const result = new PacketDecoder().decode({ ...common, bytes: packet, originalLength: 47 });
    expect(result).toEqual({
      kind: "tcp",
      time: null,
      source: "10.0.0.1:40000",
      destination: "10.0.0.2:443",
      sourcePort: 40_000,
      destinationPort: 443,
      bytes: payload,
      offset: 45,
      sequence: 0xffff_fff0,
      acknowledgement: 7,
      flags: FLAGS.syn,
    });
  });
});

test("packets of which less was kept than there was are truncated, wherever that is", () => {
  const whole = [
    ethernet(ipv4(datagram, { options: [1, 1, 1, 0] }), [0x8100]),
    ethernet(ipv6(segment, { protocol: "tcp", extensions: [EXTENSIONS.destination] })),
  ];
  for (const packet of whole) {
    for (let length = 0; length < packet.length; length++) {
      expect(read(packet.slice(0, length), LINK.ethernet, packet.length)).toBe("truncated");
    }
    expect(read(packet, LINK.ethernet)).toContain("payload");
  }
});

test("the helpers write what they say", () => {
  expect(address("1:2:3:4:5:6:7:ffff")).toEqual([
    0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 255, 255,
  ]);
  expect(be32(0xfedc_ba98)).toEqual([0xfe, 0xdc, 0xba, 0x98]);
});
