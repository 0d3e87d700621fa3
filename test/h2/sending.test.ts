// Responses that users send, and what our own strict receiver makes of both sides. Refusals are UsageErrors, before
// anything has changed (RFC 9113 section 8). Titles carry the rows of the rule list.

import type { HeaderList } from "tercet";
import type { H2ResponseToSend } from "tercet/h2";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { latin1, logOf } from "../helpers/h1-log.js";
import { connected, taken } from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf, OutputReader } from "../helpers/h2-read.js";
import { concat, data, GET, headers, OK, POST, rst, windowUpdate } from "../helpers/h2-wire.js";

const end = { end: true } as const;
const bytes = (text: string) => new TextEncoder().encode(text);
const usage = expect.objectContaining({ name: "UsageError" });

/** A server with one whole GET on stream 1. */
function asked(fields = GET, ended = true): H2Connection {
  const { connection } = connected("server");
  connection.receive(headers(1, fields, { end: ended }));
  taken(connection);
  return connection;
}

function responseLines(response: H2ResponseToSend, fields = GET): string[] {
  const connection = asked(fields);
  connection.sendResponse(1, response);
  return new OutputReader().lines(taken(connection));
}

const plain = { method: "GET", authority: "a", path: "/", headers: [] as HeaderList };

describe("responses", () => {
  test("H2-154 a head, content, the end", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: ["Content-Type", "text/plain"] });
    expect(connection.sendData(1, bytes("hello"))).toBe(true);
    connection.sendEnd(1);
    const lines = new OutputReader().lines(taken(connection));
    expect(lines[0]).toBe("HEADERS 1 :status: 200 | content-type: text/plain");
    expect(lines.slice(1).join(" ")).toMatch(/^DATA 1 end "hello"$|^DATA 1 "hello" DATA 1 end ""$/);
  });

  test("H2-154 one call for the whole: text as UTF-8, octets as they are", () => {
    expect(responseLines({ status: 200, headers: [], content: "h\u00e9" })).toEqual([
      "HEADERS 1 :status: 200 | content-length: 3",
      'DATA 1 end "h\\xc3\\xa9"',
    ]);
    expect(responseLines({ status: 200, headers: [], content: Uint8Array.of(0, 255) })[1]).toBe(
      'DATA 1 end "\\x00\\xff"',
    );
  });

  test("H2-158 a length is said and kept; one of 0 ends the message with its head", () => {
    expect(responseLines({ status: 200, headers: [], body: 0 })).toEqual([
      "HEADERS 1 end :status: 200 | content-length: 0",
    ]);
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [], body: 3 });
    expect(() => connection.sendData(1, bytes("four"))).toThrow(usage);
    expect(() => connection.sendEnd(1)).toThrow(usage);
    connection.sendData(1, bytes("abc"));
    connection.sendEnd(1);
    const lines = new OutputReader().lines(taken(connection));
    expect(lines[0]).toBe("HEADERS 1 :status: 200 | content-length: 3");
    expect(lines.slice(1).join(" ")).toMatch(/^DATA 1 end "abc"$|^DATA 1 "abc" DATA 1 end ""$/);
  });

  test("H2-154 trailers end the message", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [] });
    connection.sendData(1, bytes("x"));
    connection.sendTrailers(1, ["X-T", "1"]);
    expect(new OutputReader().lines(taken(connection))).toEqual([
      "HEADERS 1 :status: 200",
      'DATA 1 "x"',
      "HEADERS 1 end x-t: 1",
    ]);
  });

  test("H2-154 interim responses, any number", () => {
    const connection = asked();
    connection.sendInformational(1, { status: 103, headers: ["link", "</a>"] });
    connection.sendInformational(1, { status: 100, headers: [] });
    connection.sendResponse(1, { status: 204, headers: [] });
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.slice(0, 2)).toEqual([
      "HEADERS 1 :status: 103 | link: </a>",
      "HEADERS 1 :status: 100",
    ]);
    expect(lines[2]).toBe("HEADERS 1 end :status: 204");
  });

  test("H2-158 no content where there is none by definition: HEAD, 204, 304", () => {
    const head = [":method", "HEAD", ...GET.slice(2)];
    const lines = responseLines({ status: 200, headers: [], content: "body" }, head);
    expect(lines).toEqual(["HEADERS 1 end :status: 200 | content-length: 4"]);
    for (const status of [204, 304]) {
      const connection = asked();
      try {
        connection.sendResponse(1, { status, headers: [], content: "body" });
      } catch (error) {
        expect(error).toMatchObject({ name: "UsageError" });
      }
      expect(framesOf(taken(connection)).filter(({ type }) => type === TYPE.DATA)).toEqual([]);
    }
  });

  test.each<[string, (connection: H2Connection) => unknown]>([
    ["H2-194 status 99", (c) => c.sendResponse(1, { status: 99, headers: [] })],
    ["H2-194 status 600", (c) => c.sendResponse(1, { status: 600, headers: [] })],
    ["H2-194 status 200.5", (c) => c.sendResponse(1, { status: 200.5, headers: [] })],
    ["H2-164 status 101", (c) => c.sendInformational(1, { status: 101, headers: [] })],
    ["H2-164 101 as the response", (c) => c.sendResponse(1, { status: 101, headers: [] })],
    [
      "H2-156 an interim status as the response",
      (c) => c.sendResponse(1, { status: 103, headers: [] }),
    ],
    [
      "H2-156 a final status as an interim response",
      (c) => c.sendInformational(1, { status: 200, headers: [] }),
    ],
    [
      "H2-176 te in a response",
      (c) => c.sendResponse(1, { status: 200, headers: ["te", "trailers"] }),
    ],
    [
      "H2-175 connection in a response",
      (c) => c.sendResponse(1, { status: 200, headers: ["connection", "close"] }),
    ],
    ["H2-171 CRLF in a value", (c) => c.sendResponse(1, { status: 200, headers: ["x", "a\r\nb"] })],
    [
      "H2-181 a pseudo-field",
      (c) => c.sendResponse(1, { status: 200, headers: [":status", "200"] }),
    ],
    [
      "H2-161 a content-length that is no number",
      (c) => c.sendResponse(1, { status: 200, headers: ["content-length", "-1"] }),
    ],
    [
      "H2-158 a content-length that is not that of the content",
      (c) => c.sendResponse(1, { status: 200, headers: ["content-length", "3"], content: "four" }),
    ],
    ["H2-155 content before a response", (c) => c.sendData(1, bytes("x"))],
    ["H2-155 an end before a response", (c) => c.sendEnd(1)],
    ["H2-155 trailers before a response", (c) => c.sendTrailers(1, ["x", "y"])],
    ["H2-043 an idle stream", (c) => c.sendResponse(3, { status: 200, headers: [] })],
    ["H2-043 a stream that cannot be", (c) => c.sendResponse(2, { status: 200, headers: [] })],
    ["H2-043 a server that sends requests", (c) => c.sendRequest(plain)],
  ])("%s is refused, nothing is sent, and the answer still can be", (_name, use) => {
    const connection = asked();
    expect(() => use(connection)).toThrow(usage);
    expect(connection.take()).toEqual([]);
    connection.sendResponse(1, { status: 200, headers: [], content: "ok" });
    expect(new OutputReader().lines(taken(connection)).at(-1)).toBe('DATA 1 end "ok"');
  });

  test.each<[string, (connection: H2Connection) => unknown]>([
    ["H2-155 a second response", (c) => c.sendResponse(1, { status: 200, headers: [] })],
    [
      "H2-155 an interim one behind it",
      (c) => c.sendInformational(1, { status: 103, headers: [] }),
    ],
    ["H2-157 a pseudo-field in trailers", (c) => c.sendTrailers(1, [":status", "200"])],
    [
      "H2-175 a connection field in trailers",
      (c) => c.sendTrailers(1, ["transfer-encoding", "chunked"]),
    ],
    ["H2-171 CRLF in a trailer", (c) => c.sendTrailers(1, ["x", "a\r\nb"])],
  ])("%s is refused while content is under way", (_name, use) => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [] });
    taken(connection);
    expect(() => use(connection)).toThrow(usage);
    expect(connection.take()).toEqual([]);
    connection.sendEnd(1);
    expect(new OutputReader().lines(taken(connection))).toEqual(['DATA 1 end ""']);
  });

  test("H2-040 behind the end of our side everything is wrong use, and nothing is sent", () => {
    const connection = asked(POST, false);
    connection.sendResponse(1, { status: 200, headers: [], content: "x" });
    taken(connection);
    for (const use of [
      () => connection.sendResponse(1, { status: 200, headers: [] }),
      () => connection.sendData(1, bytes("y")),
      () => connection.sendTrailers(1, ["x", "y"]),
    ])
      expect(use).toThrow(usage);
    connection.sendEnd(1);
    expect(connection.take()).toEqual([]);
  });

  test("H2-040 on a stream that both ends have closed nothing is sent", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [], content: "x" });
    taken(connection);
    connection.sendData(1, bytes("y"));
    connection.sendTrailers(1, ["x", "y"]);
    connection.sendEnd(1);
    connection.reset(1);
    expect(connection.take()).toEqual([]);
    expect(connection.bufferedAmount).toBe(0);
  });

  test("wrong arguments are refused", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [] });
    taken(connection);
    expect(() => connection.sendData(1, "text" as unknown as Uint8Array)).toThrow();
    expect(() => connection.sendData(Number.NaN, bytes("x"))).toThrow();
    expect(() => connection.receive("text" as unknown as Uint8Array)).toThrow();
    expect(connection.take()).toEqual([]);
  });

  test("H2-076 nothing to send is no frame", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [] });
    taken(connection);
    expect(connection.sendData(1, new Uint8Array(0))).toBe(true);
    expect(connection.take()).toEqual([]);
  });

  test("H2-092 reset sends RST_STREAM once, and drops what waits", () => {
    const connection = asked();
    connection.sendResponse(1, { status: 200, headers: [], content: "x".repeat(100) });
    connection.reset(1, 2);
    connection.reset(1);
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.filter((line) => line.startsWith("RST_STREAM"))).toEqual([
      "RST_STREAM 1 INTERNAL_ERROR",
    ]);
    expect(lines.at(-1)).toBe("RST_STREAM 1 INTERNAL_ERROR");
    expect(lines.some((line) => line.startsWith("DATA"))).toBe(false);
  });

  test("H2-092 a stream that the peer reset takes no RST_STREAM", () => {
    const connection = asked(POST, false);
    connection.receive(rst(1));
    connection.reset(1);
    expect(connection.take()).toEqual([]);
  });
});

