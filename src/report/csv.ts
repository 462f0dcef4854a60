import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import type { ReportOptions } from "./index.ts";

type Column = readonly [name: string, cell: (finding: Finding, result: ScanResult) => string | number];

const COLUMNS: readonly Column[] = [
  ["fingerprint", ({ fingerprint }) => fingerprint],
  ["rule", ({ ruleId }) => ruleId],
  ["title", ({ title }) => title],
  ["severity", ({ severity }) => severity],
  ["confidence", ({ confidence }) => confidence],
  ["fails", (finding, { threshold }) => (fails(finding, threshold) ? "yes" : "no")],
  ["state", ({ state }) => state],
  ["path", ({ place }) => place.path],
  ["line", ({ place }) => place.line],
  ["column", ({ place }) => place.column],
  ["secret", ({ secret }) => String(secret)],
  ["preview", ({ place }) => place.preview],
  ["commit", ({ commit }) => commit?.id ?? ""],
  ["date", ({ commit }) => commit?.date ?? ""],
  ["author", ({ commit }) => commit?.author ?? ""],
  ["occurrences", ({ occurrenceCount }) => occurrenceCount],
  ["paired_with", ({ pairedWith }) => pairedWith ?? ""],
  ["remediation", ({ remediation }) => remediation],
];

/** Comma-separated values as in RFC 4180: a head, then a line for each finding. */
export function* csvReport(result: ScanResult, _options: ReportOptions): Generator<string> {
  yield `${COLUMNS.map(([name]) => name).join(",")}\r\n`;
  for (const finding of result.findings)
    yield `${COLUMNS.map(([, cell]) => quoted(cell(finding, result))).join(",")}\r\n`;
}

/** A spreadsheet takes what begins with one of these for a formula; file names are whatever somebody chose. */
const FORMULA = /^[=+\-@\t\r]/;

export function quoted(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
