// What the writer of HTTP/2 messages refuses, before a byte leaves: every code of H2_USAGE_RULES, every
// octet in names, values and targets, and that no message tells a value (RFC 9113 section 8).

import { describe, expect, test } from "vitest";
import { NOT_IN_TRAILERS, SINGLE_FIELDS } from "../../src/codec/field-names.js";
import { CONNECTION_FIELDS } from "../../src/codec/field-table.js";
import {
  type RequestParts,
  requestFields,
  responseFields,
  trailerFields,
} from "../../src/codec/message.js";
import { H2_USAGE_RULES, type H2UsageCode } from "../../src/codec/message-usage.js";
import type { HeaderList } from "../../src/events.js";

/** Codes that a test here provoked. */
const seen = new Set<string>();

function refused(code: H2UsageCode, call: () => unknown): void {
  expect(call).toThrow(expect.objectContaining({ name: "UsageError", code }));
  seen.add(code);
}

const get = (parts: Partial<RequestParts>, connectProtocol = false) =>
  requestFields({ method: "GET", authority: "a", headers: [], ...parts }, { connectProtocol });
const answer = (headers: HeaderList, status = 200) => responseFields({ status, headers }, false);

/** A code, or null where nothing is thrown. */
function codeOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("requests", () => {
  test.each<[string, H2UsageCode, Partial<RequestParts>]>([
    ["H2-188 an empty method", "H2_METHOD_INVALID", { method: "" }],
    ["H2-188 H2-S34 a method with a space", "H2_METHOD_INVALID", { method: "GET / HTTP/1.1" }],
    ["PRI", "H2_METHOD_INVALID", { method: "PRI" }],
    ["no method", "H2_METHOD_INVALID", { method: undefined as unknown as string }],
    ["H2-189 an empty scheme", "H2_SCHEME_INVALID", { scheme: "" }],
    ["H2-189 H2-S34 a URL as a scheme", "H2_SCHEME_INVALID", { scheme: "http://a/?" }],
    ["H2-189 a digit first", "H2_SCHEME_INVALID", { scheme: "3a" }],
    ["H2-186 an empty path", "H2_PATH_INVALID", { path: "" }],
    ["H2-186 an empty path of another scheme", "H2_PATH_INVALID", { scheme: "x", path: "" }],
    ["H2-187 no slash", "H2_PATH_INVALID", { path: "a" }],
    ["H2-187 * for GET", "H2_PATH_INVALID", { path: "*" }],
    ["H2-187 an absolute URI", "H2_PATH_INVALID", { path: "http://a/" }],
    ["H2-187 H2-S34 a space", "H2_PATH_INVALID", { path: "/x HTTP/1.1" }],
    ["H2-187 H2-S33 CRLF", "H2_PATH_INVALID", { path: "/x\r\ny: z" }],
    ["H2-187 a fragment", "H2_PATH_INVALID", { path: "/x#y" }],
    ["H2-187 half an escape", "H2_PATH_INVALID", { path: "/%a" }],
    ["H2-187 a number", "H2_PATH_INVALID", { path: 1 as unknown as string }],
    ["H2-191 no authority at all", "H2_AUTHORITY_INVALID", { authority: undefined }],
    ["H2-191 an empty one", "H2_AUTHORITY_INVALID", { authority: "" }],
    [
      "H2-191 an empty Host",
      "H2_AUTHORITY_INVALID",
      { authority: undefined, headers: ["host", ""] },
    ],
    ["H2-190 userinfo", "H2_AUTHORITY_INVALID", { authority: "user@a" }],
    [
      "H2-190 userinfo in Host",
      "H2_AUTHORITY_INVALID",
      { authority: undefined, headers: ["host", "u@a"] },
    ],
    ["H2-191 H2-S33 CRLF", "H2_AUTHORITY_INVALID", { authority: "a\r\nb: c" }],
    ["H2-191 a slash", "H2_AUTHORITY_INVALID", { authority: "a/b" }],
    ["H2-191 a port that is none", "H2_AUTHORITY_INVALID", { authority: "a:x" }],
    ["H2-191 a bad address", "H2_AUTHORITY_INVALID", { authority: "[::g]" }],
    [
      "H2-191 an authority of another scheme",
      "H2_AUTHORITY_INVALID",
      { scheme: "x", authority: "a b" },
    ],
    ["H2-192 Host differs", "H2_HOST_DIFFERS", { headers: ["host", "b"] }],
    ["H2-192 Host with another port", "H2_HOST_DIFFERS", { headers: ["host", "a:80"] }],
    ["H2-192 Host twice", "H2_HEADER_REPEATED", { headers: ["host", "a", "Host", "a"] }],
    ["H2-195 CONNECT without a port", "H2_CONNECT_INVALID", { method: "CONNECT" }],
    ["H2-195 CONNECT, an empty port", "H2_CONNECT_INVALID", { method: "CONNECT", authority: "a:" }],
    ["H2-195 CONNECT, [::1]", "H2_CONNECT_INVALID", { method: "CONNECT", authority: "[::1]" }],
    [
      "H2-195 CONNECT, a path",
      "H2_CONNECT_INVALID",
      { method: "CONNECT", authority: "a:1", path: "/" },
    ],
    [
      "H2-195 CONNECT, a scheme",
      "H2_CONNECT_INVALID",
      { method: "CONNECT", authority: "a:1", scheme: "http" },
    ],
    [
      "H2-195 CONNECT without an authority",
      "H2_AUTHORITY_INVALID",
      { method: "CONNECT", authority: undefined },
    ],
    [
      "XC-003 a protocol that nobody allowed",
      "H2_PROTOCOL_INVALID",
      { method: "CONNECT", protocol: "websocket" },
    ],
    ["H2-176 te: gzip", "H2_TE_INVALID", { headers: ["te", "gzip"] }],
    ["H2-176 te: trailers, gzip", "H2_TE_INVALID", { headers: ["te", "trailers, gzip"] }],
    ["H2-176 te, empty", "H2_TE_INVALID", { headers: ["te", ""] }],
    ["H2-176 te: Trailers", "H2_TE_INVALID", { headers: ["te", "Trailers"] }],
    [
      "H2-184 a pseudo-field that is there already",
      "H2_PSEUDO_FORBIDDEN",
      { headers: [":path", "/"] },
    ],
    ["H2-181 one that nobody knows", "H2_PSEUDO_FORBIDDEN", { headers: [":x", "/"] }],
    ["H2-182 :status", "H2_PSEUDO_FORBIDDEN", { headers: [":status", "200"] }],
  ])("%s", (_name, code, parts) => {
    refused(code, () => get(parts));
  });

  test.each<[string, Partial<RequestParts>]>([
    ["XC-005 a protocol with GET", { protocol: "websocket" }],
    ["XC-005 an empty one", { method: "CONNECT", protocol: "" }],
    ["XC-005 one that is no token", { method: "CONNECT", protocol: "a b" }],
  ])("%s", (_name, parts) => {
    refused("H2_PROTOCOL_INVALID", () => get(parts, true));
  });

  test("XC-005 extended CONNECT has scheme, path and authority like others", () => {
    const parts = { method: "CONNECT", protocol: "websocket" };
    expect(codeOf(() => get(parts, true))).toBeNull();
    refused("H2_AUTHORITY_INVALID", () => get({ ...parts, authority: undefined }, true));
    refused("H2_AUTHORITY_INVALID", () =>
      get({ ...parts, scheme: "x", authority: undefined }, true),
    );
    refused("H2_PATH_INVALID", () => get({ ...parts, path: "*" }, true));
  });
});

