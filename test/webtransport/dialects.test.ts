// The versions of WebTransport on the wire: which is chosen, and what it changes, over HTTP/3 and over HTTP/2. Titles carry the
// rows of the rule list.

import { H2Connection } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import {
  DIALECTS,
  type Dialect,
  H2_DIALECTS,
  negotiateDialect,
  webtransportSettings,
} from "tercet/webtransport";
import { describe, expect, test } from "vitest";
import {
  hasFlowControl,
  hasInvalidSetting,
  sessionLimit,
} from "../../src/connection/webtransport-dialect.js";
import { h2DialectOf } from "../../src/connection/webtransport-h2-dialect.js";
import { capsule, h2Talk } from "../helpers/webtransport-h2.js";
import { H3Raw, OFFERS, type Offer } from "../helpers/webtransport-h3.js";
import { bytesOf } from "../helpers/webtransport-pair.js";

const DATAGRAM: [number, number] = [0x33, 1];
const CONNECT: [number, number] = [0x8, 1];
const map = (...list: (readonly [number, number | bigint])[]) => new Map(list);

describe("H3-WT-2 over HTTP/3", () => {
  test.each<[string, [number, number][], [number, number][], Dialect | null]>([
    ["all of ours", [], [], "draft-15"],
    ["draft 15 alone", [], [[0x2c7cf000, 1]], "draft-15"],
    ["draft 13 alone", [], [[0x14e9cd29, 1]], "draft-13"],
    [
      "drafts 02 and 07",
      [],
      [
        [0x2b603742, 1],
        [0xc671706a, 16],
      ],
      "draft-07",
    ],
    ["drafts 03 to 06", [], [[0x2b603743, 1]], "draft-07"],
    ["draft 02 alone", [], [[0x2b603742, 1]], "draft-02"],
    [
      "a value of 0 offers nothing (Firefox sends it)",
      [],
      [
        [0x2c7cf000, 0],
        [0x2b603742, 1],
      ],
      "draft-02",
    ],
    ["only settings that nobody knows", [], [[0x4141, 1]], null],
  ])("%s", (_name, ours, theirs, dialect) => {
    const all = map(...webtransportSettings(16), DATAGRAM, CONNECT, ...ours);
    const list = theirs.length === 0 ? [...all] : [...theirs, DATAGRAM, CONNECT];
    for (const isClient of [true, false])
      expect(negotiateDialect(isClient, all, map(...list))).toBe(dialect);
  });

  test("both must take datagrams, the server extended CONNECT", () => {
    const all = map(...webtransportSettings(16), DATAGRAM, CONNECT);
    expect(negotiateDialect(true, all, map([0x2c7cf000, 1], CONNECT))).toBe(null);
    expect(negotiateDialect(true, all, map([0x2c7cf000, 1], DATAGRAM))).toBe(null);
    expect(negotiateDialect(false, all, map([0x2c7cf000, 1], DATAGRAM))).toBe("draft-15");
    expect(negotiateDialect(true, all, map([0xc671706a, 1], [0xffd277, 1], CONNECT))).toBe(
      "draft-07",
    );
    expect(negotiateDialect(true, all, map([0x2b603742, 1], [0xffd277, 1]))).toBe("draft-02");
    expect(negotiateDialect(true, map(), map(...all))).toBe(null);
  });

  test("H3-WT-1 WT_ENABLED above 1 is for clients an error of the connection", () => {
    expect(hasInvalidSetting(true, map([0x2c7cf000, 2]))).toBe(true);
    expect(hasInvalidSetting(true, map([0x2c7cf000, 2n ** 62n - 1n]))).toBe(true);
    expect(hasInvalidSetting(true, map([0x2c7cf000, 1]))).toBe(false);
    expect(hasInvalidSetting(false, map([0x2c7cf000, 2]))).toBe(false);
    const raw = new H3Raw({ role: "client", settings: [[0x2c7cf000, 2]] });
    raw.settle();
    expect(raw.others).toContain("error WT_SETTING_INVALID");
    expect(raw.signals).toEqual(["close 0x109"]);
  });

  test("settings: one list for either end", () => {
    const ids = webtransportSettings(7).map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { settings } of DIALECTS) for (const id of settings) expect(ids).toContain(id);
    const values = map(...webtransportSettings(7));
    expect(values.get(0x2b603742)).toBe(1);
    expect(values.get(0xc671706a)).toBe(7);
    expect(values.get(0x14e9cd29)).toBe(7);
    expect(values.get(0x2c7cf000)).toBe(1);
    expect(webtransportSettings(0)).toEqual([]);
  });

  test("how many sessions a server allows", () => {
    expect(sessionLimit("draft-07", map([0xc671706a, 3]))).toBe(3);
    expect(sessionLimit("draft-07", map([0x2b603743, 4]))).toBe(4);
    expect(sessionLimit("draft-13", map([0x14e9cd29, 5]))).toBe(5);
    expect(sessionLimit("draft-02", map([0x2b603742, 1]))).toBe(Number.POSITIVE_INFINITY);
    expect(sessionLimit("draft-15", map([0x2c7cf000, 1]))).toBe(Number.POSITIVE_INFINITY);
  });

  test("limits count where both ends want them (section 5.1)", () => {
    const ours = map(...webtransportSettings(16));
    expect(hasFlowControl("draft-15", ours, map([0x2b61, 1]))).toBe(true);
    expect(hasFlowControl("draft-15", ours, map([0x2b64, 1]))).toBe(true);
    expect(hasFlowControl("draft-15", ours, map([0x2b65, 1]))).toBe(true);
    expect(hasFlowControl("draft-15", ours, map([0x2c7cf000, 1]))).toBe(false);
    expect(hasFlowControl("draft-15", map(), map([0x2b61, 1]))).toBe(false);
    expect(hasFlowControl("draft-13", ours, map([0x14e9cd29, 1]))).toBe(false);
    expect(hasFlowControl("draft-13", ours, map([0x14e9cd29, 2]))).toBe(true);
    expect(hasFlowControl("draft-07", ours, map([0x2b61, 1]))).toBe(false);
  });

  const chosen: Record<Offer, Dialect> = {
    "draft-02": "draft-02",
    "draft-06": "draft-07",
    "draft-07": "draft-07",
    "draft-13": "draft-13",
    "draft-13 with limits": "draft-13",
    "draft-15": "draft-15",
    "draft-15 with limits": "draft-15",
  };

  describe.each(Object.entries(chosen) as [Offer, Dialect][])("%s", (offer, dialect) => {
    const protocol = dialect === "draft-15" ? "webtransport-h3" : "webtransport";

    test("H3-WT-12 a server takes the token of the version", () => {
      const raw = H3Raw.open({ settings: OFFERS[offer] });
      expect(raw.tested.webtransport).toBe(dialect);
      expect(raw.heads).toEqual([["200"]]);
      raw.peer.sendDatagram(raw.id, bytesOf(3));
      raw.settle();
      expect(raw.heard()).toEqual(["datagram 3"]);
    });

    test("H3-WT-12 and no other", () => {
      const raw = new H3Raw({ settings: OFFERS[offer] });
      raw.settle();
      raw.connect(protocol === "webtransport" ? "webtransport-h3" : "webtransport");
      raw.settle();
      expect(raw.heard()).toEqual([]);
      expect(raw.heads[0]?.[0]).toBe("501");
    });

    test("H3-WT-12 a client asks with it", () => {
      const raw = H3Raw.open({ role: "client", settings: OFFERS[offer] });
      const fields = dialect === "draft-02" ? ["sec-webtransport-http3-draft02", "1"] : [];
      expect(raw.heads).toEqual([[protocol, ...fields]]);
      expect(raw.sessions.sessionCount).toBe(1);
    });
  });

  test("H3-WT-2 draft 02 names the version in the fields of both heads", () => {
    const raw = new H3Raw({ settings: OFFERS["draft-02"] });
    raw.settle();
    raw.connect("webtransport", ["sec-webtransport-http3-draft02", "1"]);
    raw.settle();
    expect(raw.heads).toEqual([["200", "sec-webtransport-http3-draft", "draft02"]]);
  });

  test("a peer without WebTransport: no session, either way", () => {
    const client = new H3Raw({ role: "client", settings: [] });
    client.settle();
    expect(() => client.connect()).toThrow(expect.objectContaining({ code: "WT_NOT_OFFERED" }));
    const server = new H3Raw({ settings: [] });
    server.settle();
    server.connect("webtransport");
    server.settle();
    expect(server.heard()).toEqual([]);
    expect(server.signals).toEqual(["reset 0 0x10e", "stop 0 0x10e"]);
  });

  test("CONNECT that comes before SETTINGS waits for them (section 3.1)", () => {
    const tested = new H3Raw();
    // The peer's request without its control stream: streams arrive in any order.
    tested.hand(tested.tested.poll());
    for (const { streamId, bytes, fin } of tested.tested.takeStreams())
      tested.peer.receiveStream(streamId, bytes, fin);
    tested.connect("webtransport-h3");
    const list = tested.peer.takeStreams();
    const give = (isControl: boolean) => {
      for (const { streamId, bytes, fin } of list)
        if ((streamId === 2) === isControl)
          tested.hand(tested.tested.receiveStream(streamId, bytes.slice(), fin));
    };
    give(false);
    expect(tested.heard()).toEqual([]);
    give(true);
    expect(tested.heard()).toEqual(["session /wt []"]);
  });

  test("one session at a time where nobody asked for limits (section 5.1)", () => {
    const raw = H3Raw.open({ settings: OFFERS["draft-15"] });
    const first = raw.id;
    raw.connect();
    raw.settle();
    expect(raw.heard()).toEqual([]);
    expect(raw.signals).toEqual([`reset ${first + 4} 0x10b`, `stop ${first + 4} 0x10b`]);
    const more = H3Raw.open({ settings: OFFERS["draft-15 with limits"] });
    more.connect();
    more.settle();
    expect(more.heard()).toEqual(["session /wt []"]);
    const client = H3Raw.open({ role: "client", settings: OFFERS["draft-13"] });
    expect(() => client.connect()).toThrow(expect.objectContaining({ code: "WT_SESSIONS_FULL" }));
  });

  test("connections offer it only where they are told to", () => {
    const raw = new H3Connection({ role: "server" });
    expect(raw.webtransport).toBe(null);
  });
});

