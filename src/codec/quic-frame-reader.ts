// The frames of one packet, one after the other, without an object a frame (RFC 9000 sections 12.4 and 19): a cursor whose
// members say what the frame has and where its octets stand. Numbers of the wire are here as the nearest double; exact()
// reads one again where that matters. parseFrames makes its objects from this.
//
// A mistake ends the reading. Its place is the first octet of the field that is wrong: of the frame where the type itself
// is (unknown, not in its shortest form, not allowed in this packet), of a length where what it counts goes on behind the
// end, of Offset where offset and length together are too large.
// Rules: Q-VAR-2, Q-VAR-3, Q-FRM-1, Q-FRM-2, Q-FRM-4, Q-FRM-5, Q-ACK-1, Q-ACK-3, Q-ACK-4, Q-CRY-1, Q-TOK-1, Q-STR-1,
// Q-STR-3, Q-FC-3, Q-FC-6, Q-NCI-1, Q-NCI-2, Q-CC-1, Q-DG-3, Q-AF-2, Q-RA-1.

import { ErrorCode } from "../abi/error-code.js";
import {
  CONNECTION_ID_MAX,
  type QuicPacketKind,
  QuicFrameType,
  QuicStreamBit,
  STATELESS_RESET_TOKEN_LENGTH,
  STREAM_COUNT_MAX,
} from "../abi/quic-wire.js";
import { frameVerdicts, QuicSender } from "./quic-frame-table.js";
import { readVarint, readVarintExact, VARINT_MAX, type Varint, varintSize } from "./varint.js";

const NOTHING = new Uint8Array(0);
const PATH_DATA_LENGTH = 8;
/** Most numbers of one frame: ACK with counts. */
const NUMBERS = 7;
const UINT32 = 2 ** 32;

/** Reads the frames of one payload after the other. */
export class QuicFrameReader {
  /** Type of the frame; the nearest number, exactType has the exact one. */
  type = 0;
  /** Place of its type in the payload. */
  at = 0;
  /** Place behind it. */
  end = 0;
  /**
   * Its octets: data, a token, a connection id, a reason, what is unknown; of an ACK its ranges behind the first, as they
   * stand there. The stateless reset token stands behind the connection id.
   */
  dataAt = 0;
  dataLength = 0;
  /** What is wrong with the payload, and where; NONE: nothing up to here. */
  fault: ErrorCode = ErrorCode.NONE;
  faultAt = 0;
  /** Its numbers in wire order, lengths of octets included; STREAM always has three, an ACK four or seven. */
  readonly numbers = new Float64Array(NUMBERS);
  #bytes: Uint8Array = NOTHING;
  /** Places of the numbers; -1: not on the wire. */
  readonly #places = new Int32Array(NUMBERS);
  #verdicts = NO_VERDICTS;
  /** Where reading goes on. */
  #next = 0;
  #length = 0;

  /** Begins with the payload of a packet of this kind, one that carries frames. */
  read(payload: Uint8Array, kind: QuicPacketKind, sender: QuicSender = QuicSender.Either): void {
    this.#bytes = payload;
    this.#length = payload.length;
    this.#verdicts = verdictsOf(kind, sender);
    this.#next = 0;
    this.at = 0;
    this.end = 0;
    this.type = 0;
    this.fault = payload.length === 0 ? ErrorCode.QUIC_PACKET_EMPTY : ErrorCode.NONE;
    this.faultAt = 0;
  }

