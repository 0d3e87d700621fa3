// One instance of the HTTP/1.1 engine: its memory, its views, a slab of 8,192 connection blocks. Memory never
// grows, so views never detach. A full slab: see h1-pool.ts.

import { h1Module } from "#h1-wasm";
import {
  BLOCK_COUNT,
  BLOCK_LENGTH,
  BLOCKS,
  BlockField,
  CARRY_SMALLEST,
  CONFIG_COUNT,
  CONFIG_LENGTH,
  CONFIGS,
  ConfigField,
  TAPE,
  TAPE_LENGTH,
  WINDOW,
} from "../abi/memory.js";
import { writeKnownNames } from "./known-fields.js";
import { type Latin1Reader, latin1Reader } from "./latin1.js";
import { Slab } from "./slab.js";

/** What assembly/h1/index.ts exports. */
export interface H1Exports {
  readonly memory: WebAssembly.Memory;
  init(names: number): void;
  /** Parses [from, length) of the window, or `length` bytes appended to the carry buffer; words of tape written. */
  exec(block: number, from: number, length: number): number;
  /** Moves an unfinished head to a larger carry buffer; 0 = none is free. */
  park(block: number): number;
  /** Gives the carry buffer back. */
  unpark(block: number): void;
  takeCarry(sizeClass: number): number;
  freeCarry(address: number, sizeClass: number): void;
}

/** Limits and flags of a connection as the engine reads them, by ConfigField. */
export type EngineConfig = Readonly<Uint32Array>;

/** One engine. */
export class H1Instance {
  readonly exports: H1Exports;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly text: Latin1Reader;
  /** True while a call of `exec` is being read: its window and tape may not be touched. */
  busy = false;
  /** True after a trap: no further connection may come here. */
  poisoned = false;
  /** What reads the tape of this instance; the codec's own. */
  reader: object | null = null;
  readonly #slab = new Slab(BLOCKS, BLOCK_LENGTH, BLOCK_COUNT, (block) => this.release(block));
  readonly #configs = new Map<EngineConfig, number>();

  constructor() {
    const instance = new WebAssembly.Instance(h1Module(), {});
    this.exports = instance.exports as unknown as H1Exports;
    const buffer = this.exports.memory.buffer;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.text = latin1Reader(this.u8);
    this.exports.init(writeKnownNames(this.u8));
  }

  /** Blocks in use. */
  get used(): number {
    return this.#slab.used;
  }

  /** Address of a clean block for `owner`, or 0 when the slab is full. */
  lease(owner: object, config: EngineConfig): number {
    if (this.#slab.isFull) return 0;
    const configAt = this.configAt(config);
    if (configAt === 0) return 0;
    const block = this.#slab.take(owner, this.i32);
    this.i32[(block >> 2) + BlockField.Config] = configAt;
    return block;
  }

  /** Gives a block back, and its carry buffer. */
  release(block: number): void {
    this.exports.unpark(block);
    this.#slab.free(block);
  }

  /** Address of the record of these options, 0 when there are too many different ones. */
  configAt(config: EngineConfig): number {
    const known = this.#configs.get(config);
    if (known !== undefined) return known;
    if (this.#configs.size === CONFIG_COUNT) return 0;
    const at = CONFIGS + this.#configs.size * CONFIG_LENGTH;
    for (let field = 0; field < ConfigField.Size; field++)
      this.i32[(at >> 2) + field] = config[field] ?? 0;
    this.#configs.set(config, at);
    return at;
  }

  /**
   * Takes over a connection from another instance: its block, and what it holds in a carry buffer or, with
   * `window`, in the other's window and tape. Returns the new block, or 0 when something is full.
   */
  adopt(
    owner: object,
    config: EngineConfig,
    from: H1Instance,
    block: number,
    window: boolean,
  ): number {
    const to = this.lease(owner, config);
    if (to === 0) return 0;
    const words = from.i32;
    const source = block >> 2;
    const carry = words[source + BlockField.Carry] as number;
    let delta = 0;
    if (carry !== 0) {
      const sizeClass = words[source + BlockField.CarryClass] as number;
      const taken = this.exports.takeCarry(sizeClass);
      if (taken === 0) {
        this.release(to);
        return 0;
      }
      this.u8.set(from.u8.subarray(carry, carry + (CARRY_SMALLEST << (2 * sizeClass))), taken);
      delta = taken - carry;
    } else if (window) {
      const end = WINDOW + (words[source + BlockField.InputEnd] as number);
      this.u8.set(from.u8.subarray(WINDOW, end), WINDOW);
      this.u8.set(from.u8.subarray(TAPE, TAPE + TAPE_LENGTH), TAPE);
    }
    this.#copyBlock(to >> 2, from, source, delta);
    from.release(block);
    return to;
  }

  #copyBlock(to: number, from: H1Instance, source: number, delta: number): void {
    for (let word = 0; word < BLOCK_LENGTH >> 2; word++) {
      if (word !== BlockField.Config) this.i32[to + word] = from.i32[source + word] as number;
    }
    if (delta === 0) return;
    for (const field of [
      BlockField.Carry,
      BlockField.CarryWriteAt,
      BlockField.TapeAt,
      BlockField.Base,
      BlockField.RecordAt,
      BlockField.Out,
    ]) {
      this.i32[to + field] = (this.i32[to + field] as number) + delta;
    }
  }
}
