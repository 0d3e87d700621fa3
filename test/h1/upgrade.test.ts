// Upgrade, CONNECT, informational responses and Expect: where the answer decides what comes next (RFC 9110 sections 7.8,
// 9.3.6, 10.1.1, 15.2). Titles carry the rows of the rule list.

import { UsageError } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, EMPTY, GET, readRequests, taken } from "../helpers/h1-drive.js";
import { EMPTY_ANSWER, GET_1, GET_2, responsesIn, serverAfter } from "../helpers/h1-exchange.js";
import { ascii, errorOf, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import { request } from "../helpers/h1-table.js";

const OFFER = "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\n";
const UPGRADE_WIRE = request("GET /up HTTP/1.1", OFFER);
const CONNECT_WIRE = request("CONNECT b:443 HTTP/1.1");
const SWITCH = ["connection", "upgrade", "upgrade", "x"];

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
    [
      "H1-124 another option that contains the word",
      "HTTP/1.1",
      "Connection: upgrades\r\nUpgrade: x\r\n",
    ],
    ["H1-127 in HTTP/1.0", "HTTP/1.0", "Connection: upgrade, keep-alive\r\nUpgrade: x\r\n"],
  ])("%s is no offer", (_name, version, fields) => {
    const server = new H1Connection({ role: "server" });
    const wire = request(`GET / ${version}`, `Host: a\r\n${fields}`) + GET_2;
    const heads = server
      .receive(ascii(wire))
      .flatMap((event) => (event.type === "head" ? [event.head] : []));
    expect(heads).toHaveLength(2);
    expect(heads[0]).toMatchObject({ protocol: null });
    expect(() => server.sendInformational(1, { status: 101, headers: SWITCH })).toThrow(UsageError);
  });

  test("H1-130 the body of the request is framed before the switch", () => {
    const fields = "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n";
    const server = new H1Connection({ role: "server" });
    const events = server.receive(
      ascii(request("POST / HTTP/1.1", fields, "1\r\nx\r\n0\r\n\r\nraw")),
    );
    expect(messagesOf(events)).toMatchObject([{ body: "x", complete: true }]);
    server.sendInformational(1, { status: 101, headers: SWITCH });
    expect(tunnelOf(server.receive(EMPTY))).toBe("raw");
  });

  test("H1-129 100 may be sent before 101", () => {
    const fields =
      "Host: a\r\nConnection: upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n";
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
  const EXPECT = request(
    "POST / HTTP/1.1",
    "Host: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n",
  );

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
    [
      "H1-136 in HTTP/1.0",
      "POST / HTTP/1.0",
      "Expect: 100-continue\r\nContent-Length: 2\r\n",
      false,
    ],
    [
      "H1-137 another expectation",
      "POST / HTTP/1.1",
      "Host: a\r\nExpect: 200-ok\r\nContent-Length: 2\r\n",
      false,
    ],
    [
      "H1-137 not the whole value",
      "POST / HTTP/1.1",
      "Host: a\r\nExpect: y 100-continue\r\nContent-Length: 2\r\n",
      false,
    ],
    [
      "H1-135 in another case",
      "POST / HTTP/1.1",
      "Host: a\r\nExpect: 100-CONTINUE\r\nContent-Length: 2\r\n",
      true,
    ],
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
