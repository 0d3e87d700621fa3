// The frames of one packet, one after the other, without an object a frame (RFC 9000 sections 12.4 and 19): a cursor whose
// members say what the frame has and where its octets stand. What frames are made of is quic-frame-table.ts; why this is no
// part of an engine, docs/decisions.md. A mistake ends the reading. Its place is the first octet of the field that is wrong: of
// the frame where the type itself is (unknown, not in its shortest form, not allowed in this packet), of a length where what it
// counts goes on behind the end, of an offset where offset and length together are too large.
// Rules: Q-VAR-2, Q-VAR-3, Q-FRM-1, Q-FRM-2, Q-FRM-4, Q-FRM-5, Q-ACK-1, Q-ACK-3, Q-ACK-4, Q-CRY-1, Q-TOK-1, Q-STR-1,
// Q-STR-3, Q-FC-3, Q-FC-6, Q-NCI-1, Q-NCI-2, Q-CC-1, Q-DG-3, Q-AF-2, Q-RA-1.

import { ErrorCode } from "../abi/error-code.js";
import {
  CONNECTION_ID_MAX,
  QuicFrameType,
  QuicPacketKind,
  QuicStreamBit,
  STATELESS_RESET_TOKEN_LENGTH,
  STREAM_COUNT_MAX,
} from "../abi/quic-wire.js";
import { rangesEnd } from "./quic-ack-ranges.js";
import { FrameSender, FrameTail, frameShapes, Shape } from "./quic-frame-table.js";
import {
  readVarint,
  readVarintExact,
  uint30,
  VARINT_MAX,
  type Varint,
  varintSize,
} from "./varint.js";
import { skipZeros } from "./zeros.js";

const NOTHING = new Uint8Array(0);
const PATH_DATA_LENGTH = 8;
/** Most numbers of one frame: ACK with counts. */
const NUMBERS = 7;
/** Of an ACK: its numbers without the counts. */
const ACK_NUMBERS = 4;

/** Reads the frames of one payload after the other. */
export class QuicFrameReader {
  /** Type of the frame; the nearest number, exactType has the exact one. */
  type = 0;
  /** Place of its type in the payload. */
  at = 0;
  /** Place behind it. */
  end = 0;
  /**
   * Its octets, where it has some: data, a token, a connection id, a reason, what is unknown; of an ACK its ranges behind
   * the first, as they stand there. The stateless reset token stands behind the connection id.
   */
  dataAt = 0;
  dataLength = 0;
  /** What is wrong with the payload, and where; NONE: nothing up to here. */
  fault: ErrorCode = ErrorCode.NONE;
  faultAt = 0;
  #bytes: Uint8Array = NOTHING;
  /** Where reading ends: -1 behind a fault. */
  #end = 0;
  #shapes = frameShapes(QuicPacketKind.OneRtt, FrameSender.Either);
  /** Numbers of the frame; of one in eight octets the complement of its place. */
  readonly #numbers = new Int32Array(NUMBERS);

