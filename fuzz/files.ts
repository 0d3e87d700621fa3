// Where the corpus and the regressions are, and their names. A regression is the raw input of its
// target, or the list of operations as JSON, named after its bytes.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the project, whether this file runs as source or from build/. */
const root = fileURLToPath(
  new URL(import.meta.url.includes("/build/fuzz/") ? "../../" : "../", import.meta.url),
);

/** A file of a corpus or a regression. */
export interface Case {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Seeds of a corpus folder, by name. */
export function corpus(name: string): Case[] {
  return casesIn(path.join(root, "fuzz/corpus", name));
}

/** Regressions of a target, by name. */
export function regressions(target: string): Case[] {
  return casesIn(path.join(root, "fuzz/regressions", target));
}

function casesIn(folder: string): Case[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => !file.startsWith("."))
    .sort()
    .map((file) => ({ file, bytes: new Uint8Array(readFileSync(path.join(folder, file))) }));
}

/** Writes a regression and gives its path from the root. */
export function saveRegression(
  target: string,
  bytes: Uint8Array,
  extension: "bin" | "json",
): string {
  const folder = path.join(root, "fuzz/regressions", target);
  mkdirSync(folder, { recursive: true });
  const name = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const file = path.join(folder, `${name}.${extension}`);
  writeFileSync(file, bytes);
  return path.relative(root, file);
}
