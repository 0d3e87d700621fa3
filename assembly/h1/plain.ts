// The fast way through a head: whole, ordinary lines with the state in locals. Each function takes as many
// bytes as are plain and returns where it stopped, always at the start of a line; whatever is not plain
// (cut, lenient, wrong, too long) is left untouched for the steps in start-line.ts and fields.ts, which
// know all the rules. (measured: 3 times the speed of the steps alone on a browser's GET)

import { ContextFlag } from "../../src/abi/memory";
import { FieldId, FieldRecord, HeadFlag, MethodId, Spelling } from "../../src/abi/tape";
import { HEX, HTAB, is, SP } from "../common/ascii";
import { colonMask, nonTokenMask, plainValueEnd, targetEnd, tokenEnd } from "../common/scan";
import { readSpecial } from "./framing";
import { nameInfo } from "./known-names";
import { fieldRoom, sectionLimit } from "./limits";
import { Block, Config, Head, Seen, Step } from "./state";

/** "HTTP/1.1" as a little-endian word, and CRLF. */
const HTTP_1_1: u64 = 0x312e_312f_5054_5448;
const CRLF: u32 = 0x0a0d;
const RECORD_LENGTH: u32 = FieldRecord.Size * 4;

/** A request line in origin-form, HTTP/1.1, whole. Returns `at` where it is anything else. */
export function plainRequestLine(block: Block, at: u32): u32 {
  const base = block.base;
  const line = base + at;
  const methodLength = <u32>ctz(nonTokenMask(line));
  const target = line + methodLength + 1;
  if (methodLength - 1 > 14 || load<u16>(target - 1) != 0x2f20) return at; // SP "/"
  let end = <u32>targetEnd(target);
  while (load<u8>(end) == 0x25 && is(load<u8>(end, 1), HEX) && is(load<u8>(end, 2), HEX))
    end = <u32>targetEnd(end + 3);
  const config = changetype<Config>(block.config);
  const isPlain = load<u8>(end) == SP && load<u64>(end, 1) == HTTP_1_1 && load<u16>(end, 9) == CRLF;
  if (!isPlain || end + 11 > base + block.inputEnd) return at;
  if (end - target > config.targetLength || methodLength > config.methodLength) return at;
  const head = changetype<Head>(block.recordAt);
  const id = methodId(line, methodLength);
  if (id == MethodId.CONNECT || (methodLength == 3 && (load<u32>(line) & 0xff_ff_ff) == 0x49_52_50))
    return at;
  if (id == MethodId.HEAD) head.flags = HeadFlag.Head;
  head.start = at;
  head.methodOrStatus = methodLength;
  head.methodId = id;
  head.textStart = target - base;
  head.textLength = end - target;
  head.pathStart = target - base;
  head.pathLength = end - target;
  block.mark = at;
  block.phase = Step.FieldStart;
  block.sectionStart = end + 11 - base;
  return end + 11 - base;
}

/** "HTTP/1.1 " three digits SP reason CRLF, whole, 2xx to 5xx. Returns `at` where it is anything else. */
export function plainStatusLine(block: Block, at: u32): u32 {
  const base = block.base;
  const line = base + at;
  if (load<u64>(line) != HTTP_1_1 || load<u8>(line, 8) != SP || load<u8>(line, 12) != SP) return at;
  const hundreds: u32 = <u32>load<u8>(line, 9) - 0x30;
  const tens: u32 = <u32>load<u8>(line, 10) - 0x30;
  const ones: u32 = <u32>load<u8>(line, 11) - 0x30;
  if (hundreds - 2 > 3 || tens > 9 || ones > 9) return at;
  const reason = line + 13;
  const end = <u32>plainValueEnd(reason);
  if (end + 2 > base + block.inputEnd || load<u16>(end) != CRLF) return at;
  if (end - line > changetype<Config>(block.config).statusLineLength) return at;
  const head = changetype<Head>(block.recordAt);
  head.start = at;
  head.methodOrStatus = hundreds * 100 + tens * 10 + ones;
  head.textStart = reason - base;
  head.textLength = end - reason;
  if (isUnframed(head.methodOrStatus, block.context)) block.seen |= Seen.Unframed;
  block.mark = at;
  block.phase = Step.FieldStart;
  block.sectionStart = end + 2 - base;
  return end + 2 - base;
}

