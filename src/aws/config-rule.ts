import type { Scope } from "@aws-sdk/client-config-service";
import { AwsError } from "../errors.ts";
import { type AwsClients, ask, pages } from "./clients.ts";

/** AWS's own rule, and the name that ours has in an account. */
const MANAGED = "ACCESS_KEYS_ROTATED";
export const RULE_NAME = "access-keys-rotated";
/** What the rule allows when nobody has said something else. */
const DEFAULT_MAX_AGE = 90;

/** What continuous monitoring says. */
export interface ConfigRuleState {
  /** As it is called in the account. */
  readonly name: string;
  /** A service or an organization has made it, and nobody else can change it. */
  readonly foreign: boolean;
  readonly maxAge: number;
  /** What it looks at, when somebody has narrowed that. */
  readonly scope: Scope | undefined;
  readonly state: string;
  /** When it was evaluated last; null: never, so that it says nothing yet. */
  readonly evaluated: Date | null;
  /** Ids of users, `AIDA…`, of whom a key is too old. */
  readonly violators: readonly string[];
}

/**
 * The rule of an account, its own one if there are several.
 * @returns null when the account has none in this region
 * @throws {AwsError}
 */
export async function readConfigRule(clients: AwsClients): Promise<ConfigRuleState | null> {
  const { client, commands } = await clients.config();
  const found: Omit<ConfigRuleState, "evaluated" | "violators">[] = [];
  const answers = commands.paginateDescribeConfigRules({ client }, {});
  for await (const { ConfigRules = [] } of pages("config:DescribeConfigRules", answers)) {
    for (const rule of ConfigRules) {
      if (rule.Source?.SourceIdentifier !== MANAGED) continue;
      const { ConfigRuleName: name = "", ConfigRuleState: state = "", InputParameters, CreatedBy } = rule;
      const foreign = CreatedBy !== undefined || name.startsWith("OrgConfigRule-");
      found.push({ name, foreign, state, scope: rule.Scope, maxAge: maxAgeOf(InputParameters) });
    }
  }
  const rule = found.find(({ foreign }) => !foreign) ?? found[0];
  if (rule === undefined) return null;
  return {
    ...rule,
    evaluated: await lastEvaluation(clients, rule.name),
    violators: await violatorsOf(clients, rule.name),
  };
}

/** `{"maxAccessKeyAge":"90"}` */
function maxAgeOf(parameters: string | undefined): number {
  const [, days] = /"maxAccessKeyAge"\s*:\s*"?(\d+)/.exec(parameters ?? "") ?? [];
  return days === undefined ? DEFAULT_MAX_AGE : Number(days);
}

async function lastEvaluation(clients: AwsClients, name: string): Promise<Date | null> {
  const { client, commands } = await clients.config();
  const command = new commands.DescribeConfigRuleEvaluationStatusCommand({ ConfigRuleNames: [name] });
  const { ConfigRulesEvaluationStatus: [status] = [] } = await ask(
    "config:DescribeConfigRuleEvaluationStatus",
    client.send(command),
  );
  return status?.LastSuccessfulEvaluationTime ?? null;
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
export async function putConfigRule(
  clients: AwsClients,
  maxAge: number,
  before: ConfigRuleState | null,
): Promise<void> {
  const { client, commands } = await clients.config();
  await requireRecording(clients);
  const command = new commands.PutConfigRuleCommand({
    ConfigRule: {
      ...(before?.scope === undefined ? {} : { Scope: before.scope }),
      ConfigRuleName: before?.name ?? RULE_NAME,
      Description: `Access keys are not older than ${maxAge} days`,
      Source: { Owner: "AWS", SourceIdentifier: MANAGED },
      InputParameters: JSON.stringify({ maxAccessKeyAge: String(maxAge) }),
      MaximumExecutionFrequency: "TwentyFour_Hours",
    },
  });
  await ask("config:PutConfigRule", client.send(command));
}

async function requireRecording(clients: AwsClients): Promise<void> {
  const { client, commands } = await clients.config();
  const { ConfigurationRecordersStatus = [] } = await ask(
    "config:DescribeConfigurationRecorderStatus",
    client.send(new commands.DescribeConfigurationRecorderStatusCommand({})),
  );
  if (ConfigurationRecordersStatus.some(({ recording }) => recording)) return;
  throw new AwsError(
    `AWS Config records nothing in ${clients.region}, so that none of its rules would be evaluated`,
    {
      reason: "missing",
      hint: "set it up there first ('aws configservice subscribe' does), or choose the region that records IAM's users",
    },
  );
}
