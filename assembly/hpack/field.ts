// One field (RFC 7541 sections 5.2, 6.1 and 6.2): its record to the tape; of a literal the strings to the scratch area,
// and its entry into the table where the representation says so.
// Rules: HP-006, HP-007, HP-016, HP-021, HP-022, HP-028, HP-029, HP-030.

import { ErrorCode } from "../../src/abi/error-code";
import { FieldWord } from "../../src/abi/field-tape";
import { STATIC_COUNT } from "../../src/abi/hpack-sizes";
import { Entry, isPseudo, kindIn, nameLengthOf } from "../common/field-entry";
import { literalEntry, storeLiteral } from "../common/field-literal";
import { kindOf } from "../common/field-names";
import { insert, slotOf } from "../common/field-table";
import { readText } from "../common/field-text";
import { prefixInt } from "../common/prefix-int";
import { Block } from "./state";
import { entryOf } from "./table";

/** First bits of the representations (RFC 7541 section 6). */
export const INDEXED: u32 = 0x80;
const INCREMENTAL: u32 = 0x40;
const SIZE_UPDATE: u32 = 0x20;
const NEVER_INDEXED: u32 = 0x10;

export const INDEX_MASK: u32 = 0x7f;
const HUFFMAN_BIT: u32 = 0x80;
const LENGTH_MASK: u32 = 0x7f;

/** The record of an indexed field; the index is in the tables. */
export function indexedWord(block: Block, index: u32, info: u32): u32 {
  const pseudo = isPseudo(info) ? FieldWord.Pseudo : 0;
  if (index <= <u32>STATIC_COUNT)
    return FieldWord.Static | pseudo | (index << FieldWord.IndexShift);
  const slot = slotOf(block, index - STATIC_COUNT);
  return FieldWord.Dynamic | pseudo | (slot << FieldWord.IndexShift);
}

/**
 * Reads the field at `at`, which begins with `octet`; its record goes to `record`. The address behind the field is in
 * the high half of the result, that of its entry in the low half; where the high half is 0, the low half is an error code.
 */
export function readField(block: Block, octet: u32, at: u32, end: u32, record: u32): u64 {
  if (octet < INDEXED) return readLiteral(block, octet, at, end, record);
  const index = prefixInt(at, end, INDEX_MASK);
  if (index >> 32 == 0) return index;
  const entry: usize = <u32>index == 0 ? 0 : entryOf(block, <u32>index);
  if (entry == 0) return ErrorCode.HPACK_INDEX_INVALID;
  store<u32>(record, indexedWord(block, <u32>index, changetype<Entry>(entry).info));
  return (index & 0xffff_ffff_0000_0000) | entry;
}

/** A literal, as readField. */
function readLiteral(block: Block, octet: u32, at: u32, end: u32, record: u32): u64 {
  let form: u32 = FieldWord.Literal;
  let mask: u32 = 0x0f;
  if (octet >= INCREMENTAL) {
    form = FieldWord.Literal | FieldWord.Inserted;
    mask = 0x3f;
  } else if (octet >= SIZE_UPDATE) {
    return ErrorCode.HPACK_TABLE_SIZE_MISPLACED;
  } else if (octet >= NEVER_INDEXED) form = FieldWord.Literal | FieldWord.Sensitive;
  const index = prefixInt(at, end, mask);
  at = <u32>(index >> 32);
  if (at == 0) return index;
  const name = block.textAt;
  let value = name;
  let nameLength: u32 = 0;
  let kind: u32 = 0;
  if (<u32>index != 0) {
    const entry = entryOf(block, <u32>index);
    if (entry == 0) return ErrorCode.HPACK_INDEX_INVALID;
    const info = changetype<Entry>(entry).info;
    form |= nameForm(block, <u32>index);
    nameLength = nameLengthOf(info);
    kind = kindIn(info);
  } else {
    const text = readString(block, at, end, true);
    at = <u32>(text >> 32);
    if (at == 0) return text;
    value = block.textAt;
    nameLength = value - name;
    kind = kindOf(name, nameLength, <u32>text);
  }
  const text = readString(block, at, end, false);
  if (text >> 32 == 0) return text;
  const valueEnd = block.textAt;
  const last = literalEntry(block, nameLength, kind, value, valueEnd, <u32>text);
  if (isPseudo(last.info)) form |= FieldWord.Pseudo;
  const slot = slotOf(block, 0);
  if ((form & FieldWord.Inserted) != 0 && !insert(block, last.info, last.size))
    form ^= FieldWord.Inserted;
  storeLiteral(record, form, name, value, valueEnd, slot);
  return (text & 0xffff_ffff_0000_0000) | changetype<usize>(last);
}

/** FieldWord bits of an indexed name; the index is in the tables. */
function nameForm(block: Block, index: u32): u32 {
  if (index <= <u32>STATIC_COUNT) return FieldWord.NameStatic | (index << FieldWord.IndexShift);
  const slot = slotOf(block, index - STATIC_COUNT);
  return FieldWord.NameDynamic | (slot << FieldWord.IndexShift);
}

/**
 * Reads one string at `at` to `block.textAt`, which moves behind it. The flags of its octets are in the low half of the
 * result, the address behind it in the high half; where that is 0, the low half is an error code.
 */
function readString(block: Block, at: u32, end: u32, isName: bool): u64 {
  if (at >= end) return ErrorCode.HPACK_TRUNCATED;
  const isHuffman = (load<u8>(at) & HUFFMAN_BIT) != 0;
  const length = prefixInt(at, end, LENGTH_MASK);
  at = <u32>(length >> 32);
  if (at == 0) return length;
  if (<u32>length > end - at) return ErrorCode.HPACK_TRUNCATED;
  const next = at + <u32>length;
  const text = readText(at, next, block.textAt, isHuffman, isName);
  if (<u32>text == 0) return text >> 32;
  block.textAt = <u32>text;
  return ((<u64>next) << 32) | (text >> 32);
}
