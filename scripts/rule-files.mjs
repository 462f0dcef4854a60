// Runs TypeScript of this project over rules/*.toml, without a build of the whole.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles the module text `source`, whose imports are relative to the project's root, and imports it. */
export async function importBundled(source, name) {
  const cache = join(root, "node_modules", ".cache", "leakwarden");
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `${name}-${process.pid}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error",
    plugins: [wasmPlugin],
    banner: {
      js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
    },
  });
  return import(`${pathToFileURL(outfile).href}?${Date.now()}`);
}

/** `load` is the program's `loadRuleFile`. */
export function loadBuiltinRuleFiles(load) {
  return readdirSync(join(root, "rules"))
    .filter((name) => name.endsWith(".toml"))
    .sort()
    .map((name) => load(`rules/${name}`, readFileSync(join(root, "rules", name), "utf8")));
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
