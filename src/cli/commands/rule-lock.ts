import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { CacheStore } from "../../cache/store.ts";
import { loadSettings } from "../../config/load.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { formatLockFile, LOCK_NAME, type LockedFinding } from "../../policy/lock-file.ts";
import { VERSION } from "../../version.ts";
import { EXIT } from "../exit-codes.ts";
import { REPO_FLAG } from "../flags.ts";
import { type Io, notify, writeReport, writeText } from "../io.ts";
import type { Finish } from "../main.ts";

interface LockFlags {
  readonly repo?: string;
  readonly dryRun?: boolean;
}

/** `rules lock` and `rules upgrade`. */
export function addLockCommands(rules: Command, io: Io, finish: Finish): void {
  rules
    .command("lock")
    .description(`pin the rules: with ${LOCK_NAME} scans by other rules are refused`)
    .addOption(REPO_FLAG)
    .action(async (flags: LockFlags) => {
      const { repository, settings } = await open(io, flags);
      const found = await findingsBy(io, repository, settings);
      write(repository, settings, found);
      writeReport(io, null, [`rules ${settings.pack.digest} are locked; commit ${LOCK_NAME}\n`]);
    });

  rules
    .command("upgrade")
    .description(
      "lock the rules of this version instead, and say what they find more and less in this repository",
    )
    .addOption(REPO_FLAG)
    .addOption(
      new Option("--dry-run", "say it, and leave the lock as it is; ends with 1 when something changes"),
    )
    .action(async (flags: LockFlags) => {
      const { repository, settings } = await open(io, flags);
      const { lock } = settings;
      if (lock === null)
        throw new UsageError(`there is no ${LOCK_NAME} here`, "'leakwarden rules lock' makes one");
      const found = await findingsBy(io, repository, settings);
      const before = new Map(lock.findings.map((finding) => [finding.fingerprint, finding]));
      const after = new Map(found.map((finding) => [finding.fingerprint, finding]));
      const gained = found.filter(({ fingerprint }) => !before.has(fingerprint));
      const lost = lock.findings.filter(({ fingerprint }) => !after.has(fingerprint));
      const line = (sign: string, { fingerprint, ruleId, path }: LockedFinding) =>
        `${sign} ${fingerprint} ${ruleId} ${path}\n`;
      writeReport(io, null, [
        ...gained.map((finding) => line("+", finding)),
        ...lost.map((finding) => line("-", finding)),
        lock.rulesDigest === settings.pack.digest
          ? `the rules are those that are locked; ${gained.length} secrets more and ${lost.length} fewer than then\n`
          : `from ${lock.rulesDigest} (${lock.version}) to ${settings.pack.digest} (${VERSION}): ${gained.length} secrets more, ${lost.length} fewer\n`,
      ]);
      if (flags.dryRun === true) finish(gained.length + lost.length > 0 ? EXIT.findings : EXIT.clean);
      else write(repository, settings, found);
    });
}

async function open(io: Io, flags: LockFlags): Promise<{ repository: Repository; settings: Settings }> {
  const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
  if (repository.worktree === null)
    throw new UsageError("this repository is bare: the file belongs into a work tree", "run it in one");
  return { repository, settings: await loadSettings(repository.dir, null) };
}

/** All that the rules find in the history, whatever of it is known or allowed by the ignore file. */
async function findingsBy(io: Io, repository: Repository, settings: Settings): Promise<LockedFinding[]> {
  const { scanHistory } = await import("../../app/scan-history.ts");
  const ignores = settings.ignores === null ? null : { ...settings.ignores, entries: [] };
  const cache = new CacheStore(process.env);
  const { findings, coverage } = await scanHistory(repository, { settings: { ...settings, ignores }, cache });
  if (!coverage.complete) notify(io, "leakwarden: the history could not be read as a whole\n");
  return findings.map(({ fingerprint, ruleId, place }) => ({ fingerprint, ruleId, path: place.path }));
}

function write(repository: Repository, { pack }: Settings, findings: readonly LockedFinding[]): void {
  writeText(
    join(repository.dir, LOCK_NAME),
    formatLockFile({ rulesDigest: pack.digest, version: VERSION, findings }),
  );
}
