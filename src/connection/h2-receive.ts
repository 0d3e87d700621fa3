// Field sections that come in: requests, responses, trailers, promises (RFC 9113 sections 8.1 to 8.5). Every block was
// decoded before it came here, so that the table is right whatever happens to the message (section 4.3).
// Rules: H2-031, H2-045, H2-046, H2-047, H2-048, H2-050, H2-051, H2-053, H2-081, H2-082, H2-114, H2-115, H2-118,
// H2-119, H2-123, H2-124, H2-125, H2-134, H2-154, H2-155, H2-156, H2-162, H2-196, H2-199, PU-013, XC-008.

import { ErrorCode } from "../abi/error-code.js";
import { SectionFlag } from "../abi/field-tape.js";
import { FrameFlag, WireCode } from "../abi/h2-tape.js";
import type { FieldSection } from "../codec/h2.js";
import { parsePriority } from "../codec/priority-field.js";
import type { RequestHead } from "../events.js";
import { Cost } from "./budget.js";
import type { H2Core } from "./h2-core.js";
import { closeStream, isAnswered, sendGoaway, settle } from "./h2-lifecycle.js";
import { AUTHORITIES_MAX, ID_MAX, Stream, StreamFlag } from "./h2-stream.js";
import { afterRemoteEnd, Received, StreamState, Verdict, verdictOn } from "./h2-stream-state.js";
import { verdictError } from "./h2-verdict.js";
import { chargeHead } from "./head-memory.js";
import {
  contentLengthOf,
  promiseFault,
  requestFault,
  responseFault,
  trailersFault,
} from "./message-rules.js";

/** Where an error of a section stands: at its representation, else at its frame. */
function placeOf(section: FieldSection, fault: ErrorCode, offset: number): number {
  return section.fault === fault ? section.faultOffset : offset;
}

/** A complete field block of HEADERS. */
export function onHeaders(
  core: H2Core,
  streamId: number,
  flags: number,
  section: FieldSection,
  offset: number,
): void {
  const stream = core.streams.live.get(streamId);
  if (stream === undefined) {
    onNewStream(core, streamId, flags, section, offset);
    return;
  }
  const verdict = verdictOn(stream.state, Received.Headers);
  if (verdict !== Verdict.Accept) return verdictError(core, verdict, streamId, offset);
  if (section.hasPriority && section.dependency === streamId)
    return core.refuse(streamId, ErrorCode.H2_SELF_DEPENDENCY, offset);
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  if (stream.has(StreamFlag.HeadReceived)) onTrailers(core, stream, isEnd, section, offset);
  else onResponse(core, stream, isEnd, section, offset);
}

function onNewStream(
  core: H2Core,
  streamId: number,
  flags: number,
  section: FieldSection,
  offset: number,
): void {
  const state = core.streams.stateOf(streamId);
  if (state !== StreamState.Idle) {
    if (!core.draw(Cost.Frame, offset)) return;
    return verdictError(core, verdictOn(state, Received.Headers), streamId, offset);
  }
  // Only clients open streams by HEADERS, with odd identifiers (RFC 9113 section 5.1.1).
  if (core.config.isClient || !core.streams.isRemote(streamId))
    return core.fail(ErrorCode.H2_STREAM_ID_INVALID, offset);
  core.streams.lastRemote = streamId;
  if (streamId > core.streams.ignoredAbove) {
    core.draw(Cost.Frame, offset); // it came behind our GOAWAY
    return;
  }
  openOrRefuse(core, streamId, flags, section, offset);
  // The last identifier that there is: the peer must open a new connection (RFC 9113 section 5.1.1).
  if (streamId === ID_MAX && !core.isOver) sendGoaway(core, WireCode.NoError, streamId, "");
}

function openOrRefuse(
  core: H2Core,
  streamId: number,
  flags: number,
  section: FieldSection,
  offset: number,
): void {
  const fault = openingFault(core, streamId, flags, section);
  if (fault === ErrorCode.NONE) return openRequest(core, streamId, flags, section, offset);
  // A request that gets an answer all the same is a stream like any other until then.
  if (isAnswered(fault)) core.streams.open(newStream(core, streamId, flags));
  core.refuse(streamId, fault, placeOf(section, fault, offset));
}

function newStream(core: H2Core, streamId: number, flags: number): Stream {
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  const state = isEnd ? StreamState.HalfClosedRemote : StreamState.Open;
  return new Stream(streamId, state, core.local.initialWindowSize);
}

