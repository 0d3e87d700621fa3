// One direction of HTTP/1.1 with everything that is wrong in it, one report for each mistake, and reading goes on: what
// was wrong is taken for what it most likely meant, and where nothing is left to take, the next start line is looked for
// (RFC 9112).

import type { Direction } from "./events.js";
import { H1AuditDrafts } from "./h1-audit-drafts.js";
import {
  type Answered,
  askedOf,
  chunkSize,
  type Framing,
  framingOf,
  isPersistent,
} from "./h1-audit-framing.js";
import {
  type AuditedHead,
  fieldsOf,
  type HeadLine,
  hostFaults,
  lineFaults,
  notUnderstood,
  partialFaults,
  requestLine,
  statusLine,
} from "./h1-audit-head.js";
import { State } from "./h1-audit-state.js";
import type { H1Reader, H1Watch } from "./h1-reader.js";
import { H1Resync } from "./h1-resync.js";
import { joined, latin1, octets } from "./protocol-options.js";

const EMPTY_LINES_MAX = 8;
const SECTION_MAX = 1024 * 1024;
/** What a line counts beside its octets. */
const LINE_OVERHEAD = 32;
const NOTHING = new Uint8Array(0);
const NOT_CR = /[^\r]/;

/** Reads one direction without ever giving up. */
export class H1Audit implements H1Reader {
  readonly #direction: Direction;
  readonly #isRequest: boolean;
  readonly #watch: H1Watch;
  readonly #drafts: H1AuditDrafts;
  received = 0;
  readonly hasFailed = false;
  /** Bytes that were looked at. */
  #offset = 0;
  #state: State = State.Head;
  /** The line that is not whole, whether it has anything but CR, and the lines of the section. */
  #line = "";
  #hasText = false;
  #lines: HeadLine[] = [];
  #sectionLength = 0;
  #emptyLines = 0;
  #left = 0;
  #isLast = false;
  #held: Uint8Array = NOTHING;
  #resync: H1Resync | null = null;
  /** Requests that wait for an answer. */
  #expected: (Answered & { readonly optional: boolean })[] = [];

  constructor(direction: Direction, keepBytes: boolean, watch: H1Watch) {
    this.#direction = direction;
    this.#isRequest = direction === "client";
    this.#watch = watch;
    this.#drafts = new H1AuditDrafts(direction, keepBytes, watch);
  }

  get heldAmount(): number {
    return this.#held.length;
  }

  expectResponse(method: string, optional: boolean): void {
    this.#expected.push({ isHead: method === "HEAD", isConnect: method === "CONNECT", optional });
  }

  noteResponse(streamId: number, status: number): void {
    if (this.#state !== State.Undecided || streamId !== this.#drafts.count) return;
    const switches = status === 101 || (this.#isConnect && status >= 200 && status < 300);
    if (switches) this.#state = State.Tunnel;
    else if (status >= 200) this.#state = State.Head;
  }

  resume(): void {
    if (this.#state === State.Undecided || this.#held.length === 0) return;
    const held = this.#held;
    this.#held = NOTHING;
    // It was counted when it came.
    this.#offset -= held.length;
    this.#read(held);
  }

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.#read(bytes);
  }

  #read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const from = at;
      at = this.#step(bytes, at);
      this.#offset += at - from;
    }
  }

  /** Takes some of the bytes from `at` on. Returns where it stopped. */
  #step(bytes: Uint8Array, at: number): number {
    switch (this.#state) {
      case State.Head:
      case State.ChunkSize:
      case State.ChunkEnd:
      case State.Trailers:
        return this.#takeLine(bytes, at);
      case State.Length:
      case State.ChunkData:
        return this.#takeContent(at, Math.min(bytes.length, at + this.#left));
      case State.UntilClose:
        return this.#takeContent(at, bytes.length);
      case State.Undecided:
        this.#held = joined(this.#held, bytes.subarray(at));
        return bytes.length;
      case State.Tunnel: {
        const rest = bytes.subarray(at);
        if (!this.#watch.onTunnel(this.#direction, rest, this.#offset))
          this.#drafts.unknown(this.#offset, this.#drafts.count, rest.length);
        return bytes.length;
      }
      case State.Lost:
        return this.#find(bytes, at);
    }
  }

