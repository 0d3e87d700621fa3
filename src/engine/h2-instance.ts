// One instance of the engine of HTTP/2 and HPACK.

import { h2Module } from "#h2-wasm";
import { FieldBlock } from "../abi/field-memory.js";
import { H2Block } from "../abi/h2-memory.js";
import { STATIC_TABLE } from "../abi/hpack-static.js";
import { type FieldExports, FieldInstance } from "./field-instance.js";

export type { EngineConfig } from "./field-instance.js";

/** What assembly/h2/index.ts exports. */
export interface H2Exports extends FieldExports {
  /** Reads frames in [from, length) of the window; words of tape written. */
  exec(block: number, from: number, length: number): number;
  /** Decodes one whole field block, [at, at + length); words of tape written. */
  decode(block: number, at: number, length: number): number;
}

/** One engine. */
export class H2Instance extends FieldInstance<H2Exports> {
  constructor() {
    super(h2Module(), STATIC_TABLE);
  }

  protected begin(words: number, tableSize: number): void {
    this.i32[words + FieldBlock.TableMax] = tableSize;
    this.i32[words + H2Block.UpdateDue] = -1;
  }
}
