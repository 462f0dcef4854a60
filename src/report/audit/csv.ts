import type { AuditedKey, AuditResult, KeyViolation } from "../../policy/key-audit.ts";
import { quoted } from "../csv.ts";
import type { ReportOptions } from "../index.ts";
import { keyName, sortedViolations } from "./words.ts";

const day = (date: Date | null | undefined) => date?.toISOString() ?? "";
const ofKey =
  (cell: (key: AuditedKey) => string) =>
  (_account: string, { key }: KeyViolation) =>
    key === null ? "" : cell(key);

const COLUMNS: readonly (readonly [string, (account: string, violation: KeyViolation) => string])[] = [
  ["severity", (_, { rule }) => rule.severity],
  ["rule", (_, { rule }) => rule.id],
  ["account", (account) => account],
  ["user", (_, { user }) => user],
  ["arn", (_, { arn }) => arn],
  ["key", ofKey(keyName)],
  ["active", ofKey(({ active }) => (active ? "yes" : "no"))],
  ["created", ofKey(({ created }) => day(created))],
  ["last_used", ofKey(({ lastUsed }) => day(lastUsed))],
  ["region", ofKey(({ region }) => region ?? "")],
  ["service", ofKey(({ service }) => service ?? "")],
  ["detail", (_, { detail }) => detail],
  ["remediation", (_, { rule }) => rule.remediation],
];

/** Comma-separated values as in RFC 4180: a head, then a line for each violation. Accounts that failed are not in it. */
export function* csvAudit(result: AuditResult, _options: ReportOptions): Generator<string> {
  yield `${COLUMNS.map(([name]) => name).join(",")}\r\n`;
  for (const { account, violation } of sortedViolations(result))
    yield `${COLUMNS.map(([, cell]) => quoted(cell(account, violation))).join(",")}\r\n`;
}
