// A captured packet to the datagram or segment that it carries: link layer, IP with extension headers and fragments, UDP
// (RFC 768), TCP (RFC 9293 section 3.1). Checksums are not looked at: network cards fill them in after the capture.

import type { CapturePacket } from "./capture-item.js";
import { EndpointTexts } from "./endpoint.js";
import {
  emptyIpPacket,
  IpFault,
  IpProtocol,
  ipProtocolName,
  readExtensions,
  readIpHeader,
} from "./ip.js";
import { IpFragments } from "./ip-fragments.js";
import { type NetworkLayer, readLinkLayer } from "./link-layer.js";
import { uint16, uint32, viewOf } from "./octets.js";
import type { OtherPacket, Segment } from "./segment.js";

const UDP_HEADER = 8;
const TCP_HEADER = 20;

/** Reads the packets of one capture. */
export class PacketDecoder {
  readonly #fragments = new IpFragments();
  readonly #endpoints = new EndpointTexts();
  readonly #layer: NetworkLayer = { at: 0, version: 0, what: "" };
  readonly #ip = emptyIpPacket();

  /** IP packets of which fragments are missing, so far. */
  get incompleteDatagrams(): number {
    return this.#fragments.incomplete;
  }

  /** Gives what a packet carries; null: a fragment of something that is not complete. */
  decode(packet: CapturePacket): Segment | OtherPacket | null {
    this.#fragments.tick();
    const layer = this.#layer;
    const { bytes } = packet;
    readLinkLayer(packet.linkType, bytes, layer);
    if (layer.version === 0) return other(packet, unread(packet, layer.what));
    const ip = this.#ip;
    let fault = readIpHeader(bytes, layer.at, layer.version, ip);
    if (fault === IpFault.None && !ip.isFragment) fault = readExtensions(bytes, ip);
    if (fault !== IpFault.None) return this.#faulty(packet, fault);
    if (!ip.isFragment) return this.#decodePayload(packet, bytes, 0);

    if (ip.isCut) return this.#faulty(packet, IpFault.Cut);
    const whole = this.#fragments.add(bytes, ip);
    if (whole === null) return null;
    ip.at = 0;
    ip.end = whole.length;
    const inner = readExtensions(whole, ip);
    if (inner !== IpFault.None) return this.#faulty(packet, inner);
    return this.#decodePayload(packet, whole, -1);
  }

  #faulty(packet: CapturePacket, fault: IpFault): OtherPacket {
    const { version, isCut } = this.#ip;
    const isShort = fault === IpFault.Cut && (isCut || packet.bytes.length < packet.originalLength);
    return other(packet, isShort ? "truncated" : `malformed IPv${version}`);
  }

  /** What stands in bytes[ip.at, ip.end). `base`: 0 where these are the packet's bytes, -1 where it came in fragments. */
  #decodePayload(packet: CapturePacket, bytes: Uint8Array, base: 0 | -1): Segment | OtherPacket {
    const { protocol, isCut } = this.#ip;
    if (protocol !== IpProtocol.Udp && protocol !== IpProtocol.Tcp) {
      return other(packet, ipProtocolName(protocol));
    }
    if (isCut) return other(packet, "truncated");
    return protocol === IpProtocol.Udp
      ? this.#decodeUdp(packet, bytes, base)
      : this.#decodeTcp(packet, bytes, base);
  }

  #decodeUdp(packet: CapturePacket, bytes: Uint8Array, base: 0 | -1): Segment | OtherPacket {
    const { at, end } = this.#ip;
    if (end - at < UDP_HEADER) return other(packet, "malformed UDP");
    // 0: a jumbogram, or segmentation offload.
    const length = uint16(bytes, at + 4) || end - at;
    if (length < UDP_HEADER || length > end - at) return other(packet, "malformed UDP");
    const sourcePort = uint16(bytes, at);
    const destinationPort = uint16(bytes, at + 2);
    return {
      kind: "udp",
      time: packet.time,
      source: this.#source(packet, sourcePort),
      destination: this.#destination(packet, destinationPort),
      sourcePort,
      destinationPort,
      bytes: viewOf(bytes, at + UDP_HEADER, at + length),
      offset: packet.offset + (base === 0 ? at + UDP_HEADER : 0),
    };
  }

  #decodeTcp(packet: CapturePacket, bytes: Uint8Array, base: 0 | -1): Segment | OtherPacket {
    const { at, end } = this.#ip;
    if (end - at < TCP_HEADER) return other(packet, "malformed TCP");
    const header = ((bytes[at + 12] as number) >> 4) * 4;
    if (header < TCP_HEADER || header > end - at) return other(packet, "malformed TCP");
    const sourcePort = uint16(bytes, at);
    const destinationPort = uint16(bytes, at + 2);
    return {
      kind: "tcp",
      time: packet.time,
      source: this.#source(packet, sourcePort),
      destination: this.#destination(packet, destinationPort),
      sourcePort,
      destinationPort,
      bytes: viewOf(bytes, at + header, end),
      offset: packet.offset + (base === 0 ? at + header : 0),
      sequence: uint32(bytes, at + 4),
      acknowledgement: uint32(bytes, at + 8),
      flags: bytes[at + 13] as number,
    };
  }

  // Addresses stand in the packet, also where its payload came in fragments.

  #source(packet: CapturePacket, port: number): string {
    const { sourceAt, version } = this.#ip;
    return this.#endpoints.textOf(packet.bytes, sourceAt, version, port);
  }

  #destination(packet: CapturePacket, port: number): string {
    const { destinationAt, version } = this.#ip;
    return this.#endpoints.textOf(packet.bytes, destinationAt, version, port);
  }
}

/** A link layer that is not whole is cut where less was kept than there was. */
function unread(packet: CapturePacket, what: string): string {
  const isShort = what.startsWith("malformed") && packet.bytes.length < packet.originalLength;
  return isShort ? "truncated" : what;
}

function other(packet: CapturePacket, what: string): OtherPacket {
  return { kind: "other", time: packet.time, what, offset: packet.offset };
}
