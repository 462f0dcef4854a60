import { AwsError } from "../errors.ts";
import { type AwsClients, ask, pages } from "./clients.ts";

/** AWS's own rule, and the name that ours has in an account. */
const MANAGED = "ACCESS_KEYS_ROTATED";
export const RULE_NAME = "access-keys-rotated";

/** What continuous monitoring says. */
export interface ConfigRuleState {
  /** As it is called in the account. */
  readonly name: string;
  readonly maxAge: number | null;
  readonly state: string;
  /** Ids of users, `AIDA…`, of whom a key is too old. */
  readonly violators: readonly string[];
}

/**
 * @returns null when the account has no such rule
 * @throws {AwsError}
 */
export async function readConfigRule(clients: AwsClients): Promise<ConfigRuleState | null> {
  const { client, commands } = await clients.config();
  const answers = commands.paginateDescribeConfigRules({ client }, {});
  for await (const { ConfigRules = [] } of pages("config:DescribeConfigRules", answers)) {
    for (const {
      ConfigRuleName: name = "",
      Source,
      InputParameters = "{}",
      ConfigRuleState = "",
    } of ConfigRules) {
      if (Source?.SourceIdentifier !== MANAGED) continue;
      const maxAge = Number((JSON.parse(InputParameters) as Record<string, unknown>).maxAccessKeyAge);
      return {
        name,
        maxAge: Number.isFinite(maxAge) ? maxAge : null,
        state: ConfigRuleState,
        violators: await violatorsOf(clients, name),
      };
    }
  }
  return null;
}

async function violatorsOf(clients: AwsClients, name: string): Promise<string[]> {
  const { client, commands } = await clients.config();
  const ids: string[] = [];
  const answers = commands.paginateGetComplianceDetailsByConfigRule(
    { client },
    { ConfigRuleName: name, ComplianceTypes: ["NON_COMPLIANT"] },
  );
  for await (const { EvaluationResults = [] } of pages("config:GetComplianceDetailsByConfigRule", answers)) {
    for (const { EvaluationResultIdentifier: id } of EvaluationResults)
      ids.push(id?.EvaluationResultQualifier?.ResourceId ?? "unknown");
  }
  return ids;
}

/**
 * Lets AWS Config look every day for keys that are too old.
 * @throws {AwsError} also when nothing is recorded: then no rule is ever evaluated
 */
export async function putConfigRule(clients: AwsClients, maxAge: number, name: string): Promise<void> {
  const { client, commands } = await clients.config();
  const { ConfigurationRecorders = [] } = await ask(
    "config:DescribeConfigurationRecorders",
    client.send(new commands.DescribeConfigurationRecordersCommand({})),
  );
  if (ConfigurationRecorders.length === 0) {
    throw new AwsError(
      `AWS Config records nothing in ${clients.region}, so that none of its rules would be evaluated`,
      {
        reason: "missing",
        hint: "set up AWS Config there first ('aws configservice subscribe' does), in the region that records global resources",
      },
    );
  }
  await ask(
    "config:PutConfigRule",
    client.send(
      new commands.PutConfigRuleCommand({
        ConfigRule: {
          ConfigRuleName: name,
          Description: `Access keys are not older than ${maxAge} days`,
          Source: { Owner: "AWS", SourceIdentifier: MANAGED },
          InputParameters: JSON.stringify({ maxAccessKeyAge: String(maxAge) }),
          MaximumExecutionFrequency: "TwentyFour_Hours",
        },
      }),
    ),
  );
}
