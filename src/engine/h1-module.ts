// The HTTP/1.1 engine as a compiled module. The twin for workerd is h1-module.workerd.ts; package.json
// chooses at #h1-wasm.
import { compileBase64 } from "./compile.js";
import { H1_WASM_BASE64 } from "./h1-wasm.js";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled HTTP/1.1 engine, compiled at the first call and shared by every instance.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function h1Module(): WebAssembly.Module {
  compiled ??= compileBase64(H1_WASM_BASE64);
  return compiled;
}
