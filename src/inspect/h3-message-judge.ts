// What is wrong with the messages of one direction of a stream. A strict connection of ours says it (h3-probe.ts). Leniently
// the mistake is noted, taken out, and the rest is asked again, so that each one is found.

import { type Fault, moved } from "./h3-errors.js";
import {
  MessageProbe,
  type PlainSection,
  type ProbeFault,
  type ProbePool,
  plainFrame,
  plainSection,
  type RequestInfo,
  UNKNOWN_REQUEST,
} from "./h3-probe.js";

/** What a judge must know. */
export interface JudgeOptions {
  /** Who receives the messages. */
  readonly role: "server" | "client";
  readonly isLenient: boolean;
  /** What the response answers; null: that was not seen. */
  readonly request: RequestInfo | null;
  /** It is a push. */
  readonly isPush: boolean;
  /** Where connections of ours are. */
  readonly pool: ProbePool;
}

const HEADERS = 0x01;
/** Mistakes of one section that are looked for, and of one stream. */
const SECTION_FAULTS_MAX = 64;
const STREAM_FAULTS_MAX = 1_000;
const GOOD_REQUEST = [":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/"];
const GOOD_RESPONSE = [":status", "200"];

/** Judges one direction of one stream. */
export class MessageJudge {
  readonly #options: JudgeOptions;
  #probe: MessageProbe | null = null;
  /** The head that was accepted, without what says how long the content is; null: none yet. */
  #head: string[] | null = null;
  #isSkipping = false;
  #isOver = false;
  #faults = 0;
  /** Octets of content so far, and what the head says; -1: nothing, or it is wrong already. */
  #contentLength = 0;
  #announced = -1;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** A frame that is no section begins: its type and length as they came. */
  start(header: Uint8Array, offset: number): Fault[] {
    this.#isSkipping = false;
    return this.#feed(header, offset, offset);
  }

