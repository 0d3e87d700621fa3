// Which frame may stand in which packet, who sends it, and what it is made of: ONE table (RFC 9000 table 3, sections 12.5
// and 19, RFC 9221, drafts of ACK frequency and reliable resets).
// Rules: Q-FRM-2, Q-FRM-3, Q-HDR-16, Q-HDR-18, Q-HDR-19, Q-ACK-6, Q-CRY-6, Q-TOK-2, Q-CC-2, Q-HD-1, Q-DG-4, Q-AF-4.

import { ErrorCode } from "../abi/error-code.js";
import { QuicFrameType, QuicPacketKind, QuicStreamBit } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import type { QuicFrameName } from "./quic-frame.js";

/** Who sent a packet; `Either` where that is not known: a frame is legal if one of both may send it. */
export const enum FrameSender {
  Client = 0,
  Server = 1,
  Either = 2,
}

/** What stands behind the numbers of a frame, or must be checked there. */
export const enum FrameTail {
  None,
  /** More zeros: a run is one frame. */
  Padding,
  /** Octets, as many as the last number says. */
  Counted,
  /** The same, never none. */
  Token,
  /** The same, from an offset on that is the number before it. */
  CountedData,
  /** Octets to the end of the packet. */
  Rest,
  /** The same, from an offset on that is the last number. */
  RestData,
  /** Eight octets. */
  PathData,
  /** An octet that counts others, a stateless reset token; the second number is not above the first. */
  ConnectionId,
  /** Ranges behind the first, as many as the third number says. */
  Ranges,
  /** The same, and three counts. */
  RangesAndCounts,
  /** Nothing; the number is at most 2^60. */
  StreamCount,
  /** Nothing; the last number is not above the one before it. */
  ReliableSize,
}

interface FrameRow {
  readonly type: number;
  readonly name: QuicFrameName;
  /** Packets that may carry it, spelled as in RFC 9000: I Initial, H Handshake, 0 0-RTT, 1 1-RTT. */
  readonly packets: "IH01" | "IH_1" | "__01" | "___1";
  /** Numbers that it begins with. */
  readonly numbers: number;
  readonly tail: FrameTail;
  /** Verdict on one from a client, of frames that only servers send. */
  readonly fromClient?: ErrorCode;
}

type Packets = FrameRow["packets"];
type More = Pick<FrameRow, "fromClient">;

function row(
  type: number,
  name: QuicFrameName,
  packets: Packets,
  numbers: number,
  tail: FrameTail = FrameTail.None,
  more: More = {},
): FrameRow {
  return { type, name, packets, numbers, tail, ...more };
}

/** STREAM, by the bits of its type: an id, an offset, a length. */
function streamRow(bits: number): FrameRow {
  const hasOffset = (bits & QuicStreamBit.Off) !== 0;
  const hasLength = (bits & QuicStreamBit.Len) !== 0;
  const numbers = 1 + Number(hasOffset) + Number(hasLength);
  const counted = hasOffset ? FrameTail.CountedData : FrameTail.Counted;
  const rest = hasOffset ? FrameTail.RestData : FrameTail.Rest;
  const tail = hasLength ? counted : rest;
  return row(QuicFrameType.Stream + bits, "STREAM", "__01", numbers, tail);
}

const TOKEN = { fromClient: ErrorCode.QUIC_NEW_TOKEN_FROM_CLIENT };
const DONE = { fromClient: ErrorCode.QUIC_HANDSHAKE_DONE_FROM_CLIENT };

