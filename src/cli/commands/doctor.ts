import { resolve } from "node:path";
import type { Command } from "commander";
import { loadSettings } from "../../config/load.ts";
import { UsageError } from "../../errors.ts";
import { openRepository } from "../../git/repository.ts";
import { EXIT } from "../exit-codes.ts";
import { REPO_FLAG } from "../flags.ts";
import { type Io, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";

const MARK = { good: "ok  ", warn: "note", bad: "BAD " } as const;

/** `doctor`. */
export function addDoctorCommand(program: Command, io: Io, finish: Finish): void {
  program
    .command("doctor")
    .description("prove that the hook stops secrets, and find what lets them past it")
    .addOption(REPO_FLAG)
    .option("--fix", "add the usual credential files to .gitignore")
    .action(async (flags: { repo?: string; fix?: boolean }) => {
      const { examine } = await import("../../hooks/doctor.ts");
      const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
      if (repository.worktree === null)
        throw new UsageError("this repository is bare: nobody commits in it", "run it in a work tree");
      const { pack } = await loadSettings(repository.dir, null);
      const found = examine(repository, {
        rules: pack.files,
        program: resolve(process.argv[1] ?? ""),
        fix: flags.fix ?? false,
        env: io.env,
      });
      writeReport(
        io,
        null,
        found.map(
          ({ state, text, advice }) =>
            `${MARK[state]}  ${text}\n${advice === undefined ? "" : `      ${advice}\n`}`,
        ),
      );
      finish(found.some(({ state }) => state === "bad") ? EXIT.findings : EXIT.clean);
    });
}
