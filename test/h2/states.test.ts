// The life of a stream as a table: for each state of RFC 9113 section 5.1 and each frame that may arrive, what must
// happen; then identifiers (5.1.1) and how many streams at a time (5.1.2). Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  type Codes,
  connected,
  expectAlive,
  expectConnectionError,
  expectFine,
  expectStreamError,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
  resets,
  type Step,
  type TalkOptions,
  type Transcript,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  continuation,
  data,
  GET,
  headers,
  OK,
  POST,
  ping,
  priority,
  pushPromise,
  rst,
  settings,
  settingsAck,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";

const ask =
  (method: string): Step =>
  (c) =>
    void c.sendRequest({ method, authority: "a", path: "/", headers: [] });
const answer: Step = (c) => void c.sendResponse(1, { status: 200, headers: [], content: "" });
const push: Step = (c) =>
  void c.push(1, { method: "GET", path: "/p", authority: "a", scheme: "https", headers: [] });
const pushes: TalkOptions = { settings: { enablePush: true } };

interface State {
  role: "server" | "client";
  name: string;
  steps: Step[];
  streamId: number;
  options?: TalkOptions;
}

const STATES = {
  "server idle": { steps: [], streamId: 1 },
  "server open": { steps: [headers(1, POST)], streamId: 1 },
  "server half-closed (remote)": { steps: [headers(1, GET, { end: true })], streamId: 1 },
  "server half-closed (local)": { steps: [headers(1, POST), answer], streamId: 1 },
  "server closed by both ends": { steps: [headers(1, GET, { end: true }), answer], streamId: 1 },
  "server closed by our RST_STREAM": { steps: [headers(1, POST), (c) => c.reset(1)], streamId: 1 },
  "server closed by the peer's RST_STREAM": { steps: [headers(1, POST), rst(1)], streamId: 1 },
  "server reserved (local)": { steps: [headers(1, POST), push], streamId: 2 },
  "client idle": { steps: [], streamId: 1 },
  "client idle, even": { steps: [], streamId: 2 },
  "client open": { steps: [ask("POST"), headers(1, OK)], streamId: 1 },
  "client half-closed (local)": { steps: [ask("GET"), headers(1, OK)], streamId: 1 },
  "client half-closed (remote)": {
    steps: [ask("POST"), headers(1, OK, { end: true })],
    streamId: 1,
  },
  "client closed by both ends": { steps: [ask("GET"), headers(1, OK, { end: true })], streamId: 1 },
  "client closed by our RST_STREAM": { steps: [ask("POST"), (c) => c.reset(1)], streamId: 1 },
  "client closed by the peer's RST_STREAM": { steps: [ask("POST"), rst(1)], streamId: 1 },
  "client reserved (remote)": {
    steps: [ask("GET"), pushPromise(1, 2, GET)],
    streamId: 2,
    options: pushes,
  },
} satisfies Record<string, { steps: Step[]; streamId: number; options?: TalkOptions }>;
type StateName = keyof typeof STATES;

function state(name: StateName): State {
  const role = name.startsWith("server") ? "server" : "client";
  return { role, name, ...STATES[name] };
}

const FRAMES = {
  DATA: (id: number) => data(id, "x"),
  "DATA with END_STREAM": (id: number) => data(id, "x", { end: true }),
  // What fits: a request, or trailers, or a response.
  HEADERS: (id: number, name: StateName) =>
    name === "client reserved (remote)"
      ? headers(id, OK)
      : name === "server idle"
        ? headers(id, GET, { end: true })
        : headers(id, ["x-t", "1"], { end: true }),
  PRIORITY: (id: number) => priority(id, { dependency: 0 }),
  RST_STREAM: (id: number) => rst(id),
  WINDOW_UPDATE: (id: number) => windowUpdate(id, 1),
  CONTINUATION: (id: number) => continuation(id, ["x-t", "1"]),
  "an unknown frame": (id: number) => unknownFrame(id),
} as const;
type FrameName = keyof typeof FRAMES;

/** What must happen: `ok`, nothing at all, STREAM_CLOSED of either scope, or an error. */
type Reaction =
  | "ok"
  | "ignored"
  | "closed"
  | "ignored or closed"
  | ["stream" | "connection", Codes];

const idle: Reaction = ["connection", "H2_STREAM_IDLE"];
const closedStream: Reaction = ["stream", "H2_STREAM_CLOSED"];
const wrong: Reaction = [
  "connection",
  ["H2_STREAM_STATE_INVALID", "H2_STREAM_ID_INVALID", "H2_STREAM_IDLE"],
];
const stray: Reaction = ["connection", "H2_CONTINUATION_UNEXPECTED"];

