import type { AuditResult } from "../../policy/key-audit.ts";
import type { ReportOptions } from "../index.ts";
import { csvAudit } from "./csv.ts";
import { htmlAudit } from "./html.ts";
import { humanAudit } from "./human.ts";
import { jsonAudit } from "./json.ts";
import { sarifAudit } from "./sarif.ts";

export type AuditReporter = (result: AuditResult, options: ReportOptions) => Iterable<string>;

export const AUDIT_REPORTERS = {
  human: humanAudit,
  json: jsonAudit,
  csv: csvAudit,
  html: htmlAudit,
  sarif: sarifAudit,
} as const satisfies Record<string, AuditReporter>;

export type AuditFormat = keyof typeof AUDIT_REPORTERS;
