// A fresh process that runs attacks on HTTP/2 and prints, as JSON, what each connection holds behind them:
// bytes of heap and of buffers outside of it, after collecting garbage.
//
//   node --expose-gc --max-semi-space-size=1 h2-memory-child.mjs attacks|bombs
//
// It imports the built package by its public names, as a user does.

import {
  concat,
  h2Attacks,
  h2Block,
  h2Frames,
  helloOf,
  receivedLength,
  runH2Attack,
} from "tercet/fuzz";
import { H2Connection } from "tercet/h2";

const { indexed, literal, repeated, request } = h2Block;

/** @type {import("tercet/fuzz").ConnectH2} */
const connect = (options) => new H2Connection(options);

function memory() {
  for (let round = 0; round < 4; round++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes that one of `count` things holds. @param {number} count @param {() => unknown} make */
function measured(count, make) {
  make();
  /** @type {unknown[]} */
  const held = new Array(count).fill(null);
  const before = memory();
  for (let at = 0; at < count; at++) held[at] = make();
  const after = memory();
  if (held.length !== count) throw new Error("unreachable");
  return Math.round((after - before) / count);
}

/** Short rows more often, so that the noise of the process is small against what they hold. */
function attacks() {
  return h2Attacks.map((row) => ({
    id: row.id,
    name: `${row.role}: ${row.name}`,
    length: receivedLength(row),
    bound: row.bounds.memory,
    memory: measured(
      receivedLength(row) > 20_000 ? 8 : 24,
      () => runH2Attack(row, connect).connection,
    ),
  }));
}

/** A server, and what its application keeps of requests that it does not answer: their heads. @param {Uint8Array} bytes */
function attacked(bytes) {
  const connection = new H2Connection({ role: "server" });
  connection.take();
  const heads = [];
  for (const event of connection.receive(bytes)) {
    if (event.type !== "head") continue;
    void event.head.rawHeaders.length;
    heads.push(event.head);
  }
  connection.take();
  return { connection, heads };
}

/**
 * A header bomb over many streams: the first request fills the table, the others refer to it.
 * @param {string} name @param {Uint8Array} first @param {Uint8Array} next
 */
function bomb(name, first, next, streams = 128) {
  const frames = [
    helloOf("server"),
    h2Frames.settings([h2Frames.SETTING.INITIAL_WINDOW_SIZE, 0]),
    h2Frames.headers(1, request("GET", "/", first), { end: true }),
  ];
  for (let at = 1; at < streams; at++) {
    frames.push(h2Frames.headers(2 * at + 1, request("GET", "/", next), { end: true }));
  }
  const bytes = concat(frames);
  const held = measured(24, () => attacked(bytes));
  const idle = measured(24, () => attacked(helloOf("server")));
  const amplification = Math.round(((held - idle) / bytes.length) * 100) / 100;
  return { name, sent: bytes.length, held, idle, amplification };
}

function bombs() {
  const newest = indexed(62);
  const entry = (/** @type {number} */ length) => literal("a", "v".repeat(length), "with");
  return [
    bomb("tiny entries", entry(0), repeated(newest, 190)),
    bomb("entries of 250 octets", entry(250), repeated(newest, 190)),
    bomb("an entry that fills the table", entry(4_063), repeated(newest, 14)),
    bomb("cookie crumbs", literal("cookie", "a=b", "with"), repeated(newest, 190)),
    bomb("static entries", entry(0), repeated(indexed(32), 190)),
    bomb("few fields on each stream", entry(250), repeated(newest, 10)),
    bomb("plain literals", entry(0), repeated(literal("x", "y"), 190)),
  ];
}

process.stdout.write(JSON.stringify(process.argv[2] === "bombs" ? bombs() : attacks()));
