import { AUDIT_RULES, type AuditResult, type AuditRule } from "../../policy/key-audit.ts";
import type { ReportOptions } from "../index.ts";
import { LEVEL, SCORE, sarifLog } from "../sarif.ts";
import { keyName, sortedViolations } from "./words.ts";

/** SARIF 2.1.0, one result for each violation. Where it is, is an ARN: there is no file. */
export function* sarifAudit(result: AuditResult, options: ReportOptions): Generator<string> {
  const rules = Object.values(AUDIT_RULES);
  const notes = [
    ...result.failed.map(({ account, message }) => `${account}: ${message}`),
    ...result.accounts.flatMap(({ account, notes }) => notes.map((note) => `${account}: ${note}`)),
  ];
  yield sarifLog(options, rules.map(ruleOf), {
    automationDetails: { id: "leakwarden/aws-audit/" },
    invocations: [
      {
        executionSuccessful: result.failed.length === 0,
        startTimeUtc: result.startedAt.toISOString(),
        toolExecutionNotifications: notes.map((text) => ({ level: "warning", message: { text } })),
      },
    ],
    results: [...sortedViolations(result)].map(({ violation: { rule, user, arn, key, detail } }) => ({
      ruleId: rule.id,
      ruleIndex: rules.findIndex(({ id }) => id === rule.id),
      level: LEVEL[rule.severity],
      message: {
        text: `${rule.title}: ${user}${key === null ? "" : `, ${keyName(key)}`}, ${detail}. ${rule.remediation}`,
      },
      locations: [{ logicalLocations: [{ name: user, fullyQualifiedName: arn, kind: "resource" }] }],
      partialFingerprints: {
        "leakwarden-audit/v1": `${rule.id}:${arn}${key === null ? "" : `:${key.slot}`}`,
      },
    })),
  });
}

function ruleOf({ id, title, severity, remediation }: AuditRule) {
  return {
    id,
    name: title,
    shortDescription: { text: title },
    help: { text: remediation, markdown: remediation },
    defaultConfiguration: { level: LEVEL[severity] },
    properties: { tags: ["security", "aws"], "security-severity": SCORE[severity] },
  };
}
