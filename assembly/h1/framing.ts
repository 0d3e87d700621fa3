// What fields say about the message: Host, Content-Length, Transfer-Encoding, Connection, Upgrade, Expect,
// each read when its line is complete; and where the content ends, RFC 9112 section 6.3, when the
// section is complete. This is the one file in which framing is decided.
// Rules: H1-136, H1-141.

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { ContextFlag } from "../../src/abi/memory";
import { BodyFraming, FieldId, FieldRecord, HeadFlag } from "../../src/abi/tape";
import { HTAB, is, isWord, lowerCase, SP, TOKEN } from "../common/ascii";
import { isHostValue } from "../common/host";
import { readContentLength } from "./content-length";
import { Block, fail, Head, lenient, refuse, Seen } from "./state";
import { sameHost } from "./target";
import { readTransferEncoding } from "./transfer-encoding";

/** Reads the field of one record. False: the error is noted. */
export function readSpecial(block: Block, record: u32): bool {
  if ((block.seen & Seen.Trailers) != 0) return true; // trailers never frame (H1-105)
  const start = load<u32>(record, FieldRecord.ValueStart * 4);
  const end = start + load<u32>(record, FieldRecord.ValueLength * 4);
  switch (<u32>load<u8>(record, FieldRecord.NameInfo * 4)) {
    case FieldId.Host:
      return readHost(block, start, end);
    case FieldId.ContentLength:
      return (block.seen & Seen.Unframed) != 0 || readContentLength(block, start, end);
    case FieldId.TransferEncoding:
      return (block.seen & Seen.Unframed) != 0 || readTransferEncoding(block, start, end);
    case FieldId.Connection: {
      readConnection(block, start, end);
      return true;
    }
    case FieldId.Upgrade: {
      readUpgrade(block, start, end);
      return true;
    }
    case FieldId.Expect: {
      readExpect(block, start, end);
      return true;
    }
    default:
      return true;
  }
}

/** Host of a request: once, uri-host [ ":" port ] (H1-067); against the authority of the target (H1-027). */
function readHost(block: Block, start: u32, end: u32): bool {
  if ((block.context & ContextFlag.Response) != 0) return true;
  const head = changetype<Head>(block.recordAt);
  const base: usize = block.base;
  const repeated = (block.seen & Seen.Host) != 0;
  block.seen |= Seen.Host;
  if (repeated && !lenient(block, Leniency.HostUnchecked, start)) {
    fail(block, ErrorCode.H1_HOST_REPEATED, start);
    return false;
  }
  if (!isHostValue(base + start, base + end) && !lenient(block, Leniency.HostUnchecked, start)) {
    fail(block, ErrorCode.H1_HOST_INVALID, start);
    return false;
  }
  if (repeated) return true;
  if (head.schemeLength == 0 && (head.flags & HeadFlag.Connect) == 0) {
    head.authorityStart = start;
    head.authorityLength = end - start;
  } else if (!sameHost(base, head, start, end - start)) {
    head.flags |= HeadFlag.HostDiffers;
  }
  return true;
}

const FOLD: u64 = 0x2020_2020_2020_2020;
/** "keep-ali" */
const KEEP_ALI: u64 = 0x69_6c_61_2d_70_65_65_6b;

/** Connection: a list of tokens, whole-token match, case aside (H1-124). */
function readConnection(block: Block, start: u32, end: u32): void {
  const head = changetype<Head>(block.recordAt);
  const base: usize = block.base;
  let at = base + start;
  const last = base + end;
  if (
    end - start == 10 &&
    (load<u64>(at) | FOLD) == KEEP_ALI &&
    (<u32>load<u16>(at, 8) | 0x2020) == 0x6576
  ) {
    head.flags |= HeadFlag.KeepAlive; // by far the most common value
    return;
  }
  while (at < last) {
    const token = at;
    while (at < last && is(load<u8>(at), TOKEN)) at++;
    const length = <u32>(at - token);
    const ends = isElementEnd(at, last);
    if (
      ends &&
      length == 5 &&
      isWord(token, 0x73_6f_6c_63, 4) &&
      lowerCase(load<u8>(token, 4)) == 0x65
    ) {
      head.flags |= HeadFlag.Close; // close
    }
    if (
      ends &&
      length == 10 &&
      isWord(token, 0x6c_61_2d_70_65_65_6b, 7) &&
      isWord(token + 7, 0x65_76_69, 3)
    ) {
      head.flags |= HeadFlag.KeepAlive; // keep-al, ive
    }
    if (ends && length == 7 && isWord(token, 0x65_64_61_72_67_70_75, 7))
      block.seen |= Seen.ConnectionUpgrade;
    while (at < last && load<u8>(at) != 0x2c) at++;
    at = nextElement(at, last);
  }
}

/** Behind a comma and the whitespace after it. */
function nextElement(at: usize, last: usize): usize {
  if (at < last) at++;
  while (at < last && (load<u8>(at) == SP || load<u8>(at) == HTAB)) at++;
  return at;
}

/** Whether nothing but whitespace stands between `at` and the next comma or the end. */
function isElementEnd(at: usize, last: usize): bool {
  while (at < last && (load<u8>(at) == SP || load<u8>(at) == HTAB)) at++;
  return at == last || load<u8>(at) == 0x2c;
}

