// A field block in several frames, while it comes (RFC 9113 section 4.3): its fragments joined, the frame that opened
// it, and where each fragment stood, so that a fault has an offset. Bounded by the engine, which counts what each
// frame header says before the payload is here.
// Rules: H2-021, H2-045, H2-147.

import { FrameFlag, FrameRecord, FrameType } from "../abi/h2-tape.js";
import { PieceBuffer } from "./piece-buffer.js";

/** A field block that is not whole yet. */
export class H2FieldBlock {
  /** HEADERS or PUSH_PROMISE. */
  readonly type: number;
  /** Flags of the frame that opened it. */
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of the connection before that frame. */
  readonly offset: number;
  /** Stream Dependency with its E bit; the promised stream. */
  readonly extra: number;
  /** Weight octet. */
  readonly weight: number;
  readonly bytes = new PieceBuffer();
  /** Where each fragment begins: in the block, and in the connection. */
  readonly #starts: number[] = [];

  /** Opened by the frame whose record stands at word `at`. */
  constructor(i32: Int32Array, at: number, offset: number) {
    const head = i32[at + FrameRecord.Head] as number;
    this.type = head & 0xff;
    this.flags = (head >> 8) & 0xff;
    this.streamId = i32[at + FrameRecord.StreamId] as number;
    this.offset = offset;
    this.extra = i32[at + FrameRecord.Extra] as number;
    this.weight = i32[at + FrameRecord.Extra2] as number;
  }

  /** Whether the frame has the deprecated priority fields. */
  get hasPriority(): boolean {
    return this.type === FrameType.Headers && (this.flags & FrameFlag.Priority) !== 0;
  }

  /** Appends the fragment [start, end) of memory, which stands at `offset` of the connection. */
  append(memory: Uint8Array, start: number, end: number, offset: number): void {
    this.#starts.push(this.bytes.length, offset);
    this.bytes.append(memory, start, end - start);
  }

  /** Bytes of the connection before octet `at` of the block. */
  offsetOf(at: number): number {
    const starts = this.#starts;
    let i = starts.length - 2;
    while (i > 0 && (starts[i] as number) > at) i -= 2;
    return (starts[i + 1] as number) + at - (starts[i] as number);
  }
}
