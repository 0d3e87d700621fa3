// Commands that either role has: content, trailers, ends, resets, GOAWAY, priorities, capsules, bytes of session streams.
// Everything is checked before anything changes; what is wrong throws UsageError. A command for a stream that the peer has
// ended in the meantime does nothing: the caller could not know.

import { H3FrameType, H3WireCode } from "../abi/h3-wire.js";
import { ByteWriter } from "../codec/byte-writer.js";
import { putCapsule } from "../codec/capsule-reader.js";
import { h3TrailerFields } from "../codec/h3-message.js";
import { formatPriority } from "../codec/priority-field.js";
import { isVarint, type Varint } from "../codec/varint.js";
import { UsageError } from "../errors.js";
import type { HeaderList } from "../events.js";
import { type H3Core, H3CoreFlag, kindOf, StreamKind } from "./h3-core.js";
import { abort, endReceiving, finish, settle, stopSending } from "./h3-lifecycle.js";
import { forgetPush } from "./h3-push.js";
import { allowPushes } from "./h3-start.js";
import { type H3Stream, H3StreamFlag } from "./h3-stream.js";
import { type SensitiveNames, sensitiveSet } from "./sensitive.js";

/** The stream, or null where it is over. */
export function streamOf(core: H3Core, streamId: number): H3Stream | null {
  const stream = core.live.get(streamId);
  if (stream !== undefined) return stream;
  if (core.isOver) return null;
  if (!Number.isSafeInteger(streamId) || streamId < 0 || !wasOpen(core, streamId))
    throw new UsageError("H3_STREAM_UNKNOWN", `there is no stream ${streamId}`);
  return null;
}

function wasOpen(core: H3Core, streamId: number): boolean {
  const kind = kindOf(streamId);
  const isOurs = (kind & 1) === (core.config.isClient ? 0 : 1);
  if (isOurs) return streamId < (kind < StreamKind.ClientUni ? core.nextBidi : core.nextUni);
  return streamId <= (kind < StreamKind.ClientUni ? core.seenBidi : core.seenUni).highest;
}

/** The stream whose head went out and whose content is open; null: it is over. */
function openForContent(core: H3Core, streamId: number): H3Stream | null {
  const stream = streamOf(core, streamId);
  if (stream === null) return null;
  if (stream.has(H3StreamFlag.Session))
    throw new UsageError("H3_STREAM_OF_SESSION", "a stream of a session takes sendStreamData");
  if (stream.has(H3StreamFlag.SendDone | H3StreamFlag.Refused)) return null;
  if (!stream.has(H3StreamFlag.HeadSent))
    throw new UsageError("H3_HEAD_MISSING", `stream ${streamId} has no head yet: send it first`);
  if (stream.has(H3StreamFlag.EndQueued))
    throw new UsageError("H3_MESSAGE_ENDED", `the message on stream ${streamId} was ended`);
  return stream;
}

/** Whether there is room for more; if not, a writable event is due. */
function hasRoom(core: H3Core, stream: H3Stream): boolean {
  const { sendBufferLength, streamSendLength } = core.config.limits;
  if (stream.queuedLength < streamSendLength && core.output.length < sendBufferLength) return true;
  stream.flags |= H3StreamFlag.WantsRoom;
  core.flags |= H3CoreFlag.WantsRoom;
  return false;
}

function checkBytes(name: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", `${name} takes a Uint8Array`);
}

/** Content bytes. */
export function sendData(core: H3Core, streamId: number, bytes: Uint8Array): boolean {
  checkBytes("sendData", bytes);
  const stream = openForContent(core, streamId);
  if (stream === null) return true;
  if (stream.owed >= 0) {
    if (bytes.length > stream.owed)
      throw new UsageError("H3_CONTENT_TOO_LONG", "more content than the length that was given");
    stream.owed -= bytes.length;
  }
  core.output.data(stream, bytes);
  return hasRoom(core, stream);
}

/** The head went out: what follows is nothing (length 0), all of the content, or what sendData will bring. */
export function startContent(
  core: H3Core,
  stream: H3Stream,
  length: number,
  bytes: Uint8Array | undefined,
): void {
  stream.owed = bytes === undefined ? length : 0;
  if (length === 0 || bytes !== undefined) endContent(core, stream);
}

