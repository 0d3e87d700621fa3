// For tools that read both sides of somebody else's connection (option `passive`): what this end put on the wire went
// past this object, and binds the peer all the same: settings, windows, ends of streams (RFC 9113 sections 5.1, 6.5,
// 6.9). Nothing is sent from here.
// Rules: H2-110, H2-112.

import { FIELD_TABLE_SIZE_MAX } from "../abi/field-memory.js";
import { FrameFlag, Setting } from "../abi/h2-tape.js";
import { UsageError } from "../errors.js";
import type { H2Core } from "./h2-core.js";
import { closeStream, endSent } from "./h2-lifecycle.js";
import { AUTHORITIES_MAX, ID_MAX, Stream, StreamFlag } from "./h2-stream.js";
import { StreamState } from "./h2-stream-state.js";
import type { RequestThatWent } from "./message-content.js";

/** A frame that went out: any of H2FrameParser will do. */
export interface SentFrame {
  readonly name: string;
  readonly streamId: number;
  readonly flags: number;
  /** Octets of payload. */
  readonly length: number;
  /** SETTINGS. */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  /** WINDOW_UPDATE. */
  readonly windowSizeIncrement?: number;
  /** PUSH_PROMISE. */
  readonly promisedStreamId?: number;
}

/** Frames that nobody acknowledges are forgotten beyond so many. */
const PENDING_MAX = 1024;
const FRAME_SIZE_MAX = 16_777_215;
/** What a peer may use for its table where nobody knows what it was allowed: no browser and no server says more. */
const UNBOUND_TABLE_SIZE = 65_536;

/**
 * Client: a request went out. Its stream is one of ours whose message is over; after the end of the connection there is
 * nothing to expect.
 * @throws UsageError
 */
export function expectResponse(core: H2Core, streamId: number, request: RequestThatWent): void {
  if (!core.config.isClient) throw new UsageError("H2_ROLE", "a server reads no responses");
  const isRequest =
    Number.isInteger(streamId) && streamId > 0 && streamId <= ID_MAX && streamId % 2 === 1;
  if (!isRequest || core.streams.live.has(streamId))
    throw new UsageError("H2_STREAM_UNKNOWN", `stream ${streamId} is no new request`);
  const { method, authority } = request;
  if (typeof method !== "string" || method === "")
    throw new UsageError("H2_METHOD_INVALID", "a request has a method");
  if (core.isOver) return;
  const stream = new Stream(streamId, StreamState.HalfClosedLocal, core.local.initialWindowSize);
  stream.flags |= StreamFlag.HeadSent | StreamFlag.EndQueued;
  if (method === "CONNECT") stream.flags |= StreamFlag.Connect;
  if (method === "HEAD") stream.flags |= StreamFlag.Head;
  core.streams.lastLocal = Math.max(core.streams.lastLocal, streamId);
  core.streams.open(stream);
  const { authorities } = core.rare;
  if (authority !== undefined && authorities.size <= AUTHORITIES_MAX)
    authorities.add(authority.toLowerCase());
}

/**
 * This end sent a frame. What is no longer of use is passed over: the peer may have ended the stream.
 * @throws UsageError
 */
export function noteSent(core: H2Core, frame: SentFrame): void {
  if (!core.config.passive)
    throw new UsageError("H2_NOT_PASSIVE", "this connection sends its own frames");
  if (frame === null || typeof frame !== "object" || !Number.isInteger(frame.streamId))
    throw new UsageError("H2_FRAME_INVALID", "noteSent takes a frame");
  if (core.isOver) return;
  const { streamId, flags } = frame;
  const stream = core.streams.live.get(streamId);
  switch (frame.name) {
    case "SETTINGS":
      return noteSettings(core, frame);
    case "WINDOW_UPDATE":
      return noteWindow(core, stream, frame);
    case "RST_STREAM":
      if (stream !== undefined) closeStream(core, stream, StreamState.ClosedByUs);
      return;
    case "PUSH_PROMISE":
      return notePromise(core, frame.promisedStreamId ?? 0);
    case "HEADERS":
      if (stream?.state === StreamState.ReservedLocal)
        core.streams.begin(stream, StreamState.HalfClosedRemote);
      break;
    case "DATA":
      core.sendWindow -= frame.length;
      if (stream !== undefined) stream.sendCredit -= frame.length;
      break;
    default:
      return;
  }
  if (stream?.canSend && (flags & FrameFlag.EndStream) !== 0) endSent(core, stream);
}

/** They bind the peer when it has acknowledged them; what is larger binds nobody before. */
function noteSettings(core: H2Core, { flags, settings = [] }: SentFrame): void {
  if ((flags & FrameFlag.Ack) !== 0) return;
  const list: number[] = [];
  for (const [id, value] of settings)
    list.push(id, id === Setting.HeaderTableSize ? Math.min(value, FIELD_TABLE_SIZE_MAX) : value);
  const { local } = core;
  if (local.pending.length < PENDING_MAX) local.pending.push(list);
  core.isBound = !core.rare.isLost;
  core.reader.setMaxFrameSize(Math.min(local.largestFrameSize, FRAME_SIZE_MAX));
  core.reader.setTableLimit(local.largestTableSize);
}

function noteWindow(
  core: H2Core,
  stream: Stream | undefined,
  { streamId, windowSizeIncrement = 0 }: SentFrame,
): void {
  if (streamId === 0) core.receiveWindow += windowSizeIncrement;
  else if (stream !== undefined) stream.receiveWindow += windowSizeIncrement;
}

function notePromise(core: H2Core, id: number): void {
  const { streams } = core;
  if (core.config.isClient || id % 2 !== 0 || id <= streams.lastLocal || id > ID_MAX) return;
  streams.lastLocal = id;
  const stream = new Stream(id, StreamState.ReservedLocal, 0);
  stream.flags = StreamFlag.HeadReceived | StreamFlag.EndReceived;
  streams.reserve(stream);
}

/** Something of this end was missed: its windows are not known any more. */
export function noteLoss(core: H2Core): void {
  core.rare.isLost = true;
  if (!core.isOver) unbind(core);
}

/** What this end announces is not known: whatever the peer sends may be within it. */
export function unbind(core: H2Core): void {
  core.isBound = false;
  core.reader.setMaxFrameSize(FRAME_SIZE_MAX);
  core.reader.setTableLimit(UNBOUND_TABLE_SIZE);
}
