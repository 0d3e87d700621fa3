// Handshake messages of TLS: bodies into fields, and messages out of a stream in any pieces.

import tls from "node:tls";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { tlsCipherSuite, tlsCipherSuiteName } from "../../src/codec/tls-cipher-suites.js";
import {
  type ClientHello,
  parseClientHello,
  parseEncryptedExtensions,
  parseKeyUpdate,
  parseNewSessionTicket,
  parseServerHello,
} from "../../src/codec/tls-handshake.js";
import { type TlsMessage, TlsMessageReader } from "../../src/codec/tls-message-reader.js";
import { tlsAlertName, tlsMessageName, tlsVersionName } from "../../src/codec/tls-registry.js";
import { traceTls } from "../helpers/tls-wire.js";

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const u16 = (value: number): string => value.toString(16).padStart(4, "0");
const vector = (hex: string): string => u16(hex.replaceAll(" ", "").length / 2) + hex;
const extension = (type: number, hex: string): string => u16(type) + vector(hex);
const RANDOM = "5a".repeat(32);

const clientHello = (...extensions: string[]): Uint8Array =>
  bytes(`0303 ${RANDOM} 00 0004 1301 1302 01 00 ${vector(extensions.join(""))}`);
const serverHello = (random: string, ...extensions: string[]): Uint8Array =>
  bytes(`0303 ${random} 00 1302 00 ${vector(extensions.join(""))}`);

let real: TlsMessage[] = [];
beforeAll(async () => {
  const client = { ALPNProtocols: ["h2", "http/1.1"], ecdhCurve: "X25519:P-256" };
  const { wire } = await traceTls({ client, server: { ALPNProtocols: ["h2"] } });
  real = wire.slice(0, 2).flatMap(({ bytes: record }) => {
    const length = (record[3] as number) * 256 + (record[4] as number);
    return new TlsMessageReader().receive(record.slice(5, 5 + length));
  });
});

