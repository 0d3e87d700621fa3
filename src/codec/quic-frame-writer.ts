// Frames to bytes (RFC 9000 section 19, RFC 9221, drafts of ACK frequency and reliable resets). What our own parser would
// refuse is wrong use, but for UNKNOWN, which writes anything behind any type.
// Rules: Q-VAR-3, Q-ACK-1, Q-CRY-1, Q-TOK-1, Q-STR-1, Q-FC-3, Q-FC-6, Q-NCI-1, Q-NCI-2, Q-RA-1.

import {
  CONNECTION_ID_MAX,
  QuicFrameType,
  QuicStreamBit,
  STATELESS_RESET_TOKEN_LENGTH,
  STREAM_COUNT_MAX,
} from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import type { QuicFrameInput, QuicFrameName } from "./quic-frame.js";
import { isVarint, putVarint, VARINT_MAX, type Varint } from "./varint.js";

const PATH_DATA_LENGTH = 8;
/** Longest run of PADDING that one frame makes. */
const PADDING_MAX = 65_536;

type Frame<Name extends QuicFrameName> = Extract<QuicFrameInput, { readonly name: Name }>;

/**
 * One frame. Types of STREAM and DATAGRAM without a length go to the end of the packet: nothing may follow them there.
 * @throws UsageError QUIC_FRAME_INVALID
 */
export function encodeFrame(frame: QuicFrameInput): Uint8Array {
  return encodeFrames([frame]);
}

/**
 * The payload of a packet.
 * @throws UsageError QUIC_FRAME_INVALID: also for a frame behind one that goes to the end of the packet
 */
export function encodeFrames(frames: Iterable<QuicFrameInput>): Uint8Array {
  if (typeof frames?.[Symbol.iterator] !== "function") refuse("frames are a list");
  const out = new ByteWriter();
  let isAtEnd = false;
  for (const frame of frames) {
    if (isAtEnd) refuse("a frame without a length is the last of its packet");
    putFrame(out, frame);
    isAtEnd = goesToEnd(frame);
  }
  return out.bytes.slice(0, out.length);
}

/** Whether the octets of a frame have no length in front of them. */
function goesToEnd(frame: QuicFrameInput): boolean {
  if (frame.name === "UNKNOWN") return false;
  if (frame.name === "STREAM") return (streamType(frame) & QuicStreamBit.Len) === 0;
  return frame.name === "DATAGRAM" && frame.type === QuicFrameType.Datagram;
}

function putFrame(out: ByteWriter, frame: QuicFrameInput): void {
  switch (frame?.name) {
    case "PADDING":
      return putPadding(out, frame);
    case "PING":
      return out.putUint8(QuicFrameType.Ping);
    case "HANDSHAKE_DONE":
      return out.putUint8(QuicFrameType.HandshakeDone);
    case "IMMEDIATE_ACK":
      return out.putUint8(QuicFrameType.ImmediateAck);
    case "ACK":
      return putAck(out, frame);
    case "STREAM":
      return putStream(out, frame);
    case "CRYPTO":
      putNumbers(out, QuicFrameType.Crypto, frame, "offset");
      checkBytes("cryptoData", frame.cryptoData);
      checkEnd(frame.offset, frame.cryptoData);
      return putCounted(out, frame.cryptoData);
    case "NEW_TOKEN":
      checkBytes("token", frame.token);
      if (frame.token.length === 0) refuse("NEW_TOKEN has a token");
      out.putUint8(QuicFrameType.NewToken);
      return putCounted(out, frame.token);
    case "NEW_CONNECTION_ID":
      return putNewConnectionId(out, frame);
    case "PATH_CHALLENGE":
      return putOctets(out, QuicFrameType.PathChallenge, frame.data, PATH_DATA_LENGTH);
    case "PATH_RESPONSE":
      return putOctets(out, QuicFrameType.PathResponse, frame.data, PATH_DATA_LENGTH);
    case "CONNECTION_CLOSE":
      return putClose(out, frame);
    case "DATAGRAM":
      return putDatagram(out, frame);
    case "UNKNOWN":
      checkNumber("type", frame.type);
      checkBytes("payload", frame.payload);
      putVarint(out, frame.type);
      return out.putBytes(frame.payload);
    default:
      return putNumberFrame(out, frame);
  }
}

