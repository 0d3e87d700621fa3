// Requests that users send, and options of a connection. Refusals are UsageErrors, before anything has changed (RFC
// 9113 section 8). Titles carry the rows of the rule list.

import type { HeaderList } from "tercet";
import type { H2RequestToSend } from "tercet/h2";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { connected, taken } from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const usage = expect.objectContaining({ name: "UsageError" });

/** The lines that a client writes for one request. */
function requestLines(request: H2RequestToSend): string[] {
  const { connection } = connected("client");
  connection.sendRequest(request);
  return new OutputReader().lines(taken(connection));
}

const plain = { method: "GET", authority: "a", path: "/", headers: [] as HeaderList };

describe("requests", () => {
  test("H2-180 H2-154 pseudo-fields first, names in lower case", () => {
    expect(requestLines({ ...plain, headers: ["X-One", "1", "Accept", "*/*"] })).toEqual([
      "HEADERS 1 end :method: GET | :scheme: https | :authority: a | :path: / | x-one: 1 | accept: */*",
    ]);
  });

  test.each<[string, HeaderList]>([
    ["flat", ["x", "1", "y", "2", "y", "3"]],
    [
      "pairs",
      [
        ["x", "1"],
        ["y", "2"],
        ["y", "3"],
      ],
    ],
    ["a record", { x: "1", y: ["2", "3"] }],
    [
      "a Map",
      new Map([
        ["x", "1"],
        ["y", "2"],
      ]),
    ],
  ])("H2-180 every form of a header list: %s", (_name, list) => {
    expect(requestLines({ ...plain, headers: list })[0]).toMatch(/\| x: 1 \| y: 2( \| y: 3)?$/);
  });

  test("H2-154 methods that have no content end with their head, others stay open", () => {
    for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "BREW"])
      expect(requestLines({ ...plain, method })[0]).toMatch(/^HEADERS 1 end /);
    for (const method of ["POST", "PUT", "PATCH"])
      expect(requestLines({ ...plain, method })[0]).toMatch(/^HEADERS 1 :method/);
  });

  test("H2-158 a length given as the body is sent and kept", () => {
    const { connection } = connected("client");
    connection.sendRequest({ ...plain, method: "POST", body: 3 });
    expect(() => connection.sendData(1, bytes("four"))).toThrow(usage);
    connection.sendData(1, bytes("ab"));
    expect(() => connection.sendEnd(1)).toThrow(usage);
    connection.sendData(1, bytes("c"));
    connection.sendEnd(1);
    const lines = new OutputReader().lines(taken(connection));
    expect(lines[0]).toContain("content-length: 3");
    expect(lines.slice(1).join(" ")).toMatch(
      /^DATA 1 "ab" DATA 1 (end "c"|"c" DATA 1 end "")$|^DATA 1 end "abc"$|^DATA 1 "abc" DATA 1 end ""$/,
    );
  });

  test("H2-158 a length of 0 is said, too, and ends the message with its head", () => {
    const [line] = requestLines({ ...plain, method: "POST", body: 0 });
    expect(line).toMatch(/^HEADERS 1 end .*content-length: 0$/);
  });

  test("H2-159 body: none", () => {
    expect(requestLines({ ...plain, method: "POST", body: "none" })[0]).toMatch(/^HEADERS 1 end /);
  });

  test("H2-193 host in place of authority", () => {
    const { method, path } = plain;
    expect(requestLines({ method, path, headers: ["Host", "b:80"] })[0]).toContain(
      ":authority: b:80",
    );
    expect(requestLines({ method, path, authority: "b", headers: ["host", "b"] })[0]).toContain(
      ":authority: b",
    );
  });

  test("HP-031 credentials are never indexed", () => {
    const line = requestLines({
      ...plain,
      headers: ["authorization", "Basic eDp5", "cookie", "a=b"],
    })[0];
    expect(line).toContain("authorization:! Basic eDp5");
    expect(line).toContain("cookie:! a=b");
  });

  test.each<[string, Partial<H2RequestToSend>]>([
    ["H2-166 a space in a name", { headers: ["x y", "1"] }],
    ["H2-165 an empty name", { headers: ["", "1"] }],
    ["H2-169 a colon in a name", { headers: ["x:", "1"] }],
    ["H2-181 a pseudo-field among the fields", { headers: [":path", "/"] }],
    ["H2-171 CR in a value", { headers: ["x", "a\rb"] }],
    ["H2-171 LF in a value", { headers: ["x", "a\nb"] }],
    ["H2-171 NUL in a value", { headers: ["x", "a\0b"] }],
    ["H2-173 another control character", { headers: ["x", "a\x1bb"] }],
    ["H2-172 a space before a value", { headers: ["x", " a"] }],
    ["H2-172 a tab behind a value", { headers: ["x", "a\t"] }],
    ["H2-171 a character above latin1", { headers: ["x", "\u20ac"] }],
    ["H2-175 connection", { headers: ["Connection", "close"] }],
    ["H2-175 keep-alive", { headers: ["keep-alive", "timeout=5"] }],
    ["H2-175 proxy-connection", { headers: ["proxy-connection", "x"] }],
    ["H2-175 transfer-encoding", { headers: ["transfer-encoding", "chunked"] }],
    ["H2-175 upgrade", { headers: ["upgrade", "h2c"] }],
    ["H2-177 http2-settings", { headers: ["http2-settings", "AAMAAABk"] }],
    ["H2-176 te other than trailers", { headers: ["te", "gzip"] }],
    [
      "H2-161 a content-length that is no number",
      { method: "POST", headers: ["content-length", "1x"] },
    ],
    [
      "H2-161 two of them",
      { method: "POST", headers: ["content-length", "1", "content-length", "2"] },
    ],
    ["H2-192 host differs from the authority", { headers: ["host", "b"] }],
    ["H2-192 host twice", { headers: ["host", "a", "host", "a"] }],
    ["H2-188 an empty method", { method: "" }],
    ["H2-188 a space in the method", { method: "GET /" }],
    ["H2-186 an empty path", { path: "" }],
    ["H2-187 a path without a slash", { path: "x" }],
    ["H2-187 a space in the path", { path: "/ x" }],
    ["H2-187 CRLF in the path", { path: "/\r\nx: y" }],
    ["H2-187 a fragment in the path", { path: "/#x" }],
    ["H2-187 asterisk with GET", { path: "*" }],
    ["H2-189 a scheme that is none", { scheme: "http://" }],
    ["H2-190 userinfo in the authority", { authority: "u@a" }],
    ["H2-191 an empty authority", { authority: "" }],
    ["H2-191 CRLF in the authority", { authority: "a\r\nx: y" }],
    ["H2-191 no authority at all", { authority: undefined }],
    ["H2-180 a list of odd length", { headers: ["x"] }],
    ["H2-154 a body that nobody knows", { body: "some" as "none" }],
    ["H2-154 a negative length", { body: -1 }],
    [
      "XC-003 a protocol that was not offered",
      { method: "CONNECT", protocol: "websocket", scheme: "https" },
    ],
  ])("%s is refused, nothing is sent, and nothing has changed", (_name, wrong) => {
    const { connection } = connected("client");
    expect(() => connection.sendRequest({ ...plain, ...wrong } as H2RequestToSend)).toThrow(usage);
    expect(connection.take()).toEqual([]);
    expect(connection.bufferedAmount).toBe(0);
    expect(connection.sendRequest(plain)).toBe(1);
    expect(new OutputReader().lines(taken(connection))).toEqual(requestLines(plain));
  });
});

