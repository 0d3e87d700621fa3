// Bytes of QUIC streams to where they belong: by the two low bits of the stream's number (RFC 9000 section 2.1), by what
// is known of it, and whether something in front of them must be waited for.
// Rules: H3-STR-1, H3-FRM-3, H3-FRM-25, H3-FRM-36, H3-WT-4, QP-PFX-6, QP-FLD-8.

import { ErrorCode } from "../abi/error-code.js";
import { H3WireCode } from "../abi/h3-wire.js";
import { H3FrameReader } from "../codec/h3-frame-reader.js";
import { PieceBuffer } from "../codec/piece-buffer.js";
import { UsageError } from "../errors.js";
import { type H3Core, H3CoreFlag, kindOf, StreamKind } from "./h3-core.js";
import { refuseStream } from "./h3-lifecycle.js";
import { endOfMessage } from "./h3-receive.js";
import { receiveSession } from "./h3-sessions.js";
import { H3Stream, H3StreamFlag } from "./h3-stream.js";
import { receiveUnidirectional } from "./h3-unidirectional.js";

/** @throws UsageError for a stream on which nothing can come: ours in one direction, or one that we did not open */
export function checkReceiving(core: H3Core, streamId: number): void {
  const kind = kindOf(streamId);
  const isOurs = (kind & 1) === (core.config.isClient ? 0 : 1);
  if (!isOurs || core.isOver) return;
  if (kind < StreamKind.ClientUni && streamId < core.nextBidi) return;
  throw new UsageError("H3_STREAM_UNKNOWN", `there is no stream ${streamId} to receive on`);
}

/** @throws UsageError for a stream on which we cannot send: the peer's in one direction, or one that nobody opened */
export function checkSending(core: H3Core, streamId: number): void {
  const kind = kindOf(streamId);
  const isOurs = (kind & 1) === (core.config.isClient ? 0 : 1);
  if (core.isOver) return;
  if (!isOurs && kind < StreamKind.ClientUni) return;
  if (isOurs && streamId < (kind < StreamKind.ClientUni ? core.nextBidi : core.nextUni)) return;
  throw new UsageError("H3_STREAM_UNKNOWN", `there is no stream ${streamId} to stop`);
}

/** Bytes of any stream that the peer may send on. */
export function receiveBytes(
  core: H3Core,
  streamId: number,
  bytes: Uint8Array,
  fin: boolean,
): void {
  const stream = core.live.get(streamId);
  if (stream !== undefined) return receive(core, stream, bytes, fin);
  const kind = kindOf(streamId);
  const { isClient } = core.config;
  const isOurs = (kind & 1) === (isClient ? 0 : 1);
  if (isOurs) return; // it is over
  if (kind >= StreamKind.ClientUni) return receiveUnidirectional(core, streamId, bytes, fin);
  if (core.seenBidi.isOver(streamId)) return; // late bytes of a stream that was given up
  const opened = openRemote(core, streamId);
  if (opened !== null) receive(core, opened, bytes, fin);
}

/** The peer opens a bidirectional stream: a request, or a stream of a session. Null: it is refused. */
export function openRemote(core: H3Core, streamId: number): H3Stream | null {
  const { isClient, sessions } = core.config;
  if (isClient && sessions === 0) {
    core.fail(ErrorCode.H3_STREAM_FORBIDDEN, streamId, 0);
    return null;
  }
  core.seenBidi.see(streamId);
  // With WebTransport the first frame shows whether it is a request at all.
  if (sessions === 0 && refuseExcess(core, streamId, core.requestCount)) return null;
  const stream = new H3Stream(streamId, H3StreamFlag.Remote);
  stream.frames = new H3FrameReader();
  core.live.set(streamId, stream);
  core.requestCount++;
  return stream;
}

/** Refuses a request behind our GOAWAY, and one more than there may be: `others` are open. */
export function refuseExcess(core: H3Core, streamId: number, others: number): boolean {
  const { isClient, limits } = core.config;
  if (isClient) return false;
  if (streamId >= core.ourLimit) {
    refuseStream(core, streamId, H3WireCode.RequestRejected);
    return true;
  }
  if (others < limits.concurrentStreams) return false;
  if (core.drawReset(streamId, 0))
    refuseStream(core, streamId, H3WireCode.RequestRejected, ErrorCode.H3_STREAM_REFUSED);
  return true;
}

/** Bytes of a stream that is open. */
export function receive(core: H3Core, stream: H3Stream, bytes: Uint8Array, fin: boolean): void {
  if (stream.has(H3StreamFlag.ReceiveDone)) return;
  // A second end, or bytes behind it, are the transport's mistake; QUIC has caught the peer's (RFC 9000 section 4.5).
  if (stream.has(H3StreamFlag.FinHeld)) return;
  if (stream.has(H3StreamFlag.Session)) return receiveSession(core, stream, bytes, 0, fin);
  if (stream.has(H3StreamFlag.Held)) return hold(core, stream, bytes, 0, fin);
  feed(core, stream, bytes, 0, fin);
}

/** Frames of a message, and what comes when they end. */
function feed(core: H3Core, stream: H3Stream, bytes: Uint8Array, from: number, fin: boolean): void {
  const frames = stream.frames as H3FrameReader;
  const at = core.readFrames(stream, frames, bytes, from);
  if (core.isOver || stream.has(H3StreamFlag.ReceiveDone)) return;
  if (stream.has(H3StreamFlag.Session)) return receiveSession(core, stream, bytes, at, fin);
  if (stream.has(H3StreamFlag.Held)) return hold(core, stream, bytes, at, fin);
  if (!fin) return;
  if (!frames.isBetweenFrames)
    return core.fail(ErrorCode.H3_FRAME_TRUNCATED, stream.id, frames.offset);
  endOfMessage(core, stream);
}

/** Keeps what may not be read yet, within the limit. */
export function hold(
  core: H3Core,
  stream: H3Stream,
  bytes: Uint8Array,
  from: number,
  fin: boolean,
): void {
  if (fin) stream.flags |= H3StreamFlag.FinHeld;
  const count = bytes.length - from;
  if (count === 0) return;
  stream.held ??= new PieceBuffer();
  stream.held.append(bytes, from, count);
  core.heldLength += count;
  if (core.heldLength > core.config.limits.heldLength)
    core.fail(ErrorCode.QPACK_BLOCKED_BYTES, stream.id, stream.frames?.offset ?? stream.offset);
}

/** What was waited for is here: what was held is read now. */
export function release(core: H3Core, stream: H3Stream): void {
  stream.flags &= ~H3StreamFlag.Held;
  stream.heldDue = 0;
  const fin = stream.has(H3StreamFlag.FinHeld);
  stream.flags &= ~H3StreamFlag.FinHeld;
  const bytes = stream.held?.slice() ?? NOTHING;
  dropHeld(core, stream);
  if (core.has(H3CoreFlag.Failed)) return;
  if (bytes.length > 0 || fin) receive(core, stream, bytes, fin);
}

const NOTHING = new Uint8Array(0);

/** Forgets what was held. */
export function dropHeld(core: H3Core, stream: H3Stream): void {
  if (stream.held === null) return;
  core.heldLength -= stream.held.length;
  stream.held = null;
}
