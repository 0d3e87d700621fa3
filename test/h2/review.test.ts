// What a reader of the code found: windows, room, limits and ends that went wrong in odd places. Titles carry the
// rows of the rule list.

import { H2Connection, type H2Options } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import { connected, EMPTY, fails, type TalkOptions, taken, talk } from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  concat,
  continuation,
  data,
  GET,
  goaway,
  headers,
  OK,
  POST,
  ping,
  pushPromise,
  response,
  rst,
  settings,
  windowUpdate,
} from "../helpers/h2-wire.js";

const FRAME = 16_384;
const end = { end: true } as const;
const get = { method: "GET", authority: "a", headers: [] };
const pushed = { path: "/p", authority: "a", scheme: "https", headers: [] } as const;

function at(role: "server" | "client", options: TalkOptions = {}): H2Connection {
  return connected(role, options).connection;
}

/** Frames that were sent, as lines. */
function sent(connection: H2Connection): string[] {
  return new OutputReader().lines(taken(connection));
}

const refused = (code: string) => expect.objectContaining({ name: "UsageError", code });

describe("windows that we give back", () => {
  test("H2-058 a stream that is reset in the middle of a frame costs the connection no window", () => {
    const server = at("server");
    let given = 0;
    for (let id = 1; id < 300; id += 2) {
      const frame = data(id, new Uint8Array(FRAME));
      server.receive(concat(headers(id, POST), frame.subarray(0, 100)));
      server.reset(id);
      expect(server.receive(frame.subarray(100))).toEqual([]);
      for (const line of sent(server))
        given += Number(/^WINDOW_UPDATE 0 \+(\d+)$/.exec(line)?.[1] ?? 0);
    }
    expect(given).toBeGreaterThan(120 * FRAME);
  });

  test("content that nobody consumes on some streams does not stop the others", () => {
    const server = at("server", { window: "manual" });
    const fill = (id: number, count: number) => {
      server.receive(headers(id, POST));
      for (let i = 0; i < count; i++) server.receive(data(id, new Uint8Array(FRAME)));
    };
    for (const id of [1, 3, 5]) fill(id, 16); // three quarters of the connection's window
    fill(7, 8);
    server.consume(7, 8 * FRAME);
    expect(sent(server)).toContain(`WINDOW_UPDATE 0 +${8 * FRAME}`);
  });

  test("what was consumed is given back when the rest of the window is used up", () => {
    const server = at("server", { window: "manual", settings: { initialWindowSize: 100 } });
    server.receive(concat(headers(1, POST), data(1, new Uint8Array(40))));
    server.consume(1, 40);
    expect(sent(server)).toEqual([]);
    server.receive(data(1, new Uint8Array(60)));
    expect(sent(server)).toEqual(["WINDOW_UPDATE 1 +40"]);
  });

  test("H2-060 adaptive windows with padded frames never pass 2^31 - 1", () => {
    const largest = 2 ** 31 - 1;
    const server = at("server", {
      window: "adaptive",
      clock: () => 0,
      settings: {
        connectionWindowSize: largest,
        initialWindowSize: 2 ** 24,
        maxFrameSize: 2 ** 24 - 1,
      },
    });
    server.receive(headers(1, POST));
    const frame = data(1, new Uint8Array(16_000_000), { pad: 200 });
    let window = largest;
    for (let i = 0; i < 150; i++) {
      expect(server.receive(frame).filter(({ type }) => type === "error")).toEqual([]);
      window -= frame.length - 9;
      for (const line of sent(server))
        window += Number(/^WINDOW_UPDATE 0 \+(\d+)$/.exec(line)?.[1] ?? 0);
      expect(window).toBeLessThanOrEqual(largest);
    }
  });
});

