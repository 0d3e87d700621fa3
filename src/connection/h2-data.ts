// DATA that comes in: windows, content-length, small frames, and what is given back (RFC 9113 sections 5.2, 6.1, 6.9).
// Rules: H2-055, H2-056, H2-057, H2-058, H2-066, H2-075, H2-076, H2-158, H2-160.

import { ErrorCode } from "../abi/error-code.js";
import { FrameFlag } from "../abi/h2-tape.js";
import { Cost, Gain, SMALL_DATA } from "./budget.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { endReceived } from "./h2-receive.js";
import { type Stream, StreamFlag } from "./h2-stream.js";
import { Received, Verdict, verdictOn } from "./h2-stream-state.js";
import { verdictError } from "./h2-verdict.js";

/** A DATA frame begins; the whole payload counts, padding and Pad Length included. False: nobody wants it. */
export function onDataStart(
  core: H2Core,
  streamId: number,
  flags: number,
  length: number,
  padLength: number,
  offset: number,
): boolean {
  core.reading = null;
  core.receiveWindow -= length;
  if (core.receiveWindow < 0 && core.isBound) {
    core.fail(ErrorCode.H2_CONNECTION_WINDOW_EXCEEDED, offset);
    return false;
  }
  const stream = core.streams.live.get(streamId);
  const fault =
    stream === undefined ? ErrorCode.NONE : dataFault(core, stream, flags, length, padLength);
  if (fault === ErrorCode.H2_STREAM_STATE_INVALID) {
    core.fail(fault, offset); // reserved: nothing but a broken peer sends DATA there
    return false;
  }
  if (stream === undefined || fault !== ErrorCode.NONE) {
    creditConnection(core, length);
    if (fault !== ErrorCode.NONE) core.refuse(streamId, fault, offset);
    else onStray(core, streamId, offset);
    return false;
  }
  const content = length - overheadOf(flags, padLength);
  if (!drawSmall(core, stream, flags, content, offset)) return false;
  // Padding is never of use to anybody (RFC 9113 section 6.9.1).
  if (content < length) {
    creditConnection(core, length - content);
    creditStream(core, stream, length - content);
  }
  core.adaptive?.onData(length, core);
  core.reading = stream;
  return true;
}

/** Bytes of a payload that are no content. */
function overheadOf(flags: number, padLength: number): number {
  return (flags & FrameFlag.Padded) === 0 ? 0 : padLength + 1;
}

/** DATA on a stream that is not open. */
function onStray(core: H2Core, streamId: number, offset: number): void {
  if (!core.draw(Cost.Frame, offset)) return;
  const state = core.streams.stateOf(streamId);
  verdictError(core, verdictOn(state, Received.Data), streamId, offset);
}

function dataFault(
  core: H2Core,
  stream: Stream,
  flags: number,
  length: number,
  padLength: number,
): ErrorCode {
  const verdict = verdictOn(stream.state, Received.Data);
  if (verdict === Verdict.NotAllowed) return ErrorCode.H2_STREAM_STATE_INVALID;
  if (verdict !== Verdict.Accept) return ErrorCode.H2_STREAM_CLOSED;
  stream.receiveWindow -= length;
  // An empty frame is welcome in a window that our own SETTINGS made negative (RFC 9113 section 6.9.2).
  if (stream.receiveWindow < 0 && length > 0 && core.isBound)
    return ErrorCode.H2_STREAM_WINDOW_EXCEEDED;
  if (!stream.has(StreamFlag.HeadReceived) || stream.has(StreamFlag.EndReceived))
    return ErrorCode.H2_MESSAGE_ORDER;
  const content = length - overheadOf(flags, padLength);
  stream.received += content;
  if (content > 0 && stream.has(StreamFlag.NoContent)) return ErrorCode.H2_CONTENT_LENGTH_MISMATCH;
  if (stream.received > core.config.limits.bodyLength) return ErrorCode.H2_BODY_TOO_LARGE;
  if (stream.expected < 0) return ErrorCode.NONE;
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  const isWrong = isEnd ? stream.received !== stream.expected : stream.received > stream.expected;
  return isWrong ? ErrorCode.H2_CONTENT_LENGTH_MISMATCH : ErrorCode.NONE;
}

