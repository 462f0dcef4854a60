import { randomUUID } from "node:crypto";
import { AwsError, UsageError } from "../errors.ts";
import { type AwsClients, ask, type KeyPair } from "./clients.ts";
import { formatPair, readStoredPair, type StoredPair } from "./stored-pair.ts";

/** What a secret has beside its value. */
export interface SecretOptions {
  readonly tags: Readonly<Record<string, string>>;
  readonly kmsKey: string | null;
}

export const NO_OPTIONS: SecretOptions = { tags: {}, kmsKey: null };

export interface RotationSchedule {
  /** ARN of the function that rotates: Secrets Manager has none of its own for access keys. */
  readonly lambda: string;
  readonly days: number;
}

/** The current version of a secret that holds a pair, or one that was made without a value. */
export interface StoredSecret extends Omit<StoredPair, "pair"> {
  readonly pair: KeyPair | null;
  readonly version: string;
}

/** @throws {UsageError} when Secrets Manager takes no secret of the name */
export function requireSecretName(name: string): void {
  if (/^[\w/+=.@-]{1,512}$/.test(name) || name.startsWith("arn:")) return;
  throw new UsageError(
    `'${name}' is no name of a secret`,
    "letters, digits and /_+=.@- may be in it, or give its ARN",
  );
}

/** Pairs in Secrets Manager. */
export class SecretStore {
  private readonly clients: AwsClients;

  constructor(clients: AwsClients) {
    this.clients = clients;
  }

  /**
   * @returns null when there is no such secret
   * @throws {UsageError} when it holds something else
   * @throws {AwsError}
   */
  async read(name: string): Promise<StoredSecret | null> {
    const { client, commands } = await this.clients.secretsManager();
    let answer: { SecretString?: string | undefined; VersionId?: string | undefined };
    try {
      answer = await ask(
        "secretsmanager:GetSecretValue",
        client.send(new commands.GetSecretValueCommand({ SecretId: name, VersionStage: "AWSCURRENT" })),
      );
    } catch (error) {
      if (error instanceof AwsError && error.reason === "missing") return this.withoutValue(name);
      throw error;
    }
    const stored = readStoredPair(answer.SecretString ?? "");
    if (stored === null) {
      throw new UsageError(
        `the secret '${name}' holds something else than an access key with its secret`,
        "give a name that is free, or that of a secret which holds a pair; nothing was changed",
      );
    }
    return { ...stored, version: answer.VersionId ?? "" };
  }

  /** One that is there and has no value is told from one that is not by asking for it. */
  private async withoutValue(name: string): Promise<StoredSecret | null> {
    const { client, commands } = await this.clients.secretsManager();
    try {
      await ask(
        "secretsmanager:DescribeSecret",
        client.send(new commands.DescribeSecretCommand({ SecretId: name })),
      );
      return { pair: null, version: "", replacedBy: formatPair };
    } catch (error) {
      if (error instanceof AwsError && error.reason === "missing") return null;
      throw error;
    }
  }

  /** Makes the secret, or a new version of the one that holds a pair. */
  async store(
    name: string,
    stored: StoredSecret | null,
    pair: KeyPair,
    options: SecretOptions,
  ): Promise<void> {
    if (stored === null)
      return this.create(name, pair, { ...options, description: "AWS access key" }, randomUUID());
    await this.change(name, options);
    const { id, secret, token } = stored.pair ?? {};
    if (id !== pair.id || secret !== pair.secret || token !== pair.token)
      await this.put(name, stored, pair, randomUUID());
  }

  /** @param token the same for the same pair, so that a call that is made again does nothing again */
  async create(
    name: string,
    pair: KeyPair,
    { tags, kmsKey, description }: SecretOptions & { readonly description: string },
    token: string,
  ): Promise<void> {
    const { client, commands } = await this.clients.secretsManager();
    const command = new commands.CreateSecretCommand({
      Name: name,
      SecretString: formatPair(pair),
      ClientRequestToken: token,
      Description: description,
      Tags: tagsOf(tags),
      ...(kmsKey === null ? {} : { KmsKeyId: kmsKey }),
    });
    await ask("secretsmanager:CreateSecret", client.send(command));
  }

  /** A new version, which is the current one from then on. */
  async put(
    name: string,
    stored: Pick<StoredSecret, "replacedBy">,
    pair: KeyPair,
    token: string,
  ): Promise<void> {
    const { client, commands } = await this.clients.secretsManager();
    const command = new commands.PutSecretValueCommand({
      SecretId: name,
      SecretString: stored.replacedBy(pair),
      ClientRequestToken: token,
    });
    await ask("secretsmanager:PutSecretValue", client.send(command));
  }

  /** Tags and the KMS key of a secret that is there already. */
  private async change(name: string, { tags, kmsKey }: SecretOptions): Promise<void> {
    const { client, commands } = await this.clients.secretsManager();
    if (kmsKey !== null) {
      const command = new commands.UpdateSecretCommand({ SecretId: name, KmsKeyId: kmsKey });
      await ask("secretsmanager:UpdateSecret", client.send(command));
    }
    if (Object.keys(tags).length > 0) {
      const command = new commands.TagResourceCommand({ SecretId: name, Tags: tagsOf(tags) });
      await ask("secretsmanager:TagResource", client.send(command));
    }
  }

  async schedule(name: string, { lambda, days }: RotationSchedule): Promise<void> {
    const { client, commands } = await this.clients.secretsManager();
    const command = new commands.RotateSecretCommand({
      SecretId: name,
      RotationLambdaARN: lambda,
      RotationRules: { AutomaticallyAfterDays: days },
      RotateImmediately: false,
    });
    await ask("secretsmanager:RotateSecret", client.send(command));
  }

  /** Makes an earlier version the current one again. */
  async makeCurrent(name: string, version: string): Promise<void> {
    const current = await this.read(name);
    if (current === null || current.version === version) return;
    const { client, commands } = await this.clients.secretsManager();
    const command = new commands.UpdateSecretVersionStageCommand({
      SecretId: name,
      VersionStage: "AWSCURRENT",
      MoveToVersionId: version,
      RemoveFromVersionId: current.version,
    });
    await ask("secretsmanager:UpdateSecretVersionStage", client.send(command));
  }

  /** For good: of a secret that was made in vain. */
  async remove(name: string): Promise<void> {
    const { client, commands } = await this.clients.secretsManager();
    const command = new commands.DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true });
    try {
      await ask("secretsmanager:DeleteSecret", client.send(command));
    } catch (error) {
      if (!(error instanceof AwsError && error.reason === "missing")) throw error;
    }
  }
}

function tagsOf(tags: SecretOptions["tags"]) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
