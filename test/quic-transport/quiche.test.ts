// A connection of quicheTransport(), on real sockets: all that QuicConnection promises.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sleep, until } from "../node/quic.js";
import { bytes, connect, listen, other, relayed, type Served } from "./pairs.js";

describe("a connection", () => {
  test("says who is there, and what was agreed on", async () => {
    const server = await listen();
    const { quic } = await connect(server.listener.address.port);
    const { quic: peer } = await other(server);
    expect([quic.role, quic.alpn, quic.isEstablished, quic.remoteAddress, quic.remotePort]).toEqual(
      ["client", "h3", true, "127.0.0.1", server.listener.address.port],
    );
    expect([peer.role, peer.alpn, peer.isEstablished, peer.remoteAddress]).toEqual([
      ...["server", "h3", true, "127.0.0.1"],
    ]);
    expect(quic.maxDatagramLength).toBeGreaterThan(1_000);
    expect(quic.bidiStreamLimit).toBe(100);
    expect(peer.bidiStreamLimit).toBe(100);
  });

  test("streams of all four kinds, in any order of opening", async () => {
    const server = await listen();
    const { quic, notes } = await connect(server.listener.address.port);
    const peer = await other(server);
    for (const streamId of [8, 0, 2, 4]) quic.write(streamId, bytes(`c${streamId}`), true);
    for (const streamId of [5, 1, 3]) peer.quic.write(streamId, bytes(`s${streamId}`), true);
    quic.wake();
    peer.quic.wake();
    await until(() => peer.notes.streams.size === 4 && notes.streams.size === 3);
    for (const streamId of [0, 2, 4, 8]) {
      expect(peer.notes.streams.get(streamId)).toMatchObject({
        text: `c${streamId}`,
        isEnded: true,
      });
    }
    for (const streamId of [1, 3, 5]) {
      expect(notes.streams.get(streamId)).toMatchObject({ text: `s${streamId}`, isEnded: true });
    }
    expect(quic.bidiStreamLimit).toBeGreaterThanOrEqual(100);
  });

  test("more than there is room for waits, and arrives whole", async () => {
    const server = await listen({ streamWindow: 20_000, connectionWindow: 30_000 });
    const { quic } = await connect(server.listener.address.port);
    const peer = await other(server);
    expect(quic.room(0)).toBeLessThanOrEqual(20_000);
    expect(quic.room(0)).toBeGreaterThan(0);
    for (let at = 0; at < 10; at++) quic.write(0, new Uint8Array(50_000), at === 9);
    expect(quic.room(0)).toBe(0);
    quic.wake();
    await until(() => peer.notes.streams.get(0)?.isEnded === true);
    expect(peer.notes.streams.get(0)?.length).toBe(500_000);
  });

  test("streams above the peer's limit wait for their turn", async () => {
    const server = await listen({ bidiStreams: 2 });
    const { quic } = await connect(server.listener.address.port);
    const peer = await other(server);
    peer.notes.onStream = (streamId, _bytes, fin) => {
      if (fin) peer.quic.write(streamId, bytes("ok"), true);
    };
    expect(quic.bidiStreamLimit).toBe(2);
    for (let at = 0; at < 6; at++) quic.write(4 * at, bytes("a"), true);
    expect(quic.room(24)).toBe(0);
    quic.wake();
    await until(() => peer.notes.streams.size === 6);
    await until(() => quic.bidiStreamLimit === 8);
  });

  test("a paused stream is not read, until it is resumed", async () => {
    const server = await listen({ streamWindow: 10_000 });
    const { quic } = await connect(server.listener.address.port);
    const peer = await other(server);
    peer.notes.onStream = (streamId) => peer.quic.pause(streamId);
    quic.write(0, new Uint8Array(100_000), true);
    quic.wake();
    await until(() => peer.notes.streams.has(0));
    await sleep(50);
    const { length } = peer.notes.streams.get(0) ?? { length: 0 };
    expect(length).toBeLessThanOrEqual(20_000);
    peer.notes.onStream = () => {};
    peer.quic.resume(0);
    await until(() => peer.notes.streams.get(0)?.isEnded === true);
    expect(peer.notes.streams.get(0)?.length).toBe(100_000);
  });

  test("resets and stops with their codes, large ones too", async () => {
    const server = await listen();
    const { quic, notes } = await connect(server.listener.address.port);
    const peer = await other(server);
    quic.write(0, bytes("a"), false);
    quic.write(4, bytes("b"), false);
    quic.wake();
    await until(() => peer.notes.streams.size === 2);
    quic.reset(0, 0x52e4a40fa8db);
    quic.stopSending(4, 0x10c);
    peer.quic.stopSending(4, 0x10d);
    quic.wake();
    peer.quic.wake();
    await until(() => notes.stops.length === 1 && peer.notes.resets.length === 1);
    await until(() => peer.notes.stops.length === 1);
    expect(notes.stops).toEqual([[4, 0x10d]]);
    expect(peer.notes.resets).toEqual([[0, 0x52e4a40fa8db]]);
    expect(peer.notes.stops).toEqual([[4, 0x10c]]);
    // What is written to a stream that is over is dropped.
    quic.write(0, bytes("more"), true);
    quic.reset(0, 1);
    quic.stopSending(0, 1);
    expect(quic.room(0)).toBeGreaterThan(0);
  });

  test("datagrams both ways; one that is too long is dropped", async () => {
    const server = await listen();
    const { quic, notes } = await connect(server.listener.address.port);
    const peer = await other(server);
    expect(quic.sendDatagram(bytes("to the server"))).toBe(true);
    expect(peer.quic.sendDatagram(bytes("to the client"))).toBe(true);
    expect(quic.sendDatagram(new Uint8Array(quic.maxDatagramLength + 1))).toBe(false);
    quic.wake();
    peer.quic.wake();
    await until(() => notes.datagrams.length === 1 && peer.notes.datagrams.length === 1);
    expect(notes.datagrams).toEqual(["to the client"]);
    expect(peer.notes.datagrams).toEqual(["to the server"]);
  });

  test("no datagrams where they are switched off", async () => {
    const server = await listen({ datagrams: false });
    const { quic } = await connect(server.listener.address.port);
    expect(quic.maxDatagramLength).toBe(0);
    expect(quic.sendDatagram(bytes("a"))).toBe(false);
  });

  test("close() says why, finish() waits until all has arrived", async () => {
    const server = await listen();
    const first = await connect(server.listener.address.port);
    const peer = await other(server);
    first.quic.close(0x10b, "why not");
    await until(() => peer.notes.end !== null);
    expect(peer.notes.end).toEqual({
      by: "peer",
      isApplication: true,
      code: 0x10b,
      reason: "why not",
    });
    expect(first.notes.end).toMatchObject({ by: "us", code: 0x10b });
    const second = await connect(server.listener.address.port);
    await until(() => server.connections.length === 2);
    const { notes } = server.connections[1] as Served["connections"][number];
    second.quic.write(2, new Uint8Array(800_000), true);
    second.quic.finish(0x100);
    await until(() => notes.end !== null);
    expect(notes.streams.get(2)).toMatchObject({ length: 800_000, isEnded: true });
    expect(notes.end).toMatchObject({ by: "peer", code: 0x100 });
  });

  test("silence ends it on both sides", async () => {
    const server = await listen({ idleTimeoutMs: 100 });
    const { notes } = await connect(server.listener.address.port);
    const peer = await other(server);
    await until(() => notes.end !== null && peer.notes.end !== null);
    expect([notes.end?.by, peer.notes.end?.by]).toEqual(["timeout", "timeout"]);
  });

  test("the secrets go to the file that is named", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "tercet-quic-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const server = await listen({ keylog: (number) => path.join(folder, `${number}.keys`) });
    await connect(server.listener.address.port);
    await other(server);
    const text = await readFile(path.join(folder, "0.keys"), "latin1");
    expect(text).toMatch(/^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} /m);
    expect(text).toMatch(/^SERVER_TRAFFIC_SECRET_0 /m);
  });

  test("early data: a stream before the handshake is done", async () => {
    const server = await listen({ earlyData: true });
    const { port } = server.listener.address;
    const first = await connect(port);
    await until(() => first.quic.session !== null);
    const session = first.quic.session as Uint8Array;
    first.quic.close(0x100);
    const relay = await relayed(port);
    // The server's answer is held back: all that comes before it is early.
    relay.hold();
    const second = await connect(relay.port, { earlyData: true, session });
    expect(second.quic.isEstablished).toBe(false);
    second.quic.write(0, bytes("early"), true);
    second.quic.wake();
    await until(() => server.connections.length === 2);
    const { quic, notes } = server.connections[1] as Served["connections"][number];
    await until(() => notes.streams.has(0));
    expect([quic.isEstablished, notes.isEstablished]).toEqual([false, false]);
    relay.release();
    await until(() => notes.isEstablished && second.notes.isEstablished);
    expect(notes.streams.get(0)?.text).toBe("early");
  });
});
