// One suite for every adapter, HTTP/2: the same cases on attach() over net and tls and on connectionStreams() over
// WHATWG streams, with node:http2 as the client, and raw bytes where it would not send them.

import { constants } from "node:http2";
import type { ConnectionEvent, RequestHead } from "tercet";
import type { H2Connection, H2Options } from "tercet/h2";
import { afterEach, describe, expect, test } from "vitest";
import { ask, readAnswer, sessionOn } from "./h2-client.js";
import {
  DATA,
  frame,
  frames,
  GET_BLOCK,
  GOAWAY,
  HEADERS,
  PREFACE,
  RST_STREAM,
  SETTINGS,
} from "./h2-frames.js";
import { type Link, type Listening, type OnBatch, TRANSPORTS } from "./transports.js";

const MIB = 1024 * 1024;
/** What may be in memory on one connection beside what the peer has not sent: buffers of the kernel not counted. */
const MEMORY_BOUND = 2.5 * MIB;

type H2Link = Link<H2Connection>;

/** Answers each complete request with its number. */
const hello: OnBatch<H2Connection> = (events, { connection }) => {
  for (const event of events) {
    if (event.type === "end") {
      connection.sendResponse(event.streamId, {
        ...{ status: 200, headers: [], content: `hello ${event.streamId}\n` },
      });
    }
  }
};

/** Sends the content back while it comes in, with a trailer behind. */
const echo: OnBatch<H2Connection> = (events, { connection }) => {
  for (const event of events) {
    if (event.type === "head") {
      connection.sendResponse(event.streamId, { status: 200, headers: [] });
    } else if (event.type === "data") connection.sendData(event.streamId, event.bytes);
    else if (event.type === "end") connection.sendTrailers(event.streamId, ["x-done", "yes"]);
  }
};

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Content of many bytes: each 4 hold their position. */
function pattern(length: number, from = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE((from + at) >>> 0, at);
  return bytes;
}

