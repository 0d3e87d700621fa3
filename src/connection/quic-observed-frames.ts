// What the frames of an observed connection say, beyond their syntax: who may send them, and what follows from them.
// Rules: Q-TOK-2, Q-HD-1, Q-HD-2, Q-NCI-3, Q-NCI-4, Q-NCI-5, Q-RCI-3, Q-DG-1, Q-DG-2, Q-TP-16, Q-PTH-1, Q-CC-3.

import { ErrorCode } from "../abi/error-code.js";
import { type QuicPacketKind, QuicParameter } from "../abi/quic-wire.js";
import type { QuicFrame, QuicNewConnectionIdFrame } from "../codec/quic-frame.js";
import type { TransportParameter } from "../codec/quic-transport-parameters.js";
import type { QuicLimitName } from "../limits.js";
import type { HeldMemory } from "./quic-held-memory.js";
import { type ObservationDraft, otherSide, type QuicSender } from "./quic-observation.js";
import type { ObservedHandshake } from "./quic-observed-handshake.js";
import { ObservedStreams } from "./quic-observed-streams.js";
import { idKey } from "./quic-routes.js";

/** Connection ids that one side issued: by number, and what came with them. */
type IssuedIds = Map<number | bigint, string>;

/** Who wants to know of connection ids. */
export interface ConnectionIdSink {
  /** Whether packets of this side have a destination connection id of no octets. */
  hasNoId(side: QuicSender): boolean;
  onId(side: QuicSender, frame: QuicNewConnectionIdFrame): void;
}

/** Frames of one connection. */
export class ObservedFrames {
  readonly streams: ObservedStreams;
  readonly #handshake: ObservedHandshake;
  readonly #sink: ConnectionIdSink;
  readonly #idsMax: number;
  readonly #ids: Record<QuicSender, IssuedIds> = { client: new Map(), server: new Map() };
  /** Largest DATAGRAM frame that each side takes; null: its parameters were not seen. */
  readonly #datagramMax: Record<QuicSender, number | null> = { client: null, server: null };

  constructor(
    limits: Readonly<Record<QuicLimitName, number>>,
    held: HeldMemory,
    handshake: ObservedHandshake,
    sink: ConnectionIdSink,
  ) {
    this.streams = new ObservedStreams(limits, held);
    this.#handshake = handshake;
    this.#sink = sink;
    this.#idsMax = limits.connectionIds;
  }

  /** What one side announced. */
  setParameters(side: QuicSender, parameters: readonly TransportParameter[]): void {
    const found = parameters.find(({ id }) => id === QuicParameter.MaxDatagramFrameSize);
    this.#datagramMax[side] = Number(found?.value ?? 0);
  }

  /** One frame of a packet that was opened. Gives what is wrong with it. */
  receive(
    side: QuicSender,
    kind: QuicPacketKind,
    frame: QuicFrame,
    out: ObservationDraft[],
  ): ErrorCode {
    const { streams } = this;
    switch (frame.name) {
      case "STREAM":
        return streams.receive(side, frame, out);
      case "CRYPTO":
        return this.#handshake.receive(side, kind, frame, out);
      case "RESET_STREAM":
      case "RESET_STREAM_AT":
        return streams.reset(side, frame, out);
      case "STOP_SENDING": {
        const { streamId, applicationProtocolErrorCode: code } = frame;
        out.push({ kind: "stopSending", direction: side, streamId, code });
        return streams.stopSending(side, streamId);
      }
      case "MAX_STREAM_DATA":
        return streams.maxStreamData(side, frame.streamId);
      case "STREAM_DATA_BLOCKED":
        return streams.streamDataBlocked(side, frame.streamId);
      case "NEW_TOKEN":
        return side === "client" ? ErrorCode.QUIC_NEW_TOKEN_FROM_CLIENT : ErrorCode.NONE;
      case "HANDSHAKE_DONE":
        return side === "client" ? ErrorCode.QUIC_HANDSHAKE_DONE_FROM_CLIENT : ErrorCode.NONE;
      case "NEW_CONNECTION_ID":
        return this.#newConnectionId(side, frame);
      case "RETIRE_CONNECTION_ID":
        return this.#sink.hasNoId(side) ? ErrorCode.QUIC_CONNECTION_ID_UNEXPECTED : ErrorCode.NONE;
      case "DATAGRAM":
        return this.#datagram(side, frame.size, frame.datagramData, out);
      case "CONNECTION_CLOSE": {
        const { errorCode: code, frameType, reasonPhrase: reason } = frame;
        const isApplication = frameType === null;
        out.push({ kind: "close", direction: side, isApplication, code, frameType, reason });
        return ErrorCode.NONE;
      }
      default:
        return ErrorCode.NONE;
    }
  }

  /** The connection is over. */
  end(out: ObservationDraft[]): void {
    this.streams.end(out);
  }

  #newConnectionId(side: QuicSender, frame: QuicNewConnectionIdFrame): ErrorCode {
    // None can take the place of one that is not there (RFC 9000 section 19.15).
    if (this.#sink.hasNoId(otherSide(side))) return ErrorCode.QUIC_CONNECTION_ID_UNEXPECTED;
    const ids = this.#ids[side];
    const { sequenceNumber } = frame;
    const said = `${idKey(frame.connectionId)}\n${idKey(frame.statelessResetToken)}`;
    const known = ids.get(sequenceNumber);
    if (known !== undefined)
      return known === said ? ErrorCode.NONE : ErrorCode.QUIC_CONNECTION_ID_CHANGED;
    ids.set(sequenceNumber, said);
    if (ids.size > this.#idsMax) ids.delete(ids.keys().next().value as number);
    this.#sink.onId(side, frame);
    return ErrorCode.NONE;
  }

  #datagram(side: QuicSender, size: number, bytes: Uint8Array, out: ObservationDraft[]): ErrorCode {
    const most = this.#datagramMax[otherSide(side)];
    if (most === 0) return ErrorCode.QUIC_DATAGRAM_UNEXPECTED;
    if (most !== null && size > most) return ErrorCode.QUIC_DATAGRAM_TOO_LARGE;
    out.push({ kind: "datagram", direction: side, bytes });
    return ErrorCode.NONE;
  }
}
