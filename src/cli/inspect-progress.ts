// One line on stderr about how far a long input is read: only on a terminal, only where it takes a while.

export class InspectProgress {
  readonly #size: number | null;
  readonly #startedAt = performance.now();
  #done = 0;
  #shownAt = this.#startedAt;
  #isShown = false;

  /** `size`: of the whole input in bytes, or null where nobody knows. */
  constructor(size: number | null) {
    this.#size = size;
  }

  add(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#shownAt < 500) return;
    this.#shownAt = now;
    this.#isShown = true;
    const megabytes = this.#done / 1e6;
    const rate = (megabytes / (now - this.#startedAt)) * 1000;
    const share = this.#size ? `${Math.floor((this.#done / this.#size) * 100)} %  ` : "";
    process.stderr.write(`\r\u001b[K${share}${megabytes.toFixed(0)} MB  ${rate.toFixed(0)} MB/s`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
  }
}
