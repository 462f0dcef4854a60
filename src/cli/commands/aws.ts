import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AwsClients, ask, type KeyPair } from "../../aws/clients.ts";
import { type KeyIdFacts, readKeyId } from "../../aws/key-id.ts";
import { deleteKey, findKey, type OwnedKey, policiesOf, setKeyActive } from "../../aws/keys.ts";
import { Verifier } from "../../aws/verify.ts";
import { Engine } from "../../engine/engine.ts";
import { ContentScanner } from "../../engine/scanner.ts";
import { AwsError, UsageError } from "../../errors.ts";
import type { Verification } from "../../policy/verification.ts";
import { builtinPack } from "../../rules/builtin.ts";
import { confirmed } from "../confirm.ts";
import { EXIT } from "../exit-codes.ts";
import { REPO_FLAG } from "../flags.ts";
import { IgnoreBook } from "../ignore-book.ts";
import { readInput, readStandardInput } from "../input.ts";
import { type Io, writeReport } from "../io.ts";
import type { Finish } from "../main.ts";
import { pairOfFinding } from "../verify.ts";

interface AwsFlags {
  readonly repo?: string;
  readonly offline?: boolean;
  readonly yes?: boolean;
  readonly format: "human" | "json";
}

const FORMAT = new Option("-f, --format <format>", "how to answer")
  .choices(["human", "json"])
  .default("human");
const YES = new Option("--yes", "do not ask");
const WHICH = "a fingerprint or PATH:LINE of a finding, or - for text on standard input that holds it";

/** `aws inspect|verify|deactivate|reactivate|delete`. */
export function addAwsCommands(program: Command, io: Io, finish: Finish): void {
  const aws = program
    .command("aws")
    .description("what a found AWS key is, whether it works, and how to stop it");

  aws
    .command("inspect")
    .description("say what a key ID tells by itself, and what an account of one's own knows of it")
    .argument("<key>", `a key ID, or ${WHICH}`)
    .addOption(REPO_FLAG)
    .addOption(new Option("--offline", "ask nobody"))
    .addOption(FORMAT)
    .action(async (what: string, flags: AwsFlags) => {
      const facts = await factsOf(io, what, flags);
      const answers = flags.offline === true ? null : await inspectOnline(io, facts);
      writeReport(io, null, [
        flags.format === "json"
          ? `${JSON.stringify({ ...facts, ...answers }, null, 2)}\n`
          : `${lines({ key: facts.id, kind: facts.kind, account: accountLine(facts), ...(answers ?? {}) })}`,
      ]);
    });

  aws
    .command("verify")
    .description(
      "ask AWS whether a found pair works, by sts:GetCallerIdentity; this leaves an entry in CloudTrail",
    )
    .argument("<finding>", WHICH)
    .addOption(REPO_FLAG)
    .addOption(FORMAT)
    .action(async (what: string, flags: AwsFlags) => {
      const pair = await pairOf(io, what, flags);
      const verifier = new Verifier(await AwsClients.load(io.env));
      const answer = await verifier.verify(pair);
      writeReport(io, null, [
        flags.format === "json"
          ? `${JSON.stringify({ key: pair.id, ...answer }, null, 2)}\n`
          : lines({ key: pair.id, state: answer.state, detail: answer.detail }),
      ]);
      finish(exitOf(answer));
    });

  for (const [name, active, description] of [
    ["deactivate", false, "stop a key of one's own account at once; reactivate undoes it"],
    ["reactivate", true, "let a deactivated key work again"],
  ] as const) {
    aws
      .command(name)
      .description(description)
      .argument("<key>", `a key ID, or ${WHICH}`)
      .addOption(REPO_FLAG)
      .addOption(YES)
      .action(async (what: string, flags: AwsFlags) => {
        const { clients, key } = await ownKey(io, what, flags);
        if (key.active === active) {
          writeReport(io, null, [`${key.id} of ${key.user} is ${active ? "active" : "inactive"} already\n`]);
          return;
        }
        await confirm(io, flags, `${name} ${key.id} of ${key.user}, last used ${usedLine(key)}?`);
        await setKeyActive(clients, key, active);
        writeReport(io, null, [
          active
            ? `${key.id} of ${key.user} works again\n`
            : `${key.id} of ${key.user} is deactivated; it was last used ${usedLine(key)}\n  'leakwarden aws reactivate ${key.id}' undoes it, 'leakwarden aws delete ${key.id}' is for good\n`,
        ]);
      });
  }

  aws
    .command("delete")
    .description("delete an inactive key of one's own account, for good")
    .argument("<key>", `a key ID, or ${WHICH}`)
    .addOption(REPO_FLAG)
    .addOption(YES)
    .action(async (what: string, flags: AwsFlags) => {
      const { clients, key } = await ownKey(io, what, flags);
      if (key.active) {
        throw new UsageError(
          `${key.id} of ${key.user} is active, and was last used ${usedLine(key)}`,
          `'leakwarden aws deactivate ${key.id}' first: that can be undone when something still needs it`,
        );
      }
      await confirm(io, flags, `delete ${key.id} of ${key.user} for good, last used ${usedLine(key)}?`);
      await deleteKey(clients, key);
      writeReport(io, null, [`${key.id} of ${key.user} is deleted\n`]);
    });
}

/** 1 when it is live, which is a finding; 3 when nobody could tell, or was asked. */
function exitOf({ state }: Verification) {
  if (state === "live") return EXIT.findings;
  return state === "unknown" || state === "skipped" ? EXIT.incomplete : EXIT.clean;
}

