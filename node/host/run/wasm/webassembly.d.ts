/** The parts of the WebAssembly JavaScript interface that the guest's thread uses: Node's own types leave it to the DOM's. */
declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module, imports: object)
    readonly exports: Exports
  }
  class CompileError extends Error {}
  class RuntimeError extends Error {}
  function validate(bytes: Uint8Array): boolean
}
