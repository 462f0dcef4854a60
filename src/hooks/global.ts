import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { LeakwardenError } from "../errors.ts";
import { userConfig } from "../git/user-config.ts";
import type { HookName } from "./block.ts";
import { type InstallOptions, installInto, uninstallFrom } from "./install.ts";

const SETTING = "init.templateDir";
const HOOKS: readonly HookName[] = ["pre-commit", "pre-merge-commit"];

/** The folder that is made where the user has no template of their own. */
function ownTemplate(): string {
  return join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "leakwarden", "template");
}

function templateDir(): string | null {
  return userConfig(["--type=path", "--get", SETTING]);
}

/** Puts the hooks into git's template: every repository that is made or cloned from now on has them. */
export function installGlobally({ program, dryRun }: InstallOptions): string[] {
  const given = templateDir();
  const folder = given ?? ownTemplate();
  const changes = HOOKS.map((hook) => {
    const file = join(folder, "hooks", hook);
    return installInto(file, file, hook, program, dryRun);
  });
  if (given !== null) return changes;
  if (dryRun) return [...changes, `would set ${SETTING} to '${folder}'`];
  if (userConfig([SETTING, folder]) === null) {
    throw new LeakwardenError("hook", `git's ${SETTING} cannot be set in your own configuration`, {
      hint: `set it yourself: git config --global ${SETTING} '${folder}'`,
    });
  }
  return [
    ...changes,
    "repositories that are made or cloned from now on have them; in those that are there, run 'git init' once, or 'leakwarden init'",
  ];
}

/** The other way round. A template that held nothing else is removed, and the setting with it. */
export function uninstallGlobally(dryRun: boolean): string[] {
  const folder = templateDir();
  const changes =
    folder === null
      ? []
      : HOOKS.flatMap((hook) => {
          const file = join(folder, "hooks", hook);
          return uninstallFrom(file, file, dryRun) ?? [];
        });
  if (folder === null || changes.length === 0) return changes;
  const hooks = join(folder, "hooks");
  if (!dryRun && folder === ownTemplate() && existsSync(hooks) && readdirSync(hooks).length === 0) {
    rmSync(folder, { recursive: true, force: true });
    const above = dirname(folder);
    if (readdirSync(above).length === 0) rmdirSync(above);
    userConfig(["--unset", SETTING]);
  }
  return changes;
}
