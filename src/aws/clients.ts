import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient } from "@aws-sdk/client-sts";
import { AwsError, errorCode, UsageError } from "../errors.ts";
import { awsFailure, sdkMissing } from "./failure.ts";

/** Half a credential each; a session token for temporary ones. */
export interface KeyPair {
  readonly id: string;
  readonly secret: string;
  readonly token: string | null;
}

/** What the SDK's clients take: a pair, or what makes one when it is needed. */
export type Credentials =
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
  | (() => Promise<SessionCredentials>);

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** How a region is chosen when neither the environment nor a profile has one: IAM and STS have a global endpoint there. */
const ANY_REGION = "us-east-1";
const ATTEMPTS = 5;
const NODE_WARNING = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";
/** What the SDK has to say of credentials `aws credentials` says in fewer words. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Clocks that differ by less are held to be the same. */
const CLOCK_MS = 30_000;

/** What clients are made with. */
interface ClientOptions {
  readonly maxAttempts: number;
  readonly logger: typeof SILENT;
  readonly region?: string;
  readonly credentials?: Credentials;
}

/** Clients of the services, loaded by the commands that use them and by nothing else. */
export class AwsClients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly region: string;
  /** Whether somebody has chosen the region: what is kept in one must not land in any. */
  readonly regionIsChosen: boolean;
  private readonly modules: Modules;
  private readonly credentials: Credentials | null;

  private readonly attempts: number;

  private constructor(
    modules: Modules,
    region: string,
    chosen: boolean,
    credentials: Credentials | null,
    attempts = ATTEMPTS,
  ) {
    this.modules = modules;
    this.attempts = attempts;
    this.region = region;
    this.regionIsChosen = chosen;
    this.credentials = credentials;
    this.iam = new modules.iam.IAMClient(this.options());
    this.sts = new modules.sts.STSClient(this.options());
  }

  /** @throws {UsageError} when the SDK is not installed */
  static async load(env: NodeJS.ProcessEnv): Promise<AwsClients> {
    // Pipelines set what they have no value for to nothing.
    if (env.AWS_REGION === "") delete env.AWS_REGION;
    const modules = {
      iam: await installed("@aws-sdk/client-iam", () => import("@aws-sdk/client-iam")),
      sts: await installed("@aws-sdk/client-sts", () => import("@aws-sdk/client-sts")),
    };
    // Which Node its next versions need is not what the user has asked; the first client would say so.
    const told = env[NODE_WARNING];
    env[NODE_WARNING] ??= "true";
    const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (await profileRegion(modules));
    const clients = new AwsClients(modules, region || ANY_REGION, Boolean(region), null);
    if (told === undefined) delete env[NODE_WARNING];
    return clients;
  }

  get commands(): Modules {
    return this.modules;
  }

  /** The same services for whoever has these credentials. */
  as(credentials: Credentials): AwsClients {
    return new AwsClients(this.modules, this.region, this.regionIsChosen, credentials);
  }

  /** The same, and each call is made once: of one that makes something the answer may have got lost. */
  once(): AwsClients {
    return new AwsClients(this.modules, this.region, this.regionIsChosen, this.credentials, 1);
  }

  /** The time as AWS has it, when its answers tell another: they count in seconds, and were on their way. */
  now(): Date {
    const offset = this.iam.config.systemClockOffset;
    return new Date(Date.now() + (Math.abs(offset) > CLOCK_MS ? offset : 0));
  }

  /** The same in another region. */
  in(region: string): AwsClients {
    return region === this.region ? this : new AwsClients(this.modules, region, true, this.credentials);
  }

  /**
   * A client that uses a found pair and no other credentials.
   * @param agent how it names itself, beside the SDK
   */
  stsOf(pair: KeyPair, region: string, agent: string): STSClient {
    const credentials = credentialsOf(pair);
    return new this.modules.sts.STSClient({ ...this.options(), region, credentials, customUserAgent: agent });
  }

  async secretsManager() {
    const commands = await installed(
      "@aws-sdk/client-secrets-manager",
      () => import("@aws-sdk/client-secrets-manager"),
    );
    return { client: new commands.SecretsManagerClient(this.options()), commands };
  }

  async config() {
    const commands = await installed(
      "@aws-sdk/client-config-service",
      () => import("@aws-sdk/client-config-service"),
    );
    return { client: new commands.ConfigServiceClient(this.options()), commands };
  }

  async cloudTrail() {
    const commands = await installed(
      "@aws-sdk/client-cloudtrail",
      () => import("@aws-sdk/client-cloudtrail"),
    );
    // It answers two questions a second.
    const options = { ...this.options(), retryMode: "adaptive" };
    return { client: new commands.CloudTrailClient(options), commands };
  }

  async organizations() {
    const commands = await installed(
      "@aws-sdk/client-organizations",
      () => import("@aws-sdk/client-organizations"),
    );
    return { client: new commands.OrganizationsClient(this.options()), commands };
  }

  /** @throws {UsageError} unless somebody has chosen the region */
  requireRegion(what: string): string {
    if (this.regionIsChosen) return this.region;
    throw new UsageError(
      `${what} is in one region, and none is chosen here`,
      "set AWS_REGION, or region in the profile",
    );
  }

  private options(): ClientOptions {
    const { region, credentials } = this;
    return {
      maxAttempts: this.attempts,
      logger: SILENT,
      region,
      ...(credentials === null ? {} : { credentials }),
    };
  }
}

interface Modules {
  readonly iam: typeof import("@aws-sdk/client-iam");
  readonly sts: typeof import("@aws-sdk/client-sts");
}

export function credentialsOf({ id, secret, token }: KeyPair) {
  return { accessKeyId: id, secretAccessKey: secret, ...(token === null ? {} : { sessionToken: token }) };
}

/** @returns "" when it has none */
async function profileRegion({ sts }: Modules): Promise<string> {
  const client = new sts.STSClient({});
  return client.config.region().catch(() => "");
}

/** @throws {UsageError} when it is not */
export async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = errorCode(error);
    if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") throw sdkMissing(name);
    throw error;
  }
}

/**
 * Asks AWS for something.
 * @param action as permissions name it
 * @throws {AwsError}
 */
export async function ask<T>(action: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    // Of the credentials, which were asked for first.
    throw error instanceof AwsError ? error : awsFailure(error, action);
  }
}

/**
 * Asks AWS for one page after another.
 * @throws {AwsError}
 */
export async function* pages<T>(action: string, answers: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = answers[Symbol.asyncIterator]();
  for (
    let next = await ask(action, iterator.next());
    next.done !== true;
    next = await ask(action, iterator.next())
  )
    yield next.value;
}
