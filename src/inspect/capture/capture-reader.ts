// Capture files in pieces to packets, secrets and errors (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng). The result
// does not depend on the pieces; a record that is whole in a piece is not copied, and of one that is not, no more is held
// than what came of it.
// Rules: CAP-1, CAP-2.

import { UsageError } from "../../index.js";
import type { CaptureFormat, CaptureItem } from "./capture-item.js";
import { orderedUint32, viewOf } from "./octets.js";
import { isPcap, PcapFormat } from "./pcap.js";
import { PcapngFormat } from "./pcapng.js";

/** Largest packet of a capture, as libpcap has it. */
export const CAPTURE_PACKET_MAX = 256 * 1024;

const MAGIC_LENGTH = 4;
/** A section header of pcapng, in both byte orders. */
const PCAPNG_MAGIC = 0x0a0d0d0a;

/** What a file is that begins so; "more" where that takes more octets, null where it is no capture. */
export function captureFormat(first: Uint8Array): "pcap" | "pcapng" | "more" | null {
  if (first.length < MAGIC_LENGTH) return "more";
  if (orderedUint32(first, 0, false) === PCAPNG_MAGIC) return "pcapng";
  return isPcap(first) ? "pcap" : null;
}

/** Reads one capture file. */
export class CaptureReader {
  readonly #packetMax: number;
  #format: CaptureFormat | null = null;
  #isFailed = false;
  /** Bytes of the file before the record that is read next, or before what is left to skip. */
  #offset = 0;
  #skip = 0;
  /** What came of a record that is not complete. The other buffer may be in use by items of the last push(). */
  #pending = new Uint8Array(0);
  #pendingLength = 0;
  #other = new Uint8Array(0);

  /**
   * @param packetMax octets of the largest packet: above, the file is taken to be broken
   * @throws UsageError where it is no whole number above 0
   */
  constructor(packetMax = CAPTURE_PACKET_MAX) {
    if (!Number.isSafeInteger(packetMax) || packetMax < 1)
      throw new UsageError("CAPTURE_LIMIT_INVALID", "packetMax is a whole number above 0");
    this.#packetMax = packetMax;
  }

  /** Bytes of the file that were read. */
  get offset(): number {
    return this.#offset + this.#pendingLength;
  }

  /**
   * Takes the next bytes. After an error, and after end(): none. Views in items are valid until the next call.
   *
   * @throws UsageError where `bytes` is no Uint8Array
   */
  push(bytes: Uint8Array): CaptureItem[] {
    if (!(bytes instanceof Uint8Array))
      throw new UsageError("CAPTURE_BYTES_INVALID", "push() takes a Uint8Array");
    const items: CaptureItem[] = [];
    let at = 0;
    while (!this.#isFailed && at < bytes.length) {
      if (this.#skip > 0) at = this.#pass(bytes, at);
      else if (this.#pendingLength > 0) at = this.#complete(bytes, at, items);
      else at = this.#readFrom(bytes, at, items);
    }
    return items;
  }

  /** The file is over. */
  end(): CaptureItem[] {
    if (this.#isFailed) return [];
    this.#isFailed = true;
    const begunAt = this.#format?.begunAt ?? -1;
    if (this.#format === null) return [{ kind: "error", code: "CAPTURE_UNKNOWN", offset: 0 }];
    if (begunAt < 0 && this.#pendingLength === 0) return [];
    const offset = begunAt < 0 ? this.#offset : begunAt;
    return [{ kind: "error", code: "CAPTURE_TRUNCATED", offset }];
  }

  /** Passes over what nobody needs. */
  #pass(bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#skip, bytes.length - at);
    this.#skip -= count;
    this.#offset += count;
    return at + count;
  }

  /** Reads records that are whole; what is left is held. */
  #readFrom(bytes: Uint8Array, from: number, items: CaptureItem[]): number {
    let at = from;
    while (this.#skip === 0) {
      const taken = this.#read(bytes, at, bytes.length, items);
      if (this.#isFailed) return bytes.length;
      if (taken === 0) return this.#keep(bytes, at, bytes.length - at);
      at += taken;
    }
    return at;
  }

  /** Adds to what is held no more than the record needs, and reads it if that is all. */
  #complete(bytes: Uint8Array, from: number, items: CaptureItem[]): number {
    const needed = this.#format?.needed ?? MAGIC_LENGTH;
    const missing = Math.max(needed - this.#pendingLength, 0);
    const at = this.#keep(bytes, from, Math.min(missing, bytes.length - from));
    if (this.#pendingLength < needed) return at;
    const length = this.#pendingLength;
    const taken = this.#read(this.#pending, 0, length, items);
    if (taken === 0) return at;
    // Items look into this buffer now: the next record comes into the other one.
    this.#pendingLength = 0;
    [this.#pending, this.#other] = [this.#other, this.#pending];
    if (taken < length) this.#keep(this.#other, taken, length - taken);
    return at;
  }

  #read(bytes: Uint8Array, at: number, end: number, items: CaptureItem[]): number {
    if (this.#format === null && !this.#findFormat(bytes, at, end, items)) return 0;
    const format = this.#format as CaptureFormat;
    const taken = format.read(bytes, at, end, this.#offset, items);
    this.#isFailed = format.isFailed;
    this.#offset += taken;
    this.#skip = format.skip;
    format.skip = 0;
    return taken;
  }

  #findFormat(bytes: Uint8Array, at: number, end: number, items: CaptureItem[]): boolean {
    const found = captureFormat(viewOf(bytes, at, end));
    if (found === "more") return false;
    if (found === "pcap") this.#format = new PcapFormat(this.#packetMax);
    if (found === "pcapng") this.#format = new PcapngFormat(this.#packetMax);
    if (found !== null) return true;
    items.push({ kind: "error", code: "CAPTURE_UNKNOWN", offset: 0 });
    this.#isFailed = true;
    return false;
  }

  /** Holds octets; the buffer grows with what came, and not with what was announced. */
  #keep(bytes: Uint8Array, at: number, count: number): number {
    const length = this.#pendingLength + count;
    if (length > this.#pending.length) {
      const larger = new Uint8Array(Math.max(64, 2 ** Math.ceil(Math.log2(length))));
      larger.set(viewOf(this.#pending, 0, this.#pendingLength));
      this.#pending = larger;
    }
    this.#pending.set(viewOf(bytes, at, at + count), this.#pendingLength);
    this.#pendingLength = length;
    return at + count;
  }
}
