// Recorded HTTP/2 connections of real clients (Chromium, curl, h2load, nghttp, Node): what the client sent goes into a
// server of ours, what the server sent into a client of ours that has made the same requests. The fields, lengths and
// digests to compare with were noted by another server.

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { ConnectionEvent, RequestHead, ResponseHead } from "tercet";
import { H2Connection, type H2Settings } from "tercet/h2";
import { expect, test } from "vitest";
import { logOf } from "../helpers/h1-log.js";
import { SETTING, TYPE } from "../helpers/h2-names.js";
import { framesOf } from "../helpers/h2-read.js";
import { PREFACE } from "../helpers/h2-wire.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";
import { dataBytes, dataJson, dataPath, describeData } from "./data-folder.js";

interface Noted {
  streamId: number;
  rawHeaders: string[];
  trailers?: string[];
  bodyBytes?: number;
  bodySha256?: string;
  response: {
    status: number;
    headers?: Record<string, string | string[]>;
    early?: Record<string, string>;
    bodyBytes?: number;
    bodySha256?: string;
    trailers?: Record<string, string>;
  };
}

/** What one stream carried in one direction. */
interface Seen {
  head?: RequestHead | ResponseHead;
  early: ResponseHead[];
  body: Uint8Array[];
  trailers: readonly string[];
  ends: number;
}

type Cutter = (bytes: Uint8Array) => Uint8Array[];

const load = (name: string) => ({
  requests: dataJson<{ requests: Noted[] }>(`streams/${name}.json`).requests,
  c2s: new Uint8Array(dataBytes(`streams/${name}.c2s.bin`)),
  s2c: new Uint8Array(dataBytes(`streams/${name}.s2c.bin`)),
});

/** Whole frames of a recording: its last one may be cut off. */
function wholeFrames(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 9 <= bytes.length) {
    const length = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    if (at + 9 + length > bytes.length) break;
    at += 9 + length;
  }
  return at;
}

/** The first SETTINGS of a side, as options of ours: so that the recorded peer keeps to them. */
function settingsOf(bytes: Uint8Array, from: number): H2Settings {
  const whole = bytes.subarray(0, wholeFrames(bytes, from));
  const first = framesOf(whole, from).find(({ type }) => type === TYPE.SETTINGS);
  const values = new Map<number, number>();
  const payload = first?.payload ?? new Uint8Array(0);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at < payload.length; at += 6)
    values.set(view.getUint16(at), view.getUint32(at + 2));
  return {
    headerTableSize: Math.min(values.get(SETTING.HEADER_TABLE_SIZE) ?? 4096, 65_536),
    initialWindowSize: 2 ** 31 - 1,
    connectionWindowSize: 2 ** 31 - 1,
    maxFrameSize: values.get(SETTING.MAX_FRAME_SIZE) ?? 16_384,
    maxConcurrentStreams: 10_000,
    enableConnectProtocol: values.get(SETTING.ENABLE_CONNECT_PROTOCOL) === 1,
  };
}

function gather(events: readonly ConnectionEvent[]): Map<number, Seen> {
  const streams = new Map<number, Seen>();
  const at = (id: number) => {
    const seen = streams.get(id) ?? { early: [], body: [], trailers: [], ends: 0 };
    streams.set(id, seen);
    return seen;
  };
  for (const event of events) {
    if (event.type === "head") at(event.streamId).head = event.head;
    else if (event.type === "informational") at(event.streamId).early.push(event.head);
    else if (event.type === "data" || event.type === "tunnel")
      at(event.streamId).body.push(event.bytes);
    else if (event.type === "trailers") at(event.streamId).trailers = event.trailers.rawHeaders;
    else if (event.type === "end") at(event.streamId).ends++;
  }
  return streams;
}

function feed(connection: H2Connection, bytes: Uint8Array, cutter: Cutter): ConnectionEvent[] {
  const events: ConnectionEvent[] = [];
  for (const piece of cutter(bytes)) {
    events.push(...connection.receive(piece));
    connection.take();
  }
  expect(logOf(events.filter(({ type }) => type === "error"))).toEqual([]);
  return events;
}

const body = (seen: Seen) => Buffer.concat(seen.body);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const isPseudo = (_value: string, at: number, list: string[]) =>
  (list[at - (at % 2)] ?? "").startsWith(":");

