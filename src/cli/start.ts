import { processIo } from "./io.ts";
import { type CommandGroup, main } from "./main.ts";

/** Runs the process's command line. */
export function start(groups: readonly CommandGroup[]): void {
  // Until main has said how it went, the process has not done what it was asked to.
  process.exitCode = 2;
  main(process.argv.slice(2), processIo(), groups).then((code) => {
    process.exitCode = code;
  });
}
