// Field sections: headers and trailers (RFC 9112 section 5, RFC 9110 section 5). One loop over lines; each
// element may be cut anywhere and goes on at `at`. A field record is written when its line is complete;
// what a header means for framing is read when the next line begins, because only then obs-fold is
// excluded.
// Rules: H1-002, H1-003, H1-048, H1-049, H1-056, H1-106.

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { ConfigOption, ContextFlag, ExecStatus } from "../../src/abi/memory";
import { FieldId, FieldRecord, HeadField, TrailerField } from "../../src/abi/tape";
import { CR, HTAB, LF, SP } from "../common/ascii";
import { nonTokenMask, tokenEnd, valueEnd } from "../common/scan";
import { readSpecial } from "./framing";
import { nameInfo } from "./known-names";
import { fieldLimit, LINE_ROOM, lineLimit } from "./limits";
import { plainFields } from "./plain";
import { finishSection } from "./section";
import { Block, CONTINUE, Config, fail, hasRoom, lenient, needMore, Seen, Step } from "./state";

const COLON: u32 = 0x3a;
const RECORD_LENGTH: u32 = FieldRecord.Size * 4;

/** Address of field record `index` of the section under way. */
function recordOf(block: Block, index: u32): u32 {
  const headLength = (block.seen & Seen.Trailers) != 0 ? TrailerField.Size : HeadField.Size;
  return block.recordAt + headLength * 4 + index * RECORD_LENGTH;
}

/** The line is longer than a limit allows: which one? */
function tooLong(block: Block, limit: u32): u32 {
  const config = changetype<Config>(block.config);
  if (limit == block.lineStart + config.fieldLineLength)
    return fail(block, ErrorCode.H1_FIELD_LINE_TOO_LONG, limit);
  const trailers = (block.seen & Seen.Trailers) != 0;
  return fail(
    block,
    trailers ? ErrorCode.H1_TRAILER_SECTION_TOO_LARGE : ErrorCode.H1_FIELD_SECTION_TOO_LARGE,
    limit,
  );
}

/** Start of a line: the end of the section, a fold, or a field name. */
export function fieldStart(block: Block, at: u32): u32 {
  if ((block.seen & Seen.Pending) == 0) {
    at = plainFields(block, at);
    if (block.phase != Step.FieldStart) return at;
  }
  if (at == block.inputEnd) return needMore(block, at);
  const byte: u32 = load<u8>(block.base + at);
  if (byte == SP || byte == HTAB) return leadingSpace(block, at);
  if ((block.seen & Seen.Pending) != 0) {
    block.seen &= ~Seen.Pending;
    if (!readSpecial(block, recordOf(block, block.fieldCount - 1))) return at;
  }
  block.lineStart = at;
  block.mark = at;
  block.reported = 0;
  if (byte == CR || byte == LF) return sectionEnd(block, at, byte);
  if (block.fieldCount == fieldLimit(block)) {
    const trailers = (block.seen & Seen.Trailers) != 0;
    return fail(
      block,
      trailers ? ErrorCode.H1_TRAILER_COUNT_TOO_LARGE : ErrorCode.H1_FIELD_COUNT_TOO_LARGE,
      at,
    );
  }
  if (!hasRoom(block, LINE_ROOM)) {
    block.status = ExecStatus.TapeFull;
    return at;
  }
  block.phase = Step.FieldName;
  return at;
}

/** The empty line (H1-010). */
function sectionEnd(block: Block, at: u32, byte: u32): u32 {
  let length: u32 = 1;
  if (byte == CR) {
    if (at + 1 == block.inputEnd) return needMore(block, at);
    if (load<u8>(block.base + at, 1) != LF) return fail(block, ErrorCode.H1_BARE_CR, at);
    length = 2;
  } else if (!lenient(block, Leniency.BareLf, at)) {
    return fail(block, ErrorCode.H1_BARE_LF, at);
  }
  return finishSection(block, at, at + length);
}

/** A line that begins with whitespace: obs-fold (H1-052, H1-053), or before the first field (H1-008). */
function leadingSpace(block: Block, at: u32): u32 {
  if (block.fieldCount == 0) {
    if (!lenient(block, Leniency.WhitespaceBeforeFirstField, at)) {
      return fail(block, ErrorCode.H1_SPACE_BEFORE_FIRST_FIELD, at);
    }
    block.lineStart = at;
    block.phase = Step.DropLine;
    return at;
  }
  // A field and its folds are one line to limits and reports, also where the fast way has read it.
  const line = load<u32>(recordOf(block, block.fieldCount - 1), FieldRecord.NameStart * 4);
  if (block.lineStart != line) {
    block.lineStart = line;
    block.reported = 0;
  }
  const response = (block.context & ContextFlag.Response) != 0;
  const refuse = (changetype<Config>(block.config).options & ConfigOption.RefuseObsFold) != 0;
  const allowed = response ? !refuse : lenient(block, Leniency.ObsFold, at);
  if (!allowed) return fail(block, ErrorCode.H1_OBS_FOLD, at);
  block.phase = Step.FoldStart;
  return at;
}

