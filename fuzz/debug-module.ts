// The debug build of the engine in the shape of the shipped module (src/engine/h1-module.ts).

import { readFileSync } from "node:fs";

let compiled: WebAssembly.Module | undefined;

/** The compiled debug build; `npm run fuzz` has built it. */
export function h1Module(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("../h1.debug.wasm", import.meta.url)));
  return compiled;
}
