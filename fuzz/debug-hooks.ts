// Module hooks of `--debug`: the engines come from the debug builds, whose assertions trap.

import type { ResolveHook } from "node:module";

/** Puts debug-module in the place of the shipped engines. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (!/^#(?:h[123]|quic)-wasm$/.test(specifier)) return nextResolve(specifier, context);
  return { url: new URL("./debug-module.js", import.meta.url).href, shortCircuit: true };
};
