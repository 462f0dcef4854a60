/** Node's crypto, loaded on first use: 4 ms that a scan without candidates need not pay. */
export function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}
