// Records that stay closed, and why; and those that open although something before them is missing.

import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/index.js";
import type { Direction } from "../../src/inspect/events.js";
import { TlsConnection } from "../../src/inspect/tls/tls-connection.js";
import type { TlsEvent } from "../../src/inspect/tls/tls-events.js";
import type { AeadProvider } from "../../src/quic.js";
import { applicationData, closedReasons, keyLogOf, observe, only } from "../helpers/tls-observe.js";
import {
  ALERT,
  DATA,
  extension,
  HANDSHAKE,
  message,
  record,
  TlsScript,
} from "../helpers/tls-script.js";
import { text, traceTls, type WirePiece } from "../helpers/tls-wire.js";

const said = (events: readonly TlsEvent[], direction: Direction = "client"): string =>
  Buffer.from(applicationData(events, direction)).toString("latin1");
const open = (): TlsScript => new TlsScript().handshake();

/** A provider as a platform without these AEADs has it. */
const NONE: AeadProvider = {
  aead: () => {
    throw new UsageError("AEAD_UNKNOWN", "none");
  },
  header: () => {
    throw new UsageError("AEAD_UNKNOWN", "none");
  },
};

/** The wire with some octets of one direction missing, told as a gap. */
function withGap(
  wire: readonly WirePiece[],
  keyLog: string,
  direction: Direction,
  from: number,
  length: number,
): TlsEvent[] {
  const connection = new TlsConnection(keyLogOf(keyLog));
  const events: TlsEvent[] = [];
  let offset = 0;
  for (const piece of wire) {
    const start = piece.direction === direction ? from - offset : Number.POSITIVE_INFINITY;
    if (piece.direction === direction) offset += piece.bytes.length;
    if (start < 0 || start >= piece.bytes.length) {
      events.push(...connection.receive(piece.direction, piece.bytes));
      continue;
    }
    events.push(...connection.receive(direction, piece.bytes.slice(0, start)));
    events.push(...connection.gap(direction, length));
    events.push(...connection.receive(direction, piece.bytes.slice(start + length)));
  }
  return events;
}

describe("closed", () => {
  test("nobody has the AEAD", async () => {
    const script = open().data("client", "a");
    const events = observe(script.wire, script.keyLog(), { aead: NONE });
    expect(closedReasons(events)).toEqual({ "unknown cipher suite": 3 });
    const trace = await traceTls({ client: { maxVersion: "TLSv1.2" } });
    const older = observe(trace.wire, trace.keyLog, { aead: NONE });
    expect(Object.keys(closedReasons(older))).toEqual(["unknown cipher suite"]);
  });

  test("a suite of TLS 1.3 that is not known, or is one of TLS 1.2", () => {
    for (const suite of [0x1306, 0xc02b]) {
      const script = new TlsScript().clientHello().serverHello(suite).serverFlight();
      const events = observe(script.wire, script.keyLog());
      expect(closedReasons(events)).toEqual({ "unknown cipher suite": 1 });
    }
  });

  test("records in the clear behind protected ones", () => {
    const script = open().data("client", "a");
    script.raw("client", record(HANDSHAKE, message(24, Buffer.from([0]))));
    script.raw("client", record(ALERT, Buffer.from([2, 40])));
    const events = observe(script.data("client", "b").wire, script.keyLog());
    expect(closedReasons(events)).toEqual({ malformed: 2 });
    expect(said(events)).toBe("ab");
    expect(only(events, "keyUpdate")).toEqual([]);
  });

  test("application data in the clear, as no version has it", async () => {
    const trace = await traceTls({ client: { maxVersion: "TLSv1.2" } });
    const hellos = trace.wire.slice(0, 2);
    const data = { direction: "client" as const, bytes: record(DATA, text("plain")) };
    const events = observe([...hellos, data], trace.keyLog);
    expect(closedReasons(events)).toEqual({ malformed: 1 });
    expect(only(events, "application")).toEqual([]);
  });

  test("a record too short for any key", () => {
    const script = open()
      .raw("client", record(DATA, Buffer.alloc(3)))
      .data("client", "a");
    const events = observe(script.wire, script.keyLog());
    expect(closedReasons(events)).toEqual({ "not authentic": 1 });
    expect(said(events)).toBe("a");
  });

  test("the end of a direction inside a record", () => {
    const script = open().data("client", "abc");
    const last = script.wire.pop() as WirePiece;
    script.raw("client", last.bytes.subarray(0, 9));
    const events = observe(script.wire, script.keyLog());
    expect(events.at(-1)).toMatchObject({ contentType: "incomplete", length: 9 });
  });

  test("a heartbeat is a record, and nothing more", () => {
    const script = open().seal("client", "application", 24, Buffer.from([1, 0, 0]));
    const events = observe(script.data("client", "a").wire, script.keyLog());
    expect(only(events, "record").at(-2)?.contentType).toBe("heartbeat");
    expect(said(events)).toBe("a");
  });
});

