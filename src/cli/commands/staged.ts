import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { openRepository } from "../../git/repository.ts";
import { approveForGate } from "../../hooks/gate-approval.ts";
import type { ScanResult } from "../../policy/result.ts";
import { addFlags, REPO_FLAG, SCAN_FLAGS } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Finish } from "../main.ts";
import { runScan, type ScanFlags, settingsIn } from "../scan.ts";

interface StagedFlags extends ScanFlags {
  readonly repo?: string;
  readonly fix?: boolean;
}

/** `staged`, which hooks wait for. */
export function addStagedCommand(program: Command, io: Io, finish: Finish): void {
  const staged = program
    .command("staged")
    .argument(
      "[path...]",
      "files that lint-staged or another program names: all that is staged is scanned all the same",
    )
    .description("scan what the next commit would hold (the pre-commit hook runs this)");
  addFlags(staged, [
    REPO_FLAG,
    new Option("--fix", "offer to unstage the files that are to blame"),
    ...SCAN_FLAGS,
  ]).action(async (_paths: string[], flags: StagedFlags) => {
    const dir = resolve(io.cwd, flags.repo ?? ".");
    const { scanStaged } = await import("../../app/scan-staged.ts");
    const repository = await openRepository(dir);
    let seen: ScanResult | undefined;
    const code = await runScan(io, flags, settingsIn(repository.dir), async (options) => {
      seen = await scanStaged(repository, options);
      const { gate } = options.settings;
      if (gate !== null && flags.config === undefined) approveForGate(repository.gitDir, gate);
      return seen;
    });
    if (flags.fix === true && seen !== undefined) {
      const { offerToUnstage } = await import("../unstage.ts");
      await offerToUnstage(io, repository, seen);
    }
    finish(code);
  });
}
