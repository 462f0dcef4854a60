// Runs test/eval/run.ts over rules/*.toml: recall and precision on the project's own corpus.
import { join } from "node:path";
import { importBundled, loadBuiltinRuleFiles, root } from "./rule-files.mjs";

const { loadRuleFile, main } = await importBundled(
  `export { loadRuleFile } from "./src/rules/load.ts"; export { main } from "./test/eval/run.ts";`,
  "eval",
);
const files = loadBuiltinRuleFiles(loadRuleFile);
process.exitCode = main(files, join(root, "test/eval/figures.json"), process.argv.slice(2));
