// A control stream (RFC 9114 section 6.2.1): frames, SETTINGS, GOAWAY.

import type { Direction } from "./events.js";
import type { H3Context } from "./h3-context.js";
import type { ControlJudge } from "./h3-control-judge.js";
import { type Fault, faultOf } from "./h3-errors.js";
import {
  type FrameSink,
  type FrameStart,
  type FrameUse,
  FrameWalker,
  joined,
} from "./h3-frames.js";
import { streamNumber, type Varint, varintAt } from "./h3-numbers.js";
import { StreamDrafts } from "./h3-stream-drafts.js";
import { Frame, frameRow, readSettings, wireFields } from "./h3-wire-names.js";

/** Payloads that are collected: those of SETTINGS with thousands of entries, and of ORIGIN. */
const PAYLOAD_MAX = 65_536;
/** Of a frame that means nothing. */
const UNKNOWN_MAX = 16_384;
/** H3_NO_ERROR: GOAWAY of HTTP/3 has no code. */
const NO_ERROR = 0x100;
const QPACK_MAX_TABLE_CAPACITY = 0x01;
const NOTHING = new Uint8Array(0);

/** Reads one control stream. */
export class ControlReader implements FrameSink {
  readonly #context: H3Context;
  readonly #direction: Direction;
  readonly #streamId: Varint;
  readonly #judge: ControlJudge;
  readonly #frames: FrameWalker;
  readonly #drafts: StreamDrafts;

  constructor(
    context: H3Context,
    direction: Direction,
    streamId: Varint,
    judge: ControlJudge,
    offset: number,
  ) {
    this.#context = context;
    this.#direction = direction;
    this.#streamId = streamId;
    this.#judge = judge;
    this.#frames = new FrameWalker(this, offset);
    this.#drafts = new StreamDrafts(context, direction, streamId);
  }

  receive(bytes: Uint8Array): void {
    this.#frames.read(bytes, 0);
  }

  /** The stream ended, which it must not. */
  end(): void {
    const { offset } = this.#frames;
    this.#report(this.#judge.end(streamNumber(this.#streamId), this.#frames.takePartial(), offset));
  }

  stop(): void {
    this.#frames.stop();
  }

  get offset(): number {
    return this.#frames.offset;
  }

  onFrameStart({ type, length }: FrameStart): FrameUse {
    const isKnown = frameRow(type)[0] !== "GREASE" && frameRow(type)[0] !== "UNKNOWN";
    return length <= (isKnown ? PAYLOAD_MAX : UNKNOWN_MAX) ? "whole" : "pieces";
  }

  /** What is passed over is judged by its header alone. */
  onPiece(): void {}

  onFrameEnd(frame: FrameStart, payload: Uint8Array | null): boolean {
    const { type, offset, header } = frame;
    const fields = payload === null ? { payload } : wireFields(type, payload);
    this.#drafts.frame(frame, fields, header, payload ?? NOTHING);
    if (payload === null) return true;
    const bytes = joined([header, payload]);
    const faults =
      type === Frame.Settings
        ? this.#judge.settings(streamNumber(this.#streamId), bytes, payload, offset)
        : this.#faults(type, bytes, payload, offset);
    if (faults.length === 0 || this.#context.isLenient) this.#apply(type, payload, offset);
    this.#report(faults);
    return true;
  }

  #faults(type: Varint, bytes: Uint8Array, payload: Uint8Array, offset: number): Fault[] {
    const own = this.#pushFault(type, payload, offset);
    if (own !== undefined) return own === null ? [] : [own];
    // A judge that keeps pushes would keep all that is ever cancelled.
    return this.#judge.frame(streamNumber(this.#streamId), Number(type), bytes, offset);
  }

  /**
   * Frames about pushes: whether there is such a push depends on the other direction, which the judge does not see.
   * undefined: it can judge.
   */
  #pushFault(type: Varint, payload: Uint8Array, offset: number): Fault | null | undefined {
    const isCancel = type === Frame.CancelPush;
    const isPriority = type === Frame.PriorityUpdatePush && this.#direction === "client";
    const { maxPushId, client, server, promises } = this.#context;
    const pushId = varintAt(payload, 0);
    const isWhole = payload.length > 0 && (isPriority || payload.length === sizeOf(payload));
    if ((!isCancel && !isPriority) || pushId === -1 || !isWhole) return undefined;
    if (this.#context.side(this.#direction).settings === null) return undefined;
    if (client.hasGap || server.hasGap || client.settings === null) return null;
    const isPromised = isPriority || this.#direction === "server" || promises.has(pushId);
    return pushId > maxPushId || !isPromised ? faultOf("H3_PUSH_ID_INVALID", offset) : null;
  }

  #apply(type: Varint, payload: Uint8Array, offset: number): void {
    const value = varintAt(payload, 0);
    if (type === Frame.Settings) this.#applySettings(payload, offset);
    else if (value === -1) return;
    else if (type === Frame.Goaway)
      this.#drafts.emit({ event: "goaway", offset, lastStreamId: value, code: NO_ERROR });
    else if (type === Frame.MaxPushId && this.#direction === "client")
      this.#context.maxPushId = Math.max(this.#context.maxPushId, Number(value));
  }

  #applySettings(payload: Uint8Array, offset: number): void {
    const side = this.#context.side(this.#direction);
    const settings = readSettings(payload);
    this.#drafts.emit({ event: "settings", offset, settings });
    if (side.settings !== null) return;
    side.settings = new Map(settings);
    const other: Direction = this.#direction === "client" ? "server" : "client";
    const capacity = side.settings.get(QPACK_MAX_TABLE_CAPACITY) ?? 0;
    const fault = this.#context.side(other).qpack.setCapacity(capacity);
    if (fault !== null) this.#context.report("qpack", other, null, [fault]);
  }

  #report(faults: readonly Fault[]): void {
    if (this.#drafts.report(faults)) this.stop();
  }
}

function sizeOf(payload: Uint8Array): number {
  return 1 << ((payload[0] as number) >> 6);
}
