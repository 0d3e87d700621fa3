// Start lines: empty lines before them, the request line (RFC 9112 section 3), the status line
// (section 4), and the HTTP/2 preface (RFC 9113 section 3.4). Each function goes on at `at` and
// returns where it stopped; it may be called again with more bytes behind.
// Rules: H1-012, H1-021, H1-022, H1-024, H1-040, H1-086.

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { ContextFlag, ExecStatus, Phase } from "../../src/abi/memory";
import { HeadFlag, MethodId, TapeKind } from "../../src/abi/tape";
import { CR, DIGIT, HEX, HTAB, is, LF, SP } from "../common/ascii";
import { targetEnd, tokenEnd, valueEnd } from "../common/scan";
import { isUnframed, methodId, plainRequestLine, plainStatusLine } from "./plain";
import {
  Block,
  Config,
  emit,
  fail,
  Head,
  lenient,
  needMore,
  Seen,
  Step,
  startRecord,
} from "./state";
import { checkTarget } from "./target";

/** "HTTP/1.1" and "HTTP/1.0" as little-endian words. */
const HTTP_1_1: u64 = 0x312e_312f_5054_5448;
const HTTP_1_0: u64 = 0x302e_312f_5054_5448;

/** Empty lines before a start line: RFC 9112 section 2.2 (H1-006); before a response section 9.2 (H1-116). */
export function emptyLines(block: Block, at: u32): u32 {
  const base = block.base;
  while (true) {
    block.headStart = at;
    if (at == block.inputEnd) return needMore(block, at);
    const byte: u32 = load<u8>(base + at);
    if (byte != CR && byte != LF) return firstByte(block, at);
    let length: u32 = 1;
    if (byte == CR) {
      if (at + 1 == block.inputEnd) return needMore(block, at);
      if (load<u8>(base + at, 1) != LF) return fail(block, ErrorCode.H1_BARE_CR, at);
      length = 2;
    } else if (!lenientHere(block, Leniency.BareLf, at)) {
      return fail(block, ErrorCode.H1_BARE_LF, at);
    }
    if (++block.counter > changetype<Config>(block.config).emptyLineCount) {
      return fail(block, ErrorCode.H1_EMPTY_LINES_TOO_MANY, at);
    }
    const expected =
      (block.context & (ContextFlag.Response | ContextFlag.NoneExpected)) == ContextFlag.Response;
    if (expected && !lenientHere(block, Leniency.EmptyLinesBeforeStatus, at)) {
      return fail(block, ErrorCode.H1_STATUS_LINE_INVALID, at);
    }
    at += length;
  }
}

/** Whether a leniency for an empty line is on. Its use is a record of its own, because no head may ever follow. */
function lenientHere(block: Block, bit: u32, at: u32): bool {
  if ((changetype<Config>(block.config).leniency & bit) == 0) return false;
  if ((block.reported & bit) != 0) return true;
  block.reported |= bit;
  block.out = block.recordAt;
  emit(block, TapeKind.Leniency, bit, at);
  startRecord(block);
  return true;
}

/** The first byte of a start line: may a message begin here at all? */
function firstByte(block: Block, at: u32): u32 {
  const context = block.context;
  if ((context & ContextFlag.NoneExpected) != 0)
    return fail(block, ErrorCode.H1_UNSOLICITED_RESPONSE, at);
  changetype<Head>(block.recordAt).start = at;
  block.reported = 0;
  block.mark = at;
  if ((context & ContextFlag.Response) != 0) {
    block.phase = Step.StatusVersion;
    return plainStatusLine(block, at);
  }
  block.phase = Step.Method;
  return plainRequestLine(block, at);
}

