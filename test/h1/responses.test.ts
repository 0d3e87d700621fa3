// Response heads and the body that the request decides, as a client reads them (RFC 9112 sections 4, 6.3).
// Titles carry the rows of the rule list. ▲ stands before the octet that the error must point at.

import type { ErrorName, ResponseHead } from "tercet";
import { describe, expect, test } from "vitest";
import { CONNECT, GET, HEAD, readResponses, UPGRADE } from "../helpers/h1-drive.js";
import { errorOf, messagesOf, tunnelOf } from "../helpers/h1-log.js";
import { accepted, refused, response } from "../helpers/h1-table.js";

const OK = response("HTTP/1.1 200 OK");

describe("status line", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-039 two digits", "HTTP/1.1 20▲ OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 four digits", "HTTP/1.1 200▲0 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 a letter", "HTTP/1.1 2▲a0 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 a tab", "HTTP/1.1▲\t200 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 two spaces", "HTTP/1.1 ▲ 200 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 no code", "HTTP/1.1▲\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 a body without a head", "▲<html>hi", "H1_STATUS_LINE_INVALID"],
    ["H1-039 another protocol", "▲ICY 200 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 lower case", "▲http/1.1 200 OK\r\n", "H1_STATUS_LINE_INVALID"],
    ["H1-039 NUL in the reason", "HTTP/1.1 200 O▲\0K\r\n", "H1_REASON_INVALID"],
    ["H1-039 DEL in the reason", "HTTP/1.1 200 O▲\x7fK\r\n", "H1_REASON_INVALID"],
    ["H1-040 no space behind the code", "HTTP/1.1 200▲\r\n", "H1_STATUS_SPACE_MISSING"],
    ["H1-043 0xx", "HTTP/1.1 ▲099 X\r\n", "H1_STATUS_CODE_INVALID"],
    ["H1-043 600", "HTTP/1.1 ▲600 X\r\n", "H1_STATUS_CODE_INVALID"],
    ["H1-043 999", "HTTP/1.1 ▲999 X\r\n", "H1_STATUS_CODE_INVALID"],
    ["H1-002 bare LF", "HTTP/1.1 200 OK▲\n", "H1_BARE_LF"],
    ["H1-003 bare CR in the reason", "HTTP/1.1 200 O▲\rK\r\n", "H1_BARE_CR"],
    ["H1-013 HTTP/2.0", "HTTP/▲2.0 200 OK\r\n", "H1_VERSION_UNSUPPORTED"],
    ["H1-013 HTTP/0.9 in writing", "HTTP/▲0.9 200 OK\r\n", "H1_VERSION_UNSUPPORTED"],
    [
      "H1-061 a reason above the limit",
      `HTTP/1.1 200 ${"x".repeat(9000)}\r\n`,
      "H1_STATUS_LINE_TOO_LONG",
    ],
  ])("%s", (_name, wire, code) => {
    refused("client", wire, code);
  });

  test.each<[string, string, number, string, string]>([
    ["H1-039 a reason of several words", "HTTP/1.1 404 Not  Found ", 404, "Not  Found ", "1.1"],
    ["H1-039 a reason above ASCII", "HTTP/1.1 500 Ori\xebntatie", 500, "Ori\xebntatie", "1.1"],
    ["H1-039 a tab in the reason", "HTTP/1.1 200 a\tb", 200, "a\tb", "1.1"],
    ["H1-041 an absent reason", "HTTP/1.1 200 ", 200, "", "1.1"],
    [
      "H1-041 a reason that contradicts the code",
      "HTTP/1.1 200 Not Found",
      200,
      "Not Found",
      "1.1",
    ],
    ["H1-043 an unknown code of a known class", "HTTP/1.1 299 X", 299, "X", "1.1"],
    ["H1-043 599", "HTTP/1.1 599 X", 599, "X", "1.1"],
    ["H1-012 a higher minor version", "HTTP/1.5 200 OK", 200, "OK", "1.1"],
    ["H1-011 HTTP/1.0", "HTTP/1.0 200 OK", 200, "OK", "1.0"],
  ])("%s", (_name, line, status, reason, version) => {
    const [message] = accepted("client", response(line));
    expect(message).toMatchObject({ status, reason, version, complete: true });
  });
});