/** Whether the peer has as many streams open as we allow. */
function isFull(core: H2Core): boolean {
  if (!core.isBound) return false;
  return core.streams.remoteActive >= core.local.streamLimit(core.config.limits.concurrentStreams);
}

/** Why a new stream is refused. */
function openingFault(
  core: H2Core,
  streamId: number,
  flags: number,
  section: FieldSection,
): ErrorCode {
  if (section.hasPriority && section.dependency === streamId) return ErrorCode.H2_SELF_DEPENDENCY;
  if (isFull(core)) return ErrorCode.H2_STREAM_REFUSED;
  const fault = requestFault(section, core.local.offersConnectProtocol || !core.isBound);
  if (fault !== ErrorCode.NONE) return fault;
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  const length = contentLengthOf(section);
  if (isEnd && length > 0) return ErrorCode.H2_CONTENT_LENGTH_MISMATCH;
  return length > core.config.limits.bodyLength ? ErrorCode.H2_BODY_TOO_LARGE : ErrorCode.NONE;
}

function openRequest(
  core: H2Core,
  streamId: number,
  flags: number,
  section: FieldSection,
  offset: number,
): void {
  const stream = newStream(core, streamId, flags);
  core.streams.open(stream);
  if (!chargeHead(core, stream, section))
    return core.refuse(streamId, ErrorCode.H2_HEADER_MEMORY, offset);
  stream.flags |= StreamFlag.HeadReceived;
  const { method } = section;
  if (method === "HEAD") stream.flags |= StreamFlag.Head;
  // A CONNECT has no content; what follows it is opaque once it was answered by 2xx (RFC 9113 section 8.5).
  else if (method === "CONNECT") stream.flags |= StreamFlag.Connect;
  else stream.expected = contentLengthOf(section);
  setPriority(core, stream, section);
  core.emitHead(streamId, section, "request");
  const isEnd = (flags & FrameFlag.EndStream) !== 0;
  if (isEnd && stream.state !== StreamState.ClosedByUs) ended(core, stream);
}

