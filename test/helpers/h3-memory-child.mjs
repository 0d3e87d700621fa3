// A fresh process that runs attacks on HTTP/3 and prints, as JSON, what each connection holds behind them:
// bytes of heap and of buffers outside of it, after collecting garbage.
//
//   node --expose-gc --max-semi-space-size=1 h3-memory-child.mjs attacks|bombs|idle
//
// It imports the built package by its public names, as a user does.

import {
  arrive,
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

/** What a row leaves behind. @param {import("tercet/fuzz").H3Attack} row @param {number} count */
function attacked(row, count) {
  const memory = measured(count, () => runH3Attack(row, connect).connection, row.bounds.memory);
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
  return [all, ...h3Attacks.filter((row) => !short.includes(row)).map((row) => attacked(row, 12))];
}

/**
 * A server, and what its application keeps of requests that it does not answer: their heads.
 * @param {readonly import("tercet/fuzz").H3Arrival[]} arrivals
 */
function answerless(arrivals) {
  const connection = new H3Connection({ role: "server" });
  connection.takeStreams();
  const heads = [];
  for (const arrival of arrivals) {
    for (const event of arrive(connection, arrival)) {
      if (event.type !== "head") continue;
      void event.head.rawHeaders.length;
      heads.push(event.head);
    }
  }
  connection.takeStreams();
  return { connection, heads };
}

/**
 * A header bomb over many streams: they refer to what the encoder stream inserted.
 * @param {string} name @param {Uint8Array} instructions @param {Uint8Array} lines
 */
function bomb(name, instructions, lines, streams = 128) {
  const { encoder } = peerStreams("server");
  /** @type {import("tercet/fuzz").H3Arrival[]} */
  const arrivals = [...peerHello("server")];
  arrivals.push({ do: "stream", streamId: encoder, bytes: instructions, fin: false });
  const section = concat([
    instructions.length > 0 ? prefix(1) : h3Fields.NO_PREFIX,
    requestLines(),
    lines,
  ]);
  const bytes = h3Frames.headers(section);
  for (let at = 0; at < streams; at++) {
    arrivals.push({ do: "stream", streamId: 4 * at, bytes, fin: true });
  }
  const held = measured(24, () => answerless(arrivals));
  const sent = arrivals.reduce((sum, one) => sum + ("bytes" in one ? one.bytes.length : 0), 0);
  return { name, sent, held, amplification: rounded(held / sent) };
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}

function bombs() {
  const newest = dynamicField(0);
  const none = new Uint8Array(0);
  const entry = (/** @type {number} */ length) =>
    concat([setCapacity(4_096), insert("a", "v".repeat(length))]);
  const plain = bomb("", none, none).held;
  const all = [
    bomb("tiny entries", entry(0), repeated(newest, 190)),
    bomb("entries of 250 octets", entry(250), repeated(newest, 190)),
    bomb("an entry that fills the table", entry(4_063), repeated(newest, 14)),
    bomb(
      "cookie crumbs",
      concat([setCapacity(4_096), insert("cookie", "a=b")]),
      repeated(newest, 190),
    ),
    bomb("static entries", none, repeated(staticField(29), 190)),
    bomb("few fields on each stream", entry(250), repeated(newest, 10)),
    bomb("plain literals", none, repeated(literal("x", "y"), 190)),
  ];
  return all.map((row) => ({ ...row, extra: rounded((row.held - plain) / row.sent), plain }));
}

/** A connection of each role that has exchanged SETTINGS and one request, and waits. */
function idle() {
  return /** @type {const} */ (["server", "client"]).map((role) => {
    const make = () => {
      const connection = new H3Connection({ role });
      for (const arrival of peerHello(role, [1, 4_096], [7, 16])) arrive(connection, arrival);
      connection.takeStreams();
      return connection;
    };
    return { name: role, memory: measured(400, make) };
  });
}

const what = process.argv[2];
process.stdout.write(
  JSON.stringify(what === "bombs" ? bombs() : what === "idle" ? idle() : attacks()),
);
