// Payloads that are read here, not in the engine: they are rare or a plain list (RFC 9113 section 6.5, RFC 7838
// section 4, RFC 8336 section 2).
// Rules: H2-108, OR-004, OR-005, OR-011.

import type { Latin1Reader } from "../engine/latin1.js";

/** Appends the settings in [at, end): identifier, value, … */
export function readSettings(bytes: Uint8Array, at: number, end: number, settings: number[]): void {
  for (let i = at; i + 6 <= end; i += 6) {
    const high = uint16(bytes, i + 2);
    settings.push(uint16(bytes, i), high * 65_536 + uint16(bytes, i + 4));
  }
}

/** Origin and field value of an ALTSVC payload; null where the origin is longer than the frame. */
export function readAltSvc(
  bytes: Uint8Array,
  text: Latin1Reader,
  at: number,
  end: number,
): { origin: string; value: string } | null {
  if (end - at < 2) return null;
  const start = at + 2;
  const middle = start + uint16(bytes, at);
  if (middle > end) return null;
  return { origin: text(start, middle), value: text(middle, end) };
}

/** Origins of an ORIGIN payload; null where an entry runs past the frame. */
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
    at = start + uint16(bytes, at);
    if (at > end) return null;
    origins.push(text(start, at));
  }
  return origins;
}

/** scheme "://" host [":" port], in lower case and without a path (RFC 6454 section 6.2). */
const ORIGIN =
  /^[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,;=-]+)(?::[0-9]{1,5})?$/;

/** Whether an entry of ORIGIN is the ASCII serialisation of an origin. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text);
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
