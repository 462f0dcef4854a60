import { resolve } from "node:path";
import type { ScanOptions } from "../app/run.ts";
import { loadSettings, POLICY_NAMES, readSettings, requireLocked, withBaseline } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import type { Repository } from "../git/repository.ts";
import { fileAt, filesAt } from "../git/revisions.ts";
import type { ScanResult } from "../policy/result.ts";
import { githubSummary } from "../report/github.ts";
import { asksForFingerprints, type Format, REPORTERS } from "../report/index.ts";
import type { Confidence, Severity } from "../rules/vocabulary.ts";
import { VERSION } from "../version.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { appendReport, type Io, writeReport } from "./io.ts";
import { Progress } from "./progress.ts";
import { loadVerifier, verifyFindings } from "./verify.ts";

/** The flags of SCAN_FLAGS, as commander gives them. */
export interface ScanFlags {
  readonly format: Format;
  readonly output?: string;
  readonly config?: string;
  readonly baseline?: string;
  readonly verify?: boolean;
  readonly failOn?: Severity;
  readonly minConfidence?: Confidence;
  readonly archives?: boolean;
  readonly each?: boolean;
  readonly reveal?: boolean;
  readonly color: boolean;
}

/** Loads the configuration at the root of what is scanned, or the one that the user named. */
export function settingsIn(root: string): (named: string | null) => Promise<Settings> {
  return (named) => loadSettings(root, named);
}

/**
 * The policy as a commit has it.
 *
 * @param named a configuration to use instead of the commit's; of its other files it takes none away
 */
export function settingsAt(
  repository: Repository,
  commit: string | null,
  named: string | null,
): Promise<Settings> {
  const there = commit === null ? new Map<string, string>() : filesAt(repository, commit, POLICY_NAMES);
  return readSettings(
    (name) =>
      commit === null || (POLICY_NAMES.includes(name) && !there.has(name))
        ? null
        : fileAt(repository, commit, name),
    (name) => (commit === null ? name : `${commit.slice(0, 12)}:${name}`),
    named,
  );
}

/** When a scan begins to listen to signals: before that, each ends the process at once. */
export type Listens = "from the start" | "when it says so";

/**
 * Plan, run, report: what the scan commands have in common.
 *
 * @param load gets the configuration that the user named, or null
 * @param scan gets what it calls when it says so
 */
export async function runScan(
  io: Io,
  flags: ScanFlags,
  load: (named: string | null) => Promise<Settings>,
  scan: (options: ScanOptions, listen: () => void) => Promise<ScanResult>,
  listens: Listens = "from the start",
): Promise<ExitCode> {
  if (flags.reveal === true && flags.output === undefined && !io.stdout.isTTY) {
    throw new UsageError(
      "--reveal needs a terminal or a file",
      "standard output is a pipe, which may end in a log; add --output FILE",
    );
  }
  const loaded = await load(namedConfig(io, flags));
  const { baseline } = flags;
  const known = baseline === undefined ? loaded : await withBaseline(loaded, resolve(io.cwd, baseline));
  const settings = withFlags(known, flags);
  requireLocked(settings);
  const verifier = flags.verify === true ? await loadVerifier(io.env) : null;
  const stop = new AbortController();
  // The first signal asks for a report of what was seen; a later one ends the process at once. (Not one that
  // comes with the first: who signals a group of processes signals each of them, some twice.)
  const interrupt = () => {
    stop.abort();
    setTimeout(letGo, 1000).unref();
  };
  const letGo = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  const listen = () => {
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
  };
  if (listens === "from the start") listen();
  const progress = new Progress(io);
  try {
    const options: ScanOptions = {
      settings,
      each: flags.each ?? false,
      fingerprints: asksForFingerprints(flags.format),
      signal: stop.signal,
      onProgress: (done, total, what) => progress.show(done, total, what),
    };
    const scanned = await scan(options, listen);
    const result = verifier === null ? scanned : await verifyFindings(scanned, verifier);
    progress.clear();
    const colour =
      flags.color &&
      io.stdout.isTTY &&
      flags.output === undefined &&
      !io.env.NO_COLOR &&
      io.env.TERM !== "dumb";
    const shown = { version: VERSION, reveal: flags.reveal ?? false, colour, width: io.stdout.columns };
    const file = flags.output === undefined ? null : resolve(io.cwd, flags.output);
    writeReport(io, file, REPORTERS[flags.format](result, shown));
    const page = io.env.GITHUB_STEP_SUMMARY;
    if (flags.format === "github" && page) appendReport(page, githubSummary(result));
    return exitCodeOf(result);
  } finally {
    progress.clear();
    letGo();
  }
}

function namedConfig(io: Io, flags: ScanFlags): string | null {
  return flags.config === undefined ? null : resolve(io.cwd, flags.config);
}

function withFlags(settings: Settings, flags: ScanFlags): Settings {
  return {
    ...settings,
    archives: flags.archives ?? settings.archives,
    threshold: {
      severity: flags.failOn ?? settings.threshold.severity,
      confidence: flags.minConfidence ?? settings.threshold.confidence,
    },
  };
}
