// Protection of packets: every type, version, suite and packet number there and back; what does not open; key phases, loss bits;
// many packets at once as one after the other; and every provider the same.

import fc from "fast-check";
import { UsageError } from "tercet";
import { nodeAead } from "tercet/node";
import {
  type AeadProvider,
  deriveKeys,
  openBatch,
  type PacketFields,
  type PacketKeys,
  parseDatagram,
  protect,
  type QuicPacket,
  unprotect,
  updateKeys,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { noise } from "../helpers/quic-crypto.js";
import { V1, V2 } from "../helpers/quic-wire.js";

const SUITES = [0x1301, 0x1302, 0x1303, 0x1304];
const MAX = 2n ** 62n - 1n;
const DESTINATION = noise(8, 1);

const keysOf = (suite: number, version = V1, seed = 1, aead?: AeadProvider) =>
  deriveKeys(version, suite, noise(suite === 0x1302 ? 48 : 32, seed), aead ? { aead } : {});
const read = (bytes: Uint8Array): QuicPacket =>
  parseDatagram(bytes, { connectionIdLength: DESTINATION.length })[0]!;
const cutTo = (packet: QuicPacket, length: number): QuicPacket => ({
  ...packet,
  bytes: packet.bytes.subarray(0, length),
});
const short = (packetNumber: number | bigint, more: Partial<PacketFields> = {}): PacketFields => ({
  type: "1-RTT",
  destinationConnectionId: DESTINATION,
  packetNumber,
  packetNumberLength: 4,
  payload: noise(40, Number(BigInt(packetNumber) % 1_000n)),
  ...more,
});

describe.each(SUITES)("suite %i", (suite) => {
  test("every type, version and length of packet numbers there and back", () => {
    for (const version of [V1, V2]) {
      const keys = keysOf(suite, version);
      for (const type of ["Initial", "0-RTT", "Handshake", "1-RTT"])
        for (const packetNumberLength of [1, 2, 3, 4]) {
          const payload = noise(60, packetNumberLength);
          const isLong = type !== "1-RTT";
          const bytes = protect(
            {
              type,
              version,
              destinationConnectionId: DESTINATION,
              sourceConnectionId: isLong ? noise(5, 2) : null,
              token: type === "Initial" ? noise(9, 3) : null,
              packetNumber: 77,
              packetNumberLength,
              payload,
              keyPhase: isLong ? 0 : 1,
            },
            keys,
          );
          const packet = read(bytes);
          expect(packet.type).toBe(type);
          const before = bytes.slice();
          const opened = unprotect(packet, keys, 76);
          expect(opened).toMatchObject({ packetNumber: 77n, payload, reservedBits: 0 });
          expect(opened!.keyPhase).toBe(isLong ? 0 : 1);
          expect(opened!.header.length).toBe(packet.packetNumberOffset + packetNumberLength);
          expect(opened!.firstByte & 3).toBe(packetNumberLength - 1);
          expect(bytes).toEqual(before);
        }
    }
  });

  test("Q-PN-1: every packet number, behind one near to it", () => {
    const keys = keysOf(suite);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: MAX }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: -100, max: 100 }),
        (packetNumber, packetNumberLength, distance) => {
          const largest = packetNumber - 1n + BigInt(distance);
          if (largest < -1n || largest > MAX) return;
          const packet = read(protect(short(packetNumber, { packetNumberLength }), keys));
          const opened = unprotect(packet, keys, largest);
          expect(opened?.packetNumber).toBe(packetNumber);
          expect(openBatch([packet], keys, largest)).toEqual([opened]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([0, 1, 2 ** 31, 2 ** 32, 2 ** 52 - 1, 2 ** 52, 2 ** 53 - 1])(
    "Q-PN-1: around %i, numbers and bigints say the same",
    (near) => {
      const keys = keysOf(suite);
      for (const packetNumber of [BigInt(near), BigInt(near) + 1n]) {
        const packet = read(protect(short(packetNumber), keys));
        expect(unprotect(packet, keys, near)?.packetNumber).toBe(packetNumber);
        expect(unprotect(packet, keys, BigInt(near))?.packetNumber).toBe(packetNumber);
      }
    },
  );

  test("every flipped bit of a packet keeps it closed", () => {
    const keys = keysOf(suite);
    const bytes = protect(short(5), keys);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const packet = { ...read(bytes), bytes: flipped };
      expect(unprotect(packet, keys, 4)).toBeNull();
      expect(openBatch([packet, read(bytes)], keys, 4)[0]).toBeNull();
    }
  });

  test("other keys, versions and directions keep it closed", () => {
    const packet = read(protect(short(5), keysOf(suite)));
    expect(unprotect(packet, keysOf(suite, V2), 4)).toBeNull();
    expect(unprotect(packet, keysOf(suite, V1, 2), 4)).toBeNull();
    expect(unprotect(packet, updateKeys(keysOf(suite)), 4)).toBeNull();
    for (const other of SUITES.filter((each) => each !== suite))
      expect(unprotect(packet, keysOf(other), 4)).toBeNull();
  });

  test("node:crypto's provider makes and opens the same", () => {
    const wasm = keysOf(suite);
    const node = keysOf(suite, V1, 1, nodeAead);
    for (const length of [4, 20, 100, 175, 176, 177, 400, 751, 752, 753, 1_200, 4_984, 9_000]) {
      const fields = short(length, { payload: noise(length, length) });
      const bytes = protect(fields, wasm);
      expect(protect(fields, node)).toEqual(bytes);
      expect(unprotect(read(bytes), node, length - 1)).toEqual(
        unprotect(read(bytes), wasm, length - 1),
      );
      const flipped = bytes.slice();
      flipped[30]! ^= 1;
      expect(unprotect(read(flipped), node, length - 1)).toBeNull();
    }
    const samples = noise(16 * 600, 4);
    expect(node.header.masks(samples)).toEqual(wasm.header.masks(samples));
    expect(node.header.mask(noise(16))).toEqual(wasm.header.mask(noise(16)));
  });
});

describe("Q-HDR-4 Q-HDR-5 Q-HDR-6 reserved bits", () => {
  test.each(["Handshake", "1-RTT"])("of %s are told, once the packet has opened", (type) => {
    const keys = keysOf(0x1301);
    for (const reservedBits of [0, 1, 2, 3]) {
      const bytes = protect(
        short(9, { type, version: V1, sourceConnectionId: DESTINATION, reservedBits }),
        keys,
      );
      expect(unprotect(read(bytes), keys, 8)?.reservedBits).toBe(reservedBits);
    }
  });

  test("Q-KEY-4: with loss bits they are not protected, and the key phase is", () => {
    const keys = keysOf(0x1301);
    for (const keyPhase of [0, 1] as const)
      for (const reservedBits of [0, 1, 2, 3]) {
        const bytes = protect(short(9, { reservedBits, keyPhase, lossBits: true }), keys);
        expect((bytes[0]! >> 3) & 3).toBe(reservedBits);
        const opened = unprotect(read(bytes), keys, 8, { lossBits: true });
        expect(opened).toMatchObject({ reservedBits, keyPhase });
        expect(openBatch([read(bytes)], keys, 8, { lossBits: true })).toEqual([opened]);
      }
  });
});

describe("Q-KEY-6 key phases", () => {
  const keys = keysOf(0x1301);
  const nextKeys = updateKeys(keys);

  test("a packet of the other phase is tried with the next keys alone", () => {
    const next = read(protect(short(9, { keyPhase: 1 }), nextKeys));
    expect(unprotect(next, keys, 8, { nextKeys })).toMatchObject({
      packetNumber: 9n,
      keyPhase: 1,
      isNextPhase: true,
    });
    expect(unprotect(next, keys, 8)).toBeNull();
    const wrong = read(protect(short(9, { keyPhase: 1 }), keys));
    expect(unprotect(wrong, keys, 8, { nextKeys })).toBeNull();
    expect(unprotect(wrong, keys, 8)).toMatchObject({ keyPhase: 1, isNextPhase: false });
  });

  test("the phase of the keys may be 1", () => {
    const packet = read(protect(short(9, { keyPhase: 0 }), nextKeys));
    expect(unprotect(packet, keys, 8, { nextKeys, keyPhase: 1 })?.isNextPhase).toBe(true);
    const same = read(protect(short(9, { keyPhase: 1 }), keys));
    expect(unprotect(same, keys, 8, { nextKeys, keyPhase: 1 })?.isNextPhase).toBe(false);
  });

  test("long headers have no phase: bits there mean something else", () => {
    const handshake = protect(
      short(9, {
        type: "Handshake",
        version: V1,
        sourceConnectionId: DESTINATION,
        reservedBits: 1,
      }),
      keys,
    );
    expect(unprotect(read(handshake), keys, 8, { nextKeys })).toMatchObject({
      keyPhase: 0,
      isNextPhase: false,
      reservedBits: 1,
    });
  });
});

describe("Q-HDR-9 what cannot open", () => {
  const keys = keysOf(0x1301);

  test("a packet without a whole sample, or without a packet number, gives null", () => {
    const bytes = protect(short(1), keys);
    for (let length = 0; length < 9 + 4 + 16; length++) {
      const cut = { ...read(bytes), bytes: bytes.subarray(0, length) };
      expect(unprotect(cut, keys, 0)).toBeNull();
      expect(openBatch([cut], keys, 0)).toEqual([null]);
    }
    for (const packetNumberOffset of [-1, 0])
      expect(unprotect({ ...read(bytes), packetNumberOffset }, keys, 0)).toBeNull();
  });

  test("no octets throw, whatever the keys and options", () => {
    const all = SUITES.flatMap((suite) => [keysOf(suite), keysOf(suite, V1, 1, nodeAead)]);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 90 }),
        fc.integer({ min: 0, max: 90 }),
        fc.constantFrom(...all),
        fc.record({ lossBits: fc.boolean(), keyPhase: fc.constantFrom(0 as const, 1 as const) }),
        (bytes, packetNumberOffset, tried, options) => {
          const packet = { ...read(protect(short(1), keys)), bytes, packetNumberOffset };
          const more = { ...options, nextKeys: tried };
          expect(unprotect(packet, tried, 0, more)).toBeNull();
          expect(openBatch([packet, packet], tried, MAX, more)).toEqual([null, null]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a packet longer than any datagram gives null, and those behind it open", () => {
    const bytes = protect(short(1), keys);
    const long = { ...read(bytes), bytes: new Uint8Array(70_000) };
    expect(openBatch([long, read(bytes), long], keys, 0).map((each) => each?.packetNumber)).toEqual(
      [undefined, 1n, undefined],
    );
  });
});

describe("openBatch", () => {
  /** One packet after the other, as a receiver without a batch does it. */
  function inTurn(packets: QuicPacket[], keys: PacketKeys, nextKeys: PacketKeys | null) {
    let largest = -1n;
    return packets.map((packet) => {
      const opened = unprotect(packet, keys, largest, { nextKeys });
      if (opened !== null && opened.packetNumber > largest) largest = opened.packetNumber;
      return opened;
    });
  }

  const step = fc.record({
    jump: fc.constantFrom(1, 1, 1, 2, 40, 200, -1, -3),
    length: fc.constantFrom(4, 20, 300, 1_180),
    packetNumberLength: fc.constantFrom(1, 2, 4),
    fate: fc.constantFrom("good", "good", "good", "forged", "garbage", "next", "short"),
  });

  test.each(SUITES)("suite %i: as one after the other, whatever is among them", (suite) => {
    const providers = [keysOf(suite), keysOf(suite, V1, 1, nodeAead)];
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const [keys] = providers as [PacketKeys];
        let number = 50;
        const packets = steps.map(({ jump, length, packetNumberLength, fate }, n) => {
          number = Math.max(0, number + jump);
          const isNext = fate === "next";
          const fields = short(number, {
            packetNumberLength,
            payload: noise(length, n),
            keyPhase: isNext ? 1 : 0,
          });
          const bytes = protect(fields, isNext ? updateKeys(keys) : keys);
          if (fate === "forged") bytes[bytes.length - 1]! ^= 1;
          if (fate === "garbage") bytes.set(noise(bytes.length - 1, n), 1);
          return fate === "short" ? cutTo(read(bytes), 20) : read(bytes);
        });
        for (const each of providers) {
          const nextKeys = updateKeys(each);
          expect(openBatch(packets, each, -1, { nextKeys })).toEqual(
            inTurn(packets, each, nextKeys),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  test("more packets than the engine takes at once", () => {
    const keys = keysOf(0x1303);
    const packets = Array.from({ length: 700 }, (_, n) => read(protect(short(n), keys)));
    const opened = openBatch(packets, keys, -1);
    expect(opened.map((each) => each?.packetNumber)).toEqual(packets.map((_, n) => BigInt(n)));
  });

  test("no packets give no results", () => {
    expect(openBatch([], keysOf(0x1301), -1)).toEqual([]);
  });

  test("keys of a provider of one's own open one by one", () => {
    const keys = keysOf(0x1301);
    const own: AeadProvider = {
      aead: (name, key) => {
        const { open, seal } = deriveKeys(V1, 0x1301, noise(32)).aead;
        expect(open).toBeTypeOf("function");
        expect(seal).toBeTypeOf("function");
        const inner = keysWith(name, key);
        return {
          name,
          open: (...args) => inner.open(...args),
          seal: (...args) => inner.seal(...args),
        };
      },
      header: () => ({
        mask: (sample) => keys.header.mask(sample),
        masks: (samples) => keys.header.masks(samples),
      }),
    };
    const keysWith = keys.provider.aead;
    const mine = keysOf(0x1301, V1, 1, own);
    const packets = [3, 4, 5].map((n) => read(protect(short(n), keys)));
    const forged = protect(short(6), keys);
    forged[forged.length - 1]! ^= 1;
    packets.splice(1, 0, read(forged), cutTo(read(forged), 20));
    expect(openBatch(packets, mine, 2)).toEqual(openBatch(packets, keys, 2));
    expect(unprotect(packets[0]!, mine, 2)).toEqual(unprotect(packets[0]!, keys, 2));
    expect(unprotect(packets[2]!, mine, 2)).toBeNull();
  });
});

describe("wrong use", () => {
  const keys = keysOf(0x1301);
  const packet = read(protect(short(1), keys));

  test.each<[string, string, () => unknown]>([
    ["a packet number below -1", "QUIC_PACKET_NUMBER_INVALID", () => unprotect(packet, keys, -2)],
    [
      "a packet number too large",
      "QUIC_PACKET_NUMBER_INVALID",
      () => unprotect(packet, keys, 2n ** 62n),
    ],
    ["half a packet number", "QUIC_PACKET_NUMBER_INVALID", () => openBatch([packet], keys, 0.5)],
    [
      "a payload in hex",
      "QUIC_PAYLOAD_INVALID",
      () => protect(short(1, { payload: "01" as never }), keys),
    ],
    [
      "a payload too short for a sample",
      "QUIC_PAYLOAD_INVALID",
      () => protect(short(1, { payload: noise(2), packetNumberLength: 1 }), keys),
    ],
    [
      "a payload longer than a datagram",
      "AEAD_TEXT_TOO_LONG",
      () => protect(short(1, { payload: noise(65_530) }), keys),
    ],
    [
      "a packet without a type bit for it",
      "QUIC_PACKET_INVALID",
      () => protect(short(1, { type: "Retry", version: V1 }), keys),
    ],
  ])("%s", (_name, code, act) => {
    expect(act).toThrow(UsageError);
    expect(act).toThrow(code);
  });
});
