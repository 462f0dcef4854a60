import type { AuditedKey, AuditResult } from "../../policy/key-audit.ts";
import type { ReportOptions } from "../index.ts";
import { keyName } from "./words.ts";

/** What `schema/audit.json` describes. */
export function* jsonAudit(result: AuditResult, { version }: ReportOptions): Generator<string> {
  const report = {
    schemaVersion: 1,
    tool: { name: "leakwarden", version },
    startedAt: result.startedAt.toISOString(),
    thresholds: result.thresholds,
    accounts: result.accounts.map(({ account, reportedAt, users, violations, notes }) => ({
      account,
      reportedAt: reportedAt.toISOString(),
      users: users.map(({ keys, ...user }) => ({ ...user, keys: keys.map(keyOf) })),
      violations: violations.map(({ rule, user, arn, key, detail }) => ({
        rule: rule.id,
        severity: rule.severity,
        title: rule.title,
        user,
        arn,
        key: key === null ? null : keyName(key),
        detail,
        remediation: rule.remediation,
      })),
      notes,
    })),
    failed: result.failed,
  };
  yield `${JSON.stringify(report, null, 2)}\n`;
}

function keyOf({ id, slot, active, created, lastUsed, region, service }: AuditedKey) {
  return {
    id,
    slot,
    active,
    created: created?.toISOString() ?? null,
    lastUsed: lastUsed?.toISOString() ?? null,
    region,
    service,
  };
}
