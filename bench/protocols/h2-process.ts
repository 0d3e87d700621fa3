// What is measured of HTTP/2 in fresh processes: memory of idle connections and open streams, memory under header bombs, and the time
// from import to the first parsed request.

import type { HeldBytes } from "../harness/fresh-process.js";
import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import type { Judgement } from "../harness/marks.js";
import { atMost } from "../harness/marks.js";
import { ns } from "../harness/table.js";
import { LARGEST_AMPLIFICATION, LARGEST_IDLE, LARGEST_STREAM } from "./h2-marks.js";

const FRESH_PROCESSES = 15;
const CONNECTIONS = 8000;
const STREAMS = 20_000;
const NODE_SESSIONS = 200;
const ATTACKED = 50;
/** What the engine's memory holds of each connection: its block, and the ring of a table of 4 KiB. */
const ENGINE_BYTES = 128 + 128 * 8;
/** The limit headerMemory: what heads of open streams may hold whatever was sent, besides the streams themselves. */
const FREE_BYTES = 65_536;

const BOMBS = ["table", "tiny", "static", "crumbs", "streams"] as const;

interface H2Bytes extends HeldBytes {
  /** Memory of ArrayBuffers. */
  readonly buffers: number;
}

interface Bomb {
  readonly sent: number;
  readonly held: number;
  readonly heads: number;
}

/** Measures it all, and prints it. */
export function h2Processes(prefix: readonly string[]): {
  figures: object;
  judgements: Judgement[];
} {
  const start = startUp("h2-startup-child.js", ["h2"], FRESH_PROCESSES, prefix);
  const bytes = (kind: string, count: number): H2Bytes =>
    freshProcess(prefix, MEMORY_FLAGS, "h2-idle-child.js", [kind, String(count)]) as H2Bytes;
  const fresh = bytes("fresh", CONNECTIONS);
  const served = bytes("served", CONNECTIONS);
  const stream = bytes("streams", STREAMS);
  const node = bytes("node", NODE_SESSIONS);
  console.log(
    `resident bytes of an idle connection: ${ns(fresh.rss)}, after a request ${ns(served.rss)}; ` +
      `a session of node:http2 ${ns(node.rss)}`,
  );
  const bombs = Object.fromEntries(BOMBS.map((kind) => [kind, bomb(kind, prefix)]));
  const idle = (what: string, { heap, buffers }: H2Bytes): Judgement => {
    const row = `${what}: heap, buffers and engine memory`;
    return atMost("idle connection", row, heap + buffers + ENGINE_BYTES, LARGEST_IDLE, " B");
  };
  return {
    figures: { startUp: start, connections: CONNECTIONS, fresh, served, stream, node, bombs },
    judgements: [
      atMost("import to first parse", "wall time", start.wallMs.median, 3, " ms"),
      idle("SETTINGS exchanged", fresh),
      idle("after a request", served),
      atMost("open stream", "heap and buffers", stream.heap + stream.buffers, LARGEST_STREAM, " B"),
      ...Object.entries(bombs).map(([kind, found]) => amplification(kind, found)),
    ],
  };
}

function bomb(kind: string, prefix: readonly string[]): Bomb {
  const found = freshProcess(prefix, MEMORY_FLAGS, "h2-bomb-child.js", [kind, String(ATTACKED)]);
  const { sent, held, heads } = found as Bomb;
  console.log(
    `header bomb "${kind}": ${ns(sent)} B sent, ${ns(held)} B held in ${ns(heads)} heads`,
  );
  return { sent, held, heads };
}

function amplification(kind: string, { sent, held, heads }: Bomb): Judgement {
  const free = FREE_BYTES + heads * LARGEST_STREAM;
  const beyond = Math.max(0, held - free) / sent;
  const row = `${kind}: held beyond ${FREE_BYTES / 1024} KiB and ${LARGEST_STREAM} B a stream, a byte sent`;
  return atMost("header bomb", row, beyond, LARGEST_AMPLIFICATION, "");
}
