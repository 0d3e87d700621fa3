// The project's own files as text, for the tests that read the code itself: layers, shape, exports.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const NOT_OURS = new Set(["node_modules", "dist", "build", "coverage", ".git"]);

/** Path from the root (with `/`) to text, of all files below the folders whose name ends in one of `endings`. */
export function sourceFiles(folders: readonly string[], endings = [".ts"]): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of folders) collect(folder, endings, files);
  return files;
}

function collect(folder: string, endings: readonly string[], files: Map<string, string>): void {
  for (const entry of list(folder)) {
    const file = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!NOT_OURS.has(entry.name)) collect(file, endings, files);
    } else if (endings.some((ending) => file.endsWith(ending)) && !file.endsWith("-wasm.ts")) {
      files.set(file, readFileSync(path.join(ROOT, file), "utf8"));
    }
  }
}

/** A folder that does not exist yet has no files. */
function list(folder: string) {
  try {
    return readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/**
 * The text with comments and the fixed parts of templates removed, and with the inside of strings removed
 * too where `strings` is false. Line breaks stay, so that line numbers do. A regular expression is told
 * from a division by what stands before it, which is right for code that biome has formatted.
 */
export function stripped(text: string, strings: boolean): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/g;
  return text.replace(token, (found) => {
    if (found.startsWith("//") || found.startsWith("/*")) return found.replace(/[^\n]/g, "");
    if (found.startsWith("`")) return (found.match(/\$\{[^}]*\}|\n/g) ?? []).join(" ");
    return strings ? found : found[0] + found[0];
  });
}
