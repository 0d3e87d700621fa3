// QuicObserver on conversations whose secrets we know: what it opens, with which keys, and what the handshake says.
import { parseFrames, QUIC_V2, QuicObserver } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { errors, kinds, observe, packets, streams, text } from "../helpers/quic-observe.js";
import { QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";

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
