// Module hooks of `--debug`: the engine comes from the debug build, whose assertions trap.

import type { ResolveHook } from "node:module";

/** Puts debug-module in the place of the shipped engine. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (specifier !== "#h1-wasm") return nextResolve(specifier, context);
  return { url: new URL("./debug-module.js", import.meta.url).href, shortCircuit: true };
};
