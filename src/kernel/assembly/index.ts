// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { applyDelta } from "./delta";
export { more, runs, scan } from "./search";
