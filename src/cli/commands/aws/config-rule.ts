import { type Account, inEach } from "../../../aws/accounts.ts";
import { putConfigRule, RULE_NAME, readConfigRule } from "../../../aws/config-rule.ts";
import { LeakwardenError } from "../../../errors.ts";
import { confirmed } from "../../confirm.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Io, notify, writeReport } from "../../io.ts";
import { renderError } from "../../render-error.ts";

/**
 * Says what the rule of each account says, and sets it up where it is missing or of another age, when that is wanted.
 * @param yes do not ask
 * @returns 1 when it is violated or missing; 3 when it says nothing yet, or an account could not be looked at; 2 when none could
 */
export async function configRules(
  io: Io,
  accounts: readonly Account[],
  maxAge: number,
  yes: boolean,
): Promise<number> {
  const codes: number[] = [];
  for await (const result of inEach(accounts, ({ clients }) => readConfigRule(clients))) {
    const account = accounts.find(({ id }) => id === result.account)!;
    try {
      if ("error" in result) throw result.error;
      codes.push(await configRule(io, account, result.value, maxAge, yes));
    } catch (error) {
      if (!(error instanceof LeakwardenError)) throw error;
      notify(io, renderError(error).replace(/^leakwarden: /, `leakwarden: ${account.id}: `));
      codes.push(EXIT.couldNotRun);
    }
  }
  if (codes.every((code) => code === EXIT.couldNotRun)) return EXIT.couldNotRun;
  if (codes.includes(EXIT.findings)) return EXIT.findings;
  return codes.every((code) => code === EXIT.clean) ? EXIT.clean : EXIT.incomplete;
}

async function configRule(
  io: Io,
  { id, clients }: Account,
  rule: Awaited<ReturnType<typeof readConfigRule>>,
  maxAge: number,
  yes: boolean,
): Promise<number> {
  const say = (text: string) => writeReport(io, null, [`${id}: ${text}\n`]);
  if (rule === null || (rule.maxAge !== maxAge && !rule.foreign)) {
    const name = rule?.name ?? RULE_NAME;
    const now =
      rule === null ? `there is no such rule in ${clients.region}` : `'${name}' allows ${rule.maxAge} days`;
    const what = `let AWS Config look there every day for keys older than ${maxAge} days, by the rule '${name}'`;
    if (!yes && (await confirmed(io, `${id}: ${now}: ${what}?`)) !== true) {
      say(`${now}; --yes lets it look for keys older than ${maxAge} days`);
      return EXIT.findings;
    }
    await putConfigRule(clients, maxAge, rule);
    say(`'${name}' is set up in ${clients.region}; AWS Config evaluates it within a day`);
    return EXIT.clean;
  }
  if (rule.foreign && rule.maxAge > maxAge) {
    say(`'${rule.name}' allows ${rule.maxAge} days, and is not one's own to change`);
    return EXIT.findings;
  }
  const about = `'${rule.name}' (${rule.state}, ${rule.maxAge} days)`;
  if (rule.violators.length > 0) {
    say(`${about}: violated by ${rule.violators.join(", ")}`);
    return EXIT.findings;
  }
  if (rule.evaluated === null) {
    say(`${about}: it was not evaluated yet, and says nothing`);
    return EXIT.incomplete;
  }
  say(`${about}: no user violated it at ${rule.evaluated.toISOString()}`);
  return EXIT.clean;
}
