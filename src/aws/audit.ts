import { setTimeout as sleep } from "node:timers/promises";
import { AwsError } from "../errors.ts";
import {
  type AccountAudit,
  AUDIT_RULES,
  type AuditedKey,
  type AuditedUser,
  type AuditThresholds,
  judgeUser,
  type KeyViolation,
} from "../policy/key-audit.ts";
import type { Account } from "./accounts.ts";
import { type AwsClients, ask } from "./clients.ts";
import { readCredentialReport } from "./credential-report.ts";
import { keysOf } from "./keys.ts";

export interface AuditOptions {
  readonly thresholds: AuditThresholds;
  readonly now: Date;
  /** Users that are let be. */
  readonly except: (user: string) => boolean;
  /** Called as key IDs come in. */
  readonly progress: (done: number, total: number) => void;
}

/** Between two questions whether the report is made: a large account takes a minute. */
const POLL_MS = 2000;
const MOST_POLLS = 150;
/** Users whose keys are listed at the same time. */
const AT_ONCE = 4;

/**
 * All users of an account and their keys: one report for all of them, which has no key IDs, and one call for each user
 * whose keys are objected to, who shall be named.
 * @throws {AwsError}
 */
export async function auditAccount({ id, clients }: Account, options: AuditOptions): Promise<AccountAudit> {
  await makeReport(clients);
  const { iam, commands } = clients;
  const { Content, GeneratedTime } = await ask(
    "iam:GetCredentialReport",
    iam.send(new commands.iam.GetCredentialReportCommand({})),
  );
  const text = Buffer.from(Content ?? new Uint8Array()).toString("utf8");
  const users = [...readCredentialReport(text)].filter(({ user, root }) => root || !options.except(user));
  const violations = users.flatMap((user) => [...judgeUser(user, options.thresholds, options.now)]);
  const notes = await nameKeys(clients, violations, users, options.progress);
  return { account: id, reportedAt: GeneratedTime ?? options.now, users, violations, notes };
}

async function makeReport({ iam, commands }: AwsClients): Promise<void> {
  for (let poll = 0; poll < MOST_POLLS; poll += 1) {
    const { State } = await ask(
      "iam:GenerateCredentialReport",
      iam.send(new commands.iam.GenerateCredentialReportCommand({})),
    );
    if (State === "COMPLETE") return;
    await sleep(POLL_MS);
  }
  throw new AwsError("IAM did not make a credential report in five minutes", {
    reason: "other",
    hint: "try again: it goes on making it",
  });
}

const CHANGED = "keys without an ID are not there any more: AWS makes its report every four hours at most";

/** @returns what there is to know of the IDs */
async function nameKeys(
  clients: AwsClients,
  violations: readonly KeyViolation[],
  users: readonly AuditedUser[],
  progress: AuditOptions["progress"],
): Promise<string[]> {
  // Nobody can list the keys of root.
  const isAboutKeys = ({ arn, key, rule }: KeyViolation) =>
    !arn.endsWith(":root") && (key !== null || rule === AUDIT_RULES.twoKeys);
  const objected = new Set(violations.filter(isAboutKeys).map(({ user }) => user));
  const named = users.filter(({ user, keys }) => objected.has(user) && keys.length > 0);
  const waiting = named.values();
  const notes = new Set<string>();
  let done = 0;
  const work = async () => {
    for (const { user, keys } of waiting) {
      try {
        nameKeysOf(keys, await keysOf(clients, user));
      } catch (error) {
        // Deleted since the report was made.
        if (!(error instanceof AwsError)) throw error;
        if (error.reason !== "missing") notes.add(`key IDs are not shown: ${error.message}`);
        if (error.reason === "denied") return;
      }
      if (keys.some(({ id }) => id === null)) notes.add(CHANGED);
      done += 1;
      progress(done, named.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return [...notes];
}

/** The report tells keys by when they were made, to the second; two of a user are told apart by their order all the same. */
function nameKeysOf(
  keys: readonly AuditedKey[],
  listed: readonly { id: string; active: boolean; created: Date | null }[],
): void {
  const byAge = <T extends { created: Date | null }>(items: readonly T[]) =>
    [...items].sort((a, b) => (a.created?.getTime() ?? 0) - (b.created?.getTime() ?? 0));
  const left = byAge(listed);
  for (const [i, key] of byAge(keys).entries()) {
    const sameTime = left.filter(({ created }) => secondsOf(created) === secondsOf(key.created));
    const same = sameTime.find(({ active }) => active === key.active) ?? sameTime[0];
    // One that was made or deleted since would shift the order.
    const match = same ?? (keys.length === listed.length ? left[i] : undefined);
    if (match !== undefined && !keys.some(({ id }) => id === match.id)) key.id = match.id;
  }
}

function secondsOf(date: Date | null): number {
  return Math.floor((date?.getTime() ?? 0) / 1000);
}
