// QUIC connections as the inspector tells them: who they are as far as that is known, packets and why they stay closed, HTTP/3
// or the bytes of another protocol in them, and UDP that is no QUIC.

import { describe, expect, test } from "vitest";
import { type NumberedDraft, QuicInspector } from "../../src/inspect/quic-inspector.js";
import { ConnectionStreams } from "../../src/inspect/quic-streams.js";
import { KeyLog } from "../../src/inspect/tls/key-log.js";
import { concat, control, data, GET, headers, OK, uni } from "../helpers/h3-frames.js";
import { QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";

type Any = NumberedDraft & { readonly [member: string]: unknown };

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** A key log with the secrets of these pairs. */
function keyLogOf(...pairs: readonly QuicPair[]): KeyLog {
  const log = new KeyLog();
  for (const { clientRandom, secrets } of pairs)
    for (const [label, secret] of secrets)
      log.push(`${label} ${hex(clientRandom)} ${hex(secret)}\n`);
  log.end();
  return log;
}

function inspect(datagrams: readonly Sent[], keyLog: KeyLog, options = {}): Any[] {
  const inspector = new QuicInspector({ keyLog, ...options });
  const drafts = datagrams.flatMap((datagram) => inspector.receive(datagram) ?? []);
  drafts.push(...inspector.end());
  return drafts as Any[];
}

const only = (drafts: readonly Any[], event: string) =>
  drafts.filter((draft) => draft.event === event);

const exchange = (pair: QuicPair): Sent[] => [
  pair.hello(),
  pair.answer(),
  pair.send("client", streamFrame(2, 0, control()), streamFrame(0, 0, headers(GET), true)),
  pair.send("server", streamFrame(3, 0, control())),
  pair.send("server", streamFrame(0, 0, concat(headers(OK), data("abc")), true)),
];

describe("a connection", () => {
  test("is told again when more is known of it", () => {
    const pair = new QuicPair({ alpn: "h3", serverName: "example.org" });
    const told = only(inspect(exchange(pair), keyLogOf(pair)), "connection");
    expect(told[0]).toMatchObject({
      ...{ alpn: null, serverName: null, cipherSuite: null, security: "QUIC v1" },
      ...{ client: pair.addresses.client, server: pair.addresses.server },
    });
    expect(told.at(-1)).toMatchObject({
      ...{ protocol: "h3", alpn: "h3", serverName: "example.org" },
      cipherSuite: "TLS_AES_128_GCM_SHA256",
    });
    const texts = told.map((draft) => JSON.stringify(draft));
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("its packets, frames and messages", () => {
    const pair = new QuicPair({ alpn: "h3" });
    const drafts = inspect(exchange(pair), keyLogOf(pair));
    expect(only(drafts, "packet").every(({ decrypted }) => decrypted)).toBe(true);
    expect(only(drafts, "error")).toEqual([]);
    const parameters = drafts.filter(({ name }) => name === "TRANSPORT_PARAMETERS");
    expect(parameters.map(({ direction }) => direction)).toEqual(["client", "server"]);
    const heads = only(drafts, "head").map(({ direction, streamId }) => `${direction} ${streamId}`);
    expect(heads).toEqual(["client 0", "server 0"]);
    const streams = drafts.filter(({ name, protocol }) => name === "STREAM" && protocol === "quic");
    expect(streams[0]).toMatchObject({
      ...{ streamId: 2, streamOffset: 0, length: control().length, fin: false },
      rfc: "RFC 9000 section 19.8",
    });
    expect(streams[0]).not.toHaveProperty("streamData");
  });

  test("what it moves to is its new address", () => {
    const pair = new QuicPair({ alpn: "h3" });
    const datagrams = exchange(pair);
    pair.addresses.client = "192.0.2.9:999";
    datagrams.push(pair.send("client", streamFrame(4, 0, headers(GET), true)));
    const drafts = inspect(datagrams, keyLogOf(pair));
    expect(only(drafts, "connection").at(-1)).toMatchObject({
      client: "192.0.2.9:999",
      connection: 0,
    });
    expect(only(drafts, "head")).toHaveLength(3);
  });

  test("of another protocol has the bytes of its streams, and no HTTP/3", () => {
    const pair = new QuicPair({ alpn: "doq" });
    const drafts = inspect(
      [pair.hello(), pair.answer(), pair.send("client", streamFrame(0, 0, "hello", true))],
      keyLogOf(pair),
    );
    expect(only(drafts, "connection").at(-1)).toMatchObject({ alpn: "doq", protocol: "quic" });
    expect(only(drafts, "data")).toMatchObject([{ protocol: "quic", streamId: 0, length: 5 }]);
    expect(only(drafts, "end")).toHaveLength(1);
    expect(only(drafts, "error")).toEqual([]);
  });

  test("without an ALPN its streams say what they are", () => {
    const stream = (streamId: number, bytes: Uint8Array) => {
      const observed = { kind: "stream", connection: 0, direction: "client", offset: 0 } as const;
      return new ConnectionStreams({}).receive({
        ...observed,
        streamId,
        bytes,
        fin: true,
      }) as Any[];
    };
    expect(only(stream(0, headers(GET)), "head")).toHaveLength(1);
    expect(only(stream(2, control()), "settings")).toHaveLength(1);
    expect(only(stream(2, uni(0x21)), "frame")).toHaveLength(1);
    for (const bytes of [Uint8Array.of(0x70), new TextEncoder().encode("what")])
      expect(stream(0, bytes).map(({ event, protocol }) => [event, protocol])).toEqual([
        ["data", "quic"],
        ["end", "quic"],
      ]);
  });

  test("without keys its Initials are opened, and the rest stays closed", () => {
    const pair = new QuicPair({ alpn: "h3", serverName: "example.org" });
    const drafts = inspect(exchange(pair), new KeyLog());
    const reasons = only(drafts, "packet").map(({ packetType, reason }) => [packetType, reason]);
    expect(reasons).toEqual([
      ["Initial", null],
      ["Initial", null],
      ["Handshake", "no keys"],
      ["1-RTT", "no keys"],
      ["1-RTT", "no keys"],
      ["1-RTT", "no keys"],
    ]);
    expect(only(drafts, "connection").at(-1)).toMatchObject({ serverName: "example.org" });
  });
});

describe("connections beside each other", () => {
  test("have their numbers, also those of the caller", () => {
    const pairs = [1, 40].map((seed) => {
      const address = `127.0.0.1:${10_000 + seed}`;
      return new QuicPair({
        alpn: "h3",
        seed,
        clientAddress: address,
        originalId: Uint8Array.from({ length: 8 }, () => seed),
      });
    });
    const [one, other] = pairs.map(exchange) as [Sent[], Sent[]];
    const mixed = one.flatMap((datagram, at) => [datagram, other[at] as Sent]);
    let next = 7;
    const drafts = inspect(mixed, keyLogOf(...pairs), { nextConnection: () => next++ });
    expect(
      only(drafts, "head")
        .map(({ connection }) => connection)
        .sort(),
    ).toEqual([7, 7, 8, 8]);
  });

  test("that were closed are let go, and their memory with them", () => {
    const log = new KeyLog();
    const inspector = new QuicInspector({ keyLog: log });
    let count = 0;
    for (let at = 0; at < 300; at++) {
      const originalId = Uint8Array.of(at >> 8, at & 255, 1, 2, 3, 4, 5, 6);
      const pair = new QuicPair({
        ...{ alpn: "h3", originalId, clientAddress: `127.0.0.1:${20_000 + at}` },
        ...{
          clientId: Uint8Array.of(1, at >> 8, at & 255, 1),
          serverId: Uint8Array.of(2, at >> 8, at & 255, 1),
        },
      });
      for (const [label, secret] of pair.secrets)
        log.push(`${label} ${hex(pair.clientRandom)} ${hex(secret)}\n`);
      const close = {
        name: "CONNECTION_CLOSE",
        type: 0x1d,
        errorCode: 0x100,
        frameType: null,
      } as const;
      const last = pair.send("client", { ...close, reasonPhrase: new Uint8Array(0) });
      for (const datagram of [...exchange(pair), last])
        count += only((inspector.receive(datagram) ?? []) as Any[], "head").length;
    }
    expect(count).toBe(600);
    inspector.end();
  });
});

describe("UDP that is no QUIC", () => {
  const receive = (bytes: Uint8Array) =>
    new QuicInspector({ keyLog: new KeyLog() }).receive({
      ...{ source: "127.0.0.1:1", destination: "127.0.0.1:53", bytes },
    });
  const dns = concat(
    // An id with the top bits set: it looks like a long header.
    Uint8Array.of(0xc3, 0x51, 0x01, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0),
    uni(7, new TextEncoder().encode("example"), Uint8Array.of(3, 0x6f, 0x72, 0x67, 0, 0, 1, 0, 1)),
  );

  test.each([
    ["nothing", new Uint8Array(0)],
    ["an octet", Uint8Array.of(0xc0)],
    ["a question to DNS", dns],
    ["text", new TextEncoder().encode("M-SEARCH * HTTP/1.1\r\n\r\n")],
    ["zeros", new Uint8Array(1_200)],
    ["what looks like a short header", new Uint8Array(60).fill(0x41)],
  ])("%s", (_name, bytes) => {
    expect(receive(bytes)).toBeNull();
  });
});
