// The dynamic table of the QPACK encoder: what it may evict, and which entries it soon will
// (RFC 9204 section 2.1.1).
// Rules: QP-TAB-4, QP-TAB-5, QP-EN-1.

import { STATIC_TABLE } from "../abi/qpack-static.js";
import { EncoderTable, knownNames, type NameState, type TableEntry } from "./encoder-table.js";

/** Names that are known before the first one comes. */
const KNOWN = knownNames(STATIC_TABLE);

/** The oldest part of the table is draining: one third. */
const DRAINING_PART = 1 / 3;

/** The dynamic table of one encoder. Entries have their absolute index as number. */
export class QpackEncoderTable extends EncoderTable {
  /** Entries below this number are draining: they are not referred to any more where it can be helped. */
  draining = 0;
  /** The first entry that is not. */
  #edge: TableEntry | null = null;

  constructor() {
    super(KNOWN, 0);
  }

  /** Whether an entry of `size` bytes has room, where entries from number `limit` on must stay. */
  hasRoom(size: number, limit: number): boolean {
    let room = this.max - this.size;
    let entry = this.oldest;
    while (room < size) {
      if (entry === null || entry.number >= limit) return false;
      room += entry.size;
      entry = entry.next;
    }
    return true;
  }

  override insert(state: NameState, value: string): void {
    super.insert(state, value);
    let edge = this.#edge;
    const { oldest, insertedSize } = this;
    if (edge === null || (oldest !== null && edge.number < oldest.number)) edge = oldest;
    const kept = this.max * (1 - DRAINING_PART);
    while (edge?.next && insertedSize - edge.offset > kept) edge = edge.next;
    this.#edge = edge;
    this.draining = edge === null ? 0 : edge.number;
  }
}
