// The tests run on the sources: public sub-paths mean src/, so that coverage and traces point there. What
// is shipped is proved by test/package, on the packed tarball.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^#(h1|h2|h3|quic)-wasm$/, replacement: source("engine/$1-module.ts") },
      { find: /^tercet$/, replacement: source("index.ts") },
      { find: /^tercet\/(h1|h2|hpack|h3|qpack|webtransport|quic)$/, replacement: source("$1.ts") },
      { find: /^tercet\/(node|web)$/, replacement: source("adapters/$1/index.ts") },
      { find: /^tercet\/(fuzz|inspect)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // A cut-everywhere test over all cases is long on a small machine; none of them waits on a clock.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two, also where there are two cores: a suite that waits for a peer or a child process leaves its core to another.
    maxWorkers: "100%",
    reporters: process.env.CI
      ? ["default", ["json", { outputFile: "build/test-results.json" }]]
      : ["default"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/engine/*-wasm.ts", "src/abi/**"],
    },
  },
});
