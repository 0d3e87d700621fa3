// Streams of WebTransport sessions, below the sessions themselves (draft-ietf-webtrans-http3 sections 4, 6): they begin
// with the number of their session's CONNECT, then they are bytes. What comes before its session is there waits, within
// limits; what belongs to a session that is gone is given up.
// Rules: H3-WT-3, H3-WT-4, H3-WT-6, H3-WT-11.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType, H3StreamType, H3WireCode } from "../abi/h3-wire.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putVarint } from "../codec/varint.js";
import { ProtocolError, UsageError } from "../errors.js";
import { type H3Core, kindOf, StreamKind } from "./h3-core.js";
import { abort, finish } from "./h3-lifecycle.js";
import { H3Stream, H3StreamFlag } from "./h3-stream.js";
import { hold, receive, release } from "./h3-streams.js";

/** Whether the session of this CONNECT is established: its 2xx was sent, or has come. */
function isEstablished(core: H3Core, sessionId: number): boolean {
  const stream = core.live.get(sessionId);
  return stream?.has(H3StreamFlag.WebTransport) === true && stream.has(H3StreamFlag.Tunnel);
}

/** Whether the session may still come: its CONNECT is not over, and is one as far as it was read. */
function mayCome(core: H3Core, sessionId: number): boolean {
  const { isClient } = core.config;
  const stream = core.live.get(sessionId);
  if (stream === undefined) return !isClient && !core.seenBidi.isOver(sessionId);
  const isKnown = isClient || stream.has(H3StreamFlag.HeadReceived | H3StreamFlag.Session);
  return !isKnown || stream.has(H3StreamFlag.WebTransport);
}

/** Whether a stream waits for its session: nobody was told of it. */
export function isEarly(stream: H3Stream): boolean {
  return stream.has(H3StreamFlag.Session) && stream.has(H3StreamFlag.Held);
}

/** It waits no more. */
export function leaveEarly(core: H3Core, stream: H3Stream): void {
  const { early, earlyStops } = core.rare;
  const at = early.indexOf(stream);
  if (at >= 0) early.splice(at, 1);
  earlyStops.delete(stream.id);
}

/** Gives up the streams that wait for a session that will not come. */
export function dropEarly(core: H3Core, sessionId: number): void {
  const { early } = core.rare;
  if (early.length === 0) return;
  for (const stream of early.filter(({ owner }) => owner === sessionId))
    abort(core, stream, H3WireCode.WtSessionGone);
}

/** A bidirectional stream of the peer began with the signal: it is no request. */
export function openRemoteSessionStream(
  core: H3Core,
  stream: H3Stream,
  sessionId: number,
  offset: number,
): void {
  core.requestCount--;
  stream.flags |= H3StreamFlag.Session | H3StreamFlag.HeadSent;
  stream.owner = sessionId;
  stream.offset = stream.frames?.offset ?? 0;
  stream.frames = null;
  core.stopped = true;
  attachStream(core, stream, sessionId, offset);
}

/** The same in one direction. */
export function openUniSessionStream(
  core: H3Core,
  streamId: number,
  sessionId: number,
  offset: number,
  bytes: Uint8Array,
  fin: boolean,
): void {
  const flags = H3StreamFlag.Remote | H3StreamFlag.Session | H3StreamFlag.SendDone;
  const stream = new H3Stream(streamId, flags);
  stream.owner = sessionId;
  stream.offset = offset;
  core.live.set(streamId, stream);
  attachStream(core, stream, sessionId, 0);
  if (core.live.get(streamId) === stream) receive(core, stream, bytes, fin);
}

/** Gives the stream to its session, or lets it wait for it. */
function attachStream(core: H3Core, stream: H3Stream, sessionId: number, offset: number): void {
  if (!Number.isSafeInteger(sessionId) || kindOf(sessionId) !== StreamKind.ClientBidi)
    return core.fail(ErrorCode.WT_SESSION_ID_INVALID, stream.id, offset);
  if (core.config.isClient && sessionId >= core.nextBidi)
    return core.fail(ErrorCode.WT_SESSION_ID_INVALID, stream.id, offset);
  if (isEstablished(core, sessionId)) return announce(core, stream);
  if (!mayCome(core, sessionId)) return abort(core, stream, H3WireCode.WtSessionGone);
  const { early } = core.rare;
  if (early.length >= core.config.limits.earlyStreams) return rejectEarly(core, stream);
  early.push(stream);
  stream.flags |= H3StreamFlag.Held;
  const { clock, limits } = core.config;
  if (clock !== null) stream.heldDue = clock() + limits.blockedTimeout;
}

