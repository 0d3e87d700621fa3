// Keys of packets: the examples of RFC 9001 appendix A and RFC 9369 appendix A in both directions, key updates, wrong use.

import { UsageError } from "tercet";
import {
  type AeadName,
  deriveInitialKeys,
  deriveKeys,
  openBatch,
  type PacketKeys,
  parseDatagram,
  protect,
  retryIntegrityTag,
  secretLength,
  unprotect,
  updateKeys,
  verifyRetry,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { noise } from "../helpers/quic-crypto.js";
import { hex, toHex } from "../helpers/quic-wire.js";
import vectors from "../vectors/rfc9001-rfc9369-appendix-a.json" with { type: "json" };

const NOTHING = new Uint8Array(0);
const packetOf = (text: string) => parseDatagram(hex(text), { connectionIdLength: 0 })[0]!;

describe.each([
  ["version 1", vectors.v1],
  ["version 2", vectors.v2],
] as const)("%s", (_name, vector) => {
  const version = Number.parseInt(vector.version, 16);
  const keys = deriveInitialKeys(version, hex(vector.dcid));

  test.each(["client", "server"] as const)("Q-KEY-1 Q-KEY-2: Initial keys of the %s", (side) => {
    const { secret, key, iv, hp } = keys[side];
    expect([secret, key, iv, hp].map(toHex)).toEqual([
      vector[side].secret,
      vector[side].key,
      vector[side].iv,
      vector[side].hp,
    ]);
  });

  test.each(["client", "server"] as const)("the Initial of the %s opens", (side) => {
    const example = vector[`${side}_initial`];
    const packet = packetOf(example.packet);
    expect(toHex(keys[side].header.mask(hex(example.sample)))).toBe(example.mask);
    const opened = unprotect(packet, keys[side], -1)!;
    expect(opened.packetNumber).toBe(BigInt(example.pn));
    expect(toHex(opened.payload).startsWith(example.frames)).toBe(true);
    expect(opened.payload.subarray(example.frames.length / 2).every((octet) => octet === 0)).toBe(
      true,
    );
    expect(toHex(opened.header)).toBe(example.unprotected_header);
    expect(openBatch([packet, packet], keys[side], -1)).toEqual([opened, opened]);
  });

  test.each(["client", "server"] as const)("the Initial of the %s is made", (side) => {
    const example = vector[`${side}_initial`];
    const { destinationConnectionId, sourceConnectionId, token } = packetOf(example.packet);
    const opened = unprotect(packetOf(example.packet), keys[side], -1)!;
    const packet = protect(
      {
        type: "Initial",
        version,
        destinationConnectionId,
        sourceConnectionId,
        token,
        packetNumber: example.pn,
        packetNumberLength: (opened.firstByte & 3) + 1,
        payload: opened.payload,
      },
      keys[side],
    );
    expect(toHex(packet)).toBe(example.packet);
  });

  test("Q-KEY-2 Q-KEY-3 Q-KEY-9: ChaCha20-Poly1305, a short header, and the next keys", () => {
    const { chacha } = vector;
    const derived = deriveKeys(version, 0x1303, hex(chacha.secret));
    expect([derived.key, derived.iv, derived.hp].map(toHex)).toEqual([
      chacha.key,
      chacha.iv,
      chacha.hp,
    ]);
    const updated = updateKeys(derived);
    expect(toHex(updated.secret)).toBe(chacha.ku);
    expect(updated.hp).toBe(derived.hp);
    expect(updated.header).toBe(derived.header);
    const opened = unprotect(packetOf(chacha.packet), derived, chacha.pn - 1)!;
    expect(opened.packetNumber).toBe(BigInt(chacha.pn));
    expect(toHex(opened.payload)).toBe(chacha.payload);
    const packet = protect(
      {
        type: "1-RTT",
        destinationConnectionId: NOTHING,
        packetNumber: BigInt(chacha.pn),
        packetNumberLength: 3,
        payload: opened.payload,
      },
      derived,
    );
    expect(toHex(packet)).toBe(chacha.packet);
  });

  test("Q-RTY-6 Q-V2-2: the tag of a Retry", () => {
    const { odcid, packet } = vector.retry;
    const bytes = hex(packet);
    expect(retryIntegrityTag(version, hex(odcid), bytes.subarray(0, -16))).toEqual(
      bytes.slice(-16),
    );
    expect(verifyRetry(packetOf(packet), hex(odcid))).toBe(true);
  });

  test("Q-RTY-2: a Retry with any other octet, or for another connection id, is refused", () => {
    const { odcid, packet } = vector.retry;
    const good = packetOf(packet);
    const length = good.bytes.length;
    for (let at = 0; at < length; at++) {
      const bytes = hex(packet);
      bytes[at]! ^= 1;
      const changed = parseDatagram(bytes, { connectionIdLength: 0 })[0];
      if (changed?.type === "Retry") expect(verifyRetry(changed, hex(odcid))).toBe(false);
    }
    expect(verifyRetry(good, hex("8394c8f03e515709"))).toBe(false);
    expect(verifyRetry(good, NOTHING)).toBe(false);
    expect(verifyRetry(packetOf(vector.client_initial.packet), hex(odcid))).toBe(false);
  });
});

describe("suites", () => {
  test.each<[number, AeadName, number, number]>([
    [0x1301, "AES-128-GCM", 32, 16],
    [0x1302, "AES-256-GCM", 48, 32],
    [0x1303, "CHACHA20-POLY1305", 32, 32],
    [0x1304, "AES-128-CCM", 32, 16],
  ])("Q-KEY-3: %i is %s, by number and by name", (cipherSuite, name, length, keyLength) => {
    const secret = noise(length);
    const keys = deriveKeys(1, cipherSuite, secret);
    expect(keys).toMatchObject({ version: 1, cipherSuite, aeadName: name, secret });
    expect([keys.key.length, keys.iv.length, keys.hp.length]).toEqual([keyLength, 12, keyLength]);
    expect(deriveKeys(1, name, secret).key).toEqual(keys.key);
    expect(secretLength(cipherSuite)).toBe(length);
  });

  test("a suite that QUIC does not have has no secret", () => {
    expect([0x1305, 0xc02f, 0, -1, Number.NaN].map(secretLength)).toEqual([0, 0, 0, 0, 0]);
  });

  test("the secret is copied: the caller's may be wiped", () => {
    const secret = noise(32);
    const keys = deriveKeys(1, 0x1301, secret);
    const next = updateKeys(keys).key;
    secret.fill(0);
    expect(updateKeys(keys).key).toEqual(next);
  });

  test("each update gives other keys, and header protection stays", () => {
    const seen = new Set<string>();
    let keys: PacketKeys = deriveKeys(1, 0x1302, noise(48));
    for (let n = 0; n < 20; n++) {
      seen.add(toHex(keys.key));
      const next = updateKeys(keys);
      expect(next.hp).toBe(keys.hp);
      keys = next;
    }
    expect(seen.size).toBe(20);
  });
});

describe("wrong use", () => {
  test.each<[string, string, () => unknown]>([
    ["an unknown version", "QUIC_VERSION_UNKNOWN", () => deriveInitialKeys(0xff00001d, NOTHING)],
    [
      "a version of another kind",
      "QUIC_VERSION_UNKNOWN",
      () => deriveKeys("1" as never, 0x1301, noise(32)),
    ],
    [
      "a connection id too long",
      "QUIC_CONNECTION_ID_INVALID",
      () => deriveInitialKeys(1, noise(21)),
    ],
    [
      "a connection id in hex",
      "QUIC_CONNECTION_ID_INVALID",
      () => deriveInitialKeys(1, "00" as never),
    ],
    ["an unknown suite", "QUIC_CIPHER_SUITE_UNKNOWN", () => deriveKeys(1, 0x1305, noise(32))],
    [
      "a suite of TLS alone",
      "QUIC_CIPHER_SUITE_UNKNOWN",
      () => deriveKeys(1, "AES-256-CCM", noise(32)),
    ],
    ["a short secret", "QUIC_SECRET_INVALID", () => deriveKeys(1, 0x1302, noise(32))],
    ["a long secret", "QUIC_SECRET_INVALID", () => deriveKeys(1, 0x1301, noise(48))],
    [
      "a Retry of an unknown version",
      "QUIC_VERSION_UNKNOWN",
      () => retryIntegrityTag(3, NOTHING, NOTHING),
    ],
    [
      "a Retry's id too long",
      "QUIC_CONNECTION_ID_INVALID",
      () => retryIntegrityTag(1, noise(256), NOTHING),
    ],
  ])("%s", (_name, code, act) => {
    expect(act).toThrow(UsageError);
    expect(act).toThrow(code);
  });
});
