// A timer whose moment moves away all the time: what connections need that expect something and mostly get it. Rule of the
// file: a moment that moves away costs nothing, for the timer fires as it was set, and whoever it belongs to sets it anew.

/** No timer of a platform takes more. */
const LONGEST_MS = 2 ** 31 - 1;

export class LateTimer {
  readonly #fire: () => void;
  readonly #isUnref: boolean;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #firesAt = Number.POSITIVE_INFINITY;

  /**
   * @param fire called at the moment or earlier
   * @param isUnref it keeps no process alive
   */
  constructor(fire: () => void, isUnref: boolean) {
    this.#fire = fire;
    this.#isUnref = isUnref;
  }

  /** Fires at the latest then, by `performance.now()`. */
  set(due: number): void {
    if (due >= this.#firesAt) return;
    this.stop();
    this.#firesAt = due;
    const ms = Math.min(Math.max(0, Math.ceil(due - performance.now())), LONGEST_MS);
    this.#timer = setTimeout(() => {
      this.stop();
      this.#fire();
    }, ms);
    if (this.#isUnref) this.unref();
  }

  /** It keeps no process alive from now on. */
  unref(): void {
    // In browsers a timer is a number.
    (this.#timer as { unref?(): void } | null)?.unref?.();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#firesAt = Number.POSITIVE_INFINITY;
  }
}
