// Streams of an observed connection: STREAM data in order, each octet once, from packets in any order; what never comes is
// given up at a limit, because the capture, not the peer, may have lost it.
// Rules: Q-RST-1, Q-RST-2, Q-STP-1, Q-STR-2, Q-STR-6, Q-STR-7, Q-STR-9, Q-STR-10, Q-FC-2, Q-FC-5, Q-RA-2, Q-RA-3.

import { ErrorCode } from "../abi/error-code.js";
import type {
  QuicResetStreamAtFrame,
  QuicResetStreamFrame,
  QuicStreamFrame,
} from "../codec/quic-frame.js";
import { Reassembler, ReassemblyFault } from "../codec/reassembler.js";
import type { Varint } from "../codec/varint.js";
import type { QuicLimitName } from "../limits.js";
import { type HeldMemory, HeldPart } from "./quic-held-memory.js";
import { type ObservationDraft, otherSide, type QuicSender } from "./quic-observation.js";
import { OverStreams } from "./quic-over-streams.js";

/** Bits of a stream id (RFC 9000 section 2.1). */
const FROM_SERVER = 1;
const UNIDIRECTIONAL = 2;

/** One direction of one stream. */
class Half {
  readonly data: Reassembler;
  readonly held: HeldPart;
  isReset = false;

  constructor(limits: Readonly<Record<QuicLimitName, number>>, held: HeldMemory) {
    this.held = new HeldPart(held);
    this.data = new Reassembler(
      { bytes: limits.streamBuffer, fragments: limits.streamFragments },
      true,
    );
  }
}

