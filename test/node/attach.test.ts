// attach() beyond the shared suite: the three ways to get events, pausing, tunnels as streams, and the orderly end.

import { createHash } from "node:crypto";
import net from "node:net";
import type { ConnectionEvent } from "tercet";
import { H1Connection } from "tercet/h1";
import { type Attachment, attach, TunnelStream } from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Duplex, duplexPair } from "./duplex-pair.js";
import { RawClient } from "./raw-client.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listen(onSocket: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

async function raw(port: number): Promise<RawClient> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  ends.push(() => socket.destroy());
  return new RawClient(socket);
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const server = () => new H1Connection({ role: "server" });
const hello = (connection: H1Connection, streamId: number) =>
  connection.sendResponse(streamId, { status: 200, headers: [], content: `<${streamId}>` });

describe("three ways to get events", () => {
  test("a handler: heads are views, the end is an answer", async () => {
    const targets: string[] = [];
    const port = await listen((socket) => {
      const connection = server();
      attach(socket, connection, {
        head: (_streamId, head) => targets.push(head.target),
        end: (streamId) => hello(connection, streamId),
      });
    });
    const client = await raw(port);
    client.send(GET + GET.replace("/", "/b"));
    await client.until("<2>");
    expect(targets).toEqual(["/", "/b"]);
  });

  test("a function for each batch", async () => {
    const batches: string[][] = [];
    const port = await listen((socket) => {
      const connection = server();
      attach(socket, connection, (events) => {
        batches.push(events.map(({ type }) => type));
        for (const event of events) if (event.type === "end") hello(connection, event.streamId);
      });
    });
    const client = await raw(port);
    client.send(GET + GET);
    await client.until("<2>");
    expect(batches[0]).toEqual(["head", "end", "head", "end"]);
  });

  test("a loop; leaving it closes the socket", async () => {
    const port = await listen(async (socket) => {
      for await (const events of attach(socket, server())) {
        expect(events[0]?.type).toBe("head");
        break;
      }
    });
    const client = await raw(port);
    client.send(GET);
    expect(await client.untilEnd()).toBe("");
  });

  test("a client: the answer to what was sent before attach", async () => {
    const port = await listen((socket) => {
      const connection = server();
      attach(socket, connection, { end: (streamId) => hello(connection, streamId) });
    });
    const connection = new H1Connection({ role: "client" });
    connection.sendRequest({ method: "GET", authority: "a", headers: ["connection", "close"] });
    const socket = net.connect(port, "127.0.0.1");
    const types: string[] = [];
    for await (const events of attach(socket, connection))
      types.push(...events.map(({ type }) => type));
    expect(types).toEqual(["head", "data", "end"]);
    expect(connection.state).toBe("closed");
  });
});

describe("pausing", () => {
  test("pause() stops events until resume()", async () => {
    const seen: ConnectionEvent[] = [];
    let attachment: Attachment | undefined;
    const port = await listen((socket) => {
      const connection = server();
      attachment = attach(socket, connection, (events) => {
        seen.push(...events);
        for (const event of events) if (event.type === "end") hello(connection, event.streamId);
      });
      attachment.pause();
    });
    const client = await raw(port);
    client.send(GET);
    for (let turn = 0; turn < 20; turn++) await tick();
    expect(seen).toEqual([]);
    attachment?.resume();
    await client.until("<1>");
  });

  test("output is taken only while the stream accepts more, and leaves in one writev", async () => {
    const [near, far] = duplexPair();
    const connection = server();
    let vectors = 0;
    near.onWritev = () => vectors++;
    attach(near, connection, {
      end(streamId) {
        connection.sendResponse(streamId, { status: 200, headers: [] });
        for (let at = 0; at < 5; at++) connection.sendData(streamId, Buffer.alloc(10, "x"));
        connection.sendEnd(streamId);
      },
    });
    far.write(GET);
    let received = "";
    for await (const bytes of far) {
      received += String(bytes);
      if (received.endsWith("0\r\n\r\n")) break;
    }
    expect(received.match(/xxxxxxxxxx/g)).toHaveLength(5);
    expect(vectors).toBe(1);
  });
});

