// What a connection sends: heads, and bodies of exactly the promised length (RFC 9112 sections 3 to 7, RFC 9110 sections 5
// to 8). What went out is read by our own strict receiver. What is refused: sending-refusals.test.ts; the writer
// itself: serialize.test.ts. Titles carry the rows of the rule list.

import type { BodyKind, HeaderList } from "tercet";
import { dechunkHeaders, H1Connection, removeHopByHop } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { readRequests, readResponses, taken } from "../helpers/h1-drive.js";
import { ascii, messagesOf } from "../helpers/h1-log.js";
import {
  answered,
  head,
  type RequestToSend,
  type ResponseToSend,
  refuses,
  sent,
  serverWith,
} from "../helpers/h1-sending.js";
import { request } from "../helpers/h1-table.js";

describe("requests", () => {
  test.each<[string, Partial<RequestToSend>, string]>([
    ["H1-033 origin-form", { path: "/x?y" }, "GET /x?y HTTP/1.1\r\n"],
    ["H1-033 an empty path is sent as /", { path: "" }, "GET / HTTP/1.1\r\n"],
    ["H1-033 no path is /, too", { path: undefined }, "GET / HTTP/1.1\r\n"],
    ["H1-034 absolute-form, for a proxy", { path: "http://a/x" }, "GET http://a/x HTTP/1.1\r\n"],
    [
      "H1-032 asterisk-form for OPTIONS",
      { method: "OPTIONS", path: "*" },
      "OPTIONS * HTTP/1.1\r\n",
    ],
    [
      "H1-032 authority-form for CONNECT",
      { method: "CONNECT", path: undefined, authority: "a:1" },
      "CONNECT a:1 HTTP/1.1\r\n",
    ],
    ["H1-015 H1-014 the version is our own, whatever was received", {}, "GET / HTTP/1.1\r\n"],
    ["H1-020 any token as method", { method: "frob-1" }, "frob-1 / HTTP/1.1\r\n"],
  ])("%s", (_name, more, line) => {
    const client = new H1Connection({ role: "client" });
    client.sendRequest(head(more));
    expect(taken(client).startsWith(line)).toBe(true);
  });

  test("H1-005 nothing comes before or behind a request", () => {
    const client = new H1Connection({ role: "client" });
    client.sendRequest(head());
    client.sendRequest(head());
    expect(taken(client)).toBe("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
  });

  test("H1-068 Host is the authority, first, once", () => {
    const { wire, message } = sent(head({ authority: "example.org:8080", headers: ["x", "y"] }));
    expect(message.headers).toEqual([
      ["host", "example.org:8080"],
      ["x", "y"],
    ]);
    expect(wire).not.toMatch(/host.*host/is);
  });

  test("H1-068 a Host of the caller stays where there is no authority", () => {
    const { message } = sent(head({ authority: undefined, headers: ["X", "y", "Host", "b"] }));
    expect(message.headers.filter(([name]) => name === "host")).toEqual([["host", "b"]]);
  });

  test("H1-028 Host of an absolute-form request is the authority of its target", () => {
    const { message } = sent(head({ path: "http://b:81/", authority: "b:81" }));
    expect(message.headers[0]).toEqual(["host", "b:81"]);
    const client = new H1Connection({ role: "client" });
    refuses(client, () =>
      client.sendRequest(head({ path: "http://b/", authority: undefined, headers: ["host", "c"] })),
    );
  });

  test("H1-037 OPTIONS for the server as a whole is an asterisk", () => {
    expect(sent(head({ method: "OPTIONS", path: "*" })).message.target).toBe("*");
  });

  test.each<[string, string, BodyKind | undefined, string | undefined, string, string | undefined]>(
    [
      [
        "H1-147 POST: chunked, where the length is not known",
        "POST",
        undefined,
        "hello",
        "transfer-encoding",
        "chunked",
      ],
      ["H1-147 POST with a length", "POST", 5, "hello", "content-length", "5"],
      ["H1-148 POST with nothing", "POST", 0, undefined, "content-length", "0"],
      ["H1-147 PUT", "PUT", undefined, "hello", "transfer-encoding", "chunked"],
      ["H1-147 GET has none", "GET", undefined, undefined, "content-length", undefined],
      ["H1-147 DELETE has none", "DELETE", undefined, undefined, "transfer-encoding", undefined],
      ["H1-147 GET with content, where it is asked for", "GET", 5, "hello", "content-length", "5"],
    ],
  )("%s", (_name, method, body, content, name, value) => {
    const { message } = sent(head({ method, ...(body === undefined ? {} : { body }) }), content);
    expect(message.body).toBe(content ?? "");
    expect(message.headers.find((field) => field[0] === name)?.[1]).toBe(value);
  });

  test("H1-147 Content-Length of the caller is the length of the body", () => {
    const client = new H1Connection({ role: "client" });
    const id = client.sendRequest(head({ method: "POST", headers: ["Content-Length", "2"] }));
    client.take();
    refuses(client, () => client.sendData(id, ascii("abc")));
    client.sendData(id, ascii("ab"));
    client.sendEnd(id);
    expect(taken(client)).toBe("ab");
  });

  test("H1-125 H1-131 H1-122 hop-by-hop fields go out where Connection lists them", () => {
    const headers = [
      "connection",
      "te, upgrade, keep-alive",
      "te",
      "trailers",
      "upgrade",
      "x",
      "keep-alive",
      "timeout=5",
    ];
    expect(sent(head({ headers })).message.headers.length).toBe(5);
  });
});

describe("responses", () => {
  test.each<[string, ResponseToSend, string]>([
    [
      "H1-042 the space stays where there is no reason",
      { status: 299, reason: "", headers: [], content: "" },
      "HTTP/1.1 299 \r\n",
    ],
    [
      "H1-015 the version is our own",
      { status: 404, headers: [], content: "" },
      "HTTP/1.1 404 Not Found\r\n",
    ],
    [
      "H1-142 a reason of the caller",
      { status: 200, reason: "Alles \xe4", headers: [], content: "" },
      "HTTP/1.1 200 Alles \xe4\r\n",
    ],
  ])("%s", (_name, answer, line) => {
    expect(answered(answer).wire.startsWith(line)).toBe(true);
  });

  test("H1-066 one space behind the colon, none before, and H1-007 the fields follow at once", () => {
    const server = serverWith();
    server.sendResponse(1, { status: 204, headers: ["X", "y", "Z", ""] });
    expect(taken(server)).toMatch(/^HTTP\/1\.1 204 No Content\r\nX: y\r\nZ: ?\r\n\r\n$/);
  });

  test("H1-057 H1-059 unknown fields and their order stay", () => {
    const headers = [
      "b",
      "1",
      "A",
      "2",
      "b",
      "3",
      "set-cookie",
      "x=1",
      "a",
      "4",
      "set-cookie",
      "y=2",
    ];
    const { message } = answered({ status: 200, headers, content: "" });
    expect(message.headers.filter(([name]) => name !== "content-length").flat()).toEqual(
      headers.map((text) => text.toLowerCase()),
    );
  });

  test.each<[string, HeaderList]>([
    ["flat", ["X-A", "1", "x-b", "2"]],
    [
      "pairs",
      [
        ["X-A", "1"],
        ["x-b", "2"],
      ],
    ],
    [
      "a map",
      new Map([
        ["X-A", "1"],
        ["x-b", "2"],
      ]),
    ],
    ["a record", { "X-A": "1", "x-b": ["2"] }],
  ])("a header list that is %s", (_name, headers) => {
    const { message } = answered({ status: 200, headers, content: "" });
    expect(message.headers).toEqual(
      expect.arrayContaining([
        ["x-a", "1"],
        ["x-b", "2"],
      ]),
    );
  });

  test.each<[string, ResponseToSend, string, [string, string][]]>([
    [
      "H1-148 content of a known length",
      { status: 200, headers: [], content: "h\u00e9llo" },
      "h\xc3\xa9llo",
      [["content-length", "6"]],
    ],
    [
      "H1-148 bytes",
      { status: 200, headers: [], content: ascii("\0\xff") },
      "\0\xff",
      [["content-length", "2"]],
    ],
    ["H1-148 none", { status: 200, headers: [], content: "" }, "", [["content-length", "0"]]],
    [
      "H1-148 none, said otherwise",
      { status: 200, headers: [], body: 0 },
      "",
      [["content-length", "0"]],
    ],
    [
      "H1-149 none in 205",
      { status: 205, headers: [], content: "" },
      "",
      [["content-length", "0"]],
    ],
    ["H1-094 no length in 204", { status: 204, headers: [], content: "" }, "", []],
    [
      "H1-149 a length in 304 is that of the 200",
      { status: 304, headers: ["content-length", "9"] },
      "",
      [["content-length", "9"]],
    ],
    [
      "H1-088 unknown length: chunked",
      { status: 200, headers: [] },
      "",
      [["transfer-encoding", "chunked"]],
    ],
  ])("%s", (_name, answer, body, headers) => {
    const { message } = answered(answer);
    expect([message.body, message.headers]).toEqual([body, headers]);
  });

  test("H1-149 H1-094 to HEAD: the fields of GET, and not a byte of content", () => {
    const { wire, message } = answered(
      { status: 200, headers: [], content: "hello" },
      { method: "HEAD" },
    );
    expect(message.headers).toEqual([["content-length", "5"]]);
    expect(wire.endsWith("\r\n\r\n")).toBe(true);
    const server = serverWith("HEAD / HTTP/1.1");
    server.sendResponse(1, { status: 200, headers: ["content-length", "5"] });
    server.take();
    refuses(server, () => server.sendData(1, ascii("hello")));
  });

  test("H1-092 H1-094 a 2xx to CONNECT has neither length nor coding", () => {
    for (const headers of [
      ["content-length", "0"],
      ["transfer-encoding", "chunked"],
    ]) {
      const server = serverWith("CONNECT a:1 HTTP/1.1");
      refuses(server, () => server.sendResponse(1, { status: 200, headers }));
    }
  });

  test("H1-092 an HTTP/1.0 client gets no chunks: until the connection ends", () => {
    const server = serverWith("GET / HTTP/1.0", "Connection: keep-alive\r\n");
    server.sendResponse(1, { status: 200, headers: [], body: "chunked" });
    server.sendData(1, ascii("old"));
    server.sendEnd(1);
    expect(taken(server)).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nold");
    expect(server.state).toBe("closed");
    const other = serverWith("GET / HTTP/1.0", "");
    refuses(other, () =>
      other.sendResponse(1, { status: 200, headers: ["transfer-encoding", "chunked"] }),
    );
  });

  test("H1-121 keep-alive is told to an HTTP/1.0 client only where it asked for it", () => {
    const asked = serverWith("GET / HTTP/1.0", "Connection: keep-alive\r\n");
    asked.sendResponse(1, { status: 200, headers: [], content: "x" });
    expect(taken(asked)).toContain("Connection: keep-alive\r\n");
    const plain = serverWith("GET / HTTP/1.0", "");
    plain.sendResponse(1, { status: 200, headers: [], content: "x" });
    expect(taken(plain)).toContain("Connection: close\r\n");
  });

  test("H1-150 H1-145 Date is the caller's: no clock is read here", () => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    expect(
      answered({ status: 200, headers: ["date", date], content: "" }).message.headers,
    ).toContainEqual(["date", date]);
    expect(answered({ status: 200, headers: [], content: "" }).wire).not.toMatch(/date/i);
  });
});

