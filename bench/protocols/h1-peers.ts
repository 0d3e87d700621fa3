// Everything that is timed on HTTP/1.1 input, ours and others', and which of them do comparable work.

import { buildProgram, installNpmPeers } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import type { Peers } from "../harness/peers.js";
import { isBuilt, nativePeer, nodePeer, npmPeer, sorted } from "../harness/peers.js";

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["llhttp-c", "pico-o2", "pico-native", "node-parse", "undici-parse"],
  "tercet-strings": ["node-strings", "undici-strings", "http-parser-js"],
};

/** What the columns of the times are, and which of them the marks compare. */
export const NOTES =
  "Columns: the peers are parsers without a connection, and so are tape, 3 reads and strings (our codec alone); the marks\n" +
  'compare these. The columns "connection" are the whole connection: strings = receive and read all strings; events = receive\n' +
  "as event objects; 204 = receive, answer each request 204, and take the bytes. No mark is judged on them.";

/** Installs what is missing and lists what can be measured. */
export function h1Peers(): Peers {
  installNpmPeers();
  return sorted([...ours(), ...nodeParser(), ...npmPeers(), ...nativePeers()]);
}

function ours(): (PeerSpec | string)[] {
  if (!isBuilt("h1")) return ["tercet"];
  return [
    nodePeer("tercet-tape", "tercet, tape", "tercet", "tercet", "tape"),
    nodePeer("tercet-lazy", "tercet, 3 reads", "tercet", "tercet", "lazy"),
    nodePeer("tercet-strings", "tercet, strings", "tercet", "tercet", "strings"),
    connectionPeer("tercet-connection", "connection, strings", "strings"),
    connectionPeer("tercet-events", "connection, events", "events"),
    connectionPeer("tercet-exchange", "connection, 204", "exchange"),
  ];
}

/** The whole connection: no peer has one, so nothing is judged on these. */
function connectionPeer(id: string, title: string, mode: string): PeerSpec {
  return nodePeer(id, title, "tercet", "tercet-connection", mode);
}

function nodeParser(): PeerSpec[] {
  const version = `Node ${process.versions.node} (llhttp ${process.versions.llhttp})`;
  return [
    nodePeer("node-parse", "Node, no callbacks", version, "node-parser", "parse"),
    nodePeer("node-strings", "Node, strings", version, "node-parser", "strings"),
  ];
}

function npmPeers(): (PeerSpec | string)[] {
  return [
    npmPeer("undici-parse", "undici WASM, parse", "undici", "undici", "parse"),
    npmPeer("undici-strings", "undici WASM, strings", "undici", "undici", "strings"),
    npmPeer("http-parser-js", "http-parser-js", "http-parser-js", "http-parser-js", ""),
  ];
}

function nativePeers(): (PeerSpec | string)[] {
  const pico = (flags: readonly string[]) => buildProgram("picohttpparser", flags);
  return [
    nativePeer("llhttp-c", "llhttp C -O2", buildProgram("llhttp", ["-O2"])),
    nativePeer("pico-o2", "picohttpparser -O2", pico(["-O2"])),
    nativePeer("pico-native", "picohttpparser native", pico(["-O3", "-march=native"])),
  ];
}

/** The serializers: ours, and what ours is compared with. */
export function writerPeers(): PeerSpec[] {
  const node = `as Node ${process.versions.node} does it`;
  const concatenation = nodePeer(
    "concatenation",
    "concatenation into a Buffer",
    node,
    "concatenation",
    "",
  );
  if (!isBuilt("h1")) return [concatenation];
  return [
    nodePeer("tercet-writer", "tercet, head", "tercet", "tercet-writer", "head"),
    nodePeer("tercet-send", "tercet, sendResponse", "tercet", "tercet-writer", "send"),
    concatenation,
  ];
}