describe.each(TRANSPORTS)("$name, h2", ({ name, listenH2 }) => {
  let server: Listening<H2Connection> | undefined;
  const scheme = name.includes("tls") ? "https" : "http";

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(onBatch: OnBatch<H2Connection>, options: Partial<H2Options> = {}) {
    server = await listenH2(onBatch, options);
    return { server, session: sessionOn(await server.dial(), scheme) };
  }

  async function startRaw(onBatch: OnBatch<H2Connection>, options: Partial<H2Options> = {}) {
    server = await listenH2(onBatch, options);
    const client = await server.connect();
    client.send(PREFACE + SETTINGS);
    return { server, client };
  }

  test("request after request, then fifty at once", async () => {
    const { session } = await start(hello);
    for (const streamId of [1, 3, 5]) {
      const { status, body } = await ask(session);
      expect([status, body.toString()]).toEqual([200, `hello ${streamId}\n`]);
    }
    const all = await Promise.all(Array.from({ length: 50 }, () => ask(session)));
    expect(new Set(all.map(({ body }) => body.toString())).size).toBe(50);
    session.close();
  });

  test("the preface and a request, byte after byte", async () => {
    const { client } = await startRaw(hello);
    for (const byte of frame(HEADERS, 5, 1, GET_BLOCK)) {
      client.socket.write(Buffer.from([byte]));
      await tick();
    }
    await client.until("hello 1\n");
  });

  test("answers out of order: the quick one does not wait for the slow one", async () => {
    let slow: (() => void) | undefined;
    const { session } = await start((events, { connection, flush }) => {
      for (const event of events) {
        if (event.type !== "head") continue;
        const answer = () => {
          connection.sendResponse(event.streamId, { status: 200, headers: [], content: "x" });
          flush();
        };
        if ((event.head as RequestHead).path === "/slow") slow = answer;
        else answer();
      }
    });
    const late = ask(session, { path: "/slow" });
    expect((await ask(session, { path: "/quick" })).status).toBe(200);
    slow?.();
    expect((await late).status).toBe(200);
  });

  test("echo: a megabyte comes back whole, trailers behind", async () => {
    const { session } = await start(echo);
    const content = pattern(MIB);
    const { body, trailers } = await ask(session, { method: "POST", body: content });
    expect(body.equals(content)).toBe(true);
    expect(trailers).toMatchObject({ "x-done": "yes" });
  });

  test("trailers of the request, 103 before the answer, HEAD", async () => {
    const { session } = await start((events, { connection }) => {
      for (const event of events) {
        if (event.type === "trailers") {
          connection.sendInformational(event.streamId, { status: 103, headers: ["link", "</a>"] });
          const sum = event.trailers.get("x-sum") ?? "none";
          connection.sendResponse(event.streamId, { status: 200, headers: [], content: sum });
        } else if (event.type === "head" && (event.head as RequestHead).method === "HEAD") {
          connection.sendResponse(event.streamId, {
            ...{ status: 200, headers: ["content-length", "77"] },
          });
        }
      }
    });
    const answer = await ask(session, { method: "POST", body: "abc", trailers: { "x-sum": "7" } });
    expect([answer.informational, answer.status, answer.body.toString()]).toEqual([
      [103],
      200,
      "7",
    ]);
    const head = await ask(session, { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "77", 0]);
  });

  test("a large answer to a slow reader: all of it, in bounded memory", async () => {
    const length = 24 * MIB;
    let [worst, sent] = [0, 0];
    const more = ({ connection, socket }: H2Link, streamId: number) => {
      while (sent < length) {
        const hasRoom = connection.sendData(streamId, pattern(64 * 1024, sent));
        sent += 64 * 1024;
        worst = Math.max(worst, connection.bufferedAmount + socket.writableLength);
        if (!hasRoom) return;
      }
      connection.sendEnd(streamId);
    };
    const { session } = await start((events, link) => {
      for (const event of events) {
        if (event.type === "end") {
          link.connection.sendResponse(event.streamId, { status: 200, headers: [], body: length });
          more(link, event.streamId);
        } else if (event.type === "writable") more(link, event.streamId);
      }
    });
    const stream = session.request({ ":path": "/" });
    let content = 0;
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      const at = (4 - (content % 4)) % 4;
      if (at + 4 <= bytes.length && bytes.readUInt32BE(at) !== content + at)
        throw new Error("wrong");
      content += bytes.length;
      if (content % 16 === 0) await tick();
    }
    expect(content).toBe(length);
    expect(worst).toBeLessThan(MEMORY_BOUND);
  });

  test("a large upload to a slow consumer: all of it, in bounded memory", async () => {
    const length = 24 * MIB;
    let [consumed, worst] = [0, 0];
    const { session } = await start(async (events, { connection, socket }) => {
      worst = Math.max(worst, socket.bytesRead - consumed);
      for (const event of events) {
        if (event.type === "data") consumed += event.bytes.length;
        if (event.type === "end") {
          connection.sendResponse(event.streamId, {
            ...{ status: 200, headers: [], content: `${consumed}!` },
          });
        }
      }
      await tick();
    });
    const { body } = await ask(session, { method: "POST", body: Buffer.alloc(length) });
    expect(body.toString()).toBe(`${length}!`);
    expect(worst).toBeLessThan(MEMORY_BOUND);
  });

  test("window manual: what is not consumed is not sent, and other streams go on", async () => {
    let received = 0;
    const window = 65_535;
    const onBatch: OnBatch<H2Connection> = (events, link) => {
      for (const event of events) if (event.type === "data") received += event.bytes.length;
      return hello(events, link);
    };
    const { server, session } = await start(onBatch, {
      ...{ window: "manual", settings: { initialWindowSize: window } },
    });
    const stalled = session.request({ ":method": "POST" });
    const answer = readAnswer(stalled);
    stalled.end(Buffer.alloc(3 * window));
    while (received < window) await tick();
    expect((await ask(session)).status).toBe(200);
    expect(received).toBe(window);
    const { connection } = server.links[0] as H2Link;
    const flush = (server.links[0] as H2Link).flush;
    for (let given = 0; given < 3 * window; ) {
      if (received > given) {
        connection.consume(1, received - given);
        given = received;
        flush();
      }
      await tick();
    }
    expect((await answer).status).toBe(200);
  });

  test("half close: a client that ended its side gets its answer", async () => {
    const { client } = await startRaw(async (events, link) => {
      await tick();
      await hello(events, link);
    });
    client.socket.write(frame(HEADERS, 5, 1, GET_BLOCK));
    client.finish();
    expect(await client.untilEnd()).toContain("hello 1\n");
  });

  test("a malformed request resets its stream, and the connection goes on", async () => {
    const seen: string[] = [];
    const { client } = await startRaw((events, link) => {
      for (const event of events) if (event.type === "error") seen.push(event.error.code);
      return hello(events, link);
    });
    // A literal behind: te: gzip.
    const te = Buffer.concat([GET_BLOCK, Buffer.from("\0\x02te\x04gzip")]);
    client.socket.write(frame(HEADERS, 5, 1, te));
    client.socket.write(frame(HEADERS, 5, 3, GET_BLOCK));
    await client.until("hello 3\n");
    const reset = frames(await client.untilLength(0)).find(({ type }) => type === RST_STREAM);
    expect(reset?.streamId).toBe(1);
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect(seen).toEqual(["H2_TE_INVALID"]);
  });

  test("bad frames: GOAWAY with the code, then the end", async () => {
    const seen: string[] = [];
    const { client, server } = await startRaw((events, link) => {
      for (const event of events) if (event.type === "error") seen.push(event.error.code);
      return hello(events, link);
    });
    client.socket.write(frame(HEADERS, 5, 1, GET_BLOCK));
    await client.until("hello 1\n");
    // DATA on stream 0.
    client.socket.write(frame(DATA, 0, 0, Buffer.from("x")));
    await client.untilEnd();
    const last = frames(await client.untilLength(0)).at(-1);
    expect(last?.type).toBe(GOAWAY);
    expect(last?.payload.readUInt32BE(0)).toBe(1);
    expect(last?.payload.readUInt32BE(4)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect(seen).toHaveLength(1);
    expect(server.links[0]?.connection.state).toBe("failed");
  });

  test("what is no HTTP/2 is refused", async () => {
    const { client } = await startRaw(hello);
    const other = await (server as Listening<H2Connection>).connect();
    other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await other.untilEnd();
    client.socket.write(frame(HEADERS, 5, 1, GET_BLOCK));
    await client.until("hello 1\n");
  });

  test("a deadline is kept: SETTINGS that are never acknowledged", async () => {
    const seen: string[] = [];
    const { client } = await startRaw(
      (events) => {
        for (const event of events) if (event.type === "error") seen.push(event.error.code);
      },
      { limits: { settingsTimeout: 30 } },
    );
    await client.untilEnd();
    const last = frames(await client.untilLength(0)).at(-1);
    expect(last?.payload.readUInt32BE(4)).toBe(constants.NGHTTP2_SETTINGS_TIMEOUT);
    expect(seen).toEqual(["H2_SETTINGS_TIMEOUT"]);
  });

  test("graceful close: GOAWAY, what is under way is finished, then the end", async () => {
    const { server, session } = await start(async (events, link) => {
      for (const event of events) if (event.type === "head") link.connection.close();
      link.flush();
      await tick();
      await hello(events, link);
    });
    let goaways = 0;
    session.on("goaway", () => goaways++);
    const closed = new Promise((resolve) => session.once("close", resolve));
    expect((await ask(session)).status).toBe(200);
    await closed;
    expect(goaways).toBeGreaterThan(0);
    while (server.links[0]?.connection.state !== "closed") await tick();
  });

  test("a client that resets a stream, and one that resets the connection", async () => {
    const events: ConnectionEvent[] = [];
    const { server, session } = await start((batch) => {
      events.push(...batch);
    });
    const stream = session.request({ ":method": "POST" }, { endStream: false });
    stream.on("error", () => {});
    while (!events.some(({ type }) => type === "head")) await tick();
    stream.close(constants.NGHTTP2_CANCEL);
    while (!events.some(({ type }) => type === "reset")) await tick();
    expect(events.at(-1)).toMatchObject({ type: "reset", code: constants.NGHTTP2_CANCEL });
    const { socket } = server.links[0] as H2Link;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    session.destroy();
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});
