// The peer's control stream: SETTINGS first and once, then what concerns the connection (RFC 9114 sections 6.2.1, 7.2,
// RFC 9218 section 7.2, RFC 9412).
// Rules: H3-SET-1, H3-SET-2, H3-SET-3, H3-FRM-2, H3-FRM-6, H3-FRM-7, H3-FRM-14, H3-FRM-15, H3-FRM-16, H3-FRM-17,
// H3-FRM-28, H3-FRM-29, H3-FRM-30, H3-FRM-31, H3-FRM-32, H3-FRM-33, H3-FRM-34, H3-FRM-35, H3-SET-12.

import { ErrorCode } from "../abi/error-code.js";
import { H3FrameType, H3WireCode } from "../abi/h3-wire.js";
import { FrameUse, H3FrameReader, type H3FrameSink } from "../codec/h3-frame-reader.js";
import { FRAME_IGNORED, frameVerdict, H3Receiver, H3StreamKind } from "../codec/h3-frame-table.js";
import { parseOrigin, parsePriorityUpdate, parseVarintPayloadExact } from "../codec/h3-payloads.js";
import { parseSettings } from "../codec/h3-settings.js";
import { isOrigin } from "../codec/origins.js";
import { parsePriority } from "../codec/priority-field.js";
import type { Varint } from "../codec/varint.js";
import { Cost } from "./budget.js";
import { type H3Core, H3CoreFlag, kindOf, StreamKind } from "./h3-core.js";
import { abort } from "./h3-lifecycle.js";
import { onCancelPush, onMaxPushId } from "./h3-push.js";
import { applySettings } from "./h3-settings.js";
import { H3StreamFlag } from "./h3-stream.js";
import type { UniStream } from "./h3-unidirectional.js";

const NO_BYTES = new Uint8Array(0);
/** Octets of the longest setting: two integers. */
const SETTING_LENGTH = 16;
/** Octets of the longest integer. */
const VARINT_LENGTH = 8;

/** Reads the frames of one control stream. */
export class ControlStream implements H3FrameSink {
  readonly #core: H3Core;
  readonly #id: number;
  readonly #frames = new H3FrameReader();

  constructor(core: H3Core, stream: UniStream) {
    this.#core = core;
    this.#id = stream.id;
    this.#frames.skip(stream.offset);
  }

  /** H3FrameSink: a connection that is over reads nothing. */
  get stopped(): boolean {
    return this.#core.isOver;
  }

  get offset(): number {
    return this.#frames.offset;
  }

  read(bytes: Uint8Array, from: number): void {
    this.#frames.read(bytes, from, bytes.length, this);
  }

  onFrameStart(type: number, length: number, offset: number): FrameUse {
    const core = this.#core;
    core.observed?.received(core, type, this.#id, length, offset);
    const fault = this.#fault(type, length);
    if (fault !== ErrorCode.NONE) {
      core.observed?.flush(core);
      core.fail(fault, this.#id, offset);
      return FrameUse.Stop;
    }
    if (!core.draw(Cost.Frame, this.#id, offset)) return FrameUse.Stop;
    return this.#isRead(type, length) ? FrameUse.Whole : this.#skip();
  }

  #skip(): FrameUse {
    this.#core.observed?.flush(this.#core);
    return FrameUse.Skip;
  }

  /** What type and length show. */
  #fault(type: number, length: number): ErrorCode {
    const core = this.#core;
    if (!core.has(H3CoreFlag.Settled)) {
      if (type !== H3FrameType.Settings) return ErrorCode.H3_SETTINGS_MISSING;
      const isTooLong = length > core.config.limits.settingsCount * SETTING_LENGTH;
      return isTooLong ? ErrorCode.H3_SETTINGS_TOO_MANY : ErrorCode.NONE;
    }
    if (type === H3FrameType.Settings) return ErrorCode.H3_SETTINGS_REPEATED;
    if (type === H3FrameType.WtStream && core.config.sessions === 0) return ErrorCode.NONE;
    const receiver = core.config.isClient ? H3Receiver.Client : H3Receiver.Server;
    const verdict = frameVerdict(type, H3StreamKind.Control, receiver);
    if (verdict !== ErrorCode.NONE && verdict !== FRAME_IGNORED) return verdict;
    // One integer, and nothing else.
    return isNumber(type) && length > VARINT_LENGTH ? ErrorCode.H3_FRAME_INVALID : ErrorCode.NONE;
  }

  /** Whether the payload is wanted. */
  #isRead(type: number, length: number): boolean {
    if (type === H3FrameType.Settings || isNumber(type)) return true;
    const { isClient, limits } = this.#core.config;
    if (length > limits.controlFrameLength) return false;
    if (type === H3FrameType.Origin) return isClient;
    return type === H3FrameType.PriorityUpdateRequest || type === H3FrameType.PriorityUpdatePush;
  }

  onBytes(): void {}

  onFrameEnd(): void {}

  onFrame(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    switch (type) {
      case H3FrameType.Settings:
        return this.#onSettings(bytes, from, to, offset);
      case H3FrameType.PriorityUpdateRequest:
      case H3FrameType.PriorityUpdatePush:
        return this.#onPriorityUpdate(type, bytes, from, to, offset);
      case H3FrameType.Origin:
        return this.#onOrigin(bytes, from, to, offset);
      default:
        return this.#onNumber(type, bytes, from, to, offset);
    }
  }

  #fail(code: ErrorCode, offset: number): void {
    this.#core.fail(code, this.#id, offset);
  }

