// Pseudo-header fields of requests and responses (RFC 9113 section 8.3): what is malformed is a stream error. Titles carry the
// rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  expectStreamError,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
} from "../helpers/h2-dialogue.js";
import { block, concat, GET, headers, OK, POST, response } from "../helpers/h2-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** The code a fresh connection gives for these fields; null where the message is delivered. */
function verdict(role: Role, fields: readonly string[], inTrailers = false): ErrorName | null {
  const { connection } = connected(role);
  if (role === "client")
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  const bytes = inTrailers
    ? concat(headers(1, role === "server" ? POST : OK), headers(1, fields, { end: true }))
    : headers(1, fields, { end: true });
  const events = connection.receive(bytes);
  const error = events.find((event) => event.type === "error");
  if (error?.type === "error") {
    expect([error.error.scope, error.error.wireCode, error.error.streamId]).toEqual([
      "stream",
      1,
      1,
    ]);
    return error.error.code;
  }
  expect(events.at(-1)?.type).toBe("end");
  return null;
}

const without = (name: string, fields: readonly string[] = GET): string[] => {
  const at = fields.indexOf(name);
  return [...fields.slice(0, at), ...fields.slice(at + 2)];
};
const with_ = (name: string, value: string, fields: readonly string[] = GET): string[] => {
  const at = fields.indexOf(name);
  return [...fields.slice(0, at + 1), value, ...fields.slice(at + 2)];
};
const asks = (fields: readonly string[]): Step => headers(1, fields, { end: true });