describe("ClientHello", () => {
  test("of a real client", () => {
    const hello = parseClientHello((real[0] as TlsMessage).body);
    expect(hello).toMatchObject({
      legacyVersion: 0x0303,
      serverName: "localhost",
      alpn: ["h2", "http/1.1"],
      keyShares: [0x001d],
      quicTransportParameters: null,
      earlyData: false,
      preSharedKey: false,
      fault: null,
    });
    expect(hello.supportedVersions).toContain(0x0304);
    expect(hello.cipherSuites).toContain(0x1301);
    expect([hello.random.length, hello.sessionId.length]).toEqual([32, 32]);
    expect(tls.DEFAULT_MAX_VERSION).toBe("TLSv1.3");
  });

  test.each([
    ["RFC 9001", 0x39],
    ["the drafts", 0xffa5],
  ])("transport parameters of QUIC: %s", (_name, type) => {
    const hello = parseClientHello(clientHello(extension(type, "0102")));
    expect(hello.quicTransportParameters).toEqual(Uint8Array.of(1, 2));
  });

  test("early data, a session to resume, unknown extensions in order", () => {
    const hello = parseClientHello(
      clientHello(extension(42, ""), extension(0x1a1a, "00"), extension(41, "ff")),
    );
    expect(hello).toMatchObject({ earlyData: true, preSharedKey: true, fault: null });
    expect(hello.extensions.map(({ type }) => type)).toEqual([42, 0x1a1a, 41]);
  });

  test("without extensions, as TLS 1.2 allows", () => {
    const hello = parseClientHello(bytes(`0303 ${RANDOM} 00 0002 002f 01 00`));
    expect(hello).toMatchObject({ cipherSuites: [0x2f], extensions: [], alpn: [], fault: null });
  });

  test("a name of another kind is passed over", () => {
    const list = vector("01 0001 78 00 0001 61 00 0001 62");
    expect(parseClientHello(clientHello(extension(0, list))).serverName).toBe("a");
  });

  test("TLS-HS-4: an extension that stands twice", () => {
    const hello = parseClientHello(clientHello(extension(16, vector("0161")), extension(16, "ff")));
    expect(hello.fault).toEqual({ code: "TLS_EXTENSION_REPEATED", offset: 53 });
    expect(hello.alpn).toEqual(["a"]);
  });

  test.each([
    ["an odd list of cipher suites", `0303 ${RANDOM} 00 0003 130113 01 00`, 35],
    ["octets behind the extensions", `0303 ${RANDOM} 00 0002 1301 01 00 0000 ff`, 43],
    [
      "an empty protocol name",
      `0303 ${RANDOM} 00 0002 1301 01 00 ${vector(extension(16, vector("00")))}`,
      49,
    ],
    [
      "octets behind a field of an extension",
      `0303 ${RANDOM} 00 0002 1301 01 00 ${vector(extension(43, "02030400"))}`,
      50,
    ],
  ])("TLS-HS-5: %s", (_name, hex, offset) => {
    expect(parseClientHello(bytes(hex)).fault).toEqual({ code: "TLS_HANDSHAKE_INVALID", offset });
  });

  test("TLS-HS-1: a field of an extension that goes on behind its end", () => {
    const hello = parseClientHello(clientHello(extension(0, "0004 00 0009 61"), extension(42, "")));
    expect(hello.fault).toEqual({ code: "TLS_HANDSHAKE_TRUNCATED", offset: 52 });
    expect(hello).toMatchObject({ serverName: null, earlyData: true });
  });

  test("TLS-HS-1: cut anywhere: the fault is in what is there, and what stands before it is read", () => {
    const { body } = real[0] as TlsMessage;
    const whole = parseClientHello(body);
    for (let length = 0; length < body.length; length++) {
      const hello = parseClientHello(body.slice(0, length));
      // Where the extensions would begin, a hello may end.
      if (length === (whole.extensions[0]?.offset ?? 0) - 6) {
        expect(hello.fault).toBeNull();
        continue;
      }
      expect(hello.fault?.code).toBe("TLS_HANDSHAKE_TRUNCATED");
      expect(hello.fault?.offset).toBeLessThanOrEqual(length);
      expectBeginning(hello, whole);
    }
  });
});

/** Lists are beginnings of the lists of the whole message; others are theirs, or empty. */
function expectBeginning(hello: ClientHello, whole: ClientHello): void {
  expect(whole.extensions.slice(0, hello.extensions.length)).toEqual(hello.extensions);
  if (hello.random.length > 0) expect(hello.random).toEqual(whole.random);
  if (hello.serverName !== null) expect(hello.serverName).toBe(whole.serverName);
  if (hello.alpn.length > 0) expect(hello.alpn).toEqual(whole.alpn);
}

describe("ServerHello", () => {
  test("of a real server", () => {
    const hello = parseServerHello((real[1] as TlsMessage).body);
    expect(hello).toMatchObject({
      version: 0x0304,
      isHelloRetryRequest: false,
      keyShare: 0x1d,
      preSharedKey: null,
      alpn: null,
      fault: null,
    });
    expect(tlsCipherSuite(hello.cipherSuite)?.isTls13).toBe(true);
  });

  test("HelloRetryRequest: its random, and a group without a key", () => {
    const random = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
    const hello = parseServerHello(
      serverHello(random, extension(43, "0304"), extension(51, "0018")),
    );
    expect(hello).toMatchObject({ isHelloRetryRequest: true, keyShare: 0x18, fault: null });
  });

  test("TLS 1.2: the old version, ALPN", () => {
    const hello = parseServerHello(serverHello(RANDOM, extension(16, vector("02 6832"))));
    expect(hello).toMatchObject({ version: 0x0303, alpn: "h2", fault: null });
  });

  test("a session that is resumed", () => {
    const hello = parseServerHello(serverHello(RANDOM, extension(41, "0001")));
    expect(hello.preSharedKey).toBe(1);
  });
});

