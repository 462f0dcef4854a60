import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient } from "@aws-sdk/client-sts";
import { errorCode } from "../errors.ts";
import { awsFailure, sdkMissing } from "./failure.ts";

/** Half a credential each; a session token for temporary ones. */
export interface KeyPair {
  readonly id: string;
  readonly secret: string;
  readonly token: string | null;
}

/** How a region is chosen when neither the environment nor a profile has one: IAM and STS have a global endpoint there. */
const ANY_REGION = "us-east-1";
const ATTEMPTS = 5;

/** Clients of the services, loaded by the commands that use them and by nothing else. */
export class AwsClients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  private readonly modules: Modules;

  private constructor(modules: Modules, region: string | null) {
    const options = { maxAttempts: ATTEMPTS, ...(region === null ? {} : { region }) };
    this.modules = modules;
    this.iam = new modules.iam.IAMClient(options);
    this.sts = new modules.sts.STSClient(options);
  }

  /** @throws {UsageError} when the SDK is not installed */
  static async load(env: NodeJS.ProcessEnv): Promise<AwsClients> {
    // Which Node its next versions need is not what the user has asked.
    env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    // Pipelines set what they have no value for to nothing.
    if (env.AWS_REGION === "") delete env.AWS_REGION;
    const modules = {
      iam: await installed("@aws-sdk/client-iam", () => import("@aws-sdk/client-iam")),
      sts: await installed("@aws-sdk/client-sts", () => import("@aws-sdk/client-sts")),
    };
    const named = env.AWS_REGION === undefined && env.AWS_DEFAULT_REGION ? env.AWS_DEFAULT_REGION : null;
    const clients = new AwsClients(modules, named);
    // The environment's region, or the profile's; where there is none any will do.
    const chosen = await clients.sts.config.region().catch(() => "");
    return chosen === "" ? new AwsClients(modules, ANY_REGION) : clients;
  }

  get commands(): Modules {
    return this.modules;
  }

  /** A client that uses a found pair and no other credentials. */
  stsOf({ id, secret, token }: KeyPair, region: string): STSClient {
    const credentials = {
      accessKeyId: id,
      secretAccessKey: secret,
      ...(token === null ? {} : { sessionToken: token }),
    };
    return new this.modules.sts.STSClient({ region, maxAttempts: ATTEMPTS, credentials });
  }
}

interface Modules {
  readonly iam: typeof import("@aws-sdk/client-iam");
  readonly sts: typeof import("@aws-sdk/client-sts");
}

async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
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
    throw awsFailure(error, action);
  }
}
