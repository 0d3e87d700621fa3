// What is measured of HTTP/3 in fresh processes: memory of idle connections and open streams, memory under header bombs, and the time
// from import to the first parsed request.

import type { HeldBytes } from "../harness/fresh-process.js";
import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import type { Judgement } from "../harness/marks.js";
import { atMost } from "../harness/marks.js";
import { ns } from "../harness/table.js";
import { LARGEST_AMPLIFICATION, LARGEST_IDLE, STREAM_BYTES } from "./h3-marks.js";

const FRESH_PROCESSES = 15;
const CONNECTIONS = 8000;
/** As many as the limit controlBudget lets wait without an answer. */
const STREAMS = 4000;
const ATTACKED = 50;
/** What the engine's memory holds of each connection: its block, and the ring of a table of 4 KiB. */
const ENGINE_BYTES = 128 + 128 * 8;
/** The limit headerMemory: what heads of open streams may hold whatever was sent, besides the streams themselves. */
const FREE_BYTES = 65_536;

const BOMBS = ["table", "tiny", "static", "crumbs", "streams", "blocked", "unfinished"] as const;

interface H3Bytes extends HeldBytes {
  /** Memory of ArrayBuffers. */
  readonly buffers: number;
}

interface Bomb {
  readonly sent: number;
  readonly held: number;
  readonly streams: number;
}

/** Measures it all, and prints it. */
export function h3Processes(prefix: readonly string[]): {
  figures: object;
  judgements: Judgement[];
} {
  const start = startUp("h3-startup-child.js", ["h3"], FRESH_PROCESSES, prefix);
  const bytes = (kind: string, count: number): H3Bytes =>
    freshProcess(prefix, MEMORY_FLAGS, "h3-idle-child.js", [kind, String(count)]) as H3Bytes;
  const fresh = bytes("fresh", CONNECTIONS);
  const served = bytes("served", CONNECTIONS);
  const stream = bytes("streams", STREAMS);
  console.log(
    `resident bytes of an idle connection: ${ns(fresh.rss)}, after a request ${ns(served.rss)}; ` +
      `heap and buffers of one more open stream ${ns(stream.heap + stream.buffers)}`,
  );
  const bombs = Object.fromEntries(BOMBS.map((kind) => [kind, bomb(kind, prefix)]));
  const idle = (what: string, { heap, buffers }: H3Bytes): Judgement => {
    const row = `${what}: heap, buffers and engine memory`;
    return atMost("idle connection", row, heap + buffers + ENGINE_BYTES, LARGEST_IDLE, " B");
  };
  return {
    figures: { startUp: start, connections: CONNECTIONS, fresh, served, stream, bombs },
    judgements: [
      atMost("import to first parse", "wall time", start.wallMs.median, 3, " ms"),
      idle("control streams exchanged", fresh),
      idle("after a request", served),
      ...Object.entries(bombs).map(([kind, found]) => amplification(kind, found)),
    ],
  };
}

function bomb(kind: string, prefix: readonly string[]): Bomb {
  const found = freshProcess(prefix, MEMORY_FLAGS, "h3-bomb-child.js", [kind, String(ATTACKED)]);
  const { sent, held, streams } = found as Bomb;
  console.log(
    `header bomb "${kind}": ${ns(sent)} B sent, ${ns(held)} B held in ${ns(streams)} streams`,
  );
  return { sent, held, streams };
}

function amplification(kind: string, { sent, held, streams }: Bomb): Judgement {
  const free = FREE_BYTES + streams * STREAM_BYTES;
  const beyond = Math.max(0, held - free) / sent;
  const row = `${kind}: held beyond ${FREE_BYTES / 1024} KiB and ${STREAM_BYTES} B a stream, a byte sent`;
  return atMost("header bomb", row, beyond, LARGEST_AMPLIFICATION, "");
}
