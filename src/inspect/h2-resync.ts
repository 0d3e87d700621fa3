// Where frames of HTTP/2 begin again in bytes of which something is missing or wrong: at a header that may be one, and
// whose frame another such header follows (RFC 9113 section 4.1).

import { ON_CONNECTION, ON_STREAM, TYPE } from "./h2-frames.js";
import { FRAME_HEADER } from "./h2-walker.js";

const LENGTH_MAX = 16_384;
/** Bytes that are looked through at a time. */
const WINDOW_MAX = 64 * 1024;

/** Lengths of types that have one, and which types are of a stream. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [TYPE.PRIORITY, 5],
  [TYPE.RST_STREAM, 4],
  [TYPE.PING, 8],
  [TYPE.WINDOW_UPDATE, 4],
]);
/** Flags that mean something. */
const FLAGS: readonly number[] = [0x09, 0x2d, 0, 0, 1, 0x0c, 1, 0, 0, 4];

/** Whether a frame header may stand at `at`; nine octets are there. */
export function isPlausible(bytes: Uint8Array, at: number): boolean {
  const length =
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  const type = bytes[at + 3] as number;
  const id = new DataView(bytes.buffer, bytes.byteOffset + at + 5, 4).getUint32(0);
  if (length > LENGTH_MAX || id >= 2 ** 31) return false;
  const flags = FLAGS[type];
  if (
    flags === undefined
      ? type !== TYPE.ALTSVC && type !== TYPE.ORIGIN && type !== TYPE.PRIORITY_UPDATE
      : false
  )
    return false;
  if (flags !== undefined && ((bytes[at + 4] as number) & ~flags) !== 0) return false;
  const fixed = FIXED.get(type);
  if (fixed !== undefined && fixed !== length) return false;
  if (type === TYPE.SETTINGS && length % 6 !== 0) return false;
  if (type === TYPE.GOAWAY && length < 8) return false;
  return id === 0 ? !ON_STREAM.has(type) : !ON_CONNECTION.has(type);
}

/** Passes bytes over until frames begin. */
export class H2Resync {
  #held: Uint8Array = new Uint8Array(0);

  /** Bytes that are held. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Looks at further bytes.
   * @returns bytes from the first frame header on; null: not yet
   */
  push(bytes: Uint8Array, isEnd = false): Uint8Array | null {
    const all = new Uint8Array(this.#held.length + bytes.length);
    all.set(this.#held);
    all.set(bytes, this.#held.length);
    let at = 0;
    for (; at + FRAME_HEADER <= all.length; at++) {
      if (!isPlausible(all, at)) continue;
      const next = at + FRAME_HEADER + lengthAt(all, at);
      if (next + FRAME_HEADER > all.length) {
        if (isEnd && next === all.length) break;
        if (isEnd || all.length - at > WINDOW_MAX) continue;
        this.#held = all.slice(at);
        return null;
      }
      if (isPlausible(all, next)) break;
    }
    if (at + FRAME_HEADER > all.length) {
      this.#held = all.slice(at);
      return null;
    }
    this.#held = new Uint8Array(0);
    return all.subarray(at);
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}
