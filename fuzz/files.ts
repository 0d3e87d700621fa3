// Where the corpus and the regressions are, and their names. A regression is the raw input of its
// target, or the list of operations as JSON, named after its bytes.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { INPUT_LENGTH } from "./protocol.js";

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

/**
 * Seeds of others: every file of these archives (.tar.gz) in the folder that TERCET_DATA names, at most
 * `INPUT_LENGTH` bytes each; with `folder` only those in folders of that name. None where it is not set.
 */
export function archived(names: readonly string[], folder?: string): Uint8Array[] {
  return names.flatMap((name) => {
    const archive = unzippedData(path.join("corpora", name));
    return archive === null ? [] : filesOfTar(archive, folder);
  });
}

/** A file that was compressed by gzip in the folder that TERCET_DATA names; null where there is none. */
export function unzippedData(name: string): Uint8Array | null {
  const folder = process.env.TERCET_DATA;
  if (folder === undefined || !existsSync(path.join(folder, name))) return null;
  return new Uint8Array(gunzipSync(readFileSync(path.join(folder, name))));
}

/** Regular files of a tar archive: headers of 512 octets, the size in octal, contents in blocks of 512. */
function filesOfTar(tar: Uint8Array, folder?: string): Uint8Array[] {
  const out: Uint8Array[] = [];
  const text = (from: number, length: number) =>
    new TextDecoder("latin1").decode(tar.subarray(from, from + length)).replace(/\0.*$/, "");
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = text(at, 100);
    const length = Number.parseInt(text(at + 124, 12).trim(), 8);
    if (name === "" || !Number.isFinite(length)) break;
    const isWanted = folder === undefined || name.split("/").includes(folder);
    const isFile = tar[at + 156] === 0x30 || tar[at + 156] === 0;
    if (isWanted && isFile && length > 0 && length <= INPUT_LENGTH) {
      out.push(tar.slice(at + 512, at + 512 + length));
    }
    at += 512 + Math.ceil(length / 512) * 512;
  }
  return out;
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
