// The dynamic table (RFC 7541 sections 2.3.2 and 4, RFC 9204 section 3.2): a ring of entries without octets. Entry n,
// counted from the first insertion, has the slot n modulo the length of the ring, here and where the host keeps its
// strings.
// Rules: HP-004, HP-005, HP-008, HP-014, HP-015, QP-TAB-3, QP-TAB-4.

import { TableBlock } from "./field-block";
import { Entry } from "./field-entry";

/** Slot of the entry that was inserted `back` entries ago; the newest is 1. */
export function slotOf(block: TableBlock, back: u32): u32 {
  return (block.inserted - back) & (block.ringEntries - 1);
}

export function entryAt(block: TableBlock, slot: u32): Entry {
  return changetype<Entry>(block.ring + slot * offsetof<Entry>());
}

/** Evicts the oldest entries until the table is at most `size` bytes. */
export function shrink(block: TableBlock, size: u32): void {
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

/**
 * Puts an entry in front. False: it is larger than the table, which is empty now. HPACK takes that for no error (RFC 7541
 * section 4.4).
 */
export function insert(block: TableBlock, info: u32, size: u32): bool {
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
