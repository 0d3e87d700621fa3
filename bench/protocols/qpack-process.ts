// What is measured of QPACK in fresh processes: memory under bombs, and the time from import to the first decoded section.

import { freshProcess, MEMORY_FLAGS, startUp } from "../harness/fresh-process.js";
import type { Judgement } from "../harness/marks.js";
import { atMost } from "../harness/marks.js";
import { ns } from "../harness/table.js";
import { LARGEST_AMPLIFICATION } from "./qpack-marks.js";

const FRESH_PROCESSES = 15;
const ATTACKED = 1000;
/** What a decoder is that was only made and asked for its table: an insertion without octets has it, too. */
const FREE_BYTES = 2048;

const BOMBS = ["insertions", "huffman", "duplicates", "waiting", "unfinished", "replaced"] as const;

interface Bomb {
  readonly sent: number;
  readonly held: number;
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
      ...bombs.map(([kind, { sent, held }]) => {
        const row = `${kind}: held beyond ${FREE_BYTES} B, a byte sent`;
        const beyond = Math.max(0, held - FREE_BYTES) / sent;
        return atMost("QPACK bomb", row, beyond, LARGEST_AMPLIFICATION, "");
      }),
    ],
  };
}

function bomb(kind: string, prefix: readonly string[]): Bomb {
  const words = [kind, String(ATTACKED)];
  const { sent, held } = freshProcess(prefix, MEMORY_FLAGS, "qpack-bomb-child.js", words) as Bomb;
  console.log(`QPACK bomb "${kind}": ${ns(sent)} B sent, ${ns(held)} B held`);
  return { sent, held };
}
