// Fields and pseudo-header fields of HTTP/3 (RFC 9114 sections 4.2, 4.3 and 10.3): what is malformed is a stream error of type
// H3_MESSAGE_ERROR. Titles carry the rows of the rule list.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { connected, fin, type H3Connection, on, type Step } from "../helpers/h3-dialogue.js";
import { fineWith, playRow, type Row, resets } from "../helpers/h3-expect.js";
import { data, GET, headers, OK, POST, response } from "../helpers/h3-frames.js";
import { line, section } from "../helpers/qpack-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];
const ask = (c: H3Connection) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";

/** The code a fresh connection gives for these fields; null where the message is delivered. */
function verdict(role: Role, fields: readonly string[], inTrailers = false): ErrorName | null {
  const { connection } = connected(role);
  if (role === "client") ask(connection);
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

const _without = (name: string, fields: readonly string[] = GET): string[] => {
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
