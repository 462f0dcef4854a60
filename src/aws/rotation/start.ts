import { randomUUID } from "node:crypto";
import { UsageError } from "../../errors.ts";
import type { AwsClients } from "../clients.ts";
import { keysOf, lastUseOf, type OwnedKey } from "../keys.ts";
import { CommandConsumer } from "./command-consumer.ts";
import type { Consumer } from "./consumer.ts";
import { GithubConsumer } from "./github-consumer.ts";
import { CONSUMER_KINDS, type ConsumerKind, type ConsumerState, type RotationState } from "./plan.ts";
import { ProfileConsumer } from "./profile-consumer.ts";
import { SecretConsumer } from "./secret-consumer.ts";

/** Where new keys go, and how long the old ones are kept. */
export interface RotationChoice {
  readonly consumers: readonly { readonly kind: ConsumerKind; readonly name: string }[];
  /** How long both keys work, and how long the old one is inactive before it is deleted. */
  readonly overlapMs: number;
  readonly graceMs: number;
}

export interface RotationPlan {
  readonly state: RotationState;
  readonly key: OwnedKey;
}

/**
 * Sees to it that the key of a user can be rotated, and how. Changes nothing.
 * @throws {UsageError} when it cannot be
 * @throws {AwsError}
 */
export async function planRotation(
  clients: AwsClients,
  env: NodeJS.ProcessEnv,
  account: string,
  user: string,
  choice: RotationChoice,
): Promise<RotationPlan> {
  const keys = await keysOf(clients, user);
  const [only] = keys;
  if (only === undefined)
    throw new UsageError(`${user} of account ${account} has no access key`, "there is nothing to rotate");
  if (keys.length > 1) throw twoKeys(user, keys);
  requireReadable(choice);
  const state: RotationState = {
    version: 1,
    account,
    user,
    old: only.id,
    oldActive: only.active,
    had: [only.id],
    creating: null,
    triedAt: null,
    fresh: null,
    token: randomUUID(),
    stage: "making",
    consumers: choice.consumers.map(({ kind, name }) => ({
      kind,
      name: nameFor(name, { user, account }),
      region: kind === "secret" ? clients.requireRegion("Secrets Manager") : null,
      before: "",
      given: "no" as const,
    })),
    begun: new Date().toISOString(),
    overlapMs: choice.overlapMs,
    graceMs: choice.graceMs,
    handedAt: null,
    stoppedAt: null,
    usedAt: null,
    toldAt: null,
  };
  for (const [i, consumer] of consumersOf(clients, env, state).entries())
    state.consumers[i]!.before = await consumer.check(state);
  const lastUsed = (await lastUseOf(clients, only.id))?.lastUsed ?? null;
  return { state, key: { ...only, lastUsed } };
}

/** When the second of two that nobody can read fails, the first has a key of which nobody else has the secret. */
function requireReadable({ consumers }: RotationChoice): void {
  const blind = consumers.filter(({ kind }) => kind === "command" || kind === "github");
  if (blind.length < 2 || blind.length < consumers.length) return;
  throw new UsageError(
    "what commands and GitHub were given cannot be read back, and when one of several fails the key would be lost for it",
    "add --to-secret or --to-profile, from where a later run takes the key",
  );
}

function twoKeys(user: string, keys: readonly OwnedKey[]): UsageError {
  const inactive = keys.find(({ active }) => !active);
  const names = keys.map(({ id, active }) => `${id} (${active ? "active" : "inactive"})`).join(" and ");
  return new UsageError(
    `${user} has two access keys, ${names}, and IAM allows no third`,
    inactive === undefined
      ? "deactivate the one that nothing uses ('leakwarden aws inspect' says when each was used last), and delete it"
      : `'leakwarden aws delete ${inactive.id}' makes room, when nothing needs it any more`,
  );
}

/** `{user}` and `{account}` in a name stand for whose key it is. */
export function nameFor(name: string, { user, account }: Pick<RotationState, "user" | "account">): string {
  return name.replaceAll("{user}", user).replaceAll("{account}", account);
}

/** What can be read back comes first: as soon as one has the new key, no end of the run loses it. */
export function consumersOf(clients: AwsClients, env: NodeJS.ProcessEnv, state: RotationState): Consumer[] {
  state.consumers.sort((a, b) => CONSUMER_KINDS.indexOf(a.kind) - CONSUMER_KINDS.indexOf(b.kind));
  return state.consumers.map((consumer) => consumerOf(clients, env, consumer));
}

function consumerOf(
  clients: AwsClients,
  env: NodeJS.ProcessEnv,
  { kind, name, region }: ConsumerState,
): Consumer {
  switch (kind) {
    case "secret":
      return new SecretConsumer(region === null ? clients : clients.in(region), name);
    case "profile":
      return new ProfileConsumer(env, name);
    case "command":
      return new CommandConsumer(name);
    case "github":
      return new GithubConsumer(name);
  }
}
