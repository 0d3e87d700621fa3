// One entry of a table: sizes and verdicts, no octets (the host keeps the strings). Static tables have 61 (HPACK)
// and 99 (QPACK) of them, each ring up to 8,192.
// Rules: HP-003, HP-008, HP-034.

import { ErrorCode } from "../../src/abi/error-code";
import { FIELD_SCRATCH } from "../../src/abi/field-memory";
import { copyName, copyValue } from "./field-copy";
import { Kind, kindOf, LAST_PSEUDO } from "./field-names";
import { pathForm, valueFault } from "./field-values";

/**
 *     word 0                                              word 1
 *   +---------------+-------+--------+-----------+      +--------------------------------------+
 *   |  name length  |  kind | fault  | path form |      |  size: name + value + 32 (RFC 7541   |
 *   |  bits 0..17   | 18..22| 23..27 |  28..30   |      |  4.1, RFC 9204 section 3.2.1)        |
 *   +---------------+-------+--------+-----------+      +--------------------------------------+
 *
 * fault: an error code less FAULT_BASE, or 0. Bit 31: a pseudo-field.
 */
@unmanaged
export class Entry {
  info: u32;
  size: u32;
}

if (offsetof<Entry>() != 8) ERROR("Entry: length");

/** RFC 7541 section 4.1. */
export const OVERHEAD: u32 = 32;

const NAME_LENGTH_MASK: u32 = 0x3_ffff;
const KIND_SHIFT: u32 = 18;
const KIND_MASK: u32 = 31;
const FAULT_SHIFT: u32 = 23;
const FAULT_MASK: u32 = 31;
const PATH_SHIFT: u32 = 28;
const PATH_MASK: u32 = 7;
const PSEUDO_SHIFT: u32 = 31;
const FAULT_BASE: u32 = ErrorCode.H2_FIELD_NAME_INVALID - 1;

if (<u32>ErrorCode.H2_PROTOCOL_INVALID - FAULT_BASE > FAULT_MASK) ERROR("Entry: fault");

/** A field of these bits means nothing special. */
export const SPECIAL_MASK: u32 = ~NAME_LENGTH_MASK;

export function nameLengthOf(info: u32): u32 {
  return info & NAME_LENGTH_MASK;
}

export function kindIn(info: u32): u32 {
  return (info >> KIND_SHIFT) & KIND_MASK;
}

/** Error code, or 0. */
export function faultIn(info: u32): u32 {
  const fault = (info >> FAULT_SHIFT) & FAULT_MASK;
  return fault == 0 ? 0 : fault + FAULT_BASE;
}

export function pathFormIn(info: u32): u32 {
  return (info >> PATH_SHIFT) & PATH_MASK;
}

export function isPseudo(info: u32): bool {
  return info >> PSEUDO_SHIFT != 0;
}

/** What word 0 says about a name. Lengths above 2^18 - 1 fit no limit, and are not kept. */
export function nameInfo(length: u32, kind: u32): u32 {
  const info = min(length, NAME_LENGTH_MASK) | (kind << KIND_SHIFT);
  return kind - 1 < LAST_PSEUDO ? info | (1 << PSEUDO_SHIFT) : info;
}

/** What word 0 says about the value [at, end), whose octets have these `flags`; the byte at `end` becomes 0. */
export function valueInfo(kind: u32, at: usize, end: usize, flags: u32): u32 {
  store<u8>(end, 0); // the sentinel of assembly/common/scan.ts
  const fault = valueFault(kind, at, end, flags);
  const info = fault == 0 ? 0 : (fault - FAULT_BASE) << FAULT_SHIFT;
  return kind == Kind.Path ? info | (pathForm(at, end) << PATH_SHIFT) : info;
}

abstract class StaticTable {
  static readonly at: usize = memory.data(1024, 16);
}

/** Indices that the static table has room for. */
export const STATIC_ROOM: u32 = 128;

/** An entry of the static table. */
export function staticEntry(index: u32): Entry {
  return changetype<Entry>(StaticTable.at + index * offsetof<Entry>());
}

/** The last literal as an entry, whether it is in the table or not. */
abstract class Last {
  static readonly at: usize = memory.data(8, 16);
}

export function lastEntry(): Entry {
  return changetype<Entry>(Last.at);
}

/**
 * Fills the static table from the index `first` to `last`: [length of name, length of value, name, value] of each entry
 * stands at `at`. Returns the end.
 */
export function initStatic(at: usize, first: u32, last: u32): usize {
  for (let index = first; index <= last; index++) {
    const nameLength: u32 = load<u8>(at);
    const valueLength: u32 = load<u8>(at, 1);
    const name: usize = FIELD_SCRATCH;
    const value = name + nameLength;
    const nameFlags = copyName(at + 2, nameLength, name);
    const kind = kindOf(name, nameLength, nameFlags);
    const flags = copyValue(at + 2 + nameLength, valueLength, value);
    const entry = staticEntry(index);
    entry.info = nameInfo(nameLength, kind) | valueInfo(kind, value, value + valueLength, flags);
    entry.size = nameLength + valueLength + OVERHEAD;
    at += 2 + nameLength + valueLength;
  }
  return at;
}
