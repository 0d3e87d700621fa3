// The dynamic table (RFC 7541 sections 2.3.2 and 4): a ring of entries without octets. Entry n, counted from the
// first insertion, has the slot n modulo the length of the ring, here and where the host keeps its strings.
// Rules: HP-004, HP-005, HP-008, HP-014, HP-015.

import { STATIC_COUNT } from "../../src/abi/hpack-sizes";
import { Entry, staticEntry } from "./entry";
import { Block } from "./state";

/** Slot of the entry that was inserted `back` entries ago; the newest is 1. */
export function slotOf(block: Block, back: u32): u32 {
  return (block.inserted - back) & (block.ringEntries - 1);
}

export function entryAt(block: Block, slot: u32): Entry {
  return changetype<Entry>(block.ring + slot * offsetof<Entry>());
}

/** Address of the entry of an index, above 0; 0 = it is behind the end of the tables (RFC 7541 section 2.3.3). */
export function entryOf(block: Block, index: u32): usize {
  if (index <= <u32>STATIC_COUNT) return changetype<usize>(staticEntry(index));
  const back = index - STATIC_COUNT;
  if (back > block.entryCount) return 0;
  return changetype<usize>(entryAt(block, slotOf(block, back)));
}

/** Evicts the oldest entries until the table is at most `size` bytes. */
export function shrink(block: Block, size: u32): void {
  let tableSize = block.tableSize;
  let count = block.entryCount;
  while (tableSize > size) {
    if (!ASC_NO_ASSERT) assert(count > 0); // only in the debug build that fuzzing can run
    tableSize -= entryAt(block, slotOf(block, count)).size;
    count--;
  }
  block.tableSize = tableSize;
  block.entryCount = count;
}

/** Puts an entry in front. False: it is larger than the table, which is empty now; that is no error (section 4.4). */
export function insert(block: Block, info: u32, size: u32): bool {
  const max = block.tableMax;
  if (size > max) {
    shrink(block, 0);
    return false;
  }
  if (block.tableSize > max - size) shrink(block, max - size);
  if (!ASC_NO_ASSERT) assert(block.entryCount < block.ringEntries);
  const entry = entryAt(block, slotOf(block, 0));
  entry.info = info;
  entry.size = size;
  block.inserted++;
  block.entryCount++;
  block.tableSize += size;
  return true;
}
