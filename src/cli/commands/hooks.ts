import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { openRepository } from "../../git/repository.ts";
import type { HookName } from "../../hooks/block.ts";
import { REPO_FLAG } from "../flags.ts";
import { type Io, writeReport } from "../io.ts";

interface InitFlags {
  readonly repo?: string;
  readonly husky?: boolean;
  readonly prePush?: boolean;
  readonly preReceive?: boolean;
  readonly global?: boolean;
  readonly dryRun?: boolean;
}

/** `init` and `uninstall`. */
export function addHookCommands(program: Command, io: Io): void {
  const dryRun = () => new Option("--dry-run", "say what would be done, and do nothing");
  const say = (sentences: readonly string[]) =>
    writeReport(
      io,
      null,
      sentences.map((sentence) => `${sentence}\n`),
    );

  const sayOr = (sentences: readonly string[], nothing: string) =>
    say(sentences.length > 0 ? sentences : [nothing]);

  program
    .command("init")
    .description(
      "scan every commit: install the hooks, through husky, lefthook or pre-commit where the project uses them",
    )
    .addOption(REPO_FLAG)
    .option("--husky", "add husky to the project first")
    .option("--pre-push", "scan what a push would bring, instead of each commit")
    .option("--pre-receive", "on a server: scan what a push brings, before it is taken")
    .option("--global", "for all repositories that you make or clone from now on, through git's template")
    .addOption(dryRun())
    .action(async (flags: InitFlags) => {
      const { installHook } = await import("../../hooks/install.ts");
      const options = { program: resolve(process.argv[1] ?? ""), dryRun: flags.dryRun ?? false };
      if (flags.global === true) {
        const { installGlobally } = await import("../../hooks/global.ts");
        say(installGlobally(options));
        return;
      }
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      if (flags.husky === true && repository.worktree !== null && !options.dryRun) {
        const { addHusky } = await import("../../hooks/husky.ts");
        addHusky(repository.worktree);
      }
      const asked = [
        ...(flags.prePush === true ? (["pre-push"] as const) : []),
        ...(flags.preReceive === true ? (["pre-receive"] as const) : []),
      ];
      const hooks: readonly HookName[] = asked.length > 0 ? asked : ["pre-commit", "pre-merge-commit"];
      if (asked.length === 0 && repository.worktree !== null) {
        const { installManaged } = await import("../../hooks/managers.ts");
        const change = installManaged(repository.worktree, options.dryRun);
        if (change !== null) {
          say([change]);
          return;
        }
      }
      say(hooks.map((hook) => installHook(repository, hook, options)));
    });

  program
    .command("uninstall")
    .description("take the scan out of the hooks again")
    .addOption(REPO_FLAG)
    .option("--global", "out of git's template")
    .addOption(dryRun())
    .action(async (flags: InitFlags) => {
      const dry = flags.dryRun ?? false;
      if (flags.global === true) {
        const { uninstallGlobally } = await import("../../hooks/global.ts");
        sayOr(uninstallGlobally(dry), "git's template does not run leakwarden; nothing was changed");
        return;
      }
      const { uninstallHooks } = await import("../../hooks/install.ts");
      const { uninstallManaged } = await import("../../hooks/managers.ts");
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      const managed = repository.worktree === null ? null : uninstallManaged(repository.worktree, dry);
      const sentences = [...(managed === null ? [] : [managed]), ...uninstallHooks(repository, dry)];
      sayOr(sentences, "no hook here runs leakwarden; nothing was changed");
    });
}
