// Errors of streams and of the connection, and how streams and connections end (RFC 9114 sections 5, 8).
// Rules: H3-FRM-26, H3-FRM-27, H3-MSG-1, H3-MSG-26, QP-DECS-6.

import { ErrorCode } from "../abi/error-code.js";
import { H3WireCode } from "../abi/h3-wire.js";
import { ProtocolError } from "../errors.js";
import { Gain } from "./budget.js";
import { dropCapsules } from "./h3-capsules.js";
import { type H3Core, H3CoreFlag, kindOf, StreamKind } from "./h3-core.js";
import { forgetPush } from "./h3-push.js";
import { dropEarly, isEarly, leaveEarly, sessionGone } from "./h3-sessions.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import { dropHeld } from "./h3-streams.js";
import { releaseHead } from "./head-memory.js";

/** The connection is closed with the code of the error. The last event. */
export function connectionError(
  core: H3Core,
  code: ErrorCode,
  streamId: number,
  offset: number,
  wireCode?: number,
): void {
  if (core.isOver) return;
  const onStream = streamId < 0 ? null : streamId;
  const error = new ProtocolError(code, Math.max(0, offset), onStream, "connection", wireCode);
  core.observed?.flushSent(core);
  stop(core, error.wireCode ?? H3WireCode.GeneralProtocolError);
  core.emitError(error);
}

/** A handler threw: what stood behind its event is lost, so that nothing more can be read. The error is the caller's. */
export function abandon(core: H3Core): void {
  if (!core.isOver) stop(core, H3WireCode.InternalError);
}

/** Nothing of the connection remains but the code to close it with. */
function stop(core: H3Core, closeCode: number): void {
  core.flags |= H3CoreFlag.Failed;
  core.closeCode = closeCode;
  core.stopped = true;
  letGo(core);
}

function letGo(core: H3Core): void {
  for (const stream of core.live.values()) stream.frames?.drop();
  core.live.clear();
  core.unidirectional.clear();
  core.output.clear();
  core.qpackIn.release();
  core.requestCount = 0;
  core.headMemory = 0;
  core.headLength = 0;
  core.unfinished = 0;
  core.heldLength = 0;
  if (core.hasRare) core.rare.clear();
}

/** Stream error: the last event of its stream. The connection goes on. */
export function streamError(core: H3Core, stream: H3Stream, code: ErrorCode, offset: number): void {
  // Errors that make us reset are as cheap for the peer as resets of its own (CVE-2023-44487, CVE-2025-8671).
  if (!core.drawReset(stream.id, offset)) return;
  const error = new ProtocolError(code, offset, stream.id, "stream");
  const wireCode = error.wireCode ?? H3WireCode.GeneralProtocolError;
  if (answer(core, stream, error)) endReceiving(core, stream, H3WireCode.NoError);
  else abort(core, stream, wireCode);
  core.emitError(error);
}

/** 431 or 413, where no response has begun (RFC 9114 section 4.1: then the rest of the request is not wanted). */
function answer(core: H3Core, stream: H3Stream, error: ProtocolError): boolean {
  const { config } = core;
  if (config.isClient || !config.respondToErrors) return false;
  if (error.status !== 431 && error.status !== 413) return false;
  if (stream.has(H3StreamFlag.HeadSent | H3StreamFlag.SendDone)) return false;
  core.output.headers(stream, [":status", String(error.status)], null, null);
  stream.flags |= H3StreamFlag.HeadSent | H3StreamFlag.EndQueued | H3StreamFlag.Refused;
  core.output.schedule(stream);
  return true;
}

/** A stream that is refused at once: the peer may send the request again elsewhere. With a code: one error event. */
export function refuseStream(
  core: H3Core,
  streamId: number,
  wireCode: number,
  code: ErrorCode = ErrorCode.NONE,
): void {
  const stream = core.live.get(streamId);
  if (stream !== undefined) abort(core, stream, wireCode);
  else {
    core.seenBidi.close(streamId);
    core.output.reset(streamId, wireCode, wireCode);
    forgetStream(core, streamId);
  }
  if (code !== ErrorCode.NONE) core.emitError(new ProtocolError(code, 0, streamId, "stream"));
}

