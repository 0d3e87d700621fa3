// Rules on field names and values of HTTP/2, requests and responses (RFC 9113 section 8.2): what is malformed is a
// stream error, and never delivered. Titles carry the rows of the rule list.

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
  tableSize,
} from "../helpers/h2-wire.js";

const ROLES = ["server", "client"] as const;
type Role = (typeof ROLES)[number];
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const head = (role: Role, more: readonly string[]) =>
  role === "server" ? [...GET, ...more] : [...OK, ...more];
const start = (role: Role): Step[] => (role === "server" ? [] : [ask]);
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