/** A line that begins with whitespace before the first field is dropped whole (RFC 9112 section 2.2). */
export function dropLine(block: Block, at: u32): u32 {
  const base = block.base;
  at = <u32>(valueEnd(base + at) - base);
  const limit = lineLimit(block);
  if (at > limit) return tooLong(block, limit);
  if (at >= block.inputEnd) return needMore(block, block.inputEnd);
  block.at = at;
  const length = lineEndOfValue(block, at);
  if (length == 0) return block.at;
  block.phase = Step.FieldStart;
  return at + length;
}

/** field-name = token, then ":" with nothing between (H1-044, H1-045). */
export function fieldName(block: Block, at: u32): u32 {
  const base = block.base;
  const start = block.mark;
  const mask = nonTokenMask(base + start);
  let end = start + <u32>ctz(mask);
  if (mask == 0) end = <u32>(tokenEnd(base + (at > start + 16 ? at : start + 16)) - base);
  const limit = lineLimit(block);
  if (end > limit) return tooLong(block, limit);
  if (end >= block.inputEnd) return needMore(block, block.inputEnd);
  const byte: u32 = load<u8>(base + end);
  if (byte != COLON || end == start) return badName(block, start, end, byte);
  const record = recordOf(block, block.fieldCount);
  writeName(block, record, start, end - start);
  block.phase = Step.ValueStart;
  return end + 1;
}

function writeName(block: Block, record: u32, start: u32, length: u32): void {
  store<u32>(record, start, FieldRecord.NameStart * 4);
  store<u32>(
    record,
    nameInfo(block.base + start, length) | (length << 10),
    FieldRecord.NameInfo * 4,
  );
}

function badName(block: Block, start: u32, end: u32, byte: u32): u32 {
  if (end == start) return fail(block, ErrorCode.H1_FIELD_NAME_INVALID, end);
  if (byte == SP || byte == HTAB) {
    const response = (block.context & ContextFlag.Response) != 0;
    if (response && lenient(block, Leniency.SpaceBeforeColon, end)) {
      writeName(block, recordOf(block, block.fieldCount), start, end - start);
      block.phase = Step.SpaceBeforeColon;
      return end;
    }
    return fail(block, ErrorCode.H1_SPACE_BEFORE_COLON, end);
  }
  if (byte == CR || byte == LF) return fail(block, ErrorCode.H1_FIELD_COLON_MISSING, end);
  return fail(block, ErrorCode.H1_FIELD_NAME_INVALID, end);
}

/** Whitespace between name and colon of a response, with the leniency (H1-046). */
export function spaceBeforeColon(block: Block, at: u32): u32 {
  const limit = lineLimit(block);
  while (at < block.inputEnd) {
    if (at > limit) return tooLong(block, limit);
    const byte: u32 = load<u8>(block.base + at);
    if (byte == COLON) {
      block.phase = Step.ValueStart;
      return at + 1;
    }
    if (byte != SP && byte != HTAB) return fail(block, ErrorCode.H1_FIELD_COLON_MISSING, at);
    at++;
  }
  return needMore(block, at);
}

/** OWS in front of a value: SP and HTAB only (H1-047). */
export function valueStart(block: Block, at: u32): u32 {
  const base = block.base;
  const end = block.inputEnd;
  const limit = lineLimit(block);
  while (at < end) {
    if (at > limit) return tooLong(block, limit);
    const byte: u32 = load<u8>(base + at);
    if (byte != SP && byte != HTAB) {
      block.mark = at;
      block.phase = Step.Value;
      return at;
    }
    at++;
  }
  return needMore(block, at);
}

