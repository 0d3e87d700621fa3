// What `observe` tells: one event for each frame of either direction (fingerprints, debuggers, measurements). Frames
// of ours are made between two calls of receive and reported by the next one.

import { FrameFlag, FrameType } from "../abi/h2-tape.js";
import type { FieldSection } from "../codec/h2.js";
import type { FrameEvent } from "../events.js";
import type { Emitter } from "./emitter.js";

const NAMES: readonly string[] = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
  "ALTSVC",
  "UNKNOWN",
  "ORIGIN",
  "UNKNOWN",
  "UNKNOWN",
  "UNKNOWN",
  "PRIORITY_UPDATE",
];

/** Most frames of ours that wait to be reported; older ones are dropped, so that memory is bounded. */
const SENT_MAX = 4096;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Frames that were seen and not yet reported. */
export class ObservedFrames {
  /** The frame that is being read: reported when its own call brings the rest. */
  #current: Mutable<FrameEvent> | null = null;
  #sent: Mutable<FrameEvent>[] = [];

  /** A frame of the peer begins. */
  received(
    to: Emitter,
    type: number,
    flags: number,
    streamId: number,
    length: number,
    offset: number,
  ): void {
    this.flush(to);
    this.#current = frameEvent("received", type, flags, streamId, length, offset);
    // A fragment of a field block has no call of its own.
    const isBlock =
      type === FrameType.Headers ||
      type === FrameType.PushPromise ||
      type === FrameType.Continuation;
    if (isBlock && (flags & FrameFlag.EndHeaders) === 0) this.flush(to);
  }

  /** What the frame says. */
  add(to: Emitter, more: Partial<FrameEvent>): void {
    if (this.#current !== null) Object.assign(this.#current, more);
    this.flush(to);
  }

  addSettings(to: Emitter, settings: readonly number[]): void {
    this.add(to, { settings: pairs(settings) });
  }

  addSection(to: Emitter, section: FieldSection): void {
    const more: Mutable<Partial<FrameEvent>> = {
      fieldBlock: {
        length: section.blockLength,
        decodedLength: section.listSize - 32 * section.fieldCount,
      },
      pseudoOrder: section.pseudoOrder(),
    };
    if (section.hasPriority) {
      const { dependency, weight, exclusive } = section;
      more.priority = { dependency, weight, exclusive };
    }
    this.add(to, more);
  }

  /** A frame of ours. */
  sent(type: number, flags: number, streamId: number, length: number, offset: number): void {
    if (this.#sent.length === SENT_MAX) this.#sent.shift();
    this.#sent.push(frameEvent("sent", type, flags, streamId, length, offset));
  }

  sentSettings(settings: readonly number[]): void {
    this.sentMore({ settings: pairs(settings) });
  }

  /** What the last frame of ours says. */
  sentMore(more: Partial<FrameEvent>): void {
    const last = this.#sent.at(-1);
    if (last !== undefined) Object.assign(last, more);
  }

  sentFields(fields: readonly string[], length: number): void {
    let decodedLength = 0;
    for (const text of fields) decodedLength += text.length;
    this.sentMore({
      fieldBlock: { length, decodedLength },
      pseudoOrder: fields.filter((name, i) => i % 2 === 0 && name.startsWith(":")),
    });
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
  flags: number,
  streamId: number,
  length: number,
  offset: number,
): Mutable<FrameEvent> {
  const name = NAMES[frameType] ?? "UNKNOWN";
  return { direction, name, frameType, flags, streamId, length, offset };
}

function pairs(settings: readonly number[]): [number, number][] {
  const list: [number, number][] = [];
  for (let i = 0; i < settings.length; i += 2)
    list.push([settings[i] as number, settings[i + 1] as number]);
  return list;
}
