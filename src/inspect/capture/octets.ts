// Numbers in the octets of captures and packets.

/** 16 bits, most significant first. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** 32 bits, most significant first, as a signed number: compare with `>>> 0` or `| 0`. */
export function int32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** 32 bits, most significant first. */
export function uint32(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) >>> 0;
}

/** 16 bits in the byte order of a file. */
export function orderedUint16(bytes: Uint8Array, at: number, isLittle: boolean): number {
  return isLittle ? (bytes[at] as number) | ((bytes[at + 1] as number) << 8) : uint16(bytes, at);
}

/** 32 bits in the byte order of a file. */
export function orderedUint32(bytes: Uint8Array, at: number, isLittle: boolean): number {
  if (!isLittle) return uint32(bytes, at);
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

/** The octets [from, end), as a view. */
export function viewOf(bytes: Uint8Array, from: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, end - from);
}
