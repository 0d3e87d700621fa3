// Inputs larger than what the engine takes in at once (a window of 64 KiB, a tape of 128 KiB, carry buffers of several
// sizes): the outcome is the same as for small ones. Cuts are sampled, because every cut of these would take minutes.

import { H1_LIMITS } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { feed, GET, type ReadOptions, readPieces } from "../helpers/h1-drive.js";
import { ascii, errorOf, logOf, type Message, messagesOf } from "../helpers/h1-log.js";
import { chunkedRequest, request } from "../helpers/h1-table.js";
import { cutAt, randomPieces } from "../helpers/pieces.js";

const KIB = 1024;

/** Reads an input whole, at some cuts and in random pieces; all must be equal. Gives the messages. */
function read(role: "server" | "client", input: string, options: ReadOptions = {}): Message[] {
  const bytes = ascii(input);
  const whole = readPieces(role, [bytes], options);
  const log = logOf(whole).join("\n");
  const positions = [1, 17, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, bytes.length - 1];
  const ways = positions.filter((at) => at > 0 && at < bytes.length).map((at) => cutAt(bytes, at));
  for (const longest of [7, 1500, 70_000]) ways.push(randomPieces(bytes, longest, longest));
  for (const [way, pieces] of ways.entries()) {
    const same = logOf(readPieces(role, pieces, options)).join("\n") === log;
    if (!same) expect(same, `way ${way} of ${ways.length}`).toBe(true);
  }
  expect(errorOf(whole)).toBeUndefined();
  return messagesOf(whole);
}

const MANY: ReadOptions = { limits: { pipelineCount: 100_000 } };

describe("many messages in one chunk", () => {
  test("ten thousand requests", () => {
    const count = 10_000;
    const wire = Array.from({ length: count }, (_, at) => request(`GET /${at} HTTP/1.1`)).join("");
    const messages = read("server", wire, MANY);
    expect(messages.map(({ target }) => target)).toEqual(
      Array.from({ length: count }, (_, at) => `/${at}`),
    );
  });

  test("a thousand requests with bodies of all kinds", () => {
    const one = request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 100\r\n", "x".repeat(100));
    const two = chunkedRequest(`64\r\n${"y".repeat(100)}\r\n0\r\nX: y\r\n\r\n`);
    const messages = read("server", (one + two + request("GET / HTTP/1.1")).repeat(333), MANY);
    expect(messages).toHaveLength(999);
    expect(messages.every(({ complete }) => complete)).toBe(true);
    expect(new Set(messages.map(({ body }) => body))).toEqual(
      new Set(["x".repeat(100), "y".repeat(100), ""]),
    );
  });

  test("a thousand responses", () => {
    const count = 1000;
    const wire = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".repeat(count);
    expect(read("client", wire, { sent: Array(count).fill(GET) })).toHaveLength(count);
  });
});

describe("large heads", () => {
  const fields = (count: number, value: string) =>
    `Host: a\r\n${Array.from({ length: count - 1 }, (_, at) => `X-${at}: ${value}\r\n`).join("")}`;

  test.each([
    ["as many fields as the default allows", 200, "v", {}],
    ["as many bytes as the default allows", 60, "v".repeat(1000), {}],
    [
      "as many fields as any limit may allow",
      H1_LIMITS.fieldCount.max,
      "",
      { fieldCount: H1_LIMITS.fieldCount.max, fieldSectionLength: 200_000 },
    ],
    [
      "as many bytes as any limit may allow",
      300,
      "v".repeat(1100),
      { fieldCount: 300, fieldSectionLength: 360_000 },
    ],
  ])("%s", (_name, count, value, limits) => {
    const wire = request("GET / HTTP/1.1", fields(count, value));
    const messages = read("server", wire + wire, { limits });
    expect(messages.map(({ headers }) => headers.length)).toEqual([count, count]);
    expect(messages[1]?.headers.at(-1)).toEqual([`X-${count - 2}`, value]);
  });

  test("one field of 300 KiB", () => {
    const limits = { fieldLineLength: 350_000, fieldSectionLength: 350_000 };
    const [message] = read(
      "server",
      request("GET / HTTP/1.1", `Host: a\r\nX: ${"v".repeat(300 * KIB)}\r\n`),
      { limits },
    );
    expect(message?.headers[1]?.[1].length).toBe(300 * KIB);
  });

  test("a target of 100 KiB", () => {
    const target = `/${"a".repeat(100 * KIB)}`;
    const messages = read("server", request(`GET ${target} HTTP/1.1`), {
      limits: { targetLength: 128 * KIB },
    });
    expect(messages.map((message) => message.target === target)).toEqual([true]);
  });
});

