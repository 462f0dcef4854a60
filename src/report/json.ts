import type { Finding, Occurrence } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import type { ReportOptions } from "./index.ts";

/** The report as data: `schema/report.json` describes it. */
export function toJson(result: ScanResult, options: ReportOptions): Record<string, unknown> {
  return {
    ...summary(result, options),
    findings: result.findings.map((finding) => findingToJson(finding, options)),
    suppressed: result.suppressed,
  };
}

/** Everything but the findings. */
export function summary(result: ScanResult, options: ReportOptions): Record<string, unknown> {
  return {
    schemaVersion: 1,
    tool: { name: "leakwarden", version: options.version, rulesDigest: result.rulesDigest },
    scan: {
      mode: result.mode,
      target: result.target,
      startedAt: result.startedAt,
      durationMs: result.durationMs,
      counts: result.counts,
    },
    coverage: result.coverage,
    warnings: result.warnings,
  };
}

export function findingToJson(finding: Finding, options: ReportOptions): Record<string, unknown> {
  const { place } = finding;
  return {
    fingerprint: finding.fingerprint,
    ruleId: finding.ruleId,
    title: finding.title,
    description: finding.description,
    severity: finding.severity,
    confidence: finding.confidence,
    evidence: finding.evidence,
    preview: place.preview,
    ...(options.reveal ? { secret: finding.secret.reveal() } : {}),
    path: place.path,
    line: place.line,
    column: place.column,
    endLine: place.endLine,
    endColumn: place.endColumn,
    blob: place.blob,
    commit: finding.commit,
    state: finding.state,
    occurrences: finding.occurrences.map(occurrenceToJson),
    occurrenceCount: finding.occurrenceCount,
    pairedWith: finding.pairedWith,
    verification: finding.verification,
    remediation: finding.remediation,
    references: finding.references,
  };
}

function occurrenceToJson({ path, line, column, blob, commit }: Occurrence): Record<string, unknown> {
  return { path, line, column, blob, commit };
}

export function* jsonReport(result: ScanResult, options: ReportOptions): Generator<string> {
  yield `${JSON.stringify(toJson(result, options), null, 2)}\n`;
}

/** One finding a line, then one summary line, told apart by `type`. */
export function* jsonlReport(result: ScanResult, options: ReportOptions): Generator<string> {
  for (const finding of result.findings) {
    yield `${JSON.stringify({ type: "finding", ...findingToJson(finding, options) })}\n`;
  }
  yield `${JSON.stringify({ type: "summary", ...summary(result, options), suppressed: result.suppressed })}\n`;
}
