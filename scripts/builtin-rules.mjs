// Compiles rules/*.toml with the program's own loader. Used by the build and by the tests' set-up,
// which both put the result in place of "virtual:builtin-rules".
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function builtinRulesJson() {
  const cache = join(root, "node_modules", ".cache", "leakwarden");
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `load-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, "src/rules/load.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
  });
  const { loadRuleFile, assemblePack } = await import(`${pathToFileURL(outfile).href}?${Date.now()}`);
  const files = readdirSync(join(root, "rules"))
    .filter((name) => name.endsWith(".toml"))
    .sort();
  const loaded = files.map((name) =>
    loadRuleFile(`rules/${name}`, readFileSync(join(root, "rules", name), "utf8")),
  );
  return JSON.stringify(assemblePack(loaded));
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
