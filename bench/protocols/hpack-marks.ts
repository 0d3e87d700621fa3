// The marks that HPACK must reach, as data.

import type { MarkInfo } from "../harness/marks.js";

const OTHERS = ["tiny", "browser", "api", "response", "stories nghttp2", "stories go-hpack"];
const ENCODED = ["tiny", "browser", "api", "response", "page load", "stories raw-data"];

const decode = (names: readonly string[]): string[] => names.map((name) => `decode ${name}`);
const encode = (names: readonly string[]): string[] => names.map((name) => `encode ${name}`);

export const HPACK_MARKS: readonly MarkInfo[] = [
  {
    mark: "tape against nghttp2 C",
    wanted: 1.5,
    ours: "tercet-tape",
    peer: "nghttp2-c",
    rows: decode(["page load", ...OTHERS]),
  },
  {
    mark: "strings against hpack.js",
    wanted: 6,
    ours: "tercet-strings",
    peer: "hpack.js",
    rows: decode(["page load"]),
  },
  {
    mark: "strings against hpack.js",
    wanted: 4,
    ours: "tercet-strings",
    peer: "hpack.js",
    rows: decode(OTHERS),
  },
  {
    mark: "strings against nghttp2 C",
    wanted: 1,
    ours: "tercet-strings",
    peer: "nghttp2-c",
    rows: decode(["page load"]),
  },
  {
    mark: "encode against hpack.js",
    wanted: 5,
    ours: "tercet-encode",
    peer: "hpack.js",
    rows: encode(ENCODED),
  },
  {
    mark: "encode against nghttp2 C",
    wanted: 0.7,
    ours: "tercet-encode",
    peer: "nghttp2-c",
    rows: encode(ENCODED),
  },
];

/** Octets written on the public stories, of the octets of names and values. */
export const LARGEST_SHARE = 0.31;