describe("room to send", () => {
  test("a handler that sends until there is no room hears of room again", () => {
    const server = at("server", { handshake: settings({ INITIAL_WINDOW_SIZE: 10_000_000 }) });
    server.receive(concat(windowUpdate(0, 10_000_000), headers(1, GET, end)));
    server.sendResponse(1, { status: 200, headers: [] });
    const piece = new Uint8Array(70_000);
    expect(server.sendData(1, piece)).toBe(false);
    let count = 0;
    const writable = (id: number) => {
      count++;
      expect(server.sendData(id, piece)).toBe(false);
    };
    for (let i = 0; i < 5; i++) {
      server.take();
      server.receive(EMPTY, { writable });
    }
    expect(count).toBe(5);
  });

  test("the peer is gone: what windows hold back never leaves, and the connection closes", () => {
    const server = at("server");
    server.receive(headers(1, GET, end));
    server.sendResponse(1, { status: 200, headers: [], content: new Uint8Array(200_000) });
    expect(server.receiveEnd()).toEqual([]);
    expect(sent(server).at(-1)).toBe("RST_STREAM 1 CANCEL");
    expect([server.state, server.bufferedAmount]).toEqual(["closed", 0]);
  });
});

describe("limits", () => {
  test("content that fits since another stream has gone leaves, in either order", () => {
    const steps = [windowUpdate(0, 500), rst(3)];
    for (const order of [steps, steps.toReversed()]) {
      const server = at("server", { handshake: settings({ INITIAL_WINDOW_SIZE: 200_000 }) });
      server.receive(concat(...[1, 3, 5].map((id) => headers(id, GET, end))));
      for (const [at, length] of [65_535, 1700, 300].entries()) {
        const content = new Uint8Array(length);
        server.sendResponse(1 + 2 * at, { status: 200, headers: [], content });
        server.take();
      }
      const lines = order.flatMap((bytes) => {
        server.receive(bytes);
        return sent(server);
      });
      expect(lines).toEqual(["DATA 5 end (300)"]);
    }
  });

  test("H2-147 each field block has its own time, also the next one of a stream", () => {
    let now = 1;
    const server = at("server", { clock: () => now });
    server.receive(headers(1, POST, { open: true }));
    expect(server.nextDeadline()).toBe(10_001);
    now = 9000;
    server.receive(concat(continuation(1, []), headers(1, ["x", "y"], { ...end, open: true })));
    expect(server.nextDeadline()).toBe(19_000);
    server.receive(continuation(1, []));
    expect(server.nextDeadline()).toBe(null);
  });

  test("H2-052 H2-051 a promise counts when its response begins", () => {
    const server = at("server", { handshake: settings({ MAX_CONCURRENT_STREAMS: 1 }) });
    server.receive(headers(1, GET, end));
    const [one, two] = [server.push(1, pushed), server.push(1, pushed)];
    server.sendInformational(one, { status: 103, headers: [] });
    expect(() => server.sendResponse(two, { status: 200, headers: [] })).toThrow(
      refused("H2_STREAMS_FULL"),
    );
    expect(() => server.sendInformational(two, { status: 103, headers: [] })).toThrow(
      refused("H2_STREAMS_FULL"),
    );
    server.sendResponse(one, { status: 200, headers: [], body: "none" });
    server.sendResponse(two, { status: 200, headers: [], body: "none" });
  });

  test("H2-050 H2-053 a client refuses promised responses above its limit", () => {
    const options = { settings: { enablePush: true, maxConcurrentStreams: 2 } };
    const client = at("client", options);
    client.sendRequest({ ...get, method: "POST" });
    for (let id = 2; id <= 8; id += 2)
      client.receive(concat(pushPromise(1, id, GET), headers(id, id === 2 ? response(103) : OK)));
    expect(sent(client).filter((line) => line.startsWith("RST_STREAM"))).toEqual([
      "RST_STREAM 6 REFUSED_STREAM",
      "RST_STREAM 8 REFUSED_STREAM",
    ]);
    expect(client.streamCount).toBe(3);
  });

  const flood = (frame: (i: number) => Uint8Array, count = 11_000) =>
    concat(...Array.from({ length: count }, (_, i) => frame(i)));
  const request = (client: H2Connection) => client.sendRequest(get);

  test.each<[string, "server" | "client", ((c: H2Connection) => unknown)[], Uint8Array, string]>([
    [
      "H2-095 HEADERS on a stream that was reset",
      "server",
      [(c) => c.receive(headers(1, POST)), (c) => c.reset(1)],
      flood(() => headers(1, POST)),
      "H2_CONTROL_FLOOD",
    ],
    [
      "H2-134 requests behind GOAWAY",
      "server",
      [(c) => c.receive(headers(1, POST)), (c) => c.goAway()],
      flood((i) => headers(3 + 2 * i, GET, end)),
      "H2_CONTROL_FLOOD",
    ],
    [
      "1xx without end",
      "client",
      [request],
      flood(() => headers(1, response(103))),
      "H2_CONTROL_FLOOD",
    ],
    [
      "H2-118 promises on a stream that was reset",
      "client",
      [request, (c) => c.reset(1)],
      flood((i) => pushPromise(1, 2 + 2 * i, GET), 1100),
      "H2_RESET_FLOOD",
    ],
  ])("%s", (_, role, steps, bytes, code) => {
    const connection = at(role, { settings: { enablePush: role === "client" } });
    for (const step of steps) step(connection);
    const last = connection.receive(bytes).at(-1);
    expect(last?.type === "error" && last.error.code).toBe(code);
  });

  test("H2-151 H2-038 a client that reset many streams passes over what was in flight for them", () => {
    const client = at("client");
    for (let i = 0; i < 1500; i++) client.reset(request(client));
    client.take();
    const late = concat(headers(1, OK), data(1, "late"), headers(3, OK, end), rst(5));
    expect(client.receive(late)).toEqual([]);
    expect(client.state).toBe("open");
  });

  test("a connection that failed holds nothing", () => {
    const server = at("server");
    server.receive(concat(headers(1, POST), data(1, "a"), headers(3, POST), data(0, "")));
    expect(server.state).toBe("failed");
    const used = server.limitsReport().filter(({ used }) => used > 0);
    expect(used.map(({ name }) => name)).toEqual(["controlBudget", "sendBufferLength"]);
  });
});

