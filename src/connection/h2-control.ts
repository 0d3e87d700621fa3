// Frames that carry no message (RFC 9113 sections 6.3 to 6.9, RFC 7838, RFC 8336, RFC 9218).
// Rules: H2-005, H2-060, H2-061, H2-063, H2-064, H2-067, H2-086, H2-087, H2-090, H2-091, H2-093, H2-094, H2-099,
// H2-109, H2-113, H2-128, H2-129, H2-132, H2-133, H2-136, H2-139, H2-140, H2-143, PU-006, PU-010, PU-011, PU-012,
// PU-013, PU-014, OR-001, OR-002, OR-008, OR-009, OR-010.

import { ErrorCode } from "../abi/error-code.js";
import { WireCode } from "../abi/h2-tape.js";
import { parsePriority } from "../codec/priority-field.js";
import { Cost } from "./budget.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { creditConnection } from "./h2-data.js";
import { CLOSING_PAYLOAD, closeStream, finishClosing, settle } from "./h2-lifecycle.js";
import { WINDOW_MAX } from "./h2-options.js";
import { type Stream, StreamFlag } from "./h2-stream.js";
import { Received, StreamState, Verdict, verdictOn } from "./h2-stream-state.js";
import { verdictError } from "./h2-verdict.js";

/** PRIORITY changes nothing in any state, but may not depend on itself (RFC 7540 section 5.3.1). */
export function onPriority(
  core: H2Core,
  streamId: number,
  dependency: number,
  offset: number,
): void {
  if (!core.draw(Cost.Frame, offset) || dependency !== streamId) return;
  onFrameError(core, ErrorCode.H2_SELF_DEPENDENCY, streamId, offset);
}

/** A frame that is wrong by itself, where that is the stream's error. */
export function onFrameError(
  core: H2Core,
  code: ErrorCode,
  streamId: number,
  offset: number,
): void {
  if (core.streams.live.has(streamId)) return core.refuse(streamId, code, offset);
  const state = core.streams.stateOf(streamId);
  if (state === StreamState.Idle) {
    // An idle stream cannot be reset (RFC 9113 section 6.4); WINDOW_UPDATE may not even name it.
    const isIdleFault = code === ErrorCode.H2_WINDOW_INCREMENT_ZERO;
    return core.fail(isIdleFault ? ErrorCode.H2_STREAM_IDLE : code, offset);
  }
  if (!core.draw(Cost.Frame, offset)) return;
  if (code === ErrorCode.H2_FRAME_TOO_LARGE)
    return verdictError(core, verdictOn(state, Received.Data), streamId, offset);
  // Each stream has one error (RFC 9113 section 5.4.2): those that were reset had theirs.
  if (state === StreamState.ClosedEnded || state === StreamState.ClosedForgotten)
    core.refuse(streamId, code, offset);
}

/** A DATA frame above our maximum: it counts against the window of the connection all the same. */
export function onDataSkipped(core: H2Core, length: number, offset: number): void {
  if (core.has(CoreFlag.Failed)) return;
  core.receiveWindow -= length;
  if (core.receiveWindow < 0 && core.isBound)
    return core.fail(ErrorCode.H2_CONNECTION_WINDOW_EXCEEDED, offset);
  creditConnection(core, length);
}

/** The peer gives up a stream. It is never answered. */
export function onRstStream(
  core: H2Core,
  streamId: number,
  errorCode: number,
  offset: number,
): void {
  const stream = core.streams.live.get(streamId);
  if (stream === undefined) {
    if (!core.draw(Cost.Frame, offset)) return;
    return verdictError(
      core,
      verdictOn(core.streams.stateOf(streamId), Received.RstStream),
      streamId,
      offset,
    );
  }
  // Rapid reset (CVE-2023-44487): work was begun and is thrown away.
  if (!core.resets.draw(1, core.config.clock)) return core.fail(ErrorCode.H2_RESET_FLOOD, offset);
  closeStream(core, stream, StreamState.ClosedByPeer);
  core.emitReset(streamId, errorCode);
  settle(core);
}

/** The peer's SETTINGS: applied at once, in order, and acknowledged before anything else goes out. */
export function onSettings(core: H2Core, settings: readonly number[], offset: number): void {
  if (!core.draw(Cost.Settings, offset)) return;
  if (settings.length > 2 * core.config.limits.settingsCount)
    return core.fail(ErrorCode.H2_SETTINGS_TOO_MANY, offset);
  if (!applyPeerSettings(core, settings, offset)) return;
  core.output.settingsAck();
  if (isFlooded(core, offset)) return;
  const map = new Map<number, number>();
  for (let i = 0; i < settings.length; i += 2)
    map.set(settings[i] as number, settings[i + 1] as number);
  core.emitSettings(map);
}

