// How a connection ends: GOAWAY in both directions, graceful close in two steps, connection errors (RFC 9113
// sections 5.4 and 6.8). Titles carry the rows of the rule list.

import type { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectIncludes,
  fails,
  logs,
  playRow,
  type Row,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf, OutputReader } from "../helpers/h2-read.js";
import {
  altSvc,
  concat,
  data,
  frame,
  GET,
  goaway,
  headers,
  OK,
  POST,
  ping,
  priority,
  priorityUpdate,
  rst,
  settings,
  settingsAck,
  uint,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const answer =
  (id: number): Step =>
  (c) =>
    void c.sendResponse(id, { status: 200, headers: [], content: "x" });
const lines = (c: H2Connection) => new OutputReader().lines(taken(c));

describe("GOAWAY received", () => {
  test.each<Row>([
    [
      "H2-132 requests above its last stream were not processed, those below go on",
      [ask, ask, goaway(1), headers(1, OK, end)],
      (t) => {
        expectIncludes(t, ['goaway last 1 NO_ERROR ""', "head 1 HTTP/2 200 no reason", "end 1"]);
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H2-132 the reserved bit of its last stream",
      frame(TYPE.GOAWAY, 0, 0, concat(uint(2 ** 31 + 7, 4), uint(0, 4))),
      logs('goaway last 7 NO_ERROR ""'),
    ],
    [
      "H2-135 in two steps",
      [ask, goaway(2 ** 31 - 1), goaway(1), headers(1, OK, end)],
      (t) => {
        expectIncludes(t, [
          'goaway last 2147483647 NO_ERROR ""',
          'goaway last 1 NO_ERROR ""',
          "end 1",
        ]);
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H2-133 the second raises the last stream",
      [ask, ask, goaway(1), goaway(3)],
      fails("H2_GOAWAY_RAISED"),
    ],
    ["H2-133 the same one again", [ask, goaway(1), goaway(1)], (t) => expect(t.errors).toEqual([])],
    ["H2-136 a code that nobody knows", goaway(0, 0xffffffff), logs('goaway last 0 0xffffffff ""')],
    [
      "H2-137 debug data",
      goaway(0, "ENHANCE_YOUR_CALM", "go slow"),
      logs('goaway last 0 ENHANCE_YOUR_CALM "go slow"'),
    ],
    [
      "H2-137 no more of it than the limit",
      goaway(0, 0, "x".repeat(50)),
      logs('goaway last 0 NO_ERROR "xxxx"'),
      { limits: { debugDataLength: 4 } },
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H2-132 no request can be sent behind it", () => {
    const { connection } = connected("client");
    connection.receive(goaway(2 ** 31 - 1));
    expect(() =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    ).toThrow(expect.objectContaining({ name: "UsageError" }));
    expect(connection.take()).toEqual([]);
  });

  test("H2-132 requests that were not processed are known to be: they end, and can be sent elsewhere", () => {
    const { connection } = connected("client");
    for (let n = 0; n < 3; n++)
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    taken(connection);
    const log = logOf(connection.receive(goaway(1)));
    expect(log).toContain('goaway last 1 NO_ERROR ""');
    // Nothing comes for 3 and 5 any more.
    connection.receive(headers(1, OK, end));
    expect(["closing", "closed"]).toContain(connection.state);
  });

  test("H2-132 a server may go on answering, and takes new requests still in flight", () => {
    const t = talk("server", [headers(1, POST), goaway(0), data(1, "x", end), answer(1)]);
    expectIncludes(t, ['goaway last 0 NO_ERROR ""', "end 1", '> DATA 1 end "x"']);
    expect(t.errors).toEqual([]);
  });

  test("H2-052 H2-132 a server pushes nothing behind it", () => {
    const { connection } = connected("server");
    connection.receive(concat(headers(1, GET, end), goaway(0)));
    expect(() =>
      connection.push(1, {
        method: "GET",
        path: "/p",
        authority: "a",
        scheme: "https",
        headers: [],
      }),
    ).toThrow();
  });
});

describe("GOAWAY sent", () => {
  test("H2-134 goAway names the last stream, and later ones are ignored", () => {
    const t = talk("server", [
      headers(1, GET, end),
      (c) => c.goAway(0),
      headers(3, POST),
      data(3, "x", end),
      answer(1),
    ]);
    expect(t.sent[0]).toBe('GOAWAY 1 NO_ERROR ""');
    expect(t.log.filter((line) => / 3\b/.test(line) && !line.startsWith("> RST_STREAM 3"))).toEqual(
      [],
    );
    expect(t.sent).toContain('DATA 1 end "x"');
    expect(t.errors).toEqual([]);
  });

  test("H2-133 a second GOAWAY of ours never raises the last stream", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, end));
    connection.goAway(0, 1);
    connection.goAway(0, 5);
    const ids = framesOf(taken(connection))
      .filter(({ type }) => type === TYPE.GOAWAY)
      .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(0));
    expect(ids).toEqual([1, 1]);
  });

  test("H2-197 it never names a last stream below one that was delivered", () => {
    const { connection } = connected("server");
    connection.receive(concat(headers(1, GET, end), headers(3, GET, end)));
    const before = () => connection.goAway(0, 1);
    try {
      before();
    } catch (error) {
      expect(error).toMatchObject({ name: "UsageError" });
    }
    for (const line of lines(connection).filter((one) => one.startsWith("GOAWAY")))
      expect(line).toMatch(/^GOAWAY [3-9]/);
  });

  test("H2-137 debug data of ours", () => {
    const { connection } = connected("server");
    connection.goAway(11, undefined, "later");
    expect(lines(connection)).toEqual(['GOAWAY 0 ENHANCE_YOUR_CALM "later"']);
  });
});

