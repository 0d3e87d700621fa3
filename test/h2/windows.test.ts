// Windows of ours: what the peer may send, who gets windows back and when (RFC 9113 sections 5.2 and 6.9). Titles carry the
// rows of the rule list.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import {
  connected,
  expectFine,
  fineWith,
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
  concat,
  data,
  GET,
  goaway,
  headers,
  OK,
  POST,
  ping,
  rst,
  settingsAck,
  unknownFrame,
} from "../helpers/h2-wire.js";

const DEFAULT = 65_535;
/** The windows of RFC 9113 for our end, too: ours are larger by default. */
const OURS = { initialWindowSize: DEFAULT, connectionWindowSize: DEFAULT };
/** Sum of the increments that were sent for a stream. */
function credit(bytes: Uint8Array, streamId: number): number {
  let sum = 0;
  for (const frame of framesOf(bytes))
    if (frame.type === TYPE.WINDOW_UPDATE && frame.streamId === streamId)
      sum += new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0);
  return sum;
}

describe("what the peer sends", () => {
  const small = { settings: { initialWindowSize: 100 }, window: "manual" } as const;
  test.each<Row>([
    [
      "H2-055 as much as the stream's window",
      [headers(1, POST), data(1, new Uint8Array(100), { end: true })],
      fineWith("end 1"),
      small,
    ],
    [
      "H2-055 one octet more",
      [headers(1, POST), data(1, new Uint8Array(101))],
      resets(1, "H2_STREAM_WINDOW_EXCEEDED"),
      small,
    ],
    [
      "H2-055 one octet more in a second frame",
      [headers(1, POST), data(1, new Uint8Array(100)), data(1, "x")],
      resets(1, "H2_STREAM_WINDOW_EXCEEDED"),
      small,
    ],
    [
      "H2-057 the Pad Length octet and padding count",
      [headers(1, POST), data(1, new Uint8Array(80), { pad: 20 })],
      resets(1, "H2_STREAM_WINDOW_EXCEEDED"),
      small,
    ],
    [
      "H2-057 and fit exactly",
      [headers(1, POST), data(1, new Uint8Array(80), { pad: 19, end: true })],
      fineWith("end 1"),
      small,
    ],
    [
      "H2-054 HEADERS count nothing",
      [headers(1, [...POST, "x", "y".repeat(500)]), data(1, new Uint8Array(100), { end: true })],
      fineWith("end 1"),
      small,
    ],
    [
      "H2-054 unknown frames count nothing",
      [
        headers(1, POST),
        unknownFrame(1, "x".repeat(500)),
        data(1, new Uint8Array(100), { end: true }),
      ],
      fineWith("end 1"),
      small,
    ],
    [
      "H2-066 a smaller window is not in force before its acknowledgement",
      [
        headers(1, POST),
        (c) => c.updateSettings({ initialWindowSize: 10 }),
        data(1, new Uint8Array(100), { end: true }),
      ],
      fineWith("end 1"),
      small,
    ],
    [
      "H2-065 H2-059 an empty last frame is welcome though our window became negative",
      [
        headers(1, POST),
        data(1, "abc"),
        (c) => c.updateSettings({ initialWindowSize: 0 }),
        settingsAck(),
        data(1, "", { end: true }),
      ],
      fineWith("end 1"),
      small,
    ],
  ])("%s", (...row) => playRow("server", row));

  test("H2-055 at a client", () => {
    const ask: Step = (c) =>
      void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
    resets(
      1,
      "H2_STREAM_WINDOW_EXCEEDED",
    )(talk("client", [ask, headers(1, OK), data(1, new Uint8Array(101))], small));
  });

  test("H2-056 more than the connection's window, over several streams", () => {
    const { connection } = connected("server", {
      window: "manual",
      settings: { connectionWindowSize: DEFAULT },
    });
    const connectionWindow = DEFAULT;
    let sent = 0;
    const events = [];
    for (let id = 1; sent <= connectionWindow; id += 2) {
      events.push(...connection.receive(headers(id, POST)));
      for (let n = 0; n < 3 && sent <= connectionWindow; n++, sent += 16_384)
        events.push(...connection.receive(data(id, new Uint8Array(16_384))));
    }
    const last = events.at(-1);
    expect(last?.type === "error" && last.error.code).toBe("H2_CONNECTION_WINDOW_EXCEEDED");
    expect(new OutputReader().lines(taken(connection)).at(-1)).toMatch(
      /^GOAWAY \d+ FLOW_CONTROL_ERROR/,
    );
  });

  test("H2-068 frames that are exempt from flow control are processed with all windows used up", () => {
    const t = talk(
      "server",
      [headers(1, POST), data(1, new Uint8Array(100)), headers(3, GET, { end: true }), ping()],
      small,
    );
    expect(t.log).toContain("end 3");
    expectFine(t);
  });
});

