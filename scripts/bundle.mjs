// Joins the compiled modules into the few files of the package. Node's loader takes most of a millisecond for each
// file, so that start-up is a matter of their number: tercet/h1 is three (h1.js, shared.js, engine/h1-module.js);
// tercet/h2 and tercet/hpack are four each, because what both need is in h2-codec.js; tercet/h3 and tercet/qpack the same
// with h3-codec.js; tercet/webtransport is two. None of them loads anything of another protocol.
//
// Nothing is in two files that would have to be one: what has an identity or a state (error classes, tables, the
// pools of engines) is in shared.js, h1.js, h2-codec.js or h3-codec.js, and all others import these. What HTTP/2 and HTTP/3
// have in common is in both: it has neither, and one more file would cost more than it. src/cli stays as it is: each command
// loads its own files, and only when it runs.
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/** Modules behind shared.js: what `tercet` gives, and every sub-path needs; the numbers of errors are 20 KB. */
const SHARED = ["abi/error-code", "errors", "leniency", "limits"];
/** Files that stay modules of their own: package.json names them, and chooses among them. */
const KEPT = ["h1", "h2", "h3", "quic"].map((name) => `engine/${name}-module.workerd.js`);
/** What the benchmark drives below the public interface. */
const BENCHED = [
  ...["codec/h1", "codec/h1-serialize", "connection/h1-options"],
  ...["codec/h2", "engine/h2-pool", "abi/field-memory"],
  ...["codec/h3-frame-reader", "codec/qpack-reader", "engine/h3-pool", "codec/quic-frame-reader"],
];

/**
 * Bundles `modules` (what tsc made of src) into `dist`, and the codec for the benchmark into the file `codec`.
 *
 * @param {string} modules @param {string} dist @param {string} codec
 * @returns {Promise<string[]>} the JavaScript files of dist
 */
export async function bundle(modules, dist, codec) {
  const entry = (/** @type {string} */ name) => ({
    in: path.join(modules, `${name}.js`),
    out: name,
  });
  const separate = [...SHARED, "h1", "h2", "hpack", "h3", "qpack", "webtransport", "quic"];
  const made = [
    await join(modules, dist, [entry("h1"), entry("index")], SHARED),
    await join(modules, dist, reExport(modules, SHARED, "shared"), []),
    await join(modules, dist, [entry("h2"), entry("hpack")], SHARED, "h2-codec"),
    await join(modules, dist, [entry("h3"), entry("qpack")], SHARED, "h3-codec"),
    await join(modules, dist, [entry("webtransport")], SHARED),
    await join(modules, dist, [entry("quic")], SHARED),
    await join(modules, dist, [entry("inspect/index")], separate),
    await join(modules, dist, [entry("engine/h1-module")], []),
    await join(modules, dist, [entry("engine/h2-module")], []),
    await join(modules, dist, [entry("engine/h3-module")], []),
    await join(modules, dist, [entry("engine/quic-module")], []),
    await join(
      modules,
      dist,
      [entry("adapters/node/index"), entry("adapters/web/index")],
      separate,
      "adapters/common",
    ),
    await join(modules, dist, [entry("fuzz/index")], separate),
  ];
  await join(
    modules,
    path.dirname(codec),
    reExport(modules, BENCHED, path.basename(codec, ".js")),
    [],
  );

  const cli = readdirSync(path.join(modules, "cli"), { recursive: true, encoding: "utf8" });
  const kept = [
    ...KEPT,
    ...cli.filter((file) => file.endsWith(".js")).map((file) => `cli/${file}`),
  ];
  for (const file of kept) cpSync(path.join(modules, file), path.join(dist, file));
  return [...made.flat(), ...kept.map((file) => path.join(dist, file))];
}

/** An entry that gives all names of some modules. They must differ: a name that two have would be missing.
 * @param {string} modules @param {string[]} names @param {string} out */
function reExport(modules, names, out) {
  const file = path.join(modules, `${out}-names.js`);
  writeFileSync(file, names.map((name) => `export * from "./${name}.js";\n`).join(""));
  return [{ in: file, out }];
}

/**
 * One run of esbuild. The modules in `separate` become imports of the file of dist that holds them.
 *
 * @param {string} modules @param {string} outdir @param {{ in: string, out: string }[]} entryPoints
 * @param {string[]} separate @param {string} [common] name of the file that holds what several entries need
 * @returns {Promise<string[]>} the files that were made
 */
async function join(modules, outdir, entryPoints, separate, common = "common") {
  const { outputFiles } = await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: common,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    packages: "external",
    external: ["node:*"],
    write: false,
    logLevel: "warning",
    plugins: [separator(modules, separate)],
  });
  for (const { path: file, text } of outputFiles) {
    const folder = path.relative(path.dirname(file), outdir).split(path.sep).join("/") || ".";
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text.replace(/(["'])dist:(\w+)\1/g, `"${folder}/$2.js"`));
  }
  return outputFiles.map(({ path: file }) => file);
}

/**
 * Leaves modules out: "dist:NAME" stands for the file, until it is known from where it is imported.
 *
 * @param {string} modules @param {string[]} separate
 * @returns {import("esbuild").Plugin}
 */
function separator(modules, separate) {
  return {
    name: "separate",
    setup({ onResolve }) {
      onResolve({ filter: /^#(?:h[123]|quic)-wasm$/ }, ({ path: name }) => ({
        path: name,
        external: true,
      }));
      onResolve({ filter: /^\.\.?\// }, ({ path: target, resolveDir }) => {
        const name = path.relative(modules, path.resolve(resolveDir, target)).replace(/\.js$/, "");
        if (!separate.includes(name)) return undefined;
        const file = SHARED.includes(name) ? "shared" : name;
        return { path: `dist:${file}`, external: true, sideEffects: false };
      });
    },
  };
}
