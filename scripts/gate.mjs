// Writes the gate of the hook: src/hooks/gate.sh, and the pattern files that it reads, made from the compiled rules.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importBundled, root } from "./rule-files.mjs";

/** @param {string} json the built-in rules, as the build has them */
export async function writeGate(dir, json, version) {
  const { decodePack, gateFiles } = await importBundled(
    `export { decodePack } from "./src/rules/pack.ts";
     export { gateFiles } from "./src/hooks/gate-patterns.ts";`,
    "gate",
  );
  const folder = join(dir, "gate");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(gateFiles(decodePack(json))))
    writeFileSync(join(folder, name), text);
  const script = readFileSync(join(root, "src/hooks/gate.sh"), "utf8");
  writeFileSync(join(dir, "leakwarden-gate.sh"), script.replaceAll("LEAKWARDEN_VERSION", version));
}
