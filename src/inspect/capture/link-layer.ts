// From the first octet of a captured packet to its IP header, by link type (the registry of LINKTYPE_ values):
// Ethernet with VLAN tags, Linux cooked captures, loopback, raw IP.

import { orderedUint32, uint16, uint32 } from "./octets.js";

/** Where the network layer begins. */
export interface NetworkLayer {
  at: number;
  /** 4 or 6; 0 where it is not IP. */
  version: number;
  /** What it is where it is not IP. */
  what: string;
}

const enum Link {
  Null = 0,
  Ethernet = 1,
  RawBsd = 12,
  RawOpenBsd = 14,
  Raw = 101,
  Loop = 108,
  LinuxSll = 113,
  Ipv4 = 228,
  Ipv6 = 229,
  LinuxSll2 = 276,
}

const enum EtherType {
  Ipv4 = 0x0800,
  Vlan = 0x8100,
  Ipv6 = 0x86dd,
  ServiceVlan = 0x88a8,
  /** Stacked VLANs before they had a number of their own. */
  OldServiceVlan = 0x9100,
}

/** Below it, the field of Ethernet is a length. */
const ETHER_TYPE_MIN = 0x600;

const ETHER_TYPES: ReadonlyMap<number, string> = new Map([
  [0x0806, "ARP"],
  [0x8035, "RARP"],
  [0x8847, "MPLS"],
  [0x8863, "PPPoE discovery"],
  [0x8864, "PPPoE"],
  [0x888e, "EAPOL"],
  [0x88cc, "LLDP"],
  [0x88e5, "MACsec"],
]);

/** AF_INET6 of Linux, Windows, NetBSD, FreeBSD and macOS. AF_INET is 2 everywhere. */
const FAMILIES_IPV6: ReadonlySet<number> = new Set([10, 23, 24, 28, 30]);

/** Finds the network layer of a packet. */
export function readLinkLayer(linkType: number, bytes: Uint8Array, layer: NetworkLayer): void {
  layer.version = 0;
  switch (linkType) {
    case Link.Ethernet:
      return readEtherType(bytes, 12, 14, layer);
    case Link.LinuxSll:
      return readEtherType(bytes, 14, 16, layer);
    case Link.LinuxSll2:
      return readEtherType(bytes, 0, 20, layer);
    case Link.Null:
    case Link.Loop:
      return readFamily(bytes, layer);
    case Link.Raw:
    case Link.RawBsd:
    case Link.RawOpenBsd:
    case Link.Ipv4:
    case Link.Ipv6:
      return readRaw(bytes, layer);
    default:
      layer.what = `unknown link type ${linkType}`;
  }
}

/** The type at `at`, and what it announces at `next`; VLAN tags stand between the two. */
function readEtherType(bytes: Uint8Array, at: number, next: number, layer: NetworkLayer): void {
  let typeAt = at;
  let payloadAt = next;
  while (payloadAt <= bytes.length) {
    const type = uint16(bytes, typeAt);
    layer.at = payloadAt;
    switch (type) {
      case EtherType.Ipv4:
        layer.version = 4;
        return;
      case EtherType.Ipv6:
        layer.version = 6;
        return;
      case EtherType.Vlan:
      case EtherType.ServiceVlan:
      case EtherType.OldServiceVlan:
        typeAt = payloadAt + 2;
        payloadAt += 4;
        break;
      default:
        layer.what = etherTypeName(type);
        return;
    }
  }
  layer.what = "malformed link layer";
}

function etherTypeName(type: number): string {
  if (type < ETHER_TYPE_MIN) return "LLC";
  return ETHER_TYPES.get(type) ?? `EtherType 0x${type.toString(16).padStart(4, "0")}`;
}

/** Four octets of address family, in the byte order of the machine that captured. */
function readFamily(bytes: Uint8Array, layer: NetworkLayer): void {
  layer.what = "malformed link layer";
  if (bytes.length < 4) return;
  const first = uint32(bytes, 0);
  const family = first > 0xffff ? orderedUint32(bytes, 0, true) : first;
  layer.at = 4;
  if (family === 2) layer.version = 4;
  else if (FAMILIES_IPV6.has(family)) layer.version = 6;
  else layer.what = `address family ${family}`;
}

function readRaw(bytes: Uint8Array, layer: NetworkLayer): void {
  const version = bytes.length === 0 ? 0 : (bytes[0] as number) >> 4;
  layer.at = 0;
  if (version === 4 || version === 6) layer.version = version;
  else layer.what = "malformed link layer";
}
