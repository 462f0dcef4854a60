import { AwsError } from "../errors.ts";
import { type AwsClients, ask, type KeyPair, pages } from "./clients.ts";

/** What IAM wants to know of a key that is to be changed. */
export interface NamedKey {
  readonly id: string;
  readonly user: string;
}

/** An access key of an account of one's own. */
export interface OwnedKey extends NamedKey {
  readonly active: boolean;
  readonly created: Date | null;
  readonly lastUsed: LastUse | null;
}

export interface LastUse {
  readonly date: Date;
  readonly region: string;
  readonly service: string;
}

/**
 * Finds a key in the account of the credentials that are used here.
 * @returns null when the account has no such key
 * @throws {AwsError}
 */
export async function findKey(clients: AwsClients, id: string): Promise<OwnedKey | null> {
  const used = await lastUseOf(clients, id);
  if (used === null) return null;
  const keys = await keysOf(clients, used.user);
  const key = keys.find((other) => other.id === id);
  return key === undefined ? null : { ...key, lastUsed: used.lastUsed };
}

/**
 * The access keys of a user, one who has none included; when they were used last is not asked.
 * @throws {AwsError} also when there is no such user
 */
export async function keysOf({ iam, commands }: AwsClients, user: string): Promise<OwnedKey[]> {
  const keys: OwnedKey[] = [];
  const answers = commands.iam.paginateListAccessKeys({ client: iam }, { UserName: user });
  for await (const { AccessKeyMetadata } of pages("iam:ListAccessKeys", answers)) {
    for (const { AccessKeyId: id = "", Status, CreateDate: created = null } of AccessKeyMetadata ?? [])
      keys.push({ id, user, active: Status === "Active", created, lastUsed: null });
  }
  return keys;
}

/**
 * @returns null when the account has no such key
 * @throws {AwsError}
 */
export async function lastUseOf(
  { iam, commands }: AwsClients,
  id: string,
): Promise<{ readonly user: string; readonly lastUsed: LastUse | null } | null> {
  try {
    const { UserName: user, AccessKeyLastUsed } = await ask(
      "iam:GetAccessKeyLastUsed",
      iam.send(new commands.iam.GetAccessKeyLastUsedCommand({ AccessKeyId: id })),
    );
    if (user === undefined) return null;
    const { LastUsedDate: date, Region: region = "", ServiceName: service = "" } = AccessKeyLastUsed ?? {};
    return { user, lastUsed: date === undefined ? null : { date, region, service } };
  } catch (error) {
    // What is in another account IAM denies as if it were not allowed.
    if (error instanceof AwsError && error.reason === "missing") return null;
    throw error;
  }
}

/** Policies of a user, its own and those of its groups, by name. */
export async function policiesOf({ iam, commands }: AwsClients, user: string): Promise<string[]> {
  const names: string[] = [];
  const { paginateListAttachedUserPolicies, paginateListUserPolicies, paginateListGroupsForUser } =
    commands.iam;
  for await (const page of pages(
    "iam:ListAttachedUserPolicies",
    paginateListAttachedUserPolicies({ client: iam }, { UserName: user }),
  ))
    names.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyName }) => PolicyName ?? []));
  for await (const page of pages(
    "iam:ListUserPolicies",
    paginateListUserPolicies({ client: iam }, { UserName: user }),
  ))
    names.push(...(page.PolicyNames ?? []).map((name) => `${name} (inline)`));
  for await (const page of pages(
    "iam:ListGroupsForUser",
    paginateListGroupsForUser({ client: iam }, { UserName: user }),
  ))
    names.push(...(page.Groups ?? []).map(({ GroupName }) => `those of group ${GroupName}`));
  return names;
}

/** @throws {AwsError} */
export async function setKeyActive(
  { iam, commands }: AwsClients,
  key: NamedKey,
  active: boolean,
): Promise<void> {
  const command = new commands.iam.UpdateAccessKeyCommand({
    UserName: key.user,
    AccessKeyId: key.id,
    Status: active ? "Active" : "Inactive",
  });
  await ask("iam:UpdateAccessKey", iam.send(command));
}

/**
 * @returns false when it is not there
 * @throws {AwsError}
 */
export async function deleteKey({ iam, commands }: AwsClients, { user, id }: NamedKey): Promise<boolean> {
  const command = new commands.iam.DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id });
  try {
    await ask("iam:DeleteAccessKey", iam.send(command));
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.reason === "missing") return false;
    throw error;
  }
}

/**
 * Makes a second key. Its secret is told this once, and so is it asked for.
 * @throws {AwsError}
 */
export async function createKey(clients: AwsClients, user: string): Promise<KeyPair> {
  const { iam, commands } = clients.once();
  const command = new commands.iam.CreateAccessKeyCommand({ UserName: user });
  const { AccessKey: key } = await ask("iam:CreateAccessKey", iam.send(command));
  return { id: key!.AccessKeyId!, secret: key!.SecretAccessKey!, token: null };
}
