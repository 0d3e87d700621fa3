// A fresh process that holds many connections of one protocol, or one with many open requests, and prints what one of them costs:
// {"held":..}, bytes of heap and buffers each.
//
//   node --expose-gc --max-semi-space-size=1 protocols-memory-child.js h1|h2|h3 idle|open COUNT
//
// idle: a request was read and answered, and the bytes taken; the connection waits. open: requests that were read and are not
// answered; HTTP/1.1 has one a connection, so that here the connections are counted with it.

import { H1Connection } from "tercet/h1";
import { H2Connection } from "tercet/h2";
import { H3Connection } from "tercet/h3";
import { h3Frame, INSERTION, OPENING, SECTION } from "../inputs/h3-hello.js";

const [protocol = "", kind = "", amount = ""] = process.argv.slice(2);
const count = Number(amount);

const H1_REQUEST = Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
const H2_OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  Buffer.from("000000040000000000000000040100000000", "hex"),
]);
/** :method GET, :scheme https, :path /; :authority example.org, inserted, or from the dynamic table. */
const H2_FIRST = Buffer.from("828784410b6578616d706c652e6f7267", "hex");
const H2_NEXT = Buffer.from("828784be", "hex");
const H3_HEADERS = 1;
const H3_ENCODER = 6;
const NO_CONTENT = { status: 204, headers: [], body: "none" } as const;

const makers: Readonly<Record<string, (requests: number) => unknown>> = { h1, h2, h3 };
const make = makers[protocol] as (requests: number) => unknown;

// The first one loads and compiles what all share.
hold(10);
const before = memory();
const held = hold(count);
const after = memory();
process.stdout.write(JSON.stringify({ held: (after - before) / count }));
// Keeps what is held alive until here.
if (held === undefined) process.exitCode = 1;

function hold(wanted: number): unknown {
  if (kind === "open" && protocol !== "h1") return make(wanted);
  return Array.from({ length: wanted }, () => make(1));
}

function h1(): unknown {
  const connection = new H1Connection({ role: "server" });
  const last = connection.receive(H1_REQUEST).at(-1);
  if (last?.type !== "end") throw new Error("not parsed");
  if (kind === "idle") connection.sendResponse(last.streamId, NO_CONTENT);
  connection.take();
  return connection;
}

function h2(requests: number): unknown {
  const limits = requests === 1 ? {} : { limits: { concurrentStreams: requests } };
  const connection = new H2Connection({ role: "server", ...limits });
  connection.receive(H2_OPENING);
  for (let i = 0; i < requests; i++) {
    const last = connection.receive(h2Headers(2 * i + 1, i === 0 ? H2_FIRST : H2_NEXT)).at(-1);
    if (last?.type !== "end") throw new Error("not parsed");
    if (kind === "idle") connection.sendResponse(last.streamId, NO_CONTENT);
  }
  connection.take();
  return connection;
}

/** HEADERS with END_STREAM and END_HEADERS. */
function h2Headers(id: number, block: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from("000000010500000000", "hex"), block]);
  frame.writeUIntBE(block.length, 0, 3);
  frame.writeUInt32BE(id, 5);
  return frame;
}

function h3(requests: number): unknown {
  const limits = requests === 1 ? {} : { limits: { concurrentStreams: requests } };
  const connection = new H3Connection({ role: "server", ...limits });
  for (const [streamId, bytes] of OPENING) connection.receiveStream(streamId, bytes, false);
  connection.receiveStream(H3_ENCODER, INSERTION, false);
  for (let i = 0; i < requests; i++) {
    const last = connection.receiveStream(4 * i, h3Frame(H3_HEADERS, SECTION), true).at(-1);
    if (last?.type !== "end") throw new Error("not parsed");
    if (kind === "idle") connection.sendResponse(4 * i, NO_CONTENT);
  }
  connection.takeStreams();
  return connection;
}

function memory(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
