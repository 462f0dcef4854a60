import module from "node:module";
import { join } from "node:path";

/** Node 22.1 and later; earlier ones have no such thing. */
interface CompileCache {
  enableCompileCache?(directory: string): unknown;
}

// In the user's own cache, not in a temporary directory that others can write to: what lies there is run. Where it
// cannot be written Node goes on without.
const { HOME, LOCALAPPDATA, XDG_CACHE_HOME, NODE_COMPILE_CACHE } = process.env;
const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME ? join(HOME, ".cache") : "");
if (caches !== "" && NODE_COMPILE_CACHE === undefined)
  (module as CompileCache).enableCompileCache?.(join(caches, "leakwarden", "compiled"));

// Compiling a script costs a millisecond for each 20 kB, so the hook's command has one of its own.
const script = process.argv[2] === "staged" ? "staged.cjs" : "commands.cjs";
module.createRequire(__filename)(`./${script}`);
