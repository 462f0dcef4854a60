import { CONFIDENCES, type Confidence, SEVERITIES, type Severity } from "../rules/vocabulary.ts";

/** From where on a finding fails the run. */
export interface FailureThreshold {
  readonly severity: Severity;
  readonly confidence: Confidence;
}

export const DEFAULT_THRESHOLD: FailureThreshold = { severity: "medium", confidence: "medium" };

/** Whether a finding fails the run; one that does not is a note. */
export function fails(
  finding: { readonly severity: Severity; readonly confidence: Confidence },
  threshold: FailureThreshold,
): boolean {
  return (
    SEVERITIES.indexOf(finding.severity) >= SEVERITIES.indexOf(threshold.severity) &&
    CONFIDENCES.indexOf(finding.confidence) >= CONFIDENCES.indexOf(threshold.confidence)
  );
}

/** Order of a report: the worst first, then by place. */
export function compareFindings(
  a: { severity: Severity; confidence: Confidence; place: { path: string; line: number; column: number } },
  b: typeof a,
): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    CONFIDENCES.indexOf(b.confidence) - CONFIDENCES.indexOf(a.confidence) ||
    (a.place.path < b.place.path ? -1 : a.place.path > b.place.path ? 1 : 0) ||
    a.place.line - b.place.line ||
    a.place.column - b.place.column
  );
}
