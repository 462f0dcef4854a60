// Proves that a configuration of gitleaks or betterleaks means here what it means there: every rule loads, and finds
// what RE2 finds on texts that are made from its own expression.
//
//     node scripts/prove.mjs FILE
import { readFileSync } from "node:fs";
import { importBundled } from "./rule-files.mjs";

const [file, seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const { proveConfig, seededRandom } = await importBundled(
  `export { proveConfig } from "./test/support/re2-proof.ts"; export { seededRandom } from "./src/rules/samples.ts";`,
  "prove",
);
const { rules, matches, problems } = proveConfig(
  file,
  readFileSync(file, "utf8"),
  seededRandom(Number(seed)),
);
for (const problem of problems) console.log(problem.slice(0, 600));
console.log(`${rules} rules, ${matches} matches compared, ${problems.length} differ (seed ${seed})`);
process.exitCode = problems.length === 0 && rules > 0 ? 0 : 1;
