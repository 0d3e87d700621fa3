// One direction of HTTP/2 as it stands on the wire, whatever is wrong with it: frames, field sections, content, ends. It
// judges nothing; who does is asked at each step (h2-audit.ts), or nobody, where bytes were missing.

import type { Direction, Draft } from "./events.js";
import { beginsBlock, H2Block } from "./h2-block.js";
import { H2Fragments } from "./h2-fragments.js";
import { FLAG, fragmentOf, frameDraft, isKnownType, settingsOf, TYPE } from "./h2-frames.js";
import { H2Resync, isPlausible } from "./h2-resync.js";
import { FRAME_HEADER, H2Walker, type WalkedFrame, type WalkerSink } from "./h2-walker.js";
import { type BlockContent, HpackReader } from "./hpack-reader.js";
import { joined, KEPT_MAX, latin1 } from "./protocol-options.js";
import { unknownBytes } from "./violation.js";

/** What a field section is. */
export type SectionKind = "head" | "informational" | "trailers" | "push";

/** A field section, decoded. */
export interface PlainSection extends BlockContent {
  readonly kind: SectionKind;
  /** The frame that began it. */
  readonly frame: WalkedFrame;
  /** `push`: the promised stream. */
  readonly promisedId: number;
  /** Bytes of the direction before an octet of the block. */
  placeOf(at: number): number;
}

/** Who judges. Called in wire order; what it pushes to the drafts stands behind what it was told of. */
export interface H2Judge {
  /** The preface is wrong from this byte on. */
  onPreface(direction: Direction, offset: number): void;
  /** A frame; `payload` is what is here of it: all, but of DATA and of what is too long. */
  onFrame(direction: Direction, frame: WalkedFrame, payload: Uint8Array): void;
  onSection(direction: Direction, section: PlainSection): void;
  /** A frame of a message is over that ends the stream, or not. */
  onFrameEnd(direction: Direction, frame: WalkedFrame): void;
  /** The direction is over; `isInside`: in the middle of a frame or a field block. */
  onEnd(direction: Direction, offset: number, isInside: boolean): void;
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PROBE_LENGTH = PREFACE.length + FRAME_HEADER;
const STREAMS_MAX = 16_384;
const BLOCK_MAX = 1024 * 1024;
const NOTHING = new Uint8Array(0);

const HEAD_SEEN = 1;
const END_SEEN = 2;

/** How a direction is read. */
export interface PlainOptions {
  readonly keepBytes: boolean;
  /** Bytes of the direction before the first one. */
  readonly base: number;
  /** The client's preface comes first. */
  readonly hasPreface: boolean;
  /** Bytes were missing in front of it. */
  readonly isLost: boolean;
}

export class H2Plain implements WalkerSink {
  readonly direction: Direction;
  readonly fields = new HpackReader();
  readonly #out: { readonly out: Draft[] };
  readonly #judge: H2Judge | null;
  readonly #options: PlainOptions;
  #frameMax: number = Number.POSITIVE_INFINITY;
  #walker: H2Walker;
  #resync: H2Resync | null = null;
  /** The first bytes of a client, until they show where frames begin. */
  #probe: number[] | null;
  /** Bytes of the direction that came. */
  received: number;
  #block: H2Block | null = null;
  #fragments = new H2Fragments();
  readonly #streams = new Map<number, number>();
  /** Where content begins and ends in the payload that goes by. */
  #contentFrom = 0;
  #contentTo = 0;
  /** What an implausible frame left behind. */
  #garbage: Uint8Array | null = null;
  #garbageEnd = 0;

  constructor(
    direction: Direction,
    out: { readonly out: Draft[] },
    judge: H2Judge | null,
    options: PlainOptions,
  ) {
    this.direction = direction;
    this.#out = out;
    this.#judge = judge;
    this.#options = options;
    this.received = options.base;
    this.#probe = options.hasPreface ? [] : null;
    this.#walker = this.#newWalker(options.base);
    if (options.isLost) this.lose();
  }