  #onSettings(bytes: Uint8Array, from: number, to: number, offset: number): void {
    const core = this.#core;
    const list: Varint[] = [];
    const fault = parseSettings(bytes, from, to, list, core.config.limits.settingsCount);
    core.observed?.addSettings(core, list);
    if (fault !== ErrorCode.NONE) return this.#fail(fault, offset);
    const refused = applySettings(core, list);
    if (refused !== ErrorCode.NONE) return this.#fail(refused, offset);
    core.flags |= H3CoreFlag.Settled;
    core.settingsDue = 0;
    const map = new Map<number, number | bigint>();
    for (let i = 0; i < list.length; i += 2) map.set(Number(list[i]), list[i + 1] as Varint);
    core.emitSettings(map);
  }

  #onNumber(type: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
    const core = this.#core;
    core.observed?.flush(core);
    const value = parseVarintPayloadExact(bytes, from, to);
    if (value === -1) return this.#fail(ErrorCode.H3_FRAME_INVALID, offset);
    if (type === H3FrameType.Goaway) return onGoaway(core, this.#id, value, offset);
    if (type === H3FrameType.MaxPushId) return onMaxPushId(core, this.#id, value, offset);
    onCancelPush(core, this.#id, value, offset);
  }

  #onOrigin(bytes: Uint8Array, from: number, to: number, offset: number): void {
    const core = this.#core;
    core.observed?.flush(core);
    const origins = parseOrigin(bytes, from, to);
    if (origins === null) return this.#fail(ErrorCode.H3_FRAME_INVALID, offset);
    core.emitOrigin(origins.filter(isOrigin));
  }

  #onPriorityUpdate(
    type: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    offset: number,
  ): void {
    const core = this.#core;
    core.observed?.flush(core);
    const update = parsePriorityUpdate(bytes, from, to);
    if (update === null) return this.#fail(ErrorCode.H3_FRAME_INVALID, offset);
    const { id } = update;
    const isPush = type === H3FrameType.PriorityUpdatePush;
    // A server of ours promises nothing: no push has a priority (RFC 9218 section 7.2).
    if (isPush || kindOf(id) !== StreamKind.ClientBidi)
      return this.#fail(ErrorCode.H3_PRIORITY_UPDATE_INVALID, offset);
    onPriorityUpdate(core, this.#id, Number(id), update.value, offset);
  }
}

/** Frames whose payload is one integer. */
function isNumber(type: number): boolean {
  return (
    type === H3FrameType.Goaway || type === H3FrameType.MaxPushId || type === H3FrameType.CancelPush
  );
}

/** Priority of a request, also of one that has not come (RFC 9218 section 7.2). A value that does not parse says nothing. */
function onPriorityUpdate(
  core: H3Core,
  controlId: number,
  id: number,
  value: string,
  offset: number,
): void {
  const priority = parsePriority(value);
  if (priority === null) return;
  const { urgency, incremental } = priority;
  const stream = core.live.get(id);
  if (stream !== undefined) {
    stream.urgency = urgency;
    stream.incremental = incremental;
    stream.flags |= H3StreamFlag.Prioritized;
    core.output.reprioritize(stream);
  } else if (core.seenBidi.isOver(id)) return;
  else if (!keepPriority(core, id, urgency * 2 + (incremental ? 1 : 0)))
    return core.fail(ErrorCode.H3_PRIORITY_UPDATE_INVALID, controlId, offset);
  core.emitPriority(id, urgency, incremental);
}

/** For requests to come: as many as may be open, and no more. What the transport allows is not known here. */
function keepPriority(core: H3Core, id: number, packed: number): boolean {
  const { priorities } = core.rare;
  const limit = core.config.limits.concurrentStreams;
  if (!priorities.has(id) && priorities.size + core.requestCount >= limit) return false;
  priorities.set(id, packed);
  return true;
}

/** The peer will process no request, or no push, from this one on. */
function onGoaway(core: H3Core, streamId: number, id: Varint, offset: number): void {
  const { isClient } = core.config;
  if (isClient && kindOf(id) !== StreamKind.ClientBidi)
    return core.fail(ErrorCode.H3_GOAWAY_ID_INVALID, streamId, offset);
  if (id > core.peerLimit) return core.fail(ErrorCode.H3_GOAWAY_RAISED, streamId, offset);
  core.peerLimit = id;
  // It tells a client not to open requests. A server goes on with what the client opens.
  if (isClient) core.flags |= H3CoreFlag.Closing;
  core.emitGoaway(Number(id), H3WireCode.NoError, NO_BYTES);
  if (!isClient) return;
  for (const stream of [...core.live.values()]) {
    const isRefused = kindOf(stream.id) === StreamKind.ClientBidi && stream.id >= id;
    if (!isRefused || stream.has(H3StreamFlag.Session)) continue;
    if (core.live.get(stream.id) !== stream) continue; // closed by the handler of another
    abort(core, stream, H3WireCode.RequestCancelled);
    core.emitReset(stream.id, H3WireCode.RequestRejected);
  }
}
