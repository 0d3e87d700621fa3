// Everything that is timed on HPACK, ours and others', and which of them do comparable work.

import { buildWithSystem, installNpmPeers } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, npmPeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["nghttp2-c"],
  "tercet-strings": ["nghttp2-c", "hpack.js", "hpack", "http2"],
  "tercet-encode": ["nghttp2-c", "hpack.js", "hpack"],
};

/** What the columns of the times are. */
export const NOTES =
  "Columns, rows decode: tape = fields are found, decoded and written as records, without strings (our engine alone);\n" +
  "strings = HpackDecoder.decode. nghttp2 in C gives pointers into its buffers, the others give strings. Rows encode:\n" +
  "HpackEncoder.encode, and the encoders of the peers. An item is the list of one message; its strings are the same objects\n" +
  "in each pass, so that their hashes are known, and equal ones are one.";

/** Peers that are not measured on the stories: http2 joins values and cookies, so that it has no list to be counted. */
const OWN_ONLY = new Set(["http2"]);

/** Whether a peer can be measured on a row. */
export function fits({ id }: PeerSpec, row: string): boolean {
  return !OWN_ONLY.has(id) || !row.includes("stories");
}

/** Installs what is missing and lists what decodes. */
export function decoders(): Peers {
  installNpmPeers();
  return sorted([
    ...(isBuilt("hpack")
      ? [
          nodePeer("tercet-tape", "tercet, tape", "tercet", "tercet-hpack-tape", ""),
          nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet-hpack", "decode"),
        ]
      : ["tercet"]),
    nghttp2("inflate"),
    npmPeer("hpack.js", "hpack.js", "hpack.js", "hpack-js", "decode"),
    npmPeer("hpack", "hpack", "hpack", "hpack-npm", "decode"),
    npmPeer("http2", "http2", "http2", "http2-js", ""),
  ]);
}

/** Lists what encodes. */
export function encoders(): Peers {
  installNpmPeers();
  return sorted([
    isBuilt("hpack")
      ? nodePeer("tercet-encode", "tercet, encode", "tercet", "tercet-hpack", "encode")
      : "tercet",
    nghttp2("deflate"),
    npmPeer("hpack.js", "hpack.js", "hpack.js", "hpack-js", "encode"),
    npmPeer("hpack", "hpack", "hpack", "hpack-npm", "encode"),
  ]);
}

function nghttp2(what: "inflate" | "deflate"): PeerSpec | string {
  const program = buildWithSystem(`nghttp2-${what}`, "libnghttp2", ["-O2"]);
  return nativePeer("nghttp2-c", "nghttp2 C", program);
}
