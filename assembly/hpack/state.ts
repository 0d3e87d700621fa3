// State of one HTTP/2 connection (128 bytes in the slab) and its options, as HPACK sees them. What only
// frames need stands behind: assembly/h2 extends the class.

import {
  H2_BLOCK_LENGTH,
  H2_CONFIG_LENGTH,
  H2Block,
  H2Config,
  H2ConfigFlag,
} from "../../src/abi/h2-memory";

/** Words 0 to 15 as in H2Block; 16 to 19 are HPACK's; from 20 on they belong to assembly/h2. */
@unmanaged
export class Block {
  phase: u32;
  config: u32;
  consumed: u32;
  status: u32;
  remaining: u32;
  paddingLeft: u32;
  maxFrameSize: u32;
  blockStream: u32;
  /** Address of the ring: 8 bytes an entry. */
  ring: u32;
  ringEntries: u32;
  inserted: u32;
  entryCount: u32;
  tableSize: u32;
  tableMax: u32;
  tableLimit: u32;
  /** -1 = none. */
  updateDue: i32;
  /** Where the next literal's octets go in H2_SCRATCH: set to H2_SCRATCH once a call of the host. */
  textAt: u32;
  /** ErrorCode that ended the connection: decodeBlock returned 0. */
  errorCode: u32;
  /** Its offset in the field block. */
  errorAt: u32;
  padding: u32;
}

if (offsetof<Block>() > <usize>H2_BLOCK_LENGTH) ERROR("Block: length");
if (offsetof<Block>("ring") != <usize>(H2Block.Ring * 4)) ERROR("Block.ring");
if (offsetof<Block>("updateDue") != <usize>(H2Block.UpdateDue * 4)) ERROR("Block.updateDue");
if (offsetof<Block>("textAt") != <usize>(H2Block.Private * 4)) ERROR("Block.textAt");

/** Limits and flags, shared by all connections with the same options. */
@unmanaged
export class Config {
  flags: u32;
  fieldSectionLength: u32;
  fieldCount: u32;
}

if (offsetof<Config>() > <usize>H2_CONFIG_LENGTH) ERROR("Config: length");
if (offsetof<Config>("fieldCount") != <usize>(H2Config.FieldCount * 4)) ERROR("Config.fieldCount");

/** Whether names, values and their order get no verdict: HPACK alone (HpackDecoder). */
export function takesAnyOctets(block: Block): bool {
  return (changetype<Config>(block.config).flags & H2ConfigFlag.AnyOctets) != 0;
}
