// RESET_STREAM and STOP_SENDING of the peer (RFC 9114 sections 4.1.1, 6.2.1).
// Rules: H3-STR-4, H3-STR-6, H3-STR-7, H3-STR-14, H3-FRM-26, H3-FRM-27, H3-MSG-26.

import { ErrorCode } from "../abi/error-code.js";
import { H3WireCode } from "../abi/h3-wire.js";
import { UsageError } from "../errors.js";
import { Cost } from "./budget.js";
import { type H3Core, kindOf, StreamKind } from "./h3-core.js";
import { abort, finish, refuseStream, stopReceiving, stopSending } from "./h3-lifecycle.js";
import { isEarly } from "./h3-sessions.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import { openRemote } from "./h3-streams.js";
import { resetUnidirectional } from "./h3-unidirectional.js";

/** @throws UsageError */
export function checkPeerCode(code: number): void {
  if (typeof code !== "number" || !(code >= 0 && code < 2 ** 62) || code % 1 !== 0)
    throw new UsageError("H3_CODE_INVALID", "an error code is a number of 62 bits");
}

/** The peer gave up its side of a stream. */
export function receiveReset(core: H3Core, streamId: number, code: number): void {
  const stream = core.live.get(streamId);
  if (stream === undefined) return resetUnknown(core, streamId);
  if (stream.has(H3StreamFlag.ReceiveDone)) return;
  // Rapid reset (CVE-2023-44487): work was begun and is thrown away.
  if (!core.drawReset(streamId, stream.frames?.offset ?? stream.offset)) return;
  // Nobody was told of it, and nobody will be.
  if (isEarly(stream)) return abort(core, stream, H3WireCode.WtBufferedStreamRejected);
  stopReceiving(core, stream);
  // A response under way goes on: the client may have been asked to stop its upload (RFC 9114 section 4.1).
  const goesOn =
    stream.has(H3StreamFlag.Session) ||
    (!core.config.isClient && stream.has(H3StreamFlag.HeadSent));
  if (goesOn) finish(core, stream);
  else abort(core, stream, H3WireCode.RequestCancelled);
  core.emitReset(streamId, code);
}

function resetUnknown(core: H3Core, streamId: number): void {
  const kind = kindOf(streamId);
  const isOurs = (kind & 1) === (core.config.isClient ? 0 : 1);
  if (isOurs) return;
  if (kind >= StreamKind.ClientUni) return resetUnidirectional(core, streamId);
  if (core.seenBidi.isOver(streamId)) return;
  // Opened and given up before a byte of it came.
  core.seenBidi.see(streamId);
  if (core.drawReset(streamId, 0)) refuseStream(core, streamId, H3WireCode.RequestCancelled);
}

/** STOP_SENDING may come before the first byte of its stream, which is open from then on. Null: it is none that may. */
function openStopped(core: H3Core, streamId: number): H3Stream | null {
  const kind = kindOf(streamId);
  const isOurs = (kind & 1) === (core.config.isClient ? 0 : 1);
  if (isOurs || kind >= StreamKind.ClientUni || core.seenBidi.isOver(streamId)) return null;
  return openRemote(core, streamId);
}

/** The peer wants no more of ours. */
export function receiveStopSending(core: H3Core, streamId: number, code: number): void {
  if (core.output.isCritical(streamId))
    return core.fail(ErrorCode.H3_CRITICAL_STREAM_CLOSED, streamId, 0);
  const stream = core.live.get(streamId) ?? openStopped(core, streamId);
  if (core.isOver) return;
  if (stream === null || stream.has(H3StreamFlag.SendDone)) {
    core.draw(Cost.Frame, streamId, 0);
    return;
  }
  if (!core.drawReset(streamId, stream.frames?.offset ?? stream.offset)) return;
  stopSending(core, stream);
  // QUIC answers with a RESET_STREAM that has the same code (RFC 9000 section 3.5).
  core.output.reset(streamId, code, -1);
  finish(core, stream);
  if (isEarly(stream)) core.rare.earlyStops.set(streamId, code);
  else if (!stream.has(H3StreamFlag.Refused)) core.emitStopSending(streamId, code);
}
