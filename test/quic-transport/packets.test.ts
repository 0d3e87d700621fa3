// quicheTransport() and the packets between: lost ones, moved ones, those of strangers; and wrong use.

import dgram from "node:dgram";
import { once } from "node:events";
import { type QuicheBinding, quicheTransport } from "tercet/node";
import { describe, expect, test } from "vitest";
import { sleep, until } from "../node/quic.js";
import { bytes, connect, listen, other, relayed } from "./pairs.js";

describe("the way between", () => {
  test("one packet of ten is lost in each direction: all arrives", async () => {
    const server = await listen();
    const relay = await relayed(server.listener.address.port);
    relay.passes = (number) => number % 10 !== 7;
    const { quic, notes } = await connect(relay.port);
    const peer = await other(server);
    peer.notes.onStream = (streamId, chunk, fin) => peer.quic.write(streamId, chunk.slice(), fin);
    quic.write(0, new Uint8Array(200_000), true);
    quic.wake();
    await until(() => notes.streams.get(0)?.isEnded === true);
    expect(notes.streams.get(0)?.length).toBe(200_000);
  });

  test("a client that gets another address stays connected", async () => {
    const server = await listen();
    const relay = await relayed(server.listener.address.port);
    const { quic, notes } = await connect(relay.port);
    const peer = await other(server);
    const before = peer.quic.remotePort;
    quic.write(0, bytes("before"), false);
    quic.wake();
    await until(() => peer.notes.streams.get(0)?.text === "before");
    await relay.rebind();
    quic.write(0, bytes(", after"), true);
    quic.wake();
    await until(() => peer.notes.streams.get(0)?.isEnded === true);
    peer.quic.write(0, bytes("answer"), true);
    peer.quic.wake();
    await until(() => notes.streams.get(0)?.isEnded === true);
    expect(peer.notes.streams.get(0)?.text).toBe("before, after");
    expect(peer.quic.remotePort).not.toBe(before);
  });

  test("Retry: a client shows that its address is its own", async () => {
    const server = await listen({ retryFrom: 0 });
    const relay = await relayed(server.listener.address.port);
    const kinds: number[] = [];
    relay.passes = (_number, isToServer, packet) => {
      if (!isToServer) kinds.push((packet[0] as number) & 0xf0);
      return true;
    };
    const { quic } = await connect(relay.port);
    expect(quic.isEstablished).toBe(true);
    expect((await other(server)).quic.isEstablished).toBe(true);
    // Retry, then Initial.
    expect(kinds.slice(0, 2)).toEqual([0xf0, 0xc0]);
  });
});

/** Sends packets as they are, and gives what comes back within a short time. */
async function answersTo(port: number, packets: Uint8Array[]): Promise<Buffer[]> {
  const socket = dgram.createSocket("udp4");
  const answers: Buffer[] = [];
  socket.on("message", (packet) => answers.push(packet));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  for (const packet of packets) socket.send(packet, port, "127.0.0.1");
  await sleep(60);
  socket.close();
  return answers;
}

/** A long header of this version, with ids of eight bytes, then zeros. */
function initial(version: number, length = 1_200, first = 0xc0): Buffer {
  const packet = Buffer.alloc(length);
  packet[0] = first;
  packet.writeUInt32BE(version, 1);
  packet[5] = 8;
  packet.write("destined", 6, "latin1");
  packet[14] = 8;
  packet.write("from-us!", 15, "latin1");
  return packet;
}

describe("strangers", () => {
  test("another version: Version Negotiation, to as many bytes only", async () => {
    const { listener } = await listen();
    const { port } = listener.address;
    const [answer, ...others] = await answersTo(port, [initial(0x1a2a3a4a)]);
    expect(others).toEqual([]);
    expect(answer?.readUInt32BE(1)).toBe(0);
    expect(answer?.subarray(6, 14).toString()).toBe("from-us!");
    expect(answer?.subarray(15, 23).toString()).toBe("destined");
    expect(answer?.readUInt32BE(23)).toBe(1);
    expect(await answersTo(port, [initial(0x1a2a3a4a, 1_199)])).toEqual([]);
  });

  test("what is no Initial, or none that can be read, gets no answer and opens nothing", async () => {
    const server = await listen();
    const { port } = server.listener.address;
    const packets = [
      ...[Buffer.alloc(0), Buffer.of(0xc0), Buffer.of(0x40)],
      ...[initial(1, 600), initial(0), initial(1, 1_200, 0xe0), Buffer.alloc(1_200, 0x40)],
    ];
    for (let length = 1; length < 40; length++) packets.push(initial(1).subarray(0, length));
    expect(await answersTo(port, packets)).toEqual([]);
    expect(server.connections).toEqual([]);
    await connect(port);
    expect((await other(server)).quic.isEstablished).toBe(true);
  });

  test("a token that is not ours, or of another client, counts for nothing", async () => {
    const { listener } = await listen({ retryFrom: 0 });
    const { port } = listener.address;
    const first = initial(1);
    const [retry] = await answersTo(port, [first]);
    expect(((retry?.[0] ?? 0) & 0xf0) === 0xf0).toBe(true);
    const token = retry?.subarray(6 + 8 + 1 + 16, -16) ?? Buffer.alloc(0);
    expect(token.length).toBeGreaterThan(40);
    for (const wrong of [token, Buffer.alloc(token.length, 7), token.subarray(0, 10)]) {
      const again = initial(1);
      again[23] = 0x40 | (wrong.length >> 8);
      again[24] = wrong.length & 0xff;
      wrong.copy(again, 25);
      // Each socket has its own port: the token of the first is no other's.
      const [answer] = await answersTo(port, [again]);
      expect((answer?.[0] ?? 0) & 0xf0).toBe(0xf0);
    }
  });

  test("random bytes to a connection that is there do no harm", async () => {
    const server = await listen();
    const relay = await relayed(server.listener.address.port);
    const { quic } = await connect(relay.port);
    const peer = await other(server);
    const junk = Array.from({ length: 50 }, (_, at) => Buffer.alloc(20 + at * 20, 0x40 + at));
    await answersTo(server.listener.address.port, junk);
    quic.write(0, bytes("still here"), true);
    quic.wake();
    await until(() => peer.notes.streams.get(0)?.isEnded === true);
  });
});

describe("wrong use", () => {
  test("something else than quiche", () => {
    expect(() => quicheTransport({} as QuicheBinding)).toThrow(
      expect.objectContaining({ code: "QUIC_BINDING_INVALID" }),
    );
  });

  test("keys and certificates that cannot be read", async () => {
    await expect(listen({ key: "no key" })).rejects.toMatchObject({
      code: "QUIC_CERTIFICATE_INVALID",
    });
    const { listener } = await listen();
    await expect(connect(listener.address.port, { ca: "none" })).rejects.toMatchObject({
      code: "QUIC_HANDSHAKE_FAILED",
    });
  });
});
