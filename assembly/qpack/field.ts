// One representation of a field section (RFC 9204 sections 4.5.2 to 4.5.6): its record to the tape; of a literal the
// strings to the scratch area.
//
//   1 T index(6)                 indexed; T: static
//   01 N T index(4) value        literal with a name reference
//   001 N H length(3) name value literal with a literal name
//   0001 index(4)                indexed, from the Base upwards
//   0000 N index(3) value        literal with such a name reference
//
// Rules: QP-STR-1, QP-STR-2, QP-STR-3, QP-TAB-1, QP-PFX-9, QP-FLD-1, QP-FLD-2, QP-FLD-3, QP-FLD-4, QP-FLD-6.

import { ErrorCode } from "../../src/abi/error-code";
import { FieldWord } from "../../src/abi/field-tape";
import { STATIC_COUNT } from "../../src/abi/qpack-sizes";
import {
  Entry,
  isPseudo,
  kindIn,
  nameLengthOf,
  STATIC_ROOM,
  staticEntry,
} from "../common/field-entry";
import { literalEntry, storeLiteral } from "../common/field-literal";
import { kindOf } from "../common/field-names";
import { entryAt } from "../common/field-table";
import { readText } from "../common/field-text";
import { INT_INVALID, wideInt, wideValue } from "../common/prefix-int";
import { integerError } from "./prefix";
import { Block } from "./state";

if (<u32>STATIC_COUNT > STATIC_ROOM) ERROR("static table: length");

export const INDEXED: u32 = 0x80;
export const INDEXED_STATIC: u32 = 0x40;
export const INDEXED_MASK: u32 = 0x3f;
const NAME_REFERENCE: u32 = 0x40;
const NAME_NEVER: u32 = 0x20;
const NAME_STATIC: u32 = 0x10;
const NAME_MASK: u32 = 0x0f;
const LITERAL_NAME: u32 = 0x20;
const LITERAL_NEVER: u32 = 0x10;
const LITERAL_MASK: u32 = 0x07;
const POST_BASE: u32 = 0x10;
const POST_BASE_MASK: u32 = 0x0f;
const POST_NAME_NEVER: u32 = 0x08;
const POST_NAME_MASK: u32 = 0x07;
const VALUE_MASK: u32 = 0x7f;

/** What an index counts. */
const enum Count {
  Static = 0,
  /** From the Base downwards. */
  Relative = 1,
  /** From the Base upwards. */
  PostBase = 2,
}

/** Address of the entry `offset` behind the oldest that is left; 0 = the section may not refer to it. */
export function dynamicEntry(block: Block, offset: u64): usize {
  if (offset >= block.usable) return 0;
  const oldest = block.inserted - block.entryCount;
  return changetype<usize>(entryAt(block, (oldest + <u32>offset) & (block.ringEntries - 1)));
}

/** The record of an entry of the dynamic table as a field: its slot, and whether it is a pseudo-field. */
export function dynamicWord(block: Block, entry: usize): u32 {
  const pseudo = isPseudo(changetype<Entry>(entry).info) ? FieldWord.Pseudo : 0;
  return FieldWord.Dynamic | pseudo | slotBits(block, entry);
}

/** The same of one of the static table. */
export function staticWord(index: u32): u32 {
  const pseudo = isPseudo(staticEntry(index).info) ? FieldWord.Pseudo : 0;
  return FieldWord.Static | pseudo | (index << FieldWord.IndexShift);
}

function slotBits(block: Block, entry: usize): u32 {
  return ((<u32>entry - block.ring) / offsetof<Entry>()) << FieldWord.IndexShift;
}

/**
 * Reads the representation at `at`, which begins with `octet`; its record goes to `record`. The address behind it is in
 * the high half of the result, that of its entry in the low half; where the high half is 0, the low half is an error code.
 */
export function readField(block: Block, octet: u32, at: u32, end: u32, record: u32): u64 {
  if (octet >= INDEXED) {
    const isStatic = (octet & INDEXED_STATIC) != 0;
    const count = isStatic ? Count.Static : Count.Relative;
    const found = reference(block, at, end, INDEXED_MASK, count);
    if (found >> 32 == 0) return found;
    store<u32>(record, isStatic ? staticWord(<u32>wideValue()) : dynamicWord(block, <u32>found));
    return found;
  }
  if (octet >= NAME_REFERENCE) {
    const count = (octet & NAME_STATIC) != 0 ? Count.Static : Count.Relative;
    return named(block, at, end, record, NAME_MASK, count, (octet & NAME_NEVER) != 0);
  }
  if (octet >= LITERAL_NAME) return unnamed(block, at, end, record, (octet & LITERAL_NEVER) != 0);
  if (octet >= POST_BASE) {
    const found = reference(block, at, end, POST_BASE_MASK, Count.PostBase);
    if (found >> 32 == 0) return found;
    store<u32>(record, dynamicWord(block, <u32>found));
    return found;
  }
  const isNever = (octet & POST_NAME_NEVER) != 0;
  return named(block, at, end, record, POST_NAME_MASK, Count.PostBase, isNever);
}

