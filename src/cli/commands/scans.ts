import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { CacheStore } from "../../cache/store.ts";
import { UsageError } from "../../errors.ts";
import { openRepository } from "../../git/repository.ts";
import { addFlags, parseCount, REPO_FLAG, SCAN_FLAGS } from "../flags.ts";
import type { Io } from "../io.ts";
import type { Finish } from "../main.ts";
import { runScan, type ScanFlags, settingsIn } from "../scan.ts";

/** Git takes what it does not understand for "now", and a scan of nothing would follow. */
function requireDate(text: string): void {
  const words = /\d|yesterday|today|noon|midnight|tea|never|now|last|ago|day|week|month|year/i;
  if (words.test(text)) return;
  throw new UsageError(`'${text}' is no date`, "give one as in --since 2024-01-31 or --since '3 weeks ago'");
}

/** `history` and `files`. The use cases are loaded by the command that runs. */
export function addScanCommands(program: Command, io: Io, finish: Finish): void {
  const history = program
    .command("history")
    .alias("history-scan")
    .description("scan every version of every file that any branch, tag or stash reaches");
  addFlags(history, [
    REPO_FLAG,
    new Option("--since <date>", "only commits after a date, as git understands it"),
    new Option("--branch <name...>", "only what these branches, tags or commits reach"),
    new Option("--max-commits <count>", "only the newest commits").argParser(parseCount),
    new Option("--no-cache", "read everything again, and keep nothing for the next time"),
    ...SCAN_FLAGS,
  ]).action(
    async (
      flags: ScanFlags & {
        repo?: string;
        since?: string;
        branch?: string[];
        maxCommits?: number;
        cache: boolean;
      },
    ) => {
      const dir = resolve(io.cwd, flags.repo ?? ".");
      const { scanHistory } = await import("../../app/scan-history.ts");
      const repository = await openRepository(dir);
      const { since, branch: branches, maxCommits } = flags;
      const cache = flags.cache ? new CacheStore(process.env) : null;
      if (since !== undefined) requireDate(since);
      finish(
        await runScan(io, flags, settingsIn(repository.dir), (options) =>
          scanHistory(repository, { ...options, since, branches, maxCommits, cache }),
        ),
      );
    },
  );

  const files = program
    .command("files")
    .argument("[path...]", "files and folders; '-' is standard input (default: the current folder)")
    .description("scan files as they are on disk");
  addFlags(files, [
    new Option("--no-ignore", "scan also what .gitignore hides"),
    new Option("--exclude <glob...>", "leave out what matches, relative to each scanned folder"),
    ...SCAN_FLAGS,
  ]).action(async (paths: string[], flags: ScanFlags & { ignore: boolean; exclude?: string[] }) => {
    const { scanFiles } = await import("../../app/scan-files.ts");
    const named = paths.length === 0 ? ["."] : paths;
    const scan = { ignored: !flags.ignore, exclude: flags.exclude ?? [], stdin: io.stdin };
    finish(
      await runScan(
        io,
        flags,
        settingsIn(io.cwd),
        (options, listen) => scanFiles(io.cwd, named, { ...options, ...scan, onListed: listen }),
        "when it says so",
      ),
    );
  });
}
