// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { applyDelta } from "./delta";
export { places, resume, scan } from "./search";
