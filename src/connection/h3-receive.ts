// Frames of requests, responses and pushes, in the order of their stream: heads, content, trailers, ends (RFC 9114
// sections 4.1, 4.4, 7.2).
// Rules: H3-FRM-4, H3-FRM-5, H3-FRM-23, H3-FRM-24, H3-FRM-25, H3-MSG-20, H3-MSG-24, H3-MSG-26, QP-PFX-6.

import { ErrorCode } from "../abi/error-code.js";
import { SectionFlag } from "../abi/field-tape.js";
import { H3FrameType } from "../abi/h3-wire.js";
import type { FieldSection } from "../codec/field-section.js";
import { FrameUse, type H3FrameReader } from "../codec/h3-frame-reader.js";
import { FRAME_IGNORED, frameVerdict, H3Receiver, H3StreamKind } from "../codec/h3-frame-table.js";
import { parsePriority } from "../codec/priority-field.js";
import { Cost, Gain, SMALL_DATA } from "./budget.js";
import { capsulesComplete, noteCapsules, noteProtocol, readCapsules } from "./h3-capsules.js";
import type { H3Core } from "./h3-core.js";
import { finish, finishSection, streamError } from "./h3-lifecycle.js";
import {
  contentLengthOf,
  h3RequestFault,
  h3ResponseFault,
  h3TrailersFault,
} from "./h3-message-rules.js";
import { onPromise, promiseLength } from "./h3-push.js";
import { establishSession, openRemoteSessionStream } from "./h3-sessions.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import { refuseExcess, release } from "./h3-streams.js";
import { chargeHead } from "./head-memory.js";

/** The tag of a section that is a head or trailers; those of promises are their push ids. */
export const HEADERS_TAG = -1;

/** Type and length of a frame are here: what becomes of its payload. */
export function frameStart(
  core: H3Core,
  stream: H3Stream,
  type: number,
  length: number,
  offset: number,
): FrameUse {
  if (!stream.has(H3StreamFlag.Begun)) {
    stream.flags |= H3StreamFlag.Begun;
    if (mayBeSession(core, stream)) {
      if (type === H3FrameType.WtStream) {
        openRemoteSessionStream(core, stream, length, offset);
        return FrameUse.Stop;
      }
      if (core.config.isClient) return refuseFrame(core, stream, ErrorCode.H3_STREAM_FORBIDDEN, 0);
      if (refuseExcess(core, stream.id, core.requestCount - 1)) return FrameUse.Stop;
    }
  }
  core.observed?.received(core, type, stream.id, length, offset);
  const verdict = verdictOn(core, stream, type);
  if (verdict !== ErrorCode.NONE && verdict !== FRAME_IGNORED)
    return refuseFrame(core, stream, verdict, offset);
  switch (type) {
    case H3FrameType.Data:
      return dataStart(core, stream, length, offset);
    case H3FrameType.Headers:
      return headersStart(core, stream, length, offset);
    case H3FrameType.PushPromise:
      return promiseStart(core, stream, length, offset);
    default:
      core.observed?.flush(core);
      return core.draw(Cost.Frame, stream.id, offset) ? FrameUse.Skip : FrameUse.Stop;
  }
}

/** Whether a bidirectional stream that the peer opened may begin with the signal of WebTransport. */
function mayBeSession(core: H3Core, stream: H3Stream): boolean {
  return core.config.sessions > 0 && stream.has(H3StreamFlag.Remote) && !isPush(stream);
}

function isPush(stream: H3Stream): boolean {
  return stream.has(H3StreamFlag.Push);
}

function verdictOn(core: H3Core, stream: H3Stream, type: number): ErrorCode | -1 {
  // Without WebTransport its signal is a frame type like any other that we do not know.
  if (type === H3FrameType.WtStream && core.config.sessions === 0) return ErrorCode.NONE;
  const kind = isPush(stream) ? H3StreamKind.Push : H3StreamKind.Request;
  return frameVerdict(type, kind, core.config.isClient ? H3Receiver.Client : H3Receiver.Server);
}

function refuseFrame(core: H3Core, stream: H3Stream, code: ErrorCode, offset: number): FrameUse {
  core.observed?.flush(core);
  core.fail(code, stream.id, offset);
  return FrameUse.Stop;
}