/** An index and the entry that it means, as readField. The index stays in `wideValue`. */
function reference(block: Block, at: u32, end: u32, mask: u32, count: Count): u64 {
  at = wideInt(at, end, mask);
  if (at <= INT_INVALID) return integerError(at);
  const index = wideValue();
  let entry: usize;
  if (count == Count.Static) {
    if (index >= <u64>STATIC_COUNT) return ErrorCode.QPACK_INDEX_INVALID;
    entry = changetype<usize>(staticEntry(<u32>index));
  } else {
    const offset = count == Count.Relative ? block.span - 1 - index : block.span + index;
    entry = dynamicEntry(block, offset);
    if (entry == 0) return ErrorCode.QPACK_REFERENCE_INVALID;
  }
  return ((<u64>at) << 32) | entry;
}

/** A literal with a name reference. */
function named(
  block: Block,
  at: u32,
  end: u32,
  record: u32,
  mask: u32,
  count: Count,
  isNever: bool,
): u64 {
  const found = reference(block, at, end, mask, count);
  at = <u32>(found >> 32);
  if (at == 0) return found;
  const form: u32 =
    count == Count.Static
      ? FieldWord.NameStatic | ((<u32>wideValue()) << FieldWord.IndexShift)
      : FieldWord.NameDynamic | slotBits(block, <u32>found);
  const info = changetype<Entry>(<u32>found).info;
  const text = block.textAt;
  return readValue(block, at, end, record, form, isNever, text, nameLengthOf(info), kindIn(info));
}

/** A literal with a literal name. */
function unnamed(block: Block, at: u32, end: u32, record: u32, isNever: bool): u64 {
  const name = block.textAt;
  const text = readString(block, at, end, LITERAL_MASK, true);
  at = <u32>(text >> 32);
  if (at == 0) return text;
  const nameLength = block.textAt - name;
  const kind = kindOf(name, nameLength, <u32>text);
  return readValue(block, at, end, record, 0, isNever, name, nameLength, kind);
}

/** The value of a literal, and its record; octets of a literal name are at `name`. */
function readValue(
  block: Block,
  at: u32,
  end: u32,
  record: u32,
  form: u32,
  isNever: bool,
  name: u32,
  nameLength: u32,
  kind: u32,
): u64 {
  const value = block.textAt;
  const text = readString(block, at, end, VALUE_MASK, false);
  if (text >> 32 == 0) return text;
  const valueEnd = block.textAt;
  const last = literalEntry(block, nameLength, kind, value, valueEnd, <u32>text);
  form |= FieldWord.Literal;
  if (isNever) form |= FieldWord.Sensitive;
  if (isPseudo(last.info)) form |= FieldWord.Pseudo;
  storeLiteral(record, form, name, value, valueEnd, 0);
  return (text & 0xffff_ffff_0000_0000) | changetype<usize>(last);
}

/**
 * Reads one string at `at` to `block.textAt`, which moves behind it; its length has the prefix `mask`, the bit above says
 * whether it is Huffman coded. The flags of its octets are in the low half of the result, the address behind it in the
 * high half; where that is 0, the low half is an error code.
 */
function readString(block: Block, at: u32, end: u32, mask: u32, isName: bool): u64 {
  if (at >= end) return ErrorCode.QPACK_TRUNCATED;
  const isHuffman = (load<u8>(at) & (mask + 1)) != 0;
  at = wideInt(at, end, mask);
  if (at <= INT_INVALID) return integerError(at);
  const length = wideValue();
  if (length > <u64>(end - at)) return ErrorCode.QPACK_TRUNCATED;
  const next = at + <u32>length;
  const text = readText(at, next, block.textAt, isHuffman, isName);
  if (<u32>text == 0)
    return text >> 32 == ErrorCode.HPACK_HUFFMAN_EOS
      ? ErrorCode.QPACK_HUFFMAN_EOS
      : ErrorCode.QPACK_HUFFMAN_PADDING;
  block.textAt = <u32>text;
  return ((<u64>next) << 32) | (text >> 32);
}
