import { AwsError, LeakwardenError } from "../errors.ts";
import { type Caller, callerOf } from "./caller.ts";
import {
  type AwsClients,
  ask,
  type Credentials,
  installed,
  pages,
  type SessionCredentials,
} from "./clients.ts";

/** Which accounts are meant, and how one gets into them. */
export interface AccountChoice {
  /** 12 digits each; none: the account of the credentials that are used. */
  readonly accounts: readonly string[];
  /** All active ones of the organization. */
  readonly organization: boolean;
  /** The role that is assumed in each. */
  readonly role: string | null;
  readonly externalId: string | null;
}

/** One account, with clients that are somebody there. */
export interface Account {
  readonly id: string;
  readonly clients: AwsClients;
}

/** What came of an account. */
export type AccountResult<T> =
  | { readonly account: string; readonly value: T }
  | { readonly account: string; readonly error: LeakwardenError };

/** Accounts that are asked at the same time. */
const AT_ONCE = 4;
/** Credentials are renewed when they have this long to live: a call that is under way must not lose them. */
const RENEW_MS = 5 * 60 * 1000;

/**
 * The accounts that are meant. No role is assumed yet.
 * @throws {AwsError}
 */
export async function accountsOf(clients: AwsClients, choice: AccountChoice): Promise<readonly Account[]> {
  const caller = await callerOf(clients);
  const ids = choice.organization
    ? await accountsOfOrganization(clients)
    : choice.accounts.length > 0
      ? [...new Set(choice.accounts)]
      : [caller.account];
  return Promise.all(ids.map((id) => accountFor(clients, caller, id, choice)));
}

/** The account of the credentials that are used is reached by themselves. */
export async function accountFor(
  clients: AwsClients,
  { account: own, partition }: Caller,
  id: string,
  { role, externalId }: Pick<AccountChoice, "role" | "externalId">,
): Promise<Account> {
  if (role === null || id === own) return { id, clients };
  const arn = `arn:${partition}:iam::${id}:role/${role}`;
  return { id, clients: clients.as(await assumed(clients, arn, externalId)) };
}

async function accountsOfOrganization(clients: AwsClients): Promise<string[]> {
  const { client, commands } = await clients.organizations();
  const ids: string[] = [];
  const answers = commands.paginateListAccounts({ client }, {});
  for await (const { Accounts = [] } of pages("organizations:ListAccounts", answers)) {
    for (const { Id, State, Status } of Accounts) {
      if (Id !== undefined && (State ?? Status) === "ACTIVE") ids.push(Id);
    }
  }
  if (ids.length > 0) return ids;
  throw new AwsError("the organization has no active account", { reason: "missing" });
}

/** Credentials of a role, which are kept in memory until shortly before they expire. */
async function assumed(clients: AwsClients, arn: string, externalId: string | null): Promise<Credentials> {
  const { fromTemporaryCredentials } = await installed(
    "@aws-sdk/credential-providers",
    () => import("@aws-sdk/credential-providers"),
  );
  const assume = fromTemporaryCredentials({
    params: {
      RoleArn: arn,
      RoleSessionName: "leakwarden",
      ...(externalId === null ? {} : { ExternalId: externalId }),
    },
    clientConfig: { region: clients.region },
  });
  const fresh = () => ask(`sts:AssumeRole of ${arn}`, assume() as Promise<SessionCredentials>);
  let current: Promise<SessionCredentials> | null = null;
  return () => {
    current = current === null ? fresh() : current.then((kept) => (lives(kept) ? kept : fresh()), fresh);
    return current;
  };
}

function lives({ expiration }: SessionCredentials): boolean {
  return expiration.getTime() - Date.now() > RENEW_MS;
}

/** Does something in each account, a few at a time. One that fails is told, and the others go on. */
export async function* inEach<T>(
  accounts: readonly Account[],
  work: (account: Account) => Promise<T>,
): AsyncGenerator<AccountResult<T>> {
  const waiting = [...accounts];
  const running: Promise<AccountResult<T>>[] = [];
  const next = () => {
    const account = waiting.shift();
    if (account !== undefined) running.push(resultOf(account, work));
  };
  for (let i = 0; i < AT_ONCE; i += 1) next();
  // In the order of the accounts, so that reports of two days can be compared.
  for (let result = running.shift(); result !== undefined; result = running.shift()) {
    yield await result;
    next();
  }
}

async function resultOf<T>(
  account: Account,
  work: (account: Account) => Promise<T>,
): Promise<AccountResult<T>> {
  try {
    return { account: account.id, value: await work(account) };
  } catch (error) {
    if (error instanceof LeakwardenError) return { account: account.id, error };
    throw error;
  }
}