describe("bodies", () => {
  const CHUNKED: ResponseToSend = { status: 200, headers: [], body: "chunked" };
  test("exactly the promised length: not a byte more, not a byte fewer", () => {
    const server = serverWith();
    server.sendResponse(1, { status: 200, headers: [], body: 5 });
    server.sendData(1, ascii("hel"));
    server.take();
    refuses(server, () => server.sendData(1, ascii("loo")));
    refuses(server, () => server.sendEnd(1));
    server.sendData(1, ascii("lo"));
    expect(taken(server)).toBe("lo");
    server.sendEnd(1);
    expect([taken(server), server.state]).toEqual(["", "open"]);
    refuses(server, () => server.sendData(1, ascii("x")));
  });

  test("chunks, an empty piece is none, and the last chunk comes with the end", () => {
    const server = serverWith();
    server.sendResponse(1, CHUNKED);
    server.take();
    server.sendData(1, ascii("hello world!"));
    server.sendData(1, ascii(""));
    expect(taken(server)).toBe("c\r\nhello world!\r\n");
    server.sendEnd(1);
    expect(taken(server)).toBe("0\r\n\r\n");
  });

  test("H1-146 trailers end a chunked message", () => {
    const server = serverWith();
    server.sendResponse(1, { ...CHUNKED, headers: ["trailer", "x-sum"] });
    server.sendData(1, ascii("x"));
    server.sendTrailers(1, ["X-Sum", "1"]);
    const [message] = messagesOf(readResponses(taken(server)));
    expect(message).toMatchObject({ body: "x", trailers: [["X-Sum", "1"]], complete: true });
    refuses(server, () => server.sendTrailers(1, ["X-Sum", "1"]));
  });

  test("until the connection ends", () => {
    const server = serverWith();
    server.sendResponse(1, { status: 200, headers: [], body: "until-close" });
    server.sendData(1, ascii("a"));
    server.sendData(1, ascii("b"));
    server.sendEnd(1);
    expect(taken(server)).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab");
    expect(server.state).toBe("closed");
  });

  test("sendData is false when too much waits, and writable comes once it is taken", () => {
    const server = new H1Connection({ role: "server", limits: { sendBufferLength: 100 } });
    server.receive(ascii(request("GET / HTTP/1.1")));
    server.sendResponse(1, CHUNKED);
    server.take();
    expect(server.sendData(1, new Uint8Array(10))).toBe(true);
    expect(server.sendData(1, new Uint8Array(200))).toBe(false);
    expect(server.bufferedAmount).toBeGreaterThan(200);
    server.take();
    expect(server.bufferedAmount).toBe(0);
    expect(server.receive(new Uint8Array(0))).toEqual([{ type: "writable", streamId: 1 }]);
  });

  test("take() gives the bytes once, in order; content is not copied where it is large", () => {
    const server = serverWith();
    const content = new Uint8Array(100_000).fill(120);
    server.sendResponse(1, { status: 200, headers: [], content });
    const pieces = server.take();
    expect(pieces.some((piece) => piece.buffer === content.buffer)).toBe(true);
    expect(server.take()).toEqual([]);
  });
});

describe("helpers for intermediaries", () => {
  // H1-109 H1-123 H1-072: pure functions of the writer, tested beside it in serialize.test.ts; here on what was received.
  test("H1-123 H1-072 what goes on to the next hop can be sent as it is", () => {
    const fields =
      "Host: a\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nTE: gzip\r\nUpgrade: x\r\nX-End: 2\r\n";
    const [event] = readRequests(request("GET / HTTP/1.1", fields));
    if (event?.type !== "head") throw new Error("no head");
    const kept = removeHopByHop(event.head.rawHeaders);
    expect(kept).toEqual(["Host", "a", "X-End", "2"]);
    expect(sent(head({ authority: undefined, headers: kept })).message.headers.flat()).toEqual(
      kept.map((text) => text.toLowerCase()),
    );
  });

  test("H1-109 a decoded body is sent with its length", () => {
    const fields = ["host", "a", "transfer-encoding", "chunked", "trailer", "x"];
    expect(dechunkHeaders(fields, 5)).toEqual(["host", "a", "Content-Length", "5"]);
  });
});
