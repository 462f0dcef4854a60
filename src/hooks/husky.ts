import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LeakwardenError, UsageError } from "../errors.ts";

/**
 * Adds husky to an npm project: the dev dependency, its `prepare` script and its `.husky` folder,
 * through npm and husky's own command.
 * @throws {LeakwardenError} when npm or husky failed; nothing of the hook is written then
 */
export function addHusky(root: string): void {
  if (!existsSync(join(root, "package.json"))) {
    throw new UsageError(
      "husky needs a package.json, and this project has none",
      "leave --husky out for a plain git hook",
    );
  }
  run(root, "npm", ["install", "--save-dev", "husky"]);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts?: { prepare?: string };
  };
  const prepare = scripts?.prepare ?? "";
  if (!/\bhusky\b/.test(prepare)) {
    run(root, "npm", ["pkg", "set", `scripts.prepare=${prepare === "" ? "husky" : `${prepare} && husky`}`]);
  }
  run(root, "npm", ["exec", "--no", "--", "husky"]);
}

function run(root: string, command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.status === 0) return;
  const reason =
    (result.stderr ?? "").trim().split("\n").at(-1) || result.error?.message || `exit code ${result.status}`;
  throw new LeakwardenError("hook", `'${command} ${args.join(" ")}' failed: ${reason}`, {
    hint: "add husky yourself (https://typicode.github.io/husky) and run 'leakwarden init' again",
  });
}
