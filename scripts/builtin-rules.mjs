// Compiles rules/*.toml with the program's own loader. Used by the build and by the tests' set-up,
// which both put the result in place of "virtual:builtin-rules".
import { importBundled, loadBuiltinRuleFiles } from "./rule-files.mjs";

export async function builtinRulesJson() {
  const { assemblePack, encodePack, loadRuleFile, planKeywords, planNames } = await importBundled(
    `export { assemblePack, loadRuleFile } from "./src/rules/load.ts";
     export { encodePack } from "./src/rules/pack.ts";
     export { planKeywords, planNames } from "./src/engine/keywords.ts";`,
    "load",
  );
  const pack = assemblePack(loadBuiltinRuleFiles(loadRuleFile));
  return encodePack(pack, planKeywords(pack), planNames(pack));
}

/**
 * For esbuild. With `besideScript` the rules are a file beside the script, as `rules.json`, in ASCII:
 * the script is then compiled 3 ms sooner.
 */
export function builtinRulesPlugin(json, besideScript = false) {
  return {
    name: "builtin-rules",
    setup(context) {
      context.onResolve({ filter: /^virtual:builtin-rules$/ }, () => ({
        path: "rules",
        namespace: "builtin-rules",
      }));
      context.onLoad({ filter: /.*/, namespace: "builtin-rules" }, () => ({
        contents: besideScript
          ? `export default require("node:fs").readFileSync(require("node:path").join(__dirname, "rules.json"), "latin1");`
          : `export default ${JSON.stringify(json)};`,
      }));
    },
  };
}
