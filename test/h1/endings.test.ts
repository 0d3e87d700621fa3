// How an HTTP/1.1 connection ends: the peer's end, errors and what take() then holds, and what stays valid (RFC 9112
// section 8). Titles carry the rows of the rule list. ▲ stands before the octet that the error must point at.

import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, GET, taken } from "../helpers/h1-drive.js";
import { EMPTY_ANSWER, GET_1, GET_2, responsesIn, serverAfter } from "../helpers/h1-exchange.js";
import { ascii, errorOf, logOf } from "../helpers/h1-log.js";
import { accepted, chunkedRequest, refused, request } from "../helpers/h1-table.js";

describe("ends", () => {
  test.each([
    ["H1-113 before anything", ""],
    ["H1-113 after empty lines", "\r\n\r\n"],
    ["H1-113 between requests", GET_1],
  ])("%s: clean", (_name, wire) => {
    expect(accepted("server", wire, { end: true }).every((message) => message.complete)).toBe(true);
  });

  test.each([
    ["H1-110 H1-112 in the method", "GE▲", "H1_HEAD_INCOMPLETE"],
    ["H1-110 H1-112 in the fields", "GET / HTTP/1.1\r\nHost: a\r\n▲", "H1_HEAD_INCOMPLETE"],
    [
      "H1-110 H1-079 in a body with a length",
      `${request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n")}hell▲`,
      "H1_BODY_INCOMPLETE",
    ],
    ["H1-110 H1-112 in a chunk", `${chunkedRequest("5\r\nhe")}▲`, "H1_BODY_INCOMPLETE"],
    ["H1-112 in the trailers", `${chunkedRequest("0\r\nX: y\r\n")}▲`, "H1_BODY_INCOMPLETE"],
  ] as const)("%s", (_name, wire, code) => {
    refused("server", wire, code, { end: true });
  });

  test("H1-112 before the answer to a request that waits for one: the client learns it from the state", () => {
    const client = clientAfter([GET]);
    client.receiveEnd();
    expect(client.state).not.toBe("open");
  });

  test("H1-113 a request that came whole may be answered after the peer closed its side", () => {
    const server = serverAfter(GET_1);
    expect(server.receiveEnd()).toEqual([]);
    expect(server.state).toBe("closing");
    server.sendResponse(1, EMPTY_ANSWER);
    expect(responsesIn(taken(server))).toHaveLength(1);
    expect(server.state).toBe("closed");
  });
});

describe("after an error", () => {
  test("H1-009 H1-078 the suggested status, with close, and nothing else", () => {
    for (const [wire, status] of [
      ["\x16\x03\x01", 400],
      ["GET / HTTP/2.5\r\n", 505],
      [`GET /${"a".repeat(20_000)}`, 414],
      [`${"A".repeat(5000)}`, 501],
      [request("GET / HTTP/1.1", `Host: a\r\nX: ${"a".repeat(20_000)}\r\n`), 431],
      [request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n"), 400],
    ] as const) {
      const server = serverAfter(wire);
      expect(server.state).toBe("failed");
      const [answer] = responsesIn(taken(server));
      expect(answer).toMatchObject({ status, version: "1.1", complete: true });
      expect(answer?.headers).toContainEqual(["connection", "close"]);
      expect(server.receive(ascii(GET_1))).toEqual([]);
      expect(taken(server)).toBe("");
    }
  });

  test("H1-078 requests that came before it are answered first, in order", () => {
    const server = serverAfter(`${GET_1}${GET_2}nonsense\r\n`);
    expect(taken(server)).toBe("");
    server.sendResponse(2, { status: 202, headers: [], content: "two" });
    server.sendResponse(1, { status: 201, headers: [], content: "one" });
    expect(responsesIn(taken(server)).map(({ status }) => status)).toEqual([201, 202, 400]);
  });

  test("H1-078 an error in a body: no second answer where one has begun", () => {
    const server = serverAfter(chunkedRequest("1\r\nx\r\n"));
    server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    server.sendData(1, ascii("begun"));
    const before = taken(server);
    expect(errorOf(server.receive(ascii("zz\r\n")))?.streamId).toBe(1);
    expect([before.includes("200 OK"), taken(server)]).toEqual([true, ""]);
  });

  test("H1-078 an error in a body: the answer to that request is the error's", () => {
    const server = serverAfter(`${chunkedRequest("1\r\nx\r\nzz\r\n")}`);
    expect(responsesIn(taken(server))).toMatchObject([{ status: 400 }]);
  });

  test("H1-009 respondToErrors: false leaves it to the caller", () => {
    const server = serverAfter("nonsense\r\n", { respondToErrors: false });
    expect([server.state, taken(server)]).toEqual(["failed", ""]);
  });

  test("H1-119 an error without a status gets no answer", () => {
    const server = serverAfter(`${request("GET / HTTP/1.1", "Host: a\r\nConnection: close\r\n")}x`);
    server.sendResponse(1, EMPTY_ANSWER);
    expect(responsesIn(taken(server)).map(({ status }) => status)).toEqual([200]);
  });

  test("H1-078 a client says nothing back", () => {
    const client = clientAfter([GET]);
    client.receive(ascii("nonsense"));
    expect([client.state, taken(client)]).toEqual(["failed", ""]);
  });

  test("H1-073 where a lenient server lets the coding win over the length, the connection closes", () => {
    const lenient = { requests: { transferEncodingOverContentLength: true } };
    const wire = request(
      "POST / HTTP/1.1",
      "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
      "1\r\nx\r\n0\r\n\r\n",
    );
    const server = serverAfter(wire, { lenient });
    expect(server.state).toBe("closing");
    server.sendResponse(1, EMPTY_ANSWER);
    expect(responsesIn(taken(server))[0]?.headers).toContainEqual(["connection", "close"]);
  });

  test("errors carry the offset in the connection, not in the chunk or the message", () => {
    const server = serverAfter(GET_1 + GET_2);
    const [event] = server.receive(ascii("GET / HTTP/1.1\r\nHost : a\r\n"));
    const error = event?.type === "error" ? event.error : undefined;
    expect(error?.offset).toBe(GET_1.length + GET_2.length + 16 + 4);
    expect(error?.message).toContain("H1_SPACE_BEFORE_COLON");
  });
});

describe("views", () => {
  test("data is a view of the chunk that was passed in", () => {
    const chunk = ascii(request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n", "hello"));
    for (const event of new H1Connection({ role: "server" }).receive(chunk)) {
      if (event.type === "data") expect(event.bytes.buffer).toBe(chunk.buffer);
    }
  });

  test("heads stay what they are when the chunk and the engine move on", () => {
    const server = new H1Connection({ role: "server" });
    const chunk = ascii(request("GET /1 HTTP/1.1", "Host: a\r\nX: one\r\n"));
    const events = server.receive(chunk);
    chunk.fill(0);
    server.receive(ascii(request("GET /22 HTTP/1.1", "Host: b\r\nY: two\r\n").repeat(50)));
    expect(logOf(events)).toEqual([
      "head 1 GET /1 HTTP/1.1",
      "  => authority a, path /1",
      "  Host: a",
      "  X: one",
      "end 1",
    ]);
  });
});
