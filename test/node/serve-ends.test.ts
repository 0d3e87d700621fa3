// serve(): what bad input gets, times, limits, and the orderly end.

import { type ProtocolError, UsageError } from "tercet";
import { type ServeOptions, serve } from "tercet/node";
import { describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { GET, mirror, raw, start, tick } from "./serving.js";

describe("what bad input gets", () => {
  test("the suggested status and a close; onError is told; other connections go on", async () => {
    const errors: ProtocolError[] = [];
    const server = await start(mirror, { onError: (error) => errors.push(error) });
    const good = await raw(server);
    good.send("GET / HTTP/1.1\r\n");
    const bad = await raw(server);
    bad.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    expect(await bad.untilEnd()).toMatch(/^HTTP\/1\.1 400 [^]*connection: close/i);
    expect(errors.map(({ code }) => code)).toEqual(["H1_HOST_REPEATED"]);
    good.send("Host: a\r\n\r\n");
    await good.until("GET / ");
  });

  test("valid requests before the error are answered, however late", async () => {
    const server = await start(async () => {
      for (let turn = 0; turn < 5; turn++) await tick();
      return new Response("late\n");
    });
    const client = await raw(server);
    client.send(`${GET}${GET}BAD\r\n\r\n`);
    const received = await client.untilEnd();
    expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 400",
    ]);
  });

  test("limits are the server's to set: 431", async () => {
    const server = await start(mirror, { limits: { fieldLineLength: 100 } });
    const client = await raw(server);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${"x".repeat(200)}\r\n\r\n`);
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("a broken body is an error for the application that reads it", async () => {
    let seen: unknown;
    const server = await start(async (request) => {
      seen = await request.text().catch((error: unknown) => error);
      return new Response("never");
    });
    const client = await raw(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toMatchObject({ code: "H1_CHUNK_SIZE_INVALID" });
  });

  test("the HTTP/2 preface is refused with 505 where HTTP/2 is not spoken", async () => {
    const server = await start(mirror, { protocols: ["http/1.1"] });
    const client = await raw(server);
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 505 /);
  });
});

describe("times", () => {
  test("a connection without a request is closed", async () => {
    const server = await start(mirror, { timeouts: { idleMs: 60 } });
    const client = await raw(server);
    client.send(GET);
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a head that never ends is answered with 408", async () => {
    const server = await start(mirror, { timeouts: { headMs: 60, idleMs: 0 } });
    const client = await raw(server);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("the beginning of a head behind a request is not waited for", async () => {
    const server = await start(mirror, { timeouts: { idleMs: 60 } });
    const client = await raw(server);
    client.send(`${GET}GET / HT`);
    expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 408 /);
  });

  test("a body of which no byte comes any more is cut", async () => {
    const server = await start(mirror, { timeouts: { stallMs: 60 } });
    const client = await raw(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    expect(await client.untilEnd()).toBe("");
  });

  test("an application that takes its time is not cut", async () => {
    const server = await start(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 250));
        return new Response("at last");
      },
      { timeouts: { stallMs: 40, headMs: 40, idleMs: 40 } },
    );
    const client = await raw(server);
    client.send(GET);
    await client.until("at last");
  });
});

describe("start and end", () => {
  test.each([
    ["no fetch", {}, "SERVE_FETCH_MISSING"],
    ["quic without a transport", { fetch: mirror, quic: {} }, "SERVE_QUIC_TRANSPORT"],
    ["an aborted signal", { fetch: mirror, signal: AbortSignal.abort() }, "SERVE_ABORTED"],
    ["an unknown timeout", { fetch: mirror, timeouts: { idle: 1 } }, "TIMEOUT_UNKNOWN"],
    ["a timeout below 0", { fetch: mirror, timeouts: { idleMs: -1 } }, "TIMEOUT_INVALID"],
    ["a limit out of range", { fetch: mirror, limits: { fieldCount: -1 } }, "LIMIT_INVALID"],
    ["an unknown limit", { fetch: mirror, limits: { fields: 1 } }, "LIMIT_UNKNOWN"],
    ["no protocol", { fetch: mirror, protocols: [] }, "SERVE_PROTOCOLS_INVALID"],
    ["an unknown protocol", { fetch: mirror, protocols: ["h3"] }, "SERVE_PROTOCOLS_INVALID"],
    ["an unknown setting", { fetch: mirror, h2Settings: { push: 1 } }, "SETTING_UNKNOWN"],
    ["an unknown leniency", { fetch: mirror, lenient: { all: true } }, "LENIENT_UNKNOWN"],
  ])("%s is wrong use", async (_name, options, code) => {
    const failure = await serve(options as ServeOptions).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as UsageError).code).toBe(code);
  });

  test("a port in use is the system's error", async () => {
    const { address } = await start(mirror);
    await expect(serve({ fetch: mirror, port: address.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  test("close(): idle connections end, a request under way is finished with Connection: close", async () => {
    let finish = () => {};
    const mayFinish = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const server = await start(async () => {
      begun();
      await mayFinish;
      return new Response("done");
    });
    const idle = await raw(server);
    const busy = await raw(server);
    busy.send(GET);
    await hasBegun;
    const closed = server.close();
    expect(await idle.untilEnd()).toBe("");
    finish();
    expect(await busy.untilEnd()).toMatch(/connection: close[^]*done$/i);
    await closed;
    expect(server.connectionCount).toBe(0);
  });

  test("the signal closes the server", async () => {
    const controller = new AbortController();
    const server = await start(mirror, { signal: controller.signal });
    const client = await raw(server);
    controller.abort();
    expect(await client.untilEnd()).toBe("");
    await server.close();
  });

  test("close() cuts what does not end in time", async () => {
    const server = await start(() => new Promise<Response>(() => {}), {
      timeouts: { drainMs: 50 },
    });
    const client = await raw(server);
    client.send(GET);
    while (server.connectionCount === 0) await tick();
    await server.close();
    expect(await client.untilEnd()).toBe("");
  });

  test("close() cuts a TLS handshake that was never begun", async () => {
    const server = await start(mirror, { tls: await certificate(), timeouts: { drainMs: 50 } });
    const client = await raw(server);
    for (let turn = 0; turn < 20; turn++) await tick();
    await server.close();
    expect(await client.untilEnd()).toBe("");
  });
});