  /** Bytes of its payload, at `offset`. */
  piece(bytes: Uint8Array, offset: number, isContent: boolean): Fault[] {
    if (this.#isSkipping) return [];
    if (isContent) this.#contentLength += bytes.length;
    return this.#feed(bytes, offset, offset);
  }

  /** A field section of a frame at `offset`; `prefix` stands before it in its payload. */
  section(type: number, prefix: readonly number[], fields: readonly string[], offset: number) {
    this.#isSkipping = false;
    if (this.#isOver) return [];
    const section = plainSection(fields);
    const { bytes, payloadAt } = plainFrame(type, prefix, section.bytes);
    const fault = this.#open().feed(bytes);
    if (fault === null) {
      this.#accept(type, fields);
      return [];
    }
    if (this.#options.isLenient)
      return this.#repair({ type, prefix, fields, offset }, fault, payloadAt, section);
    this.stop();
    return [moved(fault.error, offset)];
  }

  /** The stream ended. */
  end(offset: number): Fault[] {
    if (this.#isOver) return [];
    const fault = this.#open().end();
    this.stop();
    if (fault === null || this.#mayBeHead(fault)) return [];
    return [moved(fault.error, offset)];
  }

  /** Nothing is judged any more: bytes are missing, or the stream is over. */
  stop(): void {
    this.#isOver = true;
    this.#probe?.close();
    this.#probe = null;
    this.#head = null;
  }

  /** A response without content whose request was not seen may answer HEAD. */
  #mayBeHead({ error }: ProbeFault): boolean {
    const { role, request } = this.#options;
    const isUnknown = role === "client" && request === null && this.#contentLength === 0;
    return isUnknown && error.code === "H3_CONTENT_LENGTH_MISMATCH";
  }

  #feed(bytes: Uint8Array, offset: number, frameAt: number): Fault[] {
    if (this.#isOver) return [];
    const fault = this.#open().feed(bytes);
    if (fault === null) return [];
    if (fault.error.code === "H3_CONTENT_LENGTH_MISMATCH") this.#announced = -1;
    const found = [moved(fault.error, Math.max(frameAt, offset))];
    if (!this.#options.isLenient || ++this.#faults > STREAM_FAULTS_MAX) this.stop();
    else {
      this.#restart();
      this.#isSkipping = true;
    }
    return found;
  }

  #open(): MessageProbe {
    this.#probe ??= this.#newProbe();
    return this.#probe;
  }

  #newProbe(): MessageProbe {
    const { pool, role, request, isPush } = this.#options;
    return new MessageProbe(pool, role, request ?? UNKNOWN_REQUEST, isPush);
  }

  /** A probe that knows the head and nothing of what was wrong. */
  #restart(): MessageProbe {
    this.#probe?.close();
    this.#probe = this.#newProbe();
    if (this.#head !== null) {
      // What is still to come: the content before is not shown again.
      const left = this.#announced - this.#contentLength;
      const head = left < 0 ? this.#head : [...this.#head, "content-length", `${left}`];
      this.#probe.feed(plainFrame(HEADERS, [], plainSection(head).bytes).bytes);
    }
    return this.#probe;
  }

  #accept(type: number, fields: readonly string[]): void {
    if (!this.#options.isLenient || type !== HEADERS || this.#head !== null) return;
    if (this.#options.role === "client" && isInformational(fields)) return;
    this.#head = without(fields, (name) => name === "content-length");
    const at = fields.findIndex((name, i) => i % 2 === 0 && name === "content-length");
    this.#announced = at < 0 ? -1 : Number(fields[at + 1]);
    this.#contentLength = 0;
  }

  /** All that is wrong with a section: one by one it is taken out. */
  #repair(
    { type, prefix, fields, offset }: SectionAt,
    first: ProbeFault,
    payloadAt: number,
    section: PlainSection,
  ): Fault[] {
    const found: Fault[] = [];
    let fault: ProbeFault | null = first;
    let { places } = section;
    let at = payloadAt;
    let rest = [...fields];
    let isMended = false;
    while (fault !== null && found.length < SECTION_FAULTS_MAX) {
      found.push(moved(fault.error, offset));
      const index = places.indexOf(fault.at - at);
      const { code } = fault.error;
      if (code === "H3_CONTENT_LENGTH_MISMATCH") this.#announced = -1;
      const isMissing = code === "H3_PSEUDO_MISSING";
      const missing = isMissing ? firstMissing(rest, this.#isResponse(type)) : undefined;
      if (index >= 0) mend(rest, 2 * index, code);
      else if (missing !== undefined) rest = [...missing, ...rest];
      else if (isMended) break;
      else {
        isMended = true;
        rest = this.#mended(type, rest);
      }
      const again = plainSection(rest);
      const frame = plainFrame(type, prefix, again.bytes);
      ({ places } = again);
      at = frame.payloadAt;
      fault = this.#restart().feed(frame.bytes);
    }
    if (fault === null) this.#accept(type, rest);
    else this.#settle(type);
    this.#faults += found.length;
    if (this.#faults > STREAM_FAULTS_MAX) this.stop();
    return found;
  }

  /** The section with pseudo-fields that are right. */
  #mended(type: number, fields: readonly string[]): string[] {
    const plain = without(
      fields,
      (name) => name.startsWith(":") || name === "host" || name === "content-length",
    );
    if (type === HEADERS && this.#head !== null) return plain;
    return [...(this.#isResponse(type) ? GOOD_RESPONSE : GOOD_REQUEST), ...plain];
  }

  #isResponse(type: number): boolean {
    return type === HEADERS && this.#options.role === "client";
  }

  /** What could not be mended counts as a plain head. */
  #settle(type: number): void {
    if (type === HEADERS) this.#head ??= this.#mended(type, []);
    this.#restart();
  }
}

/** Mistakes of pseudo-fields that are mended by leaving the field out. */
const TOO_MUCH: ReadonlySet<string> = new Set([
  "H3_PSEUDO_UNKNOWN",
  "H3_PSEUDO_REPEATED",
  "H3_PSEUDO_WRONG",
  "H3_PSEUDO_IN_TRAILERS",
]);

/** The first pseudo-field that is missing, with a good value. */
function firstMissing(fields: readonly string[], isResponse: boolean): string[] | undefined {
  const has = (wanted: string, value?: string) =>
    fields.some(
      (name, i) =>
        i % 2 === 0 && name === wanted && (value === undefined || fields[i + 1] === value),
    );
  const isPlainConnect = has(":method", "CONNECT") && !has(":protocol");
  const request = isPlainConnect ? [":authority"] : [":method", ":scheme", ":path", ":authority"];
  const name = (isResponse ? [":status"] : request).find((one) => !has(one));
  const good = isResponse ? GOOD_RESPONSE : GOOD_REQUEST;
  return name === undefined ? undefined : [name, good[good.indexOf(name) + 1] as string];
}

/** Takes a mistake out of a section: the field, or the place or the value of a pseudo-field that there must be. */
function mend(fields: string[], at: number, code: string): void {
  const [name = "", value = ""] = fields.splice(at, 2);
  if (!name.startsWith(":") || TOO_MUCH.has(code)) return;
  if (code === "H3_PSEUDO_MISPLACED") {
    fields.unshift(name, value);
    return;
  }
  const good = [...GOOD_REQUEST, ...GOOD_RESPONSE];
  // An informational response stays one: the final one is still to come.
  const isSwitching = code === "H3_STATUS_SWITCHING";
  const goodValue = isSwitching ? "100" : (good[good.indexOf(name) + 1] as string);
  if (good.includes(name) && goodValue !== value) fields.splice(at, 0, name, goodValue);
}

interface SectionAt {
  readonly type: number;
  readonly prefix: readonly number[];
  readonly fields: readonly string[];
  readonly offset: number;
}

/** Whether a response is not the final one. */
export function isInformational(fields: readonly string[]): boolean {
  const at = fields.indexOf(":status");
  return at >= 0 && at % 2 === 0 && /^1\d\d$/.test(fields[at + 1] as string);
}

function without(fields: readonly string[], isUnwanted: (name: string) => boolean): string[] {
  return fields.filter((_, i) => !isUnwanted(fields[i - (i % 2)] as string));
}