describe("pseudo-header fields of a request", () => {
  test.each<Row>([
    ["H2-181 one that nobody knows", asks([":foo", "x", ...GET]), resets(1, "H2_PSEUDO_UNKNOWN")],
    [
      "H2-181 a colon alone",
      asks([":", "x", ...GET]),
      resets(1, ["H2_PSEUDO_UNKNOWN", "H2_FIELD_NAME_INVALID"]),
    ],
    [
      "H2-181 :Method",
      asks([":Method", "GET", ...GET]),
      resets(1, ["H2_PSEUDO_UNKNOWN", "H2_FIELD_NAME_INVALID"]),
    ],
    ["H2-182 :status", asks([...GET, ":status", "200"]), resets(1, "H2_PSEUDO_WRONG")],
    ["H2-182 :status alone", asks([":status", "100"]), resets(1, "H2_PSEUDO_WRONG")],
    [
      "H2-183 behind a regular field",
      asks([...without(":path"), "x", "y", ":path", "/"]),
      resets(1, "H2_PSEUDO_MISPLACED"),
    ],
    [
      "H2-183 the same in a CONTINUATION",
      headers(1, [...without(":path"), "x", "y", ":path", "/"], {
        end: true,
        split: [block([...without(":path"), "x", "y"]).length],
      }),
      resets(1, "H2_PSEUDO_MISPLACED"),
    ],
    [
      "H2-183 a known one behind a regular field, that is there already",
      asks([...GET, "x", "y", ":method", "GET"]),
      resets(1, ["H2_PSEUDO_MISPLACED", "H2_PSEUDO_REPEATED"]),
    ],
    ["H2-184 two :method", asks([":method", "GET", ...GET]), resets(1, "H2_PSEUDO_REPEATED")],
    ["H2-184 two :path", asks([...GET, ":path", "/"]), resets(1, "H2_PSEUDO_REPEATED")],
    ["H2-184 two :scheme", asks([...GET, ":scheme", "https"]), resets(1, "H2_PSEUDO_REPEATED")],
    ["H2-184 two :authority", asks([...GET, ":authority", "a"]), resets(1, "H2_PSEUDO_REPEATED")],
    ["H2-185 no :method", asks(without(":method")), resets(1, "H2_PSEUDO_MISSING")],
    ["H2-185 no :scheme", asks(without(":scheme")), resets(1, "H2_PSEUDO_MISSING")],
    ["H2-185 no :path", asks(without(":path")), resets(1, "H2_PSEUDO_MISSING")],
    ["H2-185 no field at all", asks([]), resets(1, "H2_PSEUDO_MISSING")],
    ["H2-186 an empty :path", asks(with_(":path", "")), resets(1, "H2_PATH_INVALID")],
    [
      "H2-187 :path without a slash",
      asks(with_(":path", "index.html")),
      resets(1, "H2_PATH_INVALID"),
    ],
    [
      "H2-187 :path in absolute form",
      asks(with_(":path", "https://a/")),
      resets(1, "H2_PATH_INVALID"),
    ],
    ["H2-187 :path * with GET", asks(with_(":path", "*")), resets(1, "H2_PATH_INVALID")],
    [
      "H2-187 :path * with OPTIONS",
      asks(with_(":path", "*", with_(":method", "OPTIONS"))),
      fineWith("head 1 OPTIONS * HTTP/2", "end 1"),
    ],
    [
      "H2-187 a space in :path",
      asks(with_(":path", "/x HTTP/1.1")),
      resets(1, ["H2_PATH_INVALID", "H2_FIELD_VALUE_INVALID"]),
    ],
    [
      "H2-187 a tab in :path",
      asks(with_(":path", "/x\ty")),
      resets(1, ["H2_PATH_INVALID", "H2_FIELD_VALUE_INVALID"]),
    ],
    ["H2-187 a fragment in :path", asks(with_(":path", "/x#y")), resets(1, "H2_PATH_INVALID")],
    [
      "H2-171 CRLF in :path",
      asks(with_(":path", "/\r\nhost: b")),
      resets(1, ["H2_PATH_INVALID", "H2_FIELD_VALUE_INVALID"]),
    ],
    ["H2-188 an empty :method", asks(with_(":method", "")), resets(1, "H2_METHOD_INVALID")],
    [
      "H2-188 a request line in :method",
      asks(with_(":method", "GET / HTTP/1.1\r\nx:")),
      resets(1, ["H2_METHOD_INVALID", "H2_FIELD_VALUE_INVALID"]),
    ],
    ["H2-188 a space in :method", asks(with_(":method", "GET /")), resets(1, "H2_METHOD_INVALID")],
    [
      "H2-188 a method of our own",
      asks(with_(":method", "BREW")),
      fineWith("head 1 BREW / HTTP/2"),
    ],
    [
      "H2-189 a URL in :scheme",
      asks(with_(":scheme", "http://a/?")),
      resets(1, "H2_SCHEME_INVALID"),
    ],
    ["H2-189 an empty :scheme", asks(with_(":scheme", "")), resets(1, "H2_SCHEME_INVALID")],
    ["H2-189 a digit first", asks(with_(":scheme", "1http")), resets(1, "H2_SCHEME_INVALID")],
    ["H2-189 another scheme", asks(with_(":scheme", "foo+bar-1.0")), fineWith("end 1")],
    [
      "H2-190 userinfo in :authority",
      asks(with_(":authority", "u@a")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-190 userinfo in host",
      asks([...without(":authority"), "host", "u:p@a"]),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 a path in :authority",
      asks(with_(":authority", "a/b")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 a space in :authority",
      asks(with_(":authority", "a b")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 an empty :authority",
      asks(with_(":authority", "")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 a port without digits",
      asks(with_(":authority", "a:b")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 a list in :authority",
      asks(with_(":authority", "a,b@c")),
      resets(1, "H2_AUTHORITY_INVALID"),
    ],
    [
      "H2-191 CRLF in host",
      asks([...without(":authority"), "host", "a\r\nx: y"]),
      resets(1, ["H2_AUTHORITY_INVALID", "H2_FIELD_VALUE_INVALID"]),
    ],
    [
      "H2-191 an address of IPv6 and a port",
      asks(with_(":authority", "[::1]:8443")),
      fineWith("end 1"),
    ],
    [
      "H2-192 host differs from :authority",
      asks([...GET, "host", "b"]),
      resets(1, "H2_HOST_DIFFERS"),
    ],
    [
      "H2-192 host twice",
      asks([...without(":authority"), "host", "a", "host", "a"]),
      resets(1, "H2_HOST_DIFFERS"),
    ],
    ["H2-192 host equals :authority", asks([...GET, "host", "a"]), fineWith("  host: a", "end 1")],
    [
      "H2-193 host in place of :authority",
      asks([...without(":authority"), "host", "b:80"]),
      fineWith("  => scheme https, authority b:80, path /", "end 1"),
    ],
    [
      "H2-193 neither :authority nor host",
      asks(without(":authority")),
      (t) => {
        // RFC 9113 section 8.3.1 wants one of them where the scheme has a mandatory authority, as http and https have.
        if (t.errors.length > 0)
          expectStreamError(t, 1, ["H2_AUTHORITY_INVALID", "H2_PSEUDO_MISSING"]);
        else expectFine(t);
      },
    ],
    [
      "H2-182 :protocol of nobody",
      asks([...GET, ":protocol", "websocket"]),
      resets(1, ["H2_PROTOCOL_INVALID", "H2_PSEUDO_UNKNOWN"]),
    ],
    [
      "H2-164 the Upgrade of HTTP/1.1",
      asks([...GET, "upgrade", "h2c", "connection", "upgrade"]),
      resets(1, "H2_CONNECTION_FIELD"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-187 every octet in a path, as RFC 3986 has it", () => {
    for (const octet of octets) {
      const value = `/a${octet}b`;
      const isNever = octet <= " " || octet === "\x7f" || octet === "#";
      const got = verdict("server", with_(":path", value));
      if (isNever) expect(got, JSON.stringify(value)).not.toBeNull();
      else if (/[A-Za-z0-9\-._~!$&'()*+,;=:@/?]/.test(octet))
        expect(got, JSON.stringify(value)).toBeNull();
    }
  });

  test("H2-188 every octet in a method", () => {
    for (const octet of octets) {
      const expected = `${TOKEN}ABCDEFGHIJKLMNOPQRSTUVWXYZ`.includes(octet);
      expect(
        verdict("server", with_(":method", `A${octet}B`)) === null,
        JSON.stringify(octet),
      ).toBe(expected);
    }
  });

  test("H2-189 every octet in a scheme", () => {
    for (const octet of octets)
      expect(
        verdict("server", with_(":scheme", `a${octet}b`)) === null,
        JSON.stringify(octet),
      ).toBe(/[A-Za-z0-9+.-]/.test(octet));
  });

  test("H2-191 H2-190 every octet in an authority", () => {
    for (const octet of octets) {
      const got = verdict("server", with_(":authority", `a${octet}b`));
      // A comma is a sub-delim of RFC 3986, but "a,b" is the way to smuggle a second host.
      if (/[A-Za-z0-9\-._~!$&'()*+;=]/.test(octet)) expect(got, octet).toBeNull();
      else if (octet !== "%") expect(got, JSON.stringify(octet)).not.toBeNull();
    }
  });
});

const answers = (fields: readonly string[]): Step[] => [ask, headers(1, fields, { end: true })];

describe("pseudo-header fields of a response", () => {
  test.each<Row>([
    [
      "H2-194 no :status",
      answers(["x", "y"]),
      resets(1, ["H2_PSEUDO_MISSING", "H2_STATUS_INVALID"]),
    ],
    ["H2-194 no field at all", answers([]), resets(1, ["H2_PSEUDO_MISSING", "H2_STATUS_INVALID"])],
    [
      "H2-194 H2-184 two of them",
      answers([":status", "200", ":status", "200"]),
      resets(1, "H2_PSEUDO_REPEATED"),
    ],
    ["H2-194 two digits", answers(response("20")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 four digits", answers(response("2000")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 a letter", answers(response("20x")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 a sign", answers(response("+20")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 empty", answers(response("")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 099", answers(response("099")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 600", answers(response("600")), resets(1, "H2_STATUS_INVALID")],
    ["H2-194 a reason behind it", answers(response("200 OK")), resets(1, "H2_STATUS_INVALID")],
    [
      "H2-194 a status that nobody knows",
      answers(response("599")),
      fineWith("head 1 HTTP/2 599 no reason", "end 1"),
    ],
    ["H2-182 :method", answers([":method", "GET", ...OK]), resets(1, "H2_PSEUDO_WRONG")],
    ["H2-182 :path behind :status", answers([...OK, ":path", "/"]), resets(1, "H2_PSEUDO_WRONG")],
    [
      "H2-181 one that nobody knows",
      answers([":version", "2", ...OK]),
      resets(1, "H2_PSEUDO_UNKNOWN"),
    ],
    ["H2-183 behind a regular field", answers(["x", "y", ...OK]), resets(1, "H2_PSEUDO_MISPLACED")],
    ["H2-164 101", answers(response(101)), resets(1, "H2_STATUS_SWITCHING")],
  ])("%s", (...row) => playRow("client", row));
});
