// The engine of QPACK as a compiled module. The twin for workerd is h3-module.workerd.ts;
// package.json chooses at #h3-wasm.
import { compileBase64 } from "./compile.js";
import { H3_WASM_BASE64 } from "./h3-wasm.js";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled engine of QPACK, compiled at the first call and shared by every instance.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function h3Module(): WebAssembly.Module {
  compiled ??= compileBase64(H3_WASM_BASE64);
  return compiled;
}
