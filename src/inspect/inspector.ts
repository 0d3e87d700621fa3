// Reads a capture, raw bytes or hex text in pieces, and says what they are: events in order, the same however the input was
// cut. Never throws on bytes; what is kept is bounded by the connections that are open at once, not by the input.

import { UsageError } from "../index.js";
import type { InspectEvent } from "./events.js";
import { findInput } from "./find-protocol.js";
import { CaptureSource, type Source } from "./inspector-capture.js";
import { type InspectOptions, type InspectSettings, inspectSettings } from "./inspector-options.js";
import { inputError, Output } from "./inspector-output.js";
import { HexSource, RawSource } from "./inspector-raw.js";
import { KeyLog } from "./tls/key-log.js";

/** Bytes that tell what kind of input it is. */
const FRONT = 1024;

/** Says what bytes are that come in pieces. */
export class Inspector {
  readonly #settings: InspectSettings;
  readonly #keyLog = new KeyLog();
  readonly #output = new Output();
  #front: Uint8Array | null = new Uint8Array(0);
  #source: Source | null = null;
  #isEnded = false;

  /** @throws UsageError for an unknown option or value */
  constructor(options: InspectOptions = {}) {
    this.#settings = inspectSettings(options);
    if (options.keyLog === undefined) return;
    this.#keyLog.push(options.keyLog);
    this.#keyLog.end();
  }

  /**
   * The next bytes of the input, in any pieces. Members `bytes` of events are good until the next call.
   * @throws UsageError where the bytes are no Uint8Array, or behind end()
   */
  push(bytes: Uint8Array): InspectEvent[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "push takes a Uint8Array");
    if (this.#isEnded) throw new UsageError("INSPECT_ENDED", "the input is over");
    this.#output.summary.bytes += bytes.length;
    if (this.#source !== null) this.#source.push(bytes);
    else this.#find(bytes, false);
    return this.#output.take();
  }

  /**
   * The input is over: what is left, and the summary.
   * @throws UsageError the second time
   */
  end(): InspectEvent[] {
    if (this.#isEnded) throw new UsageError("INSPECT_ENDED", "the input is over");
    this.#isEnded = true;
    if (this.#source === null) this.#find(new Uint8Array(0), true);
    (this.#source as Source | null)?.end();
    this.#tellKeyLogErrors();
    this.#output.close(null);
    return this.#output.take();
  }

  #find(bytes: Uint8Array, isEnd: boolean): void {
    const before = this.#front as Uint8Array;
    const front = new Uint8Array(before.length + bytes.length);
    front.set(before);
    front.set(bytes, before.length);
    this.#front = front;
    const kind = findInput(front.subarray(0, FRONT), isEnd && front.length <= FRONT);
    if (kind === "more" && !isEnd && front.length < FRONT) return;
    if (front.length === 0 && this.#settings.as === null) {
      this.#output.emit(inputError("CAPTURE_UNKNOWN", 0, "unknown"), -1, null);
      return;
    }
    this.#source = this.#sourceOf(kind);
    this.#front = null;
    this.#source.push(front);
  }

  #sourceOf(kind: ReturnType<typeof findInput>): Source {
    const output = this.#output;
    if (kind === "pcap" || kind === "pcapng") {
      return new CaptureSource(this.#settings, this.#keyLog, output);
    }
    const raw = new RawSource(this.#settings, this.#keyLog, output);
    return kind === "hex" ? new HexSource(raw, output) : raw;
  }

  #tellKeyLogErrors(): void {
    for (const { code, offset } of this.#keyLog.errors) {
      this.#output.emit(inputError(code, offset, "tls"), -1, null);
    }
  }
}

/**
 * Says what bytes are that are all there: a capture, raw bytes of one direction of a connection, hex text.
 * @throws UsageError for an unknown option or value
 */
export function inspect(bytes: Uint8Array, options: InspectOptions = {}): InspectEvent[] {
  const inspector = new Inspector(options);
  const events = inspector.push(bytes);
  const last = inspector.end();
  return events.concat(last);
}
