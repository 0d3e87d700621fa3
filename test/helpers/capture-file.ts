// Capture files, written by hand: classic pcap, and the blocks of pcapng, in both byte orders.

import { BIG, type ByteOrder, concat, LITTLE, type Octets } from "./capture-octets.js";
import { LINK } from "./capture-packet.js";

export const MAGIC = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

/** A packet of a file. */
export interface FilePacket {
  bytes: Octets;
  /** Seconds and, behind the point, units of the file. */
  seconds?: number;
  fraction?: number;
  /** More than the bytes, where it was cut in capturing. */
  originalLength?: number;
}

export interface PcapOptions {
  order?: ByteOrder;
  magic?: number;
  linkType?: number;
}

/** The header of a classic capture file. */
export function pcapHeader({
  order = LITTLE,
  magic = MAGIC.micro,
  linkType = LINK.ethernet,
}: PcapOptions = {}): Uint8Array {
  const { u16, u32 } = order;
  return concat(u32(magic), u16(2), u16(4), u32(0), u32(0), u32(262_144), u32(linkType));
}

/** A record of a classic capture file. */
export function pcapRecord(
  packet: FilePacket,
  { order = LITTLE, magic = MAGIC.micro }: PcapOptions = {},
): Uint8Array {
  const { u32 } = order;
  const { bytes, seconds = 1, fraction = 0, originalLength = bytes.length } = packet;
  const more = magic === MAGIC.modified ? [...u32(7), 8, 0, 4, 0] : [];
  return concat(u32(seconds), u32(fraction), u32(bytes.length), u32(originalLength), more, bytes);
}

/** A classic capture file. Packets that are octets alone are a second apart. */
export function pcap(
  packets: readonly (FilePacket | Uint8Array)[],
  options: PcapOptions = {},
): Uint8Array {
  const records = packets.map((packet, index) =>
    pcapRecord(
      packet instanceof Uint8Array ? { bytes: packet, seconds: index + 1 } : packet,
      options,
    ),
  );
  return concat(pcapHeader(options), ...records);
}

export interface PcapngInterface {
  linkType?: number;
  snapLength?: number;
  options?: readonly (readonly [code: number, value: Octets])[];
}

/** Writers of the blocks of a pcapng section. */
export class PcapngBlocks {
  readonly #order: ByteOrder;

  constructor(order: ByteOrder = LITTLE) {
    this.#order = order;
  }

  /** A block; `length` where it is to be wrong. */
  block(type: number, body: Octets, length = 12 + body.length, trailer = length): Uint8Array {
    const { u32 } = this.#order;
    return concat(u32(type), u32(length), body, u32(trailer));
  }

  section({ major = 1, minor = 0, magic = 0x1a2b3c4d } = {}): Uint8Array {
    const { u16, u32 } = this.#order;
    return this.block(0x0a0d0d0a, concat(u32(magic), u16(major), u16(minor), Array(8).fill(0xff)));
  }

  interface({
    linkType = LINK.ethernet,
    snapLength = 0,
    options = [],
  }: PcapngInterface = {}): Uint8Array {
    const { u16, u32 } = this.#order;
    return this.block(1, concat(u16(linkType), u16(0), u32(snapLength), this.options(options)));
  }

  options(list: readonly (readonly [code: number, value: Octets])[]): Uint8Array {
    const { u16 } = this.#order;
    if (list.length === 0) return concat();
    const all = list.map(([code, value]) => concat(u16(code), u16(value.length), padded(value)));
    return concat(...all, [0, 0, 0, 0]);
  }

  /** An enhanced packet; `ticks` in units of its interface. */
  packet(
    bytes: Octets,
    {
      id = 0,
      ticks = 1_000_000n,
      originalLength = bytes.length,
      options = [] as readonly (readonly [number, Octets])[],
    } = {},
  ): Uint8Array {
    const { u32 } = this.#order;
    return this.block(
      6,
      concat(
        u32(id),
        this.#time(ticks),
        u32(bytes.length),
        u32(originalLength),
        padded(bytes),
        this.options(options),
      ),
    );
  }

  /** An obsolete packet. */
  oldPacket(
    bytes: Octets,
    { id = 0, ticks = 1_000_000n, originalLength = bytes.length } = {},
  ): Uint8Array {
    const { u16, u32 } = this.#order;
    return this.block(
      2,
      concat(
        u16(id),
        u16(0),
        this.#time(ticks),
        u32(bytes.length),
        u32(originalLength),
        padded(bytes),
      ),
    );
  }

  simple(bytes: Octets, originalLength = bytes.length): Uint8Array {
    return this.block(3, concat(this.#order.u32(originalLength), padded(bytes)));
  }

  /** Decryption secrets; without a type: a TLS key log. */
  secrets(bytes: Octets, type = 0x544c534b): Uint8Array {
    const { u32 } = this.#order;
    return this.block(10, concat(u32(type), u32(bytes.length), padded(bytes)));
  }

  #time(ticks: bigint): number[] {
    const { u32 } = this.#order;
    return [...u32(Number(ticks >> 32n)), ...u32(Number(ticks & 0xffff_ffffn))];
  }
}

/** A pcapng file of one section with one interface. */
export function pcapng(
  packets: readonly Uint8Array[],
  {
    order = LITTLE,
    linkType = LINK.ethernet as number,
    secrets = undefined as Octets | undefined,
  } = {},
): Uint8Array {
  const blocks = new PcapngBlocks(order);
  return concat(
    blocks.section(),
    blocks.interface({ linkType }),
    ...(secrets === undefined ? [] : [blocks.secrets(secrets)]),
    ...packets.map((bytes, index) =>
      blocks.packet(bytes, { ticks: BigInt(index + 1) * 1_000_000n }),
    ),
  );
}

export const ORDERS: readonly (readonly [name: string, order: ByteOrder])[] = [
  ["little-endian", LITTLE],
  ["big-endian", BIG],
];

function padded(bytes: Octets): Uint8Array {
  return concat(bytes, Array((4 - (bytes.length % 4)) % 4).fill(0));
}
