// A sink of H2Reader that writes down its calls, so that runs can be compared: bytes of DATA joined, field sections
// as flat lists.

import { ErrorCode } from "../../src/abi/error-code.js";
import {
  type FieldSection,
  H2Reader,
  type H2ReaderSettings,
  type H2ReaderSink,
} from "../../src/codec/h2.js";
import type { Said } from "./naive/h2-frames.js";

export const READER: H2ReaderSettings = {
  isClient: false,
  fieldSectionLength: 262_144,
  fieldCount: 8_192,
  headerTableSize: 4_096,
  maxFrameSize: 16_384,
  fieldBlockLength: 131_072,
  continuationCount: 13,
  debugDataLength: 1_024,
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Names of the pseudo-fields, then the other fields, flat. */
export function listOf(section: FieldSection): string[] {
  return [...section.pseudoOrder(), ...section.rawHeaders];
}

/** Writes down what it is told. `stopAt`: the number of the call that stops the reader. */
export class LogSink implements H2ReaderSink {
  readonly said: Said[] = [];
  stopped = false;
  /** Whether payloads are wanted. */
  wantsData = true;
  readonly #stopAt: number;
  #data: number[] | null = null;

  constructor(stopAt = Number.POSITIVE_INFINITY) {
    this.#stopAt = stopAt;
  }

  /** One entry; DATA that comes in pieces is one. */
  protected say(...entry: Said): void {
    this.#flush();
    this.said.push(entry);
    if (this.said.length >= this.#stopAt) this.stopped = true;
  }

  #flush(): void {
    this.#data = null;
  }

  onPreface(): void {
    this.say("preface");
  }

  onFrame(type: number, flags: number, streamId: number, length: number, offset: number): void {
    this.say("frame", type, flags, streamId, length, offset);
  }

  onDataStart(id: number, flags: number, length: number, pad: number, offset: number): boolean {
    this.say("data-start", id, flags, length, pad, offset);
    return this.wantsData;
  }

  onDataBytes(streamId: number, bytes: Uint8Array): void {
    if (bytes.length === 0) throw new Error("empty DATA bytes");
    const last = this.said.at(-1);
    if (this.#data !== null && last?.[0] === "data") {
      this.said[this.said.length - 1] = ["data", streamId, `${last[2]}${hex(bytes)}`];
      return;
    }
    this.say("data", streamId, hex(bytes));
    this.#data = [];
  }

  onDataEnd(streamId: number, flags: number): void {
    this.say("data-end", streamId, flags);
  }

  onDataSkipped(streamId: number, length: number): void {
    this.say("data-skipped", streamId, length);
  }

  onHeaders(streamId: number, flags: number, section: FieldSection, offset: number): void {
    this.say("headers", streamId, flags, listOf(section), offset);
  }

  onPushPromise(streamId: number, promisedId: number, section: FieldSection, offset: number): void {
    this.say("push", streamId, promisedId, listOf(section), offset);
  }

  onPriority(id: number, dependency: number, exclusive: boolean, weight: number, at: number): void {
    this.say("priority", id, dependency, exclusive, weight, at);
  }

  onRstStream(streamId: number, errorCode: number, offset: number): void {
    this.say("rst", streamId, errorCode, offset);
  }

  onSettings(settings: readonly number[], offset: number): void {
    this.say("settings", [...settings], offset);
  }

  onSettingsAck(offset: number): void {
    this.say("settings-ack", offset);
  }

  onPing(ack: boolean, payload: Uint8Array, offset: number): void {
    this.say("ping", ack, hex(payload), offset);
  }

  onGoaway(lastStreamId: number, errorCode: number, debugData: Uint8Array, offset: number): void {
    this.say("goaway", lastStreamId, errorCode, hex(debugData), offset);
  }

  onWindowUpdate(streamId: number, increment: number, offset: number): void {
    this.say("window-update", streamId, increment, offset);
  }

  onAltSvc(streamId: number, origin: string, value: string, offset: number): void {
    this.say("altsvc", streamId, origin, value, offset);
  }

  onOrigin(streamId: number, flags: number, origins: readonly string[], offset: number): void {
    this.say("origin", streamId, flags, origins, offset);
  }

  onPriorityUpdate(prioritizedId: number, value: string, offset: number): void {
    this.say("priority-update", prioritizedId, value, offset);
  }

  onUnknown(type: number, flags: number, streamId: number, length: number, offset: number): void {
    this.say("unknown", type, flags, streamId, length, offset);
  }

  onStreamError(code: ErrorCode, streamId: number, offset: number): void {
    this.say("stream-error", ErrorCode[code], streamId, offset);
  }

  onError(code: ErrorCode, offset: number): void {
    this.say("error", ErrorCode[code], offset);
  }
}

/** What a reader says of these pieces. */
export function readerLog(
  pieces: readonly Uint8Array[],
  settings: Partial<H2ReaderSettings> = {},
  sink = new LogSink(),
): Said[] {
  const reader = new H2Reader({ ...READER, ...settings });
  for (const piece of pieces) reader.receive(piece, sink);
  reader.release();
  return sink.said;
}
