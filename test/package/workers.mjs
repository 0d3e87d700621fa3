// workerd: it refuses to compile WebAssembly at run time and takes imported .wasm files instead, which is
// what the condition `workerd` of the package chooses.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const DATES = ["2023-05-18", "2026-06-01"];

export const workerChecks = DATES.map((date) => ({
  name: `workerd, compatibility date ${date}`,
  async run({ peers, consumer, temporary }) {
    const folder = path.join(temporary, `worker-${date}`);
    await bundle(peers, consumer, folder);
    const { Miniflare } = await peers.module("miniflare");
    const worker = new Miniflare({ compatibilityDate: date, modules: modulesOf(folder) });
    try {
      const response = await worker.dispatchFetch("http://localhost/");
      const text = await response.text();
      if (!text.startsWith("smoke ok")) throw new Error(text);
    } finally {
      await worker.dispose();
    }
  },
}));

/** As deployment tools do: one module, .wasm files beside it. */
async function bundle(peers, consumer, folder) {
  const esbuild = await peers.module("esbuild");
  await esbuild.build({
    entryPoints: [path.join(consumer, "worker.mjs")],
    outdir: folder,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    logLevel: "silent",
  });
}

function modulesOf(folder) {
  const files = readdirSync(folder).sort(
    (a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")),
  );
  if (!files.some((file) => file.endsWith(".wasm")))
    throw new Error("the bundle has no .wasm beside it");
  return files.map((file) => ({
    type: file.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
    path: file,
    contents: readFileSync(path.join(folder, file)),
  }));
}
