// Peers that are programs of ours in other languages: how they are found and built. Not a test.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { missing } from "../../node/peers.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const GO_SOURCE = here("./go/main.go");
const GO_PROGRAM = here("../../../build/interop/go-peer");

/** Builds the Go peer once; later runs find it. @throws Error where it does not compile */
export function buildGoPeer(): string {
  const isBuilt =
    existsSync(GO_PROGRAM) && statSync(GO_PROGRAM).mtimeMs > statSync(GO_SOURCE).mtimeMs;
  if (isBuilt) return GO_PROGRAM;
  mkdirSync(path.dirname(GO_PROGRAM), { recursive: true });
  const { status, stderr } = spawnSync("go", ["build", "-o", GO_PROGRAM, "."], {
    ...{ cwd: path.dirname(GO_SOURCE), encoding: "utf8" },
    env: { ...process.env, GOTOOLCHAIN: "local" },
  });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  return GO_PROGRAM;
}

/** A Python that has this package: of the environment in build/python, or the system's. @throws Error in CI */
export function pythonWith(name: string): string | null {
  for (const program of [here("../../../build/python/bin/python"), "python3"]) {
    if (spawnSync(program, ["-c", `import ${name}`]).status === 0) return program;
  }
  missing(`python ${name}`);
  return null;
}
