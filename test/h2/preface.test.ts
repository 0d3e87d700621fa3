// How an HTTP/2 connection begins: the 24 octets, the first SETTINGS, and what may come before they are
// acknowledged (RFC 9113 section 3.4). Titles carry the rows of the rule list.

import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { ascii, latin1, logOf } from "../helpers/h1-log.js";
import {
  connected,
  expectFine,
  expectIncludes,
  fails,
  fine,
  fineWith,
  logs,
  playRow,
  type Row,
  taken,
  talk,
} from "../helpers/h2-dialogue.js";
import { TYPE } from "../helpers/h2-names.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  concat,
  data,
  frame,
  GET,
  goaway,
  headers,
  OK,
  PREFACE,
  ping,
  priority,
  rst,
  settings,
  settingsAck,
  unknownFrame,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { byteWise } from "../helpers/pieces.js";

const none = { handshake: "none" } as const;
const firstLine = (role: "server" | "client") =>
  new OutputReader().lines(taken(new H2Connection({ role })));

describe("what we send first", () => {
  test("H2-003 a server: SETTINGS, before anything was received", () => {
    const [first, ...rest] = firstLine("server");
    expect(first).toMatch(/^SETTINGS /);
    expect(first).toContain("MAX_CONCURRENT_STREAMS=128");
    expect(first).toContain("MAX_HEADER_LIST_SIZE=65536");
    expect(first).toContain("NO_RFC7540_PRIORITIES=1");
    expect(first).not.toContain("ENABLE_PUSH=1");
    expect(rest.filter((line) => !line.startsWith("WINDOW_UPDATE 0 "))).toEqual([]);
  });

  test("H2-003 a client: preface, then SETTINGS that refuse push", () => {
    const [preface, first, ...rest] = firstLine("client");
    expect(preface).toBe("PREFACE");
    expect(first).toMatch(/^SETTINGS /);
    expect(first).toContain("ENABLE_PUSH=0");
    expect(rest.filter((line) => !line.startsWith("WINDOW_UPDATE 0 "))).toEqual([]);
  });

  test("H2-003 the first SETTINGS are there once", () => {
    const connection = new H2Connection({ role: "server" });
    taken(connection);
    expect(connection.take()).toEqual([]);
  });

  test("H2-112 settings of the user are sent as given", () => {
    const connection = new H2Connection({
      role: "server",
      settings: {
        headerTableSize: 0,
        maxConcurrentStreams: 7,
        initialWindowSize: 1_000,
        maxFrameSize: 20_000,
        maxHeaderListSize: 9_000,
        enableConnectProtocol: true,
        noRfc7540Priorities: false,
        extra: [[0x1a2a, 5]],
      },
    });
    const line = new OutputReader().lines(taken(connection))[0] ?? "";
    for (const part of [
      "HEADER_TABLE_SIZE=0",
      "MAX_CONCURRENT_STREAMS=7",
      "INITIAL_WINDOW_SIZE=1000",
      "MAX_FRAME_SIZE=20000",
      "MAX_HEADER_LIST_SIZE=9000",
      "ENABLE_CONNECT_PROTOCOL=1",
      "0x1a2a=5",
    ])
      expect(line).toContain(part);
    expect(line).not.toContain("NO_RFC7540_PRIORITIES=1");
  });
});

