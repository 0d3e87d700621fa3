// One suite for every adapter: the same cases on attach() over net and tls and on connectionStreams() over WHATWG
// streams. An adapter that is added is added to transports.ts, and must pass this.

import type { ConnectionEvent, RequestHead } from "tercet";
import { afterEach, describe, expect, test } from "vitest";
import type { RawClient } from "./raw-client.js";
import { type Link, type Listening, type OnBatch, TRANSPORTS } from "./transports.js";

const MIB = 1024 * 1024;
/** What may be in memory on one connection beside what the peer has not sent: buffers of the kernel not counted. */
const MEMORY_BOUND = 2.5 * MIB;

/** Answers each complete request with its method, path and number. */
const hello: OnBatch = (events, { connection }) => {
  for (const event of events) {
    if (event.type === "end") {
      connection.sendResponse(event.streamId, {
        status: 200,
        headers: [],
        content: `hello ${event.streamId}\n`,
      });
    }
  }
};

/** Sends the content back while it comes in; the connection pauses reading when too much waits to be sent. */
const echo: OnBatch = (events, { connection }) => {
  for (const event of events) {
    if (event.type === "head")
      connection.sendResponse(event.streamId, { status: 200, headers: [] });
    else if (event.type === "data") connection.sendData(event.streamId, event.bytes);
    else if (event.type === "end") connection.sendEnd(event.streamId);
  }
};

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Content of many bytes: each 4 hold their position. */
function pattern(length: number, from = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE((from + at) >>> 0, at);
  return bytes;
}

