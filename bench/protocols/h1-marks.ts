// The marks that HTTP/1.1 must reach, as data. A mark that names no workload is judged on all of them.

import type { MarkInfo } from "../harness/marks.js";

const x = (perBuffer: number): string[] =>
  ["browser", "tiny", "api", "typical"].map((workload) => `${workload} x${perBuffer}`);

const BYTEWISE = ["browser", "tiny", "api", "typical"].map((workload) => `${workload} 1 B pieces`);

export const H1_MARKS: readonly MarkInfo[] = [
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
