import { type Command, Option } from "commander";
import { callerOf } from "../../../aws/caller.ts";
import { AwsClients } from "../../../aws/clients.ts";
import { type CredentialSources, credentialSources } from "../../../aws/credential-sources.ts";
import { AwsError } from "../../../errors.ts";
import { maskSecret } from "../../../text/mask.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Io, writeReport } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { FORMAT_FLAG } from "./subject.ts";

interface CredentialsFlags {
  readonly format: "human" | "json";
  readonly whoami?: boolean;
}

/** `aws credentials`. */
export function addCredentialsCommand(aws: Command, io: Io, finish: Finish): void {
  aws
    .command("credentials")
    .description(
      "which credentials the AWS SDK takes here and now, what they hide, and what is wrong with them",
    )
    .addOption(new Option("--whoami", "get them as the SDK does, and ask AWS whose they are"))
    .addOption(FORMAT_FLAG)
    .action(async ({ format, whoami }: CredentialsFlags) => {
      const found = await credentialSources(io.env, new Date());
      const asked = whoami === true ? await whoIsIt(io) : null;
      writeReport(io, null, [
        format === "json"
          ? `${JSON.stringify({ ...found, ...asked }, null, 2)}\n`
          : [...human(found, asked)].join(""),
      ]);
      const fails = found.sources[found.winner]?.failure !== null;
      if (fails || asked?.error !== undefined) finish(EXIT.findings);
    });
}

interface Asked {
  readonly key?: string;
  readonly arn?: string;
  readonly account?: string;
  readonly error?: string;
}

async function whoIsIt(io: Io): Promise<Asked> {
  try {
    const clients = await AwsClients.load(io.env);
    const { arn, account } = await callerOf(clients);
    const { accessKeyId } = await clients.sts.config.credentials();
    return { key: maskSecret(accessKeyId, true), arn, account };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { error: error.message };
  }
}

function* human(
  { sources, winner, files, warnings }: CredentialSources,
  asked: Asked | null,
): Generator<string> {
  for (const [index, { where, kind, key, skipped, failure }] of sources.entries()) {
    const what = kind === null ? "" : `: ${kind}${key === null ? "" : ` ${key}`}`;
    const mark = index === winner ? "used  " : kind === null ? "      " : "hidden";
    const why = skipped === null ? "" : kind === null ? `: ${skipped}` : ` (${skipped})`;
    yield `${mark}  ${where}${what}${why}\n`;
    if (failure !== null) yield `        fails: ${failure}\n`;
  }
  if (winner < 0) yield "\nThere are none: set AWS_PROFILE, or sign in with 'aws sso login'.\n";
  if (files.length > 0) {
    yield "\n";
    for (const { path, mode, keys } of files)
      yield `${path}${mode === null ? "" : `  mode ${mode}`}${keys.length === 0 ? "" : `  keys of ${keys.join(", ")}`}\n`;
  }
  if (warnings.length > 0) yield "\n";
  for (const warning of warnings) yield `warning  ${warning}\n`;
  if (asked === null) return;
  yield asked.error === undefined
    ? `\nAWS knows them as ${asked.arn} of account ${asked.account} (${asked.key})\n`
    : `\n${asked.error}\n`;
}