function refuse(core: H3Core, stream: H3Stream, code: ErrorCode, offset: number): FrameUse {
  core.observed?.flush(core);
  streamError(core, stream, code, offset);
  return FrameUse.Stop;
}

/** Whether the stream carries DATA and nothing else from here on (RFC 9114 section 4.4). */
function isConnected(core: H3Core, stream: H3Stream): boolean {
  if (core.config.isClient) return stream.has(H3StreamFlag.Tunnel);
  return stream.has(H3StreamFlag.Connect) && stream.has(H3StreamFlag.HeadReceived);
}

function headersStart(core: H3Core, stream: H3Stream, length: number, offset: number): FrameUse {
  if (stream.has(H3StreamFlag.TrailersReceived) || isConnected(core, stream))
    return refuseFrame(core, stream, ErrorCode.H3_FRAME_UNEXPECTED, offset);
  if (length > core.config.limits.fieldBlockLength)
    return refuse(core, stream, ErrorCode.H3_FIELD_BLOCK_TOO_LARGE, offset);
  return FrameUse.Whole;
}

function promiseStart(core: H3Core, stream: H3Stream, length: number, offset: number): FrameUse {
  if (stream.has(H3StreamFlag.TrailersReceived) || isConnected(core, stream))
    return refuseFrame(core, stream, ErrorCode.H3_FRAME_UNEXPECTED, offset);
  if (length > core.config.limits.fieldBlockLength)
    return refuse(core, stream, ErrorCode.H3_FIELD_BLOCK_TOO_LARGE, offset);
  return core.draw(Cost.Frame, stream.id, offset) ? FrameUse.Whole : FrameUse.Stop;
}

/** The whole frame is counted before any of it is delivered. */
function dataStart(core: H3Core, stream: H3Stream, length: number, offset: number): FrameUse {
  core.observed?.flush(core);
  if (!stream.has(H3StreamFlag.HeadReceived) || stream.has(H3StreamFlag.TrailersReceived))
    return refuseFrame(core, stream, ErrorCode.H3_FRAME_UNEXPECTED, offset);
  const fault = contentFault(core, stream, length);
  if (fault !== ErrorCode.NONE) return refuse(core, stream, fault, offset);
  if (length >= SMALL_DATA) core.reward(Gain.Data, 0);
  else if (length === 0 && !core.draw(Cost.Frame, stream.id, offset)) return FrameUse.Stop;
  return FrameUse.Pieces;
}

function contentFault(core: H3Core, stream: H3Stream, length: number): ErrorCode {
  stream.received += length;
  if (length > 0 && stream.has(H3StreamFlag.NoContent)) return ErrorCode.H3_CONTENT_LENGTH_MISMATCH;
  if (stream.expected >= 0 && stream.received > stream.expected)
    return ErrorCode.H3_CONTENT_LENGTH_MISMATCH;
  if (stream.received > core.config.limits.bodyLength) return ErrorCode.H3_BODY_TOO_LARGE;
  return ErrorCode.NONE;
}

/** Content. */
export function onBytes(core: H3Core, stream: H3Stream, bytes: Uint8Array): void {
  if (stream.has(H3StreamFlag.Capsules)) return readCapsules(core, stream, bytes);
  if (core.config.isManual) stream.unconsumed += bytes.length;
  if (stream.has(H3StreamFlag.Tunnel)) core.emitTunnel(stream.id, bytes);
  else core.emitData(stream.id, bytes);
}

/** HEADERS or PUSH_PROMISE: bytes[from, to). */
export function onWholeFrame(
  core: H3Core,
  stream: H3Stream,
  type: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  offset: number,
): void {
  // A section that came in one piece counts like one that was cut.
  core.countUnfinished(stream, to - from);
  finishSection(core, stream);
  if (core.isOver) return;
  let at = from;
  let tag = HEADERS_TAG;
  if (type === H3FrameType.PushPromise) {
    const length = promiseLength(core, stream, bytes, from, to, offset);
    if (length === 0) return;
    at += length;
    tag = core.rare.promisedId;
  }
  const section = core.qpackIn.decode(stream.id, bytes, at, to, tag);
  const payloadAt = (stream.frames as H3FrameReader).offset - (to - at);
  if (section === null) return failSection(core, stream, payloadAt);
  if (section === false) return waitForInsertions(core, stream, payloadAt);
  onSection(core, stream, section, tag, payloadAt);
  core.qpackIn.done();
}

