// The engine of QUIC as a compiled module, for runtimes that refuse to compile at run time and give
// imported .wasm files as modules instead (workerd). Chosen by the condition `workerd` of #quic-wasm.
import module from "./quic.wasm";

/** The compiled engine of QUIC. It has no imports and no state of its own. */
export function quicModule(): WebAssembly.Module {
  return module;
}