describe("responses and trailers", () => {
  test("H2-164 101", () => {
    refused("H2_STATUS_SWITCHING", () => answer([], 101));
    refused("H2_STATUS_SWITCHING", () => responseFields({ status: 101, headers: [] }, true));
  });

  test.each([99, 600, 100, 199, 200.5, Number.NaN, -200, "200" as unknown as number])(
    "H2-194 the final status %s",
    (status) => {
      refused("H2_STATUS_INVALID", () => answer([], status));
    },
  );

  test.each([99, 200, 304, 1000])("H2-194 the interim status %s", (status) => {
    refused("H2_STATUS_INVALID", () => responseFields({ status, headers: [] }, true));
  });

  test("H2-176 te in a response or in trailers", () => {
    refused("H2_TE_INVALID", () => answer(["te", "trailers"]));
    refused("H2_TE_INVALID", () => trailerFields(["te", "trailers"]));
  });

  test("H2-190 H2-191 a Host that is none, which a response has no use for either", () => {
    for (const host of ["", "u@a", "a b", "a/"])
      refused("H2_AUTHORITY_INVALID", () => answer(["host", host]));
  });

  test("H2-158 content-length where content cannot be", () => {
    refused("H2_CONTENT_LENGTH_FORBIDDEN", () => answer(["content-length", "0"], 204));
    const early = { status: 103, headers: ["content-length", "0"] };
    refused("H2_CONTENT_LENGTH_FORBIDDEN", () => responseFields(early, true));
    expect(codeOf(() => answer(["content-length", "7"], 304))).toBeNull();
  });

  test.each(["", "-1", "+1", "1.0", "1, 1", "0x1", "9007199254740992", "1 1", "\xb2"])(
    "H2-161 content-length %j",
    (value) => {
      refused("H2_CONTENT_LENGTH_INVALID", () => answer(["content-length", value]));
    },
  );

  test.each(Object.values(NOT_IN_TRAILERS).flat())("H2-157 %s as a trailer", (name) => {
    const codes = ["H2_TRAILER_FORBIDDEN", "H2_CONNECTION_FIELD", "H2_TE_INVALID"];
    expect(codes).toContain(codeOf(() => trailerFields([name, "1"])));
    expect(codes).toContain(codeOf(() => trailerFields([name.toUpperCase(), "1"])));
    seen.add("H2_TRAILER_FORBIDDEN");
  });

  test("H2-157 a pseudo-field as a trailer", () => {
    refused("H2_PSEUDO_FORBIDDEN", () => trailerFields([":status", "200"]));
  });
});