describe("graceful close", () => {
  test("H2-135 a server: 2^31 - 1 and a PING, then the real last stream, then closed", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, end));
    connection.close();
    const first = lines(connection);
    expect(first[0]).toBe('GOAWAY 2147483647 NO_ERROR ""');
    const asked = first.find((line) => line.startsWith("PING "));
    expect(asked).toBeDefined();
    expect(connection.state).toBe("closing");
    // A request that was on its way is served.
    expect(logOf(connection.receive(headers(3, GET, end)))).toContain("end 3");
    const payload = /"(.*)"/.exec(asked ?? "")?.[1] ?? "";
    const bytes = Buffer.from(
      payload.replace(/\\x([0-9a-f]{2})|\\(.)/g, (_all, hex, char) =>
        hex
          ? String.fromCharCode(Number.parseInt(hex, 16))
          : ({ r: "\r", n: "\n", t: "\t" }[char as string] ?? char),
      ),
      "latin1",
    );
    connection.receive(frame(TYPE.PING, 1, 0, new Uint8Array(bytes)));
    expect(lines(connection)).toContain('GOAWAY 3 NO_ERROR ""');
    for (const id of [1, 3]) connection.sendResponse(id, { status: 200, headers: [], content: "" });
    taken(connection);
    expect(connection.state).toBe("closed");
  });

  test("H2-135 a server without streams is closed behind its PING", () => {
    const { connection } = connected("server");
    connection.close();
    const frames = framesOf(taken(connection));
    const asked = frames.find(({ type }) => type === TYPE.PING);
    if (asked !== undefined) connection.receive(frame(TYPE.PING, 1, 0, asked.payload));
    taken(connection);
    expect(connection.state).toBe("closed");
  });

  test("H2-134 requests behind the real last stream are ignored", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, GET, end));
    connection.close();
    const asked = framesOf(taken(connection)).find(({ type }) => type === TYPE.PING);
    connection.receive(frame(TYPE.PING, 1, 0, asked?.payload ?? ""));
    taken(connection);
    expect(connection.receive(headers(3, GET, end)).filter(({ type }) => type === "head")).toEqual(
      [],
    );
  });

  test("H2-135 a client: GOAWAY, its requests are still answered, then closed", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    taken(connection);
    connection.close();
    expect(lines(connection)[0]).toMatch(/^GOAWAY \d+ NO_ERROR/);
    expect(connection.state).toBe("closing");
    expect(() =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    ).toThrow();
    expect(logOf(connection.receive(headers(1, OK, end))).at(-1)).toBe("end 1");
    taken(connection);
    expect(connection.state).toBe("closed");
    expect(connection.receive(ping())).toEqual([]);
  });
});

