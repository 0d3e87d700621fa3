// The tarball and what must be in it: what package.json leads to, and what follows from the sources; so that
// neither a forgotten file nor a test, a note or a build leftover can slip into a release.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { npm } from "./process.mjs";

/** More than this packed is not a release but an accident. */
const MAX_PACKED_BYTES = 1_150_000;

const ALWAYS = [
  ...["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
  // What the README opens.
  "docs/examples/http3.pcapng",
];

/** Packs the project. Gives the path of the tarball, its files and its size in bytes. */
export async function pack(root, folder) {
  const [report] = JSON.parse(await npm(["pack", "--json", "--pack-destination", folder], root));
  return {
    tarball: path.join(folder, report.filename),
    files: report.files.map((file) => file.path).sort(),
    size: report.size,
  };
}

/** @throws Error that names every file too many and every file too few. */
export function checkContents(root, packed) {
  const needed = new Set([...ALWAYS, ...sources(root), ...reachable(root)]);
  const extra = packed.files.filter((file) => !needed.has(file) && !isDeclaration(root, file));
  const missing = [...needed].filter((file) => !packed.files.includes(file));
  if (extra.length > 0) throw new Error(`in the tarball by mistake: ${extra.join(", ")}`);
  if (missing.length > 0) throw new Error(`missing in the tarball: ${missing.join(", ")}`);
  if (packed.size > MAX_PACKED_BYTES) throw new Error(`the tarball has ${packed.size} bytes`);
}

/** What ships as it is: the engine's source with the constants it shares, and the docs. */
function sources(root) {
  return [
    ...list(root, "assembly").filter((file) => file.endsWith(".ts")),
    ...list(root, "src/abi"),
    ...list(root, "docs").filter((file) => file.endsWith(".md")),
  ];
}

/** Every file that a user can get to from package.json: code and declarations, from import (or fork) to import. */
function reachable(root) {
  const { exports, imports, bin } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  const found = new Set();
  const queue = [exports, imports, bin].flatMap(targets).map((file) => path.posix.normalize(file));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    if (!/\.(?:js|ts)$/.test(file)) continue;
    const text = readFileSync(path.join(root, file), "utf8");
    for (const [, target] of text.matchAll(/\b(?:from|import|URL)\s*\(?\s*"(\.[^"]+)"/g)) {
      const next = path.posix.join(path.posix.dirname(file), target);
      queue.push(file.endsWith(".d.ts") ? next.replace(/\.js$/, ".d.ts") : next);
    }
  }
  return found;
}

/** The files that a value of package.json names, whatever its conditions are. */
function targets(value) {
  return typeof value === "string" ? [value] : Object.values(value).flatMap(targets);
}

/** The declarations of a source that is still there: tsc writes them for all of src. */
function isDeclaration(root, file) {
  const source = file.replace(/^dist\//, "src/").replace(/\.d\.ts$/, ".ts");
  return file.startsWith("dist/") && file.endsWith(".d.ts") && existsSync(path.join(root, source));
}

function list(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join("/"));
}
