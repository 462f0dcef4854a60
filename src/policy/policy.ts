import { type Directive, OWN_MARK } from "../engine/directive.ts";
import type { Severity } from "../rules/vocabulary.ts";
import { readInlineAllow } from "./inline-allow.ts";

/** A configured exception: every condition that it names must hold. */
export interface AllowEntry {
  readonly reason: string;
  readonly rules: ReadonlySet<string> | null;
  readonly path: ((path: string) => boolean) | null;
  readonly values: readonly RegExp[] | null;
}

/** What a run's configuration says about findings. */
export interface Policy {
  readonly allow: readonly AllowEntry[];
  readonly severities: ReadonlyMap<string, Severity>;
  /** Whether other scanners' remarks on a line count. */
  readonly foreignAllows: boolean;
}

/** A detection in a file, as far as policy needs to know it. */
export interface PlacedDetection {
  readonly ruleId: string;
  readonly path: string;
  readonly value: string;
  readonly severity: Severity;
  readonly directive: Directive | null;
}

export type PolicyVerdict =
  | { readonly kind: "report"; readonly severity: Severity; readonly warning: string | null }
  | { readonly kind: "suppress"; readonly by: "inline" | "config"; readonly reason: string };

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
  for (const entry of policy.allow) {
    if (entry.rules !== null && !entry.rules.has(found.ruleId)) continue;
    if (entry.path !== null && !entry.path(found.path)) continue;
    if (entry.values !== null && !entry.values.some((pattern) => pattern.test(found.value))) continue;
    return { kind: "suppress", by: "config", reason: entry.reason };
  }
  return { kind: "report", severity: policy.severities.get(found.ruleId) ?? found.severity, warning };
}
