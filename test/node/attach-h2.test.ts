// attach() with H2Connection beyond the shared suite: the three ways to get events, tunnels as streams, the client's
// side, and HTTP/1.1 that hands over to HTTP/2.

import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import type { ConnectionEvent, RequestHead } from "tercet";
import { H1Connection } from "tercet/h1";
import { H2Connection, type H2Options } from "tercet/h2";
import { type Attachment, attach, TunnelStream } from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { ask, sessionTo } from "./h2-client.js";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listen(onSocket: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

async function session(port: number): Promise<http2.ClientHttp2Session> {
  const made = await sessionTo(`http://127.0.0.1:${port}`);
  ends.push(() => made.destroy());
  return made;
}

const serverOf = (options: Partial<H2Options> = {}) =>
  new H2Connection({ role: "server", clock: () => performance.now(), ...options });

const hello = (connection: H2Connection, streamId: number) =>
  connection.sendResponse(streamId, { status: 200, headers: [], content: `<${streamId}>` });

describe("ways to get events", () => {
  test("a handler: heads can be kept", async () => {
    const heads: RequestHead[] = [];
    const port = await listen((socket) => {
      const connection = serverOf();
      attach(socket, connection, {
        head: (_streamId, head) => heads.push(head.keep()),
        end: (streamId) => hello(connection, streamId),
      });
    });
    const client = await session(port);
    for (const path of ["/a", "/b"]) await ask(client, { path });
    expect(heads.map(({ path }) => path)).toEqual(["/a", "/b"]);
  });

  test("a function; many answers leave in few writes with flushSoon()", async () => {
    let writes = 0;
    const port = await listen((socket) => {
      const connection = serverOf();
      const taken = connection.take.bind(connection);
      connection.take = () => {
        const pieces = taken();
        if (pieces.length > 0) writes++;
        return pieces;
      };
      const attachment = attach(socket, connection, (events) => {
        for (const event of events) {
          if (event.type !== "end") continue;
          void Promise.resolve().then(() => {
            hello(connection, event.streamId);
            attachment.flushSoon();
          });
        }
      });
    });
    const client = await session(port);
    const before = writes;
    await Promise.all(Array.from({ length: 50 }, () => ask(client)));
    expect(writes - before).toBeLessThan(20);
  });

  test("a client in a loop: requests from before, answers as they come", async () => {
    const port = await listen((socket) => {
      const connection = serverOf();
      attach(socket, connection, { end: (streamId) => hello(connection, streamId) });
    });
    const connection = new H2Connection({ role: "client" });
    const request = { method: "GET", scheme: "http", authority: "a", path: "/", headers: [] };
    const open = new Set([connection.sendRequest(request), connection.sendRequest(request)]);
    const bodies: string[] = [];
    for await (const events of attach(net.connect(port, "127.0.0.1"), connection)) {
      for (const event of events) {
        if (event.type === "data") bodies.push(Buffer.from(event.bytes).toString());
        if (event.type === "end") open.delete(event.streamId);
      }
      if (open.size === 0) connection.close();
    }
    expect(bodies).toEqual(["<1>", "<3>"]);
    expect(connection.state).toBe("closed");
  });

  test("HTTP/1.1 hands over to HTTP/2 when the preface comes", async () => {
    const port = await listen((socket) => {
      const first = new H1Connection({ role: "server", handOverPreface: true });
      const attachment = attach(socket, first, (events) => {
        for (const event of events) {
          if (event.type === "end") {
            first.sendResponse(event.streamId, { status: 200, headers: [], content: "old" });
          } else if (event.type === "preface") {
            const second = serverOf();
            const receiver = { end: (streamId: number) => hello(second, streamId) };
            attachment.handOver(second, event.bytes, receiver);
          }
        }
      });
    });
    expect((await ask(await session(port))).body.toString()).toBe("<1>");
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("old");
  });
});

describe("tunnels", () => {
  /** Answers CONNECT with 200 and hands the stream over. */
  function tunnels(onTunnel: (tunnel: TunnelStream, head: RequestHead) => void) {
    return listen((socket) => {
      const connection = serverOf({
        ...{ window: "manual", settings: { enableConnectProtocol: true } },
      });
      const attachment: Attachment = attach(socket, connection, (events: ConnectionEvent[]) => {
        for (const event of events) {
          if (event.type !== "head") continue;
          connection.sendResponse(event.streamId, { status: 200, headers: [] });
          onTunnel(new TunnelStream(attachment, event.streamId), event.head as RequestHead);
        }
      });
    });
  }

  const open = (client: http2.ClientHttp2Session) =>
    client.request({ ":method": "CONNECT", ":authority": "a:443" });

  test("CONNECT: several at once, a megabyte through each, each side ends on its own", async () => {
    const port = await tunnels((tunnel) => tunnel.pipe(tunnel));
    const client = await session(port);
    const content = Buffer.alloc(1024 * 1024, "0123456789abcdef");
    const through = async () => {
      const stream = open(client);
      stream.end(content);
      const pieces: Buffer[] = [];
      for await (const bytes of stream as AsyncIterable<Buffer>) pieces.push(bytes);
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
    };
    await Promise.all([through(), through(), through()]);
  });

  test("a tunnel that is not read stops at its window, and no other", async () => {
    const held: TunnelStream[] = [];
    let isFirst = true;
    const port = await tunnels((tunnel) => {
      if (!isFirst) tunnel.pipe(tunnel);
      else held.push(tunnel);
      isFirst = false;
    });
    const client = await session(port);
    const stalled = open(client);
    stalled.end(Buffer.alloc(1024 * 1024));
    const other = open(client);
    other.end("through");
    expect((await other.toArray()).join("")).toBe("through");
    let length = 0;
    for await (const bytes of held[0] as AsyncIterable<Buffer>) length += bytes.length;
    expect(length).toBe(1024 * 1024);
    held[0]?.end();
    stalled.resume();
    await once(stalled, "close");
  });

  test("a reset from either side destroys the stream of the other", async () => {
    const seen: TunnelStream[] = [];
    const port = await tunnels((tunnel) => seen.push(tunnel));
    const client = await session(port);
    const first = open(client);
    first.on("error", () => {});
    await once(first, "response");
    const failed = once(seen[0] as TunnelStream, "error");
    first.destroy(new Error("gone"));
    expect((await failed)[0]).toMatchObject({ code: "STREAM_RESET" });
    const second = open(client);
    second.on("error", () => {});
    await once(second, "response");
    seen[1]?.destroy();
    await once(second, "close");
    expect(second.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
  });

  test("extended CONNECT: WebSocket on a stream (RFC 8441)", async () => {
    const port = await tunnels((tunnel, head) => {
      expect(head.protocol).toBe("websocket");
      const socket = new WebSocket(null as never, [], {});
      // What ws does with the socket of an upgrade.
      (socket as unknown as SocketSetter).setSocket(tunnel, Buffer.alloc(0), WS_OPTIONS);
      socket.on("message", (data) => socket.send(`echo ${data}`));
    });
    const client = await session(port);
    expect(client.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = client.request({
      ...{ ":method": "CONNECT", ":protocol": "websocket", ":scheme": "http", ":path": "/chat" },
      ...{ ":authority": "a", "sec-websocket-version": "13" },
    });
    await once(stream, "response");
    // A masked text frame of two bytes: "hi".
    stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    const [answer] = (await once(stream, "data")) as [Buffer];
    expect(answer.subarray(2).toString()).toBe("echo hi");
    stream.close();
  });
});

interface SocketSetter {
  setSocket(socket: unknown, head: Buffer, options: object): void;
}

const WS_OPTIONS = {
  maxPayload: 1_000_000,
  skipUTF8Validation: false,
  allowSynchronousEvents: true,
};
