import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { ScanOptions } from "../../app/run.ts";
import { CacheStore } from "../../cache/store.ts";
import { loadSettings } from "../../config/load.ts";
import type { Settings } from "../../config/settings.ts";
import { FileError, systemReason, UsageError } from "../../errors.ts";
import { openRepository, type Repository, rootCommits } from "../../git/repository.ts";
import type { Finding } from "../../policy/finding.ts";
import { formatIgnoreFile, IGNORE_NAME, type IgnoreEntry, isDate } from "../../policy/ignore-file.ts";
import type { ScanResult } from "../../policy/result.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { REPO_FLAG } from "../flags.ts";
import { type Io, notify, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";

/** Lets git merge two versions of the file by keeping the lines of both: their order means nothing. */
const MERGE = `${IGNORE_NAME} merge=union`;

interface RepoFlag {
  readonly repo?: string;
}

interface EntryFlags extends RepoFlag {
  readonly reason: string;
  readonly until?: string;
  readonly owner?: string;
}

/** `baseline create|prune|diff` and `allow`. */
export function addBaselineCommands(program: Command, io: Io, finish: Finish): void {
  const baseline = program
    .command("baseline")
    .description(`${IGNORE_NAME}: the secrets that are known, so that only new ones are reported`);

  baseline
    .command("create")
    .description("write down every secret of the history that is not in it yet")
    .addOption(REPO_FLAG)
    .addOption(new Option("--reason <text>", "why they are let be").default("known when leakwarden came"))
    .addOption(new Option("--until <date>", "last day on which the entries count, as YYYY-MM-DD"))
    .addOption(new Option("--owner <name>", "who looks after them"))
    .action(async (flags: EntryFlags) => {
      const book = await Book.open(io, flags);
      const result = await book.scanHistory([]);
      const known = new Set(book.entries.map(({ fingerprint }) => fingerprint));
      const fresh = result.findings.filter(({ fingerprint }) => !known.has(fingerprint));
      book.write([...book.entries, ...fresh.map((finding) => entryOf(finding, flags))]);
      writeReport(io, null, [
        `${fresh.length} added to ${IGNORE_NAME}, ${book.entries.length} were there; commit it with .gitattributes\n`,
      ]);
      finish(codeOf(io, result, false));
    });

  baseline
    .command("prune")
    .description(
      "take out the entries whose secrets the history no longer holds, and those that have expired",
    )
    .addOption(REPO_FLAG)
    .action(async (flags: RepoFlag) => {
      const book = await Book.open(io, flags);
      const result = await book.scanHistory([]);
      if (!result.coverage.complete) {
        finish(codeOf(io, result, false));
        return;
      }
      const found = new Set(result.findings.map(({ fingerprint }) => fingerprint));
      const today = new Date().toISOString().slice(0, 10);
      const kept = book.entries.filter(
        ({ fingerprint, until }) => found.has(fingerprint) && (until === null || until >= today),
      );
      if (kept.length < book.entries.length) book.write(kept);
      writeReport(io, null, [`${book.entries.length - kept.length} taken out, ${kept.length} left\n`]);
    });

  baseline
    .command("diff")
    .description("show what is in the history and not in it, and the other way round")
    .addOption(REPO_FLAG)
    .action(async (flags: RepoFlag) => {
      const book = await Book.open(io, flags);
      const result = await book.scanHistory([]);
      const known = new Set(book.entries.map(({ fingerprint }) => fingerprint));
      const found = new Set(result.findings.map(({ fingerprint }) => fingerprint));
      const fresh = result.findings.filter(({ fingerprint }) => !known.has(fingerprint));
      const gone = book.entries.filter(({ fingerprint }) => !found.has(fingerprint));
      writeReport(io, null, [
        ...fresh.map(
          ({ fingerprint, ruleId, place }) => `+ ${fingerprint} ${ruleId} ${place.path}:${place.line}\n`,
        ),
        ...gone.map(({ fingerprint, ruleId, path }) => `- ${fingerprint} ${ruleId} ${path}\n`),
        `${fresh.length} not in ${IGNORE_NAME}, ${gone.length} of it no longer in the history\n`,
      ]);
      finish(codeOf(io, result, fresh.length > 0));
    });

  program
    .command("allow")
    .argument("<what>", "fingerprint of a finding (its first 8 digits will do), or PATH:LINE")
    .description(`let one secret be: a line in ${IGNORE_NAME}, with the reason`)
    .addOption(REPO_FLAG)
    .addOption(new Option("--reason <text>", "why it is let be").makeOptionMandatory())
    .addOption(new Option("--until <date>", "last day on which it counts, as YYYY-MM-DD"))
    .addOption(new Option("--owner <name>", "who looks after it"))
    .action(async (what: string, flags: EntryFlags) => {
      const book = await Book.open(io, flags);
      const finding = await book.find(what);
      const others = book.entries.filter(({ fingerprint }) => fingerprint !== finding.fingerprint);
      book.write([...others, entryOf(finding, flags)]);
      writeReport(io, null, [
        `${finding.title} in ${finding.place.path}:${finding.place.line} is let be from now on; commit ${IGNORE_NAME}\n`,
      ]);
    });
}

/** A scan that could not see everything says so in its exit code. */
function codeOf(io: Io, { coverage }: ScanResult, found: boolean): ExitCode {
  if (!coverage.complete) {
    const reasons = coverage.gaps.filter(({ incomplete }) => incomplete).map(({ reason }) => reason);
    notify(io, `leakwarden: the history could not be read as a whole: ${reasons.join(", ")}\n`);
  }
  return found ? EXIT.findings : coverage.complete ? EXIT.clean : EXIT.incomplete;
}

function entryOf({ fingerprint, ruleId, place }: Finding, flags: EntryFlags): IgnoreEntry {
  const { until = null, owner = null, reason } = flags;
  return { fingerprint, ruleId, path: place.path, owner, until, reason };
}

/** The ignore file of one repository. */
class Book {
  readonly entries: readonly IgnoreEntry[];
  private readonly repository: Repository;
  private readonly settings: Settings;
  private readonly key: string | null;

  private constructor(repository: Repository, settings: Settings, key: string | null) {
    this.repository = repository;
    this.settings = settings;
    this.key = key;
    // A merge of two branches may have brought a secret in twice.
    const entries = settings.ignores?.entries ?? [];
    this.entries = [...new Map(entries.toReversed().map((entry) => [entry.fingerprint, entry])).values()];
  }

  static async open(io: Io, flags: RepoFlag & Partial<EntryFlags>): Promise<Book> {
    if (flags.reason !== undefined && !/^[^\n\r]*\S[^\n\r]*$/.test(flags.reason))
      throw new UsageError("--reason is empty or has more than one line", "say in a few words why");
    if (flags.until !== undefined && !isDate(flags.until))
      throw new UsageError(`'${flags.until}' is no day`, "give it as in --until 2027-01-31");
    if (flags.owner !== undefined && !/^\S+$/.test(flags.owner))
      throw new UsageError(`'${flags.owner}' is no owner`, "give a name without spaces");
    const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
    if (repository.worktree === null)
      throw new UsageError("this repository is bare: the file belongs into a work tree", "run it in one");
    const settings = await loadSettings(repository.dir, null);
    // With a salt the configuration has the key.
    const own = settings.ignores?.key ?? (await rootCommits(repository));
    if (settings.fingerprintSalt === null && own === null) {
      throw new UsageError(
        "fingerprints need the first commit of the repository, which is not here",
        repository.shallow ? "git fetch --unshallow gets it" : "commit something first",
      );
    }
    return new Book(repository, settings, settings.fingerprintSalt === null ? own : null);
  }

  /** @param entries those that shall count */
  private options(entries: NonNullable<Settings["ignores"]>["entries"]): ScanOptions {
    return { settings: { ...this.settings, ignores: { name: IGNORE_NAME, key: this.key, entries } } };
  }

  async scanHistory(entries: NonNullable<Settings["ignores"]>["entries"]): Promise<ScanResult> {
    const { scanHistory } = await import("../../app/scan-history.ts");
    return scanHistory(this.repository, { ...this.options(entries), cache: new CacheStore(process.env) });
  }

  /** The finding that is meant: of what is staged, or else of the file, or of the history. */
  async find(what: string): Promise<Finding> {
    const place = /^(.+):(\d+)$/.exec(what);
    const print = /^[0-9a-f]{8,24}$/.test(what) ? what : null;
    if (place === null && print === null) {
      throw new UsageError(
        `'${what}' is neither a fingerprint nor a place`,
        "give 8 or more of its digits, or PATH:LINE as the report has it",
      );
    }
    const [, path, line] = place ?? [];
    const isMeant = ({ fingerprint, occurrences }: Finding) =>
      print !== null
        ? fingerprint.startsWith(print)
        : occurrences.some((other) => other.path === path && other.line === Number(line));
    const { scanStaged } = await import("../../app/scan-staged.ts");
    const { scanFiles } = await import("../../app/scan-files.ts");
    const scans = [
      () => scanStaged(this.repository, this.options([])),
      ...(path !== undefined && existsSync(join(this.repository.dir, path))
        ? [() => scanFiles(this.repository.dir, [path], { ...this.options([]), ignored: false, exclude: [] })]
        : []),
      () => this.scanHistory([]),
    ];
    for (const scan of scans) {
      const found = (await scan()).findings.filter(isMeant);
      if (found.length === 1) return found[0]!;
      if (found.length > 1) {
        throw new UsageError(
          `'${what}' is more than one finding: ${found.map(({ fingerprint, ruleId }) => `${fingerprint} (${ruleId})`).join(", ")}`,
          "name one by its fingerprint",
        );
      }
    }
    throw new UsageError(
      `nothing that is staged or in the history is '${what}'`,
      "--format json shows the fingerprints",
    );
  }

  /** Writes the file as a whole, and sees to it that git can merge it. */
  write(entries: readonly IgnoreEntry[]): void {
    const file = join(this.repository.dir, IGNORE_NAME);
    const attributes = join(this.repository.dir, ".gitattributes");
    try {
      replace(file, formatIgnoreFile(this.key, entries));
      const before = existsSync(attributes) ? readFileSync(attributes, "latin1") : "";
      if (!before.split(/\r?\n/).includes(MERGE))
        replace(attributes, `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${MERGE}\n`);
    } catch (error) {
      throw new FileError(`'${file}' cannot be written: ${systemReason(error)}`, { cause: error });
    }
  }
}

function replace(file: string, text: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, text, file.endsWith(IGNORE_NAME) ? "utf8" : "latin1");
  renameSync(own, file);
}