/** Urgency and incremental: PRIORITY_UPDATE that came before, else the field (RFC 9218 sections 5, 7). */
function setPriority(core: H2Core, stream: Stream, section: FieldSection): void {
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
function onResponse(
  core: H2Core,
  stream: Stream,
  isEnd: boolean,
  section: FieldSection,
  offset: number,
): void {
  if (stream.state === StreamState.ReservedRemote) {
    // A promise counts from here on, and our limit holds for it (RFC 9113 section 5.1.2).
    if (isFull(core)) return core.refuse(stream.id, ErrorCode.H2_STREAM_REFUSED, offset);
    core.streams.begin(stream, StreamState.HalfClosedLocal);
  }
  const fault = responseFault(section);
  if (fault !== ErrorCode.NONE)
    return core.refuse(stream.id, fault, placeOf(section, fault, offset));
  const status = Number(section.statusText);
  if (status < 200) {
    if (isEnd) return core.refuse(stream.id, ErrorCode.H2_INFORMATIONAL_END, offset);
    if (!core.draw(Cost.Frame, offset)) return;
    core.emitInformational(stream.id, section);
    return;
  }
  const lengthFault = noteContent(core, stream, status, section, isEnd);
  if (lengthFault !== ErrorCode.NONE) return core.refuse(stream.id, lengthFault, offset);
  if (!chargeHead(core, stream, section))
    return core.refuse(stream.id, ErrorCode.H2_HEADER_MEMORY, offset);
  stream.flags |= StreamFlag.HeadReceived;
  core.emitHead(stream.id, section, "response");
  if (isEnd && stream.canReceive) endReceived(core, stream);
}

/** How much content a response has (RFC 9110 section 6.4.1, RFC 9113 section 8.1.1). */
function noteContent(
  core: H2Core,
  stream: Stream,
  status: number,
  section: FieldSection,
  isEnd: boolean,
): ErrorCode {
  if (stream.has(StreamFlag.Connect) && status < 300) {
    stream.flags |= StreamFlag.Tunnel;
    return ErrorCode.NONE;
  }
  if (stream.has(StreamFlag.Head) || status === 204 || status === 304) {
    stream.flags |= StreamFlag.NoContent;
    return ErrorCode.NONE;
  }
  stream.expected = contentLengthOf(section);
  if (isEnd && stream.expected > 0) return ErrorCode.H2_CONTENT_LENGTH_MISMATCH;
  if (stream.expected > core.config.limits.bodyLength) return ErrorCode.H2_BODY_TOO_LARGE;
  return ErrorCode.NONE;
}

function onTrailers(
  core: H2Core,
  stream: Stream,
  isEnd: boolean,
  section: FieldSection,
  offset: number,
): void {
  // Behind CONNECT there is DATA and nothing else (RFC 9113 section 8.5).
  const isConnect = stream.has(core.config.isClient ? StreamFlag.Tunnel : StreamFlag.Connect);
  if (!isEnd || isConnect || stream.has(StreamFlag.EndReceived))
    return core.refuse(stream.id, ErrorCode.H2_MESSAGE_ORDER, offset);
  const fault = trailersFault(section, core.config.limits);
  if (fault !== ErrorCode.NONE)
    return core.refuse(stream.id, fault, placeOf(section, fault, offset));
  if (stream.expected >= 0 && stream.received !== stream.expected)
    return core.refuse(stream.id, ErrorCode.H2_CONTENT_LENGTH_MISMATCH, offset);
  if (!chargeHead(core, stream, section))
    return core.refuse(stream.id, ErrorCode.H2_HEADER_MEMORY, offset);
  core.emitTrailers(stream.id, section.trailers());
  if (stream.canReceive) endReceived(core, stream);
}

/** END_STREAM of the peer. */
export function endReceived(core: H2Core, stream: Stream): void {
  const state = afterRemoteEnd(stream.state);
  if (state === StreamState.ClosedEnded) {
    stream.flags |= StreamFlag.EndReceived;
    closeStream(core, stream, state);
    core.emitEnd(stream.id);
    return settle(core);
  }
  stream.state = state;
  ended(core, stream);
}

function ended(core: H2Core, stream: Stream): void {
  stream.flags |= StreamFlag.EndReceived;
  core.emitEnd(stream.id);
}

/** Client: a promise. The block was decoded; the promised stream is reserved or reset. */
export function onPushPromise(
  core: H2Core,
  streamId: number,
  promisedId: number,
  section: FieldSection,
  offset: number,
): void {
  const { streams } = core;
  if (!core.config.isClient || !core.local.enablePush)
    return core.fail(ErrorCode.H2_PUSH_FORBIDDEN, offset);
  const parent = streams.live.get(streamId);
  const verdict = streams.isRemote(streamId)
    ? Verdict.NotAllowed
    : verdictOn(parent?.state ?? streams.stateOf(streamId), Received.PushPromise);
  if (verdict !== Verdict.Accept) return verdictError(core, verdict, streamId, offset);
  if (promisedId % 2 !== 0 || promisedId <= streams.lastRemote)
    return core.fail(ErrorCode.H2_PROMISED_ID_INVALID, offset);
  streams.lastRemote = promisedId;
  if (promisedId > streams.ignoredAbove) {
    core.draw(Cost.Frame, offset); // it came behind our GOAWAY
    return;
  }
  if (parent === undefined || core.local.pushIsOff) {
    // It crossed our RST_STREAM, or our SETTINGS without push.
    if (!core.resets.draw(1, core.config.clock)) return core.fail(ErrorCode.H2_RESET_FLOOD, offset);
    streams.remember(promisedId, StreamState.ClosedByUs);
    core.output.rstStream(promisedId, WireCode.Cancel);
    return;
  }
  const fault = promiseOf(core, section);
  if (fault !== ErrorCode.NONE)
    return core.refuse(promisedId, fault, placeOf(section, fault, offset));
  const stream = new Stream(promisedId, StreamState.ReservedRemote, core.local.initialWindowSize);
  if (section.method === "HEAD") stream.flags |= StreamFlag.Head;
  streams.reserve(stream);
  core.emitPush(streamId, promisedId, section.head("request") as RequestHead);
}

function promiseOf(core: H2Core, section: FieldSection): ErrorCode {
  if (core.streams.remoteReserved >= core.config.limits.pushReservedCount)
    return ErrorCode.H2_PUSH_FLOOD;
  const fault = promiseFault(section);
  if (fault !== ErrorCode.NONE) return fault;
  // The server must be authoritative: it answers for what we asked it (RFC 9113 section 8.4).
  const { authorities } = core.rare;
  const isKnown = core.isBound && authorities.size <= AUTHORITIES_MAX;
  const isOurs = !isKnown || authorities.has(section.authority.toLowerCase());
  return isOurs ? ErrorCode.NONE : ErrorCode.H2_PUSH_INVALID;
}
