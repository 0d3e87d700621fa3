// The debug builds of the engines in the shape of the shipped modules (src/engine/h1-module.ts and its twins).

import { readFileSync } from "node:fs";

const compiled = new Map<string, WebAssembly.Module>();

/** The compiled debug build of an engine; `npm run fuzz` has built it. */
function debugModule(name: string): WebAssembly.Module {
  let module = compiled.get(name);
  if (module === undefined) {
    const file = new URL(`../${name}.debug.wasm`, import.meta.url);
    module = new WebAssembly.Module(readFileSync(file));
    compiled.set(name, module);
  }
  return module;
}

export const h1Module = (): WebAssembly.Module => debugModule("h1");
export const h2Module = (): WebAssembly.Module => debugModule("h2");
export const h3Module = (): WebAssembly.Module => debugModule("h3");
export const quicModule = (): WebAssembly.Module => debugModule("quic");
