// Sections that were sent and are not acknowledged yet: which streams they block, and which entries they
// keep from being evicted (RFC 9204 sections 2.1.1, 2.1.2 and 2.1.4). Entries are evicted in their order,
// so that of the references of a section only the oldest one counts.
// Rules: QP-DECS-1, QP-DECS-2, QP-DECS-8, QP-EN-1, QP-EN-2.

/**
 * Sections that may be outstanding. Beyond it sections go out without the dynamic table, so that a peer
 * that never acknowledges costs no more.
 */
export const OUTSTANDING_MAX = 512;
/** Bytes that one costs, about. */
export const SECTION_MEMORY = 100;

/** One section with references to the dynamic table. */
interface Section {
  /** Its Required Insert Count. */
  readonly required: number;
  /** The number of the oldest entry that it refers to. */
  readonly least: number;
  /** The next section of its stream. */
  next: Section | null;
}

/** The outstanding sections of one stream, in the order in which they were sent. */
interface StreamSections {
  first: Section;
  last: Section;
  /** Largest Required Insert Count among them. */
  required: number;
}

/** The outstanding sections of one connection. */
export class OutstandingSections {
  /** The peer knows of all entries below this number (RFC 9204 section 2.1.4). */
  known = 0;
  /** Sections. */
  count = 0;
  readonly #streams = new Map<number, StreamSections>();
  /** Streams that are or may be blocked at the peer; -1: to be counted. */
  #blocked = 0;
  /** Oldest entry that any section refers to, Infinity: none; -1: to be looked for. */
  #least = Number.POSITIVE_INFINITY;

  /** Whether a section of this stream may already be blocked, so that another one costs nothing. */
  isBlocked(streamId: number): boolean {
    const stream = this.#streams.get(streamId);
    return stream !== undefined && stream.required > this.known;
  }

  /** Streams that are or may be blocked at the peer. */
  get blocked(): number {
    if (this.#blocked >= 0) return this.#blocked;
    let count = 0;
    for (const stream of this.#streams.values()) if (stream.required > this.known) count++;
    this.#blocked = count;
    return count;
  }

  /** The number of the oldest entry that an outstanding section refers to; Infinity where none does. */
  get least(): number {
    if (this.#least >= 0) return this.#least;
    let least = Number.POSITIVE_INFINITY;
    for (const { first } of this.#streams.values())
      for (let section: Section | null = first; section !== null; section = section.next)
        if (section.least < least) least = section.least;
    this.#least = least;
    return least;
  }

  /** A section was sent. */
  add(streamId: number, required: number, least: number): void {
    const section: Section = { required, least, next: null };
    this.count++;
    if (this.#least > least) this.#least = least;
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#streams.set(streamId, { first: section, last: section, required });
      if (required > this.known && this.#blocked >= 0) this.#blocked++;
      return;
    }
    stream.last.next = section;
    stream.last = section;
    if (required <= stream.required) return;
    if (stream.required <= this.known && required > this.known && this.#blocked >= 0)
      this.#blocked++;
    stream.required = required;
  }

  /**
   * Section Acknowledgment (RFC 9204 section 4.4.1): the oldest section of the stream was decoded.
   * @returns whether there was one
   */
  acknowledge(streamId: number): boolean {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return false;
    const section = stream.first;
    this.#drop(section);
    if (section.next === null) this.#streams.delete(streamId);
    else {
      stream.first = section.next;
      stream.required = largest(section.next);
    }
    this.#blocked = -1;
    if (section.required > this.known) this.known = section.required;
    return true;
  }

  /** Stream Cancellation (RFC 9204 section 4.4.2): its sections refer to nothing any more. */
  cancel(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    for (let section: Section | null = stream.first; section !== null; section = section.next)
      this.#drop(section);
    this.#streams.delete(streamId);
    this.#blocked = -1;
  }

  /** Insert Count Increment (RFC 9204 section 4.4.3). */
  increment(count: number): void {
    this.known += count;
    this.#blocked = -1;
  }

  #drop(section: Section): void {
    this.count--;
    if (section.least === this.#least) this.#least = -1;
  }
}

/** Largest Required Insert Count of a section and those behind it. */
function largest(first: Section): number {
  let required = 0;
  for (let section: Section | null = first; section !== null; section = section.next)
    if (section.required > required) required = section.required;
  return required;
}
