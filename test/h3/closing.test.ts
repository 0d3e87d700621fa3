// How an HTTP/3 connection ends (RFC 9114 sections 5.3, 5.4 and 8): connections that are gone, errors, and what is still told.

import { describe, expect, test } from "vitest";
import {
  CLIENT,
  closedBy,
  connected,
  fin,
  on,
  type Role,
  resetBy,
  type Step,
  stopBy,
  talk,
} from "../helpers/h3-dialogue.js";
import { expectAlive } from "../helpers/h3-expect.js";
import { data, GET, goaway, headers, OK, POST, settings, uni } from "../helpers/h3-frames.js";

const ask: Step = (c) =>
  void c.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] });
const ROLES = ["server", "client"] as const;

describe("receiveClose()", () => {
  test.each(ROLES)("an idle connection of a %s ends without an error", (role) => {
    const t = talk(role, closedBy(0x100));
    expect(t.errors).toEqual([]);
    expect(t.connection.state).toBe("closed");
    expect(t.connection.takeStreams()).toEqual([]);
    expect(t.connection.receiveStream(0, headers(GET), true)).toEqual([]);
  });

  test("H3-FRM-25 inside a message it is an error, once", () => {
    const t = talk("server", [on(0, headers(POST)), on(4, headers(POST)), closedBy(0x100)]);
    expect(t.errors.map(({ code, scope }) => [code, scope])).toEqual([
      ["H3_CONNECTION_INCOMPLETE", "connection"],
    ]);
  });

  test("a client that waits for a response", () => {
    const t = talk("client", [ask, closedBy()]);
    expect(t.errors.map(({ code }) => code)).toEqual(["H3_CONNECTION_INCOMPLETE"]);
  });

  test("nothing is thrown afterwards, and nothing comes", () => {
    const { connection } = connected("server");
    connection.receiveClose(0x100);
    expect(connection.receiveReset(0, 1)).toEqual([]);
    expect(connection.receiveStopSending(0, 1)).toEqual([]);
    expect(connection.receiveDatagram(Uint8Array.of(0))).toEqual([]);
    expect(connection.receiveClose()).toEqual([]);
    expect(connection.poll()).toEqual([]);
    expect(connection.takeDatagrams()).toEqual([]);
  });
});

describe("a connection error", () => {
  const wrong: Record<Role, Step> = {
    server: on(CLIENT.control, settings()),
    client: on(3, settings()),
  };

  test.each(ROLES)("is the last event of a %s, and the last that leaves", (role) => {
    const { connection, reader } = connected(role);
    const { id, bytes } = wrong[role] as { id: number; bytes: Uint8Array };
    const events = connection.receiveStream(id, bytes, false);
    expect(events.map(({ type }) => type)).toEqual(["error"]);
    expect(connection.state).toBe("failed");
    expect(connection.closeCode).toBe(0x105);
    const entries = connection.takeStreams();
    expect(entries.at(-1)).toMatchObject({ streamId: -1, fin: false, close: 0x105 });
    expect(entries.at(-1)?.bytes).toHaveLength(0);
    expect(reader.lines(entries)).toEqual(["close H3_FRAME_UNEXPECTED"]);
  });

  /** One call of every kind. */
  const calls: [string, (c: ReturnType<typeof connected>["connection"]) => unknown][] = [
    ["receiveStream of a request", (c) => c.receiveStream(8, headers(GET), true)],
    [
      "receiveStream of the control stream",
      (c) => c.receiveStream(CLIENT.control, goaway(0), false),
    ],
    ["receiveStream of a new stream", (c) => c.receiveStream(14, uni("encoder"), false)],
    ["receiveReset", (c) => c.receiveReset(0, 1)],
    ["receiveStopSending", (c) => c.receiveStopSending(0, 1)],
    ["receiveStopSending of the control stream", (c) => c.receiveStopSending(3, 1)],
    ["receiveDatagram", (c) => c.receiveDatagram(new Uint8Array())],
    ["receiveClose", (c) => c.receiveClose(0)],
    ["poll", (c) => c.poll()],
  ];
  test.each(calls)("behind it %s gives nothing", (_name, call) => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers(POST), false);
    connection.receiveStream(CLIENT.control, settings(), false);
    expect(call(connection)).toEqual([]);
    expect(connection.state).toBe("failed");
  });

  test("what was valid before it is reported first", () => {
    const t = talk("server", on(0, headers(POST), data("good"), settings()));
    expect(t.log.slice(0, 3)).toEqual([
      "head 0 POST / HTTP/3",
      "  => scheme https, authority a, path /",
      'data 0 "good"',
    ]);
    expect(t.errors.map(({ code }) => code)).toEqual(["H3_FRAME_UNEXPECTED"]);
  });

  test("after it an error stays where it was: resumption never happens at a wrong place", () => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers([":path", "/"]).subarray(0, 3), false);
    connection.receiveStream(CLIENT.control, settings(), false);
    expect(connection.receiveStream(0, headers(GET), true)).toEqual([]);
  });
});

describe("streams that end from either side", () => {
  test("a reset behind the end of the message changes nothing that was reported", () => {
    const t = talk("server", [fin(0, headers(GET)), resetBy(0)]);
    expect(t.errors).toEqual([]);
    expect(t.log.slice(0, 3)).toContain("end 0");
    expectAlive(t);
  });

  test("RESET_STREAM of a stream that nobody knows", () => {
    const t = talk("server", [resetBy(4000), resetBy(18)]);
    expect(t.errors).toEqual([]);
    expectAlive(t);
  });

  test("STOP_SENDING of a request that is not there yet", () => {
    const t = talk("server", [stopBy(8), fin(8, headers(GET))]);
    expect(t.errors).toEqual([]);
  });

  test("our reset() stops both directions", () => {
    const t = talk("server", [on(0, headers(POST)), (c) => void c.reset(0, 0x10c)]);
    const told = t.sent.filter((one) => !one.includes("decoder cancel"));
    expect(told.sort()).toEqual(["0 reset H3_REQUEST_CANCELLED", "0 stop H3_REQUEST_CANCELLED"]);
    expectAlive(t);
  });

  test("what the peer sends behind our reset() goes nowhere", () => {
    const t = talk("server", [
      on(0, headers(POST)),
      (c) => void c.reset(0),
      on(0, data("x")),
      fin(0, headers(["X", "y"])),
    ]);
    expect(t.events.map(({ type }) => type)).toEqual(["head"]);
    expectAlive(t);
  });

  test("a response behind STOP_SENDING goes nowhere", () => {
    const { connection } = connected("client");
    connection.sendRequest({ method: "POST", authority: "a", path: "/", headers: [] });
    connection.takeStreams();
    connection.receiveStopSending(0, 0x10c);
    connection.takeStreams();
    connection.sendData(0, new Uint8Array(3));
    expect(connection.takeStreams()).toEqual([]);
    expect(connection.receiveStream(0, headers(OK), true).map(({ type }) => type)).toEqual([
      "head",
      "end",
    ]);
  });
});

describe("FIN in every place", () => {
  test("an empty FIN is as good as one with bytes; a second one is nothing", () => {
    const { connection } = connected("server");
    connection.receiveStream(0, headers(GET), false);
    expect(connection.receiveStream(0, new Uint8Array(), true).map(({ type }) => type)).toEqual([
      "end",
    ]);
    expect(connection.receiveStream(0, new Uint8Array(), true)).toEqual([]);
  });
});