describe("ends", () => {
  test("H2-148 a client hears that the peer closed without an octet", () => {
    const client = new H2Connection({ role: "client" });
    client.sendRequest(get);
    expect(logOf(client.receiveEnd())[0]).toContain("H2_CONNECTION_INCOMPLETE");
    expect(client.state).toBe("failed");
  });

  test("a promise that never began is incomplete", () => {
    const client = at("client", { settings: { enablePush: true } });
    client.sendRequest(get);
    client.receive(concat(pushPromise(1, 2, GET), headers(1, OK, end)));
    expect(logOf(client.receiveEnd())[0]).toContain("H2_CONNECTION_INCOMPLETE");
  });

  test.each([
    ["in front of the rest of its frame", 12],
    ["behind a part of its frame", 15],
    ["in a whole frame", 0],
  ])("a handler that throws ends the connection: %s", (_, cut) => {
    const server = at("server");
    server.receive(headers(1, POST));
    const bytes = concat(data(1, "0123456789"), data(1, "abcdefghij"), ping());
    server.receive(bytes.subarray(0, cut));
    const mine = new Error("mine");
    const throws = () => {
      throw mine;
    };
    expect(() => server.receive(bytes.subarray(cut), { data: throws })).toThrow(mine);
    expect(server.state).toBe("failed");
    expect(sent(server)).toEqual(['GOAWAY 1 INTERNAL_ERROR ""']);
    expect([server.receive(ping()), server.streamCount]).toEqual([[], 0]);
  });

  test("H2-132 a handler of one stream may reset the next one that GOAWAY ends", () => {
    const client = at("client");
    for (let i = 0; i < 3; i++) client.sendRequest(get);
    const seen: number[] = [];
    client.receive(goaway(1), {
      reset: (id) => {
        seen.push(id);
        client.reset(5);
      },
    });
    expect(seen).toEqual([3]);
    expect(client.streamCount).toBe(1);
  });

  test("H2-134 a promise behind our GOAWAY is passed over, and keeps nothing open", () => {
    const client = at("client", { settings: { enablePush: true } });
    client.sendRequest(get);
    client.goAway();
    const late = concat(pushPromise(1, 2, GET), headers(1, OK, end));
    expect(client.receive(late).map(({ type }) => type)).toEqual(["head", "end"]);
    expect([client.state, client.streamCount]).toEqual(["closed", 0]);
  });

  test("H2-135 GOAWAY that lets requests in is not the end", () => {
    const server = at("server");
    server.goAway(0, 2 ** 31 - 1);
    expect(server.state).toBe("closing");
    expect(logOf(server.receive(headers(1, GET, end)))).toContain("end 1");
    server.sendResponse(1, { status: 204, headers: [] });
    server.goAway();
    server.take();
    expect(server.state).toBe("closed");
  });

  test("H2-049 one GOAWAY where the last identifier fails", () => {
    const wrong = [":method", "G@"];
    const steps = [headers(1, wrong), headers(2 ** 31 - 1, wrong)];
    const t = talk("server", steps, { limits: { resetBurst: 1 } });
    fails("H2_RESET_FLOOD")(t);
    expect(t.sent.filter((line) => line.startsWith("GOAWAY"))).toHaveLength(1);
  });

  test("H2-010 a wrong setting in the upgrade is wrong use", () => {
    const options: H2Options = { role: "server", upgrade: "AAUAAAAA" };
    expect(() => new H2Connection(options)).toThrow(refused("OPTION_INVALID"));
  });
});

