// The engine of QPACK as a compiled module, for runtimes that refuse to compile at run time and give
// imported .wasm files as modules instead (workerd). Chosen by the condition `workerd` of #h3-wasm.
import module from "./h3.wasm";

/** The compiled engine of QPACK. It has no imports and no state of its own. */
export function h3Module(): WebAssembly.Module {
  return module;
}
