// Large things: chunks beyond the engine's window, frames and field blocks as large as limits allow, many streams (RFC
// 9113 sections 4.2, 4.3, 6.9). Titles carry the rows of the rule list.

import type { ConnectionEvent } from "tercet";
import { describe, expect, test } from "vitest";
import { latin1, logOf } from "../helpers/h1-log.js";
import { connected, expectFine, taken, talk } from "../helpers/h2-dialogue.js";
import { framesOf, OutputReader } from "../helpers/h2-read.js";
import {
  block,
  concat,
  data,
  field,
  GET,
  headers,
  OK,
  POST,
  settings,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { randomPieces } from "../helpers/pieces.js";

const end = { end: true } as const;
const contentOf = (events: readonly ConnectionEvent[]) =>
  events.map((event) => (event.type === "data" ? latin1(event.bytes) : "")).join("");

describe("chunks", () => {
  test("H2-015 a megabyte in one chunk, 300 requests with content, gives the same events as in pieces", () => {
    const one = (id: number) =>
      concat(
        headers(id, [...POST, "x-id", String(id)], { split: id % 7 === 0 ? [10] : [] }),
        data(id, new Uint8Array(3_300).fill(id), end),
      );
    const wire = concat(...Array.from({ length: 300 }, (_, at) => one(2 * at + 1)));
    expect(wire.length).toBeGreaterThan(1_000_000);
    const play = (pieces: readonly Uint8Array[]) => {
      const { connection } = connected("server", {
        settings: { maxConcurrentStreams: 1_000, connectionWindowSize: 1 << 24 },
      });
      const events = pieces.flatMap((piece) => connection.receive(piece));
      return logOf(events).join("\n");
    };
    const whole = play([wire]);
    expect(whole.match(/^end \d+$/gm)).toHaveLength(300);
    for (const longest of [1_000, 17_000, 200_000])
      expect(play(randomPieces(wire, longest, longest)) === whole).toBe(true);
  });

  test("a chunk may begin anywhere in its buffer", () => {
    const buffer = new Uint8Array(200_000);
    const wire = headers(1, GET, end);
    for (const at of [0, 1, 3, 65_535, 65_536, 199_000]) {
      buffer.set(wire, at);
      const { connection } = connected("server");
      const events = connection.receive(buffer.subarray(at, at + wire.length));
      expect(logOf(events).at(-1)).toBe("end 1");
    }
  });
});

describe("frames as large as our setting allows", () => {
  const large = {
    settings: {
      maxFrameSize: 2 ** 24 - 1,
      initialWindowSize: 2 ** 24,
      connectionWindowSize: 2 ** 24,
    },
    limits: { fieldSectionLength: 200_000 },
  };

  test("H2-015 H2-011 DATA of a million octets", () => {
    const { connection } = connected("server", large);
    const content = new Uint8Array(1_000_000).map((_, at) => at % 251);
    const wire = concat(headers(1, POST), data(1, content, end));
    const events = randomPieces(wire, 5, 90_000).flatMap((piece) => connection.receive(piece));
    expect(contentOf(events)).toBe(latin1(content));
    expect(logOf(events).at(-1)).toBe("end 1");
  });

  test("H2-021 HEADERS of 150,000 octets in one frame", () => {
    const value = "v".repeat(149_000);
    const wire = headers(1, [...GET, "x-long", value], end);
    for (const longest of [200_000, 70_000, 999]) {
      const { connection } = connected("server", large);
      const events = randomPieces(wire, 7, longest).flatMap((piece) => connection.receive(piece));
      const [head] = events;
      expect(head?.type === "head" && head.head.get("x-long") === value).toBe(true);
      expect(events).toHaveLength(2);
    }
  });

  test("H2-021 a block of 150,000 octets in ten frames, its strings across their ends", () => {
    const values = Array.from({ length: 30 }, (_, at) =>
      String.fromCharCode(97 + (at % 26)).repeat(5_000),
    );
    const fields = [...GET, ...values.flatMap((value, at) => [`x-${at}`, value])];
    const split = Array.from({ length: 9 }, (_, at) => 16_000 + at);
    const wire = headers(1, fields, { end: true, split });
    for (const longest of [200_000, 16_384, 5_000]) {
      const { connection } = connected("server", large);
      const events = randomPieces(wire, 3, longest).flatMap((piece) => connection.receive(piece));
      const [head] = events;
      expect(head?.type === "head" && head.head.rawHeaders).toEqual(fields.slice(8));
    }
  });

  test("H2-025 an error far inside a block in many frames is found, at its own octet", () => {
    const good = concat(block(GET), ...Array.from({ length: 3_000 }, () => field("x", "y")));
    const wrong = concat(good, Uint8Array.of(0x80), field("z", "z"));
    const { connection } = connected("server", {
      limits: { fieldSectionLength: 200_000, fieldCount: 8_000 },
    });
    const events = connection.receive(headers(1, wrong, { end: true, split: [5_000, 6_000] }));
    expect(events.map((event) => event.type === "error" && event.error.code)).toEqual([
      "HPACK_INDEX_INVALID",
    ]);
  });
});

describe("many", () => {
  test("H2-047 H2-002 10,000 requests one after the other on one connection", () => {
    const { connection } = connected("server");
    const reader = new OutputReader();
    let answers = 0;
    for (let id = 1; id < 20_000; id += 2) {
      connection.receive(headers(id, [...GET, "x-id", String(id % 50)], end));
      connection.sendResponse(id, {
        status: 200,
        headers: ["x-id", String(id % 50)],
        content: "ok",
      });
      answers += reader.lines(taken(connection)).filter((line) => line.startsWith("DATA")).length;
    }
    expect(answers).toBe(10_000);
    expect(connection.state).toBe("open");
    expect(connection.bufferedAmount).toBe(0);
  });

  test("H2-063 SETTINGS_INITIAL_WINDOW_SIZE again and again over a hundred blocked streams", () => {
    const { connection } = connected("server", {
      handshake: settings({ INITIAL_WINDOW_SIZE: 0 }),
      limits: { controlBudget: 1_000_000 },
    });
    for (let id = 1; id < 200; id += 2) {
      connection.receive(headers(id, GET, end));
      connection.sendResponse(id, { status: 200, headers: [], content: "0123456789" });
    }
    taken(connection);
    connection.receive(windowUpdate(0, 1_000_000));
    let sent = 0;
    for (let size = 0; size <= 10; size++) {
      connection.receive(
        settings([
          [4, size],
          [4, 0],
          [4, size],
        ]),
      );
      for (const { type, payload } of framesOf(taken(connection)))
        if (type === 0) sent += payload.length;
      // Frames of one octet are not worth it: some of it may wait, none of it is too much.
      expect(sent).toBeLessThanOrEqual(100 * size);
    }
    expect(sent).toBe(1_000);
    expect(connection.state).toBe("open");
  });

  test("H2-154 a response of a thousand DATA frames at a client", () => {
    const t = talk(
      "client",
      [
        (c) => void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
        concat(
          headers(1, OK),
          ...Array.from({ length: 1_000 }, (_, at) => data(1, "x".repeat(at % 5 === 0 ? 300 : 40))),
        ),
        data(1, "", end),
      ],
      { cuts: "few" },
    );
    expect(contentOf(t.events).length).toBe(200 * 300 + 800 * 40);
    expectFine(t);
  });
});