describe("who gets windows back", () => {
  /** Sends `total` octets of content on stream 1 in frames of 10,000, and gives the increments we sent. */
  function stream(
    connection: H2Connection,
    total: number,
    pad?: number,
  ): { stream: number; connection: number } {
    const sum = { stream: 0, connection: 0 };
    connection.receive(headers(1, POST));
    const add = (bytes: Uint8Array) => {
      sum.stream += credit(bytes, 1);
      sum.connection += credit(bytes, 0);
    };
    add(taken(connection));
    for (let left = total; left > 0; left -= 10_000) {
      const bytes = new Uint8Array(Math.min(left, 10_000));
      connection.receive(
        pad === undefined ? data(1, bytes) : data(1, bytes.subarray(pad + 1), { pad }),
      );
      add(taken(connection));
    }
    return sum;
  }

  test("H2-069 automatic windows: ten windows of content go through, and no deadlock", () => {
    const { connection } = connected("server", { settings: OURS });
    const sum = stream(connection, 10 * DEFAULT);
    expect(connection.state).toBe("open");
    expect(sum.stream).toBeGreaterThan(9 * DEFAULT - 1);
    expect(sum.stream).toBeLessThanOrEqual(10 * DEFAULT);
    expect(sum.connection).toBeGreaterThan(9 * DEFAULT - 1);
  });

  test("H2-057 padding is given back like content", () => {
    const { connection } = connected("server", { settings: OURS });
    const sum = stream(connection, 10 * DEFAULT, 255);
    expect(connection.state).toBe("open");
    expect(sum.stream).toBeGreaterThan(9 * DEFAULT - 1);
  });

  test("manual: nothing is given back but what was consumed", () => {
    const { connection } = connected("server", { window: "manual", settings: OURS });
    expect(stream(connection, 60_000)).toEqual({ stream: 0, connection: 0 });
    connection.consume(1, 50_000);
    const bytes = taken(connection);
    expect([credit(bytes, 1), credit(bytes, 0)]).toEqual([50_000, 50_000]);
  });

  test("manual: consuming more than was received is wrong use", () => {
    const { connection } = connected("server", { window: "manual" });
    connection.receive(concat(headers(1, POST), data(1, "abc")));
    expect(() => connection.consume(1, 4)).toThrow(expect.objectContaining({ name: "UsageError" }));
    expect(() => connection.consume(1, -1)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(() => connection.consume(1, 0.5)).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(() => connection.consume(1, 3)).not.toThrow();
  });

  /** Rounds of one stream each whose DATA nobody wants; together far above the connection's window. */
  const unwanted: [string, (id: number) => Uint8Array | Step[]][] = [
    [
      "H2-058 of streams that we reset",
      (id) => [headers(id, POST), (c) => c.reset(id), data(id, new Uint8Array(16_000))],
    ],
    [
      "H2-058 H2-023 of requests that are malformed",
      (id) => concat(headers(id, [...POST, "X", "y"]), data(id, new Uint8Array(16_000))),
    ],
    [
      "H2-058 of streams that were refused",
      (id) =>
        id === 1 ? headers(1, POST) : concat(headers(id, POST), data(id, new Uint8Array(16_000))),
    ],
    [
      "H2-058 of DATA that exceeds its stream's window",
      (id) => concat(headers(id, POST), data(id, new Uint8Array(16_000))),
    ],
    [
      "H2-058 of DATA above the content-length",
      (id) =>
        concat(headers(id, [...POST, "content-length", "1"]), data(id, new Uint8Array(16_000))),
    ],
    [
      "H2-058 of padding alone",
      (id) =>
        concat(
          headers(id, POST),
          ...Array.from({ length: 62 }, () => data(id, "", { pad: 255 })),
          data(id, "", { end: true }),
        ),
    ],
  ];
  test.each(unwanted)("%s", (title, round) => {
    const settingsOf = title.includes("refused")
      ? { maxConcurrentStreams: 1 }
      : title.includes("exceeds")
        ? { initialWindowSize: 10_000 }
        : {};
    const { connection } = connected("server", {
      settings: { ...OURS, ...settingsOf },
      window: title.includes("padding") ? "fixed" : "manual",
    });
    let given = 0;
    for (let id = 1; id < 41; id += 2) {
      const steps = round(id);
      for (const step of Array.isArray(steps) ? steps : [steps]) {
        if (typeof step === "function") step(connection);
        else {
          const [error] = connection
            .receive(step)
            .filter((event) => event.type === "error" && event.error.scope === "connection");
          expect(error).toBeUndefined();
        }
      }
      const bytes = taken(connection);
      given += credit(bytes, 0);
      if (title.includes("padding"))
        connection.sendResponse(id, { status: 200, headers: [], content: "" });
    }
    expect(connection.state).toBe("open");
    expect(given).toBeGreaterThan(19 * 15_000 - DEFAULT);
  });

  test("H2-058 H2-134 of streams above the last one of our GOAWAY", () => {
    const { connection } = connected("server", { window: "manual", settings: OURS });
    connection.receive(headers(1, POST));
    connection.goAway(0);
    let given = 0;
    for (let id = 3; id < 43; id += 2) {
      const events = connection.receive(
        concat(headers(id, POST), data(id, new Uint8Array(16_000))),
      );
      expect(
        events.filter((event) => event.type === "error" && event.error.scope === "connection"),
      ).toEqual([]);
      expect(events.filter((event) => event.type === "head")).toEqual([]);
      given += credit(taken(connection), 0);
    }
    expect(given).toBeGreaterThan(19 * 15_000 - DEFAULT);
  });

  test("H2-058 a stream that ended with octets that nobody consumed gives them back to the connection", () => {
    const { connection } = connected("server", { window: "manual", settings: OURS });
    let given = 0;
    for (let id = 1; id < 41; id += 2) {
      connection.receive(concat(headers(id, POST), data(id, new Uint8Array(16_000))));
      connection.receive(rst(id));
      given += credit(taken(connection), 0);
      expect(connection.state).toBe("open");
    }
    expect(given).toBeGreaterThan(19 * 15_000 - DEFAULT);
  });

  test("H2-062 a larger window of our connection is said by WINDOW_UPDATE on stream 0", () => {
    const connection = new H2Connection({
      role: "server",
      settings: { connectionWindowSize: 1_000_000 },
    });
    expect(credit(taken(connection), 0)).toBe(1_000_000 - DEFAULT);
  });

  test("H2-092 no WINDOW_UPDATE on a stream that is over", () => {
    const { connection } = connected("server");
    connection.receive(
      concat(
        headers(1, POST),
        data(1, new Uint8Array(16_000)),
        data(1, new Uint8Array(16_000)),
        data(1, new Uint8Array(16_000), { end: true }),
      ),
    );
    const bytes = taken(connection);
    expect(
      framesOf(bytes).filter(({ type, streamId }) => type === TYPE.WINDOW_UPDATE && streamId === 1)
        .length,
    ).toBeLessThanOrEqual(2);
    connection.sendResponse(1, { status: 200, headers: [], content: "" });
    taken(connection);
    connection.receive(goaway(0));
    expect(credit(taken(connection), 1)).toBe(0);
  });

  test("adaptive: the window grows where time and a PING say that it is too small", () => {
    let now = 0;
    const { connection } = connected("server", { window: "adaptive", clock: () => now });
    connection.receive(headers(1, POST));
    // The peer sends all that it may in each round trip of 40 ms, and gets credit for it at its end.
    let room = 262_144;
    let widest = room;
    for (let trip = 0; trip < 60; trip++) {
      const asked: string[] = [];
      let earned = 0;
      for (let left = room; left > 0; left -= 16_000) {
        connection.receive(data(1, new Uint8Array(Math.min(left, 16_000))));
        const bytes = taken(connection);
        earned += credit(bytes, 1);
        for (const { type, flags, payload } of framesOf(bytes))
          if (type === TYPE.PING && flags === 0)
            asked.push(Buffer.from(payload).toString("latin1"));
      }
      now += 40;
      for (const payload of asked) connection.receive(ping(payload, true));
      room = earned + credit(taken(connection), 1);
      widest = Math.max(widest, room);
    }
    expect(connection.state).toBe("open");
    expect(widest).toBeGreaterThan(2 * 262_144);
  });
});
