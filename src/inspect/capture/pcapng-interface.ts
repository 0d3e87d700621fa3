// Interfaces of a pcapng file (draft-ietf-opsawg-pcapng section 4.2): link type, how much of a packet is kept, and the
// options that say what a time means.

import { orderedUint16, orderedUint32, viewOf } from "./octets.js";

/** An interface that packets were captured on. */
export interface CaptureInterface {
  readonly linkType: number;
  /** Octets kept of a packet; 0: all. */
  readonly snapLength: number;
  /** Units of time in a second. */
  readonly units: number;
  /** Seconds to add to its times. */
  readonly offsetSeconds: number;
}

/** Interfaces of a section; more are not remembered, and packets of them are an error. */
export const INTERFACES_MAX = 65_536;

const enum Option {
  End = 0,
  TimeResolution = 9,
  TimeOffset = 14,
}

const MICROSECONDS = 1e6;
const OPTIONS_AT = 8;

/** Reads the body of an interface description, as far as it is here; options that do not fit are left out. */
export function readInterface(body: Uint8Array, isLittle: boolean): CaptureInterface {
  let units = MICROSECONDS;
  let offsetSeconds = 0;
  let at = OPTIONS_AT;
  while (at + 4 <= body.length) {
    const code = orderedUint16(body, at, isLittle);
    const length = orderedUint16(body, at + 2, isLittle);
    const value = at + 4;
    if (code === Option.End || value + length > body.length) break;
    if (code === Option.TimeResolution && length === 1) units = unitsOf(body[value] as number);
    if (code === Option.TimeOffset && length === 8) {
      offsetSeconds = signed64(viewOf(body, value, value + 8), isLittle);
    }
    at = value + ((length + 3) & ~3);
  }
  return {
    linkType: orderedUint16(body, 0, isLittle),
    snapLength: orderedUint32(body, 4, isLittle),
    units,
    offsetSeconds,
  };
}

/** A negative power of 10, or of 2 where the high bit is set. */
function unitsOf(resolution: number): number {
  return resolution < 0x80 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

function signed64(bytes: Uint8Array, isLittle: boolean): number {
  const high = orderedUint32(bytes, isLittle ? 4 : 0, isLittle) | 0;
  return high * 2 ** 32 + orderedUint32(bytes, isLittle ? 0 : 4, isLittle);
}