describe("the end", () => {
  test("closed is fulfilled and onClose called, also when the peer resets", async () => {
    const errors: (Error | null)[] = [];
    let closed: Promise<void> | undefined;
    const port = await listen((socket) => {
      const attachment = attach(socket, server(), () => {}, {
        onClose: (error) => errors.push(error),
      });
      closed = attachment.closed;
    });
    const client = await raw(port);
    client.send("GET / HT");
    while (closed === undefined) await tick();
    (client.socket as net.Socket).resetAndDestroy();
    await closed;
    expect(errors).toHaveLength(1);
    expect((errors[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  });

  test("a peer that keeps sending behind an error is read for a while, then cut", async () => {
    const port = await listen((socket) => {
      attach(socket, server(), () => {}, { lingerLength: 100_000, lingerMs: 1e9 });
    });
    const client = await raw(port);
    client.socket.on("error", () => {});
    client.send("BAD\r\n\r\n");
    await client.until("400 Bad Request");
    let isClosed = false;
    client.socket.once("close", () => {
      isClosed = true;
    });
    while (!isClosed) {
      client.socket.write(Buffer.alloc(10_000));
      await tick();
    }
    expect(client.received).toContain("400 Bad Request");
  });

  test("a peer that never ends its side is cut when the time is over", async () => {
    let closed: Promise<void> | undefined;
    const port = await listen((socket) => {
      closed = attach(socket, server(), () => {}, { lingerMs: 30 }).closed;
    });
    const client = await raw(port);
    client.send("BAD\r\n\r\n");
    await client.until("400 Bad Request");
    await closed;
  });
});

describe("TunnelStream", () => {
  /** A server that accepts each upgrade and gives the tunnel away. */
  function upgrades(onTunnel: (tunnel: TunnelStream) => void): Promise<number> {
    return listen((socket) => {
      const connection = server();
      const attachment = attach(socket, connection, (events) => {
        for (const event of events) {
          if (event.type === "head" && "method" in event.head)
            key = event.head.get("sec-websocket-key");
          if (event.type !== "end") continue;
          connection.sendInformational(event.streamId, { status: 101, headers: switching(key) });
          onTunnel(new TunnelStream(attachment, event.streamId));
        }
      });
      let key: string | null = null;
    });
  }

  function switching(key: string | null): string[] {
    if (key === null) return ["connection", "upgrade", "upgrade", "echo"];
    const accept = createHash("sha1")
      .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    return ["connection", "upgrade", "upgrade", "websocket", "sec-websocket-accept", accept];
  }

  const UPGRADE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

  test("carries bytes both ways, the early ones too, and ends side by side", async () => {
    const port = await upgrades((tunnel) => {
      tunnel.on("data", (bytes: Buffer) => tunnel.write(bytes.toString().toUpperCase()));
      tunnel.on("end", () => tunnel.end("bye"));
    });
    const client = await raw(port);
    client.send(`${UPGRADE}early`);
    await client.until("EARLY");
    client.send(" late");
    await client.until(" LATE");
    client.finish();
    expect(await client.untilEnd()).toMatch(/EARLY LATEbye$/);
  });

  test("megabytes through it, with a slow reader, arrive whole", async () => {
    const content = Buffer.alloc(8 * 1024 * 1024, "0123456789abcdef");
    const port = await upgrades((tunnel) => tunnel.end(content));
    const client = await raw(port);
    client.socket.removeAllListeners("data");
    client.send(UPGRADE);
    const pieces: Buffer[] = [];
    for await (const piece of client.socket as AsyncIterable<Buffer>) {
      pieces.push(piece);
      await tick();
    }
    const all = Buffer.concat(pieces);
    expect(all.subarray(all.indexOf("\r\n\r\n") + 4).equals(content)).toBe(true);
  });

  test("a reader that does not read stops the sender", async () => {
    let tunnel: TunnelStream | undefined;
    const port = await upgrades((made) => {
      tunnel = made;
    });
    const client = await raw(port);
    client.send(UPGRADE);
    await client.until("\r\n\r\n");
    const piece = Buffer.alloc(256 * 1024);
    let sent = 0;
    // Until the kernel's buffers, too, are full.
    while (client.socket.write(piece) || sent < 64) {
      sent++;
      await tick();
      if (client.socket.writableLength > 16 * 1024 * 1024) break;
    }
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(tunnel?.readableLength).toBeLessThan(1024 * 1024);
  });

  test("a tunnel that is destroyed closes the connection", async () => {
    const port = await upgrades((tunnel) => tunnel.destroy());
    const client = await raw(port);
    client.send(UPGRADE);
    await client.untilEnd();
  });

  test("ws speaks WebSocket over it", async () => {
    const port = await upgrades((tunnel) => {
      const socket = new WebSocket(null as unknown as string, undefined, { autoPong: true });
      type Inner = { setSocket(stream: Duplex, head: Buffer, options: object): void };
      (socket as unknown as Inner).setSocket(tunnel, Buffer.alloc(0), {
        allowSynchronousEvents: true,
        maxPayload: 1024 * 1024,
        skipUTF8Validation: false,
      });
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    ends.push(() => client.terminate());
    await new Promise((resolve, reject) => {
      client.once("open", resolve);
      client.once("error", reject);
    });
    const next = () =>
      new Promise<string>((resolve) => client.once("message", (data) => resolve(String(data))));
    for (const text of ["first", "x".repeat(200_000), "last"]) {
      const answer = next();
      client.send(text);
      expect(await answer).toBe(text);
    }
    const closed = new Promise<number>((resolve) => client.once("close", resolve));
    client.close(1000);
    expect(await closed).toBe(1000);
  });
});