/** Empty frames draw from the control budget, small ones from a budget of their own until they are consumed. */
function drawSmall(
  core: H2Core,
  stream: Stream,
  flags: number,
  content: number,
  offset: number,
): boolean {
  if (content >= SMALL_DATA) {
    core.reward(Gain.Data, 0);
    return true;
  }
  if ((flags & FrameFlag.EndStream) !== 0) return true;
  if (content === 0) return core.draw(Cost.Frame, offset);
  const charge = SMALL_DATA - content;
  stream.smallCharge += charge;
  core.smallData += charge;
  if (core.smallData <= core.config.limits.smallDataLength) return true;
  core.fail(ErrorCode.H2_CONTROL_FLOOD, offset);
  return false;
}

/** Payload and padding are here. */
export function onDataEnd(core: H2Core, _streamId: number, flags: number): void {
  const stream = core.reading;
  if (stream === null) return;
  core.reading = null;
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  if (core.config.window !== "manual" && stream.unconsumed > 0)
    consume(core, stream, stream.unconsumed, isEnd);
  if (isEnd) endReceived(core, stream);
  else if (core.config.window === "manual") {
    // What was consumed before may be all that the peer can go on with now.
    creditConnection(core, 0);
    creditStream(core, stream, 0);
  }
}

/** The application is done with content of a stream: small frames are forgiven, windows given back. */
export function consume(core: H2Core, stream: Stream, length: number, isEnd = false): void {
  forgive(core, stream, length);
  stream.unconsumed -= length;
  creditConnection(core, length);
  if (!isEnd) creditStream(core, stream, length);
}

/**
 * Whether more should be given back at a time. Half of a window costs the fewest frames; but then what is under way
 * may be as little as half a window, and no measurement would ever find the window full. What is at least what the
 * peer has left is never held back: the rest of the window may be content that nobody consumes for long.
 */
function isTooLittle(core: H2Core, increment: number, target: number, left: number): boolean {
  const part = core.adaptive === null ? 1 / 2 : 1 / 4;
  return increment <= 0 || (increment < target * part && increment < left);
}

/** Gives back by WINDOW_UPDATE, in pieces of a useful size. */
function creditStream(core: H2Core, stream: Stream, length: number): void {
  if (core.config.passive) return; // what was given back is noted when it is seen
  stream.consumed += length;
  if (!stream.canReceive) return;
  const target = Math.max(core.local.initialWindowSize, core.adaptive?.streamWindow ?? 0);
  // Where windows adapt, the target may be above what the peer ever had.
  const increment = core.adaptive === null ? stream.consumed : target - stream.receiveWindow;
  if (isTooLittle(core, increment, target, stream.receiveWindow)) return;
  stream.consumed = 0;
  stream.receiveWindow += increment;
  core.output.windowUpdate(stream.id, increment);
}

/** The same for the connection: bytes of streams that are gone count as well (RFC 9113 section 6.9). */
export function creditConnection(core: H2Core, length: number): void {
  if (core.config.passive) return;
  core.consumed += length;
  const target = Math.max(core.config.connectionWindow, core.adaptive?.connectionWindow ?? 0);
  const increment = core.adaptive === null ? core.consumed : target - core.receiveWindow;
  if (isTooLittle(core, increment, target, core.receiveWindow) || core.has(CoreFlag.Failed)) return;
  core.consumed = 0;
  core.receiveWindow += increment;
  core.output.windowUpdate(0, increment);
}

/** Consumed bytes pay for the small frames that brought them. */
function forgive(core: H2Core, stream: Stream, length: number): void {
  if (stream.smallCharge === 0) return;
  const charge = Math.ceil((stream.smallCharge * length) / stream.unconsumed);
  stream.smallCharge -= charge;
  core.smallData -= charge;
}

/** A stream is gone: what it held back is free again. */
export function releaseCredit(core: H2Core, stream: Stream): void {
  core.smallData -= stream.smallCharge;
  stream.smallCharge = 0;
  if (stream.unconsumed === 0) return;
  creditConnection(core, stream.unconsumed);
  stream.unconsumed = 0;
}
