// State of one HTTP/2 connection as HPACK sees it. What only frames need stands behind: assembly/h2 extends the class.

import { FIELD_BLOCK_LENGTH } from "../../src/abi/field-memory";
import { H2Block } from "../../src/abi/h2-memory";
import { TableBlock } from "../common/field-block";

/** Words 14 and 15 as in H2Block. */
@unmanaged
export class Block extends TableBlock {
  phase: u32;
  /** -1 = none. */
  updateDue: i32;
}

if (offsetof<Block>() > <usize>FIELD_BLOCK_LENGTH) ERROR("Block: length");
if (offsetof<Block>("phase") != <usize>(H2Block.Phase * 4)) ERROR("Block.phase");
if (offsetof<Block>("updateDue") != <usize>(H2Block.UpdateDue * 4)) ERROR("Block.updateDue");
