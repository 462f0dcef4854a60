import module from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { cacheFolder } from "../cache/folder.ts";
import { requireCompiled } from "./compiled.ts";

/** Node 22.1 and later keep what was compiled. */
interface CompileCache {
  enableCompileCache?(directory: string): unknown;
}

const cache = process.env.NODE_COMPILE_CACHE === undefined ? cacheFolder(process.env) : null;
const compiled = cache === null ? null : join(cache, "compiled");
const keepsCompiled = (module as CompileCache).enableCompileCache !== undefined;
// Where it cannot be written Node goes on without.
if (compiled !== null) (module as CompileCache).enableCompileCache?.(compiled);

// Compiling a script costs a millisecond for each 20 kB, so the hook's command has one of its own.
const staged = process.argv[2] === "staged";
// Of a few files V8 would spend more time on making patterns and functions fast than on running them: 25 ms and 12. What is
// kept of a compiled script holds for the flags that it was compiled with, so they are set before.
if (staged) {
  setFlagsFromString("--no-regexp-optimization");
  if (process.version.startsWith("v20.")) setFlagsFromString("--interrupt-budget=300000");
}
const script = join(__dirname, staged ? "staged.cjs" : "commands.cjs");
if (staged && compiled !== null && !keepsCompiled) requireCompiled(script, compiled);
else module.createRequire(__filename)(script);
