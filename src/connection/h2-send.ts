// Commands that either role has: content, trailers, ends, resets, PING, GOAWAY, SETTINGS. Everything is checked before
// anything changes; what is wrong throws UsageError. A command for a stream that the peer has ended in the
// meantime does nothing: the caller could not know.

import { Setting, WireCode } from "../abi/h2-tape.js";
import { trailerFields } from "../codec/message.js";
import { formatPriority } from "../codec/priority-field.js";
import { UsageError } from "../errors.js";
import type { HeaderList } from "../events.js";
import { setPriority } from "./h2-control.js";
import { CoreFlag, type H2Core } from "./h2-core.js";
import { consume } from "./h2-data.js";
import { closeStream, endSent, sendGoaway, settle } from "./h2-lifecycle.js";
import { type H2Settings, settingsList } from "./h2-options.js";
import { ID_MAX, type Stream, StreamFlag } from "./h2-stream.js";
import { StreamState } from "./h2-stream-state.js";
import { type SensitiveNames, sensitiveSet } from "./sensitive.js";

/** The stream, or null where it is gone. */
export function streamOf(core: H2Core, streamId: number): Stream | null {
  const stream = core.streams.live.get(streamId);
  if (stream !== undefined) return stream;
  if (core.isOver) return null;
  const isKnown = Number.isInteger(streamId) && streamId > 0;
  if (!isKnown || core.streams.stateOf(streamId) === StreamState.Idle)
    throw new UsageError("H2_STREAM_UNKNOWN", `there is no stream ${streamId}`);
  return null;
}

/** The stream whose head went out and whose content is open; null: it is gone. */
function openForContent(core: H2Core, streamId: number): Stream | null {
  const stream = streamOf(core, streamId);
  if (stream === null) return null;
  if (!stream.has(StreamFlag.HeadSent))
    throw new UsageError("H2_HEAD_MISSING", `stream ${streamId} has no head yet: send it first`);
  if (stream.has(StreamFlag.EndQueued))
    throw new UsageError("H2_MESSAGE_ENDED", `the message on stream ${streamId} was ended`);
  return stream;
}

/** Content bytes. */
export function sendData(core: H2Core, streamId: number, bytes: Uint8Array): boolean {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "sendData takes a Uint8Array");
  const stream = openForContent(core, streamId);
  if (stream === null) return true;
  if (stream.owed >= 0) {
    if (bytes.length > stream.owed)
      throw new UsageError("H2_CONTENT_TOO_LONG", "more content than the length that was given");
    stream.owed -= bytes.length;
  }
  core.content.add(core, stream, bytes);
  const { sendBufferLength, streamSendLength } = core.config.limits;
  const hasRoom = stream.queuedLength < streamSendLength && core.bufferedAmount < sendBufferLength;
  if (hasRoom) return true;
  stream.flags |= StreamFlag.WantsRoom;
  core.flags |= CoreFlag.WantsRoom;
  return false;
}

/** The head went out: what follows is nothing (length 0), all of the content, or what sendData will bring. */
export function startContent(
  core: H2Core,
  stream: Stream,
  length: number,
  bytes: Uint8Array | undefined,
): void {
  if (length === 0) {
    stream.flags |= StreamFlag.EndQueued;
    return endSent(core, stream);
  }
  stream.owed = length;
  if (bytes === undefined) return;
  stream.owed = 0;
  stream.flags |= StreamFlag.EndQueued;
  core.content.add(core, stream, bytes);
}

/** Trailers, and the end. */
export function sendTrailers(
  core: H2Core,
  streamId: number,
  headers: HeaderList,
  names: SensitiveNames | undefined,
): void {
  const { fields } = trailerFields(headers);
  const sensitive = sensitiveSet("H2", names);
  const stream = openForContent(core, streamId);
  if (stream === null) return;
  if (stream.has(StreamFlag.Connect))
    throw new UsageError("H2_TRAILERS_FORBIDDEN", "CONNECT has no trailers");
  checkComplete(stream);
  // Trailers without a field are an end like any other.
  if (fields.length > 0) stream.trailers = { fields, sensitive };
  endContent(core, stream);
}

/** The end of the content; of a message that has ended, nothing. */
export function sendEnd(core: H2Core, streamId: number): void {
  const stream = streamOf(core, streamId);
  if (stream === null || stream.has(StreamFlag.EndQueued)) return;
  if (!stream.has(StreamFlag.HeadSent))
    throw new UsageError("H2_HEAD_MISSING", `stream ${streamId} has no head yet: send it first`);
  checkComplete(stream);
  endContent(core, stream);
}

function checkComplete(stream: Stream): void {
  if (stream.owed > 0)
    throw new UsageError("H2_CONTENT_TOO_SHORT", `${stream.owed} bytes of the length are missing`);
}

/** The stream ends behind what is queued. */
export function endContent(core: H2Core, stream: Stream): void {
  stream.flags |= StreamFlag.EndQueued;
  core.content.schedule(core, stream);
}

/** Gives up a stream (RFC 9113 section 6.4). */
export function reset(core: H2Core, streamId: number, code: number): void {
  if (!Number.isInteger(code) || code < 0 || code > 0xffff_ffff)
    throw new UsageError("H2_CODE_INVALID", "an error code is a number of 32 bits");
  const stream = streamOf(core, streamId);
  if (stream === null) return;
  closeStream(core, stream, StreamState.ClosedByUs);
  core.output.rstStream(streamId, code);
  settle(core);
}

