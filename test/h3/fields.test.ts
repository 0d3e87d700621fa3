// Fields and pseudo-header fields of HTTP/3 (RFC 9114 sections 4.2, 4.3 and 10.3): what is malformed is a stream error of type
// H3_MESSAGE_ERROR. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { connected, fin, on, type Step } from "../helpers/h3-dialogue.js";
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
import { line, section } from "../helpers/qpack-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";

/** The code a fresh connection gives for these fields; null where the message is delivered. */
function verdict(role: Role, fields: readonly string[], inTrailers = false): ErrorName | null {
  const { connection } = connected(role);
  if (role === "client") ask(connection as never);
  if (inTrailers) connection.receiveStream(0, headers(role === "server" ? POST : OK), false);
  const events = connection.receiveStream(0, headers(fields), true);
  const error = events.find((event) => event.type === "error");
  if (error?.type === "error") {
    const { scope, wireCode, streamId } = error.error;
    expect([scope, wireCode, streamId]).toEqual(["stream", 0x10e, 0]);
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
const asks = (fields: readonly string[]): Step => fin(0, headers(fields));
const answers = (fields: readonly string[]): Step[] => [ask, fin(0, headers(fields))];

/** Rows for a request, a response and both kinds of trailers. */
function everywhere(
  id: string,
  name: string,
  field: readonly string[],
  code: ErrorName,
): [Role, Row][] {
  const trailing = (head: readonly string[]) => [
    on(0, headers(head), data("x")),
    fin(0, headers(field)),
  ];
  return [
    ["server", [`${id} ${name} in a request`, asks([...GET, ...field]), resets(0, code)]],
    ["server", [`${id} ${name} in trailers of a request`, trailing(POST), resets(0, code)]],
    ["client", [`${id} ${name} in a response`, answers([...OK, ...field]), resets(0, code)]],
    [
      "client",
      [`${id} ${name} in trailers of a response`, [ask, ...trailing(OK)], resets(0, code)],
    ],
    [
      "client",
      [
        `${id} ${name} in an interim response`,
        [ask, on(0, headers([...response(103), ...field]))],
        resets(0, code),
      ],
    ],
  ];
}

describe("field lines", () => {
  const rows = [
    ...everywhere("H3-MSG-2", "an upper-case name", ["X-Y", "z"], "H3_FIELD_NAME_INVALID"),
    ...everywhere(
      "H3-MSG-2",
      "one upper-case letter at the end",
      ["xyZ", "z"],
      "H3_FIELD_NAME_INVALID",
    ),
    ...everywhere("H3-MSG-17", "an empty name", ["", "z"], "H3_FIELD_NAME_INVALID"),
    ...everywhere("H3-MSG-17", "a space in a name", ["x y", "z"], "H3_FIELD_NAME_INVALID"),
    ...everywhere("H3-MSG-17", "a colon in a name", ["x:y", "z"], "H3_FIELD_NAME_INVALID"),
    ...everywhere("H3-MSG-17", "CRLF in a name", ["x\r\ny", "z"], "H3_FIELD_NAME_INVALID"),
    ...everywhere(
      "H3-MSG-17",
      "a tab at the end of a name",
      ["cookie\t", "z"],
      "H3_FIELD_NAME_INVALID",
    ),
    ...everywhere("H3-MSG-18", "NUL in a value", ["x", "a\0b"], "H3_FIELD_VALUE_INVALID"),
    ...everywhere("H3-MSG-18", "CR in a value", ["x", "a\rb"], "H3_FIELD_VALUE_INVALID"),
    ...everywhere("H3-MSG-18", "LF in a value", ["x", "a\nb"], "H3_FIELD_VALUE_INVALID"),
    ...everywhere("H3-MSG-19", "a space before a value", ["x", " a"], "H3_FIELD_VALUE_INVALID"),
    ...everywhere("H3-MSG-19", "a tab behind a value", ["x", "a\t"], "H3_FIELD_VALUE_INVALID"),
    ...everywhere("H3-MSG-3", "connection", ["connection", "close"], "H3_CONNECTION_FIELD"),
    ...everywhere("H3-MSG-3", "keep-alive", ["keep-alive", "5"], "H3_CONNECTION_FIELD"),
    ...everywhere("H3-MSG-3", "proxy-connection", ["proxy-connection", "x"], "H3_CONNECTION_FIELD"),
    ...everywhere(
      "H3-MSG-3",
      "transfer-encoding",
      ["transfer-encoding", "chunked"],
      "H3_CONNECTION_FIELD",
    ),
    ...everywhere("H3-MSG-3", "upgrade", ["upgrade", "h2c"], "H3_CONNECTION_FIELD"),
    ...everywhere(
      "H3-MSG-3",
      "an empty transfer-encoding",
      ["transfer-encoding", ""],
      "H3_CONNECTION_FIELD",
    ),
  ];
  test.each(rows.map(([role, row]) => [row[0], role, row] as const))("%s", (_title, role, row) => {
    playRow(role, row);
  });

  test.each(ROLES)("H3-MSG-2 H3-MSG-17 every octet in a name at a %s", (role) => {
    const head = role === "server" ? GET : OK;
    for (const octet of octets)
      for (const name of [`a${octet}b`, `${octet}b`, `a${octet}`]) {
        // A colon first makes a pseudo-header field.
        if (name === ":b") continue;
        const isToken = TOKEN.includes(octet);
        for (const [fields, inTrailers] of [
          [[...head, name, "v"], false],
          [[name, "v"], true],
        ] as const)
          expect(verdict(role, fields, inTrailers) === null, JSON.stringify(name)).toBe(isToken);
      }
  });

  test.each(ROLES)("H3-MSG-18 every octet in a value at a %s", (role) => {
    const head = role === "server" ? GET : OK;
    for (const octet of octets) {
      const isNever = "\0\r\n".includes(octet);
      const isControl = (octet < " " && octet !== "\t") || octet === "\x7f";
      for (const fields of [[...head, "x", `a${octet}b`]]) {
        const code = verdict(role, fields);
        if (isNever) expect(code, JSON.stringify(octet)).toBe("H3_FIELD_VALUE_INVALID");
        else if (!isControl) expect(code, JSON.stringify(octet)).toBeNull();
      }
    }
  });

  test("H3-MSG-18 in values of pseudo-header fields", () => {
    for (const octet of ["\0", "\r", "\n"]) {
      for (const name of [":method", ":scheme", ":authority", ":path"])
        expect(verdict("server", with_(name, `/a${octet}b`)), name).not.toBeNull();
      expect(verdict("client", response(`20${octet}`))).not.toBeNull();
    }
  });

  test.each<Row>([
    [
      "H3-MSG-4 te: trailers",
      asks([...GET, "te", "trailers"]),
      fineWith("  te: trailers", "end 0"),
    ],
    ["H3-MSG-4 te: gzip", asks([...GET, "te", "gzip"]), resets(0, "H3_TE_INVALID")],
    [
      "H3-MSG-4 te: trailers, deflate",
      asks([...GET, "te", "trailers, deflate"]),
      resets(0, "H3_TE_INVALID"),
    ],
    ["H3-MSG-4 an empty te", asks([...GET, "te", ""]), resets(0, "H3_TE_INVALID")],
    ["H3-MSG-4 te: trailers;q=1", asks([...GET, "te", "trailers;q=1"]), resets(0, "H3_TE_INVALID")],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-MSG-22 cookie crumbs are joined when they are read",
      asks([...GET, "cookie", "a=1", "x", "y", "cookie", "b=2"]),
      (t) => {
        const [event] = t.events;
        const head = event?.type === "head" ? event.head : null;
        expect(head?.get("cookie")).toBe("a=1; b=2");
        expect(head?.getAll("cookie")).toEqual(["a=1", "b=2"]);
      },
    ],
    [
      "QP-FLD-4 QP-FLD-5 a field that may never be indexed says so",
      fin(
        0,
        headers(
          section(
            ...[line.static(17), line.static(23), line.static(1), line.staticName(0, "a")],
            line.literal("x-secret", "s", { never: true }),
            line.staticName(84, "t", { never: true }),
            line.literal("x-open", "o"),
          ),
        ),
      ),
      (t) => {
        const [event] = t.events;
        const head = event?.type === "head" ? event.head : null;
        const names = ["x-secret", "authorization", "x-open"];
        expect(names.map((name) => head?.isSensitive(name))).toEqual([true, true, false]);
        expect(head?.rawHeaders.filter((_, at) => at % 2 === 0)).toEqual(names);
      },
    ],
  ])("%s", (...row) => playRow("server", row));
});

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

describe("H3-MSG-1 a malformed message", () => {
  test.each<Row>([
    [
      "H3-MSG-1 is an error of its stream; what follows on it is passed over, others go on",
      [
        on(0, headers([...POST, "X", "y"])),
        on(4, headers(POST)),
        on(0, data("x")),
        fin(0, headers(["x-t", "1"])),
        fin(4, data("fine")),
      ],
      (t) => {
        resets(0, "H3_FIELD_NAME_INVALID")(t);
        expect(t.log).toContain('data 4 "fine"');
      },
    ],
    [
      "H3-MSG-1 in trailers, when everything else was reported",
      [on(0, headers(POST), data("content")), fin(0, headers(["X", "y"]))],
      (t) => {
        resets(0, "H3_FIELD_NAME_INVALID")(t);
        expect(t.log).toContain('data 0 "content"');
        expect(t.events.some(({ type }) => type === "end")).toBe(false);
      },
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H3-MSG-1 a response that has begun is reset, not ended",
      [
        on(0, headers(POST)),
        (c) => void c.sendResponse(0, { status: 200, headers: [] }),
        on(0, headers([":path", "/"])),
      ],
      resets(0, "H3_PSEUDO_IN_TRAILERS"),
    ],
  ])("%s", (...row) => playRow("server", row));
});