  /** Begins with the payload of a packet of this kind, one that carries frames. */
  read(payload: Uint8Array, kind: QuicPacketKind, sender: FrameSender = FrameSender.Either): void {
    this.#bytes = payload;
    this.#end = payload.length;
    const shapes = frameShapes(kind, sender);
    // Storing an object costs more than comparing it.
    if (shapes !== this.#shapes) this.#shapes = shapes;
    this.at = 0;
    this.end = 0;
    this.fault = ErrorCode.NONE;
    if (payload.length === 0) this.#fail(ErrorCode.QUIC_PACKET_EMPTY, 0);
  }

  /** Goes to the next frame. False: there is none, or `fault` says what is wrong with it. */
  next(): boolean {
    const at = this.end;
    if (at >= this.#end) return false;
    const type = this.#bytes[at] as number;
    this.at = at;
    if (type >= 0x40) return this.#longType(at);
    this.type = type;
    const shape = this.#shapes[type] as number;
    if (shape === Shape.UsualData && this.#readUsualData(at + 1)) return true;
    return this.#read(shape, at + 1);
  }

  /** Type of the frame, exactly; null where it is cut, and where there is none. */
  get exactType(): Varint | null {
    const type = readVarintExact(this.#bytes, this.at, this.#bytes.length);
    return type === -1 ? null : type;
  }

  /** One of the numbers of the frame, in wire order with the lengths of octets; above 2^53 - 1, the nearest one. */
  number(slot: number): number {
    const value = this.#numbers[slot] as number;
    return value >= 0 ? value : this.#wide(value);
  }

  /** The same, exactly. */
  exact(slot: number): Varint {
    const value = this.#numbers[slot] as number;
    return value >= 0 ? value : readVarintExact(this.#bytes, ~value, this.#bytes.length);
  }

  /** A number of eight octets, the nearest one; apart, because it is rare, so that number() stays small. */
  #wide(value: number): number {
    return readVarint(this.#bytes, ~value, this.#bytes.length);
  }

  /** Offset of a STREAM frame, which is not always on the wire. */
  get streamOffset(): Varint {
    return (this.type & QuicStreamBit.Off) === 0 ? 0 : this.exact(1);
  }

  /** A view of the octets of the frame. */
  data(): Uint8Array {
    return this.view(this.dataAt, this.dataLength);
  }

  /** A view of octets of the payload. */
  view(at: number, length: number): Uint8Array {
    const bytes = this.#bytes;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
  }

  /**
   * Everything behind the type of a usual STREAM frame: offset in up to four octets, id and length in up to two. False, and
   * nothing was read, for any other. It is most of what connections carry, and takes 5 ns so, not 19 (measured).
   */
  #readUsualData(from: number): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const id = bytes[from] as number;
    if (end - from < 8 || id >= 0x80) return false;
    const numbers = this.#numbers;
    let at = from + 1;
    numbers[0] = id < 0x40 ? id : ((id & 0x3f) << 8) | (bytes[at++] as number);
    const offset = bytes[at] as number;
    if (offset >= 0xc0) return false;
    if (offset >= 0x80) {
      numbers[1] = uint30(bytes, at);
      at += 4;
    } else {
      at += 1;
      numbers[1] = offset < 0x40 ? offset : ((offset & 0x3f) << 8) | (bytes[at++] as number);
    }
    let length = bytes[at++] as number;
    if (length >= 0x80) return false;
    if (length >= 0x40) length = ((length & 0x3f) << 8) | (bytes[at++] as number);
    if (length > end - at) return false;
    numbers[2] = length;
    this.dataAt = at;
    this.dataLength = length;
    this.end = at + length;
    return true;
  }

  /** Everything behind the type. */
  #read(shape: number, from: number): boolean {
    let at = from;
    if (shape !== 0) {
      if (shape > Shape.TailMask) return this.#refuse(shape, at);
      const count = shape & Shape.NumbersMask;
      if (count !== 0) at = this.#readNumbers(at, 0, count);
      if (shape > Shape.NumbersMask && at >= 0) at = this.#readTail(shape, at);
      if (at < 0) return this.#cut(~at);
    }
    this.end = at;
    return true;
  }

  /** A type of more than one octet, which must be in its shortest form (RFC 9000 section 12.4). */
  #longType(at: number): boolean {
    const type = readVarint(this.#bytes, at, this.#end);
    this.type = type === -1 ? 0 : type;
    const size = varintSize(this.#bytes[at] as number);
    if (type >= shortest(size)) return this.#read(this.#shapes[type] ?? UNKNOWN, at + size);
    const isCut = type === -1;
    this.#fail(isCut ? ErrorCode.QUIC_FRAME_TRUNCATED : ErrorCode.QUIC_FRAME_TYPE_TOO_LONG, at);
    return false;
  }

  /** A frame that may not stand here. One that is unknown is given, with the rest of the payload: then comes the fault. */
  #refuse(shape: number, at: number): boolean {
    const verdict: ErrorCode = shape >> Shape.Verdict;
    this.#fail(verdict, this.at);
    if (verdict !== ErrorCode.QUIC_FRAME_TYPE_UNKNOWN) return false;
    const { length } = this.#bytes;
    this.dataAt = at;
    this.dataLength = length - at;
    this.end = length;
    return true;
  }

  /** Something was wrong: without a fault so far, the frame goes on behind the end. */
  #cut(at: number): false {
    if (this.fault === ErrorCode.NONE) this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    return false;
  }

  /** Ends the reading. Gives -1, in place of where it would go on. */
  #fail(code: ErrorCode, at: number): number {
    this.fault = code;
    this.faultAt = at;
    this.#end = -1;
    return -1;
  }

  /** Numbers of these slots, from `at` on. Gives the place behind them, below 0 the complement of where they are cut. */
  #readNumbers(from: number, first: number, last: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const numbers = this.#numbers;
    let at = from;
    for (let slot = first; slot < last; slot++) {
      if (at >= end) return ~at;
      const value = bytes[at] as number;
      if (value < 0x40) {
        numbers[slot] = value;
        at += 1;
        continue;
      }
      const size = 1 << (value >> 6);
      if (end - at < size) return ~at;
      if (size === 2) numbers[slot] = ((value & 0x3f) << 8) | (bytes[at + 1] as number);
      else if (size === 8) numbers[slot] = ~at;
      else numbers[slot] = uint30(bytes, at);
      at += size;
    }
    return at;
  }

