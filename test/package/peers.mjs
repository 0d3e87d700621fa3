// The runtimes and bundlers, from npm, in a folder outside of the project that later runs find again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { npm } from "./process.mjs";

const target = `linux-${process.arch}`;

/** Name → what npm installs. Node: the oldest that the package supports, and the newest of each line. */
const PACKAGES = {
  "node20.19": `npm:node-${target}@20.19.0`,
  node20: `npm:node-${target}@20`,
  node22: `npm:node-${target}@22`,
  node24: `npm:node-${target}@24`,
  node26: `npm:node-${target}@26`,
  deno: `npm:@deno/${target}-glibc@2.9.6`,
  bun: `npm:@oven/bun-${target}@1.4.5`,
  miniflare: "4.20260730.0",
  "playwright-core": "1.65.1",
  esbuild: "0.28.2",
  rollup: "4.68.7",
  "@rollup/plugin-node-resolve": "16.0.3",
  rolldown: "1.3.2",
  vite: "8.3.8",
  webpack: "5.112.2",
};

/** Where the program of a runtime is inside its package. */
const PROGRAMS = {
  "node20.19": "bin/node",
  node20: "bin/node",
  node22: "bin/node",
  node24: "bin/node",
  node26: "bin/node",
  deno: "deno",
  bun: "bin/bun",
};

/** Something that a check needs is not on this machine. */
export class MissingPeer extends Error {
  constructor(peer, cause) {
    super(`${peer} not installed`, { cause });
    this.peer = peer;
  }
}

/** Installs what is missing; gives a finder of programs and modules. Never fails: checks do. */
export async function installPeers() {
  const key = createHash("sha256").update(JSON.stringify(PACKAGES)).digest("hex").slice(0, 12);
  const folder = path.join(os.tmpdir(), `tercet-peers-${key}`);
  mkdirSync(folder, { recursive: true });
  const manifest = { name: "peers", version: "1.0.0", private: true, dependencies: PACKAGES };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  try {
    await npm(["install", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  } catch (error) {
    console.log(`peers: ${error.message}`);
  }
  return finder(folder);
}

function finder(folder) {
  const require = createRequire(path.join(folder, "package.json"));
  return {
    /** Path of a runtime's program. */
    program(name) {
      if (name === "node20" && process.versions.node.startsWith("20.")) return process.execPath;
      const file = path.join(folder, "node_modules", name, PROGRAMS[name]);
      if (!existsSync(file)) throw new MissingPeer(name);
      return file;
    },
    /** A module, imported. */
    async module(name) {
      let file;
      try {
        file = require.resolve(name);
      } catch (error) {
        throw new MissingPeer(name, error);
      }
      return import(pathToFileURL(file).href);
    },
    /** Debian's browser. */
    chromium() {
      const file = process.env.CHROMIUM ?? "/usr/bin/chromium";
      if (!existsSync(file)) throw new MissingPeer("chromium");
      return file;
    },
  };
}
