// The client connection preface (RFC 9113 section 3.4), octet by octet, so that the first wrong one is refused
// wherever the input was cut.
// Rules: H2-001, H2-002, H2-004.

import { ErrorCode } from "../../src/abi/error-code";
import { H2Phase } from "../../src/abi/h2-memory";
import { Connection, fail } from "./state";

/** Octets of the preface. */
const PREFACE_LENGTH: u32 = 24;

/** Octets that say "this is HTTP/1.x". */
const HTTP1_LENGTH: u32 = 7;

abstract class Text {
  /** PRI * HTTP/2.0 CRLF CRLF SM CRLF CRLF */
  @lazy static readonly preface: usize = memory.data<u8>([
    0x50, 0x52, 0x49, 0x20, 0x2a, 0x20, 0x48, 0x54, 0x54, 0x50, 0x2f, 0x32, 0x2e, 0x30, 0x0d, 0x0a,
    0x0d, 0x0a, 0x53, 0x4d, 0x0d, 0x0a, 0x0d, 0x0a,
  ]);
  /** HTTP/1. */
  @lazy static readonly http1: usize = memory.data<u8>([0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e]);
}

/** Reads on in the preface from `at`; returns where it stopped. */
export function preface(connection: Connection, at: u32, end: u32): u32 {
  let done = connection.prefaceAt;
  while (at < end && done < PREFACE_LENGTH) {
    if (load<u8>(at) != load<u8>(Text.preface + done)) {
      fail(connection, ErrorCode.H2_PREFACE_INVALID, at, at);
      return at;
    }
    at++;
    done++;
  }
  connection.prefaceAt = done;
  if (done == PREFACE_LENGTH) connection.phase = H2Phase.Frame;
  return at;
}

/** Whether what stands where a frame header should is the beginning of an HTTP/1.x response. */
export function looksLikeHttp1(at: u32): bool {
  for (let i: u32 = 0; i < HTTP1_LENGTH; i++) {
    if (load<u8>(at + i) != load<u8>(Text.http1 + i)) return false;
  }
  return true;
}
