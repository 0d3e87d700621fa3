// The form of field values (RFC 9113 sections 8.2.1 and 8.3, RFC 9114 section 4, RFC 9110 section 5.5): computed once, when a literal is read,
// and kept with the entry where it is inserted.
// Rules: H2-161, H2-164, H2-171, H2-172, H2-173, H2-176, H2-186, H2-187, H2-188, H2-189, H2-190, H2-191, H2-194.

import { ErrorCode } from "../../src/abi/error-code";
import { ALPHA, DIGIT, HEX, HTAB, is, SCHEME, SP } from "./ascii";
import { Kind } from "./field-names";
import { isHostValue } from "./host";
import { VALUE_BAD } from "./huffman";
import { targetEnd, tokenEnd } from "./scan";

/** What a path is, besides one that begins with "/". */
export const enum PathForm {
  Origin = 0,
  Asterisk = 1,
  Other = 2,
  Empty = 3,
}

const SLASH: u32 = 0x2f;
const ASTERISK: u32 = 0x2a;
const PERCENT: u32 = 0x25;
const QUESTION_MARK: u32 = 0x3f;

/**
 * What is wrong with a field of this kind and the value [at, end): an error code, or 0. `flags` are those of the
 * octets; the byte at `end` must be 0, and 16 behind it may be read.
 */
export function valueFault(kind: u32, at: usize, end: usize, flags: u32): u32 {
  if (kind == Kind.Bad) return ErrorCode.H2_FIELD_NAME_INVALID;
  if (kind == Kind.UnknownPseudo) return ErrorCode.H2_PSEUDO_UNKNOWN;
  if ((flags & VALUE_BAD) != 0) return ErrorCode.H2_FIELD_VALUE_INVALID;
  if (at != end && (isBlank(load<u8>(at)) || isBlank(load<u8>(end - 1))))
    return ErrorCode.H2_FIELD_VALUE_INVALID;
  return kind == Kind.Ordinary ? 0 : formFault(kind, at, end);
}

function isBlank(octet: u32): bool {
  return octet == SP || octet == HTAB;
}

function formFault(kind: u32, at: usize, end: usize): u32 {
  switch (kind) {
    case Kind.Method:
      return isToken(at, end) ? 0 : ErrorCode.H2_METHOD_INVALID;
    case Kind.Scheme:
      return isScheme(at, end) ? 0 : ErrorCode.H2_SCHEME_INVALID;
    case Kind.Authority:
    case Kind.Host:
      return at != end && isHostValue(at, end) ? 0 : ErrorCode.H2_AUTHORITY_INVALID;
    case Kind.Path:
      return isPath(at, end) ? 0 : ErrorCode.H2_PATH_INVALID;
    case Kind.Status:
      return statusFault(at, end);
    case Kind.Protocol:
      return isToken(at, end) ? 0 : ErrorCode.H2_PROTOCOL_INVALID;
    case Kind.ContentLength:
      return isDigits(at, end) ? 0 : ErrorCode.H2_CONTENT_LENGTH_INVALID;
    case Kind.Te: // "trailers" and nothing else
      return end - at == 8 && load<u64>(at) == 0x7372_656c_6961_7274 ? 0 : ErrorCode.H2_TE_INVALID;
    case Kind.ConnectionSpecific:
      return ErrorCode.H2_CONNECTION_FIELD;
    default:
      return 0;
  }
}

/** Form of a path, PathForm. */
export function pathForm(at: usize, end: usize): u32 {
  if (at == end) return PathForm.Empty;
  if (load<u8>(at) == SLASH) return PathForm.Origin;
  return end - at == 1 && load<u8>(at) == ASTERISK ? PathForm.Asterisk : PathForm.Other;
}

/** Octets of a request target as HTTP/1.1 takes them: RFC 3986, and in a query what browsers leave unescaped. */
function isPath(at: usize, end: usize): bool {
  const start = at;
  let query: usize = 0;
  while (true) {
    at = targetEnd(at);
    if (at >= end) return true;
    const octet: u32 = load<u8>(at);
    if (octet == PERCENT) {
      if (at + 2 >= end || !is(load<u8>(at, 1), HEX) || !is(load<u8>(at, 2), HEX)) return false;
      at += 3;
    } else {
      if (query == 0) query = queryOf(start, end);
      if (!isRawInQuery(octet) || at < query) return false;
      at++;
    }
  }
}

/** [ ] ^ ` { | } */
function isRawInQuery(octet: u32): bool {
  return octet == 0x5b || octet == 0x5d || octet == 0x5e || octet == 0x60 || octet - 0x7b < 3;
}

/** The first "?", or the end. */
function queryOf(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != QUESTION_MARK) at++;
  return at;
}

function isToken(at: usize, end: usize): bool {
  return at != end && tokenEnd(at) == end;
}

function isScheme(at: usize, end: usize): bool {
  if (at == end || !is(load<u8>(at), ALPHA)) return false;
  while (at < end && is(load<u8>(at), SCHEME)) at++;
  return at == end;
}

function isDigits(at: usize, end: usize): bool {
  if (at == end) return false;
  while (at < end && is(load<u8>(at), DIGIT)) at++;
  return at == end;
}

/** Three digits, 100 to 599; 101 does not exist here (RFC 9113 section 8.6, RFC 9114 section 4.5). */
function statusFault(at: usize, end: usize): u32 {
  if (end - at != 3 || !isDigits(at, end)) return ErrorCode.H2_STATUS_INVALID;
  const first: u32 = load<u8>(at);
  if (first < 0x31 || first > 0x35) return ErrorCode.H2_STATUS_INVALID;
  if (first == 0x31 && load<u16>(at, 1) == 0x3130) return ErrorCode.H2_STATUS_SWITCHING;
  return 0;
}
