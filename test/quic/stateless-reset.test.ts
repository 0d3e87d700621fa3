// Stateless resets: datagrams that end in a token (RFC 9000 section 10.3).
import { isStatelessReset } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { noise } from "../helpers/quic-crypto.js";

describe("Q-SR-1 stateless reset", () => {
  const token = noise(16, 8);
  const ending = (length: number, tail = token) => {
    const bytes = noise(length, 2);
    bytes.set(tail.subarray(Math.max(0, 16 - length)), Math.max(0, length - 16));
    return bytes;
  };

  test("a datagram of 21 octets and more that ends in the token", () => {
    for (let length = 0; length < 60; length++)
      expect(isStatelessReset(ending(length), token)).toBe(length >= 21);
  });

  test("every other bit of the token makes it none", () => {
    for (let bit = 0; bit < 128; bit++) {
      const other = token.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(isStatelessReset(ending(40, other), token)).toBe(false);
    }
  });

  test("a token of 15 octets is wrong use", () => {
    expect(() => isStatelessReset(noise(40), noise(15))).toThrow("QUIC_TOKEN_INVALID");
  });
});
