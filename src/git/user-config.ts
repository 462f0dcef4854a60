import { spawnSync } from "node:child_process";

/** Asks or changes the user's own git configuration; null when git says no. */
export function userConfig(args: readonly string[]): string | null {
  const { status, stdout } = spawnSync("git", ["config", "--global", ...args], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
