// The platform's Request and Response on a connection, without any socket.

import { type RequestHead, UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import { BodySource, sendFetchResponse, toRequest } from "tercet/web";
import { describe, expect, test } from "vitest";

const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** A server that has received this. */
function received(text: string): { connection: H1Connection; head: RequestHead } {
  const connection = new H1Connection({ role: "server" });
  const [event] = connection.receive(bytesOf(text));
  if (event?.type !== "head") throw new Error("no head");
  return { connection, head: event.head as RequestHead };
}

const headOf = (text: string) => received(text).head;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("toRequest", () => {
  test.each([
    ["origin-form", "GET /p?q HTTP/1.1\r\nHost: a:81\r\n\r\n", "http://a:81/p?q"],
    ["absolute-form", "GET http://b/p HTTP/1.1\r\nHost: b\r\n\r\n", "http://b/p"],
    ["asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "http://a/"],
    ["HTTP/1.0 without Host", "GET /p HTTP/1.0\r\n\r\n", "http://localhost/p"],
    ["two slashes in front stay a path", "GET //b/p HTTP/1.1\r\nHost: a\r\n\r\n", "http://a//b/p"],
  ])("%s", (_name, text, url) => {
    expect(toRequest(headOf(text)).url).toBe(url);
  });

  test("scheme and authority of the caller", () => {
    const head = headOf("GET / HTTP/1.0\r\n\r\n");
    expect(toRequest(head, null, { scheme: "https", authority: "c" }).url).toBe("https://c/");
  });

  test("fields: repeated ones, cookies in pieces, any octet", () => {
    const fields = "X: 1\r\nx: 2\r\nCookie: a=1\r\nCookie: b=2\r\nY: \xe4\xff";
    const { headers } = toRequest(headOf(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`));
    expect(headers.get("x")).toBe("1, 2");
    expect(headers.get("cookie")).toBe("a=1; b=2");
    expect(headers.get("y")).toBe("\xe4\xff");
  });

  test("a body, and none for GET", async () => {
    const body = () => new Blob(["text"]).stream() as ReadableStream<Uint8Array>;
    const head = headOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
    expect(await toRequest(head, body()).text()).toBe("text");
    expect(toRequest(headOf(GET), body()).body).toBeNull();
  });

  test.each(["CONNECT a:1", "TRACE /"])("%s is refused", (line) => {
    const head = headOf(`${line} HTTP/1.1\r\nHost: a:1\r\n\r\n`);
    expect(() => toRequest(head)).toThrow(UsageError);
  });
});

/** What a server sends for this response. */
async function sent(response: Response, request = GET, defaults?: string[]): Promise<string> {
  const { connection, head } = received(request);
  let text = "";
  let release = () => {};
  const port = {
    flush() {
      for (const bytes of connection.take()) text += Buffer.from(bytes).toString("latin1");
      for (const event of connection.receive(new Uint8Array(0))) {
        if (event.type === "writable") release();
      }
    },
    writable: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  };
  await sendFetchResponse(connection, 1, response, port, {
    method: head.method,
    ...(defaults && { defaults }),
  });
  port.flush();
  return text;
}

/** A body that comes in pieces, one a turn of the event loop. */
function slow(...pieces: unknown[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      if (left.length === 0) controller.close();
      else controller.enqueue(left.shift() as Uint8Array);
    },
  });
}

describe("sendFetchResponse", () => {
  test("a short body leaves with its length", async () => {
    const text = await sent(new Response("hello", { headers: { "x-a": "1" } }));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/content-length: 5\r\n/i);
    expect(text).toMatch(/\r\n\r\nhello$/);
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  test("a slow body is chunked, to HTTP/1.0 it ends with the connection", async () => {
    const text = await sent(new Response(slow(bytesOf("ab"), bytesOf(""), bytesOf("cd"))));
    expect(text).toMatch(/transfer-encoding: chunked[^]*\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n$/i);
    const old = await sent(new Response(slow(bytesOf("ab"))), "GET / HTTP/1.0\r\n\r\n");
    expect(old).toMatch(/\r\n\r\nab$/);
    expect(old).toMatch(/connection: close/i);
  });

  test("a length that the application gives is kept", async () => {
    const headers = { "content-length": "4" };
    const text = await sent(new Response(slow(bytesOf("ab"), bytesOf("cd")), { headers }));
    expect(text).toMatch(/content-length: 4[^]*\r\n\r\nabcd$/i);
  });

  test("a large body in memory is sent as it comes, past full buffers", async () => {
    const content = new Uint8Array(3 * 1024 * 1024).fill(120);
    const text = await sent(new Response(content));
    expect(text.match(/x/g)?.length).toBeGreaterThanOrEqual(content.length);
    expect(text.endsWith("\r\n0\r\n\r\n")).toBe(true);
  });

  test.each([
    ["204", new Response(null, { status: 204, headers: { "content-length": "0" } }), GET],
    ["304", new Response(null, { status: 304, headers: { etag: '"a"' } }), GET],
  ])("%s has no length and no content", async (status, response, request) => {
    const text = await sent(response, request);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\n\\r\\n$`));
    expect(text).not.toMatch(/content-length|transfer-encoding/i);
  });

  test("no body at all says so: length 0", async () => {
    expect(await sent(new Response(null))).toMatch(/content-length: 0[^]*\r\n\r\n$/i);
    expect(await sent(new Response(null, { status: 205 }))).toMatch(/content-length: 0\r\n/i);
  });

  test("HEAD: the head only, and the body is cancelled", async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel() {
        isCancelled = true;
      },
    });
    const headers = { "content-length": "7" };
    const text = await sent(new Response(body, { headers }), GET.replace("GET", "HEAD"));
    expect(text).toMatch(/content-length: 7[^]*\r\n\r\n$/i);
    expect(isCancelled).toBe(true);
  });

  test("fields of one hop are the connection's; each cookie is a field of its own", async () => {
    const headers = new Headers({ "transfer-encoding": "chunked", "keep-alive": "timeout=5" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    const text = await sent(new Response("x", { headers }));
    expect(text).not.toMatch(/transfer-encoding|keep-alive/i);
    expect(text.match(/set-cookie: .=\d\r\n/g)).toHaveLength(2);
  });

  test("defaults are added where the response does not have them", async () => {
    const defaults = ["date", "now", "x-a", "default"];
    const text = await sent(new Response("x", { headers: { "x-a": "own" } }), GET, defaults);
    expect(text).toMatch(/date: now\r\n/);
    expect(text).toMatch(/x-a: own\r\n/);
    expect(text).not.toMatch(/default/);
  });

  test("Response.error() is 500", async () => {
    expect(await sent(Response.error())).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
  });

  test("a body that does not give bytes is the application's mistake", async () => {
    await expect(sent(new Response(slow("text")))).rejects.toThrow(TypeError);
  });

  test("a body that is longer than its length is wrong use, and is cancelled", async () => {
    const headers = { "content-length": "1" };
    await expect(sent(new Response(slow(bytesOf("ab")), { headers }))).rejects.toThrow(UsageError);
  });
});

describe("BodySource", () => {
  test("says when it is full, and asks for more when it was read", async () => {
    let pulls = 0;
    const source = new BodySource({ onPull: () => pulls++ });
    expect(source.push(new Uint8Array(60_000))).toBe(true);
    expect(source.push(new Uint8Array(60_000))).toBe(false);
    expect(pulls).toBe(0);
    const reader = source.stream.getReader();
    await reader.read();
    await reader.read();
    expect(pulls).toBe(0);
    const last = reader.read();
    // The stream asks when its last pull is done: one microtask later.
    await null;
    expect(pulls).toBe(1);
    source.end();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  test("counts what nobody wants", async () => {
    const source = new BodySource({ onPull() {} });
    await source.stream.cancel();
    expect(source.push(new Uint8Array(70_000))).toBe(true);
    expect(source.dropped).toBe(70_000);
    source.end();
  });

  test("a message that breaks is an error for the reader", async () => {
    const source = new BodySource({ onPull() {} });
    const reader = source.stream.getReader();
    const read = reader.read();
    source.fail(new Error("broken"));
    source.end();
    await expect(read).rejects.toThrow("broken");
  });
});

describe("over h2", () => {
  /** A server that has received the request of an H2Connection. */
  function receivedH2(request: Parameters<H2Connection["sendRequest"]>[0]) {
    const client = new H2Connection({ role: "client" });
    const connection = new H2Connection({ role: "server" });
    client.sendRequest(request);
    const events = client.take().flatMap((bytes) => connection.receive(bytes));
    const head = events.find((event) => event.type === "head");
    if (head?.type !== "head") throw new Error("no head");
    return { client, connection, head: head.head as RequestHead };
  }

  const common = { method: "GET", scheme: "https", authority: "a:81", path: "/p?q" };

  test("toRequest: URL of the pseudo-fields, Host of :authority, cookies in crumbs", () => {
    const headers = ["cookie", "a=1", "cookie", "b=2", "x", "1"];
    const request = toRequest(receivedH2({ ...common, headers }).head);
    expect(request.url).toBe("https://a:81/p?q");
    expect(request.headers.get("host")).toBe("a:81");
    expect(request.headers.get("cookie")).toBe("a=1; b=2");
    expect(request.headers.get("x")).toBe("1");
  });

  test("sendFetchResponse: fields of one hop are dropped, trailers follow a body", async () => {
    const { client, connection, head } = receivedH2({ ...common, headers: [] });
    const response = new Response("hello", { headers: { connection: "close", "x-a": "1" } });
    const port = { flush() {}, writable: async () => {} };
    const { method, httpVersion } = head;
    const options = { method, httpVersion, trailers: () => ["x-sum", "7"] };
    await sendFetchResponse(connection, 1, response, port, options);
    const events = connection.take().flatMap((bytes) => client.receive(bytes));
    const seen = events.filter(({ type }) => type !== "settings" && type !== "settingsAck");
    expect(seen.map(({ type }) => type)).toEqual(["head", "data", "trailers", "end"]);
    const fields = seen[0]?.type === "head" ? seen[0].head.rawHeaders : [];
    expect(fields).toContain("x-a");
    expect(fields).not.toContain("connection");
  });
});