  #newWalker(offset: number): H2Walker {
    const walker = new H2Walker(false, offset, this.#options.keepBytes ? KEPT_MAX : 0);
    walker.wholeMax = this.#frameMax;
    return walker;
  }

  /** Longest payload that the other end takes. */
  set frameMax(length: number) {
    this.#frameMax = length;
    this.#walker.wholeMax = length;
  }

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    if (this.#probe !== null) this.#look(this.#probe, bytes, false);
    else this.#read(bytes);
  }

  #read(bytes: Uint8Array): void {
    let rest: Uint8Array | null = bytes;
    while (rest !== null && rest.length > 0) {
      if (this.#resync !== null) {
        rest = this.#find(this.#resync, rest, false);
        continue;
      }
      const start: number = this.#walker.offset + this.#walker.held.length;
      this.#walker.push(rest, this);
      if (this.#garbage === null) return;
      const garbage: Uint8Array = this.#garbage;
      const behind: Uint8Array = rest.subarray(this.#garbageEnd - start);
      this.#garbage = null;
      this.#resync = new H2Resync();
      rest = this.#find(this.#resync, joined(garbage, behind), false);
    }
  }

  /** Looks for a frame. Returns bytes from there on; null: not yet. */
  #find(resync: H2Resync, bytes: Uint8Array, isEnd: boolean): Uint8Array | null {
    const before = resync.held + bytes.length;
    const found = resync.push(bytes, isEnd);
    const passed = before - (found === null ? resync.held : found.length);
    const { offset } = this.#walker;
    if (passed > 0) this.#out.out.push(unknownBytes(this.direction, offset, 0, passed));
    this.#walker = this.#newWalker(offset + passed);
    if (found !== null) this.#resync = null;
    return found;
  }

  /** The preface, or what stands in its place. */
  #look(probe: number[], bytes: Uint8Array, isEnd: boolean): void {
    const taken = Math.min(bytes.length, PROBE_LENGTH - probe.length);
    for (let i = 0; i < taken; i++) probe.push(bytes[i] as number);
    if (probe.length < PROBE_LENGTH && !isEnd) return;
    this.#probe = null;
    const all = Uint8Array.from(probe);
    const text = latin1(all.subarray(0, PREFACE.length));
    let same = 0;
    while (same < text.length && text[same] === PREFACE[same]) same++;
    if (same < PREFACE.length && (!isEnd || same < text.length))
      this.#judge?.onPreface(this.direction, this.#options.base + same);
    const rest = joined(all, bytes.subarray(taken));
    const isMissing = same < PREFACE.length && rest.length >= FRAME_HEADER && isPlausible(rest, 0);
    const skipped = isMissing ? 0 : Math.min(PREFACE.length, rest.length);
    this.#walker = this.#newWalker(this.#options.base + skipped);
    this.#read(rest.subarray(skipped));
  }

  /** Bytes are missing here: frames and table are lost. */
  lose(): void {
    this.fields.lose();
    this.#block = null;
    this.#fragments = new H2Fragments();
    this.#probe = null;
    this.#resync = new H2Resync();
  }

  /**
   * So many bytes are missing. Inside of content they are content; else a frame is looked for.
   * @returns false: frames are lost
   */
  gap(length: number): boolean {
    const { open } = this.#walker;
    const { direction, received: offset } = this;
    this.#out.out.push({ event: "gap", direction, offset, protocol: "h2", length });
    this.received += length;
    if (this.#resync === null && open !== null && open.left >= length) {
      this.#walker.skip(length, this);
      return true;
    }
    this.lose();
    this.#walker = this.#newWalker(this.received);
    return false;
  }

