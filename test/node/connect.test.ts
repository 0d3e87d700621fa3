// connect(): the client against node:http, our own server, and servers that misbehave.

import http from "node:http";
import type net from "node:net";
import { createServer } from "node:net";
import { ProtocolError, UsageError } from "tercet";
import { type Client, type ClientOptions, connect, serve } from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";

const MIB = 1024 * 1024;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function port(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as net.AddressInfo).port;
}

async function nodeServer(listener: http.RequestListener): Promise<number> {
  const server = http.createServer(listener);
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return port(server);
}

/** A server that sends exactly this to each connection, when the first bytes have come. */
async function scripted(answer: string, isEnded = false): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(answer, "latin1");
      if (isEnded) socket.end();
    });
  });
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port(server);
}

async function client(options: ClientOptions): Promise<Client> {
  const made = await connect(options);
  ends.push(() => made.destroy());
  return made;
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a server read of a request, as text. */
const mirror: http.RequestListener = (request, response) => {
  let body = "";
  request.setEncoding("latin1");
  request.on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    const { method, url, headers } = request;
    const framing = headers["content-length"] ?? headers["transfer-encoding"] ?? "none";
    response.end(`${method} ${url} ${headers.host} ${framing} ${body}`);
  });
};

describe("against node:http", () => {
  test("GET, POST of text, of bytes, and in pieces, on one connection", async () => {
    const at = await nodeServer(mirror);
    const requests = await client({ port: at });
    const send = async (request: Parameters<Client["request"]>[0]) =>
      (await requests.request(request)).text();
    const host = `127.0.0.1:${at}`;
    expect(await send({ path: "/a?b" })).toBe(`GET /a?b ${host} none `);
    expect(await send({ method: "POST", body: "text" })).toBe(`POST / ${host} 4 text`);
    const bytes = new Uint8Array([65, 66]);
    expect(await send({ method: "PUT", body: bytes })).toBe(`PUT / ${host} 2 AB`);
    async function* pieces() {
      yield bytes;
      await tick();
      yield bytes;
    }
    expect(await send({ method: "POST", body: pieces() })).toBe(`POST / ${host} chunked ABAB`);
    const headers = { "content-length": "4" };
    expect(await send({ method: "POST", headers, body: pieces() })).toBe(`POST / ${host} 4 ABAB`);
    expect(await send({ authority: "other" })).toBe("GET / other none ");
    expect(requests.isOpen).toBe(true);
  });

  test("head, informational answers and trailers", async () => {
    const at = await nodeServer((_request, response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.writeHead(201, "Made", { trailer: "x-sum", "x-a": ["1", "2"] });
      response.write("content");
      response.addTrailers({ "x-sum": "7" });
      response.end();
    });
    const requests = await client({ port: at });
    const response = await requests.request();
    expect([response.status, response.reason, response.headers.getAll("x-a")]).toEqual([
      201,
      "Made",
      ["1", "2"],
    ]);
    expect(response.informational.map(({ status }) => status)).toEqual([103]);
    expect(await response.text()).toBe("content");
    expect(response.trailers?.get("x-sum")).toBe("7");
  });

  test("requests wait for their turn; with pipelining they do not", async () => {
    let most = 0;
    const at = await port(
      (() => {
        const server = createServer((socket) => {
          let requests = 0;
          let answered = 0;
          socket.on("error", () => {});
          socket.on("data", (bytes) => {
            requests += bytes.toString("latin1").split("\r\n\r\n").length - 1;
            most = Math.max(most, requests - answered);
            setImmediate(() => {
              for (; answered < requests; answered++) {
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
              }
            });
          });
        });
        ends.push(() => server.close());
        return server;
      })(),
    );
    for (const pipelining of [1, 4]) {
      most = 0;
      const requests = await client({ port: at, pipelining });
      const all = Array.from({ length: 8 }, async () => (await requests.request()).text());
      expect(await Promise.all(all)).toEqual(Array(8).fill("x"));
      expect(most).toBe(pipelining);
      await requests.close();
    }
  });

  test("a large answer that is read slowly: all of it, in batches", async () => {
    const content = Buffer.alloc(12 * MIB, "0123456789abcdef");
    const at = await nodeServer((_request, response) => response.end(content));
    const requests = await client({ port: at });
    const response = await requests.request();
    const found: Uint8Array[] = [];
    for await (const batch of response.body) {
      found.push(...batch);
      await tick();
    }
    expect(Buffer.concat(found).equals(content)).toBe(true);
  });

  test("an answer that is not read stops the server", async () => {
    let socket: net.Socket | undefined;
    const server = createServer((accepted) => {
      socket = accepted;
      accepted.on("error", () => {});
      accepted.once("data", () => {
        accepted.write(`HTTP/1.1 200 OK\r\nContent-Length: ${48 * MIB}\r\n\r\n`);
        accepted.write(Buffer.alloc(48 * MIB));
      });
    });
    ends.push(() => server.close());
    const requests = await client({ port: await port(server) });
    const response = await requests.request();
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(socket?.writableLength).toBeGreaterThan(0);
    expect((await response.bytes()).length).toBe(48 * MIB);
  });

  test("a large upload is sent as fast as the server takes it", async () => {
    const at = await nodeServer((request, response) => {
      let length = 0;
      request.on("data", (bytes: Buffer) => {
        length += bytes.length;
        request.pause();
        setImmediate(() => request.resume());
      });
      request.on("end", () => response.end(String(length)));
    });
    const requests = await client({ port: at });
    const piece = new Uint8Array(MIB);
    let made = 0;
    async function* body() {
      for (; made < 16; made++) yield piece;
    }
    const response = await requests.request({ method: "POST", body: body() });
    expect(await response.text()).toBe(String(16 * MIB));
  });

  test("leaving the body early closes the connection", async () => {
    const at = await nodeServer((_request, response) => {
      response.write("first");
    });
    const requests = await client({ port: at });
    const response = await requests.request();
    for await (const _batch of response.body) break;
    await requests.closed;
    expect(requests.isOpen).toBe(false);
  });
});

