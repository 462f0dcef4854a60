import { Option } from "commander";
import type { AccountChoice } from "../../../aws/accounts.ts";
import { UsageError } from "../../../errors.ts";

export interface AccountFlags {
  readonly accounts?: readonly string[];
  readonly org?: boolean;
  readonly role?: string;
  readonly externalId?: string;
}

export const ROLE_FLAGS: readonly Option[] = [
  new Option("--role <name>", "the role to assume in accounts that are not one's own"),
  new Option("--external-id <id>", "what the role's trust policy wants to hear"),
];

export const ACCOUNT_FLAGS: readonly Option[] = [
  new Option("--accounts <ids...>", "these accounts instead of one's own"),
  new Option("--org", "all accounts of the organization"),
  ...ROLE_FLAGS,
];

/** @throws {UsageError} when they do not go together */
export function accountChoice({ accounts = [], org = false, role, externalId }: AccountFlags): AccountChoice {
  const ids = accounts.flatMap((text) => text.split(",")).filter((id) => id !== "");
  const wrong = ids.find((id) => !/^\d{12}$/.test(id));
  if (wrong !== undefined) throw new UsageError(`'${wrong}' is no account`, "an account has 12 digits");
  if (org && ids.length > 0) throw new UsageError("--org and --accounts say two things", "give one of them");
  if ((org || ids.length > 0) && role === undefined)
    throw new UsageError(
      `${org ? "--org" : "--accounts"} needs a role to assume there`,
      "--role NAME, for example OrganizationAccountAccessRole",
    );
  if (role !== undefined && !/^[\w+=,.@/-]+$/.test(role))
    throw new UsageError(
      `'${role}' is no name of a role`,
      "give the name, with its path if it has one, and not the ARN",
    );
  return { accounts: ids, organization: org, role: role ?? null, externalId: externalId ?? null };
}
