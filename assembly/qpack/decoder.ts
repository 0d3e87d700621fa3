// Field sections to records (RFC 9204 section 4.5): one section record, then a record for each field. A section changes
// nothing in the table.
//
// A Required Insert Count above what the references need is taken: to refuse it is a MAY of RFC 9204 section 2.2.1, and
// encoders that name their whole table are on the wire. One that is too small is an error: the references behind it are.
// Rules: QP-PFX-6, QP-PFX-8, QP-PFX-9, QP-FLD-1, QP-FLD-3, QP-FLD-5, QP-FLD-6, QP-FLD-7, QP-FLD-9.

import { ErrorCode } from "../../src/abi/error-code";
import {
  FIELD_NAMES,
  FIELD_SCRATCH,
  FIELD_TAPE,
  FieldConfigFlag,
  FieldStatus,
} from "../../src/abi/field-memory";
import { FieldWord, LiteralRecord, SectionFlag, SectionRecord } from "../../src/abi/field-tape";
import { HUFFMAN_SYMBOLS } from "../../src/abi/hpack-sizes";
import { STATIC_COUNT } from "../../src/abi/qpack-sizes";
import { Config } from "../common/field-block";
import { Entry, initStatic, SPECIAL_MASK, staticEntry } from "../common/field-entry";
import { noteOver, noteSpecial, Section, startSection } from "../common/field-section";
import { initHuffman } from "../common/huffman";
import {
  dynamicEntry,
  dynamicWord,
  INDEXED,
  INDEXED_MASK,
  INDEXED_STATIC,
  readField,
  staticWord,
} from "./field";
import { readPrefix } from "./prefix";
import { Block } from "./state";

/** Builds the tables from the `length` octets that the host wrote at FIELD_NAMES. Needs the tables of ascii.ts. */
export function initQpack(length: u32): void {
  initHuffman(FIELD_NAMES);
  const end = initStatic(FIELD_NAMES + HUFFMAN_SYMBOLS, 0, STATIC_COUNT - 1);
  if (!ASC_NO_ASSERT) assert(end == FIELD_NAMES + length); // only in the debug build that fuzzing can run
}

/**
 * Decodes one whole field section, [at, at + length), from FIELD_TAPE on. Returns the words written. `block.status` says
 * Blocked where its insertions are not here: nothing was done then; or Failed, with `errorCode` and `errorAt`. Up to 16
 * octets behind the section may be read.
 */
export function section(address: u32, at: u32, length: u32): u32 {
  const block = changetype<Block>(address);
  block.textAt = FIELD_SCRATCH;
  block.status = FieldStatus.Done;
  const end = at + length;
  const prefix = readPrefix(block, at, end);
  const first = <u32>(prefix >> 32);
  if (first == 0) return fail(block, <u32>prefix, 0);
  if (block.required > block.total) {
    block.status = FieldStatus.Blocked;
    return 0;
  }
  const section = startSection(FIELD_TAPE);
  const records: u32 = FIELD_TAPE + <u32>SectionRecord.Size * 4;
  const recordsEnd = readFields(block, section, at, first, end, records);
  if (recordsEnd == 0) return 0;
  section.words = (recordsEnd - records) / 4;
  section.textLength = block.textAt - FIELD_SCRATCH;
  section.inserted = block.inserted;
  section.oldest = block.inserted - block.entryCount;
  return (recordsEnd - FIELD_TAPE) / 4;
}

/** The fields in [at, end) of a section that begins at `start`: records from `record` on. Returns their end, or 0. */
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
    const index = octet & INDEXED_MASK;
    if (octet >= INDEXED && index != INDEXED_MASK) {
      // Nearly all fields of a connection in use are of this form, so that it has no call.
      if ((octet & INDEXED_STATIC) != 0) {
        entry = changetype<usize>(staticEntry(index));
        store<u32>(record, staticWord(index));
      } else {
        entry = dynamicEntry(block, block.span - 1 - index);
        if (entry == 0) return fail(block, ErrorCode.QPACK_REFERENCE_INVALID, field - start);
        store<u32>(record, dynamicWord(block, entry));
      }
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
      // Nothing behind it changes the table, so that the rest need not be read.
      noteOver(section, listSize > sizeMax, count > countMax, field - start);
      if (recordLength != 4)
        block.textAt = FIELD_SCRATCH + load<u32>(record, LiteralRecord.Start * 4);
      count--;
      break;
    }
    const info = changetype<Entry>(entry).info;
    if ((info & specialMask) == 0) regular = true;
    else regular = noteSpecial(section, info, regular, field - start);
    record += recordLength;
  }
  section.fieldCount = count;
  section.listSize = listSize;
  return record;
}

/** Notes a never-indexed field. Returns the bytes of its record. */
function noteLiteral(section: Section, word: u32): u32 {
  if ((word & FieldWord.FormMask) != FieldWord.Literal) return 4;
  if ((word & FieldWord.Sensitive) != 0) section.flags |= SectionFlag.Sensitive;
  return LiteralRecord.Size * 4;
}

function fail(block: Block, code: u32, offset: u32): u32 {
  block.status = FieldStatus.Failed;
  block.errorCode = code;
  block.errorAt = offset;
  return 0;
}