/** The section could not be decompressed: the connection's tables cannot be right any more. */
function failSection(core: H3Core, stream: H3Stream, payloadAt: number): void {
  core.observed?.flush(core);
  const { error } = core.qpackIn;
  if (error !== null) core.fail(error.code, stream.id, payloadAt + error.offset);
}

/** Everything behind the section waits with it. */
function waitForInsertions(core: H3Core, stream: H3Stream, payloadAt: number): void {
  stream.flags |= H3StreamFlag.Held;
  stream.heldAt = payloadAt;
  const { clock, limits } = core.config;
  if (clock !== null) stream.heldDue = clock() + limits.blockedTimeout;
  core.stopped = true;
}

/** After bytes of the encoder stream: sections that waited for them, and what came behind. */
export function readUnblocked(core: H3Core): void {
  const { qpackIn } = core;
  while (!core.isOver) {
    const section = qpackIn.nextUnblocked();
    if (section === null) break;
    const stream = core.live.get(qpackIn.unblockedStream);
    if (stream === undefined) continue;
    onSection(core, stream, section, qpackIn.unblockedTag, stream.heldAt);
    qpackIn.done();
    if (stream.has(H3StreamFlag.Held)) release(core, stream);
  }
  const { error } = qpackIn;
  if (error !== null && !core.isOver && error.code < ErrorCode.QPACK_ENCODER_INDEX_INVALID)
    failUnblocked(core, error.code, error.offset);
}

/** The mistake is in a section that had waited, not in the instructions that it waited for. */
function failUnblocked(core: H3Core, code: ErrorCode, offset: number): void {
  const { unblockedStream } = core.qpackIn;
  const at = core.live.get(unblockedStream)?.heldAt ?? 0;
  core.observed?.flush(core);
  core.fail(code, unblockedStream, at + offset);
}

/** A section is decoded: its message decides. `at`: where it begins in its stream. */
function onSection(
  core: H3Core,
  stream: H3Stream,
  section: FieldSection,
  tag: number,
  at: number,
): void {
  core.observed?.addSection(core, section);
  core.checkReplies(stream.id, at);
  if (core.isOver) return;
  if (tag !== HEADERS_TAG) return onPromise(core, stream, section, tag, at);
  if (stream.has(H3StreamFlag.HeadReceived)) onTrailers(core, stream, section, at);
  else if (core.config.isClient) onResponse(core, stream, section, at);
  else onRequest(core, stream, section, at);
}

/** Where the mistake is, as closely as the section knows it. */
function placeOf(section: FieldSection, at: number): number {
  return section.fault === 0 ? at : at + section.faultAt;
}

function onRequest(core: H3Core, stream: H3Stream, section: FieldSection, at: number): void {
  const fault = h3RequestFault(section, core.config.connectProtocol) || lengthFault(core, section);
  if (fault !== ErrorCode.NONE) return streamError(core, stream, fault, placeOf(section, at));
  if (!chargeHead(core, stream, section))
    return streamError(core, stream, ErrorCode.H3_HEADER_MEMORY, at);
  stream.flags |= H3StreamFlag.HeadReceived;
  const { method } = section;
  if (method === "HEAD") stream.flags |= H3StreamFlag.Head;
  if (method === "CONNECT") {
    stream.flags |= H3StreamFlag.Connect;
    const { protocol } = section;
    if (protocol !== "") noteProtocol(core, stream, protocol);
    const capsuleFault = noteCapsules(core, stream, section, 200);
    if (capsuleFault !== ErrorCode.NONE) return streamError(core, stream, capsuleFault, at);
  } else stream.expected = contentLengthOf(section);
  setPriority(core, stream, section);
  core.emitHead(stream.id, section, "request");
}

function lengthFault(core: H3Core, section: FieldSection): ErrorCode {
  const isTooLong = contentLengthOf(section) > core.config.limits.bodyLength;
  return isTooLong ? ErrorCode.H3_BODY_TOO_LARGE : ErrorCode.NONE;
}

