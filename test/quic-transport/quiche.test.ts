// quicheTransport() alone: what a QuicConnection promises, on real sockets; packets of strangers, lost ones, moved ones.

import dgram from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type QuicClose,
  type QuicConnection,
  type QuicConnectOptions,
  type QuicheBinding,
  type QuicListener,
  type QuicListenOptions,
  type QuicReceiver,
  quicheTransport,
} from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import { certificate } from "../node/certificate.js";
import { sleep, transport, until } from "../node/quic.js";
import { type Relay, relayTo } from "./relay.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A receiver that notes what it is told. */
class Notes implements QuicReceiver {
  readonly streams = new Map<number, { length: number; isEnded: boolean; text: string }>();
  readonly resets: [streamId: number, code: number][] = [];
  readonly stops: [streamId: number, code: number][] = [];
  readonly datagrams: string[] = [];
  isEstablished = false;
  end: QuicClose | null = null;
  onStream: (streamId: number, bytes: Uint8Array, fin: boolean) => void = () => {};
  onTurn: () => void = () => {};

  stream(streamId: number, bytes: Uint8Array, fin: boolean): void {
    const { length, text } = this.streams.get(streamId) ?? { length: 0, text: "" };
    const known = length < 100 ? text + Buffer.from(bytes).toString("latin1") : text;
    this.streams.set(streamId, { length: length + bytes.length, isEnded: fin, text: known });
    this.onStream(streamId, bytes, fin);
  }

  reset(streamId: number, code: number): void {
    this.resets.push([streamId, code]);
  }

  stopSending(streamId: number, code: number): void {
    this.stops.push([streamId, code]);
  }

  datagram(bytes: Uint8Array): void {
    this.datagrams.push(Buffer.from(bytes).toString("latin1"));
  }

  established(): void {
    this.isEstablished = true;
  }

  turn(): void {
    this.onTurn();
  }

  closed(close: QuicClose): void {
    this.end = close;
  }
}

interface Served {
  listener: QuicListener;
  connections: { quic: QuicConnection; notes: Notes }[];
}

async function listen(options: Partial<QuicListenOptions> = {}): Promise<Served> {
  const connections: Served["connections"] = [];
  const listener = await transport.listen?.(
    { port: 0, hostname: "127.0.0.1", ...(await certificate()), ...options },
    (quic) => {
      const notes = new Notes();
      connections.push({ quic, notes });
      quic.start(notes);
    },
  );
  if (listener === undefined) throw new Error("no server");
  ends.push(() => listener.destroy());
  return { listener, connections };
}

async function connect(
  port: number,
  options: Partial<QuicConnectOptions> = {},
): Promise<{ quic: QuicConnection; notes: Notes }> {
  const { cert: ca } = await certificate();
  const quic = await transport.connect?.({ port, host: "127.0.0.1", ca, ...options });
  if (quic === undefined) throw new Error("no client");
  ends.push(() => quic.destroy());
  const notes = new Notes();
  quic.start(notes);
  return { quic, notes };
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** The server's side of the only connection. */
async function other({ connections }: Served): Promise<Served["connections"][number]> {
  await until(() => connections.length > 0);
  return connections[0] as Served["connections"][number];
}

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
    ends.push(() => rm(folder, { recursive: true }));
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

async function relayed(port: number): Promise<Relay> {
  const relay = await relayTo(port);
  ends.push(() => relay.close());
  return relay;
}

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