function endContent(core: H3Core, stream: H3Stream): void {
  stream.flags |= H3StreamFlag.EndQueued;
  core.output.schedule(stream);
}

function checkComplete(stream: H3Stream): void {
  if (stream.owed > 0)
    throw new UsageError("H3_CONTENT_TOO_SHORT", `${stream.owed} bytes of the length are missing`);
}

/** Trailers, and the end. */
export function sendTrailers(
  core: H3Core,
  streamId: number,
  headers: HeaderList,
  names: SensitiveNames | undefined,
): void {
  const { fields } = h3TrailerFields(headers);
  const sensitive = sensitiveSet("H3", names);
  const stream = openForContent(core, streamId);
  if (stream === null) return;
  if (stream.has(H3StreamFlag.Connect))
    throw new UsageError("H3_TRAILERS_FORBIDDEN", "CONNECT has no trailers");
  checkComplete(stream);
  // Trailers without a field are an end like any other.
  if (fields.length > 0) core.output.headers(stream, fields, sensitive, null);
  endContent(core, stream);
}

/** The end of the content; of a message that has ended, nothing. */
export function sendEnd(core: H3Core, streamId: number): void {
  const stream = streamOf(core, streamId);
  if (stream === null || stream.has(H3StreamFlag.EndQueued)) return;
  if (!stream.has(H3StreamFlag.HeadSent))
    throw new UsageError("H3_HEAD_MISSING", `stream ${streamId} has no head yet: send it first`);
  checkComplete(stream);
  endContent(core, stream);
}

function checkCode(code: number): void {
  if (!Number.isSafeInteger(code) || code < 0)
    throw new UsageError("H3_CODE_INVALID", "an error code is a whole number of 62 bits");
}

/** Gives up both sides of a stream (RFC 9114 section 4.1.1). */
export function reset(core: H3Core, streamId: number, code: number): void {
  checkCode(code);
  const stream = streamOf(core, streamId);
  if (stream === null) return;
  abort(core, stream, code);
  settle(core);
}

/** Gives up our side of a stream alone. */
export function resetStream(core: H3Core, streamId: number, code: number): void {
  checkCode(code);
  const stream = streamOf(core, streamId);
  if (stream === null || stream.has(H3StreamFlag.SendDone)) return;
  stopSending(core, stream);
  core.output.reset(streamId, code, -1);
  finish(core, stream);
}

/** Asks the peer to give up its side. */
export function stopStream(core: H3Core, streamId: number, code: number): void {
  checkCode(code);
  const stream = streamOf(core, streamId);
  if (stream !== null) endReceiving(core, stream, code);
}

/** Content was dealt with (window "manual"). */
export function consume(core: H3Core, streamId: number, length: number): void {
  if (!Number.isSafeInteger(length) || length < 0)
    throw new UsageError("H3_LENGTH_INVALID", "consume takes a number of bytes");
  const stream = streamOf(core, streamId);
  if (stream === null || !core.config.isManual) return;
  if (length > stream.unconsumed)
    throw new UsageError(
      "H3_LENGTH_INVALID",
      `stream ${streamId} has ${stream.unconsumed} bytes to consume`,
    );
  stream.unconsumed -= length;
}

/** Priority of a request (RFC 9218): a client tells the server, a server decides for itself. */
export function changePriority(
  core: H3Core,
  streamId: number,
  priority: { urgency?: number; incremental?: boolean },
): void {
  const { urgency = 3, incremental = false } = priority;
  if (!Number.isInteger(urgency) || urgency < 0 || urgency > 7)
    throw new UsageError("H3_PRIORITY_INVALID", "urgency is a whole number from 0 to 7");
  const stream = streamOf(core, streamId);
  if (stream === null) return;
  stream.urgency = urgency;
  stream.incremental = incremental;
  core.output.reprioritize(stream);
  if (core.config.isClient && kindOf(streamId) === StreamKind.ClientBidi)
    core.output.priorityUpdate(streamId, formatPriority({ urgency, incremental }));
}

/** Largest identifier of a request: what a server that will say more says first. */
const LAST_REQUEST = 2n ** 62n - 4n;