/** field-value and the end of its line (H1-047 to H1-050). */
export function value(block: Block, at: u32): u32 {
  const base = block.base;
  at = <u32>(valueEnd(base + at) - base);
  const limit = lineLimit(block);
  if (at > limit) return tooLong(block, limit);
  if (at >= block.inputEnd) return needMore(block, block.inputEnd);
  block.at = at;
  const length = lineEndOfValue(block, at);
  if (length == 0) return block.at;
  const record = recordOf(block, block.fieldCount);
  const valueLength = trimmedLength(base, block.mark, at);
  if ((block.seen & Seen.Folding) != 0) {
    block.seen &= ~Seen.Folding;
    joinFold(block, record, block.mark, valueLength);
  } else {
    writeValue(record, block.mark, valueLength);
  }
  block.fieldCount++;
  block.out = record + RECORD_LENGTH;
  const id: u32 = load<u8>(record, FieldRecord.NameInfo * 4);
  if (id <= <u32>FieldId.LastSpecial && id != 0) block.seen |= Seen.Pending;
  block.phase = Step.FieldStart;
  return at + length;
}

/** Length of [start, end) without SP and HTAB at its end. */
function trimmedLength(base: u32, start: u32, end: u32): u32 {
  while (end > start) {
    const byte: u32 = load<u8>(base + end - 1);
    if (byte != SP && byte != HTAB) break;
    end--;
  }
  return end - start;
}

/**
 * Length of the line end at `at`, which stopped a value. 0: go on from `block.at`: more input is needed, the
 * value goes on behind a forgiven byte, or it is an error.
 */
function lineEndOfValue(block: Block, at: u32): u32 {
  const base = block.base;
  const byte: u32 = load<u8>(base + at);
  if (byte == CR) {
    if (at + 1 == block.inputEnd) {
      block.at = needMore(block, at);
      return 0;
    }
    if (load<u8>(base + at, 1) == LF) return 2;
    return forgiven(block, at, Leniency.BareCrAsSpace, ErrorCode.H1_BARE_CR);
  }
  if (byte == LF) {
    if (lenient(block, Leniency.BareLf, at)) return 1;
    block.at = fail(block, ErrorCode.H1_BARE_LF, at);
    return 0;
  }
  if (byte == 0) return forgiven(block, at, Leniency.NulAsSpace, ErrorCode.H1_FIELD_VALUE_NUL);
  return forgiven(block, at, Leniency.ControlsInValue, ErrorCode.H1_FIELD_VALUE_INVALID);
}

/** A byte that spoils a value: an error, or with its leniency kept (controls) or replaced by SP (CR, NUL). */
function forgiven(block: Block, at: u32, bit: u32, code: ErrorCode): u32 {
  if (!lenient(block, bit, at)) {
    block.at = fail(block, code, at);
    return 0;
  }
  if (bit != Leniency.ControlsInValue) store<u8>(block.base + at, SP);
  block.at = at + 1;
  return 0;
}

/** Whitespace at the start of a folded line; the fold becomes one SP (H1-053). */
export function foldStart(block: Block, at: u32): u32 {
  const base = block.base;
  const end = block.inputEnd;
  const limit = lineLimit(block);
  while (at < end) {
    if (at > limit) return tooLong(block, limit);
    const byte: u32 = load<u8>(base + at);
    if (byte != SP && byte != HTAB) break;
    at++;
  }
  if (at == end) return needMore(block, at);
  // The record is taken back; `value` completes it again.
  block.fieldCount--;
  block.out = recordOf(block, block.fieldCount);
  block.seen |= Seen.Folding;
  block.mark = at;
  block.phase = Step.Value;
  return at;
}

/**
 * A folded line [start, end) joins its value: one SP, then the line, moved down against it, so that the value
 * stays one span. Each byte moves at most once.
 */
function joinFold(block: Block, record: u32, start: u32, length: u32): void {
  const base = block.base;
  const valueAt = load<u32>(record, FieldRecord.ValueStart * 4);
  const valueLength = load<u32>(record, FieldRecord.ValueLength * 4);
  if (length == 0) return;
  if (valueLength == 0) {
    writeValue(record, start, length);
    return;
  }
  const gap = base + valueAt + valueLength;
  store<u8>(gap, SP);
  memory.copy(gap + 1, base + start, length);
  writeValue(record, valueAt, valueLength + 1 + length);
}

function writeValue(record: u32, start: u32, length: u32): void {
  if (!ASC_NO_ASSERT) assert(length < 0x8000_0000);
  store<u32>(record, start, FieldRecord.ValueStart * 4);
  store<u32>(record, length, FieldRecord.ValueLength * 4);
}

/** Resets what a section counts. */
export function startSection(block: Block, at: u32): void {
  block.sectionStart = at;
  block.lineStart = at;
  block.fieldCount = 0;
  block.reported = 0;
  block.phase = Step.FieldStart;
  block.status = CONTINUE;
}
