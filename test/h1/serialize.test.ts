// The writer of HTTP/1.1 messages, below the connection: what it writes, byte for byte, and which
// octets it lets pass (RFC 9112 sections 2 to 7, RFC 9110 section 5; S29 of the attack list). What
// it refuses: serialize-refusals.test.ts. What the connection decides for it: sending.test.ts.

import { describe, expect, test } from "vitest";
import {
  COPIED_LENGTH,
  chunkHeader,
  lastChunk,
  type ResponseParts,
  writeChunk,
  writeRequest,
  writeResponse,
  writeResponseHead,
  writeTrailers,
} from "../../src/codec/h1-serialize.js";
import { contentLengthOf } from "../../src/codec/head-bytes.js";
import type { UsageError } from "../../src/errors.js";
import { ascii, latin1 } from "../helpers/h1-log.js";
import { codeOf, FINE, get, ok, requestText, responseText } from "../helpers/h1-write.js";

describe("heads", () => {
  test("H1-007 H1-066 a request: three parts, one SP between, the lines at once, an empty line", () => {
    expect(requestText({ target: "/a?b=c", headers: ["Host", "a:8", "X-Y", "z", "e", ""] })).toBe(
      "GET /a?b=c HTTP/1.1\r\nHost: a:8\r\nX-Y: z\r\ne: \r\n\r\n",
    );
  });

  test("H1-068 the connection's lines come first, so that Host can be first", () => {
    expect(requestText({ headers: ["x", "y"], extra: ["Host", "a"] })).toBe(
      "GET / HTTP/1.1\r\nHost: a\r\nx: y\r\n\r\n",
    );
  });

  test.each<[string, Partial<ResponseParts>, string]>([
    ["H1-042 a registered reason", { status: 404 }, "HTTP/1.1 404 Not Found"],
    ["H1-042 null is like none given", { status: 103, reason: null }, "HTTP/1.1 103 Early Hints"],
    ["H1-042 SP without a reason", { reason: "" }, "HTTP/1.1 200 "],
    ["H1-042 SP where none is registered", { status: 599 }, "HTTP/1.1 599 "],
    ["the caller's reason, obs-text", { reason: "sch\xf6n\tso" }, "HTTP/1.1 200 sch\xf6n\tso"],
    ["the registered one, given", { reason: "OK" }, "HTTP/1.1 200 OK"],
    ["another one's", { status: 201, reason: "OK" }, "HTTP/1.1 201 OK"],
  ])("%s", (_name, parts, line) => {
    expect(responseText(parts)).toBe(`${line}\r\n\r\n`);
  });

  test("H1-015 every status code is written as three digits of HTTP/1.1", () => {
    for (let status = 100; status < 600; status++) {
      const headers =
        status === 101 || status === 426 ? ["upgrade", "x", "connection", "upgrade"] : [];
      expect(responseText({ status, headers })).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status} [\\w -]*\r\n`),
      );
    }
  });

  test("H1-059 order and spelling stay as they are", () => {
    const headers = [
      "b",
      "1",
      "A",
      "2",
      "SET-COOKIE",
      "3",
      "b",
      "4",
      "set-cookie",
      "5",
      "x-Own-1",
      "6",
    ];
    const lines = "b: 1\r\nA: 2\r\nSET-COOKIE: 3\r\nb: 4\r\nset-cookie: 5\r\nx-Own-1: 6\r\n";
    expect(responseText({ headers })).toBe(`HTTP/1.1 200 OK\r\n${lines}\r\n`);
    // The second time the names are known.
    expect(responseText({ headers })).toBe(`HTTP/1.1 200 OK\r\n${lines}\r\n`);
  });

  test("names that objects and arrays have of their own are names like others", () => {
    for (const name of [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "0",
      "4294967295",
    ]) {
      const text = `HTTP/1.1 200 OK\r\n${name}: x\r\n${name}: y\r\n\r\n`;
      expect(responseText({ headers: [name, "x", name, "y"] })).toBe(text);
      expect(responseText({ headers: [name, "x", name, "y"] })).toBe(text);
    }
  });

  test("obs-text and HTAB inside a value go out byte for byte", () => {
    expect(responseText({ headers: ["x", "a\tb\x80\xff", "y", "z"] })).toBe(
      "HTTP/1.1 200 OK\r\nx: a\tb\x80\xff\r\ny: z\r\n\r\n",
    );
  });

  test("more names than are learned, twice", () => {
    const headers = Array.from({ length: 1000 }, (_, i) => `x-${i % 500}-${"y".repeat(i % 90)}`);
    const pairs = headers.flatMap((name) => [name, "1"]);
    const lines = headers.map((name) => `${name}: 1\r\n`).join("");
    expect(responseText({ headers: pairs })).toBe(`HTTP/1.1 200 OK\r\n${lines}\r\n`);
    expect(responseText({ headers: pairs })).toBe(`HTTP/1.1 200 OK\r\n${lines}\r\n`);
  });

  test("outputs of any length stay as they are while others are written", () => {
    const written: [string, Uint8Array][] = [];
    for (let i = 0; i < 600; i++) {
      const value = String.fromCharCode(0x61 + (i % 26)).repeat((i * 37) % 5000);
      const tail = i % 3 === 0 ? "\xe4" : "";
      const text = `HTTP/1.1 200 OK\r\nx: ${value}${tail}\r\n\r\n`;
      written.push([text, writeResponseHead(ok({ headers: ["x", value + tail] }))]);
    }
    expect(written.filter(([text, bytes]) => latin1(bytes) !== text)).toEqual([]);
  });

  test("an output whose memory was transferred away harms no later one", () => {
    const first = writeResponseHead(ok());
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    expect(first.byteLength).toBe(0);
    expect(responseText({ headers: ["x", "y"] })).toBe("HTTP/1.1 200 OK\r\nx: y\r\n\r\n");
    expect(latin1(lastChunk())).toBe("0\r\n\r\n");
  });
});

describe("octets", () => {
  const isGood = (code: number) => code === 9 || (code >= 0x20 && code !== 0x7f && code <= 0xff);

  test("S29 H1-142 H1-004 every octet at every place of a value is written or refused by the grammar", () => {
    const places = [...Array(37).keys()];
    const codes = [...Array(0x120).keys(), 0x10a, 0x10d, 0x20ac, 0xff0d, 0xd800];
    const wrong: string[] = [];
    for (const place of places) {
      for (const code of codes) {
        const value = `${"a".repeat(place + 1)}${String.fromCharCode(code)}${"b".repeat(37 - place)}`;
        const text = `HTTP/1.1 200 OK\r\nx: ${value}\r\n\r\n`;
        let outcome: string;
        try {
          outcome =
            latin1(writeResponseHead(ok({ headers: ["x", value] }))) === text ? "same" : "other";
        } catch (error) {
          outcome = (error as UsageError).code;
        }
        if (outcome !== (isGood(code) ? "same" : "H1_HEADER_VALUE_INVALID"))
          wrong.push(`${place} ${code} ${outcome}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("H1-142 every character as a name, a method and a reason", () => {
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const text = `a${character}b`;
      const isToken = token.test(character);
      expect([code, codeOf(() => responseText({ headers: [text, "x"] }))]).toEqual([
        code,
        isToken ? FINE : "H1_HEADER_NAME_INVALID",
      ]);
      expect([code, codeOf(() => requestText({ method: text }))]).toEqual([
        code,
        isToken ? FINE : "H1_METHOD_INVALID",
      ]);
      expect([code, codeOf(() => responseText({ reason: text }))]).toEqual([
        code,
        isGood(code) ? FINE : "H1_REASON_INVALID",
      ]);
    }
  });

  test("H1-142 every character in a path", () => {
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      const isGoodPath = /^[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]$/.test(character);
      for (const target of [`/a${character}`, `http://a/b${character}`, `/%20${character}`]) {
        expect([target, codeOf(() => requestText({ target }))]).toEqual([
          target,
          isGoodPath ? FINE : "H1_TARGET_INVALID",
        ]);
      }
    }
  });

  test("a message of an error names the field and the place, never the value", () => {
    const call = () => writeResponseHead(ok({ headers: ["authorization", "secret\r\nx: y"] }));
    expect(call).toThrow('H1_HEADER_VALUE_INVALID: the value of "authorization" has U+000D at 6');
    const long = () => writeResponseHead(ok({ headers: [`${"\r\n\u202e".repeat(99)}`, ""] }));
    expect(long).toThrow(/^H1_HEADER_NAME_INVALID: "(?:\\r\\n\\u\{202e\}){20}…" is not a token$/);
  });
});

