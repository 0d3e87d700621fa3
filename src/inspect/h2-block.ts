// The field block that is under way in one direction (RFC 9113 section 4.3): where it began, how long it is.

import { FLAG, fragmentOf, TYPE } from "./h2-frames.js";
import { FRAME_HEADER, type WalkedFrame } from "./h2-walker.js";
import { KEPT_MAX } from "./protocol-options.js";

/** A block, from HEADERS or PUSH_PROMISE to END_HEADERS. */
export class H2Block {
  /** Octets of its fragments. */
  length = 0;
  readonly frame: WalkedFrame;
  /** PUSH_PROMISE: the stream that it promises. */
  promisedId = 0;
  /** The first octets, where they are wanted. */
  readonly #kept: number[] | null;

  constructor(frame: WalkedFrame, keepBytes: boolean) {
    this.frame = frame;
    this.#kept = keepBytes ? [] : null;
  }

  add(frame: WalkedFrame, raw: Uint8Array): void {
    const fragment = fragmentOf(frame, raw.subarray(FRAME_HEADER));
    if (fragment === null) return;
    this.length += fragment.length;
    if (frame.type === TYPE.PUSH_PROMISE) this.promisedId = promisedStream(frame, raw);
    if (this.#kept === null || this.#kept.length >= KEPT_MAX) return;
    for (const octet of fragment.subarray(0, KEPT_MAX - this.#kept.length)) this.#kept.push(octet);
  }

  /** What of a draft comes from the block's octets. */
  get members(): { wireLength: number; bytes?: Uint8Array } {
    if (this.#kept === null) return { wireLength: this.length };
    return { wireLength: this.length, bytes: Uint8Array.from(this.#kept) };
  }
}

function promisedStream({ flags }: WalkedFrame, raw: Uint8Array): number {
  const at = FRAME_HEADER + ((flags & FLAG.PADDED) === 0 ? 0 : 1);
  return new DataView(raw.buffer, raw.byteOffset + at, 4).getUint32(0) & 0x7fff_ffff;
}

/** Whether a frame begins a field block. */
export function beginsBlock({ type }: WalkedFrame): boolean {
  return type === TYPE.HEADERS || type === TYPE.PUSH_PROMISE;
}

/** Whether a frame is the last one of its field block. */
export function endsBlock(frame: WalkedFrame): boolean {
  const isPart = beginsBlock(frame) || frame.type === TYPE.CONTINUATION;
  return isPart && (frame.flags & FLAG.END_HEADERS) !== 0;
}
