// What a review of the connection found: each test is one mistake that was made.

import { H3Connection, type StreamOutput } from "tercet/h3";
import { describe, expect, test } from "vitest";
import { CLIENT, connected, SERVER } from "../helpers/h3-dialogue.js";
import {
  cancelPush,
  concat,
  data,
  extendedConnect,
  GET,
  headers,
  OK,
  POST,
  priorityUpdate,
  push,
  pushPromise,
  request,
  settings,
  varint,
} from "../helpers/h3-frames.js";

const used = (connection: H3Connection, name: string) =>
  connection.limitsReport().find((one) => one.name === name)?.used;
const bytesTo = (list: readonly StreamOutput[], streamId: number) =>
  list.filter((one) => one.streamId === streamId).reduce((sum, one) => sum + one.bytes.length, 0);

describe("what is kept ends with what it was kept for", () => {
  test("pushes one after the other: each is forgotten with its stream", () => {
    const { connection } = connected("client", { maxPushId: 100 });
    connection.sendRequest({ method: "GET", authority: "a", headers: [] });
    for (let id = 0; id < 50; id++) {
      const events = [
        ...connection.receiveStream(0, pushPromise(id, request("GET", `/${id}`)), false),
        ...connection.receiveStream(SERVER.more + 4 * id, push(id, headers(OK)), true),
      ];
      expect(events.map(({ type }) => type)).toEqual(["push", "head", "end"]);
    }
    expect(used(connection, "pushCount")).toBe(0);
  });

  test("a promise of a push that is over is told, and not kept", () => {
    const { connection } = connected("client", { maxPushId: 100 });
    connection.sendRequest({ method: "GET", authority: "a", headers: [] });
    connection.receiveStream(0, pushPromise(0, request("GET", "/a")), false);
    connection.receiveStream(SERVER.more, push(0, headers(OK)), true);
    expect(connection.receiveStream(0, pushPromise(0, request("GET", "/a")), false)).toMatchObject([
      { type: "push", promisedId: 0 },
    ]);
    expect(used(connection, "pushCount")).toBe(0);
  });

  test("priorities of requests that end before their head", () => {
    const { connection } = connected("server", { limits: { concurrentStreams: 4 } });
    const types: string[] = [];
    for (let id = 0; id < 40; id += 4) {
      for (const event of connection.receiveStream(
        CLIENT.control,
        priorityUpdate(id, "u=1"),
        false,
      ))
        types.push(event.type);
      connection.receiveStream(id, headers(GET).subarray(0, 3), false);
      connection.receiveReset(id, 0x10c);
      connection.takeStreams();
    }
    expect(new Set(types)).toEqual(new Set(["priority"]));
    expect(connection.state).toBe("open");
  });
});

describe("PRIORITY_UPDATE", () => {
  const first = headers([...GET, "priority", "u=7"]);
  test.each([
    ["before the request", 0],
    ["inside of its head", 5],
    ["behind its head", first.length],
  ])("%s: it counts, not the field", (_name, at) => {
    const { connection } = connected("server");
    const update = () => connection.receiveStream(CLIENT.control, priorityUpdate(0, "u=1"), false);
    if (at > 0) connection.receiveStream(0, first.subarray(0, at), false);
    update();
    connection.receiveStream(0, first.subarray(at), true);
    connection.receiveStream(4, headers([...GET, "priority", "u=2"]), true);
    for (const id of [4, 0])
      connection.sendResponse(id, { status: 200, headers: [], content: "x" });
    const order = connection.takeStreams().filter(({ streamId }) => streamId % 4 === 0);
    expect(order.map(({ streamId }) => streamId)).toEqual([0, 4]);
  });
});

describe("wrong use changes nothing", () => {
  test.each([Number.NaN, -1, "1" as never, undefined as never])("a code of %s", (code) => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers(POST), false);
    expect(() => connection.receiveReset(0, code)).toThrow(/code/);
    expect(() => connection.receiveStopSending(0, code)).toThrow(/code/);
    expect(connection.state).toBe("open");
    expect(connection.receiveStream(0, data("x"), true).map(({ type }) => type)).toEqual([
      "data",
      "end",
    ]);
  });

  test.each([
    ["maxBytes", 10.5, undefined],
    ["room", Number.POSITIVE_INFINITY, () => 3.7],
  ] as const)("a fraction as %s is cut off: all bytes and the end leave", (_name, max, room) => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers(GET), true);
    connection.sendResponse(0, { status: 200, headers: [], content: "x".repeat(3000) });
    const list: StreamOutput[] = [];
    for (let i = 0; i < 2000; i++) list.push(...connection.takeStreams(max, room));
    expect(list.filter((one) => one.streamId === 0 && one.fin)).toHaveLength(1);
    expect(bytesTo(list, 0)).toBeGreaterThan(3000);
    expect(connection.bufferedAmount).toBe(0);
    expect(connection.streamCount).toBe(0);
  });
});

