// Packets for captures: TCP and UDP in IPv4 and IPv6, with extension headers, in fragments, on every kind of link.

import { be16, be32, concat, type Octets } from "./capture-octets.js";

/** Link types (LINKTYPE_). */
export const LINK = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  sll: 113,
  sll2: 276,
} as const;

/** Flags of TCP. */
export const FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface Ends {
  /** "10.0.0.1" or "2001:db8:0:0:0:0:0:1" (all eight groups). */
  source?: string;
  destination?: string;
}
export interface Ports {
  sourcePort?: number;
  destinationPort?: number;
}

const NEXT = { udp: 17, tcp: 6 };

/** Octets of an address as text: four numbers, or eight groups. */
export function address(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  return text.split(":").flatMap((group) => be16(Number.parseInt(group, 16)));
}

/** A datagram of UDP, without the IP header. */
export function udp(
  payload: Octets,
  {
    sourcePort = 40_000,
    destinationPort = 443,
    length = 8 + payload.length,
  }: Ports & { length?: number } = {},
): Uint8Array {
  return concat(be16(sourcePort), be16(destinationPort), be16(length), [0, 0], payload);
}

/** A segment of TCP, without the IP header. Options in multiples of four octets. */
export function tcp(
  payload: Octets,
  options: Ports & {
    sequence?: number;
    acknowledgement?: number;
    flags?: number;
    options?: Octets;
    /** In words, where it is to be wrong. */
    headerWords?: number;
  } = {},
): Uint8Array {
  const { sourcePort = 40_000, destinationPort = 443, sequence = 0, acknowledgement = 0 } = options;
  const { flags = FLAGS.ack, options: more = [], headerWords = 5 + more.length / 4 } = options;
  return concat(
    [...be16(sourcePort), ...be16(destinationPort), ...be32(sequence), ...be32(acknowledgement)],
    [headerWords << 4, flags, ...be16(65_535), 0, 0, 0, 0],
    more,
    payload,
  );
}

export interface Ipv4Fields extends Ends {
  protocol?: "udp" | "tcp" | number;
  options?: Octets;
  totalLength?: number;
  identification?: number;
  fragmentOffset?: number;
  hasMore?: boolean;
}

/** An IPv4 packet around its payload. */
export function ipv4(payload: Octets, fields: Ipv4Fields = {}): Uint8Array {
  const { source = "10.0.0.1", destination = "10.0.0.2", protocol = "udp", options = [] } = fields;
  const { identification = 0, fragmentOffset = 0, hasMore = false } = fields;
  const words = 5 + options.length / 4;
  const { totalLength = 4 * words + payload.length } = fields;
  return concat(
    [0x40 + words, 0, ...be16(totalLength), ...be16(identification)],
    be16((hasMore ? 0x2000 : 0) + fragmentOffset / 8),
    [64, typeof protocol === "number" ? protocol : NEXT[protocol], 0, 0],
    address(source),
    address(destination),
    options,
    payload,
  );
}

/** An extension header of IPv6: its number, and its octets without the first one (next header). */
export interface Extension {
  type: number;
  rest: Octets;
}
export const EXTENSIONS = {
  hopByHop: { type: 0, rest: [0, 1, 4, 0, 0, 0, 0] },
  routing: { type: 43, rest: [2, 0, 0, ...Array(20).fill(0)] },
  destination: { type: 60, rest: [1, 1, 12, ...Array(12).fill(0)] },
  authentication: { type: 51, rest: [4, ...Array(22).fill(0)] },
  fragment: (offset: number, hasMore: boolean, identification: number): Extension => ({
    type: 44,
    rest: [0, ...be16(offset + (hasMore ? 1 : 0)), ...be32(identification)],
  }),
} as const;

export interface Ipv6Fields extends Ends {
  protocol?: "udp" | "tcp" | number;
  extensions?: readonly Extension[];
  payloadLength?: number;
}

/** An IPv6 packet around its payload. */
export function ipv6(payload: Octets, fields: Ipv6Fields = {}): Uint8Array {
  const { source = "2001:db8:0:0:0:0:0:1", destination = "2001:db8:0:0:0:0:0:2" } = fields;
  const { protocol = "udp", extensions = [] } = fields;
  const last = typeof protocol === "number" ? protocol : NEXT[protocol];
  const types = [...extensions.map(({ type }) => type), last];
  const headers = extensions.map(({ rest }, index) => concat([types[index + 1]], rest));
  const body = concat(...headers, payload);
  const { payloadLength = body.length } = fields;
  return concat(
    [0x60, 0, 0, 0, ...be16(payloadLength), types[0], 64],
    address(source),
    address(destination),
    body,
  );
}

/** The EtherType of an IP packet. */
const etherTypeOf = (packet: Octets): number => ((packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800);

/** An Ethernet frame. `tags`: types of the VLAN tags, outermost first. */
export function ethernet(
  packet: Octets,
  tags: readonly number[] = [],
  type = etherTypeOf(packet),
): Uint8Array {
  const vlans = tags.flatMap((tag, index) => [...be16(tag), ...be16(100 + index)]);
  return concat(Array(12).fill(2), vlans, be16(type), packet);
}

/** A packet as it stands behind the header of a link type. */
export function linked(linkType: number, packet: Octets): Uint8Array {
  const type = etherTypeOf(packet);
  const family = type === 0x0800 ? 2 : 30;
  switch (linkType) {
    case LINK.ethernet:
      return ethernet(packet);
    case LINK.null:
      return concat([family, 0, 0, 0], packet);
    case LINK.loop:
      return concat([0, 0, 0, family], packet);
    case LINK.sll:
      return concat(Array(14).fill(0), be16(type), packet);
    case LINK.sll2:
      return concat(be16(type), Array(18).fill(0), packet);
    default:
      return concat(packet);
  }
}
