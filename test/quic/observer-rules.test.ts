// QuicObserver on what a rule of the list says in one sentence: packets that everybody discards, frames that need to know
// more than their packet, packet numbers.
import { QUIC_V2, type QuicFrameInput, retryIntegrityTag } from "tercet/quic";
import { describe, expect, test } from "vitest";
import { PacketSpace } from "../../src/connection/quic-packet-space.js";
import { errors, observe, packets, streams } from "../helpers/quic-observed.js";
import { QuicPair, type Sent, streamFrame } from "../helpers/quic-pair.js";

const open = (pair: QuicPair, ...sent: Sent[]): Sent[] => [pair.hello(), pair.answer(), ...sent];

const datagramOf = (pair: QuicPair, side: "client" | "server", octets: readonly number[]): Sent =>
  pair.datagram(side, Uint8Array.from(octets));

/** Version Negotiation from `side`, with these ids and versions. */
const negotiation = (to: Uint8Array, from: Uint8Array, ...versions: number[]): number[] => [
  ...[0xc0, 0, 0, 0, 0],
  ...[to.length, ...to],
  ...[from.length, ...from],
  ...versions.flatMap((version) =>
    [version >>> 24, (version >>> 16) & 255, 0xff & (version >>> 8)].concat(version & 255),
  ),
];

/** A good Retry that asks for `id`. */
function retry(pair: QuicPair, id: Uint8Array, token = [1, 2, 3]): Sent {
  const head = [0xf0, 0, 0, 0, 1, 8, ...pair.ids.client, id.length, ...id, ...token];
  const tag = retryIntegrityTag(1, pair.ids.original, Uint8Array.from(head));
  return datagramOf(pair, "server", [...head, ...tag]);
}

describe("packets that change nothing", () => {
  test("Q-HDR-22: Version Negotiation that lists the version in use", () => {
    const pair = new QuicPair();
    const { client, original } = pair.ids;
    const said = observe(pair, [
      pair.hello(),
      datagramOf(pair, "server", negotiation(client, original, 1, QUIC_V2)),
      pair.answer(),
      pair.send("client", streamFrame(0, 0, "a")),
    ]);
    expect(packets(said)[1]).toBe("server Version Negotiation version negotiation");
    expect(streams(said)).toEqual({ "client 0": "a" });
    expect(errors(said)).toEqual([]);
  });

  test("Q-INV-5: Version Negotiation whose ids nobody has", () => {
    const pair = new QuicPair();
    const strange = new Uint8Array(8).fill(0xdd);
    const said = observe(pair, [
      pair.hello(),
      datagramOf(pair, "server", negotiation(strange, strange, QUIC_V2)),
      pair.answer(),
    ]);
    expect(packets(said)).toEqual([
      "client Initial 0",
      "client Version Negotiation unknown connection",
      "server Initial 0",
      "server Handshake 0",
    ]);
  });

  test("Q-VN-5: Version Negotiation from a client", () => {
    const pair = new QuicPair();
    const wire = negotiation(pair.ids.server, pair.ids.client, QUIC_V2);
    const sent = open(pair, datagramOf(pair, "client", wire));
    const said = observe(pair, [...sent, pair.send("server", streamFrame(3, 0, "x"))]);
    expect(packets(said)).toContain("client Version Negotiation version negotiation");
    expect(streams(said)).toEqual({ "server 3": "x" });
  });

  test("Q-HDR-10: a packet of a version that nobody chose", () => {
    const pair = new QuicPair();
    const { client, server } = pair.ids;
    const odd = [
      0xe0,
      0x1a,
      0x2a,
      0x3a,
      0x4a,
      8,
      ...client,
      8,
      ...server,
      ...new Array(40).fill(1),
    ];
    const sent = open(pair, datagramOf(pair, "server", odd));
    const said = observe(pair, [...sent, pair.send("server", streamFrame(3, 0, "x"))]);
    expect(packets(said)).toContain("server Unknown unknown version");
    expect(streams(said)).toEqual({ "server 3": "x" });
  });

  test("Q-HDR-17, Q-KEY-12: 0-RTT from a server stays closed", () => {
    const pair = new QuicPair();
    const secrets = new Map([
      ...pair.secrets,
      ["SERVER_EARLY_TRAFFIC_SECRET", new Uint8Array(32).fill(1)] as const,
    ]);
    const other = new QuicPair();
    Object.assign(other, { secrets });
    const early = other.packet("server", "0-RTT", [streamFrame(3, 0, "early")]);
    const said = observe(pair, open(pair, pair.datagram("server", early)));
    expect(packets(said).at(-1)).toBe("server 0-RTT no keys");
    expect(streams(said)).toEqual({});
  });

  test("Q-RTY-1: a Retry behind the server's answer", () => {
    const pair = new QuicPair();
    const id = new Uint8Array(12).fill(0x77);
    const sent = open(pair, retry(pair, id));
    pair.useInitialId(id);
    const said = observe(pair, [...sent, pair.hello()]);
    // Nobody took it up, so no Initial has keys that follow from it.
    expect(packets(said).slice(-2)).toEqual(["server Retry retry", "client Initial not authentic"]);
  });

  test("Q-RTY-4: a Retry that asks for the same id does not stand in the way of another", () => {
    const pair = new QuicPair();
    const id = new Uint8Array(12).fill(0x77);
    const sent = [pair.hello(), retry(pair, pair.ids.original), retry(pair, id)];
    pair.useInitialId(id);
    const said = observe(pair, [...sent, pair.hello(), pair.answer()]);
    expect(packets(said).slice(3)).toEqual([
      "client Initial 1",
      "server Initial 0",
      "server Handshake 0",
    ]);
  });

  test("Q-CID-1, Q-CID-2: another source id leads nowhere", () => {
    const pair = new QuicPair();
    const more = pair.packet("server", "Initial", [{ name: "PING" }], {
      sourceConnectionId: new Uint8Array(5).fill(9),
    });
    const sent = open(pair, pair.datagram("server", more));
    const data = pair.packet("client", "1-RTT", [streamFrame(0, 0, "a")], {
      destinationConnectionId: new Uint8Array(5).fill(9),
    });
    const stray = { source: "10.7.7.7:7", destination: "10.8.8.8:8", bytes: data };
    const said = observe(pair, [...sent, stray, pair.send("client", streamFrame(0, 0, "b"))]);
    expect(packets(said)).toContain("client 1-RTT unknown connection");
    expect(streams(said)).toEqual({ "client 0": "b" });
  });

  test("Q-DGM-6, Q-PTH-3: small datagrams are read, a PATH_CHALLENGE as well", () => {
    const pair = new QuicPair();
    const frame = { name: "PATH_CHALLENGE", data: new Uint8Array(8) } as const;
    const small = pair.send("client", frame);
    expect(small.bytes.length).toBeLessThan(50);
    const said = observe(pair, open(pair, small));
    expect(packets(said).at(-1)).toBe("client 1-RTT 0");
    expect(errors(said)).toEqual([]);
  });
});

