// Request lines as a server reads them: line ends, the start of a message, the four forms of the target (RFC 9112
// sections 2 and 3). Titles carry the rows of the rule list. ▲ stands before the octet that the error must point at.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { readRequests } from "../helpers/h1-drive.js";
import { errorOf, latin1, messagesOf } from "../helpers/h1-log.js";
import { accepted, headOf, refused, request } from "../helpers/h1-table.js";

describe("lines and the start of a message", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-002 bare LF ends the request line", "GET / HTTP/1.1▲\nHost: a\r\n\r\n", "H1_BARE_LF"],
    ["H1-002 bare LF ends a field", "GET / HTTP/1.1\r\nHost: a▲\n\r\n", "H1_BARE_LF"],
    ["H1-002 bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n▲\n", "H1_BARE_LF"],
    ["H1-002 bare LF as an empty line", "▲\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "H1_BARE_LF"],
    ["H1-003 bare CR ends the request line", "GET / HTTP/1.1▲\rHost: a\r\n\r\n", "H1_BARE_CR"],
    [
      "H1-003 bare CR before the request line",
      "▲\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "H1_BARE_CR",
    ],
    ["H1-003 CR CR LF", "GET / HTTP/1.1▲\r\r\nHost: a\r\n\r\n", "H1_BARE_CR"],
    ["H1-003 bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a▲\rb\r\n\r\n", "H1_BARE_CR"],
    [
      "H1-003 bare CR in a name",
      "GET / HTTP/1.1\r\nHost: a\r\nX▲\rY: b\r\n\r\n",
      "H1_FIELD_COLON_MISSING",
    ],
    [
      "H1-010 CR at the end of the head without LF",
      "GET / HTTP/1.1\r\nHost: a\r\n▲\rX",
      "H1_BARE_CR",
    ],
    [
      "H1-008 space before the first field",
      "GET / HTTP/1.1\r\n▲ Host: a\r\n\r\n",
      "H1_SPACE_BEFORE_FIRST_FIELD",
    ],
    [
      "H1-008 a line of one tab before the first field",
      "GET / HTTP/1.1\r\n▲\t\r\nHost: a\r\n\r\n",
      "H1_SPACE_BEFORE_FIRST_FIELD",
    ],
    ["H1-009 octets of another protocol", "▲\x80\x2e\x01\x03\x01", "H1_METHOD_INVALID"],
    [
      "H1-001 a byte order mark is three octets, not text",
      "▲\xef\xbb\xbfGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "H1_METHOD_INVALID",
    ],
  ])("%s", (_name, wire, code) => {
    refused("server", wire, code);
  });

  test("H1-001 octets stay octets: no text decoding in values", () => {
    const all = Array.from({ length: 0x80 }, (_, at) => String.fromCharCode(0x80 + at)).join("");
    const [message] = accepted("server", request("GET / HTTP/1.1", `Host: a\r\nX: ${all}\r\n`));
    expect(message?.headers[1]).toEqual(["X", all]);
  });

  test("H1-006 eight empty lines by default, before every request", () => {
    const empty = "\r\n".repeat(8);
    const wire = empty + request("GET /1 HTTP/1.1") + empty + request("GET /2 HTTP/1.1");
    expect(accepted("server", wire).map((message) => message.target)).toEqual(["/1", "/2"]);
    refused("server", `${empty}▲\r\n${request("GET / HTTP/1.1")}`, "H1_EMPTY_LINES_TOO_MANY");
  });

  test("H1-010 the head ends at CRLF CRLF and at no octet earlier", () => {
    const wire = request("GET / HTTP/1.1");
    for (let length = 0; length < wire.length; length++) {
      expect(readRequests(wire.slice(0, length)), `${length} octets`).toEqual([]);
    }
    expect(accepted("server", wire)).toHaveLength(1);
  });
});