/** Upgrade: the first field is what the host reports as offered (H1-126). */
function readUpgrade(block: Block, start: u32, end: u32): void {
  const head = changetype<Head>(block.recordAt);
  if ((head.flags & HeadFlag.UpgradeField) != 0 || end == start) return;
  head.flags |= HeadFlag.UpgradeField;
  head.upgradeStart = start;
  head.upgradeLength = end - start;
}

/** Expect: 100-continue, whole value, case aside; it never changes framing (H1-135 to H1-137). */
function readExpect(block: Block, start: u32, end: u32): void {
  const head = changetype<Head>(block.recordAt);
  const at: usize = block.base + start;
  if (end - start != 12 || (head.flags & HeadFlag.Http10) != 0) return;
  if (isWord(at, 0x746e_6f63_2d30_3031, 8) && isWord(at + 8, 0x6575_6e69, 4))
    head.flags |= HeadFlag.ExpectContinue;
}

/** Where the content of a complete head ends. False: the error is noted, at `at`. */
export function frame(block: Block, at: u32): bool {
  const head = changetype<Head>(block.recordAt);
  const response = (block.context & ContextFlag.Response) != 0;
  if (!response && !requestIsComplete(block, head, at)) return false;
  const seen = block.seen;
  if (
    (seen & Seen.ConnectionUpgrade) != 0 &&
    (head.flags & (HeadFlag.Http10 | HeadFlag.UpgradeField)) == HeadFlag.UpgradeField
  ) {
    head.flags |= HeadFlag.Upgrade; // not from HTTP/1.0 (H1-127)
  }
  if ((seen & Seen.Coding) != 0 && !codingIsGood(block, head, at)) return false;
  head.framing = response ? responseFraming(block, head) : requestFraming(block, head);
  if (isPersistent(head, block.seen)) head.flags |= HeadFlag.Persistent;
  return true;
}

/** An HTTP/1.1 request has a Host (H1-067). */
function requestIsComplete(block: Block, head: Head, at: u32): bool {
  if ((block.seen & Seen.Host) != 0 || (head.flags & HeadFlag.Http10) != 0) return true;
  if (lenient(block, Leniency.HostUnchecked, at)) return true;
  fail(block, ErrorCode.H1_HOST_MISSING, at);
  return false;
}

/** Transfer-Encoding against version and Content-Length, RFC 9112 sections 6.1 and 6.3 (H1-071, H1-076, H1-087). */
function codingIsGood(block: Block, head: Head, at: u32): bool {
  if ((head.flags & HeadFlag.Http10) != 0) {
    if (!lenient(block, Leniency.Http10TransferEncoding, at))
      return refuse(block, ErrorCode.H1_TRANSFER_ENCODING_IN_HTTP10, at);
    block.seen |= Seen.ForceClose;
  }
  if ((block.seen & Seen.Length) != 0) {
    if (!lenient(block, Leniency.TransferEncodingOverContentLength, at)) {
      return refuse(block, ErrorCode.H1_LENGTH_AND_TRANSFER_ENCODING, at);
    }
    block.seen |= Seen.ForceClose; // H1-073
    head.contentLength = 0;
  }
  const request = (block.context & ContextFlag.Response) == 0;
  if (request && (block.seen & Seen.ChunkedLast) == 0)
    return refuse(block, ErrorCode.H1_TRANSFER_ENCODING_NOT_CHUNKED, at);
  return true;
}

/** RFC 9112 section 6.3, rules 3 to 7 (H1-074, H1-079, H1-080). */
function requestFraming(block: Block, head: Head): u32 {
  if ((head.flags & HeadFlag.Connect) != 0) {
    // CONNECT has no content, RFC 9110 section 9.3.6 (H1-139). One that claims content is a smuggler's: close behind it.
    if ((block.seen & (Seen.Length | Seen.Coding)) != 0) block.seen |= Seen.ForceClose;
    return BodyFraming.None;
  }
  if ((block.seen & Seen.Coding) != 0) return BodyFraming.Chunked;
  return (block.seen & Seen.Length) != 0 ? BodyFraming.Length : BodyFraming.None;
}

/** RFC 9112 section 6.3, rules 1 to 8 (H1-069, H1-070, H1-074, H1-075, H1-081). */
function responseFraming(block: Block, head: Head): u32 {
  const status = head.methodOrStatus;
  if (status == 101) return BodyFraming.Tunnel;
  if ((block.seen & Seen.Unframed) != 0) {
    const tunnel = (block.context & ContextFlag.ToConnect) != 0 && status >= 200 && status < 300;
    return tunnel ? BodyFraming.Tunnel : BodyFraming.None;
  }
  if ((block.seen & Seen.Coding) != 0) {
    return (block.seen & Seen.ChunkedLast) != 0 ? BodyFraming.Chunked : BodyFraming.UntilClose;
  }
  return (block.seen & Seen.Length) != 0 ? BodyFraming.Length : BodyFraming.UntilClose;
}

/** RFC 9112 section 9.3 (H1-114). */
function isPersistent(head: Head, seen: u32): bool {
  if ((seen & Seen.ForceClose) != 0 || (head.flags & HeadFlag.Close) != 0) return false;
  if (head.framing == BodyFraming.UntilClose) return false;
  return (head.flags & HeadFlag.Http10) == 0 || (head.flags & HeadFlag.KeepAlive) != 0;
}
