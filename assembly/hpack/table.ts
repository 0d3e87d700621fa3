// The indices of HPACK (RFC 7541 section 2.3.3): the static table, and behind it the dynamic one.
// Rules: HP-003, HP-005.

import { STATIC_COUNT } from "../../src/abi/hpack-sizes";
import { staticEntry } from "../common/field-entry";
import { entryAt, slotOf } from "../common/field-table";
import { Block } from "./state";

/** Address of the entry of an index, above 0; 0 = it is behind the end of the tables. */
export function entryOf(block: Block, index: u32): usize {
  if (index <= <u32>STATIC_COUNT) return changetype<usize>(staticEntry(index));
  const back = index - STATIC_COUNT;
  if (back > block.entryCount) return 0;
  return changetype<usize>(entryAt(block, slotOf(block, back)));
}