  #takeLine(bytes: Uint8Array, at: number): number {
    const end = bytes.indexOf(0x0a, at);
    const text = latin1(bytes.subarray(at, end < 0 ? undefined : end));
    if (this.#line === "") this.#hasText = false;
    if (this.#state === State.Head) this.#checkPlace(text);
    this.#line += text;
    this.#hasText ||= NOT_CR.test(text);
    if (end < 0) {
      if (this.#line.length > SECTION_MAX) this.#tooLong();
      return bytes.length;
    }
    const line = this.#line;
    this.#line = "";
    const isCrLf = line.endsWith("\r");
    const offset = this.#offset + text.length - line.length;
    this.#onLine({ text: isCrLf ? line.slice(0, -1) : line, offset, end: isCrLf ? 2 : 1 });
    return end + 1;
  }

  #tooLong(): void {
    this.#drafts.fault("H1_FIELD_SECTION_TOO_LARGE", this.#offset);
    this.#line = "";
    this.#giveUp(false);
  }

  /** Nothing is left to understand: the next start line is looked for. */
  #giveUp(isBehindLine: boolean): void {
    this.#drafts.tellFaults();
    this.#lines = [];
    this.#sectionLength = 0;
    this.#state = State.Lost;
    this.#resync = new H1Resync(this.#direction, isBehindLine);
  }