/** In the order of FRAMES: DATA, DATA end, HEADERS, PRIORITY, RST_STREAM, WINDOW_UPDATE, CONTINUATION, unknown. */
const TABLE: [ids: string, state: StateName, ...Reaction[]][] = [
  [
    "H2-030 H2-143 H2-090 H2-086",
    "server idle",
    idle,
    idle,
    "ok",
    "ignored",
    idle,
    idle,
    stray,
    "ignored",
  ],
  ["H2-034", "server open", "ok", "ok", "ok", "ignored", "ok", "ignored", stray, "ignored"],
  [
    "H2-036 H2-037 H2-142 H2-071",
    "server half-closed (remote)",
    closedStream,
    closedStream,
    closedStream,
    "ignored",
    "ok",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-035",
    "server half-closed (local)",
    "ok",
    "ok",
    "ok",
    "ignored",
    "ok",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-040 H2-041 H2-142",
    "server closed by both ends",
    "closed",
    "closed",
    "closed",
    "ignored",
    "ignored",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-038 H2-151",
    "server closed by our RST_STREAM",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-039 H2-092",
    "server closed by the peer's RST_STREAM",
    "closed",
    "closed",
    "closed",
    "ignored",
    "ignored",
    "ignored or closed",
    stray,
    "ignored",
  ],
  [
    "H2-032",
    "server reserved (local)",
    wrong,
    wrong,
    wrong,
    "ignored",
    "ok",
    "ignored",
    stray,
    "ignored",
  ],
  ["H2-030 H2-046", "client idle", idle, idle, wrong, "ignored", idle, idle, stray, "ignored"],
  [
    "H2-030 H2-031",
    "client idle, even",
    wrong,
    wrong,
    wrong,
    "ignored",
    wrong,
    wrong,
    stray,
    "ignored",
  ],
  ["H2-034", "client open", "ok", "ok", "ok", "ignored", "ok", "ignored", stray, "ignored"],
  [
    "H2-035",
    "client half-closed (local)",
    "ok",
    "ok",
    "ok",
    "ignored",
    "ok",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-036 H2-037 H2-094",
    "client half-closed (remote)",
    closedStream,
    closedStream,
    closedStream,
    "ignored",
    "ok",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-040 H2-041",
    "client closed by both ends",
    "closed",
    "closed",
    "closed",
    "ignored",
    "ignored",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-038 H2-151",
    "client closed by our RST_STREAM",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    "ignored",
    stray,
    "ignored",
  ],
  [
    "H2-039 H2-092",
    "client closed by the peer's RST_STREAM",
    "closed",
    "closed",
    "closed",
    "ignored",
    "ignored",
    "ignored or closed",
    stray,
    "ignored",
  ],
  [
    "H2-033",
    "client reserved (remote)",
    wrong,
    wrong,
    "ok",
    "ignored",
    "ok",
    wrong,
    stray,
    "ignored",
  ],
];

function expectReaction(t: Transcript, before: Transcript, streamId: number, reaction: Reaction) {
  const news = t.log.slice(before.log.length);
  const isClosed = () => {
    const error = t.errors.at(-1);
    expect([error?.code, error?.wireCode], t.log.join("\n")).toEqual(["H2_STREAM_CLOSED", 5]);
    if (error?.scope === "connection") expect(t.sent.at(-1)).toMatch(/^GOAWAY \d+ STREAM_CLOSED/);
    else {
      expect(t.sent.at(-1)).toBe(`RST_STREAM ${streamId} STREAM_CLOSED`);
      expectAlive(t);
    }
  };
  if (reaction === "ok") {
    expect(news, t.log.join("\n")).not.toEqual([]);
    expectFine({ ...t, sent: t.sent.slice(before.sent.length) });
  } else if (reaction === "ignored") {
    expect(news).toEqual([]);
    expectAlive(t);
  } else if (reaction === "closed") isClosed();
  else if (reaction === "ignored or closed") news.length === 0 ? expectAlive(t) : isClosed();
  else if (reaction[0] === "connection") expectConnectionError(t, reaction[1]);
  else expectStreamError(t, streamId, reaction[1]);
}

describe("state by frame", () => {
  const rows = TABLE.flatMap(([ids, name, ...reactions]) =>
    (Object.keys(FRAMES) as FrameName[]).map(
      (frame, at) => [`${ids} ${name}: ${frame}`, name, frame, reactions[at] as Reaction] as const,
    ),
  );

  test("has a reaction for each state and frame", () => {
    expect(rows).toHaveLength(Object.keys(STATES).length * Object.keys(FRAMES).length);
    expect(rows.filter(([, , , reaction]) => reaction === undefined)).toEqual([]);
  });

  test.each(rows)("%s", (_title, name, frame, reaction) => {
    const { role, steps, streamId, options } = state(name);
    const before = talk(role, steps, options);
    const t = talk(role, [...steps, FRAMES[frame](streamId, name)], options);
    expectReaction(t, before, streamId, reaction);
  });
});