  end(): void {
    if (this.#probe !== null) this.#look(this.#probe, NOTHING, true);
    const resync = this.#resync;
    if (resync !== null) {
      const rest = this.#find(resync, NOTHING, true);
      if (rest !== null) this.#read(rest);
    }
    const { held, waiting } = this.#walker;
    if (waiting !== null) {
      this.#tell(waiting, held);
      this.#judge?.onFrame(this.direction, waiting, held.subarray(FRAME_HEADER));
    }
    const isInside = !this.#walker.isBetween || this.#block !== null;
    this.#judge?.onEnd(this.direction, this.received, isInside && this.#resync === null);
  }

  onPreface(): void {}

  onFrame(frame: WalkedFrame, raw: Uint8Array): void {
    const payload = raw.subarray(FRAME_HEADER);
    this.#tell(frame, raw);
    this.#judge?.onFrame(this.direction, frame, payload);
    if (beginsBlock(frame)) this.#beginBlock(frame);
    if (beginsBlock(frame) || frame.type === TYPE.CONTINUATION) this.#addFragment(frame, raw);
    else this.#control(frame, payload);
    this.#finish(frame);
  }

  #tell(frame: WalkedFrame, raw: Uint8Array): void {
    this.#out.out.push(frameDraft(this.direction, frame, raw, this.#options.keepBytes));
  }

  onStart(frame: WalkedFrame, raw: Uint8Array, least: number): void {
    // Neither a type that anybody knows nor a length that anybody uses: these are no frames any more.
    if (!isKnownType(frame.type)) {
      this.#garbage = raw.slice();
      this.#garbageEnd = frame.offset + raw.length;
      this.#walker.offset = frame.offset;
      this.#walker.isStopped = true;
      this.#judge?.onFrame(this.direction, frame, NOTHING);
      return;
    }
    const first = raw.subarray(0, least);
    this.#tell(frame, first);
    this.#judge?.onFrame(this.direction, frame, first.subarray(FRAME_HEADER));
    const isPadded = frame.type === TYPE.DATA && (frame.flags & FLAG.PADDED) !== 0;
    const padLength = isPadded ? (raw[FRAME_HEADER] ?? 0) : 0;
    this.#contentFrom = frame.offset + FRAME_HEADER + (isPadded ? 1 : 0);
    this.#contentTo = frame.offset + FRAME_HEADER + frame.length - padLength;
    this.#content(frame, frame.offset + FRAME_HEADER, raw.length - FRAME_HEADER);
  }

  onPayload(frame: WalkedFrame, bytes: Uint8Array): void {
    this.#content(frame, this.#walker.offset - bytes.length, bytes.length);
  }

  onEnd(frame: WalkedFrame): void {
    // A field block of which a part was too long to keep.
    if (beginsBlock(frame) || frame.type === TYPE.CONTINUATION) this.#dropBlock(frame);
    this.#finish(frame);
  }

