// The marks that QPACK must reach, as data.

import type { MarkInfo } from "../harness/marks.js";

const WORKLOADS = ["tiny", "browser", "api", "response", "page load"];

/** Names of the decoding rows, by whether there is a dynamic table. */
export const DYNAMIC = WORKLOADS.map((name) => `decode dynamic ${name}`);
export const STATIC = WORKLOADS.map((name) => `decode static ${name}`);

export const QPACK_MARKS: readonly MarkInfo[] = [
  {
    mark: "tape against nghttp3 C",
    wanted: 1.4,
    ours: "tercet-tape",
    peer: "nghttp3-c",
    rows: [...STATIC, ...DYNAMIC],
  },
  {
    // At most 1.3 times its time. It gives text in a buffer, as the tape does; the strings come on top.
    mark: "tape against ls-qpack C",
    wanted: 0.77,
    ours: "tercet-tape",
    peer: "ls-qpack-c",
    rows: [...STATIC, ...DYNAMIC],
  },
  {
    mark: "strings against ls-qpack C",
    wanted: 0.77,
    ours: "tercet-strings",
    peer: "ls-qpack-c",
    rows: [...STATIC, ...DYNAMIC],
  },
];

/** ns a field, strings made. */
export const LARGEST_DYNAMIC = 65;
export const LARGEST_STATIC = 150;
/** Memory held against octets received, where a peer sends as little as it can for as much as it can. */
export const LARGEST_AMPLIFICATION = 4;
