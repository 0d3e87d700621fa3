// Budgets against peers that make work without doing any (RFC 9113 section 10.5): buckets that frames draw
// from, and that useful work and the injected clock refill. limitsReport() tells what is spent.
// Rules: H2-029, H2-076, H2-095, H2-099, H2-113.

/** A bucket of tokens: full at the start, refilled by work and by time, never above its size. */
export class Bucket {
  readonly #size: number;
  readonly #perSecond: number;
  #left: number;
  #filledAt = -1;

  constructor(size: number, perSecond: number) {
    this.#size = size;
    this.#perSecond = perSecond;
    this.#left = size;
  }

  /** Tokens in use. */
  get used(): number {
    return this.#size - Math.floor(this.#left);
  }

  /**
   * Draws tokens.
   * @param now reads the time in milliseconds; asked only when the bucket is half empty
   * @returns false: it was empty
   */
  draw(tokens: number, now: (() => number) | null): boolean {
    this.#left -= tokens;
    if (this.#left * 2 >= this.#size) return true;
    if (now !== null) this.#refill(now());
    return this.#left >= 0;
  }

  /** Useful work gives tokens back. */
  give(tokens: number): void {
    if (this.#left < this.#size) this.#left = Math.min(this.#size, this.#left + tokens);
  }

  #refill(now: number): void {
    if (this.#filledAt >= 0 && now > this.#filledAt) {
      this.give(((now - this.#filledAt) * this.#perSecond) / 1000);
    }
    this.#filledAt = now;
  }
}

/** What each frame that carries little costs, in tokens of controlBudget. */
export const enum Cost {
  /** PING, PRIORITY, WINDOW_UPDATE, PRIORITY_UPDATE, unknown frames, empty DATA, frames on closed streams. */
  Frame = 1,
  /** SETTINGS: an acknowledgement, and windows to adjust. */
  Settings = 4,
  /** An empty HEADERS or CONTINUATION fragment. */
  EmptyFragment = 4,
}

/** What useful work gives back. */
export const enum Gain {
  /** A message that came in whole. */
  Message = 16,
  /** A DATA frame of a useful size, in either direction: peers answer these by WINDOW_UPDATE on stream and connection. */
  Data = 4,
}

/** DATA frames below this many bytes are small. */
export const SMALL_DATA = 256;