/** Content was dealt with: windows are given back. */
export function consumeContent(core: H2Core, streamId: number, length: number): void {
  if (!Number.isInteger(length) || length < 0)
    throw new UsageError("H2_LENGTH_INVALID", "consume takes a number of bytes");
  const stream = streamOf(core, streamId);
  if (stream === null || core.config.window !== "manual") return;
  if (length > stream.unconsumed)
    throw new UsageError(
      "H2_LENGTH_INVALID",
      `stream ${streamId} has ${stream.unconsumed} bytes to consume`,
    );
  if (length > 0) consume(core, stream, length);
}

/** PING with a payload of 8 bytes. */
export function ping(core: H2Core, payload: Uint8Array): void {
  if (!(payload instanceof Uint8Array) || payload.length !== 8)
    throw new UsageError("H2_PING_INVALID", "a PING has 8 bytes");
  if (core.isOver) return;
  const { rare } = core;
  if (rare.pings >= core.config.limits.pendingPings)
    throw new UsageError("H2_PINGS_PENDING", "wait for the answers to earlier PINGs");
  rare.pings++;
  core.output.ping(false, payload);
}

/** Octets of a GOAWAY payload in front of its debug data. */
const GOAWAY_FIXED = 8;

/** GOAWAY: no new streams; those up to the last one go on. */
export function goAway(
  core: H2Core,
  code: number,
  lastStreamId: number | undefined,
  debugData: string,
): void {
  if (!Number.isInteger(code) || code < 0 || code > 0xffff_ffff)
    throw new UsageError("H2_CODE_INVALID", "an error code is a number of 32 bits");
  const last = lastStreamId ?? core.streams.lastRemote;
  if (!Number.isInteger(last) || last < 0 || last > ID_MAX)
    throw new UsageError("H2_STREAM_UNKNOWN", "the last stream is a number of 31 bits");
  if (typeof debugData !== "string" || debugData.length > core.peer.maxFrameSize - GOAWAY_FIXED)
    throw new UsageError("H2_LENGTH_INVALID", "debug data is a string that fits into a frame");
  if (core.isOver) return;
  // What was delivered is processed, whatever the caller says (RFC 9113 section 8.7).
  sendGoaway(core, code, Math.max(last, core.streams.lastRemote), debugData);
}

/** New SETTINGS; they bind the peer when it has acknowledged them. */
export function updateSettings(core: H2Core, settings: H2Settings): void {
  const list = settingsList(settings, core.config.isClient);
  checkChange(core, settings, list);
  if (core.isOver) return;
  if (core.local.pending.length >= SETTINGS_PENDING_MAX)
    throw new UsageError("H2_SETTINGS_PENDING", "wait for the acknowledgement of earlier SETTINGS");
  core.local.pending.push(list);
  core.reader.setMaxFrameSize(core.local.largestFrameSize);
  core.output.settings(list);
  const { clock, limits } = core.config;
  if (clock !== null && core.settingsDue === 0) core.settingsDue = clock() + limits.settingsTimeout;
}

const SETTINGS_PENDING_MAX = 10;

/** What may not change any more, or is no setting at all. */
function checkChange(core: H2Core, settings: H2Settings, list: readonly number[]): void {
  const { limits, settings: first } = core.config;
  let reason = "";
  if (settings.connectionWindowSize !== undefined)
    reason = "connectionWindowSize is for the beginning of a connection";
  else if ((settings.maxConcurrentStreams ?? 0) > limits.concurrentStreams)
    reason = `maxConcurrentStreams is at most the limit concurrentStreams, ${limits.concurrentStreams}`;
  else if (settings.enableConnectProtocol === false && core.local.offersConnectProtocol)
    reason = "enableConnectProtocol stays on (RFC 8441 section 3)";
  else if (
    settings.noRfc7540Priorities !== undefined &&
    settingOf(list, Setting.NoRfc7540Priorities) !== settingOf(first, Setting.NoRfc7540Priorities)
  )
    reason = "noRfc7540Priorities stays as it was (RFC 9218 section 2.1)";
  if (reason !== "") throw new UsageError("SETTING_INVALID", reason);
}

/** Of a flat list of settings; 0 where it is absent. */
function settingOf(list: readonly number[], id: Setting): number {
  for (let i = 0; i < list.length; i += 2) if (list[i] === id) return list[i + 1] as number;
  return 0;
}

/** Priority of a stream (RFC 9218): a client tells the server, a server decides for itself. */
export function changePriority(
  core: H2Core,
  streamId: number,
  priority: { urgency?: number; incremental?: boolean },
): void {
  const { urgency = 3, incremental = false } = priority;
  if (!Number.isInteger(urgency) || urgency < 0 || urgency > 7)
    throw new UsageError("H2_PRIORITY_INVALID", "urgency is a whole number from 0 to 7");
  const stream = streamOf(core, streamId);
  if (stream === null) return;
  setPriority(core, stream, urgency, incremental);
  if (core.config.isClient)
    core.output.priorityUpdate(streamId, formatPriority({ urgency, incremental }));
}

/** The default code of reset. */
export const CANCEL: number = WireCode.Cancel;
