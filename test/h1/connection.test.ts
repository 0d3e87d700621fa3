// The life of an HTTP/1.1 connection: persistence, pipelining, upgrade, CONNECT, 1xx and Expect, closing, and what
// take() holds after an error (RFC 9112 sections 8 and 9, RFC 9110 sections 7.8, 9.3.6, 10.1.1, 15.2).
// Titles carry the rows of the rule list.

import { UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, EMPTY, GET, HEAD, readRequests, readResponses, requestsFor, taken } from "../helpers/h1-drive.js";
import { ascii, errorOf, logOf, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import { accepted, chunkedRequest, refused, request, response } from "../helpers/h1-table.js";

const GET_1 = request("GET /1 HTTP/1.1");
const GET_2 = request("GET /2 HTTP/1.1");
const UPGRADE_WIRE = request("GET /up HTTP/1.1", "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\n");
const CONNECT_WIRE = request("CONNECT b:443 HTTP/1.1");

/** A server that has read these bytes; its events are dropped. */
function serverAfter(wire: string, options: Omit<ConstructorParameters<typeof H1Connection>[0], "role"> = {}): H1Connection {
  const server = new H1Connection({ ...options, role: "server" });
  server.receive(ascii(wire));
  return server;
}

/** Responses that a wire holds, as our own client reads them; names in lower case. */
function responsesIn(wire: string) {
  const events = readResponses(wire, { sent: requestsFor(wire), end: true });
  expect(errorOf(events)).toBeUndefined();
  return messagesOf(events).map((message) => ({
    ...message,
    headers: message.headers.map(([name, value]) => [name.toLowerCase(), value]),
  }));
}

const SWITCH = ["connection", "upgrade", "upgrade", "x"];
const EMPTY_ANSWER = { status: 200, headers: [], content: "" } as const;

describe("persistence", () => {
  test.each([
    ["H1-114 1.1 stays", "GET / HTTP/1.1", "Host: a\r\n", "open"],
    ["H1-114 1.1 with close", "GET / HTTP/1.1", "Host: a\r\nConnection: close\r\n", "closing"],
    ["H1-114 1.1 with close and keep-alive", "GET / HTTP/1.1", "Host: a\r\nConnection: keep-alive, close\r\n", "closing"],
    ["H1-124 close in a list, in another case", "GET / HTTP/1.1", "Host: a\r\nConnection: foo ,\tClOsE, bar\r\n", "closing"],
    ["H1-124 close in a second line", "GET / HTTP/1.1", "Host: a\r\nConnection: foo\r\nConnection: close\r\n", "closing"],
    ["H1-124 a token that contains it", "GET / HTTP/1.1", "Host: a\r\nConnection: closed, xclose\r\n", "open"],
    ["H1-124 empty elements", "GET / HTTP/1.1", "Host: a\r\nConnection: ,, close ,\r\n", "closing"],
    ["H1-114 Proxy-Connection means nothing", "GET / HTTP/1.1", "Host: a\r\nProxy-Connection: close\r\n", "open"],
    ["H1-114 1.0 closes", "GET / HTTP/1.0", "Host: a\r\n", "closing"],
    ["H1-114 1.0 with keep-alive stays", "GET / HTTP/1.0", "Host: a\r\nConnection: Keep-Alive\r\n", "open"],
    ["H1-114 1.0 with keep-alive and close", "GET / HTTP/1.0", "Host: a\r\nConnection: keep-alive, close\r\n", "closing"],
  ])("%s", (_name, line, fields, state) => {
    const server = serverAfter(request(line, fields));
    expect(server.state).toBe(state);
    server.sendResponse(1, EMPTY_ANSWER);
    const says = responsesIn(taken(server))[0]?.headers.find(([name]) => name === "connection")?.[1];
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

  test("H1-120 a response with close: the client sends no more and expects no more", () => {
    const client = clientAfter([GET]);
    client.receive(ascii(response("HTTP/1.1 200 OK", "Connection: close\r\nContent-Length: 0\r\n")));
    expect(client.state).toBe("closed");
    expect(() => client.sendRequest({ method: "GET", authority: "a", headers: [] })).toThrow(UsageError);
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
    client.sendRequest({ method: "GET", path: "/", authority: "a", headers: ["connection", "close"] });
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
    const ids = accepted("client", wire, { sent }).map(({ streamId, status }) => [streamId, status]);
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
    const events = refused("client", `${first}\r\n▲HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`, "H1_UNSOLICITED_RESPONSE");
    expect(messagesOf(events)).toHaveLength(1);
    const idle = new H1Connection({ role: "client" });
    expect(errorOf(idle.receive(ascii("H")))?.code).toBe("H1_UNSOLICITED_RESPONSE");
  });

  test("H1-116 an informational response to no request is one too", () => {
    refused("client", `${response("HTTP/1.1 200 OK")}▲HTTP/1.1 100 C\r\n\r\n`, "H1_UNSOLICITED_RESPONSE");
  });

  test("H1-086 octets behind a body are no part of it", () => {
    refused("client", `${response("HTTP/1.1 200 OK", "Content-Length: 2\r\n", "ok")}▲more`, "H1_UNSOLICITED_RESPONSE");
  });

  test("H1-117 a final answer before the whole body has come: the rest is read and dropped, or the connection closes", () => {
    const server = serverAfter(request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n", "he"));
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
    const id = client.sendRequest({ method: "POST", path: "/", authority: "a", headers: [], body: 10 });
    const log = logOf(client.receive(ascii(response("HTTP/1.1 413 X"))));
    expect(log[0]).toBe(`head ${id} HTTP/1.1 413 X`);
    expect(log.at(-1)).toBe(`end ${id}`);
  });
});

describe("Upgrade", () => {
  test("H1-126 an offer is reported; parsing waits for the answer", () => {
    const server = new H1Connection({ role: "server" });
    const events = server.receive(ascii(`${UPGRADE_WIRE}${GET_2}`));
    expect(events.map((event) => event.type)).toEqual(["head", "end"]);
    expect([server.paused, server.heldAmount]).toEqual([true, GET_2.length]);
    server.sendResponse(1, EMPTY_ANSWER);
    expect(messagesOf(server.receive(EMPTY)).map(({ target }) => target)).toEqual(["/2"]);
    expect(server.paused).toBe(false);
  });

  test("H1-128 101 switches: the bytes behind the request are raw, both ways", () => {
    const server = serverAfter(`${UPGRADE_WIRE}GET / HTTP/1.1\n`);
    server.sendInformational(1, { status: 101, headers: SWITCH });
    expect(tunnelOf(server.receive(EMPTY))).toBe("GET / HTTP/1.1\n");
    expect(tunnelOf(server.receive(ascii("\0\xff")))).toBe("\0\xff");
    server.sendData(1, ascii("hello"));
    const sent = taken(server);
    expect(sent.startsWith("HTTP/1.1 101 Switching Protocols\r\n")).toBe(true);
    expect(sent.toLowerCase()).toContain("\r\nconnection: upgrade\r\n");
    expect(sent.endsWith("\r\n\r\nhello")).toBe(true);
  });

  test("H1-128 101 needs an offer, and names what it switches to", () => {
    const plain = serverAfter(GET_1);
    expect(() => plain.sendInformational(1, { status: 101, headers: SWITCH })).toThrow(UsageError);
    const upgrade = serverAfter(UPGRADE_WIRE);
    expect(() => upgrade.sendInformational(1, { status: 101, headers: [] })).toThrow(UsageError);
    expect([taken(plain), taken(upgrade)]).toEqual(["", ""]);
  });

  test.each([
    ["H1-126 Upgrade without Connection", "HTTP/1.1", "Upgrade: x\r\n"],
    ["H1-126 Connection without Upgrade", "HTTP/1.1", "Connection: upgrade\r\n"],
    ["H1-124 another option that contains the word", "HTTP/1.1", "Connection: upgrades\r\nUpgrade: x\r\n"],
    ["H1-127 in HTTP/1.0", "HTTP/1.0", "Connection: upgrade, keep-alive\r\nUpgrade: x\r\n"],
  ])("%s is no offer", (_name, version, fields) => {
    const server = new H1Connection({ role: "server" });
    const wire = request(`GET / ${version}`, `Host: a\r\n${fields}`) + GET_2;
    const heads = server.receive(ascii(wire)).flatMap((event) => (event.type === "head" ? [event.head] : []));
    expect(heads).toHaveLength(2);
    expect(heads[0]).toMatchObject({ protocol: null });
    expect(() => server.sendInformational(1, { status: 101, headers: SWITCH })).toThrow(UsageError);
  });

  test("H1-130 the body of the request is framed before the switch", () => {
    const fields = "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n";
    const server = new H1Connection({ role: "server" });
    const events = server.receive(ascii(request("POST / HTTP/1.1", fields, "1\r\nx\r\n0\r\n\r\nraw")));
    expect(messagesOf(events)).toMatchObject([{ body: "x", complete: true }]);
    server.sendInformational(1, { status: 101, headers: SWITCH });
    expect(tunnelOf(server.receive(EMPTY))).toBe("raw");
  });

  test("H1-129 100 may be sent before 101", () => {
    const fields = "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n";
    const server = serverAfter(request("POST / HTTP/1.1", fields));
    server.sendInformational(1, { status: 100, headers: [] });
    server.receive(ascii("x"));
    server.sendInformational(1, { status: 101, headers: SWITCH });
    expect(taken(server)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 101 /);
  });
});

describe("CONNECT", () => {
  test("H1-139 no body, and the bytes behind it wait", () => {
    const server = new H1Connection({ role: "server" });
    const wire = request("CONNECT b:443 HTTP/1.1", "Host: b\r\nContent-Length: 3\r\n");
    expect(server.receive(ascii(`${wire}raw`)).map((event) => event.type)).toEqual(["head", "end"]);
    expect([server.paused, server.heldAmount]).toEqual([true, 3]);
  });

  test("H1-139 2xx opens the tunnel", () => {
    const server = serverAfter(`${CONNECT_WIRE}client`);
    server.sendResponse(1, { status: 200, headers: [] });
    expect(tunnelOf(server.receive(EMPTY))).toBe("client");
    server.sendData(1, ascii("server"));
    expect(taken(server)).toBe("HTTP/1.1 200 OK\r\n\r\nserver");
    expect(tunnelOf(server.receive(ascii(GET_1)))).toBe(GET_1);
  });

  test("H1-139 any other answer does not", () => {
    const server = serverAfter(`${CONNECT_WIRE}${GET_2}`);
    server.sendResponse(1, { status: 403, headers: [], content: "no" });
    expect(messagesOf(server.receive(EMPTY))).toMatchObject([{ streamId: 2, target: "/2" }]);
  });

  test("H1-139 requests before it are answered first", () => {
    const server = serverAfter(GET_1 + CONNECT_WIRE);
    server.sendResponse(2, { status: 200, headers: [] });
    expect(taken(server)).toBe("");
    server.sendResponse(1, EMPTY_ANSWER);
    expect(taken(server)).toMatch(/200 OK\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n\r\n$/);
  });

  test("H1-113 the end of the peer's side of a tunnel is clean", () => {
    const server = serverAfter(CONNECT_WIRE);
    server.sendResponse(1, { status: 200, headers: [] });
    expect(errorOf(server.receiveEnd())).toBeUndefined();
  });
});

describe("1xx and Expect", () => {
  const EXPECT = request("POST / HTTP/1.1", "Host: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n");

  test("H1-135 the expectation is told with the head; 100, then the final response", () => {
    const server = new H1Connection({ role: "server" });
    const [event] = server.receive(ascii(EXPECT));
    expect(event).toMatchObject({ type: "head", head: { expectsContinue: true } });
    server.sendInformational(1, { status: 100, headers: [] });
    expect(taken(server)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    server.receive(ascii("ok"));
    server.sendResponse(1, EMPTY_ANSWER);
    expect(responsesIn(taken(server))).toHaveLength(1);
  });

  test("H1-135 a final response instead of 100", () => {
    const server = serverAfter(EXPECT);
    server.sendResponse(1, { status: 417, headers: [], content: "" });
    expect(responsesIn(taken(server))).toMatchObject([{ status: 417 }]);
  });

  test.each([
    ["H1-136 in HTTP/1.0", "POST / HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 2\r\n", false],
    ["H1-137 another expectation", "POST / HTTP/1.1", "Host: a\r\nExpect: 200-ok\r\nContent-Length: 2\r\n", false],
    ["H1-137 not the whole value", "POST / HTTP/1.1", "Host: a\r\nExpect: y 100-continue\r\nContent-Length: 2\r\n", false],
    ["H1-135 in another case", "POST / HTTP/1.1", "Host: a\r\nExpect: 100-CONTINUE\r\nContent-Length: 2\r\n", true],
  ])("%s: framing is unchanged", (_name, line, fields, expects) => {
    const events = readRequests(request(line, fields, "ok"));
    expect(events[0]).toMatchObject({ type: "head", head: { expectsContinue: expects } });
    expect(messagesOf(events)).toMatchObject([{ body: "ok", complete: true }]);
  });

  test("H1-134 an intermediary passes informational responses on: received, then sent, fields and all", () => {
    const client = clientAfter([GET]);
    const server = serverAfter(GET_1);
    const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    for (const event of client.receive(ascii(hint))) {
      if (event.type !== "informational") throw new Error(event.type);
      server.sendInformational(1, { status: event.head.status, headers: event.head.rawHeaders });
    }
    expect(taken(server)).toBe(hint);
  });

  test("H1-133 no informational response to an HTTP/1.0 client", () => {
    const server = serverAfter(request("GET / HTTP/1.0"));
    expect(() => server.sendInformational(1, { status: 103, headers: [] })).toThrow(UsageError);
    expect(taken(server)).toBe("");
  });
});

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
    ["H1-110 H1-079 in a body with a length", `${request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 5\r\n")}hell▲`, "H1_BODY_INCOMPLETE"],
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
    const wire = request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n");
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
    expect(logOf(events)).toEqual(["head 1 GET /1 HTTP/1.1", "  => authority a, path /1", "  Host: a", "  X: one", "end 1"]);
  });
});