  /** Goes to the next frame. False: there is none, or `fault` says what is wrong with it. */
  next(): boolean {
    const at = this.end;
    if (at >= this.#length || this.fault !== ErrorCode.NONE) return false;
    this.at = at;
    this.dataLength = 0;
    const first = this.#bytes[at] as number;
    if (first >= 0x40) return this.#longType(at);
    this.type = first;
    this.#next = at + 1;
    const verdict = this.#verdicts[first] as ErrorCode;
    if (verdict !== ErrorCode.NONE) return this.#refuse(verdict);
    if (!this.#fields(first)) return false;
    this.end = this.#next;
    return true;
  }

  /** Type of the frame, exactly; of a fault, null where the type itself is cut. */
  get exactType(): Varint | null {
    const type = readVarintExact(this.#bytes, this.at, this.#length);
    return type === -1 ? null : type;
  }

  /** One of `numbers`, exactly. */
  exact(slot: number): Varint {
    const value = this.numbers[slot] as number;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    return readVarintExact(this.#bytes, this.#places[slot] as number, this.#length);
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

  /** A type of more than one octet (RFC 9000 section 12.4: in its shortest form). */
  #longType(at: number): boolean {
    const bytes = this.#bytes;
    const type = readVarint(bytes, at, this.#length);
    this.type = Math.max(type, 0);
    if (type === -1) return this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    const size = varintSize(bytes[at] as number);
    if (type < SHORTEST[size]) return this.#fail(ErrorCode.QUIC_FRAME_TYPE_TOO_LONG, at);
    this.#next = at + size;
    const verdict = this.#verdicts[type] ?? ErrorCode.QUIC_FRAME_TYPE_UNKNOWN;
    if (verdict !== ErrorCode.NONE) return this.#refuse(verdict);
    if (!this.#fields(type)) return false;
    this.end = this.#next;
    return true;
  }

  /** A frame that may not stand here. One that is unknown is given, with the rest of the payload: then comes the fault. */
  #refuse(verdict: ErrorCode): boolean {
    this.#fail(verdict, this.at);
    if (verdict !== ErrorCode.QUIC_FRAME_TYPE_UNKNOWN) return false;
    this.dataAt = this.#next;
    this.dataLength = this.#length - this.#next;
    this.end = this.#length;
    return true;
  }

  #fail(code: ErrorCode, at: number): false {
    this.fault = code;
    this.faultAt = at;
    return false;
  }

  /** Everything behind the type. */
  #fields(type: number): boolean {
    switch (type) {
      case QuicFrameType.Padding:
        return this.#padding();
      case QuicFrameType.Ping:
      case QuicFrameType.HandshakeDone:
      case QuicFrameType.ImmediateAck:
        return true;
      case QuicFrameType.Ack:
        return this.#ack();
      case QuicFrameType.AckEcn:
        return this.#ack() && this.#number(4) && this.#number(5) && this.#number(6);
      case QuicFrameType.ResetStream:
        return this.#number(0) && this.#number(1) && this.#number(2);
      case QuicFrameType.ResetStreamAt:
        return this.#resetStreamAt();
      case QuicFrameType.Crypto:
        return this.#crypto();
      case QuicFrameType.NewToken:
        return this.#newToken();
      case QuicFrameType.MaxData:
      case QuicFrameType.DataBlocked:
      case QuicFrameType.RetireConnectionId:
        return this.#number(0);
      case QuicFrameType.StopSending:
      case QuicFrameType.MaxStreamData:
      case QuicFrameType.StreamDataBlocked:
        return this.#number(0) && this.#number(1);
      case QuicFrameType.MaxStreamsBidi:
      case QuicFrameType.MaxStreamsUni:
      case QuicFrameType.StreamsBlockedBidi:
      case QuicFrameType.StreamsBlockedUni:
        return this.#streamCount();
      case QuicFrameType.NewConnectionId:
        return this.#newConnectionId();
      case QuicFrameType.PathChallenge:
      case QuicFrameType.PathResponse:
        return this.#octets(PATH_DATA_LENGTH, this.#next);
      case QuicFrameType.ConnectionClose:
        return this.#number(0) && this.#number(1) && this.#counted(2);
      case QuicFrameType.ConnectionCloseApplication:
        return this.#number(0) && this.#counted(2);
      case QuicFrameType.Datagram:
        return this.#octets(this.#length - this.#next, this.#next);
      case QuicFrameType.DatagramWithLength:
        return this.#counted(0);
      case QuicFrameType.AckFrequency:
        return this.#number(0) && this.#number(1) && this.#number(2) && this.#number(3);
      default:
        return this.#stream(type);
    }
  }

  /** The number that stands next. */
  #number(slot: number): boolean {
    const at = this.#next;
    const bytes = this.#bytes;
    if (at >= this.#length) return this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    const first = bytes[at] as number;
    this.#places[slot] = at;
    if (first < 0x40) {
      this.numbers[slot] = first;
      this.#next = at + 1;
      return true;
    }
    const size = 1 << (first >> 6);
    if (this.#length - at < size) return this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    this.#next = at + size;
    if (size === 2) {
      this.numbers[slot] = ((first & 0x3f) << 8) | (bytes[at + 1] as number);
      return true;
    }
    const high =
      ((first & 0x3f) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    this.numbers[slot] = size === 4 ? high : high * UINT32 + low32(bytes, at + 4);
    return true;
  }

  /** So many octets; `faultAt` where they go on behind the end. */
  #octets(length: number, faultAt: number): boolean {
    const at = this.#next;
    if (length > this.#length - at) return this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, faultAt);
    this.dataAt = at;
    this.dataLength = length;
    this.#next = at + length;
    return true;
  }

  /** A length, and so many octets. */
  #counted(slot: number): boolean {
    const at = this.#next;
    return this.#number(slot) && this.#octets(this.numbers[slot] as number, at);
  }

  /** A run is one frame. */
  #padding(): boolean {
    const bytes = this.#bytes;
    const end = this.#length;
    let at = this.#next;
    while (at < end && bytes[at] === 0) at++;
    this.#next = at;
    return true;
  }

  /** STREAM (RFC 9000 section 19.8). */
  #stream(type: number): boolean {
    const { numbers } = this;
    if (!this.#number(0)) return false;
    numbers[1] = 0;
    if ((type & QuicStreamBit.Off) !== 0 && !this.#number(1)) return false;
    if ((type & QuicStreamBit.Len) !== 0) {
      if (!this.#counted(2)) return false;
    } else {
      numbers[2] = this.#length - this.#next;
      this.#octets(numbers[2], this.#next);
    }
    return this.#reaches(1) ? this.#fail(ErrorCode.QUIC_STREAM_OFFSET_TOO_LARGE, this.#placeOf(1)) : true;
  }

  /** CRYPTO (RFC 9000 section 19.6). */
  #crypto(): boolean {
    if (!this.#number(0) || !this.#counted(1)) return false;
    return this.#reaches(0) ? this.#fail(ErrorCode.QUIC_CRYPTO_OFFSET_TOO_LARGE, this.#placeOf(0)) : true;
  }

  /** Whether the data of a frame ends behind 2^62 - 1. */
  #reaches(offsetSlot: number): boolean {
    if ((this.numbers[offsetSlot] as number) <= Number.MAX_SAFE_INTEGER) return false;
    return BigInt(this.exact(offsetSlot)) + BigInt(this.dataLength) > VARINT_MAX;
  }

  #placeOf(slot: number): number {
    return this.#places[slot] as number;
  }

  /** NEW_TOKEN (RFC 9000 section 19.7). */
  #newToken(): boolean {
    const at = this.#next;
    if (!this.#counted(0)) return false;
    return this.dataLength > 0 || this.#fail(ErrorCode.QUIC_NEW_TOKEN_EMPTY, at);
  }

  /** MAX_STREAMS, STREAMS_BLOCKED (RFC 9000 sections 19.11 and 19.14). */
  #streamCount(): boolean {
    if (!this.#number(0)) return false;
    if ((this.numbers[0] as number) < STREAM_COUNT_MAX || BigInt(this.exact(0)) <= STREAM_COUNT_MAX)
      return true;
    return this.#fail(ErrorCode.QUIC_STREAM_COUNT_TOO_LARGE, this.#placeOf(0));
  }

  /** NEW_CONNECTION_ID (RFC 9000 section 19.15). */
  #newConnectionId(): boolean {
    if (!this.#number(0) || !this.#number(1)) return false;
    if (this.#isAbove(1, 0))
      return this.#fail(ErrorCode.QUIC_RETIRE_PRIOR_TO_INVALID, this.#placeOf(1));
    const at = this.#next;
    if (at >= this.#length) return this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    const length = this.#bytes[at] as number;
    if (length < 1 || length > CONNECTION_ID_MAX)
      return this.#fail(ErrorCode.QUIC_CONNECTION_ID_INVALID, at);
    this.#next = at + 1;
    if (!this.#octets(length, at)) return false;
    const tokenAt = this.#next;
    this.#next = tokenAt + STATELESS_RESET_TOKEN_LENGTH;
    return this.#next <= this.#length || this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, tokenAt);
  }

  /** RESET_STREAM_AT (draft-ietf-quic-reliable-stream-reset section 4). */
  #resetStreamAt(): boolean {
    if (!(this.#number(0) && this.#number(1) && this.#number(2) && this.#number(3))) return false;
    if (!this.#isAbove(3, 2)) return true;
    return this.#fail(ErrorCode.QUIC_RELIABLE_SIZE_INVALID, this.#placeOf(3));
  }

  /** Whether one number is above another. */
  #isAbove(slot: number, other: number): boolean {
    const value = this.numbers[slot] as number;
    const least = this.numbers[other] as number;
    if (value !== least || value <= Number.MAX_SAFE_INTEGER) return value > least;
    return this.exact(slot) > this.exact(other);
  }

  /** ACK (RFC 9000 section 19.3): each range takes two octets at least, which bounds them before they are read. */
  #ack(): boolean {
    const { numbers } = this;
    if (!this.#number(0) || !this.#number(1) || !this.#number(2)) return false;
    const count = numbers[2] as number;
    if (count > 0 && 2 * count > this.#length - this.#next - 1)
      return this.#fail(ErrorCode.QUIC_ACK_RANGES_TOO_MANY, this.#placeOf(2));
    if (!this.#number(3)) return false;
    if (this.#isAbove(3, 0)) return this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, this.#placeOf(3));
    const from = this.#next;
    this.dataAt = from;
    if (count === 0) return true;
    const isExact = (numbers[0] as number) <= Number.MAX_SAFE_INTEGER;
    const isGood = isExact ? this.#ranges(count) : this.#rangesExact(count);
    this.dataLength = this.#next - from;
    return isGood;
  }

  /** Ranges behind the first; none may reach below packet number 0. */
  #ranges(count: number): boolean {
    let smallest = (this.numbers[0] as number) - (this.numbers[3] as number);
    for (let i = 0; i < count; i++) {
      const gapAt = this.#next;
      const gap = this.#rangeNumber();
      if (gap < 0) return false;
      smallest -= gap + 2;
      if (smallest < 0) return this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, gapAt);
      const lengthAt = this.#next;
      const length = this.#rangeNumber();
      if (length < 0) return false;
      smallest -= length;
      if (smallest < 0) return this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, lengthAt);
    }
    return true;
  }

  /** The number that stands next, nearest; -1 with a fault. */
  #rangeNumber(): number {
    const at = this.#next;
    const value = readVarint(this.#bytes, at, this.#length);
    if (value === -1) this.#fail(ErrorCode.QUIC_FRAME_TRUNCATED, at);
    else this.#next = at + varintSize(this.#bytes[at] as number);
    return value;
  }

  /** The same for packet numbers that doubles do not hold. */
  #rangesExact(count: number): boolean {
    let smallest = BigInt(this.exact(0)) - BigInt(this.exact(3));
    for (let i = 0; i < 2 * count; i++) {
      const at = this.#next;
      if (this.#rangeNumber() < 0) return false;
      const value = readVarintExact(this.#bytes, at, this.#length);
      smallest -= BigInt(value) + (i % 2 === 0 ? 2n : 0n);
      if (smallest < 0n) return this.#fail(ErrorCode.QUIC_ACK_RANGE_INVALID, at);
    }
    return true;
  }
}

function low32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Smallest number that needs so many octets. */
const SHORTEST: Readonly<Record<number, number>> = { 2: 2 ** 6, 4: 2 ** 14, 8: 2 ** 30 };

const NO_VERDICTS = new Uint16Array(0);
/** Views of the table are made once. */
const VERDICTS: (Uint16Array | undefined)[] = [];

function verdictsOf(kind: QuicPacketKind, sender: QuicSender): Uint16Array {
  const at = 3 * kind + sender;
  VERDICTS[at] ??= frameVerdicts(kind, sender);
  return VERDICTS[at];
}
