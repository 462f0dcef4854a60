import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describeFailure } from "./failure.ts";

/**
 * Where git looks for the hooks of the repository around `dir`. The one question that is asked with the
 * user's own configuration: git runs hooks by that, wherever `core.hooksPath` is set.
 *
 * @returns an absolute path
 * @throws {GitError}
 */
export function hooksFolder(dir: string): string {
  const args = ["rev-parse", "--git-path", "hooks"];
  const { error, status, stdout, stderr } = spawnSync("git", args, {
    cwd: dir,
    encoding: "utf8",
    windowsHide: true,
  });
  if (error !== undefined || status !== 0) throw describeFailure(dir, args, error ?? new Error(stderr));
  return resolve(dir, stdout.replace(/\r?\n$/, ""));
}
