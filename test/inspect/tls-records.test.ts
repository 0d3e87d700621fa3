// TLS 1.3 connections written by hand: keys that change, early data, padding, alerts, records that break the rules.

import { describe, expect, test } from "vitest";
import { TlsConnection } from "../../src/inspect/tls/tls-connection.js";
import type { TlsEvent } from "../../src/inspect/tls/tls-events.js";
import {
  applicationData,
  closedReasons,
  keyLogOf,
  messageNames,
  observe,
  only,
} from "../helpers/tls-observe.js";
import {
  ALERT,
  CHANGE_CIPHER_SPEC,
  DATA,
  END_OF_EARLY_DATA,
  extension,
  FINISHED,
  HANDSHAKE,
  KEY_UPDATE,
  message,
  record,
  TlsScript,
} from "../helpers/tls-script.js";

const run = (script: TlsScript, keyLog = script.keyLog()): TlsEvent[] =>
  observe(script.wire, keyLog, { lenient: true });
const said = (events: readonly TlsEvent[], direction: "client" | "server" = "client"): string =>
  Buffer.from(applicationData(events, direction)).toString("latin1");
const errors = (events: readonly TlsEvent[]): [string, string][] =>
  only(events, "error").map(({ direction, code }) => [direction, code]);
const EARLY = extension(42);
const NOTHING = Buffer.alloc(0);
const open = (): TlsScript => new TlsScript().handshake();

describe("keys change", () => {
  test("a handshake, and data both ways", () => {
    const script = open().data("client", "GET").data("server", "200");
    const events = run(script);
    expect([said(events), said(events, "server")]).toEqual(["GET", "200"]);
    expect(errors(events)).toEqual([]);
    expect(closedReasons(events)).toEqual({});
  });

  test("KeyUpdate, again and again, each direction by itself", () => {
    const script = open().data("client", "a");
    for (const part of "bcd") script.updateKeys("client").data("client", part);
    script.updateKeys("server").data("server", "x").updateKeys("client").data("client", "e");
    const events = run(script);
    expect([said(events), said(events, "server")]).toEqual(["abcde", "x"]);
    expect(only(events, "keyUpdate").map((event) => event.direction[0])).toEqual([..."cccsc"]);
  });

  test("new tickets, and a certificate that the server asks for later, change no keys", () => {
    const script = open().data("server", "1");
    script.seal("server", "application", HANDSHAKE, message(4, Buffer.alloc(13)));
    script.seal("client", "application", HANDSHAKE, FINISHED);
    const events = run(script.data("server", "2").data("client", "3"));
    expect([said(events), said(events, "server")]).toEqual(["3", "12"]);
  });

  test("messages over several records, and several in one", () => {
    const script = new TlsScript().clientHello().serverHello();
    const flight = Buffer.concat([
      message(8, Buffer.alloc(2)),
      message(11, Buffer.alloc(700)),
      FINISHED,
    ]);
    for (let at = 0; at < flight.length; at += 50)
      script.seal("server", "handshake", HANDSHAKE, flight.subarray(at, at + 50));
    const events = run(script.data("server", "ok"));
    expect(messageNames(events).slice(2)).toEqual([
      "s EncryptedExtensions",
      "s Certificate",
      "s Finished",
    ]);
    expect(said(events, "server")).toBe("ok");
  });

  test("the ClientHello over several records", () => {
    const script = new TlsScript();
    const hello = script.clientHelloMessage();
    for (const octet of hello) script.raw("client", record(HANDSHAKE, Uint8Array.of(octet)));
    script.serverHello().serverFlight().seal("client", "handshake", HANDSHAKE, FINISHED);
    expect(said(run(script.data("client", "x")))).toBe("x");
  });

  test("change_cipher_spec anywhere in the handshake means nothing", () => {
    const script = new TlsScript().clientHello().raw("client", CHANGE_CIPHER_SPEC).serverHello();
    script.raw("server", CHANGE_CIPHER_SPEC).serverFlight().raw("client", CHANGE_CIPHER_SPEC);
    const events = run(script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "x"));
    expect(said(events)).toBe("x");
    expect(errors(events)).toEqual([]);
  });

  test("padding of every length", () => {
    const script = open();
    for (const padding of [0, 1, 2, 15, 16, 255, 9_000])
      script.seal("client", "application", DATA, Buffer.from("p"), padding);
    script.seal("client", "application", DATA, Buffer.alloc(0), 40);
    expect(said(run(script.data("client", "q")))).toBe("pppppppq");
  });

  test("zeros at the end of the data are data", () => {
    const script = open().seal("client", "application", DATA, Buffer.from([1, 0, 0]), 5);
    expect([...applicationData(run(script), "client")]).toEqual([1, 0, 0]);
  });
});

