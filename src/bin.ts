import { processIo } from "./cli/io.ts";
import { main } from "./cli/main.ts";

// Until main has said how it went, the process has not done what it was asked to.
process.exitCode = 2;
main(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
