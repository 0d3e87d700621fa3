// A literal whose strings are in the scratch area: what its octets show, and its record.
// Rules: HP-030, QP-FLD-4.

import { FIELD_SCRATCH } from "../../src/abi/field-memory";
import { LiteralRecord } from "../../src/abi/field-tape";
import { TableBlock, takesAnyOctets } from "./field-block";
import { Entry, lastEntry, nameInfo, OVERHEAD, valueInfo } from "./field-entry";

const SLOT_SHIFT: u32 = 18;

/** The literal as an entry: a name of this length and kind, and the value [value, valueEnd) of octets with these flags. */
export function literalEntry(
  block: TableBlock,
  nameLength: u32,
  kind: u32,
  value: u32,
  valueEnd: u32,
  flags: u32,
): Entry {
  const last = lastEntry();
  last.info = nameInfo(nameLength, kind);
  if (!takesAnyOctets(block)) last.info |= valueInfo(kind, value, valueEnd, flags);
  last.size = nameLength + (valueEnd - value) + OVERHEAD;
  return last;
}

/** Writes the record: a name at `name`, empty where it is indexed, the value behind it up to `valueEnd`. */
export function storeLiteral(
  record: u32,
  form: u32,
  name: u32,
  value: u32,
  valueEnd: u32,
  slot: u32,
): void {
  store<u32>(record, form);
  store<u32>(record, name - FIELD_SCRATCH, LiteralRecord.Start * 4);
  store<u32>(record, value - name, LiteralRecord.NameLength * 4);
  const lengthAndSlot = (valueEnd - value) | (slot << SLOT_SHIFT);
  store<u32>(record, lengthAndSlot, LiteralRecord.ValueLengthAndSlot * 4);
}
