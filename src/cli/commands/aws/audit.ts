import { type Command, InvalidArgumentError, Option } from "commander";
import picomatch from "picomatch";
import { type Account, type AccountResult, accountsOf, inEach } from "../../../aws/accounts.ts";
import { auditAccount } from "../../../aws/audit.ts";
import { AwsClients } from "../../../aws/clients.ts";
import { RULE_NAME } from "../../../aws/config-rule.ts";
import { FileError, UsageError } from "../../../errors.ts";
import type { AccountAudit, AuditResult, AuditThresholds, FailedAccount } from "../../../policy/key-audit.ts";
import { AUDIT_REPORTERS, type AuditFormat } from "../../../report/audit/index.ts";
import { SEVERITIES, type Severity } from "../../../rules/vocabulary.ts";
import { VERSION } from "../../../version.ts";
import { EXIT } from "../../exit-codes.ts";
import { addFlags } from "../../flags.ts";
import { type Io, notify, writeReport } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { Progress } from "../../progress.ts";
import { ACCOUNT_FLAGS, type AccountFlags, accountChoice } from "./account-flags.ts";
import { configRules } from "./config-rule.ts";
import { YES_FLAG } from "./subject.ts";

interface AuditFlags extends AccountFlags {
  readonly maxAge: number;
  readonly unused: number;
  readonly except?: readonly string[];
  readonly failOn: Severity;
  readonly format: AuditFormat;
  readonly output?: string;
  readonly configRule?: boolean;
  readonly yes?: boolean;
  readonly color: boolean;
}

export function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days > 36_500) throw new InvalidArgumentError("it must be a number of days.");
  return days;
}

/** `aws audit`. */
export function addAuditCommand(aws: Command, io: Io, finish: Finish): void {
  const audit = aws
    .command("audit")
    .description(
      "all users and access keys of an account, or of many: too old, unused, twice, without MFA, of root",
    )
    .addOption(
      new Option("--max-age <days>", "how old an active key may be").argParser(parseDays).default(90),
    )
    .addOption(new Option("--unused <days>", "how long it may be unused").argParser(parseDays).default(30))
    .addOption(new Option("--except <users...>", "users that are let be, by name or pattern ('ci-*')"))
    .addOption(
      new Option("--fail-on <severity>", "least severity that fails the run")
        .choices([...SEVERITIES])
        .default("low"),
    )
    .addOption(
      new Option("-f, --format <format>", "how to report")
        .choices(Object.keys(AUDIT_REPORTERS))
        .default("human"),
    )
    .addOption(new Option("-o, --output <file>", "write the report to a file instead of standard output"))
    .addOption(
      new Option(
        "--config-rule",
        `what AWS Config's own rule '${RULE_NAME}' says, which looks every day; sets it up where it is missing`,
      ),
    )
    .addOption(YES_FLAG)
    .addOption(new Option("--no-color", "no colours (NO_COLOR is honoured too)"));
  addFlags(audit, ACCOUNT_FLAGS).action(async (flags: AuditFlags) => {
    const choice = accountChoice(flags);
    const clients = await AwsClients.load(io.env);
    if (flags.configRule === true) clients.requireRegion("AWS Config");
    const accounts = await accountsOf(clients, choice);
    if (flags.configRule !== true) return finish(await audited(io, accounts, flags));
    const useless = ["format", "output", "failOn", "except", "unused"].find(
      (name) => audit.getOptionValueSource(name) === "cli",
    );
    if (useless !== undefined)
      throw new UsageError(
        `--config-rule has no report, and --${useless.replace("On", "-on")} is about one`,
        "it takes --max-age and the accounts",
      );
    finish(await configRules(io, accounts, flags.maxAge, flags.yes === true));
  });
}

async function audited(io: Io, accounts: readonly Account[], flags: AuditFlags): Promise<number> {
  const startedAt = new Date();
  const thresholds: AuditThresholds = { maxAge: flags.maxAge, unused: flags.unused };
  const matches = flags.except === undefined ? null : picomatch([...flags.except]);
  // How long users take is seen only when the report is there.
  let progress: Progress | null = null;
  const options = {
    thresholds,
    now: startedAt,
    except: (user: string) => matches?.(user) === true,
    progress: (done: number, total: number) => {
      progress ??= new Progress(io);
      progress.show(done, total, "users with something to object to");
    },
  };
  const done: AccountAudit[] = [];
  const failed: FailedAccount[] = [];
  for await (const result of inEach(accounts, (account) => auditAccount(account, options))) {
    (progress as Progress | null)?.clear();
    progress = null;
    if ("value" in result) done.push(result.value);
    else failed.push(failureOf(result));
  }
  // One's own account alone is no sweep: what it says is the answer.
  if (done.length === 0 && failed[0] !== undefined) throw allFailed(failed);
  const result: AuditResult = { startedAt, thresholds, accounts: done, failed };
  // A table for a program has no room for them, and who reads a file reads it later.
  if (flags.format !== "human" || flags.output !== undefined) {
    for (const { account, message } of failed)
      notify(io, `leakwarden: ${account} was not looked at: ${message}\n`);
  }
  const colour = flags.color && flags.output === undefined && io.stdout.isTTY && !io.env.NO_COLOR;
  writeReport(
    io,
    flags.output ?? null,
    AUDIT_REPORTERS[flags.format](result, {
      version: VERSION,
      reveal: false,
      colour,
      width: io.stdout.columns,
    }),
  );
  const least = SEVERITIES.indexOf(flags.failOn);
  const violated = done.some(({ violations }) =>
    violations.some(({ rule }) => SEVERITIES.indexOf(rule.severity) >= least),
  );
  if (violated) return EXIT.findings;
  return failed.length > 0 ? EXIT.incomplete : EXIT.clean;
}

function failureOf(
  result: AccountResult<unknown> & { readonly error: { message: string; hint: string | undefined } },
) {
  const { account, error } = result;
  return { account, message: error.message, hint: error.hint ?? null };
}

function allFailed(failed: readonly FailedAccount[]): FileError {
  const [first] = failed;
  const which =
    failed.length === 1 ? "" : `none of ${failed.length} accounts could be looked at; ${first!.account}: `;
  return new FileError(`${which}${first!.message}`, first!.hint === null ? {} : { hint: first!.hint });
}