describe("wrong use", () => {
  const connect = headers(1, [":method", "CONNECT", ":authority", "a:1"]);
  test.each<[string, string, (c: H2Connection) => unknown, TalkOptions?]>([
    [
      "H2-137 debug data above a frame",
      "H2_LENGTH_INVALID",
      (c) => c.goAway(0, 1, "x".repeat(16_377)),
    ],
    ["debug data that is no string", "H2_LENGTH_INVALID", (c) => c.goAway(0, 1, 5 as never)],
    ["a named setting as extra", "SETTING_INVALID", (c) => c.updateSettings({ extra: [[5, 1]] })],
    [
      "the connection's window as a setting",
      "SETTING_INVALID",
      (c) => c.updateSettings({ connectionWindowSize: 2 ** 24 }),
    ],
    [
      "H2-053 more streams than the limit",
      "SETTING_INVALID",
      (c) => c.updateSettings({ maxConcurrentStreams: 129 }),
    ],
    [
      "XC-002 extended CONNECT switched off",
      "SETTING_INVALID",
      (c) => c.updateSettings({ enableConnectProtocol: false }),
      { settings: { enableConnectProtocol: true } },
    ],
    [
      "PU-002 other priorities",
      "SETTING_INVALID",
      (c) => c.updateSettings({ noRfc7540Priorities: false }),
    ],
    [
      "a length in a 2xx response to CONNECT",
      "H2_CONTENT_LENGTH_FORBIDDEN",
      (c) => c.sendResponse(1, { status: 200, headers: ["content-length", "5"] }),
    ],
    [
      "content that is no bytes, in a tunnel",
      "BYTES_INVALID",
      (c) => c.sendResponse(1, { status: 200, headers: [], content: 5 as never }),
    ],
  ])("%s", (_, code, act, options = {}) => {
    const server = at("server", options);
    server.receive(connect);
    expect(() => act(server)).toThrow(refused(code));
    expect([server.take(), server.state, server.streamCount]).toEqual([[], "open", 1]);
  });

  test("H2-053 more streams are announced than the limit allows", () => {
    const set = (count: number) => ({ maxConcurrentStreams: count });
    const make = (count: number) =>
      at("server", { limits: { concurrentStreams: 10 }, settings: set(count) });
    expect(() => make(11)).toThrow(refused("SETTING_INVALID"));
    make(5).updateSettings(set(10));
  });

  test("what is allowed still is", () => {
    const server = at("server", { settings: { enableConnectProtocol: true } });
    server.updateSettings({ enableConnectProtocol: true, noRfc7540Priorities: true });
    server.updateSettings({ maxConcurrentStreams: 128, extra: [[0x1a2a, 1]] });
    expect(sent(server)).toHaveLength(2);
    server.goAway(0, 1, "x".repeat(16_376));
    expect(sent(server)).toHaveLength(1);
  });
});
