// Everything that is timed on HTTP/2 input, ours and others', and which of them do comparable work.

import { buildWithSystem, installNpmPeers } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["nghttp2-session"],
  "tercet-strings": ["nghttp2-session"],
  "tercet-exchange": ["nghttp2-answer", "node-http2"],
};

/** What the columns of the times are. */
export const NOTES =
  "Columns: tape = our reader of frames and fields with a sink that reads nothing; strings = the whole connection, its handler\n" +
  "reads every name and value; events = the same as event objects; 204 = strings, each request is answered, and the bytes are\n" +
  "taken. nghttp2's session in C counts fields and content in its callbacks; + 204 also answers. node:http2 answers, without a\n" +
  "socket. An item is one request of 1,000 on a connection; of the row upload, 1 MiB of content in frames of 64 KiB.";

/** Installs what is missing and lists what can be measured. */
export function h2Peers(): Peers {
  installNpmPeers();
  return sorted([
    ...ours(),
    session("nghttp2-session", "nghttp2 C", ["-O2"]),
    session("nghttp2-answer", "nghttp2 C + 204", ["-O2", "-DANSWER"]),
    nodePeer("node-http2", "node:http2 + 204", nodeVersion(), "node-http2", ""),
  ]);
}

function ours(): (PeerSpec | string)[] {
  if (!isBuilt("h2")) return ["tercet"];
  return [
    nodePeer("tercet-tape", "tercet, tape", "tercet", "tercet-h2-tape", ""),
    nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet-h2", "strings"),
    nodePeer("tercet-events", "tercet, events", "tercet", "tercet-h2", "events"),
    nodePeer("tercet-exchange", "tercet + 204", "tercet", "tercet-h2", "exchange"),
  ];
}

function session(id: string, title: string, flags: readonly string[]): PeerSpec | string {
  return nativePeer(id, title, buildWithSystem("nghttp2-session", "libnghttp2", flags));
}

function nodeVersion(): string {
  return `Node ${process.versions.node} (nghttp2 ${process.versions.nghttp2})`;
}
