// The twins of unprotect and protect on WebCrypto: the same results as those of WASM, for every suite.

import fc from "fast-check";
import { UsageError } from "tercet";
import {
  deriveKeys,
  type PacketFields,
  parseDatagram,
  protect,
  unprotect,
  updateKeys,
} from "tercet/quic";
import { protectAsync, unprotectAsync } from "tercet/web";
import { afterEach, describe, expect, test, vi } from "vitest";
import { noise } from "../helpers/quic-crypto.js";

const SUITES = [0x1301, 0x1302, 0x1303, 0x1304];
const DESTINATION = noise(8, 1);
const keysOf = (suite: number) => deriveKeys(1, suite, noise(suite === 0x1302 ? 48 : 32));
const read = (bytes: Uint8Array) => parseDatagram(bytes, { connectionIdLength: 8 })[0]!;
const fieldsOf = (packetNumber: number, length: number): PacketFields => ({
  type: "1-RTT",
  destinationConnectionId: DESTINATION,
  packetNumber,
  packetNumberLength: 4,
  payload: noise(length, packetNumber),
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(SUITES)("Q-KEY-3 suite %i", (suite) => {
  const keys = keysOf(suite);

  test("makes and opens the same as WASM", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 1_300 }), async (number, length) => {
        const fields = fieldsOf(number, length);
        const bytes = protect(fields, keys);
        expect(await protectAsync(fields, keys)).toEqual(bytes);
        const packet = read(bytes);
        expect(await unprotectAsync(packet, keys, number - 1)).toEqual(
          unprotect(packet, keys, number - 1),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("keeps closed what is forged, cut, or of another key phase", async () => {
    const bytes = protect(fieldsOf(5, 40), keys);
    bytes[20]! ^= 1;
    expect(await unprotectAsync(read(bytes), keys, 4)).toBeNull();
    const cut = { ...read(bytes), bytes: bytes.subarray(0, 20) };
    expect(await unprotectAsync(cut, keys, 4)).toBeNull();
    const next = protect({ ...fieldsOf(6, 40), keyPhase: 1 }, keys);
    const nextKeys = updateKeys(keys);
    expect(await unprotectAsync(read(next), keys, 5, { nextKeys })).toBeNull();
    expect(await unprotectAsync(read(next), keys, 5)).toMatchObject({ keyPhase: 1 });
  });

  test("opens with the next keys what they sealed", async () => {
    const nextKeys = updateKeys(keys);
    const packet = read(protect({ ...fieldsOf(6, 40), keyPhase: 1 }, nextKeys));
    expect(await unprotectAsync(packet, keys, 5, { nextKeys })).toEqual(
      unprotect(packet, keys, 5, { nextKeys }),
    );
  });

  test("works where there is no crypto.subtle", async () => {
    vi.stubGlobal("crypto", {});
    const fields = fieldsOf(7, 50);
    const bytes = await protectAsync(fields, keys);
    expect(await unprotectAsync(read(bytes), keys, 6)).toMatchObject({ packetNumber: 7n });
  });
});

describe("wrong use", () => {
  const keys = keysOf(0x1301);

  test("is thrown at once", () => {
    const packet = read(protect(fieldsOf(1, 40), keys));
    expect(() => unprotectAsync(packet, keys, -2)).toThrow(UsageError);
    expect(() => protectAsync(fieldsOf(-1, 40), keys)).toThrow(UsageError);
  });
});
