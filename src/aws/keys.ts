import { AwsError } from "../errors.ts";
import { type AwsClients, ask } from "./clients.ts";

/** An access key of an account of one's own. */
export interface OwnedKey {
  readonly id: string;
  readonly user: string;
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
export async function findKey({ iam, commands }: AwsClients, id: string): Promise<OwnedKey | null> {
  const { GetAccessKeyLastUsedCommand, paginateListAccessKeys } = commands.iam;
  let user: string | undefined;
  let lastUsed: LastUse | null = null;
  try {
    const used = await ask(
      "iam:GetAccessKeyLastUsed",
      iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id })),
    );
    user = used.UserName;
    const {
      LastUsedDate: date,
      Region: region = "",
      ServiceName: service = "",
    } = used.AccessKeyLastUsed ?? {};
    if (date !== undefined) lastUsed = { date, region, service };
  } catch (error) {
    // What is in another account IAM denies as if it were not allowed.
    if (error instanceof AwsError && error.reason === "missing") return null;
    throw error;
  }
  if (user === undefined) return null;
  for await (const page of pages(
    "iam:ListAccessKeys",
    paginateListAccessKeys({ client: iam }, { UserName: user }),
  )) {
    for (const { AccessKeyId, Status, CreateDate } of page.AccessKeyMetadata ?? []) {
      if (AccessKeyId === id)
        return { id, user, active: Status === "Active", created: CreateDate ?? null, lastUsed };
    }
  }
  return null;
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
async function* pages<T>(action: string, answers: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = answers[Symbol.asyncIterator]();
  for (
    let next = await ask(action, iterator.next());
    next.done !== true;
    next = await ask(action, iterator.next())
  )
    yield next.value;
}

/** @throws {AwsError} */
export async function setKeyActive(
  { iam, commands }: AwsClients,
  key: OwnedKey,
  active: boolean,
): Promise<void> {
  const command = new commands.iam.UpdateAccessKeyCommand({
    UserName: key.user,
    AccessKeyId: key.id,
    Status: active ? "Active" : "Inactive",
  });
  await ask("iam:UpdateAccessKey", iam.send(command));
}

/** @throws {AwsError} */
export async function deleteKey({ iam, commands }: AwsClients, key: OwnedKey): Promise<void> {
  const command = new commands.iam.DeleteAccessKeyCommand({ UserName: key.user, AccessKeyId: key.id });
  await ask("iam:DeleteAccessKey", iam.send(command));
}
