// One direction of an HTTP/2 connection that somebody else has, read by a strict passive connection of ours: frames as
// they stand on the wire, then what they mean, and the verdict as the last draft.

import {
  H2Connection,
  type H2Options,
  type Handler,
  type RequestHead,
  type SentFrame,
} from "../h2.js";
import { H2_LIMITS, type H2LimitName, type H2Limits, type ProtocolError } from "../index.js";
import type { Direction, Draft } from "./events.js";
import { beginsBlock, endsBlock, H2Block } from "./h2-block.js";
import { FLAG, frameDraft, settingsOf, TYPE } from "./h2-frames.js";
import { FRAME_HEADER, H2Walker, type WalkedFrame, type WalkerSink } from "./h2-walker.js";
import { fieldLengthOf, KEPT_MAX, pairsOf } from "./protocol-options.js";
import { verdict } from "./violation.js";

/** What a side tells whoever knows both. Called while bytes are read. */
export interface H2Watch {
  /** Where drafts go. */
  readonly out: Draft[];
  /** A frame comes, before anything is told of it. */
  onFrame(direction: Direction, frame: WalkedFrame): void;
  /** A frame was good: what it says binds the other side. */
  onSent(direction: Direction, frame: SentFrame): void;
  onRequest(streamId: number, head: RequestHead): void;
  onEnd(direction: Direction, streamId: number): void;
}

type View = Parameters<NonNullable<Handler["head"]>>[1];

/** A limit is our policy, and no verdict on what others do: all as far as they go. */
const LIMITS: H2Limits = (() => {
  const limits: Partial<Record<H2LimitName, number>> = {};
  for (const name of Object.keys(H2_LIMITS) as H2LimitName[]) limits[name] = H2_LIMITS[name].max;
  return { ...limits, bodyLength: Number.POSITIVE_INFINITY };
})();
/** Output that nobody takes is thrown away from here on. */
const OUTPUT_MAX = 16 * 1024;

/** What the end of HTTP/1.1 left to this connection. */
export interface H2Upgrade {
  /** The HTTP2-Settings field of the request that is stream 1. */
  readonly settings: string;
  readonly isHead: boolean;
}

/** One direction. */
export class H2Side implements WalkerSink {
  readonly direction: Direction;
  readonly connection: H2Connection;
  readonly #watch: H2Watch;
  readonly #keepBytes: boolean;
  readonly #handler: Handler;
  readonly #walker: H2Walker;
  /** Bytes of the direction before the first one of this connection. */
  readonly #base: number;
  hasFailed = false;
  /** Bytes that came. */
  received = 0;
  /** The piece of input that the connection reads, and where it stands. */
  #piece: Uint8Array = new Uint8Array(0);
  #pieceOffset = 0;
  #block: H2Block | null = null;
  #isInGap = false;
  /** Errors that were told. */
  #errors = 0;

  constructor(
    direction: Direction,
    keepBytes: boolean,
    watch: H2Watch,
    base: number,
    upgrade: H2Upgrade | null,
  ) {
    this.direction = direction;
    this.#watch = watch;
    this.#keepBytes = keepBytes;
    this.#base = base;
    const isClient = direction === "client";
    this.#walker = new H2Walker(isClient, base, keepBytes ? KEPT_MAX : 0);
    this.#handler = this.#newHandler();
    const passive = { limits: LIMITS, respondToErrors: false, passive: true } as const;
    if (!isClient)
      this.connection = new H2Connection({
        role: "client",
        ...passive,
        ...(upgrade === null ? null : { upgrade: true }),
      });
    else if (upgrade === null) this.connection = new H2Connection({ role: "server", ...passive });
    else this.connection = upgradedServer(passive, upgrade.settings);
  }

  /** Bytes of the direction that came, those before this connection included. */
  get offset(): number {
    return this.#base + this.received;
  }

