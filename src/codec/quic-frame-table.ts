// Which frame may stand in which packet, and who sends it: ONE table (RFC 9000 table 3 and section 12.5, RFC 9221 section 5,
// drafts of ACK frequency and reliable resets).
// Rules: Q-FRM-2, Q-FRM-3, Q-HDR-16, Q-HDR-18, Q-HDR-19, Q-ACK-6, Q-CRY-6, Q-TOK-2, Q-CC-2, Q-HD-1, Q-DG-4.

import { ErrorCode } from "../abi/error-code.js";
import { QuicFrameType, QuicPacketKind } from "../abi/quic-wire.js";
import { UsageError } from "../errors.js";
import type { QuicFrameName } from "./quic-frame.js";

/** Who sent a packet; `Either` where that is not known: a frame is legal if one of both may send it. */
export const enum QuicSender {
  Client = 0,
  Server = 1,
  Either = 2,
}

interface FrameRow {
  /** Type, or the first and the last of a range. */
  readonly type: number | readonly [first: number, last: number];
  readonly name: QuicFrameName;
  /** Packets that may carry it, spelled as in RFC 9000: I Initial, H Handshake, 0 0-RTT, 1 1-RTT. */
  readonly packets: "IH01" | "IH_1" | "__01" | "___1";
  /** Verdict on one from a client, of frames that only servers send. */
  readonly fromClient?: ErrorCode;
}

/** The table. A type without a row is unknown, and an error everywhere. */
export const QUIC_FRAME_TABLE: readonly FrameRow[] = [
  { type: QuicFrameType.Padding, name: "PADDING", packets: "IH01" },
  { type: QuicFrameType.Ping, name: "PING", packets: "IH01" },
  { type: [QuicFrameType.Ack, QuicFrameType.AckEcn], name: "ACK", packets: "IH_1" },
  { type: QuicFrameType.ResetStream, name: "RESET_STREAM", packets: "__01" },
  { type: QuicFrameType.StopSending, name: "STOP_SENDING", packets: "__01" },
  { type: QuicFrameType.Crypto, name: "CRYPTO", packets: "IH_1" },
  {
    type: QuicFrameType.NewToken,
    ...{ name: "NEW_TOKEN", packets: "___1" },
    fromClient: ErrorCode.QUIC_NEW_TOKEN_FROM_CLIENT,
  },
  { type: [QuicFrameType.Stream, QuicFrameType.Stream + 7], name: "STREAM", packets: "__01" },
  { type: QuicFrameType.MaxData, name: "MAX_DATA", packets: "__01" },
  { type: QuicFrameType.MaxStreamData, name: "MAX_STREAM_DATA", packets: "__01" },
  {
    type: [QuicFrameType.MaxStreamsBidi, QuicFrameType.MaxStreamsUni],
    ...{ name: "MAX_STREAMS", packets: "__01" },
  },
  { type: QuicFrameType.DataBlocked, name: "DATA_BLOCKED", packets: "__01" },
  { type: QuicFrameType.StreamDataBlocked, name: "STREAM_DATA_BLOCKED", packets: "__01" },
  {
    type: [QuicFrameType.StreamsBlockedBidi, QuicFrameType.StreamsBlockedUni],
    ...{ name: "STREAMS_BLOCKED", packets: "__01" },
  },
  { type: QuicFrameType.NewConnectionId, name: "NEW_CONNECTION_ID", packets: "__01" },
  // Table 3 has it in 0-RTT; section 12.5 says that a client cannot send it there.
  { type: QuicFrameType.RetireConnectionId, name: "RETIRE_CONNECTION_ID", packets: "___1" },
  { type: QuicFrameType.PathChallenge, name: "PATH_CHALLENGE", packets: "__01" },
  { type: QuicFrameType.PathResponse, name: "PATH_RESPONSE", packets: "___1" },
  { type: QuicFrameType.ConnectionClose, name: "CONNECTION_CLOSE", packets: "IH01" },
  { type: QuicFrameType.ConnectionCloseApplication, name: "CONNECTION_CLOSE", packets: "__01" },
  {
    type: QuicFrameType.HandshakeDone,
    ...{ name: "HANDSHAKE_DONE", packets: "___1" },
    fromClient: ErrorCode.QUIC_HANDSHAKE_DONE_FROM_CLIENT,
  },
  // Their transport parameter is not remembered for 0-RTT.
  { type: QuicFrameType.ImmediateAck, name: "IMMEDIATE_ACK", packets: "___1" },
  { type: QuicFrameType.AckFrequency, name: "ACK_FREQUENCY", packets: "___1" },
  { type: QuicFrameType.ResetStreamAt, name: "RESET_STREAM_AT", packets: "__01" },
  {
    type: [QuicFrameType.Datagram, QuicFrameType.DatagramWithLength],
    ...{ name: "DATAGRAM", packets: "__01" },
  },
];

