// Compiles one engine of assembly/ with asc, in process: a release module for the package (also as base64
// inside a TypeScript module) and a debug module with its assertions for the fuzzers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import asc from "assemblyscript/asc";

/** Where each engine's memory map is. */
const MEMORY_MAPS = {
  h1: "src/abi/memory.ts",
  h2: "src/abi/field-memory.ts",
  h3: "src/abi/field-memory.ts",
  quic: "src/abi/quic-memory.ts",
};

/**
 * Builds assembly/<name>/index.ts into src/engine/<name>.wasm, src/engine/<name>-wasm.ts and
 * build/<name>.debug.wasm.
 *
 * @param {string} root folder of the project
 * @param {"h1" | "h2" | "h3" | "quic"} name of the engine
 */
export async function buildWasm(root, name) {
  const pages = memoryPages(root, MEMORY_MAPS[name]);
  const release = await compile(root, name, "release", pages);
  const debug = await compile(root, name, "debug", pages);
  checkShape(release, name);

  mkdirSync(path.join(root, "build"), { recursive: true });
  mkdirSync(path.join(root, "src/engine"), { recursive: true });
  writeFileSync(path.join(root, `build/${name}.debug.wasm`), debug);
  writeFileSync(path.join(root, `src/engine/${name}.wasm`), release);
  writeFileSync(path.join(root, `src/engine/${name}-wasm.ts`), asModule(release, name));
  console.error(`${name}.wasm: ${release.length} bytes, ${pages} pages of memory`);
}

/** Memory never grows: its one size is a constant shared with the engine. @param {string} root @param {string} map */
function memoryPages(root, map) {
  const source = readFileSync(path.join(root, map), "utf8");
  const found = /export const MEMORY_PAGES(?:: \w+)? = ([\d_]+);/.exec(source);
  if (found === null) throw new Error(`${map}: no MEMORY_PAGES as a plain number`);
  return Number(found[1].replaceAll("_", ""));
}

/**
 * @param {string} root
 * @param {string} name
 * @param {"release" | "debug"} target
 * @param {number} pages
 * @returns {Promise<Uint8Array>}
 */
async function compile(root, name, target, pages) {
  /** @type {Uint8Array | undefined} */
  let wasm;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [
      `assembly/${name}/index.ts`,
      ...["--baseDir", root, "--config", "asconfig.json", "--target", target],
      ...["--initialMemory", String(pages), "--maximumMemory", String(pages)],
      ...["--outFile", "out.wasm"],
    ],
    {
      stderr,
      writeFile(file, contents) {
        if (file.endsWith(".wasm")) wasm = /** @type {Uint8Array} */ (contents);
      },
    },
  );
  const complaints = stderr.toString();
  if (complaints !== "") console.error(complaints);
  if (error !== null || wasm === undefined)
    throw new Error(`asc failed on assembly/${name} (${target})`);
  return wasm;
}

/** The contract with every runtime: nothing to import, so nothing to hand in. @param {Uint8Array} wasm @param {string} name */
function checkShape(wasm, name) {
  const module = new WebAssembly.Module(/** @type {Uint8Array<ArrayBuffer>} */ (wasm));
  const imports = WebAssembly.Module.imports(module).map((item) => `${item.module}.${item.name}`);
  if (imports.length > 0)
    throw new Error(`${name}.wasm must import nothing, but imports ${imports.join(", ")}`);
  const hasMemory = WebAssembly.Module.exports(module).some((item) => item.name === "memory");
  if (!hasMemory) throw new Error(`${name}.wasm must export its memory`);
}

/** @param {Uint8Array} wasm @param {string} name */
function asModule(wasm, name) {
  const text = Buffer.from(wasm).toString("base64");
  // The annotation keeps 70 KB of literal type out of the declaration file.
  return [
    `// assembly/${name} compiled; written by scripts/wasm.mjs.`,
    `export const ${name.toUpperCase()}_WASM_BASE64: string =`,
    `  "${text}";`,
    "",
  ].join("\n");
}