describe("opened although", () => {
  test("it is a draft of TLS 1.3", () => {
    const script = new TlsScript()
      .clientHello()
      .serverHello(undefined, false, 0x7f1c)
      .serverFlight();
    script.seal("client", "handshake", HANDSHAKE, message(20)).data("client", "a");
    const events = observe(script.wire, script.keyLog());
    expect(said(events)).toBe("a");
    expect(only(events, "hello").at(-1)?.version).toBe("TLS 0x7f1c");
  });

  test("the records of the handshake are missing: TLS 1.3", () => {
    const script = open().data("client", "a").data("server", "b");
    const server = script.wire.filter((piece) => piece.direction === "server");
    const [hello, flight] = server.map((piece) => piece.bytes.length) as [number, number];
    const events = withGap(script.wire, script.keyLog(), "server", hello + 2, flight - 2);
    expect([said(events), said(events, "server")]).toEqual(["a", "b"]);
  });

  test("the records of the handshake are missing: TLS 1.2", async () => {
    const trace = await traceTls({ client: { maxVersion: "TLSv1.2" } });
    const truth = observe(trace.wire, trace.keyLog);
    for (const direction of ["client", "server"] as const) {
      const records = only(truth, "record").filter((each) => each.direction === direction);
      const change = records.findIndex((each) => each.contentType === "change_cipher_spec");
      const data = records.find((each) => each.contentType === "application_data");
      const from = records[change]?.offset ?? 0;
      const length = (data?.offset ?? 0) - from;
      const events = withGap(trace.wire, trace.keyLog, direction, from, length);
      expect(said(events, direction)).toBe(Buffer.from(trace[direction]).toString());
    }
  });

  test("the first part of the server's certificate is missing: no message is made of the rest", () => {
    const script = new TlsScript().clientHello().serverHello();
    const certificate = message(11, Buffer.alloc(3_000, 20));
    for (let at = 0; at < certificate.length; at += 1_000)
      script.seal("server", "handshake", HANDSHAKE, certificate.subarray(at, at + 1_000));
    script.seal("server", "handshake", HANDSHAKE, message(20, Buffer.alloc(32)));
    script.data("server", "b");
    const [, hello, first] = script.wire.map((piece) => piece.bytes.length);
    const events = withGap(script.wire, script.keyLog(), "server", hello ?? 0, first ?? 0);
    expect(said(events, "server")).toBe("b");
    expect(only(events, "error")).toEqual([]);
    expect(
      only(events, "message")
        .map(({ name }) => name)
        .slice(2),
    ).toEqual(["Finished"]);
  });

  test("its key comes behind the first records: of every stage", () => {
    const script = new TlsScript().clientHello(extension(42)).serverHello().serverFlight();
    script
      .seal("client", "handshake", HANDSHAKE, message(20))
      .data("client", "a")
      .data("client", "b");
    for (let late = 1; late < script.wire.length; late++) {
      const log = keyLogOf("");
      const connection = new TlsConnection(log);
      const events: TlsEvent[] = [];
      for (const [at, { direction, bytes }] of script.wire.entries()) {
        if (at === late) {
          log.push(script.keyLog());
          log.end();
        }
        events.push(...connection.receive(direction, bytes));
      }
      expect("ab".endsWith(said(events))).toBe(true);
      if (late <= 3) expect(said(events)).toBe("ab");
    }
  });
});
