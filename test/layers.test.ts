// The architecture as a test: who may import whom, what stays free of I/O, what the engine shows the host.
// Rules and table: helpers/layers.ts. Every rule is proved to bite on a planted violation.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, layerOf, violations } from "./helpers/layers.js";
import { ROOT, sourceFiles, stripped } from "./helpers/source-files.js";

describe("the project", () => {
  const files = sourceFiles(["src", "assembly"]);

  test("has files in the layers that must exist", () => {
    const layers = new Set([...files.keys()].map((file) => layerOf(file)?.name));
    for (const name of ["abi", "engine", "codec", "connection", "assembly/h1", "entry", "words"])
      expect(layers).toContain(name);
  });

  test("keeps to the table of layers", () => {
    expect(violations(files)).toEqual([]);
  });

  test("imports files that exist", () => {
    const missing: string[] = [];
    for (const [file, text] of files) {
      for (const target of importsOf(text).filter((name) => name.startsWith("."))) {
        const base = path.join(ROOT, path.dirname(file), target);
        const candidates = [base, `${base}.ts`, base.replace(/\.js$/, ".ts")];
        if (!candidates.some((candidate) => existsSync(candidate)))
          missing.push(`${file} → ${target}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test("shows the host only what assembly/h1/index.ts exports", () => {
    const index = stripped(readFileSync(path.join(ROOT, "assembly/h1/index.ts"), "utf8"), true);
    const declared = [...index.matchAll(/^export (?:function|const) (\w+)/gm)].map((m) => m[1]);
    for (const match of index.matchAll(/^export \{([^}]*)\}/gm))
      declared.push(
        ...match[1].split(",").map(
          (name) =>
            name
              .trim()
              .split(/\s+as\s+/)
              .at(-1) ?? "",
        ),
      );

    const wasm = readFileSync(path.join(ROOT, "src/engine/h1.wasm"));
    const module = new WebAssembly.Module(wasm);
    const exported = WebAssembly.Module.exports(module).map((item) => item.name);
    expect(exported.sort()).toEqual([...declared.filter((name) => name !== ""), "memory"].sort());
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });
});

describe("the checker sees", () => {
  test.each([
    ["abi importing anything", "src/abi/tape.ts", 'import { X } from "../errors.js";'],
    ["errors importing the engine", "src/errors.ts", 'import { x } from "./engine/load.js";'],
    ["the engine importing a codec", "src/engine/a.ts", 'import { x } from "../codec/h1.js";'],
    ["a connection importing the engine", "src/connection/h1.ts", 'import "../engine/load.js";'],
    [
      "a type import that breaks the table",
      "src/connection/h1.ts",
      'import type { X } from "../engine/load.js";',
    ],
    [
      "a re-export that breaks the table",
      "src/connection/h1.ts",
      'export { X } from "../engine/load.js";',
    ],
    ["a dynamic import", "src/codec/h1.ts", 'const x = await import("../connection/h1.js");'],
    [
      "an import over several lines",
      "src/codec/h1.ts",
      'import {\n  x,\n  y,\n} from "../connection/h1.js";',
    ],
    ["an adapter importing the engine", "src/adapters/node/a.ts", 'import "../../engine/load.js";'],
    ["an adapter importing abi", "src/adapters/node/a.ts", 'import "../../abi/tape.js";'],
    ["the command line reaching inside", "src/cli/main.ts", 'import "../connection/h1.js";'],
    ["fuzz helpers reaching inside", "src/fuzz/cuts.ts", 'import "../codec/h1.js";'],
    ["node: in a connection", "src/connection/h1.ts", 'import net from "node:net";'],
    ["node: in the web adapter", "src/adapters/web/index.ts", 'import net from "node:net";'],
    ["the node adapter in the web adapter", "src/adapters/web/a.ts", 'import "../node/a.js";'],
    ["a clock inside of a template", "src/codec/h1.ts", "const x = `${Date.now()}`;"],
    ["a package below the adapters", "src/codec/h1.ts", 'import x from "left-pad";'],
    ["a package in the command line", "src/cli/main.ts", 'import x from "chalk";'],
    ["a clock", "src/connection/h1.ts", "const now = Date.now();"],
    ["a new date", "src/codec/h1.ts", "const now = new Date();"],
    ["a timer", "src/connection/h1.ts", "setTimeout(() => {}, 10);"],
    ["a timer through globalThis", "src/connection/h1.ts", "globalThis.setTimeout(f, 10);"],
    ["randomness", "src/codec/h1.ts", "const x = Math.random();"],
    ["the process", "src/engine/a.ts", "if (process.env.X) f();"],
    ["the high-resolution clock", "src/errors.ts", "const x = performance.now();"],
    ["Buffer by name", "src/codec/h1.ts", "const x = Buffer.from(y);"],
    [
      "a global after a string with a comment in it",
      "src/codec/h1.ts",
      'const x = "//"; Date.now();',
    ],
    [
      "a global after a regular expression with a quote",
      "src/codec/h1.ts",
      'const x = /["]/; Date.now();',
    ],
    ["a protocol importing another", "src/codec/h2-frame.ts", 'import "./h1.js";'],
    ["a file outside of every layer", "src/misc/util.ts", "export const x = 1;"],
    ["one engine importing another", "assembly/h1/a.ts", 'import { x } from "../h2/frame";'],
    ["common importing an engine", "assembly/common/a.ts", 'import { x } from "../h1/fields";'],
    [
      "the engine importing the host's side",
      "assembly/h1/a.ts",
      'import { x } from "../../src/errors";',
    ],
    ["inner code calling the host's exports", "assembly/h1/a.ts", 'import { x } from "./index";'],
    ["something asked of the host", "assembly/h1/a.ts", "declare function log(x: i32): void;"],
    ["@external", "assembly/h1/a.ts", '@external("env", "x")\ndeclare function x(): void;'],
  ])("%s", (_name, file, text) => {
    expect(violations(new Map([[file, text]]))).not.toEqual([]);
  });

  test.each([
    [
      "abi by everyone below the adapters",
      "src/connection/h1.ts",
      'import { X } from "../abi/tape.js";',
    ],
    ["the own layer", "src/codec/h1.ts", 'import { x } from "./field-view.js";'],
    ["the words", "src/connection/h1.ts", 'import type { X } from "../events.js";'],
    ["node: in its adapter", "src/adapters/node/index.ts", 'import net from "node:net";'],
    ["public modules", "src/cli/main.ts", 'import { H1Connection } from "../h1.js";'],
    ["hpack under h2", "src/codec/h2-frame.ts", 'import { x } from "./hpack.js";'],
    ["the shared contract", "assembly/h1/a.ts", 'import { X } from "../../src/abi/tape";'],
    ["a clock in an adapter", "src/adapters/node/index.ts", "const now = Date.now();"],
    ["the word in a comment", "src/codec/h1.ts", "// Date.now() would be wrong here\nconst x = 1;"],
    ["the word in a string", "src/codec/h1.ts", 'const x = "Date, process";'],
    [
      "a member of that name",
      "src/codec/h1.ts",
      "const x = head.process; const y = { process: 1 };",
    ],
  ])("no harm in %s", (_name, file, text) => {
    expect(violations(new Map([[file, text]]))).toEqual([]);
  });
});
