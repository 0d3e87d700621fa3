// A fresh process that holds many idle connections and prints what one of them costs:
// {"heap":..,"external":..,"rss":..}, bytes a connection.
//
//   node --expose-gc --max-semi-space-size=1 h1-idle-child.js fresh|served|node COUNT
//
// fresh: never used. served: one request was read, answered, and its bytes taken, as on a keep-alive connection that waits.
// node: parsers of Node's binding, for comparison.

import { H1Connection } from "tercet/h1";
import { idleNodeParser } from "../drivers/node-parser.js";

const [kind = "", amount = ""] = process.argv.slice(2);
const count = Number(amount);
const request = Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");

// The first one loads and compiles what all share.
make();
const held: unknown[] = new Array(count).fill(null);
const before = memory();
for (let i = 0; i < count; i++) held[i] = make();
const after = memory();

const each = (key: keyof typeof after): number => (after[key] - before[key]) / count;
process.stdout.write(
  JSON.stringify({ heap: each("heap"), external: each("external"), rss: each("rss") }),
);
// Keeps the list alive until here.
if (held.length !== count) process.exitCode = 1;

function make(): unknown {
  if (kind === "node") return idleNodeParser();
  const connection = new H1Connection({ role: "server" });
  if (kind === "served") {
    const events = connection.receive(request);
    const last = events.at(-1);
    if (last?.type !== "end") throw new Error("not parsed");
    connection.sendResponse(last.streamId, { status: 204, headers: [] });
    connection.take();
  }
  return connection;
}

function memory(): { heap: number; external: number; rss: number } {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, rss };
}