/** Frames of numbers alone. */
function putNumberFrame(out: ByteWriter, frame: QuicFrameInput): void {
  switch (frame?.name) {
    case "RESET_STREAM":
      return putNumbers(out, QuicFrameType.ResetStream, frame, ...RESET_FIELDS);
    case "RESET_STREAM_AT":
      putNumbers(out, QuicFrameType.ResetStreamAt, frame, ...RESET_FIELDS, "reliableSize");
      if (frame.reliableSize > frame.finalSize) refuse("reliableSize is at most finalSize");
      return;
    case "STOP_SENDING":
      return putNumbers(
        out,
        QuicFrameType.StopSending,
        frame,
        ...["streamId", "applicationProtocolErrorCode"],
      );
    case "MAX_DATA":
      return putNumbers(out, QuicFrameType.MaxData, frame, "maximumData");
    case "DATA_BLOCKED":
      return putNumbers(out, QuicFrameType.DataBlocked, frame, "maximumData");
    case "MAX_STREAM_DATA":
      return putNumbers(out, QuicFrameType.MaxStreamData, frame, "streamId", "maximumStreamData");
    case "STREAM_DATA_BLOCKED":
      return putNumbers(
        out,
        QuicFrameType.StreamDataBlocked,
        frame,
        ...["streamId", "maximumStreamData"],
      );
    case "MAX_STREAMS":
      return putStreamCount(out, QuicFrameType.MaxStreamsBidi, frame);
    case "STREAMS_BLOCKED":
      return putStreamCount(out, QuicFrameType.StreamsBlockedBidi, frame);
    case "RETIRE_CONNECTION_ID":
      return putNumbers(out, QuicFrameType.RetireConnectionId, frame, "sequenceNumber");
    case "ACK_FREQUENCY":
      return putNumbers(out, QuicFrameType.AckFrequency, frame, ...ACK_FREQUENCY_FIELDS);
    default:
      return refuse("this is no name of a frame");
  }
}

const RESET_FIELDS = ["streamId", "applicationProtocolErrorCode", "finalSize"];
const ACK_FREQUENCY_FIELDS = [
  ...["sequenceNumber", "ackElicitingThreshold"],
  ...["requestedMaxAckDelay", "reorderingThreshold"],
];

/** A type, and numbers that are members of the frame. */
function putNumbers(
  out: ByteWriter,
  type: QuicFrameType,
  frame: QuicFrameInput,
  ...names: string[]
): void {
  const fields = frame as unknown as Readonly<Record<string, Varint>>;
  for (const name of names) checkNumber(name, fields[name]);
  putVarint(out, type);
  for (const name of names) putVarint(out, fields[name] as Varint);
}

function putStreamCount(
  out: ByteWriter,
  type: QuicFrameType,
  frame: Frame<"MAX_STREAMS"> | Frame<"STREAMS_BLOCKED">,
): void {
  putNumbers(out, frame.bidirectional ? type : type + 1, frame, "maximumStreams");
  if (frame.maximumStreams > STREAM_COUNT_MAX) refuse("maximumStreams is at most 2^60");
}

function putPadding(out: ByteWriter, frame: Frame<"PADDING">): void {
  const { size = 1 } = frame;
  if (!Number.isInteger(size) || size < 1 || size > PADDING_MAX)
    refuse(`size of PADDING is 1 to ${PADDING_MAX} octets`);
  out.putBytes(new Uint8Array(size));
}

function putOctets(out: ByteWriter, type: number, bytes: Uint8Array, length: number): void {
  checkBytes("data", bytes);
  if (bytes.length !== length) refuse(`data has ${length} octets`);
  out.putUint8(type);
  out.putBytes(bytes);
}

function putCounted(out: ByteWriter, bytes: Uint8Array): void {
  putVarint(out, bytes.length);
  out.putBytes(bytes);
}

/** ACK: the type follows from the counts, the number of ranges from the ranges (RFC 9000 section 19.3). */
function putAck(out: ByteWriter, frame: Frame<"ACK">): void {
  const { largestAcknowledged, firstAckRange, ackRanges, ecnCounts } = frame;
  const numbers = [largestAcknowledged, frame.ackDelay, firstAckRange];
  for (const number of numbers) checkNumber("ACK", number);
  if (!Array.isArray(ackRanges)) refuse("ackRanges is a list of pairs");
  let smallest = BigInt(largestAcknowledged) - BigInt(firstAckRange);
  for (const [gap, length] of ackRanges) {
    checkNumber("gap", gap);
    checkNumber("ackRangeLength", length);
    smallest -= BigInt(gap) + 2n + BigInt(length);
  }
  if (smallest < 0n) refuse("no range of an ACK reaches below packet number 0");
  out.putUint8(ecnCounts === null ? QuicFrameType.Ack : QuicFrameType.AckEcn);
  putVarint(out, largestAcknowledged);
  putVarint(out, frame.ackDelay);
  putVarint(out, ackRanges.length);
  putVarint(out, firstAckRange);
  for (const pair of ackRanges) for (const number of pair) putVarint(out, number);
  if (ecnCounts === null) return;
  for (const count of [ecnCounts.ect0Count, ecnCounts.ect1Count, ecnCounts.ecnCeCount]) {
    checkNumber("ecnCounts", count);
    putVarint(out, count);
  }
}

