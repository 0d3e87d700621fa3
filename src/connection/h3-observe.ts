// What `observe` tells of HTTP/3 beside what observed-frames.ts has: names, and where frames of ours stand in their streams.

import { H3FrameType } from "../abi/h3-wire.js";
import type { FieldSection } from "../codec/field-section.js";
import { frameName } from "../codec/h3-frame.js";
import { type Varint, varintLength } from "../codec/varint.js";
import type { Emitter } from "./emitter.js";
import { FrameObserver, type MutableFrame, ofFields, ofSection, pairs } from "./observed-frames.js";

/** Frames that were seen and not yet reported. */
export class ObservedH3Frames extends FrameObserver {
  /** Bytes that we put on each stream. */
  readonly #offsets = new Map<number, number>();

  /** A frame of the peer begins. */
  received(to: Emitter, type: number, streamId: number, length: number, offset: number): void {
    this.begin(to, frameEvent("received", type, streamId, length, offset));
  }

  addSection(to: Emitter, section: FieldSection): void {
    this.add(to, ofSection(section));
  }

  /** A frame of ours. The first one on a control stream stands behind the stream's type. */
  sent(type: number, streamId: number, length: number): void {
    const offset = this.#offsets.get(streamId) ?? 0;
    this.#offsets.set(streamId, offset + varintLength(type) + varintLength(length) + length);
    this.push(frameEvent("sent", type, streamId, length, offset));
  }

  sentSettings(streamId: number, length: number, settings: readonly Varint[]): void {
    this.#offsets.set(streamId, 1);
    this.sent(H3FrameType.Settings, streamId, length);
    this.sentMore({ settings: pairs(settings) });
  }

  sentFields(streamId: number, fields: readonly string[], length: number): void {
    this.sent(H3FrameType.Headers, streamId, length);
    this.sentMore(ofFields(fields, length));
  }

  /** A stream is over. */
  forget(streamId: number): void {
    this.#offsets.delete(streamId);
  }
}

function frameEvent(
  direction: "received" | "sent",
  frameType: number,
  streamId: number,
  length: number,
  offset: number,
): MutableFrame {
  const name = frameName(frameType);
  return { direction, name, frameType, flags: 0, streamId, length, offset };
}
