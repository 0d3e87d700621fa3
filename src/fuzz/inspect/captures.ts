// Capture files written by plain, obvious code: pcap of both byte orders and both precisions, pcapng with its blocks and
// options. Every length can lie.

import { concat } from "../latin1.js";
import { type Octets, octets, uint } from "../octets.js";
import { LINK } from "./network.js";

/** Byte order and precision of a pcap. */
export interface PcapFormat {
  readonly little?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly version?: readonly [major: number, minor: number];
}

/** A number of 2 or 4 octets in either order. */
export function word(value: number, length: number, little = true): Uint8Array {
  const bytes = uint(value >>> 0, length);
  return little ? bytes.reverse() : bytes;
}

/** The header of a pcap. */
export function pcapHeader(format: PcapFormat = {}): Uint8Array {
  const { little = true, nanoseconds = false, linkType = LINK.RAW, snapLength = 262_144 } = format;
  const [major, minor] = format.version ?? [2, 4];
  return concat([
    word(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4, little),
    word(major, 2, little),
    word(minor, 2, little),
    new Uint8Array(8),
    word(snapLength, 4, little),
    word(linkType, 4, little),
  ]);
}

/** What the header of a packet may say in place of what is true. */
export interface PcapPacketFields {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly captured?: number;
  readonly original?: number;
}

/** One packet of a pcap. */
export function pcapPacket(
  bytes: Octets,
  { little = true }: PcapFormat = {},
  fields: PcapPacketFields = {},
): Uint8Array {
  const data = octets(bytes);
  return concat([
    word(fields.seconds ?? 1_700_000_000, 4, little),
    word(fields.fraction ?? 0, 4, little),
    word(fields.captured ?? data.length, 4, little),
    word(fields.original ?? data.length, 4, little),
    data,
  ]);
}

/** A whole pcap. */
export function pcap(packets: readonly Octets[], format: PcapFormat = {}): Uint8Array {
  return concat([pcapHeader(format), ...packets.map((bytes) => pcapPacket(bytes, format))]);
}

/** Types of the blocks of pcapng. */
export const BLOCK = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET: 2,
  SIMPLE: 3,
  NAMES: 4,
  STATISTICS: 5,
  ENHANCED: 6,
  SECRETS: 10,
  CUSTOM: 0xbad,
} as const;

/** A block; `length` and `trailer` instead of the true length in front and behind. */
export function block(
  type: number,
  body: Octets,
  little = true,
  length?: number,
  trailer?: number,
): Uint8Array {
  const bytes = octets(body);
  const pad = new Uint8Array((4 - (bytes.length % 4)) % 4);
  const total = 12 + bytes.length + pad.length;
  const front = [word(type, 4, little), word(length ?? total, 4, little), bytes, pad];
  return concat([...front, word(trailer ?? length ?? total, 4, little)]);
}

/** An option; `length` instead of the true one. */
export function option(code: number, value: Octets, little = true, length?: number): Uint8Array {
  const bytes = octets(value);
  const pad = new Uint8Array((4 - (bytes.length % 4)) % 4);
  return concat([word(code, 2, little), word(length ?? bytes.length, 2, little), bytes, pad]);
}

/** Section header. */
export function section(little = true, options: Octets = "", length?: number): Uint8Array {
  const magic = word(0x1a2b3c4d, 4, little);
  const version = concat([word(1, 2, little), word(0, 2, little)]);
  const endless = new Uint8Array(8).fill(0xff);
  return block(BLOCK.SECTION, concat([magic, version, endless, octets(options)]), little, length);
}

/** Interface description. */
export function interfaceBlock(
  linkType: number = LINK.RAW,
  options: Octets = "",
  little = true,
): Uint8Array {
  const head = [word(linkType, 2, little), word(0, 2, little), word(262_144, 4, little)];
  return block(BLOCK.INTERFACE, concat([...head, octets(options)]), little);
}

/** Enhanced packet; `captured` instead of the true length. */
export function enhanced(
  bytes: Octets,
  { interfaceId = 0, little = true, captured = -1, options = "" as Octets } = {},
): Uint8Array {
  const data = octets(bytes);
  const pad = new Uint8Array((4 - (data.length % 4)) % 4);
  const length = captured < 0 ? data.length : captured;
  const head = [interfaceId, 0x0005_f000, 0x1234_5678, length, data.length];
  const fields = head.map((value) => word(value, 4, little));
  return block(BLOCK.ENHANCED, concat([...fields, data, pad, octets(options)]), little);
}

/** Simple packet. */
export function simple(bytes: Octets, little = true, original?: number): Uint8Array {
  const data = octets(bytes);
  return block(BLOCK.SIMPLE, concat([word(original ?? data.length, 4, little), data]), little);
}

/** Decryption secrets: a key log of TLS. */
export function secrets(text: Octets, little = true, length?: number): Uint8Array {
  const bytes = octets(text);
  const head = [word(0x544c534b, 4, little), word(length ?? bytes.length, 4, little)];
  return block(BLOCK.SECRETS, concat([...head, bytes]), little);
}

/** A pcapng of one section and one interface. */
export function pcapng(packets: readonly Octets[], little = true, linkType?: number): Uint8Array {
  const all = packets.map((bytes) => enhanced(bytes, { little }));
  return concat([section(little), interfaceBlock(linkType, "", little), ...all]);
}
