import type { AuditResult } from "../../policy/key-audit.ts";
import type { ReportOptions } from "../index.ts";
import { ageOf, isStale, keyName, sortedViolations, useOf } from "./words.ts";

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d5d8dc, #3b4048); --faint: light-dark(#5c6570, #9aa4b0); }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
  h1 { font-size: 1.4rem; margin-bottom: 0; }
  p.when, dd { color: var(--faint); }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
  caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
  th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
  td.key { font-family: ui-monospace, monospace; white-space: nowrap; }
  .severity { font-weight: 600; }
  .critical, .high { color: light-dark(#b3261e, #ff8a80); }
  .medium { color: light-dark(#8a5300, #ffb74d); }
  .wide { overflow-x: auto; }
`;

/** A page that stands alone: no script, nothing loaded, fit to be mailed. */
export function* htmlAudit(result: AuditResult, { version }: ReportOptions): Generator<string> {
  const { startedAt: now, thresholds } = result;
  const violations = [...sortedViolations(result)];
  const users = result.accounts.reduce((sum, account) => sum + account.users.length, 0);
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AWS access keys</title>
<style>${STYLE}</style>
</head>
<body>
<h1>AWS access keys: ${violations.length} violations</h1>
<p class="when">${text(now.toISOString().slice(0, 16).replace("T", " "))} UTC, leakwarden ${text(version)}: ${users} users of ${result.accounts.length} accounts; keys older than ${thresholds.maxAge} days, or unused for more than ${thresholds.unused}, are reported.</p>
`;
  if (violations.length > 0) {
    yield `<div class="wide"><table>
<caption>What is wrong, the worst first</caption>
<thead><tr><th scope="col">Severity</th><th scope="col">Account</th><th scope="col">User</th><th scope="col">Key</th><th scope="col">Age</th><th scope="col">Last used</th><th scope="col">What</th></tr></thead>
<tbody>
`;
    for (const { account, violation } of violations) {
      const { rule, user, key, detail } = violation;
      yield `<tr><td class="severity ${rule.severity}">${rule.severity}</td><td>${text(account)}</td><td>${text(user)}</td><td class="key">${key === null ? "" : text(keyName(key))}</td><td>${key === null ? "" : ageOf(key, now)}</td><td>${key === null ? "" : text(useOf(key, now))}</td><td>${text(rule.title)}: ${text(detail)}</td></tr>\n`;
    }
    yield "</tbody></table></div>\n<h2>What to do</h2>\n<dl>\n";
    for (const rule of new Set(violations.map(({ violation }) => violation.rule)))
      yield `<dt>${text(rule.title)}</dt><dd>${text(rule.remediation)}</dd>\n`;
    yield "</dl>\n";
  }
  const notes = [
    ...result.accounts
      .filter(({ reportedAt }) => isStale(reportedAt, now))
      .map(
        ({ account, reportedAt }) =>
          `${account}: what was done since AWS reported at ${reportedAt.toISOString()}`,
      ),
    ...result.failed.map(({ account, message }) => `${account} was not looked at: ${message}`),
    ...result.accounts.flatMap(({ account, notes }) => notes.map((note) => `${account}: ${note}`)),
  ];
  if (notes.length > 0)
    yield `<h2>Not seen</h2>\n<ul>\n${notes.map((note) => `<li>${text(note)}</li>\n`).join("")}</ul>\n`;
  yield "</body>\n</html>\n";
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function text(value: string): string {
  return value.replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}
