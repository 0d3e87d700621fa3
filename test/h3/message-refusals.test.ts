// Heads and trailers that HTTP/3 sends (RFC 9114 section 4): what they become, what is refused before a byte leaves, with every code
// of H3_USAGE_RULES; and that nothing else differs from HTTP/2, whose checks these are. Titles carry the rows of the rule list.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOT_IN_TRAILERS } from "../../src/codec/field-names.js";
import { CONNECTION_FIELDS } from "../../src/codec/field-table.js";
import { h3RequestFields, h3ResponseFields, h3TrailerFields } from "../../src/codec/h3-message.js";
import {
  type MessageFields,
  type RequestParts,
  requestFields,
  responseFields,
  trailerFields,
} from "../../src/codec/message.js";
import { H2_USAGE_RULES, H3_USAGE_RULES, type H3UsageCode } from "../../src/codec/message-usage.js";
import type { HeaderList } from "../../src/events.js";

/** Codes that a test here provoked. */
const seen = new Set<string>();

function refused(code: H3UsageCode, call: () => unknown): void {
  expect(call).toThrow(expect.objectContaining({ name: "UsageError", code }));
  seen.add(code);
}

const get = (parts: Partial<RequestParts>, connectProtocol = false) =>
  h3RequestFields({ method: "GET", authority: "a", headers: [], ...parts }, { connectProtocol });
const answer = (headers: HeaderList, status = 200) => h3ResponseFields({ status, headers }, false);

describe("requests", () => {
  test("H3-MSG-8 pseudo-fields first, names in lower case", () => {
    expect(get({ path: "/x", headers: ["Accept", "*/*", "X-A", "\xc4"] }).fields).toEqual([
      ...[":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/x"],
      ...["accept", "*/*", "x-a", "\xc4"],
    ]);
  });

  test("H3-MSG-16 an extended CONNECT", () => {
    const parts = { method: "CONNECT", protocol: "webtransport", path: "/wt" };
    expect(get(parts, true).fields).toEqual([
      ...[":method", "CONNECT", ":scheme", "https", ":authority", "a"],
      ...[":path", "/wt", ":protocol", "webtransport"],
    ]);
  });

  test("H3-MSG-15 CONNECT", () => {
    const { fields } = get({ method: "CONNECT", authority: "a:443" });
    expect(fields).toEqual([":method", "CONNECT", ":authority", "a:443"]);
  });

  test.each<[string, H3UsageCode, Partial<RequestParts>, boolean?]>([
    ["H3-MSG-8 an empty method", "H3_METHOD_INVALID", { method: "" }],
    ["H3-MSG-8 a method with a space", "H3_METHOD_INVALID", { method: "GET /" }],
    ["H3-MSG-8 a scheme that is none", "H3_SCHEME_INVALID", { scheme: "1" }],
    ["H3-MSG-12 an empty path", "H3_PATH_INVALID", { path: "" }],
    ["H3-MSG-12 a path without a slash", "H3_PATH_INVALID", { path: "x" }],
    ["H3-MSG-18 a line end in a path", "H3_PATH_INVALID", { path: "/\r\n" }],
    ["H3-MSG-10 no authority", "H3_AUTHORITY_INVALID", { authority: undefined }],
    ["H3-MSG-10 an empty one", "H3_AUTHORITY_INVALID", { authority: "" }],
    [
      "H3-MSG-10 an empty Host",
      "H3_AUTHORITY_INVALID",
      { authority: undefined, headers: ["host", ""] },
    ],
    ["H3-MSG-13 userinfo", "H3_AUTHORITY_INVALID", { authority: "u@a" }],
    ["H3-MSG-11 another Host", "H3_HOST_DIFFERS", { headers: ["host", "b"] }],
    ["H3-MSG-15 CONNECT without a port", "H3_CONNECT_INVALID", { method: "CONNECT" }],
    [
      "H3-MSG-15 with a path",
      "H3_CONNECT_INVALID",
      { method: "CONNECT", authority: "a:1", path: "/" },
    ],
    [
      "H3-MSG-15 with a scheme",
      "H3_CONNECT_INVALID",
      { method: "CONNECT", authority: "a:1", scheme: "https" },
    ],
    ["H3-MSG-16 not allowed", "H3_PROTOCOL_INVALID", { method: "CONNECT", protocol: "x" }],
    ["H3-MSG-16 without CONNECT", "H3_PROTOCOL_INVALID", { protocol: "x" }, true],
    ["H3-MSG-16 no token", "H3_PROTOCOL_INVALID", { method: "CONNECT", protocol: "" }, true],
    ["H3-MSG-4 te", "H3_TE_INVALID", { headers: ["te", "gzip"] }],
    [
      "H3-MSG-21 two lengths",
      "H3_HEADER_REPEATED",
      { headers: ["content-length", "1", "content-length", "2"] },
    ],
    [
      "H3-MSG-21 a length that is none",
      "H3_CONTENT_LENGTH_INVALID",
      { headers: ["content-length", "+1"] },
    ],
    ["H3-MSG-1 an odd list", "H3_HEADER_LIST_INVALID", { headers: ["a"] }],
    ["H3-MSG-1 no list", "H3_HEADER_LIST_INVALID", { headers: 1 as never }],
    [
      "H3-MSG-1 values that are no strings",
      "H3_HEADER_LIST_INVALID",
      { headers: ["a", 1 as never] },
    ],
  ])("%s is refused", (_title, code, parts, connectProtocol) => {
    refused(code, () => get(parts, connectProtocol));
  });
});