/** Letters of the packets, by the kinds that carry frames. */
const LETTERS: readonly (readonly [kind: QuicPacketKind, letter: string])[] = [
  [QuicPacketKind.Initial, "I"],
  [QuicPacketKind.ZeroRtt, "0"],
  [QuicPacketKind.Handshake, "H"],
  [QuicPacketKind.OneRtt, "1"],
];

/** Types of all frames are below this. */
const TYPE_END = 0xb0;
/** Verdicts of one kind of packets from one sender are so many octets apart. */
const SENDERS = 3;

const NAMES: (QuicFrameName | undefined)[] = [];
const VERDICTS = verdicts();

function verdicts(): Uint16Array {
  const all = new Uint16Array(5 * SENDERS * TYPE_END).fill(ErrorCode.QUIC_FRAME_TYPE_UNKNOWN);
  for (const row of QUIC_FRAME_TABLE) {
    const [first, last] = typeof row.type === "number" ? [row.type, row.type] : row.type;
    for (let type = first; type <= last; type++) {
      NAMES[type] = row.name;
      for (const [kind, letter] of LETTERS) {
        const isLegal = row.packets.includes(letter);
        const verdict = isLegal ? ErrorCode.NONE : ErrorCode.QUIC_FRAME_FORBIDDEN;
        const fromClient = isLegal ? (row.fromClient ?? ErrorCode.NONE) : verdict;
        all[verdictsAt(kind, QuicSender.Client) + type] = fromClient;
        all[verdictsAt(kind, QuicSender.Server) + type] = verdict;
        all[verdictsAt(kind, QuicSender.Either) + type] = verdict;
      }
    }
  }
  return all;
}

/** Where the verdicts on types 0 to 0xaf begin. */
function verdictsAt(kind: QuicPacketKind, sender: QuicSender): number {
  return (kind * SENDERS + sender) * TYPE_END;
}

/** Verdicts of one kind of packets from one sender, by type: what frameVerdict() says, for loops. */
export function frameVerdicts(kind: QuicPacketKind, sender: QuicSender): Uint16Array {
  const at = verdictsAt(kind, sender);
  return VERDICTS.subarray(at, at + TYPE_END);
}

/**
 * Whether a frame may stand in a packet of this kind from this sender.
 * @param kind one that carries frames
 * @returns NONE where it may, else the code of the mistake
 */
export function frameVerdict(type: number, kind: QuicPacketKind, sender: QuicSender): ErrorCode {
  if (type >= TYPE_END) return ErrorCode.QUIC_FRAME_TYPE_UNKNOWN;
  return VERDICTS[verdictsAt(kind, sender) + type] as ErrorCode;
}

/** Name of a frame type. */
export function quicFrameName(type: number | bigint): QuicFrameName {
  return NAMES[Number(type)] ?? "UNKNOWN";
}

/** Whether packets of this kind carry frames. */
export function hasFrames(kind: QuicPacketKind): boolean {
  return kind <= QuicPacketKind.Handshake || kind === QuicPacketKind.OneRtt;
}

/**
 * Who sent it, as callers say it; nothing means that they do not know.
 * @throws UsageError OPTION_INVALID
 */
export function senderOf(from: "client" | "server" | undefined): QuicSender {
  if (from === undefined) return QuicSender.Either;
  if (from === "client") return QuicSender.Client;
  if (from === "server") return QuicSender.Server;
  throw new UsageError("OPTION_INVALID", "from is client or server");
}
