// What a review of the sessions found: each test is one mistake that was made.

import { H3Connection } from "tercet/h3";
import { WebTransportDriver, WebTransportSessions } from "tercet/webtransport";
import { afterEach, describe, expect, test, vi } from "vitest";
import { extendedConnect, headers, settings, uni } from "../helpers/h3-frames.js";
import { bidiHeader, H3Raw, uniHeader } from "../helpers/webtransport-h3.js";
import { Pair } from "../helpers/webtransport-pair.js";

afterEach(() => vi.unstubAllGlobals());

/** All maps that are made from now on. */
function recordMaps(): Map<unknown, unknown>[] {
  const made: Map<unknown, unknown>[] = [];
  const Plain = Map;
  vi.stubGlobal(
    "Map",
    class<Key, Value> extends Plain<Key, Value> {
      constructor(entries?: Iterable<readonly [Key, Value]> | null) {
        super(entries);
        made.push(this);
      }
    },
  );
  return made;
}

const COUNT = 200;
/** More than settings are; fewer than streams. */
const FEW = 50;

describe("streams that are over are forgotten, whoever ended them last", () => {
  test.each(["fixed", "manual"] as const)("window %s", (window) => {
    const maps = recordMaps();
    const pair = Pair.open("h3", { sessions: { window } });
    const { client, server } = pair.sessions;
    for (let i = 0; i < COUNT; i++) {
      const id = client.openStream(pair.id);
      client.sendStream(pair.id, id, Uint8Array.of(1, 2, 3));
      if (i % 3 === 0) client.resetStream(pair.id, id, 1);
      else client.endStream(pair.id, id);
      pair.settle();
      if (i % 3 === 1) server.stopStream(pair.id, id);
      server.endStream(pair.id, id);
      if (window === "manual" && i % 3 === 2) server.consume(pair.id, id, 3);
      pair.settle();
    }
    const ofHelper = Object.values(pair.arrived) as Map<unknown, unknown>[];
    const sizes = maps.filter((map) => !ofHelper.includes(map)).map(({ size }) => size);
    expect(Math.max(...sizes)).toBeLessThan(FEW);
  });

  test("those that the application never takes, too", async () => {
    const maps = recordMaps();
    const raw = new H3Connection({ role: "server", webtransport: true, window: "manual" });
    const driver = new WebTransportDriver(raw, {
      role: "server",
      flush() {},
      onSession: (request) => {
        const session = request.accept();
        void session.incomingUnidirectionalStreams.cancel();
        void session.incomingBidirectionalStreams.cancel();
      },
    });
    const receive = (id: number, bytes: Uint8Array, fin: boolean) => {
      for (const event of [...raw.receiveStream(id, bytes, fin), ...raw.poll()])
        driver.handle(event);
      raw.takeStreams();
    };
    const offer = settings([
      [0x33, 1],
      [0x2c7cf000, 1],
    ]);
    receive(2, uni("control", offer), false);
    receive(0, headers(extendedConnect("webtransport-h3")), false);
    expect(driver.sessionCount).toBe(1);
    for (let i = 1; i <= COUNT; i++) {
      receive(14 + 4 * i, Uint8Array.from([...uniHeader(0), 1]), i % 2 === 0);
      receive(4 * i, Uint8Array.from([...bidiHeader(0), 1]), i % 2 === 0);
    }
    expect(Math.max(...maps.map(({ size }) => size))).toBeLessThan(FEW);
    await Promise.resolve();
  });
});

describe("a CONNECT that came before SETTINGS", () => {
  const play = (end: "reset" | "end" | "stop" | "none") => {
    const connection = new H3Connection({ role: "server", webtransport: true });
    const sessions = new WebTransportSessions(connection, { role: "server" });
    const hand = (events: ReturnType<H3Connection["poll"]>) => {
      for (const event of events) sessions.handle(event);
    };
    const connect = headers(extendedConnect("webtransport-h3"));
    hand(connection.receiveStream(0, connect, end === "end"));
    if (end === "reset") hand(connection.receiveReset(0, 0x10c));
    if (end === "stop") hand(connection.receiveStopSending(0, 0x10c));
    const offer = settings([
      [0x33, 1],
      [0x2c7cf000, 1],
    ]);
    hand(connection.receiveStream(2, uni("control", offer), false));
    return { sessions, connection };
  };

  test.each(["reset", "end", "stop"] as const)("and was given up by %s is no session", (end) => {
    const { sessions, connection } = play(end);
    expect(sessions.poll()).toEqual([]);
    expect(sessions.sessionCount).toBe(0);
    connection.takeStreams();
    expect(connection.streamCount).toBe(0);
  });

  test("is one else", () => {
    expect(play("none").sessions.poll()).toMatchObject([{ type: "session", sessionId: 0 }]);
  });
});

test("a stream of a session that breaks is over for the session, in both directions", () => {
  const raw = H3Raw.open({ role: "client" });
  const id = raw.sessions.openStream(raw.id);
  raw.settle();
  // A datagram of a stream that has none (RFC 9297 section 2).
  raw.hand(raw.tested.receiveDatagram(Uint8Array.of(id / 4, 7)));
  raw.settle();
  expect(raw.heard()).toEqual([`streamStopped ${id} code null`, `streamReset ${id} code null`]);
  expect(raw.others).toEqual(["settings"]);
});

describe("what nobody reads, over HTTP/3 and without limits of the session, ends somewhere", () => {
  test("bytes of streams that have ended", () => {
    const raw = H3Raw.open({ sessions: { window: "manual" } });
    const content = Array.from({ length: 2048 }, () => 1);
    for (let i = 1; i <= 1000; i++) raw.raw(14 + 4 * i, [...uniHeader(raw.id), ...content], true);
    expect(raw.events.filter(({ type }) => type === "stream")).toHaveLength(512);
    raw.raw(14 + 4 * 1001, [...uniHeader(raw.id), 1]);
    expect(raw.signals).toContain(`stop ${14 + 4 * 1001} 0x3994bd84`);
  });

  test("streams without bytes, until they are read", () => {
    const raw = H3Raw.open({ sessions: { window: "manual" } });
    const openOne = (id: number) => raw.raw(id, [...uniHeader(raw.id), 1], true);
    for (let i = 1; i <= 1500; i++) openOne(14 + 4 * i);
    expect(raw.events.filter(({ type }) => type === "stream")).toHaveLength(1000);
    for (let i = 1; i <= 1000; i++) raw.sessions.consume(raw.id, 14 + 4 * i, 1);
    openOne(14 + 4 * 1501);
    expect(raw.events.filter(({ type }) => type === "stream")).toHaveLength(1001);
  });
});
