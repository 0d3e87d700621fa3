// The engine of QUIC as a compiled module. The twin for workerd is quic-module.workerd.ts;
// package.json chooses at #quic-wasm.
import { compileBase64 } from "./compile.js";
import { QUIC_WASM_BASE64 } from "./quic-wasm.js";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled engine of QUIC, compiled at the first call and shared by every instance.
 *
 * @throws Error where the platform refuses to compile: the message says what to allow.
 */
export function quicModule(): WebAssembly.Module {
  compiled ??= compileBase64(QUIC_WASM_BASE64);
  return compiled;
}
