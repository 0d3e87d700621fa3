// The grammar of an authority without userinfo (RFC 3986 section 3.2): Host, :authority and request targets
// share it (RFC 9110 section 7.2, RFC 9113 section 8.3.1). The byte at the end of the input must be no byte of
// a registered name, as assembly/common/scan.ts says.
// Rules: H1-067.

import { DIGIT, HEX, is, REG_NAME } from "./ascii";
import { regNameEnd } from "./scan";

const COLON: u32 = 0x3a;
const OPEN_BRACKET: u32 = 0x5b;
const CLOSE_BRACKET: u32 = 0x5d;
const PERCENT: u32 = 0x25;

/** Whether a Host value is uri-host [ ":" port ]. Empty is good: the target may have no authority (H1-067). */
export function isHostValue(start: usize, end: usize): bool {
  const hostEnd = uriHostEnd(start, end);
  if (hostEnd == start && start != end) return false;
  return isPort(hostEnd, end);
}

/** End of an IP literal or registered name that begins at `at`; `at` itself where there is none. */
export function uriHostEnd(at: usize, end: usize): usize {
  const start = at;
  if (at < end && load<u8>(at) == OPEN_BRACKET) {
    while (at < end && load<u8>(at) != CLOSE_BRACKET) at++;
    if (at == end) return start;
    return isIpLiteral(start + 1, at) ? at + 1 : start;
  }
  while (true) {
    at = regNameEnd(at);
    if (at >= end) return end;
    const isEscape =
      load<u8>(at) == PERCENT &&
      at + 2 < end &&
      is(load<u8>(at, 1), HEX) &&
      is(load<u8>(at, 2), HEX);
    if (!isEscape) return at;
    at += 3;
  }
}

/** Whether [at, end) is nothing, or ":" and a port up to 65535; the digits may be missing (RFC 3986 section 3.2.3). */
export function isPort(at: usize, end: usize): bool {
  if (at == end) return true;
  if (load<u8>(at) != COLON) return false;
  let port: u32 = 0;
  for (at++; at < end; at++) {
    if (!is(load<u8>(at), DIGIT)) return false;
    port = port * 10 + (load<u8>(at) & 15);
    if (port > 65_535) return false;
  }
  return true;
}

/** IPv6address or IPvFuture between the brackets (RFC 3986 section 3.2.2). */
function isIpLiteral(at: usize, end: usize): bool {
  if (at < end && (load<u8>(at) | 0x20) == 0x76) return isIpFuture(at + 1, end);
  let groups: u32 = 0;
  let compressed = false;
  if (at + 1 < end && load<u16>(at) == 0x3a3a) {
    compressed = true;
    at += 2;
  }
  while (at < end) {
    const group = at;
    while (at < end && at - group < 5 && is(load<u8>(at), HEX)) at++;
    if (at < end && load<u8>(at) == 0x2e)
      return isIpv4(group, end) && endsWell(groups + 2, compressed);
    if (at == group || at - group > 4) return false;
    groups++;
    if (at == end) break;
    if (load<u8>(at) != COLON || at + 1 == end) return false;
    at++;
    if (load<u8>(at) == COLON) {
      if (compressed) return false;
      compressed = true;
      at++;
    }
  }
  return endsWell(groups, compressed);
}

/** Eight groups, or fewer with one "::". */
function endsWell(groups: u32, compressed: bool): bool {
  return compressed ? groups < 8 : groups == 8;
}

function isIpFuture(at: usize, end: usize): bool {
  const version = at;
  while (at < end && is(load<u8>(at), HEX)) at++;
  if (at == version || at == end || load<u8>(at) != 0x2e) return false;
  const address = ++at;
  while (at < end && (is(load<u8>(at), REG_NAME) || load<u8>(at) == COLON)) at++;
  return at == end && at > address;
}

function isIpv4(at: usize, end: usize): bool {
  for (let part: u32 = 0; part < 4; part++) {
    const start = at;
    let value: u32 = 0;
    while (at < end && is(load<u8>(at), DIGIT) && at - start < 3)
      value = value * 10 + (load<u8>(at++) & 15);
    if (at == start || value > 255 || (at - start > 1 && load<u8>(start) == 0x30)) return false;
    if (part < 3) {
      if (at == end || load<u8>(at) != 0x2e) return false;
      at++;
    }
  }
  return at == end;
}
