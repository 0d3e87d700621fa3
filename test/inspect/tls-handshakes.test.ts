// Real handshakes of node:tls, opened from outside: every version, suite and way to begin that the record layer knows. What
// the observer gives is what the applications sent.

import { once } from "node:events";
import type tls from "node:tls";
import { describe, expect, test } from "vitest";
import {
  applicationData,
  closedReasons,
  messageNames,
  observe,
  only,
} from "../helpers/tls-observe.js";
import {
  cert,
  key,
  makeServer,
  type TlsTrace,
  type TraceOptions,
  text,
  traceTls,
} from "../helpers/tls-wire.js";

function expectOpened(trace: TlsTrace): ReturnType<typeof observe> {
  const events = observe(trace.wire, trace.keyLog);
  expect(only(events, "error")).toEqual([]);
  expect(closedReasons(events)).toEqual({});
  expect(only(events, "gap")).toEqual([]);
  // A megabyte octet by octet would take toEqual seconds.
  for (const direction of ["client", "server"] as const)
    expect(Buffer.compare(applicationData(events, direction), trace[direction])).toBe(0);
  const lengths = { client: 0, server: 0 };
  for (const record of only(events, "record")) {
    expect(record.offset).toBe(lengths[record.direction]);
    lengths[record.direction] += record.length;
  }
  return events;
}

const BOTH = (options: tls.SecureContextOptions & tls.ConnectionOptions): TraceOptions => ({
  client: options,
  server: options as tls.TlsOptions,
});
const big = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31) >>> 3);

describe("TLS 1.3", () => {
  test.each([
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
  ])("%s", async (ciphers) => {
    const trace = await traceTls(BOTH({ ciphers }));
    expect(trace.protocol).toBe("TLSv1.3");
    const events = expectOpened(trace);
    expect(only(events, "hello").at(-1)).toMatchObject({
      version: "TLS 1.3",
      cipherSuite: ciphers,
      serverName: "localhost",
      resumed: false,
    });
    expect(messageNames(events)).toEqual([
      "c ClientHello",
      "s ServerHello",
      "s EncryptedExtensions",
      "s Certificate",
      "s CertificateVerify",
      "s Finished",
      "c Finished",
      "s NewSessionTicket",
      "s NewSessionTicket",
    ]);
    expect(only(events, "closed").map((event) => event.direction)).toEqual(["client", "server"]);
  });

  test("large data: records over many pieces", async () => {
    const trace = await traceTls({ chunks: [big(300_000), big(1_000_000), big(1), big(16_385)] });
    expectOpened(trace);
  });

  test("ALPN and the server's name", async () => {
    const trace = await traceTls({
      client: { ALPNProtocols: ["h2", "http/1.1"] },
      server: { ALPNProtocols: ["http/1.1"] },
    });
    const hellos = only(expectOpened(trace), "hello");
    expect(hellos.map(({ version, alpn }) => [version, alpn])).toEqual([
      [null, null],
      ["TLS 1.3", null],
      ["TLS 1.3", "http/1.1"],
    ]);
    expect(hellos[0]).toMatchObject({ offeredAlpn: ["h2", "http/1.1"], serverName: "localhost" });
  });

  test("HelloRetryRequest: two ClientHellos", async () => {
    const trace = await traceTls({
      client: { ecdhCurve: "X25519:P-384" },
      server: { ecdhCurve: "P-384" },
    });
    const events = expectOpened(trace);
    expect(messageNames(events).slice(0, 4)).toEqual([
      "c ClientHello",
      "s HelloRetryRequest",
      "c ClientHello",
      "s ServerHello",
    ]);
  });

  test("a session is resumed", async () => {
    const on = makeServer();
    const first = await traceTls({ on });
    const trace = await traceTls({ on, client: { session: first.session as Buffer } });
    const events = expectOpened(trace);
    expect(only(events, "hello").at(-1)?.resumed).toBe(true);
    expect(messageNames(events)).not.toContain("s Certificate");
  });

  test("the client has a certificate", async () => {
    const trace = await traceTls({
      client: { key, cert },
      server: { requestCert: true, rejectUnauthorized: false },
    });
    const names = messageNames(expectOpened(trace));
    expect(names).toContain("s CertificateRequest");
    expect(names).toContain("c CertificateVerify");
  });
});

