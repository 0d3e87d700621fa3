// Which stream sends its next DATA frame (RFC 9218 section 10): the most urgent level that has one.
// Within a level, streams that are not incremental go one after the other by their id; incremental
// ones take turns, a frame each, and where both are there the first of the others has a turn of each
// round.
//
// Each level keeps both kinds in arrays sorted by id. A turn is a binary search for the id behind the
// last one, so that streams may come and go between two turns. Nothing is allocated by a turn.

/** A stream that has DATA to send. */
export interface Schedulable {
  readonly id: number;
  /** 0, the most urgent, to 7. */
  urgency: number;
  incremental: boolean;
  /** Whether the scheduler has it; the scheduler's own. */
  queued: boolean;
}

const LEVELS = 8;

/** One level of urgency. */
class Level<Stream extends Schedulable> {
  /** Not incremental, by id. */
  readonly sequential: Stream[] = [];
  /** Incremental, by id. */
  readonly rotating: Stream[] = [];
  /** Id of the incremental stream that had the last turn; 0: a round begins. */
  #last = 0;

  get isEmpty(): boolean {
    return this.sequential.length === 0 && this.rotating.length === 0;
  }

  next(): Stream {
    const { sequential, rotating } = this;
    if (rotating.length === 0) return sequential[0] as Stream;
    const at = placeOf(rotating, this.#last + 1);
    if (at < rotating.length) return this.#turn(rotating[at] as Stream);
    // The end of a round.
    if (sequential.length === 0) return this.#turn(rotating[0] as Stream);
    this.#last = 0;
    return sequential[0] as Stream;
  }

  #turn(stream: Stream): Stream {
    this.#last = stream.id;
    return stream;
  }
}

/** The streams of one connection that have DATA and may send it. */
export class Scheduler<Stream extends Schedulable = Schedulable> {
  readonly #levels: (Level<Stream> | null)[] = new Array(LEVELS).fill(null);
  /** Bit u: level u has streams. */
  #occupied = 0;
  #count = 0;

  /** Streams that it has. */
  get count(): number {
    return this.#count;
  }

  /** Takes a stream in by its urgency and incremental; one that it has stays where it is. */
  add(stream: Stream): void {
    if (stream.queued) return;
    stream.queued = true;
    this.#insert(stream);
  }

  /** Lets a stream go: it has nothing to send, no window, or it ended. */
  remove(stream: Stream): void {
    if (!stream.queued) return;
    stream.queued = false;
    this.#takeOut(stream);
  }

  /** To be called when urgency or incremental of a stream were changed. */
  reprioritize(stream: Stream): void {
    if (!stream.queued) return;
    this.#takeOut(stream);
    this.#insert(stream);
  }

  /** The stream whose turn it is, which the scheduler keeps; null: nobody has DATA. */
  next(): Stream | null {
    if (this.#occupied === 0) return null;
    // The lowest bit that is set.
    const urgency = 31 - Math.clz32(this.#occupied & -this.#occupied);
    return (this.#levels[urgency] as Level<Stream>).next();
  }

  #insert(stream: Stream): void {
    const { urgency } = stream;
    let level = this.#levels[urgency] ?? null;
    if (level === null) {
      level = new Level();
      this.#levels[urgency] = level;
    }
    const list = stream.incremental ? level.rotating : level.sequential;
    const last = list[list.length - 1];
    if (last === undefined || last.id < stream.id) list.push(stream);
    else list.splice(placeOf(list, stream.id), 0, stream);
    this.#occupied |= 1 << urgency;
    this.#count++;
  }

  /** Its members may say something else than when it came, so the other places are looked at, too. */
  #takeOut(stream: Stream): void {
    if (this.#takeOutOf(stream.urgency, stream)) return;
    for (let urgency = 0; urgency < LEVELS; urgency++) {
      if (this.#takeOutOf(urgency, stream)) return;
    }
  }

  #takeOutOf(urgency: number, stream: Stream): boolean {
    const level = this.#levels[urgency] ?? null;
    if (level === null) return false;
    if (!cut(level.rotating, stream) && !cut(level.sequential, stream)) return false;
    if (level.isEmpty) this.#occupied &= ~(1 << urgency);
    this.#count--;
    return true;
  }
}

/** Index of the first stream with this id or a higher one. */
function placeOf(list: readonly Schedulable[], id: number): number {
  let from = 0;
  let end = list.length;
  while (from < end) {
    const middle = (from + end) >>> 1;
    if ((list[middle] as Schedulable).id < id) from = middle + 1;
    else end = middle;
  }
  return from;
}

/** Removes a stream from a sorted list; whether it was there. */
function cut(list: Schedulable[], stream: Schedulable): boolean {
  const at = placeOf(list, stream.id);
  if (list[at] !== stream) return false;
  list.splice(at, 1);
  return true;
}