/** The table. A type without a row is unknown, and an error everywhere. */
export const QUIC_FRAME_TABLE: readonly FrameRow[] = [
  row(QuicFrameType.Padding, "PADDING", "IH01", 0, FrameTail.Padding),
  row(QuicFrameType.Ping, "PING", "IH01", 0),
  row(QuicFrameType.Ack, "ACK", "IH_1", 4, FrameTail.Ranges),
  row(QuicFrameType.AckEcn, "ACK", "IH_1", 4, FrameTail.RangesAndCounts),
  row(QuicFrameType.ResetStream, "RESET_STREAM", "__01", 3),
  row(QuicFrameType.StopSending, "STOP_SENDING", "__01", 2),
  row(QuicFrameType.Crypto, "CRYPTO", "IH_1", 2, FrameTail.CountedData),
  row(QuicFrameType.NewToken, "NEW_TOKEN", "___1", 1, FrameTail.Token, TOKEN),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map(streamRow),
  row(QuicFrameType.MaxData, "MAX_DATA", "__01", 1),
  row(QuicFrameType.MaxStreamData, "MAX_STREAM_DATA", "__01", 2),
  row(QuicFrameType.MaxStreamsBidi, "MAX_STREAMS", "__01", 1, FrameTail.StreamCount),
  row(QuicFrameType.MaxStreamsUni, "MAX_STREAMS", "__01", 1, FrameTail.StreamCount),
  row(QuicFrameType.DataBlocked, "DATA_BLOCKED", "__01", 1),
  row(QuicFrameType.StreamDataBlocked, "STREAM_DATA_BLOCKED", "__01", 2),
  row(QuicFrameType.StreamsBlockedBidi, "STREAMS_BLOCKED", "__01", 1, FrameTail.StreamCount),
  row(QuicFrameType.StreamsBlockedUni, "STREAMS_BLOCKED", "__01", 1, FrameTail.StreamCount),
  row(QuicFrameType.NewConnectionId, "NEW_CONNECTION_ID", "__01", 2, FrameTail.ConnectionId),
  // Table 3 has it in 0-RTT, too; section 12.5 says why no client can send it there.
  row(QuicFrameType.RetireConnectionId, "RETIRE_CONNECTION_ID", "___1", 1),
  row(QuicFrameType.PathChallenge, "PATH_CHALLENGE", "__01", 0, FrameTail.PathData),
  row(QuicFrameType.PathResponse, "PATH_RESPONSE", "___1", 0, FrameTail.PathData),
  row(QuicFrameType.ConnectionClose, "CONNECTION_CLOSE", "IH01", 3, FrameTail.Counted),
  row(QuicFrameType.ConnectionCloseApplication, "CONNECTION_CLOSE", "__01", 2, FrameTail.Counted),
  row(QuicFrameType.HandshakeDone, "HANDSHAKE_DONE", "___1", 0, FrameTail.None, DONE),
  // Their transport parameter is not remembered for 0-RTT.
  row(QuicFrameType.ImmediateAck, "IMMEDIATE_ACK", "___1", 0),
  row(QuicFrameType.AckFrequency, "ACK_FREQUENCY", "___1", 4),
  row(QuicFrameType.ResetStreamAt, "RESET_STREAM_AT", "__01", 4, FrameTail.ReliableSize),
  row(QuicFrameType.Datagram, "DATAGRAM", "__01", 0, FrameTail.Rest),
  row(QuicFrameType.DatagramWithLength, "DATAGRAM", "__01", 1, FrameTail.Counted),
];

/** Packets that carry frames, and their letters. */
const LETTERS: readonly (readonly [kind: QuicPacketKind, letter: string])[] = [
  [QuicPacketKind.Initial, "I"],
  [QuicPacketKind.ZeroRtt, "0"],
  [QuicPacketKind.Handshake, "H"],
  [QuicPacketKind.OneRtt, "1"],
];

/** Types of all frames are below this. */
const TYPE_END = 0xb0;
const SENDERS = 3;

/**
 * A shape: numbers, from bit Tail on the tail, from bit Verdict on the verdict. Members of an enum, because constants are looked up
 * at every frame (measured: a nanosecond).
 */
export const enum Shape {
  Tail = 3,
  NumbersMask = (1 << Tail) - 1,
  Verdict = 16,
  TailMask = (1 << Verdict) - 1,
  /** STREAM with offset and length, and nothing against it. */
  // biome-ignore lint/style/useLiteralEnumMembers: the other enum says what it is, and tsc writes the number.
  UsualData = (FrameTail.CountedData << Tail) | 3,
}

const NAMES: (QuicFrameName | undefined)[] = [];
const SHAPES = shapes();

/** Shapes of types 0 to 0xaf, by kind and sender. */
function shapes(): readonly Int32Array[] {
  const unknown = ErrorCode.QUIC_FRAME_TYPE_UNKNOWN << Shape.Verdict;
  const all = Array.from({ length: 5 * SENDERS }, () => new Int32Array(TYPE_END).fill(unknown));
  for (const { type, name, packets, numbers, tail, fromClient } of QUIC_FRAME_TABLE) {
    NAMES[type] = name;
    for (const [kind, letter] of LETTERS) {
      const isLegal = packets.includes(letter);
      const verdict = isLegal ? ErrorCode.NONE : ErrorCode.QUIC_FRAME_FORBIDDEN;
      const clients = isLegal && fromClient !== undefined ? fromClient : verdict;
      for (const sender of [FrameSender.Client, FrameSender.Server, FrameSender.Either]) {
        const code = sender === FrameSender.Client ? clients : verdict;
        const shape = (code << Shape.Verdict) | (tail << Shape.Tail) | numbers;
        (all[kind * SENDERS + sender] as Int32Array)[type] = shape;
      }
    }
  }
  return all;
}

/** What frames of types 0 to 0xaf are in packets of one kind from one sender: for loops. */
export function frameShapes(kind: QuicPacketKind, sender: FrameSender): Int32Array {
  return SHAPES[kind * SENDERS + sender] as Int32Array;
}

/** Name of a frame type. */
export function quicFrameName(type: number | bigint): QuicFrameName {
  return NAMES[Number(type)] ?? "UNKNOWN";
}

/** Whether packets of this kind carry frames. */
export function hasFrames(kind: QuicPacketKind): boolean {
  return kind < QuicPacketKind.Retry || kind === QuicPacketKind.OneRtt;
}

/**
 * Who sent it, as callers say it; nothing means that they do not know.
 * @throws UsageError OPTION_INVALID
 */
export function senderOf(from: "client" | "server" | undefined): FrameSender {
  if (from === undefined) return FrameSender.Either;
  if (from === "client") return FrameSender.Client;
  if (from === "server") return FrameSender.Server;
  throw new UsageError("OPTION_INVALID", "from is client or server");
}