describe("after the table", () => {
  test.each<Row>([
    [
      "H2-042 PRIORITY opens nothing: the same stream opens later",
      [
        priority(5, { dependency: 0 }),
        headers(3, GET, { end: true }),
        headers(5, GET, { end: true }),
      ],
      fineWith("end 3", "end 5"),
    ],
    [
      "H2-043 PUSH_PROMISE on an open stream of a server",
      [headers(1, POST), pushPromise(1, 2, GET)],
      fails("H2_PUSH_FORBIDDEN"),
    ],
    [
      "H2-044 an unknown frame opens nothing",
      [unknownFrame(9), headers(3, GET, { end: true })],
      fineWith("end 3"),
    ],
    [
      "H2-071 DATA on a stream that the peer has ended",
      [headers(1, GET, { end: true }), data(1, "x")],
      resets(1, "H2_STREAM_CLOSED"),
    ],
    [
      "H2-071 the same behind trailers",
      [headers(1, POST), headers(1, ["x", "y"], { end: true }), data(1, "x")],
      resets(1, "H2_STREAM_CLOSED"),
    ],
    [
      "H2-036 only the first frame too many is answered",
      [headers(1, GET, { end: true }), data(1, "x"), data(1, "x"), data(1, "x")],
      (t) => {
        expect(t.sent.filter((line) => line.startsWith("RST_STREAM"))).toHaveLength(1);
        expectAlive(t);
      },
    ],
    [
      "H2-081 HEADERS that are malformed open their stream: the next one must be above",
      [headers(3, ["x", "y"], { end: true }), headers(1, GET, { end: true })],
      fails("H2_STREAM_ID_INVALID"),
    ],
    [
      "H2-081 H2-038 and what follows on it is ignored",
      [headers(1, [...POST, "X", "y"]), data(1, "x", { end: true })],
      (t) => {
        expect(t.errors).toHaveLength(1);
        expectAlive(t);
      },
    ],
    [
      "H2-150 H2-151 H2-092 one error a stream, one RST_STREAM, whatever comes",
      [
        headers(1, [...POST, "X", "y"]),
        data(1, "x"),
        windowUpdate(1, 0),
        rst(1),
        rst(1),
        headers(1, ["X", "y"], { end: true }),
      ],
      (t) => {
        expect(t.errors).toHaveLength(1);
        expect(t.sent.filter((line) => line.startsWith("RST_STREAM"))).toHaveLength(1);
        expectAlive(t);
      },
    ],
    [
      "H2-093 RST_STREAM with a code that nobody knows",
      [headers(1, POST), rst(1, 0xfeedface)],
      fineWith("reset 1 code 4277009102"),
    ],
  ])("%s", (...row) => playRow("server", row));

  test.each<Row>([
    [
      "H2-094 RST_STREAM(NO_ERROR) behind a whole response leaves it as it is",
      [ask("POST"), headers(1, OK), data(1, "body", { end: true }), rst(1, "NO_ERROR")],
      (t) => {
        expect(t.log.slice(1)).toEqual([
          "head 1 HTTP/2 200 no reason",
          'data 1 "body"',
          "end 1",
          "reset 1 code 0",
        ]);
        expectAlive(t);
      },
    ],
    [
      "H2-092 after RST_STREAM of the peer nothing is sent on the stream",
      [ask("POST"), rst(1), data(3, "")],
      fails("H2_STREAM_IDLE"),
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H2-092 what is sent on a stream that the peer reset meanwhile goes nowhere", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    taken(connection);
    connection.receive(rst(1));
    connection.sendData(1, new Uint8Array(3));
    connection.sendTrailers(1, ["x", "y"]);
    expect(connection.take()).toEqual([]);
    expect(connection.bufferedAmount).toBe(0);
  });
});

describe("identifiers of streams", () => {
  test.each<Row>([
    [
      "H2-046 HEADERS of a client on an even stream",
      headers(2, GET, { end: true }),
      fails("H2_STREAM_ID_INVALID", { last: 0 }),
    ],
    [
      "H2-047 an identifier below the last",
      [headers(5, GET, { end: true }), headers(3, GET, { end: true })],
      fails("H2_STREAM_ID_INVALID", { last: 5 }),
    ],
    [
      "H2-048 lower identifiers that were skipped are closed: DATA",
      [headers(5, POST), data(3, "x")],
      (t) => {
        expect(t.errors).toHaveLength(1);
        expect(["H2_STREAM_CLOSED", "H2_STREAM_IDLE", "H2_STREAM_STATE_INVALID"]).toContain(
          t.errors[0]?.code,
        );
      },
    ],
    ["H2-048 and WINDOW_UPDATE there is no error", [headers(5, POST), windowUpdate(3, 1)], fine],
    [
      "H2-046 the first identifier may be any odd one",
      headers(77, GET, { end: true }),
      fineWith("end 77"),
    ],
    [
      "H2-049 the last identifier there is",
      headers(2 ** 31 - 1, GET, { end: true }),
      (t) => {
        expect(t.log).toContain("end 2147483647");
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H2-049 nothing can follow it",
      [headers(2 ** 31 - 1, GET, { end: true }), headers(1, GET)],
      fails(["H2_STREAM_ID_INVALID", "H2_STREAM_CLOSED"]),
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-049 H2-046 a client counts 1, 3, 5 …", () => {
    const { connection } = connected("client");
    const send = () =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    expect([send(), send(), send()]).toEqual([1, 3, 5]);
  });
});

describe("how many streams at a time", () => {
  const two: TalkOptions = { settings: { maxConcurrentStreams: 2 } };
  const full: Step[] = [headers(1, POST), headers(3, POST)];
  test.each<Row>([
    [
      "H2-050 one more than allowed is refused",
      [...full, headers(5, POST)],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-050 H2-051 half-closed streams count",
      [headers(1, GET, { end: true }), headers(3, GET, { end: true }), headers(5, POST)],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-051 idle and prioritized ones do not",
      [priority(9, { dependency: 0 }), ...full],
      fine,
      two,
    ],
    [
      "H2-051 a reset makes room",
      [...full, rst(1), headers(5, POST)],
      fineWith("head 5 POST / HTTP/2"),
      two,
    ],
    [
      "H2-051 an answer makes room",
      [
        headers(1, GET, { end: true }),
        headers(3, GET, { end: true }),
        answer,
        headers(5, GET, { end: true }),
      ],
      fineWith("end 5"),
      two,
    ],
    [
      "H2-051 lowering the limit kills no stream",
      [
        ...full,
        (c) => c.updateSettings({ maxConcurrentStreams: 0 }),
        settingsAck(),
        data(1, "x", { end: true }),
      ],
      (t) => expect(t.log).toContain("end 1"),
      two,
    ],
    [
      "H2-051 but opens none",
      [
        ...full,
        (c) => c.updateSettings({ maxConcurrentStreams: 0 }),
        settingsAck(),
        headers(5, POST),
      ],
      resets(5, "H2_STREAM_REFUSED", { wire: 7 }),
      two,
    ],
    [
      "H2-053 the limit holds without a word of ours in between: 200 requests",
      Array.from({ length: 200 }, (_, at) => headers(2 * at + 1, POST)),
      (t) => {
        expect(t.events.filter((event) => event.type === "head")).toHaveLength(128);
        expect(t.errors).toHaveLength(72);
      },
      { cuts: "few" },
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-052 a client refuses to open more than the server allows, and sends nothing", () => {
    const { connection } = connected("client", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 1 }),
    });
    const send = () =>
      connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    expect(send()).toBe(1);
    taken(connection);
    expect(send).toThrow();
    expect(connection.take()).toEqual([]);
    connection.receive(rst(1));
    expect(send()).toBe(3);
  });

  test("H2-105 H2-052 a server that allows none", () => {
    const { connection } = connected("client", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 0 }),
    });
    expect(() =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    ).toThrow();
  });

  test("H2-052 a server pushes no more than the client allows", () => {
    const { connection } = connected("server", {
      handshake: settings({ MAX_CONCURRENT_STREAMS: 0 }),
    });
    connection.receive(headers(1, GET, { end: true }));
    const head = { path: "/p", authority: "a", scheme: "https", headers: [] };
    // A promise costs no stream; its answer would (RFC 9113 section 5.1.2).
    const attempt = () => {
      const id = connection.push(1, head);
      connection.sendResponse(id, { status: 200, headers: [], content: "x" });
    };
    expect(attempt).toThrow();
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.filter((line) => line.startsWith("HEADERS 2"))).toEqual([]);
  });

  test("H2-150 a connection that failed reports nothing more, and PING is not answered", () => {
    const t = talk("server", [headers(2, GET), ping()]);
    expect(t.errors).toHaveLength(1);
    expect(t.sent).toHaveLength(1);
  });
});
