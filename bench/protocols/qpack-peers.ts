// Everything that is timed on QPACK, ours and others', and which of them do comparable work.

import { buildProgram, buildWithSystem } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["nghttp3-c", "ls-qpack-c"],
  "tercet-strings": ["nghttp3-c", "ls-qpack-c"],
  "tercet-encode": ["nghttp3-c", "ls-qpack-c"],
};

/** What the columns of the times are. */
export const NOTES =
  "Columns, rows decode: tape = encoder stream and sections are read to records, without strings (our engine alone); strings =\n" +
  "QpackDecoder. nghttp3 in C gives references to its buffers, ls-qpack in C writes text to a buffer of the caller's; all but the\n" +
  "tape take the decoder stream after each message. Rows encode: QpackEncoder and the encoders of the peers; with a dynamic table\n" +
  "of 4 KiB each section is acknowledged before the next. An item is one message, with its share of the encoder stream. static:\n" +
  "no dynamic table; dynamic: a field that comes again is inserted, in the row page load every field. npm has no QPACK in\n" +
  "JavaScript that could be measured.";

/** Release builds for this machine: what their users run. */
const LS_QPACK_FLAGS = ["-O2", "-march=native", "-DNDEBUG"];

/** Lists what decodes. */
export function decoders(): Peers {
  return sorted([
    ...(isBuilt("qpack")
      ? [
          nodePeer("tercet-tape", "tercet, tape", "tercet", "tercet-qpack-tape", ""),
          nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet-qpack", "decode"),
        ]
      : ["tercet"]),
    nghttp3("decode", []),
    lsQpack("decode", []),
  ]);
}

/** What growing inputs are measured with: the decoder, where the encoder stream comes in pieces. */
export function piecesPeer(): PeerSpec {
  return nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet-qpack", "pieces");
}

/** Lists what encodes, with a dynamic table or without. */
export function encoders(isDynamic: boolean): Peers {
  const mode = isDynamic ? "encode-dynamic" : "encode-static";
  const flags = isDynamic ? ["-DDYNAMIC"] : [];
  return sorted([
    isBuilt("qpack")
      ? nodePeer("tercet-encode", "tercet, encode", "tercet", "tercet-qpack", mode)
      : "tercet",
    nghttp3("encode", flags),
    lsQpack("encode", flags),
  ]);
}

function nghttp3(what: "decode" | "encode", flags: readonly string[]): PeerSpec | string {
  const program = buildWithSystem(`nghttp3-${what}`, "libnghttp3", ["-O2", ...flags]);
  return nativePeer("nghttp3-c", "nghttp3 C", program);
}

function lsQpack(what: "decode" | "encode", flags: readonly string[]): PeerSpec | string {
  const program = buildProgram(`ls-qpack-${what}`, [...LS_QPACK_FLAGS, ...flags], "ls-qpack");
  return nativePeer("ls-qpack-c", "ls-qpack C", program);
}
