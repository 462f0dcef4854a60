import { AwsError } from "../errors.ts";
import type { AuditedKey, AuditedUser } from "../policy/key-audit.ts";

const ROOT = "<root_account>";

/**
 * Reads IAM's credential report: CSV, one line for each user. Names of users may hold commas, and stand unquoted; nothing
 * behind the ARN does.
 *
 *     user,arn,user_creation_time,password_enabled,…,mfa_active,access_key_1_active,access_key_1_last_rotated,…
 *     ada,arn:aws:iam::123456789012:user/ada,2024-01-31T10:00:00+00:00,true,…,false,true,2024-01-31T10:00:05+00:00,…
 *
 * What is not there is `N/A`, `no_information` or `not_supported`.
 *
 * @throws {AwsError} when it is something else
 */
export function* readCredentialReport(text: string): Generator<AuditedUser> {
  const [head = "", ...lines] = text.split(/\r?\n/);
  const names = head.split(",");
  const index = new Map(names.map((name, i) => [name, i - 2]));
  for (const name of ["user", "arn", "mfa_active", "access_key_1_active", "access_key_2_last_used_date"]) {
    if (!index.has(name))
      throw new AwsError(`IAM's credential report has no column '${name}'`, { reason: "other" });
  }
  for (const line of lines) {
    if (line === "") continue;
    const parts = line.split(",");
    const cells = parts.slice(parts.length - names.length + 2);
    const [, user = "", arn = ""] =
      /^"?(.*?)"?,"?(arn:.*?)"?$/.exec(parts.slice(0, parts.length - cells.length).join(",")) ?? [];
    if (!arn.startsWith("arn:"))
      throw new AwsError("IAM's credential report has a line without an ARN", { reason: "other" });
    const cell = (name: string) => cells[index.get(name) ?? -1] ?? "";
    const keys = [1, 2].flatMap((slot) => keyOf(user, slot, cell));
    const root = user === ROOT;
    yield {
      user: root ? "root" : user,
      arn,
      root,
      // Root has a password unless it says otherwise: members of an organization can be without.
      console: isTrue(cell("password_enabled"), root),
      mfa: isTrue(cell("mfa_active")),
      keys,
    };
  }
}

function keyOf(user: string, slot: number, cell: (name: string) => string): AuditedKey[] {
  const prefix = `access_key_${slot}_`;
  const created = dateOf(cell(`${prefix}last_rotated`));
  const active = isTrue(cell(`${prefix}active`));
  if (created === null && !active) return [];
  return [
    {
      user,
      id: null,
      slot,
      active,
      created,
      lastUsed: dateOf(cell(`${prefix}last_used_date`)),
      region: textOf(cell(`${prefix}last_used_region`)),
      service: textOf(cell(`${prefix}last_used_service`)),
    },
  ];
}

/** @param unsaid what it counts as when the report does not say */
function isTrue(cell: string, unsaid = false): boolean {
  if (/^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === "true";
  if (textOf(cell) === null) return unsaid;
  throw new AwsError(`IAM's credential report says '${cell}' where it says true or false`, {
    reason: "other",
  });
}

function dateOf(cell: string): Date | null {
  const time = Date.parse(cell);
  return Number.isNaN(time) ? null : new Date(time);
}

function textOf(cell: string): string | null {
  return /^(?:N\/A|no_information|not_supported|)$/.test(cell) ? null : cell;
}