describe("fields of a response", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-046 space before a colon", "X▲ : y\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-044 no colon", "nonsense▲\r\n", "H1_FIELD_COLON_MISSING"],
    ["H1-048 NUL in a value", "X: a▲\0\r\n", "H1_FIELD_VALUE_NUL"],
  ])("%s", (_name, line, code) => {
    refused("client", `HTTP/1.1 200 OK\r\n${line}\r\n`, code);
  });

  test.each([
    ["H1-053 one fold", "X: a\r\n b\r\n", "a b"],
    ["H1-053 all the whitespace around it becomes one space", "X: a \t\r\n \t b\r\n", "a b"],
    ["H1-053 several folds", "X: a\r\n b\r\n\tc\r\n", "a b c"],
    ["H1-053 a fold before the first word", "X:\r\n a\r\n", "a"],
    ["H1-053 a fold and nothing else", "X: a\r\n \r\n", "a"],
  ])("%s", (_name, field, value) => {
    const wire = `HTTP/1.1 200 OK\r\n${field}Content-Length: 0\r\n\r\n`;
    expect(accepted("client", wire)[0]?.headers[0]).toEqual(["X", value]);
  });

  test("H1-053 a folded framing field frames", () => {
    const wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    expect(accepted("client", wire)[0]).toMatchObject({ body: "x", complete: true });
  });

  test("H1-053 refuseObsFold, for proxies", () => {
    refused("client", "HTTP/1.1 200 OK\r\nX: a\r\n▲ b\r\n\r\n", "H1_OBS_FOLD", {
      refuseObsFold: true,
    });
  });

  test("H1-058 Set-Cookie lines are read one by one", () => {
    const wire = response(
      "HTTP/1.1 200 OK",
      "Set-Cookie: a=1; Expires=Thu, 01 Jan 1970\r\nSet-Cookie: b\r\nContent-Length: 0\r\n",
    );
    const event = readResponses(wire).find((one) => one.type === "head");
    const head = event?.type === "head" ? (event.head as ResponseHead) : undefined;
    expect(head?.getAll("set-cookie")).toEqual(["a=1; Expires=Thu, 01 Jan 1970", "b"]);
  });
});

