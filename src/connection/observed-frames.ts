// What `observe` tells, of HTTP/2 and HTTP/3: one event for each frame of either direction (fingerprints, debuggers,
// measurements). Frames of ours are made between two calls of receive and reported by the next one.

import type { FieldSection } from "../codec/field-section.js";
import type { Varint } from "../codec/varint.js";
import type { FrameEvent } from "../events.js";
import type { Emitter } from "./emitter.js";

/** Most frames of ours that wait to be reported; older ones are dropped, so that memory is bounded. */
const SENT_MAX = 4096;

export type MutableFrame = { -readonly [Name in keyof FrameEvent]: FrameEvent[Name] };

/** Frames that were seen and not yet reported. */
export abstract class FrameObserver {
  /** The frame that is being read: reported when its own call brings the rest. */
  #current: MutableFrame | null = null;
  #sent: MutableFrame[] = [];

  /** A frame of the peer begins. */
  protected begin(to: Emitter, frame: MutableFrame): void {
    this.flush(to);
    this.#current = frame;
  }

  /** What the frame says. */
  add(to: Emitter, more: Partial<FrameEvent>): void {
    if (this.#current !== null) Object.assign(this.#current, more);
    this.flush(to);
  }

  addSettings(to: Emitter, settings: readonly Varint[]): void {
    this.add(to, { settings: pairs(settings) });
  }

  /** A frame of ours. */
  protected push(frame: MutableFrame): void {
    if (this.#sent.length === SENT_MAX) this.#sent.shift();
    this.#sent.push(frame);
  }

  /** What the last frame of ours says. */
  sentMore(more: Partial<FrameEvent>): void {
    const last = this.#sent.at(-1);
    if (last !== undefined) Object.assign(last, more);
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

/** What a section that was received says. */
export function ofSection(section: FieldSection): Partial<MutableFrame> {
  const decodedLength = section.listSize - 32 * section.fieldCount;
  return {
    fieldBlock: { length: section.blockLength, decodedLength },
    pseudoOrder: section.pseudoOrder(),
  };
}

/** What a section of ours says that took `length` bytes. */
export function ofFields(fields: readonly string[], length: number): Partial<MutableFrame> {
  let decodedLength = 0;
  for (const text of fields) decodedLength += text.length;
  return {
    fieldBlock: { length, decodedLength },
    pseudoOrder: fields.filter((name, i) => i % 2 === 0 && name.startsWith(":")),
  };
}

/** Settings from their flat list. */
export function pairs(settings: readonly Varint[]): [number, Varint][] {
  const list: [number, Varint][] = [];
  for (let i = 0; i < settings.length; i += 2)
    list.push([Number(settings[i]), settings[i + 1] as Varint]);
  return list;
}
