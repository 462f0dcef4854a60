import type { Gap } from "./coverage.ts";
import type { Finding, Suppression } from "./finding.ts";
import type { FailureThreshold } from "./severity.ts";

export type ScanMode = "staged" | "range" | "history" | "files";

/** All that a run has to say; every report format is made from this and nothing else. */
export interface ScanResult {
  readonly mode: ScanMode;
  /** What was scanned, as the user would name it. */
  readonly target: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly rulesDigest: string;
  readonly counts: {
    readonly commits: number;
    readonly blobs: number;
    /** Blobs that were not read again: an earlier scan by the same rules found nothing in them. */
    readonly known: number;
    readonly files: number;
    readonly bytes: number;
  };
  readonly coverage: { readonly complete: boolean; readonly gaps: readonly Gap[] };
  readonly threshold: FailureThreshold;
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppression[];
  /** Secrets in the changed files, on lines that the change does not touch (staged, range). */
  readonly untouched: number;
  /** Things to know that are no findings: allows that do not count, and the like. */
  readonly warnings: readonly string[];
}
