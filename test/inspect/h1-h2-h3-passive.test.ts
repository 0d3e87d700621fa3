// Connections that read along: what one end sent went past the object, and is only told to it (expectResponse, noteSent,
// noteResponse). Nothing is sent, and wrong use throws.

import { H1Connection } from "tercet/h1";
import { H2Connection, H2FrameParser, type SentFrame } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import { describe, expect, test } from "vitest";
import {
  concat,
  data,
  GET,
  headers,
  OK,
  PREFACE,
  ping,
  request,
  rst,
  settings,
  settingsAck,
  windowUpdate,
} from "../helpers/h2-wire.js";
import { OK as H3_OK, frame as h3Frame, headers as h3Headers } from "../helpers/h3-frames.js";

const octets = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const end = { end: true } as const;
const usage = (code: string) => expect.objectContaining({ name: "UsageError", code });
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe("HTTP/1.1", () => {
  test("the request decides what its response is", () => {
    const client = new H1Connection({ role: "client" });
    expect(client.expectResponse({ method: "HEAD" })).toBe(1);
    expect(client.expectResponse({ method: "GET" })).toBe(2);
    const events = client.receive(
      octets(
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      ),
    );
    expect(types(events)).toEqual(["head", "end", "head", "data", "end"]);
    expect(client.take()).toEqual([]);
  });

  test("one that is optional may be missing at the end", () => {
    const client = new H1Connection({ role: "client" });
    client.expectResponse({ method: "GET", optional: true });
    expect(client.receiveEnd()).toEqual([]);
    const sure = new H1Connection({ role: "client" });
    sure.expectResponse({ method: "GET" });
    expect(types(sure.receiveEnd())).toEqual(["error"]);
  });

  test.each([
    [101, ["tunnel"]],
    [200, ["head", "end"]],
  ])("a %i answer decides what follows an offer", (status, expected) => {
    const server = new H1Connection({ role: "server" });
    const offer = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    server.receive(octets(`${offer}GET / HTTP/1.1\r\nHost: a\r\n\r\n`));
    expect(server.heldAmount).toBeGreaterThan(0);
    server.noteResponse(1, status);
    expect(types(server.receive(new Uint8Array(0)))).toEqual(expected);
    expect(server.take()).toEqual([]);
  });

  test("wrong use", () => {
    const client = new H1Connection({ role: "client" });
    const server = new H1Connection({ role: "server" });
    expect(() => server.expectResponse({ method: "GET" })).toThrow(usage("H1_ROLE"));
    expect(() => client.expectResponse({ method: "" })).toThrow(usage("H1_METHOD_INVALID"));
    expect(() => client.noteResponse(1, 200)).toThrow(usage("H1_ROLE"));
    expect(() => server.noteResponse(1, 200)).toThrow(usage("H1_STREAM_UNKNOWN"));
    expect(() => server.noteResponse(1, 20)).toThrow(usage("H1_STATUS_INVALID"));
  });
});

