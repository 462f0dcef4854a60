import { type Directive, OWN_MARK } from "../engine/directive.ts";
import { matchesPath } from "../engine/engine.ts";
import type { Allowance, CompiledRule } from "../rules/compiled.ts";
import type { Severity } from "../rules/vocabulary.ts";
import { readInlineAllow } from "./inline-allow.ts";

/** What a run's configuration says about findings. */
export interface Policy {
  readonly severities: ReadonlyMap<string, Severity>;
  /** Whether other scanners' remarks on a line count. */
  readonly foreignAllows: boolean;
}

/** A detection in a file, as far as policy needs to know it. */
export interface PlacedDetection {
  readonly ruleId: string;
  readonly path: string;
  /** Null: it is in none, or in which is not known. */
  readonly commit: string | null;
  readonly severity: Severity;
  readonly directive: Directive | null;
  readonly allowances: readonly Allowance[];
}

export type PolicyVerdict =
  | { readonly kind: "report"; readonly severity: Severity; readonly warning: string | null }
  | { readonly kind: "suppress"; readonly by: "inline" | "config"; readonly reason: string };

/** Whether a rule says anything of files of this path. */
export function isForPath({ skipPaths, demands }: CompiledRule, path: string): boolean {
  if (skipPaths !== null && matchesPath(skipPaths, path)) return false;
  const only = demands?.path ?? null;
  return only === null || matchesPath(only, path);
}

/** Inline allows first, then the configuration's; a severity override applies to what is left. */
export function applyPolicy(policy: Policy, found: PlacedDetection): PolicyVerdict {
  let warning: string | null = null;
  if (found.directive !== null && (policy.foreignAllows || found.directive.mark === OWN_MARK)) {
    const inline = readInlineAllow(found.directive, found.ruleId);
    if (inline.kind === "allows") return { kind: "suppress", by: "inline", reason: inline.reason };
    if (inline.kind === "malformed") {
      warning = `the leakwarden:allow here does not count: ${inline.problem} (leakwarden:allow ${found.ruleId} -- reason)`;
    }
  }
  for (const { paths, commits, reason } of found.allowances) {
    if (paths !== null && !paths.some((path) => matchesPath(path, found.path))) continue;
    if (commits !== null && (found.commit === null || !commits.includes(found.commit.toLowerCase())))
      continue;
    return { kind: "suppress", by: "config", reason };
  }
  return { kind: "report", severity: policy.severities.get(found.ruleId) ?? found.severity, warning };
}
