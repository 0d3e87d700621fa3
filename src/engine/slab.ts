// A slab of blocks of one length in an engine's memory, leased to owners. The slab keeps no owner alive: the block
// of one that was dropped without a word comes back when the garbage collector finds it.

/** Blocks of one instance. */
export class Slab {
  /** Blocks in use. */
  used = 0;
  readonly #start: number;
  readonly #length: number;
  readonly #count: number;
  /** How often each block was given back: tells a dropped owner from an earlier one that gave its block back. */
  readonly #generations: Uint32Array;
  /**
   * Blocks of owners that were dropped, as generation * count + index. No token to unregister by: it would
   * cost some 40 bytes a connection. Where the platform has no such registry, `close` is a must.
   */
  readonly #dropped: FinalizationRegistry<number> | null;
  /** Free blocks; those from #fresh on were never used. */
  readonly #freed: number[] = [];
  #fresh = 0;

  /** `count` blocks of `length` bytes from `start` on; `giveBack` gets the block of an owner that was dropped. */
  constructor(start: number, length: number, count: number, giveBack: (block: number) => void) {
    this.#start = start;
    this.#length = length;
    this.#count = count;
    this.#generations = new Uint32Array(count);
    this.#dropped =
      typeof FinalizationRegistry === "function"
        ? new FinalizationRegistry<number>((held) => this.#onDropped(held, giveBack))
        : null;
  }

  /** Whether no block is left. */
  get isFull(): boolean {
    return this.used === this.#count;
  }

  /** Address of a block for `owner`, zeroed. There must be one left. */
  take(owner: object, i32: Int32Array): number {
    const block = this.#freed.pop() ?? this.#start + this.#fresh++ * this.#length;
    const end = (block + this.#length) >> 2;
    for (let word = block >> 2; word < end; word++) i32[word] = 0;
    this.used++;
    const index = this.indexOf(block);
    this.#dropped?.register(owner, (this.#generations[index] as number) * this.#count + index);
    return block;
  }

  /** Takes a block back. */
  free(block: number): void {
    const index = this.indexOf(block);
    this.#generations[index] = (this.#generations[index] as number) + 1;
    this.used--;
    this.#freed.push(block);
  }

  /** Position of a block. */
  indexOf(block: number): number {
    return (block - this.#start) / this.#length;
  }

  #onDropped(held: number, giveBack: (block: number) => void): void {
    const index = held % this.#count;
    if (this.#generations[index] !== Math.floor(held / this.#count)) return;
    giveBack(this.#start + index * this.#length);
  }
}
