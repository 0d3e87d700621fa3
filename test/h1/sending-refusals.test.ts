// What a connection refuses to send: a UsageError before a byte leaves, and nothing has changed (RFC 9112, RFC 9110).
// Titles carry the rows of the rule list.

import type { HeaderList } from "tercet";
import { H1Connection } from "tercet/h1";
import { describe, expect, test } from "vitest";
import { clientAfter, taken } from "../helpers/h1-drive.js";
import { ascii } from "../helpers/h1-log.js";
import {
  head,
  type RequestToSend,
  type ResponseToSend,
  refuses,
  serverWith,
} from "../helpers/h1-sending.js";
import { response } from "../helpers/h1-table.js";

describe("requests", () => {
  test.each<[string, Partial<RequestToSend>]>([
    ["H1-032 asterisk-form for GET", { path: "*" }],
    [
      "H1-032 origin-form for CONNECT",
      { method: "CONNECT", authority: undefined, path: "/", headers: ["host", "a"] },
    ],
    ["H1-030 CONNECT without a port", { method: "CONNECT", path: undefined, authority: "a" }],
    ["H1-025 a fragment", { path: "/a#b" }],
    ["H1-142 a space in the target", { path: "/a b" }],
    ["H1-004 CR in the target", { path: "/a\rb" }],
    ["H1-142 LF in the target", { path: "/a\nb" }],
    ["H1-142 a character above latin1 in the target", { path: "/\u20ac" }],
    ["H1-142 CRLF in the method", { method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET" }],
    ["H1-142 an empty method", { method: "" }],
    ["H1-068 no Host at all", { authority: undefined }],
    ["H1-068 two Hosts", { authority: undefined, headers: ["host", "a", "Host", "a"] }],
    ["H1-068 userinfo in the authority", { authority: "u@a" }],
    ["H1-142 CRLF in the authority", { authority: "a\r\nX: y" }],
    ["H1-142 CRLF in a name", { headers: ["x\r\ny", "z"] }],
    ["H1-142 a space in a name", { headers: ["x y", "z"] }],
    ["H1-007 a name that begins with a space", { headers: [" x", "z"] }],
    ["H1-142 an empty name", { headers: ["", "z"] }],
    ["H1-142 a colon in a name", { headers: ["x:", "z"] }],
    ["H1-051 obs-fold in a value", { headers: ["x", "a\r\n b"] }],
    ["H1-004 CR in a value", { headers: ["x", "a\rb"] }],
    ["H1-142 LF in a value", { headers: ["x", "a\nb"] }],
    ["H1-142 NUL in a value", { headers: ["x", "a\0b"] }],
    ["H1-142 another control character in a value", { headers: ["x", "a\x0bb"] }],
    ["H1-142 space before a value", { headers: ["x", " a"] }],
    ["H1-142 a tab behind a value", { headers: ["x", "a\t"] }],
    ["H1-142 a character above latin1 in a value", { headers: ["x", "\u20ac"] }],
    ["H1-142 a list of odd length", { headers: ["x"] }],
    [
      "H1-143 a field twice that is no list",
      { headers: ["content-type", "a/b", "Content-Type", "a/b"] },
    ],
    ["H1-144 an empty element in a list", { headers: ["connection", "close,,x"] }],
    ["H1-125 TE without naming it in Connection", { headers: ["te", "gzip"] }],
    ["H1-125 chunked in TE", { headers: ["te", "chunked", "connection", "te"] }],
    ["H1-131 Upgrade without naming it in Connection", { headers: ["upgrade", "x"] }],
    ["H1-122 Keep-Alive without naming it in Connection", { headers: ["keep-alive", "timeout=5"] }],
    ["H1-138 an expectation without content", { headers: ["expect", "100-continue"] }],
    ["H1-140 content in TRACE", { method: "TRACE", body: 5 }],
    ["H1-140 chunked content in TRACE", { method: "TRACE", body: "chunked" }],
    [
      "H1-093 length and coding",
      { method: "POST", headers: ["content-length", "5", "transfer-encoding", "chunked"] },
    ],
    [
      "H1-093 a length beside chunks",
      { method: "POST", headers: ["content-length", "5"], body: "chunked" },
    ],
    ["H1-085 a length that is no number", { method: "POST", headers: ["content-length", "5x"] }],
    [
      "H1-085 a length that is another",
      { method: "POST", headers: ["content-length", "5"], body: 6 },
    ],
    [
      "H1-085 two lengths",
      { method: "POST", headers: ["content-length", "5", "content-length", "5"] },
    ],
    [
      "H1-089 chunked twice",
      { method: "POST", headers: ["transfer-encoding", "chunked, chunked"] },
    ],
    [
      "H1-089 chunked, not last",
      { method: "POST", headers: ["transfer-encoding", "chunked, gzip"] },
    ],
    ["H1-147 a request until the connection ends", { method: "POST", body: "until-close" }],
    ["H1-147 a fraction of a byte", { method: "POST", body: 1.5 }],
    ["H1-147 less than nothing", { method: "POST", body: -1 }],
  ])("%s is refused", (_name, more) => {
    const client = new H1Connection({ role: "client" });
    refuses(client, () => client.sendRequest(head(more)));
    // Nothing has changed: the next request is the first.
    expect(client.sendRequest(head())).toBe(1);
  });
});

describe("responses", () => {
  test.each<[string, ResponseToSend]>([
    ["H1-142 a status below 100", { status: 99, headers: [] }],
    ["H1-142 a status above 599", { status: 600, headers: [] }],
    ["H1-142 a status that is no whole number", { status: 200.5, headers: [] }],
    ["an informational status", { status: 103, headers: [] }],
    ["H1-142 CRLF in the reason", { status: 200, reason: "OK\r\nX: y", headers: [] }],
    ["H1-142 CRLF in a value", { status: 200, headers: ["location", "/\r\nSet-Cookie: a=b"] }],
    ["H1-142 LF in a name", { status: 200, headers: ["a\nb", "c"] }],
    ["H1-094 a length in 204", { status: 204, headers: ["content-length", "0"] }],
    ["H1-092 a coding in 204", { status: 204, headers: ["transfer-encoding", "chunked"] }],
    ["H1-149 content in 204", { status: 204, headers: [], content: "x" }],
    ["H1-149 content in 205", { status: 205, headers: [], content: "x" }],
    ["H1-149 content in 304", { status: 304, headers: [], content: "x" }],
    [
      "H1-093 length and coding",
      { status: 200, headers: ["content-length", "1", "transfer-encoding", "chunked"] },
    ],
    [
      "H1-085 a length that is not that of the content",
      { status: 200, headers: ["content-length", "3"], content: "four" },
    ],
    [
      "H1-085 a body kind that is not that of the content",
      { status: 200, headers: [], body: 3, content: "four" },
    ],
    ["H1-143 a field twice that is no list", { status: 200, headers: ["date", "x", "date", "x"] }],
    ["H1-131 426 without Upgrade", { status: 426, headers: [], content: "" }],
  ])("%s is refused", (_name, answer) => {
    const server = serverWith();
    refuses(server, () => server.sendResponse(1, answer));
    server.sendResponse(1, { status: 200, headers: [], content: "" });
    expect(taken(server)).toContain("200 OK");
  });

  test.each<[string, number, HeaderList]>([
    ["H1-092 a coding in 1xx", 103, ["transfer-encoding", "chunked"]],
    ["H1-094 a length in 1xx", 103, ["content-length", "0"]],
    ["a final status as informational", 200, []],
    ["H1-142 LF in an early hint", 103, ["link", "<a>\nx"]],
  ])("%s is refused", (_name, status, headers) => {
    const server = serverWith();
    refuses(server, () => server.sendInformational(1, { status, headers }));
  });
});

const CHUNKED: ResponseToSend = { status: 200, headers: [], body: "chunked" };

describe("trailers", () => {
  test.each([
    "content-length",
    "transfer-encoding",
    "host",
    "connection",
    "authorization",
    "content-type",
    "set-cookie",
    "trailer",
  ])("H1-146 %s may not be a trailer", (name) => {
    const server = serverWith();
    server.sendResponse(1, CHUNKED);
    server.take();
    refuses(server, () => server.sendTrailers(1, [name, "1"]));
    server.sendTrailers(1, ["x", "1"]);
    expect(taken(server)).toBe("0\r\nx: 1\r\n\r\n");
  });

  test("H1-146 trailers need chunks", () => {
    const server = serverWith();
    server.sendResponse(1, { status: 200, headers: [], body: 0 });
    server.take();
    refuses(server, () => server.sendTrailers(1, ["x", "1"]));
  });
});

describe("wrong use", () => {
  test.each<[string, (server: H1Connection) => unknown]>([
    ["an answer to no request", (server) => server.sendResponse(2, { status: 200, headers: [] })],
    ["an answer to stream 0", (server) => server.sendResponse(0, { status: 200, headers: [] })],
    ["data before a response", (server) => server.sendData(1, ascii("x"))],
    ["an end before a response", (server) => server.sendEnd(1)],
    ["trailers before a response", (server) => server.sendTrailers(1, ["x", "y"])],
    ["a request from a server", (server) => server.sendRequest(head())],
  ])("%s", (_name, call) => {
    const server = serverWith();
    refuses(server, () => call(server));
  });

  test("a second answer to one request", () => {
    const server = serverWith();
    server.sendResponse(1, { status: 200, headers: [], content: "" });
    server.take();
    refuses(server, () => server.sendResponse(1, { status: 200, headers: [], content: "" }));
    refuses(server, () => server.sendInformational(1, { status: 103, headers: [] }));
  });

  test("a response from a client", () => {
    const client = clientAfter([{ method: "GET" }]);
    refuses(client, () => client.sendResponse(1, { status: 200, headers: [] }));
    refuses(client, () => client.sendInformational(1, { status: 103, headers: [] }));
  });

  test("anything after the connection is closed or failed", () => {
    const client = clientAfter([{ method: "GET" }]);
    client.receive(
      ascii(response("HTTP/1.1 200 OK", "Connection: close\r\nContent-Length: 0\r\n")),
    );
    refuses(client, () => client.sendRequest(head()));
    const failed = clientAfter([{ method: "GET" }]);
    failed.receive(ascii("nonsense"));
    refuses(failed, () => failed.sendRequest(head()));
  });

  test("the end of a message that has no body is a no-op", () => {
    const client = new H1Connection({ role: "client" });
    const id = client.sendRequest(head());
    client.take();
    client.sendEnd(id);
    expect(taken(client)).toBe("");
    refuses(client, () => client.sendData(id, ascii("x")));
  });
});