describe("over HTTP/2", () => {
  test.each<[string, [number, number][], string]>([
    [
      "draft 15",
      [
        [0x2b60, 1],
        [0x2b61, 1],
        [0x2b66, 1],
      ],
      "draft-15",
    ],
    [
      "draft 14",
      [
        [0x2b61, 1],
        [0x2b66, 1],
      ],
      "draft-14",
    ],
    [
      "drafts up to 12",
      [
        [0x2b60, 100],
        [0x2b61, 1],
      ],
      "draft-12",
    ],
    [
      "draft 13 and the peer that swaps identifiers",
      [
        [0x2b61, 1],
        [0x2b65, 1],
      ],
      "draft-13-swapped",
    ],
    ["nothing is said", [], "draft-14"],
  ])("%s", (_name, settings, name) => {
    expect(h2DialectOf(map(...settings)).name).toBe(name);
  });

  const settings = (...extra: [number, number][]): [number, number][] => [
    [0x2b61, 1000],
    [0x2b62, 500],
    [0x2b63, 500],
    [0x2b64, 2],
    [0x2b65, 2],
    ...extra,
  ];
  const DRAFT_15 = settings([0x2b60, 1], [0x2b66, 500]);
  const SWAPPED = settings();

  test("draft 15 swapped the types of WT_STREAM", () => {
    const talk = h2Talk(
      [
        capsule("STREAM_FIN", 0, bytesOf(3)),
        capsule("STREAM", 0, bytesOf(2)),
        (s, id) => s.sendStream(id, 0, bytesOf(5)),
        (s, id) => s.endStream(id, 0),
      ],
      { settings: DRAFT_15 },
    );
    expect(talk.log).toEqual(["stream 0", "streamData 0 5", "streamEnd 0"]);
    expect(talk.sent).toEqual(["STREAM_FIN 0 5 bytes", "STREAM 0 0 bytes"]);
  });

  test("the caller may know better", () => {
    const talk = h2Talk(capsule("STREAM_FIN", 0, bytesOf(3)), {
      settings: DRAFT_15,
      h2Dialect: "draft-14",
    });
    expect(talk.log).toEqual(["stream 0", "streamData 0 3", "streamEnd 0"]);
  });

  test("a server with swapped identifiers: the peer's streams are odd, ours begin behind 0", () => {
    const talk = h2Talk(
      [
        capsule("STREAM", 1, bytesOf(3)),
        capsule("STREAM_FIN", 3, bytesOf(1)),
        // It announces a window for streams that only it sends on.
        capsule("MAX_STREAM_DATA", 3, 500),
        (s, id) => s.openStream(id),
        (s, id) => s.openStream(id, { unidirectional: true }),
        (s, id) => s.sendStream(id, 4, bytesOf(3)),
        (s, id) => s.endStream(id, 4),
        (s, id) => s.resetStream(id, 2, 9),
      ],
      { settings: SWAPPED },
    );
    expect(talk.log).toEqual([
      "stream 1",
      "streamData 1 3",
      "stream 3 uni",
      "streamData 3 1",
      "streamEnd 3",
    ]);
    // Its end comes by itself: the peer loses one that shares a capsule with data.
    expect(talk.sent).toEqual([
      "STREAM 4 0 bytes",
      "STREAM 2 0 bytes",
      "STREAM 4 3 bytes",
      "STREAM_FIN 4 0 bytes",
      "RESET_STREAM 2 9",
    ]);
  });

  test("a client with swapped identifiers: small capsules on stream 0, which the peer takes for none", () => {
    const talk = h2Talk(
      [capsule("STREAM", 0, bytesOf(1)), (s, id) => s.sendStream(id, 0, bytesOf(130))],
      { settings: SWAPPED, role: "client" },
    );
    expect(talk.log).toEqual(["stream 0", "streamData 0 1"]);
    expect(talk.sent).toEqual(["STREAM 0 60 bytes", "STREAM 0 60 bytes", "STREAM 0 10 bytes"]);
  });

  test("a protocol without quotes, from and for that peer alone", () => {
    const talk = (settings: [number, number][], value: string, protocols: string[]) =>
      h2Talk([], { settings, role: "client", protocols, headers: ["wt-protocol", value] });
    expect(talk(SWAPPED, "b", ["b"]).protocol).toBe("b");
    expect(talk(DRAFT_15, "b", ["b"]).protocol).toBe(null);
    expect(talk(DRAFT_15, '"b"', ["a", "b"]).protocol).toBe("b");
    const wrong = talk(SWAPPED, "c", ["b"]);
    expect(wrong.log).toEqual(["error WT_PROTOCOL_INVALID"]);
    expect(wrong.reset).toBe(1);
    // Nobody asked.
    expect(talk(DRAFT_15, '"c"', []).log).toEqual([]);
  });

  test("the server must allow extended CONNECT", () => {
    const connection = new H2Connection({ role: "client" });
    expect(connection.remoteSettings.get(8)).not.toBe(1);
    expect(H2_DIALECTS.map(({ name }) => name)).toHaveLength(4);
  });
});
