// dist/leakwarden.cjs   the command: starts one of the next two
// dist/staged.cjs       `leakwarden staged`, which every commit waits for, and nothing else
// dist/commands.cjs     all commands; both with commander inside
// dist/rules.json       the built-in rules, compiled
// dist/scan-worker.cjs  the far side of a history scan's threads
// dist/leakwarden-gate.sh  what hooks ask before the command, with its pattern files in dist/gate
// dist/index.js         the library, packages left outside
//
// Why bundled: loading its modules one by one costs a fifth of a hook's run (test/bench/RESULTS.md). CommonJS, because Node starts it 5 ms sooner.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { builtinRulesJson, builtinRulesPlugin } from "./builtin-rules.mjs";
import { writeGate } from "./gate.mjs";
import { wasmPlugin } from "./rule-files.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
const rules = await builtinRulesJson();

/** Of all that goes into the program: the rules, and every source file. */
function sourceDigest(rules) {
  const hash = createHash("sha256").update(rules);
  const files = readdirSync(`${root}/src`, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const { parentPath, name } of files.sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  ))
    hash.update(readFileSync(join(parentPath, name)));
  return hash.digest("hex").slice(0, 24);
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  logLevel: "warning",
  define: {
    LEAKWARDEN_VERSION: JSON.stringify(version),
    LEAKWARDEN_BUILD: JSON.stringify(sourceDigest(rules)),
  },
};

// dist/types is the type checker's: an install that builds must not take it out of a package.
for (const name of [
  "leakwarden.cjs",
  "staged.cjs",
  "commands.cjs",
  "rules.json",
  "scan-worker.cjs",
  "index.js",
]) {
  rmSync(`${root}/dist/${name}`, { force: true });
}
mkdirSync(`${root}/dist`, { recursive: true });
const escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
writeFileSync(`${root}/dist/rules.json`, rules.replace(/[^\x00-\x7f]/g, escaped));
await writeGate(`${root}/dist`, rules, version);
const command = {
  ...common,
  format: "cjs",
  plugins: [builtinRulesPlugin(rules, true), wasmPlugin],
  minify: true, // compiled 3 ms sooner
  // What V8 keeps of a script forgets how it imports; all packages can be required.
  supported: { "dynamic-import": false },
  define: { ...common.define, "import.meta.dirname": "__dirname" },
  // Loaded from node_modules by the runs that need them, none of which is the hook's.
  external: [
    ...["fast-glob", "picomatch", "scslre", "@eslint-community/regexpp"],
    ...["@aws-sdk/*", "@smithy/*"],
    ...["simple-git", "toml-eslint-parser", "valibot", "tar-stream", "yaml", "yauzl"],
  ],
};
await Promise.all([
  build({
    ...command,
    entryPoints: ["src/bin/leakwarden.ts"],
    outfile: "dist/leakwarden.cjs",
    banner: { js: "#!/usr/bin/env node" },
  }),
  build({ ...command, entryPoints: ["src/bin/staged.ts"], outfile: "dist/staged.cjs" }),
  build({
    ...command,
    entryPoints: ["src/bin/commands.ts"],
    outfile: "dist/commands.cjs",
    // One script is loaded 20 to 60 ms sooner than forty files of node_modules.
    external: command.external.filter((name) => name !== "fast-glob"),
  }),
  build({ ...command, entryPoints: ["src/app/scan-worker.ts"], outfile: "dist/scan-worker.cjs" }),
  build({
    ...common,
    format: "esm",
    plugins: [builtinRulesPlugin(rules), wasmPlugin],
    packages: "external",
    entryPoints: ["src/index.ts"],
    outfile: "dist/index.js",
  }),
]);
chmodSync(`${root}/dist/leakwarden.cjs`, 0o755);
