// Fields of a request and Host as a server reads them (RFC 9112 sections 3.2 and 5, RFC 9110 section 5). Titles carry
// the rows of the rule list. ▲ stands before the octet that the error must point at.

import type { ErrorName } from "tercet";
import { describe, expect, test } from "vitest";
import { readRequests } from "../helpers/h1-drive.js";
import { errorOf, messagesOf } from "../helpers/h1-log.js";
import { headOf, refused, request } from "../helpers/h1-table.js";

describe("fields", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-044 no colon", "nonsense▲\r\n", "H1_FIELD_COLON_MISSING"],
    ["H1-044 an empty name", "▲: x\r\n", "H1_FIELD_NAME_INVALID"],
    ["H1-044 a slash in a name", "X▲/Y: z\r\n", "H1_FIELD_NAME_INVALID"],
    ["H1-044 NUL in a name", "X▲\0: z\r\n", "H1_FIELD_NAME_INVALID"],
    ["H1-044 an octet above ASCII in a name", "X▲\xeb: z\r\n", "H1_FIELD_NAME_INVALID"],
    ["H1-044 a space inside a name", "X▲ Y: z\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-045 space before the colon", "X▲ : z\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-045 a tab before the colon", "X▲\t: z\r\n", "H1_SPACE_BEFORE_COLON"],
    ["H1-048 NUL in a value", "X: a▲\0b\r\n", "H1_FIELD_VALUE_NUL"],
    ["H1-048 LF in a value", "X: a▲\nb: c\r\n", "H1_BARE_LF"],
    ["H1-048 CR in a value", "X: a▲\rb\r\n", "H1_BARE_CR"],
    ["H1-049 0x01 in a value", "X: ▲\x01\r\n", "H1_FIELD_VALUE_INVALID"],
    ["H1-049 a vertical tab before a value", "X:▲\x0bz\r\n", "H1_FIELD_VALUE_INVALID"],
    ["H1-049 a form feed behind a value", "X: z▲\f\r\n", "H1_FIELD_VALUE_INVALID"],
    ["H1-049 DEL in a value", "X: z▲\x7f\r\n", "H1_FIELD_VALUE_INVALID"],
    ["H1-052 obs-fold", "X: y\r\n▲ z\r\n", "H1_OBS_FOLD"],
    ["H1-052 obs-fold around framing", "Content-Length: 5\r\n▲ 5\r\n", "H1_OBS_FOLD"],
    ["H1-052 obs-fold with nothing behind it", "X: y\r\n▲\t\r\n", "H1_OBS_FOLD"],
  ])("%s", (_name, line, code) => {
    refused("server", request("GET / HTTP/1.1", `Host: a\r\n${line}`), code);
  });

  test("H1-044 every octet in a name: tokens pass, others do not", () => {
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      const wire = request("GET / HTTP/1.1", `Host: a\r\nX${char}Y: z\r\n`);
      const isToken = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char);
      // A colon ends the name early; "Y: z" is then a value.
      const error = errorOf(readRequests(wire));
      expect(error === undefined, `octet ${octet}`).toBe(isToken || char === ":");
    }
  });

  test("H1-049 every octet in a value: HTAB, SP, VCHAR and obs-text pass, others do not", () => {
    for (let octet = 0; octet < 256; octet++) {
      const char = String.fromCharCode(octet);
      const events = readRequests(request("GET / HTTP/1.1", `Host: a\r\nX: y${char}z\r\n`));
      const passes = octet === 9 || (octet >= 32 && octet !== 127);
      expect(errorOf(events) === undefined, `octet ${octet}`).toBe(passes);
      if (passes) expect(messagesOf(events)[0]?.headers[1]).toEqual(["X", `y${char}z`]);
    }
  });

  test.each([
    ["H1-047 spaces and tabs around a value go", "X: \t y z\t  \r\n", "y z"],
    ["H1-047 no other whitespace goes", "X: \xa0\x85y\xa0\x85 \r\n", "\xa0\x85y\xa0\x85"],
    ["H1-047 none at all", "X:y\r\n", "y"],
    ["H1-044 an empty value", "X:\r\n", ""],
    ["H1-044 a value of nothing but whitespace", "X: \t \r\n", ""],
    ["H1-044 colons in a value", "X: a:b::c\r\n", "a:b::c"],
    ["H1-050 obs-text as it came", "X: \xe2\x82\xac\r\n", "\xe2\x82\xac"],
    ["H1-065 commas inside quotes are left alone", 'X: "a, b", c\r\n', '"a, b", c'],
  ])("%s", (_name, line, value) => {
    const head = headOf(request("GET / HTTP/1.1", `Host: a\r\n${line}`));
    expect(head.getAll("x")).toEqual([value]);
  });

  test("H1-055 look-ups ignore case, rawHeaders keep it", () => {
    const head = headOf(request("GET / HTTP/1.1", "hOST: a\r\nX-Foo: 1\r\nx-fOO: 2\r\n"));
    expect(head.rawHeaders).toEqual(["hOST", "a", "X-Foo", "1", "x-fOO", "2"]);
    expect([head.get("HOST"), head.has("x-FOO"), head.has("x-foo2")]).toEqual(["a", true, false]);
    expect(head.getAll("X-FOO")).toEqual(["1", "2"]);
    expect(head.isSensitive("host")).toBe(false);
  });

  test("H1-056 unknown names are fields like any other, also those of JavaScript", () => {
    const head = headOf(request("GET / HTTP/1.1", "Host: a\r\n__proto__: x\r\nconstructor: y\r\n"));
    expect([head.get("__proto__"), head.get("constructor"), head.get("toString")]).toEqual([
      "x",
      "y",
      null,
    ]);
    expect(head.get("hasOwnProperty")).toBeNull();
  });

  test("H1-058 lines of one name combine in order; cookie crumbs with a semicolon; Set-Cookie apart", () => {
    const fields = "Host: a\r\nA: 1\r\nB: x\r\nA: 2\r\nCookie: c=1\r\nCookie: d=2\r\nA:\r\n";
    const head = headOf(request("GET / HTTP/1.1", fields));
    expect([head.get("a"), head.get("cookie"), head.get("none")]).toEqual([
      "1, 2, ",
      "c=1; d=2",
      null,
    ]);
    expect(head.getAll("a")).toEqual(["1", "2", ""]);
    expect(head.getAll("none")).toEqual([]);
    expect([...head].filter(([name]) => name === "A")).toEqual([
      ["A", "1"],
      ["A", "2"],
      ["A", ""],
    ]);
  });

  test("H1-060 the head is one event, with the last octet of the head", () => {
    const wire = request("POST / HTTP/1.1", "Host: a\r\nContent-Length: 1\r\n");
    expect(readRequests(wire.slice(0, -1))).toEqual([]);
    expect(readRequests(wire).map((event) => event.type)).toEqual(["head"]);
  });

  test.each<[string, string, ErrorName, Record<string, number>]>([
    ["H1-061 a field line", "X: 234567▲8\r\n", "H1_FIELD_LINE_TOO_LONG", { fieldLineLength: 9 }],
    [
      "H1-061 the whole section",
      "X: 2345678\r\n",
      "H1_FIELD_SECTION_TOO_LARGE",
      { fieldSectionLength: 16 },
    ],
    ["H1-061 the count", "X: 1\r\nY: 2\r\n", "H1_FIELD_COUNT_TOO_LARGE", { fieldCount: 2 }],
  ])("%s has its own limit and code", (_name, fields, code, limits) => {
    const events = refused("server", request("GET / HTTP/1.1", `Host: a\r\n${fields}`), code, {
      limits,
    });
    expect(errorOf(events)?.status).toBe(431);
  });
});