describe("TLS 1.2", () => {
  const psk = Buffer.alloc(32, 7);
  const shared: tls.ConnectionOptions = {
    pskCallback: () => ({ psk, identity: "us" }),
    checkServerIdentity: () => undefined,
  };
  const sharedServer: tls.TlsOptions = { pskCallback: () => psk };

  test.each([
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-AES128-CCM8",
    "ECDHE-ECDSA-AES256-CCM8",
    "PSK-AES128-GCM-SHA256",
    "PSK-AES256-GCM-SHA384",
    "PSK-CHACHA20-POLY1305",
    "PSK-AES128-CCM",
    "ECDHE-PSK-CHACHA20-POLY1305",
    "DHE-PSK-AES256-GCM-SHA384",
  ])("%s", async (name) => {
    const ciphers = `${name}:@SECLEVEL=0`;
    const common = { ciphers, maxVersion: "TLSv1.2" as const };
    const trace = await traceTls({
      client: { ...common, ...(name.includes("PSK") ? shared : {}) },
      server: { ...common, ...(name.includes("PSK") ? sharedServer : {}), dhparam: "auto" },
      chunks: [text("GET"), big(40_000), text("x"), text("y")],
    });
    expect(trace.protocol).toBe("TLSv1.2");
    const events = expectOpened(trace);
    expect(only(events, "hello").at(-1)).toMatchObject({
      version: "TLS 1.2",
      cipherSuite: trace.cipher,
    });
    const names = messageNames(events);
    expect(names.filter((message) => message.endsWith("Finished"))).toHaveLength(2);
  });

  test("ALPN stands in the ServerHello", async () => {
    const trace = await traceTls({
      client: { ALPNProtocols: ["h2", "http/1.1"], maxVersion: "TLSv1.2" },
      server: { ALPNProtocols: ["h2"] },
    });
    expect(only(expectOpened(trace), "hello").at(-1)?.alpn).toBe("h2");
  });

  test("a session is resumed", async () => {
    const on = makeServer();
    const client = { maxVersion: "TLSv1.2" as const };
    const first = await traceTls({ on, client });
    const trace = await traceTls({ on, client: { ...client, session: first.session as Buffer } });
    const events = expectOpened(trace);
    expect(only(events, "hello").at(-1)?.resumed).toBe(true);
    expect(messageNames(events)).not.toContain("s Certificate");
  });

  test("renegotiation: new keys inside the connection", async () => {
    const trace = await traceTls({
      client: { maxVersion: "TLSv1.2" },
      before: async (client, server) => {
        const done = new Promise<void>((resolve, reject) => {
          client.renegotiate({}, (error) => (error === null ? resolve() : reject(error)));
        });
        await done;
        client.write("after");
        await once(server, "readable");
        server.read();
      },
    });
    const events = observe(trace.wire, trace.keyLog);
    expect(closedReasons(events)).toEqual({});
    expect(only(events, "renegotiation")).toHaveLength(1);
    expect(Buffer.from(applicationData(events, "client")).toString()).toBe("helloafter");
  });

  test("CBC stays closed, and is told so", async () => {
    const ciphers = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";
    const trace = await traceTls(BOTH({ ciphers, maxVersion: "TLSv1.2" }));
    const events = observe(trace.wire, trace.keyLog);
    expect(only(events, "application")).toEqual([]);
    expect(only(events, "error")).toEqual([]);
    expect(Object.keys(closedReasons(events))).toEqual(["unknown cipher suite"]);
    expect(only(events, "hello").at(-1)?.cipherSuite).toBe("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA");
  });

  test("TLS 1.1 stays closed", async () => {
    const ciphers = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";
    const trace = await traceTls(BOTH({ ciphers, minVersion: "TLSv1", maxVersion: "TLSv1.1" }));
    const events = observe(trace.wire, trace.keyLog);
    expect(Object.keys(closedReasons(events))).toEqual(["unknown cipher suite"]);
    expect(only(events, "hello").at(-1)?.version).toBe("TLS 1.1");
  });
});
