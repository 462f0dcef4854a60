import { type FilesOptions, scanFiles as scanFilesWith } from "./app/scan-files.ts";
import { scanHistory as scanHistoryWith } from "./app/scan-history.ts";
import { scanStaged as scanStagedWith } from "./app/scan-staged.ts";
import { CONFIG_NAME, loadSettings, requireLocked, settingsFromText } from "./config/load.ts";
import type { Settings } from "./config/settings.ts";
import { Engine } from "./engine/engine.ts";
import { ContentScanner } from "./engine/scanner.ts";
import type { Detection } from "./engine/types.ts";
import { openRepository, type Repository } from "./git/repository.ts";
import type { Finding } from "./policy/finding.ts";
import type { ScanResult } from "./policy/result.ts";
import { builtinPack } from "./rules/builtin.ts";
import type { HistoryRange } from "./sources/history.ts";

export type { Detection } from "./engine/types.ts";
export { ConfigError, FileError, GitError, LeakwardenError, UsageError } from "./errors.ts";
export type { Gap, GapReason } from "./policy/coverage.ts";
export type { CommitInfo, Finding, FindingState, Occurrence, Suppression } from "./policy/finding.ts";
export type { ScanResult } from "./policy/result.ts";
export { Secret } from "./text/secret.ts";
export { VERSION as version } from "./version.ts";

/** What every scan of the library takes. */
export interface LibraryOptions {
  /** Text of a `.leakwarden.toml`; without it the file at the root is read, if there is one. */
  readonly config?: string;
  /** Whether archives are opened; without it the configuration decides. */
  readonly archives?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

/** A scan under way: findings by `for await`, everything else by `result`. */
export interface Scan extends AsyncIterable<Finding> {
  /** @throws {LeakwardenError} what made the scan impossible */
  readonly result: Promise<ScanResult>;
}

/** Scans a text in memory with the built-in rules. Positions count from 1, columns in UTF-16 code units. */
export function scanText(text: string | Uint8Array): Detection[] {
  engine ??= new Engine(builtinPack());
  return new ContentScanner(engine).scan(typeof text === "string" ? Buffer.from(text, "utf8") : text);
}
let engine: Engine | undefined;

/** Scans files and folders on disk, relative to `base`. */
export function scanFiles(
  paths: readonly string[],
  options: LibraryOptions & Pick<FilesOptions, "ignored" | "exclude"> & { base?: string } = {},
): Scan {
  const base = options.base ?? process.cwd();
  return scanOf(
    settingsFor(options, base).then((settings) => scanFilesWith(base, paths, { ...options, settings })),
  );
}

/** Scans what the next commit of the repository at `dir` would hold. */
export function scanStaged(dir: string, options: LibraryOptions = {}): Scan {
  return startInRepository(dir, options, (repository, settings) =>
    scanStagedWith(repository, { ...options, settings }),
  );
}

/** Scans every version of every file that the repository's refs reach. */
export function scanHistory(dir: string, options: LibraryOptions & HistoryRange = {}): Scan {
  return startInRepository(dir, options, (repository, settings) =>
    scanHistoryWith(repository, { ...options, settings }),
  );
}

function startInRepository(
  dir: string,
  options: LibraryOptions,
  scan: (repository: Repository, settings: Settings) => Promise<ScanResult>,
): Scan {
  return scanOf(
    (async () => {
      const repository = await openRepository(dir);
      return scan(repository, await settingsFor(options, repository.dir));
    })(),
  );
}

async function settingsFor(options: LibraryOptions, root: string): Promise<Settings> {
  const settings = await (options.config === undefined
    ? loadSettings(root, null)
    : settingsFromText(CONFIG_NAME, options.config));
  requireLocked(settings);
  return { ...settings, archives: options.archives ?? settings.archives };
}

function scanOf(result: Promise<ScanResult>): Scan {
  result.catch(() => {});
  return {
    result,
    async *[Symbol.asyncIterator]() {
      yield* (await result).findings;
    },
  };
}