test("takeStreams gives a stream no more than its room, in however many turns", () => {
  const { connection } = connected("server");
  for (const id of [0, 4]) {
    connection.receiveStream(id, headers([...GET, "priority", "i"]), true);
    connection.sendResponse(id, { status: 200, headers: [] });
    for (let i = 0; i < 10; i++) connection.sendData(id, new Uint8Array(20_000));
    connection.sendEnd(id);
  }
  for (const room of [20_000, 16_384, 40_000]) {
    const list = connection.takeStreams(Number.POSITIVE_INFINITY, () => room);
    expect([bytesTo(list, 0), bytesTo(list, 4)]).toEqual([room, room]);
  }
});

test("an error of the connection is its last event, observed or not", () => {
  const { connection } = connected("server", { observe: true });
  const types: string[] = [];
  // The end comes inside of a frame, behind what the handler sends.
  connection.receiveStream(0, concat(headers(POST), data("xyz").subarray(0, 3)), true, {
    data: (id) => connection.sendResponse(id, { status: 200, headers: [], content: "ok" }),
    frame: ({ direction, name }) => types.push(`${direction} ${name}`),
    error: () => types.push("error"),
  });
  expect(types.at(-1)).toBe("error");
  expect(types).toContain("sent HEADERS");
});

test("commands on a stream that we have answered ourselves do nothing: the caller could not know", () => {
  const { connection } = connected("server", { limits: { bodyLength: 4 } });
  connection.receiveStream(0, headers(POST), false);
  const events = connection.receiveStream(0, data("too long"), false);
  expect(events).toMatchObject([{ type: "error", error: { code: "H3_BODY_TOO_LARGE" } }]);
  connection.sendInformational(0, { status: 103, headers: [] });
  connection.sendResponse(0, { status: 200, headers: [] });
  expect(connection.sendData(0, Uint8Array.of(1))).toBe(true);
  connection.sendTrailers(0, ["x", "1"]);
  connection.sendEnd(0);
  const sent = connection.takeStreams().filter(({ streamId }) => streamId === 0);
  expect(sent.filter(({ fin }) => fin)).toHaveLength(1);
});

test("a setting in two forms of one number is there twice", () => {
  const twice = (extra: readonly (readonly [number | bigint, number])[]) => () =>
    new H3Connection({ role: "server", settings: { extra } });
  expect(twice([[0x4242n, 1]])).not.toThrow();
  expect(
    twice([
      [0x4242, 1],
      [0x4242n, 1],
    ]),
  ).toThrow(/SETTING_INVALID|setting 16962/);
  expect(twice([[0x33n, 1]])).toThrow(/SETTING_INVALID|setting 51/);
});

test("a handler that ends its connection and uses another one still reads its head", () => {
  const one = connected("server").connection;
  const another = connected("server").connection;
  const seen: unknown[] = [];
  one.receiveStream(0, headers([...GET, "x-name", "one"]), false, {
    head(id, head) {
      one.reset(id);
      one.goAway();
      expect(one.state).toBe("closed");
      another.receiveStream(0, headers([...POST, "x-other", "two", "x-third", "3"]), true, {
        head: (_id, inner) => seen.push(inner.get("x-other")),
      });
      seen.push(head.method, head.get("x-name"), head.rawHeaders);
    },
  });
  expect(seen).toEqual(["two", "GET", "one", ["x-name", "one"]]);
});

