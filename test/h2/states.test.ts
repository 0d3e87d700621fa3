// The life of a stream as a table: for each state of RFC 9113 section 5.1 and each frame that may arrive, what must
// happen. Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  type Codes,
  connected,
  expectAlive,
  expectConnectionError,
  expectFine,
  expectStreamError,
  fails,
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
import {
  continuation,
  data,
  GET,
  headers,
  OK,
  POST,
  priority,
  pushPromise,
  rst,
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

/** Words of the table. */
const REACTIONS: Record<string, Reaction> = {
  ok: "ok",
  "-": "ignored",
  closed: "closed",
  "-/closed": "ignored or closed",
  idle: ["connection", "H2_STREAM_IDLE"],
  S: ["stream", "H2_STREAM_CLOSED"],
  wrong: ["connection", ["H2_STREAM_STATE_INVALID", "H2_STREAM_ID_INVALID", "H2_STREAM_IDLE"]],
  stray: ["connection", "H2_CONTINUATION_UNEXPECTED"],
};

/** Reactions to DATA, DATA end, HEADERS, PRIORITY, RST_STREAM, WINDOW_UPDATE, CONTINUATION, unknown. */
const TABLE: Record<StateName, [ids: string, reactions: string]> = {
  "server idle": ["H2-030 H2-143 H2-090 H2-086", "idle idle ok - idle idle stray -"],
  "server open": ["H2-034", "ok ok ok - ok - stray -"],
  "server half-closed (remote)": ["H2-036 H2-037 H2-142 H2-071", "S S S - ok - stray -"],
  "server half-closed (local)": ["H2-035", "ok ok ok - ok - stray -"],
  "server closed by both ends": ["H2-040 H2-041 H2-142", "closed closed closed - - - stray -"],
  "server closed by our RST_STREAM": ["H2-038 H2-151", "- - - - - - stray -"],
  "server closed by the peer's RST_STREAM": [
    "H2-039 H2-092",
    "closed closed closed - - -/closed stray -",
  ],
  "server reserved (local)": ["H2-032", "wrong wrong wrong - ok - stray -"],
  "client idle": ["H2-030 H2-046", "idle idle wrong - idle idle stray -"],
  "client idle, even": ["H2-030 H2-031", "wrong wrong wrong - wrong wrong stray -"],
  "client open": ["H2-034", "ok ok ok - ok - stray -"],
  "client half-closed (local)": ["H2-035", "ok ok ok - ok - stray -"],
  "client half-closed (remote)": ["H2-036 H2-037 H2-094", "S S S - ok - stray -"],
  "client closed by both ends": ["H2-040 H2-041", "closed closed closed - - - stray -"],
  "client closed by our RST_STREAM": ["H2-038 H2-151", "- - - - - - stray -"],
  "client closed by the peer's RST_STREAM": [
    "H2-039 H2-092",
    "closed closed closed - - -/closed stray -",
  ],
  "client reserved (remote)": ["H2-033", "wrong wrong ok - ok wrong stray -"],
};

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
  const rows = (Object.keys(TABLE) as StateName[]).flatMap((name) => {
    const [ids, words] = TABLE[name];
    const reactions = words.split(" ").map((word) => REACTIONS[word] as Reaction);
    return (Object.keys(FRAMES) as FrameName[]).map(
      (frame, at) => [`${ids} ${name}: ${frame}`, name, frame, reactions[at] as Reaction] as const,
    );
  });

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
