// What `observe` tells: one event for each frame of either direction. Frames of ours are made between two calls and
// reported by the next one.

import { H3FrameType } from "../abi/h3-wire.js";
import type { FieldSection } from "../codec/field-section.js";
import { frameName } from "../codec/h3-frame.js";
import { type Varint, varintLength } from "../codec/varint.js";
import type { FrameEvent } from "../events.js";
import type { Emitter } from "./emitter.js";

/** Most frames of ours that wait to be reported; older ones are dropped, so that memory is bounded. */
const SENT_MAX = 4096;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Frames that were seen and not yet reported. */
export class ObservedH3Frames {
  /** The frame that is being read: reported when its own call brings the rest. */
  #current: Mutable<FrameEvent> | null = null;
  #sent: Mutable<FrameEvent>[] = [];
  /** Bytes that we put on each stream. */
  readonly #offsets = new Map<number, number>();

  /** A frame of the peer begins. */
  received(to: Emitter, type: number, streamId: number, length: number, offset: number): void {
    this.flush(to);
    this.#current = frameEvent("received", type, streamId, length, offset);
  }

  addSettings(to: Emitter, settings: readonly Varint[]): void {
    if (this.#current !== null) this.#current.settings = pairs(settings);
    this.flush(to);
  }

  addSection(to: Emitter, section: FieldSection): void {
    if (this.#current !== null) {
      this.#current.fieldBlock = {
        length: section.blockLength,
        decodedLength: section.listSize - 32 * section.fieldCount,
      };
      this.#current.pseudoOrder = section.pseudoOrder();
    }
    this.flush(to);
  }

  /** A frame of ours. The first one on a control stream stands behind the stream's type. */
  sent(type: number, streamId: number, length: number): void {
    if (this.#sent.length === SENT_MAX) this.#sent.shift();
    const offset = this.#offsets.get(streamId) ?? 0;
    this.#offsets.set(streamId, offset + varintLength(type) + varintLength(length) + length);
    this.#sent.push(frameEvent("sent", type, streamId, length, offset));
  }

  sentSettings(streamId: number, length: number, settings: readonly Varint[]): void {
    this.#offsets.set(streamId, 1);
    this.sent(H3FrameType.Settings, streamId, length);
    const last = this.#sent.at(-1);
    if (last !== undefined) last.settings = pairs(settings);
  }

  sentFields(streamId: number, fields: readonly string[], length: number): void {
    this.sent(H3FrameType.Headers, streamId, length);
    const last = this.#sent.at(-1);
    if (last === undefined) return;
    let decodedLength = 0;
    for (const text of fields) decodedLength += text.length;
    last.fieldBlock = { length, decodedLength };
    last.pseudoOrder = fields.filter((name, i) => i % 2 === 0 && name.startsWith(":"));
  }

  /** A stream is over. */
  forget(streamId: number): void {
    this.#offsets.delete(streamId);
  }

  /** Reports what waits. */
  flush(to: Emitter): void {
    const frame = this.#current;
    this.#current = null;
    if (frame !== null) to.emitFrame(frame);
    this.flushSent(to);
  }

  /** Reports frames of ours; one of the peer waits until it is here, wherever the chunk ends. */
  flushSent(to: Emitter): void {
    if (this.#sent.length === 0) return;
    const sent = this.#sent;
    this.#sent = [];
    for (const one of sent) to.emitFrame(one);
  }
}

function frameEvent(
  direction: "received" | "sent",
  frameType: number,
  streamId: number,
  length: number,
  offset: number,
): Mutable<FrameEvent> {
  const name = frameName(frameType);
  return { direction, name, frameType, flags: 0, streamId, length, offset };
}

function pairs(settings: readonly Varint[]): [number, Varint][] {
  const list: [number, Varint][] = [];
  for (let i = 0; i < settings.length; i += 2)
    list.push([Number(settings[i]), settings[i + 1] as Varint]);
  return list;
}
