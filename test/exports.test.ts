// What the package promises: the exports map against the files behind it, the public names of each
// sub-path, and the facts about package.json that installers and bundlers rely on.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf } from "./helpers/layers.js";
import { ROOT, stripped } from "./helpers/source-files.js";

type Conditions = Record<string, string>;

const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  [key: string]: unknown;
  exports: Record<string, Conditions | string>;
  imports: Record<string, Conditions>;
  scripts: Record<string, string>;
  bin: Record<string, string>;
  files: string[];
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
};

const subPaths = Object.entries(manifest.exports).filter(
  (entry): entry is [string, Conditions] => typeof entry[1] !== "string",
);

describe("package.json", () => {
  test("gives the sub-paths that exist, and no other", () => {
    const protocols = ["./h1", "./h2", "./hpack", "./h3", "./qpack", "./webtransport", "./quic"];
    const modules = [".", ...protocols, "./inspect", "./node", "./web", "./fuzz"];
    const files = ["./h1.wasm", "./h2.wasm", "./h3.wasm", "./quic.wasm", "./package.json"];
    expect(Object.keys(manifest.exports)).toEqual([...modules, ...files]);
  });

  test.each(subPaths)(
    "%s: types first, then one file for all, both from one source",
    (_name, to) => {
      expect(Object.keys(to)).toEqual(["types", "default"]);
      expect(to.types).toBe(to.default.replace(/\.js$/, ".d.ts"));
      expect(existsSync(path.join(ROOT, sourceOf(to.default)))).toBe(true);
      expect(existsSync(path.join(ROOT, to.types))).toBe(true);
      expect(existsSync(path.join(ROOT, to.default))).toBe(true);
    },
  );

  test.each(["h1", "h2", "h3", "quic"])(
    "chooses the engine %s by the condition workerd alone",
    (engine) => {
      const choices = manifest.imports[`#${engine}-wasm`];
      expect(Object.keys(choices)).toEqual(["workerd", "default"]);
      for (const file of Object.values(choices))
        expect(existsSync(path.join(ROOT, sourceOf(file)))).toBe(true);
      expect(existsSync(path.join(ROOT, `dist/engine/${engine}.wasm`))).toBe(true);
    },
  );

  test("has a command whose file is there and says how to run it", () => {
    expect(Object.keys(manifest.bin)).toEqual(["tercet"]);
    const main = readFileSync(path.join(ROOT, manifest.bin.tercet), "utf8");
    expect(main.startsWith("#!/usr/bin/env node\n")).toBe(true);
  });

  test("installs nothing and runs nothing on a user's machine", () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.optionalDependencies).toBeUndefined();
    for (const hook of ["preinstall", "install", "postinstall", "prepare", "prepublish"])
      expect(manifest.scripts[hook]).toBeUndefined();
    expect(Object.keys(manifest.peerDependencies)).toEqual(["@matrixai/quic", "fast-check"]);
    for (const peer of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[peer].optional).toBe(true);
    }
  });

  test("says what it is", () => {
    expect(manifest).toMatchObject({
      name: "tercet",
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=20.19" },
    });
  });

  test("has the scripts of ARCHITECTURE.md and nothing else to learn", () => {
    const names = ["start", "test", "check", "fuzz", "bench", "build"];
    expect(Object.keys(manifest.scripts)).toEqual(names);
  });

  test("the lock file names no registry", () => {
    const lock = readFileSync(path.join(ROOT, "package-lock.json"), "utf8");
    expect(lock).not.toMatch(/"resolved"|\.tgz"/);
  });
});

describe("public names", () => {
  test("tercet: the two error classes, and no parser", async () => {
    const names = await import("tercet");
    expect(names).toMatchObject({
      ProtocolError: expect.any(Function),
      UsageError: expect.any(Function),
    });
    expect(Object.keys(names).filter((name) => name.endsWith("Connection"))).toEqual([]);
  });

  test("tercet/h1: H1Connection with the methods of the contract", async () => {
    const { H1Connection } = await import("tercet/h1");
    const methods = [
      "receive",
      "receiveEnd",
      "sendRequest",
      "sendInformational",
      "sendResponse",
      "sendData",
      "sendTrailers",
      "sendEnd",
      "reset",
      "close",
      "take",
    ];
    const connection = new H1Connection({ role: "server" });
    for (const name of methods) expect(connection).toHaveProperty(name, expect.any(Function));
    expect(connection.state).toBe("open");
    expect(connection.bufferedAmount).toBe(0);
  });

  test("tercet/node: attach", async () => {
    expect(await import("tercet/node")).toMatchObject({ attach: expect.any(Function) });
  });

  test("tercet/fuzz: cuts", async () => {
    expect(await import("tercet/fuzz")).toMatchObject({ cuts: expect.any(Function) });
  });

  test("the error classes are the same in every sub-path", async () => {
    const { UsageError } = await import("tercet");
    const { H1Connection } = await import("tercet/h1");
    const connection = new H1Connection({ role: "server" });
    expect(() => connection.sendResponse(1, { status: 200, headers: [] })).toThrow(UsageError);
  });
});

// A `const enum` among the public names breaks users who compile file by file (TS2748).
test.each(subPaths)("%s: gives no const enum away", (_name, to) => {
  const files = declarationsBehind(to.types);
  expect(files.size).toBeGreaterThan(0);
  const bad = [...files].filter(([, text]) => /\bconst enum\b/.test(stripped(text, false)));
  expect(bad.map(([file]) => file)).toEqual([]);
});

function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
}

/** The declaration file and every one that it re-exports from, from one to the next. */
function declarationsBehind(entry: string): Map<string, string> {
  const found = new Map<string, string>();
  const queue = [path.normalize(entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    const text = readFileSync(path.join(ROOT, file), "utf8");
    found.set(file, text);
    const reExports = text.match(/^export\s[^;]*?\bfrom\s*"[^"]+"/gm) ?? [];
    for (const target of reExports.flatMap(importsOf).filter((name) => name.startsWith(".")))
      queue.push(path.join(path.dirname(file), target.replace(/\.js$/, ".d.ts")));
  }
  return found;
}
