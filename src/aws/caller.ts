import { type AwsClients, ask } from "./clients.ts";

/** Who the credentials that are used are. */
export interface Caller {
  /** 12 digits. */
  readonly account: string;
  /** `arn:aws:iam::123456789012:user/ada` */
  readonly arn: string;
  /** `aws`, `aws-cn` or `aws-us-gov`: accounts of one know nothing of those of another. */
  readonly partition: string;
}

/** @throws {AwsError} */
export async function callerOf({ sts, commands }: AwsClients): Promise<Caller> {
  const command = new commands.sts.GetCallerIdentityCommand({});
  const { Account = "unknown", Arn = "arn:aws:sts:::unknown" } = await ask(
    "sts:GetCallerIdentity",
    sts.send(command),
  );
  return { account: Account, arn: Arn, partition: Arn.split(":")[1]! };
}

/** The account of a key ID that does not hold it, as AWS knows it. */
export async function accountOfKey({ sts, commands }: AwsClients, id: string): Promise<string | null> {
  const command = new commands.sts.GetAccessKeyInfoCommand({ AccessKeyId: id });
  return (await ask("sts:GetAccessKeyInfo", sts.send(command))).Account ?? null;
}