/** GOAWAY: requests of the peer that have not come are refused; the others go on. */
export function goAway(core: H3Core): void {
  if (core.isOver) return;
  core.flags |= H3CoreFlag.Closing | H3CoreFlag.GoawaySent;
  if (core.config.isClient) {
    // Of pushes: there will be none (RFC 9114 section 5.2).
    core.output.number(H3FrameType.Goaway, 0);
  } else if (core.seenBidi.next < core.ourLimit) {
    core.ourLimit = core.seenBidi.next;
    core.output.number(H3FrameType.Goaway, core.ourLimit);
  }
  settle(core);
}

/** How long a graceful end waits for requests that are on their way. */
const CLOSE_DELAY = 1000;

/** Graceful end: on a server with a clock GOAWAY in two steps, else at once (RFC 9114 section 5.2). */
export function close(core: H3Core): void {
  if (core.isOver || core.has(H3CoreFlag.GoawaySent)) return;
  const { clock, isClient } = core.config;
  if (isClient || clock === null || core.seenBidi.highest < 0) return goAway(core);
  core.flags |= H3CoreFlag.Closing | H3CoreFlag.GoawaySent;
  core.output.number(H3FrameType.Goaway, LAST_REQUEST);
  core.closeDue = clock() + CLOSE_DELAY;
}

/** Client: the server may push up to this id, which never falls. */
export function maxPushId(core: H3Core, pushId: number): void {
  if (!core.config.isClient) throw new UsageError("H3_ROLE", "a client allows pushes");
  if (!Number.isSafeInteger(pushId) || pushId < 0 || (core.hasRare && pushId < core.rare.maxPushId))
    throw new UsageError("H3_PUSH_ID_INVALID", "a push id is a whole number that never falls");
  if (!core.isOver) allowPushes(core, pushId);
}

/** Client: wants nothing of a push that was promised. */
export function cancelPush(core: H3Core, pushId: number): void {
  if (!core.config.isClient) throw new UsageError("H3_ROLE", "a client cancels pushes");
  if (!core.hasRare || !Number.isSafeInteger(pushId) || pushId < 0 || pushId > core.rare.maxPushId)
    throw new UsageError("H3_PUSH_ID_INVALID", `there is no push ${pushId}`);
  if (core.isOver || core.rare.pushesOver.has(pushId)) return;
  forgetPush(core, pushId);
  const stream = core.live.get(core.rare.pushStreams.get(pushId) ?? -1);
  if (stream === undefined) core.output.number(H3FrameType.CancelPush, pushId);
  else endReceiving(core, stream, H3WireCode.RequestCancelled);
}

const writer = new ByteWriter();

/** A capsule on an extended CONNECT, in a DATA frame of its own. */
export function sendCapsule(
  core: H3Core,
  streamId: number,
  type: Varint,
  value: Uint8Array,
): boolean {
  checkBytes("sendCapsule", value);
  if (!isVarint(type)) throw new UsageError("H3_CAPSULE_INVALID", "a type is a number of 62 bits");
  const stream = openForContent(core, streamId);
  if (stream === null) return true;
  if (!stream.has(H3StreamFlag.Extended))
    throw new UsageError("H3_CAPSULE_FORBIDDEN", "capsules belong to an extended CONNECT");
  const at = writer.begin();
  putCapsule(writer, type, value);
  core.output.data(stream, writer.takeFrom(at));
  return hasRoom(core, stream);
}

/** Bytes on a stream of a session. */
export function sendStreamData(core: H3Core, streamId: number, bytes: Uint8Array): boolean {
  checkBytes("sendStreamData", bytes);
  const stream = streamOf(core, streamId);
  if (stream === null || stream.has(H3StreamFlag.SendDone)) return true;
  if (!stream.has(H3StreamFlag.Session))
    throw new UsageError("H3_STREAM_OF_MESSAGE", "a request or response takes sendData");
  if (stream.has(H3StreamFlag.EndQueued))
    throw new UsageError("H3_MESSAGE_ENDED", `stream ${streamId} was ended`);
  if (bytes.length > 0) core.output.queue(stream, bytes);
  return hasRoom(core, stream);
}