describe("connection errors", () => {
  test.each<Row>([
    [
      "H2-148 GOAWAY names the last stream that was taken",
      [headers(5, GET, end), windowUpdate(0, 0)],
      fails("H2_WINDOW_INCREMENT_ZERO", { last: 5 }),
    ],
    [
      "H2-148 and 0 where there was none",
      windowUpdate(0, 0),
      fails("H2_WINDOW_INCREMENT_ZERO", { last: 0 }),
    ],
    [
      "H2-150 one is enough",
      concat(windowUpdate(0, 0), windowUpdate(0, 0), headers(0, GET)),
      fails("H2_WINDOW_INCREMENT_ZERO"),
    ],
    [
      "H2-148 what was valid before it is delivered",
      concat(headers(1, GET, end), ping(), data(0, "x")),
      (t) => {
        expectIncludes(t, ["end 1", 'ping "12345678"']);
        fails("H2_STREAM_ID_ZERO")({ ...t, lastInput: [0, t.lastInput[1]] });
      },
    ],
  ])("%s", (...row) => playRow("server", row));

  const frames: [string, Uint8Array][] = [
    ["DATA", data(1, "x")],
    ["HEADERS", headers(3, GET)],
    ["PRIORITY", priority(1, { dependency: 0 })],
    ["RST_STREAM", rst(1)],
    ["SETTINGS", settings()],
    ["SETTINGS ACK", settingsAck()],
    ["PING", ping()],
    ["GOAWAY", goaway(0)],
    ["WINDOW_UPDATE", windowUpdate(1, 1)],
    ["ALTSVC of a wrong length", frame(TYPE.ALTSVC, 0, 0, "x")],
    ["ALTSVC", altSvc(0, "https://a", "clear")],
    ["ORIGIN", frame(TYPE.ORIGIN, 0, 0, "x")],
    ["PRIORITY_UPDATE of a wrong length", frame(TYPE.PRIORITY_UPDATE, 0, 0, "x")],
    ["PRIORITY_UPDATE", priorityUpdate(1, "u=1")],
    ["an unknown frame", unknownFrame(0)],
    ["octets that are no frame", new Uint8Array(100).fill(255)],
  ];
  test.each(frames)("H2-148 H2-150 nothing is read behind one: %s", (_name, bytes) => {
    for (const role of ["server", "client"] as const) {
      const { connection } = connected(role);
      connection.receive(role === "server" ? headers(1, POST) : new Uint8Array(0));
      connection.receive(windowUpdate(0, 0));
      taken(connection);
      expect(connection.state).toBe("failed");
      expect(connection.receive(bytes)).toEqual([]);
      expect(connection.receiveEnd()).toEqual([]);
      expect(connection.take()).toEqual([]);
    }
  });

  test("H2-148 the GOAWAY is still there to be taken, everything else that waits is dropped", () => {
    const { connection } = connected("server", { handshake: settings({ INITIAL_WINDOW_SIZE: 0 }) });
    connection.receive(headers(1, GET, end));
    connection.sendResponse(1, { status: 200, headers: [], content: "later" });
    taken(connection);
    connection.receive(windowUpdate(0, 0));
    expect(lines(connection)).toEqual(['GOAWAY 1 PROTOCOL_ERROR "H2_WINDOW_INCREMENT_ZERO"']);
    expect(connection.bufferedAmount).toBe(0);
  });

  test("H2-148 commands on a failed connection send nothing: the answer may have been on its way", () => {
    const { connection } = connected("server");
    connection.receive(concat(headers(1, GET, end), windowUpdate(0, 0)));
    taken(connection);
    connection.sendResponse(1, { status: 200, headers: [] });
    connection.sendData(1, new Uint8Array(1));
    connection.sendEnd(1);
    connection.reset(1);
    expect(connection.take()).toEqual([]);
    expect(connection.state).toBe("failed");
  });
});
