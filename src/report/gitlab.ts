import { GAP_REASONS } from "../policy/coverage.ts";
import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import type { ReportOptions } from "./index.ts";

/** The version of GitLab's schema that is written. */
const SCHEMA_VERSION = "15.2.1";
/** GitLab's lengths. */
const LONGEST_NAME = 255;
const LONGEST_SOLUTION = 7000;
/** What stands for a commit where there is none yet. */
const NO_COMMIT = "0000000";

/** GitLab's secret detection report, for `artifacts:reports:secret_detection`. */
export function* gitlabReport(result: ScanResult, options: ReportOptions): Generator<string> {
  const tool = {
    id: "leakwarden",
    name: "leakwarden",
    version: options.version,
    vendor: { name: "leakwarden" },
  };
  const started = Date.parse(result.startedAt);
  const report = {
    version: SCHEMA_VERSION,
    scan: {
      analyzer: tool,
      scanner: tool,
      type: "secret_detection",
      status: result.coverage.complete ? "success" : "failure",
      start_time: timeOf(started),
      end_time: timeOf(started + result.durationMs),
      messages: [
        ...result.coverage.gaps.map(({ reason, incomplete, count, examples }) => ({
          level: incomplete ? "warn" : "info",
          value: `${count} × ${GAP_REASONS[reason].text}: ${examples.join(", ")}`,
        })),
        ...result.warnings.map((value) => ({ level: "warn", value })),
      ],
    },
    vulnerabilities: result.findings.map(vulnerabilityOf),
  };
  yield `${JSON.stringify(report, null, 2)}\n`;
}

function vulnerabilityOf(finding: Finding) {
  const { ruleId, title, description, severity, remediation, references, secret, place, commit } = finding;
  return {
    id: uuidOf(finding),
    name: title.slice(0, LONGEST_NAME),
    description: `${description}\n\nFound: ${secret}`,
    severity: severity.charAt(0).toUpperCase() + severity.slice(1),
    solution: remediation.slice(0, LONGEST_SOLUTION),
    identifiers: [{ type: "leakwarden_rule_id", name: `leakwarden rule ${ruleId}`, value: ruleId }],
    links: references.filter((url) => /^(?:https?|ftp):\/\//.test(url)).map((url) => ({ url })),
    location: {
      file: place.path,
      start_line: place.line,
      end_line: place.endLine,
      commit: { sha: commit?.id ?? NO_COMMIT },
    },
  };
}

/** A UUID of the kind that says nothing of how it was made (version 8), from what names the finding. */
function uuidOf({ fingerprint, place }: Finding): string {
  const hex = fingerprint.padEnd(24, "0").slice(0, 24);
  let place32 = 0x811c9dc5;
  for (const char of `${place.path}:${place.line}`)
    place32 = Math.imul(place32 ^ char.codePointAt(0)!, 0x01000193);
  const tail = (place32 >>> 0).toString(16).padStart(8, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${hex.slice(18, 22)}${tail}`;
}

/** UTC to the second, without a zone: the schema wants it so. */
function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19);
}
