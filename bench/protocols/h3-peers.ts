// Everything that is timed on HTTP/3 input, ours and others', and which of them do comparable work.

import { buildWithSystem } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["nghttp3-session"],
  "tercet-strings": ["nghttp3-session"],
  "tercet-exchange": ["nghttp3-answer"],
};

/** What the columns of the times are. */
export const NOTES =
  "Columns: tape = our readers of frames and fields with a sink that reads nothing; strings = the whole connection, its handler\n" +
  "reads every name and value; events = the same as event objects; 204 = strings, each request is answered, and the streams are\n" +
  "taken. nghttp3's connection in C counts fields and content in its callbacks; + 204 also answers and closes the stream. An item\n" +
  "is one request of 1,000 on a connection (100 of a page; of the row upload, 1 MiB of content in frames of 16 KiB); a piece is\n" +
  "what a QUIC transport delivers at once. npm has HTTP/3 only together with a QUIC transport and its sockets, so that no peer in\n" +
  "JavaScript does this work alone.";

/** Lists what can be measured. */
export function h3Peers(): Peers {
  return sorted([
    ...ours(),
    session("nghttp3-session", "nghttp3 C", ["-O2"]),
    session("nghttp3-answer", "nghttp3 C + 204", ["-O2", "-DANSWER"]),
  ]);
}

function ours(): (PeerSpec | string)[] {
  if (!isBuilt("h3")) return ["tercet"];
  return [
    nodePeer("tercet-tape", "tercet, tape", "tercet", "tercet-h3-tape", ""),
    nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet-h3", "strings"),
    nodePeer("tercet-events", "tercet, events", "tercet", "tercet-h3", "events"),
    nodePeer("tercet-exchange", "tercet + 204", "tercet", "tercet-h3", "exchange"),
  ];
}

function session(id: string, title: string, flags: readonly string[]): PeerSpec | string {
  return nativePeer(id, title, buildWithSystem("nghttp3-session", "libnghttp3", flags));
}
