// The encoder stream (RFC 9204 section 4.3): instructions to insertions, and their records.
//
//   1 T index(6) value            insert with a name reference; T: static
//   01 H length(5) name value     insert with a literal name
//   001 capacity(5)               set the capacity
//   000 index(5)                  duplicate
//
// Only whole instructions are read. Of an unfinished one `needed` says how much must be here: one octet more inside of an
// integer, then up to the end of a string, so that it is looked at a few times however it is cut. What can never fit is
// refused at its length.
// Rules: QP-INT-4, QP-STR-1, QP-STR-2, QP-STR-3, QP-STR-4, QP-TAB-2, QP-TAB-5, QP-TAB-6, QP-TAB-7,
// QP-ENC-1, QP-ENC-2, QP-ENC-3, QP-ENC-4, QP-ENC-5.

import { ErrorCode } from "../../src/abi/error-code";
import {
  FIELD_SCRATCH,
  FIELD_STAGE_LENGTH,
  FIELD_TAPE,
  FIELD_WINDOW,
  FieldStatus,
} from "../../src/abi/field-memory";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../../src/abi/field-tape";
import { HUFFMAN_LENGTH_MAX } from "../../src/abi/hpack-sizes";
import { STATIC_COUNT } from "../../src/abi/qpack-sizes";
import { Entry, kindIn, nameLengthOf, OVERHEAD, staticEntry } from "../common/field-entry";
import { literalEntry, storeLiteral } from "../common/field-literal";
import { kindOf } from "../common/field-names";
import { startSection } from "../common/field-section";
import { entryAt, insert, shrink, slotOf } from "../common/field-table";
import { readText } from "../common/field-text";
import { INT_INVALID, INT_TRUNCATED, wideInt, wideValue } from "../common/prefix-int";
import { Block } from "./state";

const NAME_REFERENCE: u32 = 0x80;
const NAME_STATIC: u32 = 0x40;
const NAME_MASK: u32 = 0x3f;
const LITERAL_NAME: u32 = 0x40;
const LITERAL_MASK: u32 = 0x1f;
const SET_CAPACITY: u32 = 0x20;
const CAPACITY_MASK: u32 = 0x1f;
const DUPLICATE_MASK: u32 = 0x1f;
const VALUE_MASK: u32 = 0x7f;

/** The instruction cannot be read: it goes on behind the input, or it is wrong. */
const STOP: u32 = 0;

/**
 * Reads instructions in [from, length) of the window. Returns the words of tape written: a section record without fields,
 * and insertions. `block.consumed` says where it stopped: at the end; at an unfinished instruction of which
 * `block.needed` octets must be here; with `block.needed` 0 behind the insertion that a section waits for, or behind as
 * many as the host allows; or at a wrong one, with the status Failed.
 */
export function instructions(address: u32, from: u32, length: u32): u32 {
  const block = changetype<Block>(address);
  const section = startSection(FIELD_TAPE);
  const records: u32 = FIELD_TAPE + <u32>SectionRecord.Size * 4;
  block.textAt = FIELD_SCRATCH;
  block.status = FieldStatus.Done;
  block.needed = 1;
  block.instructions = 0;
  block.out = records;
  const end: u32 = FIELD_WINDOW + length;
  let at: u32 = FIELD_WINDOW + from;
  while (at < end) {
    if (block.total == block.stopAt || block.instructions == block.most) {
      block.needed = 0;
      break;
    }
    const next = instruction(block, at, end);
    if (next == STOP) break;
    at = next;
    block.instructions++;
  }
  block.consumed = at - FIELD_WINDOW;
  section.flags = SectionFlag.Inserts;
  section.words = (block.out - records) / 4;
  section.textLength = block.textAt - FIELD_SCRATCH;
  section.inserted = block.inserted;
  section.oldest = block.inserted - block.entryCount;
  return (block.out - FIELD_TAPE) / 4;
}

/** One instruction. Returns the address behind it, or STOP. */
function instruction(block: Block, at: u32, end: u32): u32 {
  const octet: u32 = load<u8>(at);
  const text = block.textAt;
  let next: u32;
  if (octet >= NAME_REFERENCE) next = insertNamed(block, octet, at, end);
  else if (octet >= LITERAL_NAME) next = insertLiteral(block, at, end);
  else next = octet >= SET_CAPACITY ? setCapacity(block, at, end) : duplicate(block, at, end);
  if (next == STOP) block.textAt = text;
  return next;
}

/** Insert with Name Reference (section 4.3.2). */
function insertNamed(block: Block, octet: u32, start: u32, end: u32): u32 {
  const at = readInt(block, start, start, end, NAME_MASK);
  if (at == STOP) return STOP;
  const index = wideValue();
  let form: u32;
  let entry: Entry;
  if ((octet & NAME_STATIC) != 0) {
    if (index >= <u64>STATIC_COUNT)
      return fail(block, start, ErrorCode.QPACK_ENCODER_INDEX_INVALID);
    form = FieldWord.NameStatic | ((<u32>index) << FieldWord.IndexShift);
    entry = staticEntry(<u32>index);
  } else {
    if (index >= block.entryCount) return fail(block, start, ErrorCode.QPACK_ENCODER_INDEX_INVALID);
    const slot = slotOf(block, <u32>index + 1);
    form = FieldWord.NameDynamic | (slot << FieldWord.IndexShift);
    entry = entryAt(block, slot);
  }
  // Read before anything is evicted: the entry may be the first to go (QP-TAB-6).
  const info = entry.info;
  const name = block.textAt;
  return insertValue(block, start, at, end, form, name, nameLengthOf(info), kindIn(info));
}