describe("large bodies", () => {
  const body = Array.from({ length: 300 * KIB }, (_, at) => String.fromCharCode(at % 251)).join("");

  test("with a length", () => {
    const wire = request("POST / HTTP/1.1", `Host: a\r\nContent-Length: ${body.length}\r\n`, body);
    expect(
      read("server", wire + request("GET / HTTP/1.1")).map((message) => message.body === body),
    ).toEqual([true, false]);
  });

  test("in one chunk, and in a hundred thousand", () => {
    const one = chunkedRequest(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    expect(read("server", one)[0]?.body === body).toBe(true);
    const tiny = chunkedRequest(`${"1\r\nx\r\n".repeat(100_000)}0\r\n\r\n`);
    expect(read("server", tiny)[0]).toMatchObject({ body: "x".repeat(100_000), complete: true });
  });

  test("observed chunks", () => {
    const wire = chunkedRequest(`${"1;a=b\r\nx\r\n".repeat(2000)}0\r\n\r\n`);
    const options: ReadOptions = { observe: true, limits: { chunkExtensionsLength: 100_000 } };
    expect(read("server", wire, options)[0]?.body).toBe("x".repeat(2000));
    const events = readPieces("server", [ascii(wire)], options);
    expect(
      events.filter((event) => event.type === "chunk" && event.extensions === ";a=b"),
    ).toHaveLength(2000);
  });

  test("until the connection ends", () => {
    const messages = read("client", `HTTP/1.1 200 OK\r\n\r\n${body}`, { end: true });
    expect(messages.map((message) => message.body === body)).toEqual([true]);
  });
});

describe("errors in large chunks", () => {
  test("an error is the last event, however much lies behind it", () => {
    const wire = `GET / HTTP/1.1\r\nHost : a\r\n${"x".repeat(300 * KIB)}`;
    const events = new H1Connection({ role: "server" }).receive(ascii(wire));
    expect(logOf(events)).toHaveLength(1);
  });

  test("its offset counts from the start of the connection", () => {
    const good = request(
      "POST / HTTP/1.1",
      `Host: a\r\nContent-Length: ${200 * KIB}\r\n`,
      "x".repeat(200 * KIB),
    );
    const bad = request("GET / HTTP/1.1", "Host: a\r\nX : y\r\n");
    for (const longest of [1000, 70_000, 10_000_000]) {
      const server = new H1Connection({ role: "server" });
      const error = errorOf(feed(server, randomPieces(ascii(good + bad), 3, longest)));
      expect(error?.offset).toBe(good.length + 26);
    }
  });
});

describe("many connections", () => {
  test("each keeps its own half of a head", () => {
    const servers = Array.from({ length: 10_000 }, () => new H1Connection({ role: "server" }));
    for (const [at, server] of servers.entries())
      server.receive(ascii(`GET /${at} HTTP/1.1\r\nHo`));
    for (const [at, server] of servers.entries()) {
      const [event] = server.receive(ascii("st: a\r\n\r\n"));
      if (event?.type !== "head" || !("method" in event.head)) throw new Error(`no head at ${at}`);
      if (event.head.target !== `/${at}`) expect(event.head.target).toBe(`/${at}`);
    }
    for (const server of servers) server.close();
  });
});
