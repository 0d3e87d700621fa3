// Peer: llhttp compiled to WASM as the npm package undici ships it, driven as undici drives it: copy the piece in, execute.
//
// "parse" has empty callbacks (the module imports them, so they cannot be left out). "strings" makes one latin1 string of each
// name, value and target in the callbacks; body bytes are only counted, where undici itself makes a view of each.

import { peerRequire } from "../harness/project.js";
import type { Input } from "../inputs/input-file.js";
import type { Counts, Peer } from "./driver.js";
import { noCounts } from "./driver.js";

interface Llhttp {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(length: number): number;
  free(at: number): void;
  llhttp_alloc(type: number): number;
  llhttp_execute(parser: number, at: number, length: number): number;
}

/** Node's Buffer has this method; its types leave it out. */
interface Latin1Buffer extends Buffer {
  latin1Slice(from: number, end: number): string;
}

type Slice = (at: number, length: number) => string;

/** What the module calls: each gets the parser first, and spans as address and length. */
type Callbacks = Record<(typeof CALLBACKS)[number], (...words: number[]) => number>;

const CALLBACKS = [
  "wasm_on_message_begin",
  "wasm_on_url",
  "wasm_on_status",
  "wasm_on_header_field",
  "wasm_on_header_value",
  "wasm_on_headers_complete",
  "wasm_on_body",
  "wasm_on_message_complete",
] as const;

const REQUEST = 1;
const RESPONSE = 2;

/** @param mode "parse" or "strings" */
export function createPeer(mode: string): Peer {
  let input: Input;
  let timed: Engine;
  return {
    load(next) {
      input = next;
      timed = new Engine(input.role, mode === "strings" ? noCounts() : null);
    },
    check(): Counts {
      const found = noCounts();
      new Engine(input.role, found).feed(input);
      return found;
    },
    pass: () => timed.feed(input),
  };
}

/** One instance of the module with one parser and one input buffer, as undici keeps them. */
class Engine {
  readonly #llhttp: Llhttp;
  readonly #parser: number;
  #at = 0;
  #capacity = 0;
  #memory = Buffer.alloc(0) as Latin1Buffer;

  /** @param counts where strings are to be made and things counted; null: empty callbacks */
  constructor(role: Input["role"], counts: Counts | null) {
    const slice: Slice = (at, length) => this.#memory.latin1Slice(at, at + length);
    const env = counts ? stringCallbacks(counts, slice) : emptyCallbacks();
    const bytes = peerRequire("undici/lib/llhttp/llhttp_simd-wasm.js") as BufferSource;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    this.#llhttp = instance.exports as unknown as Llhttp;
    this.#llhttp._initialize();
    this.#parser = this.#llhttp.llhttp_alloc(role === "request" ? REQUEST : RESPONSE);
  }

  feed(input: Input): void {
    for (const piece of input.pieces) {
      if (piece.length > this.#capacity) this.#grow(piece.length);
      this.#memory.set(piece, this.#at);
      const error = this.#llhttp.llhttp_execute(this.#parser, this.#at, piece.length);
      if (error !== 0) throw new Error(`input refused: llhttp error ${error}`);
    }
  }

  #grow(length: number): void {
    if (this.#at !== 0) this.#llhttp.free(this.#at);
    this.#capacity = Math.ceil(length / 4096) * 4096;
    this.#at = this.#llhttp.malloc(this.#capacity);
    this.#memory = Buffer.from(this.#llhttp.memory.buffer) as Latin1Buffer;
  }
}

function emptyCallbacks(): Callbacks {
  const zero = (): number => 0;
  return Object.fromEntries(CALLBACKS.map((name) => [name, zero])) as Callbacks;
}

/** Collects a flat list of names and values; a name or value that came in two pieces is joined. */
function stringCallbacks(counts: Counts, slice: Slice): Callbacks {
  let headers: string[] = [];
  let target = "";
  let lastHead = {};
  return {
    ...emptyCallbacks(),
    wasm_on_url(_parser, at = 0, length = 0) {
      target += slice(at, length);
      return 0;
    },
    wasm_on_header_field(_parser, at = 0, length = 0) {
      if (headers.length % 2 === 0) headers.push(slice(at, length));
      else headers[headers.length - 1] += slice(at, length);
      return 0;
    },
    wasm_on_header_value(_parser, at = 0, length = 0) {
      if (headers.length % 2 === 1) headers.push(slice(at, length));
      else headers[headers.length - 1] += slice(at, length);
      return 0;
    },
    wasm_on_headers_complete() {
      // What a user would be handed.
      lastHead = { headers, target };
      counts.fields += headers.length / 2;
      headers = [];
      target = "";
      return 0;
    },
    wasm_on_body(_parser, _at, length = 0) {
      counts.bodyBytes += length;
      return 0;
    },
    wasm_on_message_complete() {
      if (lastHead !== null) counts.messages += 1;
      return 0;
    },
  };
}
