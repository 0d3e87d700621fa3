// What the fuzzing worker and the process that watches it share: one SharedArrayBuffer with counters and
// the input under way, so that an input that never ends can still be saved.

/** Words of the shared memory. */
export const enum Word {
  /** Inputs run so far. */
  Count = 0,
  /** Inputs that showed new behaviour. */
  Pool = 1,
  /** Length of the input under way. */
  Length = 2,
  Size = 3,
}

/** Longest input that the fuzzer makes. */
export const INPUT_LENGTH = 65_536;

/** The shared memory of one run. */
export class Shared {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #input: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(4 * Word.Size + INPUT_LENGTH)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, Word.Size);
    this.#input = new Uint8Array(buffer, 4 * Word.Size);
  }

  /** The input that runs from now on. */
  begin(input: Uint8Array): void {
    this.#input.set(input.subarray(0, INPUT_LENGTH));
    Atomics.store(this.#words, Word.Length, Math.min(input.length, INPUT_LENGTH));
    Atomics.add(this.#words, Word.Count, 1);
  }

  /** How many inputs showed new behaviour. */
  set pool(count: number) {
    Atomics.store(this.#words, Word.Pool, count);
  }

  get pool(): number {
    return Atomics.load(this.#words, Word.Pool);
  }

  get count(): number {
    return Atomics.load(this.#words, Word.Count);
  }

  /** A copy of the input under way. */
  get input(): Uint8Array {
    return this.#input.slice(0, Atomics.load(this.#words, Word.Length));
  }
}

/** What the worker is told to do. */
export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Use the debug build of the engine. */
  readonly debug: boolean;
  readonly buffer: SharedArrayBuffer;
}

/** What the worker says at its end. */
export type Report =
  | { readonly kind: "done" }
  | {
      readonly kind: "found";
      readonly message: string;
      readonly bytes: Uint8Array;
      readonly extension: "bin" | "json";
    };
