// serve() over HTTP/2: windows, what bad input gets, times, and the orderly end.

import http2 from "node:http2";
import type { ProtocolError } from "tercet";
import { describe, expect, test } from "vitest";
import { ask, readAnswer } from "./h2-client.js";
import {
  frame,
  frames,
  GET_BLOCK,
  GOAWAY,
  HEADERS,
  PING,
  PREFACE,
  RST_STREAM,
  SETTINGS,
} from "./h2-frames.js";
import { gate, h2, mirror, raw, start, text, tick } from "./serving.js";

const MIB = 1024 * 1024;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
describe("windows", () => {
  test("a body that is not read stops its own stream and no other", async () => {
    const reads = gate();
    const server = await start(async (request) => {
      if (request.method === "GET") return new Response("quick");
      await reads.isOpen;
      return new Response(String((await request.arrayBuffer()).byteLength));
    });
    const session = await h2(server);
    const stream = session.request({ ":method": "POST" });
    const answer = readAnswer(stream);
    stream.end(Buffer.alloc(8 * MIB));
    for (let turn = 0; turn < 50; turn++) expect(await text(ask(session))).toBe("quick");
    // One window of it has come, 256 KiB, and not more.
    expect(session.state.remoteWindowSize).toBeGreaterThan(MIB / 2);
    reads.open();
    expect(await text(answer)).toBe(String(8 * MIB));
  });

  test("an answer that is not taken stops at its window and stops no other", async () => {
    let made = 0;
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          made += 16_384;
          controller.enqueue(new Uint8Array(16_384));
        },
      });
    const server = await start(
      (request) => new Response(new URL(request.url).pathname === "/endless" ? endless() : "quick"),
    );
    const session = await h2(server);
    const stream = session.request({ ":path": "/endless" });
    stream.on("error", () => {});
    stream.pause();
    for (let turn = 0; turn < 50; turn++) expect(await text(ask(session))).toBe("quick");
    expect(made).toBeLessThan(MIB);
    stream.close(http2.constants.NGHTTP2_CANCEL);
  });

  test("an upload that nobody reads: answered; a little is dropped, much ends the stream", async () => {
    const server = await start(() => new Response("no", { status: 403 }));
    const session = await h2(server);
    const little = await ask(session, { method: "POST", body: Buffer.alloc(200_000) });
    expect([little.status, little.body.toString()]).toEqual([403, "no"]);
    const stream = session.request({ ":method": "POST" }, { endStream: false });
    const answer = readAnswer(stream);
    stream.write(Buffer.alloc(4 * MIB));
    expect((await answer).status).toBe(403);
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    expect((await ask(session)).status).toBe(403);
  });
});

describe("what bad input gets over h2", () => {
  test("too many fields: 431, said to onError; the connection goes on", async () => {
    const errors: ProtocolError[] = [];
    const server = await start(mirror, {
      ...{ limits: { fieldCount: 20 }, onError: (error: ProtocolError) => errors.push(error) },
    });
    const session = await h2(server);
    const headers = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`x-${at}`, "1"]));
    expect((await ask(session, { headers })).status).toBe(431);
    expect((await ask(session)).status).toBe(200);
    expect(errors.map(({ code, scope }) => [code, scope])).toEqual([
      ["H2_FIELD_COUNT_TOO_LARGE", "stream"],
    ]);
  });

  test("a broken frame: GOAWAY; other connections go on", async () => {
    const errors: ProtocolError[] = [];
    const server = await start(mirror, { onError: (error) => errors.push(error) });
    const good = await h2(server);
    const bad = await raw(server);
    // PING of seven bytes.
    bad.send(PREFACE + SETTINGS);
    bad.socket.write(frame(PING, 0, 0, Buffer.from("1234567")));
    await bad.untilEnd();
    const last = frames(await bad.untilLength(0)).at(-1);
    expect(last?.type).toBe(GOAWAY);
    expect(last?.payload.readUInt32BE(4)).toBe(http2.constants.NGHTTP2_FRAME_SIZE_ERROR);
    expect((await ask(good)).status).toBe(200);
    expect(errors.map(({ code }) => code)).toEqual(["H2_FRAME_LENGTH_INVALID"]);
  });
});

describe("times and ends over h2", () => {
  test("a connection without a request is closed with GOAWAY", async () => {
    const server = await start(mirror, { timeouts: { idleMs: 60 } });
    const session = await h2(server);
    let code = -1;
    session.on("goaway", (errorCode) => {
      code = errorCode;
    });
    expect((await ask(session)).status).toBe(200);
    await new Promise((resolve) => session.once("close", resolve));
    expect(code).toBe(http2.constants.NGHTTP2_NO_ERROR);
  });

  test("a connection that is used is not idle, however quick its answers are", async () => {
    const server = await start(mirror, { timeouts: { idleMs: 100 } });
    const session = await h2(server);
    for (let turn = 0; turn < 30; turn++) {
      expect((await ask(session)).status).toBe(200);
      await sleep(10);
    }
  });

  test("a client that never says anything behind the preface is closed", async () => {
    const server = await start(mirror, { timeouts: { idleMs: 60 } });
    const client = await raw(server);
    client.send(PREFACE);
    await client.untilEnd();
  });

  test("a body of which no byte comes any more: its stream is reset, others go on", async () => {
    const server = await start(mirror, { timeouts: { stallMs: 60 } });
    const session = await h2(server);
    const stream = session.request({ ":method": "POST" }, { endStream: false });
    stream.write("half");
    await expect(readAnswer(stream)).rejects.toThrow();
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
    expect((await ask(session)).status).toBe(200);
  });

  test("an answer that nobody takes is reset", async () => {
    const server = await start(() => new Response(new Uint8Array(4 * MIB)), {
      timeouts: { stallMs: 60 },
    });
    const client = await raw(server);
    client.send(PREFACE + SETTINGS);
    client.socket.write(frame(HEADERS, 5, 1, GET_BLOCK));
    const sent = () => client.untilLength(0).then(frames);
    const isReset = async () => (await sent()).some(({ type }) => type === RST_STREAM);
    while (!(await isReset())) await tick();
    const found = (await sent()).find(({ type }) => type === RST_STREAM);
    expect(found?.payload.readUInt32BE(0)).toBe(http2.constants.NGHTTP2_CANCEL);
    // The connection goes on: a PING is answered.
    client.socket.write(frame(PING, 0, 0, Buffer.from("12345678")));
    await client.until("12345678");
  });

  test("an application that takes its time is not cut", async () => {
    const server = await start(
      async () => {
        await sleep(250);
        return new Response("at last");
      },
      { timeouts: { stallMs: 40, headMs: 40, idleMs: 40 } },
    );
    expect(await text(ask(await h2(server)))).toBe("at last");
  });

  test("close(): GOAWAY, the request under way is finished, new ones are refused", async () => {
    const [begun, mayFinish] = [gate(), gate()];
    const server = await start(async () => {
      begun.open();
      await mayFinish.isOpen;
      return new Response("done");
    });
    const [idle, busy] = [await h2(server), await h2(server)];
    const idleClosed = new Promise((resolve) => idle.once("close", resolve));
    const answer = ask(busy);
    await begun.isOpen;
    const closed = server.close();
    await idleClosed;
    mayFinish.open();
    expect(await text(answer)).toBe("done");
    await closed;
    expect(server.connectionCount).toBe(0);
  });
});
