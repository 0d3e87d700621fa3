// Where things are, and how the peers' packages are reached.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project's package.json. */
export const ROOT = findRoot(path.dirname(fileURLToPath(import.meta.url)));

/** The peers' own package.json and node_modules. */
export const PEERS = path.join(ROOT, "bench/peers");

/** C libraries, built programs and input files. Ignored by git; may be deleted at any time. */
export const CACHE = path.join(ROOT, "build/bench-cache");

/** Where the dated records are kept. */
export const RECORDS = path.join(ROOT, "bench/record");

/** The compiled benchmark: what `npm run build` made of bench/. */
export const COMPILED = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Loads a CommonJS package (or a file of one) that is installed for the benchmark. */
export function peerRequire(name: string): unknown {
  return createRequire(path.join(PEERS, "package.json"))(name);
}

/** The version of a package that is installed for the benchmark, or null. */
export function peerVersion(name: string): string | null {
  const file = path.join(PEERS, "node_modules", name, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : null;
}

/** Walks up: the compiled files lie deeper than their sources. */
function findRoot(from: string): string {
  const manifest = path.join(from, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "tercet") {
    return from;
  }
  const parent = path.dirname(from);
  if (parent === from) throw new Error("the project's package.json was not found");
  return findRoot(parent);
}
