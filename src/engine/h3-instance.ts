// One instance of the engine of QPACK.

import { h3Module } from "#h3-wasm";
import { H3Block } from "../abi/h3-memory.js";
import { STATIC_TABLE } from "../abi/qpack-static.js";
import { type FieldExports, FieldInstance } from "./field-instance.js";

/** What assembly/h3/index.ts exports. */
export interface H3Exports extends FieldExports {
  /** Reads instructions of the encoder stream in [from, length) of the window; words of tape written. */
  instructions(block: number, from: number, length: number): number;
  /** Decodes one whole field section, [at, at + length); words of tape written. */
  section(block: number, at: number, length: number): number;
}

/** One engine. */
export class H3Instance extends FieldInstance<H3Exports> {
  constructor() {
    super(h3Module(), STATIC_TABLE);
  }

  /** The capacity is 0 until the encoder sets it (RFC 9204 section 3.2.3). */
  protected begin(words: number): void {
    this.i32[words + H3Block.StopAt] = -1;
    this.i32[words + H3Block.StopAtHigh] = -1;
  }
}
