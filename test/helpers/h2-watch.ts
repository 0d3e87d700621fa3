// A watcher on the wire between two ends: it reads what one of them sends and knows, from what was delivered to it
// alone, how much it may send (RFC 9113 sections 4.2, 5.1.2, 5.2, 6.5.3). Slow and apart from the project's code.

import { ACK, END_STREAM, SETTING, TYPE } from "./h2-names.js";
import { PREFACE } from "./h2-wire.js";

type Frame = { type: number; flags: number; streamId: number; payload: Uint8Array };

/** Cuts a stream of octets into frames, however it comes. */
class FrameCutter {
  private rest = new Uint8Array(0);
  private skip: number;

  constructor(hasPreface: boolean) {
    this.skip = hasPreface ? PREFACE.length : 0;
  }

  add(bytes: Uint8Array): Frame[] {
    const all = new Uint8Array(Buffer.concat([this.rest, bytes]));
    const view = new DataView(all.buffer);
    const frames: Frame[] = [];
    let at = Math.min(this.skip, all.length);
    this.skip -= at;
    while (this.skip === 0 && at + 9 <= all.length) {
      const end = at + 9 + (view.getUint32(at) >>> 8);
      if (end > all.length) break;
      const [type = 0, flags = 0] = all.subarray(at + 3, at + 5);
      frames.push({
        type,
        flags,
        streamId: view.getUint32(at + 5),
        payload: all.slice(at + 9, end),
      });
      at = end;
    }
    this.rest = all.slice(at);
    return frames;
  }
}

const u32 = (bytes: Uint8Array, at = 0) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);

/** What one end may send. Throws where it sends more. */
export class Sender {
  private readonly sent: FrameCutter;
  private readonly heard: FrameCutter;
  /** SETTINGS of the peer that were delivered and not acknowledged yet. */
  private readonly unacknowledged: [number, number][][] = [];
  private initialWindow = 65_535;
  private maxFrame = 16_384;
  private window = 65_535;
  private readonly windows = new Map<number, number>();
  private readonly ended = new Set<number>();

  constructor(private readonly isClient: boolean) {
    this.sent = new FrameCutter(isClient);
    this.heard = new FrameCutter(!isClient);
  }

  /** Bytes of the peer that were delivered to this end. */
  delivered(bytes: Uint8Array): void {
    for (const { type, flags, streamId, payload } of this.heard.add(bytes)) {
      if (type === TYPE.SETTINGS && (flags & ACK) === 0) this.unacknowledged.push(pairsOf(payload));
      if (type !== TYPE.WINDOW_UPDATE || payload.length !== 4) continue;
      const increment = u32(payload) & 0x7fffffff;
      if (streamId === 0) this.window += increment;
      else this.windows.set(streamId, this.windowOf(streamId) + increment);
    }
  }

  /** Bytes that this end sends. @throws Error where it may not */
  sends(bytes: Uint8Array): void {
    for (const frame of this.sent.add(bytes)) this.checkFrame(frame);
  }

  private checkFrame({ type, flags, streamId, payload }: Frame): void {
    const who = this.isClient ? "client" : "server";
    if (payload.length > this.maxFrame) throw new Error(`${who}: a frame of ${payload.length}`);
    if (type === TYPE.SETTINGS && (flags & ACK) !== 0) this.apply(this.unacknowledged.shift());
    if (type === TYPE.HEADERS || type === TYPE.DATA) {
      if (this.ended.has(streamId))
        throw new Error(`${who}: frame ${type} behind END_STREAM on ${streamId}`);
      if ((flags & END_STREAM) !== 0) this.ended.add(streamId);
    }
    if (type === TYPE.RST_STREAM) this.ended.add(streamId);
    if (type === TYPE.DATA) this.checkData(who, streamId, payload.length);
  }

  private checkData(who: string, streamId: number, length: number): void {
    const left = this.windowOf(streamId) - length;
    this.windows.set(streamId, left);
    this.window -= length;
    if (length > 0 && (left < 0 || this.window < 0))
      throw new Error(`${who}: ${length} octets on ${streamId} leave ${left} and ${this.window}`);
  }

  private windowOf(streamId: number): number {
    return this.windows.get(streamId) ?? this.initialWindow;
  }

  private apply(settings: [number, number][] | undefined): void {
    if (settings === undefined) throw new Error("an acknowledgement of nothing");
    for (const [id, value] of settings) {
      if (id === SETTING.MAX_FRAME_SIZE) this.maxFrame = value;
      if (id !== SETTING.INITIAL_WINDOW_SIZE) continue;
      // Every stream that may exist; those that were never touched follow the initial window.
      for (const [streamId, window] of this.windows)
        this.windows.set(streamId, window + value - this.initialWindow);
      this.initialWindow = value;
    }
  }
}

function pairsOf(payload: Uint8Array): [number, number][] {
  const pairs: [number, number][] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6)
    pairs.push([((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0), u32(payload, at + 2)]);
  return pairs;
}
