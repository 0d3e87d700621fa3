// serve(): real clients, the fetch-style application, order and content.

import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import type { RequestInfo } from "tercet/node";
import { describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { curl, isInstalled } from "./peers.js";
import { GET, mirror, raw, start, tick } from "./serving.js";

const hasCurl = isInstalled("curl");
const MIB = 1024 * 1024;

interface Got {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function nodeRequest(url: string, options: https.RequestOptions, body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("https") ? https : http).request(url, options);
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
        }),
      );
    });
    request.end(body);
  });
}

describe("real clients", () => {
  test("node:http: GET, POST with a length, POST in chunks, HEAD, keep-alive", async () => {
    const { url } = await start(mirror);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const get = await nodeRequest(`${url}/a?b=c`, { agent });
    expect(get).toMatchObject({ status: 200, body: "GET /a?b=c " });
    expect(get.headers["content-length"]).toBe("11");
    expect(get.headers.date).toMatch(/ GMT$/);
    const post = await nodeRequest(url, { agent, method: "POST" }, "text");
    expect(post.body).toBe("POST / text");
    const headers = { "transfer-encoding": "chunked" };
    const chunked = await nodeRequest(url, { agent, method: "PUT", headers }, "text");
    expect(chunked.body).toBe("PUT / text");
    const head = await nodeRequest(url, { agent, method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: "" });
    agent.destroy();
  });

  test("fetch: JSON, a stream as a body, fields and cookies", async () => {
    const { url } = await start(async (request) => {
      if (request.method === "GET") {
        const headers = new Headers({ "x-cookie": request.headers.get("cookie") ?? "" });
        headers.append("set-cookie", "a=1");
        headers.append("set-cookie", "b=2");
        return new Response(null, { status: 204, headers });
      }
      return Response.json(await request.json(), { status: 201, statusText: "Made" });
    });
    const got = await fetch(url, { headers: { cookie: "a=1; b=2" } });
    expect(got.status).toBe(204);
    expect(got.headers.get("x-cookie")).toBe("a=1; b=2");
    expect(got.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    const body = new Blob([JSON.stringify({ list: [1, 2, 3] })]).stream();
    const made = await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    expect([made.status, made.statusText, await made.json()]).toEqual([
      201,
      "Made",
      { list: [1, 2, 3] },
    ]);
  });

  test.runIf(hasCurl)("curl: GET, upload with 100-continue, HTTP/1.0, HEAD", async () => {
    const { url } = await start(mirror);
    expect(await curl(`${url}/x`)).toBe("GET /x ");
    const upload = await curl("-v", "-H", "Expect: 100-continue", "-d", "abc", url);
    expect(upload).toBe("POST / abc");
    expect(await curl("--http1.0", `${url}/old`)).toBe("GET /old ");
    // An offer to upgrade is not taken up: the answer is an ordinary one.
    expect(await curl("--http2", `${url}/h2c`)).toBe("GET /h2c ");
    expect(await curl("--http2-prior-knowledge", `${url}/h2c`)).toBe("GET /h2c ");
    expect(await curl("--head", url)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test("a large body both ways: a stream in, the same stream out", async () => {
    const { url } = await start((request) => new Response(request.body));
    const content = Buffer.alloc(8 * MIB, "0123456789abcdef");
    const answer = await fetch(url, { method: "POST", body: content });
    expect(content.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  });

  test("TLS: http/1.1 by ALPN; h2 alone is refused in the handshake where it is not spoken", async () => {
    const pem = await certificate();
    const server = await start(
      (request, info) => new Response(`${new URL(request.url).protocol} ${info.httpVersion}`),
      { tls: pem, protocols: ["http/1.1"] },
    );
    expect(server.url).toMatch(/^https:/);
    expect(server.protocols).toEqual(["http/1.1"]);
    const got = await nodeRequest(server.url, { ca: pem.cert });
    expect(got.body).toBe("https: 1.1");
    const { port } = server.address;
    const failure = await new Promise<string>((resolve) => {
      const socket = tls.connect({ port, host: "127.0.0.1", ca: pem.cert, ALPNProtocols: ["h2"] });
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once("secureConnect", () => resolve("connected"));
    });
    expect(failure).toMatch(/NO_APPLICATION_PROTOCOL|ECONNRESET/);
  });
});

describe("the application", () => {
  test("gets the client's address, the version and the moments of the request", async () => {
    const infos: RequestInfo[] = [];
    const { url } = await start((_request, info) => {
      infos.push(info);
      return new Response("x");
    });
    await (await fetch(url)).text();
    expect(infos[0]).toMatchObject({ remoteAddress: "127.0.0.1", httpVersion: "1.1" });
    const timing = infos[0]?.timing ?? { accepted: Number.NaN, head: 0 };
    expect(timing.accepted).toBeLessThanOrEqual(timing.head);
    expect(timing.head).toBeLessThanOrEqual(performance.now());
  });

  test("throws: 500, said to onFault, and the connection goes on", async () => {
    const faults: unknown[] = [];
    const server = await start(
      (request) => {
        if (new URL(request.url).pathname === "/bad") throw new Error("no");
        return new Response("good");
      },
      { onFault: (fault) => faults.push((fault as Error).message) },
    );
    const client = await raw(server);
    client.send("GET /bad HTTP/1.1\r\nHost: a\r\n\r\nGET /good HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.until("good")).toMatch(/^HTTP\/1\.1 500 [^]*HTTP\/1\.1 200 OK/);
    expect(faults).toEqual(["no"]);
  });

  test.each([
    ["no Response", () => "text" as unknown as Response],
    [
      "a Response with a field that may not be sent",
      () => new Response("x", { headers: { "content-length": "7" } }),
    ],
  ])("gives %s: 500", async (_name, fetch) => {
    const faults: unknown[] = [];
    const server = await start(fetch, { onFault: (fault) => faults.push(fault) });
    const client = await raw(server);
    client.send(GET);
    expect(await client.until("Internal Server Error\n")).toMatch(/^HTTP\/1\.1 500 /);
    expect(faults).toHaveLength(1);
  });

  test("its body fails half way: the connection is cut, so that the part is not taken for the whole", async () => {
    const faults: unknown[] = [];
    const server = await start(
      () => {
        let turn = 0;
        return new Response(
          new ReadableStream({
            async pull(controller) {
              await tick();
              if (turn++ === 0) controller.enqueue(new TextEncoder().encode("part"));
              else controller.error(new Error("disk"));
            },
          }),
        );
      },
      { onFault: (fault) => faults.push((fault as Error).message) },
    );
    const client = await raw(server);
    client.send(GET);
    const received = await client.untilEnd();
    expect(received).toContain("part");
    expect(received).not.toContain("\r\n0\r\n");
    expect(faults).toEqual(["disk"]);
  });

  test("request.signal is aborted when the client goes", async () => {
    let started = () => {};
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    let aborted = () => {};
    const isAborted = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    const server = await start(async (request) => {
      request.signal.addEventListener("abort", () => aborted());
      started();
      await isAborted;
      return new Response("nobody reads this");
    });
    const client = await raw(server);
    client.send(GET);
    await isStarted;
    client.destroy();
    await isAborted;
  });

  test("trailers of the request are read, trailers of the answer sent", async () => {
    const server = await start(async (request, info) => {
      const body = await request.text();
      info.setTrailers(["x-length", String(body.length)]);
      return new Response(`${body} ${info.trailers?.get("x-sum")}`);
    });
    const client = await raw(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("3\r\nabc\r\n0\r\nx-sum: 7\r\n\r\n");
    expect(await client.until("x-length: 3\r\n\r\n")).toMatch(/\r\nabc 7\r\n0\r\n/);
  });

  test.each(["CONNECT a:443", "TRACE /"])("%s is answered with 501", async (line) => {
    const server = await start(mirror);
    const client = await raw(server);
    client.send(`${line} HTTP/1.1\r\nHost: a:443\r\n\r\n`);
    expect(await client.until("Not Implemented\n")).toMatch(/^HTTP\/1\.1 501 /);
  });

  test("an authority that is no URL is answered with 400", async () => {
    const server = await start(mirror);
    const client = await raw(server);
    client.send("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("order and content", () => {
  test("safe requests run together, answers keep the order", async () => {
    let running = 0;
    let most = 0;
    const server = await start(async (request) => {
      most = Math.max(most, ++running);
      const number = Number(new URL(request.url).pathname.slice(1));
      for (let turn = 0; turn < 10 - number; turn++) await tick();
      running--;
      return new Response(`<${number}>`);
    });
    const client = await raw(server);
    const requests = Array.from(
      { length: 10 },
      (_, at) => `GET /${at} HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    client.send(requests.join(""));
    const received = await client.until("<9>");
    expect([...received.matchAll(/<(\d)>/g)].map(([, number]) => number).join("")).toBe(
      "0123456789",
    );
    expect(most).toBe(10);
  });

  test("a POST waits for those before it, and those behind wait for it", async () => {
    const log: string[] = [];
    const server = await start(async (request) => {
      const name = new URL(request.url).pathname.slice(1);
      log.push(`${name}+`);
      await tick();
      await tick();
      log.push(`${name}-`);
      return new Response(`<${name}>`);
    });
    const client = await raw(server);
    const post = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    client.send(`${GET.replace("/ ", "/a ")}${post}${GET.replace("/ ", "/c ")}`);
    await client.until("<c>");
    expect(log).toEqual(["a+", "a-", "b+", "b-", "c+", "c-"]);
  });

  test("100 Continue is sent when the application begins to read, and not before", async () => {
    let read = () => {};
    const mayRead = new Promise<void>((resolve) => {
      read = resolve;
    });
    const server = await start(async (request) => {
      await mayRead;
      return new Response(await request.text());
    });
    const client = await raw(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    for (let turn = 0; turn < 20; turn++) await tick();
    expect(client.received).toBe("");
    read();
    await client.until("100 Continue\r\n\r\n");
    client.send("abc");
    expect(await client.until("abc")).toMatch(/100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  test("an answer without reading a body that waits for 100: the connection closes", async () => {
    const server = await start(() => new Response("no", { status: 403 }));
    const client = await raw(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    const received = await client.untilEnd();
    expect(received).toMatch(/^HTTP\/1\.1 403 [^]*connection: close/i);
  });

  test("an upload that nobody reads: answered, a little is dropped, much ends the connection", async () => {
    const server = await start(() => new Response("no", { status: 403 }));
    const little = await raw(server);
    little.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n`);
    await little.until("no");
    little.send("x".repeat(1000) + GET);
    expect((await little.until("no")).startsWith("HTTP/1.1 403")).toBe(true);
    const much = await raw(server);
    much.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${100 * MIB}\r\n\r\n`);
    await much.until("no");
    much.socket.on("error", () => {});
    const piece = "x".repeat(64 * 1024);
    let isOver = false;
    much.socket.on("close", () => {
      isOver = true;
    });
    while (!isOver && !much.socket.destroyed) {
      much.socket.write(piece);
      await tick();
    }
    expect(much.socket.destroyed).toBe(true);
  });

  test("an upload that the application reads late stops meanwhile", async () => {
    let read = () => {};
    const mayRead = new Promise<void>((resolve) => {
      read = resolve;
    });
    const server = await start(async (request) => {
      await mayRead;
      let length = 0;
      for await (const bytes of request.body as unknown as AsyncIterable<Uint8Array>) {
        length += bytes.length;
      }
      return new Response(`<${length}>`);
    });
    const client = await raw(server);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${48 * MIB}\r\n\r\n`);
    client.socket.write(Buffer.alloc(48 * MIB));
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    // The kernel holds some megabytes of it, the server next to nothing.
    expect(client.socket.writableLength).toBeGreaterThan(0);
    read();
    await client.until(`<${48 * MIB}>`);
  });

  test("content of GET reaches no Request and disturbs nothing", async () => {
    const server = await start(async (request) => new Response(`<${await request.text()}>`));
    const client = await raw(server);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${GET}`);
    await client.until("<>");
    const received = await client.until("<>");
    expect(received.match(/<>/g)).toBeTruthy();
  });
});
