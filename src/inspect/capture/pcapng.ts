// Blocks of pcapng files (draft-ietf-opsawg-pcapng): sections in either byte order, interfaces, packets in their three
// kinds, decryption secrets; the other kinds are passed over unseen.
//
//   block    type  length  | body, a multiple of 4 octets |  length again
//
// Only what a packet needs is ever held: options and unknown blocks of any length cost nothing.
// Rules: CAP-2, CAP-3, CAP-4, CAP-5, CAP-6, CAP-7.

import type { ErrorName } from "../../index.js";
import type { CaptureFormat, CaptureItem } from "./capture-item.js";
import { orderedUint16, orderedUint32, viewOf } from "./octets.js";
import { type CaptureInterface, INTERFACES_MAX, readInterface } from "./pcapng-interface.js";

const enum Block {
  Interface = 1,
  /** Obsolete. */
  Packet = 2,
  SimplePacket = 3,
  EnhancedPacket = 6,
  Secrets = 10,
  /** The same in both byte orders. */
  Section = 0x0a0d0d0a,
}

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length of a block. */
const BLOCK_HEADER = 8;
/** Of a section the byte order as well. */
const SECTION_HEADER = 12;
const BLOCK_MIN = 12;
const TRAILER_LENGTH = 4;
const SECTION_LENGTH = 24;
const INTERFACE_LENGTH = 16;
const PACKET_LENGTH = 28;
const SIMPLE_LENGTH = 12;
const SECRETS_LENGTH = 16;
/** Options of an interface are read this far; what stands behind is passed over. */
const OPTIONS_MAX = 64 * 1024;
const SECRETS_PIECE = 64 * 1024;

/** Octets of a block of each kind, without options: less is an error. */
const LEAST = new Map<number, number>([
  [Block.Section, SECTION_LENGTH + TRAILER_LENGTH],
  [Block.Interface, INTERFACE_LENGTH + TRAILER_LENGTH],
  [Block.Packet, PACKET_LENGTH + TRAILER_LENGTH],
  [Block.SimplePacket, SIMPLE_LENGTH + TRAILER_LENGTH],
  [Block.EnhancedPacket, PACKET_LENGTH + TRAILER_LENGTH],
  [Block.Secrets, SECRETS_LENGTH + TRAILER_LENGTH],
]);

/** Reads a pcapng file. */
export class PcapngFormat implements CaptureFormat {
  needed = BLOCK_HEADER;
  skip = 0;
  begunAt = -1;
  isFailed = false;
  readonly #packetMax: number;
  #isLittle = true;
  #interfaces: CaptureInterface[] = [];
  /** Length of the block that begins at `begunAt`. */
  #length = 0;
  /** Octets of secrets that are still to come, their type, and what stands between them and the second length. */
  #secretsLeft = 0;
  #secretsType = 0;
  #behindSecrets = 0;
  #items: CaptureItem[] = [];

  constructor(packetMax: number) {
    this.#packetMax = packetMax;
  }

