// serve() over HTTP/3: the same application as on the other protocols, with bodies, trailers, many streams, and what bad
// input gets.

import type { ProtocolError } from "tercet";
import { H3Connection } from "tercet/h3";
import { attachQuic, connect, type RequestInfo } from "tercet/node";
import { describe, expect, test } from "vitest";
import { certificate } from "./certificate.js";
import { h3, sleep, startH3, transport, until } from "./quic.js";
import { gate, mirror } from "./serving.js";

const MIB = 1024 * 1024;

describe("messages", () => {
  test("GET, HEAD and POST; what the application is told", async () => {
    let told: RequestInfo | undefined;
    const server = await startH3(async (request, info) => {
      told = info;
      return mirror(request, info);
    });
    expect(server.protocols).toEqual(["h2", "http/1.1", "h3"]);
    const client = await h3(server);
    expect(client.protocol).toBe("h3");
    const got = await client.request({ path: "/a?b" });
    expect([got.status, got.headers.httpVersion]).toEqual([200, "3"]);
    expect(got.headers.get("date")).toMatch(/GMT$/);
    expect(await got.text()).toBe("GET /a?b ");
    expect(await (await client.request({ method: "HEAD" })).text()).toBe("");
    const posted = await client.request({ method: "POST", body: "text" });
    expect(await posted.text()).toBe("POST / text");
    expect(told).toMatchObject({ httpVersion: "3", remoteAddress: "127.0.0.1" });
    expect(told?.timing.head).toBeGreaterThan(told?.timing.accepted ?? 0);
    expect(server.connectionCount).toBe(1);
  });

  test("a megabyte both ways, in pieces and whole", async () => {
    const server = await startH3((request) => new Response(request.body));
    const client = await h3(server);
    const bytes = new Uint8Array(MIB).map((_, at) => at * 7);
    async function* pieces() {
      for (let at = 0; at < MIB; at += 10_000) yield bytes.subarray(at, at + 10_000);
    }
    for (const body of [bytes, pieces()]) {
      const answer = await client.request({ method: "POST", body });
      expect(Buffer.compare(await answer.bytes(), bytes)).toBe(0);
    }
  });

  test("1,000 requests on one connection, 100 at a time", async () => {
    const server = await startH3((request) => new Response(new URL(request.url).pathname));
    const client = await h3(server);
    const paths = Array.from({ length: 1_000 }, (_, at) => `/${at}`);
    const answers = await Promise.all(
      paths.map(async (path) => (await client.request({ path })).text()),
    );
    expect(answers).toEqual(paths);
    expect(server.connectionCount).toBe(1);
  });

  test("trailers both ways", async () => {
    const server = await startH3(async (request, info) => {
      const text = await request.text();
      info.setTrailers(["x-seen", info.trailers?.get("x-check") ?? "none"]);
      return new Response(text);
    });
    const client = await h3(server);
    const answer = await client.request({ method: "POST", body: "a", trailers: ["x-check", "7"] });
    expect(await answer.text()).toBe("a");
    expect(answer.trailers?.get("x-seen")).toBe("7");
  });

  test("100 Continue when the application begins to read", async () => {
    const server = await startH3(mirror);
    const client = await h3(server);
    const headers = { expect: "100-continue" };
    async function* patient() {
      await sleep(50);
      yield Uint8Array.of(97);
    }
    const answer = await client.request({ method: "POST", headers, body: patient() });
    expect(await answer.text()).toBe("POST / a");
    expect(answer.informational.map(({ status }) => status)).toEqual([100]);
  });

  test("Alt-Svc is said on the other protocols, and not twice", async () => {
    const server = await startH3(({ url }) => {
      const headers = url.endsWith("/own") ? { "alt-svc": "clear" } : undefined;
      return new Response("a", { headers });
    });
    const { port } = server.address;
    const client = await connect({ port, tls: { ca: (await certificate()).cert } });
    const value = async (path: string) =>
      (await client.request({ path })).headers.getAll("alt-svc");
    expect(await value("/")).toEqual([`h3=":${port}"; ma=86400`]);
    expect(await value("/own")).toEqual(["clear"]);
    await client.close();
    const answer = await (await h3(server)).request();
    expect(answer.headers.has("alt-svc")).toBe(false);
  });
});

