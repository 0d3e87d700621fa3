// The dynamic table of one connection as its peer's encoder builds it: the place in the engine, and the encoder stream
// (RFC 9204 section 4.3) in pieces. What sections and feedback are is for those who extend it.
//
// What an instruction declares is never allocated: an unfinished one is held as it comes, the engine is called again when
// the octets that it asked for are here, and one that cannot fit is refused at its length.
// Rules: QP-INT-4, QP-STR-4, QP-TAB-7, QP-ENC-6.

import { ErrorCode } from "../abi/error-code.js";
import {
  FIELD_TAPE,
  FIELD_WINDOW,
  FIELD_WINDOW_LENGTH,
  FieldBlock,
  FieldStatus,
} from "../abi/field-memory.js";
import { H3Block } from "../abi/h3-memory.js";
import type { EngineConfig } from "../engine/field-instance.js";
import type { H3Instance } from "../engine/h3-instance.js";
import { leaseH3Block, poisonH3 } from "../engine/h3-pool.js";
import { FieldSection } from "./field-section.js";
import { PieceBuffer } from "./piece-buffer.js";
import { QpackStrings } from "./qpack-strings.js";

/** The first mistake of the peer. */
export interface QpackFault {
  readonly code: ErrorCode;
  /** In the section; of an encoder-stream error, in that stream. */
  readonly offset: number;
}

/** Where the section record is, in words. */
export const TAPE_WORD = FIELD_TAPE >> 2;
/** Pieces shorter than this are copied byte by byte: a view for `set` costs more. */
const SHORT = 64;
/**
 * Instructions that may come ahead of the sections that use them. A section makes good for 64, and for one a byte of its
 * own: no field has less, and none is worth more than an insertion. So encoders that work are never near it, whatever is
 * lost or late, and those that fill the table for nothing end here.
 */
const ALLOWANCE = 10_000;
const ALLOWANCE_SECTION = 64;

/** Who reads the tape of an instance. The section is reused by one reader; another one's is left alone. */
class TapeView {
  section: FieldSection;
  /** Block of the connection whose section it is; 0: nobody reads it any more. */
  block = 0;

  constructor(instance: H3Instance) {
    this.section = new FieldSection(instance, "3");
  }
}

/** The table of one connection. Takes its place in the engine at the first use. */
export abstract class QpackFeed {
  /** The first mistake; nothing is read behind it. */
  error: QpackFault | null = null;
  /** Entries inserted so far: the Insert Count. */
  insertions = 0;
  /** Instructions of the encoder stream so far. */
  instructions = 0;
  protected instance: H3Instance | null = null;
  protected block = 0;
  protected readonly strings = new QpackStrings();
  /** The chunk of the encoder stream under way; null: it was read. */
  protected chunk: Uint8Array | null = null;
  readonly #config: EngineConfig;
  readonly #maxTableCapacity: number;
  readonly #initialCapacity: number;
  /** Octets of an unfinished instruction, and how many must be here. */
  readonly #pending = new PieceBuffer();
  #needed = 1;
  /** How far the chunk is used up, and bytes of the stream in front of it. */
  #at = 0;
  #received = 0;
  #allowance = ALLOWANCE;

  constructor(config: EngineConfig, maxTableCapacity: number, initialCapacity: number) {
    this.#config = config;
    this.#maxTableCapacity = maxTableCapacity;
    this.#initialCapacity = initialCapacity;
  }

  /** Bytes of the dynamic table now (RFC 9204 section 3.2.1). */
  get tableSize(): number {
    return this.instance === null ? 0 : this.#word(FieldBlock.TableSize);
  }

  /** Capacity of the dynamic table now. */
  get tableCapacity(): number {
    return this.instance === null ? this.#initialCapacity : this.#word(FieldBlock.TableMax);
  }

  /** Whether the encoder stream so far ends with a whole instruction. */
  get isBetweenInstructions(): boolean {
    return this.#pending.length === 0;
  }

  /** Bytes of buffers that this holds, the strings of the table aside. */
  get heldBytes(): number {
    return this.#pending.capacity;
  }

  /**
   * What was decoded last is not read any more. Not a must: without it the section is read to its end before another
   * connection uses the engine.
   */
  done(): void {
    const view = this.instance?.reader as TapeView | null | undefined;
    if (view?.block === this.block) view.block = 0;
  }

  /** Gives the place in the engine back, and every buffer. */
  release(): void {
    this.#pending.drop();
    this.chunk = null;
    const { instance } = this;
    const view = instance?.reader as TapeView | null | undefined;
    // A handler that reads a section may be the one who ended the connection.
    if (instance && view?.block === this.block) leave(view, instance);
    this.instance = null;
    if (instance !== null && !instance.poisoned) instance.release(this.block);
  }

  /** The engine, with its tape free for us. */
  protected place(): H3Instance {
    const instance = this.instance ?? this.#lease();
    const view = viewOf(instance);
    const isOthers = view.block !== 0 && view.block !== this.block;
    // Somebody may still read it: a call of ours inside of one of his.
    if (isOthers) leave(view, instance);
    else view.section.forget();
    view.block = this.block;
    return instance;
  }

