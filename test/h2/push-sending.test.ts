// Promises that a server makes, and the client's promise that no server may get (RFC 9113 section 8.4). Titles carry the
// rows of the rule list.

import type { PushToSend } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  fails,
  fineWith,
  playRow,
  type Row,
  taken,
} from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import { GET, headers, pushPromise, rst, settings } from "../helpers/h2-wire.js";

const end = { end: true } as const;
const pushed: PushToSend = {
  method: "GET",
  path: "/p",
  authority: "a",
  scheme: "https",
  headers: ["x", "y"],
};

describe("a server", () => {
  test.each<Row>([
    [
      "H2-114 receives PUSH_PROMISE",
      [headers(1, GET), pushPromise(1, 2, GET)],
      fails("H2_PUSH_FORBIDDEN"),
    ],
    ["H2-114 on an idle stream", pushPromise(1, 2, GET), fails("H2_PUSH_FORBIDDEN")],
    [
      "H2-114 on stream 0",
      pushPromise(0, 2, GET),
      fails(["H2_PUSH_FORBIDDEN", "H2_STREAM_ID_ZERO"]),
    ],
    [
      "H2-032 H2-046 promises 2, 4 …, before the answers",
      [
        headers(1, GET, end),
        (c) => {
          expect(c.push(1, pushed)).toBe(2);
          expect(c.push(1, pushed)).toBe(4);
          c.sendResponse(2, { status: 200, headers: [], content: "p" });
          c.sendResponse(1, { status: 200, headers: [], content: "b" });
        },
      ],
      (t) => {
        expect(t.sent.filter((line) => line.startsWith("PUSH_PROMISE"))).toEqual(
          [
            "PUSH_PROMISE 1 promises 2 :method: GET | :scheme: https | :authority: a | :path: /p | x: y",
            "PUSH_PROMISE 1 promises 4 :method: GET | :scheme: https | :authority: a | :path: /p | x: y",
          ].map((line) => expect.stringContaining(line.slice(0, 40))),
        );
        const at = (line: string) => t.sent.indexOf(line);
        expect(at('DATA 2 end "p"')).toBeGreaterThan(at("HEADERS 2 :status: 200"));
        expect(at('DATA 1 end "b"')).toBeGreaterThan(0);
        expectFine(t);
      },
    ],
    [
      "H2-032 the client resets a promise",
      [headers(1, GET, end), (c) => void c.push(1, pushed), rst(2)],
      fineWith("reset 2 code 8"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-115 pushing to a client that switched it off is wrong use, and sends nothing", () => {
    const { connection } = connected("server", { handshake: settings({ ENABLE_PUSH: 0 }) });
    connection.receive(headers(1, GET, end));
    expect(() => connection.push(1, pushed)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(connection.take()).toEqual([]);
  });

  test("H2-123 H2-117 what a client would refuse is wrong use", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, end));
    const refuses = (streamId: number, more: object) =>
      expect(() => connection.push(streamId, { ...pushed, ...more })).toThrow(
        expect.objectContaining({ name: "UsageError" }),
      );
    refuses(1, { method: "POST" });
    refuses(1, { headers: ["content-length", "3"] });
    refuses(1, { headers: ["connection", "x"] });
    refuses(1, { path: "p" });
    refuses(3, {});
    refuses(2, {});
    expect(connection.take()).toEqual([]);
    expect(connection.push(1, pushed)).toBe(2);
    connection.sendResponse(1, { status: 200, headers: [], content: "" });
    taken(connection);
    refuses(1, {});
    expect(new OutputReader().lines(taken(connection))).toEqual([]);
  });

  test("H2-049 a client that pushes is wrong use", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    taken(connection);
    expect(() => connection.push(1, pushed)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(connection.take()).toEqual([]);
  });
});
