// Octets of captures, written by hand.

export type Octets = Uint8Array | readonly number[];

/** One after the other. */
export function concat(...parts: readonly Octets[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** 16 bits, most significant octet first. */
export const be16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
/** 32 bits, most significant octet first. */
export const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];

/** Writers of numbers in a byte order. */
export interface ByteOrder {
  u16(value: number): number[];
  u32(value: number): number[];
}
export const BIG: ByteOrder = { u16: be16, u32: be32 };
export const LITTLE: ByteOrder = {
  u16: (value) => be16(value).reverse(),
  u32: (value) => be32(value).reverse(),
};

/** The octets of a text, one each. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