describe("responses", () => {
  test("H3-MSG-14 the status is first", () => {
    expect(answer(["X", "y"], 404).fields).toEqual([":status", "404", "x", "y"]);
    const { fields } = h3ResponseFields({ status: 103, headers: { link: "a" } }, true);
    expect(fields).toEqual([":status", "103", "link", "a"]);
  });

  test.each([99, 199, 600, 200.5, Number.NaN])("H3-MSG-14 the status %d is refused", (status) => {
    refused("H3_STATUS_INVALID", () => answer([], status));
  });

  test("H3-MSG-25 101 is refused, and the text names HTTP/3", () => {
    refused("H3_STATUS_SWITCHING", () => answer([], 101));
    refused("H3_STATUS_SWITCHING", () => h3ResponseFields({ status: 101, headers: [] }, true));
    expect(() => answer([], 101)).toThrow("101 does not exist in HTTP/3");
  });

  test("H3-MSG-20 content-length with 204 and in an interim response", () => {
    refused("H3_CONTENT_LENGTH_FORBIDDEN", () => answer(["content-length", "0"], 204));
    const early = { status: 103, headers: ["content-length", "0"] };
    refused("H3_CONTENT_LENGTH_FORBIDDEN", () => h3ResponseFields(early, true));
  });

  test("H3-MSG-4 te in a response", () => {
    refused("H3_TE_INVALID", () => answer(["te", "trailers"]));
  });
});

describe("fields", () => {
  test.each(CONNECTION_FIELDS)("H3-MSG-3 %s is refused", (name) => {
    refused("H3_CONNECTION_FIELD", () => answer([name, "x"]));
    refused("H3_CONNECTION_FIELD", () => get({ headers: [name.toLowerCase(), "x"] }));
    refused("H3_CONNECTION_FIELD", () => h3TrailerFields([name, "x"]));
  });

  test.each([":method", ":status", ":x", ":"])(
    "H3-MSG-5 H3-MSG-6 H3-MSG-9 %s is refused",
    (name) => {
      refused("H3_PSEUDO_FORBIDDEN", () => get({ headers: [name, "x"] }));
      refused("H3_PSEUDO_FORBIDDEN", () => answer([name, "200"]));
    },
  );

  test("H3-MSG-7 pseudo-fields in trailers", () => {
    refused("H3_PSEUDO_FORBIDDEN", () => h3TrailerFields([":status", "200"]));
  });

  test("H3-MSG-2 H3-MSG-17 every octet in a name", () => {
    for (let octet = 0; octet < 256; octet++) {
      const character = String.fromCharCode(octet);
      const name = `x${character}y`;
      if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(character))
        expect(answer([name, "v"]).fields[2]).toBe(name.toLowerCase());
      else refused("H3_HEADER_NAME_INVALID", () => answer([name, "v"]));
    }
    refused("H3_HEADER_NAME_INVALID", () => answer(["", "v"]));
  });

  test("H3-MSG-18 H3-MSG-19 every octet in a value, and at its ends", () => {
    for (let octet = 0; octet < 256; octet++) {
      const character = String.fromCharCode(octet);
      const isSpace = octet === 0x20 || octet === 0x9;
      const isFine = isSpace || (octet > 0x20 && octet !== 0x7f);
      if (isFine) expect(answer(["x", `a${character}b`]).fields[3]).toBe(`a${character}b`);
      else refused("H3_HEADER_VALUE_INVALID", () => answer(["x", `a${character}b`]));
      if (isSpace || !isFine) {
        refused("H3_HEADER_VALUE_INVALID", () => answer(["x", `${character}b`]));
        refused("H3_HEADER_VALUE_INVALID", () => answer(["x", `a${character}`]));
      }
    }
    refused("H3_HEADER_VALUE_INVALID", () => answer(["x", "\u0100"]));
  });

  test.each([...new Set(Object.values(NOT_IN_TRAILERS).flat())])("%s is no trailer", (name) => {
    const isConnection = CONNECTION_FIELDS.includes(name);
    const value = { "content-length": "1", te: "trailers", host: "a" }[name.toLowerCase()] ?? "x";
    if (isConnection) refused("H3_CONNECTION_FIELD", () => h3TrailerFields([name, value]));
    else expect(() => h3TrailerFields([name, value])).toThrow(/^H3_(TRAILER_FORBIDDEN|TE_INVALID)/);
  });

  test("H3-MSG-7 a trailer that frames", () => {
    refused("H3_TRAILER_FORBIDDEN", () => h3TrailerFields(["content-length", "1"]));
    expect(h3TrailerFields(["X-T", "1"]).fields).toEqual(["x-t", "1"]);
  });

  test("no message tells a value", () => {
    const secret = "s3cr3t\n";
    for (const call of [
      () => answer(["cookie", secret]),
      () => get({ headers: ["authorization", secret] }),
      () => get({ authority: `u:${secret}@a` }),
      () => get({ headers: ["host", secret.trim(), "te", secret] }),
    ])
      expect(call).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("s3cr3t") }),
      );
  });
});

