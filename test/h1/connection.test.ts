// The life of an HTTP/1.1 connection: persistence, pipelining, ends, and what take() holds after an error (RFC 9112
// sections 8 and 9). Titles carry the rows of the rule list.

import { UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, EMPTY, GET, HEAD, taken } from "../helpers/h1-drive.js";
import { EMPTY_ANSWER, GET_1, GET_2, responsesIn, serverAfter } from "../helpers/h1-exchange.js";
import { ascii, errorOf, logOf, messagesOf } from "../helpers/h1-log.js";
import { accepted, refused, request, response } from "../helpers/h1-table.js";

describe("persistence", () => {
  test.each([
    ["H1-114 1.1 stays", "GET / HTTP/1.1", "Host: a\r\n", "open"],
    ["H1-114 1.1 with close", "GET / HTTP/1.1", "Host: a\r\nConnection: close\r\n", "closing"],
    [
      "H1-114 1.1 with close and keep-alive",
      "GET / HTTP/1.1",
      "Host: a\r\nConnection: keep-alive, close\r\n",
      "closing",
    ],
    [
      "H1-124 close in a list, in another case",
      "GET / HTTP/1.1",
      "Host: a\r\nConnection: foo ,\tClOsE, bar\r\n",
      "closing",
    ],
    [
      "H1-124 close in a second line",
      "GET / HTTP/1.1",
      "Host: a\r\nConnection: foo\r\nConnection: close\r\n",
      "closing",
    ],
    [
      "H1-124 a token that contains it",
      "GET / HTTP/1.1",
      "Host: a\r\nConnection: closed, xclose\r\n",
      "open",
    ],
    ["H1-124 empty elements", "GET / HTTP/1.1", "Host: a\r\nConnection: ,, close ,\r\n", "closing"],
    [
      "H1-114 Proxy-Connection means nothing",
      "GET / HTTP/1.1",
      "Host: a\r\nProxy-Connection: close\r\n",
      "open",
    ],
    ["H1-114 1.0 closes", "GET / HTTP/1.0", "Host: a\r\n", "closing"],
    [
      "H1-114 1.0 with keep-alive stays",
      "GET / HTTP/1.0",
      "Host: a\r\nConnection: Keep-Alive\r\n",
      "open",
    ],
    [
      "H1-114 1.0 with keep-alive and close",
      "GET / HTTP/1.0",
      "Host: a\r\nConnection: keep-alive, close\r\n",
      "closing",
    ],
  ])("%s", (_name, line, fields, state) => {
    const server = serverAfter(request(line, fields));
    expect(server.state).toBe(state);
    server.sendResponse(1, EMPTY_ANSWER);
    const says = responsesIn(taken(server))[0]?.headers.find(
      ([name]) => name === "connection",
    )?.[1];
    if (state === "closing") {
      expect([server.state, says]).toEqual(["closed", "close"]);
    } else {
      expect(server.state).toBe("open");
      // A 1.0 client learns that the connection stays only from the field.
      expect(says).toBe(line.includes("1.0") ? "keep-alive" : undefined);
    }
  });

  test("H1-119 nothing behind a request with close is processed; empty lines are dropped", () => {
    const close = request("GET /1 HTTP/1.1", "Host: a\r\nConnection: close\r\n");
    expect(accepted("server", `${close}\r\n\r\n`)).toHaveLength(1);
    const events = refused("server", `${close}\r\n▲${GET_2}`, "H1_DATA_AFTER_CLOSE");
    expect(messagesOf(events).map((message) => message.target)).toEqual(["/1"]);
  });

  test("H1-119 bytes behind a response that closes are an error, however they are cut; empty lines are dropped", () => {
    const close = response("HTTP/1.1 200 OK", "Connection: close\r\nContent-Length: 2\r\n", "ok");
    expect(accepted("client", `${close}\r\n\r\n`)).toHaveLength(1);
    refused("client", `${close}▲${response("HTTP/1.1 200 OK")}`, "H1_DATA_AFTER_CLOSE");
  });

  test("H1-119 dataAfterClose drops them, in either role, however they are cut", () => {
    const lenient = { requests: { dataAfterClose: true }, responses: { dataAfterClose: true } };
    const answer = response("HTTP/1.1 200 OK", "Connection: close\r\nContent-Length: 2\r\n", "ok");
    expect(accepted("client", `${answer}more\n`, { lenient })).toHaveLength(1);
    const asked = request("GET / HTTP/1.1", "Host: a\r\nConnection: close\r\n");
    expect(accepted("server", `${asked}more\n`, { lenient })).toHaveLength(1);
  });

  test("H1-120 a response with close: the client sends no more and expects no more", () => {
    const client = clientAfter([GET]);
    client.receive(
      ascii(response("HTTP/1.1 200 OK", "Connection: close\r\nContent-Length: 0\r\n")),
    );
    expect(client.state).toBe("closed");
    expect(() => client.sendRequest({ method: "GET", authority: "a", headers: [] })).toThrow(
      UsageError,
    );
  });

  test("H1-120 our own close in a response closes", () => {
    const server = serverAfter(GET_1);
    server.sendResponse(1, { status: 200, headers: ["Connection", "close"], content: "" });
    expect(server.state).toBe("closing");
    expect(responsesIn(taken(server))).toHaveLength(1);
    expect(server.state).toBe("closed");
    expect(server.receive(ascii(GET_2))).toEqual([]);
  });

  test("H1-120 our own close in a request closes after the response", () => {
    const client = new H1Connection({ role: "client" });
    client.sendRequest({
      method: "GET",
      path: "/",
      authority: "a",
      headers: ["connection", "close"],
    });
    client.take();
    expect(client.state).toBe("closing");
    client.receive(ascii(response("HTTP/1.1 200 OK")));
    expect(client.state).toBe("closed");
  });

  test("H1-120 close() says so in the next answer, or closes at once", () => {
    const idle = serverAfter("");
    idle.close();
    expect(idle.state).toBe("closed");
    const busy = serverAfter(GET_1);
    busy.close();
    expect(busy.state).toBe("closing");
    busy.sendResponse(1, EMPTY_ANSWER);
    expect(responsesIn(taken(busy))[0]?.headers).toContainEqual(["connection", "close"]);
    expect(busy.state).toBe("closed");
  });

  test("H1-114 a body until the end of the connection is the last", () => {
    const client = clientAfter([GET, GET]);
    client.receive(ascii("HTTP/1.1 200 OK\r\n\r\nall"));
    expect(client.state).toBe("closing");
    expect(logOf(client.receiveEnd())).toEqual(["end 1"]);
    expect(client.state).toBe("closed");
  });
});