describe("fields of every kind of section", () => {
  const sections: [string, (headers: HeaderList) => unknown][] = [
    ["request", (headers) => get({ headers })],
    ["response", (headers) => answer(headers)],
    ["interim response", (headers) => responseFields({ status: 103, headers }, true)],
    ["trailers", (headers) => trailerFields(headers)],
  ];

  test.each(CONNECTION_FIELDS)("H2-175 H2-177 H2-S32 %s", (name) => {
    for (const [, send] of sections) {
      for (const spelling of [name, name.toLowerCase(), name.toUpperCase()])
        refused("H2_CONNECTION_FIELD", () => send([spelling, "x"]));
    }
  });

  test.each(SINGLE_FIELDS.filter((name) => name !== "Cookie"))("H2-161 H2-192 %s twice", (name) => {
    const value = name === "Content-Length" ? "1" : "a";
    refused("H2_HEADER_REPEATED", () => get({ headers: [name, value, name.toLowerCase(), value] }));
    refused("H2_HEADER_REPEATED", () => answer([name, value, name.toUpperCase(), value]));
  });

  test.each(sections)(
    "H2-165 H2-166 H2-168 H2-169 H2-170 H2-S35 every octet in a name of a %s",
    (_name, send) => {
      const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
      refused("H2_HEADER_NAME_INVALID", () => send(["", "x"]));
      for (let code = 0; code < 0x180; code++) {
        const character = String.fromCharCode(code);
        for (const name of [`a${character}`, `${character}a`, `x${character}y`]) {
          const expected = token.test(character)
            ? null
            : name.startsWith(":")
              ? "H2_PSEUDO_FORBIDDEN"
              : "H2_HEADER_NAME_INVALID";
          expect([name, codeOf(() => send([name, "x"]))]).toEqual([name, expected]);
        }
      }
    },
  );

  test.each(sections)(
    "H2-171 H2-172 H2-173 H2-S33 every octet in a value of a %s",
    (_name, send) => {
      const wrong: string[] = [];
      for (let code = 0; code < 0x180; code++) {
        const character = String.fromCharCode(code);
        const isPadding = code === 0x20 || code === 0x09;
        const isGood = isPadding || (code > 0x20 && code !== 0x7f && code <= 0xff);
        const cases: [string, boolean][] = [
          [`a${character}b`, isGood],
          [`${character}b`, isGood && !isPadding],
          [`a${character}`, isGood && !isPadding],
        ];
        for (const [value, good] of cases) {
          const code = codeOf(() => send(["x-a", value]));
          if (code !== (good ? null : "H2_HEADER_VALUE_INVALID")) wrong.push(`${value} ${code}`);
        }
      }
      expect(wrong).toEqual([]);
      seen.add("H2_HEADER_VALUE_INVALID");
    },
  );

  test.each<[string, unknown]>([
    ["an odd length", ["a", "b", "c"]],
    ["a number as value", ["a", 1]],
    ["a number as name", [1, "a"]],
    ["a pair of three", [["a", "b", "c"]]],
    ["a record of numbers", { a: 1 }],
    ["a list in a record with a number", { a: ["b", 1] }],
    ["a string", "a: b"],
    ["a number", 7],
  ])("%s is no list", (_name, headers) => {
    for (const [, send] of sections)
      refused("H2_HEADER_LIST_INVALID", () => send(headers as HeaderList));
  });

  test("no headers at all are none", () => {
    for (const [, send] of sections)
      expect(codeOf(() => send(undefined as unknown as HeaderList))).toBeNull();
  });

  test("H2-163 H2-198 a message of an error names the field and the place, never the value", () => {
    const call = () => answer(["authorization", "secret\r\nx: y"]);
    expect(call).toThrow('H2_HEADER_VALUE_INVALID: the value of "authorization" has U+000D at 6');
    const long = () => answer([`${"\r\n\u202e".repeat(99)}`, ""]);
    expect(long).toThrow(/^H2_HEADER_NAME_INVALID: "(?:\\r\\n\\u\{202e\}){20}…" is not a token$/);
  });
});

test("H2-163 every code of the table was provoked above", () => {
  expect([...seen].sort()).toEqual(Object.keys(H2_USAGE_RULES).sort());
});