function compareRequests(requests: readonly Noted[], streams: Map<number, Seen>): void {
  expect([...streams.keys()].filter((id) => streams.get(id)?.head !== undefined)).toHaveLength(
    requests.length,
  );
  for (const noted of requests) {
    const seen = streams.get(noted.streamId) as Seen;
    const head = seen.head as RequestHead;
    const pseudo = (name: string) => noted.rawHeaders[noted.rawHeaders.indexOf(name) + 1];
    expect(head.rawHeaders).toEqual(noted.rawHeaders.filter((...args) => !isPseudo(...args)));
    expect([head.method, head.path, head.authority, head.scheme]).toEqual(
      [":method", ":path", ":authority", ":scheme"].map(pseudo),
    );
    if (noted.bodyBytes === undefined) continue;
    const bytes = body(seen);
    expect([bytes.length, sha256(bytes), seen.ends]).toEqual([
      noted.bodyBytes,
      noted.bodySha256,
      1,
    ]);
    expect(seen.trailers).toEqual(noted.trailers ?? []);
  }
}

/** A client of ours that has made the recorded requests, on the recorded streams. */
function asked(requests: readonly Noted[], settings: H2Settings): H2Connection {
  const { maxConcurrentStreams: _streams, enableConnectProtocol: _connect, ...rest } = settings;
  const client = new H2Connection({
    role: "client",
    settings: rest,
    limits: { fieldSectionLength: 256 * 1024 },
  });
  const byStream = new Map(requests.map((noted) => [noted.streamId, noted]));
  const last = Math.max(...byStream.keys());
  for (let id = 1; id <= last; id += 2) {
    const method =
      byStream.get(id)?.rawHeaders[(byStream.get(id)?.rawHeaders.indexOf(":method") ?? 0) + 1];
    const isConnect = method === "CONNECT";
    const given = client.sendRequest({
      method: method ?? "GET",
      authority: isConnect ? "a:1" : "a",
      headers: [],
      ...(isConnect ? {} : { path: "/", body: "none" as const }),
    });
    expect(given).toBe(id);
    // Streams that the recorded client spent on its tree of priorities.
    if (method === undefined) client.reset(id);
    client.take();
  }
  return client;
}

function compareResponses(requests: readonly Noted[], streams: Map<number, Seen>): void {
  for (const { streamId, response } of requests) {
    const seen = streams.get(streamId) as Seen;
    const head = seen.head as ResponseHead;
    expect(head.status).toBe(response.status);
    for (const [name, value] of Object.entries(response.headers ?? {})) {
      // Noted as the application set it; Node's HTTP/2 server does not send it.
      if (name !== "trailer") expect(head.getAll(name)).toEqual([value].flat());
    }
    if (response.early !== undefined) {
      const early = seen.early.find(({ status }) => status === 103);
      expect(Object.fromEntries(early ?? [])).toEqual(response.early);
    }
    if (response.bodyBytes === undefined || seen.ends === 0) continue;
    const bytes = body(seen);
    expect([bytes.length, sha256(bytes)]).toEqual([response.bodyBytes, response.bodySha256]);
    expect(seen.trailers).toEqual(Object.entries(response.trailers ?? {}).flat());
  }
}

/** A log that does not depend on cuts. */
const logs = (events: readonly ConnectionEvent[]) => logOf(events).join("\n");

describeData("HTTP/2 streams", () => {
  const names = readdirSync(dataPath("streams"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .filter((name) => dataJson<{ proto: string }>(`streams/${name}.json`).proto === "h2");

  test("all recordings of HTTP/2 are here", () => {
    expect(names.length).toBe(45);
  });

  const cutters = (length: number): Cutter[] => [
    (bytes) => randomPieces(bytes, 17, 64),
    (bytes) => randomPieces(bytes, 23, 1500),
    ...(length <= 32_000 ? [byteWise] : []),
  ];

  test.each(names)("%s: the requests, in a server of ours", (name) => {
    const { requests, c2s, s2c } = load(name);
    const make = () => new H2Connection({ role: "server", settings: settingsOf(s2c, 0) });
    const whole = feed(make(), c2s, (bytes) => [bytes]);
    compareRequests(requests, gather(whole));
    for (const cutter of cutters(c2s.length)) {
      const cut = feed(make(), c2s, cutter);
      compareRequests(requests, gather(cut));
      expect(logs(cut) === logs(whole)).toBe(true);
    }
  });

  test.each(names)("%s: the responses, in a client of ours", (name) => {
    const { requests, c2s, s2c } = load(name);
    const make = () => asked(requests, settingsOf(c2s, PREFACE.length));
    const whole = feed(make(), s2c, (bytes) => [bytes]);
    compareResponses(requests, gather(whole));
    for (const cutter of cutters(s2c.length)) {
      const cut = feed(make(), s2c, cutter);
      compareResponses(requests, gather(cut));
      expect(logs(cut) === logs(whole)).toBe(true);
    }
  });
});
