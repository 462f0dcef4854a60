/** The bytes of a compiled module; put in by the build. */
declare module "*.wasm" {
  const bytes: Uint8Array;
  export default bytes;
}

/** The part of the WebAssembly API that is used here: its types come with the DOM's, which are not ours. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Global {
    readonly value: number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}
