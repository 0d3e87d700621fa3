// QuicObserver on conversations whose secrets we know: what it says of packets, streams, connection ids and keys.
import {
  parseFrames,
  QUIC_V2,
  type QuicObservation,
  QuicObserver,
  retryIntegrityTag,
} from "tercet/quic";
import { describe, expect, test } from "vitest";
import { QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";

/** What a pair's observer says of all these datagrams, and at the end. */
function observe(
  pair: QuicPair,
  sent: readonly Sent[],
  options: Record<string, unknown> = {},
): QuicObservation[] {
  const observer = new QuicObserver({ secrets: pair.findSecrets, ...options });
  return [...sent.flatMap((datagram) => observer.receive(datagram)), ...observer.end()];
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Packets as "client Initial 0", closed ones with their reason. */
function packets(said: readonly QuicObservation[]): string[] {
  return said.flatMap((one) =>
    one.kind === "packet"
      ? [`${one.direction} ${one.packetType} ${one.decrypted ? one.packetNumber : one.reason}`]
      : [],
  );
}

/** Data of each stream, by who sent it. */
function streams(said: readonly QuicObservation[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of said) {
    if (one.kind !== "stream") continue;
    const name = `${one.direction} ${one.streamId}`;
    found[name] = `${found[name] ?? ""}${text(one.bytes)}${one.fin ? "." : ""}`;
  }
  return found;
}

const errors = (said: readonly QuicObservation[]): string[] =>
  said.flatMap((one) => (one.kind === "error" ? [one.error.code] : []));

const kinds = (said: readonly QuicObservation[], kind: QuicObservation["kind"]) =>
  said.filter((one) => one.kind === kind);

const SUITES = [
  ["AES-128-GCM", 0x1301],
  ["AES-256-GCM", 0x1302],
  ["CHACHA20-POLY1305", 0x1303],
  ["AES-128-CCM", 0x1304],
] as const;

describe("a connection", () => {
  test.each(SUITES)("Q-KEY-3: opens with %s", (_name, cipherSuite) => {
    const pair = new QuicPair({ cipherSuite });
    const said = observe(pair, [
      pair.hello(),
      pair.answer(),
      pair.send("client", streamFrame(0, 0, "GET /", true)),
      pair.send("server", streamFrame(0, 0, "200", true), { name: "HANDSHAKE_DONE" }),
    ]);
    expect(errors(said)).toEqual([]);
    expect(packets(said)).toEqual([
      "client Initial 0",
      "server Initial 0",
      "server Handshake 0",
      "client 1-RTT 0",
      "server 1-RTT 0",
    ]);
    expect(streams(said)).toEqual({ "client 0": "GET /.", "server 0": "200." });
    expect(said.find(({ kind }) => kind === "hello")).toMatchObject({
      serverName: "localhost",
      alpn: ["h3"],
    });
  });

  test("Q-V2-1: of version 2 opens", () => {
    const pair = new QuicPair({ version: QUIC_V2 });
    const said = observe(pair, [
      pair.hello(),
      pair.answer(),
      pair.send("client", streamFrame(0, 0, "a")),
    ]);
    expect(streams(said)).toEqual({ "client 0": "a" });
    expect(said[0]).toMatchObject({ kind: "connection", version: QUIC_V2 });
  });

  test("Q-DGM-2, Q-KEY-5: a packet that does not open is counted, and the next one read", () => {
    const pair = new QuicPair();
    const hello = pair.hello();
    const answer = pair.answer();
    const [broken, good] = [pair.answer(), pair.send("server", streamFrame(3, 0, "x"))];
    broken.bytes[60] = (broken.bytes[60] as number) ^ 1;
    const said = observe(pair, [hello, answer, broken, good]);
    expect(packets(said).slice(3)).toEqual([
      "server Initial not authentic",
      "server Handshake 1",
      "server 1-RTT 0",
    ]);
    expect(streams(said)).toEqual({ "server 3": "x" });
  });

  test("Q-KEY-1: without a key log opens what everybody can open", () => {
    const pair = new QuicPair();
    const sent = [pair.hello(), pair.answer(), pair.send("client", streamFrame(0, 0, "a"))];
    const said = observe(pair, sent, { secrets: () => null });
    expect(packets(said)).toEqual([
      "client Initial 0",
      "server Initial 0",
      "server Handshake no keys",
      "client 1-RTT no keys",
    ]);
  });

  test("Q-DGM-4: zeros behind the last packet are padding", () => {
    const pair = new QuicPair();
    const hello = pair.hello();
    const bytes = new Uint8Array(hello.bytes.length + 30);
    bytes.set(hello.bytes);
    const said = observe(pair, [{ ...hello, bytes }]);
    expect(packets(said)).toEqual(["client Initial 0", "client Padding padding"]);
  });

  test("Q-DGM-8: an empty datagram is counted", () => {
    const pair = new QuicPair();
    const said = observe(pair, [pair.hello(), { ...pair.hello(), bytes: new Uint8Array(0) }]);
    expect(packets(said)).toEqual(["client Initial 0", "client Unknown malformed"]);
  });

  test("packets of nobody are told so", () => {
    const pair = new QuicPair();
    const stranger = new QuicPair({ seed: 2 });
    const said = observe(pair, [stranger.send("client", streamFrame(0, 0, "a"))]);
    expect(packets(said)).toEqual(["client 1-RTT unknown connection"]);
    expect(said[0]?.connection).toBe(-1);
  });

  test("1-RTT that comes before the ClientHello waits for it", () => {
    const pair = new QuicPair();
    const hello = pair.hello();
    const [first] = new QuicObserver().receive(hello).filter(({ kind }) => kind === "packet");
    const whole = first?.kind === "packet" ? (first.payload as Uint8Array) : new Uint8Array(0);
    // The same CRYPTO data in two packets; the second one comes late.
    const late = new QuicPair();
    const [crypto] = parseFrames(whole, "Initial");
    if (crypto?.type === "error" || crypto?.name !== "CRYPTO") throw new Error("no ClientHello");
    const [head, tail] = [crypto.cryptoData.slice(0, 60), crypto.cryptoData.slice(60)];
    const parts = [
      { name: "CRYPTO", offset: 0, cryptoData: head },
      { name: "CRYPTO", offset: 60, cryptoData: tail },
    ] as const;
    const flights = parts.map((part) =>
      late.datagram(
        "client",
        late.packet("client", "Initial", [part, { name: "PADDING", size: 900 }]),
      ),
    ) as [Sent, Sent];
    const data = late.send("server", streamFrame(3, 0, "early"));
    const said = observe(late, [flights[0], late.answer(), data, flights[1]]);
    expect(streams(said)).toEqual({ "server 3": "early" });
    expect(packets(said).at(-1)).toBe("server 1-RTT 0");
  });

  test("two connections on the same addresses are told apart by their ids", () => {
    const one = new QuicPair({ seed: 1, clientAddress: "10.0.0.1:1" });
    const two = new QuicPair({ seed: 2, clientAddress: "10.0.0.1:1" });
    const secrets = (random: Uint8Array) => one.findSecrets(random) ?? two.findSecrets(random);
    const sent = [one.hello(), two.hello(), one.answer(), two.answer()];
    sent.push(one.send("client", streamFrame(0, 0, "one")));
    sent.push(two.send("client", streamFrame(0, 0, "two")));
    const said = observe(one, sent, { secrets });
    const data = said.flatMap((it) =>
      it.kind === "stream" ? [[it.connection, text(it.bytes)]] : [],
    );
    expect(data).toEqual([
      [0, "one"],
      [1, "two"],
    ]);
  });

  test("a client without a connection id is found by its address", () => {
    const pair = new QuicPair({ clientId: new Uint8Array(0) });
    const sent = [pair.hello(), pair.answer(), pair.send("server", streamFrame(3, 0, "x"))];
    expect(streams(observe(pair, sent))).toEqual({ "server 3": "x" });
  });
});

describe("streams", () => {
  const open = (pair: QuicPair, ...sent: Sent[]) => [pair.hello(), pair.answer(), ...sent];

  test("Q-STR-7: pieces in any order are given once, in order", () => {
    const pair = new QuicPair();
    const [hello, answer] = [pair.hello(), pair.answer()];
    const pieces = [
      pair.send("client", streamFrame(4, 3, "def")),
      pair.send("client", streamFrame(4, 6, "ghi", true)),
      pair.send("client", streamFrame(4, 2, "cde")),
      pair.send("client", streamFrame(4, 0, "abc")),
      pair.send("client", streamFrame(4, 0, "abcdefghi", true)),
    ];
    expect(streams(observe(pair, [hello, answer, ...pieces]))).toEqual({
      "client 4": "abcdefghi.",
    });
  });

  test("Q-PN-2: a packet that comes twice is told, and its frames are not read again", () => {
    const pair = new QuicPair({ serverParameters: [{ id: 0x20, value: 65_535 }] });
    const sent = open(pair);
    const datagram = pair.send("client", { name: "DATAGRAM", datagramData: new Uint8Array([1]) });
    const said = observe(pair, [...sent, datagram, datagram]);
    expect(kinds(said, "datagram")).toHaveLength(1);
    expect(kinds(said, "packet").map((one) => "isDuplicate" in one && one.isDuplicate)).toEqual([
      ...[false, false, false, false],
      true,
    ]);
  });

  test("Q-STR-10: an empty STREAM frame with FIN ends a stream", () => {
    const pair = new QuicPair();
    const first = pair.send("client", streamFrame(0, 0, "ab"));
    const said = observe(pair, open(pair, first, pair.send("client", streamFrame(0, 2, "", true))));
    expect(streams(said)).toEqual({ "client 0": "ab." });
  });

  test("Q-STR-9: a gap that is never filled is given up at the limit, and at the end", () => {
    const pair = new QuicPair();
    const far = new Uint8Array(900).fill(0x61);
    const sent = open(pair);
    for (let at = 0; at < 4; at++)
      sent.push(pair.send("client", streamFrame(0, 1_000 + at * 900, far)));
    const said = observe(pair, sent, { limits: { streamBuffer: 2_000 } });
    expect(kinds(said, "gap")).toMatchObject([{ streamId: 0, offset: 0, length: 1_000 }]);
    expect(streams(said)["client 0"]).toHaveLength(3_600);
    expect(errors(said)).toEqual([]);
    const atEnd = observe(pair, [...sent.slice(0, 3)]);
    expect(kinds(atEnd, "gap")).toMatchObject([{ offset: 0, length: 1_000 }]);
    expect(streams(atEnd)["client 0"]).toHaveLength(900);
  });

  test.each([
    ["Q-STR-2: data on the other side's stream", streamFrame(3, 0, "a"), "QUIC_STREAM_FORBIDDEN"],
    [
      "Q-RST-1: RESET_STREAM of it",
      { name: "RESET_STREAM", streamId: 3, applicationProtocolErrorCode: 0, finalSize: 0 },
      "QUIC_RESET_STREAM_FORBIDDEN",
    ],
    [
      "Q-STP-1: STOP_SENDING of the own one",
      { name: "STOP_SENDING", streamId: 2, applicationProtocolErrorCode: 0 },
      "QUIC_STOP_SENDING_FORBIDDEN",
    ],
    [
      "Q-FC-2: MAX_STREAM_DATA of the own one",
      { name: "MAX_STREAM_DATA", streamId: 2, maximumStreamData: 1 },
      "QUIC_MAX_STREAM_DATA_FORBIDDEN",
    ],
    [
      "Q-FC-5: STREAM_DATA_BLOCKED of the other side's",
      { name: "STREAM_DATA_BLOCKED", streamId: 3, maximumStreamData: 1 },
      "QUIC_STREAM_DATA_BLOCKED_FORBIDDEN",
    ],
    [
      "Q-TOK-2: NEW_TOKEN from a client",
      { name: "NEW_TOKEN", token: new Uint8Array(3) },
      "QUIC_NEW_TOKEN_FROM_CLIENT",
    ],
    [
      "Q-HD-1: HANDSHAKE_DONE from a client",
      { name: "HANDSHAKE_DONE" },
      "QUIC_HANDSHAKE_DONE_FROM_CLIENT",
    ],
  ] as const)("%s is refused, and ends the connection", (_name, frame, code) => {
    const pair = new QuicPair();
    const sent = open(
      pair,
      pair.send("client", frame),
      pair.send("client", streamFrame(0, 0, "a")),
    );
    expect(errors(observe(pair, sent))).toEqual([code]);
    expect(streams(observe(pair, sent))).toEqual({});
    expect(streams(observe(pair, sent, { lenient: true }))).toEqual({ "client 0": "a" });
  });

  test.each([
    ["beyond the end", [streamFrame(0, 0, "ab", true), streamFrame(0, 2, "c")], "lost"],
    ["a smaller end", [streamFrame(0, 4, "e"), streamFrame(0, 0, "ab", true)], "found"],
    ["another end", [streamFrame(0, 4, "e", true), streamFrame(0, 4, "ef", true)], "found"],
  ] as const)("Q-RST-2: %s", (_name, frames, how) => {
    const pair = new QuicPair();
    const said = observe(pair, open(pair, ...frames.map((frame) => pair.send("client", frame))));
    // A stream that is over is forgotten: what comes behind is late, not wrong.
    expect(errors(said)).toEqual(how === "found" ? ["QUIC_FINAL_SIZE_CHANGED"] : []);
  });

  test("Q-STR-6: other data at the same place is told", () => {
    const pair = new QuicPair();
    const frames = [streamFrame(0, 4, "eeee"), streamFrame(0, 4, "eexe")];
    const said = observe(pair, open(pair, ...frames.map((frame) => pair.send("client", frame))));
    expect(errors(said)).toEqual(["QUIC_STREAM_DATA_CHANGED"]);
  });

  test("Q-STR-8: streams that are over stay over, and a thousand of them cost nothing to remember", () => {
    const pair = new QuicPair();
    const sent = open(pair);
    for (let id = 0; id < 4_000; id += 4)
      sent.push(pair.send("client", streamFrame(id, 0, "a", true)));
    for (let id = 0; id < 4_000; id += 400)
      sent.push(pair.send("client", streamFrame(id, 0, "a", true)));
    expect(kinds(observe(pair, sent), "stream")).toHaveLength(1_000);
  });
});

describe("connection ids and paths", () => {
  test("Q-NCI-5, Q-INV-2: an id that was announced is followed to another address", () => {
    const pair = new QuicPair();
    const fresh = new Uint8Array(11).fill(0xee);
    const announce = pair.send("server", {
      name: "NEW_CONNECTION_ID",
      sequenceNumber: 1,
      retirePriorTo: 0,
      connectionId: fresh,
      statelessResetToken: new Uint8Array(16).fill(7),
    });
    const sent = [pair.hello(), pair.answer(), announce, announce];
    const moved = pair.packet("client", "1-RTT", [streamFrame(0, 0, "moved")], {
      destinationConnectionId: fresh,
    });
    sent.push({ source: "10.9.9.9:9", destination: "127.0.0.1:4433", bytes: moved });
    const said = observe(pair, sent);
    expect(streams(said)).toEqual({ "client 0": "moved" });
    expect(kinds(said, "migration")).toMatchObject([{ client: "10.9.9.9:9" }]);
    expect(errors(said)).toEqual([]);
  });

  test("Q-NCI-3: the same number with another id is told", () => {
    const pair = new QuicPair();
    const frame = (fill: number) =>
      ({
        name: "NEW_CONNECTION_ID",
        sequenceNumber: 1,
        retirePriorTo: 0,
        connectionId: new Uint8Array(8).fill(fill),
        statelessResetToken: new Uint8Array(16),
      }) as const;
    const sent = [
      pair.hello(),
      pair.answer(),
      pair.send("server", frame(1)),
      pair.send("server", frame(2)),
    ];
    expect(errors(observe(pair, sent))).toEqual(["QUIC_CONNECTION_ID_CHANGED"]);
  });

  test("NAT rebinding: the same id from another port", () => {
    const pair = new QuicPair();
    const sent = [pair.hello(), pair.answer()];
    const rebound = pair.send("client", streamFrame(0, 0, "a"));
    sent.push({ ...rebound, source: "127.0.0.1:50000" });
    const back = pair.send("server", streamFrame(0, 0, "b"));
    sent.push({ ...back, destination: "127.0.0.1:50000" });
    expect(streams(observe(pair, sent))).toEqual({ "client 0": "a", "server 0": "b" });
  });

  test("Q-SR-1: a datagram that ends with a token that was announced is a stateless reset", () => {
    const pair = new QuicPair();
    const token = new Uint8Array(16).fill(0xab);
    const announce = pair.send("server", {
      name: "NEW_CONNECTION_ID",
      sequenceNumber: 1,
      retirePriorTo: 0,
      connectionId: new Uint8Array(8).fill(1),
      statelessResetToken: token,
    });
    const bytes = new Uint8Array(60).fill(0x55);
    bytes.set(pair.ids.client, 1);
    bytes.set(token, 44);
    const sent = [pair.hello(), pair.answer(), announce, pair.datagram("server", bytes)];
    expect(packets(observe(pair, sent)).at(-1)).toBe("server 1-RTT stateless reset");
  });

  test("Q-RTY-6, Q-RTY-7: behind a Retry the client's keys follow from its id", () => {
    const pair = new QuicPair();
    const hello = pair.hello();
    const id = new Uint8Array(12).fill(0x77);
    const head = [0xf0, 0, 0, 0, 1, 8, ...pair.ids.client, id.length, ...id, 1, 2, 3];
    const retry = Uint8Array.from(head);
    const tag = retryIntegrityTag(1, pair.ids.original, retry);
    const answer = pair.datagram("server", Uint8Array.from([...retry, ...tag]));
    const forged = pair.datagram(
      "server",
      Uint8Array.from([...retry, ...tag.map((octet) => octet ^ 1)]),
    );
    pair.useInitialId(id);
    const sent = [hello, forged, answer, pair.hello(), pair.answer()];
    sent.push(pair.send("client", streamFrame(0, 0, "a")));
    const said = observe(pair, sent);
    expect(packets(said).slice(0, 4)).toEqual([
      "client Initial 0",
      "server Retry not authentic",
      "server Retry retry",
      "client Initial 1",
    ]);
    expect(streams(said)).toEqual({ "client 0": "a" });
    expect(kinds(said, "connection")).toHaveLength(1);
  });

  test("Q-INV-3, Q-HDR-21: Version Negotiation is told, and what follows is the same connection", () => {
    const pair = new QuicPair();
    const odd = [0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, ...pair.ids.original, 8, ...pair.ids.client];
    const first = Uint8Array.from([...odd, ...new Array(1_180).fill(0)]);
    const versions = [0xff, 0, 0, 0, 0, 8, ...pair.ids.client, 8, ...pair.ids.original, 0, 0, 0, 1];
    const sent = [
      pair.datagram("client", first),
      pair.datagram("server", Uint8Array.from(versions)),
      pair.hello(),
      pair.answer(),
      pair.send("client", streamFrame(0, 0, "a")),
    ];
    const said = observe(pair, sent);
    expect(packets(said).slice(0, 3)).toEqual([
      "client Unknown unknown version",
      "server Version Negotiation version negotiation",
      "client Initial 0",
    ]);
    expect(streams(said)).toEqual({ "client 0": "a" });
    expect(kinds(said, "connection")).toHaveLength(1);
  });
});

describe("keys", () => {
  test("Q-KEY-6, Q-KEY-9: key updates of both sides, again and again, late packets included", () => {
    const pair = new QuicPair();
    const sent = [pair.hello(), pair.answer()];
    let at = 0;
    for (let update = 0; update < 4; update++) {
      for (const side of ["client", "server"] as const) {
        const late = pair.send(side, streamFrame(side === "client" ? 2 : 3, at, "l"));
        pair.updateKeys(side);
        sent.push(pair.send(side, streamFrame(side === "client" ? 2 : 3, at + 1, "n")), late);
      }
      at += 2;
    }
    const said = observe(pair, sent);
    expect(streams(said)).toEqual({ "client 2": "lnlnlnln", "server 3": "lnlnlnln" });
    expect(kinds(said, "keyUpdate")).toHaveLength(8);
  });

  test("0-RTT opens with its secret, before anything of the server came", () => {
    const pair = new QuicPair({ cipherSuite: 0x1303 });
    const early = pair.datagram(
      "client",
      pair.packet("client", "0-RTT", [streamFrame(0, 0, "early", true)]),
    );
    const said = observe(pair, [pair.hello(), early, pair.answer()]);
    expect(packets(said)[1]).toBe("client 0-RTT 0");
    expect(streams(said)).toEqual({ "client 0": "early." });
  });

  test("Q-HDR-4, Q-HDR-5: reserved bits that are not 0", () => {
    for (const level of ["Handshake", "1-RTT"] as const) {
      const pair = new QuicPair();
      const sent = [pair.hello(), pair.answer()];
      const packet = pair.packet("client", level, [{ name: "PING" }], { reservedBits: 1 });
      const name = level === "1-RTT" ? "QUIC_RESERVED_BITS_SHORT" : "QUIC_RESERVED_BITS_LONG";
      expect(errors(observe(pair, [...sent, pair.datagram("client", packet)]))).toEqual([name]);
    }
  });

  test("Q-KEY-10: a TLS KeyUpdate in CRYPTO", () => {
    const pair = new QuicPair();
    const cryptoData = Uint8Array.from([24, 0, 0, 1, 0]);
    const sent = [
      pair.hello(),
      pair.answer(),
      pair.send("server", { name: "CRYPTO", offset: 0, cryptoData }),
    ];
    expect(errors(observe(pair, sent))).toEqual(["QUIC_TLS_KEY_UPDATE"]);
  });
});

describe("CRYPTO", () => {
  test("Q-CRY-7: a ClientHello in shuffled pieces over several packets", () => {
    const pair = new QuicPair();
    const whole = pair.hello();
    const observer = new QuicObserver();
    const [start] = observer.receive(whole).filter(({ kind }) => kind === "packet");
    const [crypto] = start?.kind === "packet" ? start.frames : [];
    const data = crypto?.name === "CRYPTO" ? crypto.cryptoData.slice() : new Uint8Array(0);
    const other = new QuicPair();
    const frames = [];
    for (let at = 0; at < data.length; at += 17)
      frames.push({ name: "CRYPTO", offset: at, cryptoData: data.slice(at, at + 17) } as const);
    const mixed = frames.map((frame, at) => ({ frame, key: (at * 7) % 13 }));
    mixed.sort((one, two) => one.key - two.key);
    const shuffled = mixed.map(({ frame }) => frame);
    const half = shuffled.length >> 1;
    const sent = [shuffled.slice(0, half), shuffled.slice(half)].map((part) =>
      other.datagram(
        "client",
        other.packet("client", "Initial", [...part, { name: "PADDING", size: 900 }]),
      ),
    );
    const said = observe(other, sent);
    expect(kinds(said, "hello")).toMatchObject([{ serverName: "localhost" }]);
  });

  test.each([
    [65_536, []],
    [65_537, ["QUIC_CRYPTO_BUFFER_EXCEEDED"]],
  ])("Q-CRY-3: %d octets ahead of a gap", (count, found) => {
    const pair = new QuicPair();
    const sent = [pair.hello(), pair.answer()];
    for (let at = 0; at < count; at += 1_024) {
      const cryptoData = new Uint8Array(Math.min(1_024, count - at));
      sent.push(pair.send("server", { name: "CRYPTO", offset: 1 + at, cryptoData }));
    }
    expect(errors(observe(pair, sent))).toEqual(found);
  });
});

describe("an observer is bounded", () => {
  test("by the limit connections", () => {
    const observer = new QuicObserver({ limits: { connections: 4 } });
    for (let seed = 1; seed < 40; seed++) observer.receive(new QuicPair({ seed }).hello());
    expect(observer.connectionCount).toBe(4);
  });

  test("by the limit openStreams: the oldest is let go", () => {
    const pair = new QuicPair();
    const sent = [pair.hello(), pair.answer()];
    for (let id = 0; id < 400; id += 4) sent.push(pair.send("client", streamFrame(id, 5, "x")));
    const said = observe(pair, sent, { limits: { openStreams: 10 } });
    expect(kinds(said, "gap")).toHaveLength(100);
    expect(errors(said)).toEqual([]);
  });

  test("refuses what is no datagram", () => {
    const observer = new QuicObserver();
    const wrong = { source: "a", destination: "b", bytes: "no" as unknown as Uint8Array };
    expect(() => observer.receive(wrong)).toThrow("QUIC_DATAGRAM_INVALID");
    expect(() => new QuicObserver({ limits: { connections: 0 } })).toThrow("LIMIT_INVALID");
  });
});

describe("what waits is bounded over all connections", () => {
  test("by the limit heldMemory: gaps are given up, packets are told as closed", () => {
    const observer = new QuicObserver({ limits: { heldMemory: 65_536 }, secrets: () => null });
    const pairs = Array.from({ length: 60 }, (_, at) => new QuicPair({ seed: at + 1 }));
    const secrets = (random: Uint8Array) =>
      pairs.map((pair) => pair.findSecrets(random)).find((found) => found !== null) ?? null;
    const watched = new QuicObserver({ limits: { heldMemory: 65_536 }, secrets });
    let most = 0;
    for (const pair of pairs) {
      observer.receive(
        pair.datagram("client", pair.packet("client", "0-RTT", [streamFrame(0, 0, "a")])),
      );
      watched.receive(pair.hello());
      watched.receive(pair.answer());
      for (let id = 0; id < 40; id += 4) {
        watched.receive(pair.send("client", streamFrame(id, 100, new Uint8Array(900))));
        most = Math.max(most, watched.heldMemory);
      }
    }
    expect(most).toBeLessThan(65_536 + 2_000);
    watched.end();
    expect(watched.heldMemory).toBe(0);
    expect(observer.heldMemory).toBeLessThan(65_536);
  });

  test("a connection that failed holds nothing", () => {
    const pair = new QuicPair();
    const observer = new QuicObserver({ secrets: pair.findSecrets });
    observer.receive(pair.hello());
    observer.receive(pair.answer());
    observer.receive(pair.send("client", streamFrame(0, 100, new Uint8Array(900))));
    expect(observer.heldMemory).toBeGreaterThan(900);
    observer.receive(pair.send("client", { name: "HANDSHAKE_DONE" }));
    expect(observer.heldMemory).toBe(0);
  });
});
