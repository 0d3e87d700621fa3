// Variable-length integers alone (RFC 9000 section 16), as bigints that hold every value exactly.
// Rules: Q-VAR-1, Q-VAR-2, Q-VAR-4.

import { UsageError } from "../errors.js";
import { ByteWriter } from "./byte-writer.js";
import { isVarint, putVarint, readVarintExact, type Varint, varintSize } from "./varint.js";

/**
 * The number at `at`, in whatever form it stands there, and its octets; null where it goes on behind the end.
 * @throws UsageError BYTES_INVALID, VARINT_INVALID: `at` is not a place in the bytes, or their end
 */
export function decodeVarint(
  bytes: Uint8Array,
  at = 0,
): { readonly value: bigint; readonly length: number } | null {
  if (!(bytes instanceof Uint8Array))
    throw new UsageError("BYTES_INVALID", "decodeVarint takes a Uint8Array");
  if (!Number.isInteger(at) || at < 0 || at > bytes.length)
    throw new UsageError("VARINT_INVALID", "at is a place in the bytes");
  const value = readVarintExact(bytes, at, bytes.length);
  if (value === -1) return null;
  return { value: BigInt(value), length: varintSize(bytes[at] as number) };
}

/**
 * The shortest form of a number of 0 to 2^62 - 1.
 * @throws UsageError VARINT_INVALID
 */
export function encodeVarint(value: Varint): Uint8Array {
  if (!isVarint(value))
    throw new UsageError(
      "VARINT_INVALID",
      "encodeVarint takes whole numbers from 0 to 2^53 - 1, and bigints up to 2^62 - 1",
    );
  const out = new ByteWriter();
  putVarint(out, value);
  return out.bytes.slice(0, out.length);
}
