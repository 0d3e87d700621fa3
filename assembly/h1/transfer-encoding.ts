// Transfer-Encoding = #transfer-coding (RFC 9112 section 6.1), over all its field lines: exact tokens, case
// aside, SP and HTAB as whitespace and nothing else. Empty list elements are skipped (RFC 9110 section
// 5.6.1.2, H1-062); chunked comes once, last, and without parameters (H1-089, H1-090, H1-095).
// Rules: H1-096.

import { ErrorCode } from "../../src/abi/error-code";
import { is, isWord, skipBlanks, TOKEN } from "../common/ascii";
import { Block, refuse, Seen } from "./state";

const COMMA: u32 = 0x2c;
const SEMICOLON: u32 = 0x3b;
const EQUALS: u32 = 0x3d;
const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
/** "chunked" as a little-endian word. */
const CHUNKED: u64 = 0x64_65_6b_6e_75_68_63;
const BAD: u32 = 0xffff_ffff;

/** Reads one field line. False: the error is noted. */
export function readTransferEncoding(block: Block, start: u32, end: u32): bool {
  const base: usize = block.base;
  let at = start;
  block.seen |= Seen.Coding;
  while (true) {
    at = skipBlanks(base, at, end);
    if (at == end) return true;
    if (load<u8>(base + at) == COMMA) {
      at++;
      continue;
    }
    const token = at;
    while (at < end && is(load<u8>(base + at), TOKEN)) at++;
    const tokenLength = at - token;
    const next = parameters(base, at, end);
    if (tokenLength == 0 || next == BAD)
      return refuse(block, ErrorCode.H1_TRANSFER_ENCODING_INVALID, token);
    const hasParameters = hasSemicolon(base, at, next);
    at = next;
    if (tokenLength == 7 && isWord(base + token, CHUNKED, 7)) {
      if (hasParameters) return refuse(block, ErrorCode.H1_CHUNKED_PARAMETERS, token);
      if ((block.seen & Seen.Chunked) != 0)
        return refuse(block, ErrorCode.H1_CHUNKED_REPEATED, token);
      block.seen |= Seen.Chunked | Seen.ChunkedLast;
    } else {
      block.seen &= ~Seen.ChunkedLast;
    }
  }
}

function hasSemicolon(base: usize, from: u32, to: u32): bool {
  for (let at = from; at < to; at++) if (load<u8>(base + at) == SEMICOLON) return true;
  return false;
}

/** Behind *( OWS ";" OWS token BWS "=" BWS ( token / quoted-string ) ), at a comma or the end; else BAD. */
function parameters(base: usize, at: u32, end: u32): u32 {
  while (true) {
    at = skipBlanks(base, at, end);
    if (at == end || load<u8>(base + at) == COMMA) return at;
    if (load<u8>(base + at) != SEMICOLON) return BAD;
    at = skipBlanks(base, at + 1, end);
    const name = at;
    while (at < end && is(load<u8>(base + at), TOKEN)) at++;
    if (at == name) return BAD;
    at = skipBlanks(base, at, end);
    if (at == end || load<u8>(base + at) != EQUALS) return BAD;
    at = skipBlanks(base, at + 1, end);
    at = parameterValue(base, at, end);
    if (at == BAD) return BAD;
  }
}

function parameterValue(base: usize, at: u32, end: u32): u32 {
  if (at < end && load<u8>(base + at) == QUOTE) return quotedString(base, at + 1, end);
  const start = at;
  while (at < end && is(load<u8>(base + at), TOKEN)) at++;
  return at == start ? BAD : at;
}

/** Behind the closing quote; a comma inside does not end the element (RFC 9110 section 5.6.4, H1-064, H1-065). */
function quotedString(base: usize, at: u32, end: u32): u32 {
  while (at < end) {
    const byte: u32 = load<u8>(base + at);
    if (byte == QUOTE) return at + 1;
    at += byte == BACKSLASH ? 2 : 1;
  }
  return BAD;
}
