import { resolve } from "node:path";
import type { Command } from "commander";
import { openRepository } from "../../git/repository.ts";
import { approveForGate } from "../../hooks/gate-approval.ts";
import { addFlags, REPO_FLAG, SCAN_FLAGS } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Finish } from "../main.ts";
import { runScan, type ScanFlags, settingsIn } from "../scan.ts";

/** `staged`, which hooks wait for. */
export function addStagedCommand(program: Command, io: Io, finish: Finish): void {
  const staged = program
    .command("staged")
    .description("scan what the next commit would hold (the pre-commit hook runs this)");
  addFlags(staged, [REPO_FLAG, ...SCAN_FLAGS]).action(async (flags: ScanFlags & { repo?: string }) => {
    const dir = resolve(io.cwd, flags.repo ?? ".");
    const { scanStaged } = await import("../../app/scan-staged.ts");
    const repository = await openRepository(dir);
    finish(
      await runScan(io, flags, settingsIn(repository.dir), async (options) => {
        const result = await scanStaged(repository, options);
        const { gate } = options.settings;
        if (gate !== null && flags.config === undefined) approveForGate(repository.gitDir, gate);
        return result;
      }),
    );
  });
}