async function factsOf(io: Io, what: string, flags: AwsFlags): Promise<KeyIdFacts> {
  const named = readKeyId(what);
  if (named !== null) return named;
  if (/^[A-Z0-9]{16,}$/.test(what)) {
    throw new UsageError(
      `'${what}' is no key ID of a kind that AWS has`,
      "they begin with AKIA (of a user), ASIA (temporary), AROA (role), AIDA (user) and the like",
    );
  }
  return readKeyId((await pairOf(io, what, flags)).id)!;
}

/** The pair of a finding, or of a text. */
async function pairOf(io: Io, what: string, flags: AwsFlags): Promise<KeyPair> {
  const pair = what === "-" ? pairIn(await readStandardInput(io)) : await pairAt(io, what, flags);
  if (pair !== null) return pair;
  throw new UsageError(
    `${what === "-" ? "standard input" : `'${what}'`} holds no AWS access key ID with its secret`,
    "both halves are needed; name the finding of one of them, or give the text that holds both",
  );
}

/** The pair of a finding; of a temporary one with the token that its file holds. */
async function pairAt(io: Io, what: string, flags: AwsFlags): Promise<KeyPair | null> {
  const finding = await (await IgnoreBook.open(io, flags)).find(what);
  const pair = pairOfFinding(finding);
  if (pair === null || !pair.id.startsWith("ASIA")) return pair;
  const file = resolve(io.cwd, flags.repo ?? ".", finding.place.path);
  const whole = existsSync(file) ? pairIn(readInput(io, file)) : null;
  return whole?.id === pair.id ? whole : pair;
}

function pairIn(content: Buffer): KeyPair | null {
  const detections = new ContentScanner(new Engine(builtinPack())).scan(content);
  const ids = detections.filter(({ ruleId }) => ruleId.startsWith("aws-access-key-id"));
  const id = ids.find(({ partner }) => partner !== null) ?? ids[0];
  const secret = id?.partner == null ? undefined : detections[id.partner];
  const token = detections.find(({ ruleId }) => ruleId === "aws-session-token")?.secret.reveal() ?? null;
  if (id === undefined || secret === undefined) return null;
  return { id: id.secret.reveal(), secret: secret.secret.reveal(), token };
}

function accountLine({ account, canary }: KeyIdFacts): string {
  if (account === null) return "not in the ID";
  return canary ? `${account}, which sets traps: do not use the key` : account;
}

/** What an account of one's own knows of a key. What cannot be asked is said in its place. */
async function inspectOnline(io: Io, facts: KeyIdFacts): Promise<Record<string, string>> {
  if (facts.canary) return { asked: "nobody: it is a trap" };
  try {
    const clients = await AwsClients.load(io.env);
    const own = await accountHere(clients);
    const account = facts.account ?? (facts.accessKey ? await accountByAws(clients, facts.id) : null);
    if (account !== null && account !== own)
      return { ours: `no: it is of account ${account}, and the credentials here are of ${own}` };
    const key = facts.accessKey ? await findKey(clients, facts.id) : null;
    if (key === null) return { ours: `account ${own} has no such access key` };
    return {
      ours: `yes, of account ${own}`,
      user: key.user,
      status: key.active ? "active" : "inactive",
      created:
        key.created === null
          ? "unknown"
          : `${key.created.toISOString().slice(0, 10)}, ${daysSince(key.created)} days ago`,
      "last used": usedLine(key),
      policies: (await policiesOf(clients, key.user)).join(", ") || "none",
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { asked: `${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}` };
  }
}

async function accountHere({ sts, commands }: AwsClients): Promise<string> {
  const command = new commands.sts.GetCallerIdentityCommand({});
  return (await ask("sts:GetCallerIdentity", sts.send(command))).Account ?? "unknown";
}

async function accountByAws({ sts, commands }: AwsClients, id: string): Promise<string | null> {
  const command = new commands.sts.GetAccessKeyInfoCommand({ AccessKeyId: id });
  return (await ask("sts:GetAccessKeyInfo", sts.send(command))).Account ?? null;
}

async function ownKey(
  io: Io,
  what: string,
  flags: AwsFlags,
): Promise<{ clients: AwsClients; key: OwnedKey }> {
  const facts = await factsOf(io, what, flags);
  if (!facts.accessKey || facts.id.startsWith("ASIA")) {
    throw new UsageError(
      `${facts.id} is a ${facts.kind}`,
      "only access keys of users can be deactivated; what is temporary ends when its role's sessions are revoked",
    );
  }
  const clients = await AwsClients.load(io.env);
  const own = await accountHere(clients);
  // IAM says of keys of other accounts that one may not ask.
  const key = facts.account !== null && facts.account !== own ? null : await findKey(clients, facts.id);
  if (key !== null) return { clients, key };
  const hint = facts.account === null ? "" : ` (the ID says ${facts.account})`;
  throw new UsageError(
    `account ${own}, which the credentials that are used here are of, has no key ${facts.id}`,
    `use credentials of its own account${hint}; 'leakwarden aws inspect' says more`,
  );
}

/** @throws {UsageError} unless the answer is yes */
async function confirm(io: Io, { yes }: AwsFlags, question: string): Promise<void> {
  if (yes === true) return;
  const answer = await confirmed(io, question);
  if (answer === true) return;
  throw new UsageError(
    answer === null ? "nobody is there to be asked" : "nothing was done",
    "--yes answers the question",
  );
}

function usedLine({ lastUsed }: OwnedKey): string {
  if (lastUsed === null) return "never";
  const { date, region, service } = lastUsed;
  return `on ${date.toISOString().slice(0, 10)} (${daysSince(date)} days ago) for ${service} in ${region}`;
}

function daysSince(date: Date): number {
  return Math.max(0, Math.floor((Date.now() - date.getTime()) / 86_400_000));
}

function lines(fields: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 2;
  return Object.entries(fields)
    .map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`)
    .join("");
}
