// Priorities: RFC 9218 (the field, PRIORITY_UPDATE, who goes first) and what is left of RFC 7540's. Titles carry the
// rows of the rule list.

import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectAlive,
  expectFine,
  fails,
  fine,
  fineWith,
  logs,
  playRow,
  type Row,
  resets,
  type Step,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { framesOf, OutputReader } from "../helpers/h2-read.js";
import {
  frame,
  GET,
  headers,
  POST,
  priority,
  priorityUpdate,
  pushPromise,
  request,
  settings,
  windowUpdate,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;

describe("PRIORITY_UPDATE at a server", () => {
  test.each<Row>([
    [
      "PU-004 urgency and incremental",
      [headers(1, POST), priorityUpdate(1, "u=5, i")],
      fineWith("priority 1 u=5, i"),
    ],
    ["PU-004 the defaults", [headers(1, POST), priorityUpdate(1, "")], fineWith("priority 1 u=3")],
    [
      "PU-004 incremental said to be false",
      [headers(1, POST), priorityUpdate(1, "i=?0, u=0")],
      fineWith("priority 1 u=0"),
    ],
    [
      "PU-004 an urgency out of range",
      [headers(1, POST), priorityUpdate(1, "u=8, i")],
      fineWith("priority 1 u=3, i"),
    ],
    [
      "PU-004 a negative urgency",
      [headers(1, POST), priorityUpdate(1, "u=-1")],
      fineWith("priority 1 u=3"),
    ],
    [
      "PU-004 values of other types",
      [headers(1, POST), priorityUpdate(1, "u=1.5, i=2")],
      fineWith("priority 1 u=3"),
    ],
    [
      "PU-004 parameters that nobody knows",
      [headers(1, POST), priorityUpdate(1, 'u=1, foo="bar", baz;q=1')],
      fineWith("priority 1 u=1"),
    ],
    [
      "PU-004 the same key twice: the last counts",
      [headers(1, POST), priorityUpdate(1, "u=1, u=6")],
      fineWith("priority 1 u=6"),
    ],
    [
      "PU-004 parameters of a value",
      [headers(1, POST), priorityUpdate(1, "u=1;x=2, i;y")],
      fineWith("priority 1 u=1, i"),
    ],
    [
      "PU-006 a value that does not parse is ignored",
      [headers(1, POST), priorityUpdate(1, "u=")],
      (t) => {
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "PU-006 octets that no field has",
      [headers(1, POST), priorityUpdate(1, "\x80\x00,,,;")],
      fine,
    ],
    [
      "PU-007 on a stream",
      [headers(1, POST), priorityUpdate(1, "u=1", 1)],
      fails("H2_STREAM_ID_NOT_ZERO"),
    ],
    ["PU-008 for stream 0", priorityUpdate(0, "u=1"), fails("H2_PRIORITY_UPDATE_INVALID")],
    [
      "PU-009 three octets",
      frame(TYPE.PRIORITY_UPDATE, 0, 0, "123"),
      fails("H2_FRAME_LENGTH_INVALID"),
    ],
    ["PU-009 four octets are enough", [headers(1, POST), priorityUpdate(1, "")], fine],
    [
      "PU-010 for a push stream that is idle",
      priorityUpdate(2, "u=1"),
      fails("H2_PRIORITY_UPDATE_INVALID"),
    ],
    [
      "PU-014 the reserved bit of the identifier",
      [headers(1, POST), priorityUpdate(2 ** 31 + 1, "u=2")],
      fineWith("priority 1 u=2"),
    ],
    [
      "PU-013 for a stream that is closed",
      [
        headers(1, GET, end),
        (c) => c.sendResponse(1, { status: 200, headers: [], content: "" }),
        priorityUpdate(1, "u=1"),
      ],
      fine,
    ],
    [
      "PU-013 for a lower stream that was never used",
      [headers(5, POST), priorityUpdate(3, "u=1")],
      fine,
    ],
    [
      "PU-013 for a stream to come",
      [priorityUpdate(1, "u=7"), priorityUpdate(1, "u=2, i"), headers(1, GET, end)],
      fineWith("priority 1 u=2, i", "end 1"),
    ],
    [
      "PU-011 for more streams to come than may be open",
      [priorityUpdate(1, "u=1"), priorityUpdate(3, "u=1"), priorityUpdate(5, "u=1")],
      fails("H2_PRIORITY_UPDATE_INVALID"),
      { settings: { maxConcurrentStreams: 2 } },
    ],
    [
      "PU-011 open ones count",
      [headers(1, POST), priorityUpdate(3, "u=1"), priorityUpdate(5, "u=1")],
      fails("H2_PRIORITY_UPDATE_INVALID"),
      { settings: { maxConcurrentStreams: 2 } },
    ],
    [
      "PU-011 as many as may be open",
      [priorityUpdate(1, "u=1"), priorityUpdate(3, "u=1")],
      fine,
      { settings: { maxConcurrentStreams: 2 } },
    ],
    [
      "PU-011 the same one twice is one",
      [priorityUpdate(1, "u=1"), priorityUpdate(1, "u=2"), priorityUpdate(3, "u=1")],
      fine,
      { settings: { maxConcurrentStreams: 2 } },
    ],
  ])("%s", (...row) => playRow("server", row));
});

describe("at a client", () => {
  test.each<Row>([
    ["PU-012 PRIORITY_UPDATE", priorityUpdate(1, "u=1"), fails("H2_PRIORITY_UPDATE_INVALID")],
    [
      "PU-012 even an empty one",
      frame(TYPE.PRIORITY_UPDATE, 0, 0),
      fails(["H2_PRIORITY_UPDATE_INVALID", "H2_FRAME_LENGTH_INVALID"]),
    ],
  ])("%s", (...row) => playRow("client", row));

  test("PU-012 setPriority of a client sends PRIORITY_UPDATE", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    taken(connection);
    connection.setPriority(1, { urgency: 1, incremental: true });
    expect(new OutputReader().lines(taken(connection))).toEqual(['PRIORITY_UPDATE 1 "u=1, i"']);
  });

  test("PU-004 an urgency out of range is wrong use", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    taken(connection);
    for (const urgency of [-1, 8, 1.5, Number.NaN])
      expect(() => connection.setPriority(1, { urgency, incremental: false })).toThrow(
        expect.objectContaining({ name: "UsageError" }),
      );
    expect(connection.take()).toEqual([]);
  });
});

