// Pushes, as a client receives them (RFC 9114 sections 4.6, 7.2.3, 7.2.5, 7.2.7). A promise is an event; the response
// comes on a stream of the server, whose events have that stream's number: pushIdOf() says whose it is. What comes on the
// stream before its promise waits.
// Rules: H3-STR-8, H3-STR-9, H3-STR-10, H3-FRM-9, H3-FRM-12, H3-FRM-13, H3-FRM-18.

import { ErrorCode } from "../abi/error-code.js";
import { H3WireCode } from "../abi/h3-wire.js";
import type { FieldSection } from "../codec/field-section.js";
import { H3FrameReader } from "../codec/h3-frame-reader.js";
import { readVarintExact, type Varint, varintSize } from "../codec/varint.js";
import type { H3Core } from "./h3-core.js";
import { abort, endReceiving, streamError } from "./h3-lifecycle.js";
import { h3PromiseFault } from "./h3-message-rules.js";
import { H3Stream, H3StreamFlag } from "./h3-stream.js";
import { receive, release } from "./h3-streams.js";

/** Pushes that are over and remembered. */
const OVER_MAX = 1024;

/**
 * The push id of a PUSH_PROMISE, noted in `rare.promisedId`. Returns its octets; 0: the connection has failed.
 */
export function promiseLength(
  core: H3Core,
  stream: H3Stream,
  bytes: Uint8Array,
  from: number,
  to: number,
  offset: number,
): number {
  const pushId = readVarintExact(bytes, from, to);
  const fault = pushId === -1 ? ErrorCode.H3_FRAME_INVALID : idFault(core, pushId);
  if (fault === ErrorCode.NONE) {
    core.rare.promisedId = Number(pushId);
    return varintSize(bytes[from] as number);
  }
  core.observed?.flush(core);
  core.fail(fault, stream.id, offset);
  return 0;
}

function idFault(core: H3Core, pushId: Varint): ErrorCode {
  const isAllowed = core.hasRare && pushId <= core.rare.maxPushId;
  return isAllowed ? ErrorCode.NONE : ErrorCode.H3_PUSH_ID_INVALID;
}

/** The promised request is decoded. */
export function onPromise(
  core: H3Core,
  stream: H3Stream,
  section: FieldSection,
  pushId: number,
  at: number,
): void {
  const { rare } = core;
  const fault = promiseFault(core, section);
  if (fault !== ErrorCode.NONE) return streamError(core, stream, fault, at);
  const head = section.head("request");
  const text = [head.method, head.scheme, head.authority, head.path, ...head.rawHeaders].join("\n");
  const known = rare.promises.get(pushId);
  if (known !== undefined) {
    // The same push for several requests; the fields must be the same (section 4.6).
    if (known.text !== text) return core.fail(ErrorCode.H3_PUSH_DIFFERS, stream.id, at);
  } else if (!rare.pushesOver.has(pushId)) {
    if (rare.promises.size >= core.config.limits.pushCount)
      return core.fail(ErrorCode.H3_PUSH_FLOOD, stream.id, at);
    rare.promises.set(pushId, { head, text });
  }
  core.emitPush(stream.id, pushId, head);
  const pushed = pushStream(core, pushId);
  if (pushed === undefined || !pushed.has(H3StreamFlag.Held)) return;
  beginPush(core, pushed);
  release(core, pushed);
}

function promiseFault(core: H3Core, section: FieldSection): ErrorCode {
  const fault = h3PromiseFault(section);
  if (fault !== ErrorCode.NONE) return fault;
  return isOurs(core, section.authority) ? ErrorCode.NONE : ErrorCode.H3_PUSH_INVALID;
}

/** The server must be authoritative: it answers for what we are asking it (RFC 9114 section 4.6). */
function isOurs(core: H3Core, authority: string): boolean {
  for (const stream of core.live.values())
    if (stream.authority?.toLowerCase() === authority.toLowerCase()) return true;
  return false;
}