/** method = token (RFC 9110 section 9.1): any token, H1-020. */
export function method(block: Block, at: u32): u32 {
  const base = block.base;
  const start = block.mark;
  const end = <u32>(tokenEnd(base + at) - base);
  const limit = changetype<Config>(block.config).methodLength;
  if (end - start > limit) return fail(block, ErrorCode.H1_METHOD_TOO_LONG, start + limit);
  if (end >= block.inputEnd) return needMore(block, block.inputEnd);
  const byte: u32 = load<u8>(base + end);
  if (end == start || (byte != SP && byte != HTAB && byte != CR && byte != LF)) {
    return fail(block, ErrorCode.H1_METHOD_INVALID, end);
  }
  if (byte != SP && !(byte == HTAB && lenient(block, Leniency.SpacesInRequestLine, end))) {
    return fail(block, ErrorCode.H1_REQUEST_LINE_INVALID, end);
  }
  const head = changetype<Head>(block.recordAt);
  head.methodOrStatus = end - start;
  head.methodId = methodId(base + start, end - start);
  if (head.methodId == MethodId.CONNECT) head.flags |= HeadFlag.Connect;
  if (head.methodId == MethodId.HEAD) head.flags |= HeadFlag.Head;
  const reserved = end - start == 3 && (load<u32>(base + start) & 0xff_ff_ff) == 0x49_52_50; // PRI
  block.phase = reserved ? Step.Preface : Step.TargetSpace;
  return reserved ? start : end + 1;
}

/** A further space between the parts of a request line: only with a leniency (H1-018, H1-019). */
export function partSpace(block: Block, at: u32): u32 {
  while (true) {
    if (at == block.inputEnd) return needMore(block, at);
    const byte: u32 = load<u8>(block.base + at);
    if (byte != SP && byte != HTAB) break;
    if (!lenient(block, Leniency.SpacesInRequestLine, at))
      return fail(block, ErrorCode.H1_REQUEST_LINE_INVALID, at);
    at++;
  }
  block.mark = at;
  block.sectionStart = at;
  block.phase = block.phase == Step.TargetSpace ? Step.Target : Step.Version;
  return at;
}

/** request-target: octets of RFC 3986 only, H1-025; its form is checked when it is complete. */
export function target(block: Block, at: u32): u32 {
  const base = block.base;
  const start = block.mark;
  const config = changetype<Config>(block.config);
  while (true) {
    at = <u32>(targetEnd(base + at) - base);
    if (at - start > config.targetLength) {
      return fail(block, ErrorCode.H1_TARGET_TOO_LONG, start + config.targetLength);
    }
    if (at >= block.inputEnd) return needMore(block, block.inputEnd);
    const byte: u32 = load<u8>(base + at);
    if (byte == SP || byte == HTAB || byte == CR || byte == LF) return targetDone(block, at, byte);
    if (byte == 0x25) {
      const digits = hexDigits(base + at + 1, block.inputEnd - at - 1);
      if (digits == 2) {
        at += 3;
        continue;
      }
      if (at + 1 + digits == block.inputEnd) return needMore(block, at);
      if (!lenient(block, Leniency.LooseTarget, at)) {
        return fail(block, ErrorCode.H1_TARGET_INVALID, at + 1 + digits);
      }
    }
    // Brackets stand in the host of an absolute-form or authority-form: checkTarget looks there.
    const bracket = (byte == 0x5b || byte == 0x5d) && load<u8>(base + start) != 0x2f;
    if (byte != 0x25 && !bracket && !(isRawInQuery(byte) && isInQuery(block, at))) {
      const visible = byte > SP && byte != 0x7f;
      if (!visible || !lenient(block, Leniency.LooseTarget, at))
        return fail(block, ErrorCode.H1_TARGET_INVALID, at);
    }
    at++;
  }
}

/** [ ] ^ ` { | }: what URLs of the web leave unescaped in a query, against RFC 3986; every browser and curl send it. */
function isRawInQuery(byte: u32): bool {
  return byte == 0x5b || byte == 0x5d || byte == 0x5e || byte == 0x60 || byte - 0x7b < 3;
}

/** Whether a "?" stands in the target in front of `at`. There are no fields yet: sectionStart says how far we looked. */
function isInQuery(block: Block, at: u32): bool {
  if ((block.seen & Seen.Query) != 0) return true;
  for (let i = block.sectionStart; i < at; i++) {
    if (load<u8>(block.base + i) == 0x3f) {
      block.seen |= Seen.Query;
      return true;
    }
  }
  block.sectionStart = at; // no byte is looked at twice
  return false;
}

