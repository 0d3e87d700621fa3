// HTTP datagrams in QUIC DATAGRAM frames (RFC 9297 section 2): Quarter Stream IDs, and streams that take none. Titles carry the rows
// of the rule list.

import { describe, expect, test } from "vitest";
import {
  connected,
  datagramBy,
  fin,
  type H3Connection,
  on,
  resetBy,
  type Step,
  type TalkOptions,
  talk,
} from "../helpers/h3-dialogue.js";
import {
  expectAlive,
  fails,
  fine,
  fineWith,
  playRow,
  type Row,
  resets,
} from "../helpers/h3-expect.js";
import {
  bytesOf,
  concat,
  data,
  datagram,
  extendedConnect,
  GET,
  headers,
  MAX_VARINT,
  POST,
  response,
  settings,
  varint,
} from "../helpers/h3-frames.js";

const handshake = settings({ H3_DATAGRAM: 1, ENABLE_CONNECT_PROTOCOL: 1 });
const both: TalkOptions = { handshake, datagrams: true, settings: { enableConnectProtocol: true } };
const udp = headers(extendedConnect("connect-udp", ["capsule-protocol", "?1"]));
const capsules = ["capsule-protocol", "?1"];
const accept: Step = (c) => void c.sendResponse(0, { status: 200, headers: capsules });
const opened: Step[] = [on(0, udp), accept];
const heard = (t: ReturnType<typeof talk>) => t.events.filter(({ type }) => type === "datagram");

describe("at a server", () => {
  const rows: Row[] = [
    [
      "H3-DGM-1 a datagram of an open stream",
      [...opened, datagramBy(datagram(0, "hello"))],
      fineWith('datagram 0 "hello"'),
    ],
    ["H3-DGM-1 an empty one", [...opened, datagramBy(datagram(0))], fineWith('datagram 0 ""')],
    [
      "H3-DGM-1 a Quarter Stream ID in eight octets",
      [...opened, datagramBy(concat(varint(0, 8), bytesOf("x")))],
      fineWith('datagram 0 "x"'),
    ],
    [
      "H3-DGM-1 a Quarter Stream ID of 2^60",
      [...opened, datagramBy(varint(2n ** 60n))],
      fails("H3_DATAGRAM_INVALID"),
    ],
    [
      "H3-DGM-1 of 2^62 - 1",
      [...opened, datagramBy(varint(MAX_VARINT))],
      fails("H3_DATAGRAM_INVALID"),
    ],
    [
      "H3-DGM-2 no octet at all",
      [...opened, datagramBy(new Uint8Array())],
      fails("H3_DATAGRAM_INVALID"),
    ],
    [
      "H3-DGM-2 half a Quarter Stream ID",
      [...opened, datagramBy(Uint8Array.of(0x40))],
      fails("H3_DATAGRAM_INVALID"),
    ],
    [
      "H3-DGM-2 seven octets of eight",
      [...opened, datagramBy(varint(0, 8).subarray(0, 7))],
      fails("H3_DATAGRAM_INVALID"),
    ],
    [
      "H3-DGM-4 of a request that has no use for it",
      [on(0, headers(POST)), datagramBy(datagram(0, "x"))],
      resets(0, "H3_DATAGRAM_UNEXPECTED", { wire: 0x33 }),
    ],
    [
      "H3-DGM-5 when the peer has ended the stream",
      [...opened, fin(0), datagramBy(datagram(0, "x"))],
      (t) => {
        expect(heard(t)).toEqual([]);
        expect(t.errors).toEqual([]);
      },
    ],
    [
      "H3-DGM-5 when the stream was reset",
      [...opened, resetBy(0), datagramBy(datagram(0, "x"))],
      (t) => {
        expect(heard(t)).toEqual([]);
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "H3-DGM-5 when the request is over",
      [
        fin(0, headers(GET)),
        (c) => void c.sendResponse(0, { status: 200, headers: [], content: "" }),
        datagramBy(datagram(0, "x")),
      ],
      (t) => {
        expect(t.errors).toEqual([]);
        expectAlive(t);
      },
    ],
    [
      "H3-DGM-6 before its stream: dropped, or kept until it is there",
      [datagramBy(datagram(0, "early")), ...opened],
      (t) => {
        for (const event of heard(t)) expect(event).toMatchObject({ streamId: 0 });
        fine(t);
      },
    ],
  ];
  test.each(rows.map(([title, steps, expected]): Row => [title, steps, expected, both]))(
    "%s",
    (...row) => playRow("server", row),
  );

  test("H3-DGM-6 many before any stream hold a bounded amount", () => {
    const { connection } = connected("server", { ...both, limits: { earlyBytes: 4096 } });
    const many = Array.from({ length: 50 }, (_, at) => datagram(4 * at, new Uint8Array(1000)));
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 2000; round++)
      expect(connection.receiveDatagram(many[round % 50] as Uint8Array)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500_000);
    expect(connection.state).toBe("open");
  });
});

