// Everything that is timed on HTTP/1.1 input, ours and others', and which of them do comparable work.

import { existsSync } from "node:fs";
import path from "node:path";
import { buildProgram, installNpmPeers } from "../harness/install.js";
import type { PeerSpec } from "../harness/peer-process.js";
import { COMPILED, peerVersion, ROOT } from "../harness/project.js";

/** Peers in the order of the table's columns. */
export interface H1Peers {
  readonly specs: readonly PeerSpec[];
  /** Names of the peers that cannot be had here. */
  readonly missing: readonly string[];
}

/** Which peers do the same work as one of our modes: what "where we lose" compares. */
export const COMPARABLE: Readonly<Record<string, readonly string[]>> = {
  "tercet-tape": ["llhttp-c", "pico-o2", "pico-native", "node-parse", "undici-parse"],
  "tercet-strings": ["node-strings", "undici-strings", "http-parser-js"],
};

/** Installs what is missing and lists what can be measured. */
export function h1Peers(): H1Peers {
  installNpmPeers();
  const found = [...ours(), ...nodeParser(), ...npmPeers(), ...nativePeers()];
  return {
    specs: found.filter((spec): spec is PeerSpec => typeof spec !== "string"),
    missing: found.filter((spec): spec is string => typeof spec === "string"),
  };
}

/** A peer that runs in Node: a module of bench/drivers in one mode. */
export function nodePeer(
  id: string,
  title: string,
  version: string,
  module: string,
  mode: string,
): PeerSpec {
  // Node 24 gives its binding only to internals.
  const exposed = module === "node-parser" && Number.parseInt(process.versions.node, 10) >= 24;
  const flags = exposed ? ["--expose-internals"] : [];
  const worker = path.join(COMPILED, "harness/worker.js");
  return { id, title, version, command: [process.execPath, ...flags, worker, module, mode] };
}

function ours(): (PeerSpec | string)[] {
  if (!existsSync(path.join(ROOT, "dist/h1.js"))) return ["tercet"];
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
  const undici = peerVersion("undici");
  const js = peerVersion("http-parser-js");
  const version = `undici ${undici} (llhttp WASM)`;
  return [
    undici ? nodePeer("undici-parse", "undici WASM, parse", version, "undici", "parse") : "undici",
    ...(undici
      ? [nodePeer("undici-strings", "undici WASM, strings", version, "undici", "strings")]
      : []),
    js
      ? nodePeer("http-parser-js", "http-parser-js", `http-parser-js ${js}`, "http-parser-js", "")
      : "http-parser-js",
  ];
}

function nativePeers(): (PeerSpec | string)[] {
  return [
    nativePeer("llhttp-c", "llhttp C -O2", "llhttp", ["-O2"]),
    nativePeer("pico-o2", "picohttpparser -O2", "picohttpparser", ["-O2"]),
    nativePeer("pico-native", "picohttpparser native", "picohttpparser", ["-O3", "-march=native"]),
  ];
}

function nativePeer(id: string, title: string, name: string, flags: string[]): PeerSpec | string {
  const program = buildProgram(name, flags);
  return program ? { id, title, version: program.version, command: [program.path] } : title;
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
  if (!existsSync(path.join(ROOT, "dist/h1.js"))) return [concatenation];
  return [
    nodePeer("tercet-writer", "tercet, head", "tercet", "tercet-writer", "head"),
    nodePeer("tercet-send", "tercet, sendResponse", "tercet", "tercet-writer", "send"),
    concatenation,
  ];
}