/** The order in which streams get their octets: a run of the same stream is one entry. */
function order(bytes: Uint8Array): number[] {
  const ids = framesOf(bytes)
    .filter(({ type, payload }) => type === TYPE.DATA && payload.length > 0)
    .map(({ streamId }) => streamId);
  return ids.filter((id, at) => id !== ids[at - 1]);
}

/** A server that has these requests with these priorities, and 40,000 octets to answer each. */
function answers(...fields: (string | null)[]) {
  const { connection } = connected("server", {
    handshake: settings({ INITIAL_WINDOW_SIZE: 2 ** 20 }),
  });
  connection.receive(windowUpdate(0, 2 ** 20));
  for (const [at, value] of fields.entries()) {
    const id = 2 * at + 1;
    connection.receive(headers(id, value === null ? GET : [...GET, "priority", value], end));
  }
  taken(connection);
  for (const at of fields.keys())
    connection.sendResponse(2 * at + 1, {
      status: 200,
      headers: [],
      content: new Uint8Array(40_000),
    });
  return connection;
}

describe("who goes first", () => {
  test("PU-005 the lower urgency value", () => {
    expect(order(taken(answers("u=5", "u=0", "u=3")))).toEqual([3, 5, 1]);
  });

  test("PU-005 of the same urgency one by one, where they are not incremental", () => {
    expect(order(taken(answers(null, null, null)))).toEqual([1, 3, 5]);
  });

  test("PU-005 incremental ones share", () => {
    const runs = order(taken(answers("i", "i")));
    expect(runs.length).toBeGreaterThan(3);
    expect(new Set(runs)).toEqual(new Set([1, 3]));
  });

  test("PU-005 a field that does not parse is ignored: the defaults hold", () => {
    expect(order(taken(answers("u=", "u=4")))).toEqual([1, 3]);
  });

  test("PU-014 PRIORITY_UPDATE wins over the field", () => {
    const connection = answers("u=1", "u=2");
    connection.receive(priorityUpdate(3, "u=0"));
    expect(order(taken(connection))).toEqual([3, 1]);
  });

  test("PU-013 one that came before its stream is kept for it", () => {
    const { connection } = connected("server");
    connection.receive(priorityUpdate(3, "u=0"));
    for (const id of [1, 3]) connection.receive(headers(id, GET, end));
    for (const id of [1, 3])
      connection.sendResponse(id, { status: 200, headers: [], content: new Uint8Array(20_000) });
    expect(order(taken(connection))).toEqual([3, 1]);
  });

  test("PU-005 setPriority of a server changes the order, and sends nothing of its own", () => {
    const connection = answers(null, null);
    connection.setPriority(3, { urgency: 0, incremental: false });
    const bytes = taken(connection);
    expect(order(bytes)).toEqual([3, 1]);
    expect(framesOf(bytes).some(({ type }) => type === TYPE.PRIORITY_UPDATE)).toBe(false);
  });

  test("PU-005 a stream that is blocked by its window does not block the others", () => {
    const { connection } = connected("server", {
      handshake: settings({ INITIAL_WINDOW_SIZE: 10 }),
    });
    for (const id of [1, 3]) connection.receive(headers(id, GET, end));
    for (const id of [1, 3])
      connection.sendResponse(id, { status: 200, headers: [], content: new Uint8Array(100) });
    taken(connection);
    connection.receive(windowUpdate(3, 90));
    expect(order(taken(connection))).toEqual([3]);
  });

  test("PU-014 all octets arrive whatever the order is: twenty streams of all priorities", () => {
    const connection = answers(
      ...Array.from({ length: 20 }, (_, at) => `u=${at % 8}${at % 3 === 0 ? ", i" : ""}`),
    );
    const sum = new Map<number, number>();
    for (const { type, streamId, payload } of framesOf(taken(connection)))
      if (type === TYPE.DATA) sum.set(streamId, (sum.get(streamId) ?? 0) + payload.length);
    expect([...sum.values()]).toEqual(Array.from({ length: 20 }, () => 40_000));
  });
});

