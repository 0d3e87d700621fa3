// H1Inspector between the messages: what is missing in the input, upgrades and tunnels, one direction alone, the octets that
// events bring.

import { describe, expect, test } from "vitest";
import type { Direction } from "../../src/inspect/events.js";
import { H1Inspector } from "../../src/inspect/h1.js";
import type { ProtocolOptions } from "../../src/inspect/protocol-options.js";
import { concat, GET, headers, OK, PREFACE, settings } from "../helpers/h2-wire.js";
import { type AnyDraft, errorsOf } from "../helpers/inspect-drafts.js";

const octets = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
type Step = readonly [direction: Direction, bytes: Uint8Array | string | number | "end"];

/** Bytes; a number of them that is missing; or the end of the direction. */
function inspect(steps: readonly Step[], options: ProtocolOptions = {}): AnyDraft[] {
  const inspector = new H1Inspector(options);
  return steps.flatMap(([direction, what]) => {
    if (what === "end") return inspector.end(direction);
    if (typeof what === "number") return inspector.gap(direction, what);
    return inspector.receive(direction, typeof what === "string" ? octets(what) : what);
  }) as AnyDraft[];
}

const told = (drafts: readonly AnyDraft[]) =>
  drafts.map(({ event, direction, streamId, startLine, length, protocol }) =>
    [
      event,
      direction,
      streamId,
      startLine ?? length,
      protocol === "unknown" ? "unknown" : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(" "),
  );

const ask = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

describe.each([
  ["strict", false],
  ["lenient", true],
])("%s", (_name, lenient) => {
  describe("bytes that are missing", () => {
    test("inside of content that a length measures they are content", () => {
      const drafts = inspect(
        [
          ["client", ask("/1")],
          ["server", answer("x".repeat(100)).slice(0, 60)],
          ["server", 40],
          ["server", answer("x".repeat(100)).slice(100)],
          ["client", ask("/2")],
          ["server", answer("ok")],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      expect(drafts.find(({ event }) => event === "gap")).toMatchObject({ offset: 60, length: 40 });
      const ends = drafts.filter(
        ({ event, direction }) => event === "end" && direction === "server",
      );
      expect(ends.map(({ streamId }) => streamId)).toEqual([1, 2]);
    });

    test("elsewhere the next start line is looked for, and the rest is no mistake", () => {
      const drafts = inspect(
        [
          ["client", `${ask("/1")}POST /2 HT`],
          ["client", 500],
          ["client", `rest of a line\r\nContent-Length: 3\r\n\r\nabc${ask("/3")}`],
          ["server", `${answer("1")}HTTP/1.1 404 Not`],
          ["server", 100],
          ["server", `Server: x\r\n\r\n${answer("3")}`],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      const lines = drafts
        .filter(({ event }) => event === "head")
        .map(({ startLine }) => startLine);
      expect(lines).toEqual([
        "GET /1 HTTP/1.1",
        "GET /3 HTTP/1.1",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK",
      ]);
      const unknown = drafts.filter(({ protocol }) => protocol === "unknown");
      expect(unknown.length).toBeGreaterThan(0);
    });
  });

  describe("one direction", () => {
    test("answers of which nobody saw the questions", () => {
      const text = `${answer("one")}${answer("two")}HTTP/1.0 200 OK\r\n\r\nto the end`;
      const steps: Step[] = [
        ["server", text],
        ["server", "end"],
      ];
      const drafts = inspect(steps, { lenient, only: "server" });
      expect(errorsOf(drafts)).toEqual([]);
      expect(drafts.filter(({ event }) => event === "end")).toHaveLength(3);
      expect(
        errorsOf(
          inspect(
            [
              ["server", text.slice(0, 20)],
              ["server", "end"],
            ],
            { lenient },
          ),
        ),
      ).toEqual([["H1_HEAD_INCOMPLETE", 20]]);
    });

    test("a request that offers more, and what follows it", () => {
      const offer = ask("/", "Upgrade: x\r\nConnection: upgrade\r\n");
      const goesOn = inspect([["client", offer + ask("/2")]], { lenient, only: "client" });
      expect(goesOn.filter(({ event }) => event === "head")).toHaveLength(2);
      const switched = inspect(
        [
          ["client", `${offer}\x81\x05hello`],
          ["client", "end"],
        ],
        { lenient, only: "client" },
      );
      expect(told(switched).at(-1)).toBe("data client 1 7 unknown");
    });

    test("hundreds of requests before the first answer", () => {
      const drafts = inspect([["client", ask("/").repeat(500)]], { lenient });
      expect(drafts.filter(({ event }) => event === "end")).toHaveLength(500);
    });
  });

  describe("what ends HTTP/1.1", () => {
    test("WebSocket: bytes of both directions are counted", () => {
      const drafts = inspect(
        [
          ["client", ask("/", "Upgrade: websocket\r\nConnection: Upgrade\r\n")],
          ["client", "early"],
          [
            "server",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello",
          ],
          ["client", "\x81\x00"],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      expect(told(drafts).slice(2)).toEqual([
        "informational server 1 HTTP/1.1 101 Switching Protocols",
        "data server 1 5 unknown",
        "data client 1 5 unknown",
        "data client 1 2 unknown",
      ]);
    });

    test("an offer that is not taken", () => {
      const drafts = inspect(
        [
          ["client", ask("/1", "Upgrade: websocket\r\nConnection: Upgrade\r\n") + ask("/2")],
          ["server", answer("1") + answer("2")],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      expect(drafts.filter(({ event }) => event === "end")).toHaveLength(4);
    });

    test("CONNECT", () => {
      const drafts = inspect(
        [
          ["client", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"],
          ["server", "HTTP/1.1 200 OK\r\n\r\n"],
          ["client", "\x16\x03\x01"],
          ["server", "\x16\x03\x03"],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      expect(told(drafts).slice(-2)).toEqual([
        "data client 1 3 unknown",
        "data server 1 3 unknown",
      ]);
    });

    test("h2c: HTTP/2 is read on, with offsets of the whole direction", () => {
      const first = ask(
        "/",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
      );
      const switched =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
      const answerBytes = concat(octets(switched), settings(), headers(1, OK, { end: true }));
      const drafts = inspect(
        [
          ["client", first],
          ["server", answerBytes],
          ["client", concat(PREFACE, settings(), headers(3, GET, { end: true }))],
          ["server", headers(3, OK, { end: true })],
        ],
        { lenient },
      );
      expect(errorsOf(drafts)).toEqual([]);
      const frames = drafts.filter(({ event }) => event === "frame");
      expect(frames.map(({ name, direction, streamId }) => [name, direction, streamId])).toEqual([
        ["SETTINGS", "server", 0],
        ["HEADERS", "server", 1],
        ["SETTINGS", "client", 0],
        ["HEADERS", "client", 3],
        ["HEADERS", "server", 3],
      ]);
      expect(frames[0]?.offset).toBe(switched.length);
      expect(frames[2]?.offset).toBe(first.length + PREFACE.length);
    });
  });

  test("keepBytes: sections as they came", () => {
    const request = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const drafts = inspect([["client", `${request}0\r\nX: y\r\n\r\n`]], {
      lenient,
      keepBytes: true,
    });
    const [head, trailers] = drafts.filter(({ bytes }) => bytes !== undefined);
    expect(head?.bytes).toEqual(octets(request));
    expect(head).toMatchObject({ offset: 0, wireLength: request.length, fieldLength: 29 });
    expect(trailers?.bytes).toEqual(octets("X: y\r\n\r\n"));
    expect(trailers).toMatchObject({ offset: request.length + 3, wireLength: 8 });
  });
});

test("strict: HTTP/2 by its preface is handed over", () => {
  const drafts = inspect([
    ["client", concat(PREFACE, settings(), headers(1, GET, { end: true }))],
    ["server", concat(settings(), headers(1, OK, { end: true }))],
  ]);
  expect(errorsOf(drafts)).toEqual([]);
  expect(drafts.filter(({ event }) => event === "head")).toHaveLength(2);
});
