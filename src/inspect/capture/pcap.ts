// Records of classic capture files (draft-ietf-opsawg-pcap): a header, and packets behind it.
//
//   header   magic  major.minor  (thiszone, sigfigs: not used)  snaplen  link type        24 octets
//   packet   seconds  µs or ns  captured length  original length  | captured octets       16 octets and what was captured
//
// The magic tells byte order and resolution, and the variant with 8 more octets a packet (interface, protocol, type).
// Rules: CAP-2, CAP-3, CAP-4.

import type { ErrorName } from "../../index.js";
import type { CaptureFormat, CaptureItem } from "./capture-item.js";
import { orderedUint16, orderedUint32, viewOf } from "./octets.js";

const HEADER_LENGTH = 24;
const RECORD_LENGTH = 16;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
/** The low bits of the last field; above them stands whether packets end in a checksum. */
const LINK_TYPE_MASK = 0xffff;

const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;

/** Magic, as the file's own byte order has it → units in a second, octets of the header of a packet. */
const MAGICS: ReadonlyMap<number, readonly [units: number, recordLength: number]> = new Map([
  [0xa1b2c3d4, [MICROSECONDS, RECORD_LENGTH]],
  [0xa1b23c4d, [NANOSECONDS, RECORD_LENGTH]],
  [0xa1b2cd34, [MICROSECONDS, RECORD_LENGTH + 8]],
]);

/** Whether four octets are the magic of a classic capture file. */
export function isPcap(bytes: Uint8Array): boolean {
  return MAGICS.has(orderedUint32(bytes, 0, true)) || MAGICS.has(orderedUint32(bytes, 0, false));
}

/** Reads a classic capture file. */
export class PcapFormat implements CaptureFormat {
  needed = HEADER_LENGTH;
  skip = 0;
  readonly begunAt = -1;
  isFailed = false;
  readonly #packetMax: number;
  #isLittle = true;
  #units = 0;
  #recordLength = 0;
  #linkType = 0;

  constructor(packetMax: number) {
    this.#packetMax = packetMax;
  }

  read(bytes: Uint8Array, at: number, end: number, offset: number, items: CaptureItem[]): number {
    if (this.#units === 0) return this.#readHeader(bytes, at, end, items);

    const recordLength = this.#recordLength;
    if (end - at < recordLength) return 0;
    const isLittle = this.#isLittle;
    const length = orderedUint32(bytes, at + 8, isLittle);
    if (length > this.#packetMax) return this.#fail("CAPTURE_PACKET_TOO_LONG", offset, items);
    const needed = recordLength + length;
    this.needed = needed;
    if (end - at < needed) return 0;
    const seconds = orderedUint32(bytes, at, isLittle);
    items.push({
      kind: "packet",
      time: seconds + orderedUint32(bytes, at + 4, isLittle) / this.#units,
      interfaceId: 0,
      linkType: this.#linkType,
      offset: offset + recordLength,
      bytes: viewOf(bytes, at + recordLength, at + needed),
      originalLength: orderedUint32(bytes, at + 12, isLittle),
    });
    this.needed = recordLength;
    return needed;
  }

  #readHeader(bytes: Uint8Array, at: number, end: number, items: CaptureItem[]): number {
    if (end - at < HEADER_LENGTH) return 0;
    this.#isLittle = MAGICS.has(orderedUint32(bytes, at, true));
    const isLittle = this.#isLittle;
    const [units, recordLength] = MAGICS.get(orderedUint32(bytes, at, isLittle)) ?? [0, 0];
    const isKnown =
      orderedUint16(bytes, at + 4, isLittle) === VERSION_MAJOR &&
      orderedUint16(bytes, at + 6, isLittle) === VERSION_MINOR;
    if (!isKnown) return this.#fail("CAPTURE_HEADER_INVALID", 0, items);
    this.#units = units;
    this.#recordLength = recordLength;
    this.#linkType = orderedUint32(bytes, at + 20, isLittle) & LINK_TYPE_MASK;
    this.needed = recordLength;
    return HEADER_LENGTH;
  }

  #fail(code: ErrorName, offset: number, items: CaptureItem[]): number {
    items.push({ kind: "error", code, offset });
    this.isFailed = true;
    return 0;
  }
}
