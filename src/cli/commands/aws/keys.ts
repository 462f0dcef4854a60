import type { Command } from "commander";
import { Option } from "commander";
import { accountFor } from "../../../aws/accounts.ts";
import { accountOfKey, callerOf } from "../../../aws/caller.ts";
import { AwsClients } from "../../../aws/clients.ts";
import { type KeyIdFacts, readKeyId } from "../../../aws/key-id.ts";
import { deleteKey, findKey, type OwnedKey, policiesOf, setKeyActive } from "../../../aws/keys.ts";
import { Verifier } from "../../../aws/verify.ts";
import { AwsError, UsageError } from "../../../errors.ts";
import { daysBetween } from "../../../policy/key-audit.ts";
import type { Verification } from "../../../policy/verification.ts";
import { EXIT } from "../../exit-codes.ts";
import { REPO_FLAG } from "../../flags.ts";
import { type Io, writeReport } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { type AccountFlags, accountChoice } from "./account-flags.ts";
import {
  aboutKey,
  confirm,
  FINDING_FLAG,
  FORMAT_FLAG,
  factsOf,
  fieldLines,
  pairOf,
  type SubjectFlags,
  subjectOf,
  WHICH,
  YES_FLAG,
} from "./subject.ts";

export interface KeyFlags extends SubjectFlags, AccountFlags {
  readonly offline?: boolean;
  readonly yes?: boolean;
  readonly format: "human" | "json";
}

/** `aws inspect|verify|deactivate|reactivate|delete`. */
export function addKeyCommands(aws: Command, io: Io, finish: Finish): void {
  aboutKey(aws.command("inspect"))
    .description("say what a key ID tells by itself, and what an account of one's own knows of it")
    .addOption(new Option("--offline", "ask nobody"))
    .addOption(FORMAT_FLAG)
    .action(async (named: string | undefined, flags: KeyFlags) => {
      const facts = await factsOf(io, subjectOf(named, flags), flags);
      const answers = flags.offline === true ? null : await inspectOnline(io, facts, flags);
      writeReport(io, null, [
        flags.format === "json"
          ? `${JSON.stringify({ ...facts, ...answers }, null, 2)}\n`
          : `${fieldLines({ key: facts.id, kind: facts.kind, account: accountLine(facts), ...(answers ?? {}) })}`,
      ]);
      if (answers?.asked !== undefined && !facts.canary) finish(EXIT.incomplete);
    });

  aws
    .command("verify")
    .description(
      "ask AWS whether a found pair works, by sts:GetCallerIdentity; this leaves an entry in CloudTrail",
    )
    .argument("[finding]", WHICH)
    .addOption(FINDING_FLAG)
    .addOption(REPO_FLAG)
    .addOption(FORMAT_FLAG)
    .action(async (named: string | undefined, flags: KeyFlags) => {
      const pair = await pairOf(io, subjectOf(named, flags), flags);
      const verifier = new Verifier(await AwsClients.load(io.env));
      const answer = await verifier.verify(pair);
      writeReport(io, null, [
        flags.format === "json"
          ? `${JSON.stringify({ key: pair.id, ...answer }, null, 2)}\n`
          : fieldLines({ key: pair.id, state: answer.state, detail: answer.detail }),
      ]);
      finish(exitOf(answer));
    });

  for (const [name, active, description] of [
    ["deactivate", false, "stop a key of one's own account at once; reactivate undoes it"],
    ["reactivate", true, "let a deactivated key work again"],
  ] as const) {
    aboutKey(aws.command(name))
      .description(description)
      .addOption(YES_FLAG)
      .action(async (named: string | undefined, flags: KeyFlags) => {
        const { clients, key } = await ownKey(io, subjectOf(named, flags), flags);
        if (key.active === active) {
          writeReport(io, null, [`${key.id} of ${key.user} is ${active ? "active" : "inactive"} already\n`]);
          return;
        }
        await confirm(io, flags.yes, `${name} ${key.id} of ${key.user}, last used ${usedLine(key)}?`);
        await setKeyActive(clients, key, active);
        writeReport(io, null, [
          active
            ? `${key.id} of ${key.user} works again\n`
            : `${key.id} of ${key.user} is deactivated; it was last used ${usedLine(key)}\n  'leakwarden aws reactivate ${key.id}' undoes it, 'leakwarden aws delete ${key.id}' is for good\n`,
        ]);
      });
  }

  aboutKey(aws.command("delete"))
    .description("delete an inactive key of one's own account, for good")
    .addOption(YES_FLAG)
    .action(async (named: string | undefined, flags: KeyFlags) => {
      const { clients, key } = await ownKey(io, subjectOf(named, flags), flags);
      if (key.active) {
        throw new UsageError(
          `${key.id} of ${key.user} is active, and was last used ${usedLine(key)}`,
          `'leakwarden aws deactivate ${key.id}' first: that can be undone when something still needs it`,
        );
      }
      await confirm(io, flags.yes, `delete ${key.id} of ${key.user} for good, last used ${usedLine(key)}?`);
      await deleteKey(clients, key);
      writeReport(io, null, [`${key.id} of ${key.user} is deleted\n`]);
    });
}