describe("pipelining", () => {
  test("H1-118 answers leave in the order of the requests, in whatever order they are given", () => {
    const server = serverAfter(GET_1 + GET_2 + GET_1);
    server.sendResponse(3, { status: 203, headers: [], content: "three" });
    expect(taken(server)).toBe("");
    server.sendResponse(1, { status: 201, headers: [], body: 3 });
    server.sendResponse(2, { status: 202, headers: [], body: "chunked" });
    server.sendData(2, ascii("two"));
    const first = taken(server);
    expect(first).not.toContain("202");
    server.sendData(1, ascii("one"));
    server.sendEnd(2);
    server.sendEnd(1);
    const messages = responsesIn(first + taken(server));
    expect(messages.map(({ status, body, complete }) => [status, body, complete])).toEqual([
      [201, "one", true],
      [202, "two", true],
      [203, "three", true],
    ]);
  });

  test("H1-118 reading pauses when too many requests wait, and resumes when one is answered", () => {
    const server = serverAfter(GET_1.repeat(5), { limits: { pipelineCount: 2 } });
    expect([server.paused, server.heldAmount]).toEqual([true, 3 * GET_1.length]);
    server.sendResponse(1, EMPTY_ANSWER);
    expect(messagesOf(server.receive(EMPTY)).map(({ streamId }) => streamId)).toEqual([3]);
    server.sendResponse(2, EMPTY_ANSWER);
    server.sendResponse(3, EMPTY_ANSWER);
    expect(messagesOf(server.receive(EMPTY)).map(({ streamId }) => streamId)).toEqual([4, 5]);
    expect(server.heldAmount).toBe(0);
  });

  test("H1-118 what is pushed in while reading pauses is bounded", () => {
    const server = serverAfter(GET_1, { limits: { pipelineCount: 1, heldLength: 100 } });
    expect(server.receive(new Uint8Array(100))).toEqual([]);
    expect(errorOf(server.receive(new Uint8Array(1)))?.code).toBe("H1_HELD_TOO_LARGE");
  });

  test("H1-115 responses belong to the requests in order; 1xx use none up", () => {
    const sent = [HEAD, GET, GET];
    const wire = [
      "HTTP/1.1 100 C\r\n\r\n",
      response("HTTP/1.1 200 OK", "Content-Length: 9\r\n"),
      "HTTP/1.1 103 E\r\n\r\nHTTP/1.1 103 E\r\n\r\n",
      response("HTTP/1.1 201 OK", "Content-Length: 1\r\n", "x"),
      response("HTTP/1.1 202 OK"),
    ].join("");
    const ids = accepted("client", wire, { sent }).map(({ streamId, status }) => [
      streamId,
      status,
    ]);
    expect(ids).toEqual([
      [1, 100],
      [1, 200],
      [2, 103],
      [2, 103],
      [2, 201],
      [3, 202],
    ]);
  });

  test("H1-116 H1-086 a response to no request is an error and never a message", () => {
    const first = response("HTTP/1.1 200 OK");
    const events = refused(
      "client",
      `${first}\r\n▲HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
      "H1_UNSOLICITED_RESPONSE",
    );
    expect(messagesOf(events)).toHaveLength(1);
    const idle = new H1Connection({ role: "client" });
    expect(errorOf(idle.receive(ascii("H")))?.code).toBe("H1_UNSOLICITED_RESPONSE");
  });

  test("H1-116 an informational response to no request is one too", () => {
    refused(
      "client",
      `${response("HTTP/1.1 200 OK")}▲HTTP/1.1 100 C\r\n\r\n`,
      "H1_UNSOLICITED_RESPONSE",
    );
  });

  test("H1-086 octets behind a body are no part of it", () => {
    refused(
      "client",
      `${response("HTTP/1.1 200 OK", "Content-Length: 2\r\n", "ok")}▲more`,
      "H1_UNSOLICITED_RESPONSE",
    );
  });

  test("H1-117 a final answer before the whole body has come: the rest is read and dropped, or the connection closes", () => {
    const server = serverAfter(
      request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n", "he"),
    );
    server.sendResponse(1, { status: 413, headers: [], content: "" });
    const [answer] = responsesIn(taken(server));
    expect(answer?.status).toBe(413);
    const rest = server.receive(ascii(`llo${GET_2}`));
    const next = messagesOf(rest).find((message) => message.target === "/2");
    // Either way GET /2 is no part of the body, and the octets "llo" are no request.
    if (server.state === "open") expect(next?.streamId).toBe(2);
    else expect(next).toBeUndefined();
    expect(errorOf(rest)?.code ?? "H1_DATA_AFTER_CLOSE").toBe("H1_DATA_AFTER_CLOSE");
  });

  test("a response may come before the request is sent whole", () => {
    const client = new H1Connection({ role: "client" });
    const id = client.sendRequest({
      method: "POST",
      path: "/",
      authority: "a",
      headers: [],
      body: 10,
    });
    const log = logOf(client.receive(ascii(response("HTTP/1.1 413 X"))));
    expect(log[0]).toBe(`head ${id} HTTP/1.1 413 X`);
    expect(log.at(-1)).toBe(`end ${id}`);
  });
});
