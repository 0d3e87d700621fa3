// State of one HTTP/3 connection as QPACK's decoder sees it. Counts of insertions have 64 bits: a connection may live
// longer than 2^32 of them.

import { FIELD_BLOCK_LENGTH } from "../../src/abi/field-memory";
import { H3Block } from "../../src/abi/h3-memory";
import { TableBlock } from "../common/field-block";

/** Words 14 to 21 as in H3Block; the rest is ours. */
@unmanaged
export class Block extends TableBlock {
  /** Entries ever inserted; `inserted` is the low half. */
  total: u64;
  stopAt: u64;
  /** Required Insert Count of the section under way (RFC 9204 section 4.5.1.1). */
  required: u64;
  instructions: u32;
  most: u32;
  /** Base of the section less the oldest entry that is left, modulo 2^64. */
  span: u64;
  /** Entries, from the oldest that is left on, that the section may refer to. */
  usable: u64;
  /** Where the next record goes: an address. */
  out: u32;
}

if (offsetof<Block>() > <usize>FIELD_BLOCK_LENGTH) ERROR("Block: length");
if (offsetof<Block>("total") != <usize>(H3Block.Total * 4)) ERROR("Block.total");
if (offsetof<Block>("stopAt") != <usize>(H3Block.StopAt * 4)) ERROR("Block.stopAt");
if (offsetof<Block>("required") != <usize>(H3Block.Required * 4)) ERROR("Block.required");
if (offsetof<Block>("instructions") != <usize>(H3Block.Instructions * 4))
  ERROR("Block.instructions");
if (offsetof<Block>("span") != <usize>(H3Block.Private * 4)) ERROR("Block.span");
