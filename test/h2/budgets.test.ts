// Budgets of an HTTP/2 connection that run out and come back, its bounds on memory and time (RFC 9113 section 10.5).
// Titles carry the rows of the rule list.

import { type ErrorName, H2_LIMITS, type H2LimitName, type H2Limits } from "tercet";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectConnectionError,
  type TalkOptions,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { ACK, TYPE } from "../helpers/h2-names.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  block,
  concat,
  continuation,
  data,
  field,
  frame,
  GET,
  headers,
  POST,
  PREFACE,
  ping,
  priority,
  rst,
  settings,
  settingsAck,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";

const end = { end: true } as const;
const times = (count: number, make: (at: number) => Uint8Array) =>
  concat(...Array.from({ length: count }, (_, at) => make(at)));

/** Feeds one connection and gives the code of the error that came, or null. */
function codeAfter(
  make: (at: number) => Uint8Array,
  count: number,
  limits: H2Limits,
  options: TalkOptions = {},
): ErrorName | null {
  const { connection } = connected("server", { ...options, limits });
  for (let at = 0; at < count; at++) {
    for (const event of connection.receive(make(at)))
      if (event.type === "error" && event.error.scope === "connection") return event.error.code;
    taken(connection);
  }
  return null;
}

describe("the budget of control frames", () => {
  const limits = { controlBudget: 100 };
  const idle: [string, (at: number) => Uint8Array][] = [
    ["PING", () => ping()],
    ["PING ACK", () => frame(TYPE.PING, ACK, 0, "12345678")],
    ["SETTINGS", () => settings()],
    ["SETTINGS ACK", () => settingsAck()],
    ["PRIORITY", () => priority(1, { dependency: 0 })],
    ["PRIORITY on ever new streams", (at) => priority(2 * at + 1, { dependency: 0 })],
    ["WINDOW_UPDATE", () => windowUpdate(0, 1)],
    ["unknown frames", () => unknownFrame(0, "")],
    ["H2-076 empty DATA without END_STREAM", (at) => (at === 0 ? headers(1, POST) : data(1, ""))],
    ["DATA of padding alone", (at) => (at === 0 ? headers(1, POST) : data(1, "", { pad: 0 }))],
  ];
  test.each(idle)("H2-095 H2-113 runs out by %s", (_name, make) => {
    // SETTINGS cost more than the others.
    expect(codeAfter(make, 20, limits)).toBeNull();
    expect(codeAfter(make, 2_000, limits)).toBe("H2_CONTROL_FLOOD");
  });

  test("comes back with the clock", () => {
    let now = 0;
    const slow = (at: number) => {
      now = at * 100;
      return ping();
    };
    expect(codeAfter(slow, 2_000, { ...limits, controlRate: 20 }, { clock: () => now })).toBeNull();
  });

  test("comes back with useful work: requests, and content", () => {
    const work = (at: number) =>
      concat(
        headers(2 * at + 1, POST),
        data(2 * at + 1, new Uint8Array(2_000), end),
        ping(),
        windowUpdate(0, 1),
        rst(2 * at + 1),
      );
    expect(codeAfter(work, 700, { ...limits, resetBurst: 10_000 })).toBeNull();
  });

  test("small DATA frames that the application consumes go on for an hour", () => {
    const { connection } = connected("server");
    connection.receive(headers(1, POST));
    for (let n = 0; n < 60_000; n++) {
      connection.receive(data(1, "0123456789"));
      if (n % 10 === 0) taken(connection);
    }
    expect(connection.state).toBe("open");
  });

  test("small DATA frames that nobody consumes end: smallDataLength", () => {
    const one = (at: number) => (at === 0 ? headers(1, POST) : data(1, "x"));
    expect(codeAfter(one, 60, { smallDataLength: 50_000 }, { window: "manual" })).toBeNull();
    expect(codeAfter(one, 2_000, { smallDataLength: 50_000 }, { window: "manual" })).toBe(
      "H2_CONTROL_FLOOD",
    );
  });
});

