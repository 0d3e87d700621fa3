// Rules on field names and values of HTTP/2, requests and responses (RFC 9113 sections 8.2 and 8.3): what is malformed
// is a stream error, and never delivered. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectAlive,
  expectFine,
  expectStreamError,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  block,
  concat,
  field,
  GET,
  headers,
  OK,
  POST,
  request,
  response,
  tableSize,
} from "../helpers/h2-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const start = (role: Role): Step[] => (role === "server" ? [] : [ask]);
const head = (role: Role, more: readonly string[]) =>
  role === "server" ? [...GET, ...more] : [...OK, ...more];
/** One message with these regular fields. */
const message = (role: Role, more: readonly string[]): Step[] => [
  ...start(role),
  headers(1, head(role, more), { end: true }),
];
/** Trailers with these fields. */
const trailers = (role: Role, more: readonly string[]): Step[] => [
  ...start(role),
  headers(1, role === "server" ? POST : OK),
  headers(1, more, { end: true }),
];

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

describe.each(ROLES)("field names, %s", (role) => {
  test("H2-166 H2-167 H2-168 H2-170 H2-174 H2-169 every octet at every place of a name", () => {
    for (const octet of octets)
      for (const name of [
        octet,
        `${octet}bc`,
        `a${octet}c`,
        `ab${octet}`,
        `x-custom${octet}name-that-is-long`,
      ]) {
        if (name.startsWith(":")) continue;
        const expected = TOKEN.includes(octet) ? null : "H2_FIELD_NAME_INVALID";
        // A name of one letter may be a known field of its own, never here.
        expect(verdict(role, head(role, [name, "v"])), JSON.stringify(name)).toBe(expected);
      }
  });

  test("H2-167 the letters beside A and Z are judged by the token rule", () => {
    for (const [octet, code] of [
      ["@", true],
      ["A", true],
      ["Z", true],
      ["[", true],
      ["`", false],
      ["a", false],
      ["z", false],
      ["{", true],
    ] as const)
      expect(verdict(role, head(role, [`x${octet}`, "v"])) !== null, octet).toBe(code);
  });

  test.each<Row>([
    ["H2-165 an empty name", message(role, ["", "v"]), resets(1, "H2_FIELD_NAME_INVALID")],
    [
      "H2-165 an empty name and an empty value",
      message(role, ["", ""]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-166 a tab behind a name is not stripped",
      message(role, ["cookie\t", "v"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-174 a space before a name is not stripped",
      message(role, [" te", "trailers"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-167 an upper-case name",
      message(role, ["X-Test", "v"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-167 a known name in upper case",
      message(role, ["Host", "a"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    ["H2-169 a colon inside", message(role, ["x:y", "v"]), resets(1, "H2_FIELD_NAME_INVALID")],
    ["H2-169 a colon at the end", message(role, ["x:", "v"]), resets(1, "H2_FIELD_NAME_INVALID")],
    [
      "H2-162 a line break that would begin a field of HTTP/1.1",
      message(role, ["x\r\ny", "v"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-165 an empty name in trailers",
      trailers(role, ["", "v"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
    [
      "H2-167 an upper-case name in trailers",
      trailers(role, ["X-T", "v"]),
      resets(1, "H2_FIELD_NAME_INVALID"),
    ],
  ])("%s", (...row) => playRow(role, row));
});

describe.each(ROLES)("field values, %s", (role) => {
  test("H2-171 H2-173 H2-172 every octet at every place of a value", () => {
    const never = (octet: string) => (octet < " " && octet !== "\t") || octet === "\x7f";
    for (const octet of octets) {
      const isSpace = octet === " " || octet === "\t";
      for (const [value, isEnd] of [
        [octet, true],
        [`${octet}bc`, true],
        [`a${octet}c`, false],
        [`ab${octet}`, true],
      ] as const) {
        const expected = never(octet) || (isEnd && isSpace) ? "H2_FIELD_VALUE_INVALID" : null;
        expect(verdict(role, head(role, ["x-test", value])), JSON.stringify(value)).toBe(expected);
        expect(verdict(role, ["x-test", value], true), `trailers ${JSON.stringify(value)}`).toBe(
          expected,
        );
      }
    }
  });

  test("H2-171 the same where the value comes from the dynamic table", () => {
    for (const value of ["a\0b", "a\rb", "a\nb", " a", "a\t", "a\x1bb"]) {
      const { connection } = connected(role);
      for (const id of [1, 3]) {
        if (role === "client")
          connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
        const bytes =
          id === 1
            ? concat(block(head(role, [])), field("x-test", value, "indexed"))
            : concat(block(head(role, [])), Uint8Array.of(0xbe));
        const [event] = connection.receive(headers(id, bytes, { end: true }));
        expect(
          event?.type === "error" && event.error.code,
          `${JSON.stringify(value)} on stream ${id}`,
        ).toBe("H2_FIELD_VALUE_INVALID");
      }
    }
  });

  test.each<Row>([
    [
      "H2-171 a line of HTTP/1.1 in a value",
      message(role, ["foo", "b\r\nTransfer-Encoding: chunked"]),
      resets(1, "H2_FIELD_VALUE_INVALID"),
    ],
    ["H2-171 NUL", message(role, ["foo", "\0"]), resets(1, "H2_FIELD_VALUE_INVALID")],
    [
      "H2-173 obs-text is kept, octet by octet",
      message(role, ["foo", "\x80\xff\xe4"]),
      fineWith("  foo: \\x80\\xff\\xe4", "end 1"),
    ],
    ["H2-172 an empty value", message(role, ["foo", ""]), fineWith("  foo:", "end 1")],
    ["H2-172 a tab inside", message(role, ["foo", "a\tb"]), fineWith("  foo: a\\tb", "end 1")],
  ])("%s", (...row) => playRow(role, row));
});

describe.each(ROLES)("connection fields, %s", (role) => {
  const names = ["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"];
  test.each<Row>([
    ...names.map(
      (name): Row => [
        `H2-175 ${name}`,
        message(role, [name, "x"]),
        resets(1, "H2_CONNECTION_FIELD"),
      ],
    ),
    ...names.map(
      (name): Row => [
        `H2-175 ${name} in trailers`,
        trailers(role, [name, "x"]),
        resets(1, "H2_CONNECTION_FIELD"),
      ],
    ),
    [
      "H2-175 transfer-encoding: chunked",
      message(role, ["transfer-encoding", "chunked"]),
      resets(1, "H2_CONNECTION_FIELD"),
    ],
    [
      "H2-175 connection without a value",
      message(role, ["connection", ""]),
      resets(1, "H2_CONNECTION_FIELD"),
    ],
    ["H2-176 te: gzip", message(role, ["te", "gzip"]), resets(1, "H2_TE_INVALID")],
    [
      "H2-176 te: trailers, gzip",
      message(role, ["te", "trailers, gzip"]),
      resets(1, "H2_TE_INVALID"),
    ],
    ["H2-176 te: empty", message(role, ["te", ""]), resets(1, "H2_TE_INVALID")],
  ])("%s", (...row) => playRow(role, row));
});

describe("te and http2-settings", () => {
  test.each<Row>([
    [
      "H2-176 te: trailers in a request",
      headers(1, [...GET, "te", "trailers"], { end: true }),
      fineWith("  te: trailers", "end 1"),
    ],
    [
      "H2-176 te: Trailers is no other word",
      headers(1, [...GET, "te", "TRAILERS"], { end: true }),
      (t) => {
        // Names of codings and "trailers" are case-insensitive (RFC 9110 section 10.1.4); a strict receiver may refuse.
        if (t.errors.length > 0) expectStreamError(t, 1, "H2_TE_INVALID");
        else expectFine(t);
      },
    ],
    [
      "H2-177 http2-settings",
      headers(1, [...GET, "http2-settings", "AAMAAABk"], { end: true }),
      resets(1, "H2_CONNECTION_FIELD"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-176 te: trailers in a response", () => {
    expectStreamError(talk("client", message("client", ["te", "trailers"])), 1, "H2_TE_INVALID");
  });
});

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

describe("what users see", () => {
  const headOf = (fields: readonly string[] | Uint8Array) => {
    const { connection } = connected("server");
    const [event] = connection.receive(headers(1, fields, { end: true }));
    if (event?.type !== "head" || !("method" in event.head))
      throw new Error(logOf(event ? [event] : []).join());
    return event.head;
  };

  test("H2-178 H2-179 cookie crumbs are joined by semicolons, other fields by commas", () => {
    const head = headOf([...GET, "cookie", "a=1", "x", "1", "cookie", "b=2", "x", "2"]);
    expect(head.get("cookie")).toBe("a=1; b=2");
    expect(head.get("X")).toBe("1, 2");
    expect(head.getAll("cookie")).toEqual(["a=1", "b=2"]);
    expect(head.rawHeaders).toEqual(["cookie", "a=1", "x", "1", "cookie", "b=2", "x", "2"]);
    expect(head.has("COOKIE")).toBe(true);
    expect(head.get("y")).toBeNull();
  });

  test("H2-180 pseudo-fields are members, and not in rawHeaders", () => {
    const head = headOf(request("POST", "/p?q", ["accept", "*/*"], "a:8443"));
    const { method, target, scheme, authority, path, protocol, httpVersion } = head;
    expect({ method, target, scheme, authority, path, protocol, httpVersion }).toEqual({
      method: "POST",
      target: "/p?q",
      scheme: "https",
      authority: "a:8443",
      path: "/p?q",
      protocol: null,
      httpVersion: "2",
    });
    expect(head.rawHeaders).toEqual(["accept", "*/*"]);
    expect([...head]).toEqual([["accept", "*/*"]]);
  });

  test("a field that came as never-indexed is known to be sensitive", () => {
    const head = headOf(concat(block(GET), field("x-secret", "1", "never"), field("x-open", "2")));
    expect([
      head.isSensitive("x-secret"),
      head.isSensitive("X-Secret"),
      head.isSensitive("x-open"),
    ]).toEqual([true, true, false]);
  });

  test("names like those of object members are only names", () => {
    const head = headOf([...GET, "__proto__", "1", "constructor", "2"]);
    expect(head.get("__proto__")).toBe("1");
    expect(head.get("constructor")).toBe("2");
    expect(head.get("tostring")).toBeNull();
  });
});

describe("malformed messages", () => {
  test("H2-162 a server answers 400 or nothing at all, and resets; the request is never delivered", () => {
    const t = talk("server", headers(1, [...POST, "X", "y"]));
    expect(t.events.map((event) => event.type)).toEqual(["error"]);
    expect(t.errors[0]?.status).toBe(400);
    expectStreamError(t, 1, "H2_FIELD_NAME_INVALID");
  });

  test("H2-163 an intermediary gets nothing to forward: neither head nor content nor end", () => {
    const t = talk("client", [
      ask,
      headers(1, [...OK, "connection", "x"]),
      headers(1, ["x", "y"], { end: true }),
    ]);
    expect(t.events.map((event) => event.type)).toEqual(["error"]);
  });

  test("H2-149 a stream error stays one: the next request is served", () => {
    const t = talk("server", [headers(1, ["x", "y"]), headers(3, GET, { end: true })]);
    expect(t.errors).toHaveLength(1);
    expect(t.log).toContain("end 3");
    expectAlive(t);
  });

  test("an empty table update before the fields changes nothing", () => {
    expectFine(
      talk("server", headers(1, concat(tableSize(0), tableSize(4096), block(GET)), { end: true })),
    );
  });

  test("H2-162 the status of errors stands in the event; with respondToErrors a 431 goes out before the reset", () => {
    const limits = { fieldCount: 5 };
    const fields = [...GET, "a", "1", "b", "2", "c", "3"];
    const { connection } = connected("server", { limits });
    connection.receive(headers(1, fields, { end: true }));
    const lines = new OutputReader().lines(taken(connection));
    expect(lines[0]).toMatch(/^HEADERS 1 end :status: 431/);
    const silent = connected("server", { limits, respondToErrors: false }).connection;
    silent.receive(headers(1, fields, { end: true }));
    expect(new OutputReader().lines(taken(silent))).toEqual(["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
  });
});