/** What a check gives: fields, or the code without its prefix. */
function outcome(call: () => MessageFields): unknown {
  try {
    const { fields, contentLength, priority, listSize } = call();
    return { fields, contentLength, priority, listSize };
  } catch (error) {
    const { name, code } = error as { name: string; code: string };
    return [name, code.slice(0, 3), code.slice(3)];
  }
}

describe("as HTTP/2", () => {
  const word = fc.constantFrom(
    "",
    "a",
    "GET",
    "CONNECT",
    "OPTIONS",
    "*",
    "/",
    "/x?y",
    "/\0",
    "https",
  );
  const maybe = fc.option(fc.oneof(word, fc.constantFrom("a:1", "u@a", "http", "x:y")), {
    nil: undefined,
  });
  const name = fc.constantFrom(
    ...[
      "x",
      "X-A",
      "Host",
      "te",
      "Cookie",
      "content-length",
      "priority",
      "connection",
      ":path",
      "a b",
    ],
  );
  const value = fc.constantFrom("x", "a", "1", "trailers", "", " x", "u=1", "\x7f");
  const headers = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((list) => list.flat());
  const differs = (one: unknown, other: unknown) => {
    if (!Array.isArray(one)) return expect(other).toEqual(one);
    expect(other).toEqual([one[0], "H3_", one[2]]);
    expect(one[1]).toBe("H2_");
  };

  test("requests", () => {
    const requests = fc.record({
      method: word,
      path: maybe,
      authority: maybe,
      scheme: maybe,
      protocol: maybe,
      headers,
    });
    fc.assert(
      fc.property(requests, fc.boolean(), (request, connectProtocol) => {
        const parts = request as RequestParts;
        const options = { connectProtocol };
        differs(
          outcome(() => requestFields(parts, options)),
          outcome(() => h3RequestFields(parts, options)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("responses and trailers", () => {
    const statuses = fc.constantFrom(100, 101, 103, 200, 204, 304, 599, 600, 0.5);
    fc.assert(
      fc.property(statuses, headers, fc.boolean(), (status, list, informational) => {
        differs(
          outcome(() => responseFields({ status, headers: list }, informational)),
          outcome(() => h3ResponseFields({ status, headers: list }, informational)),
        );
        differs(
          outcome(() => trailerFields(list)),
          outcome(() => h3TrailerFields(list)),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("has the same codes", () => {
    const reasons = (rules: object) => Object.keys(rules).map((code) => code.slice(3));
    expect(reasons(H3_USAGE_RULES)).toEqual(reasons(H2_USAGE_RULES));
  });
});

test("every code was provoked here", () => {
  expect([...seen].sort()).toEqual(Object.keys(H3_USAGE_RULES).sort());
});
