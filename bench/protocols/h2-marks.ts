// The marks that HTTP/2 must reach, as data.

import type { MarkInfo } from "../harness/marks.js";

const ROWS = ["tiny", "browser", "api"].flatMap((name) => [`${name} x64`, `${name} 1460 B pieces`]);

export const H2_MARKS: readonly MarkInfo[] = [
  {
    mark: "tape against nghttp2's C session",
    wanted: 2,
    ours: "tercet-tape",
    peer: "nghttp2-session",
    rows: ROWS,
  },
  {
    mark: "strings against nghttp2's C session",
    wanted: 1,
    ours: "tercet-strings",
    peer: "nghttp2-session",
    rows: ROWS,
  },
  {
    mark: "strings and 204 against node:http2",
    wanted: 8,
    ours: "tercet-exchange",
    peer: "node-http2",
    rows: ROWS,
  },
];

/** Bytes of a connection that waits, engine's memory included. */
export const LARGEST_IDLE = 4096;
/** Bytes that one more open stream adds. */
export const LARGEST_STREAM = 400;
/** Memory held against octets received, where a peer sends as little as it can for as much as it can. */
export const LARGEST_AMPLIFICATION = 4;
