// SHA-2, HMAC, HKDF and the PRF of TLS 1.2 against node:crypto and against examples of their RFCs.

import { createHash, createHmac, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { UsageError } from "tercet";
import {
  type HashName,
  hash,
  hkdfExpand,
  hkdfExpandLabel,
  hkdfExtract,
  hmac,
  tls12Prf,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { noise } from "../helpers/quic-crypto.js";
import { concat, hex, toHex } from "../helpers/quic-wire.js";

const HASHES: readonly [HashName, string][] = [
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
];
const ascii = (text: string) => new TextEncoder().encode(text);
const NOTHING = new Uint8Array(0);

describe.each(HASHES)("%s", (name, node) => {
  test("every length to 300", () => {
    for (let length = 0; length <= 300; length++) {
      const message = noise(length, length);
      expect(toHex(hash(name, message))).toBe(createHash(node).update(message).digest("hex"));
    }
  });

  test.each([1_000, 65_535, 65_536, 65_537, 200_003])("%i octets", (length) => {
    const message = noise(length, 4);
    expect(toHex(hash(name, message))).toBe(createHash(node).update(message).digest("hex"));
  });

  test("parts are as good as the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 6 }), (parts) => {
        expect(hash(name, ...parts)).toEqual(hash(name, concat(...parts)));
      }),
      { numRuns: 100 },
    );
  });

  test("HMAC with keys of every length to 300", () => {
    for (let length = 0; length <= 300; length++) {
      const key = noise(length, length);
      const message = noise(300 - length, 2);
      expect(toHex(hmac(name, key, message))).toBe(
        createHmac(node, key).update(message).digest("hex"),
      );
    }
  });

  test("HKDF", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat({ max: 300 }),
        (salt, material, info, length) => {
          const pseudorandomKey = hkdfExtract(name, salt, material);
          const expected = new Uint8Array(hkdfSync(node, material, salt, info, length));
          expect(hkdfExpand(name, pseudorandomKey, info, length)).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("HKDF-Expand-Label is HKDF-Expand of the structure of RFC 8446 section 7.1", () => {
    const secret = noise(32, 3);
    const context = noise(32, 4);
    const info = concat([0, 77, 6 + 8], ascii("tls13 traffic!"), [32], context);
    expect(hkdfExpandLabel(name, secret, "traffic!", context, 77)).toEqual(
      hkdfExpand(name, secret, info, 77),
    );
  });

  test("the PRF of TLS 1.2 is P_hash as RFC 5246 section 5 writes it", () => {
    const secret = noise(48, 1);
    const seed = noise(64, 2);
    const labelled = concat(ascii("key expansion"), seed);
    const byNode = (...parts: Uint8Array[]) => {
      const running = createHmac(node, secret);
      for (const part of parts) running.update(part);
      return new Uint8Array(running.digest());
    };
    const a1 = byNode(labelled);
    const a2 = byNode(a1);
    const whole = concat(byNode(a1, labelled), byNode(a2, labelled));
    for (const length of [0, 1, 12, 48, whole.length])
      expect(tls12Prf(name, secret, "key expansion", seed, length)).toEqual(whole.slice(0, length));
  });
});

describe("examples", () => {
  test("FIPS 180-4: abc", () => {
    expect(toHex(hash("SHA-256", ascii("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(hash("SHA-384", ascii("abc"))).slice(0, 32)).toBe(
      "cb00753f45a35e8bb5a03d699ac65007",
    );
  });

  test("RFC 5869 appendix A.1", () => {
    const key = hkdfExtract(
      "SHA-256",
      hex("000102030405060708090a0b0c"),
      hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
    );
    expect(toHex(key)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    expect(toHex(hkdfExpand("SHA-256", key, hex("f0f1f2f3f4f5f6f7f8f9"), 42))).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
  });
});

describe("wrong use", () => {
  test.each<[string, string, () => unknown]>([
    ["an unknown hash", "HASH_UNKNOWN", () => hash("MD5" as HashName, NOTHING)],
    ["an unknown HMAC", "HASH_UNKNOWN", () => hmac("constructor" as HashName, NOTHING)],
    [
      "more than HKDF gives",
      "HKDF_LENGTH_INVALID",
      () => hkdfExpand("SHA-256", NOTHING, NOTHING, 8_161),
    ],
    ["less than nothing", "HKDF_LENGTH_INVALID", () => hkdfExpand("SHA-256", NOTHING, NOTHING, -1)],
    ["half an octet", "HKDF_LENGTH_INVALID", () => tls12Prf("SHA-256", NOTHING, "a", NOTHING, 0.5)],
    [
      "a label too long",
      "HKDF_LABEL_INVALID",
      () => hkdfExpandLabel("SHA-256", NOTHING, "a".repeat(250), NOTHING, 1),
    ],
    [
      "a label that is not ASCII",
      "HKDF_LABEL_INVALID",
      () => hkdfExpandLabel("SHA-256", NOTHING, "é", NOTHING, 1),
    ],
    [
      "a context too long",
      "HKDF_LABEL_INVALID",
      () => hkdfExpandLabel("SHA-256", NOTHING, "a", noise(256), 1),
    ],
  ])("%s", (_name, code, act) => {
    expect(act).toThrow(UsageError);
    expect(act).toThrow(code);
  });
});
