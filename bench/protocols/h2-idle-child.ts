// A fresh process that holds many connections, or one with many open streams, and prints what one of them costs:
// {"heap":..,"external":..,"rss":..,"buffers":..}, bytes each. `buffers`: memory of ArrayBuffers.
//
//   node --expose-gc --max-semi-space-size=1 h2-idle-child.js fresh|served|streams|node COUNT
//
// fresh: SETTINGS were exchanged and acknowledged. served: besides, one request was read and answered, and all bytes taken, as on a
// connection that waits. streams: streams of one connection whose requests are read and not answered. node: sessions of
// node:http2 behind a Duplex each, for comparison.

import { createServer } from "node:http2";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { H2Connection } from "tercet/h2";

const [kind = "", amount = ""] = process.argv.slice(2);
const count = Number(amount);

/** Preface, SETTINGS, acknowledgement. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  Buffer.from("000000040000000000000000040100000000", "hex"),
]);
/** :method GET, :scheme https, :path /; :authority example.org, inserted. */
const FIRST_BLOCK = Buffer.from("828784410b6578616d706c652e6f7267", "hex");
/** The same from the dynamic table. */
const NEXT_BLOCK = Buffer.from("828784be", "hex");

// The first one loads and compiles what all share.
await hold(kind === "streams" ? 100 : 1);
const before = memory();
const held = await hold(count);
const after = memory();

const each = (key: keyof typeof after): number => (after[key] - before[key]) / count;
const found = { heap: each("heap"), external: each("external"), rss: each("rss") };
process.stdout.write(JSON.stringify({ ...found, buffers: each("buffers") }));
// Keeps what is held alive until here.
if (held === undefined) process.exitCode = 1;
process.exit();

async function hold(wanted: number): Promise<unknown> {
  if (kind === "streams") return openStreams(wanted);
  const list: unknown[] = new Array(wanted).fill(null);
  for (let i = 0; i < wanted; i++) list[i] = kind === "node" ? nodeSession() : connection();
  // Node's sessions read in later turns.
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  return list;
}

function connection(): H2Connection {
  const made = new H2Connection({ role: "server" });
  made.receive(OPENING);
  made.take();
  if (kind === "served") {
    const events = made.receive(headers(1, FIRST_BLOCK));
    const last = events.at(-1);
    if (last?.type !== "end") throw new Error("not parsed");
    made.sendResponse(last.streamId, { status: 204, headers: [] });
    made.take();
  }
  if (made.state !== "open") throw new Error("not open");
  return made;
}

function openStreams(wanted: number): H2Connection {
  const made = new H2Connection({ role: "server", limits: { concurrentStreams: wanted } });
  made.receive(OPENING);
  made.take();
  for (let i = 0; i < wanted; i++) {
    const events = made.receive(headers(2 * i + 1, i === 0 ? FIRST_BLOCK : NEXT_BLOCK));
    if (events.at(-1)?.type !== "end") throw new Error("not parsed");
  }
  made.take();
  return made;
}

/** HEADERS with END_STREAM and END_HEADERS. */
function headers(id: number, block: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from("000000010500000000", "hex"), block]);
  frame.writeUIntBE(block.length, 0, 3);
  frame.writeUInt32BE(id, 5);
  return frame;
}

function nodeSession(): unknown {
  const wire = new Duplex({ read: () => {}, write: (_bytes, _encoding, done) => done() });
  createServer().emit("connection", wire);
  wire.push(OPENING);
  return wire;
}

function memory(): { heap: number; external: number; rss: number; buffers: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, external, rss, buffers: arrayBuffers };
}