  read(bytes: Uint8Array, at: number, end: number, offset: number, items: CaptureItem[]): number {
    if (end - at < this.needed) return 0;
    this.#items = items;
    if (this.#secretsLeft > 0) return this.#readSecrets(bytes, at);
    if (this.begunAt >= 0) return this.#readTrailer(bytes, at, TRAILER_LENGTH);

    const type = orderedUint32(bytes, at, this.#isLittle);
    if (type === Block.Section) {
      if (this.#has(SECTION_HEADER, at, end) === 0) return 0;
      if (!this.#readByteOrder(bytes, at)) return this.#fail("CAPTURE_BYTE_ORDER_INVALID", offset);
    }
    const length = orderedUint32(bytes, at + 4, this.#isLittle);
    if (length % 4 !== 0 || length < (LEAST.get(type) ?? BLOCK_MIN)) {
      return this.#fail("CAPTURE_BLOCK_INVALID", offset);
    }
    this.#length = length;
    const taken = this.#readBody(type, bytes, at, end, offset);
    if (taken === 0) return 0;
    // Most blocks are here as a whole.
    this.begunAt = offset;
    if (this.#secretsLeft === 0 && end - at >= length) {
      return this.#readTrailer(bytes, at + length - TRAILER_LENGTH, length);
    }
    if (this.#secretsLeft === 0) this.#expectTrailer(length - taken - TRAILER_LENGTH);
    return taken;
  }

  /** Whether the section says a byte order. */
  #readByteOrder(bytes: Uint8Array, at: number): boolean {
    this.#isLittle = orderedUint32(bytes, at + 8, true) === BYTE_ORDER_MAGIC;
    return orderedUint32(bytes, at + 8, this.#isLittle) === BYTE_ORDER_MAGIC;
  }

  /** Reads what matters in front of a block. Gives its length; 0 where it is not here yet, or wrong. */
  #readBody(type: number, bytes: Uint8Array, at: number, end: number, offset: number): number {
    switch (type) {
      case Block.Section:
        return this.#has(SECTION_LENGTH, at, end) && this.#readSection(bytes, at, offset);
      case Block.Interface: {
        const taken = Math.min(this.#length - TRAILER_LENGTH, INTERFACE_LENGTH + OPTIONS_MAX);
        return this.#has(taken, at, end) && this.#readInterface(bytes, at, taken);
      }
      case Block.Packet:
      case Block.EnhancedPacket:
        return this.#has(PACKET_LENGTH, at, end) && this.#readPacket(type, bytes, at, end, offset);
      case Block.SimplePacket:
        return this.#has(SIMPLE_LENGTH, at, end) && this.#readSimple(bytes, at, end, offset);
      case Block.Secrets:
        return this.#has(SECRETS_LENGTH, at, end) && this.#beginSecrets(bytes, at, offset);
      default:
        return BLOCK_HEADER;
    }
  }

  /** 1 where so many octets of the block are here; else 0, and they are asked for. */
  #has(length: number, at: number, end: number): 0 | 1 {
    if (end - at >= length) return 1;
    this.needed = length;
    return 0;
  }

  #readSection(bytes: Uint8Array, at: number, offset: number): number {
    const isLittle = this.#isLittle;
    const major = orderedUint16(bytes, at + 12, isLittle);
    const minor = orderedUint16(bytes, at + 14, isLittle);
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      return this.#fail("CAPTURE_HEADER_INVALID", offset);
    }
    this.#interfaces = [];
    return SECTION_LENGTH;
  }

  #readInterface(bytes: Uint8Array, at: number, taken: number): number {
    if (this.#interfaces.length < INTERFACES_MAX) {
      this.#interfaces.push(readInterface(viewOf(bytes, at + 8, at + taken), this.#isLittle));
    }
    return taken;
  }

  #readPacket(type: number, bytes: Uint8Array, at: number, end: number, offset: number): number {
    const isLittle = this.#isLittle;
    const length = orderedUint32(bytes, at + 20, isLittle);
    if (length > this.#length - PACKET_LENGTH - TRAILER_LENGTH) {
      return this.#fail("CAPTURE_BLOCK_INVALID", offset);
    }
    if (length > this.#packetMax) return this.#fail("CAPTURE_PACKET_TOO_LONG", offset);
    const interfaceId =
      type === Block.Packet
        ? orderedUint16(bytes, at + 8, isLittle)
        : orderedUint32(bytes, at + 8, isLittle);
    const of = this.#interfaces[interfaceId];
    if (of === undefined) return this.#fail("CAPTURE_INTERFACE_UNKNOWN", offset);
    if (this.#has(PACKET_LENGTH + length, at, end) === 0) return 0;
    const high = orderedUint32(bytes, at + 12, isLittle);
    const low = orderedUint32(bytes, at + 16, isLittle);
    this.#items.push({
      kind: "packet",
      time: (high * 2 ** 32 + low) / of.units + of.offsetSeconds,
      interfaceId,
      linkType: of.linkType,
      offset: offset + PACKET_LENGTH,
      bytes: viewOf(bytes, at + PACKET_LENGTH, at + PACKET_LENGTH + length),
      originalLength: orderedUint32(bytes, at + 24, isLittle),
    });
    return PACKET_LENGTH + length;
  }

  /** A packet of the first interface, without a time: its length is what the interface keeps of it. */
  #readSimple(bytes: Uint8Array, at: number, end: number, offset: number): number {
    const of = this.#interfaces[0];
    if (of === undefined) return this.#fail("CAPTURE_INTERFACE_UNKNOWN", offset);
    const originalLength = orderedUint32(bytes, at + 8, this.#isLittle);
    const room = this.#length - SIMPLE_LENGTH - TRAILER_LENGTH;
    const kept = of.snapLength === 0 ? originalLength : Math.min(originalLength, of.snapLength);
    const length = Math.min(kept, room);
    if (length > this.#packetMax) return this.#fail("CAPTURE_PACKET_TOO_LONG", offset);
    if (this.#has(SIMPLE_LENGTH + length, at, end) === 0) return 0;
    this.#items.push({
      kind: "packet",
      time: null,
      interfaceId: 0,
      linkType: of.linkType,
      offset: offset + SIMPLE_LENGTH,
      bytes: viewOf(bytes, at + SIMPLE_LENGTH, at + SIMPLE_LENGTH + length),
      originalLength,
    });
    return SIMPLE_LENGTH + length;
  }

  #beginSecrets(bytes: Uint8Array, at: number, offset: number): number {
    const length = orderedUint32(bytes, at + 12, this.#isLittle);
    if (length > this.#length - SECRETS_LENGTH - TRAILER_LENGTH) {
      return this.#fail("CAPTURE_BLOCK_INVALID", offset);
    }
    this.#secretsType = orderedUint32(bytes, at + 8, this.#isLittle);
    this.#secretsLeft = length;
    this.#behindSecrets = this.#length - SECRETS_LENGTH - length - TRAILER_LENGTH;
    this.needed = Math.min(length, SECRETS_PIECE);
    return SECRETS_LENGTH;
  }

  /** Pieces of one length, so that they do not depend on how the file was cut. */
  #readSecrets(bytes: Uint8Array, at: number): number {
    const taken = this.needed;
    const left = this.#secretsLeft - taken;
    const piece = viewOf(bytes, at, at + taken);
    this.#items.push({
      kind: "secrets",
      type: this.#secretsType,
      bytes: piece,
      isEnd: left === 0,
    });
    this.#secretsLeft = left;
    this.needed = Math.min(left, SECRETS_PIECE);
    if (left === 0) this.#expectTrailer(this.#behindSecrets);
    return taken;
  }

  #expectTrailer(skip: number): void {
    this.skip = skip;
    this.needed = TRAILER_LENGTH;
  }

  #readTrailer(bytes: Uint8Array, at: number, taken: number): number {
    if (orderedUint32(bytes, at, this.#isLittle) !== this.#length) {
      return this.#fail("CAPTURE_BLOCK_INVALID", this.begunAt);
    }
    this.begunAt = -1;
    this.needed = BLOCK_HEADER;
    return taken;
  }

  #fail(code: ErrorName, offset: number): 0 {
    this.#items.push({ kind: "error", code, offset });
    this.isFailed = true;
    return 0;
  }
}
