// What an audit of HTTP/1.1 tells of one direction: sections, content, ends, and mistakes behind what they are in.

import type { ErrorName } from "../index.js";
import type { Direction, Draft, InspectError } from "./events.js";
import type { HeadField, HeadLine } from "./h1-audit-head.js";
import type { H1Watch } from "./h1-reader.js";
import type { H1Resync } from "./h1-resync.js";
import { KEPT_MAX, octets } from "./protocol-options.js";
import { unknownBytes, violation } from "./violation.js";

const protocol = "http/1.1";

/** The drafts of one direction. */
export class H1AuditDrafts {
  readonly #direction: Direction;
  readonly #keepBytes: boolean;
  readonly #watch: H1Watch;
  /** Exchanges that began: the last one is told of. */
  count = 0;
  /** Where the last part of the message ended. */
  #at = 0;
  #faults: Draft<InspectError>[] = [];

  constructor(direction: Direction, keepBytes: boolean, watch: H1Watch) {
    this.#direction = direction;
    this.#keepBytes = keepBytes;
    this.#watch = watch;
  }

  #push(draft: Draft): void {
    this.#watch.out.push(draft);
  }

  /** A mistake, told behind what it is in. */
  readonly fault = (code: ErrorName, offset: number): void => {
    const streamId = this.count > 0 ? this.count : null;
    this.#faults.push(violation(protocol, this.#direction, offset, code, streamId));
  };

  /** Tells mistakes in the order of their places, as who reads the bytes finds them. */
  tellFaults(): void {
    const faults = this.#faults;
    this.#faults = [];
    faults.sort((one, other) => one.offset - other.offset);
    for (const fault of faults) this.#push(fault);
  }

  /** Mistakes that nobody can be told of any more. */
  forgetFaults(): void {
    this.#faults = [];
  }

  /** Mistakes that were noted so far are of the exchange that begins now. */
  begin(): void {
    this.count++;
    this.#faults = this.#faults.map((fault) => ({ ...fault, streamId: this.count }));
  }

  section(
    event: "head" | "informational" | "trailers",
    fields: readonly HeadField[],
    first: HeadLine,
    lines: readonly HeadLine[],
    end: number,
  ): void {
    this.#at = end;
    const { offset } = first;
    this.#push({
      event,
      direction: this.#direction,
      offset,
      protocol,
      streamId: this.count,
      headers: fields.map(({ name, value }) => [name, value]),
      ...(event === "trailers" ? null : { startLine: first.text }),
      wireLength: end - offset,
      fieldLength: fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0),
      ...(this.#keepBytes ? { bytes: octets(asSent([first, ...lines]).slice(0, KEPT_MAX)) } : null),
    });
  }

  data(offset: number, length: number): void {
    this.#at = offset + length;
    if (length === 0) return;
    const direction = this.#direction;
    this.#push({ event: "data", direction, offset, protocol, streamId: this.count, length });
  }

  end(): void {
    const direction = this.#direction;
    this.#push({ event: "end", direction, offset: this.#at, protocol, streamId: this.count });
  }

  gap(offset: number, length: number): void {
    this.#push({ event: "gap", direction: this.#direction, offset, protocol, length });
  }

  /** Bytes that nobody understands. */
  unknown(offset: number, streamId: number, length: number): void {
    if (length > 0) this.#push(unknownBytes(this.#direction, offset, streamId, length));
  }

  /** What is held back as it might have been the beginning of a start line: there is no more of it. */
  passedOver(end: number, resync: H1Resync | null): void {
    if (resync !== null) this.unknown(end - resync.held, 0, resync.held);
  }
}

function asSent(lines: readonly HeadLine[]): string {
  return `${lines.map(({ text, end }) => text + (end === 2 ? "\r\n" : "\n")).join("")}\r\n`;
}
