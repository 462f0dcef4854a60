import { GAP_REASONS } from "../policy/coverage.ts";
import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import type { ReportOptions } from "./index.ts";

/** Annotations of a run on GitHub Actions: workflow commands, a line each. */
export function* githubReport(result: ScanResult, _options: ReportOptions): Generator<string> {
  for (const finding of result.findings) {
    const { title, place, secret, remediation } = finding;
    const kind = fails(finding, result.threshold) ? "error" : "notice";
    const properties = {
      file: place.path,
      line: place.line,
      endLine: place.endLine,
      ...(place.line === place.endLine ? { col: place.column, endColumn: place.endColumn } : {}),
      title: `${finding.severity}: ${title}`,
    };
    yield command(kind, properties, `${secret}${cameIn(finding)}\n${remediation}`);
  }
  for (const { reason, incomplete, count, examples } of result.coverage.gaps) {
    const text = `${count} × ${GAP_REASONS[reason].text}: ${examples.join(", ")}`;
    yield command(incomplete ? "error" : "notice", { title: incomplete ? "not scanned" : "skipped" }, text);
  }
  for (const warning of result.warnings) yield command("warning", {}, warning);
}

/** The page of a run, in GitHub's Markdown. */
export function* githubSummary(result: ScanResult): Generator<string> {
  const failing = result.findings.filter((finding) => fails(finding, result.threshold));
  const notes = result.findings.length - failing.length;
  yield `### leakwarden: ${failing.length === 0 ? "no secrets found" : `${failing.length} found`}${result.coverage.complete ? "" : ", and the scan is incomplete"}\n\n`;
  if (failing.length > 0) {
    yield "| what | where | value | came in with |\n| --- | --- | --- | --- |\n";
    for (const { title, severity, place, secret, commit } of failing) {
      yield `| **${severity}** ${cell(title)} | ${code(`${place.path}:${place.line}`)} | ${code(String(secret))} | ${commit === null ? "" : code(commit.id.slice(0, 12))} |\n`;
    }
    yield "\n";
    const remedies = new Map(failing.map(({ title, remediation }) => [title, remediation]));
    for (const [title, remediation] of remedies) yield `- **${cell(title)}**: ${cell(remediation)}\n`;
    yield "\n";
  }
  if (notes > 0) yield `${notes} more of lower severity or confidence do not fail the run.\n\n`;
  for (const { reason, count, examples } of result.coverage.gaps)
    yield `- not looked at: ${count} × ${GAP_REASONS[reason].text}: ${examples.map(code).join(", ")}\n`;
  for (const warning of result.warnings) yield `- ${cell(warning)}\n`;
}

function cameIn({ commit }: Finding): string {
  return commit === null ? "" : `, came in with ${commit.id.slice(0, 12)}`;
}

/** `::error file=a%2Cb,line=1::text`: in a value `,` and `:` mean something as well. */
function command(kind: string, properties: Readonly<Record<string, string | number>>, text: string): string {
  const escaped = (value: string) =>
    value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const listed = Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`)
    .join(",");
  return `::${kind}${listed === "" ? "" : ` ${listed}`}::${escaped(text)}\n`;
}

/** Names of files and branches are whatever somebody chose: in a table they stay text. */
function cell(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, " ")
    .replace(/[\\`*_{}[\]<>()#|!@~&]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function code(text: string): string {
  return `<code>${cell(text)}</code>`;
}
