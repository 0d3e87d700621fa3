// Sessions between two ends of ours, over HTTP/2 and over HTTP/3 alike: how they begin, what they carry, how they end.
// Titles carry the rows of the rule list.

import { describe, expect, test } from "vitest";
import {
  BOTH,
  bytesOf,
  ENDS,
  other,
  Pair,
  type PairOptions,
} from "../helpers/webtransport-pair.js";

const usage = (code: string) => expect.objectContaining({ name: "UsageError", code });

/** Every case also with bytes one by one. */
const CUTS: readonly (readonly [string, PairOptions])[] = [
  ["whole", {}],
  ["byte by byte", { piece: 1 }],
  ["in sevens", { piece: 7 }],
];

describe.each(BOTH)("over %s", (over) => {
  describe.each(CUTS)("%s", (_name, cut) => {
    const open = (options: PairOptions = {}) => {
      const pair = Pair.open(over, { ...cut, ...options });
      pair.heard("client");
      pair.heard("server");
      return pair;
    };

    test("a session begins: path, protocols, the one that is chosen", () => {
      const pair = new Pair(over, {
        ...cut,
        onSession: (sessions, { sessionId, protocols }) =>
          sessions.accept(sessionId, { protocol: protocols[1] ?? null, headers: { server: "x" } }),
      });
      pair.settle();
      pair.connect({ path: "/p?q", protocols: ["one", 'tw"o\\'], origin: "https://o" });
      pair.settle();
      expect(pair.heard("server")).toEqual(['session /p?q [one,tw"o\\]']);
      expect(pair.heard("client")).toEqual(['established tw"o\\']);
    });

    test("a server says no", () => {
      const pair = new Pair(over, {
        ...cut,
        onSession: (sessions, { sessionId }) => sessions.reject(sessionId, { status: 403 }),
      });
      pair.settle();
      pair.connect();
      pair.settle();
      expect(pair.heard("client")).toEqual(["refused 403"]);
      expect(pair.sessions.client.sessionCount).toBe(0);
      expect(pair.sessions.server.sessionCount).toBe(0);
      expect(pair.connections.client.streamCount + pair.connections.server.streamCount).toBe(0);
    });

    test.each(ENDS)("the %s opens streams in both directions and in one", (end) => {
      const pair = open();
      const far = other(end);
      const both = pair.sessions[end].openStream(pair.id);
      const one = pair.sessions[end].openStream(pair.id, { unidirectional: true });
      pair.sessions[end].sendStream(pair.id, both, bytesOf(20_000, 1));
      pair.sessions[end].sendStream(pair.id, one, bytesOf(3000, 2));
      pair.sessions[end].endStream(pair.id, both);
      pair.sessions[end].endStream(pair.id, one);
      pair.settle();
      expect(Uint8Array.from(pair.arrived[far].get(both) ?? [])).toEqual(bytesOf(20_000, 1));
      expect(Uint8Array.from(pair.arrived[far].get(one) ?? [])).toEqual(bytesOf(3000, 2));
      const lines = pair.heard(far).filter((line) => !line.startsWith("streamData"));
      expect(lines.sort()).toEqual(
        [`stream ${both}`, `stream ${one} uni`, `streamEnd ${both}`, `streamEnd ${one}`].sort(),
      );
      pair.sessions[far].sendStream(pair.id, both, bytesOf(5, 3));
      pair.sessions[far].endStream(pair.id, both);
      pair.settle();
      expect(pair.heard(end).filter((line) => line !== "streamWritable")).toEqual([
        `streamData ${both} 5`,
        `streamEnd ${both}`,
      ]);
    });

    test("a stream without a byte", () => {
      const pair = open();
      const stream = pair.sessions.client.openStream(pair.id, { unidirectional: true });
      pair.sessions.client.endStream(pair.id, stream);
      pair.settle();
      expect(pair.heard("server")).toEqual([`stream ${stream} uni`, `streamEnd ${stream}`]);
    });

    test("a stream that nobody has written on can be answered", () => {
      const pair = open();
      const stream = pair.sessions.client.openStream(pair.id);
      pair.settle();
      expect(pair.heard("server")).toEqual([`stream ${stream}`]);
      pair.sessions.server.sendStream(pair.id, stream, bytesOf(1));
      pair.settle();
      expect(pair.heard("client")).toEqual([`streamData ${stream} 1`]);
    });

    test.each(ENDS)("datagrams of the %s", (end) => {
      const pair = open();
      for (const length of [0, 1, 1000]) {
        expect(pair.sessions[end].sendDatagram(pair.id, bytesOf(length))).toBe(true);
        pair.settle();
      }
      expect(pair.heard(other(end))).toEqual(["datagram 0", "datagram 1", "datagram 1000"]);
    });

    test.each(ENDS)("the %s gives up a stream, and the other goes on", (end) => {
      const pair = open();
      const far = other(end);
      const stream = pair.sessions[end].openStream(pair.id);
      pair.sessions[end].sendStream(pair.id, stream, bytesOf(10));
      pair.settle();
      pair.sessions[end].resetStream(pair.id, stream, 99);
      pair.sessions[far].sendStream(pair.id, stream, bytesOf(20));
      pair.sessions[far].endStream(pair.id, stream);
      pair.settle();
      expect(pair.heard(far)).toEqual([
        `stream ${stream}`,
        `streamData ${stream} 10`,
        `streamReset ${stream} code 99`,
      ]);
      expect(pair.heard(end)).toEqual([`streamData ${stream} 20`, `streamEnd ${stream}`]);
    });

    test("a stream is stopped: the sender is told, and sends no more", () => {
      const pair = open();
      const stream = pair.sessions.client.openStream(pair.id);
      pair.sessions.client.sendStream(pair.id, stream, bytesOf(10));
      pair.settle();
      pair.sessions.server.stopStream(pair.id, stream, 7);
      pair.settle();
      pair.sessions.client.sendStream(pair.id, stream, bytesOf(10));
      pair.settle();
      expect(pair.heard("client")).toEqual([`streamStopped ${stream} code 7`]);
      expect(pair.heard("server")).toEqual([`stream ${stream}`, `streamData ${stream} 10`]);
    });

    test.each(ENDS)("the %s drains: a word, and nothing ends", (end) => {
      const pair = open();
      pair.sessions[end].drain(pair.id);
      pair.sessions[end].drain(pair.id);
      pair.settle();
      expect(pair.heard(other(end))).toEqual(["draining"]);
      expect(pair.sessions[end].openStream(pair.id)).toBeGreaterThanOrEqual(0);
    });

    test("GOAWAY drains as well", () => {
      const pair = open();
      pair.connections.server.goAway();
      pair.settle();
      expect(pair.heard("client")).toEqual(["draining"]);
    });

    test.each(ENDS)("the %s closes with a code and a reason", (end) => {
      const pair = open();
      const reason = "Grüße".repeat(100);
      pair.sessions[end].close(pair.id, 0xffff_ffff, reason);
      pair.settle();
      expect(pair.heard(other(end))).toEqual([`closed 4294967295 "${reason}"`]);
      expect(pair.heard(end)).toEqual([]);
      expect(pair.sessions.client.sessionCount + pair.sessions.server.sessionCount).toBe(0);
      expect(pair.connections.client.streamCount + pair.connections.server.streamCount).toBe(0);
    });

    test("H3-WT-9 the end of the CONNECT stream says code 0 without a reason", () => {
      const pair = open();
      pair.sessions.server.close(pair.id);
      pair.settle();
      expect(pair.heard("client")).toEqual(['closed 0 ""']);
    });

    test("both close at once", () => {
      const pair = open();
      pair.sessions.client.close(pair.id, 1, "a");
      pair.sessions.server.close(pair.id, 2, "b");
      pair.settle();
      expect(pair.heard("client")).toEqual([]);
      expect(pair.heard("server")).toEqual([]);
      expect(pair.sessions.client.sessionCount + pair.sessions.server.sessionCount).toBe(0);
    });

    test("H3-WT-11 a session that is gone takes its streams with it", () => {
      const pair = open();
      const both = pair.sessions.client.openStream(pair.id);
      const theirs = pair.sessions.server.openStream(pair.id, { unidirectional: true });
      pair.sessions.client.sendStream(pair.id, both, bytesOf(10));
      pair.settle();
      pair.heard("client");
      pair.heard("server");
      pair.sessions.client.close(pair.id, 3, "x");
      pair.settle();
      expect(pair.heard("server").at(-1)).toBe('closed 3 "x"');
      if (over === "h3") {
        const gone = "0x170d7b68";
        expect(pair.signals).toContain(`client reset ${both} ${gone}`);
        expect(pair.signals).toContain(`client stop ${both} ${gone}`);
        expect(pair.signals).toContain(`client stop ${theirs} ${gone}`);
      }
      // What either end still asks for is nothing, and no error: it could not know.
      for (const end of ENDS) {
        expect(pair.sessions[end].openStream(pair.id)).toBe(-1);
        expect(pair.sessions[end].sendStream(pair.id, both, bytesOf(1))).toBe(true);
        expect(pair.sessions[end].sendDatagram(pair.id, bytesOf(1))).toBe(false);
        pair.sessions[end].endStream(pair.id, both);
        pair.sessions[end].resetStream(pair.id, both);
        pair.sessions[end].close(pair.id);
      }
      pair.settle();
      expect(pair.connections.client.state).toBe("open");
      expect(pair.connections.server.state).toBe("open");
    });

    test("a reset of the CONNECT stream is no orderly end", () => {
      const pair = open();
      pair.connections.client.reset(pair.id);
      pair.settle();
      expect(pair.heard("server")).toEqual(['closed 0 "" not clean']);
    });

    test("a connection that is lost", () => {
      const pair = open();
      pair.sessions.server.connectionLost();
      pair.poll("server");
      expect(pair.heard("server")).toEqual(['closed 0 "" not clean']);
    });

    test("sessions share a connection, and their streams do not mix", () => {
      const pair = open();
      const first = pair.id;
      const second = pair.connect({ path: "/2" });
      pair.settle();
      const a = pair.sessions.client.openStream(first);
      const b = pair.sessions.client.openStream(second);
      pair.sessions.client.sendStream(first, a, bytesOf(4));
      pair.sessions.client.sendStream(second, b, bytesOf(6));
      pair.settle();
      const data = pair.events.server.filter((event) => event.type === "streamData");
      expect(
        data.reduce<Record<number, number>>((sums, { sessionId, bytes }) => {
          sums[sessionId] = (sums[sessionId] ?? 0) + bytes.length;
          return sums;
        }, {}),
      ).toEqual({ [first]: 4, [second]: 6 });
      pair.sessions.client.close(first, 9);
      pair.settle();
      pair.sessions.client.sendStream(second, b, bytesOf(6));
      pair.settle();
      expect(pair.heard("server").at(-1)).toBe(`streamData ${b} 6`);
    });
  });

  test("what is wrong use", () => {
    const pair = Pair.open(over, { onSession: () => {} });
    const { client, server } = pair.sessions;
    expect(() => client.openStream(pair.id)).toThrow(usage("WT_SESSION_PENDING"));
    expect(() => server.openStream(pair.id)).toThrow(usage("WT_SESSION_PENDING"));
    expect(() => client.accept(pair.id)).toThrow(usage("WT_ROLE"));
    expect(() => server.connect({ authority: "a", path: "/" })).toThrow(usage("WT_ROLE"));
    expect(() => server.reject(pair.id, { status: 200 })).toThrow(usage("WT_STATUS_INVALID"));
    expect(() => server.accept(pair.id, { protocol: "x" })).toThrow(usage("WT_PROTOCOL_INVALID"));
    expect(() => client.connect({ authority: "a", path: "/", protocols: ["ü"] })).toThrow(
      usage("WT_PROTOCOL_INVALID"),
    );
    server.accept(pair.id);
    pair.settle();
    expect(() => server.accept(pair.id)).toThrow(usage("WT_SESSION_OPEN"));
    const one = client.openStream(pair.id, { unidirectional: true });
    pair.settle();
    expect(() => server.sendStream(pair.id, one, bytesOf(1))).toThrow(usage("WT_STREAM_DIRECTION"));
    expect(() => client.stopStream(pair.id, one)).toThrow(usage("WT_STREAM_DIRECTION"));
    expect(() => client.sendStream(pair.id, one, "x" as never)).toThrow(usage("BYTES_INVALID"));
    expect(() => client.sendDatagram(pair.id, [] as never)).toThrow(usage("BYTES_INVALID"));
    expect(() => client.close(pair.id, 0, "x".repeat(1025))).toThrow(usage("WT_REASON_INVALID"));
    expect(() => client.close(pair.id, 0, "ü".repeat(513))).toThrow(usage("WT_REASON_INVALID"));
    pair.settle();
    expect(pair.heard("server").at(-1)).toBe(`stream ${one} uni`);
    client.close(pair.id, 0, "ü".repeat(512));
    pair.settle();
    expect(pair.heard("server").at(-1)).toBe(`closed 0 "${"ü".repeat(512)}"`);
  });

  test("what is consumed twice, or was never there", () => {
    const pair = Pair.open(over, { sessions: { window: "manual" } });
    const { client, server } = pair.sessions;
    const stream = client.openStream(pair.id);
    client.sendStream(pair.id, stream, bytesOf(1000));
    client.endStream(pair.id, stream);
    expect(() => client.sendStream(pair.id, stream, bytesOf(1))).toThrow(usage("WT_STREAM_ENDED"));
    pair.settle();
    for (const wrong of [-1, 0.5, "1" as never])
      expect(() => server.consume(pair.id, stream, wrong)).toThrow(usage("WT_LENGTH_INVALID"));
    server.consume(pair.id, stream, 1000);
    server.endStream(pair.id, stream);
    pair.settle();
    // The stream is over: what is said of it means nothing.
    server.consume(pair.id, stream, 1);
    expect(pair.connections.client.streamCount).toBe(1);
  });
});
