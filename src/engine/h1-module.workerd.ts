// The HTTP/1.1 engine as a compiled module, for runtimes that refuse to compile at run time and give
// imported .wasm files as modules instead (workerd). Chosen by the condition `workerd` of #h1-wasm.
import module from "./h1.wasm";

/** The compiled HTTP/1.1 engine. It has no imports and no state of its own. */
export function h1Module(): WebAssembly.Module {
  return module;
}