describe("packets that are wrong", () => {
  test("Q-HDR-14: a token in a server's Initial", () => {
    const pair = new QuicPair();
    const token = Uint8Array.of(1, 2);
    const packet = pair.packet("server", "Initial", [{ name: "PING" }], { token });
    const said = observe(pair, [pair.hello(), pair.datagram("server", packet)]);
    expect(errors(said)).toEqual(["QUIC_TOKEN_FROM_SERVER"]);
  });

  const newId = (fill: number): QuicFrameInput => ({
    name: "NEW_CONNECTION_ID",
    sequenceNumber: 1,
    retirePriorTo: 0,
    connectionId: new Uint8Array(8).fill(fill),
    statelessResetToken: new Uint8Array(16),
  });

  test("Q-NCI-4: NEW_CONNECTION_ID of a side whose connection id is empty", () => {
    const pair = new QuicPair({ clientId: new Uint8Array(0) });
    const said = observe(pair, open(pair, pair.send("client", newId(1))));
    expect(errors(said)).toEqual(["QUIC_CONNECTION_ID_UNEXPECTED"]);
    const other = new QuicPair({ clientId: new Uint8Array(0) });
    expect(errors(observe(other, open(other, other.send("server", newId(1)))))).toEqual([]);
  });

  test("Q-RCI-3: RETIRE_CONNECTION_ID where the peer's connection id is empty", () => {
    const retire = { name: "RETIRE_CONNECTION_ID", sequenceNumber: 0 } as const;
    const pair = new QuicPair({ clientId: new Uint8Array(0) });
    const said = observe(pair, open(pair, pair.send("server", retire)));
    expect(errors(said)).toEqual(["QUIC_CONNECTION_ID_UNEXPECTED"]);
    const other = new QuicPair({ clientId: new Uint8Array(0) });
    expect(errors(observe(other, open(other, other.send("client", retire))))).toEqual([]);
  });

  const datagram = (length: number): QuicFrameInput => ({
    name: "DATAGRAM",
    length,
    datagramData: new Uint8Array(length),
  });

  test("Q-DG-1, Q-TP-16: DATAGRAM to a side that did not offer it, or offered 0 octets", () => {
    for (const clientParameters of [[], [{ id: 0x20, value: 0 }]]) {
      const pair = new QuicPair({ clientParameters });
      const said = observe(pair, open(pair, pair.send("server", datagram(1))));
      expect(errors(said)).toEqual(["QUIC_DATAGRAM_UNEXPECTED"]);
      expect(said.some(({ kind }) => kind === "datagram")).toBe(false);
    }
  });

  test.each([
    [18, []],
    [19, ["QUIC_DATAGRAM_TOO_LARGE"]],
  ])("Q-DG-2: DATAGRAM of %i octets where the frame may have 20", (length, found) => {
    const pair = new QuicPair({ clientParameters: [{ id: 0x20, value: 20 }] });
    expect(errors(observe(pair, open(pair, pair.send("server", datagram(length)))))).toEqual(found);
  });

  const resetAt = (more: Record<string, number>): QuicFrameInput => ({
    name: "RESET_STREAM_AT",
    streamId: 0,
    applicationProtocolErrorCode: 7,
    finalSize: 9,
    reliableSize: 5,
    ...more,
  });

  test("Q-RA-2: what is reliable of a reset stream is read, a later frame that says more is no error", () => {
    const pair = new QuicPair();
    const sent = open(pair, pair.send("client", resetAt({})));
    sent.push(pair.send("client", resetAt({ reliableSize: 8 })));
    sent.push(pair.send("client", streamFrame(0, 0, "abcde")));
    const said = observe(pair, sent);
    expect(errors(said)).toEqual([]);
    expect(streams(said)).toEqual({ "client 0": "abcde" });
  });

  test("Q-RA-3: another final size", () => {
    const pair = new QuicPair();
    const frames = [resetAt({}), resetAt({ finalSize: 10 })];
    const said = observe(pair, open(pair, ...frames.map((frame) => pair.send("client", frame))));
    expect(errors(said)).toEqual(["QUIC_FINAL_SIZE_CHANGED"]);
  });
});

