import { type AuditedKey, type AuditResult, daysBetween, type KeyViolation } from "../../policy/key-audit.ts";
import { SEVERITIES } from "../../rules/vocabulary.ts";
import { plural } from "../human.ts";

/** The ID, or which of the user's keys it is. */
export function keyName({ id, slot }: AuditedKey): string {
  return id ?? `key ${slot}`;
}

export function ageOf({ created }: AuditedKey, now: Date): string {
  return created === null ? "" : plural(daysBetween(created, now), "day");
}

export function useOf({ lastUsed, service, region }: AuditedKey, now: Date): string {
  if (lastUsed === null) return "never";
  const where = [service, region].filter((part) => part !== null).join(" in ");
  return `${plural(daysBetween(lastUsed, now), "day")} ago${where === "" ? "" : `, ${where}`}`;
}

/** AWS makes its report every four hours at most: what was done since is not in it. */
export function isStale(reportedAt: Date, now: Date): boolean {
  return now.getTime() - reportedAt.getTime() > 60_000;
}

/** The worst first, then by account and user. */
export function* sortedViolations({
  accounts,
}: AuditResult): Generator<{ account: string; violation: KeyViolation }> {
  for (const severity of [...SEVERITIES].reverse()) {
    for (const { account, violations } of accounts) {
      for (const violation of violations)
        if (violation.rule.severity === severity) yield { account, violation };
    }
  }
}
