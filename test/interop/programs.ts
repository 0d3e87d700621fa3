// Peers that a suite needs and that are no command of the system: how they are found and built. Not a test.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled, missing } from "../node/peers.js";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const built = (name: string) => here(`../../build/${name}`);

/**
 * Builds a Go program of ours once; later runs find it. Its modules must be on this machine already.
 *
 * @throws Error where it does not compile
 */
export function buildGo(source: string, name: string): string {
  const program = built(`interop/${name}`);
  if (existsSync(program) && statSync(program).mtimeMs > newest(source)) return program;
  mkdirSync(path.dirname(program), { recursive: true });
  // Two suites may build at the same time.
  const own = `${program}-${process.pid}`;
  const { status, stderr } = spawnSync("go", ["build", "-o", own, "."], {
    ...{ cwd: source, encoding: "utf8", timeout: 200_000 },
    env: { ...process.env, ...LOCAL_GO },
  });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  renameSync(own, program);
  return program;
}

/** A test downloads nothing. */
const LOCAL_GO = { GOTOOLCHAIN: "local", GOPROXY: "off", GOFLAGS: "-mod=readonly" };

const newest = (folder: string) =>
  Math.max(...readdirSync(folder).map((file) => statSync(path.join(folder, file)).mtimeMs));

/** Whether Go is here and has a module that the program in this folder is made of. @throws Error in CI where not */
export function hasGoModule(source: string, module: string): boolean {
  if (!isInstalled("go")) return false;
  const { stdout } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", module], {
    ...{ cwd: source, encoding: "utf8" },
    env: { ...process.env, ...LOCAL_GO },
  });
  return stdout.trim() !== "" || missing(path.basename(module));
}

/** A Python that has this package: of the environment in build/python, or the system's. @throws Error in CI */
export function pythonWith(name: string): string | null {
  for (const program of [built("python/bin/python"), "python3"]) {
    if (spawnSync(program, ["-c", `import ${name}`]).status === 0) return program;
  }
  missing(`python ${name}`);
  return null;
}

/** A file of a package that was installed in build/peers. @throws Error in CI where it is not there */
export function npmPeer(name: string, file: string): string | null {
  const found = built(`peers/node_modules/${name}/${file}`);
  if (existsSync(found)) return found;
  missing(name);
  return null;
}
