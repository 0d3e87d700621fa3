// What the lists of peers of all protocols share.

import { existsSync } from "node:fs";
import path from "node:path";
import type { Program } from "./install.js";
import type { PeerSpec } from "./peer-process.js";
import { COMPILED, peerVersion, ROOT } from "./project.js";

/** Peers in the order of the table's columns. */
export interface Peers {
  readonly specs: readonly PeerSpec[];
  /** Names of the peers that cannot be had here. */
  readonly missing: readonly string[];
}

/** Sorts out what was found: a name in place of a peer says that it cannot be had. */
export function sorted(found: readonly (PeerSpec | string)[]): Peers {
  return {
    specs: found.filter((spec): spec is PeerSpec => typeof spec !== "string"),
    missing: found.filter((spec): spec is string => typeof spec === "string"),
  };
}

/**
 * Names the peers that cannot be had, one line each.
 * @throws Error in CI, where nothing may be skipped
 */
export function nameMissing({ missing }: Peers): void {
  for (const name of missing) console.log(`skipped: ${name} not installed`);
  if (process.env.CI === "true" && missing.length > 0) throw new Error("peers are missing");
}

/** Whether the package is built as far as a sub-path. */
export function isBuilt(subPath: string): boolean {
  return existsSync(path.join(ROOT, `dist/${subPath}.js`));
}

/** A peer that runs in Node: a module of bench/drivers in one mode. */
export function nodePeer(
  id: string,
  title: string,
  version: string,
  module: string,
  mode: string,
): PeerSpec {
  // Node 24 gives its HTTP/1.1 binding only to internals.
  const exposed = module === "node-parser" && Number.parseInt(process.versions.node, 10) >= 24;
  const flags = exposed ? ["--expose-internals"] : [];
  const worker = path.join(COMPILED, "harness/worker.js");
  return { id, title, version, command: [process.execPath, ...flags, worker, module, mode] };
}

/** A peer that is an npm package; its name where that is not installed. */
export function npmPeer(
  id: string,
  title: string,
  name: string,
  module: string,
  mode: string,
): PeerSpec | string {
  const version = peerVersion(name);
  return version ? nodePeer(id, title, `${name} ${version}`, module, mode) : name;
}

/** A peer that is a program of ours around a C library; its title where that could not be built. */
export function nativePeer(id: string, title: string, program: Program | null): PeerSpec | string {
  return program ? { id, title, version: program.version, command: [program.path] } : title;
}
