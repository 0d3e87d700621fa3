// Field blocks to records (RFC 7541 section 6): one section record, then a record for each field.
// Rules: HP-001, HP-005, HP-006, HP-009, HP-010, HP-011, HP-013, HP-022, HP-032, HP-033, H2-027, H2-179,
// H2-199.

import { ErrorCode } from "../../src/abi/error-code";
import {
  FIELD_NAMES,
  FIELD_SCRATCH,
  FIELD_TAPE,
  FieldConfigFlag,
  FieldStatus,
} from "../../src/abi/field-memory";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../../src/abi/field-tape";
import { H2Phase } from "../../src/abi/h2-memory";
import { FrameMark, FrameRecord } from "../../src/abi/h2-tape";
import { HUFFMAN_SYMBOLS, STATIC_COUNT } from "../../src/abi/hpack-sizes";
import { Config } from "../common/field-block";
import { Entry, initStatic, SPECIAL_MASK } from "../common/field-entry";
import { noteOver, noteSpecial, Section, startSection } from "../common/field-section";
import { shrink } from "../common/field-table";
import { initHuffman } from "../common/huffman";
import { prefixInt } from "../common/prefix-int";
import { INDEX_MASK, INDEXED, indexedWord, readField } from "./field";
import { Block } from "./state";
import { entryOf } from "./table";

const SIZE_UPDATE: u32 = 0x20;

/** Size updates that a block may begin with: the smallest size, then the last (RFC 7541 section 4.2). */
const UPDATES_MAX: u32 = 2;
/** The list size is not counted beyond. */
const LIST_SIZE_MAX: u32 = 0x3fff_ffff;
const NO_UPDATE_DUE: i32 = -1;

/** Builds the tables from the `length` octets that the host wrote at FIELD_NAMES. Needs the tables of ascii.ts. */
export function initHpack(length: u32): void {
  initHuffman(FIELD_NAMES);
  const end = initStatic(FIELD_NAMES + HUFFMAN_SYMBOLS, 1, STATIC_COUNT);
  if (!ASC_NO_ASSERT) assert(end == FIELD_NAMES + length); // only in the debug build that fuzzing can run
}

/**
 * Decodes one whole field block, [at, at + length). Writes the section record and its field records from `out` on, and
 * returns the address behind them. 0: an HPACK error; `block.errorCode` and `block.errorAt` (offset of the
 * representation in the block) say which, and the connection is over. Up to 16 octets behind the block may be
 * read; octets of literals go to `block.textAt`, which must be FIELD_SCRATCH at the first block of a call.
 */
export function decodeBlock(block: Block, at: u32, length: u32, out: u32): u32 {
  const section = startSection(out);
  const textStart = block.textAt;
  const end = at + length;
  const fields = readUpdates(block, at, end);
  if (fields == 0) return 0;
  const records = out + <u32>SectionRecord.Size * 4;
  const recordsEnd = readFields(block, section, at, fields, end, records);
  if (recordsEnd == 0) return 0;
  section.words = (recordsEnd - records) / 4;
  section.textStart = textStart - FIELD_SCRATCH;
  section.textLength = block.textAt - textStart;
  section.inserted = block.inserted;
  section.oldest = block.inserted - block.entryCount;
  return recordsEnd;
}

/** The fields in [at, end) of a block that begins at `start`: records from `record` on. Returns their end, or 0. */
function readFields(
  block: Block,
  section: Section,
  start: u32,
  at: u32,
  end: u32,
  record: u32,
): u32 {
  const config = changetype<Config>(block.config);
  const specialMask = (config.flags & FieldConfigFlag.AnyOctets) == 0 ? SPECIAL_MASK : 0;
  const sizeMax = config.fieldSectionLength;
  const countMax = config.fieldCount;
  let count: u32 = 0;
  let listSize: u32 = 0;
  let regular: bool = false;
  while (at < end) {
    const field = at;
    const octet: u32 = load<u8>(at);
    let entry: usize;
    let recordLength: u32 = 4;
    const index = octet & INDEX_MASK;
    if (octet > INDEXED && index != INDEX_MASK) {
      // Nearly all fields of a connection in use are of this form, so that it has no call.
      entry = entryOf(block, index);
      if (entry == 0) return fail(block, ErrorCode.HPACK_INDEX_INVALID, field - start);
      store<u32>(record, indexedWord(block, index, changetype<Entry>(entry).info));
      at++;
    } else {
      const read = readField(block, octet, at, end, record);
      at = <u32>(read >> 32);
      if (at == 0) return fail(block, <u32>read, field - start);
      entry = <u32>read;
      recordLength = noteLiteral(section, load<u32>(record));
    }
    listSize += changetype<Entry>(entry).size;
    count++;
    if (listSize > sizeMax || count > countMax) {
      // From here on only the table is kept right.
      noteOver(section, listSize > sizeMax, count > countMax, field - start);
      if (listSize > LIST_SIZE_MAX) listSize = LIST_SIZE_MAX;
      record = keepInserted(block, section, record);
      continue;
    }
    const info = changetype<Entry>(entry).info;
    if ((info & specialMask) == 0) regular = true;
    else regular = noteSpecial(section, info, regular, field - start);
    record += recordLength;
  }
  section.fieldCount += count;
  section.listSize = listSize;
  return record;
}