/** How many of the next two bytes are hexadecimal digits, as far as there is input. */
function hexDigits(at: usize, available: u32): u32 {
  if (available == 0 || !is(load<u8>(at), HEX)) return 0;
  return available > 1 && is(load<u8>(at, 1), HEX) ? 2 : 1;
}

function targetDone(block: Block, at: u32, byte: u32): u32 {
  const head = changetype<Head>(block.recordAt);
  const start = block.mark;
  if (at == start) return fail(block, ErrorCode.H1_REQUEST_LINE_INVALID, at);
  // A line that ends here has no version: HTTP/0.9 (H1-016).
  if (byte == CR || byte == LF) return fail(block, ErrorCode.H1_HTTP09_REFUSED, at);
  if (byte == HTAB && !lenient(block, Leniency.SpacesInRequestLine, at)) {
    return fail(block, ErrorCode.H1_TARGET_INVALID, at);
  }
  head.textStart = start;
  head.textLength = at - start;
  if (!checkTarget(block, head)) return at;
  block.phase = Step.VersionSpace;
  return at + 1;
}

/** HTTP-version CRLF at the end of a request line, RFC 9112 section 2.3 (H1-011 to H1-013). */
export function version(block: Block, at: u32): u32 {
  const base = block.base;
  const start = block.mark;
  const available = block.inputEnd - start;
  if (
    available >= 10 &&
    load<u64>(base + start) == HTTP_1_1 &&
    load<u16>(base + start, 8) == 0x0a0d
  ) {
    return startLineDone(block, start + 10);
  }
  if (!versionPrefix(block, start, available)) return at;
  if (available < 9) return needMore(block, at);
  at = start + 8;
  while (
    at < block.inputEnd &&
    isBlank(load<u8>(base + at)) &&
    lenient(block, Leniency.SpacesInRequestLine, at)
  )
    at++;
  if (at == block.inputEnd) return needMore(block, start);
  const length = lineEnd(block, at, ErrorCode.H1_VERSION_INVALID);
  return length == 0 ? block.at : startLineDone(block, at + length);
}

function isBlank(byte: u32): bool {
  return byte == SP || byte == HTAB;
}

/** Whether as much of a version as there is, is good. */
function versionPrefix(block: Block, start: u32, available: u32): bool {
  const base = block.base + start;
  for (let i: u32 = 0; i < 8 && i < available; i++) {
    const byte: u32 = load<u8>(base + i);
    const wanted: u32 = <u32>(HTTP_1_1 >> ((<u64>i) << 3)) & 0xff;
    const good = i == 5 || i == 7 ? is(byte, DIGIT) : byte == wanted;
    if (!good) {
      const response = (block.context & ContextFlag.Response) != 0;
      const code = response ? ErrorCode.H1_STATUS_LINE_INVALID : ErrorCode.H1_VERSION_INVALID;
      fail(block, code, start + i);
      return false;
    }
  }
  if (available < 8) return true;
  if (load<u8>(base, 5) != 0x31) {
    fail(block, ErrorCode.H1_VERSION_UNSUPPORTED, start + 5);
    return false;
  }
  if (load<u64>(base) == HTTP_1_0) changetype<Head>(block.recordAt).flags |= HeadFlag.Http10;
  return true;
}

/**
 * Length of the line end at `at`: 2, or 1 with a leniency. 0: the parser must stop, because more input
 * is needed or the line does not end here (`otherwise`); `block.at` and the status are then set.
 */
export function lineEnd(block: Block, at: u32, otherwise: ErrorCode): u32 {
  const byte: u32 = load<u8>(block.base + at);
  if (byte == CR) {
    if (at + 1 < block.inputEnd) {
      if (load<u8>(block.base + at, 1) == LF) return 2;
      block.at = fail(block, ErrorCode.H1_BARE_CR, at);
      return 0;
    }
    block.at = needMore(block, at);
    return 0;
  }
  if (byte == LF) {
    if (lenient(block, Leniency.BareLf, at)) return 1;
    block.at = fail(block, ErrorCode.H1_BARE_LF, at);
    return 0;
  }
  block.at = fail(block, otherwise, at);
  return 0;
}

