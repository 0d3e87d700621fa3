// HTTP/3 in serve() and connect(): how streams and connections end, in order and out of it, and times.

import { H3Connection } from "tercet/h3";
import { attachQuic, QuicError, serve } from "tercet/node";
import { describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { h3, sleep, startH3, transport, until } from "./quic.js";
import { gate, mirror } from "./serving.js";

describe("streams", () => {
  test("a client that gives up: the application's signal is aborted, the connection goes on", async () => {
    const aborted: unknown[] = [];
    const server = await startH3((request) => {
      if (request.method === "POST") return mirror(request, {} as never);
      return new Promise<Response>((_resolve, reject) => {
        request.signal.addEventListener("abort", () => {
          aborted.push(request.signal.reason);
          reject(new Error("given up"));
        });
      });
    });
    const client = await h3(server);
    const attachment = (client as unknown as { attachment: { connection: H3Connection } })
      .attachment;
    void client.request().catch(() => {});
    await sleep(30);
    attachment.connection.reset(0, 0x10c);
    const answer = client.request({ method: "POST", body: "on" });
    expect(await (await answer).text()).toBe("POST / on");
    await until(() => aborted.length === 1);
    expect(aborted).toMatchObject([{ code: "STREAM_RESET", wireCode: 0x10c }]);
  });

  test("a body that is left early is cancelled on the server", async () => {
    let isCancelled = false;
    const server = await startH3(() => {
      const body = new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(10_000));
        },
        cancel() {
          isCancelled = true;
        },
      });
      return new Response(body);
    });
    const client = await h3(server);
    const answer = await client.request();
    for await (const _ of answer.body) break;
    await until(() => isCancelled);
    expect(client.isOpen).toBe(true);
  });

  test("so is one that comes slower than the connection takes it", async () => {
    let isCancelled = false;
    const server = await startH3(() => {
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve));
          if (!isCancelled) controller.enqueue(new Uint8Array(1));
        },
        cancel() {
          isCancelled = true;
        },
      });
      return new Response(body);
    });
    const client = await h3(server);
    const answer = await client.request();
    for await (const _ of answer.body) break;
    await until(() => isCancelled);
    expect(client.isOpen).toBe(true);
  });

  test("a request body that fails: the server sees a reset", async () => {
    let failure: unknown;
    const server = await startH3(async (request) => {
      await request.arrayBuffer().catch((error: unknown) => {
        failure = error;
      });
      return new Response("too late");
    });
    const client = await h3(server);
    async function* broken() {
      yield new Uint8Array(10);
      await sleep(10);
      throw new Error("no more");
    }
    await expect(client.request({ method: "POST", body: broken() })).rejects.toThrow("no more");
    await until(() => failure !== undefined);
    expect(failure).toMatchObject({ code: "STREAM_RESET", wireCode: 0x10c });
  });
});

