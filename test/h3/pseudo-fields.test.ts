// Pseudo-header fields of HTTP/3 (RFC 9114 section 4.3, RFC 9220 section 3): what is malformed is a stream error of type
// H3_MESSAGE_ERROR. Titles carry the rows of the rule list.

import { describe, test } from "vitest";
import { fin, on, type Step } from "../helpers/h3-dialogue.js";
import { fineWith, playRow, type Row, resets } from "../helpers/h3-expect.js";
import {
  connect,
  data,
  extendedConnect,
  GET,
  headers,
  OK,
  POST,
  request,
  response,
} from "../helpers/h3-frames.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });

const without = (name: string, fields: readonly string[] = GET): string[] => {
  const at = fields.indexOf(name);
  return [...fields.slice(0, at), ...fields.slice(at + 2)];
};
const with_ = (name: string, value: string, fields: readonly string[] = GET): string[] => {
  const at = fields.indexOf(name);
  return [...fields.slice(0, at + 1), value, ...fields.slice(at + 2)];
};
const asks = (fields: readonly string[]): Step => fin(0, headers(fields));
const answers = (fields: readonly string[]): Step[] => [ask, fin(0, headers(fields))];

describe("pseudo-header fields of a request", () => {
  test.each<Row>([
    ["H3-MSG-5 one that nobody knows", asks([":foo", "x", ...GET]), resets(0, "H3_PSEUDO_UNKNOWN")],
    [
      "H3-MSG-5 a colon alone",
      asks([":", "x", ...GET]),
      resets(0, ["H3_PSEUDO_UNKNOWN", "H3_FIELD_NAME_INVALID"]),
    ],
    [
      "H3-MSG-5 :Method",
      asks([":Method", "GET", ...without(":method")]),
      resets(0, ["H3_PSEUDO_UNKNOWN", "H3_FIELD_NAME_INVALID"]),
    ],
    ["H3-MSG-5 :status", asks([...GET, ":status", "200"]), resets(0, "H3_PSEUDO_WRONG")],
    [
      "H3-MSG-6 one behind a regular field",
      asks([...without(":path"), "x", "y", ":path", "/"]),
      resets(0, "H3_PSEUDO_MISPLACED"),
    ],
    ...[":method", ":scheme", ":authority", ":path"].flatMap((name): Row[] => [
      [
        `H3-MSG-9 ${name} twice`,
        asks([...GET, name, GET[GET.indexOf(name) + 1] ?? ""]),
        resets(0, "H3_PSEUDO_REPEATED"),
      ],
      [
        `H3-MSG-7 ${name} in trailers`,
        [on(0, headers(POST)), fin(0, headers([name, GET[GET.indexOf(name) + 1] ?? ""]))],
        resets(0, "H3_PSEUDO_IN_TRAILERS"),
      ],
    ]),
    ["H3-MSG-8 no :method", asks(without(":method")), resets(0, "H3_PSEUDO_MISSING")],
    ["H3-MSG-8 no :scheme", asks(without(":scheme")), resets(0, "H3_PSEUDO_MISSING")],
    ["H3-MSG-8 no :path", asks(without(":path")), resets(0, "H3_PSEUDO_MISSING")],
    ["H3-MSG-8 QP-FLD-9 no field at all", asks([]), resets(0, "H3_PSEUDO_MISSING")],
    ["H3-MSG-8 an empty :method", asks(with_(":method", "")), resets(0, "H3_METHOD_INVALID")],
    [
      "H3-MSG-8 a request line in :method",
      asks(with_(":method", "GET / HTTP/1.1")),
      resets(0, "H3_METHOD_INVALID"),
    ],
    [
      "H3-MSG-8 a method of our own",
      asks(with_(":method", "BREW")),
      fineWith("head 0 BREW / HTTP/3"),
    ],
    ["H3-MSG-8 an empty :scheme", asks(with_(":scheme", "")), resets(0, "H3_SCHEME_INVALID")],
    [
      "H3-MSG-8 a URL in :scheme",
      asks(with_(":scheme", "http://a/?")),
      resets(0, "H3_SCHEME_INVALID"),
    ],
    ["H3-MSG-8 another scheme", asks(with_(":scheme", "foo+bar-1.0")), fineWith("end 0")],
    [
      "H3-MSG-10 neither :authority nor host",
      asks(without(":authority")),
      resets(0, ["H3_AUTHORITY_INVALID", "H3_PSEUDO_MISSING"]),
    ],
    [
      "H3-MSG-10 the same with http",
      asks(with_(":scheme", "http", without(":authority"))),
      resets(0, ["H3_AUTHORITY_INVALID", "H3_PSEUDO_MISSING"]),
    ],
    [
      "H3-MSG-10 an empty :authority",
      asks(with_(":authority", "")),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-10 an empty host",
      asks([...without(":authority"), "host", ""]),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-10 host in place of :authority",
      asks([...without(":authority"), "host", "b:80"]),
      fineWith("  => scheme https, authority b:80, path /", "end 0"),
    ],
    ["H3-MSG-11 host differs", asks([...GET, "host", "b"]), resets(0, "H3_HOST_DIFFERS")],
    [
      "H3-MSG-11 host twice",
      asks([...without(":authority"), "host", "a", "host", "a"]),
      resets(0, "H3_HOST_DIFFERS"),
    ],
    ["H3-MSG-11 host is the same", asks([...GET, "host", "a"]), fineWith("  host: a", "end 0")],
    ["H3-MSG-12 an empty :path", asks(with_(":path", "")), resets(0, "H3_PATH_INVALID")],
    [
      "H3-MSG-12 :path without a slash",
      asks(with_(":path", "index.html")),
      resets(0, "H3_PATH_INVALID"),
    ],
    [
      "H3-MSG-12 :path in absolute form",
      asks(with_(":path", "https://a/")),
      resets(0, "H3_PATH_INVALID"),
    ],
    ["H3-MSG-12 :path * with GET", asks(with_(":path", "*")), resets(0, "H3_PATH_INVALID")],
    [
      "H3-MSG-12 :path * with OPTIONS",
      asks(with_(":path", "*", request("OPTIONS"))),
      fineWith("head 0 OPTIONS * HTTP/3", "end 0"),
    ],
    [
      "H3-MSG-12 a space in :path",
      asks(with_(":path", "/x HTTP/1.1")),
      resets(0, ["H3_PATH_INVALID", "H3_FIELD_VALUE_INVALID"]),
    ],
    ["H3-MSG-12 a fragment in :path", asks(with_(":path", "/x#y")), resets(0, "H3_PATH_INVALID")],
    [
      "H3-MSG-13 userinfo in :authority",
      asks(with_(":authority", "u@a")),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-13 userinfo and password",
      asks(with_(":authority", "u:p@a:1")),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-13 userinfo in host",
      asks([...without(":authority"), "host", "u@a"]),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-13 a path in :authority",
      asks(with_(":authority", "a/b")),
      resets(0, "H3_AUTHORITY_INVALID"),
    ],
    [
      "H3-MSG-13 an address of IPv6 and a port",
      asks(with_(":authority", "[::1]:8443")),
      fineWith("end 0"),
    ],
    [
      "H3-MSG-16 :protocol without CONNECT",
      asks([...GET, ":protocol", "websocket"]),
      resets(0, ["H3_PROTOCOL_INVALID", "H3_PSEUDO_UNKNOWN"]),
    ],
    [
      "H3-MSG-16 :protocol that we did not enable",
      asks(extendedConnect("websocket")),
      resets(0, ["H3_PROTOCOL_INVALID", "H3_PSEUDO_UNKNOWN"]),
    ],
    [
      "H3-MSG-15 CONNECT with :path",
      asks([...connect(), ":path", "/"]),
      resets(0, "H3_CONNECT_INVALID"),
    ],
    [
      "H3-MSG-15 CONNECT with :scheme",
      asks([...connect(), ":scheme", "https"]),
      resets(0, "H3_CONNECT_INVALID"),
    ],
    [
      "H3-MSG-15 CONNECT without :authority",
      asks([":method", "CONNECT"]),
      resets(0, ["H3_CONNECT_INVALID", "H3_PSEUDO_MISSING", "H3_AUTHORITY_INVALID"]),
    ],
    [
      "H3-MSG-15 CONNECT without a port",
      asks(connect("a")),
      resets(0, ["H3_CONNECT_INVALID", "H3_AUTHORITY_INVALID"]),
    ],
    [
      "H3-MSG-15 CONNECT",
      on(0, headers(connect("a:443"))),
      fineWith("head 0 CONNECT a:443 HTTP/3"),
    ],
  ])("%s", (...row) => playRow("server", row));

  const enabled = { settings: { enableConnectProtocol: true } };
  test.each<Row>([
    [
      "H3-MSG-16 :protocol that we enabled",
      on(0, headers(extendedConnect("websocket"))),
      fineWith("head 0 CONNECT / HTTP/3"),
      enabled,
    ],
    [
      "H3-MSG-16 without :path",
      on(0, headers(without(":path", extendedConnect("x")))),
      resets(0, ["H3_PSEUDO_MISSING", "H3_CONNECT_INVALID"]),
      enabled,
    ],
    [
      "H3-MSG-16 without :scheme",
      on(0, headers(without(":scheme", extendedConnect("x")))),
      resets(0, ["H3_PSEUDO_MISSING", "H3_CONNECT_INVALID"]),
      enabled,
    ],
    [
      "H3-MSG-16 without :authority",
      on(0, headers(without(":authority", extendedConnect("x")))),
      resets(0, ["H3_PSEUDO_MISSING", "H3_CONNECT_INVALID", "H3_AUTHORITY_INVALID"]),
      enabled,
    ],
    [
      "H3-MSG-16 with another method",
      asks([...GET, ":protocol", "x"]),
      resets(0, "H3_PROTOCOL_INVALID"),
      enabled,
    ],
    [
      "H3-MSG-16 an empty :protocol",
      on(0, headers(extendedConnect(""))),
      resets(0, "H3_PROTOCOL_INVALID"),
      enabled,
    ],
    [
      "H3-MSG-9 :protocol twice",
      on(0, headers([...extendedConnect("x"), ":protocol", "x"])),
      resets(0, "H3_PSEUDO_REPEATED"),
      enabled,
    ],
  ])("%s", (...row) => playRow("server", row));
});

