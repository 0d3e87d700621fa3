// A run of bytes that waits behind a gap: one growing buffer with room at both ends, so that what comes in reverse, or at
// both ends in turn, costs as little as what comes in order.

/** Room that a growing fragment has at least at either end. */
const SLACK_MIN = 32;

/**
 * The bytes [start, end) of a stream are `buffer[at, at + end - start)`; before and behind them is room. Places may be near
 * 2^53: differences of them come first.
 */
export class Fragment {
  constructor(
    public start: number,
    public end: number,
    public buffer: Uint8Array,
    public at = 0,
  ) {}

  get length(): number {
    return this.end - this.start;
  }

  /** A view of the bytes [from, end). */
  view(from: number): Uint8Array {
    const at = this.at + (from - this.start);
    return viewOf(this.buffer, at, at + (this.end - from));
  }

  /** Makes it [start, end), which contains what it was; the new bytes are still to be written. */
  extend(start: number, end: number): void {
    const front = this.start - start;
    if (front > this.at || this.at + (end - this.start) > this.buffer.length) {
      // Half of the room at each end, wherever it grew: the cost stays linear also where the ends take turns.
      const slack = Math.max((end - start) >> 1, SLACK_MIN);
      const larger = new Uint8Array(slack + (end - start) + slack);
      larger.set(this.view(this.start), slack + front);
      this.buffer = larger;
      this.at = slack + front;
    }
    this.at -= front;
    this.start = start;
    this.end = end;
  }

  /** Writes bytes at their place. */
  write(start: number, bytes: Uint8Array): void {
    this.buffer.set(bytes, this.at + (start - this.start));
  }
}

/** The octets [from, end), as a view. */
export function viewOf(bytes: Uint8Array, from: number, end: number): Uint8Array {
  if (from === 0 && end === bytes.length) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, end - from);
}