describe("TLS", () => {
  test("the certificate is checked", async () => {
    const pem = await certificate();
    const server = await serve({
      fetch: (request) => new Response(new URL(request.url).protocol),
      tls: pem,
    });
    ends.push(() => server.close());
    const { port: at } = server.address;
    await expect(connect({ port: at, tls: true })).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY/),
    });
    const requests = await client({ port: at, host: "localhost", tls: { ca: pem.cert } });
    expect(await (await requests.request()).text()).toBe("https:");
    await requests.close();
  });
});

describe("servers that misbehave", () => {
  test.each([
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "H1_CONTENT_LENGTH_CONFLICT",
    ],
    ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "H1_STATUS_LINE_INVALID"],
    ["a status out of range", "HTTP/1.1 700 No\r\n\r\n", "H1_STATUS_CODE_INVALID"],
  ])("%s: the request is rejected", async (_name, answer, code) => {
    const requests = await client({ port: await scripted(answer) });
    const failure = await requests.request().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProtocolError);
    expect((failure as ProtocolError).code).toBe(code);
    await expect(requests.request()).rejects.toBe(failure);
  });

  test("a broken body is rejected while it is read", async () => {
    const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n";
    const requests = await client({ port: await scripted(answer) });
    const response = await requests.request();
    await expect(response.text()).rejects.toMatchObject({ code: "H1_CHUNK_SIZE_INVALID" });
  });

  test("a body that is cut is rejected, one that ends with the connection is not", async () => {
    const cut = await client({
      port: await scripted("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true),
    });
    await expect((await cut.request()).text()).rejects.toMatchObject({
      code: "H1_BODY_INCOMPLETE",
    });
    const whole = await client({ port: await scripted("HTTP/1.1 200 OK\r\n\r\nabc", true) });
    expect(await (await whole.request()).text()).toBe("abc");
  });

  test("an end before the answer is rejected", async () => {
    const requests = await client({ port: await scripted("", true) });
    await expect(requests.request()).rejects.toMatchObject({ code: "H1_HEAD_INCOMPLETE" });
  });

  test("an answer that nobody asked for ends the connection", async () => {
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const requests = await client({ port: await scripted(ok + ok) });
    expect((await requests.request()).status).toBe(200);
    await requests.closed;
    expect(requests.isOpen).toBe(false);
  });

  test("limits are the client's to set", async () => {
    const answer = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(200)}\r\n\r\n`;
    const requests = await client({
      port: await scripted(answer),
      limits: { fieldLineLength: 100 },
    });
    await expect(requests.request()).rejects.toMatchObject({ code: "H1_FIELD_LINE_TOO_LONG" });
  });
});

describe("use and wrong use", () => {
  test("nobody listens: the system's error", async () => {
    const nobody = createServer();
    const at = await port(nobody);
    await new Promise((resolve) => nobody.close(resolve));
    await expect(connect({ port: at })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a request that cannot be sent is rejected, and the connection goes on", async () => {
    const requests = await client({ port: await nodeServer(mirror) });
    const failure = await requests
      .request({ headers: { "bad name": "x" } })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((await requests.request()).status).toBe(200);
  });

  test("options are checked before the socket is opened", async () => {
    await expect(connect({ port: 1, pipelining: 0 })).rejects.toBeInstanceOf(UsageError);
    await expect(connect({ port: 1, limits: { fieldCount: 0 } })).rejects.toBeInstanceOf(
      UsageError,
    );
  });

  test("CONNECT and an upgrade are not for this client", async () => {
    const switching =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    const requests = await client({ port: await scripted(switching) });
    const tunnel = { code: "CLIENT_TUNNEL" };
    await expect(requests.request({ method: "CONNECT" })).rejects.toMatchObject(tunnel);
    const headers = { connection: "upgrade", upgrade: "x" };
    await expect(requests.request({ headers })).rejects.toMatchObject(tunnel);
    await requests.closed;
  });

  test("close() lets the request on the way finish; later ones are rejected", async () => {
    const requests = await client({ port: await nodeServer(mirror) });
    const before = requests.request();
    const closed = requests.close();
    await expect(requests.request()).rejects.toThrow(/no further requests/);
    expect((await before).status).toBe(200);
    await (await before).text();
    await closed;
  });

  test("the signal ends the connection and what waits on it", async () => {
    const controller = new AbortController();
    const at = await nodeServer(() => {});
    const requests = await client({ port: at, signal: controller.signal });
    const pending = requests.request();
    controller.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    await requests.closed;
  });
});