describe("at a client", () => {
  const ask: Step = (c) =>
    void c.sendRequest({
      ...{ method: "CONNECT", protocol: "connect-udp", scheme: "https", authority: "a", path: "/" },
      headers: capsules,
    });
  const rows: Row[] = [
    [
      "H3-DGM-1 a datagram of an open stream",
      [ask, on(0, headers(response(200, capsules))), datagramBy(datagram(0, "hello"))],
      fineWith('datagram 0 "hello"'),
    ],
    [
      "H3-DGM-3 H3-DGM-6 of a stream that we never opened",
      [ask, datagramBy(datagram(400, "x"))],
      (t) => {
        // Only we can open it, so that it is not on its way.
        expect(heard(t)).toEqual([]);
        fails("H3_DATAGRAM_STREAM_INVALID", { wire: 0x108 })(t);
      },
    ],
    ["H3-DGM-2 no octet at all", [ask, datagramBy(new Uint8Array())], fails("H3_DATAGRAM_INVALID")],
  ];
  test.each(rows.map(([title, steps, expected]): Row => [title, steps, expected, both]))(
    "%s",
    (...row) => playRow("client", row),
  );
});

describe("our own", () => {
  const opening = (options: TalkOptions): H3Connection => {
    const { connection } = connected("server", options);
    connection.receiveStream(0, udp, false);
    accept(connection as never);
    connection.takeStreams();
    return connection;
  };

  test("H3-DGM-1 with the Quarter Stream ID in front", () => {
    const { connection } = connected("server", both);
    connection.receiveStream(4, udp, false);
    connection.sendResponse(4, { status: 200, headers: capsules });
    expect(connection.sendDatagram(4, bytesOf("hello"))).toBe(true);
    expect(connection.takeDatagrams().map((bytes) => [...bytes])).toEqual([
      [1, ...bytesOf("hello")],
    ]);
    expect(connection.takeDatagrams()).toEqual([]);
  });

  test("H3-SET-10 not without H3_DATAGRAM of the peer, not without QUIC datagrams", () => {
    for (const options of [
      { ...both, handshake: settings({ ENABLE_CONNECT_PROTOCOL: 1 }) },
      { ...both, handshake: settings({ H3_DATAGRAM: 0 }) },
      { ...both, datagrams: false },
    ]) {
      const connection = opening(options);
      connection.sendDatagram(0, bytesOf("x"));
      expect(connection.takeDatagrams()).toEqual([]);
    }
  });

  test("H3-SET-10 H3_DATAGRAM=1 is said where QUIC has datagrams, else not", () => {
    const say = (datagrams: boolean) =>
      connected("server", { datagrams, handshake: "none" }).hello[0];
    expect(say(true)).toMatch(/ H3_DATAGRAM=1/);
    expect(say(false)).not.toMatch(/ H3_DATAGRAM=1/);
  });

  test("what the transport does not take is dropped, the oldest first", () => {
    const { connection } = connected("server", { ...both, limits: { datagramQueueLength: 100 } });
    connection.receiveStream(0, udp, false);
    accept(connection as never);
    for (let at = 0; at < 10; at++) connection.sendDatagram(0, new Uint8Array(30).fill(at));
    const left = connection.takeDatagrams();
    expect(left.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(100);
    expect(left.at(-1)?.at(-1)).toBe(9);
  });
});

test("content of a stream with datagrams is not touched by them", () => {
  const t = talk(
    "server",
    [...opened, datagramBy(datagram(0, "x")), on(0, data(Uint8Array.of(0x21, 1, 97)))],
    both,
  );
  fine(t);
});
