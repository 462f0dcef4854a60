import module from "node:module";
import { join } from "node:path";
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
const script = join(__dirname, staged ? "staged.cjs" : "commands.cjs");
if (staged && compiled !== null && !keepsCompiled) requireCompiled(script, compiled);
else module.createRequire(__filename)(script);
