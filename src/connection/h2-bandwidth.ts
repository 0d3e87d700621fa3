// How large a receive window must be: bandwidth times delay, measured. A PING goes out while data
// comes in; what arrives until its acknowledgement is what one round trip can carry. Where that
// nearly fills the window, at a rate clearly above all before, the window becomes twice what came:
// then the window was what held the peer back, and not the path. Where the rate no longer rises, a
// larger window would only make a queue somewhere longer.
//
// Pure: time comes in as an argument, in milliseconds.

/** Largest window that is ever asked for. */
const WINDOW_MAX = 16 * 1024 * 1024;
/** Part of the window that must have arrived in one round trip. */
const FULL_PART = 2 / 3;
/** How far the rate must be above the best one so far. */
const FASTER = 9 / 8;
/** Weight of one round trip in their average. */
const AVERAGE_PART = 1 / 8;
/** Pause between two PINGs: the first, and the longest where windows no longer grow. */
const PAUSE_MIN = 100;
const PAUSE_MAX = 10_000;
/** A shorter round trip is a clock that does not tell it. */
const ROUND_TRIP_MIN = 1;

/** The estimate of one connection. */
export class BandwidthEstimator {
  readonly #max: number;
  #window: number;
  /** Whether a PING is under way, and since when. */
  #isMeasuring = false;
  #sentAt = 0;
  /** No PING before this time. */
  #nextAt = Number.NEGATIVE_INFINITY;
  #pause = PAUSE_MIN;
  /** Bytes that came since the PING went out. */
  #bytes = 0;
  /** Bytes a millisecond, the highest so far. */
  #rate = 0;
  #roundTrip = 0;

  /**
   * @param window bytes: the receive window now
   * @param max bytes: the largest one that may be asked for
   */
  constructor(window: number, max = WINDOW_MAX) {
    this.#window = window;
    this.#max = Math.max(max, window);
  }

  /** The window, in bytes, that the estimate stands for. */
  get window(): number {
    return this.#window;
  }

  /** Average round trip in milliseconds; 0: not known. */
  get roundTrip(): number {
    return this.#roundTrip;
  }

  /**
   * Notes that bytes of content came in.
   * @returns whether a PING should go out now: then send it, and call pingSent
   */
  sample(now: number, bytes: number): boolean {
    if (this.#isMeasuring) {
      this.#bytes += bytes;
      return false;
    }
    return bytes > 0 && this.#window < this.#max && now >= this.#nextAt;
  }

  /** The PING left. */
  pingSent(now: number): void {
    this.#isMeasuring = true;
    this.#sentAt = now;
    this.#bytes = 0;
  }

  /**
   * Its acknowledgement came.
   * @returns the new window in bytes; 0: it stays as it is
   */
  pingAcked(now: number): number {
    const sentAt = this.#sentAt;
    if (!this.#isMeasuring) return 0;
    this.#isMeasuring = false;
    // A clock that goes back has measured nothing.
    if (now < sentAt) return 0;
    const trip = Math.max(now - sentAt, ROUND_TRIP_MIN);
    this.#roundTrip += this.#roundTrip === 0 ? trip : (trip - this.#roundTrip) * AVERAGE_PART;
    const rate = this.#bytes / trip;
    const isFaster = rate > this.#rate * FASTER;
    this.#rate = Math.max(this.#rate, rate);
    if (!isFaster || this.#bytes < this.#window * FULL_PART) {
      this.#nextAt = now + this.#pause;
      this.#pause = Math.min(this.#pause * 2, PAUSE_MAX);
      return 0;
    }
    this.#nextAt = now;
    this.#pause = PAUSE_MIN;
    const window = Math.min(Math.max(this.#bytes * 2, this.#window), this.#max);
    if (window === this.#window) return 0;
    this.#window = window;
    return window;
  }
}
