import type { Confidence, Severity } from "../rules/vocabulary.ts";
import type { Secret } from "../text/secret.ts";
import type { Verification } from "./verification.ts";

/** A commit as it is shown; times are ISO 8601. */
export interface CommitInfo {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  readonly date: string;
  readonly summary: string;
}

/** Where a finding's newest place is, seen from now. */
export type FindingState = "staged" | "worktree" | "head" | "branch" | "history" | "unreachable";

/** One place where a secret stands. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Occurrence {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly blob: string | null;
  /** The commit that brought this version of the file in. */
  readonly commit: string | null;
  readonly preview: string;
}

/** One secret and everywhere it was seen. */
export interface Finding {
  /**
   * Names the secret, not its place: the same after moves, renames and changed line endings. Worked out when it is
   * asked for: for what a person may have chosen that takes 25 ms, and a report for people does not show it.
   */
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly provider: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly secret: Secret;
  /** Why it is held to be a secret. */
  readonly evidence: readonly string[];
  /** Where it came in; the first of the occurrences. */
  readonly place: Occurrence;
  readonly commit: CommitInfo | null;
  readonly state: FindingState;
  /** The first places, at most OCCURRENCE_LIMIT of them; `occurrenceCount` counts all. */
  readonly occurrences: readonly Occurrence[];
  readonly occurrenceCount: number;
  /** The other half of the credential, and its fingerprint. */
  readonly partner: Finding | null;
  readonly pairedWith: string | null;
  readonly remediation: string;
  readonly references: readonly string[];
  /** What the provider said of it; null: nobody asked. Scans ask nobody; who asks writes it down here. */
  verification: Verification | null;
}

/** Places of one finding that a report lists; a secret in ten thousand versions is still one finding. */
export const OCCURRENCE_LIMIT = 100;

/** A finding that is not reported, and on whose word. */
export interface Suppression {
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly path: string;
  readonly line: number;
  readonly by: "baseline" | "ignore-file" | "inline" | "config";
  readonly reason: string;
  readonly until: string | null;
}
