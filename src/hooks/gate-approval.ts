import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { VERSION } from "../version.ts";

/**
 * Tells the gate (`gate.sh`) that by this configuration it may go: a scan has read it, it is valid, and by it nothing
 * is found that the built-in rules do not find. The gate compares it byte for byte.
 *
 * @param gitDir as `git rev-parse --git-path` has it
 */
export function approveForGate(gitDir: string, configuration: string): void {
  const file = join(gitDir, "leakwarden", `gate-${VERSION}.toml`);
  try {
    if (readFileSync(file, "utf8") === configuration) return;
  } catch {
    // There is none yet.
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    const own = `${file}.${process.pid}`;
    writeFileSync(own, configuration);
    renameSync(own, file);
  } catch {
    // A folder that cannot be written to costs time at the next commit, no more.
  }
}
