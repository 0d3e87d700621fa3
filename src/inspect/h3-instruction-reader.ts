// QPACK's streams of one direction: instructions by name; encoder streams also fill the table that sections are read with,
// and decoder streams are compared with what the other direction encoded (RFC 9204 section 4).

import type { ErrorName } from "../index.js";
import type { Direction, Draft } from "./events.js";
import type { H3Context } from "./h3-context.js";
import { faultOf } from "./h3-errors.js";
import type { Varint } from "./h3-numbers.js";
import { KEPT_MAX } from "./protocol-options.js";
import { InstructionWalker, type QpackInstruction } from "./qpack-instructions.js";

/** Reads one stream of instructions. */
export class InstructionReader {
  readonly #context: H3Context;
  readonly #direction: Direction;
  readonly #streamId: Varint;
  readonly #kind: "encoder" | "decoder";
  readonly #walker: InstructionWalker;
  readonly #start: number;
  #increments = 0;
  #isOver = false;

  constructor(
    context: H3Context,
    direction: Direction,
    streamId: Varint,
    kind: "encoder" | "decoder",
    offset: number,
  ) {
    this.#context = context;
    this.#direction = direction;
    this.#streamId = streamId;
    this.#kind = kind;
    this.#start = offset;
    this.#walker = new InstructionWalker(kind, offset);
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const isEncoder = this.#kind === "encoder";
    for (const instruction of this.#walker.receive(bytes)) {
      this.#emit(instruction);
      if (isEncoder) this.#fill(instruction.bytes);
      else this.#check(instruction);
      if (this.#isOver) return;
    }
    const { broken } = this.#walker;
    if (broken === null) return;
    if (isEncoder) this.#fill(broken);
    else this.#fail("QPACK_DECODER_INTEGER_INVALID", this.#walker.offset);
    this.#isOver = true;
  }

  #fill(bytes: Uint8Array): void {
    const fault = this.#context.side(this.#direction).qpack.encoderStream(bytes);
    if (fault === null) return;
    const isOfStream = fault.code.startsWith("QPACK_ENCODER_");
    const offset = fault.offset + (isOfStream ? this.#start : 0);
    const streamId = isOfStream ? this.#streamId : null;
    if (this.#context.report("qpack", this.#direction, streamId, [{ ...fault, offset }]))
      this.#isOver = true;
  }

  /** An increment that cannot be (RFC 9204 section 4.4.3). */
  #check({ name, fields, offset }: QpackInstruction): void {
    if (name !== "INSERT_COUNT_INCREMENT") return;
    const { increment } = fields as { increment: Varint };
    this.#increments += Number(increment);
    const other = this.#context.side(this.#direction === "client" ? "server" : "client");
    const isBeyond = other.isTableKnown && this.#increments > other.qpack.insertCount;
    if (increment === 0 || isBeyond) this.#fail("QPACK_DECODER_INCREMENT_INVALID", offset);
  }

  #fail(code: ErrorName, offset: number): void {
    const faults = [faultOf(code, offset)];
    if (this.#context.report("qpack", this.#direction, this.#streamId, faults)) this.#isOver = true;
  }

  #emit({ name, rfc, offset, bytes, fields }: QpackInstruction): void {
    this.#context.emit({
      event: "frame",
      protocol: "qpack",
      direction: this.#direction,
      offset,
      name,
      streamId: this.#streamId,
      length: bytes.length,
      rfc,
      ...fields,
      ...(this.#context.keepBytes ? { bytes: bytes.subarray(0, KEPT_MAX) } : {}),
    } as Draft);
  }
}
