// One direction of an HTTP/1.1 connection that somebody else has, read by a strict connection of ours: its events as
// drafts, its verdict as the last one.

import { type ConnectionEvent, H1Connection, type Handler, type ResponseHead } from "../h1.js";
import { H1_LIMITS, type H1LimitName, type H1Limits, type ProtocolError } from "../index.js";
import type { Direction } from "./events.js";
import type { H1Reader, H1Watch } from "./h1-reader.js";
import { H1Resync } from "./h1-resync.js";
import { fieldLengthOf, KEPT_MAX, octets, pairsOf } from "./protocol-options.js";
import { unknownBytes, verdict } from "./violation.js";

type View = Parameters<NonNullable<Handler["head"]>>[1];
type Section = Parameters<NonNullable<Handler["trailers"]>>[1];

const NOTHING = new Uint8Array(0);
/** Held bytes beyond this are no request that waits for its turn. */
const HELD_MAX = 1024 * 1024;

/** All that a head may hold beside the longest start line. */
const FIELDS_MAX = 512 * 1024;

/** A limit is our policy, and no verdict on what others do: all as far as they go. */
const LIMITS: H1Limits = (() => {
  const limits: Partial<Record<H1LimitName, number>> = {};
  for (const name of Object.keys(H1_LIMITS) as H1LimitName[]) limits[name] = H1_LIMITS[name].max;
  return {
    ...limits,
    methodLength: H1_LIMITS.methodLength.default,
    fieldSectionLength: FIELDS_MAX,
    trailerSectionLength: FIELDS_MAX,
    emptyLineCount: H1_LIMITS.emptyLineCount.default,
    heldLength: HELD_MAX,
  };
})();

/** One direction. */
export class H1Side implements H1Reader {
  readonly direction: Direction;
  readonly #watch: H1Watch;
  readonly #keepBytes: boolean;
  readonly #handler: Handler;
  #connection: H1Connection;
  /** Bytes of the direction before the first one of the connection, and exchanges. */
  #base = 0;
  #firstId = 0;
  /** Bytes of the direction that came. */
  received = 0;
  hasFailed = false;
  #resync: H1Resync | null = null;
  /** Messages that began. */
  #count = 0;
  /** Where the last event ended. */
  #at = 0;
  /** Content that is still to come, where a length says it. -1: nothing says it. */
  #contentLeft = -1;
  #isInGap = false;

  constructor(direction: Direction, keepBytes: boolean, watch: H1Watch) {
    this.direction = direction;
    this.#watch = watch;
    this.#keepBytes = keepBytes;
    this.#handler = this.#newHandler();
    this.#connection = this.#newConnection();
  }

