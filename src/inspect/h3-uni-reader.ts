// A stream in one direction (RFC 9114 section 6.2, RFC 9204 section 4.2): its type, and then what the type says: a control
// stream, QPACK instructions, a push, a stream of a session, or nothing that anybody knows.

import type { Direction } from "./events.js";
import type { H3Context } from "./h3-context.js";
import type { ControlJudge } from "./h3-control-judge.js";
import { ControlReader } from "./h3-control-reader.js";
import { faultOf } from "./h3-errors.js";
import { InstructionReader } from "./h3-instruction-reader.js";
import { MessageReader } from "./h3-message-reader.js";
import { streamNumber, type Varint, VarintPieces } from "./h3-numbers.js";
import { StreamDrafts } from "./h3-stream-drafts.js";
import { StreamType, streamRow } from "./h3-wire-names.js";

/** Reads one stream. */
export class UniReader {
  /** The response of a push. */
  push: MessageReader | null = null;
  readonly #context: H3Context;
  readonly #direction: Direction;
  readonly #streamId: Varint;
  readonly #judge: ControlJudge;
  readonly #drafts: StreamDrafts;
  readonly #number = new VarintPieces();
  #header: number[] = [];
  #type: Varint | null = null;
  #reader: ControlReader | InstructionReader | null = null;
  #offset = 0;
  #isOpen = false;
  #isOver = false;

  constructor(context: H3Context, direction: Direction, streamId: Varint, judge: ControlJudge) {
    this.#context = context;
    this.#direction = direction;
    this.#streamId = streamId;
    this.#judge = judge;
    this.#drafts = new StreamDrafts(context, direction, streamId);
  }

  /** Control and QPACK streams live as long as the connection. */
  get isCritical(): boolean {
    const type = this.#type;
    return (
      type === StreamType.Control ||
      type === StreamType.QpackEncoder ||
      type === StreamType.QpackDecoder
    );
  }

  receive(bytes: Uint8Array, fin: boolean): void {
    if (this.#isOver) return;
    const at = this.#isOpen ? 0 : this.#readHeader(bytes);
    if (this.#isOpen && !this.#isOver) this.#read(bytes.subarray(at), fin);
    if (fin && !this.#isOver) this.#end();
  }

  reset(code: Varint): void {
    if (this.#isOver) return;
    if (this.push !== null) return this.push.reset(code);
    this.#drafts.emit({ event: "reset", offset: this.#offset, code });
    if (this.isCritical) {
      const faults = this.#judge.reset(streamNumber(this.#streamId), this.#offset);
      this.#drafts.report(faults);
    }
    this.#isOver = true;
  }

  /** Bytes are missing: where the next frame or instruction begins is not known. */
  gap(): void {
    if (this.#isOver) return;
    const side = this.#context.side(this.#direction);
    if (!this.#isOpen || this.isCritical) side.hasGap = true;
    if (!this.#isOpen || this.#type === StreamType.QpackEncoder) side.qpack.lose();
    if (this.#type === StreamType.Control || !this.#isOpen) this.#judge.stop();
    const isData = this.#type === StreamType.WtStream || this.push !== null;
    if (!isData) this.stop();
    this.push?.gap(0);
  }

  stop(): void {
    this.push?.stop();
    this.#isOver = true;
  }

  #readHeader(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.#isOpen && !this.#isOver) {
      at = this.#number.read(bytes, at);
      if (!this.#number.isDone) break;
      const { value, octets } = this.#number;
      this.#header.push(...octets);
      this.#number.reset();
      if (this.#type === null) this.#onType(value);
      else this.#onId(this.#type, value);
    }
    this.#offset += at;
    return at;
  }

  #onType(type: Varint): void {
    this.#type = type;
    if (type === StreamType.WtStream && this.#context.mayHaveSessions) return;
    if (type === StreamType.Push && this.#direction === "server") return;
    this.#open({});
    const header = Uint8Array.from(this.#header);
    const faults = this.#judge.stream(streamNumber(this.#streamId), header);
    if (this.#drafts.report(faults)) this.#isOver = true;
    this.#begin(type);
  }

  #begin(type: Varint): void {
    const context = this.#context;
    const at = this.#header.length;
    if (type === StreamType.Control)
      this.#reader = new ControlReader(context, this.#direction, this.#streamId, this.#judge, at);
    else if (type === StreamType.QpackEncoder || type === StreamType.QpackDecoder) {
      const kind = type === StreamType.QpackEncoder ? "encoder" : "decoder";
      this.#reader = new InstructionReader(context, this.#direction, this.#streamId, kind, at);
    }
  }

  /** The push or the session that the stream belongs to. */
  #onId(type: Varint, id: Varint): void {
    if (type === StreamType.WtStream) {
      this.#open({ sessionId: id });
      if (BigInt(id) % 4n !== 0n) this.#fail("WT_SESSION_ID_INVALID");
      return;
    }
    this.#open({ pushId: id });
    const { maxPushId, client } = this.#context;
    const isKnown = client.settings !== null && !client.hasGap;
    if (isKnown && id > maxPushId && this.#fail("H3_PUSH_ID_INVALID")) return;
    const request = this.#context.promises.get(id) ?? null;
    const exchange = { streamId: this.#streamId, request, isSession: false };
    this.push = new MessageReader(this.#context, "server", exchange, this.#header.length);
  }

  /** True: nothing more is read. */
  #fail(code: "WT_SESSION_ID_INVALID" | "H3_PUSH_ID_INVALID"): boolean {
    const faults = [faultOf(code, 0)];
    this.#isOver = this.#drafts.report(faults);
    return this.#isOver;
  }

  #open(more: { readonly pushId?: Varint; readonly sessionId?: Varint }): void {
    this.#isOpen = true;
    const type = this.#type as Varint;
    const [streamType, rfc] = streamRow(type);
    const fields = { name: "STREAM_TYPE", type, streamType, length: this.#header.length, rfc };
    const bytes = this.#drafts.kept(Uint8Array.from(this.#header));
    this.#drafts.emit({ event: "frame", offset: 0, ...fields, ...more, ...bytes });
  }

  #read(bytes: Uint8Array, fin: boolean): void {
    const at = this.#offset;
    if (this.push !== null) return this.push.receive(bytes, fin);
    this.#offset = at + bytes.length;
    if (this.#reader !== null) return this.#reader.receive(bytes);
    if (bytes.length > 0) this.#drafts.emit({ event: "data", offset: at, length: bytes.length });
  }

  #end(): void {
    if (this.push !== null) return;
    if (this.#reader instanceof ControlReader) return this.#reader.end();
    if (this.isCritical) {
      const none = new Uint8Array(0);
      const faults = this.#judge.end(streamNumber(this.#streamId), none, this.#offset);
      this.#drafts.report(faults);
    } else this.#drafts.emit({ event: "end", offset: this.#offset });
    this.#isOver = true;
  }
}
