import type { AuditResult } from "../../policy/key-audit.ts";
import { palette, plural } from "../human.ts";
import type { ReportOptions } from "../index.ts";
import { ageOf, isStale, keyName, sortedViolations, useOf } from "./words.ts";

const COLUMNS = ["severity", "account", "user", "key", "age", "last used", "what"] as const;

/** A table of what is wrong, the worst first. */
export function* humanAudit(result: AuditResult, options: ReportOptions): Generator<string> {
  const paint = palette(options.colour);
  const { startedAt: now } = result;
  const rows = [...sortedViolations(result)].map(({ account, violation: { rule, user, key, detail } }) => [
    rule.severity,
    account,
    user,
    key === null ? "" : keyName(key),
    key === null ? "" : ageOf(key, now),
    key === null ? "" : useOf(key, now),
    `${rule.id}: ${detail}`,
  ]);
  if (rows.length > 0) {
    const widths = COLUMNS.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
    const line = (cells: readonly string[]) =>
      cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ");
    yield `${paint.strong(line(COLUMNS))}\n`;
    for (const row of rows) {
      const strong = row[0] === "critical" || row[0] === "high";
      yield `${strong ? paint.bad(line(row)) : line(row)}\n`;
    }
    yield "\n";
    for (const rule of new Set([...sortedViolations(result)].map(({ violation }) => violation.rule)))
      yield `${paint.strong(rule.id)}  ${rule.title}. ${rule.remediation}\n`;
    yield "\n";
  }
  for (const { account, reportedAt, notes } of result.accounts) {
    if (isStale(reportedAt, now))
      yield `${paint.faint(`${account}: as AWS reported at ${reportedAt.toISOString()}`)}\n`;
    for (const note of notes) yield `${paint.warn("note")} ${account}: ${note}\n`;
  }
  for (const { account, message, hint } of result.failed)
    yield `${paint.warn("not looked at")} ${account}: ${message}${hint === null ? "" : ` (${hint})`}\n`;
  const users = result.accounts.reduce((sum, account) => sum + account.users.length, 0);
  const keys = result.accounts.flatMap((account) => account.users.flatMap((user) => user.keys)).length;
  const seen = `${plural(result.accounts.length, "account")}, ${plural(users, "user")}, ${plural(keys, "access key")}`;
  const verdict =
    rows.length > 0
      ? paint.bad(plural(rows.length, "violation"))
      : result.failed.length > 0
        ? paint.warn("no violation in what could be looked at")
        : paint.good("no violation");
  yield `${verdict} (${seen})\n`;
}
