// The engine of HTTP/2 and HPACK as a compiled module. The twin for workerd is h2-module.workerd.ts;
// package.json chooses at #h2-wasm.
import { compileBase64 } from "./compile.js";
import { H2_WASM_BASE64 } from "./h2-wasm.js";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled engine of HTTP/2 and HPACK, compiled at the first call and shared by every instance.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function h2Module(): WebAssembly.Module {
  compiled ??= compileBase64(H2_WASM_BASE64);
  return compiled;
}