describe("early data", () => {
  const begin = (): TlsScript => {
    const script = new TlsScript().clientHello(EARLY).raw("client", CHANGE_CIPHER_SPEC);
    return script.seal("client", "early", DATA, Buffer.from("GET /"));
  };

  test("counts when the server accepts it", () => {
    const script = begin().serverHello().serverFlight(EARLY);
    script.seal("client", "early", DATA, Buffer.from(" more"));
    script.seal("client", "early", HANDSHAKE, END_OF_EARLY_DATA);
    script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "!");
    const events = run(script);
    expect(said(events)).toBe("GET / more!");
    expect(only(events, "application").map(({ early, offset }) => [early, offset])).toEqual([
      [true, 0],
      [false, 5],
      [false, 10],
    ]);
    expect(closedReasons(events)).toEqual({});
  });

  test("is left out when the server refuses it; the client sends it again", () => {
    const script = begin().serverHello().serverFlight();
    script.seal("client", "early", DATA, Buffer.from("in flight"));
    script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "GET /");
    const events = run(script);
    expect(said(events)).toBe("GET /");
    expect(closedReasons(events)).toEqual({});
  });

  test("a HelloRetryRequest refuses it", () => {
    const script = begin().serverHello(undefined, true);
    script.seal("client", "early", DATA, Buffer.from("in flight")).clientHello();
    script.serverHello().serverFlight().seal("client", "handshake", HANDSHAKE, FINISHED);
    const events = run(script.data("client", "GET /"));
    expect(said(events)).toBe("GET /");
    expect(closedReasons(events)).toEqual({});
  });

  test("without its secret it stays closed, and what follows opens", () => {
    const script = begin().serverHello().serverFlight();
    script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "GET /");
    const events = run(
      script,
      script.keyLog((label) => !label.includes("EARLY")),
    );
    expect(said(events)).toBe("GET /");
    expect(closedReasons(events)).toEqual({ "no keys": 1 });
  });

  test("without the server's secrets, EndOfEarlyData tells that it was accepted", () => {
    const script = begin().serverHello().serverFlight(EARLY);
    script.seal("client", "early", HANDSHAKE, END_OF_EARLY_DATA);
    script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "!");
    const events = run(
      script,
      script.keyLog((label) => label.startsWith("CLIENT")),
    );
    expect(said(events)).toBe("GET /!");
  });

  test("without the server's secrets, a Finished without EndOfEarlyData tells that it was refused", () => {
    const script = begin().serverHello().serverFlight();
    script.seal("client", "handshake", HANDSHAKE, FINISHED).data("client", "!");
    const events = run(
      script,
      script.keyLog((label) => label.startsWith("CLIENT")),
    );
    expect(said(events)).toBe("!");
  });

  test("is shown where nobody answers", () => {
    expect(only(run(begin()), "application")).toMatchObject([{ early: true, offset: 0 }]);
  });

  test("is kept up to a bound", () => {
    const script = begin();
    for (let i = 0; i < 20; i++) script.seal("client", "early", DATA, Buffer.alloc(16_000, 1));
    const events = run(script.serverHello().serverFlight(EARLY));
    expect(only(events, "gap")).toHaveLength(1);
    const kept = applicationData(events, "client").length;
    expect(kept).toBeLessThanOrEqual(128 * 1024);
    expect(kept + (only(events, "gap")[0]?.length ?? 0)).toBe(5 + 20 * 16_000);
  });
});

