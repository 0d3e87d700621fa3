// A small repeatable generator of numbers (32-bit xorshift): the same seed gives the same benchmark input everywhere.

/** Repeatable pseudo-random numbers. Not for secrets. */
export class Random {
  #state: number;

  /** @param seed any number but 0 */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number in `[0, below)`. */
  below(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % below;
  }

  /** `length` lower-case hexadecimal digits, as found in ids and tokens. */
  hex(length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += "0123456789abcdef"[this.below(16)];
    return text;
  }

  /** `length` letters and digits, as found in session cookies. */
  word(length: number): string {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let text = "";
    for (let i = 0; i < length; i++) text += letters[this.below(letters.length)];
    return text;
  }
}