describe("other messages", () => {
  test("EncryptedExtensions", () => {
    const list = [
      extension(16, vector("026833")),
      extension(0, ""),
      extension(0x39, "04"),
      extension(42, ""),
    ];
    expect(parseEncryptedExtensions(bytes(vector(list.join(""))))).toMatchObject({
      alpn: "h3",
      quicTransportParameters: Uint8Array.of(4),
      earlyData: true,
      fault: null,
    });
    expect(parseEncryptedExtensions(bytes("0000")).fault).toBeNull();
    expect(parseEncryptedExtensions(bytes("")).fault).toEqual({
      code: "TLS_HANDSHAKE_TRUNCATED",
      offset: 0,
    });
  });

  test("NewSessionTicket", () => {
    const body = bytes(
      `00001c20 11223344 02 0a0b 0003 010203 ${vector(extension(42, "ffffffff"))}`,
    );
    expect(parseNewSessionTicket(body)).toMatchObject({
      lifetime: 7200,
      ageAdd: 0x11223344,
      nonce: Uint8Array.of(10, 11),
      ticket: Uint8Array.of(1, 2, 3),
      maxEarlyData: 0xffffffff,
      fault: null,
    });
    const plain = bytes("00001c20 11223344 00 0001 ff 0000");
    expect(parseNewSessionTicket(plain)).toMatchObject({ maxEarlyData: null, fault: null });
  });

  test("KeyUpdate", () => {
    expect(parseKeyUpdate(bytes("01"))).toEqual({ updateRequested: true, fault: null });
    expect(parseKeyUpdate(bytes("00"))).toEqual({ updateRequested: false, fault: null });
    expect(parseKeyUpdate(bytes("")).fault?.code).toBe("TLS_HANDSHAKE_TRUNCATED");
    expect(parseKeyUpdate(bytes("0000")).fault).toEqual({
      code: "TLS_HANDSHAKE_INVALID",
      offset: 1,
    });
  });
});

