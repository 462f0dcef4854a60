import { GAP_REASONS } from "../policy/coverage.ts";
import type { Finding } from "../policy/finding.ts";
import type { ScanResult } from "../policy/result.ts";
import { fails } from "../policy/severity.ts";
import type { ReportOptions } from "./index.ts";

/**
 * JUnit's XML: a test case for each finding that fails the run, one for the scan itself. What it could not look at is
 * an error of that one.
 */
export function* junitReport(result: ScanResult, _options: ReportOptions): Generator<string> {
  const failing = result.findings.filter((finding) => fails(finding, result.threshold));
  const gaps = result.coverage.gaps.filter(({ incomplete }) => incomplete);
  const time = (result.durationMs / 1000).toFixed(3);
  const counts = `tests="${failing.length + 1}" failures="${failing.length}" errors="${gaps.length === 0 ? 0 : 1}" time="${time}"`;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="leakwarden" ${counts}>\n`;
  yield `  <testsuite name="leakwarden ${result.mode}" timestamp="${result.startedAt.slice(0, 19)}" ${counts}>\n`;
  yield `    <testcase classname="leakwarden" name="everything was looked at" time="${time}"`;
  if (gaps.length === 0) yield "/>\n";
  else {
    const text = gaps
      .map(({ reason, count, examples }) => `${count} × ${GAP_REASONS[reason].text}: ${examples.join(", ")}`)
      .join("\n");
    yield `>\n      <error message="the scan is incomplete" type="incomplete">${xml(text)}</error>\n    </testcase>\n`;
  }
  for (const finding of failing) yield testCase(finding);
  yield "  </testsuite>\n</testsuites>\n";
}

function testCase({ ruleId, title, severity, place, secret, commit, remediation }: Finding): string {
  const where = `${place.path}:${place.line}:${place.column}`;
  const text = [
    `${title} ${secret}`,
    where,
    ...(commit === null ? [] : [`came in with ${commit.id}`]),
    remediation,
  ].join("\n");
  return (
    `    <testcase classname="${xml(ruleId)}" name="${xml(where)}" file="${xml(place.path)}" line="${place.line}">\n` +
    `      <failure message="${xml(`${severity}: ${title} in ${where}`)}" type="${xml(ruleId)}">${xml(text)}</failure>\n` +
    "    </testcase>\n"
  );
}

/** Text as XML 1.0 may hold it: most control characters it may not, however they are written. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}
