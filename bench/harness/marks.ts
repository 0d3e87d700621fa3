// Marks as data, and their judgement. A mark is a ratio of two medians of one run: how many times our time the peer takes. A
// mark that names several rows is judged on each, one line a row.

import type { Samples } from "./rounds.js";
import type { Summary } from "./statistics.js";
import { ratio } from "./statistics.js";

/** One mark of a protocol. */
export interface MarkInfo {
  readonly mark: string;
  /** Smallest ratio that reaches the mark. */
  readonly wanted: number;
  /** Ids of the two that are compared. */
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

/** Judges every mark whose row and peers were measured in this run. */
export function judge(marks: readonly MarkInfo[], rows: ReadonlyMap<string, Samples>): Judgement[] {
  return marks.flatMap((info) =>
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

/** A mark that is a lower bound on one figure, such as bytes a second. */
export function atLeast(
  mark: string,
  row: string,
  value: number,
  bound: number,
  unit: string,
): Judgement {
  const figure = `${Number(value.toPrecision(3))}${unit}`;
  return { mark, row, wanted: `>= ${bound}${unit}`, figure, reached: value >= bound };
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
