// AEADs in WASM: RFC 8439's example, node:crypto as the oracle for every length, every flipped bit, and wrong use.

import fc from "fast-check";
import { UsageError } from "tercet";
import { AEADS, type AeadName, wasmAead } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { AEAD_ORACLES, noise, openByNode, sealByNode } from "../helpers/quic-crypto.js";
import { hex, toHex } from "../helpers/quic-wire.js";

const NAMES = AEAD_ORACLES.map(({ name }) => name);
const NONCE = noise(12, 7);
const aeadOf = (name: AeadName, seed = 3) => {
  const key = noise(AEADS[name].keyLength, seed);
  return { key, aead: wasmAead.aead(name, key) };
};

describe("RFC 8439", () => {
  test("section 2.8.2: the example of the AEAD", () => {
    const key = Uint8Array.from({ length: 32 }, (_, n) => 0x80 + n);
    const nonce = hex("07000000 40414243 44454647");
    const aad = hex("50515253 c0c1c2c3 c4c5c6c7");
    const text = new TextEncoder().encode(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const aead = wasmAead.aead("CHACHA20-POLY1305", key);
    const sealed = aead.seal(nonce, aad, text);
    expect(toHex(sealed.subarray(0, 16))).toBe("d31a8d34648e60db7b86afbc53ef7ec2");
    expect(toHex(sealed.subarray(text.length))).toBe("1ae10b594f09e26a7e902ecbd0600691");
    expect(aead.open(nonce, aad, sealed)).toEqual(text);
  });
});

describe("NIST SP 800-38D's first cases", () => {
  test.each([
    ["no text", "", "58e2fccefa7e3061367f1d57a4e7455a"],
    [
      "a block of zeros",
      "00000000000000000000000000000000",
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    ],
  ])("AES-128-GCM with a key of zeros: %s", (_name, text, sealed) => {
    const aead = wasmAead.aead("AES-128-GCM", new Uint8Array(16));
    expect(toHex(aead.seal(new Uint8Array(12), new Uint8Array(0), hex(text)))).toBe(sealed);
  });
});

describe.each(NAMES)("Q-KEY-3 %s against node:crypto", (name) => {
  const { key, aead } = aeadOf(name);
  // node:crypto cannot seal nothing with CCM.
  const first = name.includes("CCM") ? 1 : 0;

  test("every length to 1,500, with associated data of all lengths to 60", () => {
    for (let length = first; length <= 1_500; length++) {
      const text = noise(length, length);
      const aad = noise(length % 61, 5);
      const sealed = sealByNode(name, key, NONCE, aad, text);
      expect(Buffer.compare(aead.seal(NONCE, aad, text), sealed)).toBe(0);
      const opened = aead.open(NONCE, aad, sealed);
      expect(opened !== null && Buffer.compare(opened, text) === 0).toBe(true);
    }
  });

  test.each([
    [16_384, 5],
    [16_640, 13],
    [40_000, 20_000],
    [1, 65_279],
    [100, 65_280],
    [20, 65_500],
    [65_520, 0],
  ])("%i octets with %i of associated data", (length, aadLength) => {
    const text = noise(length, 9);
    const aad = noise(aadLength, 10);
    const sealed = sealByNode(name, key, NONCE, aad, text);
    expect(toHex(aead.seal(NONCE, aad, text))).toBe(toHex(sealed));
    expect(toHex(aead.open(NONCE, aad, sealed)!)).toBe(toHex(text));
  });

  test("random keys, nonces, data and texts, many keys in turn", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: AEADS[name].keyLength, maxLength: AEADS[name].keyLength }),
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.uint8Array({ maxLength: 80 }),
        fc.uint8Array({ minLength: first, maxLength: 900 }),
        (random, nonce, aad, text) => {
          const sealed = sealByNode(name, random, nonce, aad, text);
          expect(wasmAead.aead(name, random).open(nonce, aad, sealed)).toEqual(text);
          expect(aead.open(nonce, aad, sealed)).toBeNull();
          expect(aead.open(NONCE, aad, aead.seal(NONCE, aad, text))).toEqual(text);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("every flipped bit of tag, text, data and nonce is noticed", () => {
    const text = noise(83, 11);
    const aad = noise(21, 12);
    const sealed = aead.seal(NONCE, aad, text);
    const flips = (bytes: Uint8Array, isOpen: (flipped: Uint8Array) => boolean) => {
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(isOpen(flipped)).toBe(false);
      }
    };
    flips(sealed, (flipped) => aead.open(NONCE, aad, flipped) !== null);
    flips(aad, (flipped) => aead.open(NONCE, flipped, sealed) !== null);
    flips(NONCE, (flipped) => aead.open(flipped, aad, sealed) !== null);
    expect(aead.open(NONCE, aad, sealed)).toEqual(text);
  });

  test("flipped bits of a long text are noticed, where tables are in use", () => {
    const text = noise(1_200, 11);
    const sealed = aead.seal(NONCE, text.subarray(0, 20), text);
    for (let at = 0; at < sealed.length; at += 7) {
      const flipped = sealed.slice();
      flipped[at]! ^= 1 << (at & 7);
      expect(aead.open(NONCE, text.subarray(0, 20), flipped)).toBeNull();
    }
  });

  test("what is shorter than a tag, or longer than any packet or record, gives null", () => {
    const { tagLength } = AEADS[name];
    for (let length = 0; length < tagLength; length++)
      expect(aead.open(NONCE, NONCE, new Uint8Array(length))).toBeNull();
    expect(aead.open(NONCE, NONCE, new Uint8Array(65_536))).toBeNull();
    expect(aead.open(NONCE, new Uint8Array(70_000), new Uint8Array(30))).toBeNull();
  });

  test("arguments are left as they are, and results are the caller's", () => {
    const text = noise(100, 1);
    const aad = noise(10, 2);
    const sealed = aead.seal(NONCE, aad, text);
    const copy = sealed.slice();
    const opened = aead.open(NONCE, aad, sealed)!;
    aead.open(NONCE, aad, noise(100, 5));
    expect(sealed).toEqual(copy);
    expect(opened).toEqual(noise(100, 1));
    const seals = Array.from({ length: 100 }, (_, n) => aead.seal(NONCE, aad, noise(700, n)));
    const again = seals.map((each) => aead.open(NONCE, aad, each));
    expect(again).toEqual(Array.from({ length: 100 }, (_, n) => noise(700, n)));
  });
});

