// receive(bytes, handler): the same events as calls, heads as one reused view; what may and may not be done inside of a
// handler; and when reading should pause (RFC 9113 section 5.2.2).

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { connected, taken } from "../helpers/h2-dialogue.js";
import { OutputReader } from "../helpers/h2-read.js";
import { concat, data, GET, headers, POST, settings, windowUpdate } from "../helpers/h2-wire.js";

const end = { end: true } as const;

describe("a handler", () => {
  test("heads are one reused view; keep() gives one to own", () => {
    const { connection } = connected("server");
    const views: object[] = [];
    const kept: { get(name: string): string | null; method: string }[] = [];
    const wire = concat(
      headers(1, [...GET, "x", "1"], end),
      headers(3, [...POST, "x", "2", "y", "3"], end),
    );
    connection.receive(wire, {
      head(_id, head) {
        views.push(head);
        kept.push(head.keep());
      },
    });
    expect(views[0]).toBe(views[1]);
    expect(kept.map((head) => [head.method, head.get("x"), head.get("y")])).toEqual([
      ["GET", "1", null],
      ["POST", "2", "3"],
    ]);
  });

  test("may answer inside of a call", () => {
    const { connection } = connected("server");
    const wire = concat(headers(1, GET, end), headers(3, GET, end));
    connection.receive(wire, {
      end: (id) => connection.sendResponse(id, { status: 200, headers: [], content: "ok" }),
    });
    const lines = new OutputReader().lines(taken(connection));
    expect(lines.filter((line) => line.startsWith("DATA"))).toEqual([
      'DATA 1 end "ok"',
      'DATA 3 end "ok"',
    ]);
  });

  test("may reset inside of a call: nothing more comes of the stream", () => {
    const { connection } = connected("server");
    const seen: string[] = [];
    const wire = concat(headers(1, POST), data(1, "x", end), headers(3, GET, end));
    connection.receive(wire, {
      head: (id) => {
        seen.push(`head ${id}`);
        if (id === 1) connection.reset(1);
      },
      data: (id) => seen.push(`data ${id}`),
      end: (id) => seen.push(`end ${id}`),
    });
    expect(seen).toEqual(["head 1", "head 3", "end 3"]);
  });

  test("without members takes everything in silence", () => {
    const { connection } = connected("server");
    connection.receive(concat(headers(1, POST), data(1, "x", end)), {});
    connection.sendResponse(1, { status: 200, headers: [], content: "" });
    expect(new OutputReader().lines(taken(connection)).join()).toContain("HEADERS 1 end");
  });

  test("that calls receive of the same connection is wrong use", () => {
    const { connection } = connected("server");
    const again = () => void connection.receive(headers(3, GET, end));
    expect(() => connection.receive(headers(1, GET, end), { head: again })).toThrow(/REENTRANT/);
  });

  test("may feed another connection inside of a call", () => {
    const [front, back] = [connected("server").connection, new H2Connection({ role: "client" })];
    const seen: string[] = [];
    front.receive(
      concat(headers(1, [...GET, "x", "1"], end), headers(3, [...GET, "x", "3"], end)),
      {
        head(id, head) {
          back.receive(id === 1 ? settings() : windowUpdate(0, 1));
          seen.push(`${id} ${head.get("x")}`);
        },
      },
    );
    expect(seen).toEqual(["1 1", "3 3"]);
  });
});

describe("paused", () => {
  const limits = { sendBufferLength: 1_000 };
  const answered = (window: number) => {
    const handshake = settings({ INITIAL_WINDOW_SIZE: window });
    const { connection } = connected("server", { handshake, limits });
    connection.receive(headers(1, GET, end));
    connection.sendResponse(1, { status: 200, headers: [], content: "x".repeat(5_000) });
    return connection;
  };

  test("H2-069 not where content waits for a window: the frame that opens it must be read", () => {
    const connection = answered(0);
    expect(connection.paused).toBe(false);
    taken(connection);
    expect(connection.paused).toBe(false);
    connection.receive(windowUpdate(1, 5_000));
    expect(new OutputReader().lines(taken(connection))).toHaveLength(1);
  });

  test("where much waits to be taken, until it was", () => {
    const connection = answered(65_535);
    expect(connection.paused).toBe(true);
    taken(connection);
    expect(connection.paused).toBe(false);
  });
});