describe("the budget of resets", () => {
  const rapid = (at: number) => concat(headers(2 * at + 1, POST), rst(2 * at + 1));
  test("H2-095 resets of the peer: as many as resetBurst, and one more", () => {
    expect(codeAfter(rapid, 20, { resetBurst: 20 })).toBeNull();
    expect(codeAfter(rapid, 40, { resetBurst: 20 })).toBe("H2_RESET_FLOOD");
  });

  const ours: [string, (at: number) => Uint8Array][] = [
    ["a malformed request", (at) => headers(2 * at + 1, ["x", "y"], end)],
    ["WINDOW_UPDATE of 0", (at) => concat(headers(2 * at + 1, POST), windowUpdate(2 * at + 1, 0))],
    [
      "a window that overflows",
      (at) => concat(headers(2 * at + 1, POST), windowUpdate(2 * at + 1, 2 ** 31 - 1)),
    ],
    ["DATA behind the end", (at) => concat(headers(2 * at + 1, GET, end), data(2 * at + 1, "x"))],
    [
      "PRIORITY of a wrong length",
      (at) => concat(headers(2 * at + 1, POST), frame(TYPE.PRIORITY, 0, 2 * at + 1, "1234")),
    ],
    [
      "a content-length that is not kept",
      (at) =>
        concat(headers(2 * at + 1, [...POST, "content-length", "2"]), data(2 * at + 1, "x", end)),
    ],
  ];
  test.each(ours)("H2-095 resets of ours that the peer provokes: %s", (_name, make) => {
    expect(codeAfter(make, 15, { resetBurst: 20 })).toBeNull();
    expect(codeAfter(make, 60, { resetBurst: 20 })).toBe("H2_RESET_FLOOD");
  });

  test("H2-095 streams that finish give some back", () => {
    const { connection } = connected("server", { limits: { resetBurst: 20 } });
    for (let id = 1; id < 401; id += 4) {
      connection.receive(concat(headers(id, GET, end), rapid((id + 1) / 2)));
      connection.sendResponse(id, { status: 200, headers: [], content: "" });
      taken(connection);
    }
    expect(connection.state).toBe("open");
  });

  test("H2-095 the clock gives some back: resetRate", () => {
    let now = 0;
    const slow = (at: number) => {
      now = at * 1_000;
      return rapid(at);
    };
    expect(codeAfter(slow, 200, { resetBurst: 20, resetRate: 2 }, { clock: () => now })).toBeNull();
    now = 0;
    const fast = (at: number) => {
      now = at * 10;
      return rapid(at);
    };
    expect(codeAfter(fast, 200, { resetBurst: 20, resetRate: 2 }, { clock: () => now })).toBe(
      "H2_RESET_FLOOD",
    );
  });
});

describe("memory", () => {
  test("outboundControlLength: a peer that asks and does not read", () => {
    const limits = { outboundControlLength: 1_024 };
    expect(
      talk(
        "server",
        times(50, () => ping()),
        { limits, cuts: "few" },
      ).errors,
    ).toEqual([]);
    expectConnectionError(
      talk(
        "server",
        times(200, () => ping()),
        { limits, cuts: "few" },
      ),
      "H2_OUTBOUND_FLOOD",
    );
  });

  test("outboundControlLength: what was taken counts no more", () => {
    expect(codeAfter(() => ping(), 500, { outboundControlLength: 1_024 })).toBeNull();
  });

  test("H2-179 headerMemory and headerAmplification: a small block that unpacks to much, on many streams", () => {
    const bomb = concat(
      block(POST),
      times(190, () => Uint8Array.of(0xbe)),
    );
    const { connection } = connected("server", {
      limits: { headerMemory: 20_000, headerAmplification: 1 },
    });
    connection.receive(headers(1, concat(block(POST), field("x", "v".repeat(200), "indexed"))));
    const errors: string[] = [];
    for (let id = 3; id < 103; id += 2)
      for (const event of connection.receive(headers(id, bomb)))
        if (event.type === "error") errors.push(`${event.error.code} ${event.error.scope}`);
    expect(new Set(errors)).toEqual(new Set(["H2_HEADER_MEMORY stream"]));
    // 50 blocks of 190 fields: some of them fit, most do not.
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.length).toBeLessThan(50);
    expect(connection.state).toBe("open");
  });

  test("H2-179 headerMemory: heads of finished streams are forgotten", () => {
    const { connection } = connected("server", {
      limits: { headerMemory: 20_000, headerAmplification: 1 },
    });
    connection.receive(
      headers(1, concat(block(GET), field("x-big", "v".repeat(3_000), "indexed")), end),
    );
    connection.sendResponse(1, { status: 200, headers: [], content: "" });
    for (let id = 3; id < 103; id += 2) {
      connection.receive(headers(id, concat(block(GET), Uint8Array.of(0xbe, 0xbe, 0xbe)), end));
      connection.sendResponse(id, { status: 200, headers: [], content: "" });
      taken(connection);
    }
    expect(connection.state).toBe("open");
  });

  test("streamSendLength and sendBufferLength: sendData says when to stop, nothing is lost", () => {
    for (const limits of [{ streamSendLength: 1_000 }, { sendBufferLength: 1_000 }]) {
      const { connection } = connected("server", { limits });
      connection.receive(headers(1, GET, end));
      connection.sendResponse(1, { status: 200, headers: [] });
      taken(connection);
      let calls = 0;
      while (connection.sendData(1, new Uint8Array(100)) && calls < 100) calls++;
      expect(calls).toBeGreaterThan(5);
      expect(calls).toBeLessThan(12);
      const lines = new OutputReader().lines(taken(connection));
      expect(lines.join()).toContain(`DATA 1 (${(calls + 1) * 100})`);
      expect(logOf(connection.receive(new Uint8Array(0)))).toEqual(["writable 1"]);
    }
  });

  test("H2-107 encoderTableLength: no update of ours is above it", () => {
    const { connection } = connected("server", {
      limits: { encoderTableLength: 100 },
      handshake: settings({ HEADER_TABLE_SIZE: 65_536 }),
    });
    const reader = new OutputReader();
    for (let id = 1; id < 41; id += 2) {
      connection.receive(headers(id, GET, end));
      connection.sendResponse(id, {
        status: 200,
        headers: [`x-${id}`, `${id}`.repeat(20)],
        content: "",
      });
      const output = taken(connection);
      if (id === 1) {
        // A table smaller than 4,096 must be said (RFC 7541 section 4.2).
        const first = output[9] ?? 0;
        expect(first & 0xe0).toBe(0x20);
      }
      reader.lines(output);
    }
    expect(connection.state).toBe("open");
  });

  test("pendingPings: our own PINGs that nobody answers", () => {
    const { connection } = connected("client", { limits: { pendingPings: 3 } });
    for (let n = 0; n < 3; n++) connection.ping();
    expect(() => connection.ping()).toThrow(expect.objectContaining({ name: "UsageError" }));
    taken(connection);
    connection.receive(frame(TYPE.PING, ACK, 0, new Uint8Array(8)));
    expect(() => connection.ping()).not.toThrow();
  });
});

