import type { IgnoreFile } from "../policy/ignore-file.ts";
import type { KnownSecret } from "../policy/known-secrets.ts";
import type { LockFile } from "../policy/lock-file.ts";
import type { Policy } from "../policy/policy.ts";
import { DEFAULT_THRESHOLD, type FailureThreshold } from "../policy/severity.ts";
import type { RulePack } from "../rules/compiled.ts";

/** A configuration with every default filled in: what a scan runs with. */
export interface Settings {
  /** The file it came from; null: defaults. */
  readonly file: string | null;
  readonly pack: RulePack;
  readonly policy: Policy;
  readonly threshold: FailureThreshold;
  /** 0: no limit. */
  readonly maxFileBytes: number;
  /** Whether archives are opened. */
  readonly archives: boolean;
  readonly fingerprintSalt: string | null;
  /** Secrets that are known; null: there is no such file. */
  readonly ignores: IgnoreFile | null;
  /** Secrets that are known by lists of other scanners. */
  readonly known: readonly KnownSecret[];
  /** What whoever reads a report should know of where the settings come from. */
  readonly notes: readonly string[];
  /** The rules that scans shall go by; null: any. */
  readonly lock: LockFile | null;
  /**
   * The configuration's text when the gate in front of the hook may go by the built-in rules; null when it may not, or
   * there is no text.
   */
  readonly gate: string | null;
}

/** What runs when no configuration is found. */
export function defaultSettings(pack: RulePack): Settings {
  return {
    file: null,
    pack,
    policy: { severities: new Map(), foreignAllows: true },
    threshold: DEFAULT_THRESHOLD,
    maxFileBytes: 0,
    archives: false,
    fingerprintSalt: null,
    ignores: null,
    known: [],
    notes: [],
    lock: null,
    gate: null,
  };
}
