import type { Settings } from "../config/settings.ts";
import { CoverageLedger } from "../policy/coverage.ts";
import type { CommitInfo } from "../policy/finding.ts";
import { Fingerprinter } from "../policy/fingerprint.ts";
import { IgnoreList } from "../policy/ignore-file.ts";
import { KnownSecrets } from "../policy/known-secrets.ts";
import type { ScanMode, ScanResult } from "../policy/result.ts";
import { FindingCollector } from "./collect.ts";

/** What every scan keeps while it runs. */
export class ScanRun {
  readonly ledger = new CoverageLedger();
  readonly counts = { commits: 0, blobs: 0, known: 0, files: 0, bytes: 0 };
  readonly collector: FindingCollector;
  untouched = 0;
  /** Things to know beside the findings. */
  readonly warnings: string[];
  /** Known secrets; null: none. */
  readonly ignores: IgnoreList | null;
  private readonly started: Date;
  private readonly settings: Settings;

  /** @param key of the repository's fingerprints; null: a salt of the configuration or none */
  constructor(options: ScanOptions, key: string | null, started: Date) {
    const { settings, each = false, fingerprints = true } = options;
    this.started = started;
    this.settings = settings;
    this.warnings = [...settings.notes];
    const { ignores } = settings;
    this.ignores =
      ignores === null || ignores.entries.length === 0
        ? null
        : new IgnoreList(ignores, started.toISOString().slice(0, 10));
    this.collector = new FindingCollector(
      settings.pack,
      settings.policy,
      new Fingerprinter(settings.fingerprintSalt ?? ignores?.key ?? key ?? "leakwarden"),
      this.ignores,
      settings.known.length === 0 ? null : new KnownSecrets(settings.known),
      { each, fingerprints },
    );
  }

  result(mode: ScanMode, target: string, commits: ReadonlyMap<string, CommitInfo>): ScanResult {
    return {
      mode,
      target,
      startedAt: this.started.toISOString(),
      durationMs: Date.now() - this.started.getTime(),
      rulesDigest: this.settings.pack.digest,
      counts: this.counts,
      coverage: { complete: this.ledger.complete, gaps: this.ledger.gaps },
      threshold: this.settings.threshold,
      findings: this.collector.findings(commits),
      suppressed: this.collector.suppressed,
      untouched: this.untouched,
      warnings: [...new Set([...this.warnings, ...this.collector.warnings])],
    };
  }
}

/** What may be said to any scan. */
export interface ScanOptions {
  readonly settings: Settings;
  /** One finding per place instead of per secret. */
  readonly each?: boolean;
  /** False: nobody will ask for fingerprints, so those that are slow to compute are not computed beside the scan. */
  readonly fingerprints?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number, what: string) => void) | undefined;
}
