// Cut and differential helpers for frame parsers: frames as plain data, so that two lists can be compared
// whatever the cuts were (API rule 2).

import type { ProtocolError } from "../index.js";
import { type CutOptions, cuts, describeCut } from "./cuts.js";
import { canonical } from "./differential.js";
import { textOf } from "./latin1.js";

/** What a parser of frames or capsules gives: a frame, or its last word. */
export type FrameParserEvent =
  | { readonly name: string; readonly type: unknown; readonly offset: number }
  | { readonly type: "error"; readonly error: ProtocolError };

/** Anything that takes bytes and gives frames: `H2FrameParser`, `H3FrameParser`, `CapsuleParser`. */
export interface FrameReceiver {
  receive(bytes: Uint8Array): readonly FrameParserEvent[];
  receiveEnd?(): readonly FrameParserEvent[];
}

/** A frame or an error as plain data; octets are latin1 text. */
export type PlainFrame = Readonly<Record<string, unknown>>;

/** Frames as plain data. Parts of one DATA frame, where a parser gives such, are joined. */
export function plainFrames(events: readonly FrameParserEvent[]): PlainFrame[] {
  return joined(events.map(plainFrame));
}

function plainFrame(event: FrameParserEvent): Record<string, unknown> {
  if (!("name" in event)) {
    const { code, offset, scope, streamId } = event.error;
    return { type: "error", code, offset, scope, streamId };
  }
  return Object.fromEntries(
    Object.entries(event).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Uint8Array ? textOf(value) : value,
    ]),
  );
}

/** Feeds copies of the pieces, overwrites each behind its events, and gives all frames; `end`: nothing follows them. */
export function feedFrames(
  receiver: FrameReceiver,
  pieces: readonly Uint8Array[],
  end = false,
): PlainFrame[] {
  const list: PlainFrame[] = [];
  for (const piece of pieces) {
    const copy = piece.slice();
    list.push(...receiver.receive(copy).map(plainFrame));
    copy.fill(0xa5);
  }
  if (end) list.push(...(receiver.receiveEnd?.() ?? []).map(plainFrame));
  return joined(list);
}

function joined(frames: readonly PlainFrame[]): PlainFrame[] {
  const out: Record<string, unknown>[] = [];
  for (const frame of frames) {
    const last = out.at(-1);
    if (last?.name === "DATA" && frame.name === "DATA" && last.offset === frame.offset) {
      last.data = `${last.data}${frame.data}`;
    } else out.push({ ...frame });
  }
  return out;
}

/** The first frame in which two lists differ, as text; null when they are equal. */
export function frameDifference(
  left: readonly PlainFrame[],
  right: readonly PlainFrame[],
): string | null {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const a = canonical(left[at]) ?? "nothing";
    const b = canonical(right[at]) ?? "nothing";
    if (a !== b) return `frame ${at}: ${a.slice(0, 300)} against ${b.slice(0, 300)}`;
  }
  return null;
}

/** Compares the frames of the uncut bytes with those of every way to cut them. */
export function compareFrameCuts(
  make: () => FrameReceiver,
  bytes: Uint8Array,
  options: CutOptions = {},
): string | null {
  const whole = feedFrames(make(), [bytes]);
  for (const pieces of cuts(bytes, options)) {
    const difference = frameDifference(whole, feedFrames(make(), pieces));
    if (difference !== null) return `uncut against ${describeCut(pieces)}: ${difference}`;
  }
  return null;
}
