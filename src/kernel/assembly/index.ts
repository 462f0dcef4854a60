// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { applyDelta } from "./delta";
export { runs, runsResume } from "./runs";
export { resume, scan } from "./search";