  #lease(): H3Instance {
    const { instance, block } = leaseH3Block(this, this.#config, this.#maxTableCapacity);
    instance.i32[(block >> 2) + FieldBlock.TableMax] = this.#initialCapacity;
    this.instance = instance;
    this.block = block;
    return instance;
  }

  /** The section that stands on the tape. */
  protected sectionOf(instance: H3Instance): FieldSection {
    const { section } = viewOf(instance);
    section.reset(TAPE_WORD, this.block, this.strings);
    return section;
  }

  /** A 64-bit count of the block. */
  protected count({ i32 }: H3Instance, word: number): number {
    const at = (this.block >> 2) + word;
    return ((i32[at] as number) >>> 0) + ((i32[at + 1] as number) >>> 0) * 2 ** 32;
  }

  /** A section of this length was decoded: it makes instructions good. */
  protected earn(length: number): void {
    this.#allowance = Math.min(ALLOWANCE, this.#allowance + ALLOWANCE_SECTION + length);
  }

  /** Begins with the next bytes of the encoder stream; there must be no chunk under way. */
  protected begin(bytes: Uint8Array): void {
    this.chunk = bytes;
    this.#at = 0;
  }

  /** Reads instructions of the chunk, to its end or until `stopAt` entries were inserted; then the chunk stays. */
  protected instruct(stopAt: number): void {
    const bytes = this.chunk as Uint8Array;
    const pending = this.#pending;
    while (this.error === null) {
      if (pending.length + bytes.length - this.#at < this.#needed) {
        pending.append(bytes, this.#at);
        break;
      }
      const instance = this.place();
      const held = pending.length;
      const length = this.#copyIn(instance, bytes);
      if (!this.#execute(instance, length, stopAt)) break;
      const consumed = this.#word(FieldBlock.Consumed);
      const needed = this.#word(FieldBlock.Needed);
      if (consumed !== 0) {
        this.#at += consumed - held;
        pending.clear();
      }
      if (this.#word(FieldBlock.Status) === FieldStatus.Failed) {
        this.#failHere(this.#word(FieldBlock.ErrorCode) as ErrorCode);
      } else if (needed !== 0) {
        this.#needed = needed;
      } else {
        this.#needed = 1;
        if (this.insertions >= stopAt) return;
        this.#failHere(ErrorCode.QPACK_ENCODER_FLOOD);
      }
    }
    this.#received += bytes.length;
    this.chunk = null;
  }

  /** The error of the instruction that begins behind what was read. */
  #failHere(code: ErrorCode): void {
    const offset = this.#received + this.#at - this.#pending.length;
    this.#pending.drop();
    this.error = { code, offset };
  }

  /** Copies what is pending and the next bytes of the chunk to the window. Returns how much. */
  #copyIn({ u8 }: H3Instance, bytes: Uint8Array): number {
    const held = this.#pending.length;
    // A single instruction that is longer than the window reaches into the stage behind it.
    const room = Math.max(FIELD_WINDOW_LENGTH, this.#needed) - held;
    const end = this.#at + Math.min(room, bytes.length - this.#at);
    if (held !== 0) this.#pending.copyTo(u8, FIELD_WINDOW);
    copyTo(u8, FIELD_WINDOW + held, bytes, this.#at, end);
    return held + end - this.#at;
  }

  /** Runs the instructions in the window and keeps their strings. False: it trapped. */
  #execute(instance: H3Instance, length: number, stopAt: number): boolean {
    const { i32 } = instance;
    const words = this.block >> 2;
    const isNone = stopAt === Number.POSITIVE_INFINITY;
    i32[words + H3Block.StopAt] = isNone ? -1 : stopAt | 0;
    i32[words + H3Block.StopAtHigh] = isNone ? -1 : Math.floor(stopAt / 2 ** 32);
    i32[words + H3Block.Most] = this.#allowance;
    try {
      instance.exports.instructions(this.block, 0, length);
    } catch {
      this.trapped(instance);
      return false;
    }
    const count = this.#word(H3Block.Instructions);
    if (count === 0) return true;
    this.strings.read(instance, this.block, TAPE_WORD, null);
    this.insertions = this.count(instance, H3Block.Total);
    this.instructions += count;
    this.#allowance -= count;
    return true;
  }

  /** The engine trapped: the fault is ours, and it ends this connection alone. */
  protected trapped(instance: H3Instance): void {
    poisonH3(instance);
    this.instance = null;
    this.error ??= { code: ErrorCode.H3_ENGINE_TRAP, offset: 0 };
  }

  #word(word: number): number {
    return (this.instance as H3Instance).i32[(this.block >> 2) + word] as number;
  }
}

/** Reads the section on the tape to its end and leaves it to its reader; the tape is free. */
function leave(view: TapeView, instance: H3Instance): void {
  view.section.settle();
  view.section = new FieldSection(instance, "3");
  view.block = 0;
}

function viewOf(instance: H3Instance): TapeView {
  instance.reader ??= new TapeView(instance);
  return instance.reader as TapeView;
}

/** Copies bytes[from, to) to `at` of memory. */
export function copyTo(
  memory: Uint8Array,
  at: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const count = to - from;
  if (count < SHORT) for (let i = 0; i < count; i++) memory[at + i] = bytes[from + i] as number;
  else if (count === bytes.length) memory.set(bytes, at);
  else memory.set(new Uint8Array(bytes.buffer, bytes.byteOffset + from, count), at);
}
