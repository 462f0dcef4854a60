import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// Compiling a script costs a millisecond for each 20 kB, so the hook's command has one of its own.
const script = process.argv[2] === "staged" ? "staged.cjs" : "commands.cjs";
createRequire(__filename)(join(dirname(__filename), script));
