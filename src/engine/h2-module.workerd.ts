// The engine of HTTP/2 and HPACK as a compiled module, for runtimes that refuse to compile at run time and give
// imported .wasm files as modules instead (workerd). Chosen by the condition `workerd` of #h2-wasm.
import module from "./h2.wasm";

/** The compiled engine of HTTP/2 and HPACK. It has no imports and no state of its own. */
export function h2Module(): WebAssembly.Module {
  return module;
}