/** The field section begins. */
function startLineDone(block: Block, at: u32): u32 {
  block.phase = Step.FieldStart;
  block.sectionStart = at;
  block.reported = 0;
  return at;
}

/** The HTTP/2 connection preface, exactly (H1-017); anything else that begins with PRI SP is an error. */
export function preface(block: Block): u32 {
  const base = block.base;
  const start = block.mark;
  for (let i: u32 = 0; i < 24; i++) {
    if (start + i >= block.inputEnd) return needMore(block, block.inputEnd);
    if (load<u8>(base + start + i) != prefaceByte(i))
      return fail(block, ErrorCode.H1_PREFACE_INVALID, start + i);
  }
  block.out = block.recordAt;
  store<u32>(block.out, TapeKind.Preface);
  block.out += 4;
  block.phase = Phase.Stopped;
  block.status = ExecStatus.Pause;
  return start + 24;
}

/** Byte `i` of "PRI * HTTP/2.0", two empty lines with "SM" between. */
function prefaceByte(i: u32): u32 {
  const word: u64 =
    i < 8 ? 0x5448_202a_2049_5250 : i < 16 ? 0x0a0d_302e_322f_5054 : 0x0a0d_0a0d_4d53_0a0d;
  return <u32>(word >> ((<u64>(i & 7)) << 3)) & 0xff;
}

/** The version at the start of a status line, and the SP behind it (H1-039). */
export function statusVersion(block: Block, at: u32): u32 {
  const start = block.mark;
  const available = block.inputEnd - start;
  if (!versionPrefix(block, start, available)) return at;
  if (available < 9) return needMore(block, at);
  if (load<u8>(block.base + start, 8) != SP)
    return fail(block, ErrorCode.H1_STATUS_LINE_INVALID, start + 8);
  block.phase = Step.StatusCode;
  return start + 9;
}

/** status-code = 3DIGIT, then SP (H1-039, H1-042); its range by RFC 9110 section 15 (H1-043). */
export function statusCode(block: Block, at: u32): u32 {
  const base = block.base;
  const start = block.mark + 9;
  let status: u32 = 0;
  for (let i: u32 = 0; i < 3; i++) {
    if (start + i >= block.inputEnd) return needMore(block, at);
    const byte: u32 = load<u8>(base + start + i);
    if (!is(byte, DIGIT)) return fail(block, ErrorCode.H1_STATUS_LINE_INVALID, start + i);
    status = status * 10 + (byte & 15);
  }
  if ((status < 100 || status > 599) && !lenient(block, Leniency.AnyStatusCode, start)) {
    return fail(block, ErrorCode.H1_STATUS_CODE_INVALID, start);
  }
  const head = changetype<Head>(block.recordAt);
  head.methodOrStatus = status;
  at = start + 3;
  head.textStart = at;
  if (at == block.inputEnd) return needMore(block, start);
  const byte: u32 = load<u8>(base + at);
  if (byte != SP) {
    if (byte != CR && byte != LF) return fail(block, ErrorCode.H1_STATUS_LINE_INVALID, at);
    if (!lenient(block, Leniency.MissingReasonSpace, at))
      return fail(block, ErrorCode.H1_STATUS_SPACE_MISSING, at);
    at--;
  }
  head.textStart = at + 1;
  block.phase = Step.Reason;
  return at + 1;
}

/** reason-phrase = *( HTAB / SP / VCHAR / obs-text ), and what the status says about content. */
export function reason(block: Block, at: u32): u32 {
  const base = block.base;
  at = <u32>(valueEnd(base + at) - base);
  const limit = changetype<Config>(block.config).statusLineLength;
  if (at - block.mark > limit)
    return fail(block, ErrorCode.H1_STATUS_LINE_TOO_LONG, block.mark + limit);
  if (at >= block.inputEnd) return needMore(block, block.inputEnd);
  const head = changetype<Head>(block.recordAt);
  head.textLength = at - head.textStart;
  block.at = at;
  const length = lineEnd(block, at, ErrorCode.H1_REASON_INVALID);
  if (length == 0) return block.at;
  if (isUnframed(head.methodOrStatus, block.context)) block.seen |= Seen.Unframed;
  return startLineDone(block, at + length);
}
