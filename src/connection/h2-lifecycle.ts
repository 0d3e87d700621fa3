// Errors of streams and of the connection, and how streams and connections end (RFC 9113 sections 5.4, 6.8).
// Rules: H2-092, H2-095, H2-148, H2-149, H2-150, H2-151, H2-162, H2-197.

import { ErrorCode } from "../abi/error-code.js";
import { WireCode } from "../abi/h2-tape.js";
import { ERRORS, type ErrorName, ProtocolError } from "../errors.js";
import { Gain } from "./budget.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { releaseCredit } from "./h2-data.js";
import { ID_MAX, type Stream, StreamFlag } from "./h2-stream.js";
import { afterLocalEnd, StreamState } from "./h2-stream-state.js";
import { releaseHead } from "./head-memory.js";

/** GOAWAY, then nothing. The last event. */
export function connectionError(
  core: H2Core,
  code: ErrorCode,
  offset: number,
  wireCode?: WireCode,
): void {
  if (core.has(CoreFlag.Failed)) return;
  const error = new ProtocolError(code, offset, null, "connection", wireCode);
  stop(core, error.wireCode, error.code);
  core.observed?.flush(core);
  core.emitError(error);
}

/** A handler threw: what stood behind its event is lost, so that nothing more can be read. The error is the caller's. */
export function abandon(core: H2Core): void {
  if (!core.isOver) stop(core, WireCode.InternalError, "");
}

/** GOAWAY, and nothing of the connection remains. */
function stop(core: H2Core, wireCode: number | null, debugData: string): void {
  core.flags |= CoreFlag.Failed;
  core.stopped = true;
  core.reading = null;
  if (wireCode !== null) core.output.goaway(lastProcessed(core), wireCode, debugData);
  for (const stream of core.streams.live.values())
    closeStream(core, stream, StreamState.ClosedByUs);
  core.content.clear();
  core.reader.release();
}

/** The last stream of the peer that was looked at: what came behind our GOAWAY was not. */
function lastProcessed(core: H2Core): number {
  return Math.min(core.streams.lastRemote, core.streams.ignoredAbove);
}

/** RST_STREAM, and the connection goes on. The last event of the stream. */
export function streamError(core: H2Core, streamId: number, code: ErrorCode, offset: number): void {
  // Errors that make us reset are as cheap for the peer as resets of its own (CVE-2025-8671).
  if (!core.resets.draw(1, core.config.clock))
    return connectionError(core, ErrorCode.H2_RESET_FLOOD, offset);
  const stream = core.streams.live.get(streamId);
  // RST_STREAM may not name an idle stream (RFC 9113 section 6.4).
  if (stream === undefined && core.streams.stateOf(streamId) === StreamState.Idle)
    return connectionError(core, code, offset);
  const error = new ProtocolError(code, offset, streamId, "stream");
  if (stream === undefined) {
    core.streams.remember(streamId, StreamState.ClosedByUs);
    core.output.rstStream(streamId, error.wireCode ?? WireCode.ProtocolError);
  } else if (!answer(core, stream, error)) {
    closeStream(core, stream, StreamState.ClosedByUs);
    core.output.rstStream(streamId, error.wireCode ?? WireCode.ProtocolError);
  }
  core.emitError(error);
  settle(core);
}

/** Whether an error is worth a status before the stream ends. */
export function isAnswered(code: ErrorCode): boolean {
  const { status } = ERRORS[ErrorCode[code] as ErrorName];
  return status === 431 || status === 413;
}

/**
 * 431 or 413, where no response has begun; then RST_STREAM with NO_ERROR asks the peer to stop its upload (RFC 9113
 * section 8.1).
 */
function answer(core: H2Core, stream: Stream, error: ProtocolError): boolean {
  const { config } = core;
  if (config.isClient || !config.respondToErrors || stream.has(StreamFlag.HeadSent)) return false;
  if (error.status !== 431 && error.status !== 413) return false;
  if (!stream.canSend) return false;
  core.output.headers(core, stream.id, [":status", String(error.status)], null, true);
  const isOver = afterLocalEnd(stream.state) === StreamState.ClosedEnded;
  // Closed by us even so: it has had its one error (RFC 9113 section 5.4.2).
  closeStream(core, stream, StreamState.ClosedByUs);
  if (!isOver) core.output.rstStream(stream.id, WireCode.NoError);
  return true;
}

/** Takes a stream out, with all that it holds. */
export function closeStream(core: H2Core, stream: Stream, state: StreamState): void {
  if (core.reading === stream) core.reading = null;
  core.content.drop(stream);
  releaseHead(core, stream);
  releaseCredit(core, stream);
  core.streams.close(stream, state);
  if (state === StreamState.ClosedEnded) core.reward(Gain.Message, 1);
}