describe("request line", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-018 two spaces before the target", "GET ▲ / HTTP/1.1\r\n", "H1_REQUEST_LINE_INVALID"],
    ["H1-018 two spaces before the version", "GET / ▲ HTTP/1.1\r\n", "H1_REQUEST_LINE_INVALID"],
    ["H1-018 space before the method", "▲ GET / HTTP/1.1\r\n", "H1_METHOD_INVALID"],
    ["H1-018 space behind the version", "GET / HTTP/1.1▲ \r\n", "H1_VERSION_INVALID"],
    ["H1-018 nothing but spaces", "▲   \r\n\r\n", "H1_METHOD_INVALID"],
    ["H1-019 a tab between the parts", "GET /▲\tHTTP/1.1\r\n", "H1_TARGET_INVALID"],
    ["H1-019 a form feed between the parts", "GET▲\f/ HTTP/1.1\r\n", "H1_METHOD_INVALID"],
    ["H1-020 method with NUL", "G▲\0T / HTTP/1.1\r\n", "H1_METHOD_INVALID"],
    ["H1-020 method with a colon, as if a field came first", "Host▲: a\r\n", "H1_METHOD_INVALID"],
    ["H1-020 a method and no more", "GET▲\r\n", "H1_REQUEST_LINE_INVALID"],
    [
      "H1-024 a target with a space is not repaired",
      "GET /a ▲b HTTP/1.1\r\n",
      "H1_VERSION_INVALID",
    ],
    ["H1-011 lower case", "GET / ▲http/1.1\r\n", "H1_VERSION_INVALID"],
    ["H1-011 no minor version", "GET / HTTP/1▲\r\n", "H1_VERSION_INVALID"],
    ["H1-011 an empty minor version", "GET / HTTP/1.▲\r\n", "H1_VERSION_INVALID"],
    ["H1-011 two digits of minor version", "GET / HTTP/1.1▲0\r\n", "H1_VERSION_INVALID"],
    ["H1-011 two digits of major version", "GET / HTTP/0▲1.1\r\n", "H1_VERSION_INVALID"],
    ["H1-011 huge numbers", "GET / HTTP/4▲294967297.1\r\n", "H1_VERSION_INVALID"],
    ["H1-011 a comma", "GET / HTTP/1▲,1\r\n", "H1_VERSION_INVALID"],
    ["H1-011 space inside", "GET / HTTP/▲ 1.1\r\n", "H1_VERSION_INVALID"],
    ["H1-011 another protocol", "GET / ▲ICE/1.0\r\n", "H1_VERSION_INVALID"],
    ["H1-013 HTTP/2.0", "GET / HTTP/▲2.0\r\n", "H1_VERSION_UNSUPPORTED"],
    ["H1-013 HTTP/0.9 in writing", "GET / HTTP/▲0.9\r\n", "H1_VERSION_UNSUPPORTED"],
    ["H1-016 a simple request", "GET /▲\r\n", "H1_HTTP09_REFUSED"],
    [
      "H1-016 a simple request with fields",
      "GET /x▲\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      "H1_HTTP09_REFUSED",
    ],
    ["H1-017 PRI with another version", "PRI * HTTP/▲1.1\r\nHost: a\r\n\r\n", "H1_PREFACE_INVALID"],
    ["H1-017 PRI with another target", "PRI ▲/ HTTP/2.0\r\n\r\nSM\r\n\r\n", "H1_PREFACE_INVALID"],
    [
      "H1-017 the preface with another second line",
      "PRI * HTTP/2.0\r\n\r\nS▲X\r\n\r\n",
      "H1_PREFACE_INVALID",
    ],
  ])("%s", (_name, wire, code) => {
    refused("server", wire, code);
  });

  test.each([
    ["H1-020 lower case is another method", "get"],
    ["H1-020 registered elsewhere", "PROPFIND"],
    ["H1-020 with a dash", "M-SEARCH"],
    ["H1-020 all characters of a token", "!#$%&'*+-.^_`|~09azAZ"],
    ["H1-020 one character", "A"],
    ["H1-020 begins like the preface", "PRIX"],
    ["H1-020 4,096 octets, the default limit", "A".repeat(4096)],
  ])("%s", (_name, method) => {
    expect(accepted("server", request(`${method} / HTTP/1.1`))[0]?.method).toBe(method);
  });

  test.each(["1.2", "1.9"])("H1-012 HTTP/%s is handled as 1.1", (version) => {
    expect(accepted("server", request(`GET / HTTP/${version}`))[0]?.version).toBe("1.1");
    // The rules of 1.1 hold, as for Host.
    refused("server", request(`GET / HTTP/${version}`, ""), "H1_HOST_MISSING");
  });

  test("H1-021 a method above the limit", () => {
    refused("server", `${"A".repeat(4096)}▲A / HTTP/1.1\r\n`, "H1_METHOD_TOO_LONG");
    refused("server", "OPTI▲ONS * HTTP/1.1\r\n", "H1_METHOD_TOO_LONG", {
      limits: { methodLength: 4 },
    });
  });

  test("H1-022 a target above the limit", () => {
    const wire = `GET /${"a".repeat(16 * 1024 - 1)}▲a HTTP/1.1\r\nHost: a\r\n\r\n`;
    refused("server", wire, "H1_TARGET_TOO_LONG");
  });

  test("H1-023 a request line of 8,000 octets and more is read by default", () => {
    const target = `/${"a".repeat(8000)}`;
    expect(accepted("server", request(`GET ${target} HTTP/1.1`))[0]?.target).toBe(target);
  });

  test("H1-025 a query may hold what URLs of the web leave unescaped", () => {
    const target = "/a?b[]=c|d&e={f}^`g";
    expect(accepted("server", request(`GET ${target} HTTP/1.1`))[0]?.target).toBe(target);
    const absolute = "http://a/?b[]=c|d";
    expect(accepted("server", request(`GET ${absolute} HTTP/1.1`))[0]?.target).toBe(absolute);
  });

  test("H1-017 the preface of HTTP/2 is handed over, however it is cut", () => {
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const events = readRequests(`${preface}\0\0\0\x04`, { handOverPreface: true });
    const bytes = events.map((event) => {
      if (event.type !== "preface" && event.type !== "tunnel") throw new Error(event.type);
      return latin1(event.bytes);
    });
    expect(bytes.join("")).toBe(`${preface}\0\0\0\x04`);
    expect(events.at(0)?.type).toBe("preface");
    expect(bytes[0]?.startsWith(preface)).toBe(true);
  });

  test("H1-017 the preface is refused by its name where nobody takes it", () => {
    const error = errorOf(readRequests("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"));
    expect([error?.code, error?.status, error?.offset]).toEqual(["H1_HTTP2_PREFACE", 505, 0]);
  });

  test("H1-017 the preface is no request later on", () => {
    const first = request("GET / HTTP/1.1");
    const events = readRequests(`${first}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`);
    expect(messagesOf(events)).toHaveLength(1);
    expect(errorOf(events)?.code).toBe("H1_PREFACE_INVALID");
  });
});