describe("alerts", () => {
  const alert = (level: number, description: number) => Buffer.from([level, description]);

  test("close_notify ends a direction; nothing counts behind it", () => {
    const script = open().data("client", "a");
    script.seal("client", "application", ALERT, alert(1, 0)).data("client", "b");
    const events = run(script.data("server", "c"));
    expect([said(events), said(events, "server")]).toEqual(["a", "c"]);
    expect(only(events, "closed")).toMatchObject([{ direction: "client" }]);
    expect(only(events, "alert")).toMatchObject([
      { level: 1, description: 0, name: "close_notify" },
    ]);
  });

  test("a fatal alert in the clear, before any keys", () => {
    const script = new TlsScript().clientHello().raw("server", record(ALERT, alert(2, 40)));
    const events = run(script);
    expect(only(events, "alert")).toMatchObject([
      { direction: "server", name: "handshake_failure" },
    ]);
    expect(only(events, "closed")).toHaveLength(1);
  });

  test("a warning ends nothing", () => {
    const script = open().seal("client", "application", ALERT, alert(1, 90)).data("client", "a");
    expect(said(run(script))).toBe("a");
  });

  test.each([
    ["one octet", Buffer.from([2])],
    ["three octets", Buffer.from([2, 40, 0])],
    ["no level", Buffer.from([7, 40])],
    ["nothing", Buffer.alloc(0)],
  ])("TLS-REC-7: %s", (_name, bytes) => {
    const events = run(open().seal("client", "application", ALERT, bytes));
    expect(errors(events)).toEqual([["client", "TLS_ALERT_INVALID"]]);
  });
});

describe("a mistake without leniency", () => {
  const BROKEN: readonly [string, (script: TlsScript) => TlsScript][] = [
    ["TLS_RECORD_TYPE_INVALID", (script) => script.seal("client", "application", 99, FINISHED)],
    ["TLS_RECORD_TYPE_INVALID", (script) => script.raw("client", Buffer.from("GET / HTTP/1.1"))],
    ["TLS_ALERT_INVALID", (script) => script.seal("client", "application", ALERT, FINISHED)],
    ["TLS_RECORD_EMPTY", (script) => script.seal("client", "application", HANDSHAKE, NOTHING)],
    [
      "TLS_RECORD_TOO_LONG",
      (script) => script.seal("client", "application", DATA, Buffer.alloc(2 ** 14 + 1, 1)),
    ],
    [
      "TLS_HANDSHAKE_TOO_LONG",
      (script) => script.seal("client", "application", HANDSHAKE, Buffer.from([4, 9, 0, 0])),
    ],
  ];

  test.each(BROKEN)("%s is the last that is said of its direction", (code, breaks) => {
    const script = breaks(open().data("client", "a"));
    script.data("client", "b").data("server", "c");
    const events = observe(script.wire, script.keyLog());
    expect(errors(events)).toEqual([["client", code]]);
    expect([said(events), said(events, "server")]).toEqual(["a", "c"]);
    const client = events.filter((event) => event.direction === "client");
    const behind = client.slice(client.findIndex((event) => event.kind === "error") + 1);
    expect(behind).toMatchObject([{ kind: "record", reason: "malformed" }]);
    // Every octet is told once.
    const octets = script.wire.filter((piece) => piece.direction === "client");
    const told = only(client, "record").reduce((sum, record) => sum + record.length, 0);
    expect(told).toBe(octets.reduce((sum, piece) => sum + piece.bytes.length, 0));
  });

  test("octets behind the end of a direction are counted", () => {
    const connection = new TlsConnection(keyLogOf(""));
    connection.end("client");
    expect(connection.receive("client", Buffer.from("late"))).toEqual([]);
    expect(connection.end("client")).toMatchObject([{ reason: "malformed", length: 4 }]);
    expect(connection.end("client")).toEqual([]);
  });
});

