// Bundles of the program for Node: each bundler must find and keep the engine without any setting.
import path from "node:path";
import { runExpecting } from "./process.mjs";

/** Entry, outfile → bundle with one bundler. */
const BUNDLERS = {
  async esbuild(peers, entry, outfile) {
    const esbuild = await peers.module("esbuild");
    await esbuild.build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "silent",
    });
  },
  async "esbuild, CommonJS, minified"(peers, entry, outfile) {
    const esbuild = await peers.module("esbuild");
    const file = { entryPoints: [entry], outfile: outfile.replace(/mjs$/, "cjs") };
    await esbuild.build({
      ...file,
      bundle: true,
      minify: true,
      format: "cjs",
      platform: "node",
      logLevel: "silent",
    });
    return file.outfile;
  },
  async rollup(peers, entry, outfile) {
    const { rollup } = await peers.module("rollup");
    const { nodeResolve } = await peers.module("@rollup/plugin-node-resolve");
    const bundle = await rollup({ input: entry, plugins: [nodeResolve()] });
    await bundle.write({ file: outfile, format: "es" });
    await bundle.close();
  },
  async rolldown(peers, entry, outfile) {
    const { rolldown } = await peers.module("rolldown");
    const bundle = await rolldown({ input: entry, platform: "node" });
    await bundle.write({ file: outfile, format: "esm" });
    await bundle.close();
  },
  async webpack(peers, entry, outfile) {
    const { default: webpack } = await peers.module("webpack");
    const output = {
      path: path.dirname(outfile),
      filename: path.basename(outfile),
      module: true,
      chunkFormat: "module",
    };
    const mode = { mode: "production", target: "node20", devtool: false };
    const compiler = webpack({ entry, output, ...mode, experiments: { outputModule: true } });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  },
};

export const bundleChecks = Object.entries(BUNDLERS).map(([name, bundle]) => ({
  name: `bundle: ${name}`,
  async run({ peers, consumer, temporary }) {
    const folder = path.join(temporary, `bundle-${name.replace(/\W+/g, "-")}`);
    const wanted = path.join(folder, "bundle.mjs");
    const file = (await bundle(peers, path.join(consumer, "main.mjs"), wanted)) ?? wanted;
    await runExpecting("smoke ok", process.execPath, [file], { cwd: temporary });
  },
}));
