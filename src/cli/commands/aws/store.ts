import { spawn } from "node:child_process";
import { constants } from "node:os";
import { type Command, Option } from "commander";
import { AwsClients, type KeyPair } from "../../../aws/clients.ts";
import { ProfileConsumer } from "../../../aws/rotation/profile-consumer.ts";
import { requireSecretName, type SecretOptions, SecretStore } from "../../../aws/secret-store.ts";
import { environmentOf, isSecretKey } from "../../../aws/stored-pair.ts";
import { systemReason, UsageError } from "../../../errors.ts";
import { REPO_FLAG } from "../../flags.ts";
import { readStandardInput } from "../../input.ts";
import { type Io, writeReport } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { parseDays } from "./audit.ts";
import { confirm, FINDING_FLAG, pairIn, pairOf, type SubjectFlags, YES_FLAG } from "./subject.ts";

interface StoreFlags extends SubjectFlags {
  readonly fromProfile?: string;
  readonly tag: readonly string[];
  readonly kmsKey?: string;
  readonly rotationLambda?: string;
  readonly rotationDays?: number;
  readonly yes?: boolean;
}

/** `aws store` and `aws fetch`. */
export function addStoreCommands(aws: Command, io: Io, finish: Finish): void {
  aws
    .command("store")
    .description("put a pair into Secrets Manager: from standard input, a profile or a finding")
    .argument("<name>", "of the secret; a new version when there is one that holds a pair")
    .addOption(
      new Option("--from-profile <name>", "of the shared credentials file, instead of standard input"),
    )
    .addOption(FINDING_FLAG)
    .addOption(REPO_FLAG)
    .addOption(
      new Option("--tag <key=value>", "as often as wanted")
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], "none"),
    )
    .addOption(new Option("--kms-key <id>", "the key that encrypts it instead of Secrets Manager's own"))
    .addOption(new Option("--rotation-lambda <arn>", "the function that rotates it on a schedule"))
    .addOption(new Option("--rotation-days <days>", "the schedule").argParser(parseDays))
    .addOption(YES_FLAG)
    .action(async (name: string, flags: StoreFlags) => {
      requireSecretName(name);
      const schedule = scheduleOf(flags);
      const options: SecretOptions = { tags: tagsOf(flags.tag), kmsKey: flags.kmsKey ?? null };
      const pair = await pairToStore(io, flags);
      const clients = await AwsClients.load(io.env);
      const region = clients.requireRegion("Secrets Manager");
      const store = new SecretStore(clients);
      const stored = await store.read(name);
      if (stored !== null && stored.pair !== null && stored.pair.id !== pair.id)
        await confirm(
          io,
          flags.yes,
          `'${name}' holds ${stored.pair.id}: store ${pair.id} as its new version?`,
        );
      await store.store(name, stored, pair, options);
      writeReport(io, null, [`${pair.id} is stored as '${name}' in ${region}\n`]);
      if (schedule !== null) {
        await store.schedule(name, schedule);
        writeReport(io, null, [`it is rotated every ${schedule.days} days by ${schedule.lambda}\n`]);
      }
    });

  aws
    .command("fetch")
    .description(
      "run a command with a stored pair in its environment, and nowhere else: leakwarden aws fetch NAME -- COMMAND",
    )
    .argument("<name>", "of the secret")
    .argument("<command...>", "what to run, behind --")
    .action(async (name: string, [command, ...args]: [string, ...string[]]) => {
      requireSecretName(name);
      if (command === "") throw new UsageError("the command is empty", "give one behind --");
      const clients = await AwsClients.load(io.env);
      const region = clients.requireRegion("Secrets Manager");
      const stored = await new SecretStore(clients).read(name);
      if (stored === null || stored.pair === null)
        throw new UsageError(
          `there is no secret '${name}' with a value in ${region}`,
          "'leakwarden aws store' makes one; AWS_REGION says where",
        );
      finish(await runAs(io, stored.pair, command, args));
    });
}

function scheduleOf({ rotationLambda: lambda, rotationDays: days }: StoreFlags) {
  if (lambda === undefined && days === undefined) return null;
  if (lambda !== undefined && days !== undefined && days > 0) return { lambda, days };
  throw new UsageError(
    "a schedule needs a function and days",
    "give --rotation-lambda ARN and --rotation-days DAYS; without a function, 'leakwarden aws rotate --to-secret' rotates",
  );
}

function tagsOf(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    tags.map((tag) => {
      const at = tag.indexOf("=");
      if (at < 1) throw new UsageError(`'${tag}' is no tag`, "give it as --tag key=value");
      return [tag.slice(0, at), tag.slice(at + 1)];
    }),
  );
}

async function pairToStore(io: Io, flags: StoreFlags): Promise<KeyPair> {
  const { fromProfile, finding } = flags;
  if (fromProfile !== undefined && finding !== undefined)
    throw new UsageError("--from-profile and --finding say two things", "give one of them");
  if (finding !== undefined) return pairOf(io, finding, flags);
  if (fromProfile !== undefined) {
    const profile = new ProfileConsumer(io.env, fromProfile);
    const pair = await profile.read();
    if (pair === null)
      throw new UsageError(`${profile.what} holds no pair`, "name a profile with both halves");
    return pair;
  }
  const text = await readStandardInput(io);
  const pair = pairIn(text);
  if (pair !== null) return pair;
  const secret = /secret_?access_?key["']?\s*[:=]\s*["']?([^\s"',]+)/i.exec(text.toString("utf8"))?.[1];
  throw new UsageError(
    secret !== undefined && !isSecretKey(secret)
      ? `the secret access key on standard input has ${secret.length} characters, and those of AWS have 40`
      : "standard input holds no AWS access key ID with its secret",
    "give both halves, as lines of a credentials file, of an environment or as JSON",
  );
}

/** Variables that would go before the pair, or say something of another. */
const HIDING = [
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
];

/** @returns what the command ended with, as a shell would say it */
function runAs(io: Io, pair: KeyPair, command: string, args: readonly string[]): Promise<number> {
  const env: NodeJS.ProcessEnv = { ...io.env };
  for (const name of HIDING) delete env[name];
  // What is sent to this process is meant for the command, from its first moment; a terminal sends to both by itself.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
  process.on("SIGINT", () => {});
  const child = spawn(command, args, {
    cwd: io.cwd,
    env: { ...env, ...environmentOf(pair) },
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(
        new UsageError(
          `'${command}' could not be started: ${systemReason(error)}`,
          "check its name and PATH",
        ),
      ),
    );
    child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
