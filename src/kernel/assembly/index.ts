// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { applyDelta } from "./delta";
export { recall, remember, seed } from "./memo";
export { more, runs, scan } from "./search";
