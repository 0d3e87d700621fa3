// Joins the compiled modules into the few files of the package. Node's loader takes most of a millisecond for each
// file, so that start-up is a matter of their number: tercet/h1 is three (h1.js, shared.js, engine/h1-module.js).
//
// Nothing is in two files that would have to be one: what has an identity or a state (error classes, tables, the
// pool of engines) is in shared.js or h1.js, and all others import these. src/cli stays as it is: each command
// loads its own files, and only when it runs.
import { cpSync, readdirSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/** Modules behind shared.js: what `tercet` gives, and every sub-path needs. */
const SHARED = ["errors", "leniency", "limits"];
/** Files that stay modules of their own: package.json names them, and chooses among them. */
const KEPT = ["engine/h1-module.workerd.js"];
/** What the benchmark drives below the public interface. */
const BENCHED = ["codec/h1", "codec/h1-serialize", "connection/h1-options"];

/**
 * Bundles `modules` (what tsc made of src) into `dist`, and the codec for the benchmark into `codec`.
 *
 * @param {string} modules @param {string} dist @param {string} codec file
 * @returns {Promise<Set<string>>} the JavaScript files of dist, from dist
 */
export async function bundle(modules, dist, codec) {
  const all = { modules, shared: `${dist}/shared.js`, h1: `${dist}/h1.js` };
  const h1 = await join(all, dist, { entries: ["h1", "index"], separate: SHARED });
  const shared = await join(all, dist, { reExport: SHARED, as: "shared" });
  const engine = await join(all, dist, { entries: ["engine/h1-module"] });
  const adapters = await join(all, dist, {
    entries: ["adapters/node/index", "adapters/web/index", "fuzz/index"],
    separate: [...SHARED, "h1"],
  });
  await join(all, path.dirname(codec), { reExport: BENCHED, as: path.basename(codec, ".js") });

  const cli = readdirSync(path.join(modules, "cli"), { recursive: true, encoding: "utf8" });
  const copied = [...KEPT, ...cli.filter((f) => f.endsWith(".js")).map((f) => `cli/${f}`)];
  for (const file of copied) cpSync(path.join(modules, file), path.join(dist, file));
  return new Set([...h1, ...shared, ...engine, ...adapters, ...copied]);
}

/**
 * One run of esbuild. `separate` modules become imports of the file that holds them.
 *
 * @param {{ modules: string, shared: string, h1: string }} all
 * @param {string} outdir
 * @param {{ entries?: string[], reExport?: string[], as?: string, separate?: string[] }} what
 */
async function join(all, outdir, { entries, reExport, as, separate = [] }) {
  const { metafile } = await build({
    ...(reExport
      ? {
          stdin: {
            contents: reExport.map((name) => `export * from "./${name}.js";`).join("\n"),
            resolveDir: all.modules,
          },
          outfile: path.join(outdir, `${as}.js`),
        }
      : {
          entryPoints: entries?.map((name) => path.join(all.modules, `${name}.js`)) ?? [],
          outbase: all.modules,
          outdir,
          splitting: true,
          chunkNames: "adapters/common",
        }),
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    packages: "external",
    external: ["#h1-wasm"],
    absWorkingDir: path.resolve(outdir),
    metafile: true,
    logLevel: "warning",
    plugins: [separator(all, separate)],
  });
  return Object.keys(metafile.outputs).map((file) => file.split(path.sep).join("/"));
}

/**
 * Leaves out the modules that are in another file of dist.
 *
 * @param {{ modules: string, shared: string, h1: string }} all @param {string[]} separate
 * @returns {import("esbuild").Plugin}
 */
function separator({ modules, shared, h1 }, separate) {
  return {
    name: "separate",
    setup({ onResolve, initialOptions }) {
      const { outdir = "" } = initialOptions;
      onResolve({ filter: /^\.\.?\// }, ({ path: target, resolveDir, importer }) => {
        const name = path.relative(modules, path.resolve(resolveDir, target)).replace(/\.js$/, "");
        if (!separate.includes(name) || importer === "") return undefined;
        // A stand-in that is made relative to each output below: all bundles keep the folder of their entry.
        const file = name === "h1" ? h1 : shared;
        return { path: path.join(outdir, path.relative(outdir, file)), external: true };
      });
    },
  };
}
