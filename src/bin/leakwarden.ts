import module from "node:module";
import { join } from "node:path";
import { cacheFolder } from "../cache/folder.ts";

/** Node 22.1 and later; earlier ones have no such thing. */
interface CompileCache {
  enableCompileCache?(directory: string): unknown;
}

// Where it cannot be written Node goes on without.
const cache = cacheFolder(process.env);
if (cache !== null && process.env.NODE_COMPILE_CACHE === undefined)
  (module as CompileCache).enableCompileCache?.(join(cache, "compiled"));

// Compiling a script costs a millisecond for each 20 kB, so the hook's command has one of its own.
const script = process.argv[2] === "staged" ? "staged.cjs" : "commands.cjs";
module.createRequire(__filename)(`./${script}`);
