import { resolve } from "node:path";
import type { Command } from "commander";
import { openRepository } from "../../git/repository.ts";
import { REPO_FLAG } from "../flags.ts";
import { type Io, writeReport } from "../io.ts";

/** `init` and `uninstall`. */
export function addHookCommands(program: Command, io: Io): void {
  program
    .command("init")
    .description("scan every commit: install the pre-commit hook, through husky where the project uses it")
    .addOption(REPO_FLAG)
    .option("--husky", "add husky to the project first")
    .action(async (flags: { repo?: string; husky?: boolean }) => {
      const { installHook } = await import("../../hooks/install.ts");
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      if (flags.husky === true && repository.worktree !== null) {
        const { addHusky } = await import("../../hooks/husky.ts");
        addHusky(repository.worktree);
      }
      const change = await installHook(repository, resolve(process.argv[1] ?? ""));
      writeReport(io, null, [`${change.text}\n`]);
    });

  program
    .command("uninstall")
    .description("take the scan out of the pre-commit hook again")
    .addOption(REPO_FLAG)
    .action(async (flags: { repo?: string }) => {
      const { uninstallHook } = await import("../../hooks/install.ts");
      const change = await uninstallHook(await openRepository(resolve(io.cwd, flags.repo ?? ".")));
      writeReport(io, null, [`${change.text}\n`]);
    });
}
