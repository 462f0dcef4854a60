// Compiles rules/*.toml with the program's own loader. Used by the build and by the tests' set-up,
// which both put the result in place of "virtual:builtin-rules".
import { readFileSync } from "node:fs";
import { importBundled, loadBuiltinRuleFiles } from "./rule-files.mjs";

export async function builtinRulesJson() {
  const { loadRuleFile, assemblePack } = await importBundled('export * from "./src/rules/load.ts";', "load");
  return JSON.stringify(assemblePack(loadBuiltinRuleFiles(loadRuleFile)));
}

/** For esbuild: a `.wasm` module is its bytes. */
export const wasmPlugin = {
  name: "wasm",
  setup(context) {
    context.onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: wasmAsModule(path) }));
  },
};

/** A module whose default export is the bytes of the file `path`. */
export function wasmAsModule(path) {
  return `export default Buffer.from("${readFileSync(path).toString("base64")}", "base64");`;
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
