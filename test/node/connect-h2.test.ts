// connect() over HTTP/2, against node:http2 and our own server.

import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { ProtocolError, UsageError } from "tercet";
import { type Client, type ClientOptions, connect, serve } from "tercet/node";
import { afterEach, describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";

const MIB = 1024 * 1024;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function portOf(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

type OnStream = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

async function nodeServer(onStream: OnStream, options: http2.ServerOptions = {}): Promise<number> {
  const server = http2.createServer(options);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    onStream(stream, headers);
  });
  ends.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return portOf(server as unknown as net.Server);
}

async function client(options: ClientOptions): Promise<Client> {
  const made = await connect(options);
  ends.push(() => made.destroy());
  return made;
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a server read of a request, as text. */
const mirror: OnStream = (stream, headers) => {
  let body = "";
  stream.setEncoding("latin1");
  stream.on("data", (piece: string) => {
    body += piece;
  });
  stream.on("end", () => {
    const { ":method": method, ":path": path, ":authority": authority } = headers;
    stream.respond({ ":status": 200 });
    stream.end(`${method} ${path} ${authority} ${headers["content-length"] ?? "none"} ${body}`);
  });
};

describe("against node:http2, in the clear", () => {
  test("GET, POST of text, of bytes, and in pieces", async () => {
    const port = await nodeServer(mirror);
    const requests = await client({ port, h2c: true });
    expect(requests.protocol).toBe("h2");
    const send = async (request: Parameters<Client["request"]>[0]) =>
      (await requests.request(request)).text();
    const host = `127.0.0.1:${port}`;
    expect(await send({ path: "/a?b" })).toBe(`GET /a?b ${host} none `);
    expect(await send({ method: "POST", body: "text" })).toBe(`POST / ${host} 4 text`);
    const bytes = new Uint8Array([65, 66]);
    expect(await send({ method: "PUT", body: bytes })).toBe(`PUT / ${host} 2 AB`);
    async function* pieces() {
      yield bytes;
      await tick();
      yield bytes;
    }
    expect(await send({ method: "POST", body: pieces() })).toBe(`POST / ${host} none ABAB`);
    const headers = { "content-length": "4" };
    expect(await send({ method: "POST", headers, body: pieces() })).toBe(`POST / ${host} 4 ABAB`);
    expect(await send({ authority: "other" })).toBe("GET / other none ");
    expect(requests.isOpen).toBe(true);
    await requests.close();
  });

  test("head, informational answers, trailers both ways, HEAD", async () => {
    const port = await nodeServer((stream, headers) => {
      if (headers[":method"] === "HEAD") {
        stream.respond({ ":status": 200, "content-length": "77" }, { endStream: true });
        return;
      }
      let sum = "none";
      stream.on("trailers", (fields) => {
        sum = String(fields["x-sum"]);
      });
      stream.resume();
      stream.on("end", () => {
        stream.additionalHeaders({ ":status": 103, link: "</a.css>; rel=preload" });
        stream.respond({ ":status": 201, "x-a": ["1", "2"] }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": sum }));
        stream.end("content");
      });
    });
    const requests = await client({ port, h2c: true });
    const response = await requests.request({
      ...{ method: "POST", body: "abc", trailers: () => ["x-sum", "7"] },
    });
    expect([response.status, response.headers.getAll("x-a")]).toEqual([201, ["1", "2"]]);
    expect(response.informational.map(({ status }) => status)).toEqual([103]);
    expect(await response.text()).toBe("content");
    expect(response.trailers?.get("x-sum")).toBe("7");
    const head = await requests.request({ method: "HEAD" });
    expect([head.headers.get("content-length"), (await head.bytes()).length]).toEqual(["77", 0]);
  });

  test("a hundred requests at once; no more streams than the server takes", async () => {
    let [open, most] = [0, 0];
    const port = await nodeServer(
      (stream) => {
        most = Math.max(most, ++open);
        setImmediate(() => {
          stream.respond({ ":status": 200 });
          stream.end("x");
        });
        stream.on("close", () => open--);
      },
      { settings: { maxConcurrentStreams: 8 } },
    );
    const requests = await client({ port, h2c: true });
    // The first answer comes behind the server's SETTINGS.
    await (await requests.request()).text();
    const all = Array.from({ length: 100 }, async () => (await requests.request()).text());
    expect(await Promise.all(all)).toEqual(Array(100).fill("x"));
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(8);
  });

  test("large bodies: read slowly, sent as fast as the server takes them, several at once", async () => {
    const content = Buffer.alloc(6 * MIB, "0123456789abcdef");
    const port = await nodeServer((stream) => {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    });
    const requests = await client({ port, h2c: true });
    const once = async () => {
      async function* body() {
        for (let at = 0; at < content.length; at += MIB) yield content.subarray(at, at + MIB);
      }
      const response = await requests.request({ method: "POST", body: body() });
      const found: Uint8Array[] = [];
      for await (const batch of response.body) {
        found.push(...batch);
        await tick();
      }
      expect(Buffer.concat(found).equals(content)).toBe(true);
    };
    await Promise.all([once(), once(), once()]);
  });

  test("an answer that is not read stops at its window and stops no other", async () => {
    let sent = 0;
    const port = await nodeServer((stream, headers) => {
      stream.respond({ ":status": 200 });
      if (headers[":path"] === "/quick") {
        stream.end("quick");
        return;
      }
      const more = () => {
        while (stream.write(Buffer.alloc(16_384))) sent += 16_384;
        sent += 16_384;
      };
      stream.on("drain", more);
      more();
    });
    const requests = await client({ port, h2c: true });
    const endless = await requests.request({ path: "/endless" });
    for (let turn = 0; turn < 50; turn++) {
      expect(await (await requests.request({ path: "/quick" })).text()).toBe("quick");
    }
    expect(sent).toBeLessThan(MIB);
    for await (const _batch of endless.body) break;
    expect((await requests.request({ path: "/quick" })).status).toBe(200);
  });
});

describe("ends", () => {
  test("leaving a body early, and a body that fails, reset one stream", async () => {
    const codes: number[] = [];
    const port = await nodeServer((stream, headers) => {
      stream.on("close", () => codes.push(stream.rstCode));
      if (headers[":method"] === "POST") stream.resume();
      else {
        stream.respond({ ":status": 200 });
        stream.write("first");
      }
    });
    const requests = await client({ port, h2c: true });
    for await (const _batch of (await requests.request()).body) break;
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await tick();
      throw new Error("disk");
    }
    await expect(requests.request({ method: "POST", body: broken() })).rejects.toThrow("disk");
    while (codes.length < 2) await tick();
    expect(codes).toEqual([http2.constants.NGHTTP2_CANCEL, http2.constants.NGHTTP2_CANCEL]);
    expect(requests.isOpen).toBe(true);
  });

  test("a stream that the server resets rejects its request alone", async () => {
    const port = await nodeServer((stream, headers) => {
      if (headers[":path"] === "/no") stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      else mirror(stream, headers);
    });
    const requests = await client({ port, h2c: true });
    await expect(requests.request({ path: "/no" })).rejects.toMatchObject({
      ...{ code: "STREAM_RESET", wireCode: 7 },
    });
    expect((await requests.request()).status).toBe(200);
  });

  test("an answer before the end of the upload: the upload stops", async () => {
    const port = await nodeServer((stream) => {
      stream.respond({ ":status": 413 });
      stream.end("too much");
    });
    const requests = await client({ port, h2c: true });
    let made = 0;
    async function* endless() {
      for (; made < 1_000; made++) yield new Uint8Array(MIB);
    }
    const response = await requests.request({ method: "POST", body: endless() });
    expect([response.status, await response.text()]).toEqual([413, "too much"]);
    expect(made).toBeLessThan(1_000);
    expect(requests.isOpen).toBe(true);
  });

  test("GOAWAY: what is under way is finished, no further request is taken", async () => {
    const port = await nodeServer((stream, headers) => {
      stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR, stream.id);
      mirror(stream, headers);
    });
    const requests = await client({ port, h2c: true });
    const response = await requests.request();
    expect(response.status).toBe(200);
    await response.text();
    while (requests.isOpen) await tick();
    await expect(requests.request()).rejects.toThrow();
  });

  test("close() lets the requests on the way finish", async () => {
    const requests = await client({ port: await nodeServer(mirror), h2c: true });
    const before = [requests.request(), requests.request()];
    const closed = requests.close();
    await expect(requests.request()).rejects.toThrow(/no further requests/);
    for (const response of before) await (await response).text();
    await closed;
  });

  test("a server that is not HTTP/2: an error, and not a hang", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    ends.push(() => server.close());
    const requests = await client({ port: await portOf(server), h2c: true });
    const failure = await requests.request().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProtocolError);
    expect((failure as ProtocolError).code).toBe("H2_HTTP1_RESPONSE");
  });
});

