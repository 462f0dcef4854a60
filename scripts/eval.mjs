// Runs test/eval/run.ts over rules/*.toml: recall and precision on the project's own corpus.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "leakwarden");
mkdirSync(cache, { recursive: true });
const outfile = join(cache, `eval-${process.pid}.mjs`);
await build({
  stdin: {
    contents: `export { loadRuleFile } from "./src/rules/load.ts"; export { main } from "./test/eval/run.ts";`,
    resolveDir: root,
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
  banner: {
    js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
  },
});
const { loadRuleFile, main } = await import(pathToFileURL(outfile).href);
const files = readdirSync(join(root, "rules"))
  .filter((name) => name.endsWith(".toml"))
  .sort()
  .map((name) => loadRuleFile(`rules/${name}`, readFileSync(join(root, "rules", name), "utf8")));
process.exitCode = main(files, join(root, "test/eval/figures.json"), process.argv.slice(2));
