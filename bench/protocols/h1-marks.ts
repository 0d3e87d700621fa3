// The marks that HTTP/1.1 must reach, as data, and their judgement. A mark is a ratio of two medians of one run: how many times
// our time the peer takes. A mark that names no workload is judged on all of them, one line each.

import type { Samples } from "../harness/rounds.js";
import type { Summary } from "../harness/statistics.js";
import { ratio } from "../harness/statistics.js";

interface MarkInfo {
  readonly mark: string;
  /** Smallest ratio that reaches the mark. */
  readonly wanted: number;
  readonly ours: string;
  readonly peer: string;
  /** Names of rows. */
  readonly rows: readonly string[];
}

/** One mark on one row. */
export interface Judgement {
  readonly mark: string;
  readonly row: string;
  readonly wanted: string;
  /** The figure as it is printed, with its spread where it has one. */
  readonly figure: string;
  readonly reached: boolean;
}

const x = (perBuffer: number): string[] =>
  ["browser", "tiny", "api", "typical"].map((workload) => `${workload} x${perBuffer}`);

const BYTEWISE = ["browser", "tiny", "api", "typical"].map((workload) => `${workload} 1 B pieces`);

const MARKS: readonly MarkInfo[] = [
  {
    mark: "tape against Node with callbacks",
    wanted: 5,
    ours: "tercet-tape",
    peer: "node-strings",
    rows: ["browser x1"],
  },
  {
    mark: "tape against Node without callbacks, x64",
    wanted: 2.5,
    ours: "tercet-tape",
    peer: "node-parse",
    rows: x(64),
  },
  {
    mark: "tape against llhttp C -O2, x64",
    wanted: 1,
    ours: "tercet-tape",
    peer: "llhttp-c",
    rows: x(64),
  },
  {
    mark: "strings against Node with strings",
    wanted: 2.5,
    ours: "tercet-strings",
    peer: "node-strings",
    rows: ["browser x1", "browser x16"],
  },
  {
    mark: "strings against Node with strings",
    wanted: 4,
    ours: "tercet-strings",
    peer: "node-strings",
    rows: ["tiny x1", "tiny x16"],
  },
  {
    mark: "lazy head and 3 reads against Node with strings",
    wanted: 3.5,
    ours: "tercet-lazy",
    peer: "node-strings",
    rows: ["browser x1", "browser x16"],
  },
  {
    mark: "strings against undici's WASM with strings",
    wanted: 4,
    ours: "tercet-strings",
    peer: "undici-strings",
    rows: x(16),
  },
  {
    mark: "tape against picohttpparser -O2",
    wanted: 1,
    ours: "tercet-tape",
    peer: "pico-o2",
    rows: [...x(16), ...x(64)],
  },
  {
    // Node hands over each chunk, so ours does too.
    mark: "chunk16 with data, against Node with callbacks",
    wanted: 10,
    ours: "tercet-strings",
    peer: "node-strings",
    rows: ["chunk16"],
  },
  {
    mark: "chunk16 tape against Node without callbacks",
    wanted: 2.5,
    ours: "tercet-tape",
    peer: "node-parse",
    rows: ["chunk16"],
  },
  {
    mark: "1-byte pieces, strings, against Node with strings",
    wanted: 1,
    ours: "tercet-strings",
    peer: "node-strings",
    rows: BYTEWISE,
  },
  {
    mark: "1-byte pieces, tape, against Node without callbacks",
    wanted: 1,
    ours: "tercet-tape",
    peer: "node-parse",
    rows: BYTEWISE,
  },
  {
    mark: "serializer against string concatenation into a Buffer",
    wanted: 1.5,
    ours: "tercet-writer",
    peer: "concatenation",
    rows: ["write typical", "write browser"],
  },
];

/** Judges every mark whose row and peers were measured in this run. */
export function judge(rows: ReadonlyMap<string, Samples>): Judgement[] {
  return MARKS.flatMap((info) =>
    info.rows.flatMap((row) => {
      const peer = rows.get(row)?.[info.peer];
      const ours = rows.get(row)?.[info.ours];
      return peer && ours ? [judgement(info, row, ratio(peer, ours))] : [];
    }),
  );
}

/** A mark that is an upper bound on one figure, such as bytes or milliseconds. */
export function atMost(
  mark: string,
  row: string,
  value: number,
  bound: number,
  unit: string,
): Judgement {
  const figure = `${Number(value.toPrecision(3))}${unit}`;
  return { mark, row, wanted: `<= ${bound}${unit}`, figure, reached: value <= bound };
}

function judgement(info: MarkInfo, row: string, found: Summary): Judgement {
  return {
    mark: info.mark,
    row,
    wanted: `>= ${info.wanted}`,
    figure: `${found.median.toFixed(2)} (${found.low.toFixed(2)}-${found.high.toFixed(2)})`,
    reached: found.median >= info.wanted,
  };
}