describe("the preface of a client", () => {
  test("H2-001 H2-002 is accepted under every cut", () => {
    const t = talk("server", concat(PREFACE, settings()), none);
    expect(t.log).toContain("settings");
    expectFine(t);
  });

  test("H2-002 H2-001 every octet of it counts, and is refused where it differs", () => {
    for (let at = 0; at < PREFACE.length; at++) {
      const wrong = PREFACE.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 0x20;
      const connection = new H2Connection({ role: "server" });
      let errorAt = -1;
      for (const [index, piece] of byteWise(wrong).entries()) {
        const [event] = connection.receive(piece);
        if (event?.type === "error" && errorAt < 0) {
          errorAt = index;
          expect([event.error.code, event.error.offset]).toEqual(["H2_PREFACE_INVALID", at]);
        }
      }
      expect(errorAt).toBe(at);
    }
  });

  test.each<Row>([
    [
      "H2-001 a request of HTTP/1.1",
      ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      fails("H2_PREFACE_INVALID"),
      none,
    ],
    [
      "H2-001 frames without a preface",
      concat(settings(), ping()),
      fails("H2_PREFACE_INVALID"),
      none,
    ],
    [
      "H2-001 a TLS ClientHello",
      Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3),
      fails("H2_PREFACE_INVALID"),
      none,
    ],
    ["H2-003 PING first", concat(PREFACE, ping()), fails("H2_SETTINGS_EXPECTED"), none],
    [
      "H2-003 HEADERS first",
      concat(PREFACE, headers(1, GET, { end: true })),
      fails("H2_SETTINGS_EXPECTED", { last: 0 }),
      none,
    ],
    [
      "H2-003 an acknowledgement first",
      concat(PREFACE, settingsAck(), settings()),
      fails("H2_SETTINGS_EXPECTED"),
      none,
    ],
    [
      "H2-003 WINDOW_UPDATE first",
      concat(PREFACE, windowUpdate(0, 1)),
      fails("H2_SETTINGS_EXPECTED"),
      none,
    ],
    [
      "H2-003 an unknown frame first",
      concat(PREFACE, unknownFrame(0)),
      fails("H2_SETTINGS_EXPECTED"),
      none,
    ],
    [
      "H2-003 PRIORITY first",
      concat(PREFACE, priority(1, { dependency: 0 })),
      fails("H2_SETTINGS_EXPECTED"),
      none,
    ],
    ["H2-003 GOAWAY first", concat(PREFACE, goaway(0)), fails("H2_SETTINGS_EXPECTED"), none],
    [
      "H2-003 the preface twice",
      concat(PREFACE, PREFACE),
      fails(["H2_SETTINGS_EXPECTED", "H2_FRAME_TOO_LARGE"]),
      none,
    ],
    [
      "H2-003 empty SETTINGS first",
      concat(PREFACE, settings()),
      fineWith("settings", "> SETTINGS ACK"),
      none,
    ],
    [
      "H2-005 the first SETTINGS are acknowledged",
      concat(PREFACE, settings({ INITIAL_WINDOW_SIZE: 5 })),
      fineWith("settings INITIAL_WINDOW_SIZE=5", "> SETTINGS ACK"),
      none,
    ],
    [
      "H2-006 requests right behind the preface, before our SETTINGS were seen",
      concat(PREFACE, settings(), headers(1, GET, { end: true })),
      fineWith("head 1 GET / HTTP/2", "end 1"),
      none,
    ],
    [
      "H2-006 H2-066 content under the initial window, though our SETTINGS say less",
      concat(
        PREFACE,
        settings(),
        headers(1, [...GET]),
        data(1, new Uint8Array(2_000), { end: true }),
      ),
      (t) => {
        expect(t.errors).toEqual([]);
        expect(t.log).toContain("end 1");
      },
      { ...none, settings: { initialWindowSize: 1_000 } },
    ],
  ])("%s", (...row) => playRow("server", row));
});