describe("which body a response has", () => {
  const FIELDS = "Content-Length: 5\r\n";

  test.each([
    ["H1-069 to HEAD, with a length", HEAD, "HTTP/1.1 200 OK", FIELDS],
    ["H1-069 to HEAD, chunked", HEAD, "HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n"],
    ["H1-069 to HEAD, neither", HEAD, "HTTP/1.1 404 X", ""],
    ["H1-069 204 with a length", GET, "HTTP/1.1 204 X", FIELDS],
    ["H1-069 304 with a length", GET, "HTTP/1.1 304 X", FIELDS],
    ["H1-069 304 with a coding", GET, "HTTP/1.1 304 X", "Transfer-Encoding: chunked\r\n"],
    [
      "H1-069 205 with no length is not among them, but a length of none is",
      GET,
      "HTTP/1.1 205 X",
      "Content-Length: 0\r\n",
    ],
  ])("%s: none, and the next response follows", (_name, sent, line, fields) => {
    const messages = accepted("client", response(line, fields) + OK, { sent: [sent, GET] });
    expect(messages.map(({ streamId, body, complete }) => [streamId, body, complete])).toEqual([
      [1, "", true],
      [2, "", true],
    ]);
  });

  test.each([
    ["H1-069 1xx with a length has no body either", "HTTP/1.1 103 X", FIELDS],
    ["H1-069 1xx with a coding", "HTTP/1.1 100 X", "Transfer-Encoding: chunked\r\n"],
  ])("%s", (_name, line, fields) => {
    const messages = accepted("client", response(line, fields) + OK);
    expect(messages.map(({ status, streamId }) => [status, streamId])).toEqual([
      [line.includes("103") ? 103 : 100, 1],
      [200, 1],
    ]);
  });

  test.each([
    [
      "H1-081 neither length nor coding",
      "HTTP/1.1 200 OK",
      "",
      "anything\r\n\r\nHTTP/1.1 200 OK\r\n",
    ],
    [
      "H1-075 a coding that is not chunked",
      "HTTP/1.1 200 OK",
      "Transfer-Encoding: gzip\r\n",
      "zipped",
    ],
    [
      "H1-075 chunked that is not the last coding",
      "HTTP/1.1 200 OK",
      "Transfer-Encoding: chunked, gzip\r\n",
      "zipped",
    ],
    ["H1-081 HTTP/1.0", "HTTP/1.0 200 OK", "Connection: keep-alive\r\n", "old"],
    ["H1-081 and empty", "HTTP/1.1 200 OK", "", ""],
  ])("%s: all until the end", (_name, line, fields, body) => {
    const wire = `${line}\r\n${fields}\r\n${body}`;
    const open = accepted("client", wire);
    expect(open[0]).toMatchObject({ body, complete: false });
    const ended = accepted("client", wire, { end: true });
    expect(ended).toMatchObject([{ body, complete: true }]);
  });

  test("H1-070 2xx to CONNECT: a tunnel, whatever the fields say", () => {
    for (const fields of [
      "",
      FIELDS,
      "Transfer-Encoding: chunked\r\n",
      `${FIELDS}Transfer-Encoding: chunked\r\n`,
    ]) {
      const events = readResponses(response("HTTP/1.1 200 OK", fields, "raw bytes"), {
        sent: [CONNECT],
      });
      expect(events.slice(0, 2).map((event) => event.type)).toEqual(["head", "end"]);
      expect([tunnelOf(events), errorOf(events)]).toEqual(["raw bytes", undefined]);
    }
  });

  test("H1-070 any other answer to CONNECT is a response", () => {
    const messages = accepted("client", response("HTTP/1.1 407 X", FIELDS, "login") + OK, {
      sent: [CONNECT, GET],
    });
    expect(messages.map(({ body }) => body)).toEqual(["login", ""]);
  });

  test.each<[string, string, ErrorName]>([
    [
      "H1-071 length and coding",
      "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
      "H1_LENGTH_AND_TRANSFER_ENCODING",
    ],
    [
      "H1-077 two lengths",
      "Content-Length: 3\r\nContent-Length: 4\r\n",
      "H1_CONTENT_LENGTH_CONFLICT",
    ],
    [
      "H1-077 the same length twice",
      "Content-Length: 3\r\nContent-Length: 3\r\n",
      "H1_CONTENT_LENGTH_REPEATED",
    ],
    ["H1-084 an empty length", "Content-Length:\r\n", "H1_CONTENT_LENGTH_INVALID"],
    ["H1-084 a negative length", "Content-Length: -3\r\n", "H1_CONTENT_LENGTH_INVALID"],
    [
      "H1-090 chunked twice",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "H1_CHUNKED_REPEATED",
    ],
    [
      "H1-095 chunked with parameters",
      "Transfer-Encoding: chunked;a=b\r\n",
      "H1_CHUNKED_PARAMETERS",
    ],
  ])("%s", (_name, fields, code) => {
    refused("client", response("HTTP/1.1 200 OK", fields, "3\r\nabc\r\n0\r\n\r\n"), code);
  });

  test("H1-087 a coding in HTTP/1.0", () => {
    const wire = response("HTTP/1.0 200 OK", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
    refused("client", wire, "H1_TRANSFER_ENCODING_IN_HTTP10");
  });

  test.each<[string, string, ErrorName]>([
    [
      "H1-111 H1-079 fewer octets than the length",
      response("HTTP/1.1 200 OK", FIELDS, "hell▲"),
      "H1_BODY_INCOMPLETE",
    ],
    [
      "H1-111 H1-112 chunked without its last chunk",
      response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n▲"),
      "H1_BODY_INCOMPLETE",
    ],
    [
      "H1-112 chunked without its last CRLF",
      response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n", "0\r\n▲"),
      "H1_BODY_INCOMPLETE",
    ],
    ["H1-112 an end in the head", "HTTP/1.1 200 OK\r\nX: y▲", "H1_HEAD_INCOMPLETE"],
    ["H1-112 an end in the status line", "HTT▲", "H1_HEAD_INCOMPLETE"],
  ])("%s", (_name, wire, code) => {
    const events = refused("client", wire, code, { end: true });
    expect(messagesOf(events).every((message) => !message.complete)).toBe(true);
  });

  test("H1-113 an end between messages is clean", () => {
    expect(accepted("client", OK, { end: true })).toHaveLength(1);
  });
});

describe("informational responses", () => {
  test("H1-132 any number of them before the final response", () => {
    const many = Array.from({ length: 50 }, (_, at) => `HTTP/1.1 ${102 + (at % 98)} \r\n\r\n`).join(
      "",
    );
    const messages = accepted("client", many + OK);
    expect(messages).toHaveLength(51);
    expect(messages.every(({ streamId, complete }) => streamId === 1 && complete)).toBe(true);
  });

  test("H1-128 101 to an offer: what follows is not HTTP", () => {
    const wire =
      "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nraw bytes";
    const events = readResponses(wire, { sent: [UPGRADE] });
    expect(events[0]?.type).toBe("informational");
    expect(events.some((event) => event.type === "head" || event.type === "end")).toBe(false);
    expect(tunnelOf(events)).toBe("raw bytes");
  });

  test.each<[string, string, ErrorName]>([
    ["H1-128 101 without Upgrade", "HTTP/1.1 101 X\r\n\r\nraw", "H1_UPGRADE_MISSING"],
  ])("%s", (_name, wire, code) => {
    refused("client", wire, code, { sent: [UPGRADE] });
  });
});
