// QuicObserver: streams out of packets, connection ids and paths, and what bounds it.
import { QuicObserver, retryIntegrityTag } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { errors, kinds, observe, packets, streams } from "../helpers/quic-observe.js";
import { QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";

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