describe("the first frame of a server", () => {
  test.each<Row>([
    [
      "H2-004 SETTINGS",
      settings({ MAX_CONCURRENT_STREAMS: 1 }),
      fineWith("settings MAX_CONCURRENT_STREAMS=1", "> SETTINGS ACK"),
      none,
    ],
    ["H2-004 an acknowledgement", settingsAck(), fails("H2_SETTINGS_EXPECTED"), none],
    ["H2-004 PING", ping(), fails("H2_SETTINGS_EXPECTED"), none],
    ["H2-004 an unknown frame", unknownFrame(0), fails("H2_SETTINGS_EXPECTED"), none],
    ["H2-004 HEADERS", headers(1, OK), fails("H2_SETTINGS_EXPECTED"), none],
    ["H2-004 RST_STREAM", rst(1), fails("H2_SETTINGS_EXPECTED"), none],
    [
      "H2-004 an answer in HTTP/1.1 has an error of its own",
      ascii("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
      fails("H2_HTTP1_RESPONSE"),
      none,
    ],
    [
      "H2-004 an answer in HTTP/1.0",
      ascii("HTTP/1.0 505 No\r\n\r\n"),
      fails("H2_HTTP1_RESPONSE"),
      none,
    ],
    [
      "H2-004 the preface of a client",
      concat(PREFACE, settings()),
      fails(["H2_SETTINGS_EXPECTED", "H2_FRAME_TOO_LARGE"]),
      none,
    ],
    [
      "H2-004 a server that fails at once: GOAWAY behind its SETTINGS",
      concat(settings(), goaway(0, "ENHANCE_YOUR_CALM")),
      (t) => expectIncludes(t, ["settings", 'goaway last 0 ENHANCE_YOUR_CALM ""']),
      none,
    ],
  ])("%s", (...row) => playRow("client", row));

  test("H2-006 a client sends requests before it heard from the server", () => {
    const client = new H2Connection({ role: "client" });
    const id = client.sendRequest({
      method: "GET",
      path: "/",
      authority: "a",
      scheme: "https",
      headers: [],
    });
    expect(id).toBe(1);
    const lines = new OutputReader().lines(taken(client));
    expect(lines[0]).toBe("PREFACE");
    expect(lines.at(-1)).toMatch(/^HEADERS 1 end :method: GET/);
  });
});

describe("on a port shared with HTTP/1.1", () => {
  test("H2-008 the HTTP/1.1 parser hands the preface over, and the HTTP/2 connection goes on with it", () => {
    const bytes = concat(PREFACE, settings(), headers(1, GET, { end: true }));
    for (const pieces of [[bytes], byteWise(bytes)]) {
      const h1 = new H1Connection({ role: "server", handOverPreface: true });
      const h2 = new H2Connection({ role: "server" });
      const log: string[] = [];
      for (const piece of pieces)
        for (const event of h1.receive(piece))
          if (event.type === "preface" || event.type === "tunnel")
            log.push(...logOf(h2.receive(event.bytes)));
      expect(log).toContain("end 1");
      expect(log.some((line) => line.startsWith("error"))).toBe(false);
    }
  });

  test("H2-008 without handing over it is an error that says so", () => {
    const [event] = new H1Connection({ role: "server" }).receive(concat(PREFACE, settings()));
    expect(event?.type === "error" && event.error.code).toBe("H1_HTTP2_PREFACE");
  });

  test("H2-009 H2-010 Upgrade: h2c is not followed: the request is one of HTTP/1.1, its offer is reported", () => {
    const events = new H1Connection({ role: "server" }).receive(
      ascii(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
      ),
    );
    const [head] = events;
    expect(head?.type === "head" && "method" in head.head && head.head.protocol).toBe("h2c");
  });

  test("H2-001 an HTTP/2 connection that failed in its preface may send GOAWAY, and is over", () => {
    const connection = new H2Connection({ role: "server" });
    taken(connection);
    connection.receive(ascii("GET / HTTP/1.1\r\n\r\n"));
    expect(connection.state).toBe("failed");
    expect(latin1(taken(connection))).not.toContain("HTTP/1.1");
    expect(connection.receive(concat(PREFACE, settings()))).toEqual([]);
  });
});

describe("an unknown frame right behind the first SETTINGS", () => {
  test.each<Row>([
    [
      "H2-012 H2-153 of every reserved type",
      concat(...[0x0b, 0x2a, 0x49].map((type) => unknownFrame(0, "x", type))),
      fine,
    ],
    ["H2-012 is no event", frame(0x77, 0, 3, "x"), logs()],
  ])("%s", (...row) => {
    playRow("server", row);
    playRow("client", row);
  });

  test("H2-153 all types from 0x0a to 0xff that have no meaning, on stream 0 and on others", () => {
    const known = new Set<number>(Object.values(TYPE));
    for (const role of ["server", "client"] as const) {
      const { connection } = connected(role);
      for (let type = 0x0a; type <= 0xff; type++) {
        if (known.has(type)) continue;
        for (const streamId of [0, 1, 2, 77])
          expect(connection.receive(frame(type, 0xff, streamId, "grease"))).toEqual([]);
      }
      expect(connection.state).toBe("open");
    }
  });
});
