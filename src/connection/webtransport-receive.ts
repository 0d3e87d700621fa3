// What comes on the streams of a session, and what is given back when it was consumed.
// Rules: H3-WT-7.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { UsageError } from "../errors.js";
import { giveUp } from "./webtransport-send.js";
import { Kind, type Session } from "./webtransport-session.js";
import { WtFlag, WtStream } from "./webtransport-stream.js";
import { varints } from "./webtransport-values.js";

/** The peer opened a stream; false: it is one too many, and the session has failed. */
export function addPeerStream(
  session: Session,
  id: number,
  unidirectional: boolean,
  sendMax: number,
  receiveMax: number,
  offset: number,
): WtStream | null {
  const kind = unidirectional ? Kind.Uni : Kind.Bidi;
  if (session.seen[kind] >= session.streamsLimit[kind]) {
    session.fail(ErrorCode.WT_FLOW_CONTROL, offset);
    return null;
  }
  session.seen[kind]++;
  const flags = unidirectional ? WtFlag.Unidirectional | WtFlag.SendDone : 0;
  const stream = new WtStream(id, flags, sendMax, receiveMax);
  session.streams.set(id, stream);
  session.emit({ type: "stream", sessionId: session.id, streamId: id, unidirectional });
  return stream;
}

/** Counts bytes that came, or are announced; false: more than was allowed, and the session has failed. */
export function countData(
  session: Session,
  stream: WtStream,
  length: number,
  offset: number,
): boolean {
  stream.received += length;
  session.dataReceived += length;
  if (stream.received <= stream.receiveMax && session.dataReceived <= session.dataLimit)
    return true;
  session.fail(ErrorCode.WT_FLOW_CONTROL, offset);
  return false;
}

/** Bytes of a stream, which were counted. */
export function receiveData(session: Session, stream: WtStream, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  stream.unconsumed += bytes.length;
  const isDropped = stream.has(WtFlag.Stopped);
  if (!isDropped)
    session.emit({ type: "streamData", sessionId: session.id, streamId: stream.id, bytes });
  if (isDropped || !session.owner.isManual) giveBack(session, stream, bytes.length);
}

/** The peer ended its side. */
export function receiveStreamEnd(session: Session, stream: WtStream): void {
  stream.flags |= WtFlag.ReceiveDone;
  if (!stream.has(WtFlag.Stopped))
    session.emit({ type: "streamEnd", sessionId: session.id, streamId: stream.id });
  session.settle(stream);
}

/** The peer gave up its side: nobody has to consume what came of it. */
export function receiveReset(
  session: Session,
  stream: WtStream,
  code: number | null,
  ofSession = false,
): void {
  stream.flags |= WtFlag.ReceiveDone;
  if (!stream.has(WtFlag.Stopped))
    session.emit({
      type: "streamReset",
      sessionId: session.id,
      streamId: stream.id,
      code,
      ofSession,
    });
  if (stream.unconsumed > 0) giveBack(session, stream, stream.unconsumed);
  session.settle(stream);
}

/** The peer wants no more: our side is given up with its code, unless the protocol below did that. */
export function receiveStop(
  session: Session,
  stream: WtStream,
  code: number | null,
  answers: boolean,
  ofSession = false,
): void {
  if (stream.has(WtFlag.SendDone)) return;
  session.emit({
    type: "streamStopped",
    sessionId: session.id,
    streamId: stream.id,
    code,
    ofSession,
  });
  if (answers) return giveUp(session, stream, code ?? 0);
  session.ready.delete(stream);
  stream.endSending();
  session.settle(stream);
}

/** Bytes of a stream were dealt with. @throws UsageError for more than there are */
export function consume(session: Session, streamId: number, length: number): void {
  if (!Number.isInteger(length) || length < 0)
    throw new UsageError("WT_LENGTH_INVALID", "consume takes a number of bytes");
  const stream = session.streams.get(streamId);
  if (stream === undefined || !session.owner.isManual) return;
  // A reset took it all back.
  if (length > stream.unconsumed && !stream.has(WtFlag.ReceiveDone) && !stream.has(WtFlag.Stopped))
    throw new UsageError(
      "WT_LENGTH_INVALID",
      `stream ${streamId} has ${stream.unconsumed} bytes to consume`,
    );
  const count = Math.min(length, stream.unconsumed);
  if (count > 0) giveBack(session, stream, count);
}

/** Limits move on once half of what was allowed is consumed. */
function giveBack(session: Session, stream: WtStream, length: number): void {
  stream.unconsumed -= length;
  session.dataConsumed += length;
  session.link.consumed(session, stream, length);
  if (!session.isOpen) return;
  if (!stream.has(WtFlag.ReceiveDone) && !stream.has(WtFlag.Stopped))
    allowStreamData(session, stream);
  allowData(session);
  session.settle(stream);
}

function allowStreamData(session: Session, stream: WtStream): void {
  if (stream.receiveWindow === Number.POSITIVE_INFINITY) return;
  const limit = stream.received - stream.unconsumed + stream.receiveWindow;
  if (limit - stream.receiveMax < stream.receiveWindow / 2) return;
  stream.receiveMax = limit;
  session.link.allowData(session, stream, limit);
}

/** More bytes on all streams. */
export function allowData(session: Session): void {
  if (!session.hasLimits) return;
  const limit = session.dataConsumed + session.dataWindow;
  if (limit - session.dataLimit < session.dataWindow / 2) return;
  session.dataLimit = limit;
  session.link.capsule(session, CapsuleType.WtMaxData, varints(limit));
}
