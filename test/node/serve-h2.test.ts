// serve(): HTTP/2 beside HTTP/1.1 on one port, by ALPN and by prior knowledge, and the application behind it. Windows and
// ends are in serve-h2-ends.test.ts.

import http2 from "node:http2";
import https from "node:https";
import tls from "node:tls";
import type { ProtocolError } from "tercet";
import type { RequestInfo } from "tercet/node";
import { describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { ask, readAnswer } from "./h2-client.js";
import { DATA, frame, HEADERS, POST_BLOCK, PREFACE, RST_STREAM, SETTINGS } from "./h2-frames.js";
import { GET, gate, h2, mirror, raw, start, text, tick } from "./serving.js";

const MIB = 1024 * 1024;

describe("one port, two protocols", () => {
  test("TLS: the client chooses by ALPN; without ALPN it is HTTP/1.1", async () => {
    const pem = await certificate();
    const server = await start(
      (request, info) => new Response(`${new URL(request.url).protocol} ${info.httpVersion}`),
      { tls: pem },
    );
    expect(server.protocols).toEqual(["h2", "http/1.1"]);
    const session = await h2(server, { ca: pem.cert });
    expect(await text(ask(session))).toBe("https: 2");
    const got = await new Promise<string>((resolve, reject) => {
      const request = https.get(server.url, { ca: pem.cert, agent: false }, (response) => {
        response.setEncoding("latin1").on("data", resolve);
      });
      request.on("error", reject);
    });
    expect(got).toBe("https: 1.1");
  });

  test("TLS, h2 alone: a client that does not agree on it is not served", async () => {
    const pem = await certificate();
    const server = await start(mirror, { tls: pem, protocols: ["h2"] });
    const { port } = server.address;
    const closed = await new Promise<boolean>((resolve) => {
      const socket = tls.connect({ port, host: "127.0.0.1", ca: pem.cert });
      socket.on("error", () => {});
      socket.once("close", () => resolve(true));
      socket.resume();
    });
    expect(closed).toBe(true);
    expect((await ask(await h2(server, { ca: pem.cert }))).status).toBe(200);
  });

  test.each([
    ["ECDHE-ECDSA-AES128-GCM-SHA256", 200],
    ["ECDHE-ECDSA-AES128-SHA256", 12],
  ])("TLS 1.2 with %s: %i", async (ciphers, outcome) => {
    const pem = await certificate();
    const server = await start(mirror, { tls: { ...pem, ciphers } });
    const options = { ca: pem.cert, ciphers, maxVersion: "TLSv1.2" } as const;
    const session = http2.connect(server.url, options);
    session.on("error", () => {});
    const refused = new Promise<number>((resolve) => session.once("goaway", resolve));
    const answered = ask(session).then(
      ({ status }) => status,
      () => refused,
    );
    expect(await answered).toBe(outcome);
    session.destroy();
  });

  test("in the clear: both by the first octets, however they are cut", async () => {
    const server = await start(mirror);
    expect(server.protocols).toEqual(["http/1.1", "h2c"]);
    const session = await h2(server);
    expect(await text(ask(session, { path: "/a?b" }))).toBe("GET /a?b ");
    const old = await raw(server);
    old.send(GET);
    await old.until("GET / ");
    const slow = await raw(server);
    for (const char of PREFACE + SETTINGS) {
      slow.send(char);
      await tick();
    }
    // SETTINGS, and the acknowledgement of the client's.
    await slow.until("\0\0\0\x04\x01\0\0\0\0");
  });

  test("in the clear, h2 alone: HTTP/1.1 is an error", async () => {
    const errors: string[] = [];
    const server = await start(mirror, {
      ...{ protocols: ["h2"], onError: (error: ProtocolError) => errors.push(error.code) },
    });
    expect(server.protocols).toEqual(["h2c"]);
    const client = await raw(server);
    client.send(GET);
    await client.untilEnd();
    expect(errors).toEqual(["H2_PREFACE_INVALID"]);
  });
});

describe("the application over h2", () => {
  test("GET, POST, HEAD, fields, cookies, Host", async () => {
    const infos: RequestInfo[] = [];
    const server = await start(async (request, info) => {
      infos.push(info);
      const { headers, method } = request;
      const found = [headers.get("host"), headers.get("cookie"), headers.get("x-a")].join("|");
      const answer = new Response(`${method} ${found} ${await request.text()}`);
      for (const value of ["a=1", "b=2"]) answer.headers.append("set-cookie", value);
      // What belongs to one hop of HTTP/1.1 is dropped.
      answer.headers.set("connection", "close");
      return answer;
    });
    const session = await h2(server);
    const headers = { cookie: ["a=1", "b=2"], "x-a": "1" } as http2.OutgoingHttpHeaders;
    const host = `127.0.0.1:${server.address.port}`;
    const answer = await ask(session, { headers });
    expect(answer.body.toString()).toBe(`GET ${host}|a=1; b=2|1 `);
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(answer.headers.date).toMatch(/GMT$/);
    expect(answer.headers.connection).toBeUndefined();
    expect(answer.headers["content-length"]).toBe(String(answer.body.length));
    expect(await text(ask(session, { method: "POST", body: "abc" }))).toMatch(/^POST .* abc$/);
    const head = await ask(session, { method: "HEAD" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(infos[0]).toMatchObject({ remoteAddress: "127.0.0.1", httpVersion: "2" });
  });

  test("a large body both ways: a stream in, the same stream out", async () => {
    const server = await start((request) => new Response(request.body));
    const content = Buffer.alloc(8 * MIB, "0123456789abcdef");
    const { body } = await ask(await h2(server), { method: "POST", body: content });
    expect(body.equals(content)).toBe(true);
  });

  test("all requests run at the same time, answers come as they are ready", async () => {
    const [first, all] = [gate(), gate()];
    let running = 0;
    const server = await start(async (request) => {
      if (++running === 60) all.open();
      await all.isOpen;
      if (new URL(request.url).pathname === "/first") await first.isOpen;
      return new Response("x");
    });
    const session = await h2(server);
    const late = ask(session, { path: "/first" });
    await Promise.all(Array.from({ length: 59 }, () => ask(session, { method: "PUT", body: "x" })));
    first.open();
    expect((await late).status).toBe(200);
  });

  test("100 Continue is sent when the application begins to read", async () => {
    const reads = gate();
    const server = await start(async (request) => {
      await reads.isOpen;
      return new Response(await request.text());
    });
    const session = await h2(server);
    const stream = session.request(
      { ":method": "POST", expect: "100-continue" },
      { endStream: false },
    );
    const answer = readAnswer(stream);
    const continued = new Promise((resolve) => stream.once("continue", resolve));
    reads.open();
    await continued;
    stream.end("abc");
    expect(await text(answer)).toBe("abc");
  });

  test("throws: 500; its body fails half way: the stream is reset; the connection goes on", async () => {
    const faults: string[] = [];
    const half = () => {
      let turn = 0;
      return new ReadableStream({
        async pull(controller) {
          await tick();
          if (turn++ === 0) controller.enqueue(Buffer.alloc(100_000));
          else controller.error(new Error("disk"));
        },
      });
    };
    const server = await start(
      (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/throws") throw new Error("no");
        return new Response(pathname === "/half" ? half() : "good");
      },
      { onFault: (fault) => faults.push((fault as Error).message) },
    );
    const session = await h2(server);
    expect((await ask(session, { path: "/throws" })).status).toBe(500);
    await expect(ask(session, { path: "/half" })).rejects.toThrow(/INTERNAL_ERROR/);
    expect(await text(ask(session))).toBe("good");
    expect(faults).toEqual(["no", "disk"]);
  });

  test("a client that resets: request.signal is aborted, reading the body is rejected", async () => {
    const [started, ended] = [gate(), gate()];
    let failure: unknown;
    const server = await start(async (request) => {
      request.signal.addEventListener("abort", ended.open);
      started.open();
      failure = await request.text().catch((error: unknown) => error);
      await ended.isOpen;
      return new Response("nobody reads this");
    });
    const client = await raw(server);
    client.send(PREFACE + SETTINGS);
    client.socket.write(frame(HEADERS, 4, 1, POST_BLOCK));
    client.socket.write(frame(DATA, 0, 1, Buffer.from("abc")));
    await started.isOpen;
    // CANCEL.
    client.socket.write(frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8])));
    await ended.isOpen;
    while (failure === undefined) await tick();
    expect(failure).toMatchObject({ code: "STREAM_RESET", wireCode: 8 });
  });

  test("trailers of the request are read, trailers of the answer sent", async () => {
    const server = await start(async (request, info) => {
      const body = await request.text();
      info.setTrailers(["x-length", String(body.length)]);
      return new Response(`${body} ${info.trailers?.get("x-sum")}`);
    });
    const session = await h2(server);
    const answer = await ask(session, { method: "POST", body: "abc", trailers: { "x-sum": "7" } });
    expect(answer.body.toString()).toBe("abc 7");
    expect(answer.trailers).toMatchObject({ "x-length": "3" });
    const none = await ask(session, { method: "POST", body: "" });
    expect([none.body.toString(), none.trailers?.["x-length"]]).toEqual([" undefined", "0"]);
  });

  test("CONNECT is answered with 501", async () => {
    const server = await start(mirror);
    const session = await h2(server);
    const stream = session.request({ ":method": "CONNECT", ":authority": "a:443" });
    stream.end();
    expect((await readAnswer(stream)).status).toBe(501);
  });
});
