// Recorded connections of real clients (ab, Chromium, curl, h2load, nghttp, Node, wrk): every h1 recording, both
// directions. What the client sent goes into a server connection, and from there, event by event, into a client
// connection of ours; what the server sent goes the other way. So both roles read what is real, both write, and
// what they wrote is read again. The fields, lengths and digests to compare with were noted by another server.

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { readAll } from "../helpers/h1-drive.js";
import { errorOf, type Message } from "../helpers/h1-log.js";
import { Relay } from "../helpers/h1-relay.js";
import { byteWise, randomPieces } from "../helpers/pieces.js";
import { dataBytes, dataJson, dataPath, describeData } from "./data-folder.js";

interface Recording {
  name: string;
  proto: string;
  timeline: ["c" | "s" | "c-end" | "s-end", number][];
  requests: {
    method: string;
    path: string;
    version: string;
    rawHeaders: string[];
    bodyBytes?: number;
    bodySha256?: string;
    rawTrailers?: string[];
    upgrade?: boolean;
    response: {
      status: number;
      headers?: Record<string, string | string[]>;
      early?: Record<string, string>;
      bodyBytes?: number;
      bodySha256?: string;
      trailers?: Record<string, string>;
    };
  }[];
}

/** Cuts the bytes of one entry of the timeline further. */
type Cutter = (bytes: Uint8Array) => Uint8Array[];

const BYTE_WISE_LENGTH = 16 * 1024;

function load(name: string) {
  const recording = dataJson<Recording>(`streams/${name}.json`);
  const bytes = (side: string) => new Uint8Array(dataBytes(`streams/${name}.${side}.bin`));
  return { recording, c2s: bytes("c2s"), s2c: bytes("s2c") };
}

function play(name: string, cutter: Cutter): Relay {
  const { recording, c2s, s2c } = load(name);
  const relay = new Relay({});
  const at = { c: 0, s: 0 };
  for (const [who, length] of recording.timeline) {
    if (who === "c-end") relay.clientEnded();
    else if (who === "s-end") relay.serverEnded();
    else {
      const bytes = (who === "c" ? c2s : s2c).subarray(at[who], at[who] + length);
      at[who] += length;
      for (const piece of cutter(bytes)) {
        if (who === "c") relay.fromClient(piece);
        else relay.fromServer(piece);
      }
    }
  }
  expect([at.c, at.s]).toEqual([c2s.length, s2c.length]);
  return relay;
}

const sha256 = (latin1: string) => createHash("sha256").update(latin1, "latin1").digest("hex");

function compare(recording: Recording, relay: Relay): void {
  expect(relay.errors).toEqual([]);
  expect(relay.requests.map(({ method, target, version }) => [method, target, version])).toEqual(
    recording.requests.map(({ method, path, version }) => [method, path, version]),
  );
  const finals = relay.responses.filter(({ status }) => status === 101 || (status ?? 0) >= 200);
  expect(finals).toHaveLength(recording.requests.length);
  for (const [index, noted] of recording.requests.entries()) {
    const seen = relay.requests[index] as Message;
    expect(seen.headers.flat()).toEqual(noted.rawHeaders);
    expect(seen.complete).toBe(true);
    if (noted.bodyBytes !== undefined) {
      expect([seen.body.length, sha256(seen.body)]).toEqual([noted.bodyBytes, noted.bodySha256]);
      expect(seen.trailers.flat()).toEqual(noted.rawTrailers);
    }
    compareResponse(noted.response, finals[index] as Message, relay);
  }
}

function compareResponse(
  noted: Recording["requests"][number]["response"],
  seen: Message,
  relay: Relay,
): void {
  expect(seen.status).toBe(noted.status);
  if (noted.bodyBytes !== undefined) {
    expect([seen.body.length, sha256(seen.body)]).toEqual([noted.bodyBytes, noted.bodySha256]);
    expect(seen.complete).toBe(true);
  }
  expect(seen.trailers.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
    Object.entries(noted.trailers ?? {}),
  );
  for (const [name, value] of Object.entries(noted.headers ?? {})) {
    const values = seen.headers
      .filter((field) => field[0].toLowerCase() === name)
      .map((field) => field[1]);
    expect(values).toEqual([value].flat());
  }
  if (noted.early !== undefined) {
    const early = relay.responses.find(
      ({ status, streamId }) => status === 103 && streamId === seen.streamId,
    );
    expect(early?.headers.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
      Object.entries(noted.early),
    );
  }
}

/** What our two ends wrote, read again by fresh ones, is what came in. */
function compareWritten(relay: Relay): void {
  const text = ({ method, status, body, trailers }: Message) =>
    JSON.stringify([method, status, body, trailers]);
  const { requests, responses } = relay.readWritten();
  expect(requests.map(text)).toEqual(relay.requests.map(text));
  expect(responses.map(text)).toEqual(relay.responses.map(text));
}

describeData("streams", () => {
  const names = readdirSync(dataPath("streams"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .filter((name) => dataJson<Recording>(`streams/${name}.json`).proto === "h1");

  test("all recordings of HTTP/1.1 are here", () => {
    expect(names.length).toBe(68);
  });

  test.each(names)("%s", (name) => {
    const { recording, c2s, s2c } = load(name);
    const whole = play(name, (bytes) => [bytes]);
    compare(recording, whole);
    compareWritten(whole);
    const cutters: Cutter[] = [
      (bytes) => randomPieces(bytes, 17, 64),
      (bytes) => randomPieces(bytes, 23, 1500),
    ];
    if (c2s.length + s2c.length <= BYTE_WISE_LENGTH) cutters.push(byteWise);
    for (const cutter of cutters) {
      const cut = play(name, cutter);
      compare(recording, cut);
      expect(cut.log()).toEqual(whole.log());
    }
  });

  test("what is HTTP/2 in cleartext is recognised by its preface", () => {
    const others = readdirSync(dataPath("streams")).filter((name) => /h2c.*\.c2s\.bin$/.test(name));
    const prefaced = others.filter((name) =>
      dataBytes(`streams/${name}`).toString("latin1").startsWith("PRI "),
    );
    expect(prefaced.length).toBeGreaterThan(20);
    for (const name of prefaced) {
      const bytes = new Uint8Array(dataBytes(`streams/${name}`)).subarray(0, 2000);
      expect(readAll("server", bytes, { handOverPreface: true })[0]?.type, name).toBe("preface");
      expect(errorOf(readAll("server", bytes))?.code, name).toBe("H1_HTTP2_PREFACE");
    }
  });
});
