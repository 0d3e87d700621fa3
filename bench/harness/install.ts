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
  /** Folders inside the package: every C file of the first ones is compiled. */
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  /** The header, in the first of `headers`, that says its version. */
  readonly versionHeader: string;
}

const LLHTTP: CLibrary = {
  name: "llhttp",
  carrier: ["httptools", "0.8.0"],
  sources: ["vendor/llhttp/src"],
  headers: ["vendor/llhttp/include"],
  versionHeader: "llhttp.h",
};

const PICOHTTPPARSER: CLibrary = {
  name: "picohttpparser",
  carrier: ["gunicorn-h1c", "0.6.9"],
  sources: ["src/gunicorn_h1c/picohttpparser"],
  headers: ["src/gunicorn_h1c/picohttpparser"],
  versionHeader: "picohttpparser.h",
};

const LS_QPACK: CLibrary = {
  name: "ls-qpack",
  carrier: ["pylsqpack", "1.0.0"],
  sources: ["vendor/ls-qpack", "vendor/ls-qpack/deps/xxhash"],
  headers: ["vendor/ls-qpack", "vendor/ls-qpack/deps/xxhash"],
  versionHeader: "lsqpack.h",
};

const LIBRARIES: Readonly<Record<string, CLibrary>> = {
  llhttp: LLHTTP,
  picohttpparser: PICOHTTPPARSER,
  "ls-qpack": LS_QPACK,
};

/** Where the programs around the libraries are, and what each of them is compiled with. */
const NATIVE = path.join(ROOT, "bench/native");

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
 * Builds bench/native/NAME.c with a library, that of the same name where none is named.
 * @returns null where the library or a compiler cannot be had
 */
export function buildProgram(
  name: string,
  flags: readonly string[],
  libraryName = name,
): Program | null {
  const library = LIBRARIES[libraryName] as CLibrary;
  const folder = fetchLibrary(library);
  if (folder === null) return null;
  const inside = (folders: readonly string[]): string[] =>
    folders.map((one) => path.join(folder, one));
  const sources = inside(library.sources).flatMap((one) =>
    readdirSync(one)
      .filter((file) => file.endsWith(".c"))
      .map((file) => path.join(one, file)),
  );
  const headers = inside(library.headers);
  const program = compiled(name, flags, [...headers.map((one) => `-I${one}`), ...sources, "-lm"]);
  if (program === null) return null;
  const version = libraryVersion(library, headers[0] as string);
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
  return buildWithLibraries(name, [library], flags);
}

/**
 * The same with several C libraries. Those in `linked` are linked statically, where functions are reached that their shared form hides.
 * @returns null where one of them or a compiler cannot be had
 */
export function buildWithLibraries(
  name: string,
  libraries: readonly string[],
  flags: readonly string[],
  linked: readonly string[] = [],
): Program | null {
  const words: string[] = [];
  const versions: string[] = [];
  for (const library of libraries) {
    const [version] = pkgConfig(library, "--modversion");
    if (version === undefined) return null;
    versions.push(`${library} ${version}`);
    const found = pkgConfig(library, "--cflags", "--libs");
    const isStatic = linked.includes(library);
    words.push(...found.map((word) => (isStatic ? word.replace(/^-l(.*)$/, "-l:lib$1.a") : word)));
  }
  mkdirSync(CACHE, { recursive: true });
  const program = compiled(name, flags, words);
  return program === null
    ? null
    : { path: program, version: `${versions.join(", ")} of the system` };
}

/** Compiles bench/native/NAME.c, unless it is newer than all of that folder. @returns the program, or null */
function compiled(name: string, flags: readonly string[], words: readonly string[]): string | null {
  const program = path.join(CACHE, [name, ...flags].join("").replace(/[^\w-]/g, ""));
  const own = readdirSync(NATIVE)
    .filter((file) => file === `${name}.c` || file.endsWith(".h"))
    .map((file) => path.join(NATIVE, file));
  if (isUpToDate(program, own)) return program;
  const source = path.join(NATIVE, `${name}.c`);
  const { status } = spawnSync("cc", [...flags, `-I${NATIVE}`, source, ...words, "-o", program]);
  return status === 0 ? program : null;
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

/** llhttp and ls-qpack state their version in a header; picohttpparser has none, so the carrier's is named. */
function libraryVersion(library: CLibrary, headers: string): string {
  const text = readFileSync(path.join(headers, library.versionHeader), "utf8");
  const numbers = [...text.matchAll(/define \w+_(?:MAJOR|MINOR|PATCH)(?:_VERSION)? (\d+)/g)];
  if (numbers.length === 3) return `${library.name} ${numbers.map((match) => match[1]).join(".")}`;
  return `${library.name} (in ${library.carrier.join(" ")})`;
}