describe("Host", () => {
  test.each<[string, string, ErrorName]>([
    ["H1-067 missing", "", "H1_HOST_MISSING"],
    ["H1-067 missing among others", "X-Host: a\r\n", "H1_HOST_MISSING"],
    ["H1-067 twice", "Host: a\r\nHost: b\r\n", "H1_HOST_REPEATED"],
    ["H1-067 twice the same", "Host: a\r\nX: y\r\nhost: a\r\n", "H1_HOST_REPEATED"],
    ["H1-067 a list", "Host: a,b\r\n", "H1_HOST_INVALID"],
    ["H1-067 a space", "Host: a b\r\n", "H1_HOST_INVALID"],
    ["H1-067 userinfo", "Host: u@a\r\n", "H1_HOST_INVALID"],
    ["H1-067 a path", "Host: a/b\r\n", "H1_HOST_INVALID"],
    ["H1-067 a query", "Host: a?b\r\n", "H1_HOST_INVALID"],
    ["H1-067 a fragment", "Host: a#b\r\n", "H1_HOST_INVALID"],
    ["H1-067 a scheme", "Host: http://a\r\n", "H1_HOST_INVALID"],
    ["H1-067 a port that is no number", "Host: a:b\r\n", "H1_HOST_INVALID"],
    ["H1-067 two ports", "Host: a:1:2\r\n", "H1_HOST_INVALID"],
    ["H1-067 an address that is not closed", "Host: [::1\r\n", "H1_HOST_INVALID"],
    ["H1-067 an octet above ASCII", "Host: \xe9\r\n", "H1_HOST_INVALID"],
    ["H1-067 half an escape", "Host: a%2\r\n", "H1_HOST_INVALID"],
  ])("%s", (_name, fields, code) => {
    refused("server", request("GET / HTTP/1.1", fields), code);
    // A second Host or a wrong value is an error in HTTP/1.0 too; only its absence is not.
    if (code !== "H1_HOST_MISSING") refused("server", request("GET / HTTP/1.0", fields), code);
  });

  test.each([
    "a",
    "a:80",
    "a:",
    "EXAMPLE.org",
    "127.0.0.1:1",
    "[::1]",
    "[2001:db8::1]:443",
    "a%20b",
    "a_b",
    "~!$&'()*+;=",
  ])("H1-067 %s is a host", (host) => {
    expect(headOf(request("GET / HTTP/1.1", `Host: ${host}\r\n`)).authority).toBe(host);
  });

  test("H1-067 an empty Host is one, and stands for no authority", () => {
    const head = headOf(request("GET / HTTP/1.1", "Host:\r\n"));
    expect([head.has("host"), head.authority]).toEqual([true, null]);
  });
});