describe("streams of sessions", () => {
  const wt = (limits = {}) => {
    const { connection } = connected("server", {
      webtransport: true,
      limits,
      handshake: settings([
        [0x33, 1],
        [0x2c7cf000, 1],
      ]),
    });
    return connection;
  };
  const ask = headers(extendedConnect("webtransport-h3"));
  const bidi = (session: number, ...content: Uint8Array[]) =>
    concat(varint(0x41), varint(session), ...content);
  const unidirectional = (session: number, ...content: Uint8Array[]) =>
    concat(varint(0x54), varint(session), ...content);
  const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type);

  test("are no requests: as many as there may be do not refuse them", () => {
    const connection = wt({ concurrentStreams: 1 });
    connection.receiveStream(0, ask, false);
    connection.sendResponse(0, { status: 200, headers: [] });
    expect(typesOf(connection.receiveStream(4, bidi(0, Uint8Array.of(1)), true))).toEqual([
      "stream",
      "streamData",
      "streamEnd",
    ]);
    expect(connection.receiveStream(8, headers(GET), true)).toMatchObject([
      { type: "error", error: { code: "H3_STREAM_REFUSED", streamId: 8 } },
    ]);
    expect(used(connection, "concurrentStreams")).toBe(1);
  });

  test("our GOAWAY ends requests, not sessions that there are", () => {
    const connection = wt();
    connection.receiveStream(0, ask, false);
    connection.sendResponse(0, { status: 200, headers: [] });
    connection.goAway();
    expect(typesOf(connection.receiveStream(4, bidi(0), false))).toEqual(["stream"]);
    connection.takeStreams();
    expect(connection.receiveStream(8, headers(GET), true)).toEqual([]);
    const sent = connection.takeStreams().filter(({ streamId }) => streamId === 8);
    expect(sent).toMatchObject([{ reset: 0x10b, stopSending: 0x10b }]);
  });

  test("that were reset before their session leave no trace", () => {
    const connection = wt({ earlyStreams: 2 });
    for (let i = 0; i < 10; i++) {
      const id = CLIENT.more + 4 * i;
      expect(connection.receiveStream(id, unidirectional(0, Uint8Array.of(1)), false)).toEqual([]);
      expect(connection.receiveReset(id, 0x10c)).toEqual([]);
    }
    expect(connection.receiveStream(4, bidi(0, Uint8Array.of(1)), false)).toEqual([]);
    expect(connection.receiveReset(4, 0x10c)).toEqual([]);
    expect(used(connection, "earlyStreams")).toBe(0);
    expect(used(connection, "heldLength")).toBe(0);
    connection.receiveStream(0, ask, false);
    connection.sendResponse(0, { status: 200, headers: [] });
    expect(connection.poll()).toEqual([]);
    expect(connection.streamCount).toBe(1);
  });

  test("STOP_SENDING before the session comes behind `stream`", () => {
    const connection = wt();
    connection.receiveStream(4, bidi(0, Uint8Array.of(1)), false);
    expect(connection.receiveStopSending(4, 0x10c)).toEqual([]);
    connection.receiveStream(0, ask, false);
    connection.sendResponse(0, { status: 200, headers: [] });
    expect(typesOf(connection.poll())).toEqual(["stream", "stopSending", "streamData"]);
  });

  test("whose session is a plain request are given up", () => {
    const connection = wt();
    connection.receiveStream(0, headers(POST), false);
    expect(connection.receiveStream(CLIENT.more, unidirectional(0), false)).toEqual([]);
    // One that came before its head is read, too.
    connection.receiveStream(CLIENT.more + 4, unidirectional(4), false);
    connection.receiveStream(4, headers(GET), true);
    connection.sendResponse(4, { status: 200, headers: [], content: "ok" });
    const sent = [...connection.takeStreams(), ...connection.takeStreams()];
    for (const id of [CLIENT.more, CLIENT.more + 4])
      expect(sent).toContainEqual(
        expect.objectContaining({ streamId: id, stopSending: 0x170d7b68 }),
      );
    expect(used(connection, "earlyStreams")).toBe(0);
  });
});

test("CANCEL_PUSH of a push whose promise has not come says nothing: nobody knows its stream", () => {
  const { connection } = connected("client", { maxPushId: 3 });
  connection.sendRequest({ method: "GET", authority: "a", headers: [] });
  expect(connection.receiveStream(SERVER.more, push(0, headers(OK)), true)).toEqual([]);
  expect(connection.receiveStream(SERVER.control, cancelPush(0), false)).toEqual([]);
  expect(used(connection, "heldLength")).toBe(0);
  expect(connection.streamCount).toBe(1);
});

test("resets and priorities of our own are no flood of the peer's", () => {
  const client = new H3Connection({ role: "client" });
  for (let i = 0; i < 5000; i++) {
    const id = client.sendRequest({ method: "GET", authority: "a.example", headers: [] });
    client.setPriority(id, { urgency: 1 });
    client.reset(id);
  }
  expect(client.poll()).toEqual([]);
  expect(client.state).toBe("open");
  const resets = client.takeStreams().filter(({ reset }) => reset !== undefined);
  expect(resets).toHaveLength(5000);
});