describe("content", () => {
  const whole = (content: Uint8Array | string, parts: ResponseParts): Uint8Array[] => {
    const out: Uint8Array[] = [];
    const length = writeResponse(parts, content, contentLengthOf(content), out);
    expect(out.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(length);
    return out;
  };

  test.each<[string, Uint8Array | string, string[]]>([
    ["none", "", []],
    ["ASCII", "hello\r\n\0", []],
    ["UTF-8", "h\u00e9llo \u20ac \u{1f600}", []],
    ["half a surrogate pair", "a\ud800", []],
    ["bytes", Uint8Array.of(0, 255, 13, 10), []],
    ["text behind obs-text", "\u20ac\n", ["x", "\xe9\t."]],
    ["bytes behind obs-text", Uint8Array.of(1, 2), ["x", "\xe9"]],
    ["as much as is copied", "x".repeat(COPIED_LENGTH), []],
  ])("%s stands behind the head in one buffer", (_name, content, headers) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const [message, ...rest] = whole(
      content,
      ok({ headers, extra: ["content-length", String(bytes.length)] }),
    );
    const head = responseText({ headers, extra: ["content-length", String(bytes.length)] });
    expect(rest).toEqual([]);
    expect(latin1(message as Uint8Array)).toBe(head + latin1(bytes));
  });

  test("large content is a second buffer: the caller's own, or new UTF-8", () => {
    const bytes = new Uint8Array(COPIED_LENGTH + 1);
    const out = whole(bytes, ok());
    expect(out.length).toBe(2);
    expect(out[1]).toBe(bytes);
    const text = "\u20ac".repeat(COPIED_LENGTH);
    const [head, content] = whole(text, ok());
    expect(latin1(head as Uint8Array)).toBe(responseText());
    expect(new TextDecoder().decode(content)).toBe(text);
  });

  test("a request", () => {
    const out: Uint8Array[] = [];
    const parts = get({ method: "POST", extra: ["content-length", "2"] });
    expect(writeRequest(parts, "hi", 2, out)).toBe(out[0]?.length);
    expect(out.map(latin1)).toEqual(["POST / HTTP/1.1\r\ncontent-length: 2\r\nhost: a\r\n\r\nhi"]);
  });

  test.each<[string, (out: Uint8Array[]) => unknown]>([
    [
      "another length",
      (out) => writeResponse(ok({ headers: ["content-length", "1"] }), "hi", 2, out),
    ],
    [
      "chunks",
      (out) => writeResponse(ok({ headers: ["transfer-encoding", "chunked"] }), "hi", 2, out),
    ],
    ["nothing", (out) => writeRequest(get(), "hi", 2, out)],
    [
      "another length of a request",
      (out) => writeRequest(get({ extra: ["content-length", "3"] }), "hi", 2, out),
    ],
  ])(
    "H1-085 H1-147 content where the fields say %s is refused, and nothing is appended",
    (_name, call) => {
      const out: Uint8Array[] = [];
      expect(codeOf(() => call(out))).toBe("H1_FRAMING_CONFLICT");
      expect(out).toEqual([]);
    },
  );
});