describe.each(TRANSPORTS)("$name", ({ listen }) => {
  let server: Listening | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(onBatch: OnBatch): Promise<{ server: Listening; client: RawClient }> {
    server = await listen(onBatch);
    return { server, client: await server.connect() };
  }

  test("keep-alive: request after request on one connection", async () => {
    const { client } = await start(hello);
    for (let number = 1; number <= 3; number++) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until(`hello ${number}\n`);
    }
    expect(client.received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  test("a request in two pieces, byte after byte", async () => {
    const { client } = await start(hello);
    for (const char of "GET / HTTP/1.1\r\nHost: a\r\n\r\n") {
      client.send(char);
      await tick();
    }
    await client.until("hello 1\n");
  });

  test("Connection: close: the answer, then the end", async () => {
    const { client } = await start(hello);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(await client.untilEnd()).toMatch(/connection: close\r\n[^]*hello 1\n$/i);
  });

  test("echo: a chunked megabyte comes back whole", async () => {
    const { client } = await start(echo);
    const content = pattern(MIB);
    client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    );
    for (let at = 0; at < MIB; at += 50_000) {
      const piece = content.subarray(at, at + 50_000);
      client.send(`${piece.length.toString(16)}\r\n`);
      client.socket.write(piece);
      client.send("\r\n");
    }
    client.send("0\r\n\r\n");
    const received = await client.untilEnd();
    expect(dechunked(received).equals(content)).toBe(true);
  });

  test("pipelining: 200 requests in one write, answered late and in order", async () => {
    const { client } = await start(async (events, link) => {
      for (const event of events) {
        if (event.type !== "end") continue;
        // The odd ones are answered later than those behind them.
        if (event.streamId % 2 === 0) answer(link, event.streamId);
        else void tick().then(() => answer(link, event.streamId));
      }
    });
    const answer = ({ connection, flush }: Link, streamId: number) => {
      connection.sendResponse(streamId, { status: 200, headers: [], content: `<${streamId}>` });
      flush();
    };
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
    await client.until("<200>");
    const order = [...client.received.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
    expect(order).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  });

  test("pipelining beyond what may be held: reading pauses, all are answered", async () => {
    const { client, server } = await start((events, link) => {
      // The loop goes on before the answers are there: only the connection can stop it.
      void tick().then(async () => {
        await hello(events, link);
        link.flush();
      });
    });
    // Three times the limit heldLength.
    const request = `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(3_000)}\r\n\r\n`;
    client.send(request.repeat(1_000));
    await client.until("hello 1000\n");
    expect(server.links[0]?.connection.state).toBe("open");
  });

  test("a large answer to a slow reader: all of it, in bounded memory", async () => {
    const length = 24 * MIB;
    let worst = 0;
    let sent = 0;
    const more = ({ connection, socket }: Link, streamId: number) => {
      while (sent < length) {
        const hasRoom = connection.sendData(streamId, pattern(64 * 1024, sent));
        sent += 64 * 1024;
        worst = Math.max(worst, connection.bufferedAmount + socket.writableLength);
        if (!hasRoom) return;
      }
      connection.sendEnd(streamId);
    };
    const { client } = await start((events, link) => {
      for (const event of events) {
        if (event.type === "end") {
          link.connection.sendResponse(event.streamId, { status: 200, headers: [], body: length });
          more(link, event.streamId);
        } else if (event.type === "writable") more(link, event.streamId);
      }
    });
    const found = await slowRead(client, length);
    expect(found).toBe(length);
    expect(worst).toBeLessThan(MEMORY_BOUND);
  });

  test("a large upload to a slow consumer: all of it, in bounded memory", async () => {
    const length = 24 * MIB;
    let consumed = 0;
    let worst = 0;
    const { client } = await start(async (events, { connection, socket }) => {
      worst = Math.max(worst, socket.bytesRead - consumed);
      for (const event of events) {
        if (event.type === "data") consumed += event.bytes.length;
        if (event.type === "end") {
          connection.sendResponse(event.streamId, {
            status: 200,
            headers: [],
            content: `${consumed}!`,
          });
        }
      }
      await tick();
      await tick();
    });
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    for (let at = 0; at < length; at += 256 * 1024) {
      const hasRoom = client.socket.write(pattern(256 * 1024, at));
      if (!hasRoom) await new Promise((resolve) => client.socket.once("drain", resolve));
    }
    await client.until(`${length}!`);
    expect(worst).toBeLessThan(MEMORY_BOUND);
  });

  test("half close: a client that ended its side gets its answers", async () => {
    const { client } = await start(async (events, link) => {
      await tick();
      await hello(events, link);
    });
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
    client.finish();
    expect(await client.untilEnd()).toMatch(/hello 1\n[^]*hello 2\n$/);
  });

  test("bad input: what was valid is answered, then 400 and the end", async () => {
    const seen: string[] = [];
    const { client, server } = await start((events, link) => {
      seen.push(...events.map((event) => (event.type === "error" ? event.error.code : event.type)));
      return hello(events, link);
    });
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : b\r\n\r\n");
    const received = await client.untilEnd();
    expect(received).toMatch(/^HTTP\/1\.1 200 OK[^]*hello 1\nHTTP\/1\.1 400 Bad Request\r\n/);
    expect(received).toMatch(/connection: close/i);
    expect(seen).toEqual(["head", "end", "H1_SPACE_BEFORE_COLON"]);
    expect(server.links[0]?.connection.state).toBe("failed");
  });

  test("bad input of one client is not noticed by another", async () => {
    const { client, server } = await start(hello);
    client.send("GET / HTTP/1.1\r\nHo");
    const broken = await server.connect();
    broken.send("BAD\r\n\r\n");
    expect(await broken.untilEnd()).toMatch(/^HTTP\/1\.1 400/);
    client.send("st: a\r\n\r\n");
    await client.until("hello 1\n");
  });

  test("100-continue: the client waits, is told, and sends", async () => {
    const { client } = await start((events, { connection }) => {
      for (const event of events) {
        if (event.type === "head" && (event.head as RequestHead).expectsContinue) {
          connection.sendInformational(event.streamId, { status: 100, headers: [] });
        }
        if (event.type === "end") {
          connection.sendResponse(event.streamId, { status: 200, headers: [], content: "thanks" });
        }
      }
    });
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    await client.until("thanks");
  });

  test("Upgrade: bytes behind the head wait for 101, then both sides speak freely", async () => {
    const { client } = await start(async (events, link) => {
      for (const event of events) {
        if (event.type === "tunnel") {
          const text = Buffer.from(event.bytes).toString("latin1").toUpperCase();
          link.connection.sendData(event.streamId, Buffer.from(text));
        } else if (event.type === "end") {
          const { streamId } = event;
          // Not at once: what comes behind the request must wait meanwhile.
          void tick().then(() => {
            link.connection.sendInformational(streamId, {
              status: 101,
              headers: ["connection", "upgrade", "upgrade", "shout"],
            });
            link.flush();
          });
        }
      }
    });
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nearly ");
    await client.until("EARLY ");
    client.send("late");
    expect(await client.until("LATE")).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  });

  test("CONNECT: a tunnel after 200", async () => {
    const { client } = await start((events, { connection }) => {
      for (const event of events) {
        if (event.type === "end")
          connection.sendResponse(event.streamId, { status: 200, headers: [] });
        if (event.type === "tunnel") connection.sendData(event.streamId, event.bytes);
      }
    });
    client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    await client.until("\r\n\r\n");
    client.send("anything\r\n\r\n");
    await client.until("anything\r\n\r\n");
  });

  test("a client that ends in the middle of a body is an error, and the connection ends", async () => {
    const events: ConnectionEvent[] = [];
    const { client } = await start((batch) => {
      events.push(...batch);
    });
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    client.finish();
    await client.untilEnd();
    const last = events.at(-1);
    expect(last?.type === "error" && last.error.code).toBe("H1_BODY_INCOMPLETE");
  });

  test("a client that resets is gone, and nothing is thrown", async () => {
    const { client, server } = await start(hello);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    while (server.links[0] === undefined || server.links[0].socket.bytesRead === 0) await tick();
    const { socket } = server.links[0];
    const closed = new Promise((resolve) => socket.once("close", resolve));
    client.destroy();
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});

/** Reads with pauses; every byte is checked. Gives the length of the content. */
async function slowRead(client: RawClient, length: number): Promise<number> {
  client.socket.removeAllListeners("data");
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let content = 0;
  let head = "";
  for await (const chunk of client.socket as AsyncIterable<Buffer>) {
    let bytes = chunk;
    if (content === 0 && !head.includes("\r\n\r\n")) {
      head += bytes.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      bytes = Buffer.from(head.slice(end + 4), "latin1");
    }
    for (let at = (4 - (content % 4)) % 4; at + 4 <= bytes.length; at += 4096) {
      if (bytes.readUInt32BE(at) !== (content + at) >>> 0)
        throw new Error(`wrong byte at ${content + at}`);
    }
    content += bytes.length;
    if (content >= length) break;
    if (content % 16 === 0) await tick();
  }
  return content;
}

/** The content of a chunked response. */
function dechunked(response: string): Buffer {
  const pieces: Buffer[] = [];
  let at = response.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const lineEnd = response.indexOf("\r\n", at);
    const size = Number.parseInt(response.slice(at, lineEnd), 16);
    if (size === 0 || Number.isNaN(size)) return Buffer.concat(pieces);
    pieces.push(Buffer.from(response.slice(lineEnd + 2, lineEnd + 2 + size), "latin1"));
    at = lineEnd + 2 + size + 2;
  }
}
