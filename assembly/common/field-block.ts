// State of one connection (128 bytes in the slab) and its options, as the dynamic table and the decoding of field
// sections see them. HPACK, HTTP/2 and QPACK put their own words behind: they extend the class.

import {
  FIELD_CONFIG_LENGTH,
  FieldBlock,
  FieldConfig,
  FieldConfigFlag,
} from "../../src/abi/field-memory";

/** Words 0 to 13, as in FieldBlock. */
@unmanaged
export class TableBlock {
  config: u32;
  consumed: u32;
  status: u32;
  needed: u32;
  /** Address of the ring: 8 bytes an entry. */
  ring: u32;
  ringEntries: u32;
  inserted: u32;
  entryCount: u32;
  tableSize: u32;
  tableMax: u32;
  tableLimit: u32;
  /** Where the next literal's octets go in FIELD_SCRATCH: set to FIELD_SCRATCH once a call of the host. */
  textAt: u32;
  /** ErrorCode that ended the connection. */
  errorCode: u32;
  /** Its offset in the field section, or in the window. */
  errorAt: u32;
}

if (offsetof<TableBlock>() != <usize>(FieldBlock.Size * 4)) ERROR("TableBlock: length");
if (offsetof<TableBlock>("needed") != <usize>(FieldBlock.Needed * 4)) ERROR("TableBlock.needed");
if (offsetof<TableBlock>("tableLimit") != <usize>(FieldBlock.TableLimit * 4))
  ERROR("TableBlock.tableLimit");
if (offsetof<TableBlock>("errorAt") != <usize>(FieldBlock.ErrorAt * 4)) ERROR("TableBlock.errorAt");

/** Limits and flags, shared by all connections with the same options. */
@unmanaged
export class Config {
  flags: u32;
  fieldSectionLength: u32;
  fieldCount: u32;
}

if (offsetof<Config>() > <usize>FIELD_CONFIG_LENGTH) ERROR("Config: length");
if (offsetof<Config>("fieldCount") != <usize>(FieldConfig.FieldCount * 4))
  ERROR("Config.fieldCount");

/** Whether names, values and their order get no verdict: HPACK or QPACK alone (HpackDecoder, QpackDecoder). */
export function takesAnyOctets(block: TableBlock): bool {
  return (changetype<Config>(block.config).flags & FieldConfigFlag.AnyOctets) != 0;
}
