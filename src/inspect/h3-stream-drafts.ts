// Drafts of one direction of a stream, as its readers give them.

import type { Direction, Draft } from "./events.js";
import type { H3Context } from "./h3-context.js";
import type { Fault } from "./h3-errors.js";
import { type FrameStart, HeldBytes } from "./h3-frames.js";
import type { Varint } from "./h3-numbers.js";
import { frameRow } from "./h3-wire-names.js";
import { KEPT_MAX } from "./protocol-options.js";

/** Gives drafts of HTTP/3 to the context. */
export class StreamDrafts {
  readonly #context: H3Context;
  readonly #direction: Direction;
  readonly #streamId: Varint;

  constructor(context: H3Context, direction: Direction, streamId: Varint) {
    this.#context = context;
    this.#direction = direction;
    this.#streamId = streamId;
  }

  /** Adds what all drafts of the stream have. */
  emit(draft: object): void {
    const streamId = this.#streamId;
    const direction = this.#direction;
    this.#context.emit({ protocol: "h3", direction, streamId, ...draft } as unknown as Draft);
  }

  /** A frame; `octets`: what there is of it from its first octet on. */
  frame({ type, length, offset }: FrameStart, fields: object, ...octets: Uint8Array[]): void {
    const [name, rfc] = frameRow(type);
    const all = { name, type, length: Number(length), rfc, ...fields, ...this.kept(...octets) };
    this.emit({ event: "frame", offset, ...all });
  }

  /** The octets that a draft has where they are asked for. */
  kept(...octets: Uint8Array[]): { bytes?: Uint8Array } {
    if (!this.#context.keepBytes) return {};
    const kept = new HeldBytes();
    for (const each of octets) kept.append(each.subarray(0, KEPT_MAX - kept.length));
    return { bytes: kept.take() };
  }

  /** Mistakes. True: nothing more is to be read of the stream. */
  report(faults: readonly Fault[]): boolean {
    return this.#context.report("h3", this.#direction, this.#streamId, faults);
  }
}