/** Responses whose content is decided before any field is read: RFC 9112 section 6.3, rules 1 and 2 (H1-069, H1-070). */
export function isUnframed(status: u32, context: u32): bool {
  if (status < 200 || status == 204 || status == 304 || (context & ContextFlag.ToHead) != 0)
    return true;
  return (context & ContextFlag.ToConnect) != 0 && status < 300;
}

/** Registered methods by their bytes, RFC 9110 section 9.3 and RFC 5789. */
export function methodId(at: usize, length: u32): u32 {
  if (length < 3 || length > 7) return MethodId.Unknown;
  const word = load<u64>(at) & (<u64>-1 >> ((8 - <u64>length) << 3));
  if (word == 0x54_45_47) return MethodId.GET;
  switch (length) {
    case 3:
      return word == 0x54_55_50 ? MethodId.PUT : MethodId.Unknown;
    case 4:
      return word == 0x54_53_4f_50
        ? MethodId.POST
        : word == 0x44_41_45_48
          ? MethodId.HEAD
          : MethodId.Unknown;
    case 5:
      return word == 0x48_43_54_41_50
        ? MethodId.PATCH
        : word == 0x45_43_41_52_54
          ? MethodId.TRACE
          : MethodId.Unknown;
    case 6:
      return word == 0x45_54_45_4c_45_44 ? MethodId.DELETE : MethodId.Unknown;
    default:
      return word == 0x54_43_45_4e_4e_4f_43
        ? MethodId.CONNECT
        : word == 0x53_4e_4f_49_54_50_4f
          ? MethodId.OPTIONS
          : MethodId.Unknown;
  }
}

/** Whole, plain field lines. Returns where the first other line begins. */
export function plainFields(block: Block, at: u32): u32 {
  const base = block.base;
  const inputEnd = base + block.inputEnd;
  const lineLength = changetype<Config>(block.config).fieldLineLength;
  const limit = base + sectionLimit(block);
  const first = block.out;
  const last = first + fieldRoom(block) * RECORD_LENGTH;
  let line = base + at;
  let record = first;
  while (record < last) {
    let mask = colonMask(line);
    let nameEnd = line + <u32>ctz(mask);
    if (mask == 0) {
      mask = colonMask(line + 16);
      if (mask == 0) break;
      nameEnd = line + 16 + <u32>ctz(mask);
    }
    if (nameEnd >= inputEnd) break; // a colon of older bytes
    // A known name in a known spelling is a token; any other must be shown to be one (folding case takes CR
    // for "-"). The empty line stops here, too.
    const info = nameInfo(line, nameEnd - line);
    if (
      (info == 0 || info >> 8 == Spelling.Other) &&
      (nameEnd == line || <u32>tokenEnd(line) != nameEnd)
    )
      break;
    let value = nameEnd + 1;
    if (load<u8>(value) == SP) value++;
    const end = <u32>plainValueEnd(value);
    // A value that begins or ends with whitespace, and an empty one, take the other way.
    if (load<u16>(end) != CRLF || end + 2 > inputEnd) break;
    if (end == value || load<u8>(value) == SP || load<u8>(end - 1) == SP) break;
    if (end > limit || end - line > lineLength) break;
    store<u32>(record, line - base, FieldRecord.NameStart * 4);
    store<u32>(record, info | ((nameEnd - line) << 10), FieldRecord.NameInfo * 4);
    store<u32>(record, value - base, FieldRecord.ValueStart * 4);
    store<u32>(record, end - value, FieldRecord.ValueLength * 4);
    record += RECORD_LENGTH;
    line = end + 2;
    const id = info & 0xff;
    if (id - 1 < <u32>FieldId.LastSpecial) {
      block.reported = 0; // a plain line has used no leniency; what it says may
      // What it means is known when the next line is no fold.
      if (line == inputEnd || load<u8>(line) == SP || load<u8>(line) == HTAB) {
        block.seen |= Seen.Pending;
        break;
      }
      if (!readSpecial(block, record - RECORD_LENGTH)) return line - base;
    }
  }
  if (!ASC_NO_ASSERT) assert(line <= inputEnd && record <= last);
  block.fieldCount += (record - first) / RECORD_LENGTH;
  block.out = record;
  return line - base;
}