describe("pseudo-header fields of a response", () => {
  test.each<Row>([
    [
      "H3-MSG-14 no :status",
      answers(["x", "y"]),
      resets(0, ["H3_PSEUDO_MISSING", "H3_STATUS_INVALID"]),
    ],
    [
      "H3-MSG-14 no field at all",
      answers([]),
      resets(0, ["H3_PSEUDO_MISSING", "H3_STATUS_INVALID"]),
    ],
    ["H3-MSG-14 two digits", answers(response("20")), resets(0, "H3_STATUS_INVALID")],
    ["H3-MSG-14 four digits", answers(response("2000")), resets(0, "H3_STATUS_INVALID")],
    ["H3-MSG-14 a letter", answers(response("20x")), resets(0, "H3_STATUS_INVALID")],
    ["H3-MSG-14 099", answers(response("099")), resets(0, "H3_STATUS_INVALID")],
    ["H3-MSG-14 600", answers(response("600")), resets(0, "H3_STATUS_INVALID")],
    ["H3-MSG-14 a reason behind it", answers(response("200 OK")), resets(0, "H3_STATUS_INVALID")],
    [
      "H3-MSG-14 one that nobody knows",
      answers(response("599")),
      fineWith("head 0 HTTP/3 599 no reason", "end 0"),
    ],
    [
      "H3-MSG-9 :status twice",
      answers([":status", "200", ":status", "200"]),
      resets(0, "H3_PSEUDO_REPEATED"),
    ],
    ["H3-MSG-25 101", [ask, on(0, headers(response(101)))], resets(0, "H3_STATUS_SWITCHING")],
    ["H3-MSG-5 :method", answers([":method", "GET", ...OK]), resets(0, "H3_PSEUDO_WRONG")],
    ["H3-MSG-5 :path behind :status", answers([...OK, ":path", "/"]), resets(0, "H3_PSEUDO_WRONG")],
    [
      "H3-MSG-5 one that nobody knows",
      answers([":version", "3", ...OK]),
      resets(0, "H3_PSEUDO_UNKNOWN"),
    ],
    [
      "H3-MSG-6 behind a regular field",
      answers(["x", "y", ...OK]),
      resets(0, "H3_PSEUDO_MISPLACED"),
    ],
    [
      "H3-MSG-7 :status in trailers",
      [ask, on(0, headers(OK), data("x")), fin(0, headers(OK))],
      resets(0, "H3_PSEUDO_IN_TRAILERS"),
    ],
  ])("%s", (...row) => playRow("client", row));
});