/** More than we keep for sessions to come. */
function rejectEarly(core: H3Core, stream: H3Stream): void {
  if (!core.drawReset(stream.id, 0)) return;
  abort(core, stream, H3WireCode.WtBufferedStreamRejected);
  core.emitError(new ProtocolError(ErrorCode.WT_STREAM_REJECTED, 0, stream.id, "stream"));
}

function announce(core: H3Core, stream: H3Stream): void {
  const isUni = kindOf(stream.id) >= StreamKind.ClientUni;
  core.emitStream(stream.id, stream.owner, isUni);
}

/** Holds bytes of a stream whose session is not here. False: it was rejected. */
export function holdEarly(
  core: H3Core,
  stream: H3Stream,
  bytes: Uint8Array,
  from: number,
  fin: boolean,
): void {
  const { early } = core.rare;
  let length = bytes.length - from;
  for (const one of early) length += one.held?.length ?? 0;
  if (length <= core.config.limits.earlyBytes) return hold(core, stream, bytes, from, fin);
  rejectEarly(core, stream);
}

/** A session is established: the streams that waited for it come with the next events. */
export function establishSession(core: H3Core, session: H3Stream): void {
  core.rare.established.push(session.id);
}

/** The session is gone: so are its streams, and those that waited for it (section 6). */
export function sessionGone(core: H3Core, sessionId: number): void {
  const { gone } = core.rare;
  for (const stream of [...core.live.values()]) {
    if (!stream.has(H3StreamFlag.Session) || stream.owner !== sessionId) continue;
    const isKnown = !isEarly(stream);
    abort(core, stream, H3WireCode.WtSessionGone);
    if (isKnown) gone.push(stream.id);
  }
}

/** What commands and ends of sessions left to report. */
export function reportSessions(core: H3Core): void {
  const { established, gone } = core.rare;
  for (let id = established.shift(); id !== undefined; id = established.shift())
    releaseEarly(core, id);
  for (let id = gone.shift(); id !== undefined; id = gone.shift())
    core.emitReset(id, H3WireCode.WtSessionGone);
}

function releaseEarly(core: H3Core, sessionId: number): void {
  const { early } = core.rare;
  for (const stream of [...early]) {
    if (stream.owner !== sessionId || core.live.get(stream.id) !== stream) continue;
    const stopped = core.rare.earlyStops.get(stream.id);
    leaveEarly(core, stream);
    announce(core, stream);
    if (stopped !== undefined && !core.isOver) core.emitStopSending(stream.id, stopped);
    if (core.live.get(stream.id) === stream) release(core, stream);
  }
}

/** Bytes of a stream of a session. */
export function receiveSession(
  core: H3Core,
  stream: H3Stream,
  bytes: Uint8Array,
  from: number,
  fin: boolean,
): void {
  if (stream.has(H3StreamFlag.Held)) return holdEarly(core, stream, bytes, from, fin);
  const count = bytes.length - from;
  if (count > 0) {
    stream.offset += count;
    if (core.config.isManual) stream.unconsumed += count;
    const view = from === 0 ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + from, count);
    core.emitStreamData(stream.id, view);
  }
  if (!fin || stream.has(H3StreamFlag.ReceiveDone)) return;
  stream.flags |= H3StreamFlag.ReceiveDone;
  core.emitStreamEnd(stream.id);
  finish(core, stream);
}

const writer = new ByteWriter();

/** Opens a stream of a session of ours or the peer's. @returns its number */
export function openStream(core: H3Core, sessionId: number, isUni: boolean): number {
  if (core.config.sessions === 0)
    throw new UsageError("WT_DISABLED", "the option webtransport is off");
  if (core.isOver || !isEstablished(core, sessionId))
    throw new UsageError("WT_SESSION_UNKNOWN", `there is no session on stream ${sessionId}`);
  const id = isUni ? core.nextUni : core.nextBidi;
  if (isUni) core.nextUni += 4;
  else core.nextBidi += 4;
  const flags = H3StreamFlag.Session | H3StreamFlag.HeadSent;
  const stream = new H3Stream(id, isUni ? flags | H3StreamFlag.ReceiveDone : flags);
  stream.owner = sessionId;
  core.live.set(id, stream);
  const at = writer.begin();
  putVarint(writer, isUni ? H3StreamType.WtStream : H3FrameType.WtStream);
  putVarint(writer, sessionId);
  core.output.queue(stream, writer.takeFrom(at));
  return id;
}