  /** Longest payload that the other end takes: what is longer is judged by its header. */
  set frameMax(length: number) {
    this.#walker.wholeMax = length;
  }

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    if (!this.hasFailed) this.#walker.push(bytes, this);
  }

  /**
   * So many bytes are missing. Inside of content they are content, whatever they were.
   * @returns false: nothing behind them can be judged
   */
  gap(length: number): boolean {
    const { open } = this.#walker;
    if (this.hasFailed || open === null || open.left < length) return false;
    this.#isInGap = true;
    const zeros = new Uint8Array(Math.min(length, 65_536));
    for (let left = length; left > 0; left -= zeros.length)
      this.receive(left < zeros.length ? zeros.subarray(0, left) : zeros);
    this.#isInGap = false;
    return true;
  }

  /** The direction is over. */
  end(): void {
    if (this.hasFailed) return;
    const { held, waiting } = this.#walker;
    if (waiting !== null) this.#begin(waiting, held);
    if (held.length > 0) this.#feed(held, this.#walker.offset);
    if (this.hasFailed) return;
    for (const event of this.connection.receiveEnd())
      if (event.type === "error") this.#onError(event.error);
  }

  onPreface(bytes: Uint8Array): void {
    this.#feed(bytes, this.#walker.offset - bytes.length);
  }

  onFrame(frame: WalkedFrame, raw: Uint8Array): void {
    this.#begin(frame, raw);
    this.#feed(raw, frame.offset);
    this.#finish(frame, raw.subarray(FRAME_HEADER));
  }

  onStart(frame: WalkedFrame, raw: Uint8Array, least: number): void {
    this.#begin(frame, raw.subarray(0, least));
    this.#feed(raw, frame.offset);
  }

  onPayload(_frame: WalkedFrame, bytes: Uint8Array): void {
    this.#feed(bytes, this.#walker.offset - bytes.length);
  }

  onEnd(frame: WalkedFrame): void {
    this.#finish(frame, null);
  }

  #begin(frame: WalkedFrame, raw: Uint8Array): void {
    this.#watch.onFrame(this.direction, frame);
    this.#watch.out.push(frameDraft(this.direction, frame, raw, this.#keepBytes));
    if (beginsBlock(frame)) this.#block = new H2Block(frame, this.#keepBytes);
    this.#block?.add(frame, raw);
    this.#errors = 0;
  }

  #feed(bytes: Uint8Array, offset: number): void {
    const { connection } = this;
    this.#piece = bytes;
    this.#pieceOffset = offset;
    connection.receive(bytes, this.#handler);
    if (connection.bufferedAmount > OUTPUT_MAX) connection.take();
  }

  /** The frame is whole. `payload` is null where it went by. */
  #finish(frame: WalkedFrame, payload: Uint8Array | null): void {
    if (endsBlock(frame)) this.#block = null;
    if (this.hasFailed) return;
    if (this.#errors === 0 && payload !== null) this.#tell(frame, payload);
    this.#watch.onSent(this.direction, sentFrame(frame, payload));
  }

  /** What a frame without a message means. */
  #tell({ type, flags, streamId, offset }: WalkedFrame, payload: Uint8Array): void {
    const { direction } = this;
    const { out } = this.#watch;
    const common = { direction, offset, protocol: "h2" } as const;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    if (type === TYPE.RST_STREAM)
      out.push({ event: "reset", ...common, streamId, code: view.getUint32(0) });
    else if (type === TYPE.SETTINGS && (flags & FLAG.ACK) === 0)
      out.push({ event: "settings", ...common, streamId, settings: settingsOf(payload) });
    else if (type === TYPE.GOAWAY) {
      const lastStreamId = view.getUint32(0) & 0x7fff_ffff;
      out.push({ event: "goaway", ...common, streamId, lastStreamId, code: view.getUint32(4) });
    }
  }

  #newHandler(): Handler {
    return {
      head: (id, head) => this.#onHead(id, head),
      informational: (id, head) =>
        this.#section("informational", id, [...(head.pseudoFields ?? []), ...head.rawHeaders]),
      data: (id, bytes) => this.#onData(id, bytes),
      tunnel: (id, bytes) => this.#onData(id, bytes),
      trailers: (id, trailers) => this.#section("trailers", id, trailers.rawHeaders),
      push: (_id, promisedId, head) => this.#onPush(promisedId, head),
      end: (id) => this.#onEnd(id),
      error: (error) => this.#onError(error),
    };
  }

  #onHead(streamId: number, head: View): void {
    this.#section("head", streamId, [...(head.pseudoFields ?? []), ...head.rawHeaders]);
    if (this.direction === "client") this.#watch.onRequest(streamId, head);
  }

  #section(
    event: "head" | "informational" | "trailers" | "push",
    streamId: number,
    flat: readonly string[],
    promisedId?: number,
  ): void {
    const block = this.#block as H2Block;
    this.#watch.out.push({
      event,
      direction: this.direction,
      offset: block.frame.offset,
      protocol: "h2",
      streamId,
      ...(promisedId === undefined ? null : { promisedId }),
      headers: pairsOf(flat),
      ...block.members,
      fieldLength: fieldLengthOf(flat),
    });
  }

  #onPush(promisedId: number, head: RequestHead): void {
    const pseudo = [":method", head.method, ":scheme", head.scheme ?? ""];
    pseudo.push(":authority", head.authority ?? "", ":path", head.path ?? "");
    const parent = this.#block?.frame.streamId ?? 0;
    this.#section("push", parent, [...pseudo, ...head.rawHeaders], promisedId);
  }

  #onData(streamId: number, bytes: Uint8Array): void {
    if (this.#isInGap) return;
    const { direction } = this;
    const offset = this.#pieceOffset + (bytes.byteOffset - this.#piece.byteOffset);
    const { length } = bytes;
    this.#watch.out.push({ event: "data", direction, offset, protocol: "h2", streamId, length });
  }

  #onEnd(streamId: number): void {
    const { direction } = this;
    const { offset } = this.#walker;
    this.#watch.out.push({ event: "end", direction, offset, protocol: "h2", streamId });
    this.#watch.onEnd(direction, streamId);
  }

  #onError(error: ProtocolError): void {
    this.#errors++;
    if (error.scope === "connection") {
      this.hasFailed = true;
      this.#walker.isStopped = true;
    }
    this.#watch.out.push(verdict("h2", this.direction, error, this.#base, error.streamId));
  }
}

