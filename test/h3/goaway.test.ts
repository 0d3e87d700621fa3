// GOAWAY (RFC 9114 sections 5.2 and 7.2.6): identifiers that may only fall, requests behind them, and graceful ends. Titles carry
// the rows of the rule list.

import { UsageError } from "tercet";
import { describe, expect, test } from "vitest";
import { CLIENT, connected, fin, on, SERVER, type Step, talk } from "../helpers/h3-dialogue.js";
import {
  type Expectation,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
} from "../helpers/h3-expect.js";
import { data, GET, goaway, headers, MAX_VARINT, OK, POST } from "../helpers/h3-frames.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const server = (...frames: Uint8Array[]): Step => on(SERVER.control, ...frames);
const client = (...frames: Uint8Array[]): Step => on(CLIENT.control, ...frames);

/** These were reported, and nothing is wrong. A client opens no request any more, so that it is not asked to. */
const hears =
  (...lines: readonly string[]): Expectation =>
  (t) => {
    expect(t.errors).toEqual([]);
    expect(t.log.filter((one) => one.startsWith("goaway"))).toEqual(lines);
    expect(t.connection.state).not.toBe("failed");
  };

describe("GOAWAY of a server", () => {
  const asked = (...steps: Step[]): Step[] => [ask, ...steps];
  test.each<Row>([
    ...[1n, 2n, 3n, 5n, 6n, 4001n, 2n ** 53n + 1n, 2n ** 60n + 2n, MAX_VARINT].map(
      (id): Row => [
        `H3-FRM-15 with ${id}, which is no request`,
        asked(server(goaway(id))),
        fails("H3_GOAWAY_ID_INVALID", { stream: SERVER.control }),
      ],
    ),
    ["H3-FRM-15 with 4", asked(server(goaway(4))), hears("goaway 4")],
    ["H3-FRM-15 with 4000", asked(server(goaway(4000))), hears("goaway 4000")],
    [
      "H3-FRM-15 with the largest request, as a server says that it is going",
      asked(server(goaway(MAX_VARINT - 3n))),
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.events.map(({ type }) => type)).toEqual(["goaway"]);
      },
    ],
    [
      "H3-FRM-16 one that falls",
      asked(server(goaway(12), goaway(8), goaway(4))),
      hears("goaway 12", "goaway 8", "goaway 4"),
    ],
    [
      "H3-FRM-16 the same again",
      asked(server(goaway(8), goaway(8))),
      hears("goaway 8", "goaway 8"),
    ],
    [
      "H3-FRM-16 one that rises",
      asked(server(goaway(4), goaway(8))),
      fails("H3_GOAWAY_RAISED", { stream: SERVER.control }),
    ],
    [
      "H3-FRM-16 one that rises later",
      asked(server(goaway(4)), server(goaway(8))),
      fails("H3_GOAWAY_RAISED"),
    ],
    [
      "H3-FRM-16 two at every cut, where no request is open",
      server(goaway(8), goaway(4)),
      hears("goaway 8", "goaway 4"),
    ],
    [
      "requests that were not processed can be sent again",
      asked(server(goaway(0))),
      (t) => {
        expect(t.log.slice(2, 4)).toEqual(["goaway 0", "reset 0 H3_REQUEST_REJECTED"]);
        expect(t.errors).toEqual([]);
      },
    ],
  ])("%s", (...row) => playRow("client", row));

  test("a client opens no request behind it; those before it are finished", () => {
    const { connection } = connected("client");
    ask(connection as never);
    connection.receiveStream(SERVER.control, goaway(4), false);
    expect(() =>
      connection.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] }),
    ).toThrow(UsageError);
    const events = connection.receiveStream(0, headers(OK), true);
    expect(events.map(({ type }) => type)).toEqual(["head", "end"]);
  });
});

describe("GOAWAY of a client", () => {
  test.each<Row>([
    ["H3-FRM-15 any push id", client(goaway(1)), fineWith("goaway 1")],
    ["H3-FRM-15 a large push id", client(goaway(2 ** 40 + 1)), fineWith(`goaway ${2 ** 40 + 1}`)],
    ["H3-FRM-16 one that falls", client(goaway(3), goaway(2)), fineWith("goaway 3", "goaway 2")],
    ["H3-FRM-16 one that rises", client(goaway(2), goaway(3)), fails("H3_GOAWAY_RAISED")],
    ["requests behind it are read", [client(goaway(0)), fin(0, headers(GET))], fineWith("end 0")],
  ])("%s", (...row) => playRow("server", row));
});

describe("our own GOAWAY", () => {
  test("names the first request that is not answered, and refuses those behind it", () => {
    const t = talk("server", [
      on(0, headers(POST)),
      (c) => void c.goAway(),
      fin(4, headers(GET)),
      fin(0, data("x")),
      (c) => void c.sendResponse(0, { status: 200, headers: [], content: "" }),
    ]);
    expect(t.sent).toContain("3 control GOAWAY 4");
    expect(t.events.some((event) => event.type === "head" && event.streamId === 4)).toBe(false);
    expect(t.sent).toContain("4 reset H3_REQUEST_REJECTED");
    expect(t.sent).toContain("0 fin");
  });

  test("close() ends the connection when the last request is answered, with H3_NO_ERROR", () => {
    const t = talk("server", [
      on(0, headers(POST)),
      (c) => void c.close(),
      fin(0),
      (c) => void c.sendResponse(0, { status: 200, headers: [], content: "x" }),
    ]);
    expect(t.errors).toEqual([]);
    expect(t.sent.at(-1)).toBe("close H3_NO_ERROR");
    expect(t.connection.state).toBe("closed");
  });

  test("close() of an idle connection ends it at once", () => {
    for (const role of ["server", "client"] as const) {
      const { connection, reader } = connected(role);
      connection.close();
      expect(reader.lines(connection.takeStreams()).at(-1)).toBe("close H3_NO_ERROR");
      expect(connection.state).toBe("closed");
    }
  });

  test("fine(): nothing of it without a command", () => {
    fine(talk("server", fin(0, headers(GET))));
  });
});
