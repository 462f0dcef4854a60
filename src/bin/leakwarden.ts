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
// What is kept of a compiled script holds for the flags that it was compiled with, so they are set before.
if (process.version.startsWith("v20.")) {
  // A scan is a second or so of work, in which V8 optimises what it will soon have to optimise again: a tenth of it. The
  // budget is what a function uses up before it is looked at, 132 KiB by default; later versions of Node count otherwise.
  setFlagsFromString("--interrupt-budget=300000");
}
// Of a few files V8 would spend 25 ms more on making patterns fast than on running them.
if (staged) setFlagsFromString("--no-regexp-optimization");
const script = join(__dirname, staged ? "staged.cjs" : "commands.cjs");
if (compiled !== null && !keepsCompiled) requireCompiled(script, compiled);
else module.createRequire(__filename)(script);