describe("TLS and use", () => {
  test("ALPN decides", async () => {
    const pem = await certificate();
    const fetch = (_request: Request, info: { httpVersion: string }) =>
      new Response(info.httpVersion);
    const server = await serve({ fetch, tls: pem });
    ends.push(() => server.close());
    const { port } = server.address;
    const common = { port, host: "localhost" };
    const modern = await client({ ...common, tls: { ca: pem.cert } });
    expect([modern.protocol, await (await modern.request()).text()]).toEqual(["h2", "2"]);
    const old = await client({ ...common, tls: { ca: pem.cert, ALPNProtocols: ["http/1.1"] } });
    expect([old.protocol, await (await old.request()).text()]).toEqual(["http/1.1", "1.1"]);
    await Promise.all([modern.close(), old.close()]);
  });

  test("options are checked before the socket is opened", async () => {
    const wrong: Partial<ClientOptions>[] = [
      { h2c: true, tls: true },
      { limits: { resetBurst: 0 } },
      { h2Settings: { maxFrameSize: 1 } },
    ];
    for (const options of wrong) {
      await expect(connect({ port: 1, ...options })).rejects.toBeInstanceOf(UsageError);
    }
  });

  test("a request that cannot be sent is rejected, and the connection goes on", async () => {
    const requests = await client({ port: await nodeServer(mirror), h2c: true });
    for (const headers of [
      ["bad name", "x"],
      ["connection", "close"],
    ]) {
      await expect(requests.request({ headers })).rejects.toBeInstanceOf(UsageError);
    }
    await expect(requests.request({ method: "CONNECT" })).rejects.toMatchObject({
      code: "CLIENT_TUNNEL",
    });
    expect((await requests.request()).status).toBe(200);
  });
});