/** 1 when it is live, which is a finding; 3 when nobody could tell, or was asked. */
function exitOf({ state }: Verification) {
  if (state === "live") return EXIT.findings;
  return state === "unknown" || state === "skipped" ? EXIT.incomplete : EXIT.clean;
}

function accountLine({ account, canary }: KeyIdFacts): string {
  if (account === null) return "not in the ID";
  return canary ? `${account}, which sets traps: do not use the key` : account;
}

/** What an account of one's own knows of a key. What cannot be asked is said in its place. */
export async function inspectOnline(
  io: Io,
  facts: KeyIdFacts,
  flags: AccountFlags,
): Promise<Record<string, string>> {
  if (facts.canary) return { asked: "nobody: it is a trap" };
  try {
    const { clients, own, account } = await reach(io, facts, flags);
    if (clients === null)
      return { ours: `no: it is of account ${account}, and the credentials here are of ${own}` };
    const key = facts.accessKey ? await findKey(clients, facts.id) : null;
    if (key === null) return { ours: `account ${account} has no such access key` };
    return {
      ours: `yes, of account ${account}`,
      user: key.user,
      status: key.active ? "active" : "inactive",
      created:
        key.created === null
          ? "unknown"
          : `${key.created.toISOString().slice(0, 10)}, ${daysBetween(key.created, new Date())} days ago`,
      "last used": usedLine(key),
      policies: (await policiesOf(clients, key.user)).join(", ") || "none",
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { asked: `${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}` };
  }
}

/** Clients that see the account of a key. */
async function reach(
  io: Io,
  facts: KeyIdFacts,
  flags: AccountFlags,
): Promise<{ clients: AwsClients | null; own: string; account: string }> {
  const clients = await AwsClients.load(io.env);
  const caller = await callerOf(clients);
  const own = caller.account;
  const account = facts.account ?? (facts.accessKey ? await accountOfKey(clients, facts.id) : null) ?? own;
  if (account === own) return { clients, own, account };
  const choice = accountChoice(flags);
  const there = choice.role === null ? null : await accountFor(clients, caller, account, choice);
  return { clients: there?.clients ?? null, own, account };
}

/**
 * The account of a key, with clients that see it.
 * @throws {UsageError} when it cannot be reached
 */
export async function reachKey(
  io: Io,
  id: string,
  flags: AccountFlags,
): Promise<{ clients: AwsClients; account: string }> {
  const { clients, own, account } = await reach(io, readKeyId(id)!, flags);
  if (clients !== null) return { clients, account };
  throw new UsageError(
    `${id} is of account ${account}, and the credentials that are used here are of ${own}`,
    "use credentials of its own account, or --role NAME of one that can be assumed there",
  );
}

/**
 * The key of a user, with clients that may change it.
 * @returns as key null when its account has none of the ID
 * @throws {UsageError} when it is another kind of key, or its account cannot be reached
 */
export async function lookUp(
  io: Io,
  id: string,
  flags: AccountFlags,
): Promise<{ clients: AwsClients; account: string; key: OwnedKey | null }> {
  const { kind, accessKey } = readKeyId(id)!;
  if (!accessKey || id.startsWith("ASIA")) {
    throw new UsageError(
      `${id} is a ${kind}`,
      "only access keys of users can be deactivated; what is temporary ends when its role's sessions are revoked",
    );
  }
  const { clients, account } = await reachKey(io, id, flags);
  return { clients, account, key: await findKey(clients, id) };
}

/** A key that is there. */
async function ownKey(io: Io, what: string, flags: SubjectFlags & AccountFlags) {
  const { id } = await factsOf(io, what, flags);
  const { clients, account, key } = await lookUp(io, id, flags);
  if (key !== null) return { clients, key };
  throw new UsageError(`account ${account} has no key ${id}`, "it is deleted, or the ID is misread");
}

export function usedLine({ lastUsed }: OwnedKey): string {
  if (lastUsed === null) return "never";
  const { date, region, service } = lastUsed;
  return `on ${date.toISOString().slice(0, 10)} (${daysBetween(date, new Date())} days ago) for ${service} in ${region}`;
}
