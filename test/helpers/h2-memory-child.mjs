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

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The least of a few looks: buffers that were collected are swept by a thread of its own, some moments later. Ends with the
 * first that is as little as `enough`. @param {number} looks @param {number} enough
 */
function memory(looks, enough) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < looks && least > enough; round++) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
    Atomics.wait(pause, 0, 0, 2);
  }
  return least;
}

/**
 * Bytes that one of `count` things holds; what is below `bound` is not looked at again.
 * @param {number} count @param {() => unknown} make @param {number} bound
 */
function measured(count, make, bound = 0) {
  make();
  /** @type {unknown[]} */
  const held = new Array(count).fill(null);
  const before = memory(3, 0);
  for (let at = 0; at < count; at++) held[at] = make();
  const after = memory(6, before + bound * count);
  if (held.length !== count) throw new Error("unreachable");
  return Math.round((after - before) / count);
}

/** What a row leaves behind. @param {import("tercet/fuzz").H2Attack} row @param {number} count */
function attacked(row, count) {
  const memory = measured(count, () => runH2Attack(row, connect).connection, row.bounds.memory);
  const name = `${row.id} ${row.role}: ${row.name}`;
  return { name, length: receivedLength(row), bound: row.bounds.memory, memory };
}

/** Long rows one by one; short ones, of which there are hundreds, all together: what they hold on average. */
function attacks() {
  // What the first runs compile and cache belongs to the process.
  for (const row of h2Attacks) runH2Attack(row, connect);
  const short = h2Attacks.filter((row) => receivedLength(row) < 2_000);
  const each = measured(8, () => short.map((row) => runH2Attack(row, connect).connection));
  const bound = Math.min(...short.map((row) => row.bounds.memory));
  const all = { name: "short rows", length: 0, bound, memory: Math.round(each / short.length) };
  return [all, ...h2Attacks.filter((row) => !short.includes(row)).map((row) => attacked(row, 4))];
}

/** A server, and what its application keeps of requests that it does not answer: their heads. @param {Uint8Array} bytes */
function answerless(bytes) {
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
  const held = measured(24, () => answerless(bytes));
  const sent = bytes.length;
  return { name, sent, held, amplification: rounded(held / sent) };
}

/** What as many streams hold whose requests have no bomb in them. @param {number} streams */
function plainly(streams) {
  const { held } = bomb("", new Uint8Array(0), new Uint8Array(0), streams);
  return held;
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}

function bombs() {
  const newest = indexed(62);
  const entry = (/** @type {number} */ length) => literal("a", "v".repeat(length), "with");
  const plain = plainly(128);
  const all = [
    bomb("tiny entries", entry(0), repeated(newest, 190)),
    bomb("entries of 250 octets", entry(250), repeated(newest, 190)),
    bomb("an entry that fills the table", entry(4_063), repeated(newest, 14)),
    bomb("cookie crumbs", literal("cookie", "a=b", "with"), repeated(newest, 190)),
    bomb("static entries", entry(0), repeated(indexed(32), 190)),
    bomb("few fields on each stream", entry(250), repeated(newest, 10)),
    bomb("plain literals", entry(0), repeated(literal("x", "y"), 190)),
  ];
  return all.map((row) => ({ ...row, extra: rounded((row.held - plain) / row.sent), plain }));
}

process.stdout.write(JSON.stringify(process.argv[2] === "bombs" ? bombs() : attacks()));
