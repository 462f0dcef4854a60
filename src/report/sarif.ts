import { GAP_REASONS } from "../policy/coverage.ts";
import type { Finding, Occurrence } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import type { ReportOptions } from "./index.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

export const LEVEL: Record<Finding["severity"], string> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
};
/** GitHub sorts alerts by this number: 9 and more is critical, 7 high, 4 medium. */
export const SCORE: Record<Finding["severity"], string> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
};

/** Other places of a secret that an alert names. */
const RELATED = 20;

/**
 * SARIF 2.1.0, one result for each finding. `partialFingerprints` is the finding's fingerprint: the same wherever the
 * secret moves. No author, and no secret even with --reveal: the file is made to be uploaded.
 */
export function* sarifReport(result: ScanResult, options: ReportOptions): Generator<string> {
  const rules = [...new Map(result.findings.map((finding) => [finding.ruleId, finding])).values()];
  const indexes = new Map(rules.map(({ ruleId }, index) => [ruleId, index]));
  const ended = new Date(Date.parse(result.startedAt) + result.durationMs).toISOString();
  yield sarifLog(options, rules.map(ruleOf), {
    automationDetails: { id: `leakwarden/${result.mode}/` },
    columnKind: "utf16CodeUnits",
    originalUriBaseIds: { "%SRCROOT%": { description: { text: "the root of the repository" } } },
    invocations: [
      {
        executionSuccessful: result.coverage.complete,
        startTimeUtc: result.startedAt,
        endTimeUtc: ended,
        toolExecutionNotifications: notifications(result),
      },
    ],
    results: result.findings.map((finding) => ({
      ruleId: finding.ruleId,
      ruleIndex: indexes.get(finding.ruleId),
      level: fails(finding, result.threshold) ? LEVEL[finding.severity] : "note",
      message: { text: messageOf(finding) },
      locations: [locationOf(finding.place)],
      ...relatedOf(finding),
      partialFingerprints: { "leakwarden/v1": finding.fingerprint },
      properties: {
        severity: finding.severity,
        confidence: finding.confidence,
        state: finding.state,
        evidence: finding.evidence,
        occurrenceCount: finding.occurrenceCount,
        ...(finding.commit === null ? {} : { commit: finding.commit.id }),
        ...(finding.pairedWith === null ? {} : { pairedWith: finding.pairedWith }),
      },
    })),
  });
}

/** A log of one run. */
export function sarifLog({ version }: ReportOptions, rules: readonly object[], run: object): string {
  const driver = { name: "leakwarden", version, semanticVersion: version, rules };
  const log = { $schema: SCHEMA, version: "2.1.0", runs: [{ tool: { driver }, ...run }] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf({ ruleId, title, description, remediation, references, severity }: Finding) {
  return {
    id: ruleId,
    name: title,
    shortDescription: { text: title },
    fullDescription: { text: description },
    help: { text: remediation, markdown: remediation },
    ...(references[0] === undefined ? {} : { helpUri: references[0] }),
    defaultConfiguration: { level: LEVEL[severity] },
    properties: { tags: ["security", "secret"], "security-severity": SCORE[severity] },
  };
}

function messageOf({ title, secret, remediation, commit }: Finding): string {
  const from = commit === null ? "" : `, came in with ${commit.id.slice(0, 12)}`;
  return `${title} ${secret}${from}. ${remediation}`;
}

function locationOf({ path, line, column, endLine, endColumn }: Occurrence) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(path), uriBaseId: "%SRCROOT%" },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}

function relatedOf({ occurrences, place }: Finding) {
  const others = occurrences.filter((occurrence) => occurrence !== place).slice(0, RELATED);
  if (others.length === 0) return {};
  return { relatedLocations: others.map((other, i) => ({ id: i + 1, ...locationOf(other) })) };
}

function uriOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** What was not looked at, and what there is to know. */
function notifications({ coverage, warnings }: ScanResult) {
  const gaps = coverage.gaps.map(({ reason, incomplete, count, examples }) => ({
    level: incomplete ? "warning" : "note",
    descriptor: { id: reason },
    message: { text: `${count} × ${GAP_REASONS[reason].text}: ${examples.join(", ")}` },
  }));
  return [...gaps, ...warnings.map((text) => ({ level: "warning", message: { text } }))];
}
