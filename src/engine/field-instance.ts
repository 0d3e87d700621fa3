// One instance of an engine that decodes field sections (h2.wasm, h3.wasm): its memory, its views, a slab of 8,192
// connection blocks, and the rings of their dynamic tables. Memory never grows, so views never detach. What is full: see
// field-pool.ts.

import {
  FIELD_BLOCK_COUNT,
  FIELD_BLOCK_LENGTH,
  FIELD_BLOCKS,
  FIELD_CONFIG_COUNT,
  FIELD_CONFIG_LENGTH,
  FIELD_CONFIGS,
  FieldBlock,
  FieldConfig,
} from "../abi/field-memory.js";
import { Rings, ringEntries } from "./field-rings.js";
import { writeFieldTables } from "./field-tables.js";
import { type Latin1Reader, latin1Reader } from "./latin1.js";
import { Slab } from "./slab.js";

/** What every engine with field sections exports. */
export interface FieldExports {
  readonly memory: WebAssembly.Memory;
  init(length: number): void;
}

/** Limits and flags of a connection as the engine reads them, by FieldConfig. */
export type EngineConfig = Readonly<Uint32Array>;

/** One engine. */
export abstract class FieldInstance<Exports extends FieldExports = FieldExports> {
  readonly exports: Exports;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly text: Latin1Reader;
  /** True while the tape of a call is being read: window, stage, scratch and tape may not be touched. */
  busy = false;
  /** True after a trap: no further connection may come here. */
  poisoned = false;
  /** What reads the tape of this instance; the codec's own. */
  reader: object | null = null;
  readonly #slab = new Slab(FIELD_BLOCKS, FIELD_BLOCK_LENGTH, FIELD_BLOCK_COUNT, (block) =>
    this.release(block),
  );
  readonly #rings = new Rings();
  readonly #configs = new Map<EngineConfig, number>();

  constructor(module: WebAssembly.Module, staticTable: readonly string[]) {
    const instance = new WebAssembly.Instance(module, {});
    this.exports = instance.exports as unknown as Exports;
    const buffer = this.exports.memory.buffer;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.text = latin1Reader(this.u8);
    this.exports.init(writeFieldTables(this.u8, staticTable));
  }

  /** Sets the words of a new block that are the protocol's. `tableSize`: largest dynamic table, in bytes. */
  protected abstract begin(words: number, tableSize: number): void;

  /** Blocks in use. */
  get used(): number {
    return this.#slab.used;
  }

  /**
   * Address of a clean block for `owner`, with an empty dynamic table of at most `tableSize` bytes; 0 when the slab,
   * the rings of that size or the configs are used up.
   */
  lease(owner: object, config: EngineConfig, tableSize: number): number {
    if (this.#slab.isFull) return 0;
    const configAt = this.#configAt(config);
    if (configAt === 0) return 0;
    const entries = ringEntries(tableSize);
    if (!this.#rings.hasFree(entries)) return 0;
    const { i32 } = this;
    const block = this.#slab.take(owner, i32);
    const words = block >> 2;
    i32[words + FieldBlock.Config] = configAt;
    i32[words + FieldBlock.Ring] = this.#rings.take(entries, this.#slab.indexOf(block));
    i32[words + FieldBlock.RingEntries] = entries;
    i32[words + FieldBlock.TableLimit] = tableSize;
    this.begin(words, tableSize);
    return block;
  }

  /** Gives a block back, and its ring. */
  release(block: number): void {
    const words = block >> 2;
    this.#rings.free(
      this.i32[words + FieldBlock.Ring] as number,
      this.i32[words + FieldBlock.RingEntries] as number,
    );
    this.#slab.free(block);
  }

  /**
   * Gives the table of a block a ring for at least `tableSize` bytes, in place of a smaller one. False: none is
   * free here.
   */
  growRing(block: number, tableSize: number): boolean {
    const words = block >> 2;
    const entries = ringEntries(tableSize);
    const before = this.i32[words + FieldBlock.RingEntries] as number;
    if (entries <= before) return true;
    if (!this.#rings.hasFree(entries)) return false;
    const old = this.i32[words + FieldBlock.Ring] as number;
    const ring = this.#rings.take(entries, this.#slab.indexOf(block));
    copyRing(this, old, before, this, ring, entries, words);
    this.i32[words + FieldBlock.Ring] = ring;
    this.i32[words + FieldBlock.RingEntries] = entries;
    this.#rings.free(old, before);
    return true;
  }

  /**
   * Takes over a connection from another instance: its block, and its ring with room for `tableSize` bytes and for
   * what the table may hold now. Returns the new block, or 0 when something is full.
   */
  adopt(
    owner: object,
    config: EngineConfig,
    from: FieldInstance<Exports>,
    block: number,
    tableSize: number,
  ): number {
    const source = block >> 2;
    const inForce = from.i32[source + FieldBlock.TableMax] as number;
    const limit = from.i32[source + FieldBlock.TableLimit] as number;
    const to = this.lease(owner, config, Math.max(tableSize, inForce, limit));
    if (to === 0) return 0;
    const { i32 } = this;
    const words = to >> 2;
    const ring = i32[words + FieldBlock.Ring] as number;
    const entries = i32[words + FieldBlock.RingEntries] as number;
    const configAt = i32[words + FieldBlock.Config] as number;
    i32.set(from.i32.subarray(source, source + (FIELD_BLOCK_LENGTH >> 2)), words);
    i32[words + FieldBlock.Config] = configAt;
    i32[words + FieldBlock.Ring] = ring;
    i32[words + FieldBlock.RingEntries] = entries;
    const oldRing = from.i32[source + FieldBlock.Ring] as number;
    const oldEntries = from.i32[source + FieldBlock.RingEntries] as number;
    copyRing(from, oldRing, oldEntries, this, ring, entries, words);
    from.release(block);
    return to;
  }

  /** Address of the record of these options, 0 when there are too many different ones. */
  #configAt(config: EngineConfig): number {
    const known = this.#configs.get(config);
    if (known !== undefined) return known;
    if (this.#configs.size === FIELD_CONFIG_COUNT) return 0;
    const at = FIELD_CONFIGS + this.#configs.size * FIELD_CONFIG_LENGTH;
    for (let field = 0; field < FieldConfig.Size; field++)
      this.i32[(at >> 2) + field] = config[field] ?? 0;
    this.#configs.set(config, at);
    return at;
  }
}

/** Copies the entries that a table has now: the slot of one is its number modulo the length of the ring. */
function copyRing(
  from: { readonly i32: Int32Array },
  source: number,
  sourceEntries: number,
  to: { readonly i32: Int32Array },
  ring: number,
  entries: number,
  words: number,
): void {
  const inserted = to.i32[words + FieldBlock.Inserted] as number;
  const count = to.i32[words + FieldBlock.EntryCount] as number;
  for (let back = 1; back <= count; back++) {
    const slot = (source >> 2) + 2 * ((inserted - back) & (sourceEntries - 1));
    const target = (ring >> 2) + 2 * ((inserted - back) & (entries - 1));
    to.i32[target] = from.i32[slot] as number;
    to.i32[target + 1] = from.i32[slot + 1] as number;
  }
}