  #content(frame: WalkedFrame, offset: number, length: number): void {
    if (frame.type !== TYPE.DATA) return;
    const from = Math.max(offset, this.#contentFrom);
    const count = Math.min(offset + length, this.#contentTo) - from;
    if (count <= 0) return;
    const { direction } = this;
    const { streamId } = frame;
    this.#out.out.push({
      event: "data",
      direction,
      offset: from,
      protocol: "h2",
      streamId,
      length: count,
    });
  }

  #control({ type, flags, streamId, offset }: WalkedFrame, payload: Uint8Array): void {
    const { direction } = this;
    const { out } = this.#out;
    const common = { direction, offset, protocol: "h2" } as const;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    if (type === TYPE.RST_STREAM && payload.length >= 4)
      out.push({ event: "reset", ...common, streamId, code: view.getUint32(0) });
    else if (type === TYPE.SETTINGS && (flags & FLAG.ACK) === 0)
      out.push({ event: "settings", ...common, streamId, settings: settingsOf(payload) });
    else if (type === TYPE.GOAWAY && payload.length >= 8) {
      const lastStreamId = view.getUint32(0) & 0x7fff_ffff;
      out.push({ event: "goaway", ...common, streamId, lastStreamId, code: view.getUint32(4) });
    }
  }

  /** The frame is over. */
  #finish(frame: WalkedFrame): void {
    const { type, flags, streamId } = frame;
    const isMessage = type === TYPE.DATA || (type === TYPE.HEADERS && this.#block === null);
    if (isMessage && (flags & FLAG.END_STREAM) !== 0) this.#endStream(streamId);
    this.#judge?.onFrameEnd(this.direction, frame);
  }

  #endStream(streamId: number): void {
    const seen = this.#streams.get(streamId) ?? 0;
    if ((seen & END_SEEN) !== 0) return;
    this.#see(streamId, seen | END_SEEN);
    const { direction } = this;
    const { offset } = this.#walker;
    this.#out.out.push({ event: "end", direction, offset, protocol: "h2", streamId });
  }

  #see(streamId: number, seen: number): void {
    if (this.#streams.size >= STREAMS_MAX && !this.#streams.has(streamId))
      this.#streams.delete(this.#streams.keys().next().value as number);
    this.#streams.set(streamId, seen);
  }

  #beginBlock(frame: WalkedFrame): void {
    // One that was not finished: what its rest would have put into the table is lost.
    if (this.#block !== null) this.fields.lose();
    this.#block = new H2Block(frame, this.#options.keepBytes);
    this.#fragments = new H2Fragments();
  }

  #addFragment(frame: WalkedFrame, raw: Uint8Array): void {
    const block = this.#block;
    if (block === null || frame.streamId !== block.frame.streamId) return;
    const fragment = fragmentOf(frame, raw.subarray(FRAME_HEADER));
    if (fragment === null || block.length + fragment.length > BLOCK_MAX)
      return this.#dropBlock(frame);
    const offset = frame.offset + (fragment.byteOffset - raw.byteOffset);
    this.#fragments.add(fragment, offset);
    block.add(frame, raw);
    if ((frame.flags & FLAG.END_HEADERS) === 0) return;
    this.#block = null;
    this.#section(block);
    const { flags, streamId, type } = block.frame;
    const endsLate = frame !== block.frame && type === TYPE.HEADERS;
    if (endsLate && (flags & FLAG.END_STREAM) !== 0) this.#endStream(streamId);
  }

  #dropBlock(frame: WalkedFrame): void {
    this.fields.lose();
    if ((frame.flags & FLAG.END_HEADERS) !== 0) this.#block = null;
  }

  #section(block: H2Block): void {
    const fragments = this.#fragments;
    this.#fragments = new H2Fragments();
    const content = this.fields.read(fragments.join());
    const { frame } = block;
    const kind = this.#kindOf(frame, content);
    const promisedId = kind === "push" ? block.promisedId : 0;
    const headers: [string, string][] = content.fields.map(({ name, value }) => [name, value]);
    this.#out.out.push({
      event: kind,
      direction: this.direction,
      offset: frame.offset,
      protocol: "h2",
      streamId: frame.streamId,
      ...(kind === "push" ? { promisedId } : null),
      headers,
      ...block.members,
      fieldLength: headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0),
    });
    const placeOf = (at: number) => fragments.placeOf(at);
    this.#judge?.onSection(this.direction, { ...content, kind, frame, promisedId, placeOf });
  }

  /** By what stands in it, and in front of it. */
  #kindOf({ type, streamId }: WalkedFrame, { fields }: BlockContent): SectionKind {
    if (type === TYPE.PUSH_PROMISE) return "push";
    const seen = this.#streams.get(streamId) ?? 0;
    const hasPseudo = fields.some(({ name }) => name.startsWith(":"));
    if ((seen & HEAD_SEEN) !== 0) return "trailers";
    const status = fields.find(({ name }) => name === ":status")?.value ?? "";
    if (/^1\d\d$/.test(status) && this.direction === "server") return "informational";
    // Its head may stand where bytes are missing.
    if (!hasPseudo && fields.length > 0 && this.fields.isBlind) return "trailers";
    this.#see(streamId, seen | HEAD_SEEN);
    return "head";
  }
}