describe("options", () => {
  test.each<[string, object]>([
    ["no role", {}],
    ["a role that is none", { role: "proxy" }],
    ["an option that nobody knows", { role: "server", speed: 1 }],
    ["a limit that nobody knows", { role: "server", limits: { speed: 1 } }],
    ["a limit out of range", { role: "server", limits: { fieldCount: 0 } }],
    ["a setting that nobody knows", { role: "server", settings: { speed: 1 } }],
    ["H2-104 a frame size out of range", { role: "server", settings: { maxFrameSize: 16_383 } }],
    ["H2-103 a window out of range", { role: "server", settings: { initialWindowSize: 2 ** 31 } }],
    ["H2-101 a server that asks for pushes", { role: "server", settings: { enablePush: true } }],
    ["a window policy that is none", { role: "server", window: "elastic" }],
    ["adaptive windows without a clock", { role: "server", window: "adaptive" }],
  ])("%s is wrong use", (_name, options) => {
    expect(() => new H2Connection(options as { role: "server" })).toThrow(usage);
  });

  test("updateSettings checks the same", () => {
    const { connection } = connected("server");
    expect(() => connection.updateSettings({ maxFrameSize: 1 })).toThrow(usage);
    expect(() => connection.updateSettings({ initialWindowSize: -1 })).toThrow(usage);
    expect(connection.take()).toEqual([]);
  });
});