describe("the priorities of RFC 7540", () => {
  const ask: Step = (c) =>
    void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
  test.each<Row>([
    [
      "H2-088 PU-003 PRIORITY is ignored, in every state",
      [
        priority(1, { dependency: 3 }),
        headers(1, POST),
        priority(1, { dependency: 5, weight: 256, exclusive: true }),
      ],
      (t) => {
        expect(t.log.filter((line) => line.startsWith("priority"))).toEqual([]);
        expectFine(t);
      },
    ],
    [
      "H2-086 PRIORITY on an idle stream opens nothing and closes nothing below",
      [priority(7, { dependency: 0 }), headers(5, GET, end), headers(7, GET, end)],
      fineWith("end 5", "end 7"),
    ],
    [
      "H2-082 HEADERS that depend on themselves",
      headers(1, GET, { end: true, priority: { dependency: 1 } }),
      resets(1, "H2_SELF_DEPENDENCY"),
    ],
    [
      "H2-082 the same with the exclusive bit",
      headers(1, GET, { end: true, priority: { dependency: 1, exclusive: true } }),
      resets(1, "H2_SELF_DEPENDENCY"),
    ],
    [
      "H2-082 H2-023 the block of such a frame is read all the same",
      [headers(1, GET, { end: true, priority: { dependency: 1 } }), headers(3, GET, end)],
      (t) => {
        expect(t.errors).toHaveLength(1);
        expect(t.log).toContain("end 3");
      },
    ],
    [
      "H2-087 PRIORITY that depends on itself",
      [headers(1, POST), priority(1, { dependency: 1 })],
      resets(1, "H2_SELF_DEPENDENCY"),
    ],
    [
      "H2-087 the same with the exclusive bit",
      [headers(1, POST), priority(1, { dependency: 1, exclusive: true })],
      resets(1, "H2_SELF_DEPENDENCY"),
    ],
    [
      "H2-083 the fields of HEADERS are read past",
      headers(1, GET, { end: true, priority: { dependency: 9, weight: 1, exclusive: true } }),
      logs("head 1 GET / HTTP/2", "  => scheme https, authority a, path /", "end 1"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-042 PRIORITY at a client is ignored", () => {
    expectFine(
      talk("client", [ask, priority(1, { dependency: 0 }), priority(9, { dependency: 1 })]),
    );
  });

  test("PU-005 a promise may have a priority", () => {
    const t = talk("client", [ask, pushPromise(1, 2, request("GET", "/p", ["priority", "u=6"]))], {
      settings: { enablePush: true },
    });
    expect(logOf(t.events)).toContain("push 1 promises 2 GET /p HTTP/2");
  });
});
