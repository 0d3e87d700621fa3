// What `observe` tells of HTTP/2 beside what observed-frames.ts has: names, flags, priorities.

import { FrameFlag, FrameType } from "../abi/h2-tape.js";
import type { FieldSection } from "../codec/h2.js";
import type { Emitter } from "./emitter.js";
import { FrameObserver, type MutableFrame, ofFields, ofSection, pairs } from "./observed-frames.js";

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

/** Frames that were seen and not yet reported. */
export class ObservedFrames extends FrameObserver {
  /** A frame of the peer begins. */
  received(
    to: Emitter,
    type: number,
    flags: number,
    streamId: number,
    length: number,
    offset: number,
  ): void {
    this.begin(to, frameEvent("received", type, flags, streamId, length, offset));
    // A fragment of a field block has no call of its own.
    const isBlock =
      type === FrameType.Headers ||
      type === FrameType.PushPromise ||
      type === FrameType.Continuation;
    if (isBlock && (flags & FrameFlag.EndHeaders) === 0) this.flush(to);
  }

  addSection(to: Emitter, section: FieldSection): void {
    const more = ofSection(section);
    if (section.hasPriority) {
      const { dependency, weight, exclusive } = section;
      more.priority = { dependency, weight, exclusive };
    }
    this.add(to, more);
  }

  /** A frame of ours. */
  sent(type: number, flags: number, streamId: number, length: number, offset: number): void {
    this.push(frameEvent("sent", type, flags, streamId, length, offset));
  }

  sentSettings(settings: readonly number[]): void {
    this.sentMore({ settings: pairs(settings) });
  }

  sentFields(fields: readonly string[], length: number): void {
    this.sentMore(ofFields(fields, length));
  }
}

function frameEvent(
  direction: "received" | "sent",
  frameType: number,
  flags: number,
  streamId: number,
  length: number,
  offset: number,
): MutableFrame {
  const name = NAMES[frameType] ?? "UNKNOWN";
  return { direction, name, frameType, flags, streamId, length, offset };
}
