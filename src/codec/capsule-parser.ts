// CapsuleParser: the content of a message to capsules (RFC 9297 section 3.2), without a connection around it. The same
// bytes travel in DATA of HTTP/2 and HTTP/3 and behind an upgrade of HTTP/1.1. It finds what one capsule alone shows;
// whether a value is allowed at this place and time is the session's.
// Rules: H3-CAP-1, H3-CAP-2, H3-CAP-3, H3-CAP-4, H3-WT-9.

import { ErrorCode } from "../abi/error-code.js";
import { CapsuleType } from "../abi/h3-wire.js";
import { ProtocolError, UsageError } from "../errors.js";
import type { Capsule } from "./capsule.js";
import { buildCapsule } from "./capsule-build.js";
import { CapsuleReader, type CapsuleSink } from "./capsule-reader.js";
import type { Varint } from "./varint.js";

/** A mistake; always the last event. */
export interface CapsuleError {
  readonly type: "error";
  readonly error: ProtocolError;
}

/** What CapsuleParser takes. */
export interface CapsuleParserOptions {
  /**
   * Longest value that is kept: 16 bytes to 1 GiB; 64 KiB. Longer capsules of unknown types and longer datagrams come
   * without their value; others are errors.
   */
  readonly maxLength?: number;
  /**
   * Draft of WebTransport over HTTP/2; 14. Which type of WT_STREAM ends a stream changed with draft 15; nothing else here
   * depends on it.
   */
  readonly draft?: number;
}

const MAX_LENGTH = 64 * 1024;
const MAX_LENGTH_LEAST = 16;
const MAX_LENGTH_MOST = 1024 * 1024 * 1024;
const DRAFT = 14;

/** Parses the capsules of one message. Feed it bytes in any pieces; what it gives does not depend on the cuts. */
export class CapsuleParser {
  readonly #capsules: CapsuleCollector;

  /** @throws UsageError LIMIT_INVALID, OPTION_INVALID */
  constructor(options: CapsuleParserOptions = {}) {
    const { maxLength = MAX_LENGTH, draft = DRAFT } = options;
    const isInRange = maxLength >= MAX_LENGTH_LEAST && maxLength <= MAX_LENGTH_MOST;
    if (!Number.isInteger(maxLength) || !isInRange)
      throw new UsageError("LIMIT_INVALID", "maxLength takes 16 to 1073741824 bytes");
    if (!Number.isInteger(draft) || draft < 0)
      throw new UsageError("OPTION_INVALID", "draft is the number of a draft");
    this.#capsules = new CapsuleCollector(maxLength, draft);
  }

  /**
   * The capsules that are complete with these bytes, in wire order. After an error it gives nothing any more.
   * @throws UsageError BYTES_INVALID
   */
  receive(bytes: Uint8Array): (Capsule | CapsuleError)[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("BYTES_INVALID", "receive takes a Uint8Array");
    return this.#capsules.receive(bytes);
  }

  /** The content has ended: nothing, or the error of a capsule that has not. */
  receiveEnd(): CapsuleError[] {
    return this.#capsules.receiveEnd();
  }
}

class CapsuleCollector implements CapsuleSink {
  readonly #reader: CapsuleReader;
  readonly #draft: number;
  #events: (Capsule | CapsuleError)[] = [];
  #isDone = false;

  constructor(maxLength: number, draft: number) {
    this.#reader = new CapsuleReader(maxLength);
    this.#draft = draft;
  }

  receive(bytes: Uint8Array): (Capsule | CapsuleError)[] {
    const events: (Capsule | CapsuleError)[] = [];
    if (this.#isDone) return events;
    this.#events = events;
    const code = this.#reader.read(bytes, this);
    if (code !== ErrorCode.NONE) this.#fail(code, this.#reader.start);
    return events;
  }

  receiveEnd(): CapsuleError[] {
    const events: CapsuleError[] = [];
    if (this.#isDone) return events;
    this.#events = events;
    const { isBetweenCapsules, offset } = this.#reader;
    if (!isBetweenCapsules) this.#fail(ErrorCode.H3_CAPSULE_TRUNCATED, offset);
    this.#isDone = true;
    return events;
  }

  onCapsule(type: Varint, value: Uint8Array, offset: number): void {
    const capsule = buildCapsule(type, value, offset, this.#draft);
    if (typeof capsule === "number") this.#fail(capsule, offset);
    else this.#events.push(capsule);
  }

  onSkipped(type: Varint, length: number, offset: number): void {
    const name = type === CapsuleType.Datagram ? "DATAGRAM" : "UNKNOWN";
    this.#events.push({ type: "capsule", capsuleType: type, length, offset, value: null, name });
  }

  #fail(code: ErrorCode, offset: number): void {
    this.#isDone = true;
    this.#reader.drop();
    this.#events.push({ type: "error", error: new ProtocolError(code, offset, null) });
  }
}