describe("the end of a connection", () => {
  test("close() of the client: after the answers under way, H3_NO_ERROR", async () => {
    const opens = gate();
    const server = await startH3(async () => {
      await opens.isOpen;
      return new Response("at last");
    });
    const client = await h3(server);
    const answer = client.request();
    const closed = client.close();
    await expect(client.request()).rejects.toThrow();
    opens.open();
    expect(await (await answer).text()).toBe("at last");
    await closed;
    await until(() => server.connectionCount === 0);
  });

  test("close() of the server: GOAWAY, answers under way, then the end", async () => {
    const opens = gate();
    const server = await startH3(async () => {
      await opens.isOpen;
      return new Response(new Uint8Array(300_000));
    });
    const client = await h3(server);
    const answer = client.request();
    await sleep(30);
    const closed = server.close();
    await until(() => !client.isOpen);
    await expect(client.request()).rejects.toThrow();
    opens.open();
    expect((await (await answer).bytes()).length).toBe(300_000);
    await closed;
    await client.closed;
    expect(server.connectionCount).toBe(0);
  });

  test("an answer that takes longer than drainMs is cut", async () => {
    const server = await startH3(() => new Promise<Response>(() => {}), {
      timeouts: { drainMs: 60 },
    });
    const client = await h3(server);
    const answer = client.request();
    await sleep(30);
    await server.close();
    await expect(answer).rejects.toBeInstanceOf(Error);
  });

  test("destroy() of either side fails what is under way", async () => {
    const server = await startH3(() => new Promise<Response>(() => {}));
    const client = await h3(server);
    const answer = client.request();
    await sleep(20);
    client.destroy(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    await client.closed;
    await until(() => server.connectionCount === 0);
  });

  test("a signal ends client and server", async () => {
    const ends = new AbortController();
    const server = await startH3(() => new Promise<Response>(() => {}), {
      signal: ends.signal,
      timeouts: { drainMs: 50 },
    });
    const own = new AbortController();
    const client = await h3(server, {}, { signal: own.signal });
    const answer = client.request();
    own.abort(new Error("changed my mind"));
    await expect(answer).rejects.toThrow("changed my mind");
    await client.closed;
    ends.abort();
    await server.close();
  });

  test("a connection without a request is closed", async () => {
    const server = await startH3(mirror, { timeouts: { idleMs: 80 } });
    const client = await h3(server);
    expect((await client.request()).status).toBe(200);
    await client.closed;
    expect(client.isOpen).toBe(false);
    await until(() => server.connectionCount === 0);
  });

  test("an upload that stalls ends its stream", async () => {
    const server = await startH3(mirror, { timeouts: { stallMs: 80 } });
    const client = await h3(server);
    async function* stalling() {
      yield new Uint8Array(10);
      await sleep(2_000);
    }
    const answer = client.request({ method: "POST", body: stalling() });
    await expect(answer).rejects.toMatchObject({ code: "STREAM_RESET", wireCode: 0x10c });
    expect((await client.request()).status).toBe(200);
  });

  test("silence: both ends see it by themselves", async () => {
    const server = await startH3(mirror, { timeouts: { idleMs: 0 } }, { idleTimeoutMs: 120 });
    const client = await h3(server);
    expect((await client.request()).status).toBe(200);
    await client.closed;
    await until(() => server.connectionCount === 0);
    await expect(client.request()).rejects.toMatchObject({ code: "QUIC_TIMEOUT" });
  });

  test("more connections than maxConnections are turned away", async () => {
    const server = await startH3(mirror, { maxConnections: 1 });
    const first = await h3(server);
    const second = await h3(server);
    await second.closed;
    await expect(second.request()).rejects.toMatchObject({ close: { code: 0x107 } });
    expect((await first.request()).status).toBe(200);
  });
});

describe("what cannot work", () => {
  test("nobody is there", async () => {
    const server = await startH3(mirror);
    await server.close();
    await expect(h3(server)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a certificate that nobody trusts, or of another name", async () => {
    const server = await startH3(mirror);
    const strangers = h3(server, {}, { tls: {} });
    await expect(strangers).rejects.toBeInstanceOf(QuicError);
    await expect(strangers).rejects.toMatchObject({ code: "QUIC_HANDSHAKE_FAILED" });
    const { cert: ca } = await certificate();
    for (const servername of ["example.org", "127.0.0.2"]) {
      await expect(h3(server, {}, { tls: { ca, servername } })).rejects.toBeInstanceOf(QuicError);
    }
    const named = await h3(server, {}, { tls: { ca, servername: "localhost" } });
    expect((await named.request()).status).toBe(200);
    const unchecked = await h3(server, {}, { tls: { rejectUnauthorized: false } });
    expect((await unchecked.request()).status).toBe(200);
  });

  test("another protocol in ALPN", async () => {
    const server = await startH3(mirror);
    await expect(h3(server, { alpn: ["hq-interop"] })).rejects.toMatchObject({
      code: "QUIC_HANDSHAKE_FAILED",
    });
  });

  test("a handshake that is given up", async () => {
    const server = await startH3(mirror);
    const signal = AbortSignal.abort(new Error("not now"));
    await expect(h3(server, {}, { signal })).rejects.toThrow("not now");
  });

  test.each([
    ["no transport", { quic: {} }, "SERVE_QUIC_TRANSPORT"],
    ["no tls", { quic: { transport } }, "SERVE_QUIC_TLS"],
    [
      "keys that are none",
      { tls: {}, quic: { transport, key: "a", cert: "b" } },
      "QUIC_CERTIFICATE_INVALID",
    ],
    [
      "a setting that does not exist",
      { quic: { transport, h3Settings: { push: 1 } } },
      "SETTING_UNKNOWN",
    ],
  ])("%s is wrong use", async (_name, options, code) => {
    const made = code === "SETTING_UNKNOWN" ? { tls: await certificate() } : {};
    const failure = serve({ fetch: mirror, ...made, ...options } as Parameters<typeof serve>[0]);
    await expect(failure).rejects.toMatchObject({ code });
  });

  test("a port that is taken on UDP", async () => {
    const first = await startH3(mirror);
    const { port } = first.address;
    await expect(startH3(mirror, { port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("attachQuic", () => {
  test("joins an H3Connection with a handler, and says how it ended", async () => {
    const server = await startH3(mirror);
    const { port } = server.address;
    const { cert: ca } = await certificate();
    const quic = await transport.connect?.({ port, host: "127.0.0.1", ca });
    if (quic === undefined) throw new Error("no client");
    const connection = new H3Connection({ role: "client" });
    const log: string[] = [];
    const attachment = attachQuic(quic, connection, {
      head: (streamId, head) => log.push(`${streamId} ${head.status}`),
      data: (streamId, bytes) => log.push(`${streamId} ${Buffer.from(bytes)}`),
      end: (streamId) => {
        log.push(`${streamId} end`);
        attachment.end();
      },
    });
    connection.sendRequest({
      method: "GET",
      path: "/x",
      authority: "a",
      scheme: "https",
      headers: [],
      body: "none",
    });
    attachment.flush();
    expect(await attachment.closed).toMatchObject({ by: "us", isApplication: true, code: 0x100 });
    expect(log).toEqual(["0 200", "0 GET /x ", "0 end"]);
    expect(quic.timing.received).toBeGreaterThan(0);
    expect(quic.timing.receiveMs).toBeGreaterThan(0);
    expect(quic.timing.sendMs).toBeGreaterThan(0);
    expect(quic.timing.openedAt).toBeGreaterThan(quic.timing.startedAt);
  });
});
