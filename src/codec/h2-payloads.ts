// Payloads that are read here, not in the engine: they are rare or a plain list (RFC 9113 section 6.5, RFC 7838
// section 4).
// Rules: H2-108, OR-011.

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

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