test("a result whose buffer is transferred does no harm to those that come later", () => {
  const { aead } = aeadOf("AES-128-GCM");
  const given = aead.seal(NONCE, NONCE, noise(500, 2));
  structuredClone(given, { transfer: [given.buffer as ArrayBuffer] });
  const after = aead.seal(NONCE, NONCE, noise(500, 1));
  expect(after.length).toBe(516);
  expect(aead.open(NONCE, NONCE, after)).toEqual(noise(500, 1));
});

describe("a text that does not open", () => {
  test.each(NAMES)("%s: the oracle refuses the same", (name) => {
    const { key, aead } = aeadOf(name);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 17, maxLength: 200 }), (bytes) => {
        expect(aead.open(NONCE, NONCE, bytes)).toEqual(openByNode(name, key, NONCE, NONCE, bytes));
      }),
      { numRuns: 50 },
    );
  });
});

describe("Q-KEY-5 limits", () => {
  test("are those of RFC 9001 section 6.6 and appendix B", () => {
    expect(AEADS["AES-128-GCM"]).toMatchObject({
      confidentialityLimit: 2 ** 23,
      integrityLimit: 2 ** 52,
    });
    expect(AEADS["AES-256-GCM"].integrityLimit).toBe(2 ** 52);
    expect(AEADS["CHACHA20-POLY1305"]).toMatchObject({
      confidentialityLimit: Number.POSITIVE_INFINITY,
      integrityLimit: 2 ** 36,
    });
    expect(AEADS["AES-128-CCM"]).toMatchObject({
      confidentialityLimit: 2 ** 21.5,
      integrityLimit: 2 ** 21.5,
    });
  });
});

describe("wrong use", () => {
  const { aead } = aeadOf("AES-128-GCM");
  const nothing = new Uint8Array(0);

  test.each<[string, string, () => unknown]>([
    ["an unknown AEAD", "AEAD_UNKNOWN", () => wasmAead.aead("DES" as AeadName, nothing)],
    [
      "a name of every object",
      "AEAD_UNKNOWN",
      () => wasmAead.aead("toString" as AeadName, nothing),
    ],
    ["an unknown AEAD's mask", "AEAD_UNKNOWN", () => wasmAead.header("DES" as AeadName, nothing)],
    ["a short key", "AEAD_KEY_INVALID", () => wasmAead.aead("AES-128-GCM", noise(15))],
    ["a long key", "AEAD_KEY_INVALID", () => wasmAead.aead("AES-128-GCM", noise(32))],
    ["a string for a key", "AEAD_KEY_INVALID", () => wasmAead.aead("AES-128-GCM", "k" as never)],
    ["a short mask key", "AEAD_KEY_INVALID", () => wasmAead.header("CHACHA20-POLY1305", noise(16))],
    ["a short nonce", "AEAD_NONCE_INVALID", () => aead.open(noise(11), nothing, noise(40))],
    ["a long nonce", "AEAD_NONCE_INVALID", () => aead.seal(noise(13), nothing, noise(40))],
    ["too long a text", "AEAD_TEXT_TOO_LONG", () => aead.seal(NONCE, nothing, noise(65_521))],
    [
      "a short sample",
      "QUIC_SAMPLE_INVALID",
      () => wasmAead.header("AES-128-GCM", noise(16)).mask(noise(15)),
    ],
    [
      "two samples for one mask",
      "QUIC_SAMPLE_INVALID",
      () => wasmAead.header("AES-128-GCM", noise(16)).mask(noise(32)),
    ],
    [
      "half a sample among many",
      "QUIC_SAMPLE_INVALID",
      () => wasmAead.header("AES-128-GCM", noise(16)).masks(noise(40)),
    ],
  ])("%s", (_name, code, act) => {
    expect(act).toThrow(UsageError);
    expect(act).toThrow(code);
  });
});
