// One field (RFC 7541 sections 5.2, 6.1 and 6.2): its record to the tape; of a literal the strings to the scratch area,
// and its entry into the table where the representation says so.
// Rules: HP-006, HP-007, HP-016, HP-021, HP-022, HP-028, HP-029, HP-030.

import { ErrorCode } from "../../src/abi/error-code";
import { H2_SCRATCH } from "../../src/abi/h2-memory";
import { FieldWord, LiteralRecord } from "../../src/abi/h2-tape";
import { STATIC_COUNT } from "../../src/abi/hpack-sizes";
import { decodeHuffman } from "../common/huffman";
import { prefixInt } from "../common/prefix-int";
import { copyName, copyValue } from "./copy";
import { Entry, infoOf, kindIn, nameLengthOf, OVERHEAD, staticEntry } from "./entry";
import { kindOf, LAST_PSEUDO } from "./names";
import { Block } from "./state";
import { entryAt, entryOf, insert, slotOf } from "./table";

const INDEX_MASK: u32 = 0x7f;
const HUFFMAN_BIT: u32 = 0x80;
const LENGTH_MASK: u32 = 0x7f;
const SLOT_SHIFT: u32 = 18;

/** The last field as an entry, whether it is in a table or not. */
abstract class Last {
  static readonly at: usize = memory.data(8, 16);
}

/** Of the field that was read last: word 0 of an entry, and size. */
export function lastEntry(): Entry {
  return changetype<Entry>(Last.at);
}

/** Reads the indexed field at `at`; its record goes to `record`. Returns the address behind it, or 0: the error is noted. */
export function readIndexed(block: Block, at: u32, end: u32, record: u32): u32 {
  const index = prefixInt(at, end, INDEX_MASK);
  at = <u32>(index >> 32);
  if (at == 0) return fail(block, <u32>index);
  const position = <u32>index;
  let entry: Entry;
  let word: u32;
  if (position - 1 < <u32>STATIC_COUNT) {
    entry = staticEntry(position);
    word = FieldWord.Static | (position << FieldWord.IndexShift);
  } else {
    const back = position - STATIC_COUNT;
    // Index 0 is far behind the end, too.
    if (back - 1 >= block.entryCount) return fail(block, ErrorCode.HPACK_INDEX_INVALID);
    const slot = slotOf(block, back);
    entry = entryAt(block, slot);
    word = FieldWord.Dynamic | (slot << FieldWord.IndexShift);
  }
  const info = entry.info;
  const last = lastEntry();
  last.info = info;
  last.size = entry.size;
  if (kindIn(info) - 1 < LAST_PSEUDO) word |= FieldWord.Pseudo;
  store<u32>(record, word);
  return at;
}

/**
 * Reads the literal at `at`; its record goes to `record`. `mask` is the prefix of the name's index, `form` the bits of
 * the representation. Returns the address behind it, or 0: the error is noted.
 */
export function readLiteral(
  block: Block,
  at: u32,
  end: u32,
  mask: u32,
  form: u32,
  record: u32,
): u32 {
  const index = prefixInt(at, end, mask);
  at = <u32>(index >> 32);
  if (at == 0) return fail(block, <u32>index);
  const name = block.textAt;
  let value = name;
  let nameLength: u32 = 0;
  let kind: u32 = 0;
  if (<u32>index != 0) {
    const entry = entryOf(block, <u32>index);
    if (entry == 0) return fail(block, ErrorCode.HPACK_INDEX_INVALID);
    const info = changetype<Entry>(entry).info;
    form |= nameForm(block, <u32>index);
    nameLength = nameLengthOf(info);
    kind = kindIn(info);
  } else {
    const text = readString(block, at, end, true);
    at = <u32>(text >> 32);
    if (at == 0) return 0;
    value = block.textAt;
    nameLength = value - name;
    kind = kindOf(name, nameLength, <u32>text);
  }
  const text = readString(block, at, end, false);
  if (text >> 32 == 0) return 0;
  const valueEnd = block.textAt;
  const last = lastEntry();
  last.info = infoOf(nameLength, kind, value, valueEnd, <u32>text);
  last.size = nameLength + (valueEnd - value) + OVERHEAD;
  if (kind - 1 < LAST_PSEUDO) form |= FieldWord.Pseudo;
  const slot = slotOf(block, 0);
  if ((form & FieldWord.Inserted) != 0 && !insert(block, last.info, last.size))
    form ^= FieldWord.Inserted;
  store<u32>(record, form);
  store<u32>(record, name - H2_SCRATCH, LiteralRecord.Start * 4);
  store<u32>(record, value - name, LiteralRecord.NameLength * 4);
  const lengthAndSlot = (valueEnd - value) | (slot << SLOT_SHIFT);
  store<u32>(record, lengthAndSlot, LiteralRecord.ValueLengthAndSlot * 4);
  return <u32>(text >> 32);
}

/** FieldWord bits of an indexed name; the index is in the tables. */
function nameForm(block: Block, index: u32): u32 {
  if (index <= <u32>STATIC_COUNT) return FieldWord.NameStatic | (index << FieldWord.IndexShift);
  const slot = slotOf(block, index - STATIC_COUNT);
  return FieldWord.NameDynamic | (slot << FieldWord.IndexShift);
}

/**
 * Reads one string at `at` to `block.textAt`, which moves behind it. The flags of its octets are in the low half of the
 * result, the address behind it in the high half; where that is 0, the error is noted.
 */
function readString(block: Block, at: u32, end: u32, isName: bool): u64 {
  if (at >= end) return fail(block, ErrorCode.HPACK_TRUNCATED);
  const isHuffman = (load<u8>(at) & HUFFMAN_BIT) != 0;
  const length = prefixInt(at, end, LENGTH_MASK);
  at = <u32>(length >> 32);
  if (at == 0) return fail(block, <u32>length);
  if (<u32>length > end - at) return fail(block, ErrorCode.HPACK_TRUNCATED);
  const next = at + <u32>length;
  const out = block.textAt;
  if (isHuffman) {
    const text = decodeHuffman(at, next, out);
    if (<u32>text == 0) return fail(block, <u32>(text >> 32));
    block.textAt = <u32>text;
    return ((<u64>next) << 32) | (text >> 32);
  }
  block.textAt = out + <u32>length;
  const flags = isName ? copyName(at, <u32>length, out) : copyValue(at, <u32>length, out);
  return ((<u64>next) << 32) | flags;
}

function fail(block: Block, code: u32): u32 {
  block.errorCode = code;
  return 0;
}
