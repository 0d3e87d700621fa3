// What is measured of QPACK in fresh processes: memory under bombs, and the time from import to the first decoded section.

import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import type { Judgement } from "../harness/marks.js";
import { atMost } from "../harness/marks.js";
import { ns } from "../harness/table.js";
import { LARGEST_AMPLIFICATION } from "./qpack-marks.js";

const FRESH_PROCESSES = 15;
const ATTACKED = 1000;
/** What a decoder is that has a table: one without entries has it, too. */
const FREE_BYTES = 2048;
/** What a stream is whose section waits; there are as many as the decoder allows. */
const WAITING_BYTES = 600;

const BOMBS = ["insertions", "huffman", "duplicates", "waiting", "unfinished", "replaced"] as const;

interface Bomb {
  readonly sent: number;
  readonly held: number;
  /** Sections that wait. */
  readonly waiting: number;
}

/** Measures it all, and prints it. */
export function qpackProcesses(prefix: readonly string[]): {
  figures: object;
  judgements: Judgement[];
} {
  const start = startUp("h3-startup-child.js", ["qpack"], FRESH_PROCESSES, prefix);
  const bombs = BOMBS.map((kind) => [kind, bomb(kind, prefix)] as const);
  return {
    figures: { startUp: start, bombs: Object.fromEntries(bombs) },
    judgements: [
      atMost("import to first decoded section", "wall time", start.wallMs.median, 3, " ms"),
      ...bombs.map(([kind, { sent, held, waiting }]) => {
        const each = waiting > 0 ? ` and ${WAITING_BYTES} B a section that waits` : "";
        const row = `${kind}: held beyond ${FREE_BYTES} B${each}, a byte sent`;
        const beyond = Math.max(0, held - FREE_BYTES - waiting * WAITING_BYTES) / sent;
        return atMost("QPACK bomb", row, beyond, LARGEST_AMPLIFICATION, "");
      }),
    ],
  };
}

function bomb(kind: string, prefix: readonly string[]): Bomb {
  const words = [kind, String(ATTACKED)];
  const found = freshProcess(prefix, MEMORY_FLAGS, "qpack-bomb-child.js", words) as Bomb;
  const { sent, held } = found;
  console.log(`QPACK bomb "${kind}": ${ns(sent)} B sent, ${ns(held)} B held`);
  return found;
}
