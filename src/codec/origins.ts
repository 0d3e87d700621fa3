// The payload of ORIGIN, which HTTP/2 and HTTP/3 share (RFC 8336 section 2, RFC 9412).
// Rules: H3-FRM-34, H3-FRM-35, OR-004, OR-005, OR-011.

import type { Latin1Reader } from "../engine/latin1.js";

/** Origins in [at, end); null where an entry runs past the end. */
export function readOrigins(
  bytes: Uint8Array,
  text: Latin1Reader,
  at: number,
  end: number,
): string[] | null {
  const origins: string[] = [];
  while (at < end) {
    if (end - at < 2) return null;
    const start = at + 2;
    at = start + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
    if (at > end) return null;
    origins.push(text(start, at));
  }
  return origins;
}

/** scheme "://" host [":" port], in lower case and without a path (RFC 6454 section 6.2). */
const ORIGIN =
  /^[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{1,5})?$/;

/** Whether an entry of ORIGIN is the ASCII serialisation of an origin; others are ignored. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text);
}