/** A field that is no SETTINGS payload says nothing. */
function upgradedServer(passive: Omit<H2Options, "role">, settings: string): H2Connection {
  try {
    return new H2Connection({ role: "server", ...passive, upgrade: settings });
  } catch {
    return new H2Connection({ role: "server", ...passive, upgrade: "" });
  }
}

/** What the connection of the other direction must know of a frame. */
function sentFrame(frame: WalkedFrame, payload: Uint8Array | null): SentFrame {
  const { type, streamId, flags, length } = frame;
  const common = { streamId, flags, length };
  const view =
    payload === null ? null : new DataView(payload.buffer, payload.byteOffset, payload.length);
  const number = (at: number) =>
    view === null || view.byteLength < at + 4 ? 0 : view.getUint32(at);
  switch (type) {
    case TYPE.DATA:
      return { name: "DATA", ...common };
    case TYPE.HEADERS:
      return { name: "HEADERS", ...common };
    case TYPE.RST_STREAM:
      return { name: "RST_STREAM", ...common };
    case TYPE.SETTINGS:
      return { name: "SETTINGS", ...common, settings: settingsOf(payload ?? new Uint8Array(0)) };
    case TYPE.WINDOW_UPDATE:
      return { name: "WINDOW_UPDATE", ...common, windowSizeIncrement: number(0) & 0x7fff_ffff };
    case TYPE.PUSH_PROMISE: {
      const promisedStreamId = number((flags & FLAG.PADDED) === 0 ? 0 : 1) & 0x7fff_ffff;
      return { name: "PUSH_PROMISE", ...common, promisedStreamId };
    }
    case TYPE.CONTINUATION:
      return { name: "CONTINUATION", ...common };
    default:
      return { name: "OTHER", ...common };
  }
}