/** Type of a STREAM frame: the bits that were given, or those that it needs and a length. */
function streamType(frame: Frame<"STREAM">): number {
  const fin = frame.fin ? QuicStreamBit.Fin : 0;
  if (frame.type === undefined) {
    const off = frame.offset > 0 ? QuicStreamBit.Off : 0;
    return QuicFrameType.Stream | QuicStreamBit.Len | off | fin;
  }
  const type = Number(frame.type);
  if (!(type >= QuicFrameType.Stream && type < QuicFrameType.Stream + 8))
    refuse("type of STREAM is 0x08 to 0x0f");
  if ((type & QuicStreamBit.Fin) !== fin) refuse("bit 0x01 of the type of STREAM is fin");
  if ((type & QuicStreamBit.Off) === 0 && frame.offset > 0)
    refuse("a STREAM frame without bit 0x04 in its type has offset 0");
  return type;
}

function putStream(out: ByteWriter, frame: Frame<"STREAM">): void {
  const { streamId, offset, streamData } = frame;
  checkNumber("streamId", streamId);
  checkNumber("offset", offset);
  checkBytes("streamData", streamData);
  checkEnd(offset, streamData);
  const type = streamType(frame);
  out.putUint8(type);
  putVarint(out, streamId);
  if ((type & QuicStreamBit.Off) !== 0) putVarint(out, offset);
  if ((type & QuicStreamBit.Len) !== 0) putVarint(out, streamData.length);
  out.putBytes(streamData);
}

/** The last octet of a stream is at most number 2^62 - 1 (RFC 9000 section 19.8). */
function checkEnd(offset: Varint, bytes: Uint8Array): void {
  if (BigInt(offset) + BigInt(bytes.length) > VARINT_MAX) refuse("the data ends behind 2^62 - 1");
}

function putNewConnectionId(out: ByteWriter, frame: Frame<"NEW_CONNECTION_ID">): void {
  const { connectionId, statelessResetToken } = frame;
  checkBytes("connectionId", connectionId);
  checkBytes("statelessResetToken", statelessResetToken);
  if (connectionId.length < 1 || connectionId.length > CONNECTION_ID_MAX)
    refuse(`connectionId has 1 to ${CONNECTION_ID_MAX} octets`);
  if (statelessResetToken.length !== STATELESS_RESET_TOKEN_LENGTH)
    refuse(`statelessResetToken has ${STATELESS_RESET_TOKEN_LENGTH} octets`);
  putNumbers(out, QuicFrameType.NewConnectionId, frame, "sequenceNumber", "retirePriorTo");
  if (frame.retirePriorTo > frame.sequenceNumber) refuse("retirePriorTo is at most sequenceNumber");
  out.putUint8(connectionId.length);
  out.putBytes(connectionId);
  out.putBytes(statelessResetToken);
}

function putClose(out: ByteWriter, frame: Frame<"CONNECTION_CLOSE">): void {
  const { frameType, reasonPhrase } = frame;
  checkBytes("reasonPhrase", reasonPhrase);
  if (frameType === null)
    putNumbers(out, QuicFrameType.ConnectionCloseApplication, frame, "errorCode");
  else putNumbers(out, QuicFrameType.ConnectionClose, frame, "errorCode", "frameType");
  putCounted(out, reasonPhrase);
}

function putDatagram(out: ByteWriter, frame: Frame<"DATAGRAM">): void {
  const { type = QuicFrameType.DatagramWithLength, datagramData } = frame;
  checkBytes("datagramData", datagramData);
  if (type !== QuicFrameType.Datagram && type !== QuicFrameType.DatagramWithLength)
    refuse("type of DATAGRAM is 0x30 or 0x31");
  out.putUint8(type);
  if (type === QuicFrameType.DatagramWithLength) putVarint(out, datagramData.length);
  out.putBytes(datagramData);
}

function checkNumber(what: string, value: unknown): asserts value is Varint {
  if (!isVarint(value))
    refuse(`${what} takes whole numbers from 0 to 2^53 - 1, and bigints up to 2^62 - 1`);
}

function checkBytes(what: string, bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) refuse(`${what} takes a Uint8Array`);
}

function refuse(message: string): never {
  throw new UsageError("QUIC_FRAME_INVALID", message);
}