describe("HTTP/2", () => {
  const passive = (role: "server" | "client") => new H2Connection({ role, passive: true });
  const sent = (...parts: Uint8Array[]) =>
    new H2FrameParser().receive(concat(...parts)) as unknown as SentFrame[];

  test("nothing is sent at the start", () => {
    expect(passive("server").take()).toEqual([]);
    expect(passive("client").take()).toEqual([]);
  });

  test("responses to requests that are told", () => {
    const client = passive("client");
    client.expectResponse(1, { method: "HEAD" });
    client.expectResponse(5, { method: "GET", authority: "a" });
    const events = client.receive(
      concat(
        settings(),
        headers(5, OK, end),
        headers(1, [":status", "200", "content-length", "5"], end),
      ),
    );
    expect(types(events)).toEqual(["settings", "head", "end", "head", "end"]);
    expect(client.streamCount).toBe(0);
    expect(client.receive(headers(7, OK, end))[0]).toMatchObject({
      error: { code: "H2_STREAM_ID_INVALID" },
    });
  });

  test("settings that this end announced bind once they are acknowledged", () => {
    const server = passive("server");
    const [announced] = sent(settings({ MAX_CONCURRENT_STREAMS: 1, INITIAL_WINDOW_SIZE: 10 }));
    server.noteSent(announced as SentFrame);
    const first = server.receive(
      concat(PREFACE, settings(), headers(1, request("POST")), headers(3, GET, end)),
    );
    expect(types(first)).not.toContain("error");
    const second = server.receive(concat(settingsAck(), headers(5, GET, end)));
    expect(second.at(-1)).toMatchObject({ error: { code: "H2_STREAM_REFUSED", streamId: 5 } });
    const third = server.receive(data(1, new Uint8Array(11)));
    expect(third.at(-1)).toMatchObject({
      error: { code: "H2_STREAM_WINDOW_EXCEEDED", streamId: 1 },
    });
  });

  test("windows that this end gave, and what it ended", () => {
    const server = passive("server");
    for (const one of sent(settings({ INITIAL_WINDOW_SIZE: 10 }))) server.noteSent(one);
    server.receive(concat(PREFACE, settings(), settingsAck(), headers(1, request("POST"))));
    for (const one of sent(windowUpdate(1, 20))) server.noteSent(one);
    expect(types(server.receive(data(1, new Uint8Array(30), end)))).toEqual(["data", "end"]);
    expect(server.streamCount).toBe(1);
    for (const one of sent(headers(1, OK, end))) server.noteSent(one);
    expect(server.streamCount).toBe(0);
    server.receive(headers(3, request("POST")));
    for (const one of sent(rst(3))) server.noteSent(one);
    expect(server.receive(data(3, "crossed the reset"))).toEqual([]);
  });

  test("nothing is held against anybody as long as this end was not seen, or something of it was missed", () => {
    const bytes = concat(
      PREFACE,
      settings(),
      headers(1, request("POST")),
      ...Array.from({ length: 40 }, () => data(1, new Uint8Array(16_000))),
    );
    expect(types(passive("server").receive(bytes))).not.toContain("error");
    const lost = passive("server");
    for (const one of sent(settings())) lost.noteSent(one);
    lost.noteSent(null);
    expect(types(lost.receive(bytes))).not.toContain("error");
  });

  test("wrong use", () => {
    const client = passive("client");
    client.expectResponse(1, { method: "GET" });
    expect(() => client.expectResponse(1, { method: "GET" })).toThrow(usage("H2_STREAM_UNKNOWN"));
    expect(() => client.expectResponse(2, { method: "GET" })).toThrow(usage("H2_STREAM_UNKNOWN"));
    expect(() => client.expectResponse(3, { method: "" })).toThrow(usage("H2_METHOD_INVALID"));
    expect(() => passive("server").expectResponse(1, { method: "GET" })).toThrow(usage("H2_ROLE"));
    const active = new H2Connection({ role: "server" });
    expect(() => active.noteSent(sent(ping())[0] as SentFrame)).toThrow(usage("H2_NOT_PASSIVE"));
    expect(() => active.noteSent(null)).toThrow();
    expect(() => client.noteSent({} as SentFrame)).toThrow(usage("H2_FRAME_INVALID"));
  });
});

describe("HTTP/3", () => {
  test("responses to requests that are told, in any order", () => {
    const client = new H3Connection({ role: "client" });
    client.expectResponse(4, { method: "GET" });
    client.expectResponse(0, { method: "HEAD" });
    expect(types(client.receiveStream(4, concat(h3Headers(H3_OK), h3Frame(0, "x")), true))).toEqual(
      ["head", "data", "end"],
    );
    expect(
      types(client.receiveStream(0, h3Headers([":status", "200", "content-length", "5"]), true)),
    ).toEqual(["head", "end"]);
  });

  test("wrong use", () => {
    const client = new H3Connection({ role: "client" });
    client.expectResponse(0, { method: "GET" });
    expect(() => client.expectResponse(0, { method: "GET" })).toThrow(usage("H3_STREAM_UNKNOWN"));
    expect(() => client.expectResponse(1, { method: "GET" })).toThrow(usage("H3_STREAM_UNKNOWN"));
    expect(() => client.expectResponse(8, { method: "" })).toThrow(usage("H3_METHOD_INVALID"));
    const server = new H3Connection({ role: "server" });
    expect(() => server.expectResponse(0, { method: "GET" })).toThrow(usage("H3_ROLE"));
  });
});