/** Insert with Literal Name (section 4.3.3). */
function insertLiteral(block: Block, start: u32, end: u32): u32 {
  const name = block.textAt;
  const text = readString(block, start, start, end, LITERAL_MASK, OVERHEAD, true);
  const at = <u32>(text >> 32);
  if (at == STOP) return STOP;
  const nameLength = block.textAt - name;
  const kind = kindOf(name, nameLength, <u32>text);
  return insertValue(block, start, at, end, 0, name, nameLength, kind);
}

/** The value of an insertion, at `at`; octets of a literal name are at `name`. */
function insertValue(
  block: Block,
  start: u32,
  at: u32,
  end: u32,
  form: u32,
  name: u32,
  nameLength: u32,
  kind: u32,
): u32 {
  const value = block.textAt;
  const text = readString(block, start, at, end, VALUE_MASK, nameLength + OVERHEAD, false);
  const next = <u32>(text >> 32);
  if (next == STOP) return STOP;
  const valueEnd = block.textAt;
  const entry = literalEntry(block, nameLength, kind, value, valueEnd, <u32>text);
  if (entry.size > block.tableMax)
    return fail(block, start, ErrorCode.QPACK_ENCODER_ENTRY_TOO_LARGE);
  const slot = slotOf(block, 0);
  add(block, entry.info, entry.size);
  form |= FieldWord.Literal | FieldWord.Inserted | FieldWord.TableOnly;
  storeLiteral(block.out, form, name, value, valueEnd, slot);
  block.out += LiteralRecord.Size * 4;
  return next;
}

/** Set Dynamic Table Capacity (section 4.3.1). */
function setCapacity(block: Block, start: u32, end: u32): u32 {
  const next = readInt(block, start, start, end, CAPACITY_MASK);
  if (next == STOP) return STOP;
  const capacity = wideValue();
  if (capacity > block.tableLimit)
    return fail(block, start, ErrorCode.QPACK_ENCODER_CAPACITY_INVALID);
  block.tableMax = <u32>capacity;
  shrink(block, <u32>capacity);
  return next;
}

/** Duplicate (section 4.3.4). */
function duplicate(block: Block, start: u32, end: u32): u32 {
  const next = readInt(block, start, start, end, DUPLICATE_MASK);
  if (next == STOP) return STOP;
  const index = wideValue();
  if (index >= block.entryCount) return fail(block, start, ErrorCode.QPACK_ENCODER_INDEX_INVALID);
  const from = slotOf(block, <u32>index + 1);
  const to = slotOf(block, 0);
  // Read before it may be evicted for its own copy (QP-ENC-5).
  const entry = entryAt(block, from);
  add(block, entry.info, entry.size);
  const word = (from << FieldWord.DuplicateShift) | (to << FieldWord.DuplicateSlotShift);
  store<u32>(block.out, FieldWord.Duplicate | word);
  block.out += 4;
  return next;
}

/** Inserts an entry that fits. */
function add(block: Block, info: u32, size: u32): void {
  insert(block, info, size);
  block.total++;
}

/** Reads an integer of the instruction at `start`. Returns the address behind it, or STOP. */
function readInt(block: Block, start: u32, at: u32, end: u32, mask: u32): u32 {
  const next = wideInt(at, end, mask);
  if (next == INT_TRUNCATED) return wait(block, end + 1 - start);
  if (next == INT_INVALID) return fail(block, start, ErrorCode.QPACK_ENCODER_INTEGER_INVALID);
  return next;
}

/**
 * Reads a string of the instruction at `start` to `block.textAt`, which moves behind it. `size` is what its entry has
 * without it. The flags of its octets are in the low half of the result, the address behind it in the high half; STOP
 * there where it cannot be read.
 */
function readString(
  block: Block,
  start: u32,
  at: u32,
  end: u32,
  mask: u32,
  size: u32,
  isName: bool,
): u64 {
  if (at >= end) return wait(block, at + 1 - start);
  const isHuffman = (load<u8>(at) & (mask + 1)) != 0;
  at = readInt(block, start, at, end, mask);
  if (at == STOP) return STOP;
  const length = wideValue();
  // RFC 9204 section 7.4 asks for a limit of encoded lengths, too: that of sections.
  if (length > <u64>FIELD_STAGE_LENGTH || at - start + <u32>length > <u32>FIELD_STAGE_LENGTH)
    return fail(block, start, ErrorCode.QPACK_ENCODER_ENTRY_TOO_LARGE);
  if (size + leastLength(<u32>length, isHuffman) > block.tableMax)
    return fail(block, start, ErrorCode.QPACK_ENCODER_ENTRY_TOO_LARGE);
  const next = at + <u32>length;
  // Not one octet more of a name, though its value must follow: a name that is wrong is told at its end, wherever the cut.
  if (next > end) return wait(block, next - start);
  const text = readText(at, next, block.textAt, isHuffman, isName);
  if (<u32>text == 0) return fail(block, start, ErrorCode.QPACK_ENCODER_HUFFMAN_INVALID);
  block.textAt = <u32>text;
  return ((<u64>next) << 32) | (text >> 32);
}

/** Octets that a string of so many encoded ones has at least. */
function leastLength(length: u32, isHuffman: bool): u32 {
  if (!isHuffman || length == 0) return length;
  return (length * 8 - 7 + HUFFMAN_LENGTH_MAX - 1) / HUFFMAN_LENGTH_MAX;
}

/** Nothing more can be read until `needed` octets of the instruction are here. */
function wait(block: Block, needed: u32): u32 {
  block.needed = needed;
  return STOP;
}

function fail(block: Block, start: u32, code: u32): u32 {
  block.status = FieldStatus.Failed;
  block.errorCode = code;
  block.errorAt = start - FIELD_WINDOW;
  return STOP;
}
