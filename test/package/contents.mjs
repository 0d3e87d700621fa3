// The tarball and what must be in it: exactly the files that follow from the sources, so that neither a
// forgotten file nor a test, a note or a build leftover can slip into a release.
import { readdirSync } from "node:fs";
import path from "node:path";
import { npm } from "./process.mjs";

/** More than this packed is not a release but an accident. */
const MAX_PACKED_BYTES = 400_000;

const ALWAYS = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];

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
  const expected = new Set(expectedFiles(root));
  const extra = packed.files.filter((file) => !expected.has(file));
  const missing = [...expected].filter((file) => !packed.files.includes(file));
  if (extra.length > 0) throw new Error(`in the tarball by mistake: ${extra.join(", ")}`);
  if (missing.length > 0) throw new Error(`missing in the tarball: ${missing.join(", ")}`);
  if (packed.size > MAX_PACKED_BYTES) throw new Error(`the tarball has ${packed.size} bytes`);
}

function expectedFiles(root) {
  const sources = list(root, "src").filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".d.ts"),
  );
  const compiled = sources
    .map((file) => file.replace(/^src\//, "dist/").replace(/\.ts$/, ""))
    .flatMap((file) => [`${file}.js`, `${file}.d.ts`]);
  return [
    ...ALWAYS,
    ...compiled,
    ...list(root, "src")
      .filter((f) => f.endsWith(".wasm"))
      .map((f) => f.replace(/^src\//, "dist/")),
    ...list(root, "assembly").filter((file) => file.endsWith(".ts")),
    ...list(root, "src/abi"),
    ...list(root, "docs").filter((file) => file.endsWith(".md")),
  ];
}

function list(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join("/"));
}
