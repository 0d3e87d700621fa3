// Who may import whom, as data, and the check of a set of files against it. The table is the one of
// ARCHITECTURE.md; layers.test.ts runs it over the project and over planted violations.
import path from "node:path";
import { stripped } from "./source-files.js";

/** One row of the table. `entry` in `imports` is the same as `connection`, by its public name. */
interface Layer {
  name: string;
  /** Which files (paths from the root) belong here; the first layer that matches is theirs. */
  files: RegExp;
  /** Names of the layers that may be imported, besides the own one. */
  imports: readonly string[];
  /** Modules by name (not by path) that may be imported. */
  modules?: RegExp;
  /** May touch clocks, sockets, the process: adapters and what stands above them. */
  isOutside?: boolean;
}

const PUBLIC = ["entry", "web adapter", "node adapter", "fuzz entry", "inspect entry"];

export const LAYERS: readonly Layer[] = [
  { name: "abi", files: /^src\/abi\//, imports: [] },
  { name: "assembly/common", files: /^assembly\/common\//, imports: ["abi"] },
  { name: "assembly/hpack", files: /^assembly\/hpack\//, imports: ["assembly/common", "abi"] },
  { name: "assembly/qpack", files: /^assembly\/qpack\//, imports: ["assembly/common", "abi"] },
  { name: "assembly/h1", files: /^assembly\/h1\//, imports: ["assembly/common", "abi"] },
  { name: "assembly/quic", files: /^assembly\/quic\//, imports: ["assembly/common", "abi"] },
  {
    name: "assembly/h2",
    files: /^assembly\/h2\//,
    imports: ["assembly/hpack", "assembly/common", "abi"],
  },
  {
    name: "assembly/h3",
    files: /^assembly\/h3\//,
    imports: ["assembly/qpack", "assembly/common", "abi"],
  },
  { name: "words", files: /^src\/(errors|events|limits|leniency)\.ts$/, imports: ["abi"] },
  {
    name: "engine",
    files: /^src\/engine\//,
    imports: ["abi"],
    modules: /^(#(h[123]|quic)-wasm|\.\/(h[123]|quic)\.wasm)$/,
  },
  { name: "codec", files: /^src\/codec\//, imports: ["engine", "abi", "words"] },
  { name: "connection", files: /^src\/connection\//, imports: ["codec", "abi", "words"] },
  {
    name: "node adapter",
    files: /^src\/adapters\/node\//,
    imports: ["adapter", "web adapter", "entry", "connection", "codec", "words"],
    modules: /^node:/,
    isOutside: true,
  },
  {
    name: "web adapter",
    files: /^src\/adapters\/web\//,
    imports: ["adapter", "entry", "connection", "codec", "words"],
    isOutside: true,
  },
  {
    name: "adapter",
    files: /^src\/adapters\//,
    imports: ["entry", "connection", "codec", "words"],
    isOutside: true,
  },
  {
    name: "fuzz entry",
    files: /^src\/fuzz\/index\.ts$/,
    imports: ["fuzz", ...PUBLIC],
    modules: /^fast-check$/,
  },
  {
    name: "fuzz",
    files: /^src\/fuzz\//,
    imports: PUBLIC,
    modules: /^fast-check$/,
    isOutside: true,
  },
  { name: "inspect entry", files: /^src\/inspect\/index\.ts$/, imports: ["inspect"] },
  { name: "inspect", files: /^src\/inspect\//, imports: ["entry"] },
  { name: "cli", files: /^src\/cli\//, imports: PUBLIC, modules: /^node:/, isOutside: true },
  // One file for each sub-path: src/index.ts, src/h1.ts. They only gather names.
  { name: "entry", files: /^src\/[a-z0-9]+\.ts$/, imports: ["connection", "codec", "words"] },
];

/** Protocols that may build on another one. A pair that is not listed is a violation. */
const BUILDS_ON: Record<string, readonly string[]> = {
  h1: [],
  hpack: [],
  qpack: [],
  quic: [],
  capsule: [],
  h2: ["hpack"],
  h3: ["qpack", "capsule"],
  webtransport: ["h2", "h3", "capsule"],
};

/** Tables that another protocol may read: HTTP/3 sends and reads the settings that WebTransport lists. */
const TABLES = new Set(["src/connection/webtransport-dialect.ts"]);

/** What a sans-IO file must not touch. `.name` is a member and not the global; a `Date` as a type is a value handed in. */
const IMPURE = [
  /(?<![.\w#])(?:setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\b/g,
  /(?<![.\w#])(?:process|performance|crypto|console|navigator)\s*\??[.[]/g,
  /(?<![.\w#])(?:fetch|require)\s*\(/g,
  /\bnew\s+Date\b|(?<![.\w#])Date\s*[.(]|\bMath\s*\.\s*random\b/g,
  /\bglobalThis\s*\.\s*(?!Symbol\b|WebAssembly\b)\w+/g,
];

/** Node's class by name. Where it is only a quicker way, the file asks `globalThis as { Buffer?: … }` for it. */
const BUFFER = /(?<![.\w#])Buffer\s*[.(]|\bnew\s+Buffer\b/g;

/** Every violation in the files (path from the root → text), one line each; none in a sound project. */
export function violations(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const layer = layerOf(file);
    if (layer === undefined) {
      found.push(`${file} belongs to no layer`);
      continue;
    }
    for (const target of importsOf(text)) found.push(...checkImport(file, layer, target));
    if (!layer.isOutside && !file.startsWith("assembly/")) found.push(...checkPurity(file, text));
    if (file.startsWith("assembly/")) found.push(...checkHostExports(file, text));
  }
  return found;
}

/** The layer of one file, or undefined where the table has none. */
export function layerOf(file: string): Layer | undefined {
  return LAYERS.find((layer) => layer.files.test(file));
}

/** Specifiers of static imports, re-exports, dynamic imports and import types. */
export function importsOf(text: string): string[] {
  const code = stripped(text, true);
  const specifier = /(?<![.\w"'])(?:from|import|import\s*\()\s*["']([^"'\n]+)["']/g;
  return [...code.matchAll(specifier)].map((match) => match[1]);
}

function checkImport(file: string, layer: Layer, target: string): string[] {
  if (layer.modules?.test(target)) return [];
  if (!target.startsWith(".")) return [`${file} (${layer.name}) imports "${target}"`];

  const resolved = resolve(file, target);
  const other = layerOf(resolved);
  if (other === undefined) return [`${file} imports ${resolved}, which belongs to no layer`];
  if (other.name !== layer.name && !layer.imports.includes(other.name))
    return [`${file} (${layer.name}) imports ${resolved} (${other.name})`];
  if (file.startsWith("assembly/") && resolved.endsWith("/index.ts"))
    return [`${file} imports ${resolved}, which is for the host`];
  return checkProtocols(file, resolved);
}

function checkProtocols(file: string, resolved: string): string[] {
  const from = protocolOf(file);
  const to = protocolOf(resolved);
  if (from === undefined || to === undefined || from === to || TABLES.has(resolved)) return [];
  return BUILDS_ON[from].includes(to) ? [] : [`${file} imports another protocol: ${resolved}`];
}

/** The protocol that a codec or connection file is named after. */
function protocolOf(file: string): string | undefined {
  const name = /^src\/(?:codec|connection)\/([a-z0-9]+)[^/]*\.ts$/.exec(file)?.[1];
  return name !== undefined && name in BUILDS_ON ? name : undefined;
}

function checkPurity(file: string, text: string): string[] {
  const code = stripped(text, false);
  const patterns = /\bBuffer\?:/.test(code) ? IMPURE : [...IMPURE, BUFFER];
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => `${file} uses ${match[0]}`),
  );
}

/** Only the entry file of an engine exports to the host; asc's decorators would open other doors. */
function checkHostExports(file: string, text: string): string[] {
  const found: string[] = [];
  const code = stripped(text, false);
  if (/^\s*@(?:global|external)\b/m.test(code)) found.push(`${file} uses @global or @external`);
  if (/^\s*(?:export\s+)?declare\s+(?:function|const|let|var)\b/m.test(code))
    found.push(`${file} declares something that the host would have to give`);
  return found;
}

function resolve(file: string, target: string): string {
  const joined = path.posix.join(path.posix.dirname(file), target).replace(/\.(?:js|ts)$/, "");
  return `${joined}.ts`;
}