describe("request target", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-025 a fragment", "GET /a▲#b HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 NUL", "GET /a▲\0 HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 DEL", "GET /a▲\x7f HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 an octet above ASCII", "GET /▲\xe9 HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 a quote", 'GET /a▲"b HTTP/1.1', "H1_TARGET_INVALID"],
    ["H1-025 a bar in the path", "GET /a▲|b?c HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 a quote in the query", 'GET /a?▲"b HTTP/1.1', "H1_TARGET_INVALID"],
    ["H1-025 a backslash", "GET /a▲\\b HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 a caret", "GET /a▲^b HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 braces", "GET /a▲{b} HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 brackets in a path", "GET /a▲[b] HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 an escape that is none", "GET /a%▲zz HTTP/1.1", "H1_TARGET_INVALID"],
    ["H1-025 none of the four forms", "GET ▲foo HTTP/1.1", "H1_TARGET_FORM_INVALID"],
    ["H1-025 only a query", "GET ▲?a HTTP/1.1", "H1_TARGET_FORM_INVALID"],
    ["H1-029 authority-form for GET", "GET ▲a:80 HTTP/1.1", "H1_TARGET_FORM_INVALID"],
    ["H1-029 origin-form for CONNECT", "CONNECT ▲/ HTTP/1.1", "H1_CONNECT_TARGET_INVALID"],
    [
      "H1-029 absolute-form for CONNECT",
      "CONNECT ▲http://a:1 HTTP/1.1",
      "H1_CONNECT_TARGET_INVALID",
    ],
    ["H1-029 userinfo for CONNECT", "CONNECT ▲u@a:1 HTTP/1.1", "H1_CONNECT_TARGET_INVALID"],
    ["H1-030 CONNECT without a port", "CONNECT ▲a HTTP/1.1", "H1_CONNECT_TARGET_INVALID"],
    ["H1-030 CONNECT with an empty port", "CONNECT ▲a: HTTP/1.1", "H1_CONNECT_TARGET_INVALID"],
    [
      "H1-030 CONNECT with a port that is no number",
      "CONNECT ▲a:4x HTTP/1.1",
      "H1_CONNECT_TARGET_INVALID",
    ],
    [
      "H1-030 CONNECT with a port above 65535",
      "CONNECT a:65536 HTTP/1.1",
      "H1_CONNECT_TARGET_INVALID",
    ],
    ["H1-030 CONNECT without a host", "CONNECT ▲:443 HTTP/1.1", "H1_CONNECT_TARGET_INVALID"],
    ["H1-031 asterisk-form for GET", "GET ▲* HTTP/1.1", "H1_TARGET_FORM_INVALID"],
    ["H1-031 an asterisk and more", "OPTIONS ▲*x HTTP/1.1", "H1_TARGET_FORM_INVALID"],
    ["H1-035 a password", "GET http://▲u:p@a/ HTTP/1.1", "H1_TARGET_USERINFO"],
    ["H1-036 an empty host", "GET http://▲/a HTTP/1.1", "H1_TARGET_HOST_INVALID"],
    ["H1-036 an empty host before a port", "GET http://▲:80/a HTTP/1.1", "H1_TARGET_HOST_INVALID"],
    ["H1-036 an empty host behind a user", "GET http://u@▲/a HTTP/1.1", "H1_TARGET_HOST_INVALID"],
    ["H1-036 an address that is not closed", "GET http://[::1/ HTTP/1.1", "H1_TARGET_HOST_INVALID"],
  ])("%s", (_name, line, code) => {
    refused("server", request(line), code);
  });

  test.each([
    ["H1-025 every character of a path", "/azAZ09-._~!$&'()*+,;=:@/%00%fF//"],
    ["H1-025 every character of a query", "/?azAZ09-._~!$&'()*+,;=:@/?%00"],
    ["H1-025 an empty query", "/?"],
  ])("%s", (_name, target) => {
    const head = headOf(request(`GET ${target} HTTP/1.1`));
    expect([head.target, head.path, head.authority, head.scheme]).toEqual([
      target,
      target,
      "a",
      null,
    ]);
  });

  test.each<[string, string, string, string, string]>([
    ["H1-026 with port and query", "GET http://b:81/c?d", "http", "b:81", "/c?d"],
    ["H1-026 no path", "GET http://b", "http", "b", "/"],
    ["H1-026 no path but a query", "GET http://b?c", "http", "b", "/?c"],
    ["H1-026 another scheme", "GET https://b/", "https", "b", "/"],
    ["H1-035 a user without a password", "GET http://u@b/", "http", "b", "/"],
    ["H1-036 an IPv6 address", "GET http://[::1]:8080/", "http", "[::1]:8080", "/"],
    ["H1-036 an IPv4 address", "GET http://127.0.0.1/", "http", "127.0.0.1", "/"],
    ["H1-036 an escaped host", "GET http://a%20b/", "http", "a%20b", "/"],
  ])("%s", (_name, line, scheme, authority, path) => {
    const head = headOf(request(`${line} HTTP/1.1`));
    expect([head.scheme, head.authority, head.path]).toEqual([scheme, authority, path]);
  });

  test("H1-027 the authority of absolute-form wins over Host, and a difference is told", () => {
    const differs = headOf(request("GET http://b/ HTTP/1.1"));
    expect([differs.authority, differs.get("host"), differs.hostDiffers]).toEqual(["b", "a", true]);
    const same = headOf(request("GET http://A/ HTTP/1.1"));
    expect([same.authority, same.hostDiffers]).toEqual(["A", false]);
  });

  test("H1-038 origin-form: the authority is that of Host; CONNECT: that of the target", () => {
    expect(headOf(request("GET / HTTP/1.1", "Host: b:81\r\n")).authority).toBe("b:81");
    const connect = headOf(request("CONNECT b:443 HTTP/1.1"));
    expect([connect.authority, connect.path]).toEqual(["b:443", null]);
    const options = headOf(request("OPTIONS * HTTP/1.1"));
    expect([options.authority, options.path]).toEqual(["a", "*"]);
  });
});