describe("records that break the rules", () => {
  test.each<[string, Buffer]>([
    ["HTTP in the clear", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["a type that does not exist", Buffer.from([25, 3, 3, 0, 1, 0])],
    ["SSL 2", Buffer.from([0x80, 0x2e, 1, 3, 1, 0])],
    ["another version", Buffer.from([22, 4, 3, 0, 1, 0])],
  ])("TLS-REC-1: %s is told once, and what follows is counted in one", (_name, bytes) => {
    const script = open().raw("client", bytes).raw("client", bytes).data("server", "x");
    const events = run(script);
    expect(errors(events)).toEqual([["client", "TLS_RECORD_TYPE_INVALID"]]);
    expect(closedReasons(events)).toEqual({ malformed: 1 });
    expect(said(events, "server")).toBe("x");
    const lengths = only(events, "record").filter((each) => each.direction === "client");
    const octets = script.wire.filter((each) => each.direction === "client");
    expect(lengths.reduce((sum, each) => sum + each.length, 0)).toBe(
      octets.reduce((sum, each) => sum + each.bytes.length, 0),
    );
  });

  test("TLS-REC-2: a record longer than any can be", () => {
    const header = Buffer.from([23, 3, 3, 0x48, 0x01]);
    expect(errors(run(open().raw("client", header)))).toEqual([["client", "TLS_RECORD_TOO_LONG"]]);
    const longest = Buffer.from([23, 3, 3, 0x48, 0x00]);
    expect(errors(run(open().raw("client", longest)))).toEqual([]);
  });

  test("TLS-REC-2: contents longer than 2^14, at and above", () => {
    const at = open().seal("client", "application", DATA, Buffer.alloc(2 ** 14, 1), 239);
    expect(errors(run(at))).toEqual([]);
    const above = open().seal("client", "application", DATA, Buffer.alloc(2 ** 14 + 1, 1));
    expect(errors(run(above))).toEqual([["client", "TLS_RECORD_TOO_LONG"]]);
    const sealed = open().seal("client", "application", DATA, Buffer.alloc(2 ** 14, 1), 240);
    expect(errors(run(sealed))).toEqual([["client", "TLS_RECORD_TOO_LONG"]]);
  });

  test("TLS-REC-3: a handshake record without contents", () => {
    const events = run(open().seal("client", "application", HANDSHAKE, Buffer.alloc(0)));
    expect(errors(events)).toEqual([["client", "TLS_RECORD_EMPTY"]]);
  });

  test("TLS-REC-5: padding alone", () => {
    const script = open();
    script.raw("client", script.sealInside("client", "application", Buffer.alloc(30)));
    const events = run(script.data("client", "x"));
    expect(errors(events)).toEqual([["client", "TLS_INNER_TYPE_MISSING"]]);
    expect(said(events)).toBe("x");
  });

  test.each([20, 0x55])("TLS-REC-1: a type inside that cannot be: %i", (type) => {
    const events = run(open().seal("client", "application", type, Buffer.from([1])));
    expect(errors(events)).toEqual([["client", "TLS_RECORD_TYPE_INVALID"]]);
  });

  test.each([[Buffer.from([2])], [Buffer.from([1, 1])], [Buffer.alloc(0)]])(
    "TLS-REC-6: a change_cipher_spec of %o",
    (bytes) => {
      const events = run(new TlsScript().clientHello().raw("client", record(20, bytes)));
      expect(errors(events)).toEqual([["client", "TLS_CHANGE_CIPHER_SPEC_INVALID"]]);
    },
  );

  test("TLS-HS-3: other records inside a message", () => {
    const script = open().seal("client", "application", HANDSHAKE, KEY_UPDATE.subarray(0, 3));
    const events = run(script.data("client", "x"));
    expect(errors(events)).toEqual([["client", "TLS_HANDSHAKE_MIXED"]]);
    expect(said(events)).toBe("x");
  });

  test("TLS-HS-3: a message that goes on behind a change of keys", () => {
    const script = new TlsScript().clientHello().serverHello();
    const flight = Buffer.concat([FINISHED, Buffer.from([4, 0])]);
    script.seal("server", "handshake", HANDSHAKE, flight).data("server", "x");
    const events = run(script);
    expect(errors(events)).toEqual([["server", "TLS_HANDSHAKE_MIXED"]]);
    expect(said(events, "server")).toBe("x");
  });

  test("TLS-HS-2: a message longer than the limit", () => {
    const long = Buffer.from([11, 4, 0, 1]);
    const script = new TlsScript().clientHello().serverHello();
    script
      .seal("server", "handshake", HANDSHAKE, long)
      .seal("server", "handshake", HANDSHAKE, long);
    expect(errors(run(script))).toEqual([["server", "TLS_HANDSHAKE_TOO_LONG"]]);
  });

  test("TLS-HS-1, TLS-HS-4: a hello with mistakes is told, and still used", () => {
    const twice = new TlsScript().clientHello(extension(43, Buffer.from([2, 3, 4])));
    expect(errors(run(twice))).toEqual([["client", "TLS_EXTENSION_REPEATED"]]);
    const cut = new TlsScript().clientHello(extension(0, Buffer.from([0, 9, 0])));
    cut.serverHello().serverFlight().seal("client", "handshake", HANDSHAKE, FINISHED);
    const events = run(cut.data("client", "x"));
    expect(errors(events)).toEqual([["client", "TLS_HANDSHAKE_TRUNCATED"]]);
    expect(said(events)).toBe("x");
  });
});
