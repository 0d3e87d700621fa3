// Gets the peers: npm packages into bench/peers, C libraries into an ignored cache, and compiles our small programs
// around those. A peer that cannot be had is left out with one line: "skipped: NAME not installed".

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { CACHE, PEERS, peerVersion, ROOT } from "./project.js";

/** A C library that comes inside a Python source package, which is where a registry carries it. */
interface CLibrary {
  readonly name: string;
  /** Package and version on PyPI. */
  readonly carrier: readonly [name: string, version: string];
  /** The library inside the package. */
  readonly sources: string;
  readonly headers: string;
}

const LLHTTP: CLibrary = {
  name: "llhttp",
  carrier: ["httptools", "0.8.0"],
  sources: "vendor/llhttp/src",
  headers: "vendor/llhttp/include",
};

const PICOHTTPPARSER: CLibrary = {
  name: "picohttpparser",
  carrier: ["gunicorn-h1c", "0.6.9"],
  sources: "src/gunicorn_h1c/picohttpparser",
  headers: "src/gunicorn_h1c/picohttpparser",
};

const LIBRARIES: Readonly<Record<string, CLibrary>> = {
  llhttp: LLHTTP,
  picohttpparser: PICOHTTPPARSER,
};

/** A program built from bench/native around a C library. */
export interface Program {
  readonly path: string;
  /** Of the library, with its flags. */
  readonly version: string;
}

/** Installs the npm packages of bench/peers/package.json that are missing. */
export function installNpmPeers(): void {
  const manifest = JSON.parse(readFileSync(path.join(PEERS, "package.json"), "utf8"));
  const wanted = Object.entries<string>(manifest.dependencies);
  if (wanted.every(([name, version]) => peerVersion(name) === version)) return;
  spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"],
    {
      cwd: PEERS,
      stdio: "ignore",
    },
  );
}

/**
 * Builds bench/native/NAME.c with the library of the same name.
 * @returns null where the library or a compiler cannot be had
 */
export function buildProgram(name: string, flags: readonly string[]): Program | null {
  const library = LIBRARIES[name] as CLibrary;
  const folder = fetchLibrary(library);
  if (folder === null) return null;
  const native = path.join(ROOT, "bench/native");
  const program = path.join(CACHE, [name, ...flags].join("").replace(/[^\w-]/g, ""));
  const own = [`${name}.c`, "peer.h"].map((file) => path.join(native, file));
  if (!isUpToDate(program, own)) {
    const sources = path.join(folder, library.sources);
    const files = readdirSync(sources).filter((file) => file.endsWith(".c"));
    const headers = [`-I${path.join(folder, library.headers)}`, `-I${native}`];
    const inputs = [own[0] as string, ...files.map((file) => path.join(sources, file))];
    const { status } = spawnSync("cc", [...flags, ...headers, ...inputs, "-o", program]);
    if (status !== 0) return null;
  }
  const version = libraryVersion(library, path.join(folder, library.headers));
  return { path: program, version: `${version} ${flags.join(" ")}` };
}

/**
 * Builds bench/native/NAME.c with a C library of the system, found by pkg-config.
 * @returns null where the library or a compiler cannot be had
 */
export function buildWithSystem(
  name: string,
  library: string,
  flags: readonly string[],
): Program | null {
  const [version] = pkgConfig(library, "--modversion");
  if (version === undefined) return null;
  mkdirSync(CACHE, { recursive: true });
  const native = path.join(ROOT, "bench/native");
  const program = path.join(CACHE, [name, ...flags].join("").replace(/[^\w-]/g, ""));
  const own = [`${name}.c`, "peer.h"].map((file) => path.join(native, file));
  if (!isUpToDate(program, own)) {
    const inputs = [`-I${native}`, own[0] as string, ...pkgConfig(library, "--cflags", "--libs")];
    if (spawnSync("cc", [...flags, ...inputs, "-o", program]).status !== 0) return null;
  }
  return { path: program, version: `${library} ${version} of the system` };
}

/** The words that pkg-config says about a library; none where it does not know it. */
function pkgConfig(library: string, ...questions: string[]): string[] {
  const { stdout, status } = spawnSync("pkg-config", [...questions, library], { encoding: "utf8" });
  return status === 0 ? stdout.split(/\s+/).filter(Boolean) : [];
}

/** The unpacked source package, downloaded once; null where that fails. */
function fetchLibrary({ carrier: [name, version] }: CLibrary): string | null {
  mkdirSync(CACHE, { recursive: true });
  const folder = path.join(CACHE, `${name.replaceAll("-", "_")}-${version}`);
  if (existsSync(folder)) return folder;
  const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"];
  const archive = `${path.basename(folder)}.tar.gz`;
  const steps: readonly [string, string[]][] = [
    ["python3", [...download, "--dest", CACHE, `${name}==${version}`]],
    ["tar", ["-xzf", archive]],
  ];
  for (const [program, parameters] of steps) {
    if (spawnSync(program, parameters, { cwd: CACHE, stdio: "ignore" }).status !== 0) return null;
  }
  return existsSync(folder) ? folder : null;
}

function isUpToDate(program: string, sources: readonly string[]): boolean {
  if (!existsSync(program)) return false;
  const built = statSync(program).mtimeMs;
  return sources.every((source) => statSync(source).mtimeMs < built);
}

/** llhttp states its version in its header; picohttpparser has none, so the carrier's is named. */
function libraryVersion(library: CLibrary, headers: string): string {
  const header = path.join(headers, `${library.name}.h`);
  const numbers = [...readFileSync(header, "utf8").matchAll(/define LLHTTP_VERSION_\w+ (\d+)/g)];
  if (numbers.length === 3) return `${library.name} ${numbers.map((match) => match[1]).join(".")}`;
  return `${library.name} (in ${library.carrier.join(" ")})`;
}
