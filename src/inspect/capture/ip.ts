// Headers of IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers, as far as the way to UDP and TCP needs them.

import { uint16, uint32 } from "./octets.js";

/** What follows an IP header, or an extension header. */
export const enum IpProtocol {
  HopByHop = 0,
  Icmp = 1,
  Igmp = 2,
  Tcp = 6,
  Udp = 17,
  Routing = 43,
  Fragment = 44,
  Esp = 50,
  Authentication = 51,
  Icmpv6 = 58,
  NoNextHeader = 59,
  Destination = 60,
  Sctp = 132,
  Mobility = 135,
  Hip = 139,
  Shim6 = 140,
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.Icmp, "ICMP"],
  [IpProtocol.Igmp, "IGMP"],
  [4, "IPv4 in IP"],
  [41, "IPv6 in IP"],
  [47, "GRE"],
  [IpProtocol.Esp, "ESP"],
  [IpProtocol.Icmpv6, "ICMPv6"],
  [IpProtocol.NoNextHeader, "IPv6 without payload"],
  [89, "OSPF"],
  [103, "PIM"],
  [112, "VRRP"],
  [IpProtocol.Sctp, "SCTP"],
]);

/** Where a header could not be read. */
export const enum IpFault {
  None,
  /** Lengths that do not fit, or a wrong version. */
  Malformed,
  /** It goes on behind what was captured. */
  Cut,
}

/** An IP packet: places in its bytes. */
export interface IpPacket {
  version: number;
  sourceAt: number;
  destinationAt: number;
  /** What stands at `at`. */
  protocol: number;
  at: number;
  end: number;
  /** Whether less was captured than the header says. */
  isCut: boolean;
  isFragment: boolean;
  fragmentOffset: number;
  hasMore: boolean;
  identification: number;
}

export function emptyIpPacket(): IpPacket {
  return {
    version: 0,
    sourceAt: 0,
    destinationAt: 0,
    protocol: 0,
    at: 0,
    end: 0,
    isCut: false,
    isFragment: false,
    fragmentOffset: 0,
    hasMore: false,
    identification: 0,
  };
}

/** Name of what is no TCP or UDP. */
export function ipProtocolName(protocol: number): string {
  return NAMES.get(protocol) ?? `IP protocol ${protocol}`;
}

/** Reads the header at `at`, of version 4 or 6, without extension headers. */
export function readIpHeader(
  bytes: Uint8Array,
  at: number,
  version: number,
  ip: IpPacket,
): IpFault {
  ip.version = version;
  ip.isCut = false;
  ip.isFragment = false;
  return version === 4 ? readIpv4(bytes, at, ip) : readIpv6(bytes, at, ip);
}

function readIpv4(bytes: Uint8Array, at: number, ip: IpPacket): IpFault {
  const room = bytes.length - at;
  if (room < 20) return IpFault.Cut;
  const first = bytes[at] as number;
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < 20) return IpFault.Malformed;
  if (room < headerLength) return IpFault.Cut;
  // 0: the network card was to cut it (segmentation offload), and the length did not fit 16 bits.
  const length = uint16(bytes, at + 2) || room;
  if (length < headerLength) return IpFault.Malformed;
  const fragment = uint16(bytes, at + 6);
  ip.sourceAt = at + 12;
  ip.destinationAt = at + 16;
  ip.protocol = bytes[at + 9] as number;
  ip.at = at + headerLength;
  setEnd(ip, at + length, bytes.length);
  ip.fragmentOffset = (fragment & 0x1fff) * 8;
  ip.hasMore = (fragment & 0x2000) !== 0;
  ip.isFragment = ip.hasMore || ip.fragmentOffset > 0;
  ip.identification = uint16(bytes, at + 4);
  return IpFault.None;
}

function readIpv6(bytes: Uint8Array, at: number, ip: IpPacket): IpFault {
  const room = bytes.length - at;
  if (room < 40) return IpFault.Cut;
  if ((bytes[at] as number) >> 4 !== 6) return IpFault.Malformed;
  // 0: a jumbogram, or segmentation offload.
  const length = uint16(bytes, at + 4) || room - 40;
  ip.sourceAt = at + 8;
  ip.destinationAt = at + 24;
  ip.protocol = bytes[at + 6] as number;
  ip.at = at + 40;
  setEnd(ip, at + 40 + length, bytes.length);
  return IpFault.None;
}

/** What stands behind the packet is padding of the link layer. */
function setEnd(ip: IpPacket, end: number, captured: number): void {
  ip.isCut = end > captured;
  ip.end = ip.isCut ? captured : end;
}

/**
 * Goes on to what the extension headers carry (RFC 8200 section 4; AH of IPv4 as well). At a fragment header it stops,
 * and tells the fragment; a fragment in a fragment is malformed.
 */
export function readExtensions(bytes: Uint8Array, ip: IpPacket): IpFault {
  for (;;) {
    const length = extensionLength(bytes, ip);
    if (length === 0) return IpFault.None;
    if (length > ip.end - ip.at) return ip.isCut ? IpFault.Cut : IpFault.Malformed;
    const { protocol, at } = ip;
    ip.protocol = bytes[at] as number;
    ip.at = at + length;
    if (protocol !== IpProtocol.Fragment) continue;
    if (ip.isFragment) return IpFault.Malformed;
    const fragment = uint16(bytes, at + 2);
    ip.fragmentOffset = fragment & 0xfff8;
    ip.hasMore = (fragment & 1) !== 0;
    // A fragment that is the whole packet is none (RFC 6946).
    ip.isFragment = ip.hasMore || ip.fragmentOffset > 0;
    ip.identification = uint32(bytes, at + 4);
    if (ip.isFragment) return IpFault.None;
  }
}

/** Octets of the extension header at `ip.at`; 0 where there is none. Its second octet may be behind the end. */
function extensionLength(bytes: Uint8Array, ip: IpPacket): number {
  const units = ip.at + 1 < ip.end ? (bytes[ip.at + 1] as number) : 0;
  switch (ip.protocol) {
    case IpProtocol.Authentication:
      return (units + 2) * 4;
    case IpProtocol.HopByHop:
    case IpProtocol.Routing:
    case IpProtocol.Destination:
    case IpProtocol.Mobility:
    case IpProtocol.Hip:
    case IpProtocol.Shim6:
      return ip.version === 6 ? (units + 1) * 8 : 0;
    case IpProtocol.Fragment:
      return ip.version === 6 ? 8 : 0;
    default:
      return 0;
  }
}
