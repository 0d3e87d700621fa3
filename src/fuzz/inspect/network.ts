// Packets of a network written by plain, obvious code: Ethernet, Linux cooked, loopback, IPv4, IPv6 with extension headers and
// fragments, UDP, TCP (RFC 791, 8200, 768, 9293). Every length and offset can lie; checksums are 0, as captures have them where
// the network card computes them.

import { concat } from "../latin1.js";
import { type Octets, octets, uint } from "../octets.js";

/** Link types of captures. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/** Ethernet types. */
export const ETHER = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  QINQ: 0x88a8,
  IPV6: 0x86dd,
} as const;
/** IP protocols. */
export const IP = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ROUTING: 43,
  FRAGMENT: 44,
  OPTIONS: 60,
};

/** Flags of TCP. */
export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

/** A frame of Ethernet, with VLAN tags. */
export function ethernet(type: number, payload: Octets, vlans: readonly number[] = []): Uint8Array {
  const tags = vlans.map((vlan) => concat([uint(ETHER.VLAN, 2), uint(vlan, 2)]));
  return concat([new Uint8Array(12), ...tags, uint(type, 2), octets(payload)]);
}

/** Linux cooked capture, version 1. */
export function cooked(type: number, payload: Octets): Uint8Array {
  return concat([
    uint(0, 2),
    uint(1, 2),
    uint(6, 2),
    new Uint8Array(8),
    uint(type, 2),
    octets(payload),
  ]);
}

/** Linux cooked capture, version 2. */
export function cooked2(type: number, payload: Octets): Uint8Array {
  return concat([uint(type, 2), new Uint8Array(18), octets(payload)]);
}

/** What an IPv4 header may have. */
export interface Ipv4Fields {
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  readonly identification?: number;
  /** In octets. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** In place of the true ones. */
  readonly totalLength?: number;
  readonly headerWords?: number;
  readonly options?: Octets;
}

const LOCAL = [127, 0, 0, 1];

/** An IPv4 packet. */
export function ipv4(protocol: number, payload: Octets, fields: Ipv4Fields = {}): Uint8Array {
  const { source = LOCAL, destination = LOCAL, identification = 1, fragmentOffset = 0 } = fields;
  const options = octets(fields.options ?? "");
  const body = octets(payload);
  const words = fields.headerWords ?? 5 + options.length / 4;
  const flags = (fields.moreFragments === true ? 0x2000 : 0) | (fragmentOffset >> 3);
  return concat([
    Uint8Array.of(0x40 | words, 0),
    uint(fields.totalLength ?? 20 + options.length + body.length, 2),
    uint(identification, 2),
    uint(flags, 2),
    Uint8Array.of(64, protocol, 0, 0, ...source, ...destination),
    options,
    body,
  ]);
}

/** An IPv6 packet; `chain` are extension headers, each as octets behind "next header". */
export function ipv6(
  protocol: number,
  payload: Octets,
  chain: readonly (readonly [type: number, rest: Octets])[] = [],
  length?: number,
): Uint8Array {
  const headers = chain.map(([, rest], at) =>
    concat([Uint8Array.of(chain[at + 1]?.[0] ?? protocol), octets(rest)]),
  );
  const body = concat([...headers, octets(payload)]);
  const loop = new Uint8Array(16);
  loop[15] = 1;
  return concat([
    Uint8Array.of(0x60, 0, 0, 0),
    uint(length ?? body.length, 2),
    Uint8Array.of(chain[0]?.[0] ?? protocol, 64),
    loop,
    loop,
    body,
  ]);
}

/** Octets of a fragment header of IPv6 behind "next header"; the offset in octets. */
export function fragment6(offset: number, more: boolean, identification = 1): Uint8Array {
  return concat([Uint8Array.of(0), uint(offset | (more ? 1 : 0), 2), uint(identification, 4)]);
}

/** A UDP datagram; `length` instead of the true one. */
export function udp(
  source: number,
  destination: number,
  payload: Octets,
  length?: number,
): Uint8Array {
  const body = octets(payload);
  const head = [
    uint(source, 2),
    uint(destination, 2),
    uint(length ?? 8 + body.length, 2),
    uint(0, 2),
  ];
  return concat([...head, body]);
}

/** What a TCP segment may have. */
export interface TcpFields {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly flags?: number;
  /** In place of the true one. */
  readonly headerWords?: number;
  readonly options?: Octets;
}

/** A TCP segment. */
export function tcp(
  source: number,
  destination: number,
  payload: Octets = "",
  fields: TcpFields = {},
): Uint8Array {
  const options = octets(fields.options ?? "");
  const words = fields.headerWords ?? 5 + options.length / 4;
  return concat([
    uint(source, 2),
    uint(destination, 2),
    uint((fields.sequence ?? 0) >>> 0, 4),
    uint((fields.acknowledgement ?? 0) >>> 0, 4),
    Uint8Array.of((words << 4) & 0xff, fields.flags ?? TCP.ACK),
    uint(0xffff, 2),
    uint(0, 4),
    options,
    octets(payload),
  ]);
}