/** Without the acknowledgement. False: the connection has failed. */
export function applyPeerSettings(
  core: H2Core,
  settings: readonly number[],
  offset: number,
): boolean {
  const { peer } = core;
  const tableSize = peer.headerTableSize;
  const window = peer.initialWindowSize;
  const fault = peer.apply(settings, core.config.isClient);
  if (fault !== ErrorCode.NONE) {
    core.fail(fault, offset);
    return false;
  }
  if (peer.headerTableSize !== tableSize || peer.smallestTableSize !== tableSize) {
    core.encoder.setMaxTableSize(peer.smallestTableSize);
    core.encoder.setMaxTableSize(peer.headerTableSize);
  }
  const { initialWindowSize, largestWindow } = peer;
  if (initialWindowSize === window && largestWindow === window) return true;
  return moveWindows(core, largestWindow, offset);
}

/**
 * The windows of all streams move with the setting (RFC 9113 section 6.9.2). Streams are looked at only where one of
 * them may overflow, or waits for its window.
 */
function moveWindows(core: H2Core, highest: number, offset: number): boolean {
  const { live, creditMax } = core.streams;
  if (highest + creditMax > WINDOW_MAX) {
    for (const stream of live.values()) {
      if (highest + stream.sendCredit <= WINDOW_MAX) continue;
      core.fail(ErrorCode.H2_SETTING_WINDOW_OVERFLOW, offset);
      return false;
    }
  }
  core.content.unblockStreams(core);
  return true;
}

/** Ours bind the peer from here on. */
export function onSettingsAck(core: H2Core, offset: number): void {
  if (core.local.pending.length === 0) {
    core.draw(Cost.Settings, offset);
    return;
  }
  const delta = core.local.acknowledge();
  core.reader.setTableLimit(core.local.headerTableSize);
  core.reader.setMaxFrameSize(core.local.largestFrameSize);
  if (delta !== 0) for (const stream of core.streams.live.values()) stream.receiveWindow += delta;
  const { clock, limits } = core.config;
  const isWaiting = clock !== null && core.local.pending.length > 0;
  core.settingsDue = isWaiting ? clock() + limits.settingsTimeout : 0;
  core.emitSettingsAck();
}

/** PING is answered at once, with its own bytes. */
export function onPing(core: H2Core, ack: boolean, payload: Uint8Array, offset: number): void {
  if (!ack) {
    if (!core.draw(Cost.Frame, offset)) return;
    core.output.ping(true, payload);
    if (isFlooded(core, offset)) return;
    return core.emitPing(false, payload);
  }
  if (core.hasRare && core.rare.isClosingPing && isSame(payload, CLOSING_PAYLOAD))
    return finishClosing(core);
  if (core.adaptive?.onPingAck(payload)) return;
  if (core.hasRare && core.rare.pings > 0) core.rare.pings--;
  else if (!core.draw(Cost.Frame, offset)) return;
  core.emitPing(true, payload);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}

/** Answers that the peer makes us write and does not read (CVE-2019-9512, CVE-2019-9515). */
function isFlooded(core: H2Core, offset: number): boolean {
  if (core.output.replyLength <= core.config.limits.outboundControlLength) return false;
  core.fail(ErrorCode.H2_OUTBOUND_FLOOD, offset);
  return true;
}

/** The peer will process nothing above lastStreamId: those requests may be sent again elsewhere. */
export function onGoaway(
  core: H2Core,
  lastStreamId: number,
  errorCode: number,
  debugData: Uint8Array,
  offset: number,
): void {
  if (!core.draw(Cost.Frame, offset)) return;
  if (lastStreamId > core.peerLast) return core.fail(ErrorCode.H2_GOAWAY_RAISED, offset);
  core.peerLast = lastStreamId;
  // It tells us not to open streams. A server goes on with what the client opens.
  core.flags |= CoreFlag.GoawayReceived | (core.config.isClient ? CoreFlag.Closing : 0);
  core.emitGoaway(lastStreamId, errorCode, debugData);
  for (const stream of [...core.streams.live.values()]) {
    if (stream.has(StreamFlag.Remote) || stream.id <= lastStreamId) continue;
    if (core.streams.live.get(stream.id) !== stream) continue; // closed by the handler of another
    closeStream(core, stream, StreamState.ClosedByUs);
    core.emitReset(stream.id, WireCode.RefusedStream);
  }
  settle(core);
}