describe("time", () => {
  const clocked = (limits: H2Limits) => {
    const time = { now: 0 };
    const connection = new H2Connection({ role: "server", limits, clock: () => time.now });
    connection.receive(concat(PREFACE, settings(), settingsAck()));
    taken(connection);
    return { time, connection };
  };

  test("H2-147 fieldBlockTimeout: a block that is begun and not finished", () => {
    const { time, connection } = clocked({ fieldBlockTimeout: 500 });
    expect(connection.nextDeadline()).toBeNull();
    connection.receive(headers(1, GET, { open: true }));
    expect(connection.nextDeadline()).toBe(500);
    time.now = 499;
    expect(connection.handleDeadline(499)).toEqual([]);
    time.now = 500;
    expect(logOf(connection.handleDeadline(500))[0]).toMatch(/^error H2_FIELD_BLOCK_TIMEOUT/);
    expect(new OutputReader().lines(taken(connection)).at(-1)).toMatch(
      /^GOAWAY \d+ ENHANCE_YOUR_CALM/,
    );
  });

  test("H2-147 finished in time there is no deadline, and another octet does not move it", () => {
    const { time, connection } = clocked({ fieldBlockTimeout: 500 });
    connection.receive(headers(1, block(GET).subarray(0, 4), { open: true }));
    time.now = 400;
    connection.receive(continuation(1, block(GET).subarray(4, 5), false));
    expect(connection.nextDeadline()).toBe(500);
    connection.receive(continuation(1, block(GET).subarray(5)));
    expect(connection.nextDeadline()).toBeNull();
    expect(connection.handleDeadline(10_000)).toEqual([]);
  });
});

describe("the report", () => {
  test("limitsReport names limits, their values and what is used", () => {
    const { connection } = connected("server", { limits: { controlBudget: 500, resetBurst: 50 } });
    const used = (name: H2LimitName) => connection.limitsReport().find((row) => row.name === name);
    expect(used("controlBudget")?.limit).toBe(500);
    const before = used("controlBudget")?.used ?? 0;
    connection.receive(times(20, () => ping()));
    taken(connection);
    expect(used("controlBudget")?.used).toBeGreaterThan(before);
    connection.receive(concat(headers(1, POST), rst(1)));
    expect(used("resetBurst")?.used).toBe(1);
    connection.receive(headers(3, POST));
    expect(used("concurrentStreams")).toMatchObject({ limit: 128, used: 1 });
    for (const { name, limit, used: amount } of connection.limitsReport()) {
      expect(H2_LIMITS).toHaveProperty(name);
      expect(amount).toBeLessThanOrEqual(limit);
    }
  });
});
