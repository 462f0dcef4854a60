import { type Command, InvalidArgumentError, Option } from "commander";
import { FORMATS } from "../report/index.ts";
import { CONFIDENCES, SEVERITIES } from "../rules/vocabulary.ts";

/** Flags that every scan takes. The README's table is made from this. */
export const SCAN_FLAGS: readonly Option[] = [
  new Option("-f, --format <format>", "how to report").choices(FORMATS).default("human"),
  new Option("-o, --output <file>", "write the report to a file instead of standard output"),
  new Option("--config <file>", "configuration to use instead of .leakwarden.toml at the root"),
  new Option(
    "--baseline <file>",
    "known secrets: the JSON report of gitleaks or betterleaks, or the baseline of detect-secrets",
  ),
  new Option("--fail-on <severity>", "least severity that fails the run (default: medium)").choices([
    ...SEVERITIES,
  ]),
  new Option(
    "--min-confidence <confidence>",
    "least confidence that fails the run (default: medium)",
  ).choices([...CONFIDENCES]),
  new Option(
    "--archives",
    "look into zip, tar and gzip files, and what is built of them (jar, whl, apk, tgz)",
  ),
  new Option(
    "--verify",
    "ask AWS whether found keys work, by sts:GetCallerIdentity, which CloudTrail notes; else nobody is asked",
  ),
  new Option("--each", "one finding for each place instead of one for each secret"),
  new Option("--reveal", "show secrets in clear, on a terminal or in a file made with mode 0600"),
  new Option("--no-color", "no colours (NO_COLOR is honoured too)"),
];

export const REPO_FLAG = new Option(
  "--repo <dir>",
  "repository to scan instead of the one around the current folder",
);

export function addFlags(command: Command, flags: readonly Option[]): Command {
  for (const flag of flags) command.addOption(flag);
  return command;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("it must be a whole number from 1.");
  return value;
}