/** Room to send. */
export function onWindowUpdate(
  core: H2Core,
  streamId: number,
  increment: number,
  offset: number,
): void {
  if (!core.draw(Cost.Frame, offset)) return;
  if (streamId === 0) {
    if (core.sendWindow + increment > WINDOW_MAX && core.isBound)
      return core.fail(ErrorCode.H2_CONNECTION_WINDOW_OVERFLOW, offset);
    core.sendWindow += increment;
    return core.content.unblock(core);
  }
  const stream = core.streams.live.get(streamId);
  const state = stream?.state ?? core.streams.stateOf(streamId);
  const verdict = verdictOn(state, Received.WindowUpdate);
  if (verdict !== Verdict.Accept || stream === undefined)
    return verdictError(core, verdict, streamId, offset);
  if (core.peer.initialWindowSize + stream.sendCredit + increment > WINDOW_MAX && core.isBound)
    return core.refuse(streamId, ErrorCode.H2_STREAM_WINDOW_OVERFLOW, offset);
  stream.sendCredit += increment;
  if (stream.sendCredit > core.streams.creditMax) core.streams.creditMax = stream.sendCredit;
  core.content.schedule(core, stream);
}

/** An alternative service (RFC 7838 section 4); what does not fit is ignored. */
export function onAltSvc(
  core: H2Core,
  streamId: number,
  origin: string,
  value: string,
  offset: number,
): void {
  if (!core.draw(Cost.Frame, offset) || !core.config.isClient) return;
  const isFitting =
    streamId === 0 ? origin !== "" : origin === "" && core.streams.live.has(streamId);
  if (isFitting) core.emitAltSvc(streamId, origin, value);
}

/** Flags that have no meaning today, and might have one that changes everything (RFC 8336 section 2.2). */
const ORIGIN_FLAGS = 0x0f;

/** The Origin Set grows (RFC 8336 section 2). */
export function onOrigin(
  core: H2Core,
  streamId: number,
  flags: number,
  origins: readonly string[],
  offset: number,
): void {
  if (!core.draw(Cost.Frame, offset) || !core.config.isClient) return;
  if (streamId === 0 && (flags & ORIGIN_FLAGS) === 0) core.emitOrigin(origins);
}

/** Priority of a stream, also of one that is not open yet (RFC 9218 section 7.1). */
export function onPriorityUpdate(
  core: H2Core,
  prioritizedId: number,
  value: string,
  offset: number,
): void {
  const { streams } = core;
  const stream = streams.live.get(prioritizedId);
  const state = stream?.state ?? streams.stateOf(prioritizedId);
  const isIdlePush = !streams.isRemote(prioritizedId) && state === StreamState.Idle;
  if (core.config.isClient || prioritizedId === 0 || isIdlePush)
    return core.fail(ErrorCode.H2_PRIORITY_UPDATE_INVALID, offset);
  if (!core.draw(Cost.Frame, offset)) return;
  const priority = parsePriority(value);
  if (priority === null) return;
  const { urgency, incremental } = priority;
  if (stream !== undefined) {
    setPriority(core, stream, urgency, incremental);
  } else if (state !== StreamState.Idle) {
    return; // it is over
  } else if (!keepPriority(core, prioritizedId, urgency * 2 + (incremental ? 1 : 0), offset)) {
    return;
  }
  core.emitPriority(prioritizedId, urgency, incremental);
}

/** For a stream to come: as many as may be open, and no more (PU-011, H2-S28). False: the connection has failed. */
function keepPriority(core: H2Core, id: number, packed: number, offset: number): boolean {
  const { priorities } = core.rare;
  const limit = core.local.streamLimit(core.config.limits.concurrentStreams);
  if (!priorities.has(id) && priorities.size + core.streams.remoteActive >= limit) {
    core.fail(ErrorCode.H2_PRIORITY_UPDATE_INVALID, offset);
    return false;
  }
  priorities.set(id, packed);
  return true;
}

/** The last word of the client on the priority of a stream. */
export function setPriority(
  core: H2Core,
  stream: Stream,
  urgency: number,
  incremental: boolean,
): void {
  stream.urgency = urgency;
  stream.incremental = incremental;
  core.content.reprioritize(stream);
}
