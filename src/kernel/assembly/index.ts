// AssemblyScript; compiled to ../simd.wasm by scripts/kernel.mjs.
export { applyDelta } from "./delta";
export { recall, remember } from "./memo";
export { newEntries } from "./trees";
export { more, runs, scan } from "./search";
export { know, listed, unknown } from "./stretches";
