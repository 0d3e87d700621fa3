// The build: assembly/ -> src/engine (WASM), src/ -> build/modules -> dist/ (the package), fuzz/ and bench/ -> build/.
//
//   node scripts/build.mjs          everything
//   node scripts/build.mjs dist     what a user of the package needs (the WASM and dist/)
//
// Each step keeps a hash of its inputs in build/.stamps and does nothing while they are the same.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const stamps = path.join(root, "build/.stamps");

/** Each is one module of assembly/, and one src/engine/<name>-module.ts that brings it. */
const ENGINES = /** @type {const} */ (["h1", "h2", "h3", "quic"]);

/**
 * One step of the build.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} inputs files and folders, from the root of the project
 * @property {string[]} outputs one file that is missing makes the step run again
 * @property {() => Promise<void> | void} run
 */

/** @type {Step[]} */
const steps = [
  {
    name: "wasm",
    inputs: ["assembly", "src/abi", "asconfig.json", "scripts/wasm.mjs", "package.json"],
    outputs: ENGINES.flatMap((name) => [
      `src/engine/${name}.wasm`,
      `src/engine/${name}-wasm.ts`,
      `build/${name}.debug.wasm`,
    ]),
    async run() {
      // Imported only here: loading the compiler takes longer than finding out that nothing changed.
      const { buildWasm } = await import("./wasm.mjs");
      for (const name of ENGINES) await buildWasm(root, name);
    },
  },
  {
    name: "dist",
    inputs: [
      "src",
      "tsconfig.base.json",
      "tsconfig.build.json",
      "scripts/build.mjs",
      "scripts/bundle.mjs",
      "package.json",
    ],
    outputs: [
      ...ENGINES.flatMap((name) => [
        `dist/engine/${name}.wasm`,
        `dist/engine/${name}-module.js`,
        `dist/${name}.js`,
      ]),
      ...["hpack", "qpack", "webtransport"].map((name) => `dist/${name}.js`),
      "build/codec.js",
    ],
    async run() {
      mkdirSync(path.join(root, "dist/engine"), { recursive: true });
      for (const name of ENGINES) {
        const file = `engine/${name}.wasm`;
        cpSync(path.join(root, "src", file), path.join(root, "dist", file));
      }
      compile("tsconfig.build.json");
      removeOrphans("build/modules");
      const { bundle } = await import("./bundle.mjs");
      const at = (/** @type {string} */ file) => path.join(root, file);
      removeOrphans("dist", await bundle(at("build/modules"), at("dist"), at("build/codec.js")));
    },
  },
  {
    name: "tools",
    // The declarations of dist are an input: the tools are checked against the built package.
    inputs: [
      "fuzz",
      "bench",
      "test/helpers",
      "dist",
      "tsconfig.base.json",
      "tsconfig.tools.json",
      "package.json",
    ],
    outputs: [],
    run: () => compile("tsconfig.tools.json"),
  },
];

const last = process.argv[2] ?? "tools";
const end = steps.findIndex((step) => step.name === last) + 1;
if (end === 0) {
  console.error(`build: no step "${last}"; there are ${steps.map((step) => step.name).join(", ")}`);
  process.exit(2);
}

for (const step of steps.slice(0, end)) {
  const stamp = path.join(stamps, step.name);
  const hash = hashOf(step.inputs);
  const complete = step.outputs.every((file) => existsSync(path.join(root, file)));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) continue;

  const start = performance.now();
  rmSync(stamp, { force: true });
  try {
    await step.run();
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, hash);
  console.error(`built ${step.name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Runs tsc on one project file; its complaints are the output, and they end the build.
 * @param {string} project */
function compile(project) {
  const tsc = path.join(path.dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
}

/** Deletes what was compiled from a source that is gone, or, where `scripts` says which there are, any other script.
 * Only that: another process may be using the rest.
 * @param {string} folder @param {string[]} [scripts] */
function removeOrphans(folder, scripts) {
  for (const file of filesOf(folder)) {
    const source = `src${file.slice(folder.length).replace(/\.d\.ts$|\.js$/, ".ts")}`;
    const isScript = scripts !== undefined && file.endsWith(".js");
    const isMade = isScript
      ? scripts.includes(path.join(root, file))
      : existsSync(path.join(root, source));
    if (!isMade) rmSync(path.join(root, file));
  }
}

/** @param {string[]} inputs */
function hashOf(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of filesOf(input))
      hash
        .update(`${file}\0`)
        .update(readFileSync(path.join(root, file)))
        .update("\0");
  }
  return hash.digest("hex");
}

/** @param {string} entry @returns {string[]} */
function filesOf(entry) {
  const absolute = path.join(root, entry);
  if (!existsSync(absolute)) return [];
  if (path.extname(entry) !== "" && !entry.endsWith("/")) return [entry];
  const found = readdirSync(absolute, { withFileTypes: true })
    .filter((item) => item.name !== "node_modules" && item.name !== "record")
    .flatMap((item) =>
      item.isDirectory() ? filesOf(`${entry}/${item.name}`) : [`${entry}/${item.name}`],
    );
  return found.sort();
}
