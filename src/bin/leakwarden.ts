import { createRequire } from "node:module";

// Compiling a script costs a millisecond for each 20 kB, so the hook's command has one of its own.
const script = process.argv[2] === "staged" ? "staged.cjs" : "commands.cjs";
createRequire(__filename)(`./${script}`);
