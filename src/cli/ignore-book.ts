import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import type { ScanOptions } from "../app/run.ts";
import { CacheStore } from "../cache/store.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { FileError, systemReason, UsageError } from "../errors.ts";
import { openRepository, type Repository, rootCommit } from "../git/repository.ts";
import type { Finding } from "../policy/finding.ts";
import {
  distinctEntries,
  formatIgnoreFile,
  IGNORE_NAME,
  type IgnoreEntry,
  type IgnoreFile,
  isDate,
} from "../policy/ignore-file.ts";
import type { KnownSecret } from "../policy/known-secrets.ts";
import type { ScanResult } from "../policy/result.ts";
import type { Io } from "./io.ts";

/** Lets git merge two versions of the file by keeping the lines of both: their order means nothing. */
const MERGE = `${IGNORE_NAME} merge=union`;

/** What somebody says of an entry. */
export interface EntryText {
  readonly reason: string;
  readonly until?: string;
  readonly owner?: string;
}

/** @throws {UsageError} when a text cannot stand in the file */
export function requireEntryText({ reason, until, owner }: Partial<EntryText>): void {
  if (reason !== undefined && !/^[^\n\r]*\S[^\n\r]*$/.test(reason))
    throw new UsageError("--reason is empty or has more than one line", "say in a few words why");
  if (until !== undefined && !isDate(until))
    throw new UsageError(`'${until}' is no day`, "give it as in --until 2027-01-31");
  if (owner !== undefined && !/^\S+$/.test(owner))
    throw new UsageError(`'${owner}' is no owner`, "give a name without spaces");
}

export function entryOf({ fingerprint, ruleId, place }: Finding, text: EntryText): IgnoreEntry {
  const { until = null, owner = null, reason } = text;
  return { fingerprint, ruleId, path: place.path, owner, until, reason };
}

/** The ignore file of one repository. */
export class IgnoreBook {
  readonly entries: IgnoreFile["entries"];
  private readonly repository: Repository;
  private readonly settings: Settings;
  private readonly key: string | null;

  private constructor(repository: Repository, settings: Settings, key: string | null) {
    this.repository = repository;
    this.settings = settings;
    this.key = key;
    this.entries = distinctEntries(settings.ignores?.entries ?? []);
  }

  /** @param load gets the settings; those of the work tree unless something else is meant */
  static async open(
    io: Io,
    flags: { readonly repo?: string } & Partial<EntryText>,
    load = (dir: string) => loadSettings(dir, null),
  ): Promise<IgnoreBook> {
    requireEntryText(flags);
    const repository = await openRepository(resolve(io.cwd, flags.repo ?? "."));
    if (repository.worktree === null)
      throw new UsageError("this repository is bare: the file belongs into a work tree", "run it in one");
    const settings = await load(repository.dir);
    // With a salt the configuration has the key.
    const own = settings.ignores?.key ?? (await rootCommit(repository));
    if (settings.fingerprintSalt === null && own === null) {
      throw new UsageError(
        "fingerprints need the first commit of the repository, which is not here",
        repository.shallow ? "git fetch --unshallow gets it" : "commit something first",
      );
    }
    return new IgnoreBook(repository, settings, settings.fingerprintSalt === null ? own : null);
  }

  /** @param entries those that shall count */
  private options(entries: IgnoreFile["entries"]): ScanOptions {
    // With a file of ours other scanners' lists count no more: what they know belongs into it.
    return {
      settings: { ...this.settings, known: [], ignores: { name: IGNORE_NAME, key: this.key, entries } },
    };
  }

  private async scanHistory(entries: IgnoreFile["entries"]): Promise<ScanResult> {
    const { scanHistory } = await import("../app/scan-history.ts");
    return scanHistory(this.repository, { ...this.options(entries), cache: new CacheStore(process.env) });
  }

  /** What lists of other scanners know of what is in the history and on disk, as entries. */
  async entriesFor(known: readonly KnownSecret[]): Promise<readonly IgnoreEntry[]> {
    const { scanHistory } = await import("../app/scan-history.ts");
    const { scanFiles } = await import("../app/scan-files.ts");
    const options = { settings: { ...this.options([]).settings, known } };
    const results = [
      await scanHistory(this.repository, options),
      await scanFiles(this.repository.dir, ["."], { ...options, ignored: false, exclude: [] }),
    ];
    const listed = results.flatMap(({ suppressed }) => suppressed.filter(({ by }) => by === "ignore-file"));
    const entries = new Map<string, IgnoreEntry>();
    for (const { fingerprint, ruleId, path, reason } of listed) {
      if (!entries.has(fingerprint))
        entries.set(fingerprint, { fingerprint, ruleId, path, owner: null, until: null, reason });
    }
    return [...entries.values()];
  }

  /** The secrets of the history that nobody has decided on, or no longer. */
  scanForOpen(): Promise<ScanResult> {
    return this.scanHistory(this.entries);
  }

  /** What the history holds and the file does not, and the other way round. */
  async compare(): Promise<{ result: ScanResult; fresh: readonly Finding[]; gone: readonly IgnoreEntry[] }> {
    const result = await this.scanHistory([]);
    const known = new Set(this.entries.map(({ fingerprint }) => fingerprint));
    const found = new Set(result.findings.map(({ fingerprint }) => fingerprint));
    return {
      result,
      fresh: result.findings.filter(({ fingerprint }) => !known.has(fingerprint)),
      gone: this.entries.filter(({ fingerprint }) => !found.has(fingerprint)),
    };
  }

  /** Folder of the repository. */
  get dir(): string {
    return this.repository.dir;
  }

  /** The git folder, of which nothing is ever committed. */
  get gitDir(): string {
    return this.repository.gitDir;
  }

  /** All that is found, known or not: staged, in the files on disk, and in the history. */
  async scanEverywhere(): Promise<readonly ScanResult[]> {
    const { scanStaged } = await import("../app/scan-staged.ts");
    const { scanFiles } = await import("../app/scan-files.ts");
    return [
      await scanStaged(this.repository, this.options([])),
      await scanFiles(this.repository.dir, ["."], { ...this.options([]), ignored: false, exclude: [] }),
      await this.scanHistory([]),
    ];
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
    const [, written, line] = place ?? [];
    const path = written === undefined ? undefined : posix.normalize(written);
    const isMeant = ({ fingerprint, occurrences }: Finding) =>
      print !== null
        ? fingerprint.startsWith(print)
        : occurrences.some((other) => other.path === path && other.line === Number(line));
    const { scanStaged } = await import("../app/scan-staged.ts");
    const { scanFiles } = await import("../app/scan-files.ts");
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
      "'leakwarden history --format json' shows the fingerprints",
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