describe("packets that come when others are expected", () => {
  test("Q-HD-2: HANDSHAKE_DONE before the handshake is over", () => {
    const pair = new QuicPair();
    const done = pair.send("server", { name: "HANDSHAKE_DONE" });
    const said = observe(pair, [pair.hello(), done, pair.answer(), done]);
    expect(errors(said)).toEqual([]);
    expect(packets(said)).toContain("server Handshake 0");
  });

  test.each([
    [3, ["client 0", "client 4", "client 8"]],
    [2, ["client 0", "client 4"]],
    [0, []],
  ])("Q-KEY-16: 1-RTT before the ids of its handshake waits, %i packets of three", (most, read) => {
    const pair = new QuicPair();
    const hello = pair.hello();
    const early = ["a", "b", "c"].map((text, at) =>
      pair.send("client", streamFrame(at * 4, 0, text)),
    );
    const sent = [hello, ...early, pair.answer()];
    const said = observe(pair, sent, { limits: { earlyPackets: most } });
    expect(Object.keys(streams(said))).toEqual(read);
    expect(errors(said)).toEqual([]);
  });

  test("Q-V2-3: behind compatible negotiation everything has the keys of the version that was chosen", () => {
    const [first, chosen] = [new QuicPair(), new QuicPair({ version: QUIC_V2 })];
    const said = observe(first, [
      first.hello(),
      chosen.answer(),
      chosen.send("client", streamFrame(0, 0, "a")),
      chosen.send("server", streamFrame(0, 0, "b")),
    ]);
    expect(packets(said).slice(1)).toEqual([
      "server Initial 0",
      "server Handshake 0",
      "client 1-RTT 0",
      "server 1-RTT 0",
    ]);
    expect(streams(said)).toEqual({ "client 0": "a", "server 0": "b" });
  });

  test("Q-CRY-2: 4,096 octets of CRYPTO ahead of a gap are kept at the least limit there is", () => {
    const pair = new QuicPair();
    const sent = open(pair);
    for (let at = 0; at < 4_096; at += 1_024)
      sent.push(
        pair.send("server", { name: "CRYPTO", offset: 1 + at, cryptoData: new Uint8Array(1_024) }),
      );
    expect(errors(observe(pair, sent, { limits: { cryptoBuffer: 4_096 } }))).toEqual([]);
    expect(() => observe(pair, sent, { limits: { cryptoBuffer: 4_095 } })).toThrow("LIMIT_INVALID");
  });
});

describe("packet numbers", () => {
  test("Q-PN-4: of three spaces; 0-RTT and 1-RTT share one", () => {
    const pair = new QuicPair();
    const early = pair.datagram("client", pair.packet("client", "0-RTT", [streamFrame(0, 0, "a")]));
    const again = pair.packet("client", "1-RTT", [streamFrame(0, 1, "b")], { packetNumber: 0n });
    const said = observe(pair, [
      pair.hello(),
      early,
      pair.answer(),
      pair.datagram("client", again),
    ]);
    const repeated = said.flatMap((one) =>
      one.kind === "packet" && one.decrypted ? [`${one.packetType} ${one.isDuplicate}`] : [],
    );
    expect(repeated).toEqual([
      "Initial false",
      "0-RTT false",
      "Initial false",
      "Handshake false",
      "1-RTT true",
    ]);
  });

  test("Q-PN-5: the largest stays, however far behind it the others are forgotten", () => {
    const space = new PacketSpace();
    expect(space.note(5n)).toBe(false);
    expect(space.note(1_000_000n)).toBe(false);
    expect(space.note(5n)).toBe(false);
    expect(space.note(999_999n)).toBe(false);
    expect(space.note(999_999n)).toBe(true);
    expect(space.largest).toBe(1_000_000n);
  });
});
