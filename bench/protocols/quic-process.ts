// What is measured of QUIC in fresh processes: the time from import to the first packet, and the memory of connections that an observer
// follows.

import type { HeldBytes } from "../harness/fresh-process.js";
import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import type { Judgement } from "../harness/marks.js";
import { atMost } from "../harness/marks.js";
import { ns } from "../harness/table.js";

const FRESH_PROCESSES = 15;
/** Fewer than the observer's limit, which lets the oldest one go. */
const CONNECTIONS = 3000;
const LARGEST_START = 3;

/** What a module does first, and what it is called in the table. */
const STARTS = {
  parsed: "tercet/quic: a packet and its frames parsed",
  opened: "tercet/quic: a packet opened",
  inspected: "tercet/inspect: a request inspected",
} as const;

const KINDS = ["greeted", "served", "closed"] as const;

interface ObservedBytes extends HeldBytes {
  /** Memory of ArrayBuffers. */
  readonly buffers: number;
}

/** Measures it all, and prints it. */
export function quicProcesses(prefix: readonly string[]): {
  figures: object;
  judgements: Judgement[];
} {
  const starts = Object.keys(STARTS).map((kind) => {
    const found = startUp("quic-startup-child.js", [kind], FRESH_PROCESSES, prefix);
    const { wallMs, cpuMs } = found;
    const [wall, cpu] = [wallMs.median.toFixed(2), cpuMs.median.toFixed(2)];
    console.log(`start-up, ${kind}: ${wall} ms, ${cpu} ms of CPU time`);
    return [kind, found] as const;
  });
  const observed = KINDS.map((kind) => {
    const words = [kind, String(CONNECTIONS)];
    const found = freshProcess(prefix, MEMORY_FLAGS, "quic-idle-child.js", words) as ObservedBytes;
    const { heap, buffers, rss } = found;
    console.log(
      `an observed connection, ${kind}: ${ns(heap)} B of objects, ${ns(buffers)} B of buffers, ${ns(rss)} B resident`,
    );
    return [kind, found] as const;
  });
  const [[, parsed]] = starts as [(typeof starts)[number]];
  return {
    figures: {
      startUp: Object.fromEntries(starts),
      connections: CONNECTIONS,
      observed: Object.fromEntries(observed),
    },
    judgements: [
      atMost("import to first parse", STARTS.parsed, parsed.wallMs.median, LARGEST_START, " ms"),
    ],
  };
}
