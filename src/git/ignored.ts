import { spawnSync } from "node:child_process";
import { gitEnvironment } from "./environment.ts";

/** Whether the `.gitignore` files of the work tree at `root` cover a path. */
export function isIgnored(root: string, path: string): boolean {
  const { GIT_LITERAL_PATHSPECS: _, ...env } = gitEnvironment();
  const args = ["check-ignore", "--quiet", "--no-index", "--", path];
  return spawnSync("git", args, { cwd: root, env, stdio: "ignore", windowsHide: true }).status === 0;
}