describe("two ends of ours", () => {
  test("a request and its answer, with everything that a message may have", () => {
    const client = new H2Connection({ role: "client" });
    const server = new H2Connection({ role: "server" });
    const seen = { client: [] as string[], server: [] as string[] };
    const flow = () => {
      for (let round = 0; round < 8; round++) {
        seen.server.push(...logOf(server.receive(taken(client))));
        seen.client.push(...logOf(client.receive(taken(server))));
      }
    };
    const id = client.sendRequest({
      method: "POST",
      authority: "a",
      path: "/p",
      headers: ["x", "1"],
    });
    client.sendData(id, bytes("question"));
    client.sendTrailers(id, ["x-t", "1"]);
    flow();
    server.sendInformational(id, { status: 103, headers: ["link", "</a>"] });
    server.sendResponse(id, { status: 200, headers: ["y", "2"] });
    server.sendData(id, bytes("answer"));
    server.sendTrailers(id, ["y-t", "2"]);
    flow();
    const only = (log: string[]) => log.filter((line) => !/^settings/.test(line));
    expect(only(seen.server)).toEqual([
      "head 1 POST /p HTTP/2",
      "  => scheme https, authority a, path /p",
      "  x: 1",
      'data 1 "question"',
      "trailers 1",
      "  x-t: 1",
      "end 1",
    ]);
    expect(only(seen.client)).toEqual([
      "informational 1 HTTP/2 103 no reason",
      "  link: </a>",
      "head 1 HTTP/2 200 no reason",
      "  y: 2",
      'data 1 "answer"',
      "trailers 1",
      "  y-t: 2",
      "end 1",
    ]);
    expect([client.state, server.state]).toEqual(["open", "open"]);
  });

  test("the smallest server of the API page answers a hundred requests at a time", () => {
    const server = new H2Connection({ role: "server" });
    const client = new H2Connection({ role: "client" });
    client.receive(taken(server));
    for (let n = 0; n < 100; n++) client.sendRequest(plain);
    for (const event of server.receive(taken(client)))
      if (event.type === "end")
        server.sendResponse(event.streamId, {
          status: 200,
          headers: ["content-type", "text/plain"],
          content: "hello\n",
        });
    const events = client.receive(taken(server));
    expect(events.filter(({ type }) => type === "end")).toHaveLength(100);
    const body = events.map((event) => (event.type === "data" ? latin1(event.bytes) : "")).join("");
    expect(body).toBe("hello\n".repeat(100));
  });

  test("H2-021 a block of ours that needs CONTINUATION is read", () => {
    const { connection } = connected("client");
    connection.sendRequest({ ...plain, headers: ["x-long", "~".repeat(40_000)] });
    const output = taken(connection);
    expect(framesOf(output).map(({ type }) => type)).toEqual([
      TYPE.HEADERS,
      TYPE.CONTINUATION,
      TYPE.CONTINUATION,
    ]);
    const server = connected("server").connection;
    expect(logOf(server.receive(output)).at(-1)).toBe("end 1");
  });

  test("H2-106 H2-199 a head above what the peer says it takes is still sent: the setting is advice", () => {
    const { connection } = connected("server", { handshake: concat(frameOfListSize(10)) });
    connection.receive(concat(headers(1, GET, end), windowUpdate(0, 1)));
    connection.sendResponse(1, { status: 200, headers: ["x", "y".repeat(100)], content: "" });
    expect(
      new OutputReader().lines(taken(connection)).some((line) => line.startsWith("HEADERS 1")),
    ).toBe(true);
  });
});

/** SETTINGS with MAX_HEADER_LIST_SIZE. */
function frameOfListSize(size: number): Uint8Array {
  return Uint8Array.of(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, size);
}

describe("content that is received", () => {
  test("data events are views of the chunk, nothing is copied", () => {
    const { connection } = connected("server");
    const chunk = concat(headers(1, POST), data(1, "abc"), data(1, "def", end));
    const events = connection.receive(chunk);
    const views = events.flatMap((event) => (event.type === "data" ? [event.bytes] : []));
    expect(views.map((view) => view.buffer)).toEqual([chunk.buffer, chunk.buffer]);
  });

  test("the same at a client", () => {
    const { connection } = connected("client");
    connection.sendRequest(plain);
    const chunk = concat(headers(1, OK), data(1, "abc", end));
    const view = connection.receive(chunk).find((event) => event.type === "data");
    expect(view?.type === "data" && view.bytes.buffer === chunk.buffer).toBe(true);
  });
});