test("any octets: nothing is thrown, faults lie inside", () => {
  const parsers = [
    parseClientHello,
    parseServerHello,
    parseEncryptedExtensions,
    parseNewSessionTicket,
    parseKeyUpdate,
  ];
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .uint8Array({ maxLength: 60 })
      .map((tail) => Uint8Array.from([...clientHello().subarray(0, 43), ...tail])),
    fc.nat(300).map((at) => {
      const copy = (real[0] as TlsMessage).body.slice();
      copy[at % copy.length] = at & 0xff;
      return copy;
    }),
  );
  fc.assert(
    fc.property(body, (octets) => {
      for (const parse of parsers) {
        const { fault } = parse(octets);
        if (fault !== null) expect(fault.offset).toBeLessThanOrEqual(octets.length);
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("TlsMessageReader", () => {
  const stream = bytes("01 000002 aabb 0e 000000 0b 000003 010203 14 000001 ff");
  const whole = [
    { type: 1, body: bytes("aabb"), offset: 0 },
    { type: 14, body: bytes(""), offset: 6 },
    { type: 11, body: bytes("010203"), offset: 10 },
    { type: 20, body: bytes("ff"), offset: 17 },
  ];

  test("messages in any pieces", () => {
    for (let size = 1; size <= stream.length; size++) {
      const reader = new TlsMessageReader();
      const messages: TlsMessage[] = [];
      for (let at = 0; at < stream.length; at += size) {
        const piece = stream.slice(at, at + size);
        for (const each of reader.receive(piece))
          messages.push({ ...each, body: each.body.slice() });
        piece.fill(0xee);
      }
      expect(messages).toEqual(whole);
      expect(reader.isBetweenMessages).toBe(true);
      expect(reader.heldBytes).toBe(0);
    }
  });

  test("a message that came in one piece is a view", () => {
    const [first] = new TlsMessageReader().receive(stream);
    expect(first?.body.buffer).toBe(stream.buffer);
  });

  test("TLS-HS-2: at and above the limit, in any pieces; nothing is kept by what it declares", () => {
    const at = bytes(`04 000003 010203`);
    const above = bytes(`04 000003 010203 0b 000004 00`);
    for (const size of [1, 3, 99]) {
      const feed = (octets: Uint8Array) => {
        const reader = new TlsMessageReader(3);
        const messages: TlsMessage[] = [];
        for (let from = 0; from < octets.length; from += size)
          messages.push(...reader.receive(octets.slice(from, from + size)));
        return { reader, messages };
      };
      expect(feed(at)).toMatchObject({ reader: { fault: null }, messages: [{ type: 4 }] });
      const { reader, messages } = feed(above);
      expect(messages).toHaveLength(1);
      expect(reader.fault).toEqual({ code: "TLS_HANDSHAKE_TOO_LONG", offset: 7 });
      expect([reader.heldBytes, reader.isStopped]).toEqual([0, true]);
      expect(reader.receive(at)).toEqual([]);
    }
    const reader = new TlsMessageReader();
    reader.receive(bytes("0b 040000 01"));
    expect(reader.heldBytes).toBe(5);
  });

  test("an unfinished message can be forgotten", () => {
    const reader = new TlsMessageReader();
    reader.receive(stream.subarray(0, 5));
    reader.reset();
    expect(reader.receive(bytes("14 000000"))).toMatchObject([{ type: 20, offset: 5 }]);
  });
});

describe("names", () => {
  test("cipher suites", () => {
    expect(tlsCipherSuite(0x1305)).toMatchObject({
      name: "TLS_AES_128_CCM_8_SHA256",
      aead: "AES-128-CCM-8",
      hash: "SHA-256",
      isTls13: true,
      keyLength: 16,
      tagLength: 8,
      fixedNonceLength: 12,
    });
    expect(tlsCipherSuite(0xc030)).toMatchObject({
      name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      aead: "AES-256-GCM",
      hash: "SHA-384",
      isTls13: false,
      keyLength: 32,
      tagLength: 16,
      fixedNonceLength: 4,
    });
    expect(tlsCipherSuite(0xcca8)).toMatchObject({
      name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
      aead: "CHACHA20-POLY1305",
      fixedNonceLength: 12,
    });
    expect(tlsCipherSuite(0xc09d)).toMatchObject({ aead: "AES-256-CCM", hash: "SHA-256" });
    expect(tlsCipherSuite(0xc013)).toBeNull();
    expect(tlsCipherSuiteName(0xc013)).toBe("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");
    expect(tlsCipherSuiteName(0x0a0a)).toBe("0x0a0a");
  });

  test("every suite is there once, and its name says what it is", () => {
    const suites = Array.from({ length: 0x10000 }, (_, id) => tlsCipherSuite(id)).filter(
      (suite) => suite !== null,
    );
    expect(new Set(suites.map(({ name }) => name)).size).toBe(suites.length);
    for (const { name, aead, hash, isTls13 } of suites) {
      const cipher = aead.replaceAll("-", "_");
      expect(name).toMatch(new RegExp(`_${cipher}(_SHA\\d+)?$`));
      expect(name.includes("_WITH_")).toBe(!isTls13);
      expect(name.endsWith("SHA384")).toBe(hash === "SHA-384");
    }
  });

  test("versions, messages, alerts", () => {
    expect([tlsVersionName(0x0304), tlsVersionName(0x7f1c)]).toEqual(["TLS 1.3", "TLS 0x7f1c"]);
    expect([tlsMessageName(2), tlsMessageName(99)]).toEqual(["ServerHello", null]);
    expect([tlsAlertName(120), tlsAlertName(255)]).toEqual(["no_application_protocol", null]);
  });
});