/** All streams of one connection, of both directions. */
export class ObservedStreams {
  readonly #limits: Readonly<Record<QuicLimitName, number>>;
  readonly #held: HeldMemory;
  readonly #open: Record<QuicSender, Map<Varint, Half>> = { client: new Map(), server: new Map() };
  readonly #over: Record<QuicSender, OverStreams> = {
    client: new OverStreams(),
    server: new OverStreams(),
  };

  constructor(limits: Readonly<Record<QuicLimitName, number>>, held: HeldMemory) {
    this.#limits = limits;
    this.#held = held;
  }

  /** Data of a stream. Gives what is wrong with it. */
  receive(side: QuicSender, frame: QuicStreamFrame, out: ObservationDraft[]): ErrorCode {
    const { streamId } = frame;
    if (!canSend(side, streamId)) return ErrorCode.QUIC_STREAM_FORBIDDEN;
    const half = this.#half(side, streamId, out);
    if (half === null || half.isReset) return ErrorCode.NONE;
    let fault = half.data.insert(frame.offset, frame.streamData, frame.fin);
    if (isFull(fault)) {
      // What was lost in capturing never comes: go on behind the gap.
      const from = half.data.heldFrom;
      if (from !== null) this.#skip(side, streamId, half, from, out);
      fault = half.data.insert(frame.offset, frame.streamData, frame.fin);
      if (isFull(fault)) {
        this.#skip(side, streamId, half, frame.offset, out);
        fault = half.data.insert(frame.offset, frame.streamData, frame.fin);
      }
    }
    this.#deliver(side, streamId, half, out);
    if (half.held.count(half.data.heldMemory)) this.#giveUp(side, streamId, half, out);
    return faultCode(fault);
  }

  /** RESET_STREAM and RESET_STREAM_AT. */
  reset(
    side: QuicSender,
    frame: QuicResetStreamFrame | QuicResetStreamAtFrame,
    out: ObservationDraft[],
  ): ErrorCode {
    const { streamId, finalSize } = frame;
    if (!canSend(side, streamId)) return ErrorCode.QUIC_RESET_STREAM_FORBIDDEN;
    const half = this.#half(side, streamId, out);
    if (half === null) return ErrorCode.NONE;
    const fault = faultCode(half.data.finish(finalSize));
    if (fault !== ErrorCode.NONE || half.isReset) return fault;
    const reliableSize = frame.name === "RESET_STREAM_AT" ? frame.reliableSize : 0;
    half.isReset = reliableSize <= half.data.offset;
    const code = frame.applicationProtocolErrorCode;
    out.push({ kind: "reset", direction: side, streamId, code, finalSize });
    if (half.isReset) this.#close(side, streamId);
    return ErrorCode.NONE;
  }

  /** STOP_SENDING: the other side is to send no more. */
  stopSending(side: QuicSender, streamId: Varint): ErrorCode {
    return canSend(otherSide(side), streamId)
      ? ErrorCode.NONE
      : ErrorCode.QUIC_STOP_SENDING_FORBIDDEN;
  }

  /** MAX_STREAM_DATA: the other side may send more. */
  maxStreamData(side: QuicSender, streamId: Varint): ErrorCode {
    const isRight = canSend(otherSide(side), streamId);
    return isRight ? ErrorCode.NONE : ErrorCode.QUIC_MAX_STREAM_DATA_FORBIDDEN;
  }

  /** STREAM_DATA_BLOCKED: its sender would send more. */
  streamDataBlocked(side: QuicSender, streamId: Varint): ErrorCode {
    return canSend(side, streamId) ? ErrorCode.NONE : ErrorCode.QUIC_STREAM_DATA_BLOCKED_FORBIDDEN;
  }

  /** The connection is over: what waits behind gaps is given out. */
  end(out: ObservationDraft[]): void {
    for (const side of ["client", "server"] as const) {
      for (const [streamId, half] of this.#open[side]) {
        if (!half.isReset) this.#giveUp(side, streamId, half, out);
        half.held.count(0);
      }
      this.#open[side].clear();
    }
  }

  #half(side: QuicSender, streamId: Varint, out: ObservationDraft[]): Half | null {
    const open = this.#open[side];
    let half = open.get(streamId);
    if (half !== undefined) return half;
    if (this.#over[side].has(streamId)) return null;
    if (open.size >= this.#limits.openStreams) {
      // The first of the map was opened first.
      const [oldest, its] = open.entries().next().value as [Varint, Half];
      this.#giveUp(side, oldest, its, out);
      this.#close(side, oldest);
    }
    half = new Half(this.#limits, this.#held);
    open.set(streamId, half);
    return half;
  }

  #giveUp(side: QuicSender, streamId: Varint, half: Half, out: ObservationDraft[]): void {
    for (let from = half.data.heldFrom; from !== null; from = half.data.heldFrom) {
      this.#skip(side, streamId, half, from, out);
      this.#deliver(side, streamId, half, out);
    }
    half.held.count(half.data.heldMemory);
  }

  #skip(side: QuicSender, streamId: Varint, half: Half, to: Varint, out: ObservationDraft[]): void {
    const offset = half.data.offset;
    const length = Number(BigInt(to) - BigInt(offset));
    if (length <= 0) return;
    half.data.skip(to);
    out.push({ kind: "gap", direction: side, streamId, offset: Number(offset), length });
  }

  #deliver(side: QuicSender, streamId: Varint, half: Half, out: ObservationDraft[]): void {
    const pieces = half.data.take();
    const { isDone } = half.data;
    let offset = Number(half.data.offset);
    for (const piece of pieces) offset -= piece.length;
    for (let index = 0; index < pieces.length; index++) {
      const bytes = pieces[index] as Uint8Array;
      const fin = isDone && index === pieces.length - 1;
      out.push({ kind: "stream", direction: side, streamId, offset, bytes, fin });
      offset += bytes.length;
    }
    if (!isDone) return;
    if (pieces.length === 0)
      out.push({ kind: "stream", direction: side, streamId, offset, bytes: NOTHING, fin: true });
    this.#close(side, streamId);
  }

  #close(side: QuicSender, streamId: Varint): void {
    this.#open[side].get(streamId)?.held.count(0);
    this.#open[side].delete(streamId);
    this.#over[side].add(streamId);
  }
}

const NOTHING = new Uint8Array(0);

/** Whether this side sends on the stream: both on bidirectional ones, else who opened it. */
function canSend(side: QuicSender, streamId: Varint): boolean {
  const bits = typeof streamId === "bigint" ? Number(streamId & 3n) : streamId % 4;
  return (bits & UNIDIRECTIONAL) === 0 || (bits & FROM_SERVER) === (side === "server" ? 1 : 0);
}

function isFull(fault: ReassemblyFault): boolean {
  return fault === ReassemblyFault.TooManyBytes || fault === ReassemblyFault.TooManyFragments;
}

function faultCode(fault: ReassemblyFault): ErrorCode {
  if (fault === ReassemblyFault.FinalSize) return ErrorCode.QUIC_FINAL_SIZE_CHANGED;
  if (fault === ReassemblyFault.Changed) return ErrorCode.QUIC_STREAM_DATA_CHANGED;
  if (fault === ReassemblyFault.TooLarge) return ErrorCode.QUIC_STREAM_OFFSET_TOO_LARGE;
  return isFull(fault) ? ErrorCode.QUIC_STREAM_FRAGMENTS : ErrorCode.NONE;
}