function pushStream(core: H3Core, pushId: number): H3Stream | undefined {
  const id = core.rare.pushStreams.get(pushId);
  return id === undefined ? undefined : core.live.get(id);
}

/** A push stream of the server: its push id is here, the frames follow. */
export function openPushStream(
  core: H3Core,
  streamId: number,
  pushId: number,
  offset: number,
  bytes: Uint8Array,
  fin: boolean,
): void {
  const { rare } = core;
  const isUsed = rare.pushStreams.has(pushId);
  if (idFault(core, pushId) !== ErrorCode.NONE || isUsed)
    return core.fail(ErrorCode.H3_PUSH_ID_INVALID, streamId, offset);
  if (rare.pushStreams.size >= PUSH_STREAMS_MAX)
    return core.fail(ErrorCode.H3_PUSH_FLOOD, streamId, offset);
  rare.pushStreams.set(pushId, streamId);
  const flags = H3StreamFlag.Remote | H3StreamFlag.Push | H3StreamFlag.SendDone;
  const stream = new H3Stream(streamId, flags);
  stream.owner = pushId;
  stream.frames = new H3FrameReader();
  stream.frames.skip(offset);
  core.live.set(streamId, stream);
  if (rare.pushesOver.has(pushId)) return abort(core, stream, H3WireCode.RequestCancelled);
  if (rare.promises.has(pushId)) beginPush(core, stream);
  else waitForPromise(core, stream);
  receive(core, stream, bytes, fin);
}

/** Push ids whose streams came: each may come once, so that they are remembered as long as the connection. */
const PUSH_STREAMS_MAX = 10_000;

function waitForPromise(core: H3Core, stream: H3Stream): void {
  stream.flags |= H3StreamFlag.Held;
  const { clock, limits } = core.config;
  if (clock !== null) stream.heldDue = clock() + limits.blockedTimeout;
}

/** The response may be read: what was asked is known. */
function beginPush(core: H3Core, stream: H3Stream): void {
  const promised = core.rare.promises.get(stream.owner);
  if (promised?.head.method === "HEAD") stream.flags |= H3StreamFlag.Head;
}

/** A push is over: its stream ended, or one of both cancelled it. */
export function forgetPush(core: H3Core, pushId: number): void {
  const { rare } = core;
  rare.promises.delete(pushId);
  rare.pushesOver.add(pushId);
  if (rare.pushesOver.size <= OVER_MAX) return;
  for (const oldest of rare.pushesOver) {
    rare.pushesOver.delete(oldest);
    break;
  }
}

/** CANCEL_PUSH: the server will not fulfil a promise; or the client wants none of what it was never promised. */
export function onCancelPush(core: H3Core, streamId: number, pushId: Varint, offset: number): void {
  // A server of ours promises nothing, so that no push id is one to cancel (section 7.2.3).
  if (!core.config.isClient || idFault(core, pushId) !== ErrorCode.NONE)
    return core.fail(ErrorCode.H3_PUSH_ID_INVALID, streamId, offset);
  const stream = pushStream(core, Number(pushId));
  const isKnown = core.rare.promises.has(Number(pushId));
  forgetPush(core, Number(pushId));
  if (stream === undefined || stream.has(H3StreamFlag.ReceiveDone)) return;
  endReceiving(core, stream, H3WireCode.RequestCancelled);
  // One that waits for its promise is nobody's yet.
  if (isKnown) core.emitReset(stream.id, H3WireCode.RequestCancelled);
}

/** MAX_PUSH_ID of the client: it may not fall (section 7.2.7). */
export function onMaxPushId(core: H3Core, streamId: number, pushId: Varint, offset: number): void {
  const { rare } = core;
  if (pushId < rare.maxPushId) return core.fail(ErrorCode.H3_PUSH_ID_INVALID, streamId, offset);
  rare.maxPushId = pushId;
}