/** Notes what the form of a field says about its section. Returns the bytes of its record. */
function noteLiteral(section: Section, word: u32): u32 {
  if ((word & FieldWord.FormMask) != FieldWord.Literal) return 4;
  if ((word & FieldWord.Inserted) != 0) section.flags |= SectionFlag.Inserts;
  if ((word & FieldWord.Sensitive) != 0) section.flags |= SectionFlag.Sensitive;
  return LiteralRecord.Size * 4;
}

/** A field above a limit: its record stays where the table needs it. Returns where the next record goes. */
function keepInserted(block: Block, section: Section, record: u32): u32 {
  const word = load<u32>(record);
  if ((word & FieldWord.Inserted) != 0) {
    store<u32>(record, word | FieldWord.TableOnly);
    return record + LiteralRecord.Size * 4;
  }
  section.fieldCount--;
  if ((word & FieldWord.FormMask) == FieldWord.Literal)
    block.textAt = FIELD_SCRATCH + load<u32>(record, LiteralRecord.Start * 4);
  return record;
}

/** Size updates, which stand in front of all fields. Returns the address behind them, or 0. */
function readUpdates(block: Block, at: u32, end: u32): u32 {
  const start = at;
  let count: u32 = 0;
  while (at < end && (load<u8>(at) & 0xe0) == SIZE_UPDATE) {
    const update = at - start;
    if (count == UPDATES_MAX) return fail(block, ErrorCode.HPACK_TABLE_SIZE_REPEATED, update);
    const size = prefixInt(at, end, 0x1f);
    at = <u32>(size >> 32);
    if (at == 0) return fail(block, <u32>size, update);
    if (<u32>size > block.tableLimit)
      return fail(block, ErrorCode.HPACK_TABLE_SIZE_INVALID, update);
    if (block.updateDue != NO_UPDATE_DUE) {
      if (<u32>size > <u32>block.updateDue) break;
      block.updateDue = NO_UPDATE_DUE;
    }
    block.tableMax = <u32>size;
    shrink(block, <u32>size);
    count++;
  }
  if (block.updateDue != NO_UPDATE_DUE) return fail(block, ErrorCode.HPACK_TABLE_SIZE_MISSING, 0);
  return at;
}

function fail(block: Block, code: u32, offset: u32): u32 {
  block.errorCode = code;
  block.errorAt = offset;
  return 0;
}

/**
 * What the host calls for a block that it has joined: decodes [at, at + length), from FIELD_TAPE on. Returns the words
 * written; after an HPACK error they are one frame record with FrameMark.Error, and the status is Failed.
 */
export function decode(address: u32, at: u32, length: u32): u32 {
  const block = changetype<Block>(address);
  block.textAt = FIELD_SCRATCH;
  block.status = FieldStatus.Done;
  const end = decodeBlock(block, at, length, FIELD_TAPE);
  if (end != 0) return (end - FIELD_TAPE) / 4;
  memory.fill(FIELD_TAPE, 0, FrameRecord.Size * 4);
  store<u32>(FIELD_TAPE, FrameMark.Error << 16);
  store<u32>(FIELD_TAPE, block.errorCode, FrameRecord.Length * 4);
  store<u32>(FIELD_TAPE, block.errorAt, FrameRecord.Extra2 * 4);
  block.status = FieldStatus.Failed;
  block.phase = H2Phase.Stopped;
  return FrameRecord.Size;
}
