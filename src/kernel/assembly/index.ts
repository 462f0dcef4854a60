// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { resume, scan } from "./search";
export { applyDelta } from "./delta";