  #find(bytes: Uint8Array, at: number): number {
    const resync = this.#resync as H1Resync;
    const before = resync.held;
    const text = resync.push(at === 0 ? bytes : bytes.subarray(at));
    const held = text === null ? resync.held : text.length;
    const start = this.#offset - before;
    const passed = before + (bytes.length - at) - held;
    this.#drafts.unknown(start, 0, passed);
    if (text === null) return bytes.length;
    this.#resync = null;
    this.#state = State.Head;
    this.#isLast = false;
    this.#watch.onBegin(this.#direction);
    // What was held back is read once more.
    this.#offset = start + passed;
    this.#read(octets(text));
    this.#offset -= bytes.length - at;
    return bytes.length;
  }

  #onLine(line: HeadLine): void {
    switch (this.#state) {
      case State.Head:
        return this.#onHeadLine(line);
      case State.Trailers:
        if (line.text !== "") return this.#addLine(line);
        lineFaults(line, this.#drafts.fault);
        return this.#onTrailers(line.offset + line.end);
      case State.ChunkSize:
        return this.#onChunkSize(line);
      default:
        if (line.text !== "" || line.end === 1)
          this.#drafts.fault("H1_CHUNK_END_MISSING", line.offset);
        this.#drafts.tellFaults();
        this.#state = State.ChunkSize;
    }
  }

  #addLine(line: HeadLine): void {
    this.#lines.push(line);
    this.#sectionLength += line.text.length + LINE_OVERHEAD;
    if (this.#sectionLength > SECTION_MAX) this.#tooLong();
  }

  #onHeadLine(line: HeadLine): void {
    if (line.text !== "") return this.#addLine(line);
    if (this.#lines.length > 0) return this.#onHead(line);
    this.#emptyLines++;
    if (this.#isRequest && this.#emptyLines === EMPTY_LINES_MAX + 1)
      this.#drafts.fault("H1_EMPTY_LINES_TOO_MANY", line.offset);
    if (!this.#isRequest && this.#expected.length > 0)
      this.#drafts.fault("H1_STATUS_LINE_INVALID", line.offset);
    if (line.end === 1) this.#drafts.fault("H1_BARE_LF", line.offset);
    this.#drafts.tellFaults();
  }

  /** Whether a message may begin with these bytes. */
  #checkPlace(text: string): void {
    const before = this.#line.length;
    if (this.#lines.length > 0 || this.#hasText || !NOT_CR.test(text)) return;
    const offset = this.#offset - before + (before > 0 ? 0 : text.search(/[^\r]/));
    this.#emptyLines = 0;
    if (this.#isLast) this.#drafts.fault("H1_DATA_AFTER_CLOSE", offset);
    else if (!this.#isRequest && this.#expected.length === 0)
      this.#drafts.fault("H1_UNSOLICITED_RESPONSE", offset);
    this.#isLast = false;
    this.#drafts.tellFaults();
  }

  #onHead(last: HeadLine): void {
    const [start, ...lines] = this.#lines as [HeadLine, ...HeadLine[]];
    this.#lines = [];
    this.#sectionLength = 0;
    const report = this.#drafts.fault;
    const parse = this.#isRequest ? requestLine : statusLine;
    const first = parse(start, report);
    if (first === null) {
      notUnderstood(start, this.#isRequest, report);
      this.#drafts.begin();
      this.#giveUp(true);
      return this.#drafts.unknown(start.offset, 0, last.offset + last.end - start.offset);
    }
    if (this.#isRequest || !this.#isInterim) this.#drafts.count++;
    this.#isInterim = !this.#isRequest && first.status < 200 && first.status !== 101;
    lineFaults(start, report);
    const head: AuditedHead = { ...first, fields: fieldsOf(lines, this.#isRequest, report) };
    lineFaults(last, report);
    const end = last.offset + last.end;
    const kind = !this.#isRequest && first.status < 200 ? "informational" : "head";
    this.#drafts.section(kind, head.fields, start, lines, end);
    if (this.#isRequest) this.#onRequest(head, last.offset);
    else this.#onResponse(head, end);
  }

  /** The last head was a 1xx: the next one is of the same exchange. */
  #isInterim = false;

  #onRequest(head: AuditedHead, offset: number): void {
    hostFaults(head, offset, this.#drafts.fault);
    const framing = framingOf(head, null, this.#drafts.fault);
    this.#drafts.tellFaults();
    this.#isLast = !isPersistent(head);
    const asked = askedOf(head);
    this.#isConnect = head.method === "CONNECT";
    this.#mayTurn = asked.protocol !== null || this.#isConnect;
    this.#watch.onRequest(this.#drafts.count, asked);
    this.#beginContent(framing);
  }

  /** The request offers what ends HTTP/1.1. */
  #mayTurn = false;
  #isConnect = false;

  #onResponse(head: AuditedHead, end: number): void {
    const { status } = head;
    if (status < 200) {
      const hasUpgrade = head.fields.some(({ key }) => key === "upgrade");
      if (status === 101 && !hasUpgrade) this.#drafts.fault("H1_UPGRADE_MISSING", end);
      this.#drafts.tellFaults();
      this.#watch.onResponse(this.#drafts.count, status);
      if (status !== 101) return;
      this.#expected.shift();
      this.#state = State.Tunnel;
      return;
    }
    const answers = this.#expected[0] ?? { isHead: false, isConnect: false };
    const framing = framingOf(head, answers, this.#drafts.fault);
    this.#drafts.tellFaults();
    this.#isLast = !isPersistent(head) || framing.kind === "until-close";
    this.#watch.onResponse(this.#drafts.count, status);
    this.#beginContent(framing);
  }

  #beginContent(framing: Framing): void {
    switch (framing.kind) {
      case "none":
        return this.#endMessage();
      case "tunnel":
        this.#endMessage();
        this.#state = State.Tunnel;
        return;
      case "chunked":
        this.#state = State.ChunkSize;
        return;
      case "until-close":
        this.#state = State.UntilClose;
        return;
      case "length":
        if (framing.length === 0) return this.#endMessage();
        this.#left = framing.length;
        this.#state = State.Length;
    }
  }

  #takeContent(from: number, to: number): number {
    const length = to - from;
    this.#drafts.data(this.#offset, length);
    if (this.#state === State.UntilClose) return to;
    this.#left -= length;
    if (this.#left > 0) return to;
    if (this.#state === State.ChunkData) this.#state = State.ChunkEnd;
    else this.#endMessage();
    return to;
  }

  #onChunkSize(line: HeadLine): void {
    const size = chunkSize(line, this.#drafts.fault);
    this.#drafts.tellFaults();
    if (size < 0) return this.#giveUp(true);
    this.#left = size;
    this.#state = size === 0 ? State.Trailers : State.ChunkData;
  }

  #onTrailers(end: number): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#sectionLength = 0;
    const fields = fieldsOf(lines, this.#isRequest, this.#drafts.fault);
    const [first, ...rest] = lines;
    if (first !== undefined) this.#drafts.section("trailers", fields, first, rest, end);
    this.#drafts.tellFaults();
    this.#endMessage();
  }

  #endMessage(): void {
    this.#drafts.end();
    this.#state = this.#mayTurn ? State.Undecided : State.Head;
    this.#mayTurn = false;
    if (!this.#isRequest) this.#expected.shift();
    this.#watch.onEnd(this.#direction, this.#drafts.count);
  }

  gap(length: number): void {
    this.#drafts.passedOver(this.#offset, this.#resync);
    this.#drafts.gap(this.received, length);
    this.received += length;
    const isContent = this.#state === State.Length || this.#state === State.ChunkData;
    if ((isContent && this.#left > length) || this.#state === State.UntilClose) {
      this.#left -= length;
      this.#offset += length;
      return;
    }
    this.#held = NOTHING;
    if (this.#state === State.Tunnel) {
      this.#offset += length;
      return;
    }
    this.#line = "";
    this.#drafts.forgetFaults();
    this.#offset += length;
    this.#giveUp(false);
  }

  end(): void {
    const state = this.#state;
    const offset = this.received;
    this.#drafts.passedOver(this.#offset, this.#resync);
    if (state === State.UntilClose) return this.#endMessage();
    if (state === State.Tunnel || state === State.Lost || state === State.Undecided) return;
    const owes = this.#expected.some(({ optional }) => !optional) && !this.#isLast;
    if (state === State.Head) {
      const isInside = this.#line !== "" || this.#lines.length > 0;
      if (isInside) {
        const text = this.#line.replace(/\r$/, "");
        const partial: HeadLine = { text, offset: offset - this.#line.length, end: 2 };
        partialFaults(this.#lines, partial, this.#isRequest, this.#drafts.fault);
      }
      if (isInside || (!this.#isRequest && owes)) this.#drafts.fault("H1_HEAD_INCOMPLETE", offset);
    } else this.#drafts.fault("H1_BODY_INCOMPLETE", offset);
    this.#drafts.tellFaults();
  }
}