/** Gives up both sides of a stream, as far as they are open. */
export function abort(core: H3Core, stream: H3Stream, wireCode: number): void {
  const isReceiving = !stream.has(H3StreamFlag.ReceiveDone);
  const isSending = !stream.has(H3StreamFlag.SendDone);
  if (isReceiving) stopReceiving(core, stream);
  if (isSending) stopSending(core, stream);
  core.output.reset(stream.id, isSending ? wireCode : -1, isReceiving ? wireCode : -1);
  finish(core, stream);
}

/** We want no more of the peer's side: STOP_SENDING. */
export function endReceiving(core: H3Core, stream: H3Stream, wireCode: number): void {
  if (stream.has(H3StreamFlag.ReceiveDone)) return;
  stopReceiving(core, stream);
  core.output.reset(stream.id, -1, wireCode);
  finish(core, stream);
}

/** The peer's side is over before its message was complete. */
export function stopReceiving(core: H3Core, stream: H3Stream): void {
  stream.flags |= H3StreamFlag.ReceiveDone | H3StreamFlag.Aborted;
  if (isEarly(stream)) leaveEarly(core, stream);
  stream.flags &= ~(H3StreamFlag.Held | H3StreamFlag.FinHeld);
  if (core.reading === stream) core.stopped = true;
  const { frames } = stream;
  if (frames !== null) {
    finishSection(core, stream);
    frames.drop();
    core.qpackIn.cancel(stream.id);
  }
  dropCapsules(stream);
  dropHeld(core, stream);
}

/** The section that was under way is whole, or nobody waits for it any more. */
export function finishSection(core: H3Core, stream: H3Stream): void {
  core.unfinished -= stream.unfinished;
  stream.unfinished = 0;
}

/** Our side is over before our message was complete. */
export function stopSending(core: H3Core, stream: H3Stream): void {
  stream.flags |= H3StreamFlag.SendDone | H3StreamFlag.EndQueued | H3StreamFlag.Aborted;
  core.output.drop(stream);
}

/** Takes a stream out when both sides are over, with all that it holds. */
export function finish(core: H3Core, stream: H3Stream): void {
  if (!stream.isOver || core.live.get(stream.id) !== stream) return;
  core.live.delete(stream.id);
  releaseHead(core, stream);
  stream.frames?.drop();
  dropCapsules(stream);
  dropHeld(core, stream);
  if (stream.has(H3StreamFlag.Remote)) {
    const kind = kindOf(stream.id);
    (kind < StreamKind.ClientUni ? core.seenBidi : core.seenUni).close(stream.id);
  }
  // Work that was done: what was thrown away gives nothing back (CVE-2023-44487).
  if (!stream.has(H3StreamFlag.Aborted)) core.reward(Gain.Message, 1);
  if (isRequest(stream)) core.requestCount--;
  if (stream.has(H3StreamFlag.Push)) forgetPush(core, stream.owner);
  if (stream.has(H3StreamFlag.WebTransport)) sessionGone(core, stream.id);
  forgetStream(core, stream.id);
  // At once, not at the end of the piece: what is read does not depend on where the network cuts.
  settle(core);
}

/** What is kept under the number of a stream goes with it. */
function forgetStream(core: H3Core, streamId: number): void {
  core.observed?.forget(streamId);
  if (!core.hasRare) return;
  core.rare.priorities.delete(streamId);
  dropEarly(core, streamId);
}

/** Whether it counts as a request: no push, no stream of a session. */
export function isRequest(stream: H3Stream): boolean {
  return !stream.has(H3StreamFlag.Push | H3StreamFlag.Session);
}

/** Is everything done? Then the connection is closed, where the caller wants that: the peer's GOAWAY alone closes nothing. */
export function settle(core: H3Core): void {
  if (core.isOver || !core.has(H3CoreFlag.GoawaySent)) return;
  if (core.live.size > 0 || core.closeDue !== 0 || core.output.length > 0) return;
  core.flags |= H3CoreFlag.Closed;
  core.closeCode = H3WireCode.NoError;
  letGo(core);
}

/** The QUIC connection is gone, closed with this code. What the peer owes will not come any more. */
export function connectionClosed(core: H3Core, code: number): void {
  let isInside = false;
  for (const stream of core.live.values())
    if (!stream.has(H3StreamFlag.ReceiveDone) && !stream.has(H3StreamFlag.Session)) isInside = true;
  core.flags |= H3CoreFlag.CloseTaken;
  if (isInside) return connectionError(core, ErrorCode.H3_CONNECTION_INCOMPLETE, -1, 0, code);
  core.flags |= H3CoreFlag.Closed;
  letGo(core);
}
