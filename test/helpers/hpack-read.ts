// What a decoder says to a block: the error that it throws, as code and offset.

import { type ErrorName, ProtocolError } from "tercet";
import { HpackDecoder, type HpackDecoderOptions } from "tercet/hpack";
import { expect } from "vitest";

/** A block of representations one behind the other. */
export const bytes = (...parts: number[][]): Uint8Array => Uint8Array.from(parts.flat());

/** The error that a first block gives. */
export function errorOf(block: Uint8Array, options: HpackDecoderOptions = {}): [ErrorName, number] {
  return errorIn(new HpackDecoder(options), block);
}

/** The error that the next block gives. */
export function errorIn(decoder: HpackDecoder, block: Uint8Array): [ErrorName, number] {
  try {
    decoder.decode(block);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(error.scope).toBe("connection");
    expect(error.wireCode).toBe(9);
    return [error.code, error.offset];
  }
  throw new Error("no error");
}