  #newConnection(): H1Connection {
    return new H1Connection(
      this.direction === "client"
        ? { role: "server", limits: LIMITS, handOverPreface: true, respondToErrors: false }
        : { role: "client", limits: LIMITS },
    );
  }

  /** Bytes of this direction; none: what was held back goes on. */
  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    if (this.#resync !== null) return this.#lookForStart(this.#resync, bytes);
    if (!this.hasFailed) this.#connection.receive(bytes, this.#handler);
  }

  #lookForStart(resync: H1Resync, bytes: Uint8Array): void {
    const before = this.received - bytes.length - resync.held;
    const text = resync.push(bytes);
    const passed = this.received - before - (text === null ? resync.held : text.length);
    if (passed > 0)
      this.#watch.out.push(unknownBytes(this.direction, before, this.#firstId, passed));
    if (text === null) return;
    this.#resync = null;
    this.#begin(before + passed);
    this.#connection.receive(octets(text), this.#handler);
  }

  /** What might have been the beginning of a start line. */
  #tellHeld(): void {
    const held = this.#resync?.held ?? 0;
    if (held === 0) return;
    const { direction, received } = this;
    this.#watch.out.push(unknownBytes(direction, received - held, this.#firstId, held));
  }

  /** A connection from this offset on. */
  #begin(base: number): void {
    this.#connection = this.#newConnection();
    this.#base = base;
    this.#at = base;
    this.#firstId = this.#count;
    this.#watch.onBegin(this.direction);
  }

  /** Bytes that are missing. Inside of content that a length measures they are content; else what follows is unknown. */
  gap(length: number): void {
    const { direction, received: offset } = this;
    this.#tellHeld();
    this.#watch.out.push({ event: "gap", direction, offset, protocol: "http/1.1", length });
    if (this.hasFailed) {
      this.received += length;
      return;
    }
    if (this.#resync === null && this.#contentLeft >= length) return this.#fill(length);
    this.received += length;
    this.#contentLeft = -1;
    this.#resync = new H1Resync(direction, false);
    this.#firstId = this.#count;
  }

  #fill(length: number): void {
    this.#isInGap = true;
    const zeros = new Uint8Array(Math.min(length, 65_536));
    for (let left = length; left > 0; left -= zeros.length)
      this.receive(left < zeros.length ? zeros.subarray(0, left) : zeros);
    this.#isInGap = false;
  }

  /** The direction is over. */
  end(): void {
    this.#tellHeld();
    if (this.#resync !== null || this.hasFailed) return;
    for (const event of this.#connection.receiveEnd()) this.#onEvent(event);
  }

  /** Exchange of the connection as the whole direction counts. */
  #idOf(streamId: number): number {
    return this.#firstId + streamId;
  }

  #newHandler(): Handler {
    return {
      head: (id, head) => this.#onHead(this.#idOf(id), head),
      informational: (id, head) => this.#onInformational(this.#idOf(id), head as View),
      data: (id, bytes, offset = 0) =>
        this.#onData(this.#idOf(id), bytes.length, this.#base + offset),
      trailers: (id, trailers) => this.#onTrailers(this.#idOf(id), trailers),
      end: (id) => this.#onEnd(this.#idOf(id)),
      tunnel: (id, bytes) => this.#onTunnel(this.#idOf(id), bytes),
      preface: (_id, bytes) => this.#watch.onTunnel(this.direction, bytes, this.#base),
      error: (error) => this.#onError(error),
    };
  }

  /** What the end of the direction brings. */
  #onEvent(event: ConnectionEvent): void {
    if (event.type === "end") this.#onEnd(this.#idOf(event.streamId));
    else if (event.type === "error") this.#onError(event.error);
    else if (event.type === "tunnel") this.#onTunnel(this.#idOf(event.streamId), event.bytes);
  }

  #onHead(streamId: number, head: View): void {
    this.#count = streamId;
    this.#section("head", streamId, head);
    this.#contentLeft = head.has("transfer-encoding") ? -1 : lengthOf(head.get("content-length"));
    if (this.direction === "client") {
      const { method, protocol } = head;
      const settings = head.get("http2-settings");
      this.#watch.onRequest(streamId, { method, protocol, settings });
    }
    if (this.direction === "server") this.#watch.onResponse(streamId, head.status);
  }

  #onInformational(streamId: number, head: View): void {
    if (head.status === 101) this.#count = streamId;
    this.#section("informational", streamId, head);
    this.#watch.onResponse(streamId, (head as ResponseHead).status);
  }

  #onTrailers(streamId: number, trailers: Section): void {
    this.#section("trailers", streamId, trailers);
  }

  /** `startLine` is there where the section has one. */
  #section(event: "head" | "informational" | "trailers", streamId: number, view: Section): void {
    const { rawHeaders: raw, wireOffset = 0, wireText = "" } = view;
    const offset = this.#base + wireOffset;
    this.#at = offset + wireText.length;
    const line = event === "trailers" ? null : wireText.slice(0, wireText.indexOf("\n"));
    this.#watch.out.push({
      event,
      direction: this.direction,
      offset,
      protocol: "http/1.1",
      streamId,
      headers: pairsOf(raw),
      ...(line === null ? null : { startLine: line.endsWith("\r") ? line.slice(0, -1) : line }),
      wireLength: wireText.length,
      fieldLength: fieldLengthOf(raw),
      ...(this.#keepBytes ? { bytes: octets(wireText.slice(0, KEPT_MAX)) } : null),
    });
  }

  #onData(streamId: number, length: number, offset: number): void {
    this.#at = offset + length;
    if (this.#contentLeft >= 0) this.#contentLeft -= length;
    if (this.#isInGap) return;
    const { direction } = this;
    this.#watch.out.push({
      event: "data",
      direction,
      offset,
      protocol: "http/1.1",
      streamId,
      length,
    });
  }

  #onEnd(streamId: number): void {
    const { direction } = this;
    this.#contentLeft = -1;
    this.#watch.out.push({
      event: "end",
      direction,
      offset: this.#at,
      protocol: "http/1.1",
      streamId,
    });
    this.#watch.onEnd(direction, streamId);
  }

  #onTunnel(streamId: number, bytes: Uint8Array): void {
    const offset = this.received - bytes.length;
    if (this.#watch.onTunnel(this.direction, bytes, offset)) return;
    this.#watch.out.push(unknownBytes(this.direction, offset, streamId, bytes.length));
  }

  #onError(error: ProtocolError): void {
    this.hasFailed = true;
    const streamId = error.streamId === null ? null : this.#idOf(error.streamId);
    this.#watch.out.push(verdict("http/1.1", this.direction, error, this.#base, streamId));
  }

  get heldAmount(): number {
    return this.#connection.heldAmount;
  }

  expectResponse(method: string, optional: boolean): void {
    this.#connection.expectResponse({ method, optional });
  }

  /** Reads on with what was held back, where the connection now knows what it is. */
  resume(): void {
    if (!this.hasFailed && this.#resync === null && this.#connection.heldAmount > 0)
      this.#connection.receive(NOTHING, this.#handler);
  }

  /** The request of this exchange was answered with this status. */
  noteResponse(streamId: number, status: number): void {
    if (streamId > this.#firstId && !this.hasFailed && this.#resync === null)
      this.#connection.noteResponse(streamId - this.#firstId, status);
  }
}

function lengthOf(value: string | null): number {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : -1;
}
