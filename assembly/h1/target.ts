// The four forms of a request target, tied to methods (RFC 9112 section 3.2).
// Rules: H1-036.

import { ErrorCode } from "../../src/abi/error-code";
import { Leniency } from "../../src/abi/leniency";
import { HeadFlag, MethodId } from "../../src/abi/tape";
import { ALPHA, is, SCHEME } from "../common/ascii";
import { isPort, uriHostEnd } from "../common/host";
import { Block, fail, Head, lenient, refuse } from "./state";

const SLASH: u32 = 0x2f;
const COLON: u32 = 0x3a;
const AT_SIGN: u32 = 0x40;
const OPEN_BRACKET: u32 = 0x5b;
const CLOSE_BRACKET: u32 = 0x5d;
const QUESTION_MARK: u32 = 0x3f;

/** The octets are good; is the form? Fills authority, path and scheme. False: the error is noted. */
export function checkTarget(block: Block, head: Head): bool {
  const first: u32 = load<u8>(block.base + head.textStart);
  if (head.methodId == MethodId.CONNECT) return authorityForm(block, head);
  if (first == SLASH) return wholeIsPath(head); // origin-form
  if (first == 0x2a && head.textLength == 1) {
    // asterisk-form: OPTIONS only (H1-031)
    if (head.methodId == MethodId.OPTIONS) return wholeIsPath(head);
    return refuse(block, ErrorCode.H1_TARGET_FORM_INVALID, head.textStart);
  }
  return absoluteForm(block, head);
}

function wholeIsPath(head: Head): bool {
  head.pathStart = head.textStart;
  head.pathLength = head.textLength;
  return true;
}

/** authority-form: uri-host ":" port, CONNECT only (H1-029, H1-030). */
function authorityForm(block: Block, head: Head): bool {
  const start: usize = block.base + head.textStart;
  const end = start + head.textLength;
  const hostEnd = uriHostEnd(start, end);
  if (hostEnd == start || !isPort(hostEnd, end) || end - hostEnd < 2) {
    return refuse(block, ErrorCode.H1_CONNECT_TARGET_INVALID, head.textStart);
  }
  head.authorityStart = head.textStart;
  head.authorityLength = head.textLength;
  return true;
}

/** absolute-form: scheme "://" authority path (H1-026). Other schemes than http must have an authority, too. */
function absoluteForm(block: Block, head: Head): bool {
  const base: usize = block.base;
  const start = base + head.textStart;
  const end = start + head.textLength;
  let at = start;
  if (is(load<u8>(at), ALPHA)) while (at < end && is(load<u8>(at), SCHEME)) at++;
  const hasAuthority =
    at > start && at + 3 <= end && load<u8>(at) == COLON && load<u16>(at, 1) == 0x2f2f;
  if (!hasAuthority) return refuse(block, ErrorCode.H1_TARGET_FORM_INVALID, head.textStart);
  head.schemeLength = <u32>(at - start);
  head.flags |= HeadFlag.AbsoluteForm;
  at += 3;
  const pathStart = authorityEnd(at, end);
  const host = afterUserinfo(block, at, pathStart);
  if (host == 0) return false;
  const hostEnd = uriHostEnd(host, pathStart);
  if (hostEnd == host || !isPort(hostEnd, pathStart)) {
    return refuse(block, ErrorCode.H1_TARGET_HOST_INVALID, <u32>(host - base));
  }
  for (at = pathStart; at < end && load<u8>(at) != QUESTION_MARK; at++) {
    const byte: u32 = load<u8>(at);
    if (
      (byte == OPEN_BRACKET || byte == CLOSE_BRACKET) &&
      !lenient(block, Leniency.LooseTarget, <u32>(at - base))
    ) {
      return refuse(block, ErrorCode.H1_TARGET_INVALID, <u32>(at - base));
    }
  }
  head.authorityStart = <u32>(host - base);
  head.authorityLength = <u32>(pathStart - host);
  head.pathStart = <u32>(pathStart - base);
  head.pathLength = <u32>(end - pathStart);
  return true;
}

/** First "/" or "?" from `at` on, or the end. */
function authorityEnd(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != SLASH && load<u8>(at) != QUESTION_MARK) at++;
  return at;
}

/**
 * Start of the host behind any userinfo. A password in it is refused (RFC 9110 section 4.2.4, H1-035); 0:
 * the error is noted. The authority that users see never has userinfo.
 */
function afterUserinfo(block: Block, at: usize, end: usize): usize {
  const base: usize = block.base;
  let host = at;
  for (let i = at; i < end; i++) if (load<u8>(i) == AT_SIGN) host = i + 1;
  for (let i = at; i + 1 < host; i++) {
    const byte: u32 = load<u8>(i);
    if (byte == AT_SIGN || byte == OPEN_BRACKET || byte == CLOSE_BRACKET) {
      fail(block, ErrorCode.H1_TARGET_HOST_INVALID, <u32>(i - base));
      return 0;
    }
    if (byte == COLON && !lenient(block, Leniency.Userinfo, <u32>(i - base))) {
      fail(block, ErrorCode.H1_TARGET_USERINFO, <u32>(at - base));
      return 0;
    }
  }
  return host;
}

/** Whether the authority of the target and a Host value are the same, case aside (H1-027). */
export function sameHost(base: usize, head: Head, start: u32, length: u32): bool {
  if (length != head.authorityLength) return false;
  for (let i: u32 = 0; i < length; i++) {
    const a: u32 = load<u8>(base + start + i);
    const b: u32 = load<u8>(base + head.authorityStart + i);
    if (a != b && ((a | 0x20) != (b | 0x20) || !is(a, ALPHA))) return false;
  }
  return true;
}
