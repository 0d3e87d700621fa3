// A fresh process that holds many HTTP/3 connections, or one with many streams, and prints what one of them costs:
// {"heap":..,"external":..,"rss":..,"buffers":..}, bytes each.
//
//   node --expose-gc --max-semi-space-size=1 h3-idle-child.js fresh|served|streams COUNT
//
// fresh: control and QPACK streams were exchanged. served: one request was read and answered, and its bytes taken. streams: open
// streams of one connection whose requests were read and are not answered.

import { H3Connection } from "tercet/h3";
import { h3Frame, INSERTION, OPENING, SECTION } from "../inputs/h3-hello.js";

const [kind = "", amount = ""] = process.argv.slice(2);
const count = Number(amount);
const HEADERS = 1;
const ENCODER_STREAM = 6;

// The first one loads and compiles what all share.
hold(kind === "streams" ? 100 : 1);
const before = memory();
const held = hold(count);
const after = memory();

const each = (key: keyof typeof after): number => (after[key] - before[key]) / count;
const found = { heap: each("heap"), external: each("external"), rss: each("rss") };
process.stdout.write(JSON.stringify({ ...found, buffers: each("buffers") }));
// Keeps what is held alive until here.
if (held === undefined) process.exitCode = 1;

function hold(wanted: number): unknown {
  if (kind === "streams") return openStreams(wanted);
  const list: unknown[] = new Array(wanted).fill(null);
  for (let i = 0; i < wanted; i++) list[i] = connection();
  return list;
}

function connection(): H3Connection {
  const made = opened(128);
  if (kind === "served") {
    request(made, 0);
    made.sendResponse(0, { status: 204, headers: [] });
    made.takeStreams();
  }
  if (made.state !== "open") throw new Error("not open");
  return made;
}

function openStreams(wanted: number): H3Connection {
  const made = opened(wanted);
  for (let i = 0; i < wanted; i++) request(made, 4 * i);
  made.takeStreams();
  return made;
}

function opened(concurrentStreams: number): H3Connection {
  const made = new H3Connection(
    concurrentStreams === 128
      ? { role: "server" }
      : { role: "server", limits: { concurrentStreams } },
  );
  made.takeStreams();
  for (const [streamId, bytes] of OPENING) made.receiveStream(streamId, bytes, false);
  if (kind !== "fresh") made.receiveStream(ENCODER_STREAM, INSERTION, false);
  made.takeStreams();
  return made;
}

function request(made: H3Connection, streamId: number): void {
  const events = made.receiveStream(streamId, h3Frame(HEADERS, SECTION), true);
  if (events.at(-1)?.type !== "end") throw new Error("not parsed");
}

function memory(): { heap: number; external: number; rss: number; buffers: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, external, rss, buffers: arrayBuffers };
}
