// HTTP/2 behind an Upgrade of HTTP/1.1 (RFC 7540 section 3.2, dropped by RFC 9113; off unless it is asked for): stream 1
// is the request that was upgraded. Titles carry the rows of the rule list.

import { H2Connection } from "tercet/h2";
import { describe, expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import { taken } from "../helpers/h2-dialogue.js";
import { SETTING } from "../helpers/h2-names.js";
import { OutputReader } from "../helpers/h2-read.js";
import {
  concat,
  data,
  GET,
  headers,
  OK,
  PREFACE,
  settings,
  settingsAck,
} from "../helpers/h2-wire.js";

/** MAX_CONCURRENT_STREAMS 100 and INITIAL_WINDOW_SIZE 5, as the field HTTP2-Settings has them. */
const FIELD = Buffer.from(settings({ MAX_CONCURRENT_STREAMS: 100, INITIAL_WINDOW_SIZE: 5 }))
  .subarray(9)
  .toString("base64url");
const end = { end: true } as const;

describe("a server", () => {
  test("H2-010 H2-009 the settings of the field are in force, and are not acknowledged", () => {
    const server = new H2Connection({ role: "server", upgrade: FIELD });
    const reader = new OutputReader();
    const lines = reader.lines(taken(server));
    expect(lines[0]).toMatch(/^SETTINGS /);
    expect(lines).not.toContain("SETTINGS ACK");
    expect(server.remoteSettings.get(SETTING.INITIAL_WINDOW_SIZE)).toBe(5);
    server.sendResponse(1, { status: 200, headers: [], content: "abcdefg" });
    expect(reader.lines(taken(server))).toEqual([
      "HEADERS 1 :status: 200 | content-length: 7",
      'DATA 1 "abcde"',
    ]);
  });

  test("H2-010 the client still sends its preface; its SETTINGS are acknowledged, its next stream is 3", () => {
    const server = new H2Connection({ role: "server", upgrade: FIELD });
    server.sendResponse(1, { status: 200, headers: [], content: "" });
    taken(server);
    const wire = concat(PREFACE, settings(), settingsAck(), headers(3, GET, end));
    expect(logOf(server.receive(wire)).at(-1)).toBe("end 3");
    expect(new OutputReader().lines(taken(server))).toContain("SETTINGS ACK");
  });

  test("H2-010 stream 1 is half-closed (remote): the client sends nothing on it", () => {
    const server = new H2Connection({ role: "server", upgrade: FIELD });
    taken(server);
    const events = server.receive(concat(PREFACE, settings(), data(1, "x")));
    const last = events.at(-1);
    expect(last?.type === "error" && [last.error.code, last.error.streamId]).toEqual([
      "H2_STREAM_CLOSED",
      1,
    ]);
  });

  test.each([
    ["no base64url", "A+/="],
    ["a length that 6 does not divide", "AAMAAABkAA"],
    ["a window that cannot be", Buffer.from([0, 4, 255, 255, 255, 255]).toString("base64url")],
  ])("H2-009 %s is wrong use: no upgrade", (_name, field) => {
    expect(() => new H2Connection({ role: "server", upgrade: field })).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
  });
});

describe("a client", () => {
  test("H2-010 sends its preface, waits for the response on stream 1, and goes on with 3", () => {
    const client = new H2Connection({ role: "client", upgrade: true });
    const lines = new OutputReader().lines(taken(client));
    expect(lines[0]).toBe("PREFACE");
    expect(lines[1]).toMatch(/^SETTINGS /);
    const log = logOf(client.receive(concat(settings(), headers(1, OK), data(1, "hi", end))));
    expect(log).toEqual(["settings", "head 1 HTTP/2 200 no reason", 'data 1 "hi"', "end 1"]);
    expect(client.sendRequest({ method: "GET", authority: "a", path: "/", headers: [] })).toBe(3);
  });

  test("H2-010 stream 1 is half-closed (local): nothing can be sent on it", () => {
    const client = new H2Connection({ role: "client", upgrade: true });
    taken(client);
    expect(() => client.sendData(1, new Uint8Array(1))).toThrow(
      expect.objectContaining({ name: "UsageError" }),
    );
    expect(client.take()).toEqual([]);
  });
});
