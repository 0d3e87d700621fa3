// A fresh process that runs attacks on HTTP/3 and prints, as JSON, what each connection holds behind them:
// bytes of heap and of buffers outside of it, after collecting garbage.
//
//   node --expose-gc --max-semi-space-size=1 h3-memory-child.mjs attacks|bombs
//
// It imports the built package by its public names, as a user does.

import {
  concat,
  h3Attacks,
  h3Fields,
  h3Frames,
  h3ReceivedLength,
  peerHello,
  peerStreams,
  runH3Attack,
} from "tercet/fuzz";
import { H3Connection } from "tercet/h3";

const { dynamicField, insert, literal, prefix, repeated, requestLines, setCapacity, staticField } =
  h3Fields;

/** @type {import("tercet/fuzz").ConnectH3} */
const connect = (options) => new H3Connection(options);

function memory() {
  for (let round = 0; round < 2; round++) globalThis.gc?.();
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

/** What a row leaves behind. @param {import("tercet/fuzz").H3Attack} row @param {number} count */
function attacked(row, count) {
  const memory = measured(count, () => runH3Attack(row, connect).connection);
  const name = `${row.id} ${row.role}: ${row.name}`;
  return { name, length: h3ReceivedLength(row), bound: row.bounds.memory, memory };
}

/** Long rows one by one; short ones, of which there are hundreds, all together: what they hold on average. */
function attacks() {
  // What the first runs compile and cache belongs to the process.
  for (const row of h3Attacks) runH3Attack(row, connect);
  const short = h3Attacks.filter((row) => h3ReceivedLength(row) < 2_000);
  const each = measured(8, () => short.map((row) => runH3Attack(row, connect).connection));
  const bound = Math.min(...short.map((row) => row.bounds.memory));
  const all = { name: "short rows", length: 0, bound, memory: Math.round(each / short.length) };
  return [all, ...h3Attacks.filter((row) => !short.includes(row)).map((row) => attacked(row, 4))];
}

const { encoder } = peerStreams("server");

/**
 * A server, and what its application keeps of requests that it does not answer: their heads.
 * @param {Uint8Array} instructions @param {(at: number) => Uint8Array} requestOf @param {number} streams
 */
function answerless(instructions, requestOf, streams) {
  const connection = new H3Connection({ role: "server" });
  connection.takeStreams();
  const heads = [];
  for (const step of peerHello("server"))
    if (step.do === "stream") connection.receiveStream(step.streamId, step.bytes, false);
  connection.receiveStream(encoder, instructions, false);
  for (let at = 0; at < streams; at++) {
    for (const event of connection.receiveStream(4 * at, requestOf(at), true)) {
      if (event.type !== "head") continue;
      void event.head.rawHeaders.length;
      heads.push(event.head);
    }
  }
  connection.takeStreams();
  return { connection, heads };
}

/**
 * A header bomb over many streams: the instructions fill the table, the requests refer to it.
 * @param {string} name @param {Uint8Array[]} entries @param {Uint8Array} lines
 */
function bomb(name, entries, lines, streams = 128) {
  const instructions = concat([setCapacity(4_096), ...entries]);
  const count = entries.length;
  const section = concat([prefix(count, count, 4_096), requestLines(), lines]);
  const request = h3Frames.headers(section);
  const held = measured(24, () => answerless(instructions, () => request, streams));
  const sent = instructions.length + streams * request.length;
  return { name, sent, held, amplification: rounded(held / sent) };
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}

function bombs() {
  const newest = dynamicField(0);
  const entry = (/** @type {number} */ length) => [insert("a", "v".repeat(length))];
  const plain = bomb("", [], new Uint8Array(0)).held;
  const all = [
    bomb("tiny entries", entry(0), repeated(newest, 190)),
    bomb("entries of 250 octets", entry(250), repeated(newest, 190)),
    bomb("an entry that fills the table", entry(4_063), repeated(newest, 14)),
    bomb("cookie crumbs", [insert("cookie", "a=b")], repeated(newest, 190)),
    bomb("static entries", entry(0), repeated(staticField(29), 190)),
    bomb("few fields on each stream", entry(250), repeated(newest, 10)),
    bomb("plain literals", entry(0), repeated(literal("x", "y"), 190)),
  ];
  return all.map((row) => ({ ...row, extra: rounded((row.held - plain) / row.sent), plain }));
}

process.stdout.write(JSON.stringify(process.argv[2] === "bombs" ? bombs() : attacks()));