  /** What stands behind the numbers. Gives the place behind it, below 0 with a fault. Most packets need no other tails. */
  #readTail(shape: number, at: number): number {
    const last = (shape & Shape.NumbersMask) - 1;
    const tail: FrameTail = (shape & Shape.TailMask) >> Shape.Tail;
    if (tail === FrameTail.CountedData)
      return this.#checkReach(this.#readCounted(at, last), last - 1);
    return tail === FrameTail.Ranges ? this.#readRanges(at) : this.#readOtherTail(tail, last, at);
  }

  #readOtherTail(tail: FrameTail, last: number, at: number): number {
    switch (tail) {
      case FrameTail.Padding:
        return skipZeros(this.#bytes, at, this.#end);
      case FrameTail.Counted:
        return this.#readCounted(at, last);
      case FrameTail.Rest:
        return this.#readOctets(at, this.#end - at, at);
      case FrameTail.RestData:
        return this.#checkReach(this.#readOctets(at, this.#end - at, at), last);
      case FrameTail.Token:
        if (this.number(last) === 0)
          return this.#fail(ErrorCode.QUIC_NEW_TOKEN_EMPTY, this.#placeOf(last));
        return this.#readCounted(at, last);
      case FrameTail.PathData:
        return this.#readOctets(at, PATH_DATA_LENGTH, at);
      case FrameTail.ConnectionId:
        return this.#readConnectionId(at);
      case FrameTail.RangesAndCounts: {
        const next = this.#readRanges(at);
        return next < 0 ? next : this.#readNumbers(next, ACK_NUMBERS, NUMBERS);
      }
      case FrameTail.StreamCount:
        if (this.number(0) < STREAM_COUNT_MAX || BigInt(this.exact(0)) <= STREAM_COUNT_MAX)
          return at;
        return this.#fail(ErrorCode.QUIC_STREAM_COUNT_TOO_LARGE, this.#placeOf(0));
      default:
        if (!this.#isAbove(last, last - 1)) return at;
        return this.#fail(ErrorCode.QUIC_RELIABLE_SIZE_INVALID, this.#placeOf(last));
    }
  }

  /** So many octets; the fault is at `faultAt` where they go on behind the end. */
  #readOctets(at: number, length: number, faultAt: number): number {
    if (length > this.#end - at) return ~faultAt;
    this.dataAt = at;
    this.dataLength = length;
    return at + length;
  }

  /** As many octets as a number says. */
  #readCounted(at: number, slot: number): number {
    const length = this.#numbers[slot] as number;
    if (length < 0 || length > this.#end - at) return this.#readWideCount(at, slot);
    this.dataAt = at;
    this.dataLength = length;
    return at + length;
  }

  /** The same for a length of eight octets, or one that is too large. */
  #readWideCount(at: number, slot: number): number {
    return this.#readOctets(at, this.number(slot), this.#placeOf(slot));
  }

  /** Data may not end behind 2^62 - 1 (RFC 9000 sections 19.6 and 19.8). */
  #checkReach(next: number, offsetSlot: number): number {
    // What has not eight octets is far below.
    if (next < 0 || (this.#numbers[offsetSlot] as number) >= 0) return next;
    if (BigInt(this.exact(offsetSlot)) + BigInt(this.dataLength) <= VARINT_MAX) return next;
    const isCrypto = this.type === QuicFrameType.Crypto;
    const code = isCrypto
      ? ErrorCode.QUIC_CRYPTO_OFFSET_TOO_LARGE
      : ErrorCode.QUIC_STREAM_OFFSET_TOO_LARGE;
    return this.#fail(code, this.#placeOf(offsetSlot));
  }

  /** NEW_CONNECTION_ID, behind Retire Prior To (RFC 9000 section 19.15). */
  #readConnectionId(at: number): number {
    if (this.#isAbove(1, 0))
      return this.#fail(ErrorCode.QUIC_RETIRE_PRIOR_TO_INVALID, this.#placeOf(1));
    if (at >= this.#end) return ~at;
    const length = this.#bytes[at] as number;
    if (length < 1 || length > CONNECTION_ID_MAX)
      return this.#fail(ErrorCode.QUIC_CONNECTION_ID_INVALID, at);
    const tokenAt = this.#readOctets(at + 1, length, at);
    if (tokenAt < 0 || tokenAt + STATELESS_RESET_TOKEN_LENGTH <= this.#end)
      return tokenAt < 0 ? tokenAt : tokenAt + STATELESS_RESET_TOKEN_LENGTH;
    return ~tokenAt;
  }

  /** ACK, behind its first range. What is subtracted never comes back, so that one look at the end is enough. */
  #readRanges(from: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const numbers = this.#numbers;
    const largest = numbers[0] as number;
    const count = numbers[2] as number;
    const first = numbers[3] as number;
    if ((largest | count | first) < 0 || 2 * count > end - from) return this.#checkAck(from);
    let smallest = largest - first - 2 * count;
    let at = from;
    for (let left = 2 * count; left > 0; left--) {
      const value = bytes[at] as number;
      // A range that is cut, or not so small, is read with care.
      if (value >= 0x40 || at >= end) return this.#checkAck(from);
      smallest -= value;
      at += 1;
    }
    if (smallest < 0) return this.#checkAck(from);
    this.dataAt = from;
    this.dataLength = at - from;
    return at;
  }

  /** Any ACK: each range behind the first takes two octets at least, which bounds them before they are read. */
  #checkAck(at: number): number {
    const count = this.number(2);
    if (2 * count > this.#end - at)
      return this.#fail(ErrorCode.QUIC_ACK_RANGES_TOO_MANY, this.#placeOf(2));
    if (this.#isAbove(3, 0)) return this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, this.#placeOf(3));
    const next = this.#checkRanges(at, count);
    this.dataAt = at;
    this.dataLength = next - at;
    return next;
  }

  #checkRanges(from: number, count: number): number {
    const bytes = this.#bytes;
    const next = rangesEnd(bytes, this.#end, this.#placeOf(0), this.#placeOf(3), from, count);
    const isCut = next < 0 && readVarint(bytes, ~next, this.#end) === -1;
    return next >= 0 || isCut ? next : this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, ~next);
  }

  /** Whether one number is above another. */
  #isAbove(slot: number, other: number): boolean {
    const value = this.number(slot);
    const most = this.number(other);
    if (value !== most || value <= Number.MAX_SAFE_INTEGER) return value > most;
    return this.exact(slot) > this.exact(other);
  }

  /** Place of one of the numbers that the frame begins with. */
  #placeOf(slot: number): number {
    const bytes = this.#bytes;
    let at = this.at;
    for (let i = 0; i <= slot; i++) at += varintSize(bytes[at] as number);
    return at;
  }
}

const UNKNOWN = ErrorCode.QUIC_FRAME_TYPE_UNKNOWN << Shape.Verdict;

/** Smallest type that needs so many octets. */
function shortest(size: number): number {
  if (size === 2) return 2 ** 6;
  return size === 4 ? 2 ** 14 : 2 ** 30;
}