/** Urgency and incremental: PRIORITY_UPDATE that came before, else the field (RFC 9218 sections 5, 7). */
function setPriority(core: H3Core, stream: H3Stream, section: FieldSection): void {
  if (stream.has(H3StreamFlag.Prioritized)) return;
  const early = core.hasRare ? core.rare.takePriority(stream.id) : undefined;
  if (early !== undefined) {
    stream.urgency = early >> 1;
    stream.incremental = (early & 1) === 1;
    return;
  }
  if ((section.flags & SectionFlag.PriorityField) === 0) return;
  const priority = parsePriority(section.values("priority").join(", "));
  if (priority === null) return;
  stream.urgency = priority.urgency;
  stream.incremental = priority.incremental;
}

/** Client: 1xx or the final head. */
function onResponse(core: H3Core, stream: H3Stream, section: FieldSection, at: number): void {
  const fault = h3ResponseFault(section);
  if (fault !== ErrorCode.NONE) return streamError(core, stream, fault, placeOf(section, at));
  const status = Number(section.statusText);
  if (status < 200) {
    stream.flags |= H3StreamFlag.Informed;
    if (core.draw(Cost.Frame, stream.id, at)) core.emitInformational(stream.id, section);
    return;
  }
  const lengthOrCapsules = noteContent(core, stream, status, section);
  if (lengthOrCapsules !== ErrorCode.NONE) return streamError(core, stream, lengthOrCapsules, at);
  if (!chargeHead(core, stream, section))
    return streamError(core, stream, ErrorCode.H3_HEADER_MEMORY, at);
  stream.flags |= H3StreamFlag.HeadReceived;
  core.emitHead(stream.id, section, "response");
  if (stream.has(H3StreamFlag.WebTransport) && stream.has(H3StreamFlag.Tunnel))
    establishSession(core, stream);
}

/** How much content a response has (RFC 9110 section 6.4.1). */
function noteContent(
  core: H3Core,
  stream: H3Stream,
  status: number,
  section: FieldSection,
): ErrorCode {
  if (stream.has(H3StreamFlag.Connect) && status < 300) {
    stream.flags |= H3StreamFlag.Tunnel;
    return noteCapsules(core, stream, section, status);
  }
  if (stream.has(H3StreamFlag.Head) || status === 204 || status === 304) {
    stream.flags |= H3StreamFlag.NoContent;
    return ErrorCode.NONE;
  }
  stream.expected = contentLengthOf(section);
  return lengthFault(core, section);
}

function onTrailers(core: H3Core, stream: H3Stream, section: FieldSection, at: number): void {
  const fault = h3TrailersFault(section, core.config.limits);
  if (fault !== ErrorCode.NONE) return streamError(core, stream, fault, placeOf(section, at));
  if (isShort(stream)) return streamError(core, stream, ErrorCode.H3_CONTENT_LENGTH_MISMATCH, at);
  if (!chargeHead(core, stream, section))
    return streamError(core, stream, ErrorCode.H3_HEADER_MEMORY, at);
  stream.flags |= H3StreamFlag.TrailersReceived;
  core.emitTrailers(stream.id, section.trailers());
}

function isShort(stream: H3Stream): boolean {
  return stream.expected >= 0 && stream.received !== stream.expected;
}

/** FIN behind a whole frame: is the message complete? Every end comes here (CVE-less smuggling: the FIN alone, too). */
export function endOfMessage(core: H3Core, stream: H3Stream): void {
  const { offset } = stream.frames as H3FrameReader;
  const fault = endFault(stream);
  stream.flags |= H3StreamFlag.ReceiveDone;
  if (fault !== ErrorCode.NONE) {
    stream.flags |= H3StreamFlag.Aborted;
    return streamError(core, stream, fault, offset);
  }
  core.emitEnd(stream.id);
  finish(core, stream);
}

function endFault(stream: H3Stream): ErrorCode {
  if (!stream.has(H3StreamFlag.HeadReceived)) {
    return stream.has(H3StreamFlag.Informed)
      ? ErrorCode.H3_INFORMATIONAL_END
      : ErrorCode.H3_REQUEST_INCOMPLETE;
  }
  if (!capsulesComplete(stream)) return ErrorCode.H3_CAPSULE_TRUNCATED;
  return isShort(stream) ? ErrorCode.H3_CONTENT_LENGTH_MISMATCH : ErrorCode.NONE;
}