/** Our END_STREAM went out. */
export function endSent(core: H2Core, stream: Stream): void {
  const state = afterLocalEnd(stream.state);
  if (state === StreamState.ClosedEnded) closeStream(core, stream, state);
  else stream.state = state;
}

/** The peer closed its side. What it owes will not come any more. */
export function endInput(core: H2Core): void {
  if (core.has(CoreFlag.Failed | CoreFlag.Ended | CoreFlag.Closed)) {
    core.flags |= CoreFlag.Ended;
    return;
  }
  core.flags |= CoreFlag.Ended | CoreFlag.Closing;
  if (isInside(core))
    return connectionError(core, ErrorCode.H2_CONNECTION_INCOMPLETE, core.reader.received);
  settle(core);
}

/** Whether a frame, a field block or a message of the peer is unfinished, or a promised one did not begin. */
function isInside(core: H2Core): boolean {
  const { reader } = core;
  // Who never sent an octet has not begun.
  if (reader.received > 0 && (!reader.isBetweenFrames || reader.blockStream !== 0)) return true;
  for (const stream of core.streams.live.values())
    if (stream.canReceive || stream.state === StreamState.ReservedRemote) return true;
  return false;
}

/** The peer has closed its side: no window will open any more, and what they hold back never leaves. */
export function giveUpBlocked(core: H2Core): void {
  if (!core.has(CoreFlag.Ended) || core.content.length === 0) return;
  for (const stream of core.streams.live.values()) {
    if (stream.queuedLength === 0) continue;
    closeStream(core, stream, StreamState.ClosedByUs);
    core.output.rstStream(stream.id, WireCode.Cancel);
  }
}

/** Is everything done? Then the place in the engine is free for others. */
export function settle(core: H2Core): void {
  if (core.isOver || !core.has(CoreFlag.Closing) || core.config.passive) return;
  if (core.streams.live.size > 0 || core.content.length > 0) return;
  const isSaid = core.has(CoreFlag.GoawaySent | CoreFlag.GoawayReceived | CoreFlag.Ended);
  if (!isSaid) return;
  core.flags |= CoreFlag.Closed;
  core.stopped = true;
  core.reader.release();
}

/**
 * Graceful end (RFC 9113 section 6.8). A server says first that it will stop, waits a round trip, by PING, for
 * requests that are under way, and then says which was the last one. A client names the last promise at once.
 */
export function close(core: H2Core): void {
  if (core.has(CoreFlag.Failed | CoreFlag.Closed | CoreFlag.Closing)) {
    if (core.has(CoreFlag.Closing) && !core.has(CoreFlag.GoawaySent) && !core.config.isClient)
      startClosing(core);
    return;
  }
  core.flags |= CoreFlag.Closing;
  if (core.config.isClient) finishClosing(core);
  else startClosing(core);
}

/** How long the second GOAWAY waits for the answer to the PING, where there is a clock. */
const CLOSE_WAIT = 1000;
/** The PING of a graceful end; the bytes mean nothing. */
export const CLOSING_PAYLOAD: Uint8Array = new Uint8Array([
  0x74, 0x65, 0x72, 0x63, 0x65, 0x74, 0, 1,
]);

function startClosing(core: H2Core): void {
  if (core.rare.isClosingPing || core.has(CoreFlag.Ended)) return settle(core);
  core.rare.isClosingPing = true;
  core.output.goaway(Math.min(ID_MAX, core.streams.ignoredAbove), WireCode.NoError, "");
  core.output.ping(false, CLOSING_PAYLOAD);
  const { clock } = core.config;
  if (clock !== null) core.closeDue = clock() + CLOSE_WAIT;
}

/** The second step: what was opened until now is processed, nothing else. */
export function finishClosing(core: H2Core): void {
  core.closeDue = 0;
  if (core.hasRare) core.rare.isClosingPing = false;
  sendGoaway(core, WireCode.NoError, core.streams.lastRemote, "");
}

/** One GOAWAY with a last stream; identifiers never rise from one to the next (RFC 9113 section 6.8). */
export function sendGoaway(
  core: H2Core,
  code: number,
  lastStreamId: number,
  debugData: string,
): void {
  const last = Math.min(lastStreamId, core.streams.ignoredAbove);
  core.streams.ignoredAbove = last;
  // One that lets further requests in is not the last.
  const isLast = core.config.isClient || last <= core.streams.lastRemote;
  core.flags |= CoreFlag.Closing | (isLast ? CoreFlag.GoawaySent : 0);
  core.output.goaway(last, code, debugData);
  settle(core);
}
