// The smoke test of the package as it ships: packs it, installs the tarball in an empty project outside of
// this one, and runs program/ on every runtime and through every bundler that npm can install.
//
//   node test/package/run.mjs [WORD]      only the checks whose name has WORD in it
//
// Prints a line a check and writes build/package-results.json. A runtime that is missing is skipped with a
// line that says so; with CI=true it is a failure. Node itself, npm and the registry are all it needs,
// and Debian's chromium for the pages.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CHECKS } from "./checks.mjs";
import { pack } from "./contents.mjs";
import { installPeers, MissingPeer } from "./peers.mjs";
import { npm } from "./process.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const word = process.argv[2] ?? "";
const isCi = process.env.CI === "true";

const temporary = mkdtempSync(path.join(os.tmpdir(), "tercet-package-"));
const counts = { passed: 0, failed: 0, skipped: 0 };

try {
  const packed = await pack(root, temporary);
  const consumer = await installTarball(packed.tarball);
  const peers = await installPeers();
  for (const check of CHECKS.filter((item) => item.name.includes(word))) {
    await runCheck(check, { root, temporary, consumer, packed, peers });
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

mkdirSync(path.join(root, "build"), { recursive: true });
writeFileSync(path.join(root, "build/package-results.json"), JSON.stringify(counts));
const { passed, failed, skipped } = counts;
console.log(
  `package: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function runCheck(check, context) {
  const start = performance.now();
  try {
    await check.run(context);
    counts.passed++;
    console.log(`ok      ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    if (error instanceof MissingPeer && !isCi) {
      counts.skipped++;
      console.log(`skipped: ${error.peer} not installed (${check.name})`);
      return;
    }
    counts.failed++;
    console.log(`not ok  ${check.name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** An empty project with the tarball in it, and the programs beside. Gives its folder. */
async function installTarball(tarball) {
  const folder = path.join(temporary, "consumer");
  mkdirSync(folder);
  const manifest = { name: "consumer", version: "1.0.0", private: true, type: "module" };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  await npm(["install", "--no-package-lock", "--offline", tarball], folder);
  cpSync(path.join(here, "program"), folder, { recursive: true });
  return folder;
}
