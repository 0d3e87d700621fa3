// Runtimes with the `workerd` condition give a compiled module when a .wasm file is imported.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