describe("chunks", () => {
  test.each([1, 9, 10, 15, 16, 255, 256, 4095, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])(
    "the header of %i bytes",
    (size) => {
      expect(latin1(chunkHeader(size))).toBe(`${size.toString(16)}\r\n`);
    },
  );

  test("small chunks are one buffer, large ones three, of which the data is the caller's own", () => {
    for (const size of [1, 15, 16, 1000, COPIED_LENGTH, COPIED_LENGTH + 1, 5000]) {
      const data = new Uint8Array(size).fill(0x61);
      const out: Uint8Array[] = [];
      const length = writeChunk(data, out);
      expect(out.map(latin1).join("")).toBe(`${size.toString(16)}\r\n${"a".repeat(size)}\r\n`);
      expect(out.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(length);
      expect([out.length, out.includes(data)]).toEqual(
        size > COPIED_LENGTH ? [3, true] : [1, false],
      );
    }
  });

  test("an empty chunk is none", () => {
    const out: Uint8Array[] = [];
    expect([writeChunk(ascii(""), out), out]).toEqual([0, []]);
  });

  test.each<[string, string[], string]>([
    ["none", [], "0\r\n\r\n"],
    ["some", ["X-Sum", "1", "etag", '"a"'], '0\r\nX-Sum: 1\r\netag: "a"\r\n\r\n'],
    [
      "Content-Digest, whose definition permits it",
      ["content-digest", "x"],
      "0\r\ncontent-digest: x\r\n\r\n",
    ],
    ["obs-text", ["x", "\xe9"], "0\r\nx: \xe9\r\n\r\n"],
  ])("H1-146 trailers: %s", (_name, flat, wire) => {
    expect(latin1(writeTrailers(flat))).toBe(wire);
  });

  test("the last chunk is new every time", () => {
    lastChunk().fill(0);
    expect(latin1(lastChunk())).toBe("0\r\n\r\n");
  });
});