describe("windows", () => {
  test("a body that is not read stops its own stream and no other", async () => {
    const reads = gate();
    let sent = 0;
    const server = await startH3(async (request) => {
      if (request.method === "GET") return new Response("quick");
      await reads.isOpen;
      return new Response(String((await request.arrayBuffer()).byteLength));
    });
    const client = await h3(server);
    async function* pieces() {
      for (let at = 0; at < 8 * MIB; at += 16_384) {
        sent += 16_384;
        yield new Uint8Array(16_384);
      }
    }
    const answer = client.request({ method: "POST", body: pieces() });
    for (let turn = 0; turn < 50; turn++) {
      expect(await (await client.request()).text()).toBe("quick");
    }
    expect(sent).toBeLessThan(2 * MIB);
    reads.open();
    expect(await (await answer).text()).toBe(String(8 * MIB));
  });

  test("an answer that is not read stops at its window and stops no other", async () => {
    let made = 0;
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          made += 16_384;
          controller.enqueue(new Uint8Array(16_384));
        },
      });
    const server = await startH3(
      ({ url }) => new Response(url.endsWith("/endless") ? endless() : "quick"),
    );
    const client = await h3(server);
    const answer = await client.request({ path: "/endless" });
    for (let turn = 0; turn < 50; turn++) {
      expect(await (await client.request()).text()).toBe("quick");
    }
    expect(made).toBeLessThan(4 * MIB);
    for await (const _ of answer.body) break;
  });

  test("an upload that nobody reads is answered, then stopped", async () => {
    let sent = 0;
    const server = await startH3(() => new Response("no", { status: 403 }));
    const client = await h3(server);
    async function* endless() {
      for (;;) {
        sent += 16_384;
        yield new Uint8Array(16_384);
      }
    }
    const answer = await client.request({ method: "POST", body: endless() });
    expect([answer.status, await answer.text()]).toEqual([403, "no"]);
    await until(() => sent > 0);
    expect((await client.request()).status).toBe(403);
    expect(sent).toBeLessThan(8 * MIB);
  });
});

describe("what bad input gets", () => {
  test("too many fields: 431, said to onError; the connection goes on", async () => {
    const errors: ProtocolError[] = [];
    const server = await startH3(mirror, {
      ...{ limits: { fieldCount: 20 }, onError: (error: ProtocolError) => errors.push(error) },
    });
    const client = await h3(server, {}, { limits: {} });
    const headers = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`x-${at}`, "1"]));
    expect((await client.request({ headers })).status).toBe(431);
    expect((await client.request()).status).toBe(200);
    expect(errors.map(({ scope, status }) => [scope, status])).toEqual([["stream", 431]]);
  });

  test("too much content: 413", async () => {
    const server = await startH3(mirror, { limits: { bodyLength: 1_000 } });
    const client = await h3(server);
    const answer = await client.request({ method: "POST", body: new Uint8Array(2_000) });
    expect(answer.status).toBe(413);
    expect((await client.request()).status).toBe(200);
  });

  test("a broken frame closes the connection with its code; others go on", async () => {
    const errors: ProtocolError[] = [];
    const server = await startH3(mirror, { onError: (error) => errors.push(error) });
    const good = await h3(server);
    const { port } = server.address;
    const { cert: ca } = await certificate();
    const quic = await transport.connect?.({ port, host: "127.0.0.1", ca });
    if (quic === undefined) throw new Error("no client");
    const connection = new H3Connection({ role: "client" });
    const attachment = attachQuic(quic, connection, {
      settings() {
        // DATA on the control stream (RFC 9114 section 7.2.1): H3_FRAME_UNEXPECTED.
        quic.write(2, Uint8Array.of(0x00, 0x01, 0x00), false);
      },
    });
    expect(await attachment.closed).toMatchObject({ by: "peer", isApplication: true, code: 0x105 });
    expect((await good.request()).status).toBe(200);
    expect(errors.map(({ scope, wireCode }) => [scope, wireCode])).toEqual([["connection", 0x105]]);
  });

  test("a handler that throws: 500, and one that breaks off: the stream is reset", async () => {
    const server = await startH3(
      ({ url }) => {
        if (url.endsWith("/throws")) throw new Error("no");
        let count = 0;
        const body = new ReadableStream({
          async pull(controller) {
            if (count++ > 2) throw new Error("broken");
            await new Promise((resolve) => setTimeout(resolve, 5));
            controller.enqueue(new Uint8Array(10));
          },
        });
        return new Response(body);
      },
      { onFault: () => {} },
    );
    const client = await h3(server);
    expect((await client.request({ path: "/throws" })).status).toBe(500);
    const answer = await client.request({ path: "/breaks" });
    await expect(answer.bytes()).rejects.toMatchObject({ code: "STREAM_RESET", wireCode: 0x102 });
    expect((await client.request({ path: "/throws" })).status).toBe(500);
  });
});
