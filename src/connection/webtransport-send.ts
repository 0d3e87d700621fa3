// What a session sends on its streams: queues, the limits of the peer, turns. Bytes leave as far as the limits of the
// session and of the stream and the room of the connection allow; what is held back is told once a limit.
// Rules: H3-WT-7.

import { CapsuleType } from "../abi/h3-wire.js";
import { UsageError } from "../errors.js";
import { checkCode } from "./webtransport-code.js";
import { Kind, type Session } from "./webtransport-session.js";
import { WtFlag, type WtStream } from "./webtransport-stream.js";
import { varints } from "./webtransport-values.js";

/** Longest piece of one stream before it is another one's turn. */
const PIECE_LENGTH = 16 * 1024;

/** Opens a stream; -1: the peer allows no more now. */
export function openStream(session: Session, unidirectional: boolean): number {
  const kind = unidirectional ? Kind.Uni : Kind.Bidi;
  if (session.opened[kind] >= session.streamsMax[kind]) {
    session.wantsStreams[kind] = true;
    tellStreamsBlocked(session, kind);
    return -1;
  }
  const id = session.link.open(session, unidirectional);
  if (id >= 0) session.opened[kind]++;
  return id;
}

function tellStreamsBlocked(session: Session, kind: Kind): void {
  const limit = session.streamsMax[kind];
  if (session.streamsBlockedAt[kind] === limit) return;
  session.streamsBlockedAt[kind] = limit;
  const isUni = kind === Kind.Uni;
  const type = isUni ? CapsuleType.WtStreamsBlockedUni : CapsuleType.WtStreamsBlockedBidi;
  session.link.capsule(session, type, varints(Number(limit)));
}

/** A stream of which our side is open; null: it is gone. */
function sendable(session: Session, streamId: number): WtStream | null {
  const stream = session.streams.get(streamId);
  if (stream === undefined) return null;
  if (stream.has(WtFlag.Unidirectional) && !stream.has(WtFlag.Ours))
    throw new UsageError("WT_STREAM_DIRECTION", `stream ${streamId} is the peer's alone`);
  if (stream.has(WtFlag.EndQueued))
    throw new UsageError("WT_STREAM_ENDED", `stream ${streamId} was ended`);
  return stream.has(WtFlag.SendDone) ? null : stream;
}

/** Queues bytes; false: stop until `streamWritable`. */
export function sendStream(session: Session, streamId: number, bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "sendStream takes a Uint8Array");
  const stream = sendable(session, streamId);
  if (stream === null) return true;
  if (bytes.length > 0) {
    stream.queue.push(bytes);
    stream.queuedLength += bytes.length;
    session.ready.add(stream);
    pump(session);
  }
  if (hasRoom(session, stream)) return true;
  session.waiting.add(stream);
  return false;
}

function hasRoom(session: Session, stream: WtStream): boolean {
  if (stream.queuedLength >= session.owner.limits.streamSendLength) return false;
  return session.link.isShared || session.link.hasRoom(session, stream);
}

/** Ends our side behind what is queued. */
export function endStream(session: Session, streamId: number): void {
  const stream = sendable(session, streamId);
  if (stream === null) return;
  stream.flags |= WtFlag.EndQueued;
  session.ready.add(stream);
  pump(session);
}

/** Gives up our side. */
export function resetStream(session: Session, streamId: number, code: number): void {
  checkCode(code);
  const stream = session.streams.get(streamId);
  if (stream === undefined || stream.has(WtFlag.SendDone)) return;
  giveUp(session, stream, code);
}

/** Our side is over with a reset. */
export function giveUp(session: Session, stream: WtStream, code: number): void {
  session.ready.delete(stream);
  stream.endSending();
  session.link.reset(session, stream, code);
  session.settle(stream);
}

/** Asks the peer to give up its side; what still comes is dropped. */
export function stopStream(session: Session, streamId: number, code: number): void {
  checkCode(code);
  const stream = session.streams.get(streamId);
  if (stream === undefined) return;
  if (stream.has(WtFlag.Unidirectional) && stream.has(WtFlag.Ours))
    throw new UsageError("WT_STREAM_DIRECTION", `stream ${streamId} is ours alone`);
  if (stream.has(WtFlag.Stopped)) return;
  stream.flags |= WtFlag.Stopped;
  if (stream.has(WtFlag.ReceiveDone)) return;
  session.link.stop(session, stream, code);
  // HTTP/3 tells no more of it; over HTTP/2 what still comes counts for the limits.
  if (session.link.isShared) return;
  stream.flags |= WtFlag.ReceiveDone;
  session.dataConsumed += stream.unconsumed;
  stream.unconsumed = 0;
  session.settle(stream);
}

/** Sends what may leave. */
export function pump(session: Session): void {
  for (const stream of session.ready) {
    if (!session.link.hasRoom(session, stream)) {
      if (session.link.isShared) return;
      session.ready.delete(stream);
      continue;
    }
    // One that has more goes to the back of the line, and the loop comes to it again.
    session.ready.delete(stream);
    if (sendPiece(session, stream) && stream.hasOutput) session.ready.add(stream);
  }
}

/** @returns whether it may go on */
function sendPiece(session: Session, stream: WtStream): boolean {
  if (stream.queuedLength === 0) {
    sendEnd(session, stream, null);
    return false;
  }
  const credit = creditOf(session, stream);
  if (credit <= 0) return false;
  const piece = stream.takePiece(Math.min(credit, PIECE_LENGTH));
  stream.sent += piece.length;
  session.dataSent += piece.length;
  const isLast = stream.queuedLength === 0 && stream.has(WtFlag.EndQueued);
  if (isLast && session.h2?.joinsEnd !== false) sendEnd(session, stream, piece);
  else session.link.write(session, stream, piece, false);
  return true;
}

function sendEnd(session: Session, stream: WtStream, piece: Uint8Array | null): void {
  stream.endSending();
  session.link.write(session, stream, piece, true);
  session.settle(stream);
}

/** Bytes that the peer allows; where there are none, it is told. */
function creditOf(session: Session, stream: WtStream): number {
  const ofStream = Number(stream.sendMax) - stream.sent;
  const ofSession = Number(session.dataMax) - session.dataSent;
  if (ofStream <= 0 && stream.blockedAt !== stream.sendMax) {
    stream.blockedAt = stream.sendMax;
    session.link.tellBlocked(session, stream);
  }
  if (ofSession <= 0 && session.dataBlockedAt !== session.dataMax) {
    session.dataBlockedAt = session.dataMax;
    session.link.capsule(session, CapsuleType.WtDataBlocked, varints(Number(session.dataMax)));
  }
  return Math.min(ofStream, ofSession);
}

/** A limit grew, or there is room: streams that wait get in line. */
export function unblock(session: Session): void {
  for (const stream of session.streams.values()) if (stream.hasOutput) session.ready.add(stream);
  pump(session);
}

/** What was owed to those who were told to wait. */
export function tellRoom(session: Session): void {
  for (const stream of session.waiting) {
    if (!hasRoom(session, stream)) continue;
    session.waiting.delete(stream);
    if (stream.has(WtFlag.SendDone) || stream.has(WtFlag.EndQueued)) continue;
    session.emit({ type: "streamWritable", sessionId: session.id, streamId: stream.id });
  }
  for (const kind of [Kind.Bidi, Kind.Uni]) {
    if (!session.wantsStreams[kind] || session.opened[kind] >= session.streamsMax[kind]) continue;
    session.wantsStreams[kind] = false;
    const unidirectional = kind === Kind.Uni;
    session.emit({ type: "streamsAllowed", sessionId: session.id, unidirectional });
  }
}
